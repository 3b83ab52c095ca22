//! Versions of the flow file: what may be saved, what the next run does with it, and that nothing else is run in
//! place of one that cannot be.

mod systems;
mod world;

use ferry_sync::flow::digest;
use ferry_sync::host::Store;
use ferry_sync::state::Keys;
use ferry_sync::versions::KEPT;
use ferry_sync::webhook::cron;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use systems::{ADMIN, FLOW, RUN, Systems};
use world::fuse::at_every_effect;
use world::{FLOW_FILE, Given, NOON, World};

/// Longer than any lease of this flow.
const LEASE: Duration = Duration::from_secs(185);
/// The column that the changed text fills otherwise, and where it stands in the table.
const OLD: &str = "trim({FSpecification})";
const SPECIFICATION: usize = 4;

/// The built-in text with another expression in its mapping.
fn text(expression: &str) -> String {
    assert!(FLOW_FILE.contains(OLD));
    FLOW_FILE.replace(OLD, expression)
}

fn put(systems: &Systems<'_>, text: &str, base: u64) -> (StatusCode, Value) {
    systems.ask(Method::PUT, "/file", ADMIN, &json!({"text": text, "note": "a note", "base": base}))
}

fn saved(systems: &Systems<'_>, text: &str, base: u64) -> u64 {
    let (status, answer) = put(systems, text, base);
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["digest"], digest(text));
    answer["number"].as_u64().expect("a number")
}

fn put_in_use(systems: &Systems<'_>, version: u64) -> (StatusCode, Value) {
    systems.ask(Method::POST, "/file/use", ADMIN, &json!({"version": version}))
}

fn file(systems: &Systems<'_>) -> Value {
    let (status, file) = systems.ask(Method::GET, "/file", RUN, &Value::Null);
    assert_eq!(status, StatusCode::OK, "{file}");
    file
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or("none")
}

/// A run over one new material; how its specification arrives in the table.
fn carried(systems: &Systems<'_>, id: i64) -> (Value, String) {
    systems.world.advance(Duration::from_secs(300));
    systems.page(&[(id, "螺丝")]);
    let report = systems.run();
    (report, systems.cell(id, SPECIFICATION).expect("it has arrived"))
}

#[test]
fn the_next_run_uses_what_was_saved_and_its_report_and_log_name_the_version() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    let (report, value) = carried(&systems, 1);
    assert_eq!((&report["version"], value.as_str()), (&json!(0), "M8"));
    let new = text("concat('v1:', trim({FSpecification}))");
    assert_eq!(saved(&systems, &new, 0), 1);
    let (report, value) = carried(&systems, 2);
    assert_eq!((&report["version"], &report["flow_file"]), (&json!(1), &json!(digest(&new))));
    assert_eq!(value, "v1:M8");
    assert!(world.log.borrow().last().unwrap().contains("\"version\":1"), "{:?}", world.log.borrow().last());
    let state = systems.state();
    assert_eq!(
        state["version"],
        json!({
            "number": 1, "saved_at": "2026-11-20 12:05:00", "built_in": digest(FLOW_FILE),
            "built_in_when_saved": digest(FLOW_FILE), "built_in_changed": false, "problem": null,
        })
    );
    assert_eq!((&state["reports"][0]["version"], &state["flow_file"]), (&json!(1), &json!(digest(&new))));
    let saved_event = &state["events"][0];
    assert_eq!(saved_event["event"], "file_saved");
    assert!(saved_event["message"].as_str().unwrap().contains("version 1 of the flow file"), "{saved_event}");
    // The scheduled run does so, too.
    let mut variables = world.variables();
    variables.extend(world.more.borrow().clone());
    world.advance(Duration::from_secs(300));
    systems.page(&[(3, "螺母")]);
    cron(systems.host(), &world::component(FLOW_FILE), &Given(variables)).unwrap();
    assert_eq!(systems.cell(3, SPECIFICATION).as_deref(), Some("v1:M8"));
}

#[test]
fn a_dry_run_and_a_preview_show_what_the_version_in_use_would_do() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    let record = json!({"FMasterId": 1, "FNumber": "W-1", "FName": "螺丝", "FSpecification": " M8 ",
        "F_ProductLine": null, "FBaseUnitId_FName": "Pcs", "FModifyDate": "2026-11-20T11:00:00", "FApproveDate": ""});
    let preview = || {
        let (_, answer) = systems.ask(Method::POST, "/preview", RUN, &json!({"record": record}));
        answer["document"]["main_params"]["specification_model"].clone()
    };
    assert_eq!(preview(), "M8");
    saved(&systems, &text("upper('v1')"), 0);
    assert_eq!(preview(), "V1");
    systems.page(&[(1, "螺丝")]);
    let (status, report) = systems.ask(Method::POST, "/run", RUN, &json!({"dry_run": true}));
    assert_eq!((status, &report["version"]), (StatusCode::OK, &json!(1)));
    assert_eq!(report["dry_run"][0]["main_params"]["specification_model"], "V1");
}

#[test]
fn a_check_tells_everything_at_once_shows_a_preview_and_saves_nothing() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    systems.run();
    let before = (world.store.borrow().clone(), world.writes.get());
    let check = |body: Value| systems.ask(Method::POST, "/file/check", RUN, &body);
    let record = json!({"FMasterId": 1, "FNumber": "W-1", "FName": "螺丝", "FSpecification": " M8 ",
        "F_ProductLine": null, "FBaseUnitId_FName": "Pcs", "FModifyDate": "2026-11-20T11:00:00", "FApproveDate": ""});
    let (status, good) = check(json!({"text": text("lower({FSpecification})"), "record": record}));
    assert_eq!((status, &good["problems"]), (StatusCode::OK, &json!([])));
    assert_eq!(good["preview"]["document"]["main_params"]["specification_model"], " m8 ");
    assert!(good["preview"]["fields"].is_array());
    let (_, good) = check(json!({"text": FLOW_FILE}));
    assert_eq!(good, json!({"problems": []}), "no preview without a record");

    let (status, wrong) = check(json!({"text": text("triim({FSpec})"), "record": record}));
    assert_eq!((status, wrong.get("preview")), (StatusCode::OK, None));
    let problems = wrong["problems"].as_array().unwrap();
    assert!(!problems.is_empty());
    for problem in problems {
        assert_eq!(
            (&problem["severity"], problem["line"].as_u64() > Some(1)),
            (&json!("error"), true),
            "{problem}"
        );
        assert!(problem["path"].as_str().unwrap().starts_with("target.request[0].children[4]"), "{problem}");
        assert!(
            problem["message"].is_string()
                && problem["message_zh"].is_string()
                && problem["code"].is_string()
        );
    }
    // What may not be changed and what is wrong otherwise, together.
    let both = text("triim({FSpec})").replace("\"account\": \"mysql\"", "\"account\": \"mysql2\"");
    let (_, wrong) = check(json!({"text": both}));
    let codes: Vec<&str> = wrong["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"not_changeable") && codes.len() > 1, "{codes:?}");
    let (_, wrong) = check(json!({"text": "{"}));
    assert_eq!(wrong["problems"][0]["code"], "not_json");
    let (_, wrong) = check(json!({"text": "x".repeat(300 * 1024)}));
    assert_eq!(wrong["problems"][0]["code"], "too_large");
    // The record's id goes nowhere: the target's own judgement, with its place.
    let (_, wrong) = check(json!({"text": FLOW_FILE.replace("\"{FMasterId}\"", "\"{FNumber}\"")}));
    assert_eq!(wrong["problems"][0]["code"], "mysql_target", "{wrong}");
    assert!(wrong["problems"][0]["line"].as_u64() > Some(1), "{wrong}");
    assert_eq!((world.store.borrow().clone(), world.writes.get()), before);
    // A text of one's own chooses what is read from the ERP.
    let looked_up = json!({"text": FLOW_FILE, "record": record, "lookups": true});
    let (status, refused) = check(looked_up.clone());
    assert_eq!((status, code(&refused)), (StatusCode::FORBIDDEN, "forbidden"));
    assert_eq!(systems.ask(Method::POST, "/file/check", ADMIN, &looked_up).0, StatusCode::OK);
}

#[test]
fn a_field_by_which_records_are_known_again_is_warned_of_when_it_changes() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    systems.run();
    let warned = |text: &str| {
        let (status, judged) = systems.ask(Method::POST, "/file/check", RUN, &json!({"text": text}));
        assert_eq!(status, StatusCode::OK, "{judged}");
        judged["problems"].as_array().unwrap().clone()
    };
    let other = FLOW_FILE.replace("\"{FNumber}\"", "\"_function upper({FNumber})\"");
    let warnings = warned(&other);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!((&warnings[0]["code"], &warnings[0]["severity"]), (&json!("key_changed"), &json!("warning")));
    assert_eq!(warnings[0]["path"], "target.request[0].children[1]");
    assert!(warnings[0]["line"].as_u64() > Some(1), "{warnings:?}");
    // It is a warning; and what counts is what is in use.
    saved(&systems, &other, 0);
    assert_eq!(warned(&other), [] as [Value; 0]);
    assert_eq!(warned(FLOW_FILE)[0]["code"], "key_changed");
}

#[test]
fn what_may_not_change_is_refused_by_its_paths_and_nothing_is_written() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    systems.run();
    let before = world.store.borrow().clone();
    for (old, new, path) in [
        ("\"name\": \"galaxy-materials-to-mysql\"", "\"name\": \"another-flow\"", "name"),
        ("\"platform\": \"galaxy\"", "\"platform\": \"okki\"", "source.platform"),
        ("\"account\": \"galaxy\"", "\"account\": \"galaxy2\"", "source.account"),
        ("\"api\": \"execute\"", "\"api\": \"query\"", "target.api"),
        ("\"method\": \"SQL\"", "\"method\": \"POST\"", "target.method"),
        ("\"pageSize\": 2000", "\"pageSize\": 20", "source.pagination.pageSize"),
        ("and FForbidStatus='A'", "", "source.otherRequest[1].value"),
        ("\"value\": \"FName\"", "\"value\": \"FNameAlias\"", "source.request[3].value"),
        ("INSERT INTO wk_wodtop_product", "INSERT INTO another_table", "target.otherRequest[0].value"),
        ("\"idCheck\": true", "\"idCheck\": false", "target.idCheck"),
        ("\"budget\": \"20s\"", "\"budget\": \"25s\"", "delivery.budget"),
    ] {
        assert!(FLOW_FILE.contains(old), "{old}");
        let (status, answer) = put(&systems, &FLOW_FILE.replacen(old, new, 1), 0);
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::UNPROCESSABLE_ENTITY, "not_changeable"),
            "{path}: {answer}"
        );
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(path), "{path}: {message}");
        assert!(
            answer["error"]["problems"].as_array().unwrap().iter().any(|problem| problem["path"] == path)
        );
    }
    for (text, path) in [(text("triim({FSpec})"), "target.request"), ("no JSON".to_owned(), "")] {
        let (status, answer) = put(&systems, &text, 0);
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::UNPROCESSABLE_ENTITY, "flow_file_invalid"),
            "{answer}"
        );
        let problem = &answer["error"]["problems"][0];
        assert!(problem["path"].as_str().unwrap().starts_with(path), "{answer}");
    }
    // A param that the operator's variable overrides has to stay.
    world.more.borrow_mut().insert("params", r#"{"use_org": "T01"}"#.into());
    let (status, answer) = put(&systems, &FLOW_FILE.replace("use_org", "use_orgs"), 0);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    world.more.borrow_mut().clear();
    for (body, expected) in [
        (json!({"text": FLOW_FILE, "base": 3}), "stale_base"),
        (json!({"text": FLOW_FILE}), "bad_json"),
        (json!({"text": FLOW_FILE, "base": 0, "note": "n".repeat(201)}), "note_too_long"),
        (json!({"text": FLOW_FILE, "base": 0, "force": true}), "bad_json"),
    ] {
        let (status, answer) = systems.ask(Method::PUT, "/file", ADMIN, &body);
        assert!(status.is_client_error());
        assert_eq!(code(&answer), expected, "{answer}");
    }
    let (status, answer) = put_in_use(&systems, 7);
    assert_eq!((status, code(&answer)), (StatusCode::NOT_FOUND, "unknown_version"));
    // A refusal under the lease leaves its lease behind and no more.
    let kept = |store: &std::collections::BTreeMap<String, Vec<u8>>| {
        store.keys().filter(|key| key.starts_with("flowfile/")).count()
    };
    assert_eq!((kept(&before), kept(&world.store.borrow())), (0, 0));
    let state = systems.state();
    assert_eq!((state["reports"].as_array().unwrap().len(), &state["lease"]["held"]), (1, &json!(false)));
}

#[test]
fn mapping_params_and_rules_may_change_together() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    let new = text("concat('v1:', {FName})")
        .replace("\"use_org\": \"T00\"", "\"use_org\": \"T09\"")
        .replace("\"limit\", \"label\": \"每批行数\", \"type\": \"int\", \"value\": \"1000\"", "\"limit\", \"label\": \"每批行数\", \"type\": \"int\", \"value\": \"500\"")
        .replace("\"delivery\": {", "\"quality\": [{\"field\": \"FName\", \"logic\": \"notnull\"}], \"delivery\": {")
        .replace("\"pagination\":", "\"condition\": [[{\"field\": \"FName\", \"logic\": \"neq\", \"value\": \"x\"}]], \"pagination\":");
    assert_eq!(saved(&systems, &new, 0), 1);
    assert_eq!(carried(&systems, 1).1, "v1:螺丝");
    world.advance(Duration::from_secs(300));
    systems.page(&[(2, "x"), (3, "y")]);
    assert_eq!(systems.run()["filtered"], 1);
}

#[test]
fn who_saves_on_what_another_has_changed_meanwhile_is_told() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    assert_eq!(saved(&systems, &text("'one'"), 0), 1);
    let (status, answer) = put(&systems, &text("'two'"), 0);
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "stale_base"));
    assert!(answer["error"]["message"].as_str().unwrap().contains("version 1 is in use"), "{answer}");
    assert_eq!(saved(&systems, &text("'two'"), 1), 2);
    assert_eq!(carried(&systems, 1).1, "two");
}

#[test]
fn one_goes_back_to_any_version_and_to_the_built_in_one() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    let (one, two) = (text("'one'"), text("'two'"));
    saved(&systems, &one, 0);
    world.advance(Duration::from_secs(60));
    saved(&systems, &two, 1);
    assert_eq!(carried(&systems, 1).1, "two");
    let (status, answer) = put_in_use(&systems, 1);
    assert_eq!((status, answer), (StatusCode::OK, json!({"number": 1, "digest": digest(&one)})));
    let (report, value) = carried(&systems, 2);
    assert_eq!((&report["version"], value.as_str()), (&json!(1), "one"));
    let (status, answer) = put_in_use(&systems, 0);
    assert_eq!((status, answer), (StatusCode::OK, json!({"number": 0, "digest": digest(FLOW_FILE)})));
    let (report, value) = carried(&systems, 3);
    assert_eq!((&report["version"], value.as_str()), (&json!(0), "M8"));
    let shown = file(&systems);
    assert_eq!((&shown["in_use"], &shown["text"]), (&json!(0), &json!(FLOW_FILE)));
    assert_eq!((&shown["built_in"], &shown["problem"]), (&json!(digest(FLOW_FILE)), &Value::Null));
    let versions = shown["versions"].as_array().unwrap();
    assert_eq!(
        versions[0],
        json!({
            "number": 2, "digest": digest(&two), "saved_at": "2026-11-20 12:01:00", "note": "a note",
            "built_in": digest(FLOW_FILE),
        })
    );
    assert_eq!((versions.len(), &versions[1]["number"]), (2, &json!(1)));
    for (number, text) in [(0, FLOW_FILE), (1, one.as_str()), (2, two.as_str())] {
        let (status, shown) = systems.ask(Method::GET, &format!("/file/{number}"), RUN, &Value::Null);
        assert_eq!(
            (status, &shown["text"], &shown["number"]),
            (StatusCode::OK, &json!(text), &json!(number))
        );
        assert_eq!(shown["digest"], digest(text));
    }
    for unknown in ["3", "-1", "x", "18446744073709551616"] {
        let (status, answer) = systems.ask(Method::GET, &format!("/file/{unknown}"), RUN, &Value::Null);
        assert_eq!((status, code(&answer)), (StatusCode::NOT_FOUND, "unknown_version"), "{unknown}");
    }
    // Numbers are never given twice.
    assert_eq!(saved(&systems, &text("'three'"), 0), 3);
    let events: Vec<Value> =
        systems.state()["events"].as_array().unwrap().iter().map(|event| event["event"].clone()).collect();
    assert_eq!(events, ["file_saved", "file_used", "file_used", "file_saved", "file_saved"]);
}

#[test]
fn the_last_twenty_are_kept_and_the_one_in_use_always() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    for number in 0..30 {
        assert_eq!(saved(&systems, &text(&format!("'v{number}'")), number), number + 1);
    }
    put_in_use(&systems, 11);
    assert_eq!(saved(&systems, &text("'last'"), 11), 31);
    let shown = file(&systems);
    let numbers: Vec<u64> = shown["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (12..=31).rev().collect::<Vec<_>>());
    assert_eq!(put_in_use(&systems, 11).0, StatusCode::NOT_FOUND, "given up for the newest");
    put_in_use(&systems, 12);
    assert_eq!(file(&systems)["in_use"], 12);
    // The next run deletes what is kept no more.
    systems.run();
    let keys = world.store.borrow().keys().filter(|key| key.starts_with("flowfile/")).count();
    assert_eq!(keys, KEPT + 1);
    assert_eq!(carried(&systems, 1).1, "v11");
}

/// The heart of it: a version in use that cannot be used stops the run, says how to go back, and nothing is carried.
#[test]
fn a_version_that_cannot_be_used_stops_the_run_and_says_how_to_go_back() {
    type Damage = fn(&World);
    let shelf = |world: &World| -> Value {
        serde_json::from_slice(&world.get(&Keys(FLOW.into()).file()).unwrap().unwrap()).unwrap()
    };
    let cases: [(&str, Damage); 5] = [
        ("file_version_damaged", |world| world.set(&Keys(FLOW.into()).file(), b"{\"half").unwrap()),
        ("file_version_damaged", |world| tamper(world, |shelf| shelf["text"] = text("'evil'").into())),
        ("file_version_damaged", |world| tamper(world, |shelf| shelf["versions"] = json!([]))),
        // A build whose language has changed since.
        ("file_version_invalid", |world| {
            tamper(world, |shelf| {
                let new = text("triim({FSpecification})");
                shelf["versions"][0]["digest"] = digest(&new).into();
                shelf["text"] = new.into();
            })
        }),
        ("file_version_lost", |world| drop(world.store.borrow_mut().remove(&Keys(FLOW.into()).file()))),
    ];
    for (expected, damage) in cases {
        let world = World::new(0);
        let systems = Systems::new(&world);
        saved(&systems, &text("'one'"), 0);
        assert_eq!(shelf(&world)["in_use"], 1);
        damage(&world);
        systems.page(&[(1, "螺丝")]);
        for (path, body) in [
            ("/run", json!({})),
            ("/run", json!({"dry_run": true})),
            ("/dead/retry", json!({})),
            ("/preview", json!({"record": {"FMasterId": 1}})),
        ] {
            let (status, answer) = systems.ask(Method::POST, path, ADMIN, &body);
            assert_eq!(
                (status, code(&answer)),
                (StatusCode::INTERNAL_SERVER_ERROR, expected),
                "{path} {body}: {answer}"
            );
            let hint = answer["error"]["hint"].as_str().unwrap();
            assert!(hint.contains("/file/use with {\"version\": 0}"), "{hint}");
            assert!(answer["error"]["hint_zh"].as_str().unwrap().contains("内置文件"));
        }
        let problem =
            cron(systems.host(), &world::component(FLOW_FILE), &Given(world.variables())).unwrap_err();
        assert_eq!(&*problem.code, expected);
        assert_eq!(systems.cell(1, SPECIFICATION), None, "{expected}: the built-in file was not run");
        assert_eq!(systems.answers.borrow().len(), 1, "nobody was asked");
        // Who looks sees it, and the way back works.
        if expected != "file_version_invalid" {
            let state = systems.state();
            assert_eq!(state["version"]["problem"]["code"], expected, "{state}");
            assert_eq!(file(&systems)["problem"]["code"], expected);
            assert_eq!(file(&systems)["text"], Value::Null);
            let (_, refused) = put(&systems, &text("'two'"), 1);
            assert_eq!(code(&refused), expected, "nothing is saved on what cannot be read");
        }
        let (status, answer) = put_in_use(&systems, 0);
        assert_eq!(status, StatusCode::OK, "{answer}");
        let report = systems.run();
        assert_eq!((&report["version"], systems.cell(1, SPECIFICATION).as_deref()), (&json!(0), Some("M8")));
        assert_eq!(systems.state()["version"]["problem"], Value::Null);
        // What is saved next has a number of its own.
        assert!(saved(&systems, &text("'two'"), 0) >= 2);
        assert_eq!(carried(&systems, 2).1, "two");
    }
}

fn tamper(world: &World, change: impl FnOnce(&mut Value)) {
    let key = Keys(FLOW.into()).file();
    let mut shelf: Value = serde_json::from_slice(&world.get(&key).unwrap().unwrap()).unwrap();
    change(&mut shelf);
    world.set(&key, shelf.to_string().as_bytes()).unwrap();
}

#[test]
fn a_kept_version_brings_a_flow_back_whose_shelf_was_damaged() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    saved(&systems, &text("'one'"), 0);
    saved(&systems, &text("'two'"), 1);
    world.set(&Keys(FLOW.into()).file(), b"{").unwrap();
    assert_eq!(put_in_use(&systems, 1).0, StatusCode::OK);
    assert_eq!(carried(&systems, 1).1, "one");
    assert!(saved(&systems, &text("'three'"), 1) > 2);
    assert_eq!(file(&systems)["versions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_built_in_file_that_changed_under_a_version_is_told_of() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    saved(&systems, &text("'one'"), 0);
    // A new build: another mapping, and another statement.
    let rebuilt =
        FLOW_FILE.replace(OLD, "upper({FSpecification})").replace("wk_wodtop_product", "another_table");
    world.flow_file.replace(rebuilt.clone());
    let version = systems.state()["version"].clone();
    assert_eq!((&version["number"], &version["built_in_changed"]), (&json!(1), &json!(true)));
    assert_eq!(
        (&version["built_in"], &version["built_in_when_saved"]),
        (&json!(digest(&rebuilt)), &json!(digest(FLOW_FILE)))
    );
    assert_eq!(carried(&systems, 1).1, "one", "it is used all the same");
    // Put in use anew, or saved again, it has to hold with the file of now.
    let (status, answer) = put_in_use(&systems, 1);
    assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "not_changeable"));
    put_in_use(&systems, 0);
    assert_eq!(systems.state()["version"]["built_in_changed"], false);
}

#[test]
fn a_change_waits_for_the_run_that_is_at_work_and_a_run_heeds_a_change_that_was_quicker() {
    let world = World::new(3);
    let systems = Systems::new(&world);
    assert!(world.run_killed_at(12, true), "it dies in the middle");
    let (status, answer) = put(&systems, &text("'one'"), 0);
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "already_running"));
    world.advance(LEASE);
    saved(&systems, &text("'one'"), 0);
    // Loaded before the change, and in possession of the lease after it.
    let before = world.flow();
    assert_eq!(before.version, 0);
    match ferry_sync::hold::holding(world.host(), &before, None, |_, _| ()) {
        Err(ferry_sync::hold::NotNow::Busy(problem)) => assert_eq!(&*problem.code, "already_running"),
        other => panic!("{other:?}"),
    }
    // It gave the lease back.
    assert_eq!(systems.state()["lease"]["held"], false);
    assert_eq!(carried(&systems, 1).1, "one");
}

/// Whatever the effect at which a change dies: the flow runs afterwards by the old version or by the new one.
#[test]
fn a_kill_at_any_effect_of_a_change_leaves_the_one_or_the_other() {
    let mut seen = std::collections::BTreeSet::new();
    let deaths = at_every_effect(|effect, done| {
        let world = World::new(0);
        let systems = Systems::new(&world);
        saved(&systems, &text("'one'"), 0);
        let change = || {
            let (status, answer) = put(&systems, &text("'two'"), 1);
            assert_eq!(status, StatusCode::OK, "{answer}");
        };
        if !world.fuse.kills(effect, done, change) {
            return false;
        }
        world.advance(LEASE);
        // A drawer that died before it put its document is waited for.
        if systems.ask(Method::POST, "/run", RUN, &json!({})).0 == StatusCode::CONFLICT {
            world.advance(LEASE);
        }
        let (report, value) = carried(&systems, 1);
        let number = report["version"].as_u64().unwrap();
        assert_eq!(value, ["one", "two"][usize::try_from(number - 1).unwrap()], "effect {effect}, {done}");
        let shown = file(&systems);
        assert_eq!(shown["in_use"], number);
        assert_eq!(shown["versions"].as_array().unwrap().len() as u64, number);
        assert_eq!(saved(&systems, &text("'three'"), number), number + 1);
        seen.insert(number);
        true
    });
    assert!(deaths >= 10 && seen.len() == 2, "{deaths} deaths, {seen:?}");
}

#[test]
fn a_version_costs_a_run_one_read() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    for _ in 0..4 {
        world.advance(Duration::from_secs(300));
        systems.run();
    }
    let reads = || {
        world.advance(Duration::from_secs(300));
        world.writes.set(0);
        let before = world.fuse.count();
        systems.run();
        (world.fuse.count() - before, world.writes.get())
    };
    let built_in = reads();
    saved(&systems, &text("'one'"), 0);
    systems.run();
    assert_eq!(reads(), built_in, "as many effects and writes with a version as without");
}

/// An older build commits without counting changes; the version stays in use.
#[test]
fn a_state_that_lost_count_of_the_changes_is_run_on_by_the_version_in_use() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    saved(&systems, &text("'one'"), 0);
    let hint = String::from_utf8(world.get(&format!("flow/{FLOW}")).unwrap().unwrap()).unwrap();
    let key = format!("flow/{FLOW}/{hint}");
    let mut document: Value = serde_json::from_slice(&world.get(&key).unwrap().unwrap()).unwrap();
    document["state"]["state"].as_object_mut().unwrap().remove("file_changes");
    world.set(&key, document.to_string().as_bytes()).unwrap();
    assert_eq!(carried(&systems, 1).1, "one");
    // And from then on it counts again.
    world.store.borrow_mut().remove(&Keys(FLOW.into()).file());
    let (_, answer) = systems.ask(Method::POST, "/run", RUN, &json!({}));
    assert_eq!(code(&answer), "file_version_lost");
}

#[test]
fn a_flow_without_a_beginning_takes_no_version() {
    let world = World::new(0);
    world.more.borrow_mut().insert("start", String::new());
    let systems = Systems::new(&world);
    let (status, answer) = put(&systems, &text("'one'"), 0);
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "not_initialised"));
    assert!(!world.store.borrow().keys().any(|key| key.starts_with("flowfile/")));
    // Its file can be looked at.
    assert_eq!(file(&systems)["in_use"], 0);
    let body = json!({"watermark": "2026-11-19 00:00:00"});
    assert_eq!(systems.ask(Method::PUT, "/watermark", ADMIN, &body).0, StatusCode::OK);
    saved(&systems, &text("'one'"), 0);
    assert!(world.wall.get() >= NOON * 1000);
}
