//! Why a value could not be made for a row: the inner half of a [`RowError`](crate::RowError).

use crate::Value;
use crate::problem::shorten;

/// A failure of one expression, before it is known which field it stands in.
#[derive(Debug)]
pub(crate) struct Fault {
    pub code: &'static str,
    pub value: Option<Value>,
    pub en: String,
    pub zh: String,
}

impl Fault {
    /// `<value> <en>`, in both languages, with the offending value shortened.
    // Boxed, so that the good path of every cell does not carry room for it.
    pub(crate) fn of(code: &'static str, value: &Value, en: &str, zh: &str) -> Box<Fault> {
        let shown = shown(value);
        Box::new(Fault {
            code,
            value: Some(value.clone()),
            en: format!("{shown} {en}"),
            zh: format!("{shown} {zh}"),
        })
    }
}

/// A value as JSON, shortened. Long texts are cut before they are written out.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => Value::from(shorten(text)).to_string(),
        Value::Array(list) => format!("[a list of {}]", list.len()),
        Value::Object(map) => format!("{{an object of {}}}", map.len()),
        Value::Number(number) => shorten(number.as_str()),
        other => other.to_string(),
    }
}
