//! All that a simulator holds, and the work of one call.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use super::{Answer, Call, Config, Request, Setting, System, Way, now_ms, shanghai};
use crate::control::to_json;
use crate::faults::{Drawn, Faults};
use crate::log::Log;

/// All that a simulator holds.
pub struct Held<S: System> {
    pub(crate) config: Config<S>,
    pub(crate) system: S,
    pub(crate) switches: S::Switches,
    pub(crate) faults: Faults<S::Op, S::Misbehaviour, S::Change>,
    pub(crate) log: Log<S::Op>,
    /// Calls at work now and the most there were, by operation.
    at_once: BTreeMap<Option<S::Op>, (usize, usize)>,
}

/// A call that has arrived.
pub(crate) struct Arrived<S: System> {
    /// Its number in the log.
    pub n: u64,
    /// Calls at work, itself included.
    pub concurrent: usize,
    pub way: Way<S::Op>,
    /// What shall go wrong with it.
    pub drawn: Drawn<S::Misbehaviour>,
}

impl<S: System> Held<S> {
    pub(crate) fn new(config: Config<S>) -> Self {
        let switches = config.switches.clone();
        let system = S::new(&Setting::new(&config.data, &switches));
        Self {
            config,
            system,
            switches,
            faults: Faults::default(),
            log: Log::default(),
            at_once: BTreeMap::new(),
        }
    }

    /// Everything as at the start; calls at work go on and are counted.
    pub(crate) fn reset(&mut self) {
        self.switches = self.config.switches.clone();
        self.system = S::new(&Setting::new(&self.config.data, &self.switches));
        self.faults = Faults::default();
        self.clear_log();
    }

    /// Disarms all faults and changes that wait.
    pub(crate) fn disarm(&mut self) {
        self.faults.armed.clear();
        self.faults.hooks.clear();
    }

    /// Empties the log and the counters.
    pub(crate) fn clear_log(&mut self) {
        self.log = Log::default();
        for (now, most) in self.at_once.values_mut() {
            *most = *now;
        }
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub(crate) fn now_ms(&self) -> i64 {
        now_ms::<S>(&self.switches)
    }

    /// The simulator's clock on the wall, in Asia/Shanghai.
    pub(crate) fn now(&self) -> NaiveDateTime {
        shanghai(self.now_ms())
    }

    /// Changes the data now; how many records were touched.
    pub(crate) fn change(&mut self, change: &S::Change) -> usize {
        self.system.change(change, &Setting::new(&self.config.data, &self.switches))
    }

    /// The most calls of an operation that were at work at once.
    pub(crate) fn most_at_once(&self, op: S::Op) -> usize {
        self.at_once.get(&Some(op)).map_or(0, |(_, most)| *most)
    }

    /// The sums, with the most calls of each operation that were at work at once.
    pub(crate) fn counters_with_most_at_once(&self) -> Value {
        let most = self.at_once.iter().map(|(op, (_, most))| (to_json(op), *most));
        let most = most.filter_map(|(op, most)| Some((op.as_str()?.to_owned(), most.into())));
        let mut counters = to_json(&self.log.counters);
        counters["most_at_once"] = Value::Object(most.collect());
        counters
    }

    /// Notes a call that has arrived, decides what shall go wrong with it, and counts it among those at work until
    /// [`Held::ended`].
    pub(crate) fn arrived(&mut self, request: &Request) -> Arrived<S> {
        let way = S::find(request, &self.switches);
        let op = way.named();
        let (now, most) = self.at_once.entry(op).or_default();
        *now += 1;
        *most = (*most).max(*now);
        let concurrent = self.at_once.values().map(|(now, _)| now).sum();

        let at = DateTime::from_timestamp_millis(self.now_ms()).unwrap_or_default();
        let at = at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let shown = op.map(|op| S::shown(op, request)).unwrap_or_default();
        let n = self.log.arrived(at, op, S::shown_path(request), &shown, concurrent);
        let drawn = op.map(|op| self.faults.draw(op)).unwrap_or_default();
        if let Some(name) = &drawn.name {
            self.log.counters.faults += 1;
            if let Some(entry) = self.log.entry(n) {
                entry.fault = Some(name.clone());
            }
        }
        Arrived { n, concurrent, way, drawn }
    }

    /// A call is not at work any more.
    pub(crate) fn ended(&mut self, op: Option<S::Op>) {
        if let Some((now, _)) = self.at_once.get_mut(&op) {
            *now -= 1;
        }
    }

    /// Does the work of the call with this number, twisted by a misbehaviour if that concerns the work.
    pub(crate) fn work(
        &mut self,
        n: u64,
        request: &Request,
        op: S::Op,
        concurrent: usize,
        what: Option<&S::Misbehaviour>,
    ) -> Answer {
        let setting = Setting::new(&self.config.data, &self.switches);
        let call = Call { op, request, concurrent, what, setting };
        if let Some(answer) = self.system.instead(&call) {
            return answer;
        }
        let started = Instant::now();
        let answer = self.system.work(&call);
        if answer.ends_query {
            for change in self.faults.after_query() {
                self.change(&change);
            }
        }
        let took = started.elapsed();
        self.log.counters.rows += answer.rows as u64;
        if let Some(entry) = self.log.entry(n) {
            entry.auth.clone_from(&answer.auth);
            entry.work_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        }
        answer
    }
}
