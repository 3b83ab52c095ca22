//! Jobs: a past range carried again (backfill) or compared with the target (reconcile), beside the normal windows
//! and without touching the watermark (`design.md` 6).
//!
//! A job is posted into the flow's inbox, which needs no lease, so that it can be asked for while a run is at work:
//! a number from a counter, and a document under that number. The next run takes it into the state document and
//! works on it, page by page, once the normal windows are done.

use crate::dead::store_failure;
use crate::host::Host;
use crate::problem::Failure;
use crate::report::Counts;
use crate::shanghai;
use crate::state::Keys;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Finished jobs that the state document remembers.
pub const REMEMBERED: usize = 20;
/// Ids of missing records that a job lists; the others it only counts.
pub const LISTED: usize = 500;
/// Whoever posts may die between the number and the document: a run looks so far beyond a number that is missing.
const HOLES: u64 = 3;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Delivers the range's records again.
    Backfill,
    /// Lists the range's records that the target lacks.
    Reconcile,
    /// Lists and delivers them.
    ReconcileAndCarry,
}

/// A past range, and how far it has been gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Names it, for people.
    pub id: String,
    /// What it does.
    pub kind: Kind,
    /// Unix seconds, inclusive. A full list has no range: it is gone through whole.
    pub begin: i64,
    /// Unix seconds, inclusive.
    pub end: i64,
    /// Unix seconds.
    pub asked_at: i64,
    /// The flow file's `omissionRemedy` asked for it, not a person.
    #[serde(default)]
    pub by_schedule: bool,
    /// Unix seconds before which the range is done.
    pub done_to: i64,
    /// What became of its rows.
    pub counts: Counts,
    /// Records that the target lacked.
    pub missing: u64,
    /// Their ids, the first [`LISTED`].
    pub missing_ids: Vec<String>,
    /// Unix seconds; `None`: it is waiting or at work.
    pub finished_at: Option<i64>,
}

impl Job {
    /// A job that has not begun.
    pub fn new(id: String, kind: Kind, begin: i64, end: i64, now: i64) -> Self {
        Job {
            id,
            kind,
            begin,
            end,
            asked_at: now,
            by_schedule: false,
            done_to: begin,
            counts: Counts::default(),
            missing: 0,
            missing_ids: Vec::new(),
            finished_at: None,
        }
    }

    /// Adds a missing record.
    pub fn lacks(&mut self, id: String) {
        self.missing += 1;
        if self.missing_ids.len() < LISTED {
            self.missing_ids.push(id);
        }
    }

    /// As the state's route shows it.
    pub fn shown(&self) -> serde_json::Value {
        json!({
            "id": self.id,
            "kind": self.kind,
            "begin": shanghai::text(self.begin),
            "end": shanghai::text(self.end),
            "asked_at": shanghai::text(self.asked_at),
            "by_schedule": self.by_schedule,
            "done_to": shanghai::text(self.done_to),
            "finished_at": self.finished_at.map(shanghai::text),
            "counts": self.counts,
            "missing": self.missing,
            "missing_ids": self.missing_ids,
        })
    }
}

/// Posts a job for the flow's next run; its id.
///
/// # Errors
/// The store did not answer: whether the job was taken is unknown, and asking again does no harm.
pub fn post(host: Host<'_>, keys: &Keys, kind: Kind, begin: i64, end: i64) -> Result<String, Failure> {
    let counter = keys.inboxes();
    let number = host.store.increment(&counter, 1).map_err(|error| store_failure(&counter, &error.0))?;
    let id = format!("{number}");
    let now = host.clock.wall_ms().div_euclid(1000);
    let job = Job::new(id.clone(), kind, begin, end, now);
    let key = keys.inbox(u64::try_from(number).unwrap_or(0));
    let json = serde_json::to_vec(&job).expect("a job is plain data");
    host.store.set(&key, &json).map_err(|error| store_failure(&key, &error.0))?;
    Ok(id)
}

/// The jobs posted since the number `seen`, each with its own.
///
/// # Errors
/// The store did not answer.
pub fn posted(host: Host<'_>, keys: &Keys, seen: u64) -> Result<Vec<(u64, Job)>, Failure> {
    let (mut jobs, mut number, mut holes) = (Vec::new(), seen + 1, 0);
    while holes < HOLES {
        let key = keys.inbox(number);
        let bytes = host.store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
        match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(job) => {
                jobs.push((number, job));
                holes = 0;
            }
            None => holes += 1,
        }
        number += 1;
    }
    Ok(jobs)
}
