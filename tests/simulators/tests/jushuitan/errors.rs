//! What the vendor refuses, in the words of each generation of its tables, and what the client makes of it.

use ferry_platforms::Class;
use ferry_platforms::jushuitan::{self, Account, Api};
use ferry_simulators::jushuitan::{Codes, ErrorData, Op, Running};
use http::Request;
use serde_json::{Value, json};

use crate::client::{BOTH, Client, account, window, with};

/// The same account with a variable of another value.
fn mistaken(running: &Running, api: Api, other: (&str, &str)) -> Account {
    let known = running.credentials();
    let host = running.address().to_string();
    Account::from_variables("jushuitan", |name| {
        let field = name.trim_start_matches("jushuitan_");
        let value = match (field, api) {
            _ if field == other.0 => other.1,
            ("scheme", _) => "http",
            ("host", _) => &host,
            ("api", Api::Current) => "current",
            ("api", Api::Legacy) => "legacy",
            ("app_key", Api::Current) => &known.app_key,
            ("app_key", Api::Legacy) => &known.partner_id,
            ("app_secret", Api::Current) => &known.app_secret,
            ("app_secret", Api::Legacy) => &known.partner_key,
            (_, Api::Legacy) => &known.legacy_token,
            _ => "",
        };
        value.to_owned()
    })
    .unwrap()
}

#[test]
fn every_misconfiguration_is_told_apart_in_every_generation() {
    for (api, codes) in
        [(Api::Current, Codes::Current), (Api::Current, Codes::Older), (Api::Legacy, Codes::Current)]
    {
        for error_data in [ErrorData::Null, ErrorData::Absent] {
            let client = Client::new(api);
            client.running.set(|switches| {
                switches.codes = codes;
                switches.error_data = error_data;
            });
            let as_account = |account: &Account, now: i64| {
                let request = jushuitan::query_inout(account, client.token.borrow().as_ref(), now, &window());
                let answer = client.send(request).unwrap();
                assert_eq!(answer.status(), 200);
                let body: Value = serde_json::from_slice(answer.body()).unwrap();
                assert_eq!(body.get("data"), (error_data == ErrorData::Null).then_some(&Value::Null));
                let error = jushuitan::read_page(api, &answer).unwrap_err();
                (error.class, error.code)
            };
            let good = &client.account;
            let (running, now) = (&client.running, client.now());
            assert_eq!(
                as_account(&mistaken(running, api, ("app_secret", "wrong")), now),
                (Class::Fatal, "wrong_signature")
            );
            let unknown = if api == Api::Current { "wrong_signature" } else { "wrong_partner" };
            assert_eq!(
                as_account(&mistaken(running, api, ("app_key", "wrong")), now),
                (Class::Fatal, unknown)
            );
            for clock in [-1000, 1000] {
                assert_eq!(as_account(good, now + clock), (Class::Transport, "clock_skew"));
            }
            running.expire_tokens();
            assert_eq!(as_account(good, now), (Class::Credentials, "token_expired"));
            running.set(|switches| switches.whitelisted = false);
            let refused = if api == Api::Current { "ip_refused" } else { "wrong_partner" };
            assert_eq!(as_account(good, now), (Class::Fatal, refused));
        }
    }
}

#[test]
fn a_missing_permission_is_seen() {
    for api in BOTH {
        let client = Client::new(api);
        client.running.set(|switches| switches.forbidden = vec![Op::Inout, Op::LegacyInout]);
        for codes in [Codes::Current, Codes::Older] {
            client.running.set(|switches| switches.codes = codes);
            let error = client.inout(&window()).unwrap_err();
            assert_eq!((error.class, error.code), (Class::Fatal, "no_permission"));
        }
        assert!(client.shops(1, 100).is_ok());
    }
}

#[test]
fn the_tolerance_of_the_clock_is_ten_minutes_or_fifteen() {
    for (tolerance, allowed) in [(600, false), (900, true)] {
        let client = Client::new(Api::Current);
        client.running.set(|switches| switches.timestamp_tolerance_s = tolerance);
        let request = jushuitan::query_inout(
            &client.account,
            client.token.borrow().as_ref(),
            client.now() - 700,
            &window(),
        );
        let answer = jushuitan::read_page(Api::Current, &client.send(request).unwrap());
        assert_eq!(answer.is_ok(), allowed);
    }
}

#[test]
fn wrong_parameters_are_refused_in_every_generation() {
    let wrong = [
        json!({"status": "Done"}),
        json!({"types": ["其他退货"]}),
        json!({"types": "其它退货"}),
        json!({"date_type": 1}),
        json!({"wms_co_id": "x"}),
    ];
    for (api, codes) in
        [(Api::Current, Codes::Current), (Api::Current, Codes::Older), (Api::Legacy, Codes::Current)]
    {
        let client = Client::new(api);
        client.running.set(|switches| switches.codes = codes);
        for more in &wrong {
            let error = client.inout(&with(more.clone())).unwrap_err();
            assert_eq!(
                (error.class, error.code),
                (Class::Fatal, "wrong_request"),
                "{api:?} {codes:?} {more}"
            );
        }
    }
}

/// A request of the client, changed on its way.
fn tampered(client: &Client, change: impl FnOnce(&mut Request<Vec<u8>>)) -> (&'static str, Option<String>) {
    let mut request =
        jushuitan::query_inout(&client.account, client.token.borrow().as_ref(), client.now(), &window());
    change(&mut request);
    let answer = jushuitan::read_page(client.account.api(), &client.send(request).unwrap());
    answer.map(|_| ("accepted", None)).unwrap_or_else(|error| (error.code, error.vendor_code))
}

#[test]
fn whatever_is_changed_on_the_way_is_refused() {
    let replace = |from: &'static str, to: &'static str| {
        move |request: &mut Request<Vec<u8>>| {
            let body = String::from_utf8(std::mem::take(request.body_mut())).unwrap();
            assert!(body.contains(from), "{from} in {body}");
            *request.body_mut() = body.replacen(from, to, 1).into_bytes();
        }
    };
    let client = Client::new(Api::Current);
    assert_eq!(tampered(&client, |_| {}).0, "accepted");
    for (from, to, code) in [
        ("page_index%22%3A1", "page_index%22%3A2", "wrong_signature"),
        ("version=2", "version=1", "wrong_signature"),
        ("version=2", "v=2", "wrong_request"),
        ("charset=utf-8&", "", "wrong_request"),
        ("&sign=", "&sign=0", "wrong_signature"),
        ("charset=utf-8", "charset=utf-8&charset=utf-8", "wrong_signature"),
        ("timestamp=", "timestamp=0", "wrong_signature"),
        ("biz=", "b=", "wrong_request"),
    ] {
        assert_eq!(tampered(&client, replace(from, to)).0, code, "{from} → {to}");
    }
    let as_json = |request: &mut Request<Vec<u8>>| {
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    };
    assert_eq!(tampered(&client, as_json).0, "wrong_request");
    let elsewhere = |request: &mut Request<Vec<u8>>| {
        *request.uri_mut() = request.uri().to_string().replace("/open/", "/other/").parse().unwrap();
    };
    assert_eq!(tampered(&client, elsewhere).0, "wrong_path");

    let client = Client::new(Api::Legacy);
    let query = |from: &'static str, to: &'static str| {
        move |request: &mut Request<Vec<u8>>| {
            *request.uri_mut() = request.uri().to_string().replacen(from, to, 1).parse().unwrap();
        }
    };
    assert_eq!(tampered(&client, |_| {}).0, "accepted");
    for (from, to, code) in [
        ("ts=", "ts=1", "120"),
        ("method=other.inout.query", "method=shops.query", "120"),
        ("partnerid=", "p=", "130"),
        ("sign=", "sign=0", "120"),
    ] {
        assert_eq!(tampered(&client, query(from, to)).1.as_deref(), Some(code), "{from} → {to}");
    }
    // The body is not signed: what is not JSON is refused all the same.
    assert_eq!(tampered(&client, replace("{", "[")).1.as_deref(), Some("140"));
}

#[test]
fn a_method_that_is_not_simulated_is_refused() {
    let client = Client::new(Api::Legacy);
    let known = client.running.credentials();
    let now = client.now().to_string();
    let sign = jushuitan::sign_legacy(
        &known.partner_id,
        &known.partner_key,
        &known.legacy_token,
        "orders.query",
        &now,
    );
    let other = account(&client.running, Api::Legacy, "");
    let mut request = jushuitan::extend_token(&other, client.now());
    let uri = format!(
        "http://{}/api/open/query.aspx?partnerid={}&token={}&method=orders.query&ts={now}&sign={sign}",
        client.running.address(),
        known.partner_id,
        known.legacy_token
    );
    *request.uri_mut() = uri.parse().unwrap();
    let error = jushuitan::read_page(Api::Legacy, &client.send(request).unwrap()).unwrap_err();
    assert_eq!(error.vendor_code.as_deref(), Some("140"));
}

#[test]
fn the_servers_clock_is_told() {
    let client = Client::new(Api::Current);
    client.running.set(|switches| switches.clock_offset_ms = 500_000);
    let request =
        jushuitan::query_inout(&client.account, client.token.borrow().as_ref(), client.now(), &window());
    let answer = client.send(request).unwrap();
    let told = jushuitan::server_time(&answer).unwrap();
    assert!((told - client.now()).abs() <= 2, "{told}");
}
