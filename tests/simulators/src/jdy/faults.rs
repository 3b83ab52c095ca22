//! 星辰's misbehaviours.

use serde::{Deserialize, Serialize};

use super::customers::Change;
use super::op::Op;
use crate::faults::{self, Kind, Work};

/// A misbehaviour and when it shall happen.
pub type Fault = faults::Fault<Op, Misbehaviour>;
/// A fault that is armed, and what has become of it.
pub type Armed = faults::Armed<Op, Misbehaviour>;
/// A change of the customers that waits for a list.
pub type Hook = faults::Hook<Change>;
/// What is armed.
pub(super) type Faults = faults::Faults<Op, Misbehaviour, Change>;

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
    fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::DropThenWork { .. } => "drop_then_work",
            Self::DropMidAnswer => "drop_mid_answer",
            Self::Http500 { .. } => "http500",
            Self::Html => "html",
            Self::HalfJson => "half_json",
            Self::Garbage => "garbage",
            Self::Redirect { .. } => "redirect",
            Self::Refuse { .. } => "refuse",
            Self::TokenExpired => "token_expired",
            Self::TooMany => "too_many",
            Self::NoData => "no_data",
            Self::EmptyPage => "empty_page",
            Self::RepeatPreviousPage => "repeat_previous_page",
        }
    }

    fn delay_ms(&self) -> Option<u64> {
        match self {
            Self::Delay { ms } => Some(*ms),
            _ => None,
        }
    }

    fn concerns(&self, op: Op) -> bool {
        op == Op::List || !matches!(self, Self::EmptyPage | Self::RepeatPreviousPage)
    }
}
