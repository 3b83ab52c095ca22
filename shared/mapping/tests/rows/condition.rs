//! `condition`: which records, and which rows of their lists.

use crate::{compiled, errors, records, shaped};
use ferry_mapping::Value;
use serde_json::json;

/// Whether a record of one field `f` meets a logic.
fn holds(field: Value, logic: &str, value: Value) -> bool {
    let shaping =
        compiled(json!({"condition": [[{"field": "f", "logic": logic, "value": value}]]}), json!([]));
    let outcome = shaped(&shaping, json!({"f": field}));
    assert_eq!(outcome.records.len() + outcome.filtered, 1);
    outcome.records.iter().for_each(|made| assert_eq!(made.error, None));
    outcome.filtered == 0
}

#[test]
fn numbers_are_compared_as_exact_decimals_never_as_text() {
    for (field, logic, value) in [
        (json!("9"), "lt", json!("10")),
        (json!(9), "lt", json!(10)),
        (json!("009"), "lt", json!("10")),
        (json!("-9"), "gt", json!("-10")),
        (json!("0.1"), "egt", json!("0.10")),
        (json!(9007199254740993_i64), "gt", json!("9007199254740992")),
        (json!("0.30000000000000001"), "gt", json!("0.3")),
        (json!("100.00"), "between", json!("100,500")),
        (json!(500), "between", json!("100, 500")),
        (json!("1e3"), "egt", json!("1000")),
    ] {
        assert!(holds(field.clone(), logic, value.clone()), "{field} {logic} {value}");
        let opposite = match logic {
            "lt" => "egt",
            "gt" => "elt",
            "egt" => "lt",
            _ => continue,
        };
        assert!(!holds(field.clone(), opposite, value.clone()), "{field} {opposite} {value}");
    }
    assert!(!holds(json!("500.01"), "between", json!("100,500")));
}

#[test]
fn equal_is_the_same_text_or_the_same_number() {
    for logic in ["eq", "eqv2"] {
        for (field, value) in [
            (json!(816403), json!("816403")),
            (json!("816403"), json!(816403)),
            (json!("10.00"), json!("10")),
            (json!(10.50), json!("10.5")),
            (json!("其它退货"), json!("{{params.kind}}")),
            (json!(true), json!("true")),
            (json!(true), json!(1)),
            (json!(""), json!("")),
            (json!(null), json!("")),
            (json!("2024-01-01T10:00:00.000"), json!("2024-01-01 10:00:00")),
        ] {
            assert!(holds(field.clone(), logic, value.clone()), "{field} {logic} {value}");
            assert!(!holds(field.clone(), "neq", value.clone()), "{field} neq {value}");
        }
        for (field, value) in [
            (json!("007"), json!("7")),
            (json!("12E2"), json!("1200")),
            (json!("Sent"), json!("sent")),
            (json!("a "), json!("a")),
            (json!(10), json!("ten")),
            (json!(false), json!("")),
            (json!(0), json!("")),
            (json!(null), json!("0")),
            (json!("9007199254740993"), json!("9007199254740992")),
        ] {
            assert!(!holds(field.clone(), logic, value.clone()), "{field} {logic} {value}");
            assert!(holds(field.clone(), "neq", value.clone()), "{field} neq {value}");
        }
    }
}

#[test]
fn like_is_contains_letter_for_letter() {
    assert!(holds(json!("双十一活动赠品"), "like", json!("活动")));
    assert!(holds(json!(51200), "like", json!("512")));
    assert!(!holds(json!("Gift"), "like", json!("gift")));
    assert!(!holds(json!("100"), "like", json!("1%0")));
    assert!(holds(json!("test-1"), "notlike", json!("demo")));
    assert!(!holds(json!("test-1"), "notlike", json!("test")));
}

#[test]
fn moments_are_compared_as_moments() {
    // 2024-01-01 08:00:00 in Shanghai.
    let at = json!("timestamp:1704067200");
    assert!(holds(json!("2024-01-01 08:00:01"), "gt", at.clone()));
    assert!(holds(json!("2024-01-01T08:00:00.000"), "egt", at.clone()));
    assert!(!holds(json!("2024-01-01 08:00:00"), "gt", at.clone()));
    assert!(holds(json!(1_704_067_199_000_i64), "lt", at.clone()));
    assert!(!holds(json!("0000-00-00 00:00:00"), "lt", at), "no moment at all");
    assert!(holds(json!("2024-01-02"), "between", json!("timestamp:1704067200,1704240000")));
    // A T sorts behind a blank in text, and 9 behind 10.
    assert!(holds(json!("2024-01-01T10:00:00"), "lt", json!("2024-01-01 11:00:00")));
    assert!(holds(json!("2024-01-01T09:58:00"), "gt", json!("{{LAST_SYNC_TIME|datetime}}")));
    assert!(!holds(json!("2024-01-01T09:57:52"), "gt", json!("timestamp:{{LAST_SYNC_TIME}}")));
    assert!(holds(
        json!("2023-12-31 23:00:00"),
        "between",
        json!("{{DAYS_AGO_1|datetime}},{{CURRENT_TIME|datetime}}")
    ));
    // Other texts as text.
    assert!(holds(json!("B"), "gt", json!("A")));
}

#[test]
fn what_is_missing_meets_only_the_negative_logics() {
    let cases = [
        ("eq", false),
        ("eqv2", false),
        ("neq", true),
        ("gt", false),
        ("egt", false),
        ("lt", false),
        ("elt", false),
        ("like", false),
        ("notlike", true),
        ("isnull", true),
        ("notnull", false),
    ];
    for (logic, expected) in cases {
        let source = json!({"condition": [[{"field": "f.x", "logic": logic, "value": "5"}]]});
        let shaping = compiled(source, json!([]));
        for record in [
            json!({}),
            json!({"f": null}),
            json!({"f": {"x": null}}),
            json!({"f": {"x": " "}}),
            json!({"f": {"x": []}}),
            json!({"f": {"x": {}}}),
            json!({"f": []}),
            json!({"f": "text"}),
        ] {
            assert_eq!(shaped(&shaping, record.clone()).filtered == 0, expected, "{record} {logic}");
        }
    }
    assert!(!holds(json!(null), "between", json!("1,2")));
    for there in [json!(0), json!(false), json!("0"), json!([null])] {
        assert!(holds(there.clone(), "notnull", json!("")), "{there}");
    }
}

#[test]
fn what_cannot_be_compared_is_an_error_of_the_record() {
    let of = |logic: &str, value: &str, field: Value| {
        let source = json!({"condition": [[{"field": "f", "logic": logic, "value": value}]]});
        errors(&compiled(source, json!([])), json!({"f": field}))
    };
    let found = of("gt", "5", json!("N/A"));
    let en = "source.condition[0][0]: \"N/A\" is not a number, so it cannot be compared with 5";
    assert_eq!(found, [("not_comparable", en.to_owned(), "\"N/A\" 不是数字，无法与 5 比较".to_owned())]);
    assert_eq!(of("gt", "abc", json!(5))[0].0, "not_comparable");
    assert_eq!(of("egt", "5", json!(true))[0].0, "not_comparable");
    assert_eq!(of("gt", "timestamp:1704067200", json!("soon"))[0].0, "bad_time");
    assert_eq!(of("eq", "5", json!([1]))[0].0, "not_a_scalar");
    assert_eq!(of("like", "5", json!({"a": 1}))[0].0, "not_a_scalar");
    let source = json!({"condition": [[{"field": "a.b.c", "logic": "eq", "value": "1"}]]});
    let nested = errors(&compiled(source, json!([])), json!({"a": [{"b": [{"c": 1}]}]}));
    assert_eq!(nested[0].0, "nested_list");
}

fn items(strict: Value) -> ferry_mapping::Shaping {
    let mut condition = json!({"field": "items.warehouse", "logic": "like", "value": "MT"});
    if !strict.is_null() {
        condition["strictMode"] = strict;
    }
    compiled(json!({"condition": [[condition]]}), json!([]))
}

/// The incumbent's page: three rows, of which the third meets the condition.
fn receipt() -> Value {
    json!({"io_id": 1, "items": [
        {"code": "AAA0001", "qty": 1000, "warehouse": "CK0001"},
        {"code": "BBB0001", "qty": 500, "warehouse": "YY002"},
        {"code": "EEE0088", "qty": 88, "warehouse": "MT0003"}
    ]})
}

#[test]
fn strict_mode_drops_the_record_and_otherwise_only_rows_go() {
    assert_eq!(shaped(&items(json!(true)), receipt()).filtered, 1);
    let left = json!([{"io_id": 1, "items": [{"code": "EEE0088", "qty": 88, "warehouse": "MT0003"}]}]);
    for strict in [json!(false), json!(null)] {
        assert_eq!(Value::Array(records(&items(strict), receipt())), left);
    }
}

#[test]
fn a_record_of_which_no_row_is_left_is_left_out() {
    let none = json!({"io_id": 1, "items": [{"warehouse": "CK"}]});
    assert_eq!(shaped(&items(json!(false)), none).filtered, 1);
    assert_eq!(shaped(&items(json!(false)), json!({"io_id": 1, "items": []})).filtered, 1);
    assert_eq!(shaped(&items(json!(false)), json!({"io_id": 1})).filtered, 1);
}

#[test]
fn a_row_stays_where_one_of_the_groups_keeps_it() {
    let source = json!({"condition": [
        [{"field": "items.a", "logic": "eq", "value": "1"}, {"field": "items.b", "logic": "eq", "value": "1"}],
        [{"field": "items.c", "logic": "eq", "value": "1"}],
        [{"field": "io_id", "logic": "eq", "value": "512"}]
    ]});
    let shaping = compiled(source, json!([]));
    let record = |id: i64| {
        json!({"io_id": id, "items": [
            {"n": 1, "a": 1, "b": 1}, {"n": 2, "a": 1, "b": 0}, {"n": 3, "c": 1}, {"n": 4}
        ]})
    };
    let left = |id: i64| -> Vec<i64> {
        let made = records(&shaping, record(id));
        made[0]["items"].as_array().unwrap().iter().map(|row| row["n"].as_i64().unwrap()).collect()
    };
    assert_eq!(left(1), [1, 3]);
    assert_eq!(left(512), [1, 2, 3, 4], "a group that says nothing of the rows keeps them all");
    assert_eq!(shaped(&shaping, json!({"io_id": 1, "items": [{"a": 1}]})).filtered, 1);
}

#[test]
fn an_error_is_told_only_where_it_decides() {
    let source = json!({"condition": [[
        {"field": "type", "logic": "eq", "value": "sale"}, {"field": "qty", "logic": "gt", "value": "0"}
    ]]});
    let shaping = compiled(source, json!([]));
    assert_eq!(shaped(&shaping, json!({"type": "other", "qty": "?"})).filtered, 1);
    assert_eq!(errors(&shaping, json!({"type": "sale", "qty": "?"})).len(), 1);
}
