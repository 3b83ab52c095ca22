//! How each flow stands: a state at a glance, and why; the worst first.
//!
//! # The limits
//!
//! All of them follow from how often a flow should run (`expect_every` in its flow file):
//!
//! | what | counts from |
//! |---|---|
//! | failing | [`FAILING_AFTER`] runs in a row failed |
//! | missed schedule | no run began for `expect_every` and [`grace`] more, and none is under way |
//! | behind | the watermark is older than [`lag_limit`] |
//!
//! A single failed run is a note, not a state: the next run carries on, and most of them pass.

mod code;
mod reasons;

pub use code::Code;
pub use reasons::Reason;

use crate::document::Document;
use crate::words::Words;
use ferry_sync::problem::Problem;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// So many failed runs in a row make a flow a failing one.
pub const FAILING_AFTER: u64 = 3;
/// How often a flow should run whose answer does not say so.
pub const USUAL_EXPECT_EVERY: u64 = 3600;

/// How late a run may be beyond `expect_every`: as long again, between 2 and 15 minutes.
pub fn grace(expect_every: u64) -> u64 {
    expect_every.clamp(120, 900)
}

/// How old a watermark may be: three schedules, and 10 minutes for safety lag and look-back.
pub fn lag_limit(expect_every: u64) -> u64 {
    3 * expect_every + 600
}

/// How a flow stands. The order is that of the page: the worst last here, first there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All is well; there may still be dead letters and notes.
    Flowing,
    /// It goes on by itself: an account is paused, or its calls of this minute are used up.
    Waiting,
    /// It has no state, or has never run.
    NeverRun,
    /// Its watermark is too old, or its schedule was missed.
    Behind,
    /// Run after run fails.
    Failing,
    /// It does not go on before a person has done something.
    Stopped,
}

impl State {
    /// All of them.
    pub const ALL: [State; 6] =
        [State::Flowing, State::Waiting, State::NeverRun, State::Behind, State::Failing, State::Stopped];

    /// Its name in JSON and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            State::Flowing => "flowing",
            State::Waiting => "waiting",
            State::NeverRun => "never_run",
            State::Behind => "behind",
            State::Failing => "failing",
            State::Stopped => "stopped",
        }
    }

    /// As people say it.
    pub fn words(self) -> Words {
        match self {
            State::Flowing => Words::new("flowing", "正常"),
            State::Waiting => Words::new("waiting", "等待中"),
            State::NeverRun => Words::new("never run", "未运行"),
            State::Behind => Words::new("behind", "滞后"),
            State::Failing => Words::new("failing", "连续失败"),
            State::Stopped => Words::new("stopped", "已停止"),
        }
    }

    /// Whether somebody should look: what `GET /healthz` asks.
    pub fn is_healthy(self) -> bool {
        !matches!(self, State::Behind | State::Failing | State::Stopped)
    }
}

/// An enabled flow, and what it answers about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Words,
    /// How often it should run, in seconds, by its built-in flow file.
    pub expect_every: u64,
    /// The answer, or the error: `not_initialised` for a flow without state.
    pub answer: Result<Box<Document>, Problem>,
}

impl Watched {
    /// The flow of a flow file, and what `GET /flows/<name>` answers for it.
    pub fn new(flow_file: &str, answer: Result<serde_json::Value, Problem>) -> Self {
        let answer = answer.and_then(Document::read).map(Box::new);
        match ferry_mapping::parse(flow_file) {
            Ok(file) => Watched {
                title: Words::new(file.title.en, file.title.zh),
                expect_every: file.delivery.expect_every.as_secs(),
                name: file.name,
                answer,
            },
            // `cargo xtask check` refuses such a file; the answer says what is wrong.
            Err(_) => Watched {
                name: name_of(flow_file).unwrap_or_default(),
                title: Words::default(),
                expect_every: USUAL_EXPECT_EVERY,
                answer,
            },
        }
    }

    /// How often it should run, in seconds: as its answer says, else as its built-in flow file does.
    pub fn expect_every(&self) -> u64 {
        let answered = self.answer.as_ref().ok().and_then(|document| document.expect_every_seconds);
        answered.filter(|seconds| *seconds > 0).unwrap_or(self.expect_every)
    }
}

fn name_of(flow_file: &str) -> Option<String> {
    let file: serde_json::Value = serde_json::from_str(flow_file).ok()?;
    file["name"].as_str().map(str::to_owned)
}

/// How one flow stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The flow's name.
    pub flow: String,
    /// Its title.
    pub title: Words,
    /// At a glance.
    pub state: State,
    /// Why, the worst first. Empty where all is well.
    pub reasons: Vec<Reason>,
    /// How old its watermark is, in seconds.
    pub lag_seconds: Option<u64>,
    /// How old that may be.
    pub lag_limit_seconds: u64,
    /// How often it should run, in seconds.
    pub expect_every_seconds: u64,
}

/// How these flows stand at this time (Unix seconds), the worst first.
pub fn standings(flows: &[Watched], now: i64) -> Vec<Standing> {
    let mut standings: Vec<Standing> = flows.iter().map(|flow| standing(flow, now)).collect();
    // A stable sort: those that stand alike stay in the order in which they are given.
    standings.sort_by_key(|standing| Reverse(standing.state));
    standings
}

/// How one flow stands at this time (Unix seconds).
pub fn standing(flow: &Watched, now: i64) -> Standing {
    let mut reasons = reasons::of(flow, now);
    reasons.sort_by_key(|reason| Reverse(reason.code.state()));
    let expect_every = flow.expect_every();
    Standing {
        flow: flow.name.clone(),
        title: flow.title.clone(),
        state: reasons.first().map_or(State::Flowing, |worst| worst.code.state()),
        reasons,
        lag_seconds: flow.answer.as_ref().ok().and_then(|document| document.lag_seconds),
        lag_limit_seconds: lag_limit(expect_every),
        expect_every_seconds: expect_every,
    }
}
