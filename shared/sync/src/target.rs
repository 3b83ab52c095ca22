//! What the engine needs of a target.

pub mod galaxy;
pub mod jdy;
pub mod mysql;
pub mod wise;

use crate::host::{Host, SqlValue};
use crate::problem::{Failure, Problem};
use crate::seal::Seal;
use crate::tally::Interface;
use ferry_mapping::{Context, FlowFile, Record, RowError, Value};
use std::time::Duration;

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
    /// Waits for a partner record that is not there yet (`on_miss: wait`).
    Waiting(Problem),
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
    /// The monotonic time until which effects may last: the end of the lease. `None` where nothing is written.
    pub until: Option<Duration>,
}

/// The target's part of a flow: its half of the flow file, compiled, and its account.
pub trait TargetPart {
    /// The target for one invocation. Calls nothing yet.
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Target + 'h>;
    /// How long a request may be at work at the target after it was sent: so long after one in doubt nothing is
    /// looked up or sent again (`design.md` 7). Zero for a target that takes back what was not made durable.
    fn settles_after(&self) -> Duration {
        Duration::ZERO
    }
}

/// A system to write to.
pub trait Target {
    /// Maps a record. Calls nothing outside.
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError>;
    /// Writes the rows and says what became of each, in order. What it says holds once [`Target::flush`] has
    /// returned; an error means that nothing since the last `flush` may be counted on.
    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure>;
    /// Which of these rows the target has, in order; changes nothing. For a bill that is to be audited: audited.
    ///
    /// # Errors
    /// The target did not answer, or not as it should.
    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure>;
    /// Makes durable what was written.
    fn flush(&mut self) -> Result<(), Failure>;
    /// Forgets what was written since the last `flush`: the rows will come again.
    fn reset(&mut self);
    /// Calls made so far that change something, or try to; SQL statements of every kind.
    fn calls(&self) -> u64;
    /// Calls made so far that only look.
    fn lookups(&self) -> u64 {
        0
    }
    /// After a failure of `write`: whether something that was sent may yet be at work there, although nobody
    /// knows what became of it.
    fn is_in_doubt(&self) -> bool {
        false
    }
    /// As [`crate::source::Source::called`].
    fn called(&mut self) -> Vec<Interface> {
        Vec::new()
    }
    /// As [`crate::source::Source::used_keys`].
    fn used_keys(&mut self) -> Vec<String> {
        Vec::new()
    }
}
