//! HTTP: takes calls, lets the faults have their way with them, sends what comes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::DateTime;
use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION};

use super::answer::{Answer, Refusal, answer as any, failed};
use super::faults::Misbehaviour;
use super::gate::Request;
use super::op::Op;
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

/// Answers one call of the simulated gateway.
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
    let request = Request {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        method: head.method,
        headers: head.headers,
        body,
    };
    let op = Op::find(&request.method, &request.path);
    let (n, drawn) = {
        let mut state = simulator.state();
        let at = DateTime::from_timestamp_millis(state.now_ms()).unwrap_or_default();
        let at = at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        // The query of the token endpoint is a secret.
        let shown = match op {
            Some(Op::Save) => request.body.to_vec(),
            Some(Op::List | Op::Detail) => request.query.clone().into_bytes(),
            _ => Vec::new(),
        };
        let n = state.log.arrived(at, op, &request.path, &shown, concurrent);
        let drawn = op.map(|op| state.faults.draw(op)).unwrap_or_default();
        if let Some(name) = &drawn.name {
            state.log.counters.faults += 1;
            if let Some(entry) = state.log.entry(n) {
                entry.fault = Some(name.clone());
            }
        }
        (n, drawn)
    };
    let Some(op) = op else {
        let answer = Refusal::NoSuchApi.answer(&simulator.state().switches);
        return Ok(respond(&simulator, n, answer));
    };
    if drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    }
    misbehave(&simulator, n, &request, op, drawn.what)
}

fn misbehave(
    simulator: &Arc<Simulator>,
    n: u64,
    request: &Request,
    op: Op,
    what: Option<Misbehaviour>,
) -> Result<Response<Body>, Dropped> {
    let plainly = || work(simulator, n, request, op, None);
    let answer = match &what {
        None | Some(Misbehaviour::Delay { .. }) => plainly(),
        Some(Misbehaviour::EmptyPage | Misbehaviour::RepeatPreviousPage | Misbehaviour::NoData) => {
            work(simulator, n, request, op, what.as_ref())
        }
        Some(Misbehaviour::DropBefore) => return dropped(simulator, n, "dropped, nothing done"),
        Some(Misbehaviour::DropAfter) => {
            let summary = format!("dropped after: {}", plainly().summary);
            return dropped(simulator, n, &summary);
        }
        Some(Misbehaviour::DropThenWork { after_ms }) => {
            let (later, request) = (simulator.clone(), request.clone());
            let pause = Duration::from_millis(*after_ms);
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                let answer = work(&later, n, &request, op, None);
                note(&later, n, &format!("dropped, worked later: {}", answer.summary));
            });
            return dropped(simulator, n, "dropped, will work later");
        }
        Some(Misbehaviour::DropMidAnswer) => return Ok(half_sent(simulator, n, plainly())),
        Some(Misbehaviour::HalfJson) => {
            let answer = plainly();
            let summary = format!("half of: {}", answer.summary);
            Answer { body: answer.body.slice(..answer.body.len() / 2), summary, ..answer }
        }
        Some(Misbehaviour::Http500 { work: done }) => {
            let mut summary = "HTTP 500".to_owned();
            if *done == Work::Done {
                summary += &format!(" after: {}", plainly().summary);
            }
            Answer { summary, ..page(500, "Internal Server Error") }
        }
        Some(Misbehaviour::Html) => page(200, "系统维护中"),
        Some(Misbehaviour::Garbage) => {
            any((0..=255).rev().cycle().take(600).collect::<Vec<u8>>(), "garbage".into())
        }
        Some(Misbehaviour::Refuse { errcode, description }) => failed(*errcode, description),
        Some(Misbehaviour::TokenExpired) => {
            let mut state = simulator.state();
            state.tokens.expire();
            Refusal::Token.answer(&state.switches)
        }
        Some(Misbehaviour::TooMany) => Refusal::TooMany.answer(&simulator.state().switches),
        Some(Misbehaviour::Redirect { to }) => {
            let mut response = respond(simulator, n, page(302, "Found"));
            if let Ok(to) = to.parse() {
                response.headers_mut().insert(LOCATION, to);
            }
            return Ok(response);
        }
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

fn note(simulator: &Simulator, n: u64, answered: &str) {
    if let Some(entry) = simulator.state().log.entry(n) {
        entry.answered = Some(answered.to_owned());
    }
}

fn dropped(simulator: &Simulator, n: u64, answered: &str) -> Result<Response<Body>, Dropped> {
    note(simulator, n, answered);
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
    let answer = any(html, format!("HTTP {status} with HTML"));
    Answer { status, content_type: "text/html; charset=utf-8", ..answer }
}
