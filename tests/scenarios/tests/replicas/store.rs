//! The store itself fails.

use super::{LEASE, run_to_the_end_whatever_comes, scene, wait_until};
use ferry_scenarios::app::Scene;
use serde_json::json;
use std::thread;
use std::time::Duration;
use xtask::app::{Answer, Trigger};

/// Pages that take a while each; how many rows there are.
fn a_long_run(scene: &Scene) -> u64 {
    scene.galaxy.set(json!({"clamp": 100}));
    scene.galaxy.generate(4000);
    scene.galaxy.arm(json!({"kind": "delay", "ms": 50}), 0, None);
    scene.galaxy.carried().len() as u64
}

fn failed(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, &answer.body["error"]["code"]), (status, &json!(code)), "{}", answer.body);
    for said in ["message", "message_zh", "hint", "hint_zh"] {
        let text = answer.body["error"][said].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{}", answer.body);
    }
}

#[test]
fn a_redis_that_dies_and_comes_back_in_the_middle_of_a_run_costs_nothing() {
    let mut scene = scene("redis_restarts");
    let carried = a_long_run(&scene);
    let flow = scene.start_with(Trigger::Http, &[LEASE]);
    let answer = thread::scope(|scope| {
        let call = scope.spawn(|| flow.call(&json!({})).expect("an answer"));
        wait_until("a part is carried", || scene.landed() >= carried / 4);
        scene.redis().kill();
        // Without it Spin's client goes on trying for minutes: long before that somebody starts it again.
        thread::sleep(Duration::from_secs(1));
        scene.redis().start_again().expect("Redis starts again");
        call.join().expect("the caller")
    });
    // Whether the run fails or survives it is for the client to say; what it could not write down is done again.
    if answer.status != 200 {
        failed(&answer, 502, "store_failed");
    }
    run_to_the_end_whatever_comes(&flow);
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried);
    let state = flow.state();
    assert!(state["lag_seconds"].as_u64().is_some_and(|lag| lag < 200), "{state}");

    // In order, between two runs; all that was committed is there.
    let before = flow.state()["watermark"].clone();
    scene.redis().stop();
    scene.redis().start_again().expect("Redis starts again");
    wait_until("it is found again", || flow.ask("GET", "", json!(null)).status == 200);
    assert_eq!(flow.state()["watermark"], before);
    assert_eq!(run_to_the_end_whatever_comes(&flow)["written"], 0);
    scene.assert_in_step();
}

#[test]
fn a_redis_that_is_emptied_between_runs_is_no_beginning_at_now() {
    let mut scene = scene("redis_emptied");
    scene.galaxy.generate(300);
    // As an operator has it who removed the variable after the first run, or never set it.
    let flow = scene.start_with(Trigger::Http, &[("galaxy_materials_to_mysql_start", "")]);
    failed(&flow.call(&json!({})).expect("an answer"), 409, "not_initialised");
    let begin = flow.ask("PUT", "/watermark", json!({"watermark": "2020-01-01 00:00:00"}));
    assert_eq!(begin.status, 200, "{}", begin.body);
    flow.run_to_the_end();
    scene.assert_in_step();

    scene.redis().command(&["FLUSHALL"]).expect("it is emptied");
    let add = json!({"number": "57.01.000001", "name": "清空期间", "modify_date": "2024-06-02T00:00:00"});
    scene.galaxy.change(json!({"do": "add", "materials": [add]}));
    for _ in 0..2 {
        failed(&flow.call(&json!({})).expect("an answer"), 409, "not_initialised");
        failed(&flow.ask("GET", "", json!(null)), 409, "not_initialised");
    }
    // The operator says from when, and what came meanwhile is not missed, nor anything doubled.
    let begin = flow.ask("PUT", "/watermark", json!({"watermark": "2020-01-01 00:00:00"}));
    assert_eq!(begin.status, 200, "{}", begin.body);
    flow.run_to_the_end();
    scene.assert_in_step();
}

#[test]
fn a_run_whose_redis_is_emptied_stops_and_with_a_beginning_all_is_carried_again() {
    let mut scene = scene("redis_emptied_in_a_run");
    let carried = a_long_run(&scene);
    let flow = scene.start_with(Trigger::Http, &[LEASE]);
    let answer = thread::scope(|scope| {
        let call = scope.spawn(|| flow.call(&json!({})).expect("an answer"));
        wait_until("a part is carried", || scene.landed() >= carried / 4);
        scene.redis().command(&["FLUSHALL"]).expect("it is emptied");
        call.join().expect("the caller")
    });
    failed(&answer, 502, "store_set_back");
    assert!(scene.landed() < carried, "all was carried before");
    // The variable `…_start` says where the flow begins.
    run_to_the_end_whatever_comes(&flow);
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried);
}
