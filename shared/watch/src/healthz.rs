//! `GET /healthz`: whether somebody should look. Open to all, and so it names flows and nothing else.

use crate::fleet::{Standing, State};
use http::StatusCode;
use serde_json::{Value, json};

/// 200 while all is well; 503 with the names of the flows that are behind, failing or stopped.
pub fn answer(standings: &[Standing]) -> (StatusCode, Value) {
    let of = |state: State| -> Vec<&str> {
        let those = standings.iter().filter(|standing| standing.state == state);
        those.map(|standing| standing.flow.as_str()).collect()
    };
    if standings.iter().all(|standing| standing.state.is_healthy()) {
        return (StatusCode::OK, json!({"status": "ok"}));
    }
    let body = json!({
        "status": "unhealthy",
        "behind": of(State::Behind),
        "failing": of(State::Failing),
        "stopped": of(State::Stopped),
    });
    (StatusCode::SERVICE_UNAVAILABLE, body)
}
