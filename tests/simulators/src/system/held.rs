//! All that a simulator holds, and the work of one call.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chrono::NaiveDateTime;
use serde_json::Value;

use super::{Answer, Call, Config, Misbehaviour, Operation, Request, System, shanghai};
use crate::faults::Faults;
use crate::log::Log;

pub(crate) struct Held<S: System> {
    pub config: Config<S>,
    pub system: S,
    pub switches: S::Switches,
    pub faults: Faults<S::Op, Misbehaviour, S::Change>,
    pub log: Log<S::Op>,
    /// Calls at work now and the most there were, by operation.
    pub at_once: BTreeMap<S::Op, (usize, usize)>,
    previous_page: Option<(Bytes, usize)>,
}

impl<S: System> Held<S> {
    pub fn new(config: Config<S>) -> Self {
        let switches = config.switches.clone();
        let system = S::new(&config.data, shanghai(now_ms::<S>(&switches)));
        Self {
            config,
            system,
            switches,
            faults: Faults::default(),
            log: Log::default(),
            at_once: BTreeMap::new(),
            previous_page: None,
        }
    }

    /// Everything as at the start; calls at work go on and are counted.
    pub fn reset(&mut self) {
        self.switches = self.config.switches.clone();
        self.system = S::new(&self.config.data, self.now());
        self.faults = Faults::default();
        self.previous_page = None;
        self.clear_log();
    }

    /// Empties the log and the counters.
    pub fn clear_log(&mut self) {
        self.log = Log::default();
        for (now, most) in self.at_once.values_mut() {
            *most = *now;
        }
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        now_ms::<S>(&self.switches)
    }

    /// The simulator's clock on the wall, in Asia/Shanghai.
    pub fn now(&self) -> NaiveDateTime {
        shanghai(self.now_ms())
    }

    /// Does the work of one call, twisted by a misbehaviour if that concerns the work.
    pub fn work(&mut self, request: &Request, op: S::Op, what: Option<&Misbehaviour>) -> Answer {
        let empty_page = matches!(what, Some(Misbehaviour::EmptyPage));
        let call =
            Call { op, request, switches: &self.switches, now_ms: now_ms::<S>(&self.switches), empty_page };
        let mut answer = match what {
            Some(Misbehaviour::TokenLost) => self.system.lose_token(&call),
            Some(Misbehaviour::TooMany) => self.system.too_many(&call),
            _ => self.system.work(&call),
        };
        if op.is_query() {
            if let (Some(Misbehaviour::RepeatPreviousPage), Some((body, rows))) = (what, &self.previous_page)
            {
                (answer.body, answer.rows) = (body.clone(), *rows);
            }
            if let (Some(Misbehaviour::RowTwice), Ok(mut page)) = (what, serde_json::from_slice(&answer.body))
                && double_first_row(&mut page)
            {
                (answer.body, answer.rows) = (page.to_string().into(), answer.rows + 1);
            }
            self.previous_page = Some((answer.body.clone(), answer.rows));
            let now = self.now();
            for change in self.faults.after_query() {
                self.system.change(&change, now);
            }
        }
        answer
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

fn now_ms<S: System>(switches: &S::Switches) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    i64::try_from(since).unwrap_or(i64::MAX).saturating_add(S::clock_offset_ms(switches))
}
