//! HTTP: takes calls, lets the faults have their way with them, sends what comes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::DateTime;
use http_body_util::{BodyExt, Limited};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION};
use hyper::{Method, Response};

use super::envelope::Op;
use super::faults::Misbehaviour;
use super::state::{Answer, Request, State, json, refuse};
use crate::serve::{Body, Dropped, half, whole};

/// The largest body that is read.
const LARGEST_BODY: usize = 1 << 20;

/// Where the interface is (`vendors/sources.md` 2.1).
pub(super) const PATH: &str = "/openapi";

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
        content_type: content_type.unwrap_or_default().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body,
    };
    let op = Op::from_query(&request.query);
    let (n, drawn) = {
        let mut state = simulator.state();
        let at = DateTime::from_timestamp_millis(state.now_ms()).unwrap_or_default();
        let at = at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        // The pages are in the query.
        let path = head.uri.path_and_query().map_or(PATH, |all| all.as_str());
        let n = state.log.arrived(at, Some(op), path, &request.body, concurrent);
        let drawn = state.faults.draw(op);
        if let Some(name) = &drawn.name {
            state.log.counters.faults += 1;
            if let Some(entry) = state.log.entry(n) {
                entry.fault = Some(name.clone());
            }
        }
        (n, drawn)
    };
    if head.uri.path() != PATH {
        return Ok(respond(&simulator, n, page(404, "Not Found")));
    }
    if head.method != Method::POST {
        return Ok(respond(&simulator, n, page(405, "Method Not Allowed")));
    }
    if drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    }
    misbehave(&simulator, n, &request, concurrent, drawn.what)
}

fn misbehave(
    simulator: &Simulator,
    n: u64,
    request: &Request,
    concurrent: usize,
    what: Option<Misbehaviour>,
) -> Result<Response<Body>, Dropped> {
    let work = || work(simulator, n, request, concurrent, what.as_ref());
    let answer = match &what {
        None
        | Some(
            Misbehaviour::Delay { .. }
            | Misbehaviour::RepeatPreviousPage
            | Misbehaviour::EmptyPage
            | Misbehaviour::RowTwice
            | Misbehaviour::WrongTotal { .. },
        ) => work(),
        Some(Misbehaviour::DropBefore) => return dropped(simulator, n, "dropped, nothing done"),
        Some(Misbehaviour::DropAfter) => {
            let answer = work();
            return dropped(simulator, n, &format!("dropped after: {}", answer.summary));
        }
        Some(Misbehaviour::DropMidAnswer) => {
            let answer = work();
            let (body, length) = (half(&answer.body), answer.body.len());
            let summary = format!("dropped in the middle of: {}", answer.summary);
            return Ok(respond_with(simulator, n, Answer { summary, ..answer }, body, length));
        }
        Some(Misbehaviour::HalfJson) => {
            let answer = work();
            let summary = format!("half of: {}", answer.summary);
            Answer { body: answer.body.slice(..answer.body.len() / 2), summary, ..answer }
        }
        Some(Misbehaviour::Http { status }) => page(*status, "Error"),
        Some(Misbehaviour::Html) => page(200, "系统维护中"),
        Some(Misbehaviour::Garbage) => json((0..=255).rev().cycle().take(600).collect(), "garbage".into()),
        Some(Misbehaviour::Refuse { status, message }) => refuse(*status, message),
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

fn work(
    simulator: &Simulator,
    n: u64,
    request: &Request,
    concurrent: usize,
    what: Option<&Misbehaviour>,
) -> Answer {
    let mut state = simulator.state();
    let started = Instant::now();
    let answer = state.work(request, concurrent, what);
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
    let answer = json(html.into_bytes().into(), format!("HTTP {status} with HTML"));
    Answer { status, content_type: "text/html; charset=utf-8", ..answer }
}
