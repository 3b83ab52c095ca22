//! What is refused, and what the client makes of it.

use ferry_platforms::Class;
use ferry_platforms::wangdiantong::{Pager, Search, TimeType, WIDEST_WINDOW, Window};
use ferry_simulators::wangdiantong::{Config, Credentials, Generate};
use serde_json::json;

use crate::shop::{Shop, held, numbers};

const TIMES: &str = r#""start_time":"2026-01-01 00:00:00","end_time":"2026-01-02 00:00:00""#;

#[test]
fn a_window_is_at_most_thirty_days_wide() {
    let shop = Shop::with(1);
    let end = shop.now();
    let ask = |begin| shop.ask(&Search::window(Window { begin, end }, TimeType::Modified), Pager::first(10));
    let widest = WIDEST_WINDOW.as_secs().cast_signed();
    assert!(ask(end - widest).is_ok());
    let error = ask(end - widest - 1).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Fatal, "window_too_wide"));
    assert_eq!(error.message, "您的查询时间过宽,查询时间不能大于30天");
    assert_eq!(ask(end + 1).unwrap_err().code, "application_error");
}

#[test]
fn the_envelope_is_refused_for_what_is_missing_or_malformed() {
    let shop = Shop::with(1);
    let good = format!("[{{{TIMES}}}]");
    assert_eq!(shop.raw(&[], &good)["status"], 0);
    type Query = &'static [(&'static str, &'static str)];
    let table: [(Query, i64, &str); 13] = [
        (&[("sid", "absent")], 1, "sid is not found"),
        (&[("key", "absent")], 1, "参数个数错误"),
        (&[("v", "absent")], 1, "参数个数错误"),
        (&[("v", "2.0")], 8, "版本错误"),
        (&[("timestamp", "1665947116495")], 1, "For input string: \"1665947116495\""),
        (&[("timestamp", "1")], 7, "时间戳错误"),
        (&[("method", "wms.stockout.Sales.queryWithDetail")], 100, "权限不足"),
        (&[("page_no", "absent")], 100, "此方法仅支持分页查询：wms.stockout.Process.queryWithDetail"),
        (&[("page_size", "absent")], 100, "此方法仅支持分页查询：wms.stockout.Process.queryWithDetail"),
        (&[("page_no", "x")], 1, "For input string: \"x\""),
        (&[("page_no", "-1")], 1, "argument type mismatch"),
        (&[("page_size", "0")], 1, "argument type mismatch"),
        (&[("calc_total", "2")], 1, "argument type mismatch"),
    ];
    for (query, status, message) in table {
        assert_eq!(shop.raw(query, &good), json!({"status": status, "message": message}), "{query:?}");
    }
    let form = shop.post(&[("sid", "wdterp30")], "application/x-www-form-urlencoded", &good);
    assert_eq!(form, json!({"status": 1, "message": "参数错误"}));
    let twice = shop.post(&[("sid", "wdterp30"), ("sid", "wdterp30")], "application/json", &good);
    assert_eq!(twice, json!({"status": 1, "message": "参数错误"}));
}

#[test]
fn the_body_is_one_object_of_known_fields_in_a_list() {
    let shop = Shop::with(1);
    let table = [
        ("{}", 1, "参数个数错误".to_owned()),
        ("[]", 1, "invalid argument count".to_owned()),
        ("[{},{}]", 1, "invalid argument count".to_owned()),
        ("[[]]", 1, "argument type mismatch".to_owned()),
        ("[{", 1, "参数错误".to_owned()),
        ("[{}]", 100, "参数中必须包含起止时间".to_owned()),
        (
            r#"[{"stockout_no":"","start_time":"2026-01-01 00:00:00"}]"#,
            100,
            "参数中必须包含起止时间".to_owned(),
        ),
        // The article's body: its `params` and `pager` are the names of an SDK's arguments.
        (r#"[{"params":{},"pager":{"page_size":"100","page_no":"1"}}]"#, 2, "params".to_owned()),
        (r#"[{"start_time":1}]"#, 1, "argument type mismatch".to_owned()),
        (r#"[{"stockout_no":["CK1"]}]"#, 1, "argument type mismatch".to_owned()),
        (
            r#"[{"start_time":"2023/02/06 17:59:19","end_time":"2023-02-06 17:59:19"}]"#,
            100,
            "Unparseable date: 2023/02/06 17:59:19".to_owned(),
        ),
    ];
    for (body, status, message) in table {
        assert_eq!(shop.raw(&[], body), json!({"status": status, "message": message}), "{body}");
    }
    let states = "状态参数格式不正确，请用以逗号隔开的整数字符串为参数";
    for (more, status, message) in [
        (r#""status":"110,done""#, 100, states),
        (r#""status":110"#, 1, "argument type mismatch"),
        (r#""time_type":"4""#, 1, "For input string: \"4\""),
        (r#""time_type":true"#, 1, "argument type mismatch"),
    ] {
        let answer = shop.raw(&[], &format!("[{{{TIMES},{more}}}]"));
        assert_eq!(answer, json!({"status": status, "message": message}), "{more}");
    }
    for more in [r#""time_type":3"#, r#""time_type":"3""#, r#""time_type":null"#, r#""status":"5,110""#] {
        assert_eq!(shop.raw(&[], &format!("[{{{TIMES},{more}}}]"))["status"], 0, "{more}");
    }
}

#[test]
fn an_appkey_sees_its_own_warehouses_only() {
    let own = Credentials { warehouses: vec!["CK002".into(), "CK003".into()], ..Credentials::default() };
    let stockouts = Some(Generate { rows: 100, ..Generate::default() });
    let shop = Shop::start(Config { credentials: vec![own], stockouts, ..Config::default() });
    let expected = held(&shop.platform, |s| ["CK002", "CK003"].contains(&s.warehouse_no.as_str()));
    assert_eq!(numbers(&shop.find(&shop.everything())), expected);
    let of = |warehouse: &str| Search { warehouse_no: warehouse.into(), ..shop.everything() };
    assert!(!shop.find(&of("CK002")).records.is_empty());
    let error = shop.ask(&of("CK001"), Pager::first(10)).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Fatal, "no_warehouse_right"));
}

#[test]
fn other_paths_and_methods_are_none_of_its_business() {
    let shop = Shop::with(0);
    let elsewhere = shop.agent.post(format!("{}2/x.php", shop.platform.url())).send("{}").unwrap();
    assert_eq!(elsewhere.status(), 404);
    assert_eq!(shop.agent.get(shop.platform.url()).call().unwrap().status(), 405);
}

#[test]
fn an_address_off_the_whitelist_and_an_app_that_has_not_applied_are_refused() {
    let shop = Shop::with(1);
    let ask = || shop.ask(&shop.everything(), Pager::first(10)).unwrap_err();
    shop.platform.set(|switches| switches.applied_for = false);
    assert_eq!((ask().code, ask().message.as_str()), ("no_permission", "权限不足"));
    shop.platform.set(|switches| switches.whitelisted = false);
    assert_eq!((ask().code, ask().message.as_str()), ("ip_refused", "ip限制"));
}
