//! What only a shared store allows: two apps, as two replicas on Kubernetes, with their state in one Redis; and what
//! becomes of them when that Redis is not there, or has forgotten everything. Always on Redis, whatever
//! `FERRY_STORE` says.

mod apart;
mod store;
mod together;

use ferry_scenarios::app::{Flow, Scene};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The lease of these scenarios' apps, in the variable's form: what a dead run holds up the next one by.
const LEASE: (&str, &str) = ("lease_seconds", "4");

/// A scene whose state is in Redis.
fn scene(name: &str) -> Scene {
    let mut scene = Scene::new(name);
    scene.keep_state_in_redis();
    scene
}

/// Waits until this holds.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(3));
    }
}

/// Runs until there is no more, whatever may be in the way meanwhile: failures, and other runs. The last report.
fn run_to_the_end_whatever_comes(flow: &Flow) -> Value {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let answer = flow.call(&json!({})).expect("an answer");
        if answer.status == 200 && answer.body["has_more"] == false {
            return answer.body;
        }
        assert!(Instant::now() < deadline, "it never comes to an end: {} {}", answer.status, answer.body);
        assert!([200, 409, 502].contains(&answer.status), "{} {}", answer.status, answer.body);
        if answer.status != 200 {
            sleep(Duration::from_millis(200));
        }
    }
}
