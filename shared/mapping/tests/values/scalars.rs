//! Single values: references, times, types, value tables, parsers.

use super::{NOW, document, one, parse};
use serde_json::{Value, json};

#[test]
fn references_constants_and_concatenations() {
    let record = parse(
        r#"{"no": "A1", "shop": {"id": 7, "名称": "店"}, "shop.id": 8, "qty": 1.50, "ok": true, "none": null,
            "big": 123456789012345678901234567890.12345678901234567890, "list": [1, {"a": "b"}]}"#,
    );
    for (value, expected) in [
        ("{{no}}", "\"A1\""),
        ("{no}", "\"A1\""),
        ("{{ no }}", "\"A1\""),
        ("{{qty}}", "1.50"),
        ("{{big}}", "123456789012345678901234567890.12345678901234567890"),
        ("{{ok}}", "true"),
        ("{{shop.id}}", "8"),
        ("{{shop.名称}}", "\"店\""),
        ("{{list.1.a}}", "\"b\""),
        ("{{list}}", r#"[1, {"a": "b"}]"#),
        ("{{none}}", "null"),
        ("{{absent}}", "null"),
        ("{{no.deeper}}", "null"),
        ("{{no}}-{{shop.id}}", "\"A1-8\""),
        ("{{absent}}-{{none}}", "\"-\""),
        ("{{qty}}|{ok}", "\"1.50|true\""),
        ("100", "\"100\""),
        ("", "\"\""),
        ("{{params.org}}", "\"T'00\""),
        ("{{params.rate}}", "0.5"),
        ("{{LAST_SYNC_TIME}}", "1704071472"),
        ("{{LAST_SYNC_TIME}}000", "\"1704071472000\""),
        ("{{LAST_SYNC_TIME|timestamp_ms}}", "1704071472000"),
        ("{{LAST_SYNC_TIME|datetime}}", "\"2024-01-01 09:11:12\""),
        ("FApproveDate>='{{LAST_SYNC_TIME|dateTime}}'", "\"FApproveDate>='2024-01-01 09:11:12'\""),
        ("{{CURRENT_TIME|datetime}}", "\"2024-01-01 10:11:12\""),
        ("{{DAYS_AGO_2|datetime}}", "\"2023-12-30 10:11:12\""),
        ("{{DAYS_AGO_0|date}}", "\"2024-01-01\""),
        ("{{PAGINATION_PAGE_SIZE}}", "2000"),
        ("{{PAGINATION_START_PAGE}}", "3"),
        ("{PAGINATION_START_ROW}", "4000"),
        (r#"{"a": {"b": {{qty}}}}"#, r#""{\"a\": {\"b\": 1.50}}""#),
        ("{}", "\"{}\""),
    ] {
        assert_eq!(
            one(value, json!({}), &record).unwrap().to_string(),
            parse(expected).to_string(),
            "{value}"
        );
    }
    let list = one("x{{list}}", json!({}), &record).unwrap_err();
    assert_eq!((list.code, list.path.as_str()), ("not_a_scalar", "x"));
}

#[test]
fn times_of_records() {
    for (time, pipe, expected) in [
        (json!("2024-01-01T10:11:12"), "datetime", json!("2024-01-01 10:11:12")),
        (json!("2024-01-01T10:11:12.987"), "dateTime", json!("2024-01-01 10:11:12")),
        (json!("2024-01-01 10:11:12"), "datetime", json!("2024-01-01 10:11:12")),
        (json!(" 2024-02-29 "), "datetime", json!("2024-02-29 00:00:00")),
        (json!("2024-01-01 10:11:12"), "date", json!("2024-01-01")),
        (json!("2024-01-01T10:11:12.987"), "timestamp", json!(NOW)),
        (json!("2024-01-01T10:11:12.9876543219"), "timestamp_ms", json!(NOW * 1000 + 987)),
        (json!("2024-01-01T02:11:12Z"), "datetime", json!("2024-01-01 10:11:12")),
        (json!("2024-01-01T00:11:12.5-02:00"), "datetime", json!("2024-01-01 10:11:12")),
        (json!(NOW), "datetime", json!("2024-01-01 10:11:12")),
        (json!(NOW * 1000 + 5), "datetime", json!("2024-01-01 10:11:12")),
        (json!(NOW.to_string()), "datetime", json!("2024-01-01 10:11:12")),
        (json!(NOW), "datetime|timestamp", json!(NOW)),
        (json!(null), "datetime", json!(null)),
        (json!("  "), "datetime", json!(null)),
        (json!(0), "datetime", json!(null)),
        (json!("0001-01-01T00:00:00"), "datetime", json!(null)),
        (json!("0000-00-00 00:00:00"), "datetime", json!(null)),
    ] {
        let record = json!({"t": time});
        let value = format!("{{{{t|{pipe}}}}}");
        assert_eq!(one(&value, json!({}), &record).unwrap(), expected, "{time} {pipe}");
    }
    for garbage in [
        json!("gestern"),
        json!("2024-02-30"),
        json!("2024-01-01T25:00:00"),
        json!("2024-01-01T10:11"),
        json!("2024-01-01T10:11:12."),
        json!("2024-01-01T10:11:12+99:00"),
        json!("2024-1-1"),
        json!("2024年01月01日"),
        json!(20240101),
        json!(-5),
        json!(true),
        json!([NOW]),
    ] {
        let error = one("{{t|datetime}}", json!({}), &json!({"t": garbage})).unwrap_err();
        assert_eq!((error.code, error.value), ("bad_time", Some(Box::new(garbage))));
    }
    let typed = one("{{t}}", json!({"type": "datetime"}), &json!({"t": "2024-01-01"}));
    assert_eq!(typed.unwrap(), json!("2024-01-01 00:00:00"));
}

#[test]
fn types() {
    let thirty = "123456789012345678901234567890";
    for (kind, given, expected) in [
        ("string", "1.50", Some("\"1.50\"")),
        ("string", "true", Some("\"true\"")),
        ("string", "\"\"", Some("\"\"")),
        ("string", "null", Some("null")),
        ("string", thirty, Some("\"123456789012345678901234567890\"")),
        ("string", "[1]", None),
        ("int", "12", Some("12")),
        ("int", "\"12\"", Some("12")),
        ("int", "\" 0012 \"", Some("12")),
        ("int", "12.0", Some("12")),
        ("int", "1.2e3", Some("1200")),
        ("int", "-0", Some("0")),
        ("int", "\"-7.00\"", Some("-7")),
        ("int", "true", Some("1")),
        ("int", "\"\"", Some("null")),
        ("int", "null", Some("null")),
        ("int", thirty, Some(thirty)),
        ("int", "1.5", None),
        ("int", "\"abc\"", None),
        ("int", "\"1,000\"", None),
        ("int", "1e999999999", None),
        ("int", "\"--5\"", None),
        ("int", "\"NaN\"", None),
        ("float", "1.50", Some("1.50")),
        ("float", "\"1.50\"", Some("1.50")),
        ("float", "\"+.5\"", Some("0.5")),
        ("float", "\"-007.10\"", Some("-7.10")),
        ("float", "\"5.\"", Some("5")),
        ("float", "\"0.123456789012345678901234567890\"", Some("0.123456789012345678901234567890")),
        ("float", "\"\"", Some("null")),
        ("float", "\"1 2\"", None),
        ("float", "{}", None),
        ("bool", "true", Some("true")),
        ("bool", "\"FALSE\"", Some("false")),
        ("bool", "1", Some("true")),
        ("bool", "\"0\"", Some("false")),
        ("boolean", "\"\"", Some("null")),
        ("bool", "2", None),
        ("bool", "\"yes\"", None),
        ("array", "[1]", Some("[1]")),
        ("array", "\"[1]\"", Some("[1]")),
        ("array", "\"1,2\"", None),
        ("object", "\"{\\\"a\\\":1.50}\"", Some("{\"a\":1.50}")),
        ("object", "[]", None),
    ] {
        let record = json!({"v": parse(given)});
        let result = one("{{v}}", json!({"type": kind}), &record);
        match expected {
            Some(expected) => {
                assert_eq!(result.unwrap().to_string(), parse(expected).to_string(), "{kind} {given}");
            }
            None => {
                let code = result.expect_err(given).code;
                assert!(["bad_cast", "not_a_scalar"].contains(&code), "{kind} {given}: {code}");
            }
        }
    }
    // The wild's types are frequently wrong: numbers where texts are said, and the other way round.
    let wild = json!([
        {"field": "page_size", "type": "string", "value": 100},
        {"field": "TopRowCount", "type": "int", "value": "0"},
        {"field": "IsAutoSubmitAndAudit", "type": "bool", "value": "true"},
        {"field": "rate", "value": parse("1.50")}
    ]);
    let expected =
        json!({"page_size": "100", "TopRowCount": 0, "IsAutoSubmitAndAudit": true, "rate": "1.50"});
    assert_eq!(document(wild, &json!({})).unwrap(), expected);
}

#[test]
fn value_tables() {
    let record = json!({"status": 1, "none": null, "odd": "9"});
    let table = |unmatched: Value| {
        let mut table = json!({"table": {"1": "A", "2": "B"}});
        table.as_object_mut().unwrap().extend(unmatched.as_object().unwrap().clone());
        json!({"mapping": table})
    };
    let keep = || table(json!({"unmatched": "keep"}));
    assert_eq!(one("{{status}}", keep(), &record).unwrap(), json!("A"));
    assert_eq!(one("{{odd}}", keep(), &record).unwrap(), json!("9"));
    assert_eq!(one("{{none}}", table(json!({})), &record).unwrap(), json!(null));
    let default = table(json!({"unmatched": "default", "default": 0}));
    assert_eq!(one("{{odd}}", default, &record).unwrap(), json!(0));
    let error = one("{{odd}}", table(json!({})), &record).unwrap_err();
    assert_eq!(
        (error.code, error.en().as_str(), error.zh().as_str()),
        (
            "unmatched_value",
            "\"9\" is not in the value table of this field; add it there, or set `unmatched`",
            "\"9\" 不在该字段的值对照表中；请补充对照，或设置 unmatched"
        )
    );
    let rows = json!({"mapping": {"table": [
        {"a_value": 1, "a_label": "一", "b_value": "A", "b_label": "甲"}
    ]}});
    assert_eq!(one("{{status}}", rows, &record).unwrap(), json!("A"));
}

#[test]
fn parsers() {
    let record = json!({"no": "SUP001", "none": null, "tags": "a, b,c", "ids": "1;2", "list": ["x", 2, null],
                        "text": "{\"a\": 1.50}", "nested": [["x"]]});
    for (value, field, expected) in [
        ("{{no}}", json!({"name": "ConvertObjectParser", "params": "FNumber"}), json!({"FNumber": "SUP001"})),
        ("{{none}}", json!({"name": "ConvertObjectParser", "params": "FNumber"}), json!(null)),
        (
            "{{no}}",
            json!({"name": "ConvertTwoStageObjectParser", "params1": "FLOC__FF1", "params2": "FNumber"}),
            json!({"FLOC__FF1": {"FNumber": "SUP001"}}),
        ),
        ("{{tags}}", json!({"name": "StringToArray"}), json!(["a", "b", "c"])),
        ("{{none}}", json!({"name": "StringToArray"}), json!(null)),
        ("", json!({"name": "StringToArray"}), json!([])),
        ("{{list}}", json!({"name": "ArrayToString", "params": ","}), json!("x,2,")),
        ("FNumber,FName", json!({"name": "ArrayToString", "params": ","}), json!("FNumber,FName")),
        ("{{text}}", json!({"name": "ConvertJson"}), parse("{\"a\": 1.50}")),
        ("{{list}}", json!({"name": "ConvertJson"}), json!(["x", 2, null])),
    ] {
        assert_eq!(one(value, json!({"parser": field}), &record).unwrap(), expected, "{value} {field}");
    }
    let ints = json!({"type": "int", "parser": {"name": "StringToArray", "params": ";"}});
    assert_eq!(one("{{ids}}", ints, &record).unwrap(), json!([1, 2]));
    let typed = json!({"type": "array", "parser": {"name": "ArrayToString", "params": "/"}});
    assert_eq!(one("{{list}}", typed, &record).unwrap(), json!("x/2/"));
    let json_error = one("{{no}}", json!({"parser": {"name": "ConvertJson"}}), &record);
    assert_eq!(json_error.unwrap_err().code, "bad_json");
    let join = json!({"parser": {"name": "ArrayToString"}});
    assert_eq!(one("{{nested}}", join, &record).unwrap_err().code, "not_a_scalar");
}
