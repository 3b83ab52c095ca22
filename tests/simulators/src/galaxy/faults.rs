//! Misbehaviour on command, and changes of the data in the middle of a scan.

use serde::{Deserialize, Serialize};

use super::envelope::Op;
use super::materials::Change;

/// A misbehaviour and when it shall happen. In JSON
/// `{"ops": ["ExecuteBillQuery"], "skip": 2, "times": 1, "what": {"kind": "drop_after"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operations it is for; empty for all.
    #[serde(default)]
    pub ops: Vec<Op>,
    /// Calls of these operations to let pass before the first one is hit.
    #[serde(default)]
    pub skip: usize,
    /// How many calls it hits; `None` (null in JSON) for all that follow. 1 when absent in JSON.
    #[serde(default = "once")]
    pub times: Option<usize>,
    /// Hits only with this probability; always when absent.
    #[serde(default)]
    pub chance: Option<Chance>,
    /// The misbehaviour.
    pub what: Misbehaviour,
}

impl Fault {
    /// A misbehaviour of the next call of one of these operations (of any, if empty).
    pub fn next(ops: &[Op], what: Misbehaviour) -> Self {
        Self { ops: ops.to_vec(), skip: 0, times: once(), chance: None, what }
    }

    /// The same, after letting some calls pass.
    pub fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// The same for a number of calls.
    pub fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same for all calls that follow, each with a probability between 0 and 1. Calls are decided
    /// in the order of their arrival, from a generator with this seed.
    pub fn with_probability(self, probability: f64, seed: u64) -> Self {
        Self { times: None, chance: Some(Chance { probability, seed }), ..self }
    }
}

fn once() -> Option<usize> {
    Some(1)
}

/// A probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// Between 0 and 1.
    pub probability: f64,
    /// The same seed makes the same decisions.
    pub seed: u64,
}

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
}

impl Misbehaviour {
    /// Its name in JSON and in the call log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::DropThenWork { .. } => "drop_then_work",
            Self::DropMidAnswer => "drop_mid_answer",
            Self::Http500 { .. } => "http500",
            Self::Html => "html",
            Self::HalfJson => "half_json",
            Self::SessionLost => "session_lost",
            Self::CallLimit => "call_limit",
            Self::Garbage => "garbage",
            Self::Redirect { .. } => "redirect",
            Self::RepeatPreviousPage => "repeat_previous_page",
            Self::IgnoreKeyFilter => "ignore_key_filter",
            Self::EmptyPage => "empty_page",
        }
    }

    fn is_for_queries(&self) -> bool {
        matches!(self, Self::RepeatPreviousPage | Self::IgnoreKeyFilter | Self::EmptyPage)
    }
}

fn twenty_seconds() -> u64 {
    20_000
}

/// Whether work is done before a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// It is not.
    #[default]
    Undone,
    /// It is.
    Done,
}

/// A fault that is armed, and what has become of it.
#[derive(Clone, Debug, Serialize)]
pub struct Armed {
    /// The name under which it was armed, counted from 1.
    pub id: usize,
    /// The fault.
    pub fault: Fault,
    /// Calls of its operations since.
    pub seen: usize,
    /// Calls that it hit.
    pub fired: usize,
    #[serde(skip)]
    rng: fastrand::Rng,
}

/// A change of the materials that waits for a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// After this many queries from now (1 = the next one), when the answer is ready but not yet sent.
    pub after_query: usize,
    /// What then changes.
    pub change: Change,
}

/// What is armed.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub armed: Vec<Armed>,
    pub hooks: Vec<Hook>,
    last_id: usize,
}

/// What happens to one call.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub delay_ms: u64,
    pub what: Option<Misbehaviour>,
    pub name: Option<String>,
}

impl Faults {
    /// Arms a fault.
    pub fn arm(&mut self, fault: Fault) -> usize {
        self.last_id += 1;
        let rng = fastrand::Rng::with_seed(fault.chance.map_or(0, |chance| chance.seed));
        self.armed.push(Armed { id: self.last_id, fault, seen: 0, fired: 0, rng });
        self.last_id
    }

    /// Decides what happens to a call: all delays that apply, and the first other fault that does.
    pub fn draw(&mut self, op: Op) -> Drawn {
        let mut drawn = Drawn::default();
        let mut names: Vec<&str> = Vec::new();
        for armed in &mut self.armed {
            let fault = &armed.fault;
            let applies = fault.ops.is_empty() || fault.ops.contains(&op);
            if !applies || (fault.what.is_for_queries() && !op.is_query()) {
                continue;
            }
            armed.seen += 1;
            let is_delay = matches!(fault.what, Misbehaviour::Delay { .. });
            let used_up = fault.times.is_some_and(|times| armed.fired >= times);
            if armed.seen <= fault.skip || used_up || (!is_delay && drawn.what.is_some()) {
                continue;
            }
            if fault.chance.is_some_and(|chance| armed.rng.f64() >= chance.probability) {
                continue;
            }
            armed.fired += 1;
            names.push(fault.what.name());
            match &fault.what {
                Misbehaviour::Delay { ms } => drawn.delay_ms += ms,
                other => drawn.what = Some(other.clone()),
            }
        }
        if !names.is_empty() {
            drawn.name = Some(names.join("+"));
        }
        drawn
    }

    /// Counts a query; the changes that are due after it.
    pub fn after_query(&mut self) -> Vec<Change> {
        for hook in &mut self.hooks {
            hook.after_query = hook.after_query.saturating_sub(1);
        }
        let (due, waiting) =
            std::mem::take(&mut self.hooks).into_iter().partition(|hook| hook.after_query == 0);
        self.hooks = waiting;
        let due: Vec<Hook> = due;
        due.into_iter().map(|hook| hook.change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
