//! Who may call: the published signatures, sent byte by byte, and the client's own.

use ferry_platforms::Class;
use ferry_platforms::wangdiantong::{self, Pager, Search};
use ferry_simulators::wangdiantong::{Config, Credentials};
use serde_json::Value;

use crate::shop::{Shop, account};

const SALT: &str = "dd488d0802b1e431e4c72cd355847853";

/// Sets the simulator's clock to a time of the vendor's count.
fn at(shop: &Shop, timestamp: i64) {
    let offset = (1_325_347_200 + timestamp) * 1000 - shop.platform.now_ms();
    shop.platform.set(|switches| switches.clock_offset_ms += offset);
}

#[test]
fn the_vendors_example_is_accepted_as_it_stands_and_not_otherwise() {
    let shop = Shop::with(0);
    at(&shop, 232_623_153);
    let body = r#"["xc109393939393939","",1.2,0,false]"#;
    let query = [
        ("sid", "wdterp30"),
        ("key", "czhc"),
        ("salt", SALT),
        ("method", "wms.stockout.Sales.weighingExt"),
        ("timestamp", "232623153"),
        ("v", "1.0"),
        ("sign", "20f557aaf9190797c581bbceeb6d5a5c"),
    ];
    // Known, and then refused since the simulator has no such method.
    let answer = shop.post(&query, "application/json", body);
    assert_eq!((&answer["status"], &answer["message"]), (&Value::from(100), &Value::from("权限不足")));
    assert_eq!(shop.platform.calls()[0].auth.as_deref(), Some("signed by czhc"));

    let refused = |query: &[(&str, &str)], body: &str| {
        let answer = shop.post(query, "application/json", body);
        assert_eq!(answer["status"], 1, "{query:?} {body}: {answer}");
        answer["message"].as_str().unwrap().to_owned()
    };
    let with = |name: &str, value: &'static str| {
        query.map(|(known, old)| (known, if known == name { value } else { old }))
    };
    assert_eq!(refused(&with("sign", "20f557aaf9190797c581bbceeb6d5a5d"), body), "验证失败");
    assert_eq!(refused(&with("sign", "20F557AAF9190797C581BBCEEB6D5A5C"), body), "验证失败");
    assert_eq!(refused(&with("salt", "0d488d0802b1e431e4c72cd355847853"), body), "验证失败");
    assert_eq!(refused(&with("timestamp", "232623154"), body), "验证失败");
    assert_eq!(refused(&query, &body.replace("1.2", "1.20")), "验证失败");
    let mut more = query.to_vec();
    more.push(("page_no", "0"));
    assert_eq!(refused(&more, body), "验证失败");
}

#[test]
fn the_other_vectors_are_accepted_too() {
    // An SDK's author: another seller, another appkey, its body the empty list.
    let other = Credentials {
        sid: "wdtapi3".into(),
        app_key: "wdt_test".into(),
        secret: "aa".into(),
        salt: "dd".into(),
        warehouses: Vec::new(),
    };
    let credentials = vec![Credentials::default(), other];
    let shop = Shop::start(Config { credentials, ..Config::default() });
    at(&shop, 100);
    let query = [
        ("method", "system.Core.now"),
        ("timestamp", "100"),
        ("v", "1.0"),
        ("salt", "dd"),
        ("key", "wdt_test"),
        ("sid", "wdtapi3"),
        ("sign", "b5745bf1f4721a0d16e9a68cb7513032"),
    ];
    assert_eq!(shop.post(&query, "application/json", "[]")["message"], "权限不足");

    // vendors/sources.md 4, derived there: a paged call.
    at(&shop, 232_623_153);
    let query = [
        ("sid", "wdterp30"),
        ("key", "czhc"),
        ("salt", SALT),
        ("method", "wms.stockout.Process.queryWithDetail"),
        ("page_size", "50"),
        ("page_no", "0"),
        ("calc_total", "1"),
        ("timestamp", "232623153"),
        ("v", "1.0"),
        ("sign", "06c5c524621bdd4b6d46f1f42e5d54e1"),
    ];
    let body = r#"[{"start_time":"2020-06-15 10:05:36","end_time":"2020-06-17 11:05:36","time_type":"2","status":"5,110"}]"#;
    let answer = shop.post(&query, "application/json; charset=utf-8", body);
    assert_eq!(answer.to_string(), r#"{"status":0,"data":{"total_count":0,"order":[]}}"#);
}

#[test]
fn the_client_is_known_by_seller_appkey_and_both_parts_of_the_secret() {
    let shop = Shop::with(5);
    assert_eq!(shop.find(&shop.everything()).records.len(), 5);
    let good = shop.platform.credentials();
    let table: [(Credentials, &str, Class, &str); 4] = [
        (
            Credentials { sid: "nobody".into(), ..good.clone() },
            "sid is not exists",
            Class::Fatal,
            "unknown_sid",
        ),
        (
            Credentials { app_key: "x".into(), ..good.clone() },
            "app auth fail",
            Class::Credentials,
            "app_refused",
        ),
        (
            Credentials { secret: "x".into(), ..good.clone() },
            "验证失败",
            Class::Credentials,
            "signature_refused",
        ),
        (
            Credentials { salt: "x".into(), ..good.clone() },
            "验证失败",
            Class::Credentials,
            "signature_refused",
        ),
    ];
    for (wrong, message, class, code) in table {
        let stranger = account(&shop.platform, &wrong);
        let pager = Pager::first(10);
        let request = wangdiantong::query_with_detail(&stranger, shop.now(), &shop.everything(), pager);
        let error = wangdiantong::read_page(&shop.send(request).unwrap(), pager).unwrap_err();
        assert_eq!((error.message.as_str(), error.class, error.code), (message, class, code));
        assert!(!format!("{error:?}").contains(&good.secret));
    }
}

#[test]
fn what_needs_encoding_is_signed_as_the_vendor_decodes_it() {
    let odd = Credentials {
        sid: "店&1=%+".into(),
        app_key: "k/é~".into(),
        secret: "s+c".into(),
        salt: "a=b&c".into(),
        warehouses: Vec::new(),
    };
    let shop = Shop::start(Config { credentials: vec![odd], ..Config::default() });
    assert!(shop.find(&Search { stockout_no: "CK'\"\\料".into(), ..Search::default() }).is_whole());
}

#[test]
fn a_call_is_good_for_two_minutes_either_way() {
    let shop = Shop::with(1);
    let pager = Pager::first(10);
    let ask = |off: i64| {
        let search = shop.everything();
        let request = wangdiantong::query_with_detail(&shop.account, shop.now() + off, &search, pager);
        let response = shop.send(request).unwrap();
        let seen = wangdiantong::server_time(&response).unwrap();
        assert!((seen - shop.now()).abs() <= 2);
        wangdiantong::read_page(&response, pager).map(|found| found.records.len())
    };
    assert_eq!((ask(0), ask(118), ask(-118)), (Ok(1), Ok(1), Ok(1)));
    for off in [123, -123] {
        let error = ask(off).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Fatal, "clock_skew"));
        assert_eq!((error.vendor_code.as_deref(), error.message.as_str()), (Some("7"), "时间戳错误"));
    }
    shop.platform.set(|switches| switches.timestamp_tolerance_s = 200);
    assert_eq!(ask(123), Ok(1));
    // A clock that is wrong altogether.
    shop.platform.set(|switches| switches.clock_offset_ms = -3_600_000);
    let request =
        wangdiantong::query_with_detail(&shop.account, shop.now() + 3600, &shop.everything(), pager);
    assert_eq!(wangdiantong::read_page(&shop.send(request).unwrap(), pager).unwrap_err().code, "clock_skew");
}
