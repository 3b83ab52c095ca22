//! The table of paths.

use crate::page::{not_found, refusal};
use crate::pages::{alerts, dead, flow, interfaces, letter, log, login, mapping, overview, run};
use crate::visit::Visit;
use crate::{Console, act, assets, form, respond};
use http::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

/// Answers one request.
pub fn handle(console: &Console<'_>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix("/console").filter(|rest| rest.is_empty() || rest.starts_with('/'))
    else {
        return if path == "/" { respond::see_other("/console") } else { respond::unknown(path) };
    };
    let segments: Option<Vec<String>> = rest
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned()))
        .collect();
    let visit = Visit::new(console, request);
    let Some(segments) = segments else { return not_found(&visit) };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match *request.method() {
        Method::GET | Method::HEAD => get(&visit, &segments),
        Method::POST => post(&visit, &segments),
        _ => refusal(&visit, StatusCode::METHOD_NOT_ALLOWED, visit.t().method_not_allowed),
    }
}

/// Looks, and changes nothing.
fn get(v: &Visit<'_>, segments: &[&str]) -> Response<Vec<u8>> {
    match segments {
        ["assets", name] => return assets::find(name).unwrap_or_else(|| not_found(v)),
        ["login"] => return login::show(v, None),
        _ if v.session.is_none() => {
            return respond::see_other(&form::with_query("/console/login", &[("next", v.path)]));
        }
        [] => return overview::show(v),
        ["dead"] => return dead::all(v),
        ["interfaces"] => return interfaces::show(v),
        ["log"] => return log::show(v),
        ["alerts"] => return alerts::show(v),
        ["flows", ..] => {}
        _ => return not_found(v),
    }
    let Some(entry) = segments.get(1).and_then(|name| v.flow(name)) else { return not_found(v) };
    match &segments[2..] {
        [] => flow::show(v, entry),
        ["runs", run_id] => run::show(v, entry, run_id),
        ["dead"] => dead::show(v, entry),
        ["dead", id] => letter::show(v, entry, id),
        ["mapping"] => mapping::show(v, entry),
        ["do", action] => act::ask(v, entry, action),
        _ => not_found(v),
    }
}

/// Changes something: only for a page of ours, and but for the login only with the session's own form token.
fn post(v: &Visit<'_>, segments: &[&str]) -> Response<Vec<u8>> {
    if !v.is_same_origin() {
        return refusal(v, StatusCode::FORBIDDEN, v.t().other_origin);
    }
    match segments {
        ["login"] => return login::log_in(v),
        ["preferences"] => return login::preferences(v),
        _ => {}
    }
    let Some(session) = &v.session else {
        return respond::see_other(&form::with_query("/console/login", &[("next", v.path)]));
    };
    if !session.owns(v.form.get("form_token")) {
        return refusal(v, StatusCode::FORBIDDEN, v.t().wrong_form_token);
    }
    match segments {
        ["logout"] => login::log_out(v),
        ["flows", name, rest @ ..] => match (v.flow(name), rest) {
            (Some(entry), ["mapping"]) => mapping::edit(v, entry),
            (Some(entry), ["do", action]) => act::act(v, entry, action),
            _ => not_found(v),
        },
        _ => not_found(v),
    }
}
