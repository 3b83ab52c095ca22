//! The control API: what [`Running`](super::Running) can do, for other processes. Its table is in the front
//! page of the crate.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use serde_json::{Value, json};

use super::server::Simulator;
use super::{ControlCall, System};
use crate::control::{self, Wrong, read, switched, to_json};
use crate::serve::{Body, Dropped};

/// Answers one request.
pub(crate) async fn answer<S: System>(
    simulator: Arc<Simulator<S>>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    control::answer(request, |method, segments, _query, body| route(&simulator, method, segments, body)).await
}

fn route<S: System>(
    simulator: &Simulator<S>,
    method: &str,
    segments: &[&str],
    body: &Bytes,
) -> Result<Value, Wrong> {
    let held = &mut *simulator.held();
    Ok(match (method, segments) {
        ("POST", ["reset"]) => {
            held.reset();
            json!({})
        }
        ("GET", ["switches"]) => to_json(&held.switches),
        ("POST", ["switches"]) => {
            held.switches = switched(&held.switches, body)?;
            to_json(&held.switches)
        }
        ("POST", ["changes"]) => {
            let change: S::Change = read(body)?;
            let now = held.now();
            json!({"touched": held.system.change(&change, now)})
        }
        ("POST", ["faults"]) => json!({"id": held.faults.arm(read(body)?)}),
        ("GET", ["faults"]) => to_json(&held.faults.armed),
        ("DELETE", ["faults"]) => {
            held.faults.armed.clear();
            held.faults.hooks.clear();
            json!({})
        }
        ("POST", ["hooks"]) => {
            held.faults.hooks.push(read(body)?);
            json!({})
        }
        ("GET", ["calls"]) => to_json(&held.log.calls),
        ("DELETE", ["calls"]) => {
            held.clear_log();
            json!({})
        }
        ("GET", ["counters"]) => {
            let mut counters = to_json(&held.log.counters);
            let most = held.at_once.iter().map(|(op, (_, most))| (to_json(op), *most));
            let most = most.filter_map(|(op, most)| Some((op.as_str()?.to_owned(), most.into())));
            counters["most_at_once"] = Value::Object(most.collect());
            counters
        }
        _ => {
            let now = held.now();
            return held.system.route(&ControlCall { method, segments, body, now });
        }
    })
}
