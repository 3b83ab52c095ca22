//! Whole flow files: what is read, what is assumed, what is overridden.

use ferry_mapping::{Crontab, Gathering, Lookup, OnMiss, Problem, parse};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const MATERIALS: &str = include_str!("../../../functions/galaxy-materials-to-mysql/flow.json");
const BASE: &str = include_str!("checks/base.json");

#[test]
fn the_flows_of_this_repository_pass() {
    let flow = parse(MATERIALS).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(flow.name, "galaxy-materials-to-mysql");
}

#[test]
fn what_a_file_leaves_out_has_the_documented_defaults() {
    let file = BASE.replace("\"pageSize\": 2000, ", "").replace(", \"budget\": \"20s\"", "");
    let flow = parse(&format!("\u{feff}{file}")).unwrap();
    let seconds = Duration::from_secs;
    assert_eq!(flow.delivery.expect_every, seconds(300));
    assert_eq!(flow.delivery.look_back, seconds(600));
    assert_eq!(flow.delivery.safety_lag, seconds(30));
    assert_eq!(flow.delivery.budget, seconds(20));
    assert_eq!(flow.delivery.request_timeout, seconds(30));
    assert_eq!(flow.delivery.retries, [300, 1800, 7200].map(seconds));
    assert_eq!(flow.source.pagination.page_size, 2000);
    assert!(!flow.source.id_check && flow.target.id_check);
    assert_eq!(flow.target.operation, None);
}

#[test]
fn older_spellings_and_harmless_extras_are_read() {
    let file = BASE
        .replace("\"effect\": \"QUERY\"", "\"type\": \"QUERY\", \"autoFillResponse\": true, \"operation\": {\"method\": \"none\"}")
        .replace("\"effect\": \"EXECUTE\"", "\"type\": \"EXECUTE\", \"operation\": {\"rowsKey\": \"array\", \"rows\": 20, \"method\": \"batchArraySave\"}")
        .replace("\"label\": \"编码\"", "\"id\": \"a-b\", \"describe\": null, \"label\": null")
        .replace("{\"zh\": \"物料\", \"en\": \"Materials\"}", "\"物料\"");
    let flow = parse(&file).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!((flow.source.effect.as_str(), flow.target.effect.as_str()), ("QUERY", "EXECUTE"));
    let operation = flow.target.operation.unwrap();
    assert_eq!((operation.rows, operation.method), (20, Gathering::Batch));
    assert_eq!(flow.title.en, "物料");
}

#[test]
fn parameters_are_overridden_by_name() {
    let flow = parse(BASE).unwrap();
    let with =
        |name: &str, value: Value| flow.clone().with_params(&BTreeMap::from([(name.to_owned(), value)]));
    assert_eq!(with("use_org", json!("T01")).unwrap().params["use_org"], json!("T01"));
    let unknown = with("useorg", json!("T01")).unwrap_err();
    assert_eq!(
        unknown[0].to_string(),
        "params.useorg: the flow has no parameter `useorg` to override (did you mean `use_org`?) [unknown_param]"
    );
    assert_eq!(with("use_org", json!(["T01"])).unwrap_err()[0].code, "bad_param");
}

#[test]
fn lookups_are_read_with_what_becomes_of_a_miss() {
    let with = |miss: &str| {
        let lookup = format!(
            r#""lookups": {{"return-notice": {{ "platform": "galaxy", "account": "galaxy", "api": "executeBillQuery", "formId": "SAL_RETURNNOTICE",
                "key": ["FBillNo"], {miss} }}}}, "delivery": {{"#
        );
        let flow = parse(&BASE.replace("\"delivery\": {", &lookup))
            .unwrap_or_else(|problems| panic!("{problems:#?}"));
        flow.lookups["return-notice"].clone()
    };
    // design.md 4, word for word.
    let expected = Lookup {
        platform: "galaxy".into(),
        account: "galaxy".into(),
        api: "executeBillQuery".into(),
        form_id: Some("SAL_RETURNNOTICE".into()),
        key: vec!["FBillNo".into()],
        on_miss: OnMiss::Wait,
        ttl: Duration::from_secs(600),
        filter: None,
    };
    assert_eq!(with(r#""on_miss": "wait", "ttl": "10m""#), expected);
    assert_eq!(with(r#""on_miss": "wait""#), expected, "ten minutes where the file says nothing");
    assert_eq!(with(r#""on_miss": "fail""#).on_miss, OnMiss::Fail);
    assert_eq!(with(r#""on_miss": "empty""#).on_miss, OnMiss::Empty);
    assert_eq!(with(r#""on_miss": "default", "default": 7"#).on_miss, OnMiss::Default(json!(7)));
    let filtered = with(r#""on_miss": "fail", "filter": "FUseOrgId.FNumber='{{params.use_org}}'""#);
    assert_eq!(filtered.filter.as_deref(), Some("FUseOrgId.FNumber='{{params.use_org}}'"));
}

#[test]
fn grouping_may_stand_where_the_incumbent_has_it() {
    let group = r#""groupCalculate": {"headerGroup": ["FMasterId", "FModifyDate"], "bodyGroup": ["FName"], "bodyName": "d", "calculate": {}}"#;
    let name = r#"{"field": "name", "type": "string", "value": "_function trim('{FName}')"},"#;
    for (place, path) in [("\"number\"", "source.groupCalculate"), ("\"version\"", "target.groupCalculate")] {
        let file = BASE.replace(name, "").replace(place, &format!("{group}, {place}"));
        let flow = parse(&file.replace(
            "(data_id, name, modified_at) VALUES (:data_id, :name, :modified_at)",
            "(data_id, modified_at) VALUES (:data_id, :modified_at)",
        ));
        let flow = flow.unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert_eq!(flow.group_calculate().unwrap().0, path);
    }
}

#[test]
fn places_count_characters_and_lines() {
    let file = "{\n  \"name\": \"物料\", \"titel\": 1}";
    let problems = parse(file).unwrap_err();
    let at = |code: &str, path: &str| {
        let found = problems.iter().find(|it| it.code == code && it.path == path);
        found.map(|it| (it.line, it.column))
    };
    assert_eq!(at("bad_name", "name"), Some((2, 11)));
    assert_eq!(at("unknown_key", "titel"), Some((2, 17)));
    assert_eq!(at("missing_key", "source"), Some((1, 1)));
    let display = problems.iter().map(Problem::to_string).collect::<Vec<_>>();
    assert!(
        display.contains(
            &"2:17 titel: there is no key `titel` here (did you mean `title`?) [unknown_key]".to_owned()
        ),
        "{display:?}"
    );
}

#[test]
fn what_is_no_flow_file_at_all_is_said_once() {
    for (text, code) in
        [("", "not_json"), ("[1, 2]", "wrong_kind"), ("\"x\"", "wrong_kind"), ("{\"a\": 1e}", "not_json")]
    {
        let problems = parse(text).unwrap_err();
        assert_eq!(problems.iter().map(|it| it.code).collect::<Vec<_>>(), [code], "{text}");
    }
    assert_eq!(parse(&" ".repeat((1 << 20) + 1)).unwrap_err()[0].code, "too_large");
    assert_eq!(parse(&"[".repeat(100_000)).unwrap_err()[0].code, "not_json");
}

#[test]
fn a_crontab_names_its_latest_moment() {
    // 2024-01-01 10:11:12 UTC, a Monday.
    const NOW: i64 = 1_704_103_872;
    let at = |text: &str, offset: i64| Crontab::parse(text).unwrap().latest(NOW, offset).map(|it| NOW - it);
    assert_eq!(at("* * * * *", 0), Some(12));
    assert_eq!(at("11 10 * * *", 0), Some(12));
    assert_eq!(at("12 10 * * *", 0), Some(86_400 - 48));
    assert_eq!(at("11 18 * * *", 8 * 3600), Some(12));
    assert_eq!(at("*/30 * * * *", 0), Some(11 * 60 + 12));
    assert_eq!(at("0 0 * * 7", 0), Some(86_400 + 10 * 3600 + 11 * 60 + 12));
    assert_eq!(at("0 0 * * 0", 0), at("0 0 * * 7", 0));
    assert_eq!(at("0 0 31 2 *", 0), None);
    assert_eq!(at("0 0 29 2 *", 0), Some(NOW - 1_582_934_400)); // 29 February 2020
    // Either day suffices where both are restricted.
    assert_eq!(at("0 0 15 * 1", 0), Some(10 * 3600 + 11 * 60 + 12));
    for bad in [
        "",
        "* * * *",
        "60 * * * *",
        "* * 0 * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
        "+1 * * * *",
        ", * * * *",
    ] {
        assert!(Crontab::parse(bad).is_err(), "{bad}");
    }
}
