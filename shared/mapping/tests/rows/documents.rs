//! The examples of `qeasy-metadata.md` 3.8, 3.9, 3.10 and 4, and of the pages they come from
//! (github.com/qeasy-cloud/datahub, `docs/`), word for word.

use crate::{compiled, context, flow, params, records, shaped};
use ferry_mapping::{Accumulator, Value};
use serde_json::json;

/// `qeasy-metadata.md` 3.8; the second group is from `advanced/advanced-query.md`.
#[test]
fn the_condition_of_the_metadata_notes() {
    let source: Value = serde_json::from_str(
        r#"{"condition":[[{"field":"io_id","logic":"eq","value":"816403"},
              {"field":"items.name","logic":"like","value":"活动","strictMode":true}],
              [{"field":"io_id","logic":"like","value":"512"}],
              [{"field":"items.name","logic":"eq","value":"企鹅爸爸15合1桌游"}]]}"#,
    )
    .unwrap();
    let shaping = compiled(source, json!([]));
    let record =
        |id: i64, names: [&str; 2]| json!({"io_id": id, "items": names.map(|name| json!({"name": name}))});
    assert_eq!(records(&shaping, record(816403, ["活动A", "B活动"])).len(), 1);
    assert_eq!(shaped(&shaping, record(816403, ["活动A", "B"])).filtered, 1, "strict");
    assert_eq!(records(&shaping, record(95120, ["A", "B"]))[0]["items"].as_array().unwrap().len(), 2);
    let one = records(&shaping, record(1, ["A", "企鹅爸爸15合1桌游"]));
    assert_eq!(one, [json!({"io_id": 1, "items": [{"name": "企鹅爸爸15合1桌游"}]})]);
    assert_eq!(shaped(&shaping, record(1, ["A", "B"])).filtered, 1);
}

/// `advanced/advanced-query.md`, examples two and three.
#[test]
fn the_conditions_of_the_query_page() {
    let dates = compiled(
        json!({"condition": [[
            {"field": "created_at", "logic": "gt", "value": "timestamp:1704067200"},
            {"field": "created_at", "logic": "lt", "value": "timestamp:1735689600"},
            {"field": "status", "logic": "eq", "value": "completed"}
        ]]}),
        json!([]),
    );
    let at = |created: &str, status: &str| json!({"created_at": created, "status": status});
    assert_eq!(shaped(&dates, at("2024-06-01 00:00:00", "completed")).filtered, 0);
    assert_eq!(shaped(&dates, at("2024-06-01 00:00:00", "open")).filtered, 1);
    assert_eq!(shaped(&dates, at("2025-06-01 00:00:00", "completed")).filtered, 1);
    let ranges = compiled(
        json!({"condition": [
            [{"field": "amount", "logic": "between", "value": "1000,50000"}],
            [{"field": "remark", "logic": "notnull"}]
        ]}),
        json!([]),
    );
    assert_eq!(shaped(&ranges, json!({"amount": "1000.00"})).filtered, 0);
    assert_eq!(shaped(&ranges, json!({"amount": "999.99", "remark": ""})).filtered, 1);
    assert_eq!(shaped(&ranges, json!({"amount": "999.99", "remark": "急"})).filtered, 0);
}

/// `design.md` 4 and `qeasy-metadata.md` 4.
#[test]
fn the_conditions_of_whole_files() {
    let returns = compiled(
        json!({"condition": [[ {"field": "type", "logic": "eq", "value": "其它退货"} ]]}),
        json!([]),
    );
    assert_eq!(shaped(&returns, json!({"type": "其它退货"})).filtered, 0);
    let source: Value = serde_json::from_str(
        r#"{"condition":[[{"field":"status","logic":"eq","value":"Sent"}]],
            "request":[{"field":"modified_begin","value":"{{LAST_SYNC_TIME|datetime}}"}],
            "omissionRemedy":{"crontab":"2 2 * * *","takeOverRequest":[{"field":"modified_begin","value":"{{DAYS_AGO_1|datetime}}"}]}}"#,
    )
    .unwrap();
    let file = flow(source, json!([])).unwrap();
    let remedy = file.source.omission_remedy.unwrap();
    assert_eq!(
        (remedy.crontab.as_str(), remedy.take_over_request[0].field.as_str()),
        ("2 2 * * *", "modified_begin")
    );
}

/// `qeasy-metadata.md` 3.10.
#[test]
fn the_remedy_of_the_metadata_notes() {
    let source: Value = serde_json::from_str(
        r#"{"request":[{"field":"start_date","value":"{{LAST_SYNC_TIME|datetime}}"}],"omissionRemedy":
           {"crontab":"2 */2 * * *","adapter":"\\Adapter\\GuanYiERP\\GuanYiERPQueryAdapter",
           "takeOverRequest":[{"field":"start_date","label":"修改时间开始段","type":"string","is_required":true,"describe":null,
                     "value":"{{DAYS_AGO_2|datetime}}"}]}}"#,
    )
    .unwrap();
    let remedy = flow(source, json!([])).unwrap().source.omission_remedy.unwrap();
    assert_eq!(remedy.take_over_request[0].value.as_deref(), Some("{{DAYS_AGO_2|datetime}}"));
}

/// `developer/source-special-operations.md`: ids from 1, fields beside those of the head. There the record's id is
/// its `no`.
#[test]
fn the_flattening_of_the_special_operations_page() {
    let shaping = compiled(json!({"id": "no", "number": "no", "beatFlat": ["details_list"]}), json!([]));
    let record = json!({
        "no": "OUT20210001",
        "customer": "CK0001",
        "date": "2021-11-11",
        "details_list": [{"goods": "FOO0001", "num": 12}, {"goods": "FOO0002", "num": 50}]
    });
    assert_eq!(
        records(&shaping, record),
        [
            json!({"no": "OUT20210001-1", "customer": "CK0001", "date": "2021-11-11", "details_list_goods": "FOO0001", "details_list_num": 12}),
            json!({"no": "OUT20210001-2", "customer": "CK0001", "date": "2021-11-11", "details_list_goods": "FOO0002", "details_list_num": 50}),
        ]
    );
}

/// `guide/source-platform-config.md`: ids from 0, which `beatFlatStart` gives.
#[test]
fn the_flattening_of_the_source_page() {
    let shaping = compiled(
        json!({"id": "_id", "number": "orderNo", "beatFlat": ["details"], "beatFlatStart": 0}),
        json!([]),
    );
    let record = json!({
        "orderNo": "SO20210001",
        "customer": "CUST001",
        "details": [{ "product": "P001", "qty": 10 }, { "product": "P002", "qty": 20 }],
        "_id": "SO20210001"
    });
    assert_eq!(
        records(&shaping, record),
        [
            json!({"orderNo": "SO20210001", "customer": "CUST001", "details_product": "P001", "details_qty": 10, "_id": "SO20210001-0"}),
            json!({"orderNo": "SO20210001", "customer": "CUST001", "details_product": "P002", "details_qty": 20, "_id": "SO20210001-1"}),
        ]
    );
}

/// `qeasy-metadata.md` 3.9 and `guide/value-formatting.md`.
#[test]
fn the_formats_of_the_formatting_page() {
    let formatted = |rules: Value, record: Value| {
        records(&compiled(json!({"formatResponse": rules}), json!([])), record).remove(0)
    };
    let made = formatted(
        json!([{"old":"delivery_date","new":"x","format":"date"}]),
        json!({"delivery_date": "2024-03-15 14:30:00"}),
    );
    assert_eq!(made["x"], json!("2024-03-15"));
    let made = formatted(
        json!([
            {"old": "order_date", "new": "order_date_mmdd", "format": "shortDate"},
            {"old": "total_amount", "new": "total_amount_formatted", "format": "amount"},
            {"old": "unit_price", "new": "unit_price_rounded", "format": "round(2)"},
            {"old": "quantity", "new": "quantity_int", "format": "intval"},
            {"old": "tags", "new": "tags_string", "format": "implode"},
            {"old": "product_codes", "new": "product_codes_joined", "format": "implode('|')"},
            {"old": "delivery_statusInfo.delivery_date", "new": "delivery_date_formatted", "format": "date"}
        ]),
        json!({
            "order_date": "2024-03-15", "total_amount": 1_000_000, "unit_price": 19.9956, "quantity": "10.8",
            "tags": ["重要", "紧急", "客户投诉"], "product_codes": ["P001", "P002", "P003"],
            "delivery_statusInfo": {"delivery_date": "2024-03-15 14:30:00"}
        }),
    );
    for (field, value) in [
        ("order_date_mmdd", json!("03-15")),
        ("total_amount_formatted", json!("￥1,000,000.00")),
        ("unit_price_rounded", serde_json::from_str("20.00").unwrap()),
        ("quantity_int", json!(10)),
        ("tags_string", json!("重要,紧急,客户投诉")),
        ("product_codes_joined", json!("P001|P002|P003")),
        ("delivery_date_formatted", json!("2024-03-15")),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
}

/// `qeasy-metadata.md` 3.9 and `advanced/data-aggregation.md`, with the page's record (flattened first, as it says
/// it must be; the row's own prefix goes, or the names would be `details_details_spec`).
#[test]
fn the_grouping_of_the_aggregation_page() {
    let mut source: Value = serde_json::from_str(
        r#"{"groupCalculate":{"headerGroup":["shop_no","stock_no"],"bodyGroup":["details_spec"],"bodyName":"details",
   "targetBodyName":"FEntity","bodyMaxLine":50,"calculate":{"details_num":"$sum","details_amount":"$sum"}}}"#,
    )
    .unwrap();
    source["beatFlat"] = json!(["details"]);
    let problems = flow(source.clone(), json!([])).unwrap_err();
    assert_eq!(
        problems.iter().map(|it| it.code).collect::<Vec<_>>(),
        ["unknown_field"],
        "no FEntity is mapped here"
    );
    source["groupCalculate"].as_object_mut().unwrap().remove("targetBodyName");
    let group = flow(source.clone(), json!([])).unwrap().source.group_calculate.unwrap();
    assert_eq!(group.body_max_line, Some(50));
    assert_eq!(group.calculate[1], ("details_amount".to_owned(), Accumulator::Sum));
    let shaping = compiled(source, json!([]));
    let record = |id: &str, spec: &str, num: i64| {
        json!({"io_id": id, "shop_no": "SH001", "stock_no": "WH001", "outer_no": "SO20240301001", "details": [
            {"spec": spec, "num": num, "amount": 100 * num}, {"spec": "SKU002", "num": 5, "amount": 500}
        ]})
    };
    let all: Vec<Value> = [record("1", "SKU001", 10), record("2", "SKU003", 1)]
        .into_iter()
        .flat_map(|it| records(&shaping, it))
        .collect();
    let made = shaping.group(&all, &context(&params())).unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(
        made[0].record,
        json!({"shop_no": "SH001", "stock_no": "WH001", "details": [
            {"details_spec": "SKU001", "details_num": 10, "details_amount": 1000},
            {"details_spec": "SKU002", "details_num": 10, "details_amount": 1000},
            {"details_spec": "SKU003", "details_num": 1, "details_amount": 100}
        ]})
    );
}
