//! Misbehaviour on command, and changes of the data in the middle of a scan: when, not what. Each
//! vendor has operations `O`, misbehaviours `M` and changes `C` of its own.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::control::to_json;

/// A vendor's misbehaviours. In JSON they are objects with their name as `kind`.
pub trait Kind<O>: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What it is, if it is something that can happen to a call of any system; `None` if it is the system's own.
    fn mishap(&self) -> Option<Mishap>;
    /// Whether it can befall this operation at all.
    fn concerns(&self, op: O) -> bool;
}

/// What can happen to a call of any system: its server sees to it. Vendors say which of these they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// A wait, which combines with what else goes wrong.
    Delay { ms: u64 },
    /// The connection ends before the work.
    DropBefore,
    /// The connection ends after the work.
    DropAfter,
    /// The connection ends, and the work is done later.
    DropThenWork { after_ms: u64 },
    /// The connection ends in the middle of the answer.
    DropMidAnswer,
    /// HTTP 500.
    Http500 { work: Work },
    /// HTTP 200 with an HTML page.
    Html,
    /// Half of the answer, announced as the whole.
    HalfJson,
    /// Bytes that are no text.
    Garbage,
    /// HTTP 302.
    Redirect { to: String },
}

/// A misbehaviour and when it shall happen. In JSON
/// `{"ops": ["ExecuteBillQuery"], "skip": 2, "times": 1, "what": {"kind": "drop_after"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "O: Deserialize<'de>, M: Deserialize<'de>"))]
pub struct Fault<O, M> {
    /// The operations it is for; empty for all.
    #[serde(default)]
    pub ops: Vec<O>,
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
    pub what: M,
}

impl<O: Clone, M> Fault<O, M> {
    /// A misbehaviour of the next call of one of these operations (of any, if empty).
    pub fn next(ops: &[O], what: M) -> Self {
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
pub struct Armed<O, M> {
    /// The name under which it was armed, counted from 1.
    pub id: usize,
    /// The fault.
    pub fault: Fault<O, M>,
    /// Calls of its operations since.
    pub seen: usize,
    /// Calls that it hit.
    pub fired: usize,
    #[serde(skip)]
    rng: fastrand::Rng,
}

/// A change of the data that waits for a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook<C> {
    /// After this many queries from now (1 = the next one), when the answer is ready but not yet sent.
    pub after_query: usize,
    /// What then changes.
    pub change: C,
}

/// What is armed.
#[derive(Debug)]
pub(crate) struct Faults<O, M, C> {
    pub armed: Vec<Armed<O, M>>,
    pub hooks: Vec<Hook<C>>,
    last_id: usize,
}

impl<O, M, C> Default for Faults<O, M, C> {
    fn default() -> Self {
        Self { armed: Vec::new(), hooks: Vec::new(), last_id: 0 }
    }
}

/// What happens to one call.
#[derive(Debug)]
pub(crate) struct Drawn<M> {
    pub delay_ms: u64,
    /// What goes wrong.
    pub what: Option<M>,
    /// The same, if it can happen to a call of any system.
    pub mishap: Option<Mishap>,
    /// As the call log names it.
    pub name: Option<String>,
}

impl<M> Default for Drawn<M> {
    fn default() -> Self {
        Self { delay_ms: 0, what: None, mishap: None, name: None }
    }
}

impl<O: Copy + PartialEq, M: Kind<O>, C> Faults<O, M, C> {
    /// Arms a fault.
    pub fn arm(&mut self, fault: Fault<O, M>) -> usize {
        self.last_id += 1;
        let rng = fastrand::Rng::with_seed(fault.chance.map_or(0, |chance| chance.seed));
        self.armed.push(Armed { id: self.last_id, fault, seen: 0, fired: 0, rng });
        self.last_id
    }

    /// Decides what happens to a call: all delays that apply, and the first other fault that does.
    pub fn draw(&mut self, op: O) -> Drawn<M> {
        let mut drawn = Drawn::default();
        let mut names: Vec<String> = Vec::new();
        for armed in &mut self.armed {
            let fault = &armed.fault;
            let applies = fault.ops.is_empty() || fault.ops.contains(&op);
            if !applies || !fault.what.concerns(op) {
                continue;
            }
            armed.seen += 1;
            let mishap = fault.what.mishap();
            let is_delay = matches!(mishap, Some(Mishap::Delay { .. }));
            let used_up = fault.times.is_some_and(|times| armed.fired >= times);
            if armed.seen <= fault.skip || used_up || (!is_delay && drawn.what.is_some()) {
                continue;
            }
            if fault.chance.is_some_and(|chance| armed.rng.f64() >= chance.probability) {
                continue;
            }
            armed.fired += 1;
            names.extend(to_json(&fault.what)["kind"].as_str().map(str::to_owned));
            match mishap {
                Some(Mishap::Delay { ms }) => drawn.delay_ms += ms,
                mishap => (drawn.what, drawn.mishap) = (Some(fault.what.clone()), mishap),
            }
        }
        if !names.is_empty() {
            drawn.name = Some(names.join("+"));
        }
        drawn
    }

    /// Counts a query; the changes that are due after it.
    pub fn after_query(&mut self) -> Vec<C> {
        for hook in &mut self.hooks {
            hook.after_query = hook.after_query.saturating_sub(1);
        }
        let (due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.hooks).into_iter().partition(|hook| hook.after_query == 0);
        self.hooks = waiting;
        due.into_iter().map(|hook| hook.change).collect()
    }
}
