//! Why a row could not be mapped: for the dead letter, and for the person who reads it.

use crate::Value;
use crate::language::Fault;
use crate::problem::shorten;
use serde::Serialize;

/// A row that could not be mapped. The row is at fault, not the flow: the others go on.
///
/// Codes: `missing_required`, `bad_cast`, `bad_time`, `unmatched_value`, `not_a_scalar`, `not_a_list`,
/// `bad_json`.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
#[error("{path}: {en} (expression: {})", shorten(.expression))]
pub struct RowError {
    /// Stable name of the kind of error.
    pub code: &'static str,
    /// Path in the target document, with row numbers from 0: `FEntity[2].FQty`. For a [`crate::Template`]
    /// the path it was compiled with.
    pub path: String,
    /// The value string as the flow file has it.
    pub expression: String,
    /// The offending value, whole; the messages show its beginning. (Boxed to keep `Result`s small.)
    pub value: Option<Box<Value>>,
    /// The message in English.
    pub en: String,
    /// The message in Chinese.
    pub zh: String,
}

impl RowError {
    pub(crate) fn of(fault: Fault, path: &str, expression: &str) -> RowError {
        let Fault { code, value, en, zh } = fault;
        let (path, expression) = (path.to_owned(), expression.to_owned());
        RowError { code, path, expression, value: value.map(Box::new), en, zh }
    }

    /// Says which row of the array at `array` it was.
    pub(super) fn in_row(mut self: Box<Self>, array: &str, row: usize) -> Box<Self> {
        if let Some(rest) = self.path.strip_prefix(array) {
            self.path = format!("{array}[{row}]{rest}");
        }
        self
    }
}
