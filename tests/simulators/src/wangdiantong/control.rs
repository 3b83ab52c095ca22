//! The routes of the control API that are 旺店通's own. Its table is in the front page of the crate.

use serde_json::{Value, json};

use super::generator::{self, Generate};
use super::state::{Simulated, to_the_second};
use super::stockouts::{Stockout, Stockouts};
use crate::control::{read, to_json};
use crate::system::{ControlCall, Held, Wrong};

pub(super) fn route(held: &mut Held<Simulated>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
    let now = to_the_second(held.now());
    let stockouts = &mut held.system.stockouts;
    Ok(match (at.method, at.segments) {
        ("POST", ["generate"]) => {
            let what: Generate = read(at.body)?;
            stockouts.add(generator::generate(&what, now));
            json!({"count": stockouts.0.len()})
        }
        ("GET", ["stockouts"]) => listed(stockouts, at.query)?,
        ("GET", ["stockouts", number]) => to_json(stockouts.0.get(*number).ok_or(Wrong::NotFound)?),
        _ => return Err(Wrong::NotFound),
    })
}

/// `?after=…&limit=…`: the count of all, and a page of them by `stockout_no`.
fn listed(stockouts: &Stockouts, query: &str) -> Result<Value, Wrong> {
    let (mut after, mut limit) = (String::new(), 1000);
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "after" => after = value.into_owned(),
            "limit" => limit = value.parse().map_err(|_| format!("limit={value} is not a whole number"))?,
            _ => return Err(format!("unknown parameter {key}; there are after and limit").into()),
        }
    }
    let all = &stockouts.0;
    let rows: Vec<&Stockout> = all.values().filter(|s| s.stockout_no > after).take(limit).collect();
    Ok(json!({"count": all.len(), "stockouts": to_json(&rows)}))
}
