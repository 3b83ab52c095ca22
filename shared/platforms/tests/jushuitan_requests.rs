//! What Ferry sends to 聚水潭, against the vectors of `vendors/sources.md` 4.

use std::collections::BTreeMap;

use ferry_platforms::jushuitan::{self, Account, Api, Inout, Renewal, Shops, Token, Which};
use http::Request;
use serde_json::{Value, json};

const APP_KEY: &str = "5b53060f23d84ddf9703056e84fa5a2d";
const APP_SECRET: &str = "e9c5ca33fecb404b8e6cdbd0ef4a6d25";
const TOKEN: &str = "d7b01bf0842a4742a9450e21ffd95f60";
const PARTNER: [&str; 3] =
    ["ywv5jGT8ge6Pvlq3FZSPol345asd", "ywv5jGT8ge6Pvlq3FZSPol2323", "181ee8952a88f5a57db52587472c3798"];
const NOW: i64 = 1_639_128_407;

/// The credentials of section 4, with some variables set otherwise.
fn variables(api: Api, other: &[(&str, &str)]) -> impl Fn(&str) -> String {
    let mut values = match api {
        Api::Current => vec![
            ("jushuitan_scheme", "https"),
            ("jushuitan_host", "openapi.jushuitan.com"),
            ("jushuitan_api", "current"),
            ("jushuitan_app_key", APP_KEY),
            ("jushuitan_app_secret", APP_SECRET),
            ("jushuitan_access_token", ""),
        ],
        Api::Legacy => vec![
            ("jushuitan_scheme", "https"),
            ("jushuitan_host", "open.erp321.com"),
            ("jushuitan_api", "legacy"),
            ("jushuitan_app_key", PARTNER[0]),
            ("jushuitan_app_secret", PARTNER[1]),
            ("jushuitan_access_token", PARTNER[2]),
        ],
    };
    for (name, value) in other {
        values.iter_mut().find(|(known, _)| known == name).expect("a variable of jushuitan").1 = value;
    }
    let values: Vec<(String, String)> = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    move |name| {
        let found = values.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is no variable of jushuitan")).1.clone()
    }
}

fn account(api: Api, other: &[(&str, &str)]) -> Account {
    Account::from_variables("jushuitan", variables(api, other)).expect("well-formed variables")
}

fn token() -> Token {
    Token {
        access_token: TOKEN.into(),
        refresh_token: Some("eb1964a9d142423a9f0de88b97bb38fc".into()),
        expires_at: NOW + 2_592_000,
        renew_at: NOW + 2_500_000,
    }
}

fn pairs(encoded: &str) -> BTreeMap<String, String> {
    encoded
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').expect("name=value");
            let value = percent_encoding::percent_decode_str(value).decode_utf8().expect("UTF-8");
            (name.to_owned(), value.into_owned())
        })
        .collect()
}

fn form(request: &Request<Vec<u8>>) -> BTreeMap<String, String> {
    assert_eq!(request.method(), "POST");
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded;charset=UTF-8");
    assert_eq!(request.uri().query(), None);
    pairs(std::str::from_utf8(request.body()).expect("a form is ASCII"))
}

fn biz(request: &Request<Vec<u8>>) -> Value {
    serde_json::from_str(&form(request)["biz"]).expect("biz is JSON")
}

fn week(more: Value) -> Inout {
    Inout {
        which: Which::Modified { begin: "2026-01-01 00:00:00".into(), end: "2026-01-07 23:59:59".into() },
        page_index: 1,
        page_size: 50,
        more: more.as_object().expect("an object").clone(),
    }
}

#[test]
fn the_signature_is_that_of_the_vectors() {
    let call = |biz: &'static str| {
        vec![
            ("app_key", APP_KEY),
            ("access_token", TOKEN),
            ("timestamp", "1639128407"),
            ("version", "2"),
            ("charset", "utf-8"),
            ("biz", biz),
        ]
    };
    let grant = |kind: &'static str, more: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("app_key", APP_KEY),
            ("timestamp", "1639128407"),
            ("grant_type", kind),
            ("charset", "utf-8"),
        ];
        fields.extend_from_slice(more);
        fields
    };
    let vectors = [
        (
            "openweb docId=70, by ieu/jst-java DefaultJstDigestTest: the first token",
            grant("authorization_code", &[("code", "123456")]),
            "05e3a51e19e0883afd1882ccd309e0b9",
        ),
        (
            "openweb docId=70, by ieu/jst-java DefaultJstDigestTest: a call",
            call(r#"{"page_index":"1","page_size":"100","nicks":["老板"]}"#),
            "395f5a78b446be465ac03a02491296c7",
        ),
        (
            "derived with hashlib: a renewal",
            grant(
                "refresh_token",
                &[("refresh_token", "eb1964a9d142423a9f0de88b97bb38fc"), ("scope", "all")],
            ),
            "4fcd2598f1d63af8912f82aba018dab9",
        ),
        ("derived with hashlib: nothing asked for", call("{}"), "f6a28c76d074aed597f228d14045df52"),
        (
            "derived with hashlib: a window",
            call(
                r#"{"page_index":1,"page_size":50,"modified_begin":"2026-01-01 00:00:00","modified_end":"2026-01-07 23:59:59","types":["其它退货"]}"#,
            ),
            "f07bb3905024757294410c1253cf6942",
        ),
    ];
    for (origin, mut fields, expected) in vectors {
        assert_eq!(jushuitan::sign(APP_SECRET, &fields), expected, "{origin}");
        fields.reverse();
        fields.push(("sign", "whatever"));
        fields.push(("state", ""));
        assert_eq!(jushuitan::sign(APP_SECRET, &fields), expected, "{origin}: order, sign and empty values");
    }
}

#[test]
fn the_legacy_signature_is_that_of_the_vectors() {
    let vectors = [
        (
            "published; its origin is not named in vendors/sources.md 4",
            "shops.query",
            "1608000837",
            "403697654caffbbfe21a841782b6af8f",
        ),
        (
            "the vendor's document, quoted in node-jushuitan lib/index.js",
            "shops.query",
            "1540370062",
            "aebf9d0146764d578d9c86e3b7783204",
        ),
        ("derived with hashlib", "other.inout.query", "1608000837", "a57cd06f7ef6aaa52fa415faeb1a7e20"),
    ];
    let [partner_id, partner_key, token] = PARTNER;
    for (origin, method, ts, expected) in vectors {
        assert_eq!(jushuitan::sign_legacy(partner_id, partner_key, token, method, ts), expected, "{origin}");
    }
}

#[test]
fn a_call_is_a_signed_form() {
    let request = jushuitan::query_inout(
        &account(Api::Current, &[]),
        Some(&token()),
        NOW,
        &week(json!({"types": ["其它退货"], "status": "", "wms_co_id": null, "page_size": 500})),
    );
    assert_eq!(request.uri().to_string(), "https://openapi.jushuitan.com/open/other/inout/query");
    let form = form(&request);
    let names: Vec<&str> = form.keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "app_key", "biz", "charset", "sign", "timestamp", "version"]);
    assert_eq!((&*form["timestamp"], &*form["version"], &*form["charset"]), ("1639128407", "2", "utf-8"));
    // What is signed is what is sent.
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(jushuitan::sign(APP_SECRET, &fields), form["sign"]);
    assert_eq!(
        biz(&request),
        json!({"modified_begin": "2026-01-01 00:00:00", "modified_end": "2026-01-07 23:59:59",
               "page_index": 1, "page_size": 50, "types": ["其它退货"]})
    );
}

#[test]
fn a_form_is_encoded_as_the_java_sdk_encodes_it() {
    // ieu/jst-java SimpleUrlEncodedFormJstHttpMessageConverterTest, as pairs: the order is a hash map's.
    let recorded = "access_token=d7b01bf0842a4742a9450e21ffd95f60&charset=utf-8&biz=%7B%22page_index%22%3A%221%22%2C%22page_size%22%3A%22100%22%2C%22nicks%22%3A%5B%22%E8%80%81%E6%9D%BF%22%5D%7D&app_key=5b53060f23d84ddf9703056e84fa5a2d&sign=395f5a78b446be465ac03a02491296c7&version=2&timestamp=1639128407";
    let mut query = week(json!({"nicks": ["老板"]}));
    query.which = Which::SoIds(vec!["it's 50% & \"more\"+".into()]);
    let request = jushuitan::query_inout(&account(Api::Current, &[]), Some(&token()), NOW, &query);
    let ours = form(&request);
    for (name, value) in pairs(recorded) {
        if name != "biz" && name != "sign" {
            assert_eq!(ours[&name], value);
        }
    }
    let body = std::str::from_utf8(request.body()).unwrap();
    assert!(body.contains("%22nicks%22%3A%5B%22%E8%80%81%E6%9D%BF%22%5D"), "{body}");
    assert_eq!(biz(&request)["so_ids"][0], "it's 50% & \"more\"+");
}

#[test]
fn records_are_asked_for_by_id_and_by_row_version() {
    let account = account(Api::Current, &[]);
    let ask = |which, more| {
        let query = Inout { which, page_index: 1, page_size: 50, more };
        biz(&jushuitan::query_inout(&account, Some(&token()), NOW, &query))
    };
    let more = json!({"status": "Confirmed"}).as_object().unwrap().clone();
    assert_eq!(
        ask(Which::IoIds(vec![7, 8]), more.clone()),
        json!({"io_ids": [7, 8], "page_index": 1, "page_size": 50, "status": "Confirmed"})
    );
    // "use only with paging fields"
    assert_eq!(
        ask(Which::Changed { start_ts: 1 }, more),
        json!({"start_ts": 1, "page_index": 1, "page_size": 50})
    );
}

#[test]
fn shops_are_asked_for_with_their_page_size() {
    let account = account(Api::Current, &[]);
    let ask = |shop_ids| {
        let query = Shops { page_index: 2, page_size: 100, shop_ids };
        jushuitan::query_shops(&account, Some(&token()), NOW, &query)
    };
    let request = ask(vec![]);
    assert_eq!(request.uri().path(), "/open/shops/query");
    assert_eq!(biz(&request), json!({"page_index": 2, "page_size": 100}));
    assert_eq!(biz(&ask(vec![10_394_533]))["shop_ids"], json!([10_394_533]));
}

#[test]
fn a_legacy_call_has_its_system_parameters_in_the_query() {
    let account = account(Api::Legacy, &[]);
    let request =
        jushuitan::query_inout(&account, None, 1_608_000_837, &week(json!({"status": "Confirmed"})));
    assert_eq!(
        (request.uri().host(), request.uri().path()),
        (Some("open.erp321.com"), "/api/open/query.aspx")
    );
    assert_eq!(
        request.uri().query(),
        Some(
            "partnerid=ywv5jGT8ge6Pvlq3FZSPol345asd&token=181ee8952a88f5a57db52587472c3798&method=other.inout.query&ts=1608000837&sign=a57cd06f7ef6aaa52fa415faeb1a7e20"
        )
    );
    assert_eq!(request.headers()["content-type"], "application/json");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["modified_begin"], "2026-01-01 00:00:00");
    assert_eq!((&body["page_index"], &body["status"]), (&json!(1), &json!("Confirmed")));

    let shops = Shops { page_index: 1, page_size: 100, shop_ids: vec![] };
    let request = jushuitan::query_shops(&account, None, 1_608_000_837, &shops);
    let query = request.uri().query().unwrap();
    assert!(
        query.contains("method=shops.query") && query.ends_with("403697654caffbbfe21a841782b6af8f"),
        "{query}"
    );
    assert_eq!(request.body(), br#"{"nicks":[]}"#);

    let request = jushuitan::extend_token(&account, 1_608_000_837);
    assert!(request.uri().query().unwrap().contains("method=refresh.token"));
    assert_eq!(request.body(), b"{}");
}

#[test]
fn tokens_are_fetched_and_renewed() {
    let account = account(Api::Current, &[]);
    let request = jushuitan::get_init_token(&account, NOW, [0, 1, 2, 31, 32, 255]);
    assert_eq!(request.uri().path(), "/openWeb/auth/getInitToken");
    let first = form(&request);
    assert_eq!((&*first["code"], &*first["grant_type"]), ("abc9a9", "authorization_code"));
    assert!(!first.contains_key("access_token") && !first.contains_key("biz"), "{first:?}");

    let request = jushuitan::refresh_token(&account, NOW, &token()).unwrap();
    assert_eq!(request.uri().path(), "/openWeb/auth/refreshToken");
    let renewal = form(&request);
    // "derived with hashlib" in section 4, and so the whole form.
    assert_eq!(renewal["sign"], "4fcd2598f1d63af8912f82aba018dab9");
    assert_eq!(renewal["scope"], "all");

    for nothing in [None, Some(String::new())] {
        assert!(
            jushuitan::refresh_token(&account, NOW, &Token { refresh_token: nothing, ..token() }).is_none()
        );
    }
}

#[test]
fn who_renews_the_token_follows_from_the_variables() {
    assert_eq!(account(Api::Current, &[]).renewal(), Renewal::Tokens);
    assert_eq!(
        account(Api::Current, &[("jushuitan_access_token", "unset.invalid")]).renewal(),
        Renewal::Tokens
    );
    let provider = account(Api::Current, &[("jushuitan_access_token", "isv-token")]);
    assert_eq!(provider.renewal(), Renewal::Never);
    let request = jushuitan::query_inout(&provider, None, NOW, &week(json!({})));
    assert_eq!(form(&request)["access_token"], "isv-token");
    assert_eq!(account(Api::Legacy, &[]).renewal(), Renewal::Extend);
    // Before there is a token, none is sent: "never send empty values".
    let request = jushuitan::query_inout(&account(Api::Current, &[]), None, NOW, &week(json!({})));
    assert!(!form(&request).contains_key("access_token"));
}

#[test]
fn every_malformed_variable_is_named_with_what_it_is_for() {
    let cases = [
        (Api::Current, "jushuitan_scheme", "ftp"),
        (Api::Current, "jushuitan_host", "unset.invalid"),
        (Api::Current, "jushuitan_host", "https://openapi.jushuitan.com"),
        (Api::Current, "jushuitan_host", "openapi.jushuitan.com/open"),
        (Api::Current, "jushuitan_api", "new"),
        (Api::Current, "jushuitan_app_key", ""),
        (Api::Current, "jushuitan_app_secret", "e9c5ca33fecb404b8e6cdbd0ef4a6d25\n"),
        (Api::Current, "jushuitan_access_token", " x"),
        (Api::Legacy, "jushuitan_access_token", ""),
    ];
    for (api, name, value) in cases {
        let problems =
            Account::from_variables("jushuitan", variables(api, &[(name, value)])).expect_err(value);
        let about: Vec<&str> = problems.iter().map(|problem| &*problem.about).collect();
        assert_eq!(about, [name], "{value}");
        assert!(problems[0].en.contains("It is ") && problems[0].zh.contains("应为："), "{:?}", problems[0]);
    }
    let all = Account::from_variables("shop2", |_| String::new()).expect_err("nothing is set");
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|problem| problem.about.starts_with("shop2_")), "{all:?}");
}

#[test]
fn no_debug_text_shows_a_secret() {
    let current = account(Api::Current, &[("jushuitan_access_token", "isv-token")]);
    let legacy = account(Api::Legacy, &[]);
    let shown = format!("{current:?} {legacy:?} {:?}", token());
    for secret in [APP_SECRET, "isv-token", PARTNER[1], PARTNER[2], TOKEN, "eb1964a9"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("https://openapi.jushuitan.com"), "{shown}");
}
