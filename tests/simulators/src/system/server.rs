//! HTTP: takes calls, lets the faults have their way with them, sends what comes of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::DateTime;
use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION};

use super::held::Held;
use super::{Answer, Misbehaviour, Request, System};
use crate::faults::Work;
use crate::serve::{Body, Dropped, half, whole};

/// The largest body that is read.
const LARGEST_BODY: usize = 64 << 20;

/// What the servers and [`Running`](super::Running) share.
pub(crate) struct Simulator<S: System>(Mutex<Held<S>>);

impl<S: System> Simulator<S> {
    pub fn new(held: Held<S>) -> Self {
        Self(Mutex::new(held))
    }

    /// What is held; a panic elsewhere has not spoilt it for looking.
    pub fn held(&self) -> MutexGuard<'_, Held<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers one call of the simulated system.
pub(crate) async fn answer<S: System>(
    simulator: Arc<Simulator<S>>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    // On its own task: a client that gives up does not stop a server that is at work.
    tokio::spawn(handle(simulator, request)).await.unwrap_or(Err(Dropped))
}

/// Counts a call among those at work until it is dropped.
struct AtWork<S: System>(Arc<Simulator<S>>, S::Op);

impl<S: System> AtWork<S> {
    fn begin(simulator: &Arc<Simulator<S>>, op: S::Op) -> Self {
        let mut held = simulator.held();
        let (now, most) = held.at_once.entry(op).or_default();
        *now += 1;
        *most = (*most).max(*now);
        drop(held);
        Self(simulator.clone(), op)
    }
}

impl<S: System> Drop for AtWork<S> {
    fn drop(&mut self) {
        if let Some((now, _)) = self.0.held().at_once.get_mut(&self.1) {
            *now -= 1;
        }
    }
}

async fn handle<S: System>(
    simulator: Arc<Simulator<S>>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    let (head, body) = request.into_parts();
    let op = S::op(&head.method, head.uri.path());
    let _at_work = op.as_ref().ok().map(|op| AtWork::begin(&simulator, *op));
    let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| Dropped)?.to_bytes();
    let request = Request {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let (n, drawn) = {
        let mut held = simulator.held();
        let at = DateTime::from_timestamp_millis(held.now_ms()).unwrap_or_default();
        let at = at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let known = op.as_ref().ok().copied();
        let shown = known.map_or(&[][..], |op| S::shown(op, &request));
        let at_once = held.at_once.values().map(|(now, _)| now).sum();
        let n = held.log.arrived(at, known, &request.path, shown, at_once);
        let drawn = known.map(|op| held.faults.draw(op)).unwrap_or_default();
        if let Some(name) = &drawn.name {
            held.log.counters.faults += 1;
            if let Some(entry) = held.log.entry(n) {
                entry.fault = Some(name.clone());
            }
        }
        (n, drawn)
    };
    let op = match op {
        Ok(op) => op,
        Err(405) => return Ok(respond(&simulator, n, Answer::html(405, "Method Not Allowed"))),
        Err(status) => return Ok(respond(&simulator, n, Answer::html(status, "Not Found"))),
    };
    if drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    }
    misbehave(simulator, n, request, op, drawn.what).await
}

async fn misbehave<S: System>(
    simulator: Arc<Simulator<S>>,
    n: u64,
    request: Request,
    op: S::Op,
    what: Option<Misbehaviour>,
) -> Result<Response<Body>, Dropped> {
    let answer = match &what {
        None
        | Some(
            Misbehaviour::Delay { .. }
            | Misbehaviour::TokenLost
            | Misbehaviour::TooMany
            | Misbehaviour::RepeatPreviousPage
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
            let later = simulator.clone();
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                let answer = work(&later, n, &request, op, None);
                note(&later, n, &format!("dropped, worked later: {}", answer.summary));
            });
            return dropped(&simulator, n, "dropped, will work later");
        }
        Some(Misbehaviour::DropMidAnswer) => {
            let answer = work(&simulator, n, &request, op, None);
            let (body, length) = (half(&answer.body), answer.body.len());
            let summary = format!("dropped in the middle of: {}", answer.summary);
            return Ok(respond_with(&simulator, n, Answer { summary, ..answer }, body, length));
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
            Answer { summary, ..Answer::html(500, "Internal Server Error") }
        }
        Some(Misbehaviour::Html) => Answer::html(200, "系统维护中"),
        Some(Misbehaviour::Garbage) => Answer::bytes((0..=255).rev().cycle().take(600).collect(), "garbage"),
        Some(Misbehaviour::Redirect { to }) => {
            let mut response = respond(&simulator, n, Answer::html(302, "Found"));
            if let Ok(to) = to.parse() {
                response.headers_mut().insert(LOCATION, to);
            }
            return Ok(response);
        }
    };
    Ok(respond(&simulator, n, answer))
}

fn work<S: System>(
    simulator: &Simulator<S>,
    n: u64,
    request: &Request,
    op: S::Op,
    what: Option<&Misbehaviour>,
) -> Answer {
    let mut held = simulator.held();
    let started = Instant::now();
    let answer = held.work(request, op, what);
    let took = started.elapsed();
    held.log.counters.rows += answer.rows as u64;
    if let Some(entry) = held.log.entry(n) {
        entry.auth = answer.auth.clone();
        entry.work_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    }
    answer
}

fn note<S: System>(simulator: &Simulator<S>, n: u64, answered: &str) {
    if let Some(entry) = simulator.held().log.entry(n) {
        entry.answered = Some(answered.to_owned());
    }
}

fn dropped<S: System>(simulator: &Simulator<S>, n: u64, answered: &str) -> Result<Response<Body>, Dropped> {
    note(simulator, n, answered);
    Err(Dropped)
}

fn respond<S: System>(simulator: &Simulator<S>, n: u64, answer: Answer) -> Response<Body> {
    let (body, length) = (whole(answer.body.clone()), answer.body.len());
    respond_with(simulator, n, answer, body, length)
}

fn respond_with<S: System>(
    simulator: &Simulator<S>,
    n: u64,
    answer: Answer,
    body: Body,
    length: usize,
) -> Response<Body> {
    let mut held = simulator.held();
    held.log.counters.bytes += length as u64;
    if let Some(entry) = held.log.entry(n) {
        entry.status = Some(answer.status);
        entry.answered = Some(answer.summary);
    }
    let now = Duration::from_millis(u64::try_from(held.now_ms()).unwrap_or(0));
    drop(held);
    Response::builder()
        .status(answer.status)
        .header(CONTENT_TYPE, answer.content_type)
        .header(CONTENT_LENGTH, length)
        .header(DATE, httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + now))
        .body(body)
        .expect("these headers are always well formed")
}
