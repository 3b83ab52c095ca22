//! A simulator that runs, in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::auth::Credentials;
use super::config::{Config, Switches};
use super::envelope::Op;
use super::faults::{Armed, Fault, Hook};
use super::generator::{self, Generate};
use super::server::{self, PATH, Simulator};
use super::state::State;
use super::stockouts::{Change, Stockout};
use super::{Call, Counters, control};
use crate::serve::{Threads, listen};

/// The simulator of 旺店通旗舰版.
#[derive(Debug)]
pub struct Wangdiantong;

impl Wangdiantong {
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
    /// Where the simulated open platform listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the control API listens.
    pub fn control_address(&self) -> SocketAddr {
        self.control_address
    }

    /// `http://127.0.0.1:<port>/openapi`
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// The first of the accounts.
    pub fn credentials(&self) -> Credentials {
        self.simulator.state().config.credentials.first().cloned().unwrap_or_default()
    }

    /// As at the start: data, switches, used-up limits, faults, log and counters.
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

    /// Adds generated records; how many there are now. Those with the same number are replaced:
    /// generate once.
    pub fn generate(&self, what: &Generate) -> usize {
        let now = self.simulator.state().now();
        let stockouts = generator::generate(what, now);
        let mut state = self.simulator.state();
        state.stockouts.add(stockouts);
        state.stockouts.0.len()
    }

    /// Changes records now; how many were touched.
    pub fn change(&self, change: &Change) -> usize {
        let mut state = self.simulator.state();
        let now = state.now();
        state.stockouts.change(change, now)
    }

    /// Changes records after some queries from now (1 = the next), when the answer is made but not yet
    /// sent.
    pub fn change_after_query(&self, after_query: usize, change: Change) {
        self.simulator.state().faults.hooks.push(Hook { after_query, change });
    }

    /// All records, by `stockout_no`, whatever pages and faults do.
    pub fn stockouts(&self) -> Vec<Stockout> {
        self.simulator.state().stockouts.0.values().cloned().collect()
    }

    /// One record by `stockout_no`.
    pub fn stockout(&self, number: &str) -> Option<Stockout> {
        self.simulator.state().stockouts.0.get(number).cloned()
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

    /// The latest calls (at most 20,000), the oldest first. Their paths are with the query.
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
