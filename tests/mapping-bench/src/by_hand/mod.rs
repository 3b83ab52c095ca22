//! The same mappings as a Rust developer would write them for one customer: plain functions over
//! `serde_json`, chrono for times, `rust_decimal` for amounts, and the same refusals as the flow file's
//! (what is required and missing, what is no number or time).
//!
//! What does not depend on the line is worked out once per record, and maps are made at their final size.

mod cast;
pub mod jushuitan;
pub mod okki;
pub mod wangdiantong;

use serde_json::Value;

/// The constants of a company: the flow file's `params`.
pub struct Company {
    pub stock_org: &'static str,
    pub department: &'static str,
    pub employee: &'static str,
}

/// Why a record cannot be mapped. The value is for the dead letter.
#[derive(Debug)]
pub struct Refused {
    pub field: &'static str,
    pub why: &'static str,
    pub value: Value,
}

/// An object of these fields, in this order.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Kingdee's reference to base data: `{"FNumber": value}`; null stays null.
fn number_of(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        value => object([("FNumber", value)]),
    }
}
