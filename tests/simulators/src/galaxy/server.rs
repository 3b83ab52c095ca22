//! HTTP: takes calls, lets the faults have their way with them, sends what comes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::DateTime;
use http_body_util::{BodyExt, Limited};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION, SET_COOKIE};
use hyper::{Method, Response};

use super::answer::{Failure, exception};
use super::envelope::{NoOp, Op};
use super::faults::Misbehaviour;
use super::state::{Answer, Request, State, asp_session, bytes, failed};
use crate::faults::Work;
use crate::serve::{Body, Dropped, half, whole};

/// The largest body that is read.
const LARGEST_BODY: usize = 64 << 20;

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

/// Answers one call of the simulated ERP.
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
        headers: head.headers,
        body,
    };
    let op = Op::from_path(&request.path);
    let (n, drawn) = {
        let mut state = simulator.state();
        let at = DateTime::from_timestamp_millis(state.now_ms()).unwrap_or_default();
        let at = at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let known = op.as_ref().ok().copied();
        // What a login sends is a secret.
        let shown = if known.is_none_or(Op::is_login) { &[][..] } else { &request.body };
        let n = state.log.arrived(at, known, &request.path, shown, concurrent);
        let drawn = known.map(|op| state.faults.draw(op)).unwrap_or_default();
        if let Some(name) = &drawn.name {
            state.log.counters.faults += 1;
            if let Some(entry) = state.log.entry(n) {
                entry.fault = Some(name.clone());
            }
        }
        (n, drawn)
    };
    let op = match op {
        Ok(op) if head.method == Method::POST => op,
        Ok(_) => return Ok(respond(&simulator, n, page(405, "Method Not Allowed"))),
        Err(NoOp::NotFound) => return Ok(respond(&simulator, n, page(404, "Not Found"))),
        Err(NoOp::Unknown(service)) => {
            let message = format!("服务{service}不存在");
            let answer = bytes(exception(&message), message);
            return Ok(respond(
                &simulator,
                n,
                Answer { content_type: "text/plain; charset=utf-8", ..answer },
            ));
        }
    };
    if drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    }
    misbehave(simulator.clone(), n, request, op, drawn.what).await
}

async fn misbehave(
    simulator: Arc<Simulator>,
    n: u64,
    request: Request,
    op: Op,
    what: Option<Misbehaviour>,
) -> Result<Response<Body>, Dropped> {
    let answer = match &what {
        None
        | Some(
            Misbehaviour::Delay { .. }
            | Misbehaviour::RepeatPreviousPage
            | Misbehaviour::IgnoreKeyFilter
            | Misbehaviour::EmptyPage
            | Misbehaviour::RowTwice,
        ) => work(&simulator, n, &request, op, what.as_ref()),
        Some(Misbehaviour::DropBefore) => return dropped(&simulator, n, "dropped, nothing done"),
        Some(Misbehaviour::DropAfter) => {
            let answer = work(&simulator, n, &request, op, None);
            return dropped(&simulator, n, &format!("dropped after: {}", answer.summary));
        }
        Some(Misbehaviour::DropThenWork { after_ms }) => {
            let pause = Duration::from_millis(*after_ms);
            let simulator_later = simulator.clone();
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                let answer = work(&simulator_later, n, &request, op, None);
                note(&simulator_later, n, &format!("dropped, worked later: {}", answer.summary));
            });
            return dropped(&simulator, n, "dropped, will work later");
        }
        Some(Misbehaviour::DropMidAnswer) => {
            let answer = work(&simulator, n, &request, op, None);
            return Ok(half_sent(&simulator, n, answer));
        }
        Some(Misbehaviour::HalfJson) => {
            let answer = work(&simulator, n, &request, op, None);
            let summary = format!("half of: {}", answer.summary);
            Answer { body: answer.body.slice(..answer.body.len() / 2), summary, ..answer }
        }
        Some(Misbehaviour::Http500 { work: done }) => {
            let mut summary = "HTTP 500".to_owned();
            if *done == Work::Done {
                summary += &format!(" after: {}", work(&simulator, n, &request, op, None).summary);
            }
            Answer { summary, ..page(500, "Internal Server Error") }
        }
        Some(Misbehaviour::Html) => page(200, "系统维护中"),
        Some(Misbehaviour::Garbage) => bytes((0..=255).rev().cycle().take(600).collect(), "garbage".into()),
        Some(Misbehaviour::SessionLost) => simulator.state().lose_session(&request, op),
        Some(Misbehaviour::CallLimit) => failed(op, &Failure::call_limit()),
        Some(Misbehaviour::Refuse { code, message }) => failed(op, &Failure::new(*code, message.as_str())),
        Some(Misbehaviour::Redirect { to }) => {
            let mut response = respond(&simulator, n, page(302, "Found"));
            if let Ok(to) = to.parse() {
                response.headers_mut().insert(LOCATION, to);
            }
            return Ok(response);
        }
    };
    Ok(respond(&simulator, n, answer))
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
    let length = answer.body.len();
    let body = whole(answer.body.clone());
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
    let session = if answer.session.is_empty() { state.fresh_id() } else { answer.session };
    state.log.counters.bytes += length as u64;
    if let Some(entry) = state.log.entry(n) {
        entry.status = Some(answer.status);
        entry.answered = Some(answer.summary);
    }
    let now = Duration::from_millis(u64::try_from(state.now_ms()).unwrap_or(0));
    drop(state);
    // The cookies go with every answer, without `expires`: vendors/kingdee.md 1.2 and 7.
    Response::builder()
        .status(answer.status)
        .header(CONTENT_TYPE, answer.content_type)
        .header(CONTENT_LENGTH, length)
        .header(DATE, httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + now))
        .header(SET_COOKIE, format!("ASP.NET_SessionId={}; path=/; HttpOnly", asp_session(&session)))
        .header(SET_COOKIE, format!("kdservice-sessionid={session}; path=/"))
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
