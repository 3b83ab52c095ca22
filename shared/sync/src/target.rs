//! What the engine needs of a target.

pub mod mysql;

use crate::host::SqlValue;
use crate::problem::{Failure, Problem};
use ferry_mapping::{Context, Record, RowError, Value};

/// A mapped row, in the shape that its target takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// Parameters of a statement, in the order of its columns.
    Row(Vec<SqlValue>),
    /// A JSON document.
    Json(Value),
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// In the target now.
    Written,
    /// Was there before, and was left alone.
    AlreadyThere,
    /// Refused, for this reason.
    Dead(Problem),
}

/// A system to write to.
pub trait Target {
    /// Maps a record. Calls nothing outside.
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError>;
    /// Writes the rows and says what became of each, in order. What it says holds once [`Target::flush`] has
    /// returned; an error means that nothing since the last `flush` may be counted on.
    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure>;
    /// Makes durable what was written.
    fn flush(&mut self) -> Result<(), Failure>;
    /// Forgets what was written since the last `flush`: the rows will come again.
    fn reset(&mut self);
    /// Calls made so far, of every kind.
    fn calls(&self) -> u64;
}
