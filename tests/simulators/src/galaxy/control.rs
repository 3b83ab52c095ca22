//! The routes of the control API that are Galaxy's own. Its table is in the front page of the crate.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fit::Records;
use super::generator::{self, Generate};
use super::materials::{self, Material, Materials};
use super::parse::parse_text;
use super::state::Simulated;
use crate::control::{read, to_json};
use crate::system::{ControlCall, Held, Wrong};

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

pub(super) fn route(held: &mut Held<Simulated>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
    let now = held.now();
    let Simulated { sessions, materials, bills, .. } = &mut held.system;
    Ok(match (at.method, at.segments) {
        ("POST", ["generate"]) => {
            let what: Generate = read(at.body)?;
            materials.add(generator::generate(&what, now));
            json!({"count": materials.0.len()})
        }
        ("GET", ["materials"]) => listed(materials, at.query)?,
        ("GET", ["materials", id]) => {
            let id: i64 = id.parse().map_err(|_| format!("{id:?} is not an FMATERIALID"))?;
            to_json(materials.0.get(&id).ok_or(Wrong::NotFound)?)
        }
        ("DELETE", ["sessions"]) => {
            sessions.clear();
            json!({})
        }
        ("POST", ["base"]) => {
            let row: BaseRow = read(at.body)?;
            json!({"id": held.add_base(&row.form, &row.number, &row.name)?})
        }
        ("POST", ["bills"]) => {
            let bill: NewBill = read(at.body)?;
            json!({"id": held.add_bill(&bill.form, &bill.model, bill.status)?})
        }
        ("POST", ["fit"]) => {
            let records: Records = read(at.body)?;
            to_json(&held.fit(&records)?)
        }
        ("GET", ["bills", form]) => held.stored_bills(form)?.into(),
        ("POST", ["delete-bills", form]) => {
            let numbers: Vec<String> = read(at.body)?;
            json!({"touched": bills.delete(form, &numbers)})
        }
        ("POST", ["refuse-audit"]) => {
            let numbers: Vec<String> = read(at.body)?;
            bills.refuse_audit = numbers.into_iter().collect();
            json!({})
        }
        _ => return Err(Wrong::NotFound),
    })
}

/// `?filter=…&after=…&limit=…`: the count of all that match, and a page of them by `FMATERIALID`.
fn listed(materials: &Materials, query: &str) -> Result<Value, Wrong> {
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
    let matches = |m: &&Material| compiled.matches(&|column| materials::cell(m, column));
    let matching = materials.0.values().filter(matches);
    let rows: Vec<&Material> = matching.clone().filter(|m| m.id > after).take(limit).collect();
    Ok(json!({"count": matching.count(), "materials": to_json(&rows)}))
}
