//! Past ranges, and records that are never to be delivered.

use super::actions::{Refusal, answer, body, failed, holding_for_operator, range};
use super::{Answer, Call, refuse};
use crate::hold::looking;
use crate::jobs::{self, Kind};
use crate::problem::Problem;
use crate::shanghai;
use crate::source::Walks;
use crate::state::Keys;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeBody {
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    carry: bool,
}

pub(super) fn backfill(call: &Call<'_>) -> Answer {
    posted(call, |_| Kind::Backfill)
}

pub(super) fn reconcile(call: &Call<'_>) -> Answer {
    posted(call, |body| if body.carry { Kind::ReconcileAndCarry } else { Kind::Reconcile })
}

/// 202 and the job's id: the next run works on it, after the normal windows.
fn posted(call: &Call<'_>, kind: fn(&RangeBody) -> Kind) -> Answer {
    let body: RangeBody = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    let range = match range_of(call, &body) {
        Ok(range) => range,
        Err(refusal) => return answer(refusal),
    };
    let keys = Keys(call.flow.file.name.clone());
    match jobs::post(call.host, &keys, kind(&body), range.0, range.1) {
        Ok(id) => Answer::Body(
            StatusCode::ACCEPTED,
            json!({
                "job": id, "begin": shanghai::text(range.0), "end": shanghai::text(range.1),
                "next": "the next run works on it, after the normal windows; GET the flow to see how far it is",
            }),
        ),
        Err(failure) => answer(failed(failure)),
    }
}

/// The range, in Unix seconds. A flow that walks over a full list has none.
fn range_of(call: &Call<'_>, body: &RangeBody) -> Result<(i64, i64), Refusal> {
    let now = call.host.clock.wall_ms().div_euclid(1000);
    if call.flow.source.walks() == Walks::FullList {
        return Ok((0, now));
    }
    // A flow that has not begun has nothing to carry again.
    looking(call.host, call.flow).map_err(super::actions::refusal)?;
    range(body.from.as_deref(), body.to.as_deref(), now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkipBody {
    ids: Vec<String>,
}

/// Ids on a flow's skip list.
const MOST: usize = 5000;

pub(super) fn skipped(call: &Call<'_>) -> Answer {
    match looking(call.host, call.flow) {
        Ok(state) => Answer::Body(StatusCode::OK, json!({"ids": state.skip})),
        Err(why) => answer(super::actions::refusal(why)),
    }
}

pub(super) fn skip(call: &Call<'_>) -> Answer {
    let ids = match body::<SkipBody>(call) {
        Ok(body) => body.ids,
        Err(refusal) => return answer(refusal),
    };
    let shown = ids.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
    change(call, move |skip| {
        skip.extend(ids.iter().cloned());
        (skip.len() <= MOST).then(|| {
            Problem::new(
                "skipped",
                format!("an operator put on the skip list, never to be delivered: {shown}"),
                format!("运维人员将以下记录加入跳过名单，不再投递：{shown}"),
            )
        })
    })
}

pub(super) fn unskip(call: &Call<'_>) -> Answer {
    let id = call.id.clone();
    change(call, move |skip| {
        skip.remove(&id).then(|| {
            Problem::new(
                "unskipped",
                format!("an operator took {id} off the skip list"),
                format!("运维人员将 {id} 移出跳过名单"),
            )
        })
    })
}

fn change(call: &Call<'_>, change: impl FnOnce(&mut BTreeSet<String>) -> Option<Problem>) -> Answer {
    match holding_for_operator(call, |run| run.change_skip_list(change)) {
        Ok(Some(report)) => super::actions::reported(report),
        Ok(None) => refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "skip_list",
            format!("the id is not on the skip list, or the list would hold more than {MOST} ids"),
            format!("跳过名单中没有该编号，或名单将超过 {MOST} 条"),
        ),
        Err(refusal) => answer(refusal),
    }
}

pub(super) fn cancel(call: &Call<'_>) -> Answer {
    match holding_for_operator(call, |run| run.cancel_job(&call.id)) {
        Ok(Some(report)) => super::actions::reported(report),
        Ok(None) => refuse(
            StatusCode::NOT_FOUND,
            "unknown_job",
            format!("no job {:?} is waiting or at work", call.id),
            format!("没有编号为 {:?} 的待执行或执行中的任务", call.id),
        ),
        Err(refusal) => answer(refusal),
    }
}
