//! What Ferry sends to 星辰, against the vectors of `vendors/kingdee.md` 2.1.

use ferry_platforms::jdy::{self, Account, Authorisation, CustomerQuery, Stamp, Token};
use http::{Method, Request};
use serde_json::json;

fn variables(other: &[(&str, &str)]) -> impl Fn(&str) -> String {
    let mut values = vec![
        ("jdy_scheme", "https"),
        ("jdy_host", "api.kingdee.com"),
        ("jdy_client_id", "200421"),
        ("jdy_client_secret", "0123456789abcdef0123456789abcdef"),
        ("jdy_outer_instance_id", "226079154111025152"),
        ("jdy_app_key", ""),
    ];
    for (name, value) in other {
        values.iter_mut().find(|(known, _)| known == name).expect("a variable of jdy").1 = value;
    }
    let values: Vec<(String, String)> = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    move |name| {
        let found = values.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is no variable of jdy")).1.clone()
    }
}

fn account(other: &[(&str, &str)]) -> Account {
    Account::from_variables("jdy", variables(other)).expect("well-formed variables")
}

/// The moment of the vectors c.
const STAMP: Stamp = Stamp { unix_ms: 1_700_000_000_000, nonce: 1_234_567_890 };

/// Vector a: published document S7, recomputed.
const APP_SIGNATURE: &str =
    "ZDljMTI3NGIyNTE1MTRkYzlkNjc1MDNhYjUzMzgzNWMyY2M4YTdjMzdmNmM3YTVlNDkxMTkzNjdiOTFjNzUyZQ==";

const SECRET_C: &str = "0123456789abcdef0123456789abcdef";
const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
const AUTHORISE_PATH: &str = "/jdyconnector/app_management/push_app_authorize";
const CUSTOMER_PATH: &str = "/jdy/v2/bd/customer";

#[test]
fn the_app_signature_is_that_of_the_published_document() {
    assert_eq!(jdy::app_signature("abc", "abc123"), APP_SIGNATURE, "vector a");
}

#[test]
fn the_gateway_signature_is_that_of_the_document_and_the_jar() {
    type Pairs = &'static [(&'static str, &'static str)];
    let vectors: [(&str, &str, Method, &str, Pairs, Stamp, &str); 5] = [
        (
            "b: official document",
            "f2adcfef73369bfc4e1384677d38a0ff",
            Method::GET,
            TOKEN_PATH,
            &[
                ("app_key", "bVZgAZOv1"),
                (
                    "app_signature",
                    "MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA==",
                ),
            ],
            Stamp { unix_ms: 1_670_305_063_559, nonce: 4_427_456_950 },
            "OTFiZTliNDFiMjNkYTI3YzVhNzg4MDI4ZGU3MWY1ZTA5ZTk1NjVlNGM1YTI1ZjIxY2Y5YTA3ZGY2OGI1MGQ1MQ==",
        ),
        (
            "c1: official jar and independent Python",
            SECRET_C,
            Method::GET,
            TOKEN_PATH,
            &[("app_key", "abc"), ("app_signature", APP_SIGNATURE)],
            STAMP,
            "MWEyM2E2Njk0YWUwNWQxNjEwZDQyMWRjZDZkNjBjYmYwNzJhYTljMmVjZDVmZjNiMDU1NWVhYThjMDc3ZmIxNw==",
        ),
        (
            "c2: official jar and independent Python",
            SECRET_C,
            Method::POST,
            AUTHORISE_PATH,
            &[("outerInstanceId", "226079154111025152")],
            STAMP,
            "MzA5Zjc1Mjk2YjUyNzYwNmEwZTlmODJkY2JlYzlmNzEwMjczZWQxMDA1MzlkMTJmZTE5YTI4MzUzYTU2YWQxOQ==",
        ),
        (
            "c3: official jar and independent Python",
            SECRET_C,
            Method::POST,
            CUSTOMER_PATH,
            &[],
            STAMP,
            "YjQ4YjZhNDQ2YTgyMThmNzEwZDU2YzNiMDM0M2Y5NzFkNzc5ZDBmNTA1MDEzYTk1MDdlNDQ2YmNiNGVhOGNkZg==",
        ),
        (
            "c4: official jar and independent Python",
            SECRET_C,
            Method::GET,
            CUSTOMER_PATH,
            &[("search", "金蝶 A&B/c*~+"), ("page_size", "100"), ("page", "1")],
            STAMP,
            "NTg1NmI5NmNmNjA0OWMyMTg1OTFmNWM0MTgyOWNhODgxZWM5MzExYjFkMzlmMjQ2NDcyNGI1YzViNzg3OWFjMg==",
        ),
    ];
    for (origin, secret, method, path, query, stamp, expected) in vectors {
        let account = account(&[("jdy_client_secret", secret)]);
        let headers = jdy::sign(&account, &method, path, query, stamp);
        let signature = headers.iter().find(|(name, _)| *name == "x-api-signature").unwrap();
        assert_eq!(signature.1, expected, "{origin}");
    }
}

#[test]
fn a_private_field_is_opened() {
    // Vector d: document 隐私数据解密, verified with openssl.
    let account = account(&[("jdy_client_secret", "75eb3c7cd5974c3018d6934e142b5f81")]);
    assert_eq!(jdy::open(&account, "bsiV0ZrykeIH/5ZZ65lX5A==").as_deref(), Some("18599999999"));
    for other in ["18599999999", "", "bsiV0ZrykeIH/5ZZ65lX5B==", "AAAA"] {
        assert_eq!(jdy::open(&account, other), None, "{other}");
    }
    let other = self::account(&[]);
    assert_eq!(jdy::open(&other, "bsiV0ZrykeIH/5ZZ65lX5A=="), None);
}

fn header<'a>(request: &'a Request<Vec<u8>>, name: &str) -> &'a str {
    request.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn authorisation() -> Authorisation {
    Authorisation {
        app_key: "abc".into(),
        app_secret: "abc123".into(),
        domain: "https://tf.jdy.com".into(),
        account_name: "演示账套".into(),
    }
}

fn token() -> Token {
    Token { app_token: "eyJ0".into(), domain: "https://tf.jdy.com".into(), expires_ms: 1_700_086_400_000 }
}

#[test]
fn the_two_steps_to_a_token_are_signed_and_carry_no_token() {
    let request = jdy::authorise(&account(&[]), STAMP);
    assert_eq!(
        (request.method(), request.uri().to_string()),
        (
            &Method::POST,
            format!("https://api.kingdee.com{AUTHORISE_PATH}?outerInstanceId=226079154111025152")
        )
    );
    assert_eq!(request.body(), b"{}");
    // Vector c2.
    assert!(header(&request, "x-api-signature").starts_with("MzA5Zjc1Mjk2YjUyNzYwNmEw"));

    let request = jdy::app_token(&account(&[]), &authorisation(), STAMP);
    assert_eq!(request.method(), Method::GET);
    let encoded = APP_SIGNATURE.replace("==", "%3D%3D");
    assert_eq!(
        request.uri().to_string(),
        format!("https://api.kingdee.com{TOKEN_PATH}?app_key=abc&app_signature={encoded}")
    );
    // Vector c1.
    assert!(header(&request, "x-api-signature").starts_with("MWEyM2E2Njk0YWUwNWQxNjEw"));
    assert_eq!((header(&request, "app-token"), header(&request, "x-gw-router-addr")), ("", ""));
}

#[test]
fn a_business_call_has_all_headers() {
    let customer = json!({"number": "1", "name": "5' 店 \"A\"", "credit_limit": 1.50});
    let customer = serde_json::from_str(&customer.to_string().replace("1.5", "1.50")).unwrap();
    let request = jdy::save_customer(&account(&[]), &token(), STAMP, &customer);
    assert_eq!(
        (request.method(), request.uri().to_string()),
        (&Method::POST, format!("https://api.kingdee.com{CUSTOMER_PATH}"))
    );
    assert_eq!(
        std::str::from_utf8(request.body()),
        Ok(r#"{"number":"1","name":"5' 店 \"A\"","credit_limit":1.50}"#)
    );
    let headers: Vec<(&str, &str)> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected = [
        ("content-type", "application/json"),
        ("user-agent", concat!("Ferry/", env!("CARGO_PKG_VERSION"))),
        ("x-api-clientid", "200421"),
        ("x-api-auth-version", "2.0"),
        ("x-api-timestamp", "1700000000000"),
        ("x-api-nonce", "1234567890"),
        ("x-api-signheaders", "X-Api-TimeStamp,X-Api-Nonce"),
        // Vector c3.
        (
            "x-api-signature",
            "YjQ4YjZhNDQ2YTgyMThmNzEwZDU2YzNiMDM0M2Y5NzFkNzc5ZDBmNTA1MDEzYTk1MDdlNDQ2YmNiNGVhOGNkZg==",
        ),
        ("app-token", "eyJ0"),
        ("x-gw-router-addr", "https://tf.jdy.com"),
    ];
    assert_eq!(headers, expected);
}

#[test]
fn queries_travel_encoded_once_with_a_plus_for_a_blank() {
    let query = CustomerQuery {
        page: 1,
        page_size: 100,
        search: Some("金蝶 A&B/c*~+".into()),
        modified_ms: Some((1_700_000_000_000, 1_700_000_060_000)),
        enabled: Some(true),
    };
    let request = jdy::list_customers(&account(&[]), &token(), STAMP, &query);
    let expected = "enable=1&modify_end_time=1700000060000&modify_start_time=1700000000000\
        &order_by=number+asc&page=1&page_size=100&search=%E9%87%91%E8%9D%B6+A%26B%2Fc*%7E%2B";
    assert_eq!(request.uri().query(), Some(expected));
    let request = jdy::find_customer(&account(&[]), &token(), STAMP, "5' 店");
    assert_eq!(request.uri().path(), "/jdy/v2/bd/customer_detail");
    assert_eq!(request.uri().query(), Some("number=5%27+%E5%BA%97"));
}

#[test]
fn every_malformed_variable_is_named_with_what_it_is_for() {
    let cases = [
        ("jdy_scheme", "ftp"),
        ("jdy_host", "unset.invalid"),
        ("jdy_host", "https://api.kingdee.com"),
        ("jdy_host", "api.kingdee.com/jdy"),
        ("jdy_client_id", ""),
        ("jdy_client_id", "app"),
        ("jdy_client_secret", ""),
        ("jdy_client_secret", "secret\n"),
        ("jdy_client_secret", "密钥"),
        ("jdy_outer_instance_id", ""),
        ("jdy_app_key", " abc"),
    ];
    for (name, value) in cases {
        let problems = Account::from_variables("jdy", variables(&[(name, value)])).expect_err(value);
        let names: Vec<&str> = problems.iter().map(|problem| problem.about.as_str()).collect();
        assert_eq!(names, [name], "{value}");
        assert!(problems[0].en.contains("It is ") && problems[0].zh.contains("应为："), "{:?}", problems[0]);
    }
    let all = Account::from_variables("erp2", |_| String::new()).expect_err("nothing is set");
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|problem| problem.about.starts_with("erp2_")), "{all:?}");
    account(&[("jdy_app_key", "abc")]);
}

#[test]
fn no_debug_text_shows_a_secret() {
    let account = account(&[("jdy_app_key", "abc")]);
    let request = jdy::save_customer(&account, &token(), STAMP, &json!({}));
    let shown = format!("{account:?} {:?} {:?} {:?}", authorisation(), token(), request.headers());
    for secret in ["0123456789abcdef", "abc123", "eyJ0", "YjQ4YjZhNDQ2"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("https://api.kingdee.com"), "{shown}");
}
