//! One of them dies.

use super::{LEASE, run_to_the_end_whatever_comes, scene, wait_until};
use serde_json::json;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use xtask::app::Trigger;

#[test]
fn when_one_replica_is_killed_in_a_run_the_other_carries_on_within_the_lease() {
    let scene = scene("replica_killed");
    scene.galaxy.set(json!({"clamp": 100}));
    scene.galaxy.generate(4000);
    scene.galaxy.arm(json!({"kind": "delay", "ms": 50}), 0, None);
    let carried = scene.galaxy.carried().len() as u64;
    let doomed = scene.start_with(Trigger::Http, &[LEASE]);
    let other = scene.start_replica(&[LEASE]);
    let killed = thread::scope(|scope| {
        let call = scope.spawn(|| doomed.call(&json!({})));
        wait_until("half is carried", || scene.landed() >= carried / 3);
        let refused = other.call(&json!({})).expect("an answer");
        assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!("already_running")));
        let group = format!("-{}", doomed.app.id());
        let status = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill is there");
        assert!(status.success());
        let killed = Instant::now();
        assert!(call.join().expect("the caller").is_err(), "it was killed in the middle of its run");
        killed
    });
    let landed = scene.landed();
    assert!(landed < carried, "all was carried before the kill");
    drop(doomed);

    let mut refused = 0;
    let free = loop {
        let answer = other.call(&json!({"max_pages": 1})).expect("an answer");
        if answer.status == 200 {
            break killed.elapsed();
        }
        assert_eq!((answer.status, &answer.body["error"]["code"]), (409, &json!("already_running")));
        refused += 1;
        thread::sleep(Duration::from_millis(100));
    };
    println!("killed after {landed} of {carried}; free again after {free:?}, {refused} refusals");
    assert!(refused > 0, "the dead run held the flow");
    assert!(free < Duration::from_secs(4 + 2), "{free:?}");
    run_to_the_end_whatever_comes(&other);
    scene.assert_in_step();
    assert_eq!(scene.landed(), carried);
}
