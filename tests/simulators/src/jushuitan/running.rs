//! A simulator that runs, in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

use super::config::{Config, Credentials, Switches};
use super::faults::{Armed, Fault, Hook};
use super::generator::{self, Generate};
use super::op::Op;
use super::records::{Change, text};
use super::server::{self, Simulator};
use super::state::State;
use super::{Call, Counters, control};
use crate::serve::{Threads, listen};

/// The simulator of 聚水潭.
#[derive(Debug)]
pub struct Jushuitan;

impl Jushuitan {
    /// Starts it on threads of its own. It ends when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        let (platform, address) = listen(config.listen)?;
        let (control, control_address) = listen(config.control)?;
        let simulator = Arc::new(Simulator::new(State::new(config)));
        let threads = Threads::start()?;
        let shared = simulator.clone();
        let answer = move |request| server::answer(shared.clone(), request);
        let shared = simulator.clone();
        threads.serve(platform, answer, control, move |request| control::answer(shared.clone(), request))?;
        Ok(Running { simulator, address, control_address, _threads: threads })
    }
}

/// A running simulator. All methods may be called from any thread while calls are served.
pub struct Running {
    simulator: Arc<Simulator>,
    address: SocketAddr,
    control_address: SocketAddr,
    _threads: Threads,
}

impl Running {
    /// Where the open platform listens: `/open/…`, `/openWeb/auth/…` and `/api/open/query.aspx`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the control API listens.
    pub fn control_address(&self) -> SocketAddr {
        self.control_address
    }

    /// Who may call.
    pub fn credentials(&self) -> Credentials {
        self.simulator.state().config.credentials.clone()
    }

    /// As at the start: data, switches, tokens, faults, quota, log and counters.
    pub fn reset(&self) {
        let config = self.simulator.state().config.clone();
        let fresh = State::new(config);
        *self.simulator.state() = fresh;
    }

    /// The switches as they are.
    pub fn switches(&self) -> Switches {
        self.simulator.state().switches.clone()
    }

    /// Turns switches.
    pub fn set(&self, turn: impl FnOnce(&mut Switches)) {
        turn(&mut self.simulator.state().switches);
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        self.simulator.state().now_ms()
    }

    /// Makes records and shops in place of those that are there; how many records.
    pub fn generate(&self, what: &Generate) -> usize {
        let mut state = self.simulator.state();
        state.records = generator::generate(what, state.now());
        state.records.inouts.len()
    }

    /// Changes the data now; how many rows were touched.
    pub fn change(&self, change: &Change) -> usize {
        self.simulator.state().change(change)
    }

    /// Changes the data after some queries from now (1 = the next), when the answer is made but not yet
    /// sent.
    pub fn change_after_query(&self, after_query: usize, change: Change) {
        self.simulator.state().faults.hooks.push(Hook { after_query, change });
    }

    /// All records by `io_id`, whatever pages and faults do.
    pub fn records(&self) -> Vec<Value> {
        self.simulator.state().records.inouts.values().cloned().map(Value::Object).collect()
    }

    /// The `io_id`s of the records with this status (any, if empty) that were modified from `begin` to `end`,
    /// both inclusive.
    pub fn expected(&self, begin: &str, end: &str, status: &str) -> Vec<i64> {
        let state = self.simulator.state();
        let rows = state.records.inouts.iter().filter(|(_, row)| {
            (begin..=end).contains(&text(row, "modified"))
                && (status.is_empty() || status == text(row, "status"))
        });
        rows.map(|(id, _)| *id).collect()
    }

    /// All shops by `shop_id`.
    pub fn shops(&self) -> Vec<Value> {
        self.simulator.state().records.shops.values().cloned().map(Value::Object).collect()
    }

    /// Authorises the app by hand; the access token.
    pub fn authorise(&self) -> String {
        let given = self.simulator.state().give_token();
        given["access_token"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends all tokens, as time would.
    pub fn expire_tokens(&self) {
        self.change(&Change::ExpireTokens);
    }

    /// How often tokens were given out, renewed or extended since the start.
    pub fn tokens_given(&self) -> usize {
        self.simulator.state().tokens.given
    }

    /// Arms a fault; its name, counted from 1.
    pub fn arm(&self, fault: Fault) -> usize {
        self.simulator.state().faults.arm(fault)
    }

    /// What is armed, and how often it fired.
    pub fn faults(&self) -> Vec<Armed> {
        self.simulator.state().faults.armed.clone()
    }

    /// Disarms all faults and changes that wait.
    pub fn disarm(&self) {
        let faults = &mut self.simulator.state().faults;
        faults.armed.clear();
        faults.hooks.clear();
    }

    /// The latest calls (at most 20,000), the oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.simulator.state().log.calls.iter().cloned().collect()
    }

    /// The sums.
    pub fn counters(&self) -> Counters {
        self.simulator.state().log.counters.clone()
    }

    /// How many calls of an operation there were.
    pub fn called(&self, op: Op) -> u64 {
        self.simulator.state().log.counters.calls.get(&op).copied().unwrap_or(0)
    }

    /// Empties the log and the counters.
    pub fn clear_log(&self) {
        self.simulator.state().log = crate::log::Log::default();
    }
}
