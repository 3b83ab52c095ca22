//! The last things that happened to a flow, for people: what failed and recovered, what an operator did.
//!
//! An event names records by their ids and never by their content: the state document is not sealed.

use crate::problem::Problem;
use crate::shanghai;
use crate::tally::short;
use crate::view::object;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;

/// Events kept.
pub const MOST: usize = 100;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unix seconds; of one that goes on, the last time.
    pub at: i64,
    /// `info`, `warn` or `error`.
    pub level: Box<str>,
    /// A stable name: `run_failed`.
    pub event: Box<str>,
    /// The run in which it happened.
    pub run_id: Box<str>,
    /// Where more than the name has to be the same for an event to be one that goes on: the error's code.
    #[serde(default)]
    pub code: Box<str>,
    /// How often it has happened without anything between.
    pub times: u64,
    /// In English.
    pub message: Box<str>,
    /// In Chinese.
    pub message_zh: Box<str>,
}

impl Event {
    /// An event of now, told in a problem's words.
    pub fn new(level: &str, event: &str, run_id: &str, at: i64, problem: &Problem) -> Self {
        Event {
            at,
            level: level.into(),
            event: event.into(),
            run_id: run_id.into(),
            code: problem.code.clone(),
            times: 1,
            message: short(&problem.message),
            message_zh: short(&problem.message_zh),
        }
    }

    /// As the state's route shows it.
    pub fn shown(&self) -> Value {
        object([
            ("at", shanghai::text(self.at).into()),
            ("level", (*self.level).into()),
            ("event", (*self.event).into()),
            ("run_id", (*self.run_id).into()),
            ("times", self.times.into()),
            ("message", (*self.message).into()),
            ("message_zh", (*self.message_zh).into()),
        ])
    }
}

/// The events of a flow, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Events(pub VecDeque<Event>);

impl Events {
    /// Adds one.
    pub fn push(&mut self, event: Event) {
        self.0.push_front(event);
        self.0.truncate(MOST);
    }

    /// Adds one that may go on for days: where the newest of these names is the same thing, it is that once more.
    pub fn push_or_repeat(&mut self, among: &[&str], mut event: Event) {
        let newest = self.0.iter().position(|one| among.contains(&&*one.event));
        if let Some(at) =
            newest.filter(|at| self.0[*at].event == event.event && self.0[*at].code == event.code)
            && let Some(before) = self.0.remove(at)
        {
            event.times = before.times + 1;
        }
        self.push(event);
    }

    /// Adds one of a run, in place of the one of the same name that the same run has told already.
    pub fn push_for_run(&mut self, event: Event) {
        self.0.retain(|one| one.event != event.event || one.run_id != event.run_id);
        self.push(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, code: &str, at: i64) -> Event {
        Event::new("error", name, "7-abc", at, &Problem::new(code, code, code))
    }

    fn names(events: &Events) -> Vec<String> {
        let name = |one: &Event| format!("{} {} {}", one.event, one.code, one.times);
        events.0.iter().map(name).collect()
    }

    #[test]
    fn what_goes_on_is_one_event_until_something_else_comes_between() {
        let among = ["run_failed", "run_recovered"];
        let mut events = Events::default();
        events.push_or_repeat(&among, event("run_failed", "no_answer", 1));
        events.push(event("watermark_set", "watermark_set", 2));
        events.push_or_repeat(&among, event("run_failed", "no_answer", 3));
        events.push_or_repeat(&among, event("run_failed", "login_failed", 4));
        events.push_or_repeat(&among, event("run_recovered", "run_recovered", 5));
        events.push_or_repeat(&among, event("run_failed", "login_failed", 6));
        assert_eq!(
            names(&events),
            [
                "run_failed login_failed 1",
                "run_recovered run_recovered 1",
                "run_failed login_failed 1",
                "run_failed no_answer 2",
                "watermark_set watermark_set 1",
            ]
        );
    }

    #[test]
    fn the_oldest_go() {
        let mut events = Events::default();
        for at in 0..1000 {
            events.push(event("x", "x", at));
        }
        assert_eq!((events.0.len(), events.0[0].at, events.0[MOST - 1].at), (MOST, 999, 900));
    }
}
