//! A plain webhook: one POST with JSON for whatever the operator has. Any 2xx is success.
//!
//! ```json
//! {"source": "ferry", "sent_at": "2026-11-30 14:00:30", "text": "the whole message",
//!  "alerts": [{"flow": "…", "title": {"en", "zh"}, "code": "failing", "change": "opened", "since": "…",
//!              "what": {"en", "zh"}, "hint": {"en", "zh"}, "link": "…"}],
//!  "more": 0}
//! ```
//! `change` is `opened`, `more` (new dead letters again), `reminder` or `recovered`; `more` counts what was left out.

use super::message::{Item, Message};
use super::{Refusal, post, refusal};
use crate::settings::Place;
use ferry_sync::shanghai;
use http::{Request, Response};
use serde_json::{Value, json};

/// The most alerts of one call; a receiver may have limits, too.
pub const MOST_ALERTS: usize = 50;

/// Where it goes.
#[derive(Clone)]
pub struct Webhook {
    /// Its address; the path may hold a secret.
    pub place: Place,
}

/// Sends a message.
pub fn request(webhook: &Webhook, message: &Message, now_ms: i64) -> Request<Vec<u8>> {
    let kept = message.items.len().min(MOST_ALERTS);
    let body = json!({
        "source": "ferry",
        "sent_at": shanghai::text(now_ms.div_euclid(1000)),
        "text": message.text(kept),
        "alerts": message.items[..kept].iter().map(|item| alert(message, item)).collect::<Vec<_>>(),
        "more": message.items.len() - kept,
    });
    post(Some(webhook.place.uri()), body.to_string().into_bytes())
}

fn alert(message: &Message, item: &Item) -> Value {
    json!({
        "flow": item.flow,
        "title": item.title,
        "code": item.code,
        "change": item.change,
        "since": shanghai::text(item.since),
        "what": item.what,
        "hint": item.hint,
        "link": message.link(item),
    })
}

/// What an answer means.
///
/// # Errors
/// Why the message was not taken.
pub fn outcome(answer: &Response<Vec<u8>>) -> Result<(), Refusal> {
    if answer.status().is_success() {
        return Ok(());
    }
    Err(refusal(
        "webhook_status",
        Some(answer.status().as_u16().into()),
        "the webhook answered with another status than 2xx",
        "Webhook 应答的状态码不是 2xx",
    ))
}
