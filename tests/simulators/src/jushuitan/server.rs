//! HTTP: takes calls, lets the faults have their way with them, sends what comes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::DateTime;
use http_body_util::{BodyExt, Limited};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION};
use hyper::{Method, Response};

use super::answer::{Answer, Refusal, bytes};
use super::auth::Request;
use super::faults::Misbehaviour;
use super::op::Op;
use super::records::Change;
use super::state::State;
use crate::faults::Work;
use crate::serve::{Body, Dropped, half, whole};

/// The largest body that is read.
const LARGEST_BODY: usize = 1 << 20;

/// What the servers and [`Running`](super::Running) share.
pub(super) struct Simulator {
    state: Mutex<State>,
    at_work: AtomicUsize,
}

impl Simulator {
    pub fn new(state: State) -> Self {
        Self { state: Mutex::new(state), at_work: AtomicUsize::new(0) }
    }

    /// The state; a panic elsewhere has not spoilt it for looking.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers one call of the simulated open platform.
pub(super) async fn answer(
    simulator: Arc<Simulator>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    // On its own task: a client that gives up does not stop a server that is at work.
    tokio::spawn(handle(simulator, request)).await.unwrap_or(Err(Dropped))
}

/// Counts calls at work.
struct AtWork<'a>(&'a AtomicUsize);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn handle(simulator: Arc<Simulator>, request: hyper::Request<Body>) -> Result<Response<Body>, Dropped> {
    let concurrent = simulator.at_work.fetch_add(1, Ordering::SeqCst) + 1;
    let _at_work = AtWork(&simulator.at_work);
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| Dropped)?.to_bytes();
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let request = Request {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        content_type: content_type.unwrap_or_default().to_owned(),
        body,
    };
    let op = Op::find(&request.path, &request.query);
    let (n, drawn) = {
        let mut state = simulator.state();
        let at = DateTime::from_timestamp_millis(state.now_ms()).unwrap_or_default();
        let at = at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let n = state.log.arrived(at, op, &request.path, &shown(op, &request), concurrent);
        let drawn = op.map(|op| state.faults.draw(op)).unwrap_or_default();
        if let Some(name) = &drawn.name {
            state.log.counters.faults += 1;
            if let Some(entry) = state.log.entry(n) {
                entry.fault = Some(name.clone());
            }
        }
        (n, drawn)
    };
    let op = match op {
        Some(op) if head.method == Method::POST => op,
        Some(_) => return Ok(respond(&simulator, n, page(405, "Method Not Allowed"))),
        None => return Ok(respond(&simulator, n, page(404, "Not Found"))),
    };
    if drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    }
    misbehave(&simulator, n, &request, op, drawn.what)
}

/// The business parameters of a query: neither tokens nor signatures.
fn shown(op: Option<Op>, request: &Request) -> Vec<u8> {
    match op {
        Some(op) if op.is_legacy() => request.body.to_vec(),
        Some(op) if op.is_query() => {
            let biz = form_urlencoded::parse(&request.body).find(|(name, _)| name == "biz");
            biz.map(|(_, biz)| biz.into_owned().into_bytes()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn misbehave(
    simulator: &Simulator,
    n: u64,
    request: &Request,
    op: Op,
    what: Option<Misbehaviour>,
) -> Result<Response<Body>, Dropped> {
    let work = |what| work(simulator, n, request, op, what);
    let answer = match &what {
        None | Some(Misbehaviour::Delay { .. }) => work(None),
        Some(twist) if twist.is_of_a_page() => work(Some(twist)),
        Some(Misbehaviour::DropBefore) => return dropped(simulator, n, "dropped, nothing done"),
        Some(Misbehaviour::DropAfter) => {
            let summary = format!("dropped after: {}", work(None).summary);
            return dropped(simulator, n, &summary);
        }
        Some(Misbehaviour::DropMidAnswer) => return Ok(half_sent(simulator, n, work(None))),
        Some(Misbehaviour::HalfJson) => {
            let answer = work(None);
            let summary = format!("half of: {}", answer.summary);
            Answer { body: answer.body.slice(..answer.body.len() / 2), summary, ..answer }
        }
        Some(Misbehaviour::Http500 { work: done }) => {
            let mut summary = "HTTP 500".to_owned();
            if *done == Work::Done {
                summary += &format!(" after: {}", work(None).summary);
            }
            Answer { summary, ..page(500, "Internal Server Error") }
        }
        Some(Misbehaviour::Html) => page(200, "系统维护中"),
        Some(Misbehaviour::Redirect { to }) => {
            let mut response = respond(simulator, n, page(302, "Found"));
            if let Ok(to) = to.parse() {
                response.headers_mut().insert(LOCATION, to);
            }
            return Ok(response);
        }
        Some(Misbehaviour::Refuse { code, msg }) => {
            Refusal::Command(*code, msg.clone()).answer(op, &simulator.state().switches)
        }
        Some(Misbehaviour::TokenExpired) => {
            let mut state = simulator.state();
            state.change(&Change::ExpireTokens);
            Refusal::Token.answer(op, &state.switches)
        }
        Some(_) => bytes((0..=255).rev().cycle().take(600).collect(), "garbage".into()),
    };
    Ok(respond(simulator, n, answer))
}

fn work(simulator: &Simulator, n: u64, request: &Request, op: Op, what: Option<&Misbehaviour>) -> Answer {
    let mut state = simulator.state();
    let started = Instant::now();
    let answer = state.work(request, op, what);
    let took = started.elapsed();
    state.log.counters.rows += answer.rows as u64;
    if let Some(entry) = state.log.entry(n) {
        entry.auth = Some(answer.auth.clone());
        entry.work_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    }
    answer
}

fn dropped(simulator: &Simulator, n: u64, answered: &str) -> Result<Response<Body>, Dropped> {
    if let Some(entry) = simulator.state().log.entry(n) {
        entry.answered = Some(answered.to_owned());
    }
    Err(Dropped)
}

fn respond(simulator: &Simulator, n: u64, answer: Answer) -> Response<Body> {
    let (body, length) = (whole(answer.body.clone()), answer.body.len());
    respond_with(simulator, n, answer, body, length)
}

/// Announces the whole, sends a half.
fn half_sent(simulator: &Simulator, n: u64, answer: Answer) -> Response<Body> {
    let (body, length) = (half(&answer.body), answer.body.len());
    let answer = Answer { summary: format!("dropped in the middle of: {}", answer.summary), ..answer };
    respond_with(simulator, n, answer, body, length)
}

fn respond_with(simulator: &Simulator, n: u64, answer: Answer, body: Body, length: usize) -> Response<Body> {
    let mut state = simulator.state();
    state.log.counters.bytes += length as u64;
    if let Some(entry) = state.log.entry(n) {
        entry.status = Some(answer.status);
        entry.answered = Some(answer.summary);
    }
    let now = Duration::from_millis(u64::try_from(state.now_ms()).unwrap_or(0));
    drop(state);
    Response::builder()
        .status(answer.status)
        .header(CONTENT_TYPE, answer.content_type)
        .header(CONTENT_LENGTH, length)
        .header(DATE, httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + now))
        .body(body)
        .expect("these headers are always well formed")
}

fn page(status: u16, title: &str) -> Answer {
    let html = format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    );
    let answer = bytes(html.into_bytes(), format!("HTTP {status} with HTML"));
    Answer { status, content_type: "text/html; charset=utf-8", ..answer }
}
