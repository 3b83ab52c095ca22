//! The HTTP contract of a flow (`design.md` 6), and the scheduled entry.
//!
//! [`ROUTES`] is the whole of it: method, path, who may, what it does. Nothing is read or run before the
//! caller's token has been looked at.

mod access;
mod actions;
mod check;
mod file;
mod jobs;
mod preview;

pub use access::Scope;

use crate::flow::{Component, Flow};
use crate::hold::NotNow;
use crate::host::{Host, Variables};
use crate::problem::Problem;
use crate::state::Keys;
use crate::versions;
use access::Caller;
use http::{Method, Request, Response, StatusCode};
use serde::Serialize;

/// Bodies beyond this are refused, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// One line of the contract.
pub struct Route {
    /// The method.
    pub method: Method,
    /// What follows `/flows/<name>`; `*` is an id.
    pub path: &'static str,
    /// Who may.
    pub scope: Scope,
    needs: Needs,
    action: Action,
}

/// What a route needs of the flow file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// The version in use: it maps records.
    TheVersionInUse,
    /// What all versions have in common; so it also answers where the one in use cannot be read.
    AnyVersion,
}

type Action = fn(&Call<'_>) -> Answer;

/// The routes of every flow.
pub static ROUTES: [Route; 21] = [
    mapping(Method::POST, "/run", Scope::Run, actions::run),
    mapping(Method::GET, "/run", Scope::Tick, actions::tick),
    route(Method::GET, "", Scope::Run, actions::state),
    mapping(Method::POST, "/preview", Scope::Run, preview::preview),
    route(Method::GET, "/dead", Scope::Run, actions::dead),
    route(Method::GET, "/dead/*", Scope::Run, actions::dead_letter),
    mapping(Method::POST, "/dead/retry", Scope::Admin, actions::retry_many),
    mapping(Method::POST, "/dead/*/retry", Scope::Admin, actions::retry_one),
    route(Method::DELETE, "/dead/*", Scope::Admin, actions::delete_dead),
    route(Method::PUT, "/watermark", Scope::Admin, actions::watermark),
    route(Method::POST, "/backfill", Scope::Admin, jobs::backfill),
    route(Method::POST, "/reconcile", Scope::Admin, jobs::reconcile),
    route(Method::DELETE, "/jobs/*", Scope::Admin, jobs::cancel),
    route(Method::GET, "/skip", Scope::Run, jobs::skipped),
    route(Method::POST, "/skip", Scope::Admin, jobs::skip),
    route(Method::DELETE, "/skip/*", Scope::Admin, jobs::unskip),
    route(Method::GET, "/file", Scope::Run, file::file),
    route(Method::GET, "/file/*", Scope::Run, file::version),
    route(Method::POST, "/file/check", Scope::Run, check::check),
    route(Method::PUT, "/file", Scope::Admin, file::save),
    route(Method::POST, "/file/use", Scope::Admin, file::put_in_use),
];

const fn route(method: Method, path: &'static str, scope: Scope, action: Action) -> Route {
    Route { method, path, scope, needs: Needs::AnyVersion, action }
}

const fn mapping(method: Method, path: &'static str, scope: Scope, action: Action) -> Route {
    Route { method, path, scope, needs: Needs::TheVersionInUse, action }
}

/// A request that has been let in.
pub(crate) struct Call<'c> {
    host: Host<'c>,
    flow: &'c Flow,
    component: &'c Component<'c>,
    variables: &'c dyn Variables,
    caller: Caller,
    request: &'c Request<Vec<u8>>,
    /// The id in the path, decoded.
    id: String,
}

/// What a route answers.
pub(crate) enum Answer {
    Body(StatusCode, serde_json::Value),
    Refusal(StatusCode, Problem),
    /// Try again after so many seconds.
    Later(StatusCode, serde_json::Value, u32),
}

/// Answers one request to the flow of this component.
pub fn handle(
    host: Host<'_>,
    component: &Component<'_>,
    variables: &dyn Variables,
    request: &Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    sent(answer(host, component, variables, request))
}

/// The answer to a caller whose token may not use a route of this scope, for routes of other components than a flow's;
/// `None` where it may.
pub fn turned_away(
    request: &Request<Vec<u8>>,
    variables: &dyn Variables,
    scope: Scope,
) -> Option<Response<Vec<u8>>> {
    match Caller::of(request, variables) {
        Ok(caller) if caller.may(scope) => None,
        Ok(_) => Some(sent(access::forbidden(scope))),
        Err(answer) => Some(sent(answer)),
    }
}

fn sent(answer: Answer) -> Response<Vec<u8>> {
    match answer {
        Answer::Body(status, body) => respond(status, &body, None),
        Answer::Refusal(status, problem) => refusal(status, &problem),
        Answer::Later(status, body, seconds) => respond(status, &body, Some(seconds)),
    }
}

/// The answer to a request that is refused.
pub fn refusal(status: StatusCode, problem: &Problem) -> Response<Vec<u8>> {
    respond(status, &ErrorBody { error: problem }, None)
}

/// Runs the flow once for a cron event.
pub fn cron(host: Host<'_>, component: &Component<'_>, variables: &dyn Variables) -> Result<(), Problem> {
    let name = crate::flow::name(component.flow_file);
    if !name.is_empty() && !crate::flow::is_enabled(&name, variables) {
        return Ok(());
    }
    let flow = versions::load(host, component, &Keys(name), variables).map_err(NotNow::into_problem)?;
    match actions::scheduled(host, &flow) {
        Ok(report) => report.error.map_or(Ok(()), Err),
        // Another run is under way: that is what the schedule wants.
        Err((StatusCode::CONFLICT, problem)) if &*problem.code == "already_running" => Ok(()),
        Err((_, problem)) => Err(problem),
    }
}

fn answer(
    host: Host<'_>,
    component: &Component<'_>,
    variables: &dyn Variables,
    request: &Request<Vec<u8>>,
) -> Answer {
    let path = request.uri().path().trim_end_matches('/');
    let Some((name, rest)) = split(path) else { return unknown_route(request) };
    let matching: Vec<(&Route, String)> =
        ROUTES.iter().filter_map(|route| matches(route.path, rest).map(|id| (route, id))).collect();
    // A literal segment wins over an id: `/dead/retry` is no letter.
    let matched = matching
        .iter()
        .filter(|(route, _)| route.method == request.method())
        .min_by_key(|(_, id)| !id.is_empty());
    let caller = Caller::of(request, variables);
    let Some((route, id)) = matched else {
        return match (caller, matching.is_empty()) {
            (Err(answer), _) => answer,
            (Ok(_), true) => unknown_route(request),
            (Ok(_), false) => method_not_allowed(&matching),
        };
    };
    let caller = match caller {
        Err(answer) => return answer,
        Ok(caller) if !caller.may(route.scope) => return access::forbidden(route.scope),
        Ok(caller) => caller,
    };
    if request.body().len() > BODY_LIMIT {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("the body is longer than {BODY_LIMIT} bytes"),
            format!("请求体超过 {BODY_LIMIT} 字节"),
        );
    }
    let ours = crate::flow::name(component.flow_file);
    if !ours.is_empty() && (ours != name || !crate::flow::is_enabled(name, variables)) {
        return refuse(
            StatusCode::NOT_FOUND,
            "unknown_flow",
            format!("no flow {name:?} is enabled here"),
            format!("此处没有启用名为 {name:?} 的流程"),
        );
    }
    let flow = match flow_for(route, host, component, &Keys(ours), variables) {
        Ok(flow) => flow,
        Err(why) => return actions::answer(actions::refusal(why)),
    };
    let (flow, id) = (&flow, id.clone());
    (route.action)(&Call { host, flow, component, variables, caller, request, id })
}

/// The flow by the version of its file in use; where that cannot be used, and the route does not need it, by the
/// built-in one.
fn flow_for(
    route: &Route,
    host: Host<'_>,
    component: &Component<'_>,
    keys: &Keys,
    variables: &dyn Variables,
) -> Result<Flow, NotNow> {
    match versions::load(host, component, keys, variables) {
        Err(NotNow::FlowFile(_)) if route.needs == Needs::AnyVersion => {
            Flow::load(component, variables).map_err(NotNow::FlowFile)
        }
        loaded => loaded,
    }
}

/// `/flows/<name><rest>`.
fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix("/flows/")?;
    let end = path.find('/').unwrap_or(path.len());
    Some(path.split_at(end))
}

/// The id, or empty where the pattern has none.
fn matches(pattern: &str, path: &str) -> Option<String> {
    let Some((before, after)) = pattern.split_once('*') else {
        return (pattern == path).then(String::new);
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    if id.is_empty() || id.contains('/') {
        return None;
    }
    percent_encoding::percent_decode_str(id).decode_utf8().ok().map(|id| id.into_owned())
}

fn unknown_route(request: &Request<Vec<u8>>) -> Answer {
    let path: String = request.uri().path().chars().take(200).collect();
    let routes: Vec<String> = ROUTES
        .iter()
        .map(|route| format!("{} /flows/<name>{}", route.method, route.path.replace('*', "<id>")))
        .collect();
    Answer::Refusal(
        StatusCode::NOT_FOUND,
        Problem::new("unknown_route", format!("nothing answers at {path}"), format!("{path} 没有对应的接口"))
            .hint(format!("there are: {}", routes.join(", ")), format!("可用的接口：{}", routes.join("，"))),
    )
}

fn method_not_allowed(matching: &[(&Route, String)]) -> Answer {
    let methods: Vec<&str> = matching.iter().map(|(route, _)| route.method.as_str()).collect();
    refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("this path takes {}", methods.join(", ")),
        format!("该路径只接受 {}", methods.join("、")),
    )
}

fn refuse(status: StatusCode, code: &str, en: String, zh: String) -> Answer {
    Answer::Refusal(status, Problem::new(code, en, zh))
}

#[derive(Serialize)]
struct ErrorBody<'p> {
    error: &'p Problem,
}

fn respond<B: Serialize>(status: StatusCode, body: &B, retry_after: Option<u32>) -> Response<Vec<u8>> {
    let mut body = serde_json::to_vec(body).expect("answers are plain data");
    body.push(b'\n');
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json; charset=utf-8")
        .header("cache-control", "no-store");
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds.to_string());
    }
    response.body(body).expect("constant headers are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_the_path_is_one_decoded_segment() {
        assert_eq!(matches("/dead/*", "/dead/A%2F1"), Some("A/1".into()));
        assert_eq!(matches("/dead/*/retry", "/dead/7/retry"), Some("7".into()));
        assert_eq!(matches("/dead/*", "/dead/7/retry"), None);
        assert_eq!(matches("/dead/*", "/dead/"), None);
        assert_eq!(matches("", ""), Some(String::new()));
    }
}
