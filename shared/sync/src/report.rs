//! What a run tells its caller, its log and the history (`design.md` 6).

use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// What set a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// `POST …/run`.
    Webhook,
    /// `GET …/run?tick_token=…`.
    Tick,
    /// Spin's cron trigger.
    Cron,
    /// An operator's request about dead letters or the watermark.
    Operator,
}

/// A range of the source's modification time, as Shanghai wall-clock text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowText {
    /// From, inclusive.
    pub begin: String,
    /// To, inclusive.
    pub end: String,
}

/// What became of the rows that were read: every row is in exactly one of the five last counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Non-empty pages.
    pub pages: u64,
    /// Rows read.
    pub records: u64,
    /// Left out by the flow's condition.
    pub filtered: u64,
    /// Written to the target.
    pub written: u64,
    /// Found in the target and left alone.
    pub already_there: u64,
    /// Put among the dead letters.
    pub dead: u64,
    /// Waiting for a partner record; in a dry run or a comparison, all that would have been written.
    pub pending: u64,
}

impl Counts {
    /// What was counted since `before`.
    pub fn since(&self, before: &Counts) -> Counts {
        Counts {
            pages: self.pages - before.pages,
            records: self.records - before.records,
            filtered: self.filtered - before.filtered,
            written: self.written - before.written,
            already_there: self.already_there - before.already_there,
            dead: self.dead - before.dead,
            pending: self.pending - before.pending,
        }
    }

    /// Both together.
    pub fn plus(&self, more: &Counts) -> Counts {
        Counts {
            pages: self.pages + more.pages,
            records: self.records + more.records,
            filtered: self.filtered + more.filtered,
            written: self.written + more.written,
            already_there: self.already_there + more.already_there,
            dead: self.dead + more.dead,
            pending: self.pending + more.pending,
        }
    }

    /// Whether every row is accounted for.
    pub fn adds_up(&self) -> bool {
        self.records == self.filtered + self.written + self.already_there + self.dead + self.pending
    }
}

/// What became of the dead letters that were tried again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// Tried.
    pub tried: u64,
    /// Delivered, or found delivered.
    pub delivered: u64,
    /// Failed again; the next attempt is set.
    pub failed: u64,
    /// Given up until a person asks for them.
    pub parked: u64,
}

impl Retried {
    /// What was counted since `before`.
    pub fn since(&self, before: &Retried) -> Retried {
        Retried {
            tried: self.tried - before.tried,
            delivered: self.delivered - before.delivered,
            failed: self.failed - before.failed,
            parked: self.parked - before.parked,
        }
    }

    /// Both together.
    pub fn plus(&self, more: &Retried) -> Retried {
        Retried {
            tried: self.tried + more.tried,
            delivered: self.delivered + more.delivered,
            failed: self.failed + more.failed,
            parked: self.parked + more.parked,
        }
    }
}

/// Calls that were made, whatever came back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// To the source.
    pub source: u64,
    /// To the target, for lookups.
    pub lookup: u64,
    /// To the target; SQL statements for a database.
    pub target: u64,
}

/// The report of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The flow's name.
    pub flow: String,
    /// Names this run in the log: the lease's ticket and a random part.
    pub run_id: String,
    /// What set it off.
    pub trigger: Trigger,
    /// Which flow file was used: the first 12 hex digits of its SHA-256.
    pub flow_file: String,
    /// Which version of it; 0 is the built-in one.
    #[serde(default)]
    pub version: u64,
    /// Shanghai time.
    pub started_at: String,
    /// The window that was open last, if one was.
    pub window: Option<WindowText>,
    /// The rows.
    #[serde(flatten)]
    pub counts: Counts,
    /// Dead letters tried again; their rows are not in the counts.
    pub retried: Retried,
    /// The calls.
    pub calls: Calls,
    /// Before this everything is settled.
    pub watermark: Option<String>,
    /// There is more to do: call again.
    pub has_more: bool,
    /// A full scan was under way or completed in this run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub full_scan: bool,
    /// How long it took.
    pub duration_ms: u64,
    /// What an operator or the engine did besides, or should know: a new watermark, a skewed clock.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Problem>,
    /// Only in a dry run: the first documents as they would have been written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<Vec<serde_json::Value>>,
    /// Why it ended early; what was settled before stays settled.
    pub error: Option<Problem>,
    /// Not one page was to be had for the source's limit on calls: try again after so many seconds.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}
