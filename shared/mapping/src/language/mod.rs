//! The value language: one string of a flow file, compiled.
//!
//! `program` decides what a string is: a constant, a template (`{{shop}}-{{no}}`), or an expression
//! (`_function trim('{x}')`). `template` cuts the text at its references, `reference` reads what stands
//! between the braces, `expression` reads what follows `_function`, `dialect`
//! knows what other dialects write. Everything is evaluated on values:
//! no value is ever pasted into text that is read again.

mod dialect;
pub(crate) mod expression;
mod fault;
mod program;
pub(crate) mod reference;
pub(crate) mod template;

pub(crate) use fault::{Fault, Message, filled, shown};
pub(crate) use program::Program;
pub(crate) use reference::Reference;

use crate::problem::Problems;
use crate::record::{Context, Record};
use crate::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What a value string is compiled against.
pub(crate) struct Place<'p> {
    /// JSON path of the string.
    pub path: &'p str,
    /// The lists whose current row is in scope, outermost first.
    pub lists: &'p [String],
    /// All lists that the mapping walks; a reference into one that is not in scope is a mistake.
    pub all_lists: &'p BTreeSet<String>,
    pub problems: &'p mut Problems,
}

impl Place<'_> {
    pub(crate) fn problem(&mut self, code: &'static str, en: impl Into<String>, zh: impl Into<String>) {
        self.problems.add(code, self.path, en, zh);
    }
}

/// What a compiled value is run against.
pub(crate) struct Scope<'r> {
    pub record: &'r dyn Record,
    pub context: Context<'r>,
    /// The current row of each list in scope, outermost first.
    pub rows: Vec<&'r Value>,
}

/// The record of a request that is made before there is any.
pub(crate) struct NoRecord;

impl Record for NoRecord {
    fn field(&self, _: &str) -> Option<&Value> {
        None
    }
}

const NOT_A_SCALAR: Message = Message {
    code: "not_a_scalar",
    en: "{value} cannot be written as text; refer to one of its fields, or use ArrayToString",
    zh: "{value} 不能写成文本；请引用其中的字段，或使用 ArrayToString",
};

/// The text of a scalar: null is empty, numbers keep every digit. Lists and objects have none.
pub(crate) fn text_of(value: &Value) -> Result<Cow<'_, str>, Box<Fault>> {
    Ok(Cow::Borrowed(match value {
        Value::Null => "",
        Value::String(text) => text,
        Value::Number(number) => number.as_str(),
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Array(_) | Value::Object(_) => {
            return Err(Fault::about(&NOT_A_SCALAR, value));
        }
    }))
}

/// `Value::Object` of one field.
pub(crate) fn object_of(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}
