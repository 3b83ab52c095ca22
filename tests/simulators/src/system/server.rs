//! HTTP: takes calls, lets the faults have their way with them, sends what comes of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION, SET_COOKIE};

use super::held::{Arrived, Held};
use super::message::Content;
use super::{Answer, Request, System, Way};
use crate::faults::{Drawn, Mishap, Work};
use crate::serve::{Body, Dropped, half, whole};

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

/// A call is counted among those at work until this is dropped.
struct AtWork<S: System>(Arc<Simulator<S>>, Option<S::Op>);

impl<S: System> Drop for AtWork<S> {
    fn drop(&mut self) {
        self.0.held().ended(self.1);
    }
}

async fn handle<S: System>(
    simulator: Arc<Simulator<S>>,
    request: hyper::Request<Body>,
) -> Result<Response<Body>, Dropped> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, S::LARGEST_BODY).collect().await.map_err(|_| Dropped)?.to_bytes();
    let request = Request { method: head.method, uri: head.uri, headers: head.headers, body };
    let Arrived { n, concurrent, way, drawn } = simulator.held().arrived(&request);
    let _at_work = AtWork(simulator.clone(), way.named());
    let entry = Entry { simulator, n };
    let op = match way {
        Way::To(op) => op,
        Way::Astray { answer, .. } => return Ok(entry.respond(answer)),
    };
    if drawn.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(drawn.delay_ms)).await;
    }
    misbehave(Task { entry, request, op, concurrent }, drawn)
}

fn misbehave<S: System>(task: Task<S>, drawn: Drawn<S::Misbehaviour>) -> Result<Response<Body>, Dropped> {
    let answer = match drawn.mishap {
        None | Some(Mishap::Delay { .. }) => task.work(drawn.what.as_ref()),
        Some(Mishap::DropBefore) => return task.entry.dropped("dropped, nothing done"),
        Some(Mishap::DropAfter) => {
            let answer = task.work(None);
            return task.entry.dropped(&format!("dropped after: {}", answer.summary));
        }
        Some(Mishap::DropThenWork { after_ms }) => {
            task.entry.note("dropped, will work later");
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(after_ms)).await;
                let answer = task.work(None);
                task.entry.note(&format!("dropped, worked later: {}", answer.summary));
            });
            return Err(Dropped);
        }
        Some(Mishap::DropMidAnswer) => {
            let answer = task.work(None);
            let summary = format!("dropped in the middle of: {}", answer.summary);
            let body = half(&answer.body);
            return Ok(task.entry.respond_with(Answer { summary, ..answer }, body));
        }
        Some(Mishap::HalfJson) => {
            let answer = task.work(None);
            let summary = format!("half of: {}", answer.summary);
            Answer { body: answer.body.slice(..answer.body.len() / 2), summary, ..answer }
        }
        Some(Mishap::Http500 { work }) => {
            let mut summary = "HTTP 500".to_owned();
            if work == Work::Done {
                summary += &format!(" after: {}", task.work(None).summary);
            }
            Answer { summary, ..Answer::html(500, "Internal Server Error") }
        }
        Some(Mishap::Html) => Answer::html(200, "系统维护中"),
        Some(Mishap::Garbage) => {
            Answer::bytes((0..=255).rev().cycle().take(600).collect::<Vec<u8>>(), "garbage")
        }
        Some(Mishap::Redirect { to }) => {
            let mut response = task.entry.respond(Answer::html(302, "Found"));
            if let Ok(to) = to.parse() {
                response.headers_mut().insert(LOCATION, to);
            }
            return Ok(response);
        }
    };
    Ok(task.entry.respond(answer))
}

/// Something to be done.
struct Task<S: System> {
    entry: Entry<S>,
    request: Request,
    op: S::Op,
    concurrent: usize,
}

impl<S: System> Task<S> {
    fn work(&self, what: Option<&S::Misbehaviour>) -> Answer {
        self.entry.simulator.held().work(self.entry.n, &self.request, self.op, self.concurrent, what)
    }
}

/// A call's place in the log, where its answer is noted.
struct Entry<S: System> {
    simulator: Arc<Simulator<S>>,
    n: u64,
}

impl<S: System> Entry<S> {
    fn note(&self, answered: &str) {
        if let Some(entry) = self.simulator.held().log.entry(self.n) {
            entry.answered = Some(answered.to_owned());
        }
    }

    fn dropped(&self, answered: &str) -> Result<Response<Body>, Dropped> {
        self.note(answered);
        Err(Dropped)
    }

    fn respond(&self, answer: Answer) -> Response<Body> {
        let body = whole(answer.body.clone());
        self.respond_with(answer, body)
    }

    /// Announces the answer's whole length, and sends this body.
    fn respond_with(&self, mut answer: Answer, body: Body) -> Response<Body> {
        let mut held = self.simulator.held();
        if answer.cookies.is_empty() {
            answer.cookies = held.system.cookies();
        }
        let length = answer.body.len();
        held.log.counters.bytes += length as u64;
        if let Some(entry) = held.log.entry(self.n) {
            entry.status = Some(answer.status);
            entry.answered = Some(answer.summary);
        }
        let now = Duration::from_millis(u64::try_from(held.now_ms()).unwrap_or(0));
        drop(held);
        let content_type = match answer.content {
            Content::Json => S::JSON,
            Content::Text => "text/plain; charset=utf-8",
            Content::Html => "text/html; charset=utf-8",
        };
        let mut response = Response::builder()
            .status(answer.status)
            .header(CONTENT_TYPE, content_type)
            .header(CONTENT_LENGTH, length)
            .header(DATE, httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + now));
        for cookie in answer.cookies {
            response = response.header(SET_COOKIE, cookie);
        }
        response.body(body).expect("these headers are always well formed")
    }
}
