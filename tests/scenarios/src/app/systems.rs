//! The simulated systems in the hands of a scenario: their control APIs (`ferry_simulators`, front page).

use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use xtask::simulator::{Company, Simulators, System};

/// How far the systems' clocks are behind ours.
pub const BEHIND_MS: i64 = 45_000;

/// Simulated systems whose control APIs can be asked.
pub trait Control {
    /// `GET` on a control API.
    ///
    /// # Panics
    /// When it does not answer.
    fn get(&self, system: System, path: &str) -> Value;

    /// `GET` of a list.
    ///
    /// # Panics
    /// When it does not answer with one.
    fn list(&self, system: System, path: &str) -> Vec<Value> {
        match self.get(system, path) {
            Value::Array(list) => list,
            other => panic!("{}'s answer to {path} is no list: {other}", system.name()),
        }
    }
}

impl Control for Systems {
    fn get(&self, system: System, path: &str) -> Value {
        Systems::get(self, system, path)
    }
}

/// The running simulators of a scenario.
#[derive(Debug, Clone)]
pub struct Systems(Arc<Simulators>);

impl Systems {
    /// Starts a company's systems, with their clocks [`BEHIND_MS`] behind.
    ///
    /// # Panics
    /// When they do not start.
    pub fn start(company: &Company, logs: &Path) -> Self {
        let simulators = Simulators::start(company, logs).expect("the simulators start");
        let systems = Systems(Arc::new(simulators));
        systems.set_clocks(-BEHIND_MS);
        systems
    }

    /// The variables of the accounts of all of them.
    pub fn accounts(&self) -> Vec<(&'static str, String)> {
        self.0.accounts()
    }

    /// `127.0.0.1:PORT` of a system.
    pub fn address(&self, system: System) -> &str {
        self.0.address(system)
    }

    /// The tokens, session ids, secrets and signatures that have passed between the app and its systems, each with
    /// the system's name.
    ///
    /// # Panics
    /// When a simulator does not answer.
    pub fn passed(&self) -> Vec<(&'static str, String)> {
        let of = |system: System| {
            let secrets = self.list(system, "/secrets").into_iter();
            secrets.map(move |secret| (system.name(), secret.as_str().expect("a text").to_owned()))
        };
        self.0.systems().flat_map(of).collect()
    }

    /// Answers calls of a system with what quotes them, as `{"kind": "server_error", "times": 2}`.
    pub fn echo(&self, system: System, echo: Value) {
        self.post(system, "/echo", &echo);
    }

    /// How many calls got that answer; none does any more.
    ///
    /// # Panics
    /// When nothing was armed.
    pub fn echoed(&self, system: System) -> u64 {
        let fired = self.get(system, "/echo")["fired"].as_u64().expect("an echo");
        self.delete(system, "/echo");
        fired
    }

    /// Sets how far all their clocks are ahead of the machine's.
    pub fn set_clocks(&self, ahead_ms: i64) {
        for system in self.0.systems() {
            self.set(system, json!({"clock_offset_ms": ahead_ms}));
        }
    }

    /// `GET` on a control API.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn get(&self, system: System, path: &str) -> Value {
        self.0.get(system, path).expect("the control API answers")
    }

    /// `GET` of a list.
    ///
    /// # Panics
    /// When it does not answer with one.
    pub fn list(&self, system: System, path: &str) -> Vec<Value> {
        self.0.list(system, path).expect("the control API answers with a list")
    }

    /// The same of a list in an object.
    ///
    /// # Panics
    /// When it does not answer with one.
    pub fn list_of(&self, system: System, path: &str, name: &str) -> Vec<Value> {
        self.get(system, path)[name].as_array().expect("a list").clone()
    }

    /// `POST` on a control API.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn post(&self, system: System, path: &str, body: &Value) -> Value {
        self.0.post(system, path, body).expect("the control API answers")
    }

    /// `DELETE` on a control API.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn delete(&self, system: System, path: &str) {
        self.0.delete(system, path).expect("the control API answers");
    }

    /// Turns switches, as `{"clamp": 700}`.
    pub fn set(&self, system: System, switches: Value) {
        self.post(system, "/switches", &switches);
    }

    /// Changes data now, as `{"do": "modify", "ids": […], "set": {…}}`; how much it touched.
    pub fn change(&self, system: System, change: Value) -> u64 {
        self.post(system, "/changes", &change)["touched"].as_u64().expect("a count")
    }

    /// The same after so many queries from now, when the answer is made and not yet sent.
    pub fn change_after_query(&self, system: System, queries: usize, change: Value) {
        self.post(system, "/hooks", &json!({"after_query": queries, "change": change}));
    }

    /// Arms a misbehaviour, as `{"kind": "drop_after"}`, of `times` calls of an operation (all, if `None`) after
    /// `skip`.
    pub fn arm(&self, system: System, op: &str, what: Value, skip: usize, times: Option<usize>) {
        let fault = json!({"ops": [op], "skip": skip, "times": times, "what": what});
        self.post(system, "/faults", &fault);
    }

    /// How often each of the armed faults fired, oldest first.
    pub fn fired(&self, system: System) -> Vec<u64> {
        let faults = self.list(system, "/faults");
        faults.iter().map(|fault| fault["fired"].as_u64().expect("a count")).collect()
    }

    /// The calls of an operation since the last [`Systems::forget_calls`].
    pub fn called(&self, system: System, operation: &str) -> usize {
        self.list(system, "/calls").iter().filter(|call| call["op"] == operation).count()
    }

    /// Empties the logs of calls.
    pub fn forget_calls(&self) {
        for system in self.0.systems() {
            self.delete(system, "/calls");
        }
    }

    /// Lets Galaxy know the base data and return notices that these records name.
    pub fn fit(&self, returns: &[Value], stockouts: &[Value]) {
        self.post(System::Galaxy, "/fit", &json!({"returns": returns, "stockouts": stockouts}));
    }
}
