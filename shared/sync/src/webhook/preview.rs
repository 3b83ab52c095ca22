//! `POST …/preview`: what becomes of a record, field by field.

use super::actions::{Refusal, answer, body, finder, opening, refusal};
use super::{Answer, Call};
use crate::flow::Flow;
use crate::hold::looking;
use crate::host::Host;
use crate::problem::Problem;
use crate::versions::outdated;
use ferry_mapping::{Context, Lookups, Record, RowError, Value};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewBody {
    record: serde_json::Map<String, Value>,
    /// Makes the calls of `_findCollection`. Without, what is looked up is an error of its field.
    #[serde(default)]
    lookups: bool,
}

/// `{"document", "error", "fields"}` of the record. Where the flow file shapes records, they are those of the
/// first that comes of it (nulls where none does), and with them come `"filtered"`, how many records the
/// condition leaves out, and `"records"`, the same three for each with the `"record"` as the mapping sees it.
pub(super) fn preview(call: &Call<'_>) -> Answer {
    let PreviewBody { record, lookups } = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    // Not by the built-in file, where the store has lost the version that is in use.
    if let Ok(state) = looking(call.host, call.flow)
        && let Some(why) = outdated(call.host, call.flow, &state)
    {
        return answer(refusal(why));
    }
    match with_lookups(call.host, call.flow, &record, lookups) {
        Ok(previewed) => Answer::Body(StatusCode::OK, previewed),
        Err(refusal) => answer(refusal),
    }
}

/// The preview of a record by a flow, which looks up what is to be looked up if `lookups`.
pub(super) fn with_lookups(
    host: Host<'_>,
    flow: &Flow,
    record: &serde_json::Map<String, Value>,
    lookups: bool,
) -> Result<Value, Refusal> {
    let opening = opening(host, flow, None);
    let Some(mut finder) = finder(flow, &opening).filter(|_| lookups) else {
        return Ok(previewed(host, flow, record.clone(), None));
    };
    let resolved = finder.resolve(&mut |lookups| {
        previewed(host, flow, record.clone(), Some(lookups));
    });
    resolved.map_err(|failure| (StatusCode::BAD_GATEWAY, failure.problem))?;
    Ok(previewed(host, flow, record.clone(), Some(&finder)))
}

fn previewed(
    host: Host<'_>,
    flow: &Flow,
    record: serde_json::Map<String, Value>,
    lookups: Option<&dyn Lookups>,
) -> Value {
    let now = host.clock.wall_ms().div_euclid(1000);
    let context = Context {
        params: &flow.file.params,
        last_sync_time: now,
        current_time: now,
        page_size: flow.file.source.pagination.page_size,
        start_page: 0,
        start_row: 0,
        lookups,
    };
    let shaping = &flow.shaping;
    if shaping.is_identity() {
        mapped(flow, &record, None, &context)
    } else {
        match shaping.shape(Value::Object(record), &context) {
            Ok(shaped) => {
                let mut records = Vec::with_capacity(shaped.records.len());
                for made in shaped.records {
                    let mut one = mapped(flow, &made.record, made.error.as_ref(), &context);
                    one["record"] = made.record;
                    records.push(one);
                }
                let first = records.first().cloned().unwrap_or_default();
                json!({
                    "document": first["document"], "error": first["error"], "fields": first["fields"],
                    "filtered": shaped.filtered, "records": records,
                })
            }
            Err(error) => {
                json!({"document": null, "error": Problem::from(&error), "fields": null, "filtered": 0, "records": []})
            }
        }
    }
}

/// The document of one record, or why there is none, and how each of its fields came about.
fn mapped(flow: &Flow, record: &dyn Record, error: Option<&RowError>, context: &Context<'_>) -> Value {
    let mapping = &flow.mapping;
    let document = match error {
        Some(error) => Err(error.clone()),
        None => mapping.document(record, context),
    };
    json!({
        "document": document.as_ref().ok(),
        "error": document.as_ref().err().map(Problem::from),
        "fields": mapping.explain(record, context),
    })
}
