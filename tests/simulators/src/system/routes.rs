//! The control API: what [`Running`](super::Running) can do, for other processes. Its table is in the front
//! page of the crate.

use std::sync::Arc;

use hyper::Response;
use serde_json::{Value, json};

use super::server::Simulator;
use super::{ControlCall, Held, System};
use crate::control::{self, Wrong, read, switched, to_json};
use crate::serve::{Body, Dropped};

/// Answers one request.
pub(crate) async fn answer<S: System>(
    simulator: Arc<Simulator<S>>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    control::answer(request, |method, segments, query, body| {
        let (held, at) = (&mut *simulator.held(), ControlCall { method, segments, query, body });
        match S::route(held, &at) {
            Err(Wrong::NotFound) => route(held, &at),
            answered => answered,
        }
    })
    .await
}

/// The routes that all systems have.
fn route<S: System>(held: &mut Held<S>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
    Ok(match (at.method, at.segments) {
        ("POST", ["reset"]) => {
            held.reset();
            json!({})
        }
        ("GET", ["switches"]) => to_json(&held.switches),
        ("POST", ["switches"]) => {
            held.switches = switched(&held.switches, at.body)?;
            to_json(&held.switches)
        }
        ("POST", ["changes"]) => json!({"touched": held.change(&read(at.body)?)}),
        ("POST", ["faults"]) => json!({"id": held.faults.arm(read(at.body)?)}),
        ("GET", ["faults"]) => to_json(&held.faults.armed),
        ("DELETE", ["faults"]) => {
            held.disarm();
            json!({})
        }
        ("POST", ["hooks"]) => {
            held.faults.hooks.push(read(at.body)?);
            json!({})
        }
        ("GET", ["calls"]) => to_json(&held.log.calls),
        ("DELETE", ["calls"]) => {
            held.clear_log();
            json!({})
        }
        ("GET", ["counters"]) => to_json(&held.log.counters),
        _ => return Err(Wrong::NotFound),
    })
}
