//! What the engine needs of a target.

pub mod mysql;

use crate::host::{Host, SqlValue};
use crate::problem::{Failure, Problem};
use crate::seal::Seal;
use ferry_mapping::{Context, FlowFile, Record, RowError, Value};

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

/// What to do with a row whose key is in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// `idCheck: true`: count it and leave it alone.
    Keep,
    /// `idCheck: false`: update it, unless what is there is newer.
    Update,
}

/// What a part needs to work for one invocation.
#[derive(Clone, Copy)]
pub struct Opening<'h> {
    /// The outside world.
    pub host: Host<'h>,
    /// The flow.
    pub file: &'h FlowFile,
    /// What to do with rows that are there already.
    pub existing: Existing,
    /// Seals what is kept of the account.
    pub seal: &'h Seal,
}

/// The target's part of a flow: its half of the flow file, compiled, and its account.
pub trait TargetPart {
    /// The target for one invocation. Calls nothing yet.
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Target + 'h>;
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
