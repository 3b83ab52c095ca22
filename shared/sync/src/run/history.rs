//! What a run leaves for those who look: what it did is added to the flow's totals with every commit, what
//! happened is told as events.

use super::Run;
use super::deliver::STOP_AFTER;
use crate::events::Event;
use crate::jobs::Job;
use crate::problem::Problem;
use crate::report::{Report, Trigger};
use crate::state::State;
use crate::{shanghai, tally};
use std::time::Duration;

/// Records that became dead letters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Buried {
    count: u64,
    /// The first of them.
    ids: Vec<String>,
    /// The last one's error.
    code: Box<str>,
}

/// Ids that an event names.
const NAMED: usize = 5;
/// Notes of a run that are events too.
const NOTABLE: [&str; 9] = [
    "watermark_set",
    "file_saved",
    "file_used",
    "clock_skew",
    "skipped",
    "unskipped",
    "dead_deleted",
    "dead_forgotten",
    "job_cancelled",
];
/// A run's failure and its end.
const FAILED: &str = "run_failed";
const REFUSED: &str = "refused_in_a_row";
const RECOVERED: &str = "run_recovered";
/// What is still so is told again after so long, in seconds.
const AGAIN: i64 = 3600;

impl Buried {
    pub fn add(&mut self, id: &str, error: &Problem) {
        self.count += 1;
        self.code.clone_from(&error.code);
        if self.ids.len() < NAMED {
            // An id comes from outside and may have any length.
            self.ids.push(id.chars().take(40).collect());
        }
    }

    fn problem(&self) -> Problem {
        let (count, code) = (self.count, &self.code);
        let more = if self.ids.len() as u64 == count { "" } else { ", …" };
        let ids = self.ids.join(", ");
        Problem::new(
            code,
            format!("{count} records became dead letters ({code}): {ids}{more}"),
            format!("{count} 条记录成为死信（{code}）：{ids}{more}"),
        )
    }
}

impl Run<'_> {
    /// Adds to a state that is about to be committed what was done since the last commit.
    pub(super) fn take_up(&mut self, state: &mut State) {
        self.called_until_now();
        tally::merge(&mut state.interfaces, &self.called);
        let (work, before) = (&self.work, &self.committed);
        if state.totals.since == 0 {
            state.totals.since = self.started_ms.div_euclid(1000);
        }
        state.totals.add(&work.counts.since(&before.counts), &work.retried.since(&before.retried));
        if work.buried != before.buried {
            let event = Event::new("warn", "dead_letters", &self.run_id, self.now(), &work.buried.problem());
            state.events.push_for_run(event);
        }
    }

    fn called_until_now(&mut self) {
        let called = [
            self.source.called(),
            self.target.called(),
            self.finder.as_mut().map(crate::lookup::Finder::called).unwrap_or_default(),
        ];
        for called in called {
            tally::merge(&mut self.called, &called);
        }
    }

    /// What this run has to tell besides its report, which had so many failed ones before it.
    pub(super) fn tell_events(&mut self, report: &Report, failures: u32) {
        let (now, began) = (self.now(), self.started_ms.div_euclid(1000));
        let events = &mut self.work.state.events;
        for note in self.notes.iter().filter(|note| NOTABLE.contains(&&*note.code)) {
            let goes_on = &*note.code == "clock_skew";
            if !goes_on || !events.0.iter().any(|one| *one.event == *note.code && one.at > now - AGAIN) {
                let level = if goes_on { "warn" } else { "info" };
                events.push(Event::new(level, &note.code, &self.run_id, now, note));
            }
        }
        match &report.error {
            Some(error) => {
                let event = match &self.refused {
                    // Its words are those on a record.
                    Some(code) if &*error.code == REFUSED => {
                        let problem = Problem::new(
                            REFUSED,
                            format!("stopped: the target refused {STOP_AFTER} records in a row ({code})"),
                            format!("已停止：目标系统连续拒绝了 {STOP_AFTER} 条记录（{code}）"),
                        );
                        Event::new("error", REFUSED, &self.run_id, now, &problem)
                    }
                    _ => Event::new("error", FAILED, &self.run_id, now, error),
                };
                self.work.state.events.push_or_repeat(&[FAILED, REFUSED, RECOVERED], event);
            }
            None if failures > self.work.state.failures => {
                let problem = Problem::new(
                    RECOVERED,
                    format!("recovered after {failures} failed runs"),
                    format!("连续失败 {failures} 次后恢复正常"),
                );
                self.work.state.events.push(Event::new("info", RECOVERED, &self.run_id, now, &problem));
            }
            None => {}
        }
        if self.trigger != Trigger::Operator {
            let time = Duration::from_millis(report.duration_ms);
            self.work.state.totals.ran(began, time, report.error.is_some());
        }
    }

    pub(super) fn tell_job(&mut self, job: &Job, event: &str) {
        let Job { id, kind, begin, end, .. } = job;
        let kind = serde_json::to_value(kind).unwrap_or_default();
        let kind = kind.as_str().unwrap_or_default();
        let range = (shanghai::text(*begin), shanghai::text(*end));
        let (en, zh) =
            if event == "job_asked" { ("was asked for", "已提交") } else { ("is finished", "已完成") };
        let problem = Problem::new(
            event,
            format!("the job {id} ({kind}, {} to {}) {en}", range.0, range.1),
            format!("任务 {id}（{kind}，{} 至 {}）{zh}", range.0, range.1),
        );
        self.work.state.events.push(Event::new("info", event, &self.run_id, self.now(), &problem));
    }
}
