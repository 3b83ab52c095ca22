//! The routes of a flow, word for word (`design.md` 6), and configuration (`design.md` 8).

use ferry_scenarios::app::scene::{ADMIN_TOKEN, RUN_TOKEN, TICK_TOKEN};
use ferry_scenarios::app::{Flow, Scene, compare};
use serde_json::{Value, json};
use xtask::app::{Answer, Trigger};
use xtask::stage::FLOW;

/// A request to the flow; `path` is what follows its name.
fn send(flow: &Flow, method: &str, path: &str, token: &str, body: &str) -> Answer {
    flow.request(method, &format!("/flows/{FLOW}{path}"), token, body.as_bytes()).expect("an answer")
}

fn assert_refused(answer: &Answer, status: u16, code: &str) {
    let error = &answer.body["error"];
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{}", answer.body);
    for said in ["message", "message_zh"] {
        assert!(error[said].as_str().is_some_and(|said| !said.is_empty()), "{}", answer.body);
    }
}

#[test]
fn who_may_do_what() {
    let scene = Scene::new("tokens");
    scene.galaxy.generate(10);
    let flow = scene.start();
    let everything = [
        ("POST", "/run", "run"),
        ("GET", "", "run"),
        ("POST", "/preview", "run"),
        ("GET", "/dead", "run"),
        ("GET", "/dead/1", "run"),
        ("POST", "/dead/retry", "admin"),
        ("POST", "/dead/1/retry", "admin"),
        ("DELETE", "/dead/1", "admin"),
        ("PUT", "/watermark", "admin"),
    ];
    for (method, path, scope) in everything {
        for nobody in ["", "wrong-token-of-sufficient-length", TICK_TOKEN, &RUN_TOKEN[1..]] {
            assert_refused(&send(&flow, method, path, nobody, "{}"), 401, "unauthorized");
        }
        let ticked = format!("{path}?tick_token={TICK_TOKEN}");
        assert_refused(&send(&flow, method, &ticked, "", "{}"), 403, "forbidden");
        let runner = send(&flow, method, path, RUN_TOKEN, "{}");
        match scope {
            "admin" => assert_refused(&runner, 403, "forbidden"),
            _ => assert!(![401, 403].contains(&runner.status), "{method} {path}: {}", runner.body),
        }
        let admin = send(&flow, method, path, ADMIN_TOKEN, "{}");
        assert!(
            ![401, 403, 404, 405].contains(&admin.status)
                || admin.body["error"]["code"] == "unknown_dead_letter"
        );
    }
    assert_refused(
        &send(&flow, "GET", "/run?tick_token=wrong-token-of-sufficient-length", "", ""),
        401,
        "unauthorized",
    );
    let ticked = send(&flow, "GET", &format!("/run?tick_token={TICK_TOKEN}"), "", "");
    assert_eq!((ticked.status, &ticked.body["trigger"]), (200, &json!("tick")), "{}", ticked.body);
    scene.assert_in_step();
}

#[test]
fn bad_requests_get_clear_errors() {
    let scene = Scene::new("bad_requests");
    scene.galaxy.generate(10);
    let flow = scene.start();
    flow.run();
    let before = (scene.table(), flow.state());

    let elsewhere = flow.request("POST", "/flows/no-such-flow/run", RUN_TOKEN, b"{}").expect("an answer");
    assert_refused(&elsewhere, 404, "unknown_flow");
    let nowhere = flow.request("GET", "/no/such/path", RUN_TOKEN, b"").expect("an answer");
    assert_refused(&nowhere, 404, "unknown_route");
    assert_refused(&send(&flow, "GET", "/no-such-route", RUN_TOKEN, ""), 404, "unknown_route");
    assert_refused(&send(&flow, "GET", "/dead/1/2/3", RUN_TOKEN, ""), 404, "unknown_route");
    for (method, path) in
        [("DELETE", "/run"), ("PUT", "/run"), ("POST", ""), ("GET", "/preview"), ("POST", "/watermark")]
    {
        assert_refused(&send(&flow, method, path, ADMIN_TOKEN, "{}"), 405, "method_not_allowed");
    }
    for body in [
        "{\"max_pages\":",
        "[1, 2000, false]",
        "\"run\"",
        "{\"max_pages\": \"one\"}",
        "{\"max_pages\": -1}",
        "{\"pages\": 1}",
        "{} {}",
        "\u{feff}nonsense",
    ] {
        assert_refused(&send(&flow, "POST", "/run", RUN_TOKEN, body), 400, "bad_json");
    }
    let large = format!("{{\"dry_run\": true, \"x\": \"{}\"}}", "x".repeat(2 << 20));
    assert_refused(&send(&flow, "POST", "/run", RUN_TOKEN, &large), 413, "body_too_large");
    for (watermark, code) in [
        (json!("2199-01-01 00:00:00"), "watermark_in_future"),
        (json!("yesterday"), "bad_time"),
        (json!(""), "bad_time"),
        (json!(1_700_000_000), "bad_json"),
    ] {
        let body = json!({ "watermark": watermark }).to_string();
        assert_refused(&send(&flow, "PUT", "/watermark", ADMIN_TOKEN, &body), 400, code);
    }
    let after = (scene.table(), flow.state());
    assert_eq!(before.0, after.0);
    assert_eq!(before.1["reports"], after.1["reports"], "nothing ran");
    assert_eq!(before.1["watermark"], after.1["watermark"]);
}

#[test]
fn limits_are_kept_and_the_next_call_carries_on() {
    let scene = Scene::new("limits");
    scene.galaxy.set(json!({"clamp": 100}));
    scene.galaxy.generate(1000);
    let carried = scene.galaxy.carried().len();
    let flow = scene.start();
    let one = flow.run_with(json!({"max_pages": 1}));
    assert_eq!((&one["pages"], &one["written"], &one["has_more"]), (&json!(1), &json!(100), &json!(true)));
    assert_eq!(one["watermark"], "2020-01-01 00:00:00", "not all is settled");
    let two = flow.run_with(json!({"max_pages": 2}));
    assert_eq!((&two["pages"], &two["written"], &two["has_more"]), (&json!(2), &json!(200), &json!(true)));
    assert_eq!(two["window"], one["window"], "the same window");
    let short = flow.run_with(json!({"budget_ms": 0}));
    assert_eq!(short["pages"], 1, "a run begins at least one page");
    let rest = flow.run_to_the_end();
    let written: u64 = rest.iter().map(|report| report["written"].as_u64().expect("a count")).sum();
    assert_eq!(written, carried as u64 - 400);
    scene.assert_in_step();
}

#[test]
fn a_dry_run_and_a_preview_change_nothing() {
    let scene = Scene::new("dry_run");
    scene.galaxy.set(json!({"clamp": 200}));
    scene.galaxy.generate(500);
    let materials = scene.galaxy.carried();
    let flow = scene.start();
    flow.run_with(json!({"max_pages": 1}));
    let before = (scene.table(), flow.state());

    let dry = flow.run_with(json!({"dry_run": true}));
    assert_eq!(dry["records"], materials.len() - 200, "what a run would carry now");
    assert_eq!((&dry["pending"], &dry["written"]), (&dry["records"], &json!(0)));
    assert_eq!(dry["calls"]["target"], 0);
    let Value::Array(documents) = &dry["dry_run"] else { panic!("{dry}") };
    assert!((1..=20).contains(&documents.len()));
    let mut rest = compare::rows_of(&materials[200..]);
    for document in documents {
        let row = &document["main_params"];
        let id = row["data_id"].as_str().expect("an id");
        let expected = rest.remove(id).expect("a row that is to come");
        for (column, value) in compare::COLUMNS.iter().zip(expected) {
            assert_eq!(row[column], json!(value), "{column} of {document}");
        }
    }

    let record = json!({
        "FMATERIALID": 100_001, "FMasterId": 3_000_001, "FNumber": "01.02.000003", "FName": "O型密封圈（O'Neil标准）",
        "FSpecification": "  3/4' NPT \"x\" ", "F_ProductLine": null, "FBaseUnitId_FName": "个",
        "FModifyDate": "2024-01-01T10:11:12.987", "FApproveDate": "2024-01-02 10:11:12",
    });
    let preview = xtask::flow::preview(&flow.app, FLOW, RUN_TOKEN, &record).expect("a preview");
    let expected = json!({"main_params": {
        "data_id": "3000001", "number": "01.02.000003", "name": "O型密封圈（O'Neil标准）", "product_line": null,
        "specification_model": "3/4' NPT \"x\"", "unit": "个",
        "modified_at": "2024-01-01 10:11:12", "approved_at": "2024-01-02 10:11:12",
    }});
    assert_eq!(preview["document"], expected);
    assert!(preview["fields"].is_array() || preview["fields"].is_object(), "{preview}");
    let unusable = flow.ask("POST", "/preview", json!({"record": {"FName": "没有内码"}}));
    assert_eq!((unusable.status, &unusable.body["document"]), (200, &json!(null)), "{}", unusable.body);
    assert!(unusable.body["error"]["code"].is_string(), "{}", unusable.body);

    let after = (scene.table(), flow.state());
    assert_eq!(before.0, after.0);
    for part in ["watermark", "window", "reports", "dead", "failures"] {
        assert_eq!(before.1[part], after.1[part], "{part}");
    }
    flow.run();
    scene.assert_in_step();
}

#[test]
fn without_a_beginning_the_flow_does_not_begin_by_itself() {
    let scene = Scene::new("beginning");
    scene.galaxy.generate(300);
    let carried = scene.galaxy.carried().len();
    let flow = scene.start_with(Trigger::Http, &[("galaxy_materials_to_mysql_start", "")]);
    for _ in 0..2 {
        let answer = flow.call(&json!({})).expect("an answer");
        assert_refused(&answer, 409, "not_initialised");
        let hint = answer.body["error"]["hint"].as_str().expect("a hint");
        assert!(hint.contains("galaxy_materials_to_mysql_start"), "{hint}");
        assert_refused(&flow.ask("GET", "", json!(null)), 409, "not_initialised");
        assert_refused(&flow.ask("GET", "/dead", json!(null)), 409, "not_initialised");
        assert_refused(&flow.call(&json!({"dry_run": true})).expect("an answer"), 409, "not_initialised");
    }
    assert_eq!(scene.landed(), 0);
    assert!(scene.galaxy.calls().is_empty());

    // An operator's decision, recorded in the history.
    flow.set_watermark("2024-01-01 00:00:00");
    let state = flow.state();
    assert_eq!(state["watermark"], "2024-01-01 00:00:00");
    assert_eq!(state["reports"][0]["trigger"], "operator");
    assert_eq!(state["reports"][0]["notes"][0]["code"], "watermark_set");
    let begin = "2023-12-31T23:50:00"; // less the look-back
    flow.run();
    let expected: Vec<Value> = scene
        .galaxy
        .carried()
        .into_iter()
        .filter(|material| {
            ["modify_date", "approve_date"]
                .iter()
                .any(|date| material[date].as_str().expect("a date") >= begin)
        })
        .collect();
    assert!(expected.len() > 50 && expected.len() < carried);
    scene.assert_holds(&compare::rows_of(&expected));

    // Back to before everything.
    flow.set_watermark("2020-01-01 00:00:00");
    flow.run();
    scene.assert_in_step();
}

#[test]
fn a_missing_or_malformed_variable_is_named_with_what_it_is_for() {
    let scene = Scene::new("variables");
    scene.galaxy.generate(10);
    let cases = [
        ("galaxy_host", "unset.invalid"),
        ("galaxy_host", ""),
        ("galaxy_host", "127.0.0.1/k3cloud"),
        ("galaxy_host", "user@127.0.0.1"),
        ("galaxy_host", "http://127.0.0.1"),
        ("galaxy_scheme", "ftp"),
        ("galaxy_path", "k3cloud"),
        ("galaxy_auth", "password"),
        ("galaxy_acct_id", ""),
        ("galaxy_app_secret", ""),
        ("mysql_host", "unset.invalid"),
        ("mysql_host", "127.0.0.1/ferry"),
        ("mysql_host", "127.0.0.1 "),
        ("mysql_port", "33o6"),
        ("mysql_port", "0"),
        ("mysql_database", ""),
        ("state_key", "short"),
        ("galaxy_materials_to_mysql_start", "yesterday"),
        ("galaxy_materials_to_mysql_params", "T00"),
        ("galaxy_materials_to_mysql_id_check", "maybe"),
    ];
    for (name, value) in cases {
        let flow = scene.start_with(Trigger::Http, &[(name, value)]);
        let answer = flow.call(&json!({})).expect("an answer");
        assert_refused(&answer, 500, "misconfigured");
        for said in ["message", "message_zh"] {
            let said = answer.body["error"][said].as_str().expect("a text");
            assert!(said.contains(name), "{name} is not named: {said}");
        }
        let hint = answer.body["error"]["hint"].as_str().expect("a hint");
        assert!(hint.contains(&format!("SPIN_VARIABLE_{}", name.to_uppercase())), "{name}={value:?}: {hint}");
    }
    // Several at once are all named.
    let flow = scene.start_with(Trigger::Http, &[("galaxy_host", ""), ("mysql_host", ""), ("state_key", "")]);
    let answer = flow.call(&json!({})).expect("an answer");
    assert_refused(&answer, 500, "misconfigured");
    for name in ["galaxy_host", "mysql_host", "state_key"] {
        assert!(answer.body["error"]["message"].as_str().is_some_and(|said| said.contains(name)));
    }
    drop(flow);

    // A token that is not set closes its routes, and no other.
    let flow = scene.start_with(Trigger::Http, &[("run_token", "")]);
    assert_refused(&send(&flow, "POST", "/run", RUN_TOKEN, "{}"), 503, "misconfigured");
    assert_eq!(send(&flow, "POST", "/run", ADMIN_TOKEN, "{}").status, 200);
    drop(flow);

    // A flow that is not enabled is none.
    let flow = scene.start_with(Trigger::Http, &[("flows_enabled", "another-flow")]);
    assert_refused(&send(&flow, "POST", "/run", RUN_TOKEN, "{}"), 404, "unknown_flow");
}

/// Spin denies all hosts if one entry of `allowed_outbound_hosts` is malformed (`spin.md` 4.1). Those that
/// pass our own check all the same lead to an error that names what to look at.
#[test]
fn a_denied_host_is_an_error_that_names_what_to_check() {
    let scene = Scene::new("denied");
    scene.galaxy.generate(10);
    for (name, value) in [("mysql_host", "*.*.example"), ("mysql_host", "127.0.0.*")] {
        let flow = scene.start_with(Trigger::Http, &[(name, value)]);
        let answer = flow.call(&json!({"budget_ms": 1500})).expect("an answer");
        let (status, code) = (answer.status, &answer.body["error"]["code"]);
        assert!(
            (status == 502 && code == "host_not_allowed") || (status == 500 && code == "misconfigured"),
            "{name}={value}: {}",
            answer.body
        );
        assert!(answer.body.to_string().contains(name), "{}", answer.body);
        assert_eq!(scene.landed(), 0);
    }
    scene.start().run();
    scene.assert_in_step();
}
