//! What the engine needs of a source, and how it reads from one: with retries by class of error.

pub mod galaxy;
pub mod jushuitan;
pub mod okki;
mod parameters;
pub mod wangdiantong;
pub mod windows;

use crate::client::Doing;
use crate::host::CallId;
use crate::problem::{Failure, Problem};
use crate::state::Scan;
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{Map, Problem as FileProblem, Record, TableRow, Value};
use std::time::Duration;

/// Which rows to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The next page of a window.
    Window {
        /// Unix seconds, inclusive.
        begin: i64,
        /// Unix seconds, inclusive.
        end: i64,
        /// The cursor of the page before.
        after: Option<String>,
    },
    /// The next page of everything.
    Everything {
        /// The cursor of the page before.
        after: Option<String>,
    },
    /// The rows with these ids, as they are now.
    Ids(Vec<String>),
}

impl Ask {
    /// The next page of a scan.
    pub fn next(scan: &Scan, everything: bool) -> Self {
        let after = scan.cursor.clone();
        if everything {
            Ask::Everything { after }
        } else {
            Ask::Window { begin: scan.begin, end: scan.end, after }
        }
    }
}

/// Rows, and what comes after them.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The rows, in the order of the cursor. May be none although there is more: a page can be spent on finding
    /// out how to page.
    pub rows: Rows,
    /// What comes after them.
    pub then: Then,
    /// The source's own clock, Unix seconds, where it tells.
    pub source_now: Option<i64>,
}

/// What comes after a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Then {
    /// More, from this cursor on. What it holds is the source's own business; it stays in the state document,
    /// and must be small.
    More(String),
    /// Nothing: the source is sure that the scan is at its end.
    End,
    /// Nothing, says an empty page, and nothing else does.
    #[default]
    PerhapsEnd,
}

/// How a source is walked over, run after run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walks {
    /// By windows of the modification time, none wider than this.
    Windows {
        /// `None`: as wide as need be.
        widest: Option<Duration>,
    },
    /// The whole list every time. Pages that are as they were the last time are not written again.
    FullList,
}

/// The rows of a page, in the form in which the platform answers.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Cells without names of their own.
    Table {
        /// The names of the cells.
        names: Vec<String>,
        /// The cells of each row.
        cells: Vec<Vec<Value>>,
    },
    /// Objects.
    Records(Vec<Value>),
}

impl Default for Rows {
    fn default() -> Self {
        Rows::Records(Vec::new())
    }
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Rows::Table { cells, .. } => cells.len(),
            Rows::Records(records) => records.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row as a record of the mapping.
    pub fn record(&self, row: usize) -> Row<'_> {
        match self {
            Rows::Table { names, cells } => Row::Cells(TableRow { names, cells: &cells[row] }),
            Rows::Records(records) => Row::Object(&records[row]),
        }
    }

    /// A row as an object.
    pub fn object(&self, row: usize) -> Map<String, Value> {
        match self {
            Rows::Table { names, cells } => names.iter().cloned().zip(cells[row].iter().cloned()).collect(),
            Rows::Records(records) => records[row].as_object().cloned().unwrap_or_default(),
        }
    }

    /// The content of a row as JSON.
    pub fn content(&self, row: usize) -> String {
        let json = match self {
            Rows::Table { cells, .. } => serde_json::to_string(&cells[row]),
            Rows::Records(records) => serde_json::to_string(&records[row]),
        };
        json.expect("rows are plain data")
    }
}

/// A row, whatever form it came in.
#[derive(Debug, Clone, Copy)]
pub enum Row<'p> {
    /// Of a table.
    Cells(TableRow<'p>),
    /// An object.
    Object(&'p Value),
}

impl Record for Row<'_> {
    fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Row::Cells(row) => row.field(name),
            Row::Object(record) => record.field(name),
        }
    }
}

/// The source's part of a flow: its half of the flow file, compiled, and its account.
pub trait SourcePart {
    /// The source for one invocation. Calls nothing yet.
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Source + 'h>;
    /// How it is walked over.
    fn walks(&self) -> Walks {
        Walks::Windows { widest: None }
    }
}

/// A system to read from. A page is asked for in two halves, so that it is under way while the page before it
/// is being written.
pub trait Source {
    /// Sends the request for a page. Where the account's quota has no room, waits for it at most `patience`; then
    /// the failure is of class `RateLimit`, and nothing was sent.
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure>;
    /// Waits for the page. An error leaves the source ready for another `start`.
    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure>;
    /// After an answer of class `Credentials`: gets new ones. `false` when there are none to get.
    fn renew(&mut self) -> Result<bool, Failure>;
    /// The most ids that one [`Ask::Ids`] may name; 0 where single records cannot be asked for.
    fn ids_per_call(&self) -> usize;
    /// Calls made so far, of every kind.
    fn calls(&self) -> u64;
    /// The calls made since the last time, by interface.
    fn called(&mut self) -> Vec<Interface> {
        Vec::new()
    }
    /// Keys in the store that nobody needs once their time is over ([`crate::quota::is_over`]); each once.
    fn used_keys(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The code of a [`Failure`] that says: this source cannot be asked for single records after all. What is known
/// of them from before has to do.
pub const NO_SINGLE_RECORDS: &str = "no_single_records";

/// The flow file names an interface that its platform's source does not read.
fn unknown_api(api: &str, known: &[&str]) -> Vec<FileProblem> {
    let known = known.join(", ");
    vec![FileProblem::new(
        "unknown_api",
        "source.api",
        format!("{api:?} is no interface that Ferry reads; there are: {known}"),
        format!("Ferry 不读取接口 {api:?}；可用：{known}"),
    )]
}

/// Loading refuses a full scan of such a source.
fn no_everything(doing: Doing) -> Failure {
    Failure::fatal(Problem::new(
        "no_full_scan",
        format!("{}: this interface is read by windows of time, never as a whole", doing.en),
        format!("{}：该接口只能按时间窗口读取，不能一次读取全部", doing.zh),
    ))
}
