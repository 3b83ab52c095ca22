//! Hostile texts in every field of a record: the document keeps the structure of a harmless record's.
#![no_main]
#![allow(missing_docs)]

use arbitrary::{Result, Unstructured};
use ferry_fuzz::{context, grammar, ledger};
use ferry_mapping::{Field, Mapping, Value};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use std::sync::LazyLock;

/// None of these expressions looks at what the texts mean as numbers or times: none may fail.
static MAPPING: LazyLock<Mapping> = LazyLock::new(|| {
    let fields = json!([
        {"field": "plain", "value": "{{a}}"},
        {"field": "joined", "value": "<{{a}}>{b}"},
        {"field": "object", "value": "{{a}}", "parser": {"name": "ConvertObjectParser", "params": "FNumber"}},
        {"field": "case", "value": "_function CASE WHEN '{{a}}' = '{{b}}' THEN 'same' ELSE CONCAT('{{a}}', '/', {{b}}) END"},
        {"field": "simple", "value": "_function CASE {{a}} WHEN '{{b}}' THEN 1 WHEN 'x' THEN 2 ELSE 3 END"},
        {"field": "if", "value": "_function IF({{a}} LIKE '%{{b}}%' OR '{{a}}' IN ('x', {{b}}), LENGTH({{a}}), -1)"},
        {"field": "text", "value": "_function REPLACE(TRIM(UPPER(CONCAT_WS('-', {{a}}, '{{b}}'))), '''', \"\\\"\")"},
        {"field": "cut", "value": "_function LPAD(CONCAT(LEFT({{a}}, 3), RIGHT({{b}}, 3), SUBSTRING({{a}}, 2, 2)), 9, '{{b}}*')"},
        {"field": "found", "value": "_function LOCATE('{{a}}', {{b}}) + INSTR({{b}}, {{a}}) + CHAR_LENGTH('{{a}}')"},
        {"field": "most", "value": "_function MAX(CONCAT({{rows.x}}, {{a}}))"},
        {"field": "count", "value": "_function COUNT(NULLIF({{rows.x}}, {{a}}))"},
        {"field": "rows", "type": "array", "value": "rows", "children": [
            {"field": "x", "value": "{{rows.x}}"},
            {"field": "y", "value": "_function IFNULL(GREATEST({{rows.x}}, '{{b}}'), COALESCE({{a}}, ''))"}]}
    ]);
    let fields: Vec<Field> = serde_json::from_value(fields).expect("fields");
    Mapping::compile(&fields, "p").expect("the mapping of the target")
});

fuzz_target!(|bytes: &[u8]| {
    let _ = run(bytes);
});

fn run(bytes: &[u8]) -> Result<()> {
    let mut from = Unstructured::new(bytes);
    let (a, b) = (grammar::words(&mut from)?, grammar::words(&mut from)?);
    let rows = [grammar::words(&mut from)?, grammar::words(&mut from)?];
    let record =
        |a: &str, b: &str, rows: [&str; 2]| json!({"a": a, "b": b, "rows": [{"x": rows[0]}, {"x": rows[1]}]});
    let harmless = MAPPING.document(&record("a", "b", ["c", "d"]), &context()).expect("a document");
    let hostile = record(&a, &b, [&rows[0], &rows[1]]);
    let document = ledger::bounded(hostile.to_string().len(), || MAPPING.document(&hostile, &context()));
    let document = document.expect("texts are texts");
    assert_eq!(shape(&document), shape(&harmless));
    assert_eq!(document["plain"], json!(a));
    assert_eq!(document["joined"], json!(format!("<{a}>{b}")));
    assert_eq!(document["object"], json!({"FNumber": a}));
    assert_eq!(document["rows"][0]["x"], json!(rows[0]));
    let case = document["case"].as_str().expect("a text");
    assert!(case == "same" || case == format!("{a}/{b}"), "{case}");
    Ok(())
}

/// The document with its values blotted out; numbers and texts stay apart.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(list) => list.iter().map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!(0),
        other => other.clone(),
    }
}
