//! The flow of a running app, called as its users call it.

use super::galaxy::{BEHIND_MS, Galaxy};
use super::world::{ADMIN_TOKEN, RUN_TOKEN};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use xtask::app::{Answer, App};

/// A running app. Dropping it kills it.
pub struct Flow {
    /// The app.
    pub app: App,
    name: &'static str,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Flow {
    pub(super) fn new(app: App, name: &'static str, heard: Arc<Mutex<Vec<u8>>>) -> Self {
        Flow { app, name, heard }
    }

    /// Any request; `path` is all of it.
    ///
    /// # Errors
    /// When no answer came.
    pub fn request(&self, method: &str, path: &str, token: &str, body: &[u8]) -> xtask::Result<Answer> {
        let body = if method == "GET" { None } else { Some(body) };
        let answer = self.app.request(method, path, token, body)?;
        let mut heard = self.heard.lock().unwrap_or_else(|poison| poison.into_inner());
        heard.extend_from_slice(answer.body.to_string().as_bytes());
        heard.push(b'\n');
        assert_adds_up(&answer.body);
        Ok(answer)
    }

    /// A request to the flow as its administrator; `path` is what follows the flow's name.
    ///
    /// # Panics
    /// When no answer came.
    pub fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let path = format!("/flows/{}{path}", self.name);
        self.request(method, &path, ADMIN_TOKEN, body.to_string().as_bytes()).expect("an answer")
    }

    /// `POST run` with this body.
    ///
    /// # Errors
    /// When no answer came.
    pub fn call(&self, body: &Value) -> xtask::Result<Answer> {
        self.call_of(self.name, body)
    }

    /// `POST run` of another flow of the same app.
    ///
    /// # Errors
    /// When no answer came.
    pub fn call_of(&self, flow: &str, body: &Value) -> xtask::Result<Answer> {
        let path = format!("/flows/{flow}/run");
        self.request("POST", &path, RUN_TOKEN, body.to_string().as_bytes())
    }

    /// Runs the flow once; its report.
    ///
    /// # Panics
    /// When the answer is not 200.
    pub fn run(&self) -> Value {
        self.run_with(json!({}))
    }

    /// The same with a body.
    ///
    /// # Panics
    /// When the answer is not 200.
    pub fn run_with(&self, body: Value) -> Value {
        let answer = self.call(&body).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body["error"].is_null(), "{}", answer.body);
        answer.body
    }

    /// Runs the flow until it has no more to do; the reports.
    ///
    /// # Panics
    /// When an answer is not 200, or it goes on for ever.
    pub fn run_to_the_end(&self) -> Vec<Value> {
        let mut reports = Vec::new();
        loop {
            reports.push(self.run());
            assert!(reports.len() < 100, "it goes on for ever: {}", reports[98]);
            if reports[reports.len() - 1]["has_more"] == false {
                return reports;
            }
        }
    }

    /// Runs the flow, which fails with this code: 502. The report.
    ///
    /// # Panics
    /// When it does not fail, or with another code.
    pub fn run_fails(&self, code: &str) -> Value {
        let answer = self.call(&json!({"budget_ms": 1500})).expect("an answer");
        assert_eq!((answer.status, &answer.body["error"]["code"]), (502, &json!(code)), "{}", answer.body);
        for said in ["message", "message_zh", "hint", "hint_zh"] {
            assert_ne!(answer.body["error"][said], "", "{}", answer.body);
            assert!(answer.body["error"][said].is_string(), "{}", answer.body);
        }
        answer.body
    }

    /// The state route's answer.
    ///
    /// # Panics
    /// When it is not 200.
    pub fn state(&self) -> Value {
        let answer = self.ask("GET", "", json!(null));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Moves the watermark.
    ///
    /// # Panics
    /// When it is refused.
    pub fn set_watermark(&self, watermark: &str) {
        let answer = self.ask("PUT", "/watermark", json!({"watermark": watermark}));
        assert_eq!((answer.status, &answer.body["watermark"]), (200, &json!(watermark)), "{}", answer.body);
    }

    /// Moves the app's clock and the ERP's, against the machine's.
    ///
    /// # Panics
    /// On Spin.
    pub fn move_clocks(&self, galaxy: &Galaxy, ahead_ms: i64) {
        self.app.clock(ahead_ms).expect("only on the local host");
        galaxy.set(json!({"clock_offset_ms": ahead_ms - BEHIND_MS}));
    }

    /// What the local host counted of the flow's HTTP component.
    ///
    /// # Panics
    /// On Spin.
    pub fn counts(&self) -> Value {
        self.app.stats().expect("only on the local host")["components"][self.name].take()
    }
}

/// Every report accounts for every row (`design.md` 6).
fn assert_adds_up(body: &Value) {
    for report in [body, &body["report"]] {
        let count = |name: &str| report[name].as_u64();
        if let Some(records) = count("records") {
            let parts = ["filtered", "written", "already_there", "dead", "pending"];
            let sum: Option<u64> = parts.iter().map(|name| count(name)).sum();
            assert_eq!(Some(records), sum, "the report does not add up: {report}");
        }
    }
}

/// The durable writes among the key-value calls of [`Flow::counts`]; also an increment by 0 is one.
pub fn writes(counts: &Value) -> u64 {
    let writing = ["set", "delete", "set_many", "delete_many", "increment", "cas_swap"];
    writing.iter().map(|name| counts["kv"][name].as_u64().expect("a count")).sum()
}
