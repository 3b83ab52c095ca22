//! 星辰's misbehaviours.

use serde::{Deserialize, Serialize};

use super::customers::Change;
use super::op::Op;
use crate::faults::{self, Kind, Mishap, Work};

/// A misbehaviour and when it shall happen.
pub type Fault = faults::Fault<Op, Misbehaviour>;
/// A fault that is armed, and what has become of it.
pub type Armed = faults::Armed<Op, Misbehaviour>;
/// A change of the customers that waits for a list.
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
    /// Drops the connection, and does the work later.
    DropThenWork {
        /// Milliseconds after the drop.
        after_ms: u64,
    },
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
    /// HTTP 200 with this error.
    Refuse {
        /// `errcode`
        errcode: i64,
        /// `description`
        description: String,
    },
    /// Ends all tokens and says so.
    TokenExpired,
    /// A call too many.
    TooMany,
    /// Does the work, and answers with errcode 0 and no `data`.
    NoData,
    /// A page without rows; its counts are right.
    EmptyPage,
    /// The rows of the page before it, with the counts of this one.
    RepeatPreviousPage,
}

impl Kind<Op> for Misbehaviour {
    fn mishap(&self) -> Option<Mishap> {
        Some(match self {
            Self::Delay { ms } => Mishap::Delay { ms: *ms },
            Self::DropBefore => Mishap::DropBefore,
            Self::DropAfter => Mishap::DropAfter,
            Self::DropThenWork { after_ms } => Mishap::DropThenWork { after_ms: *after_ms },
            Self::DropMidAnswer => Mishap::DropMidAnswer,
            Self::Http500 { work } => Mishap::Http500 { work: *work },
            Self::Html => Mishap::Html,
            Self::HalfJson => Mishap::HalfJson,
            Self::Garbage => Mishap::Garbage,
            Self::Redirect { to } => Mishap::Redirect { to: to.clone() },
            Self::Refuse { .. }
            | Self::TokenExpired
            | Self::TooMany
            | Self::NoData
            | Self::EmptyPage
            | Self::RepeatPreviousPage => return None,
        })
    }

    fn concerns(&self, op: Op) -> bool {
        op == Op::List || !matches!(self, Self::EmptyPage | Self::RepeatPreviousPage)
    }
}
