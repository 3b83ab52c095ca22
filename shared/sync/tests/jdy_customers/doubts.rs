//! Answers that do not come, or say nothing: whatever became of the work, each customer is there once in the end.

use crate::bench::{Bench, customer, customers, numbers};
use crate::fuse::at_every_effect;
use crate::{simulator, with};
use ferry_platforms::Class;
use ferry_simulators::jdy::{Duplicate, Fault, Misbehaviour, Op, Work};
use ferry_sync::target::Outcome;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_lost_answer_leaves_the_page_in_doubt_and_the_next_look_settles_it() {
    let lost = [
        (Misbehaviour::DropAfter, Some(true)),
        (Misbehaviour::DropBefore, Some(false)),
        (Misbehaviour::DropMidAnswer, Some(true)),
        (Misbehaviour::HalfJson, Some(true)),
        (Misbehaviour::NoData, Some(true)),
        (Misbehaviour::Garbage, Some(false)),
        (Misbehaviour::Http500 { work: Work::Done }, Some(true)),
        (Misbehaviour::Http500 { work: Work::Undone }, Some(false)),
        (Misbehaviour::DropThenWork { after_ms: 60 }, None),
    ];
    for (fault, done) in lost {
        for at in [0, 3, 11] {
            let jdy = simulator();
            // If the same customer were sent twice, this would hide it from the count of customers.
            jdy.set(|switches| switches.duplicate = Duplicate::Updates);
            let bench = Bench::keeping(&jdy);
            jdy.arm(Fault::next(&[Op::Save], fault.clone()).skip(at));
            let written = bench.write(&customers(12));
            assert_eq!(written.failed(), (Class::Transport, true), "{fault:?}: {written:?}");
            if let Some(done) = done {
                assert_eq!(bench.stored().len(), at + usize::from(done), "{fault:?}");
            }
            // The engine waits, and the page comes again.
            std::thread::sleep(Duration::from_millis(if done.is_none() { 200 } else { 0 }));
            let saved = bench.stored().len();
            let again = bench.write(&customers(12));
            assert_eq!(again.count(&Outcome::AlreadyThere), saved, "{fault:?}");
            assert_eq!(again.count(&Outcome::Written), 12 - saved);
            assert!(!again.in_doubt);
            assert_eq!(bench.stored(), numbers(12));
            let undone = usize::from(done == Some(false));
            assert_eq!(jdy.called(Op::Save) as usize, 12 + undone, "{fault:?}");
        }
    }
}

#[test]
fn a_lost_answer_to_an_update_is_settled_by_the_next_look() {
    for (fault, done) in [
        (Misbehaviour::DropAfter, true),
        (Misbehaviour::HalfJson, true),
        (Misbehaviour::DropBefore, false),
        (Misbehaviour::Garbage, false),
    ] {
        let jdy = simulator();
        let bench = Bench::updating(&jdy);
        bench.write(&customers(2));
        let id = jdy.customer("S001").unwrap().id;
        let renamed = [customer("S000"), with(customer("S001"), json!({"name": "新名", "addr": "南京路"}))];
        jdy.arm(Fault::next(&[Op::Save], fault.clone()));
        assert_eq!(bench.write(&renamed).failed(), (Class::Transport, true), "{fault:?}");
        let again = bench.write(&renamed);
        let known = 1 + usize::from(done);
        assert_eq!(again.count(&Outcome::AlreadyThere), known, "{fault:?}");
        assert_eq!(again.count(&Outcome::Written), 2 - known, "{fault:?}");
        let there = jdy.customer("S001").unwrap();
        assert_eq!((there.id, there.name.as_str()), (id, "新名"));
        assert_eq!(bench.stored(), numbers(2));
    }
}

#[test]
fn a_web_page_in_place_of_an_answer_stops_the_flow_in_doubt() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    jdy.arm(Fault::next(&[Op::Save], Misbehaviour::Html).skip(2));
    assert_eq!(bench.write(&customers(5)).failed(), (Class::Fatal, true));
    let again = bench.write(&customers(5));
    assert_eq!((again.count(&Outcome::AlreadyThere), again.count(&Outcome::Written)), (2, 3));
    assert_eq!(bench.stored(), numbers(5));
}

#[test]
fn a_lost_answer_to_a_question_leaves_nothing_in_doubt() {
    for fault in [Misbehaviour::DropBefore, Misbehaviour::HalfJson, Misbehaviour::Garbage] {
        let jdy = simulator();
        let bench = Bench::keeping(&jdy);
        jdy.arm(Fault::next(&[Op::Detail], fault).skip(4));
        assert_eq!(bench.write(&customers(12)).failed(), (Class::Transport, false));
        let again = bench.write(&customers(12));
        assert_eq!((again.count(&Outcome::AlreadyThere), again.count(&Outcome::Written)), (4, 8));
    }
}

#[test]
fn the_engine_is_told_how_long_a_save_may_be_at_work() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    let flow = bench.load().unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(flow.target.settles_after(), Duration::from_secs(60));
    assert!(flow.target.settles_after() >= 2 * ferry_platforms::jdy::LONGEST_ANSWER);
}

#[test]
fn killed_at_any_call_each_customer_is_there_once() {
    for update in [false, true] {
        let deaths = at_every_effect(|call, done| {
            let jdy = simulator();
            jdy.set(|switches| switches.duplicate = Duplicate::Updates);
            let bench = if update { Bench::updating(&jdy) } else { Bench::keeping(&jdy) };
            let killed = bench.fuse.kills(call, done, || bench.write(&customers(11)));
            let before = jdy.called(Op::Save);
            // By then another has the right to renew the token.
            ferry_sync::host::Clock::sleep(&bench.world, Duration::from_secs(120));
            assert_eq!(before as usize, bench.stored().len());
            let written = bench.write(&customers(11));
            assert_eq!(written.dead(), [], "{call} {done}");
            assert_eq!(bench.stored(), numbers(11), "{call} {done}");
            assert_eq!(jdy.called(Op::Save), 11, "{call} {done}: none was sent twice");
            killed
        });
        assert!(deaths >= 2 * 23, "{deaths}");
    }
}
