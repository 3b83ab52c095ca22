//! The simulated ERP in the hands of a scenario: its control API (`ferry_simulators`, front page).

use super::systems::Systems;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::path::Path;
use xtask::simulator::{Company, System};

pub use super::systems::BEHIND_MS;

/// What the flow file's filter demands of a material, besides the dates.
pub const CARRIED: &str = "FUseOrgId.FNumber='T00' and FDocumentStatus='C' and FForbidStatus='A'";

/// A running simulator of 金蝶云星空.
#[derive(Debug)]
pub struct Galaxy(Systems);

impl Galaxy {
    /// An ERP without materials.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(logs: &Path) -> Self {
        Galaxy(Systems::start(&Company::of(&[System::Galaxy]), logs))
    }

    /// The simulators that it is one of.
    pub fn systems(&self) -> &Systems {
        &self.0
    }

    /// The variables of its account.
    pub fn account(&self) -> impl Iterator<Item = (String, String)> {
        self.0.accounts().into_iter().map(|(name, value)| (name.to_owned(), value))
    }

    fn get(&self, path: &str) -> Value {
        self.0.get(System::Galaxy, path)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.0.post(System::Galaxy, path, body)
    }

    fn delete(&self, path: &str) {
        self.0.delete(System::Galaxy, path);
    }

    /// Makes so many materials, always the same ones, modified between June 2023 and June 2024.
    pub fn generate(&self, rows: usize) {
        self.post("/generate", &json!({"rows": rows, "seed": 1, "until": "2024-06-01T12:00:00"}));
    }

    /// Turns switches, as `{"clamp": 700}`.
    pub fn set(&self, switches: Value) {
        self.post("/switches", &switches);
    }

    /// Changes materials now, as `{"do": "modify", "ids": […], "set": {…}}`; how many it touched.
    pub fn change(&self, change: Value) -> u64 {
        self.post("/changes", &change)["touched"].as_u64().expect("a count")
    }

    /// The same after so many queries from now, when the answer is made and not yet sent.
    pub fn change_after_query(&self, queries: usize, change: Value) {
        self.post("/hooks", &json!({"after_query": queries, "change": change}));
    }

    /// Arms a misbehaviour, as `{"kind": "drop_after"}`, of `times` queries (all, if `None`) after `skip`.
    pub fn arm(&self, what: Value, skip: usize, times: Option<usize>) {
        self.post(
            "/faults",
            &json!({"ops": ["ExecuteBillQuery"], "skip": skip, "times": times, "what": what}),
        );
    }

    /// How often each of the armed faults fired, oldest first.
    pub fn fired(&self) -> Vec<u64> {
        let faults = self.get("/faults");
        faults
            .as_array()
            .expect("a list")
            .iter()
            .map(|fault| fault["fired"].as_u64().expect("a count"))
            .collect()
    }

    /// Disarms all faults and changes that wait.
    pub fn disarm(&self) {
        self.delete("/faults");
    }

    /// The calls since the last [`Galaxy::forget_calls`].
    pub fn calls(&self) -> Vec<Value> {
        let Value::Array(calls) = self.get("/calls") else { panic!("a list") };
        calls
    }

    /// Sums since the start.
    pub fn counters(&self) -> Value {
        self.get("/counters")
    }

    /// How many of them were of this operation.
    pub fn called(&self, operation: &str) -> usize {
        self.calls().iter().filter(|call| call["op"] == operation).count()
    }

    /// Empties the log of calls.
    pub fn forget_calls(&self) {
        self.delete("/calls");
    }

    /// Ends all sessions, as a restart of the ERP does.
    pub fn end_sessions(&self) {
        self.delete("/sessions");
    }

    /// All materials that a filter lets through, by `FMATERIALID`.
    pub fn materials(&self, filter: &str) -> Vec<Value> {
        const PAGE: usize = 5000;
        let filter = utf8_percent_encode(filter, NON_ALPHANUMERIC);
        let mut materials: Vec<Value> = Vec::new();
        loop {
            let after = materials.last().map_or(0, |last| last["id"].as_i64().expect("an id"));
            let mut page = self.get(&format!("/materials?limit={PAGE}&after={after}&filter={filter}"));
            let Value::Array(rows) = page["materials"].take() else { panic!("a list") };
            let last = rows.len() < PAGE;
            materials.extend(rows);
            if last {
                assert_eq!(page["count"], materials.len(), "the ERP changed while it was listed");
                return materials;
            }
        }
    }

    /// All materials that the flow should carry.
    pub fn carried(&self) -> Vec<Value> {
        self.materials(CARRIED)
    }

    /// One material by `FMATERIALID`.
    pub fn material(&self, id: i64) -> Value {
        self.get(&format!("/materials/{id}"))
    }

    /// The ids of materials, in the same order.
    pub fn ids(materials: &[Value]) -> Vec<i64> {
        materials.iter().map(|material| material["id"].as_i64().expect("an id")).collect()
    }
}

/// The wall clock of Asia/Shanghai, as far behind as the ERP's: `2026-11-20T19:00:00`.
pub fn erp_now() -> String {
    shanghai(Utc::now() - TimeDelta::milliseconds(BEHIND_MS))
}

/// A time as the wall clock of Asia/Shanghai shows it: `2026-11-20T19:00:00`.
pub fn shanghai(time: DateTime<Utc>) -> String {
    (time + TimeDelta::hours(8)).format("%Y-%m-%dT%H:%M:%S").to_string()
}
