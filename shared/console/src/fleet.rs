//! How each flow fares, worst first.

use crate::catalogue::{About, FlowEntry};
use crate::visit::Visit;
use crate::words::{count, text, time_of};
use crate::Answer;
use serde_json::Value;

/// A flow's state at a glance. In the order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Runs end in errors.
    Failing,
    /// It answers no more, or no run has come for long.
    Stopped,
    /// The lag is beyond what its schedule allows.
    Behind,
    /// It has dead letters that wait for a person, or records that wait for partners.
    Waiting,
    /// It has no state.
    NeverRun,
    /// All is well.
    Flowing,
}

/// A flow and what it says of itself.
pub struct Fared<'f> {
    /// The flow.
    pub entry: &'f FlowEntry,
    /// What its file says.
    pub about: About,
    /// What it answered.
    pub answer: Answer,
    /// The judgement.
    pub health: Health,
}

impl Fared<'_> {
    /// The document; null without state.
    pub fn state(&self) -> &Value {
        if self.answer.status == 200 { &self.answer.body } else { &Value::Null }
    }
}

/// All enabled flows, worst first.
pub fn all<'v>(v: &Visit<'v>) -> Vec<Fared<'v>> {
    let mut flows: Vec<Fared<'v>> = v.flows().map(|entry| one(v, entry)).collect();
    flows.sort_by_key(|flow| flow.health);
    flows
}

/// One flow.
pub fn one<'v>(v: &Visit<'v>, entry: &'v FlowEntry) -> Fared<'v> {
    let answer = v.ask(entry.name, "GET", "", None);
    let health = judged(&answer, v.now());
    Fared { entry, about: entry.about(v.language), answer, health }
}

fn judged(answer: &Answer, now: i64) -> Health {
    let state = &answer.body;
    match answer.status {
        200 => {}
        409 if text(&state["error"]["code"]) == "not_initialised" => return Health::NeverRun,
        _ => return Health::Stopped,
    }
    let every = i64::try_from(count(&state["expect_every_seconds"])).unwrap_or(0);
    let since = |name: &str| time_of(&state[name]).map(|at| now - at);
    if count(&state["failures"]) > 0 {
        Health::Failing
    } else if every > 0 && since("last_run_at").is_some_and(|since| since > 2 * every) {
        Health::Stopped
    } else if every > 0 && state["lag_seconds"].as_i64().is_some_and(|lag| lag > 3 * every + 900) {
        Health::Behind
    } else if count(&state["dead"]["parked"]) + count(&state["dead"]["waiting"]) > 0 {
        Health::Waiting
    } else {
        Health::Flowing
    }
}
