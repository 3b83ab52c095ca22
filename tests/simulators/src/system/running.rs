//! A simulator that runs, in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::held::Held;
use super::server::{self, Simulator};
use super::{Config, System, routes};
use crate::faults::{Armed, Fault, Hook};
use crate::log::{Call, Counters};
use crate::serve::{Threads, listen};

/// A running simulator. It ends when this is dropped. All methods may be called from any thread while calls
/// are served.
pub struct Running<S: System> {
    simulator: Arc<Simulator<S>>,
    address: SocketAddr,
    control_address: SocketAddr,
    _threads: Threads,
}

impl<S: System> Running<S> {
    /// Starts one on threads of its own.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub(crate) fn start(config: Config<S>) -> io::Result<Self> {
        let (system, address) = listen(config.listen)?;
        let (control, control_address) = listen(config.control)?;
        let simulator = Arc::new(Simulator::new(Held::new(config)));
        let threads = Threads::start()?;
        let shared = simulator.clone();
        let answer = move |request| server::answer(shared.clone(), request);
        let shared = simulator.clone();
        threads.serve(system, answer, control, move |request| routes::answer(shared.clone(), request))?;
        Ok(Self { simulator, address, control_address, _threads: threads })
    }

    /// What is held, to be let go before the next call can be answered.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Held<S>) -> T) -> T {
        look(&mut self.simulator.held())
    }

    /// Where the simulated system listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the control API listens.
    pub fn control_address(&self) -> SocketAddr {
        self.control_address
    }

    /// As at the start: data, switches, tokens, used-up limits, faults, log and counters.
    pub fn reset(&self) {
        self.with(Held::reset);
    }

    /// The switches as they are.
    pub fn switches(&self) -> S::Switches {
        self.with(|held| held.switches.clone())
    }

    /// Turns switches.
    pub fn set(&self, turn: impl FnOnce(&mut S::Switches)) {
        self.with(|held| turn(&mut held.switches));
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        self.with(|held| held.now_ms())
    }

    /// Changes the data now; how many records were touched.
    pub fn change(&self, change: &S::Change) -> usize {
        self.with(|held| held.change(change))
    }

    /// Changes the data after some queries from now (1 = the next), when the answer is made but not yet sent.
    pub fn change_after_query(&self, after_query: usize, change: S::Change) {
        self.with(|held| held.faults.hooks.push(Hook { after_query, change }));
    }

    /// Arms a fault; its name, counted from 1.
    pub fn arm(&self, fault: Fault<S::Op, S::Misbehaviour>) -> usize {
        self.with(|held| held.faults.arm(fault))
    }

    /// What is armed, and how often it fired.
    pub fn faults(&self) -> Vec<Armed<S::Op, S::Misbehaviour>> {
        self.with(|held| held.faults.armed.clone())
    }

    /// Disarms all faults and changes that wait.
    pub fn disarm(&self) {
        self.with(Held::disarm);
    }

    /// The latest calls (at most 20,000), the oldest first.
    pub fn calls(&self) -> Vec<Call<S::Op>> {
        self.with(|held| held.log.calls.iter().cloned().collect())
    }

    /// The sums.
    pub fn counters(&self) -> Counters<S::Op> {
        self.with(|held| held.log.counters.clone())
    }

    /// How many calls of an operation there were.
    pub fn called(&self, op: S::Op) -> u64 {
        self.with(|held| held.log.counters.calls.get(&op).copied().unwrap_or(0))
    }

    /// The most calls of an operation that were at work at once since the start, or since
    /// [`clear_log`](Self::clear_log).
    pub fn most_at_once(&self, op: S::Op) -> usize {
        self.with(|held| held.most_at_once(op))
    }

    /// Empties the log and the counters.
    pub fn clear_log(&self) {
        self.with(Held::clear_log);
    }
}
