//! The two ways into a flow's component, and what other components need for theirs.

use crate::bindings::cron::Error as CronError;
use crate::clock::WasiClock;
use crate::http::OutgoingHttp;
use crate::key_value::KeyValue;
use crate::log::{StdoutLog, WasiRandom};
use crate::mysql::SpinMysql;
use crate::variables::SpinVariables;
use ferry_sync::flow::Component;
use ferry_sync::host::{Host, Log};
use ferry_sync::problem::Problem;
use ferry_sync::webhook;
use spin_sdk::http::{IncomingRequest, Response};

/// Answers one request to the flow of this component.
pub fn http(component: &Component<'_>, request: IncomingRequest) -> Response {
    let answer = match crate::http::read_request(request, webhook::BODY_LIMIT) {
        Ok(request) => with_host(|host| webhook::handle(host, component, &SpinVariables, &request)),
        Err((status, problem)) => webhook::refusal(status, &problem),
    };
    reply(answer)
}

/// An answer as the SDK has it.
pub fn reply(answer: http::Response<Vec<u8>>) -> Response {
    let (parts, body) = answer.into_parts();
    let mut response = Response::builder();
    response.status(parts.status.as_u16());
    for (name, value) in &parts.headers {
        response.header(name.as_str(), value.to_str().unwrap_or_default());
    }
    response.body(body).build()
}

/// Runs the flow of this component once. The trigger only logs an error: so does this, in the log's own form.
pub fn cron(component: &Component<'_>) -> Result<(), CronError> {
    with_host(|host| webhook::cron(host, component, &SpinVariables)).map_err(tick_failed)
}

/// What a cron event answers that failed; it is also written to the log.
pub fn tick_failed(problem: Problem) -> CronError {
    let line = serde_json::json!({"level": "error", "event": "tick_failed", "problem": problem});
    StdoutLog.line(&line.to_string());
    CronError::Other(problem.to_string())
}

/// Works with the outside world of this invocation.
pub fn with_host<R>(work: impl FnOnce(Host<'_>) -> R) -> R {
    let http = OutgoingHttp::default();
    let store = KeyValue::default();
    work(Host {
        clock: &WasiClock::start(),
        store: &store,
        http: &http,
        sql: &SpinMysql,
        log: &StdoutLog,
        random: &WasiRandom,
    })
}
