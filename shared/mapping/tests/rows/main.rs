//! What is done to records before the mapping, one file a construct; `documents` holds the examples of
//! `qeasy-metadata.md` and of the incumbent's pages, word for word.

mod condition;
mod documents;
mod flatten;
mod format;
mod group;
mod hostile;
mod quality;

use ferry_mapping::{Context, FlowFile, Problem, Shaped, Shaping, Value, parse};
use serde_json::json;
use std::collections::BTreeMap;

/// 2024-01-01 10:57:52 in Shanghai.
const NOW: i64 = 1_704_077_872;

/// A flow file of 聚水潭 with these keys in its source, and this `quality`.
fn flow(source: Value, quality: Value) -> Result<FlowFile, Vec<Problem>> {
    let mut file = json!({
        "name": "deliveries", "title": "销售出库", "params": {"kind": "其它退货", "least": 10},
        "source": {
            "platform": "jushuitan", "account": "jushuitan", "api": "orders.out.simple.query",
            "effect": "QUERY", "method": "POST", "number": "io_id", "id": "io_id",
            "otherRequest": [{"field": "x", "value": "{{params.kind}}{{params.least}}"}]
        },
        "target": {
            "platform": "wise", "account": "wise", "api": "save", "effect": "EXECUTE", "method": "POST",
            "idCheck": true, "request": []
        },
        "quality": quality,
        "delivery": {"expect_every": "5m"}
    });
    for (key, value) in source.as_object().unwrap() {
        file["source"][key] = value.clone();
    }
    parse(&file.to_string())
}

fn compiled(source: Value, quality: Value) -> Shaping {
    let flow = flow(source, quality).unwrap_or_else(|problems| panic!("{problems:#?}"));
    Shaping::compile(&flow).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn context(params: &BTreeMap<String, Value>) -> Context<'_> {
    Context {
        params,
        last_sync_time: NOW - 3600,
        current_time: NOW,
        page_size: 100,
        start_page: 1,
        start_row: 0,
        lookups: None,
    }
}

fn params() -> BTreeMap<String, Value> {
    BTreeMap::from([("kind".to_owned(), json!("其它退货")), ("least".to_owned(), json!(10))])
}

/// What becomes of a record, which is not at fault as a whole.
fn shaped(shaping: &Shaping, record: Value) -> Shaped {
    shaping.shape(record, &context(&params())).unwrap_or_else(|error| panic!("{error}"))
}

/// The records that come of one, none of them with an error.
fn records(shaping: &Shaping, record: Value) -> Vec<Value> {
    let made = shaped(shaping, record).records.into_iter();
    made.map(|made| {
        assert_eq!(made.error, None);
        made.record
    })
    .collect()
}

/// The codes and messages of the records' errors, or of the record as a whole.
fn errors(shaping: &Shaping, record: Value) -> Vec<(&'static str, String, String)> {
    let errors = match shaping.shape(record, &context(&params())) {
        Ok(shaped) => shaped.records.into_iter().filter_map(|made| made.error).collect(),
        Err(error) => vec![error],
    };
    errors.iter().map(|error| (error.code, format!("{}: {}", error.path, error.en()), error.zh())).collect()
}

#[test]
fn a_file_that_says_nothing_of_rows_leaves_them_alone() {
    let shaping = compiled(json!({"condition": [], "beatFlat": [], "formatResponse": []}), json!([]));
    assert!(shaping.is_identity() && !shaping.groups());
    assert!(
        compiled(json!({"condition": [[]], "condition_bk": [[{"any": "thing"}]]}), json!([])).is_identity()
    );
    assert_eq!(shaping.id_at_source("7-1"), None);
    assert!(!compiled(json!({"condition": [[{"field": "a", "logic": "isnull"}]]}), json!([])).is_identity());
    assert!(!compiled(json!({}), json!([{"field": "a", "logic": "isnull"}])).is_identity());
}
