//! What is new: how the flows stand now, compared with what was told.

use super::record::{Counted, Open, Record, Told};
use crate::document::Document;
use crate::fleet::{Code, Reason, Standing, Watched, grace};
use crate::robots::{Change, Item};
use crate::words::Words;
use std::cmp::Reverse;

/// For so many seconds the same alert of the same flow is not told again.
pub const QUIET: i64 = 300;
/// After so many seconds an alert that is still open is told again.
pub const REMIND: i64 = 86_400;

/// Brings the record's open alerts up to date; what is to be told, the worst first, recoveries last. `standings` are of
/// the same flows, at this time (Unix seconds).
pub fn compare(record: &mut Record, flows: &[Watched], standings: &[Standing], now: i64) -> Vec<Item> {
    record.told.retain(|told| told.at > now - QUIET && told.at <= now);
    let mut news = Vec::new();
    for standing in standings {
        let Some(flow) = flows.iter().find(|flow| flow.name == standing.flow) else { continue };
        for reason in standing.reasons.iter().filter(|reason| reason.code.alerts()) {
            news.extend(still(record, flow, standing, reason, now));
        }
        news.extend(over(record, flow, standing, now));
        settle(record, flow, standing);
    }
    // Of a flow that is not enabled any more nothing is told.
    record.open.retain(|open| flows.iter().any(|flow| flow.name == open.flow));
    record.counted.retain(|name, _| flows.iter().any(|flow| flow.name == *name));
    news.sort_by_key(|item| (item.change == Change::Recovered, Reverse(item.code.state())));
    news
}

/// An alert that is the case.
fn still(
    record: &mut Record,
    flow: &Watched,
    standing: &Standing,
    reason: &Reason,
    now: i64,
) -> Option<Item> {
    let is_this = |open: &Open| open.flow == standing.flow && open.code == reason.code;
    let index = record.open.iter().position(is_this).unwrap_or_else(|| {
        record.open.push(Open {
            flow: standing.flow.clone(),
            code: reason.code,
            since: reason.since.unwrap_or(now),
            seen: now,
            told_at: None,
            what: Words::default(),
            hint: Words::default(),
        });
        record.open.len() - 1
    });
    let counted = record.counted.get(&standing.flow).copied().unwrap_or_default();
    let fresh = fresh(flow, counted).filter(|_| reason.code == Code::DeadLetters);
    let open = &mut record.open[index];
    open.what = reason.what.clone();
    open.hint = reason.hint.clone();
    let quiet = record.told.iter().any(|told| told.flow == open.flow && told.code == open.code);
    let change = match open.told_at {
        None if now - open.seen < patience(reason.code, standing) => return None,
        _ if quiet => return None,
        None => Change::Opened,
        Some(_) if fresh.is_some() => Change::More,
        Some(at) if now - at >= REMIND => Change::Reminder,
        Some(_) => return None,
    };
    open.told_at = Some(now);
    if let Some(fresh) = &fresh {
        open.what =
            Words::new(format!("{}; {}", open.what.en, fresh.en), format!("{}；{}", open.what.zh, fresh.zh));
    }
    record.told.push(Told { flow: open.flow.clone(), code: open.code, at: now });
    if let (Code::DeadLetters, Ok(document)) = (reason.code, &flow.answer) {
        record.counted.insert(standing.flow.clone(), sums(document));
    }
    let open = &record.open[index];
    Some(Item {
        flow: open.flow.clone(),
        title: standing.title.clone(),
        code: open.code,
        change,
        since: open.since,
        at: now,
        what: open.what.clone(),
        hint: open.hint.clone(),
    })
}

/// How long an alert must have been the case before it is told. A new flow has no state before its first run.
fn patience(code: Code, standing: &Standing) -> i64 {
    match code {
        Code::NotInitialised => {
            let every = standing.expect_every_seconds;
            i64::try_from(every + grace(every)).unwrap_or(i64::MAX)
        }
        _ => 0,
    }
}

/// The alerts of this flow that are over; those that were told are told to be so.
fn over(record: &mut Record, flow: &Watched, standing: &Standing, now: i64) -> Vec<Item> {
    let mut over = Vec::new();
    record.open.retain(|open| {
        let is_case = standing.reasons.iter().any(|reason| reason.code == open.code);
        if open.flow != standing.flow || is_case || !is_known(open.code, flow) {
            return true;
        }
        if open.told_at.is_some() {
            over.push(Item {
                flow: open.flow.clone(),
                title: standing.title.clone(),
                code: open.code,
                change: Change::Recovered,
                since: open.since,
                at: now,
                what: Words::default(),
                hint: Words::default(),
            });
        }
        false
    });
    over
}

/// A flow whose state cannot be read says nothing of its runs and its dead letters.
fn is_known(code: Code, flow: &Watched) -> bool {
    flow.answer.is_ok() || matches!(code, Code::Stopped | Code::NotInitialised)
}

/// Without dead letters there are no new ones, whatever was counted.
fn settle(record: &mut Record, flow: &Watched, standing: &Standing) {
    if let Ok(document) = &flow.answer
        && !standing.reasons.iter().any(|reason| reason.code == Code::DeadLetters)
    {
        record.counted.insert(flow.name.clone(), sums(document));
    }
}

fn sums(document: &Document) -> Counted {
    Counted { dead: document.totals.records.dead, parked: document.totals.retried.parked }
}

/// The dead letters that are new since they were told last.
fn fresh(flow: &Watched, counted: Counted) -> Option<Words> {
    let sums = sums(flow.answer.as_ref().ok()?);
    // A sum that has shrunk has begun anew.
    let since = |now: u64, then: u64| now.checked_sub(then).unwrap_or(now);
    let (dead, parked) = (since(sums.dead, counted.dead), since(sums.parked, counted.parked));
    match (dead, parked) {
        (0, 0) => None,
        (dead, 0) => Some(Words::new(format!("{dead} new"), format!("新增 {dead} 条"))),
        (0, parked) => Some(Words::new(
            format!("{parked} given up after the last retry"),
            format!("{parked} 条重试后仍失败，已搁置"),
        )),
        (dead, parked) => Some(Words::new(
            format!("{dead} new, {parked} given up after the last retry"),
            format!("新增 {dead} 条，{parked} 条重试后仍失败，已搁置"),
        )),
    }
}
