//! `POST …/preview`: what becomes of a record, field by field.

use super::actions::{answer, body, finder, opening};
use super::{Answer, Call};
use crate::flow::Flow;
use crate::problem::Problem;
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
    let opening = opening(call.host, call.flow, None);
    let Some(mut finder) = finder(call.flow, &opening).filter(|_| lookups) else {
        return Answer::Body(StatusCode::OK, previewed(call, record, None));
    };
    let resolved = finder.resolve(&mut |lookups| {
        previewed(call, record.clone(), Some(lookups));
    });
    match resolved {
        Ok(()) => Answer::Body(StatusCode::OK, previewed(call, record, Some(&finder))),
        Err(failure) => Answer::Refusal(StatusCode::BAD_GATEWAY, failure.problem),
    }
}

fn previewed(
    call: &Call<'_>,
    record: serde_json::Map<String, Value>,
    lookups: Option<&dyn Lookups>,
) -> Value {
    let now = call.host.clock.wall_ms().div_euclid(1000);
    let context = Context {
        params: &call.flow.file.params,
        last_sync_time: now,
        current_time: now,
        page_size: call.flow.file.source.pagination.page_size,
        start_page: 0,
        start_row: 0,
        lookups,
    };
    let shaping = &call.flow.shaping;
    if shaping.is_identity() {
        mapped(call.flow, &record, None, &context)
    } else {
        match shaping.shape(Value::Object(record), &context) {
            Ok(shaped) => {
                let mut records = Vec::with_capacity(shaped.records.len());
                for made in shaped.records {
                    let mut one = mapped(call.flow, &made.record, made.error.as_ref(), &context);
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
