//! What the records of a source should become, written from the articles and the vendors' documents, not from the
//! flow files: a second reading. One file per flow. The company's constants are those of the demo.

pub mod orders;
pub mod returns;
pub mod shops;
pub mod stockouts;

use serde_json::Value;

/// The texts that are not blank, without blanks around them, with a blank between.
fn joined(texts: &[&Value]) -> String {
    let texts: Vec<&str> = texts
        .iter()
        .filter_map(|text| text.as_str())
        .map(|text| text.trim_matches(' '))
        .filter(|text| !text.is_empty())
        .collect();
    texts.join(" ")
}

/// A number or a text as a text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
