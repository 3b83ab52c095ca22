//! Aggregates over lists, and `_findCollection`.

use super::{document, fields, one, params, parse};
use ferry_mapping::{Context, Field, Found, Lookups, Mapping, Value};
use serde_json::json;
use std::borrow::Cow;

#[test]
fn an_aggregate_inside_the_array_of_its_list_is_over_the_whole_list() {
    let mapping = json!([
        {"field": "rows", "type": "array", "value": "items", "children": [
            {"field": "qty", "value": "{{items.qty}}"},
            {"field": "share", "value": "_function ROUND({{items.qty}} / SUM({{items.qty}}), 2)"},
            {"field": "batches", "value": "_function SUM({{items.batches.n}} * {{items.qty}})"},
            {"field": "all", "value": "_function SUM({{items.qty}} * {{rate}})"}
        ]},
        {"field": "total", "value": "_function SUM({{items.qty}} * {{items.price}})"}
    ]);
    let record = parse(
        r#"{"rate": 2, "items": [{"qty": 1, "price": "0.10", "batches": [{"n": 5}, {"n": 7}]},
                                 {"qty": 3, "price": "0.20", "batches": []}]}"#,
    );
    assert_eq!(
        document(mapping, &record).unwrap().to_string(),
        r#"{"rows":[{"qty":1,"share":0.25,"batches":12,"all":8},{"qty":3,"share":0.75,"batches":null,"all":8}],"total":0.70}"#
    );
}

#[test]
fn what_is_no_list_is_said_and_what_is_absent_is_empty() {
    let record = json!({"items": [{"batches": [{"n": 1}]}], "one": {"qty": 5}, "qtys": [1, 2]});
    let evaluate = |value: &str| one(&format!("_function {value}"), json!({}), &record);
    assert_eq!(evaluate("SUM({{none.qty}})").unwrap(), json!(null));
    assert_eq!(evaluate("COUNT({{none.qty}})").unwrap(), json!(0));
    assert_eq!(evaluate("SUM({{qtys}})").unwrap(), json!(3));
    for (expression, says) in [
        ("SUM({{one.qty}})", "{an object of 1} is not a list, and `one` is to be one here"),
        // A list in a list has to be walked by an array of its own.
        ("SUM({{items.batches.n}})", "[a list of 1] is not a list, and `items.batches` is to be one here"),
        ("{{qtys}} + 1", "[a list of 2] stands where one value is needed"),
    ] {
        let error = evaluate(expression).unwrap_err();
        assert!(error.en().contains(says), "{expression}: {error}");
    }
}

/// Answers from a table, and notes what it was asked.
struct Answers;

impl Lookups for Answers {
    fn find(&self, from: &str, keys: &[(&str, Cow<'_, Value>)]) -> Found<'_> {
        static RECORD: std::sync::LazyLock<Value> = std::sync::LazyLock::new(
            || json!({"FNumber": "C01", "FIsBatchManage": true, "FOrg": {"FNumber": "100"}}),
        );
        static INSTEAD: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!("000"));
        match (from, keys) {
            ("customers", [("FName", name), ("FStatus", status)])
                if **name == "旗舰店" && **status == "A" =>
            {
                Found::Record(&RECORD)
            }
            ("materials", [("FNumber", _)]) => Found::Record(&RECORD),
            ("default", _) => Found::Default(&INSTEAD),
            ("empty", _) => Found::Empty,
            ("fail", _) => Found::Missed,
            ("wait", _) => Found::Waiting,
            _ => Found::Unknown,
        }
    }

    fn without_key(&self, from: &str) -> Found<'_> {
        if from == "empty" { Found::Empty } else { Found::Missed }
    }
}

fn looked_up(value: &str) -> Result<Value, (&'static str, String)> {
    let record = json!({"shop": "旗舰店", "no": 7, "blank": " ", "items": [{"sku": "S1", "batch": "B9"}]});
    let field = fields(json!([{"field": "x", "value": value}]));
    let params = params();
    let context = Context { lookups: Some(&Answers), ..super::context(&params) };
    let mapping = Mapping::compile(&field, "p").unwrap_or_else(|problems| panic!("{value}: {problems:?}"));
    let document = mapping.document(&record, &context);
    document.map(|mut it| it["x"].take()).map_err(|error| (error.code, error.en()))
}

#[test]
fn a_lookup_gives_a_field_of_the_record_it_finds() {
    for (value, expected) in [
        ("_findCollection find FNumber from customers where FName={{shop}} FStatus='A'", json!("C01")),
        (
            "_findCollection find FOrg.FNumber from customers where FName='{shop}' and FStatus='A'",
            json!("100"),
        ),
        ("_findCollection find FAbsent from materials where FNumber={{no}}", json!(null)),
        (
            "_function case _findCollection find FIsBatchManage from materials where FNumber={{no}} _endFind when true then '{{items.0.batch}}' else '' end",
            json!("B9"),
        ),
        (
            "_function CONCAT(_findCollection find FNumber from materials where FNumber={{no}} _endFind, '-', {{no}})",
            json!("C01-7"),
        ),
        ("_findCollection find a from default where b={{no}}", json!("000")),
        ("_findCollection find a from empty where b={{no}}", json!(null)),
        ("_findCollection find a from empty where b={{blank}}", json!(null)),
    ] {
        assert_eq!(
            looked_up(value).unwrap_or_else(|error| panic!("{value}: {error:?}")),
            expected,
            "{value}"
        );
    }
}

#[test]
fn a_miss_does_what_the_flow_file_says() {
    for (value, code, says) in [
        (
            "_findCollection find a from fail where b={{no}} c='x'",
            "lookup_missed",
            "`fail` has no record with b=7, c=\"x\"",
        ),
        (
            "_findCollection find a from wait where b={{no}}",
            "lookup_waiting",
            "`wait` has no record with b=7 yet",
        ),
        ("_findCollection find a from other where b={{no}}", "lookup_unknown", "`other` was not asked"),
        ("_findCollection find a from fail where b={{absent}}", "lookup_without_key", "b is empty"),
        ("_findCollection find a from fail where b={{blank}}", "lookup_without_key", "b is empty"),
    ] {
        let (found, message) = looked_up(value).unwrap_err();
        assert_eq!(found, code, "{value}");
        assert!(message.contains(says), "{value}: {message}");
    }
    // Without anybody to answer (a preview), the error says so.
    let error =
        one("_findCollection find a from l where b={{no}}", json!({}), &json!({"no": 1})).unwrap_err();
    assert_eq!(error.code, "lookup_unknown");
}

#[test]
fn references_of_aggregates_and_lookups_are_known() {
    let field = |value: &str| Field { field: value.into(), value: Some(value.into()), ..Field::default() };
    let fields = [
        field("_function SUM({{items.qty}} * {{rate}})"),
        field("_findCollection find a from b where c={{shop}} d='{{no}}'"),
    ];
    let mapping = Mapping::compile(&fields, "p").unwrap();
    let names: Vec<&str> = mapping.references().into_iter().collect();
    assert_eq!(names, ["items", "items.qty", "no", "rate", "shop"]);
}
