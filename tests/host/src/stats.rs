//! Exact counters per component, for tests and benches (`GET /stats` of the control port).

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What one component has done since the process started. Calls are counted when they begin.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Counts {
    /// Instances started.
    pub invocations: u64,
    /// Instances still at work.
    pub running: u64,
    /// How long the last finished instance lived, in milliseconds.
    pub last_duration_ms: f64,
    /// The most linear memory the last finished instance had, in bytes.
    pub last_peak_memory_bytes: u64,
    /// Key-value calls, over both interfaces.
    pub kv: KeyValueCounts,
    /// Outgoing HTTP.
    pub http: HttpCounts,
    /// MySQL.
    pub sql: SqlCounts,
}

/// Key-value calls by kind; a call with many keys counts once.
#[derive(Debug, Default, Clone, Serialize)]
#[allow(missing_docs, reason = "named as in the interfaces")]
pub struct KeyValueCounts {
    pub open: u64,
    pub get: u64,
    pub set: u64,
    pub delete: u64,
    pub exists: u64,
    pub get_keys: u64,
    pub get_many: u64,
    pub set_many: u64,
    pub delete_many: u64,
    pub increment: u64,
    pub cas_current: u64,
    pub cas_swap: u64,
}

/// Outgoing HTTP requests.
#[derive(Debug, Default, Clone, Serialize)]
pub struct HttpCounts {
    /// All that the component asked for, denied ones and those to other components among them.
    pub requests: u64,
    /// Those its `allowed_outbound_hosts` did not permit.
    pub denied: u64,
}

/// MySQL connections and statements.
#[derive(Debug, Default, Clone, Serialize)]
pub struct SqlCounts {
    /// Connections asked for.
    pub open: u64,
    /// Statements by `query`.
    pub query: u64,
    /// Statements by `execute`.
    pub execute: u64,
}

/// The counters of one component.
#[derive(Debug, Default)]
pub struct Stats(Mutex<Counts>);

impl Stats {
    /// Changes them.
    pub fn update(&self, change: impl FnOnce(&mut Counts)) {
        // A counter is a number at every instant, so a poisoned lock is as good as another.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Reads them.
    #[must_use]
    pub fn read(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
