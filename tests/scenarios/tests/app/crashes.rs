//! Killed at any moment, it ends as if nothing had happened.

use ferry_scenarios::app::galaxy::erp_now;
use ferry_scenarios::app::{Flow, Scene};
use serde_json::json;
use std::process::Command;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use xtask::app::Trigger;

/// The longest that a run which is no more can hold up the next one.
const LONGEST: Duration = Duration::from_secs(180);
/// Waited at once.
const STEP: Duration = Duration::from_secs(15);

/// Pages of so many rows that take a while each.
fn pages_of(scene: &Scene, rows: usize) {
    scene.galaxy.set(json!({"clamp": rows}));
    scene.galaxy.generate(20_000);
    scene.galaxy.arm(json!({"kind": "delay", "ms": 25}), 0, None);
}

/// Waits until so many rows are in the table.
fn wait_for(scene: &Scene, rows: u64) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while scene.landed() < rows {
        assert!(Instant::now() < deadline, "only {} of {rows} rows after half a minute", scene.landed());
        sleep(Duration::from_millis(3));
    }
}

/// SIGKILL to the host and its triggers.
fn kill(flow: &Flow) {
    let group = format!("-{}", flow.app.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill is there");
    assert!(killed.success());
}

/// Waiting out a lease takes a minute of the clock: the local host's is moved, Spin's is not.
#[test]
fn killed_again_and_again_it_ends_with_every_row_once() {
    let scene = Scene::new("killed");
    pages_of(&scene, 100);
    let carried = scene.galaxy.carried().len() as u64;
    let (kills, budget_ms) = if scene.is_local() { (10, 300) } else { (1, 5000) };
    let mut ahead = 0;
    let mut held = 0;
    for number in 0..kills {
        let flow = scene.start_with(Trigger::OnDemand, &[]);
        if scene.is_local() {
            flow.move_clocks(&scene.galaxy, ahead);
        }
        let goal = scene.landed() + 1;
        assert!(goal < carried, "all was carried before the last kill");
        thread::scope(|scope| {
            // Runs with small budgets, until there is nobody to answer.
            let calls = scope.spawn(|| while flow.call(&json!({"budget_ms": budget_ms})).is_ok() {});
            wait_for(&scene, goal);
            // Anywhere between two commits, which are 250 ms apart at least.
            sleep(Duration::from_millis([0, 130, 40, 220, 90, 310, 170][number % 7]));
            kill(&flow);
            calls.join().expect("the caller");
        });
        drop(flow);

        let flow = scene.start_with(Trigger::OnDemand, &[]);
        if scene.is_local() {
            flow.move_clocks(&scene.galaxy, ahead);
        }
        let mut waited = Duration::ZERO;
        loop {
            let answer = flow.call(&json!({"max_pages": 1})).expect("an answer");
            if answer.status == 200 {
                break;
            }
            assert_eq!((answer.status, &answer.body["error"]["code"]), (409, &json!("already_running")));
            assert!(waited < LONGEST, "still held after {waited:?}: {}", answer.body);
            waited += STEP;
            if scene.is_local() {
                ahead += i64::try_from(STEP.as_millis()).expect("a few seconds");
                flow.move_clocks(&scene.galaxy, ahead);
            } else {
                sleep(STEP);
            }
        }
        println!("kill {number} after {} rows: free again after {waited:?}", scene.landed());
        // Otherwise it was killed between two runs.
        held += usize::from(waited > Duration::ZERO);
    }
    println!("{held} of {kills} kills met a run at work");
    assert!(held * 2 > kills, "{held} of {kills} kills met a run at work");

    let flow = scene.start_with(Trigger::OnDemand, &[]);
    if scene.is_local() {
        flow.move_clocks(&scene.galaxy, ahead);
    }
    let last = flow.run_to_the_end().pop().expect("a report");
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried);
    // All of the window is settled, up to the ERP's own now less the safety lag.
    assert_eq!(flow.state()["watermark"], last["watermark"]);
    assert!(last["watermark"].as_str() <= last["window"]["end"].as_str());
    assert!(flow.state()["lag_seconds"].as_u64().expect("seconds") < 200, "{}", flow.state());
    assert_eq!(flow.state()["window"], json!(null));
    assert_eq!(flow.run()["calls"]["source"], 1);
}

#[test]
fn a_database_that_dies_in_the_middle_is_waited_for_and_nothing_is_lost() {
    let mut scene = Scene::with_own_server("database_dies");
    pages_of(&scene, 500);
    let carried = scene.galaxy.carried().len() as u64;
    let flow = scene.start();
    let before = flow.run_with(json!({"max_pages": 1}));
    assert_eq!(before["has_more"], true);

    let answer = thread::scope(|scope| {
        let run = scope.spawn(|| flow.call(&json!({})).expect("an answer"));
        wait_for(&scene, 3000);
        scene.server().kill();
        run.join().expect("the caller")
    });
    assert_eq!(answer.status, 502, "{}", answer.body);
    assert_eq!(answer.body["error"]["code"], "connection_lost", "{}", answer.body);
    assert_eq!(answer.body["has_more"], true);
    let hint = answer.body["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("mysql_host"), "{hint}");

    // It is still down: nothing is counted that is not there.
    let report = flow.run_fails("connection_lost");
    assert_eq!((&report["written"], &report["dead"]), (&json!(0), &json!(0)));
    assert_eq!(flow.state()["failures"], 2);

    scene.server().start_again().expect("the database starts again");
    let counted: u64 =
        [&before, &answer.body].iter().map(|report| report["written"].as_u64().expect("a count")).sum();
    assert!(counted <= scene.landed(), "{counted} were counted, {} are there", scene.landed());
    flow.run_to_the_end();
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried);
    assert_eq!(flow.state()["failures"], 0);

    // In order, between two runs.
    scene.server().stop();
    let add = json!({"number": "88.01.000001", "name": "停机期间新增", "modify_date": erp_now()});
    scene.galaxy.change(json!({"do": "add", "materials": [add]}));
    flow.run_fails("connection_lost");
    scene.server().start_again().expect("the database starts again");
    flow.run_to_the_end();
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried + 1);
}
