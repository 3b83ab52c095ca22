//! `formatResponse`: new fields of a certain look.

use crate::{NOW, compiled, errors, records};
use ferry_mapping::Value;
use serde_json::json;

/// What a format makes of a value.
fn formatted(format: &str, value: Value) -> Value {
    let source = json!({"formatResponse": [{"old": "a", "new": "b", "format": format}]});
    let made = records(&compiled(source, json!([])), json!({"a": value})).remove(0);
    assert_eq!(made["a"], value, "the old field stays");
    made["b"].clone()
}

#[test]
fn moments_are_written_in_shanghai_time() {
    for moment in [
        json!("2024-03-15 14:30:25"),
        json!("2024-03-15T14:30:25.123"),
        json!("2024-03-15T06:30:25Z"),
        json!(1_710_484_225),
    ] {
        for (format, text) in [
            ("date", "2024-03-15"),
            ("time", "14:30:25"),
            ("dateTime", "2024-03-15 14:30:25"),
            ("shortDate", "03-15"),
            ("shortTime", "14:30"),
            ("shortDateTime", "03-15 14:30"),
        ] {
            assert_eq!(formatted(format, moment.clone()), json!(text), "{format} of {moment}");
        }
    }
    for nothing in [json!(null), json!(""), json!("0001-01-01T00:00:00"), json!(0)] {
        assert_eq!(formatted("date", nothing.clone()), json!(null), "{nothing}");
    }
}

#[test]
fn a_moment_is_described_by_its_distance() {
    for (ago, text) in [
        (0, "刚刚"),
        (59, "刚刚"),
        (60, "一分钟前"),
        (150, "2分钟前"),
        (3600, "一小时前"),
        (86_399, "23小时前"),
        (86_400, "一天前"),
        (3 * 86_400, "3天前"),
        (7 * 86_400, "一周前"),
        (30 * 86_400, "一个月前"),
        (61 * 86_400, "2个月前"),
        (365 * 86_400, "一年前"),
        (-7200, "2小时后"),
    ] {
        assert_eq!(formatted("dateDescription", json!(NOW - ago)), json!(text), "{ago}");
    }
}

#[test]
fn numbers_keep_exactly_their_digits() {
    for (format, value, made) in [
        ("round(2)", "19.9956", "20.00"),
        ("round(2)", "1.005", "1.01"),
        ("round(2)", "-1.005", "-1.01"),
        ("round", "5", "5.00"),
        ("round(0)", "2.5", "3"),
        ("round(3)", "9007199254740993.0005", "9007199254740993.001"),
        ("intval", "10.8", "10"),
        ("intval", "-10.8", "-10"),
        ("intval", "12345678901234567890123.9", "12345678901234567890123"),
        ("intval", " 7 ", "7"),
    ] {
        let number: Value = serde_json::from_str(made).unwrap();
        assert_eq!(formatted(format, json!(value)).to_string(), number.to_string(), "{format} of {value}");
    }
    assert_eq!(formatted("round(1)", serde_json::from_str("0.25").unwrap()).to_string(), "0.3");
    for (value, text) in [
        (json!(1_000_000), "￥1,000,000.00"),
        (json!("158000.50"), "￥158,000.50"),
        (json!("-1234.565"), "￥-1,234.57"),
        (json!("0"), "￥0.00"),
        (json!("999"), "￥999.00"),
    ] {
        assert_eq!(formatted("amount", value), json!(text));
    }
    for format in ["round(2)", "intval", "amount"] {
        assert_eq!(formatted(format, json!(null)), json!(null));
        assert_eq!(formatted(format, json!(" ")), json!(null));
    }
}

#[test]
fn long_texts_are_cut_and_lists_joined() {
    assert_eq!(
        formatted("longText(10)", json!("这是一个很长很长的文本内容")),
        json!("这是一个很长很长的文...")
    );
    assert_eq!(formatted("longText(10)", json!("一二三四五六七八九十")), json!("一二三四五六七八九十"));
    assert_eq!(formatted("longText", json!("1234567890123456")), json!("123456789012345..."));
    assert_eq!(formatted("longText(2)", json!(12345)), json!("12..."));
    assert_eq!(formatted("longText(2)", json!(null)), json!(null));
    assert_eq!(formatted("implode('|')", json!(["P001", "P002", 3])), json!("P001|P002|3"));
    assert_eq!(formatted("implode", json!(["重要", "紧急"])), json!("重要,紧急"));
    assert_eq!(formatted("implode(' ')", json!(["a", null, "b"])), json!("a  b"));
    assert_eq!(formatted("implode(\",\")", json!([])), json!(""));
    assert_eq!(formatted("implode", json!("one")), json!("one"));
}

#[test]
fn a_path_into_a_list_makes_the_field_in_every_row() {
    let source = json!({"formatResponse": [
        {"old": "details_list.created", "new": "created_new", "format": "date"},
        {"old": "details_list.price", "new": "details_list.price_new", "format": "round(2)"},
        {"old": "details_list.batches.made", "new": "day", "format": "shortDate"},
        {"old": "receiver.born", "new": "born_new", "format": "date"},
        {"old": "born_new", "new": "day", "format": "shortDate"},
        {"old": "nowhere", "new": "nothing", "format": "date"}
    ]});
    let record = json!({
        "details_list": [
            {"created": "2024-03-15 14:30:00", "price": "1.005", "batches": [{"made": "2024-01-02"}]},
            {"created": null}
        ],
        "receiver": {"born": "2001-02-03"}
    });
    assert_eq!(
        records(&compiled(source, json!([])), record),
        [json!({
            "details_list": [
                {
                    "created": "2024-03-15 14:30:00", "price": "1.005", "batches": [{"made": "2024-01-02", "day": "01-02"}],
                    "created_new": "2024-03-15", "price_new": serde_json::from_str::<Value>("1.01").unwrap()
                },
                {"created": null, "created_new": null, "price_new": null, "day": null}
            ],
            "receiver": {"born": "2001-02-03"},
            "born_new": "2001-02-03", "day": "02-03", "nothing": null
        })]
    );
}

#[test]
fn a_field_may_take_its_own_place() {
    let source = json!({"formatResponse": [{"old": "a", "new": "a", "format": "date"}]});
    let made = records(&compiled(source, json!([])), json!({"a": "2024-03-15 14:30:00"}));
    assert_eq!(made, [json!({"a": "2024-03-15"})]);
}

#[test]
fn formatting_comes_before_flattening_and_conditions() {
    let source = json!({
        "formatResponse": [{"old": "items.made", "new": "day", "format": "date"}],
        "beatFlat": ["items"],
        "condition": [[{"field": "items_day", "logic": "eq", "value": "2024-03-15"}]]
    });
    let record =
        json!({"io_id": 1, "items": [{"made": "2024-03-15 09:00:00"}, {"made": "2024-03-16 09:00:00"}]});
    let made = records(&compiled(source, json!([])), record);
    assert_eq!(
        made,
        [json!({"io_id": "1-1", "items_made": "2024-03-15 09:00:00", "items_day": "2024-03-15"})]
    );
}

#[test]
fn what_cannot_be_formatted_is_an_error_of_the_record() {
    let of = |format: &str, value: Value| {
        let source = json!({"formatResponse": [{"old": "a", "new": "b", "format": format}]});
        errors(&compiled(source, json!([])), json!({"a": value})).remove(0)
    };
    let (code, en, zh) = of("round(2)", json!("12,5"));
    assert_eq!(code, "bad_cast");
    assert_eq!(en, "source.formatResponse[0]: \"12,5\" is not a number, which round needs");
    assert_eq!(zh, "\"12,5\" 不是数字，round 需要数字");
    assert_eq!(of("date", json!("soon")).0, "bad_time");
    assert_eq!(of("intval", json!(true)).0, "bad_cast");
    assert_eq!(of("implode", json!([[1]])).0, "not_a_scalar");
    assert_eq!(of("round(30)", json!("9".repeat(60))).0, "overflow");
}
