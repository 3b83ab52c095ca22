//! The state document of a flow and the names of its keys (`design.md` 5).
//!
//! One document holds all that a run needs to know; it is written only by the run that holds the lease, under
//! that run's own ticket.

use crate::events::Events;
use crate::jobs::Job;
use crate::report::Report;
use crate::shanghai;
use crate::tally::{Interface, Totals};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// The version of the document that this code writes. It reads older ones too; a newer one it refuses.
pub const VERSION: u32 = 1;
/// Reports kept.
pub const REPORTS: usize = 50;
/// Hourly buckets kept.
pub const HOURS: usize = 24;

/// The names of a flow's keys.
#[derive(Debug, Clone)]
pub struct Keys(pub String);

impl Keys {
    /// The ticket counter; only ever incremented.
    pub fn lease(&self) -> String {
        format!("lease/{}", self.0)
    }
    /// The hint: the newest ticket.
    pub fn hint(&self) -> String {
        format!("flow/{}", self.0)
    }
    /// The state document under one ticket.
    pub fn state(&self, ticket: u64) -> String {
        format!("flow/{}/{ticket}", self.0)
    }
    /// The state document of one ticket that could not be read, as it was found.
    pub fn damaged(&self, ticket: u64) -> String {
        format!("damaged/{}/{ticket}", self.0)
    }
    /// When somebody first saw that a drawn ticket has no usable document.
    pub fn seen(&self) -> String {
        format!("seen/{}", self.0)
    }
    /// A dead letter, written by the run with this ticket.
    pub fn dead(&self, hash: &str, ticket: u64) -> String {
        format!("dead/{}/{hash}/{ticket}", self.0)
    }
    /// The counter of jobs posted; only ever incremented.
    pub fn inboxes(&self) -> String {
        format!("inboxes/{}", self.0)
    }
    /// A job posted.
    pub fn inbox(&self, number: u64) -> String {
        format!("inbox/{}/{number}", self.0)
    }
    /// Which version of the flow file is in use, and which there are.
    pub fn file(&self) -> String {
        format!("flowfile/{}", self.0)
    }
    /// One version of the flow file.
    pub fn file_version(&self, number: u64) -> String {
        format!("flowfile/{}/{number}", self.0)
    }
    /// A page of the index of dead letters, written by the run with this ticket.
    pub fn dead_index(&self, page: u64, ticket: u64) -> String {
        format!("deadindex/{}/{page}/{ticket}", self.0)
    }
}

/// Where a flow stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`VERSION`].
    pub version: u32,
    /// Unix seconds before which everything is settled.
    pub watermark: i64,
    /// The open window.
    pub window: Option<Scan>,
    /// The open full scan.
    pub full_scan: Option<Scan>,
    /// Unix seconds: when the last full scan began, or the flow did.
    pub full_scan_began: i64,
    /// The dead letters.
    pub dead: DeadSummary,
    /// Runs that failed since the last one that did not.
    pub failures: u32,
    /// Reports of the last runs, newest first.
    pub reports: VecDeque<Report>,
    /// Hours with rows, newest first.
    pub hours: VecDeque<Hour>,
    /// Keys that nothing refers to any more: a later run deletes them.
    pub trash: Vec<String>,
    /// Unix seconds until which nothing is looked up at the target or sent there: a request whose outcome is
    /// unknown may be at work until then.
    #[serde(default)]
    pub in_doubt_until: Option<i64>,
    /// Of a full list: what each of its pages was when all of it had been delivered, in the order of the pages;
    /// empty for a page that was not.
    #[serde(default)]
    pub digests: Vec<String>,
    /// Jobs in the order in which they were asked for: those that are waiting or at work, and the last that are
    /// finished.
    #[serde(default)]
    pub jobs: Vec<Job>,
    /// Where the first job that is not finished stands.
    #[serde(default)]
    pub job_scan: Option<Scan>,
    /// The number of the newest job taken in.
    #[serde(default)]
    pub inbox_seen: u64,
    /// Unix seconds: when the flow file's `omissionRemedy` was due last.
    #[serde(default)]
    pub remedy_began: i64,
    /// For what the target refused the last records, and how many in a row.
    #[serde(default)]
    pub refused: Option<(Box<str>, u32)>,
    /// Unix seconds: when it was last looked which parked dead letters are too old.
    #[serde(default)]
    pub letters_looked_at: i64,
    /// Ids of records that are never to be delivered: a person deleted them in the target on purpose.
    #[serde(default)]
    pub skip: BTreeSet<String>,
    /// How often the version of the flow file in use was changed, as of the last holder.
    #[serde(default)]
    pub file_changes: u64,
    /// Runs and records, counted.
    #[serde(default)]
    pub totals: Totals,
    /// Calls, counted by interface.
    #[serde(default)]
    pub interfaces: Vec<Interface>,
    /// What happened last.
    #[serde(default)]
    pub events: Events,
}

impl State {
    /// The state of a flow that has carried nothing yet and begins at `start` (Unix seconds).
    pub fn new(start: i64, now: i64) -> Self {
        State {
            version: VERSION,
            watermark: start,
            window: None,
            full_scan: None,
            full_scan_began: now,
            dead: DeadSummary::default(),
            failures: 0,
            reports: VecDeque::new(),
            hours: VecDeque::new(),
            trash: Vec::new(),
            in_doubt_until: None,
            digests: Vec::new(),
            jobs: Vec::new(),
            job_scan: None,
            inbox_seen: 0,
            remedy_began: now,
            refused: None,
            letters_looked_at: 0,
            skip: BTreeSet::new(),
            file_changes: 0,
            totals: Totals::from(now),
            interfaces: Vec::new(),
            events: Events::default(),
        }
    }

    /// Adds a report to the history and its rows to the hour's bucket.
    pub fn record(&mut self, report: Report, now: i64) {
        let hour = shanghai::text(now - now.rem_euclid(3600));
        let rows = (report.counts.written + report.retried.delivered, report.counts.dead);
        if rows != (0, 0) {
            match self.hours.front_mut() {
                Some(newest) if newest.hour == hour => {
                    newest.written += rows.0;
                    newest.dead += rows.1;
                }
                _ => self.hours.push_front(Hour { hour, written: rows.0, dead: rows.1 }),
            }
            self.hours.truncate(HOURS);
        }
        self.reports.push_front(report);
        self.reports.truncate(REPORTS);
    }
}

/// A walk over the source: a window, or everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Unix seconds, inclusive; 0 in a full scan.
    pub begin: i64,
    /// Unix seconds, inclusive.
    pub end: i64,
    /// What the watermark may become when all is delivered: `end`, or less where the source's clock is behind.
    pub settles: i64,
    /// Everything before this has been delivered; `None` at the beginning.
    pub cursor: Option<String>,
    /// Rows so far.
    pub records: u64,
    /// Pages so far.
    #[serde(default)]
    pub pages: u64,
}

impl Scan {
    /// A scan at its beginning.
    pub fn new(begin: i64, end: i64) -> Self {
        Scan { begin, end, settles: end, cursor: None, records: 0, pages: 0 }
    }
}

/// What the state document knows of the dead letters; the letters have keys of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadSummary {
    /// Will be tried again by themselves.
    pub waiting: u64,
    /// Of those, the ones that wait for a partner record.
    #[serde(default)]
    pub pending: u64,
    /// Wait for a person.
    pub parked: u64,
    /// The pages of the index.
    pub pages: Vec<DeadPage>,
}

/// A page of the index, as the state document knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadPage {
    /// Its number in the key.
    pub page: u64,
    /// The ticket in the key.
    pub ticket: u64,
    /// Letters on it.
    pub letters: u64,
    /// Unix seconds of the earliest attempt due on it.
    pub next_due: Option<i64>,
}

/// One hour of the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// `2026-11-20 19:00:00`.
    pub hour: String,
    /// Rows written.
    pub written: u64,
    /// Rows that became dead letters.
    pub dead: u64,
}
