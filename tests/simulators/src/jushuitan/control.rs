//! The control API: what [`Running`](super::Running) can do, for other processes. Its table is in the
//! front page of the crate.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use serde_json::{Value, json};

use super::faults::{Fault, Hook};
use super::generator::{self, Generate};
use super::records::Change;
use super::server::Simulator;
use super::state::State;
use crate::control::{self, Wrong, read, switched, to_json};
use crate::serve::{Body, Dropped};

/// Answers one request.
pub(super) async fn answer(
    simulator: Arc<Simulator>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    control::answer(request, |method, segments, _, body| route(&simulator, method, segments, body)).await
}

fn route(simulator: &Simulator, method: &str, segments: &[&str], body: &Bytes) -> Result<Value, Wrong> {
    let state = &mut *simulator.state();
    Ok(match (method, segments) {
        ("POST", ["reset"]) => {
            *state = State::new(state.config.clone());
            json!({})
        }
        ("GET", ["switches"]) => to_json(&state.switches),
        ("POST", ["switches"]) => {
            state.switches = switched(&state.switches, body)?;
            to_json(&state.switches)
        }
        ("POST", ["generate"]) => {
            let what: Generate = read(body)?;
            state.records = generator::generate(&what, state.now());
            json!({"records": state.records.inouts.len(), "shops": state.records.shops.len()})
        }
        ("POST", ["changes"]) => {
            let change: Change = read(body)?;
            json!({"touched": state.change(&change)})
        }
        ("GET", ["records"]) => to_json(&state.records.inouts.values().collect::<Vec<_>>()),
        ("GET", ["records", id]) => one(state.records.inouts.get(&whole(id)?))?,
        ("GET", ["shops"]) => to_json(&state.records.shops.values().collect::<Vec<_>>()),
        ("POST", ["tokens"]) => Value::Object(state.give_token()),
        ("DELETE", ["tokens"]) => json!({"touched": state.change(&Change::ExpireTokens)}),
        ("POST", ["faults"]) => {
            let fault: Fault = read(body)?;
            json!({"id": state.faults.arm(fault)})
        }
        ("GET", ["faults"]) => to_json(&state.faults.armed),
        ("DELETE", ["faults"]) => {
            state.faults.armed.clear();
            state.faults.hooks.clear();
            json!({})
        }
        ("POST", ["hooks"]) => {
            let hook: Hook = read(body)?;
            state.faults.hooks.push(hook);
            json!({})
        }
        ("GET", ["calls"]) => to_json(&state.log.calls),
        ("DELETE", ["calls"]) => {
            state.log = crate::log::Log::default();
            json!({})
        }
        ("GET", ["counters"]) => to_json(&state.log.counters),
        _ => return Err(Wrong::NotFound),
    })
}

fn whole(id: &str) -> Result<i64, Wrong> {
    id.parse().map_err(|_| Wrong::Malformed(format!("{id:?} is not an id")))
}

fn one<T: serde::Serialize>(found: Option<&T>) -> Result<Value, Wrong> {
    found.map(to_json).ok_or(Wrong::NotFound)
}
