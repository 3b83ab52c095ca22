//! What simulated systems have in common whose calls are plain HTTP: a server with faults and a log, switches,
//! the control API, and a handle for tests. A vendor supplies a [`System`]; Galaxy, the oldest, has its own.
//!
//! | file | does |
//! |---|---|
//! | `server` | HTTP, and the faults that befall a call |
//! | `misbehaviour` | what can go wrong |
//! | `held` | all that is held: the system, its switches, its faults, its log |
//! | `running` | a simulator that runs, in the hands of a test |
//! | `routes` | the same over HTTP |

mod held;
mod misbehaviour;
mod routes;
mod running;
mod server;

use std::fmt::Debug;
use std::net::SocketAddr;

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime};
use hyper::{HeaderMap, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use crate::control::Wrong;
pub use misbehaviour::Misbehaviour;
pub use running::Running;

/// What a system can be asked for.
pub trait Operation: Copy + Ord + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Whether it lists records in pages.
    fn is_query(self) -> bool;
}

/// A simulated system, without its server.
pub trait System: Sized + Send + 'static {
    /// Its operations.
    type Op: Operation;
    /// Its unconfirmed behaviours.
    type Switches: Clone + Default + Serialize + DeserializeOwned + Send;
    /// A change of its data while it runs.
    type Change: Clone + Serialize + DeserializeOwned + Send;
    /// What it is started with.
    type Data: Clone + Default + Send;

    /// As at the start. `now` is the time in Asia/Shanghai.
    fn new(data: &Self::Data, now: NaiveDateTime) -> Self;
    /// How far its clock is ahead of the machine's.
    fn clock_offset_ms(switches: &Self::Switches) -> i64;
    /// Which operation this is, or the HTTP status of the refusal.
    fn op(method: &Method, path: &str) -> Result<Self::Op, u16>;
    /// What of a call the log may show: no secrets.
    fn shown(op: Self::Op, request: &Request) -> &[u8];
    /// Does what a call asks for.
    fn work(&mut self, call: &Call<'_, Self>) -> Answer;
    /// Ends the caller's token, and says so.
    fn lose_token(&mut self, call: &Call<'_, Self>) -> Answer;
    /// Says that there were too many calls.
    fn too_many(&mut self, call: &Call<'_, Self>) -> Answer;
    /// Changes the data; how many records were touched.
    fn change(&mut self, change: &Self::Change, now: NaiveDateTime) -> usize;
    /// The routes of the control API that are its own.
    fn route(&mut self, at: &ControlCall<'_>) -> Result<Value, Wrong>;
}

/// A call of a simulated system.
pub struct Call<'a, S: System> {
    pub op: S::Op,
    pub request: &'a Request,
    pub switches: &'a S::Switches,
    /// Milliseconds since 1970 by the system's clock.
    pub now_ms: i64,
    /// Whether a fault wants a page without rows.
    pub empty_page: bool,
}

impl<S: System> Call<'_, S> {
    /// The system's clock on the wall, in Asia/Shanghai.
    pub fn now(&self) -> NaiveDateTime {
        shanghai(self.now_ms)
    }
}

/// A call of the control API that is for the system itself.
pub struct ControlCall<'a> {
    pub method: &'a str,
    pub segments: &'a [&'a str],
    pub body: &'a Bytes,
    /// The system's clock on the wall, in Asia/Shanghai.
    pub now: NaiveDateTime,
}

/// A call as it came.
pub struct Request {
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// The parameters of the query, decoded.
    pub fn parameters(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What goes back.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
    /// In short, for the log.
    pub summary: String,
    /// How the caller was known, or why it was refused.
    pub auth: Option<String>,
    /// How many records it holds.
    pub rows: usize,
}

impl Answer {
    /// JSON with HTTP 200.
    pub fn json(body: &Value, summary: impl Into<String>) -> Self {
        Self::bytes(body.to_string().into_bytes(), summary)
    }

    /// Any bytes that claim to be JSON, with HTTP 200.
    pub fn bytes(body: Vec<u8>, summary: impl Into<String>) -> Self {
        Self {
            status: 200,
            content_type: "application/json; charset=utf-8",
            body: body.into(),
            summary: summary.into(),
            auth: None,
            rows: 0,
        }
    }

    /// A page of HTML.
    pub fn html(status: u16, title: &str) -> Self {
        let html = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        let answer = Self::bytes(html.into_bytes(), format!("HTTP {status} with HTML"));
        Self { status, content_type: "text/html; charset=utf-8", ..answer }
    }

    /// The same with another HTTP status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same, with how the caller was known or why it was refused.
    pub fn for_caller(self, auth: impl Into<String>) -> Self {
        Self { auth: Some(auth.into()), ..self }
    }
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

impl<S: System> Default for Config<S> {
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
