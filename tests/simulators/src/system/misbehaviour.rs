//! What can go wrong with a call of a system that has no misbehaviours of its own.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Answer;
use crate::faults::{Kind, Mishap, Work};

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
            Self::TokenLost | Self::TooMany | Self::RepeatPreviousPage | Self::EmptyPage | Self::RowTwice => {
                return None;
            }
        })
    }

    fn concerns(&self, op: O) -> bool {
        op.is_query() || !matches!(self, Self::RepeatPreviousPage | Self::EmptyPage | Self::RowTwice)
    }
}

fn twenty_seconds() -> u64 {
    20_000
}

/// The operations of such a system.
pub trait Operation: Copy {
    /// Whether it lists records in pages.
    fn is_query(self) -> bool;
}

/// The pages of such a system, which are twisted as the JSON that they are.
#[derive(Default)]
pub struct Pages {
    /// The page before, and how many rows it has.
    previous: Option<(Bytes, usize)>,
}

impl Pages {
    /// The answer to a query, twisted by a misbehaviour if that concerns its page. A refusal counts as a page.
    pub fn twist(&mut self, mut answer: Answer, what: Option<&Misbehaviour>) -> Answer {
        if let (Some(Misbehaviour::RepeatPreviousPage), Some((body, rows))) = (what, &self.previous) {
            (answer.body, answer.rows) = (body.clone(), *rows);
        }
        if let (Some(Misbehaviour::RowTwice), Ok(mut page)) = (what, serde_json::from_slice(&answer.body))
            && double_first_row(&mut page)
        {
            (answer.body, answer.rows) = (page.to_string().into(), answer.rows + 1);
        }
        self.previous = Some((answer.body.clone(), answer.rows));
        Answer { ends_query: true, ..answer }
    }
}

/// Doubles the first object of the first list of objects in a page. `false`: there is none.
fn double_first_row(page: &mut Value) -> bool {
    match page {
        Value::Array(list) if list.first().is_some_and(Value::is_object) => {
            list.insert(1, list[0].clone());
            true
        }
        Value::Object(fields) => fields.values_mut().any(double_first_row),
        _ => false,
    }
}
