//! 聚水潭's misbehaviours.

use serde::{Deserialize, Serialize};

use super::op::Op;
use super::records::Change;
use crate::faults::{self, Kind, Mishap, Work};

/// A misbehaviour and when it shall happen.
pub type Fault = faults::Fault<Op, Misbehaviour>;
/// A fault that is armed, and what has become of it.
pub type Armed = faults::Armed<Op, Misbehaviour>;
/// A change of the data that waits for a query.
pub type Hook = faults::Hook<Change>;

/// What goes wrong. Unless it says otherwise, the work is not done and the caller is not even checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Misbehaviour {
    /// Waits, then works and answers as usual. Combines with the other misbehaviours.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Drops the connection without doing the work.
    DropBefore,
    /// Does the work, then drops the connection without an answer.
    DropAfter,
    /// Does the work, announces the whole answer, sends half of it and drops the connection.
    DropMidAnswer,
    /// HTTP 500.
    Http500 {
        /// Whether the work is done before.
        #[serde(default)]
        work: Work,
    },
    /// HTTP 200 with an HTML page.
    Html,
    /// Does the work; HTTP 200 with the first half of the answer, announced as the whole.
    HalfJson,
    /// HTTP 200 with bytes that are no text.
    Garbage,
    /// HTTP 302.
    Redirect {
        /// The `Location`.
        to: String,
    },
    /// An error body with this code and these words.
    Refuse {
        /// `code`
        code: i64,
        /// `msg`
        msg: String,
    },
    /// Ends all tokens and says so.
    TokenExpired,
    /// A page without rows that says there is another one. The totals are the right ones.
    EmptyPage,
    /// The rows of the query before it (of the same interface), with the facts of this one.
    RepeatPreviousPage,
    /// The first row twice.
    RowTwice,
    /// At most so many rows, and the facts that go with them.
    ClampPage {
        /// Rows.
        rows: usize,
    },
    /// Another total, and the number of pages that goes with it. Nothing where there is no total.
    TotalLies {
        /// `data_count`
        data_count: usize,
    },
    /// `has_next` the other way round.
    HasNextLies,
    /// `code` 0 and `data` null (legacy: no `datas`).
    NoData,
}

impl Kind<Op> for Misbehaviour {
    fn mishap(&self) -> Option<Mishap> {
        Some(match self {
            Self::Delay { ms } => Mishap::Delay { ms: *ms },
            Self::DropBefore => Mishap::DropBefore,
            Self::DropAfter => Mishap::DropAfter,
            Self::DropMidAnswer => Mishap::DropMidAnswer,
            Self::Http500 { work } => Mishap::Http500 { work: *work },
            Self::Html => Mishap::Html,
            Self::HalfJson => Mishap::HalfJson,
            Self::Garbage => Mishap::Garbage,
            Self::Redirect { to } => Mishap::Redirect { to: to.clone() },
            Self::Refuse { .. }
            | Self::TokenExpired
            | Self::EmptyPage
            | Self::RepeatPreviousPage
            | Self::RowTwice
            | Self::ClampPage { .. }
            | Self::TotalLies { .. }
            | Self::HasNextLies
            | Self::NoData => return None,
        })
    }

    fn concerns(&self, op: Op) -> bool {
        op.is_query() || !self.is_of_a_page()
    }
}

impl Misbehaviour {
    /// Whether the work is done and only its page is twisted.
    pub(super) fn is_of_a_page(&self) -> bool {
        matches!(
            self,
            Self::EmptyPage
                | Self::RepeatPreviousPage
                | Self::RowTwice
                | Self::ClampPage { .. }
                | Self::TotalLies { .. }
                | Self::HasNextLies
                | Self::NoData
        )
    }
}
