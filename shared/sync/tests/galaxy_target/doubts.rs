//! Answers that do not come, or say nothing: whatever became of the work, each bill is there once in the end.

use crate::bench::{Bench, bills};
use crate::fuse::at_every_effect;
use ferry_platforms::Class;
use ferry_simulators::galaxy::{Fault, Misbehaviour, Op};
use ferry_sync::target::Outcome;
use std::time::Duration;

fn all_there(bench: &Bench, count: usize) {
    let expected: Vec<_> = (0..count).map(|n| (format!("T{n:02}"), "C".to_owned(), 2)).collect();
    assert_eq!(bench.stored(), expected);
}

#[test]
fn a_lost_answer_leaves_the_page_in_doubt_and_the_next_look_settles_it() {
    let lost = [
        (Misbehaviour::DropAfter, true),
        (Misbehaviour::DropBefore, false),
        (Misbehaviour::DropMidAnswer, true),
        (Misbehaviour::HalfJson, true),
        (Misbehaviour::Garbage, false),
        (Misbehaviour::Html, false),
    ];
    for (fault, done) in lost {
        for batch in 0..3 {
            let bench = Bench::new();
            bench.galaxy.arm(Fault::next(&[Op::BatchSave], fault.clone()).skip(batch));
            let written = bench.write(&bills(50));
            let class = if fault == Misbehaviour::Html { Class::Fatal } else { Class::Transport };
            assert_eq!(written.failed(), (class, true), "{fault:?}: {written:?}");
            assert!(bench.galaxy.faults()[0].fired > 0, "{fault:?}");
            let saved = bench.stored().len();
            let expected = batch * 20 + if done { [20, 20, 10][batch] } else { 0 };
            assert!(
                saved == expected || matches!(fault, Misbehaviour::Garbage | Misbehaviour::Html),
                "{fault:?} {saved}"
            );
            // The engine waits, and the page comes again.
            let again = bench.write(&bills(50));
            assert_eq!(again.count(&Outcome::AlreadyThere), saved, "{fault:?}: {again:?}");
            assert_eq!(again.count(&Outcome::Written), 50 - saved);
            all_there(&bench, 50);
        }
    }
}

#[test]
fn a_lost_answer_to_the_audit_is_in_doubt_too() {
    for (operation, fault) in [
        (Op::Submit, Misbehaviour::DropAfter),
        (Op::Audit, Misbehaviour::DropAfter),
        (Op::Audit, Misbehaviour::DropBefore),
    ] {
        let bench = Bench::new();
        for number in 0..3 {
            bench.galaxy.add_bill(crate::FORM, &crate::bill(&format!("T{number:02}")), 'A').unwrap();
        }
        bench.galaxy.arm(Fault::next(&[operation], fault));
        assert_eq!(bench.write(&bills(3)).failed(), (Class::Transport, true));
        assert_eq!(bench.write(&bills(3)).count(&Outcome::AlreadyThere), 3);
        all_there(&bench, 3);
    }
}

#[test]
fn a_look_that_fails_leaves_nothing_in_doubt() {
    let bench = Bench::new();
    bench.galaxy.arm(Fault::next(&[Op::ExecuteBillQuery], Misbehaviour::DropBefore).skip(1));
    // The first look was the comparison's.
    assert_eq!(bench.write(&bills(3)).failed(), (Class::Transport, false));
    assert!(bench.stored().is_empty());
}

#[test]
fn a_refusal_for_the_number_of_calls_is_definite() {
    let bench = Bench::new();
    bench.galaxy.arm(Fault::next(&[Op::BatchSave], Misbehaviour::CallLimit));
    assert_eq!(bench.write(&bills(3)).failed(), (Class::RateLimit, false));
    bench.write(&bills(3));
    all_there(&bench, 3);
}

#[test]
fn nothing_is_begun_that_could_not_end_within_the_lease() {
    let bench = Bench::new();
    // Time for the looks, and none for a save.
    let written = bench.write_within(&bills(3), Duration::from_millis(30_200));
    let failure = written.result.as_ref().expect_err("no time");
    assert_eq!((&*failure.problem.code, written.in_doubt), ("no_time_left", false));
    assert!(bench.stored().is_empty());
}

#[test]
fn killed_between_any_two_calls_each_bill_is_there_once_and_audited() {
    let deaths = at_every_effect(|call, done| {
        let bench = Bench::new();
        bench.galaxy.add_bill(crate::FORM, &crate::bill("T03"), 'A').unwrap();
        if !bench.fuse.kills(call, done, || bench.write(&bills(45))) {
            return false;
        }
        bench.write(&bills(45));
        all_there(&bench, 45);
        true
    });
    // Two looks, three saves, the look afterwards, submit, audit.
    assert_eq!(deaths, 2 * 8);
}
