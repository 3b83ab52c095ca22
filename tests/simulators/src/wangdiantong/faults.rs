//! 旺店通's misbehaviours.

use serde::{Deserialize, Serialize};

use super::envelope::Op;
use super::stockouts::Change;
use crate::faults::{self, Kind, Mishap};

/// A misbehaviour and when it shall happen.
pub type Fault = faults::Fault<Op, Misbehaviour>;
/// A fault that is armed, and what has become of it.
pub type Armed = faults::Armed<Op, Misbehaviour>;
/// A change of the records that waits for a query.
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
    /// Another HTTP status, with an HTML page.
    Http {
        /// The status.
        status: u16,
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
    /// HTTP 200 with an error of the vendor's (`vendors/sources.md` 2.4): 6 `ip限制`, 100 `权限不足`.
    Refuse {
        /// Its `status`.
        status: i64,
        /// Its `message`.
        message: String,
    },
    /// Answers a query with the rows of the query before it.
    RepeatPreviousPage,
    /// Answers a query with no rows, and the count of all.
    EmptyPage,
    /// Answers a query with its first row twice.
    RowTwice,
    /// Answers a query with this `total_count`.
    WrongTotal {
        /// The count.
        total: i64,
    },
}

impl Kind<Op> for Misbehaviour {
    fn mishap(&self) -> Option<Mishap> {
        Some(match self {
            Self::Delay { ms } => Mishap::Delay { ms: *ms },
            Self::DropBefore => Mishap::DropBefore,
            Self::DropAfter => Mishap::DropAfter,
            Self::DropMidAnswer => Mishap::DropMidAnswer,
            Self::Html => Mishap::Html,
            Self::HalfJson => Mishap::HalfJson,
            Self::Garbage => Mishap::Garbage,
            Self::Redirect { to } => Mishap::Redirect { to: to.clone() },
            Self::Http { .. }
            | Self::Refuse { .. }
            | Self::RepeatPreviousPage
            | Self::EmptyPage
            | Self::RowTwice
            | Self::WrongTotal { .. } => return None,
        })
    }

    fn concerns(&self, op: Op) -> bool {
        let is_for_queries = matches!(
            self,
            Self::RepeatPreviousPage | Self::EmptyPage | Self::RowTwice | Self::WrongTotal { .. }
        );
        op == Op::QueryWithDetail || !is_for_queries
    }
}
