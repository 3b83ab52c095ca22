//! Calls a flow over HTTP until it has no more to do (`design.md` 6).

use crate::Result;
use crate::app::{Answer, App};
use anyhow::{anyhow, bail};
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

/// How long somebody else may hold the lease before we give up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Calls `POST /flows/<flow>/run` with `body` until the answer says that there is no more; every report
/// goes through `each` as it comes. Answers that only ask for patience are waited out.
///
/// # Errors
/// When the flow answers with an error, when a run neither reads nor settles anything and still wants to
/// be called again, or when `each` fails.
pub fn run_to_the_end(
    app: &App,
    flow: &str,
    token: &str,
    body: &Value,
    mut each: impl FnMut(&Value) -> Result<()>,
) -> Result<Vec<Value>> {
    let mut reports: Vec<Value> = Vec::new();
    let mut since = Instant::now();
    loop {
        let answer = app.post(&format!("/flows/{flow}/run"), token, body)?;
        match reading(&answer) {
            Reading::Report { has_more } => {
                let stuck = has_more && answer.body["calls"]["source"] == 0;
                if stuck && since.elapsed() > PATIENCE {
                    bail!("The flow {flow} wants to be called again and does nothing: {}", answer.body);
                }
                if !stuck {
                    since = Instant::now();
                }
                each(&answer.body)?;
                reports.push(answer.body);
                if !has_more {
                    return Ok(reports);
                }
            }
            Reading::Wait(pause) if since.elapsed() < PATIENCE => thread::sleep(pause),
            Reading::Wait(_) | Reading::Failed => {
                return Err(failure(&format!("The flow {flow}"), &answer));
            }
        }
    }
}

/// `POST /flows/<flow>/preview` of one source record.
///
/// # Errors
/// When the answer is not 200.
pub fn preview(app: &App, flow: &str, token: &str, record: &Value) -> Result<Value> {
    let path = format!("/flows/{flow}/preview");
    let answer = app.post(&path, token, &json!({ "record": record }))?;
    if answer.status != 200 {
        return Err(failure("The preview", &answer));
    }
    Ok(answer.body)
}

enum Reading {
    Report { has_more: bool },
    Wait(Duration),
    Failed,
}

fn reading(answer: &Answer) -> Reading {
    let code = answer.body["error"]["code"].as_str().unwrap_or_default();
    match (answer.status, code) {
        (200, _) if answer.body["has_more"].is_boolean() && answer.body["error"].is_null() => {
            Reading::Report { has_more: answer.body["has_more"] == true }
        }
        (409, "already_running") => Reading::Wait(Duration::from_millis(300)),
        (503, _) => Reading::Wait(Duration::from_secs(answer.retry_after.unwrap_or(1).clamp(1, 60))),
        _ => Reading::Failed,
    }
}

/// The error in an answer, with the app's own words and hint.
fn failure(who: &str, answer: &Answer) -> anyhow::Error {
    let error = &answer.body["error"];
    let word = |name: &str| error[name].as_str().unwrap_or_default();
    if word("code").is_empty() {
        return anyhow!("{who} answered {} {}", answer.status, answer.body);
    }
    let mut text = format!("{who} answered {} {}: {}", answer.status, word("code"), word("message"));
    for line in ["message_zh", "hint", "hint_zh"].map(word) {
        if !line.is_empty() {
            text += &format!("\n{line}");
        }
    }
    if let Some(records) = answer.body["records"].as_u64() {
        text += &format!("\nUntil then it had read {records} records; what was settled stays settled.");
    }
    anyhow!(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer { status, retry_after: None, body }
    }

    #[test]
    fn patience_is_for_a_held_lease_and_a_spent_quota_only() {
        let held = answer(409, json!({"error": {"code": "already_running"}}));
        assert!(matches!(reading(&held), Reading::Wait(_)));
        assert!(matches!(reading(&answer(503, json!({}))), Reading::Wait(_)));
        let new = answer(409, json!({"error": {"code": "not_initialised"}}));
        assert!(matches!(reading(&new), Reading::Failed));
        assert!(matches!(reading(&answer(502, json!({}))), Reading::Failed));
        assert!(matches!(reading(&answer(200, json!("hello"))), Reading::Failed));
        let done = answer(200, json!({"has_more": false, "error": null}));
        assert!(matches!(reading(&done), Reading::Report { has_more: false }));
    }

    #[test]
    fn a_failure_carries_the_apps_own_words() {
        let error = failure(
            "The flow f",
            &answer(
                502,
                json!({"records": 4000, "error": {"code": "target_failed", "message": "no such table", "message_zh": "表不存在", "hint": "create it", "hint_zh": "请建表"}}),
            ),
        );
        assert_eq!(
            error.to_string(),
            "The flow f answered 502 target_failed: no such table\n表不存在\ncreate it\n请建表\n\
             Until then it had read 4000 records; what was settled stays settled."
        );
    }
}
