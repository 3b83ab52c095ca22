//! What the engine needs of a source, and how it reads from one: with retries by class of error.

pub mod galaxy;

use crate::host::CallId;
use crate::problem::Failure;
use crate::state::Scan;
use ferry_mapping::{TableRow, Value};

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

/// Rows, and where they end.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The names of the cells.
    pub names: Vec<String>,
    /// The rows, in the order of the cursor.
    pub rows: Vec<Vec<Value>>,
    /// The cursor after the last row; `None` when there are no rows, which is the one sign of the end.
    pub cursor: Option<String>,
    /// The source's own clock, Unix seconds, where it tells.
    pub source_now: Option<i64>,
}

impl Page {
    /// A row as a record of the mapping.
    pub fn record(&self, row: usize) -> TableRow<'_> {
        TableRow { names: &self.names, cells: &self.rows[row] }
    }
}

/// A system to read from. A page is asked for in two halves, so that it is under way while the page before it
/// is being written.
pub trait Source {
    /// Sends the request for a page.
    fn start(&mut self, ask: &Ask) -> Result<CallId, Failure>;
    /// Waits for the page. An error leaves the source ready for another `start`.
    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure>;
    /// After an answer of class `Credentials`: gets new ones. `false` when there are none to get.
    fn renew(&mut self) -> Result<bool, Failure>;
    /// The most ids that one [`Ask::Ids`] may name.
    fn ids_per_call(&self) -> usize;
    /// Calls made so far, of every kind.
    fn calls(&self) -> u64;
}
