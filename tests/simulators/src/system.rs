//! What all simulated systems have in common: a server with faults and a log, switches, the control API, and a
//! handle for tests. A vendor supplies a [`System`].
//!
//! | file | does |
//! |---|---|
//! | `server` | HTTP, and the faults that befall a call |
//! | `message` | calls as they come, and what goes back |
//! | `held` | all that is held: the system, its switches, its faults, its log |
//! | `running` | a simulator that runs, in the hands of a test |
//! | `routes` | the same over HTTP |
//! | `misbehaviour` | what can go wrong with systems that have no misbehaviours of their own |

mod held;
mod message;
mod misbehaviour;
mod routes;
mod running;
mod server;

use std::borrow::Cow;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use crate::control::Wrong;
use crate::faults::Kind;
pub use held::Held;
pub use message::{Answer, Request, Way};
pub use misbehaviour::{Misbehaviour, Operation, Pages};
pub use running::Running;

/// A simulated system, without its server.
pub trait System: Sized + Send + 'static {
    /// Its operations.
    type Op: Copy + Ord + Debug + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What can go wrong with it.
    type Misbehaviour: Kind<Self::Op>;
    /// Its unconfirmed behaviours.
    type Switches: Clone + Serialize + DeserializeOwned + Send;
    /// A change of its data while it runs.
    type Change: Clone + Serialize + DeserializeOwned + Send;
    /// What it is started with.
    type Data: Send;

    /// The largest body that is read.
    const LARGEST_BODY: usize;
    /// How it writes the content type of its answers.
    const JSON: &str = "application/json; charset=utf-8";

    /// As at the start.
    fn new(at: &Setting<'_, Self>) -> Self;
    /// How far its clock is ahead of the machine's.
    fn clock_offset_ms(switches: &Self::Switches) -> i64;
    /// Where its clock stands still before that offset, if it does.
    fn clock_stands_at_ms(_switches: &Self::Switches) -> Option<i64> {
        None
    }
    /// Where a call leads.
    fn find(request: &Request, switches: &Self::Switches) -> Way<Self::Op>;
    /// The path as the log shows it.
    fn shown_path(request: &Request) -> &str {
        request.path()
    }
    /// What else of a call the log may show: no secrets.
    fn shown(op: Self::Op, request: &Request) -> Cow<'_, [u8]>;
    /// What is said instead of work, if [`Call::what`] wants that.
    fn instead(&mut self, _call: &Call<'_, Self>) -> Option<Answer> {
        None
    }
    /// Does what a call asks for, twisted by [`Call::what`] if that concerns the work.
    fn work(&mut self, call: &Call<'_, Self>) -> Answer;
    /// The cookies of an answer that has none.
    fn cookies(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// Changes the data; how many records were touched.
    fn change(&mut self, change: &Self::Change, at: &Setting<'_, Self>) -> usize;
    /// The routes of the control API that are its own; they are asked before those that all have.
    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong>;
}

/// What a system works with besides its own state.
pub struct Setting<'a, S: System> {
    /// What it was started with.
    pub data: &'a S::Data,
    pub switches: &'a S::Switches,
    /// Milliseconds since 1970 by its clock.
    pub now_ms: i64,
}

impl<'a, S: System> Setting<'a, S> {
    fn new(data: &'a S::Data, switches: &'a S::Switches) -> Self {
        Self { data, switches, now_ms: now_ms::<S>(switches) }
    }

    /// The system's clock on the wall, in Asia/Shanghai.
    pub fn now(&self) -> NaiveDateTime {
        shanghai(self.now_ms)
    }
}

/// A call of a simulated system.
pub struct Call<'a, S: System> {
    pub op: S::Op,
    pub request: &'a Request,
    /// Calls at work when it arrived, itself included.
    pub concurrent: usize,
    /// What goes wrong, if the server does not see to it.
    pub what: Option<&'a S::Misbehaviour>,
    setting: Setting<'a, S>,
}

impl<'a, S: System> Deref for Call<'a, S> {
    type Target = Setting<'a, S>;

    fn deref(&self) -> &Self::Target {
        &self.setting
    }
}

/// A call of the control API.
pub struct ControlCall<'a> {
    pub method: &'a str,
    pub segments: &'a [&'a str],
    pub query: &'a str,
    pub body: &'a Bytes,
}

/// What a simulator is started with.
pub struct Config<S: System> {
    /// Where the simulated system listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the control API listens; port 0 takes a free one.
    pub control: SocketAddr,
    /// The unconfirmed behaviours, at start and after a reset.
    pub switches: S::Switches,
    /// What it holds at start and after a reset.
    pub data: S::Data,
}

impl<S: System<Switches: Default, Data: Default>> Default for Config<S> {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: any_port,
            control: any_port,
            switches: S::Switches::default(),
            data: S::Data::default(),
        }
    }
}

/// Milliseconds since 1970 as a time of Asia/Shanghai, which knows no summer time.
pub fn shanghai(ms: i64) -> NaiveDateTime {
    const AHEAD_MS: i64 = 8 * 3_600_000;
    DateTime::from_timestamp_millis(ms.saturating_add(AHEAD_MS)).unwrap_or_default().naive_utc()
}

/// Milliseconds since 1970 by a system's clock.
fn now_ms<S: System>(switches: &S::Switches) -> i64 {
    let machine = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        i64::try_from(since).unwrap_or(i64::MAX)
    };
    S::clock_stands_at_ms(switches).unwrap_or_else(machine).saturating_add(S::clock_offset_ms(switches))
}
