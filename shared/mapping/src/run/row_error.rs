//! Why a row could not be mapped: for the dead letter, and for the person who reads it.

use crate::Value;
use crate::language::{Fault, Message, filled};
use crate::problem::shorten;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// A row that could not be mapped. The row is at fault, not the flow: the others go on.
///
/// It is data, code and arguments; [`RowError::en`] and [`RowError::zh`] make the sentence. As JSON:
/// `{"code", "path", "expression", "value", "arguments", "en", "zh"}`.
#[derive(Clone, Debug, PartialEq)]
pub struct RowError {
    /// Stable name of the kind of error, such as `missing_required`, `bad_cast` or `division_by_zero`.
    pub code: &'static str,
    /// Path in the target document, with row numbers from 0: `FEntity[2].FQty`. For a [`crate::Template`]
    /// the path it was compiled with.
    pub path: String,
    /// The value string as the flow file has it.
    pub expression: String,
    /// The offending value, whole; the messages show its beginning. (Boxed to keep `Result`s small.)
    pub value: Option<Box<Value>>,
    /// What else the message names, in the order of its places.
    pub arguments: Vec<String>,
    message: &'static Message,
}

impl RowError {
    pub(crate) fn of(fault: Fault, path: &str, expression: &str) -> RowError {
        let Fault { message, value, arguments } = fault;
        let (path, expression) = (path.to_owned(), expression.to_owned());
        RowError { code: message.code, path, expression, value: value.map(Box::new), arguments, message }
    }

    /// The message in English.
    pub fn en(&self) -> String {
        filled(self.message.en, self.value.as_deref(), &self.arguments)
    }

    /// The message in Chinese.
    pub fn zh(&self) -> String {
        filled(self.message.zh, self.value.as_deref(), &self.arguments)
    }

    /// Says which row of the array at `array` it was.
    pub(super) fn in_row(mut self: Box<Self>, array: &str, row: usize) -> Box<Self> {
        if let Some(rest) = self.path.strip_prefix(array) {
            self.path = format!("{array}[{row}]{rest}");
        }
        self
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (expression: {})", self.path, self.en(), shorten(&self.expression))
    }
}

impl std::error::Error for RowError {}

impl Serialize for RowError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("expression", &self.expression)?;
        map.serialize_entry("value", &self.value)?;
        map.serialize_entry("arguments", &self.arguments)?;
        map.serialize_entry("en", &self.en())?;
        map.serialize_entry("zh", &self.zh())?;
        map.end()
    }
}
