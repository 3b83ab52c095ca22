//! `POST …/preview`: what becomes of a record, field by field.

use super::actions::{answer, body};
use super::{Answer, Call};
use crate::flow::Flow;
use crate::problem::Problem;
use ferry_mapping::{Context, Record, RowError, Value};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewBody {
    record: serde_json::Map<String, Value>,
    /// Accepted for every flow; this version's flow files have none.
    #[serde(default, rename = "lookups")]
    _lookups: bool,
}

/// `{"document", "error", "fields"}` of the record. Where the flow file shapes records, they are those of the
/// first that comes of it (nulls where none does), and with them come `"filtered"`, how many records the
/// condition leaves out, and `"records"`, the same three for each with the `"record"` as the mapping sees it.
pub(super) fn preview(call: &Call<'_>) -> Answer {
    let PreviewBody { record, .. } = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    let now = call.host.clock.wall_ms().div_euclid(1000);
    let context = Context {
        params: &call.flow.file.params,
        last_sync_time: now,
        current_time: now,
        page_size: call.flow.file.source.pagination.page_size,
        start_page: 0,
        start_row: 0,
        lookups: None,
    };
    let shaping = &call.flow.shaping;
    let answer = if shaping.is_identity() {
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
    };
    Answer::Body(StatusCode::OK, answer)
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
