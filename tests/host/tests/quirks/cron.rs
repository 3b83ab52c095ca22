//! The cron trigger (spin.md 3.3).

use serde_json::json;

use crate::support::{App, Start, eventually, manifest};

/// A web and a tick component on one wasm, as design.md 6 lays out. The script is JSON.
fn both(expression: &str, tick: &str, script: &str) -> String {
    manifest(&format!(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"web\"\n\
         [[trigger.cron]]\ncomponent = \"tick\"\ncron_expression = {expression:?}\n\
         [component.web]\nsource = \"PROBE\"\nkey_value_stores = [\"default\"]\n\
         [component.tick]\nsource = \"PROBE\"\nkey_value_stores = [\"default\"]\n{tick}\n\
         [component.tick.variables]\nscript = '''{script}'''\n"
    ))
}

const NEVER: &str = "0 0 0 1 1 *";

#[test]
fn an_event_fires_on_demand_and_both_processes_share_the_store() {
    let script = json!([{"do": "increment", "key": "ticks", "by": 1}, {"do": "set", "key": "at", "value": "$timestamp"}]);
    let mut app = App::start(&both(NEVER, "", &script.to_string()));
    let shift = json!({"offset_ms": -1_000_000_000_000_i64}).to_string();
    app.control("cron", "POST", "/clock", &shift);
    assert_eq!(app.fire("tick"), json!({"ok": true}));
    assert_eq!(app.fire("tick"), json!({"ok": true}));
    assert_eq!(app.step(json!({"do": "increment", "key": "ticks", "by": 0})), json!({"ok": 2}));
    let at = app.step(json!({"do": "get", "key": "at"}));
    let at: u64 = at["ok"].as_str().unwrap().parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!((now - 1_000_000_000).abs_diff(at) < 3600, "the event's time follows the moved clock: {at}");
    assert_eq!(app.stats("cron", "tick")["invocations"], 2);
    assert_eq!(app.stats("cron", "tick")["kv"]["increment"], 2);
    let (status, answer) = app.control("cron", "POST", "/cron/web", "");
    assert_eq!((status, &answer["ok"]), (404, &json!(false)));
}

#[test]
fn an_error_and_a_trap_are_told_logged_and_survived() {
    let mut app = App::start(&both(NEVER, "", &json!([{"do": "fail", "text": "no luck"}]).to_string()));
    assert_eq!(app.fire("tick"), json!({"ok": false, "error": "no luck"}));
    assert_eq!(app.fire("tick"), json!({"ok": false, "error": "no luck"}));
    app.wait_for("[tick] the cron event failed: no luck");

    let mut app = App::start(&both(NEVER, "", &json!([{"do": "trap"}]).to_string()));
    let answer = app.fire("tick");
    assert!(answer["error"].as_str().unwrap().starts_with("the component trapped"), "{answer}");
    assert_eq!(app.step(json!({"do": "count"})), json!({"ok": 1}));
}

#[test]
fn scheduled_runs_come_every_second_and_overlap() {
    let script = json!([
        {"do": "increment", "key": "begun", "by": 1},
        {"do": "sleep", "ms": 60000},
        {"do": "increment", "key": "ended", "by": 1},
    ]);
    let manifest = both("* * * * * *", "", &script.to_string());
    let mut app = App::start_with(&manifest, &Start { scheduled: true, ..Start::default() });
    let mut ended = json!(null);
    eventually("three runs have begun", || {
        let read = json!([{"do": "increment", "key": "begun", "by": 0}, {"do": "increment", "key": "ended", "by": 0}]);
        let mut counts = app.steps("/", read);
        ended = counts.remove(1);
        // One that finds the database locked by the runs is asked again (spin.md 1.5).
        counts[0]["ok"].as_i64().is_some_and(|begun| begun >= 3) && !ended["ok"].is_null()
    });
    assert_eq!(ended, json!({"ok": 0}), "the first run sleeps for a minute");
}

#[test]
fn five_or_seven_fields_kill_the_application() {
    for bad in ["* * * * *", "0 0 0 1 1 * 2030"] {
        let said = App::refused(&both(bad, "", "[]"), &Start::default());
        assert!(said.contains("Error: ParseSchedule"), "{said}");
        assert!(said.contains("A trigger exited unexpectedly. Terminating."), "{said}");
    }
}

#[test]
fn a_cron_component_that_lists_chaining_kills_the_application() {
    let list = "allowed_outbound_hosts = [\"http://*.spin.internal\"]";
    let said = App::refused(&both(NEVER, list, "[]"), &Start::default());
    assert!(
        said.contains("not available in this version of the 'cron' trigger: local_service_chaining"),
        "{said}"
    );
    assert!(said.contains("A trigger exited unexpectedly. Terminating."), "{said}");
}

#[test]
fn a_request_to_itself_is_an_invalid_uri() {
    let script = json!([{"do": "send", "url": "/x"}]).to_string();
    let mut app = App::start(&both(NEVER, "allowed_outbound_hosts = [\"http://self\"]", &script));
    let answer = app.fire("tick");
    assert!(answer["error"].as_str().unwrap().contains("HttpRequestUriInvalid"), "{answer}");
}

#[test]
fn without_its_component_a_trigger_is_not_started() {
    let start = Start { args: &["-c", "web"], ..Start::default() };
    let mut app = App::spawn(&both("not a schedule", "", "[]"), &start);
    app.wait_for("Serving http");
    assert_eq!(app.step(json!({"do": "count"})), json!({"ok": 1}));
}
