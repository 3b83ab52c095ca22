//! What the engine needs of the outside world, as small traits.
//!
//! Every effect of a run goes through one of these, so that the tests can count them, refuse them and stop
//! a run between any two. `ferry-spin` implements them for Spin; all calls block, as Spin's own do, except
//! that an HTTP request, once started, goes on in the host.

use std::fmt;
use std::time::Duration;

/// The outside world of one invocation.
#[derive(Clone, Copy)]
pub struct Host<'h> {
    /// Wall clock, monotonic clock, sleep.
    pub clock: &'h dyn Clock,
    /// The key-value store.
    pub store: &'h dyn Store,
    /// Outbound HTTP.
    pub http: &'h dyn Http,
    /// SQL databases.
    pub sql: &'h dyn Sql,
    /// The log: one JSON object a line.
    pub log: &'h dyn Log,
    /// Random bytes for nonces and run ids.
    pub random: &'h dyn Random,
}

/// Two clocks: the wall clock, which others read too and which may jump, and the monotonic one.
pub trait Clock {
    /// Unix time in milliseconds.
    fn wall_ms(&self) -> i64;
    /// Time since some fixed point; never goes back.
    fn monotonic(&self) -> Duration;
    /// Blocks this invocation.
    fn sleep(&self, time: Duration);
}

/// The key-value store. An error means: unknown whether it was done.
pub trait Store {
    /// The value, or `None`.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Sets one value, durably.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;
    /// Sets all of them in one transaction.
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError>;
    /// Deletes the keys; one that is not there is no error.
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError>;
    /// Adds to a counter and returns the sum. Only for keys that are never `set` (`spin.md` 1.5).
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError>;
}

/// The store did not answer as it should; its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key-value store: {0}")]
pub struct StoreError(pub String);

/// A started request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId(pub u64);

/// Outbound HTTP in two halves: `start` sends the request and returns at once, `finish` waits for the answer.
pub trait Http {
    /// Sends the request. A failure to send is reported by [`Http::finish`].
    fn start(&self, request: http::Request<Vec<u8>>, timeout: Duration) -> CallId;
    /// Waits for the whole answer.
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure>;
    /// Gives the call up; what it asked for may still be done.
    fn cancel(&self, call: CallId);
}

/// No answer: whether the other side did its work is unknown, unless `denied`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpFailure {
    /// The host's own rules forbade the call (`allowed_outbound_hosts`): nothing was sent.
    pub denied: bool,
    /// What the host said.
    pub message: String,
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

pub use ferry_platforms::mysql::SqlValue;

/// Opens connections to a database.
pub trait Sql {
    /// A new connection of this invocation's own; dropping it rolls back what was not committed.
    fn open(&self, address: &str) -> Result<Box<dyn Connection>, SqlFailure>;
}

/// One connection. Statements are prepared by the host; the same text is prepared once.
pub trait Connection {
    /// Runs a statement that returns no rows. The parameters are as they were afterwards, but may be moved about
    /// meanwhile: a batch that is refused is sent again in parts.
    fn execute(&mut self, sql: &str, params: &mut Vec<SqlValue>) -> Result<(), SqlFailure>;
    /// Runs a query.
    fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, SqlFailure>;
}

/// The host's error text, which holds the driver's (`spin.md` 1.6); `platforms::mysql::classify` reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFailure(pub String);

/// Where log lines go.
pub trait Log {
    /// Writes one line.
    fn line(&self, line: &str);
}

/// Random bytes from the host.
pub trait Random {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The app's variables.
pub trait Variables {
    /// The value, or `None` where the app declares no such variable.
    fn get(&self, name: &str) -> Option<String>;
}
