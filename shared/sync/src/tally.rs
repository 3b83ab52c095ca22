//! What a flow has done since it began: runs, records by what became of them, and its calls by interface.
//!
//! All of it lies in the state document and is committed with what it counts: a commit adds what was done since
//! the one before, so that a kill neither doubles a record's count nor loses it. Calls are counted when they are
//! made ([`Ledger`]); those since the last commit of a run that is killed are forgotten.

mod ledger;

pub use ledger::Ledger;

use crate::events::Event;
use crate::problem::Problem;
use crate::report::{Counts, Retried};
use crate::shanghai;
use crate::view::object;
use ferry_platforms::Class;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Upper bounds of a run's buckets, in milliseconds; one more bucket holds what took longer.
pub const RUN_BOUNDS: [u64; 8] = [100, 500, 1000, 5000, 10_000, 30_000, 60_000, 120_000];
/// The same of a call's.
pub const CALL_BOUNDS: [u64; 11] = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];
/// The classes of errors, as they are told.
pub const CLASSES: [&str; 5] = ["transport", "rate_limit", "credentials", "business", "fatal"];
/// Interfaces that are counted; a flow has fewer than ten.
pub const MOST: usize = 32;
/// Characters of an error's words that are kept.
pub const WORDS: usize = 240;

/// Times, by buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// How many in each bucket; the last has no upper bound. Empty before the first.
    counts: Vec<u64>,
    sum_ms: u64,
}

impl Histogram {
    fn add(&mut self, bounds: &[u64], time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.counts.resize(bounds.len() + 1, 0);
        self.counts[bounds.partition_point(|bound| *bound < ms)] += 1;
        self.sum_ms = self.sum_ms.saturating_add(ms);
    }

    fn merge(&mut self, more: &Histogram) {
        add(&mut self.counts, &more.counts);
        self.sum_ms = self.sum_ms.saturating_add(more.sum_ms);
    }

    fn shown(&self, bounds: &[u64]) -> Value {
        let mut counts = self.counts.clone();
        counts.resize(bounds.len() + 1, 0);
        object([("bounds_ms", bounds.into()), ("counts", counts.into()), ("sum_ms", self.sum_ms.into())])
    }
}

/// Runs and records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Unix seconds when the counting began; 0: not yet.
    pub since: i64,
    runs_ok: u64,
    runs_failed: u64,
    rows: Counts,
    retried: Retried,
    runs: Histogram,
    /// Unix seconds when the last run began that no person asked to do something else; 0: there was none.
    pub last_run: i64,
}

impl Totals {
    /// Nothing yet, counted from this time on, Unix seconds.
    pub fn from(since: i64) -> Self {
        Totals { since, ..Totals::default() }
    }

    /// What was done with records since the last commit.
    pub fn add(&mut self, rows: &Counts, retried: &Retried) {
        self.rows = self.rows.plus(rows);
        self.retried = self.retried.plus(retried);
    }

    /// A run that came to its end.
    pub fn ran(&mut self, began: i64, time: Duration, failed: bool) {
        *(if failed { &mut self.runs_failed } else { &mut self.runs_ok }) += 1;
        self.runs.add(&RUN_BOUNDS, time);
        self.last_run = began;
    }

    /// As the state's route shows them.
    pub fn shown(&self, now: i64) -> Value {
        let Counts { records, filtered, written, already_there, dead, pending, .. } = self.rows;
        let Retried { delivered, failed, parked, .. } = self.retried;
        let since = if self.since == 0 { now } else { self.since };
        object([
            ("since", shanghai::text(since).into()),
            ("runs", object([("ok", self.runs_ok.into()), ("failed", self.runs_failed.into())])),
            (
                "records",
                object([
                    ("read", records.into()),
                    ("filtered", filtered.into()),
                    ("written", written.into()),
                    ("already_there", already_there.into()),
                    ("dead", dead.into()),
                    ("pending", pending.into()),
                ]),
            ),
            (
                "retried",
                object([
                    ("delivered", delivered.into()),
                    ("failed", failed.into()),
                    ("parked", parked.into()),
                ]),
            ),
            ("run_seconds", self.runs.shown(&RUN_BOUNDS)),
        ])
    }
}

/// An interface of a vendor, as one flow uses it by one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    account: String,
    platform: String,
    /// The vendor's own name of it: a method, a path.
    interface: String,
    calls: u64,
    /// In the order of [`CLASSES`]; empty before the first.
    errors: Vec<u64>,
    latency: Histogram,
    /// The number of the last day with a call.
    day: i64,
    day_calls: u64,
    /// The number of the last minute with a call.
    minute: i64,
    minute_calls: u64,
    /// By the name of its class.
    last_error: Option<Event>,
}

impl Interface {
    fn called(&mut self, now: i64) {
        self.calls += 1;
        self.count(day(now), 1, now.div_euclid(60), 1);
    }

    /// Adds to what was counted in the same day and minute, or begins with later ones.
    fn count(&mut self, day: i64, day_calls: u64, minute: i64, minute_calls: u64) {
        if day > self.day {
            (self.day, self.day_calls) = (day, 0);
        }
        if day == self.day {
            self.day_calls += day_calls;
        }
        if minute > self.minute {
            (self.minute, self.minute_calls) = (minute, 0);
        }
        if minute == self.minute {
            self.minute_calls += minute_calls;
        }
    }

    fn erred(&mut self, now: i64, class: Class, problem: &Problem) {
        self.errors.resize(CLASSES.len(), 0);
        self.errors[class as usize] += 1;
        self.last_error = Some(Event::new("error", CLASSES[class as usize], "", now, problem));
    }

    fn merge(&mut self, more: &Interface) {
        self.calls += more.calls;
        add(&mut self.errors, &more.errors);
        self.latency.merge(&more.latency);
        self.count(more.day, more.day_calls, more.minute, more.minute_calls);
        if more.last_error.is_some() {
            self.last_error.clone_from(&more.last_error);
        }
    }

    /// As the state's route shows it.
    pub fn shown(&self) -> Value {
        let errors = CLASSES.iter().enumerate().map(|(at, class)| {
            ((*class).to_owned(), self.errors.get(at).copied().unwrap_or_default().into())
        });
        let minute = shanghai::text(self.minute * 60);
        object([
            ("account", self.account.as_str().into()),
            ("platform", self.platform.as_str().into()),
            ("interface", self.interface.as_str().into()),
            ("calls", self.calls.into()),
            ("errors", Value::Object(errors.collect())),
            ("latency", self.latency.shown(&CALL_BOUNDS)),
            ("today", object([("date", date(self.day).into()), ("calls", self.day_calls.into())])),
            ("last_minute", object([("minute", minute[..16].into()), ("calls", self.minute_calls.into())])),
            ("last_error", self.last_error.as_ref().map_or(Value::Null, last_error)),
        ])
    }
}

fn last_error(error: &Event) -> Value {
    object([
        ("at", shanghai::text(error.at).into()),
        ("class", (*error.event).into()),
        ("message", (*error.message).into()),
        ("message_zh", (*error.message_zh).into()),
    ])
}

const DAY: i64 = 86_400;

/// The number of a day of the zone's calendar.
fn day(now: i64) -> i64 {
    (now + i64::from(shanghai::OFFSET)).div_euclid(DAY)
}

fn date(day: i64) -> String {
    shanghai::text(day * DAY)[..10].to_owned()
}

/// Adds counts to others, which may not have begun.
fn add(kept: &mut Vec<u64>, more: &[u64]) {
    kept.resize(kept.len().max(more.len()), 0);
    for (count, more) in kept.iter_mut().zip(more) {
        *count += more;
    }
}

/// The beginning of a text.
pub fn short(text: &str) -> Box<str> {
    match text.char_indices().nth(WORDS) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}

/// Adds the calls of a run to those before.
pub fn merge(kept: &mut Vec<Interface>, more: &[Interface]) {
    for more in more {
        let same = |one: &Interface| one.account == more.account && one.interface == more.interface;
        match kept.iter().position(same) {
            Some(at) => kept[at].merge(more),
            None if kept.len() < MOST => kept.push(more.clone()),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bucket_ends_with_its_bound() {
        let mut times = Histogram::default();
        for ms in [0, 10, 11, 30_000, 30_001, 99_999_999] {
            times.add(&CALL_BOUNDS, Duration::from_millis(ms));
        }
        let shown = times.shown(&CALL_BOUNDS);
        assert_eq!(shown["counts"], json!([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
        assert_eq!(shown["sum_ms"], 100_060_021);
        assert_eq!(Histogram::default().shown(&RUN_BOUNDS)["counts"], json!([0, 0, 0, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn a_minute_and_a_day_begin_anew_and_never_go_back() {
        let mut one = Interface { interface: "x".into(), ..Interface::default() };
        // 2026-11-30 23:59:30 in Shanghai.
        let late = shanghai::parse("2026-11-30 23:59:30").unwrap();
        for now in [late, late + 1, late + 40, late + 2] {
            one.called(now);
        }
        let shown = one.shown();
        assert_eq!(shown["calls"], 4);
        assert_eq!(shown["today"], json!({"date": "2026-12-01", "calls": 1}));
        assert_eq!(shown["last_minute"], json!({"minute": "2026-12-01 00:00", "calls": 1}));
        let mut kept = vec![one.clone()];
        one.called(late + 41);
        merge(&mut kept, &[one]);
        assert_eq!(kept[0].shown()["calls"], 9);
        assert_eq!(kept[0].shown()["today"]["calls"], 3);
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut kept = Vec::new();
        for number in 0..100 {
            merge(&mut kept, &[Interface { interface: format!("/{number}"), ..Interface::default() }]);
        }
        assert_eq!(kept.len(), MOST);
        assert_eq!(short(&"错".repeat(1000)).chars().count(), WORDS + 1);
    }
}
