//! Getting in, and being thrown out.

use ferry_platforms::Class;
use ferry_platforms::jdy::{Account, CustomerQuery};
use ferry_simulators::jdy::{
    AccountSet, AuthoriseEnvelope, Config, Credentials, GatewayErrors, JarBody, NewToken, Op, SignedQuery,
};

use crate::client::{Client, account, code, page, shop};

#[test]
fn the_two_steps_lead_in_whatever_their_answers_look_like() {
    for (envelope, names_domain) in [(AuthoriseEnvelope::Code, false), (AuthoriseEnvelope::Errcode, true)] {
        let mut client = Client::new(1);
        client.jdy.set(|switches| {
            (switches.authorise_envelope, switches.token_names_domain) = (envelope, names_domain);
        });
        client.enter();
        assert_eq!(client.token.domain, "https://tf.jdy.com");
        assert_eq!(client.list(&page(1, 10)).unwrap().rows.len(), 1);
        let left_ms = client.token.expires_ms - client.jdy.now_ms();
        assert!((86_390_000..=86_400_000).contains(&left_ms), "{left_ms}");
    }
}

#[test]
fn a_secret_that_has_rotated_is_told_from_one_that_is_wrong() {
    let mut client = Client::new(0);
    let old = client.authorise().unwrap();
    client.jdy.set(|switches| switches.token_calls_per_minute = None);
    for turn in [
        |client: &Client| client.jdy.rotate_secrets(),
        |client: &Client| client.jdy.set(|switches| switches.clock_offset_ms = 86_400_000),
    ] {
        turn(&client);
        let error = client.ask_token(&old).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Credentials, "app_secret_rotated"));
        client.enter();
        client
            .save(&shop("1"))
            .map(drop)
            .or_else(|error| match error.code {
                "duplicate_number" => Ok(()),
                _ => Err(error),
            })
            .unwrap();
    }
}

#[test]
fn a_token_that_has_ended_is_renewed() {
    for errors in [GatewayErrors::Norm, GatewayErrors::Jar] {
        let mut client = Client::new(3);
        client.jdy.set(|switches| {
            (switches.gateway_errors, switches.token_calls_per_minute) = (errors, None);
        });
        client.jdy.expire_tokens();
        let error = client.list(&page(1, 10)).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Credentials, "token_expired"));
        client.enter();
        assert_eq!(client.list(&page(1, 10)).unwrap().rows.len(), 3);

        // By itself, after its life; before that it says that it is due.
        let end = client.token.expires_ms;
        assert!(!client.token.is_due(end - 301_000) && client.token.is_due(end - 300_000));
        client.jdy.set(|switches| switches.clock_stands_at_ms = Some(end - 1));
        assert!(client.list(&page(1, 10)).is_ok());
        client.jdy.set(|switches| switches.clock_stands_at_ms = Some(end));
        assert_eq!(code(client.list(&page(1, 10))), "token_expired");
    }
}

#[test]
fn an_older_token_lives_on_or_not() {
    for (fate, lives) in [(NewToken::KeepsOld, true), (NewToken::EndsOld, false)] {
        let mut client = Client::new(1);
        client.jdy.set(|switches| switches.new_token = fate);
        let old = client.token.clone();
        client.enter();
        assert!(client.list(&page(1, 10)).is_ok());
        client.token = old;
        assert_eq!(client.list(&page(1, 10)).is_ok(), lives);
    }
}

/// As an account with other credentials.
fn other(client: &Client, change: impl FnOnce(&mut Credentials)) -> Account {
    let mut credentials = client.jdy.credentials();
    change(&mut credentials);
    account(&client.jdy, &credentials, "")
}

#[test]
fn what_the_gateway_refuses_is_named_in_every_table_of_codes() {
    let bodies = [JarBody::Errcode, JarBody::Code, JarBody::Text];
    let jar = bodies.map(|body| (GatewayErrors::Jar, body));
    for (errors, body) in jar.into_iter().chain([(GatewayErrors::Norm, JarBody::Errcode)]) {
        let mut client = Client::new(0);
        client.jdy.set(|switches| (switches.gateway_errors, switches.jar_body) = (errors, body));
        let good = client.account.clone();

        client.account = other(&client, |known| known.client_secret = "f".repeat(32));
        let error = client.authorise().unwrap_err();
        assert_eq!((error.class, error.code), (Class::Fatal, "bad_signature"), "{errors:?} {body:?}");
        client.account = other(&client, |known| known.client_id = "1".into());
        let error = client.authorise().unwrap_err();
        assert_eq!((error.class, error.code), (Class::Fatal, "client_refused"), "{errors:?} {body:?}");
        client.account = good;

        // The clock of this machine, 5 minutes and a bit off either way.
        let now_ms = client.jdy.now_ms();
        for off_ms in [-301_000, 301_000] {
            let stamp = ferry_platforms::jdy::Stamp { unix_ms: now_ms + off_ms, nonce: 7 };
            let response = client.send(ferry_platforms::jdy::authorise(&client.account, stamp)).unwrap();
            let error = ferry_platforms::jdy::read_authorisation(&client.account, &response).unwrap_err();
            assert_eq!((error.class, error.code), (Class::Fatal, "clock_off"), "{errors:?} {body:?}");
        }
        client.jdy.set(|switches| switches.timestamp_tolerance_s = None);
        let stamp = ferry_platforms::jdy::Stamp { unix_ms: now_ms - 301_000, nonce: 7 };
        let response = client.send(ferry_platforms::jdy::authorise(&client.account, stamp)).unwrap();
        ferry_platforms::jdy::read_authorisation(&client.account, &response).unwrap();

        // A route without a code or a word that is known can only be asked again.
        let expected = match (errors, body) {
            (GatewayErrors::Jar, JarBody::Text) => (Class::Transport, "server_error"),
            _ => (Class::Fatal, "wrong_path"),
        };
        client.token.domain = "https://elsewhere.jdy.com".into();
        let error = client.find("1").unwrap_err();
        assert_eq!((error.class, error.code), expected, "{errors:?} {body:?}");
        client.token.domain = "https://tf.jdy.com/".into();
        assert_eq!(client.find("1").unwrap(), None);
    }
}

#[test]
fn the_account_set_must_have_granted_access_and_be_the_only_one_or_named() {
    let second = AccountSet { app_key: "second".into(), name: "分公司".into(), ..AccountSet::default() };
    let mut client =
        Client::with(Config { account_sets: vec![AccountSet::default(), second], ..Config::default() });
    client.save(&shop("1")).unwrap();
    let known = client.jdy.credentials();
    client.account = account(&client.jdy, &known, "");
    let error = client.authorise().unwrap_err();
    assert_eq!((error.class, error.code), (Class::Fatal, "which_account_set"));
    assert_eq!(error.message, "bVZgAZOv1 (演示账套), second (分公司)");
    client.account = account(&client.jdy, &known, "second");
    client.enter();
    assert_eq!(client.find("1").unwrap(), None, "the other one's customers are its own");

    client.account = other(&client, |known| known.outer_instance_id = "1".into());
    assert_eq!(code(client.authorise()), "not_authorised");
    let withdrawn = AccountSet { status: 0, ..AccountSet::default() };
    let jdy =
        ferry_simulators::jdy::Jdy::start(Config { account_sets: vec![withdrawn], ..Config::default() });
    client.jdy = jdy.unwrap();
    client.account = account(&client.jdy, &known, "");
    assert_eq!(code(client.authorise()), "not_authorised");
}

#[test]
fn queries_are_signed_alike_for_both_readings_of_the_document() {
    for reading in [SignedQuery::Decoded, SignedQuery::Raw] {
        let client = Client::new(0);
        client.jdy.set(|switches| switches.signed_query = reading);
        let mut odd = shop("A&B=c/d*~+ 1");
        odd["name"] = "金蝶 A&B/c*~+ 'x'".into();
        client.save(&odd).unwrap();
        let query = CustomerQuery { search: Some("金蝶 A&B/c*~+ '".into()), ..page(1, 100) };
        assert_eq!(client.list(&query).unwrap().rows.len(), 1, "{reading:?}");
        assert_eq!(client.find("A&B=c/d*~+ 1").unwrap().unwrap()["name"], "金蝶 A&B/c*~+ 'x'");
    }
}

#[test]
fn a_number_that_is_not_there_is_not_found_and_other_calls_do_not_exist() {
    let client = Client::new(0);
    let mut request =
        ferry_platforms::jdy::save_customer(&client.account, &client.token, client.stamp(), &shop("1"));
    *request.uri_mut() = request.uri().to_string().replace("customer", "supplier").parse().unwrap();
    let response = client.send(request).unwrap();
    assert_eq!(code(ferry_platforms::jdy::read_saved(&response)), "wrong_path");
}

#[test]
fn an_address_off_the_whitelist_and_an_interface_without_rights_are_refused() {
    for errors in [GatewayErrors::Norm, GatewayErrors::Jar] {
        let client = Client::new(1);
        client.jdy.set(|switches| {
            switches.gateway_errors = errors;
            switches.forbidden = vec![Op::List];
        });
        assert_eq!(code(client.list(&page(1, 1))), "no_permission");
        assert!(client.authorise().is_ok(), "another interface");
        client.jdy.set(|switches| switches.whitelisted = false);
        assert_eq!(code(client.list(&page(1, 1))), "ip_refused");
        assert_eq!(code(client.authorise()), "ip_refused");
    }
}
