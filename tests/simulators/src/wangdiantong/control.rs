//! The control API: what [`Running`](super::Running) can do, for other processes. Its table is in the
//! front page of the crate.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use serde_json::{Value, json};

use super::faults::{Fault, Hook};
use super::generator::{self, Generate};
use super::server::Simulator;
use super::state::State;
use super::stockouts::{Change, Stockout};
use crate::control::{self, Wrong, read, switched, to_json};
use crate::serve::{Body, Dropped};

/// Answers one request.
pub(super) async fn answer(
    simulator: Arc<Simulator>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    control::answer(request, |method, segments, query, body| route(&simulator, method, segments, query, body))
        .await
}

fn route(
    simulator: &Simulator,
    method: &str,
    segments: &[&str],
    query: &str,
    body: &Bytes,
) -> Result<Value, Wrong> {
    Ok(match (method, segments) {
        ("POST", ["reset"]) => {
            let config = simulator.state().config.clone();
            let fresh = State::new(config);
            *simulator.state() = fresh;
            json!({})
        }
        ("GET", ["switches"]) => to_json(&simulator.state().switches),
        ("POST", ["switches"]) => {
            let state = &mut *simulator.state();
            state.switches = switched(&state.switches, body)?;
            to_json(&state.switches)
        }
        ("POST", ["generate"]) => {
            let what: Generate = read(body)?;
            let now = simulator.state().now();
            let generated = generator::generate(&what, now);
            let stockouts = &mut simulator.state().stockouts;
            stockouts.add(generated);
            json!({"count": stockouts.0.len()})
        }
        ("POST", ["changes"]) => {
            let change: Change = read(body)?;
            let state = &mut *simulator.state();
            let now = state.now();
            json!({"touched": state.stockouts.change(&change, now)})
        }
        ("GET", ["stockouts"]) => listed(simulator, query)?,
        ("GET", ["stockouts", number]) => {
            to_json(simulator.state().stockouts.0.get(*number).ok_or(Wrong::NotFound)?)
        }
        ("POST", ["faults"]) => {
            let fault: Fault = read(body)?;
            json!({"id": simulator.state().faults.arm(fault)})
        }
        ("GET", ["faults"]) => to_json(&simulator.state().faults.armed),
        ("DELETE", ["faults"]) => {
            let faults = &mut simulator.state().faults;
            faults.armed.clear();
            faults.hooks.clear();
            json!({})
        }
        ("POST", ["hooks"]) => {
            let hook: Hook = read(body)?;
            simulator.state().faults.hooks.push(hook);
            json!({})
        }
        ("GET", ["calls"]) => to_json(&simulator.state().log.calls),
        ("DELETE", ["calls"]) => {
            simulator.state().log = crate::log::Log::default();
            json!({})
        }
        ("GET", ["counters"]) => to_json(&simulator.state().log.counters),
        _ => return Err(Wrong::NotFound),
    })
}

/// `?after=…&limit=…`: the count of all, and a page of them by `stockout_no`.
fn listed(simulator: &Simulator, query: &str) -> Result<Value, Wrong> {
    let (mut after, mut limit) = (String::new(), 1000);
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "after" => after = value.into_owned(),
            "limit" => limit = value.parse().map_err(|_| format!("limit={value} is not a whole number"))?,
            _ => return Err(format!("unknown parameter {key}; there are after and limit").into()),
        }
    }
    let state = simulator.state();
    let all = &state.stockouts.0;
    let rows: Vec<&Stockout> = all.values().filter(|s| s.stockout_no > after).take(limit).collect();
    Ok(json!({"count": all.len(), "stockouts": to_json(&rows)}))
}
