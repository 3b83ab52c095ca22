//! No record makes the shaping panic or loses a row, and no text in a flow file makes the reading of it panic.

use crate::{compiled, context, flow, params};
use ferry_mapping::{Shaping, Value};
use proptest::prelude::*;
use serde_json::json;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        "-?[0-9]{1,70}(\\.[0-9]{1,50})?([eE][+-]?[0-9]{1,12})?"
            .prop_map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.Z+-]{0,14}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]|items|items_a|io_id", inner, 0..5)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

fn everything() -> Shaping {
    let source = json!({
        "formatResponse": [
            {"old": "items.a", "new": "b", "format": "round(3)"}, {"old": "a", "new": "c", "format": "dateDescription"},
            {"old": "c", "new": "items.c", "format": "amount"}, {"old": "items.b.c", "new": "a", "format": "longText(2)"},
            {"old": "b", "new": "b", "format": "implode"}
        ],
        "beatFlat": ["items", "items_a"],
        "condition": [
            [{"field": "items.a.b", "logic": "gt", "value": "5", "strictMode": true}, {"field": "b.c", "logic": "neq", "value": "x"}],
            [{"field": "c.a", "logic": "elt", "value": "timestamp:1704067200"}, {"field": "a", "logic": "notlike", "value": "1"}],
            [{"field": "io_id", "logic": "between", "value": "1,x"}]
        ]
    });
    compiled(source, json!([{"field": "b.a", "logic": "eqv2", "value": "1"}]))
}

proptest! {
    #[test]
    fn any_record_is_shaped_or_an_error(record in value()) {
        let shaping = everything();
        if let Ok(shaped) = shaping.shape(record, &context(&params())) {
            prop_assert!(shaped.filtered + shaped.records.len() > 0);
        }
    }

    #[test]
    fn every_row_is_a_record_filtered_or_an_error(rows in prop::collection::vec(value(), 1..5), id in "[a-z0-9-]{1,6}") {
        let condition = json!([[{"field": "items_a", "logic": "gt", "value": "5"}]]);
        let shaping = compiled(json!({"beatFlat": ["items"], "condition": condition}), json!([]));
        let record = json!({"io_id": id, "items": rows});
        if let Ok(shaped) = shaping.shape(record, &context(&params())) {
            prop_assert_eq!(shaped.filtered + shaped.records.len(), rows.len());
            for made in shaped.records {
                prop_assert_eq!(shaping.id_at_source(made.record["io_id"].as_str().unwrap()), Some(id.as_str()));
            }
        }
    }

    #[test]
    fn any_records_are_grouped_or_an_error(records in prop::collection::vec(value(), 0..6), operator in prop::sample::select(vec![
        "$sum", "$avg", "$min", "$max", "$push", "$addToSet", "$first", "$last",
    ])) {
        let group = json!({"headerGroup": ["a"], "bodyGroup": ["b.a"], "bodyName": "rows", "bodyMaxLine": 2, "calculate": {"c": operator}});
        let shaping = compiled(json!({"groupCalculate": group}), json!([]));
        if let Ok(documents) = shaping.group(&records, &context(&params())) {
            prop_assert_eq!(documents.is_empty(), records.is_empty());
        }
    }

    #[test]
    fn any_text_in_a_construct_is_read_or_refused(
        text in prop_oneof![any::<String>(), "[(){}',\"|a-z0-9. ]{0,12}", "(round|longText|implode|date)\\(.{0,4}\\)?"],
        logic in prop::sample::select(vec!["eq", "gt", "between", "like"]),
        record in value(),
    ) {
        let source = json!({
            "formatResponse": [{"old": text, "new": "x", "format": text}], "beatFlat": [text, format!("{text}_{text}")],
            "condition": [[{"field": text, "logic": logic, "value": text}]],
            "groupCalculate": {"headerGroup": [text], "bodyName": text, "calculate": {"x": text}}
        });
        for key in ["formatResponse", "beatFlat", "condition", "groupCalculate"] {
            let one = json!({key: source[key]});
            if let Ok(file) = flow(one, json!([])) {
                let shaping = Shaping::compile(&file).unwrap();
                let _ = shaping.shape(record.clone(), &context(&params()));
            }
        }
    }
}
