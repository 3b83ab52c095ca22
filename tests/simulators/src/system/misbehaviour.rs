//! What can go wrong with a call, whatever the system.

use serde::{Deserialize, Serialize};

use super::Operation;
use crate::faults::{Kind, Work};

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
        #[serde(default = "twenty_seconds")]
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
    /// Ends the caller's token and says so, as the system says it.
    TokenLost,
    /// Says that there were too many calls, as the system says it.
    TooMany,
    /// Answers a query with the rows of the query before it.
    RepeatPreviousPage,
    /// Answers a query with no rows.
    EmptyPage,
    /// Answers a query with its first row twice.
    RowTwice,
}

impl<O: Operation> Kind<O> for Misbehaviour {
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
            Self::TokenLost => "token_lost",
            Self::TooMany => "too_many",
            Self::RepeatPreviousPage => "repeat_previous_page",
            Self::EmptyPage => "empty_page",
            Self::RowTwice => "row_twice",
        }
    }

    fn delay_ms(&self) -> Option<u64> {
        match self {
            Self::Delay { ms } => Some(*ms),
            _ => None,
        }
    }

    fn concerns(&self, op: O) -> bool {
        op.is_query() || !matches!(self, Self::RepeatPreviousPage | Self::EmptyPage | Self::RowTwice)
    }
}

fn twenty_seconds() -> u64 {
    20_000
}
