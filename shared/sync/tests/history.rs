//! What a flow keeps for those who look: totals, calls by interface, accounts, events.

mod systems;
mod world;

use ferry_platforms::Class;
use ferry_sync::hold::holding;
use ferry_sync::host::{Clock, Store};
use ferry_sync::jobs::{self, Kind};
use ferry_sync::quota::Quota;
use ferry_sync::report::Report;
use ferry_sync::run::Limits;
use ferry_sync::seal::Seal;
use ferry_sync::state::{Keys, State};
use ferry_sync::store::FlowStore;
use ferry_sync::token::Tokens;
use ferry_sync::{shanghai, view};
use serde_json::{Value, json};
use std::time::Duration;
use systems::{Answer, FLOW, Systems};
use world::fuse::at_every_effect;
use world::{FLOW_FILE, Given, NOON, World};

/// Longer than any lease of this flow.
const LEASE: Duration = Duration::from_secs(185);

fn run(world: &World) -> Report {
    world.run().unwrap_or_else(|why| panic!("{}", why.into_problem()))
}

fn view_of(world: &World) -> Value {
    view::flow(world.host(), FLOW_FILE, &Given(world.variables()))
        .unwrap_or_else(|problem| panic!("{problem}"))
}

fn bad(world: &World, row: usize) {
    world.rows.borrow_mut()[row].name = format!("bad {row}");
}

/// The events' names, newest first.
fn names(view: &Value) -> Vec<String> {
    let events = view["events"].as_array().expect("a list");
    events.iter().map(|event| event["event"].as_str().expect("a name").to_owned()).collect()
}

fn document(world: &World) -> (String, Value) {
    let hint = String::from_utf8(world.get(&format!("flow/{FLOW}")).unwrap().unwrap()).unwrap();
    let key = format!("flow/{FLOW}/{hint}");
    let document = serde_json::from_slice(&world.get(&key).unwrap().unwrap()).unwrap();
    (key, document)
}

#[test]
fn a_known_run_is_counted_to_the_row_and_the_call() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    *systems.database.refuses.borrow_mut() = "too long".into();
    systems.page(&[(1, "螺丝"), (2, "a name that is too long"), (3, "螺母")]);
    let report = systems.run();
    let view = systems.state();
    assert_eq!(
        view["totals"]["records"],
        json!({"read": 3, "filtered": 0, "written": 2, "already_there": 0, "dead": 1, "pending": 0})
    );
    assert_eq!(view["totals"]["since"], "2026-11-20 12:00:00");
    assert_eq!(view["totals"]["runs"], json!({"ok": 1, "failed": 0}));
    assert_eq!(view["totals"]["retried"], json!({"delivered": 0, "failed": 0, "parked": 0}));
    // Two answers; while the second was under way, a connection, four statements to set it up, two about the table,
    // four for the page and its parts, a commit of the dead letter. At the end the last commit.
    let took = 2 * 40 + 3;
    assert_eq!(report["duration_ms"], took);
    assert_eq!(
        view["totals"]["run_seconds"],
        json!({
            "bounds_ms": [100, 500, 1000, 5000, 10_000, 30_000, 60_000, 120_000],
            "counts": [1, 0, 0, 0, 0, 0, 0, 0, 0], "sum_ms": took,
        })
    );
    let interfaces = view["interfaces"].as_array().expect("a list");
    let named = |name: &str| interfaces.iter().find(|one| one["interface"] == name).expect("it was called");
    assert_eq!(interfaces.len(), 3);
    assert_eq!(
        named("executeBillQuery"),
        &json!({
            "account": "galaxy", "platform": "galaxy", "interface": "executeBillQuery", "calls": 2,
            "errors": {"transport": 0, "rate_limit": 0, "credentials": 0, "business": 0, "fatal": 0},
            "latency": {
                "bounds_ms": [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000],
                "counts": [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0], "sum_ms": 80,
            },
            "today": {"date": "2026-11-20", "calls": 2}, "last_minute": {"minute": "2026-11-20 12:00", "calls": 2},
            "last_error": null,
        })
    );
    let statements = named("statement");
    assert_eq!((&statements["calls"], &report["calls"]["target"]), (&json!(12), &json!(12)), "{statements}");
    assert_eq!(statements["latency"]["sum_ms"], 36);
    assert_eq!(statements["errors"]["business"], 2, "the page, and the row alone");
    let error = &statements["last_error"];
    assert_eq!((&error["class"], &error["at"]), (&json!("business"), &json!("2026-11-20 12:00:00")));
    // The words on a row may hold what the row does; they are in its letter, which is sealed.
    assert_eq!(error["message"], "writing to MySQL: [1406] value_too_long");
    assert_eq!(error["message_zh"], "写入 MySQL：[1406] value_too_long");
    assert_eq!((&named("connect")["calls"], &named("connect")["platform"]), (&json!(1), &json!("mysql")));
    // The next runs add to it.
    systems.world.advance(Duration::from_secs(600));
    systems.run();
    let later = systems.state();
    assert_eq!(later["totals"]["runs"]["ok"], 2);
    let query =
        later["interfaces"].as_array().unwrap().iter().find(|one| one["interface"] == "executeBillQuery");
    let query = query.expect("it was called");
    // The dead letter was due and asked for by its id, the window is one page.
    assert_eq!((&query["calls"], &query["today"]["calls"]), (&json!(4), &json!(4)));
    assert_eq!(query["last_minute"], json!({"minute": "2026-11-20 12:10", "calls": 2}));
}

#[test]
fn errors_are_counted_by_their_class_and_no_proof_of_who_calls_is_kept() {
    let world = World::new(0);
    let systems = Systems::new(&world);
    // Asked for four times, and then with the words of a refusal that quotes everything.
    systems.answers.borrow_mut().extend([Answer::None, Answer::None, Answer::None, Answer::Quoting]);
    let (status, report) = systems.ask(http::Method::POST, "/run", systems::RUN, &json!({}));
    assert_eq!(status, 502, "{report}");
    let view = systems.state();
    let query = &view["interfaces"][0];
    assert_eq!(query["calls"], 4);
    let errors = query["errors"].as_object().unwrap();
    assert_eq!(errors["transport"], 3);
    assert_eq!(errors.values().filter_map(Value::as_u64).sum::<u64>(), 4, "{errors:?}");
    assert_eq!(view["totals"]["runs"], json!({"ok": 0, "failed": 1}));
    assert_eq!(names(&view), ["run_failed"]);
    let told = view["events"][0]["message"].as_str().unwrap();
    assert!(told.contains("refused: ") && told.contains("*****"), "the words came through, blotted: {told}");
    let (_, document) = document(&world);
    for text in [view.to_string(), document.to_string(), world.log.borrow().join("\n")] {
        for (name, value) in world.variables() {
            let is_secret = ["token", "key", "secret", "password"].iter().any(|it| name.contains(it));
            assert!(!is_secret || !text.contains(&value), "{name} is in {text}");
        }
        assert!(!text.contains("X-Kd-Signature: ") && !text.contains("00112233"), "{text}");
    }
}

/// Whatever the effect at which a run dies: what it has committed is counted, and nothing else.
#[test]
fn a_kill_at_any_effect_neither_doubles_a_count_nor_loses_one() {
    let deaths = at_every_effect(|effect, done| {
        let world = World::new(25);
        bad(&world, 9);
        world.page_time.set(Duration::from_millis(130));
        if !world.run_killed_at(effect, done) {
            return false;
        }
        let at = format!("killed at effect {effect}, done: {done}");
        // What is in the state of the dead run stands beside what it counted.
        if let Ok(Some(left)) = FlowStore::new(world.host(), Keys(FLOW.into())).newest()
            && let ferry_sync::lease::Inherited::State(state) = left.state
        {
            let view = view_of(&world);
            let records = &view["totals"]["records"];
            let walked = state.window.as_ref().map_or(0, |scan| scan.records);
            let settled = state.watermark > NOON - 86_400;
            let expected = if settled { 25 } else { walked };
            assert_eq!(records["read"], expected, "{at}");
            assert_eq!(records["dead"], u64::from(expected > 9), "{at}");
            let events = if expected > 9 { vec!["dead_letters"] } else { vec![] };
            assert_eq!(names(&view), events, "{at}");
        }
        for _ in 0..5 {
            world.advance(LEASE);
            let _ = world.run();
        }
        let view = view_of(&world);
        let count = |name: &str| view["totals"]["records"][name].as_u64().unwrap();
        let all = ["filtered", "written", "already_there", "dead", "pending"].map(count);
        assert_eq!(count("read"), all.iter().sum::<u64>(), "{at}");
        // Every row of the first windows is a day old, so each was carried once.
        assert_eq!((count("read"), count("written"), count("dead")), (25, 24, 1), "{at}");
        assert_eq!(names(&view).iter().filter(|name| *name == "dead_letters").count(), 1, "{at}");
        true
    });
    assert!(deaths > 60, "only {deaths} deaths");
}

#[test]
fn what_failed_commits_take_back_is_not_counted() {
    for write in 0..12 {
        let world = World::new(25);
        bad(&world, 9);
        world.store_fails.borrow_mut().insert(write);
        let _ = world.run();
        for _ in 0..4 {
            world.advance(LEASE);
            let _ = world.run();
        }
        let records = &view_of(&world)["totals"]["records"];
        assert_eq!((&records["read"], &records["written"]), (&json!(25), &json!(24)), "write {write} failed");
    }
    // A transaction that the target lost is written again, and counted once.
    let world = World::new(25);
    world.target_failures.replace(vec![Class::Transport]);
    run(&world);
    assert_eq!(view_of(&world)["totals"]["records"]["written"], 25);
}

#[test]
fn retries_of_dead_letters_are_counted_apart() {
    let world = World::new(6);
    bad(&world, 1);
    bad(&world, 2);
    run(&world);
    world.rows.borrow_mut()[1].name = "好了".into();
    world.advance(Duration::from_secs(400));
    run(&world);
    world.rows.borrow_mut().remove(2);
    world.advance(Duration::from_secs(3600));
    run(&world);
    let view = view_of(&world);
    assert_eq!(view["totals"]["retried"], json!({"delivered": 1, "failed": 1, "parked": 1}));
    assert_eq!((&view["dead"]["parked"], &view["totals"]["records"]["dead"]), (&json!(1), &json!(2)));
}

/// A document as the build before this one wrote it.
#[test]
fn a_state_of_an_older_build_is_read_and_counted_on_from_now() {
    let world = World::new(25);
    run(&world);
    let (key, mut old) = document(&world);
    let state = old["state"]["state"].as_object_mut().expect("a state");
    for new in ["totals", "interfaces", "events", "file_changes"] {
        assert!(state.remove(new).is_some(), "{new}");
    }
    for report in state["reports"].as_array_mut().unwrap() {
        assert!(report.as_object_mut().unwrap().remove("version").is_some());
    }
    world.set(&key, old.to_string().as_bytes()).unwrap();
    world.advance(Duration::from_secs(300));
    let view = view_of(&world);
    assert_eq!(view["last_run_at"], "2026-11-20 12:00:00", "as its reports say");
    assert_eq!(view["totals"]["runs"], json!({"ok": 0, "failed": 0}));
    assert_eq!((&view["interfaces"], &view["events"]), (&json!([]), &json!([])));
    assert_eq!((&view["reports"][0]["version"], &view["version"]["number"]), (&json!(0), &json!(0)));
    let now = shanghai::text(world.wall_ms() / 1000);
    run(&world);
    let view = view_of(&world);
    assert_eq!((&view["totals"]["since"], &view["totals"]["runs"]["ok"]), (&json!(now), &json!(1)));
    assert_eq!(view["watermark"].as_str().unwrap().len(), 19);
}

#[test]
fn the_next_run_is_expected_after_the_last_one_whatever_operators_did() {
    let world = World::new(3);
    run(&world);
    let view = view_of(&world);
    assert_eq!(view["expect_every_seconds"], 300);
    assert_eq!(view["last_run_at"], "2026-11-20 12:00:00");
    assert_eq!(view["next_expected"], "2026-11-20 12:05:00");
    world.advance(Duration::from_secs(200));
    let limits = Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: false };
    world.invoke(limits, |run| run.set_watermark(NOON - 86_400)).unwrap();
    let after = view_of(&world);
    assert_eq!((&after["last_run_at"], &after["totals"]["runs"]["ok"]), (&view["last_run_at"], &json!(1)));
    assert_eq!(names(&after), ["watermark_set"]);
    assert_eq!(after["events"][0]["message_zh"].as_str().unwrap().chars().next(), Some('运'));
    // One that was begun by an operator and never ran is late, too.
    let world = World::new(3);
    world.invoke(limits, |run| run.set_watermark(NOON - 86_400)).unwrap();
    let view = view_of(&world);
    assert_eq!((&view["last_run_at"], &view["next_expected"]), (&Value::Null, &json!("2026-11-20 12:05:00")));
}

#[test]
fn events_tell_of_failures_once_of_recovery_and_of_what_operators_did() {
    let world = World::new(5);
    bad(&world, 2);
    world.source_clock_off.set(-600);
    run(&world);
    world.source_clock_off.set(0);
    for _ in 0..3 {
        world.advance(Duration::from_secs(300));
        // The dead letter that is due is asked for first.
        world.source_failures.replace(vec![Class::Fatal; 2]);
        assert!(run(&world).error.is_some());
    }
    let view = view_of(&world);
    assert_eq!(names(&view), ["run_failed", "clock_skew", "dead_letters"]);
    let failed = &view["events"][0];
    assert_eq!((&failed["times"], &failed["level"]), (&json!(3), &json!("error")));
    assert_eq!(failed["at"], shanghai::text(world.wall_ms() / 1000));
    assert_eq!(view["failures"], 3);
    // An operator's action says nothing of whether the flow is well again.
    let limits = Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: false };
    world.invoke(limits, |run| run.delete_dead("5002")).unwrap();
    assert_eq!(view_of(&world)["failures"], 3);
    jobs::post(world.host(), &Keys(FLOW.into()), Kind::Backfill, NOON - 100, NOON - 50).unwrap();
    run(&world);
    let view = view_of(&world);
    assert_eq!(
        names(&view),
        [
            "run_recovered",
            "job_finished",
            "job_asked",
            "dead_deleted",
            "run_failed",
            "clock_skew",
            "dead_letters"
        ]
    );
    assert_eq!(view["failures"], 0);
    let dead = view["events"][6]["message"].as_str().unwrap();
    assert_eq!(dead, "1 records became dead letters (value_too_long): 5002");
    for event in view["events"].as_array().unwrap() {
        for text in ["at", "level", "event", "run_id", "message", "message_zh"] {
            assert!(event[text].as_str().is_some_and(|text| !text.is_empty()), "{event}");
        }
        // The target's words on a record may hold anything; they are in the sealed letter.
        assert!(!event.to_string().contains("bad 2"), "{event}");
    }
    // What is met again in the next window is no new dead letter.
    let world = World::new(3);
    world.rows.borrow_mut()[1].modified = NOON - 60;
    bad(&world, 1);
    run(&world);
    world.advance(Duration::from_secs(120));
    assert_eq!(run(&world).counts.dead, 1);
    assert_eq!(names(&view_of(&world)), ["dead_letters"]);
}

#[test]
fn a_flow_that_stops_for_refusals_says_so_by_its_own_name() {
    let world = World::new(400);
    for row in 0..400 {
        bad(&world, row);
    }
    for _ in 0..2 {
        assert!(run(&world).error.is_some());
        world.advance(Duration::from_secs(300));
    }
    let view = view_of(&world);
    let stopped: Vec<&Value> = view["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["event"] == "refused_in_a_row")
        .collect();
    assert_eq!((stopped.len(), &stopped[0]["times"]), (1, &json!(2)));
}

/// Hours of a flow in which everything happens that can.
#[test]
fn what_is_kept_stays_small_whatever_happens() {
    let world = World::new(30);
    for row in 0..30 {
        world.rows.borrow_mut()[row].name = "bad ".repeat(100);
    }
    let mut largest = 0;
    for round in 0..300 {
        world.advance(Duration::from_secs(400));
        let class = [Class::Fatal, Class::Credentials, Class::Transport][round % 3];
        world.source_failures.replace(if round % 2 == 0 { vec![class; 5] } else { Vec::new() });
        let now = world.wall_ms() / 1000;
        world.rows.borrow_mut().push(world::Row {
            key: 1000 + round as i64,
            id: 90_000 + round as i64,
            name: "好".into(),
            modified: now - 60,
        });
        let _ = world.run();
        jobs::post(world.host(), &Keys(FLOW.into()), Kind::Reconcile, NOON - 100, NOON - 50).unwrap();
        let (key, _) = document(&world);
        largest = largest.max(world.get(&key).unwrap().unwrap().len());
    }
    let view = view_of(&world);
    assert_eq!(view["events"].as_array().unwrap().len(), 100);
    assert_eq!(
        (view["reports"].as_array().unwrap().len(), view["hours"].as_array().unwrap().len()),
        (50, 24)
    );
    assert!(largest < 120_000, "{largest} bytes");
}

#[test]
fn an_account_shows_its_limit_its_pause_and_when_its_token_ends() {
    let world = World::new(3);
    run(&world);
    assert_eq!(
        view_of(&world)["accounts"],
        json!([
            {"account": "galaxy", "platform": "galaxy", "per_minute": null, "paused_until": null, "token_expires_at": null},
            {"account": "mysql", "platform": "mysql", "per_minute": null, "paused_until": null, "token_expires_at": null},
        ])
    );
    let seal = Seal::new("state-state-state-state-state");
    let make = &mut |_: Option<&String>| Ok(("a-token-of-the-erp".to_owned(), Some(NOON + 3600)));
    Tokens::new(world.host(), "galaxy", &seal).renew(0, Duration::from_secs(1), make).unwrap();
    Quota::new(world.host(), "mysql", 60).pause(Duration::from_secs(300)).unwrap();
    let view = view_of(&world);
    assert_eq!(view["accounts"][0]["token_expires_at"], "2026-11-20 13:00:00");
    assert_eq!(view["accounts"][1]["paused_until"], shanghai::text((world.wall_ms() + 300_000) / 1000));
    assert!(!view.to_string().contains("a-token-of-the-erp"));
    // Who has another key, or none, sees all but that.
    for key in ["another-another-another-another", ""] {
        let mut variables = world.variables();
        variables.insert("state_key", key.into());
        let view = view::flow(world.host(), FLOW_FILE, &Given(variables)).unwrap();
        assert_eq!(view["accounts"][0]["token_expires_at"], Value::Null);
    }
    world.advance(Duration::from_secs(301));
    assert_eq!(view_of(&world)["accounts"][1]["paused_until"], Value::Null);
    for (platform, limit) in
        [("jushuitan", Some(100)), ("wangdiantong", Some(60)), ("jdy", Some(500)), ("okki", None)]
    {
        assert_eq!(ferry_sync::client::per_minute(platform), limit, "{platform}");
    }
}

#[test]
fn a_view_needs_no_account_and_writes_nothing() {
    let world = World::new(3);
    let nothing = Given([("state_key", "state-state-state-state-state".to_owned())].into());
    let view = |world: &World| view::flow(world.host(), FLOW_FILE, &nothing);
    assert_eq!(&*view(&world).unwrap_err().code, "not_initialised");
    run(&world);
    let before = (world.store.borrow().clone(), world.writes.get());
    let shown = view(&world).unwrap();
    assert_eq!((world.store.borrow().clone(), world.writes.get()), before);
    assert_eq!(shown, Systems::new(&world).state(), "and the route answers the same");
    assert_eq!(shown["title"]["en"], "Materials from Kingdee Galaxy into the CRM's MySQL");
    // A state that cannot be read is told as such.
    let (key, _) = document(&world);
    world.set(&key, b"{").unwrap();
    assert_eq!(&*view(&world).unwrap_err().code, "state_damaged");
}

/// While the first run of all is at work there is a state to be shown.
#[test]
fn the_first_run_is_seen_while_it_is_at_work() {
    let world = World::new(3);
    let flow = world.flow();
    holding(world.host(), &flow, None, |_, _: State| {
        let view = view_of(&world);
        assert_eq!(
            (&view["lease"]["held"], &view["watermark"]),
            (&json!(true), &json!("2026-11-01 00:00:00"))
        );
        assert_eq!(view["last_run_at"], Value::Null);
    })
    .unwrap();
}
