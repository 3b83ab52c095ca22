//! Why a flow stands as it does: each reason with what to do about it.

use super::{Code, FAILING_AFTER, Watched, grace, lag_limit};
use crate::document::Document;
use crate::words::{Words, span};
use ferry_sync::problem::Problem;
use ferry_sync::shanghai;
use serde::Serialize;

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it is.
    pub code: Code,
    /// Since when, in Unix seconds, where the flow tells.
    pub since: Option<i64>,
    /// What is the matter.
    pub what: Words,
    /// What to do, or what happens next.
    pub hint: Words,
}

fn reason(code: Code, what: Words, hint: Words) -> Reason {
    Reason { code, since: None, what, hint }
}

impl Reason {
    fn since(self, since: Option<i64>) -> Self {
        Reason { since, ..self }
    }
}

/// Vendors quote whole pages; so many characters of them say enough.
const QUOTED: usize = 200;

/// All reasons of a flow at this time (Unix seconds).
pub(super) fn of(flow: &Watched, now: i64) -> Vec<Reason> {
    match &flow.answer {
        Ok(document) => of_document(document, flow.expect_every(), now),
        Err(problem) => vec![of_error(problem)],
    }
}

fn of_error(problem: &Problem) -> Reason {
    let code = if &*problem.code == "not_initialised" { Code::NotInitialised } else { Code::Stopped };
    reason(code, said(problem), hint(problem))
}

fn of_document(document: &Document, expect_every: u64, now: i64) -> Vec<Reason> {
    let last = document.reports.first();
    let error = last.and_then(|report| report.error.as_ref());
    let skew = last.and_then(|report| report.notes.iter().find(|note| &*note.code == "clock_skew"));
    [
        error.and_then(|error| failed(document, error)),
        missed_schedule(document, expect_every, now),
        lag(document, expect_every),
        never_run(document),
        account_paused(document, now),
        dead_letters(document),
        for_partner(document),
        skew.map(clock_skew),
        built_in_changed(document),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn failed(document: &Document, error: &Problem) -> Option<Reason> {
    Some(match &*error.code {
        "refused_in_a_row" => reason(Code::Stopped, said(error), hint(error)).since(began(document, 1)),
        _ if document.failures >= FAILING_AFTER => {
            let said = said(error);
            let runs = document.failures;
            reason(
                Code::Failing,
                Words::new(
                    format!("{runs} runs in a row have failed: {}", said.en),
                    format!("连续 {runs} 次运行失败：{}", said.zh),
                ),
                hint(error),
            )
            .since(began(document, runs))
        }
        "quota_used_up" | "call_limit" => reason(Code::QuotaUsedUp, said(error), hint(error)),
        // Nothing is the matter with a flow whose failure is not counted.
        _ if document.failures == 0 => return None,
        _ => {
            let said = said(error);
            reason(
                Code::LastRunFailed,
                Words::new(
                    format!("the last run failed: {}", said.en),
                    format!("最近一次运行失败：{}", said.zh),
                ),
                hint(error),
            )
        }
    })
}

/// When the run began that was so many runs ago, the last one being 1; the oldest that is known, if that is later.
fn began(document: &Document, runs: u64) -> Option<i64> {
    let index = usize::try_from(runs).unwrap_or(usize::MAX).saturating_sub(1);
    let report = document.reports.get(index).or_else(|| document.reports.last())?;
    shanghai::parse(&report.started_at)
}

fn missed_schedule(document: &Document, expect_every: u64, now: i64) -> Option<Reason> {
    let last = document.last_run_at.as_deref().and_then(shanghai::parse);
    let due = document.next_expected.as_deref().and_then(shanghai::parse);
    let due = due.or(last.map(|last| last + signed(expect_every)))?;
    if document.lease.held || now <= due + signed(grace(expect_every)) {
        return None;
    }
    let every = span(expect_every);
    let since = span(unsigned(now - last.unwrap_or(due)));
    let what = match last.map(shanghai::text) {
        Some(last) => Words::new(
            format!("no run began for {}; one is expected every {} (the last: {last})", since.en, every.en),
            format!("已有 {}未运行，应每 {}运行一次（最近一次：{last}）", since.zh, every.zh),
        ),
        None => Words::new(
            format!("the first run is {} late; one is expected every {}", since.en, every.en),
            format!("首次运行已晚了 {}，应每 {}运行一次", since.zh, every.zh),
        ),
    };
    let hint = Words::new(
        "look whether the scheduler runs: the cron trigger of Spin, or what calls GET …/run?tick_token=…; the app's log names ticks that failed",
        "请检查调度是否在运行：Spin 的 cron 触发器，或调用 GET …/run?tick_token=… 的程序；失败的触发记在应用日志中",
    );
    Some(reason(Code::MissedSchedule, what, hint).since(Some(due)))
}

fn lag(document: &Document, expect_every: u64) -> Option<Reason> {
    let (lag, limit) = (document.lag_seconds?, lag_limit(expect_every));
    if lag <= limit {
        return None;
    }
    let (lag, limit) = (span(lag), span(limit));
    let watermark = document.watermark.as_deref().unwrap_or("?");
    Some(reason(
        Code::Lag,
        Words::new(
            format!(
                "{} behind (limit {}): what changed after {watermark} is not all carried yet",
                lag.en, limit.en
            ),
            format!("滞后 {}（上限 {}）：{watermark} 之后的变更尚未全部送达", lag.zh, limit.zh),
        ),
        Words::new(
            "if it has a backlog, it catches up by itself; otherwise look at its last runs",
            "如有积压会自行追上；否则请查看最近的运行",
        ),
    ))
}

fn never_run(document: &Document) -> Option<Reason> {
    if document.last_run_at.is_some() || !document.reports.is_empty() {
        return None;
    }
    Some(reason(
        Code::NeverRun,
        Words::new("no run has ended yet", "尚无已结束的运行"),
        Words::new("the schedule runs it; or run it now", "等待调度运行，或立即运行"),
    ))
}

fn account_paused(document: &Document, now: i64) -> Option<Reason> {
    let paused = document.accounts.iter().find_map(|account| {
        let until = account.paused_until.as_deref()?;
        (shanghai::parse(until)? > now).then_some((&account.account, until))
    });
    let (account, until) = paused?;
    Some(reason(
        Code::AccountPaused,
        Words::new(
            format!(
                "the platform of the account {account} complained of too many calls; it is left alone until {until}"
            ),
            format!("账号 {account} 的平台提示调用过于频繁，暂停调用至 {until}"),
        ),
        Words::new("it goes on by itself", "到时自动继续"),
    ))
}

fn dead_letters(document: &Document) -> Option<Reason> {
    let dead = document.dead;
    if dead.failed() == 0 {
        return None;
    }
    let (waiting, parked) = (dead.waiting.saturating_sub(dead.for_partner), dead.parked);
    Some(reason(
        Code::DeadLetters,
        Words::new(
            format!("dead letters: {} ({waiting} will be tried again, {parked} wait for you)", dead.failed()),
            format!("死信 {} 条：{waiting} 条将自动重试，{parked} 条等待处理", dead.failed()),
        ),
        Words::new(
            "open the dead letters: each says in the target's own words what is wrong; mend it there or in the source, then retry",
            "打开死信页：每条都附有目标系统的原话；在源或目标系统修正后重试",
        ),
    ))
}

fn for_partner(document: &Document) -> Option<Reason> {
    let records = document.dead.for_partner;
    if records == 0 {
        return None;
    }
    Some(reason(
        Code::ForPartner,
        Words::new(
            format!("records that wait for their partner records: {records}"),
            format!("{records} 条记录等待其关联单据"),
        ),
        Words::new("they are tried hourly for 7 days", "每小时重试一次，最多 7 天"),
    ))
}

fn clock_skew(note: &Problem) -> Reason {
    let hint = hint(note);
    let usual = Words::new(
        "set the clock of this machine by NTP; if it is right, tell the source's operator",
        "请用 NTP 校准本机时钟；如本机无误，请联系源系统的管理员",
    );
    reason(Code::ClockSkew, said(note), if hint.is_empty() { usual } else { hint })
}

fn built_in_changed(document: &Document) -> Option<Reason> {
    if !document.version.built_in_changed {
        return None;
    }
    let number = document.version.number;
    Some(reason(
        Code::BuiltInChanged,
        Words::new(
            format!(
                "version {number} of the flow file is in use, and the built-in file was redeployed with changes since: they do not take effect"
            ),
            format!("正在使用流程文件的版本 {number}，而内置文件在此之后重新部署并有改动：这些改动未生效"),
        ),
        Words::new(
            "compare the two in the console; then go back to the built-in file, or save your changes again on top of it",
            "请在控制台比较两者；然后恢复使用内置文件，或在其基础上重新保存改动",
        ),
    ))
}

fn said(problem: &Problem) -> Words {
    Words::new(
        format!("[{}] {}", problem.code, problem.message),
        format!("[{}] {}", problem.code, problem.message_zh),
    )
    .cut(QUOTED)
}

fn hint(problem: &Problem) -> Words {
    Words::new(&*problem.hint, &*problem.hint_zh).cut(QUOTED)
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX / 4)
}

fn unsigned(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}
