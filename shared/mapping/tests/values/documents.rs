//! Whole documents: arrays, objects, required values, the preview.

use super::{context, document, fields, one, params, parse};
use ferry_mapping::{Explained, Mapping, Record, TableRow, Value};
use serde_json::json;
use std::borrow::Cow;

#[test]
fn arrays_and_objects_make_the_document() {
    // The miniature of qeasy-metadata 4, without its division (level 2).
    let mapping = json!([
        {"field": "FBillTypeID", "type": "string", "value": "XSCKD01_SYS",
         "parser": {"name": "ConvertObjectParser", "params": "FNumber"}},
        {"field": "FBillNo", "type": "string", "value": "{{io_id}}"},
        {"field": "Head", "type": "object", "children": [{"field": "FNote", "value": "{{note}}"}]},
        {"field": "FEntity", "type": "array", "value": "items", "children": [
            {"field": "FMaterialID", "type": "string", "value": "{{items.sku_id}}",
             "parser": {"name": "ConvertObjectParser", "params": "FNumber"}},
            {"field": "FRealQty", "type": "float", "value": "{{items.qty}}"},
            {"field": "FSrcBillNo", "value": "{{io_id}}"},
            {"field": "Lots", "type": "array", "value": "items.lots", "children": [
                {"field": "FLot", "value": "{{items.lots.no}}/{{items.sku_id}}"}
            ]}
        ]},
        {"field": "One", "type": "array", "value": "1", "children": [{"field": "no", "value": "{{io_id}}"}]},
        {"field": "Tags", "type": "array", "value": "tags", "children": [{"field": "tag", "value": "{{tags}}"}]},
        {"field": "unused", "type": "string"}
    ]);
    let record = json!({"io_id": 816403, "items": [
        {"sku_id": "S1", "qty": "2.50", "lots": [{"no": "L1"}, {"no": "L2"}]},
        {"sku_id": "S2", "qty": 1}
    ], "tags": ["a"]});
    let expected = json!({
        "FBillTypeID": {"FNumber": "XSCKD01_SYS"}, "FBillNo": "816403", "Head": {"FNote": null},
        "FEntity": [
            {"FMaterialID": {"FNumber": "S1"}, "FRealQty": parse("2.50"), "FSrcBillNo": 816403,
             "Lots": [{"FLot": "L1/S1"}, {"FLot": "L2/S1"}]},
            {"FMaterialID": {"FNumber": "S2"}, "FRealQty": 1, "FSrcBillNo": 816403, "Lots": []}
        ],
        "One": [{"no": 816403}], "Tags": [{"tag": "a"}]
    });
    assert_eq!(document(mapping.clone(), &record).unwrap(), expected);

    let mut broken = record.clone();
    broken["items"][1]["qty"] = json!("zwei");
    let error = document(mapping.clone(), &broken).unwrap_err();
    assert_eq!(
        error.to_string(),
        "FEntity[1].FRealQty: \"zwei\" is not a number (type float) (expression: {{items.qty}})"
    );
    broken["items"] = json!({"sku_id": "S1"});
    let error = document(mapping.clone(), &broken).unwrap_err();
    assert_eq!((error.code, error.path.as_str()), ("not_a_list", "FEntity"));

    // The preview names the same values one by one, and goes on after an error.
    broken["items"] = json!([{"qty": 1}, {"qty": "zwei"}]);
    let mapping = Mapping::compile(&fields(mapping), "target.request").unwrap();
    let explained = mapping.explain(&broken, &context(&params()));
    let paths: Vec<&str> = explained.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "FBillTypeID",
            "FBillNo",
            "Head.FNote",
            "FEntity[0].FMaterialID",
            "FEntity[0].FRealQty",
            "FEntity[0].FSrcBillNo",
            "FEntity[0].Lots",
            "FEntity[1].FMaterialID",
            "FEntity[1].FRealQty",
            "FEntity[1].FSrcBillNo",
            "FEntity[1].Lots",
            "One[0].no",
            "Tags[0].tag"
        ]
    );
    let Explained { expression, inputs, result, .. } = &explained[8];
    assert_eq!(expression, "{{items.qty}}");
    assert_eq!(inputs, &[("items.qty".to_owned(), json!("zwei"))]);
    assert_eq!(result.as_ref().unwrap_err().path, "FEntity[1].FRealQty");
    let lot = &serde_json::to_value(&explained[4]).unwrap();
    assert_eq!(
        lot,
        &json!({"path": "FEntity[0].FRealQty", "expression": "{{items.qty}}",
                "inputs": {"items.qty": 1}, "result": 1})
    );
    let read = ["io_id", "items", "items.lots", "items.lots.no", "items.qty", "items.sku_id", "note", "tags"];
    assert_eq!(mapping.references().into_iter().collect::<Vec<_>>(), read);
}

#[test]
fn required_values_are_there_or_the_row_says_so() {
    let required = || json!({"is_required": true});
    let record = json!({"empty": "", "zero": 0, "list": []});
    assert_eq!(one("{{zero}}", required(), &record).unwrap(), json!(0));
    for (value, en) in [
        ("{{absent}}", "the value is required (is_required) and the source has none"),
        ("{{empty}}", "the value is required (is_required) and the source has an empty text"),
        ("{{list}}", "the value is required (is_required) and the source list has no rows"),
    ] {
        let error = one(value, required(), &record).unwrap_err();
        assert_eq!((error.code, error.en().as_str()), ("missing_required", en));
    }
}

#[test]
fn an_object_around_an_empty_text_is_as_good_as_nothing() {
    let parsers = [
        json!({"name": "ConvertObjectParser", "params": "FNumber"}),
        json!({"name": "ConvertTwoStageObjectParser", "params1": "FLOC", "params2": "FNumber"}),
    ];
    let record =
        json!({"empty": "", "absent": null, "no": "A", "list": [{"no": "A"}, {"no": "B"}, {"no": ""}]});
    for parser in parsers {
        let required = json!({"is_required": true, "parser": parser});
        for value in ["{{empty}}", "{{absent}}", "_function TRIM('{{empty}}')", "{{empty}}{{absent}}"] {
            let error = one(value, required.clone(), &record).unwrap_err();
            assert_eq!((error.code, error.path.as_str()), ("missing_required", "x"), "{value} {parser}");
        }
        assert!(one("{{no}}", required.clone(), &record).unwrap().is_object());
        // An optional field keeps what it was given.
        let optional = one("{{empty}}", json!({"parser": parser}), &record).unwrap();
        assert!(optional.to_string().contains("\"FNumber\":\"\""), "{optional}");
        // In the third row, which is filled into a copy of the form.
        let child = json!({"field": "x", "value": "{{list.no}}", "is_required": true, "parser": parser});
        let rows = json!([{"field": "rows", "type": "array", "value": "list", "children": [child]}]);
        let error = document(rows, &record).unwrap_err();
        assert_eq!((error.code, error.path.as_str()), ("missing_required", "rows[2].x"), "{parser}");
    }
}

#[test]
fn values_are_borrowed_where_nothing_changes_and_in_order() {
    let mapping = Mapping::compile(
        &fields(json!([{"field": "main_params", "type": "object", "children": [
            {"field": "id", "type": "string", "value": "{FId}"},
            {"field": "spec", "type": "string", "value": "_function trim('{FSpec}')"},
            {"field": "kind", "type": "int", "value": "5"},
            {"field": "unit", "value": "{FUnit.name}"}
        ]}])),
        "target.request",
    )
    .unwrap();
    let names = ["FId", "FSpec", "FUnit"].map(str::to_owned);
    let cells = [json!("a"), json!("M8"), json!({"name": "kg"})];
    let row = TableRow { names: &names, cells: &cells };
    let (params, mut out) = (params(), Vec::new());
    let main = mapping.object("main_params").unwrap();
    assert_eq!(main.names().collect::<Vec<_>>(), ["id", "spec", "kind", "unit"]);
    main.values(&row, &context(&params), &mut out).unwrap();
    assert!(out.iter().all(|value| matches!(value, Cow::Borrowed(_))));
    assert_eq!(
        out.iter().map(|it| (**it).clone()).collect::<Vec<_>>(),
        [json!("a"), json!("M8"), json!(5), json!("kg")]
    );
    // A failing row leaves nothing behind.
    let bad = [json!(["a"]), json!("M8"), json!(null)];
    let bad = TableRow { names: &names, cells: &bad };
    let error = main.values(&bad, &context(&params), &mut out).unwrap_err();
    assert_eq!((out.len(), error.path.as_str()), (4, "main_params.id"));
    assert_eq!(row.field("FUnit.name"), Some(&json!("kg")));
}

#[test]
fn long_values_are_shortened_in_messages_and_whole_in_the_error() {
    let long = "长".repeat(500);
    let error = one("{{v}}", json!({"type": "int"}), &json!({"v": long})).unwrap_err();
    assert!(error.to_string().chars().count() < 160, "{error}");
    assert_eq!(error.value.as_deref(), Some(&json!(long)));
}

#[test]
fn rows_have_in_common_what_the_head_gives_and_nothing_else() {
    let object = |name: &str, value: &str| {
        json!({"field": name, "type": "string", "value": value,
               "parser": {"name": "ConvertObjectParser", "params": "FNumber"}})
    };
    let mapping = json!([
        {"field": "id", "value": "{id}"},
        {"field": "rows", "type": "array", "value": "items", "children": [
            {"field": "kind", "value": "K"},
            object("stock", "{stock}"),
            object("lot", "{{items.lot}}"),
            {"field": "both", "value": "{id}/{{items.lot}}"},
            {"field": "total", "value": "_function SUM({{items.n}})"},
            {"field": "share", "value": "_function {{items.n}} / SUM({{items.n}})"},
            {"field": "pair", "type": "object", "children": [
                object("org", "{{params.org}}"),
                {"field": "n", "type": "int", "value": "{{items.n}}"}
            ]},
            {"field": "parts", "type": "array", "value": "items.parts", "children": [
                object("part", "{{items.parts.no}}"),
                {"field": "of", "value": "{{items.n}}"},
                {"field": "by", "value": "{id}"}
            ]},
            {"field": "tags", "type": "array", "value": "tags", "children": [
                {"field": "tag", "value": "{{tags.t}}"},
                {"field": "of", "value": "{id}"}
            ]}
        ]}
    ]);
    let record = json!({"id": 7, "stock": "S", "tags": [{"t": 1}, {"t": 2}], "items": [
        {"n": 1, "parts": [{"no": "a"}, {"no": "b"}, {}]},
        {"n": 2, "lot": "L2", "parts": []},
        {"n": 1, "lot": "L3"}
    ]});
    let number = |value: Value| json!({"FNumber": value});
    let row = |n: i64, lot: Value, both: &str, share: &str, parts: Value| {
        json!({"kind": "K", "stock": number(json!("S")), "lot": lot, "both": both, "total": 4,
               "share": parse(share), "pair": {"org": number(json!("T'00")), "n": n}, "parts": parts,
               "tags": [{"tag": 1, "of": 7}, {"tag": 2, "of": 7}]})
    };
    let part = |no: Value, n: i64| json!({"part": no, "of": n, "by": 7});
    let parts = json!([part(number(json!("a")), 1), part(number(json!("b")), 1), part(Value::Null, 1)]);
    let expected = json!({"id": 7, "rows": [
        row(1, Value::Null, "7/", "0.2500", parts),
        row(2, number(json!("L2")), "7/L2", "0.5000", json!([])),
        row(1, number(json!("L3")), "7/L3", "0.2500", json!([]))
    ]});
    assert_eq!(document(mapping, &record).unwrap().to_string(), expected.to_string());
}

#[test]
fn the_first_field_that_fails_is_the_one_named_whichever_rows_read_it() {
    let mapping = json!([{"field": "rows", "type": "array", "value": "items", "children": [
        {"field": "n", "type": "int", "value": "{{items.n}}"},
        {"field": "head", "type": "int", "value": "{head}"}
    ]}]);
    let path = |head: &str, items: Value| {
        document(mapping.clone(), &json!({"head": head, "items": items})).map_err(|error| error.path)
    };
    assert_eq!(path("x", json!([{"n": "y"}])), Err("rows[0].n".to_owned()));
    assert_eq!(path("x", json!([{"n": 1}, {"n": "y"}])), Err("rows[0].head".to_owned()));
    assert_eq!(path("1", json!([{"n": 1}, {"n": 2}, {"n": "y"}])), Err("rows[2].n".to_owned()));
    assert_eq!(path("x", json!([])), Ok(json!({"rows": []})));
}
