//! The routes of the control API that are 聚水潭's own. Its table is in the front page of the crate.

use serde_json::{Value, json};

use super::generator::{self, Generate};
use super::records::Change;
use super::state::Simulated;
use crate::control::{read, to_json};
use crate::system::{ControlCall, Held, Wrong};

pub(super) fn route(held: &mut Held<Simulated>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
    let (now, now_ms) = (held.now(), held.now_ms());
    let records = &mut held.system.records;
    Ok(match (at.method, at.segments) {
        ("POST", ["generate"]) => {
            let what: Generate = read(at.body)?;
            *records = generator::generate(&what, now);
            json!({"records": records.inouts.len(), "shops": records.shops.len()})
        }
        ("GET", ["records"]) => to_json(&records.inouts.values().collect::<Vec<_>>()),
        ("GET", ["records", id]) => {
            let id: i64 = id.parse().map_err(|_| format!("{id:?} is not an id"))?;
            to_json(records.inouts.get(&id).ok_or(Wrong::NotFound)?)
        }
        ("GET", ["shops"]) => to_json(&records.shops.values().collect::<Vec<_>>()),
        ("POST", ["tokens"]) => held.system.give_token(&held.switches, now_ms).into(),
        ("DELETE", ["tokens"]) => json!({"touched": held.change(&Change::ExpireTokens)}),
        _ => return Err(Wrong::NotFound),
    })
}
