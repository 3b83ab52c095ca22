//! The HTTP contract: who may do what, and what bad input gets.

mod world;

use ferry_sync::flow::Flow;
use ferry_sync::webhook::{BODY_LIMIT, ROUTES, Scope, handle};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use world::{FLOW_FILE, Given, World};

const BASE: &str = "/flows/galaxy-materials-to-mysql";
const RUN: &str = "run-run-run-run-run-run-run";
const ADMIN: &str = "admin-admin-admin-admin-admin";
const TICK: &str = "tick-tick-tick-tick-tick-tick";

fn call_with(
    world: &World,
    variables: HashMap<&'static str, String>,
    method: &Method,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let request = request.body(body.as_bytes().to_vec()).unwrap();
    let response =
        handle(world.host(), &world::component(&world.flow_file.borrow()), &Given(variables), &request);
    (response.status(), serde_json::from_slice(response.body()).expect("every answer is JSON"))
}

fn call(method: &Method, path: &str, token: Option<&str>, body: &str) -> (StatusCode, Value) {
    let world = World::new(3);
    call_with(&world, world.variables(), method, path, token, body)
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or("none")
}

/// From the table itself, so that a new route cannot be forgotten.
#[test]
fn every_route_is_closed_without_its_token() {
    for route in &ROUTES {
        let path = format!("{BASE}{}", route.path.replace('*', "7"));
        let with = |token| call(&route.method, &path, token, "{}").0;
        let name = format!("{} {path}", route.method);
        for token in [None, Some(""), Some("wrong-wrong-wrong-wrong-wrong"), Some(TICK)] {
            assert_eq!(with(token), StatusCode::UNAUTHORIZED, "{name} with {token:?}");
        }
        let by_runner = with(Some(RUN));
        assert_eq!(
            by_runner == StatusCode::FORBIDDEN,
            route.scope == Scope::Admin,
            "{name} with the run token"
        );
        for status in [by_runner, with(Some(ADMIN))] {
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{name}");
        }
        assert_ne!(with(Some(ADMIN)), StatusCode::FORBIDDEN, "{name}");
        let (status, _) = call(&route.method, &format!("{path}?tick_token={TICK}"), None, "{}");
        assert_eq!(status == StatusCode::FORBIDDEN, route.scope != Scope::Tick, "{name} with the tick token");
    }
}

#[test]
fn a_token_that_is_not_set_or_too_short_opens_nothing() {
    for token in ["", "short"] {
        let world = World::new(1);
        let mut variables = world.variables();
        variables.insert("run_token", token.into());
        let (status, answer) = call_with(&world, variables, &Method::GET, BASE, Some(token), "");
        assert_eq!((status, code(&answer)), (StatusCode::SERVICE_UNAVAILABLE, "misconfigured"));
        assert!(answer["error"]["message"].as_str().unwrap().contains("run_token"));
    }
}

#[test]
fn bad_input_gets_a_clear_error() {
    let post = Method::POST;
    for (method, path, body, status, expected) in [
        (&post, "/flows/nothing/run".into(), "{}", 404, "unknown_flow"),
        (&post, format!("{BASE}/fly"), "{}", 404, "unknown_route"),
        (&Method::PATCH, format!("{BASE}/run"), "{}", 405, "method_not_allowed"),
        (&post, format!("{BASE}/run"), "{\"max_pages\": }", 400, "bad_json"),
        (&post, format!("{BASE}/run"), "{\"pages\": 1}", 400, "bad_json"),
        (&post, format!("{BASE}/run"), "{\"max_pages\": -1}", 400, "bad_json"),
        (&post, format!("{BASE}/run"), "[1]", 400, "bad_json"),
        (&post, format!("{BASE}/preview"), "{\"record\": 7}", 400, "bad_json"),
        (&Method::PUT, format!("{BASE}/watermark"), "{\"watermark\": \"gestern\"}", 400, "bad_time"),
        (
            &Method::PUT,
            format!("{BASE}/watermark"),
            "{\"watermark\": \"2027-01-01\"}",
            400,
            "watermark_in_future",
        ),
        (&Method::GET, format!("{BASE}/dead/7"), "", 409, "not_initialised"),
        (&Method::GET, BASE.into(), "", 409, "not_initialised"),
    ] {
        let (got, answer) = call(method, &path, Some(ADMIN), body);
        assert_eq!((got.as_u16(), code(&answer)), (status, expected), "{method} {path} {body}");
        for text in ["message", "message_zh"] {
            assert!(!answer["error"][text].as_str().unwrap().is_empty());
        }
    }
    let (status, answer) = call(&post, &format!("{BASE}/run"), Some(RUN), &" ".repeat(BODY_LIMIT + 1));
    assert_eq!((status, code(&answer)), (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));
}

#[test]
fn each_missing_or_malformed_variable_is_named_with_what_it_is_for() {
    for (name, value) in [
        ("galaxy_host", "unset.invalid"),
        ("galaxy_host", "https://erp.example.com/k3cloud"),
        ("galaxy_scheme", "ftp"),
        ("galaxy_path", "k3cloud"),
        ("galaxy_auth", "magic"),
        ("galaxy_app_id", "no-underscore"),
        ("galaxy_app_secret", ""),
        ("mysql_host", "unset.invalid"),
        ("mysql_port", "many"),
        ("mysql_database", ""),
        ("state_key", "short"),
        ("start", "the day before yesterday"),
        ("id_check", "perhaps"),
        ("params", "{\"use_org\": "),
        ("params", "{\"use_orgs\": \"100\"}"),
    ] {
        let world = World::new(1);
        let mut variables = world.variables();
        variables.insert(name, value.into());
        let (status, answer) =
            call_with(&world, variables, &Method::POST, &format!("{BASE}/run"), Some(RUN), "");
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{name} = {value}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(name), "{name} = {value}: {message}");
        let text = answer.to_string();
        for secret in ["secret-of-mysql", "00112233445566778899aabbccddeeff", "state-state"] {
            assert!(!text.contains(secret), "{name} = {value}: a secret in {text}");
        }
    }
}

#[test]
fn all_missing_variables_are_named_at_once() {
    let world = World::new(1);
    let mut variables = world.variables();
    for name in ["galaxy_host", "galaxy_user", "mysql_user", "state_key"] {
        variables.remove(name);
    }
    let (_, answer) = call_with(&world, variables, &Method::POST, &format!("{BASE}/run"), Some(RUN), "");
    let message = answer["error"]["message"].as_str().unwrap();
    for name in ["galaxy_host", "galaxy_user", "mysql_user", "state_key"] {
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn a_flow_that_is_not_enabled_does_not_answer() {
    let world = World::new(1);
    for (enabled, answers) in
        [("all", true), ("other", false), ("", false), ("other, galaxy-materials-to-mysql", true)]
    {
        let mut variables = world.variables();
        variables.insert("flows_enabled", enabled.into());
        let (status, _) = call_with(&world, variables, &Method::GET, BASE, Some(RUN), "");
        assert_eq!(status != StatusCode::NOT_FOUND, answers, "{enabled:?}");
    }
}

#[test]
fn a_preview_shows_each_field_with_the_expression_that_made_it() {
    let record = json!({"record": {"FMasterId": 5001, "FNumber": "W-1", "FName": "螺丝'M8", "FSpecification": "  M8 x 20 ",
        "F_ProductLine": null, "FBaseUnitId_FName": "Pcs", "FModifyDate": "2026-11-01T10:11:12.5", "FApproveDate": ""}});
    let (status, answer) = call(&Method::POST, &format!("{BASE}/preview"), Some(RUN), &record.to_string());
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        answer["document"]["main_params"],
        json!({"data_id": "5001", "number": "W-1", "name": "螺丝'M8", "product_line": null,
            "specification_model": "M8 x 20", "unit": "Pcs", "modified_at": "2026-11-01 10:11:12", "approved_at": null})
    );
    let field = answer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["path"] == "main_params.specification_model");
    assert_eq!(field.unwrap()["expression"], "_function trim({FSpecification})");

    let (status, answer) =
        call(&Method::POST, &format!("{BASE}/preview"), Some(RUN), r#"{"record": {"FName": "x"}}"#);
    assert_eq!((status, answer["error"]["code"].as_str()), (StatusCode::OK, Some("missing_required")));
}

#[test]
fn a_preview_shows_which_records_are_made_and_which_are_left_out() {
    let world = World::new(1);
    world.flow_file.replace(
        FLOW_FILE
            .replace(
                "\"pagination\":",
                r#""beatFlat": ["FName"], "condition": [[{"field": "FName_qty", "logic": "gt", "value": "0"}]], "pagination":"#,
            )
            .replace("trim({FSpecification})", "trim({FName_spec})")
            .replace("\"delivery\": {", r#""quality": [{"field": "FName_qty", "logic": "lt", "value": "9"}], "delivery": {"#),
    );
    let preview = |record: Value| {
        let body = json!({"record": record}).to_string();
        let path = format!("{BASE}/preview");
        let (status, answer) = call_with(&world, world.variables(), &Method::POST, &path, Some(RUN), &body);
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    let answer = preview(
        json!({"FMasterId": 7, "FName": [{"spec": " A", "qty": 1}, {"qty": 0}, {"spec": "B", "qty": 9}]}),
    );
    assert_eq!(answer["filtered"], 1);
    let records = answer["records"].as_array().unwrap();
    assert_eq!(records[0]["record"], json!({"FMasterId": "7-1", "FName_spec": " A", "FName_qty": 1}));
    assert_eq!(records[0]["document"]["main_params"]["specification_model"], "A");
    assert_eq!(records[0]["error"], Value::Null);
    assert_eq!((&records[1]["document"], &records[1]["error"]["code"]), (&Value::Null, &json!("quality")));
    assert_eq!(records[1]["record"]["FMasterId"], "7-3");
    assert_eq!((&answer["document"], &answer["fields"]), (&records[0]["document"], &records[0]["fields"]));

    let nothing = preview(json!({"FMasterId": 7, "FName": [{"qty": 0}]}));
    assert_eq!(
        nothing,
        json!({"document": null, "error": null, "fields": null, "filtered": 1, "records": []})
    );
    let broken = preview(json!({"FMasterId": 7, "FName": "x"}));
    assert_eq!((broken["error"]["code"].as_str(), &broken["records"]), (Some("not_a_list"), &json!([])));
}

#[test]
fn a_source_that_does_not_answer_is_a_502_with_the_report() {
    let world = World::new(1);
    let (status, answer) = call_with(
        &world,
        world.variables(),
        &Method::POST,
        &format!("{BASE}/run"),
        Some(RUN),
        r#"{"budget_ms": 100}"#,
    );
    assert_eq!((status, code(&answer)), (StatusCode::BAD_GATEWAY, "no_answer"));
    assert_eq!(answer["watermark"], "2026-11-01 00:00:00");
    assert_eq!(answer["counts"], Value::Null, "the counts stand in the report itself");
    assert_eq!(answer["records"], 0);
    let (status, answer) = call_with(&world, world.variables(), &Method::GET, BASE, Some(RUN), "");
    assert_eq!((status, &answer["failures"]), (StatusCode::OK, &json!(1)));
    assert_eq!(answer["lease"]["held"], false);
}

#[test]
fn an_operators_watermark_begins_a_flow_that_has_none() {
    let world = World::new(1);
    let mut variables = world.variables();
    variables.remove("start");
    let put = |body: &str| {
        call_with(&world, variables.clone(), &Method::PUT, &format!("{BASE}/watermark"), Some(ADMIN), body)
    };
    let (status, answer) = put(r#"{"watermark": "2026-11-02 00:00:00"}"#);
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, state) = call_with(&world, variables.clone(), &Method::GET, BASE, Some(RUN), "");
    assert_eq!(state["watermark"], "2026-11-02 00:00:00");
    assert_eq!(state["reports"][0]["notes"][0]["code"], "watermark_set");
}

#[test]
fn the_flow_file_that_is_shipped_has_no_problems() {
    let world = World::new(1);
    assert!(Flow::load(&world::component(FLOW_FILE), &Given(world.variables())).is_ok());
}
