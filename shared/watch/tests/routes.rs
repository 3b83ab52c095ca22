//! The routes: who may, and what is answered.

mod world;

use ferry_watch::fleet::Watched;
use ferry_watch::routes::{self, PATHS};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use world::*;

const RUN: &str = "run-run-run-run-run-run-run";
const ADMIN: &str = "admin-admin-admin-admin-admin";
const TICK: &str = "tick-tick-tick-tick-tick-tick";

fn variables() -> Given {
    let mut all = webhook();
    all.0.extend([("run_token", RUN.into()), ("admin_token", ADMIN.into()), ("tick_token", TICK.into())]);
    all
}

fn call(world: &World, method: &str, path: &str, token: &str) -> Response<Vec<u8>> {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let flows: Vec<Watched> = vec![watched(answer(world.now(), json!({"lag_seconds": 9999})))];
    routes::answer(world.host(), &variables(), &|| flows.clone(), &request.body(Vec::new()).unwrap())
}

fn body(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).expect("JSON")
}

#[test]
fn every_route_is_closed_without_its_token_but_healthz() {
    for (method, path, by_tick) in [
        ("GET", "/metrics", false),
        ("GET", "/alerts", false),
        ("POST", "/alerts/check", false),
        ("GET", "/alerts/check", true),
    ] {
        let status = |path: &str, token: &str| call(&World::new(), method, path, token).status();
        for token in ["", "wrong-wrong-wrong-wrong-wrong", TICK] {
            assert_eq!(status(path, token), StatusCode::UNAUTHORIZED, "{method} {path} {token}");
        }
        for token in [RUN, ADMIN] {
            assert_eq!(status(path, token), StatusCode::OK, "{method} {path} {token}");
        }
        let with_tick = status(&format!("{path}?tick_token={TICK}"), "");
        let expected = if by_tick { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(with_tick, expected, "{method} {path}");
    }
    let open = call(&World::new(), "GET", "/healthz", "");
    assert_eq!(open.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body(&open)["behind"], json!([FLOW]));
}

#[test]
fn another_method_is_refused_in_both_languages() {
    for path in PATHS {
        let answer = call(&World::new(), "DELETE", path, ADMIN);
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(body(&answer)["error"]["message_zh"].as_str().unwrap().contains("只接受"));
    }
}

#[test]
fn only_these_paths_are_taken() {
    for path in ["/metrics", "/metrics/", "/healthz?x=1", "/alerts", "/alerts/check?tick_token=x"] {
        assert!(routes::are_for(path), "{path}");
    }
    for path in ["/", "/flows/metrics", "/metricsx", "/alerts/check/x", "/console/alerts"] {
        assert!(!routes::are_for(path), "{path}");
    }
}

#[test]
fn a_check_tells_and_what_went_out_can_be_read() {
    let world = World::new();
    let checked = call(&world, "POST", "/alerts/check", RUN);
    assert_eq!(body(&checked)["news"][0]["code"], "lag");
    assert_eq!(body(&checked)["sent"][0], json!({"channel": "webhook", "items": 1, "outcome": "taken"}));
    let again = call(&world, "POST", "/alerts/check", RUN);
    assert_eq!(
        (again.status(), &body(&again)["error"]["code"]),
        (StatusCode::CONFLICT, &json!("already_checked"))
    );
    let kept = body(&call(&world, "GET", "/alerts", RUN));
    assert_eq!(kept["open"][0]["code"], "lag");
    assert_eq!(kept["sent"][0]["alerts"], json!([{"flow": FLOW, "code": "lag", "change": "opened"}]));
    let metrics = call(&world, "GET", "/metrics", RUN);
    assert_eq!(metrics.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(metrics.into_body()).unwrap();
    assert!(text.contains(&format!("ferry_alerts_open{{flow=\"{FLOW}\",alert=\"lag\"}} 1\n")), "{text}");
}

#[test]
fn a_store_that_does_not_answer_is_said() {
    let world = World::new();
    world.store_fails_from.set(Some(0));
    for (method, path) in [("GET", "/metrics"), ("GET", "/alerts"), ("POST", "/alerts/check")] {
        let answer = call(&world, method, path, ADMIN);
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(body(&answer)["error"]["code"], "store_failed");
    }
    assert_eq!(&*routes::tick(world.host(), &variables(), &Vec::new).unwrap_err().code, "store_failed");
    world.store_fails_from.set(None);
    world.pass(60);
    assert_eq!(routes::tick(world.host(), &variables(), &Vec::new), Ok(()));
    // Another check in the same minute is what a schedule may meet.
    assert_eq!(routes::tick(world.host(), &variables(), &Vec::new), Ok(()));
}
