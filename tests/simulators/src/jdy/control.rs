//! The routes of the control API that are 星辰's own. Its table is in the front page of the crate.

use serde_json::{Value, json};

use super::generator::{self, Generate};
use super::state::Simulated;
use crate::control::{read, to_json};
use crate::system::{ControlCall, Held, Wrong};

pub(super) fn route(held: &mut Held<Simulated>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
    let now_ms = held.now_ms();
    let Simulated { customers, tokens, .. } = &mut held.system;
    Ok(match (at.method, at.segments) {
        ("POST", ["generate"]) => {
            let what: Generate = read(at.body)?;
            *customers = generator::generate(&what, now_ms);
            json!({"count": customers.by_id.len()})
        }
        ("GET", ["customers"]) => to_json(&customers.by_id.values().collect::<Vec<_>>()),
        ("GET", ["customers", number]) => to_json(customers.by_number(number).ok_or(Wrong::NotFound)?),
        ("DELETE", ["tokens"]) => {
            tokens.expire();
            json!({})
        }
        ("POST", ["rotate-secrets"]) => {
            tokens.rotate();
            json!({})
        }
        _ => return Err(Wrong::NotFound),
    })
}
