//! No record makes the engine take more memory than it is long itself, but for a constant.

#![allow(unsafe_code, reason = "an allocator that keeps count")]

use ferry_mapping::{Context, Field, Mapping, RowError, Value};
use serde_json::json;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;

struct Ledger;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.get().wrapping_add(layout.size());
        NOW.set(now);
        PEAK.set(PEAK.get().max(now));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        NOW.set(NOW.get().wrapping_sub(layout.size()));
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static LEDGER: Ledger = Ledger;

/// What the language's own limits allow: texts of 1 MiB, lists of 32 MiB.
const FIXED: usize = 48 << 20;

/// The document, made without taking more than it may.
fn document(fields: Value, record: &Value) -> Result<Value, RowError> {
    let fields: Vec<Field> = serde_json::from_value(fields).unwrap();
    let mapping = Mapping::compile(&fields, "p").unwrap();
    let params = BTreeMap::new();
    let context = Context {
        params: &params,
        last_sync_time: 0,
        current_time: 1_704_075_072,
        page_size: 100,
        start_page: 1,
        start_row: 0,
        lookups: None,
    };
    let before = NOW.get();
    PEAK.set(before);
    let document = mapping.document(record, &context);
    let taken = PEAK.get() - before;
    let allowed = FIXED + 8 * record.to_string().len();
    assert!(taken <= allowed, "{taken} bytes, {allowed} allowed");
    document
}

fn one(expression: &str, record: &Value) -> Result<Value, &'static str> {
    let fields = json!([{"field": "x", "value": format!("_function {expression}")}]);
    document(fields, record).map(|mut it| it["x"].take()).map_err(|error| error.code)
}

/// 200 rows, and a text beside them: each row can be made a text of nearly 1 MiB.
fn rows() -> Value {
    let rows: Vec<Value> = (0..200).map(|_| json!({"x": "a".repeat(500)})).collect();
    json!({"rows": rows, "long": "b".repeat(2000)})
}

#[test]
fn a_text_that_an_expression_makes_has_a_limit() {
    let record = json!({"a": "a".repeat(600_000), "n": 1_000_000_000, "format": "%W%M".repeat(200_000)});
    for expression in [
        "CONCAT({{a}}, {{a}})",
        "CONCAT_WS({{a}}, {{a}}, {{a}})",
        "LPAD({{a}}, {{n}}, {{a}})",
        "RPAD('', {{n}}, '中')",
        "REPLACE({{a}}, 'a', {{a}})",
        "DATE_FORMAT(NOW(), {{format}})",
        "FROM_UNIXTIME(0, {{format}})",
    ] {
        assert_eq!(one(expression, &record), Err("too_long"), "{expression}");
    }
    assert_eq!(one("LENGTH(UPPER({{a}}))", &record), Ok(json!(600_000)));
    assert_eq!(one("ROUND(1.5, {{n}})", &record).unwrap().to_string(), format!("1.5{}", "0".repeat(37)));
    assert_eq!(one("ROUND(1.5, - {{n}})", &record), Ok(json!(0)));
    assert_eq!(one("FROM_UNIXTIME({{n}} * {{n}})", &record), Err("bad_time"));
}

#[test]
fn hundreds_of_long_arguments_are_never_all_there() {
    let long = vec!["REPLACE({{a}}, 'a', {{b}})"; 100].join(", ");
    let record = json!({"a": "a".repeat(1000), "b": "b".repeat(1000)});
    assert_eq!(one(&format!("CONCAT({long})"), &record), Err("too_long"));
    assert_eq!(one(&format!("CONCAT_WS('', {long})"), &record), Err("too_long"));
    for function in ["GREATEST", "LEAST", "COALESCE"] {
        let length = one(&format!("LENGTH({function}({long}))"), &record);
        assert_eq!(length, Ok(json!(1_000_000)), "{function}");
    }
    assert_eq!(one(&format!("'y' IN ({long})"), &record), Ok(json!(0)));
}

#[test]
fn the_values_of_all_rows_are_never_all_there() {
    let record = rows();
    let long = "REPLACE({{rows.x}}, 'a', {{long}})";
    assert_eq!(one(&format!("COUNT({long})"), &record), Ok(json!(200)));
    assert_eq!(one(&format!("SUM(LENGTH({long}))"), &record).unwrap().to_string(), "200000000");
    assert_eq!(one(&format!("LENGTH(MAX({long}))"), &record), Ok(json!(1_000_000)));
    assert_eq!(one(&format!("LENGTH(MIN({long}))"), &record), Ok(json!(1_000_000)));
}

#[test]
fn a_list_of_the_document_has_a_limit() {
    let record = rows();
    for value in ["_function REPLACE({{rows.x}}, 'a', {{long}})", "{{rows.x}}{{all}}", "{{all}}", "{{list}}"]
    {
        let children = json!([{"field": "x", "value": value}]);
        let fields = json!([{"field": "F", "type": "array", "value": "rows", "children": children}]);
        let mut record = record.clone();
        record["all"] = json!("c".repeat(1_000_000));
        record["list"] = json!(vec!["c".repeat(1000); 1000]);
        let error = document(fields, &record).unwrap_err();
        assert_eq!((error.code, error.path.as_str()), ("too_long", "F"), "{value}");
    }
    let children = json!([{"field": "x", "value": "{{rows.x}}"}, {"field": "y", "value": "{{long}}"}]);
    let fields = json!([{"field": "F", "type": "array", "value": "rows", "children": children}]);
    assert_eq!(document(fields, &record).unwrap()["F"].as_array().unwrap().len(), 200);
}

#[test]
fn long_texts_are_searched_in_one_go() {
    // What takes quadratic time takes minutes here.
    let record = json!({"a": "a".repeat(900_000), "b": format!("{}b", "a".repeat(400_000))});
    assert_eq!(one("LOCATE({{b}}, {{a}}) + INSTR({{a}}, {{b}})", &record), Ok(json!(0)));
    assert_eq!(one("{{a}} LIKE CONCAT('%', {{b}}, '%')", &record), Ok(json!(0)));
    assert_eq!(one("{{a}} LIKE REPLACE(LEFT({{a}}, 10000), 'a', '%a')", &record), Ok(json!(1)));
    assert_eq!(one("REPLACE({{a}}, {{b}}, '')", &record), Ok(json!("a".repeat(900_000))));
}
