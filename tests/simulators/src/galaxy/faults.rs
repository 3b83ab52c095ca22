//! Galaxy's misbehaviours.

use serde::{Deserialize, Serialize};

use super::answer::MsgCode;
use super::envelope::Op;
use super::materials::Change;
use crate::faults::{self, Kind, Mishap, Work};

/// A misbehaviour and when it shall happen.
pub type Fault = faults::Fault<Op, Misbehaviour>;
/// A fault that is armed, and what has become of it.
pub type Armed = faults::Armed<Op, Misbehaviour>;
/// A change of the materials that waits for a query.
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
    /// Ends the caller's session (if it has one) and says so.
    SessionLost,
    /// MsgCode 14.
    CallLimit,
    /// Any other MsgCode, for the call as a whole.
    Refuse {
        /// The code.
        code: MsgCode,
        /// What it says.
        message: String,
    },
    /// HTTP 200 with bytes that are no text.
    Garbage,
    /// HTTP 302.
    Redirect {
        /// The `Location`.
        to: String,
    },
    /// Answers a query with the rows of the query before it.
    RepeatPreviousPage,
    /// Answers a query as if its filter said nothing of the internal id.
    IgnoreKeyFilter,
    /// Answers a query with no rows.
    EmptyPage,
    /// Answers a query with its first row twice.
    RowTwice,
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
            Self::SessionLost
            | Self::CallLimit
            | Self::Refuse { .. }
            | Self::RepeatPreviousPage
            | Self::IgnoreKeyFilter
            | Self::EmptyPage
            | Self::RowTwice => return None,
        })
    }

    fn concerns(&self, op: Op) -> bool {
        let is_for_queries = matches!(
            self,
            Self::RepeatPreviousPage | Self::IgnoreKeyFilter | Self::EmptyPage | Self::RowTwice
        );
        op.is_query() || !is_for_queries
    }
}

fn twenty_seconds() -> u64 {
    20_000
}

#[cfg(test)]
mod tests {
    use super::*;

    type Faults = faults::Faults<Op, Misbehaviour, Change>;

    fn hits(faults: &mut Faults, op: Op, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| faults.draw(op).what.is_some()).collect()
    }

    #[test]
    fn a_fault_hits_the_calls_it_was_armed_for() {
        let mut faults = Faults::default();
        faults.arm(Fault::next(&[Op::Save], Misbehaviour::DropAfter).skip(1).times(2));
        assert_eq!(hits(&mut faults, Op::View, 3), [false; 3]);
        assert_eq!(hits(&mut faults, Op::Save, 5), [false, true, true, false, false]);
        assert_eq!((faults.armed[0].seen, faults.armed[0].fired), (5, 2));
    }

    #[test]
    fn chances_are_the_same_for_the_same_seed_and_about_right() {
        let draw = |seed| {
            let mut faults = Faults::default();
            faults.arm(Fault::next(&[], Misbehaviour::Html).with_probability(0.25, seed));
            hits(&mut faults, Op::Save, 1000)
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let fired = draw(1).into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&fired), "{fired}");
    }

    #[test]
    fn a_delay_combines_with_what_follows_it() {
        let mut faults = Faults::default();
        faults.arm(Fault::next(&[], Misbehaviour::Delay { ms: 5 }));
        faults.arm(Fault::next(&[], Misbehaviour::Html));
        let drawn = faults.draw(Op::Save);
        assert_eq!((drawn.delay_ms, drawn.what), (5, Some(Misbehaviour::Html)));
        assert_eq!(drawn.name.as_deref(), Some("delay+html"));
    }
}
