//! What a flow answers about itself (`GET /flows/<name>`), as far as it matters here.
//!
//! A field that is not there counts as nothing, so that the answer of an older build can be read too.

use ferry_sync::problem::Problem;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The answer of a flow that has state. Times are Shanghai wall-clock text.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Document {
    /// Before this everything is settled.
    pub watermark: Option<String>,
    /// How long ago that was.
    pub lag_seconds: Option<u64>,
    /// Who runs it now.
    pub lease: Lease,
    /// How many dead letters there are now.
    pub dead: Dead,
    /// Runs that failed since the last one that did not.
    pub failures: u64,
    /// Which version of the flow file is in use.
    pub version: Version,
    /// How often it should run.
    pub expect_every_seconds: Option<u64>,
    /// When the last run began.
    pub last_run_at: Option<String>,
    /// When the next one should.
    pub next_expected: Option<String>,
    /// Sums since the flow's beginning.
    pub totals: Totals,
    /// The vendors' interfaces that it calls.
    pub interfaces: Vec<Interface>,
    /// The accounts that it uses.
    pub accounts: Vec<Account>,
    /// Its last runs, newest first.
    pub reports: Vec<Report>,
}

/// The right to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Lease {
    /// A run is under way.
    pub held: bool,
}

/// Dead letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Dead {
    /// Will be tried again, those for a partner among them.
    pub waiting: u64,
    /// Wait for a partner record.
    pub for_partner: u64,
    /// Wait for a person.
    pub parked: u64,
}

impl Dead {
    /// Those that failed: all but the ones that wait for a partner record.
    pub fn failed(self) -> u64 {
        self.waiting.saturating_sub(self.for_partner) + self.parked
    }
}

/// A version of the flow file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Version {
    /// 0 is the built-in one.
    pub number: u64,
    /// The built-in one is another than when this one was saved.
    pub built_in_changed: bool,
}

/// Sums.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Runs.
    pub runs: Runs,
    /// Records.
    pub records: Records,
    /// Dead letters that were tried again.
    pub retried: Retried,
    /// How long runs took.
    pub run_seconds: Histogram,
}

/// Runs by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Runs {
    /// Without an error.
    pub ok: u64,
    /// With one.
    pub failed: u64,
}

/// Records by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Records {
    /// All that were read.
    pub read: u64,
    /// Left out by the flow's condition.
    pub filtered: u64,
    /// Written to the target.
    pub written: u64,
    /// Found there and left alone.
    pub already_there: u64,
    /// Put among the dead letters.
    pub dead: u64,
    /// Put among those that wait for a partner record.
    pub pending: u64,
}

/// Dead letters tried again, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Retried {
    /// Delivered, or found delivered.
    pub delivered: u64,
    /// Failed again.
    pub failed: u64,
    /// Given up until a person asks for them.
    pub parked: u64,
}

/// How many took how long. The buckets are not cumulative; the last one has no bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Histogram {
    /// The inclusive upper bounds, in milliseconds.
    pub bounds_ms: Vec<u64>,
    /// How many there are in each bucket; one more than there are bounds.
    pub counts: Vec<u64>,
    /// All of them together, in milliseconds.
    pub sum_ms: u64,
}

/// A vendor's interface, as one flow uses it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// The account.
    pub account: String,
    /// Its platform.
    pub platform: String,
    /// The interface's name at the vendor.
    pub interface: String,
    /// All calls.
    pub calls: u64,
    /// Those that failed, by class.
    pub errors: BTreeMap<String, u64>,
    /// How long calls took.
    pub latency: Histogram,
}

/// An account, as one flow uses it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Its name.
    pub account: String,
    /// Until when it is left alone, since the platform complained of too many calls.
    pub paused_until: Option<String>,
    /// When its token ends.
    pub token_expires_at: Option<String>,
}

/// What matters of a run's report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Report {
    /// When it began.
    pub started_at: String,
    /// Why it ended early.
    pub error: Option<Problem>,
    /// What else there is to know.
    pub notes: Vec<Problem>,
}

impl Document {
    /// Reads an answer.
    ///
    /// # Errors
    /// `answer_unreadable`, when it is no such answer.
    pub fn read(answer: Value) -> Result<Self, Problem> {
        serde_json::from_value(answer).map_err(|error| {
            Problem::new(
                "answer_unreadable",
                format!("what the flow says about itself is not understood: {error}"),
                format!("无法理解该流程的状态应答：{error}"),
            )
            .hint(
                "the console and the flow are of different builds: deploy them together",
                "控制台与流程的构建版本不一致：请一起部署",
            )
        })
    }
}
