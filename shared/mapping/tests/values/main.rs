//! What a value string makes of a record: tables of examples.

mod documents;
mod expressions;
mod lists;
mod scalars;
mod verbatim;

use ferry_mapping::{Context, Field, Mapping, RowError, Value};
use serde_json::json;
use std::collections::BTreeMap;

/// 2024-01-01 10:11:12 in Shanghai.
const NOW: i64 = 1_704_075_072;

fn params() -> BTreeMap<String, Value> {
    BTreeMap::from([("org".to_owned(), json!("T'00")), ("rate".to_owned(), json!(0.5))])
}

fn context(params: &BTreeMap<String, Value>) -> Context<'_> {
    Context {
        params,
        last_sync_time: NOW - 3600,
        current_time: NOW,
        page_size: 2000,
        start_page: 3,
        start_row: 4000,
        lookups: None,
    }
}

fn fields(fields: Value) -> Vec<Field> {
    serde_json::from_value(fields).unwrap()
}

fn document(mapping: Value, record: &Value) -> Result<Value, RowError> {
    let mapping = Mapping::compile(&fields(mapping), "target.request").unwrap();
    let (params, mut text) = (params(), b"before".to_vec());
    let document = mapping.document(record, &context(&params));
    // Written straight to text it is the same, and fails in the same way.
    let written = mapping.json(record, &context(&params), &mut text);
    match &document {
        Ok(document) => assert_eq!(String::from_utf8_lossy(&text), format!("before{document}")),
        Err(_) => assert_eq!(text, b"before"),
    }
    assert_eq!(written.err().as_ref(), document.as_ref().err());
    document
}

/// The value of one field; extra keys of the field in `more`.
fn one(value: &str, more: Value, record: &Value) -> Result<Value, RowError> {
    let mut field = json!({"field": "x", "value": value});
    field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document(json!([field]), record).map(|mut document| document["x"].take())
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
