//! What each route does.

use super::{Answer, Call, refuse};
use crate::dead::{self, Index};
use crate::flow::{Flow, Settings};
use crate::hold::{NotNow, holding, holding_over, looking, not_initialised};
use crate::host::Host;
use crate::lease::{Document, Held, Inherited};
use crate::lookup::Finder;
use crate::problem::{Failure, Problem};
use crate::report::{Report, Trigger};
use crate::run::{Limits, RetryResult, Run};
use crate::shanghai;
use crate::state::{Keys, State};
use crate::store::FlowStore;
use crate::target::Opening;
use crate::versions::outdated;
use ferry_mapping::Value;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::time::Duration;

pub(super) type Refusal = (StatusCode, Problem);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RunBody {
    max_pages: Option<u64>,
    budget_ms: Option<u64>,
    dry_run: bool,
    accept_dead: bool,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let body: RunBody = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    let budget = call.flow.file.delivery.budget;
    let limits = Limits {
        max_pages: body.max_pages,
        // The lease is as long as the flow file's budget asks for, so a caller can only ask for less.
        budget: body.budget_ms.map_or(budget, |ms| budget.min(Duration::from_millis(ms))),
        accept_dead: body.accept_dead,
    };
    if body.dry_run {
        let state = looking(call.host, call.flow)
            .and_then(|state| outdated(call.host, call.flow, &state).map_or(Ok(state), Err));
        return match state {
            Ok(state) => {
                reported(new_run(call.host, call.flow, None, limits, Trigger::Webhook, state).dry_run())
            }
            Err(why) => answer(refusal(why)),
        };
    }
    match carried(call.host, call.flow, limits, Trigger::Webhook) {
        Ok(report) => reported(report),
        Err(refusal) => answer(refusal),
    }
}

pub(super) fn tick(call: &Call<'_>) -> Answer {
    match carried(call.host, call.flow, default_limits(call.flow), Trigger::Tick) {
        Ok(report) => reported(report),
        Err(refusal) => answer(refusal),
    }
}

/// The run of a cron event.
pub(super) fn scheduled(host: Host<'_>, flow: &Flow) -> Result<Report, Refusal> {
    carried(host, flow, default_limits(flow), Trigger::Cron)
}

fn default_limits(flow: &Flow) -> Limits {
    Limits { max_pages: None, budget: flow.file.delivery.budget, accept_dead: false }
}

fn carried(host: Host<'_>, flow: &Flow, limits: Limits, trigger: Trigger) -> Result<Report, Refusal> {
    holding(host, flow, None, |lease, state| new_run(host, flow, Some(lease), limits, trigger, state).run())
        .map_err(refusal)
}

pub(super) fn reported(report: Report) -> Answer {
    let json = serde_json::to_value(&report).expect("a report is plain data");
    match (&report.error, report.retry_after) {
        (None, _) => Answer::Body(StatusCode::OK, json),
        (Some(_), Some(seconds)) => Answer::Later(StatusCode::SERVICE_UNAVAILABLE, json, seconds),
        (Some(_), None) => Answer::Body(StatusCode::BAD_GATEWAY, json),
    }
}

pub(super) fn state(call: &Call<'_>) -> Answer {
    match crate::view::flow(call.host, call.component.flow_file, call.variables) {
        Ok(shown) => Answer::Body(StatusCode::OK, shown),
        Err(problem) if &*problem.code == "not_initialised" => Answer::Refusal(StatusCode::CONFLICT, problem),
        Err(problem) => Answer::Refusal(StatusCode::SERVICE_UNAVAILABLE, problem),
    }
}

pub(super) fn dead_letter(call: &Call<'_>) -> Answer {
    let found = index(call).and_then(|(index, _)| {
        let entry = index.entry(&call.id).ok_or_else(|| unknown_letter(&call.id))?;
        let keys = Keys(call.flow.file.name.clone());
        let letter = dead::letter(call.host.store, &keys, &call.flow.settings.seal, entry).map_err(failed)?;
        letter.ok_or_else(|| {
            (
                StatusCode::GONE,
                Problem::new(
                    "letter_unreadable",
                    format!("the dead letter {} was sealed with another state_key", call.id),
                    format!("死信 {} 是用另一个 state_key 加密的", call.id),
                )
                .hint(
                    "it can still be retried: the record is read again from the source",
                    "仍可重试：会从源系统重新读取该记录",
                ),
            )
        })
    });
    match found {
        Ok(letter) => Answer::Body(
            StatusCode::OK,
            json!({
                "id": letter.id,
                "number": letter.number,
                "error": letter.error,
                "record": letter.record,
                "attempts": letter.attempts,
                "first_failed": shanghai::text(letter.first_failed),
                "last_failed": shanghai::text(letter.last_failed),
                "next_attempt": letter.due.map(shanghai::text),
                "parked": letter.due.is_none(),
            }),
        ),
        Err(refusal) => answer(refusal),
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RetryBody {
    ids: Option<Vec<String>>,
}

pub(super) fn retry_many(call: &Call<'_>) -> Answer {
    match body::<RetryBody>(call) {
        Ok(body) => retry(call, body.ids.as_deref()),
        Err(refusal) => answer(refusal),
    }
}

pub(super) fn retry_one(call: &Call<'_>) -> Answer {
    match index(call) {
        Ok((index, _)) if index.entry(&call.id).is_none() => answer(unknown_letter(&call.id)),
        Ok(_) => retry(call, Some(std::slice::from_ref(&call.id))),
        Err(refusal) => answer(refusal),
    }
}

fn retry(call: &Call<'_>, ids: Option<&[String]>) -> Answer {
    let result: Result<(Vec<RetryResult>, Report), NotNow> =
        holding(call.host, call.flow, None, |lease, state| {
            new_run(call.host, call.flow, Some(lease), default_limits(call.flow), Trigger::Operator, state)
                .retry_dead(ids)
        });
    match result {
        Ok((results, report)) => {
            let status = if report.error.is_some() { StatusCode::BAD_GATEWAY } else { StatusCode::OK };
            Answer::Body(status, json!({"results": results, "report": report}))
        }
        Err(why) => answer(refusal(why)),
    }
}

pub(super) fn delete_dead(call: &Call<'_>) -> Answer {
    match holding_for_operator(call, |run| run.delete_dead(&call.id)) {
        Ok(Some(report)) => reported(report),
        Ok(None) => answer(unknown_letter(&call.id)),
        Err(refusal) => answer(refusal),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WatermarkBody {
    watermark: String,
    #[serde(default)]
    replace_damaged: bool,
}

pub(super) fn watermark(call: &Call<'_>) -> Answer {
    let WatermarkBody { watermark: text, replace_damaged } = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    let now = call.host.clock.wall_ms().div_euclid(1000);
    let Some(watermark) = shanghai::parse(&text) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "bad_time",
            format!("the watermark {text:?} is no time like 2026-11-01 00:00:00 (Shanghai time)"),
            format!("水位 {text:?} 不是形如 2026-11-01 00:00:00 的上海时间"),
        );
    };
    if watermark > now {
        return refuse(
            StatusCode::BAD_REQUEST,
            "watermark_in_future",
            format!(
                "the watermark {text} lies after now, {}: what is modified until then would never be read",
                shanghai::text(now)
            ),
            format!("水位 {text} 晚于当前时间 {}：此前修改的记录将永远不会被读取", shanghai::text(now)),
        );
    }
    let mut store = FlowStore::new(call.host, Keys(call.flow.file.name.clone()));
    if replace_damaged {
        store = store.replacing_damaged();
    }
    let result = holding_over(store, call.host, call.flow, Some(watermark), |lease, state| {
        new_run(call.host, call.flow, Some(lease), default_limits(call.flow), Trigger::Operator, state)
            .set_watermark(watermark)
    });
    match result {
        Ok(report) => reported(report),
        Err(why) => answer(refusal(why)),
    }
}

fn newest(host: Host<'_>, flow: &Flow) -> Result<Option<Document<State>>, Refusal> {
    FlowStore::new(host, Keys(flow.file.name.clone())).newest().map_err(failed)
}

pub(super) fn refusal(why: NotNow) -> Refusal {
    let status = match why {
        NotNow::Busy(_) | NotNow::NotInitialised(_) => StatusCode::CONFLICT,
        NotNow::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        NotNow::FlowFile(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, why.into_problem())
}

pub(super) fn index(call: &Call<'_>) -> Result<(Index, State), Refusal> {
    let document = newest(call.host, call.flow)?;
    let Some(Document { state: Inherited::State(state), .. }) = document else {
        return Err(refusal(not_initialised(call.flow)));
    };
    let keys = Keys(call.flow.file.name.clone());
    let index = Index::load(call.host.store, &keys, &state.dead).map_err(failed)?;
    Ok((index, state))
}

fn new_run<'c>(
    host: Host<'c>,
    flow: &'c Flow,
    lease: Option<Held>,
    limits: Limits,
    trigger: Trigger,
    state: State,
) -> Run<'c> {
    let opening = opening(host, flow, lease.as_ref());
    let (source, target) = (flow.source.open(&opening), flow.target.open(&opening));
    let finder = finder(flow, &opening);
    Run::new(host, flow, source, target, finder, lease, limits, trigger, state)
}

pub(super) fn opening<'c>(host: Host<'c>, flow: &'c Flow, lease: Option<&Held>) -> Opening<'c> {
    let Settings { existing, seal, .. } = &flow.settings;
    let clocks = crate::run::clocks(host);
    let until = lease.map(|lease| clocks.monotonic + lease.remaining(clocks));
    Opening { host, file: &flow.file, existing: *existing, seal, until }
}

pub(super) fn finder<'c>(flow: &'c Flow, opening: &Opening<'c>) -> Option<Finder<'c>> {
    let lookups = flow.lookups.as_ref()?;
    Some(Finder::new(opening, &flow.digest, lookups.open(opening)))
}

pub(super) fn body<B: DeserializeOwned>(call: &Call<'_>) -> Result<B, Refusal> {
    let bytes = call.request.body();
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes.as_slice() };
    // An object, before all else: serde would also take a list for the fields in their order.
    let object: Result<serde_json::Map<String, Value>, _> = serde_json::from_slice(bytes);
    object.and_then(|object| serde_json::from_value(object.into())).map_err(|error| {
        (
            StatusCode::BAD_REQUEST,
            Problem::new("bad_json", format!("the body: {error}"), format!("请求体：{error}")),
        )
    })
}

pub(super) fn answer((status, problem): Refusal) -> Answer {
    Answer::Refusal(status, problem)
}

/// A range of past times, as an operator writes it.
pub(super) fn range(from: Option<&str>, to: Option<&str>, now: i64) -> Result<(i64, i64), Refusal> {
    let time = |name: &str, text: Option<&str>| {
        let text = text.unwrap_or_default();
        shanghai::parse(text).ok_or_else(|| {
            (
                StatusCode::BAD_REQUEST,
                Problem::new(
                    "bad_time",
                    format!("{name} {text:?} is no time like 2026-11-01 00:00:00 (Shanghai time)"),
                    format!("{name} {text:?} 不是形如 2026-11-01 00:00:00 的上海时间"),
                ),
            )
        })
    };
    let begin = time("from", from)?;
    let end = if to.is_none() { now } else { time("to", to)?.min(now) };
    if begin >= end {
        return Err((
            StatusCode::BAD_REQUEST,
            Problem::new(
                "bad_range",
                "the range ends before it begins, or lies in the future",
                "时间范围的结束早于开始，或在将来",
            ),
        ));
    }
    Ok((begin, end))
}

/// An operator's change to the state, under the lease.
pub(super) fn holding_for_operator<R>(
    call: &Call<'_>,
    work: impl FnOnce(Run<'_>) -> R,
) -> Result<R, Refusal> {
    let store = FlowStore::new(call.host, Keys(call.flow.file.name.clone()));
    holding_over(store, call.host, call.flow, None, |lease, state| {
        work(new_run(call.host, call.flow, Some(lease), default_limits(call.flow), Trigger::Operator, state))
    })
    .map_err(refusal)
}

pub(super) fn failed(failure: Failure) -> Refusal {
    (StatusCode::SERVICE_UNAVAILABLE, failure.problem)
}

fn unknown_letter(id: &str) -> Refusal {
    (
        StatusCode::NOT_FOUND,
        Problem::new(
            "unknown_dead_letter",
            format!("there is no dead letter {id:?}"),
            format!("没有死信 {id:?}"),
        ),
    )
}
