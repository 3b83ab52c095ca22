//! `groupCalculate`: records gathered into documents.

use crate::{compiled, context, params, records};
use ferry_mapping::{Shaping, Value};
use serde_json::json;

fn grouped(group: Value, all: &[Value]) -> Vec<Value> {
    let shaping = compiled(json!({"groupCalculate": group}), json!([]));
    assert!(shaping.groups() && !shaping.is_identity());
    gather(&shaping, all)
}

fn gather(shaping: &Shaping, all: &[Value]) -> Vec<Value> {
    let made = shaping.group(all, &context(&params())).unwrap_or_else(|error| panic!("{error}"));
    made.into_iter().map(|made| made.record).collect()
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_operator_over_one_group() {
    let calculate = |operator: &str, values: Value| -> Value {
        let all: Vec<Value> =
            values.as_array().unwrap().iter().map(|value| json!({"k": 1, "v": value})).collect();
        let group = json!({"headerGroup": ["k"], "bodyName": "rows", "calculate": {"v": operator}});
        grouped(group, &all)[0]["rows"][0]["v"].clone()
    };
    let amounts = json!(["0.10", 0.2, null, "", 9]);
    assert_eq!(calculate("$sum", amounts.clone()).to_string(), "9.30");
    assert_eq!(calculate("$avg", amounts.clone()).to_string(), "3.100000");
    assert_eq!(calculate("$min", amounts.clone()), json!("0.10"));
    assert_eq!(calculate("$max", amounts.clone()), json!(9));
    assert_eq!(calculate("$push", amounts.clone()), amounts);
    assert_eq!(calculate("$first", amounts.clone()), json!("0.10"));
    assert_eq!(calculate("$last", json!([1, null])), json!(null));
    assert_eq!(
        calculate("$addToSet", json!(["b", 1, number("1.0"), "1", "b", null, ""])),
        json!(["b", 1, "1"])
    );
    // Ten times 0.1 is 1, exactly.
    let tenths = Value::Array(vec![json!(0.1); 10]);
    assert_eq!(calculate("$sum", tenths).to_string(), "1.0");
    assert_eq!(calculate("$max", json!(["9", "10"])), json!("10"));
    assert_eq!(calculate("$max", json!(["2024-03-09", "2024-03-10"])), json!("2024-03-10"));
    let none = json!([null, ""]);
    assert_eq!(calculate("$sum", none.clone()), json!(0));
    for operator in ["$avg", "$min", "$max"] {
        assert_eq!(calculate(operator, none.clone()), json!(null), "{operator}");
    }
    assert_eq!(calculate("$addToSet", none), json!([]));
}

#[test]
fn documents_and_rows_come_in_the_order_of_their_first_record() {
    let group = json!({
        "headerGroup": ["shop"], "bodyGroup": ["sku"], "bodyName": "details", "calculate": {"n": "$push"}
    });
    let record =
        |shop: &str, sku: Value, n: i64| json!({"shop": shop, "sku": sku, "n": n, "lost": n, "io_id": n});
    let all = [
        record("B", json!("y"), 1),
        record("A", json!("x"), 2),
        record("B", json!("x"), 3),
        record("B", json!("y"), 4),
        record("A", json!(1), 5),
        record("A", number("1.00"), 6),
        record("A", json!("1"), 7),
        record("A", json!(null), 8),
        json!({"shop": "A", "n": 9}),
    ];
    assert_eq!(
        grouped(group, &all),
        [
            json!({"shop": "B", "details": [{"sku": "y", "n": [1, 4]}, {"sku": "x", "n": [3]}]}),
            json!({"shop": "A", "details": [
                {"sku": "x", "n": [2]}, {"sku": 1, "n": [5, 6]}, {"sku": "1", "n": [7]}, {"sku": null, "n": [8, 9]}
            ]}),
        ]
    );
}

#[test]
fn without_a_head_there_is_one_document_and_without_a_body_one_row_each() {
    let all = [json!({"a": 1, "n": 1}), json!({"a": 2, "n": 2}), json!({"a": 1, "n": 3})];
    let head = json!({"headerGroup": ["a"], "bodyName": "d", "calculate": {"n": "$sum"}});
    assert_eq!(grouped(head, &all), [json!({"a": 1, "d": [{"n": 4}]}), json!({"a": 2, "d": [{"n": 2}]})]);
    let body = json!({"bodyGroup": ["a"], "bodyName": "d", "calculate": {"n": "$sum"}});
    assert_eq!(grouped(body.clone(), &all), [json!({"d": [{"a": 1, "n": 4}, {"a": 2, "n": 2}]})]);
    assert_eq!(grouped(body, &[]), [] as [Value; 0]);
}

#[test]
fn a_document_of_too_many_rows_is_divided() {
    let group = json!({
        "headerGroup": ["a"], "bodyGroup": ["k"], "bodyName": "d", "bodyMaxLine": 2, "calculate": {"n": "$sum"}
    });
    let all: Vec<Value> = (1..=5).map(|k| json!({"a": "x", "k": k, "n": 1})).collect();
    let sizes: Vec<usize> =
        grouped(group, &all).iter().map(|document| document["d"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
}

#[test]
fn what_cannot_be_calculated_is_an_error() {
    let of = |operator: &str, values: [Value; 2]| {
        let group = json!({"headerGroup": ["k"], "bodyName": "d", "calculate": {"v": operator}});
        let all: Vec<Value> = values.into_iter().map(|value| json!({"k": 1, "v": value})).collect();
        let shaping = compiled(json!({"groupCalculate": group}), json!([]));
        let error = shaping.group(&all, &context(&params())).unwrap_err();
        (error.code, format!("{}: {}", error.path, error.en()))
    };
    let (code, en) = of("$sum", [json!(1), json!("x")]);
    assert_eq!(code, "bad_cast");
    assert_eq!(en, "source.groupCalculate.calculate.v: \"x\" is not a number, which $sum needs");
    assert_eq!(of("$min", [json!("x"), json!(1)]).0, "not_comparable");
    assert_eq!(of("$avg", [json!([1]), json!(1)]).0, "not_a_scalar");
    assert_eq!(of("$sum", [json!("9".repeat(65)), json!(1)]).0, "overflow");
}

#[test]
fn quality_judges_the_documents() {
    let source = json!({"beatFlat": ["items"], "groupCalculate": {
        "headerGroup": ["shop"], "bodyGroup": ["items_sku"], "bodyName": "details", "calculate": {"items_qty": "$sum"}
    }});
    let shaping = compiled(source, json!([{"field": "details.items_qty", "logic": "gt", "value": "0"}]));
    let record = |id: i64, qty: i64| json!({"io_id": id, "shop": "S", "items": [{"sku": "A", "qty": qty}]});
    let all: Vec<Value> =
        [record(1, -5), record(2, 3)].into_iter().flat_map(|it| records(&shaping, it)).collect();
    let made = shaping.group(&all, &context(&params())).unwrap();
    assert_eq!(made[0].record, json!({"shop": "S", "details": [{"items_sku": "A", "items_qty": -2}]}));
    let error = made[0].error.as_ref().unwrap();
    assert_eq!((error.code, error.path.as_str()), ("quality", "quality[0]"));
}
