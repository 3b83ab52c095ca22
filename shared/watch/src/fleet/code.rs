//! What a reason is, and what follows from it.

use super::State;
use crate::words::Words;
use serde::{Deserialize, Serialize};

/// What a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Its state cannot be read or used; or the target refused record after record, and it stopped.
    Stopped,
    /// Run after run fails.
    Failing,
    /// It was not run when it should have been.
    MissedSchedule,
    /// Its watermark is too old.
    Lag,
    /// It has no state, and nothing says from when it should begin.
    NotInitialised,
    /// It has state, but no run has ended yet.
    NeverRun,
    /// The platform complained of too many calls, and is left alone.
    AccountPaused,
    /// The calls that are allowed are used up.
    QuotaUsedUp,
    /// The last run failed; the next one carries on.
    LastRunFailed,
    /// There are dead letters.
    DeadLetters,
    /// Records wait for their partner records.
    ForPartner,
    /// The source's clock and ours differ.
    ClockSkew,
    /// The built-in flow file is another than when the version in use was saved.
    BuiltInChanged,
}

impl Code {
    /// All of them.
    pub const ALL: [Code; 13] = [
        Code::Stopped,
        Code::Failing,
        Code::MissedSchedule,
        Code::Lag,
        Code::NotInitialised,
        Code::NeverRun,
        Code::AccountPaused,
        Code::QuotaUsedUp,
        Code::LastRunFailed,
        Code::DeadLetters,
        Code::ForPartner,
        Code::ClockSkew,
        Code::BuiltInChanged,
    ];

    /// Its name in JSON and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Code::Stopped => "stopped",
            Code::Failing => "failing",
            Code::MissedSchedule => "missed_schedule",
            Code::Lag => "lag",
            Code::NotInitialised => "not_initialised",
            Code::NeverRun => "never_run",
            Code::AccountPaused => "account_paused",
            Code::QuotaUsedUp => "quota_used_up",
            Code::LastRunFailed => "last_run_failed",
            Code::DeadLetters => "dead_letters",
            Code::ForPartner => "for_partner",
            Code::ClockSkew => "clock_skew",
            Code::BuiltInChanged => "built_in_changed",
        }
    }

    /// As people say it.
    pub fn words(self) -> Words {
        let (en, zh) = match self {
            Code::Stopped => ("stopped", "已停止"),
            Code::Failing => ("failing", "连续失败"),
            Code::MissedSchedule => ("missed schedule", "错过调度"),
            Code::Lag => ("behind", "滞后"),
            Code::NotInitialised => ("not initialised", "未初始化"),
            Code::NeverRun => ("never run", "未运行"),
            Code::AccountPaused => ("account paused", "账号暂停"),
            Code::QuotaUsedUp => ("quota used up", "调用额度用完"),
            Code::LastRunFailed => ("last run failed", "最近一次失败"),
            Code::DeadLetters => ("dead letters", "死信"),
            Code::ForPartner => ("waiting for partner records", "等待关联单据"),
            Code::ClockSkew => ("clock skew", "时钟偏差"),
            Code::BuiltInChanged => ("built-in flow file changed", "内置流程文件有改动"),
        };
        Words::new(en, zh)
    }

    /// The state that it puts a flow in.
    pub fn state(self) -> State {
        match self {
            Code::Stopped => State::Stopped,
            Code::Failing => State::Failing,
            Code::MissedSchedule | Code::Lag => State::Behind,
            Code::NotInitialised | Code::NeverRun => State::NeverRun,
            Code::AccountPaused | Code::QuotaUsedUp => State::Waiting,
            Code::LastRunFailed
            | Code::DeadLetters
            | Code::ForPartner
            | Code::ClockSkew
            | Code::BuiltInChanged => State::Flowing,
        }
    }

    /// Whether somebody is told of it ([`crate::alerts`]).
    pub fn alerts(self) -> bool {
        !matches!(
            self,
            Code::NeverRun | Code::AccountPaused | Code::QuotaUsedUp | Code::LastRunFailed | Code::ForPartner
        )
    }
}
