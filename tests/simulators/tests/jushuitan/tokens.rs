//! Who has access, until when, and who may renew it.

use ferry_platforms::Class;
use ferry_platforms::jushuitan::{self, Api, Renewal};
use ferry_simulators::jushuitan::{App, Change, LegacyExpired, OldToken, Op, Refresh, RefreshExpired};

use crate::client::{Client, account, window};

const DAY_MS: i64 = 86_400_000;

#[test]
fn a_token_is_needed_and_ends() {
    let client = Client::new(Api::Current);
    assert!(client.inout(&window()).is_ok());
    let token = client.token.borrow().clone().unwrap();
    assert_eq!(token.expires_at - client.now(), 2_592_000);
    assert!(!token.is_due(client.now()));

    client.running.set(|switches| switches.clock_offset_ms = 29 * DAY_MS + 60_000);
    assert!(token.is_due(client.now()));
    assert!(client.inout(&window()).is_ok());
    client.running.set(|switches| switches.clock_offset_ms = 30 * DAY_MS + 60_000);
    let expired = client.inout(&window()).unwrap_err();
    assert_eq!((expired.class, expired.code), (Class::Credentials, "token_expired"));

    *client.token.borrow_mut() = None;
    assert_eq!(client.inout(&window()).unwrap_err().code, "token_expired");
}

#[test]
fn a_renewal_gives_other_values_or_the_same() {
    for (refresh, changes) in [(Refresh::NewValues, true), (Refresh::SameValues, false)] {
        let client = Client::new(Api::Current);
        client.running.set(|switches| {
            switches.refresh = refresh;
            switches.clock_offset_ms = 10 * DAY_MS;
        });
        let before = client.token.borrow().clone().unwrap();
        client.renew_token().unwrap();
        let after = client.token.borrow().clone().unwrap();
        assert_eq!(before.access_token != after.access_token, changes);
        assert_eq!(before.refresh_token != after.refresh_token, changes);
        assert!(after.expires_at >= before.expires_at + 10 * 86_400);
        assert!(client.inout(&window()).is_ok());
        assert_eq!(client.running.tokens_given(), 2);
    }
}

#[test]
fn the_token_before_dies_or_lives_on() {
    for (old_token, lives) in [(OldToken::Dies, false), (OldToken::LivesOn, true)] {
        let client = Client::new(Api::Current);
        client.running.set(|switches| switches.old_token = old_token);
        let before = client.token.borrow().clone();
        client.renew_token().unwrap();
        let renewed = client.token.replace(before);
        assert_eq!(client.inout(&window()).is_ok(), lives);
        client.token.replace(renewed);
        client.fetch_token().unwrap();
        assert!(client.inout(&window()).is_ok());
    }
}

#[test]
fn after_its_end_a_token_is_renewed_or_fetched_anew() {
    for (refresh_expired, renewed) in [(RefreshExpired::Refused, false), (RefreshExpired::Renewed, true)] {
        let client = Client::new(Api::Current);
        client.running.set(|switches| switches.refresh_expired = refresh_expired);
        client.running.change_after_query(1, Change::ExpireTokens);
        assert!(client.inout(&window()).is_ok());
        assert_eq!(client.inout(&window()).unwrap_err().class, Class::Credentials);
        match client.renew_token() {
            Ok(()) => assert!(renewed),
            Err(error) => {
                assert_eq!(
                    (renewed, error.class, error.code),
                    (false, Class::Credentials, "refresh_token_refused")
                );
                client.fetch_token().unwrap();
            }
        }
        assert!(client.inout(&window()).is_ok());
    }
}

#[test]
fn the_app_of_a_service_provider_may_not_renew() {
    let client = Client::new(Api::Current);
    client.running.set(|switches| switches.app = App::Provider);
    for refused in [client.renew_token(), client.fetch_token()] {
        let error = refused.unwrap_err();
        assert_eq!((error.class, error.code), (Class::Fatal, "renewal_forbidden"));
    }
    let by_hand = client.running.authorise();
    let account = account(&client.running, Api::Current, &by_hand);
    assert_eq!(account.renewal(), Renewal::Never);
    let request = jushuitan::query_inout(&account, None, client.now(), &window());
    assert!(jushuitan::read_page(Api::Current, &client.send(request).unwrap()).is_ok());
}

#[test]
fn a_legacy_token_keeps_its_value_and_lives_longer() {
    for (legacy_expired, extended) in [(LegacyExpired::Extended, true), (LegacyExpired::Refused, false)] {
        let client = Client::new(Api::Legacy);
        client.running.set(|switches| switches.legacy_expired = legacy_expired);
        let extend = || {
            let request = jushuitan::extend_token(&client.account, client.now());
            jushuitan::read_extension(&client.send(request).unwrap())
        };
        assert!(extend().unwrap().is_some_and(|end| end.len() == 19));
        client.running.expire_tokens();
        let expired = client.inout(&window()).unwrap_err();
        assert_eq!((expired.class, expired.code), (Class::Credentials, "token_expired"));
        match extend() {
            Ok(_) => assert!(extended && client.inout(&window()).is_ok()),
            Err(error) => assert_eq!((extended, error.class), (false, Class::Credentials)),
        }
    }
    let client = Client::new(Api::Legacy);
    let other = account(&client.running, Api::Legacy, "another-token");
    let request = jushuitan::query_inout(&other, None, client.now(), &window());
    let error = jushuitan::read_page(Api::Legacy, &client.send(request).unwrap()).unwrap_err();
    assert_eq!(error.code, "token_expired");
    assert_eq!(client.running.called(Op::LegacyInout), 1);
}
