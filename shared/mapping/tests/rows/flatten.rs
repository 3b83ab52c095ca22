//! `beatFlat`: one record per row.

use crate::{compiled, errors, records, shaped};
use serde_json::json;

#[test]
fn a_record_becomes_one_per_row_with_the_number_in_its_id() {
    let shaping = compiled(json!({"beatFlat": ["items"]}), json!([]));
    let record = json!({"io_id": 7, "items": [{"sku": "A"}, {"sku": "B"}], "shop": "S"});
    assert_eq!(
        records(&shaping, record),
        [
            json!({"io_id": "7-1", "items_sku": "A", "shop": "S"}),
            json!({"io_id": "7-2", "items_sku": "B", "shop": "S"})
        ]
    );
    let one = records(&shaping, json!({"io_id": "X-1", "items": ["red"]}));
    assert_eq!(
        one,
        [json!({"io_id": "X-1-1", "items": "red"})],
        "a row that is no object keeps the list's name"
    );
}

#[test]
fn ids_count_from_zero_where_the_file_says_so() {
    let shaping = compiled(json!({"beatFlat": ["items"], "beatFlatStart": 0}), json!([]));
    let made = records(&shaping, json!({"io_id": 7, "items": [{}, {}]}));
    assert_eq!(made, [json!({"io_id": "7-0"}), json!({"io_id": "7-1"})]);
}

#[test]
fn a_list_inside_the_rows_is_flattened_by_its_new_name() {
    let source = json!({"beatFlat": ["details", "details_batches"], "condition": [[
        {"field": "details.batches.qty", "logic": "gt", "value": "0"}
    ]]});
    let shaping = compiled(source, json!([]));
    let record = json!({"io_id": 7, "details": [
        {"sku": "A", "batches": [{"no": "b1", "qty": 1}, {"no": "b2", "qty": 0}]},
        {"sku": "B", "batches": [{"no": "b3", "qty": 2}]}
    ]});
    let made = shaped(&shaping, record);
    let ids: Vec<_> = made.records.iter().map(|made| made.record["io_id"].as_str().unwrap()).collect();
    assert_eq!((ids, made.filtered), (vec!["7-1-1", "7-2-1"], 1));
    assert_eq!(
        made.records[1].record,
        json!({"io_id": "7-2-1", "details_sku": "B", "details_batches_no": "b3", "details_batches_qty": 2})
    );
    assert_eq!(shaping.id_at_source("7-2-1"), Some("7"));
    assert_eq!(shaping.id_at_source("7-2"), None);
}

#[test]
fn a_record_without_rows_does_not_vanish() {
    let shaping = compiled(json!({"beatFlat": ["items"]}), json!([]));
    for record in [json!({"io_id": 7}), json!({"io_id": 7, "items": null}), json!({"io_id": 7, "items": []})]
    {
        let made = shaped(&shaping, record.clone());
        assert_eq!((made.filtered, &made.records[0].record), (0, &record), "as it came, id and all");
        assert_eq!(made.records[0].error.as_ref().unwrap().code, "empty_list");
    }
    let found = errors(&shaping, json!({"io_id": 7}));
    assert_eq!(
        found[0].1,
        "source.beatFlat: the list `items` has no rows to make records of; where that is as it should be, let \
         `condition` leave the record out"
    );
    let within = compiled(json!({"beatFlat": ["a", "a_b"]}), json!([]));
    let made = shaped(&within, json!({"io_id": 7, "a": [{"b": [1]}, {"b": []}]}));
    let codes: Vec<_> = made.records.iter().map(|made| made.error.as_ref().map(|error| error.code)).collect();
    assert_eq!(codes, [None, Some("empty_list")]);
    assert_eq!(made.records[1].record["io_id"], json!("7-2"));
}

#[test]
fn the_condition_may_leave_a_record_without_rows_out() {
    for condition in [
        json!({"field": "items_sku", "logic": "notnull"}),
        json!({"field": "items.sku", "logic": "notnull"}),
        json!({"field": "status", "logic": "neq", "value": "Cancelled"}),
    ] {
        let shaping = compiled(json!({"beatFlat": ["items"], "condition": [[condition]]}), json!([]));
        let made = shaped(&shaping, json!({"io_id": 7, "status": "Cancelled", "items": []}));
        assert_eq!((made.filtered, made.records.len()), (1, 0));
    }
}

#[test]
fn a_condition_on_the_list_drops_rows_or_in_strict_mode_all_of_them() {
    let with = |strict: bool, field: &str| {
        let condition = json!({"field": field, "logic": "gt", "value": "0", "strictMode": strict});
        compiled(json!({"beatFlat": ["items"], "condition": [[condition]]}), json!([]))
    };
    let record = || json!({"io_id": 7, "items": [{"qty": 0}, {"qty": 1}, {"qty": 2}]});
    for field in ["items.qty", "items_qty"] {
        let made = shaped(&with(false, field), record());
        assert_eq!(made.filtered, 1);
        let ids: Vec<_> = made.records.iter().map(|made| made.record["io_id"].clone()).collect();
        assert_eq!(ids, [json!("7-2"), json!("7-3")], "the numbers are those of the rows at the source");
        assert_eq!(shaped(&with(true, field), record()).filtered, 3);
        assert_eq!(shaped(&with(true, field), json!({"io_id": 7, "items": [{"qty": 1}]})).filtered, 0);
    }
}

#[test]
fn what_cannot_be_flattened_is_an_error_of_the_whole_record() {
    let shaping = compiled(json!({"beatFlat": ["items"]}), json!([]));
    let code = |record| errors(&shaping, record)[0].0;
    assert_eq!(code(json!({"io_id": 7, "items": "[]"})), "not_a_list");
    assert_eq!(code(json!({"items": [{}]})), "missing_id");
    assert_eq!(code(json!({"io_id": "", "items": [{}]})), "missing_id");
    assert_eq!(code(json!({"io_id": 7, "items_qty": 1, "items": [{"qty": 2}]})), "name_clash");
}

#[test]
fn the_id_at_the_source_is_the_id_without_its_number() {
    let shaping = compiled(json!({"beatFlat": ["items"]}), json!([]));
    for (id, at_source) in [
        ("7-1", Some("7")),
        ("CK-2024-12", Some("CK-2024")),
        ("7", None),
        ("-1", None),
        ("a-", None),
        ("a-b", None),
    ] {
        assert_eq!(shaping.id_at_source(id), at_source, "{id}");
    }
}
