//! The routes over all flows, and the tick of the alerts.
//!
//! | request | does | token |
//! |---|---|---|
//! | `GET /metrics` | how the flows stand and what they have done, for Prometheus | run |
//! | `GET /healthz` | 200, or 503 with the names of flows that are behind, failing or stopped | – |
//! | `GET /alerts` | what is open, what went out | run |
//! | `POST /alerts/check` | checks, and tells what is new | run |
//! | `GET /alerts/check?tick_token=…` | the same, for schedulers that can only call a URL | tick |

use crate::alerts::{self, Record};
use crate::fleet::{Watched, standings};
use crate::settings::Settings;
use crate::{healthz, metrics};
use ferry_sync::dead::store_failure;
use ferry_sync::host::{Host, StoreError, Variables};
use ferry_sync::problem::Problem;
use ferry_sync::webhook::{Scope, refusal, turned_away};
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

/// Looks at the enabled flows, reading only the store.
pub type Look<'l> = &'l dyn Fn() -> Vec<Watched>;

/// The paths that are answered here.
pub const PATHS: [&str; 4] = ["/metrics", "/healthz", "/alerts", "/alerts/check"];

/// Whether a path, with or without its query, is answered here.
pub fn are_for(path: &str) -> bool {
    PATHS.contains(&plain(path))
}

fn plain(path: &str) -> &str {
    path.split('?').next().unwrap_or_default().trim_end_matches('/')
}

/// Answers one request to one of [`PATHS`].
pub fn answer(
    host: Host<'_>,
    variables: &dyn Variables,
    look: Look<'_>,
    request: &Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    let now = host.clock.wall_ms().div_euclid(1000);
    let path = plain(request.uri().path());
    let (get, post) = (request.method() == Method::GET, request.method() == Method::POST);
    let scope = match path {
        "/healthz" if get => {
            let (status, body) = healthz::answer(&standings(&look(), now));
            return json(status, &body);
        }
        "/alerts/check" if get => Scope::Tick,
        "/alerts/check" if post => Scope::Run,
        "/metrics" | "/alerts" if get => Scope::Run,
        _ => return no_such(path),
    };
    if let Some(refusal) = turned_away(request, variables, scope) {
        return refusal;
    }
    let answered = match path {
        "/metrics" => Record::load(host.store).map(|record| {
            let flows = look();
            let text = metrics::text(&flows, &standings(&flows, now), &record);
            respond(StatusCode::OK, metrics::CONTENT_TYPE, text.into_bytes())
        }),
        "/alerts" => Record::load(host.store).map(|record| json(StatusCode::OK, &json!(record))),
        _ => alerts::check(host, &Settings::load(variables), look).map(|check| match check {
            Some(check) => json(StatusCode::OK, &json!(check)),
            None => refusal(StatusCode::CONFLICT, &already_checked()),
        }),
    };
    answered.unwrap_or_else(|error| refusal(StatusCode::SERVICE_UNAVAILABLE, &failed(&error)))
}

/// The scheduled check.
///
/// # Errors
/// When the store does not answer.
pub fn tick(host: Host<'_>, variables: &dyn Variables, look: Look<'_>) -> Result<(), Problem> {
    // That another check is under way is what the schedule wants.
    alerts::check(host, &Settings::load(variables), look).map(|_| ()).map_err(|error| failed(&error))
}

fn failed(error: &StoreError) -> Problem {
    store_failure(alerts::record::KEY, &error.0).problem
}

fn already_checked() -> Problem {
    Problem::new(
        "already_checked",
        "another check is under way, or was within the last minute",
        "另一次检查正在进行，或在一分钟之内刚刚完成",
    )
    .hint("nothing was done; the next tick checks again", "未做任何操作；下次触发会再次检查")
}

fn no_such(path: &str) -> Response<Vec<u8>> {
    let methods = if path == "/alerts/check" { "GET, POST" } else { "GET" };
    let problem = Problem::new(
        "method_not_allowed",
        format!("this path takes {methods}"),
        format!("该路径只接受 {methods}"),
    );
    refusal(StatusCode::METHOD_NOT_ALLOWED, &problem)
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Vec<u8>> {
    respond(status, "application/json; charset=utf-8", format!("{body}\n").into_bytes())
}

fn respond(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static(content_type));
    headers.insert("cache-control", http::HeaderValue::from_static("no-store"));
    response
}
