//! Both are called at the same moment.

use super::{run_to_the_end_whatever_comes, scene};
use ferry_scenarios::app::galaxy::erp_now;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;
use xtask::app::Trigger;

const ROUNDS: usize = 100;

#[test]
fn of_two_replicas_that_are_called_at_the_same_moment_a_hundred_times_one_runs() {
    let scene = scene("replicas");
    scene.galaxy.generate(50);
    let flows = [scene.start_with(Trigger::Http, &[]), scene.start_replica(&[])];
    flows[0].run();
    let carried = scene.landed();
    assert_eq!(flows[1].state()["watermark"], flows[0].state()["watermark"], "one state");
    // So long that nobody comes when another has finished.
    scene.galaxy.arm(json!({"kind": "delay", "ms": 120}), 0, None);
    scene.galaxy.forget_calls();

    let mut written = 0;
    let mut won: BTreeMap<usize, usize> = BTreeMap::new();
    for round in 0..ROUNDS {
        // Something to carry in every round.
        let add = json!({"number": format!("56.01.{round:06}"), "name": "副本", "modify_date": erp_now()});
        scene.galaxy.change(json!({"do": "add", "materials": [add]}));
        let start = Barrier::new(flows.len());
        let answers = thread::scope(|scope| {
            let calls = flows.each_ref().map(|flow| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    flow.call(&json!({})).expect("an answer")
                })
            });
            calls.map(|call| call.join().expect("a call"))
        });
        let ran: Vec<usize> = (0..flows.len()).filter(|at| answers[*at].status == 200).collect();
        assert_eq!(ran.len(), 1, "round {round}: {answers:?}");
        let refused = &answers[1 - ran[0]];
        let refusal = (refused.status, &refused.body["error"]["code"]);
        assert_eq!(refusal, (409, &json!("already_running")), "round {round}: {}", refused.body);
        written += answers[ran[0]].body["written"].as_u64().expect("a count");
        *won.entry(ran[0]).or_default() += 1;
    }
    println!("won: {won:?}");
    assert_eq!(won.len(), 2, "only one of them ever ran: {won:?}");
    let most = scene.galaxy.calls().iter().map(|call| call["concurrent"].as_u64()).max();
    assert_eq!(most, Some(Some(1)), "never two at the source");
    // A material of the last moment may be within the safety lag.
    written += run_to_the_end_whatever_comes(&flows[0])["written"].as_u64().expect("a count");
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried + ROUNDS as u64);
    assert_eq!(written, ROUNDS as u64, "each was written once, by one of them");
}
