//! The net: every way in which a call can fail between two systems that are well.

use super::flows::{ALL, INTO_SYSTEMS, ORDERS, Wrong};
use super::stage::Stage;
use super::{Case, case};
use std::thread::sleep;
use std::time::Duration;
use xtask::simulator::System::Okki;

pub const CASES: &[Case] = &[
    case("list: dropped before it arrives", ALL, |stage| once_at_the_source(stage, Wrong::DropBefore)),
    case("list: dropped before the answer", ALL, |stage| once_at_the_source(stage, Wrong::DropAfter)),
    case("list: dropped in the answer", ALL, |stage| once_at_the_source(stage, Wrong::DropMidAnswer)),
    case("list: half a JSON", ALL, |stage| once_at_the_source(stage, Wrong::HalfJson)),
    case("list: HTML instead of JSON", ALL, |stage| once_at_the_source(stage, Wrong::WebPage)),
    case("list: bytes that are no text", ALL, |stage| once_at_the_source(stage, Wrong::Garbage)),
    case("list: redirected elsewhere", ALL, |stage| once_at_the_source(stage, Wrong::Redirect)),
    case("list: slower than the timeout", ALL, |stage| {
        impatient(stage);
        once_at_the_source(stage, Wrong::Slow { ms: SLOW_MS });
    }),
    case("write: dropped before it arrives", INTO_SYSTEMS, |stage| {
        once_at_the_target(stage, Wrong::DropBefore)
    }),
    case("write: dropped before the answer", INTO_SYSTEMS, |stage| {
        once_at_the_target(stage, Wrong::DropAfter)
    }),
    case("write: dropped in the answer", INTO_SYSTEMS, |stage| {
        once_at_the_target(stage, Wrong::DropMidAnswer)
    }),
    case("write: half a JSON", INTO_SYSTEMS, |stage| once_at_the_target(stage, Wrong::HalfJson)),
    case("write: HTML instead of JSON", INTO_SYSTEMS, |stage| once_at_the_target(stage, Wrong::WebPage)),
    case("write: redirected elsewhere", INTO_SYSTEMS, |stage| once_at_the_target(stage, Wrong::Redirect)),
    case("write: slower than the timeout", INTO_SYSTEMS, |stage| {
        impatient(stage);
        stage.set_app_variable("target_timeout_seconds", "8");
        arm_writes(stage, Wrong::Slow { ms: SLOW_MS });
        stage.call();
        // The target is still at work on it; nothing may be sent meanwhile.
        sleep(Duration::from_millis(SLOW_MS));
        stage.settle();
    }),
    case("write: done 20 s after the drop", INTO_SYSTEMS, |stage| {
        stage.set_app_variable("target_timeout_seconds", "25");
        arm_writes(stage, Wrong::DropThenWork { after_ms: 20_000 });
        for _ in 0..3 {
            stage.call();
        }
        sleep(Duration::from_secs(21));
        stage.settle();
    }),
    case("look: dropped before the answer", INTO_SYSTEMS, |stage| once_at_a_look(stage, Wrong::DropAfter)),
    case("look: dropped in the answer", INTO_SYSTEMS, |stage| once_at_a_look(stage, Wrong::DropMidAnswer)),
    case("look: half a JSON", INTO_SYSTEMS, |stage| once_at_a_look(stage, Wrong::HalfJson)),
    case("the source's name does not resolve", ALL, |stage| {
        unresolved(stage, &format!("{}_host", stage.facts.list.0.name()));
    }),
    case("the target's name does not resolve", ALL, |stage| {
        let target = stage.facts.write.map_or("mysql", |(system, _)| system.name());
        unresolved(stage, &format!("{target}_host"));
    }),
];

/// How late an answer is where requests have the patience of [`impatient`].
const SLOW_MS: u64 = 4500;

/// A short lease, which makes the patience with each request short: less than [`SLOW_MS`].
fn impatient(stage: &Stage) {
    stage.set_app_variable("lease_seconds", "6");
}

fn once_at_the_source(stage: &mut Stage, wrong: Wrong) {
    assert!(stage.arm(stage.facts.list, wrong, stage.facts.skip, Some(1)), "it can happen to all of them");
    if stage.flow == ORDERS {
        stage.arm((Okki, "OrderInfo"), wrong, 7, Some(1));
    }
    stage.settle();
}

fn arm_writes(stage: &Stage, wrong: Wrong) {
    let write = stage.facts.write.expect("a target that is a system");
    assert!(stage.arm(write, wrong, 1, Some(1)), "it can happen to all of them");
}

fn once_at_the_target(stage: &mut Stage, wrong: Wrong) {
    arm_writes(stage, wrong);
    stage.settle();
}

fn once_at_a_look(stage: &mut Stage, wrong: Wrong) {
    let look = stage.facts.look.expect("a target that is a system");
    assert!(stage.arm(look, wrong, 1, Some(1)), "it can happen to all of them");
    stage.settle();
}

/// A name that does not resolve until somebody mends it.
fn unresolved(stage: &mut Stage, variable: &str) {
    let host = if variable == "mysql_host" { "nowhere.invalid" } else { "nowhere.invalid:80" };
    stage.set_app_variable(variable, host);
    let answer = stage.call();
    let hint = answer.body["error"]["hint"].as_str().unwrap_or_default();
    stage.saw(answer.status == 502 && hint.contains(variable), &answer.body.to_string());
    stage.stop();
    stage.unset_app_variable(variable);
    stage.settle();
}
