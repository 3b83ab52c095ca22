//! The control API: what [`Running`](super::Running) can do, for other processes. Its table is in the
//! front page of the crate.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::{Fault, Hook};
use super::fit::Records;
use super::generator::{self, Generate};
use super::materials::{self, Change, Material};
use super::parse::parse_text;
use super::server::Simulator;
use super::state::State;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseRow {
    form: String,
    number: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBill {
    form: String,
    model: Value,
    #[serde(default = "audited")]
    status: char,
}

fn audited() -> char {
    'C'
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
            let materials = &mut simulator.state().materials;
            materials.add(generated);
            json!({"count": materials.0.len()})
        }
        ("POST", ["changes"]) => {
            let change: Change = read(body)?;
            let state = &mut *simulator.state();
            let (now, stamps) = (state.now(), state.switches.audit_stamps);
            json!({"touched": state.materials.change(&change, now, stamps)})
        }
        ("GET", ["materials"]) => listed(simulator, query)?,
        ("GET", ["materials", id]) => {
            let id: i64 = id.parse().map_err(|_| format!("{id:?} is not an FMATERIALID"))?;
            to_json(simulator.state().materials.0.get(&id).ok_or(Wrong::NotFound)?)
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
        ("DELETE", ["sessions"]) => {
            simulator.state().sessions.clear();
            json!({})
        }
        ("POST", ["base"]) => {
            let row: BaseRow = read(body)?;
            json!({"id": simulator.add_base(&row.form, &row.number, &row.name)?})
        }
        ("POST", ["bills"]) => {
            let bill: NewBill = read(body)?;
            json!({"id": simulator.add_bill(&bill.form, &bill.model, bill.status)?})
        }
        ("POST", ["fit"]) => {
            let records: Records = read(body)?;
            to_json(&simulator.fit(&records)?)
        }
        ("GET", ["bills", form]) => simulator.stored_bills(form)?.into(),
        ("POST", ["delete-bills", form]) => {
            let numbers: Vec<String> = read(body)?;
            json!({"touched": simulator.state().bills.delete(form, &numbers)})
        }
        ("POST", ["refuse-audit"]) => {
            let numbers: Vec<String> = read(body)?;
            simulator.state().bills.refuse_audit = numbers.into_iter().collect();
            json!({})
        }
        _ => return Err(Wrong::NotFound),
    })
}

/// `?filter=…&after=…&limit=…`: the count of all that match, and a page of them by `FMATERIALID`.
fn listed(simulator: &Simulator, query: &str) -> Result<Value, Wrong> {
    let (mut filter, mut after, mut limit) = (String::new(), i64::MIN, 1000);
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let bad = || format!("{key}={value} is not a whole number");
        match key.as_ref() {
            "filter" => filter = value.into_owned(),
            "after" => after = value.parse().map_err(|_| bad())?,
            "limit" => limit = value.parse().map_err(|_| bad())?,
            _ => return Err(format!("unknown parameter {key}; there are filter, after and limit").into()),
        }
    }
    let compiled = parse_text(&filter)
        .and_then(|parsed| parsed.compile(&mut materials::column))
        .map_err(|error| format!("{error:?}"))?;
    let state = simulator.state();
    let matches = |m: &&Material| compiled.matches(&|column| materials::cell(m, column));
    let matching = state.materials.0.values().filter(matches);
    let rows: Vec<&Material> = matching.clone().filter(|m| m.id > after).take(limit).collect();
    Ok(json!({"count": matching.count(), "materials": to_json(&rows)}))
}
