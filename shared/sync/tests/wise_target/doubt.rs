//! Answers that do not come, tokens that end, and runs that are killed.

use super::world::{World, numbers, orders};
use crate::fuse::at_every_effect;
use ferry_platforms::Class;
use ferry_simulators::wise::{Fault, Misbehaviour, Numbering, Op, TokenRefusal, Work};
use ferry_sync::client::NO_TIME_LEFT;
use ferry_sync::host::Clock;
use ferry_sync::target::Outcome;
use std::time::Duration;

#[test]
fn a_save_without_a_usable_answer_is_in_doubt_and_the_next_look_decides() {
    let done = Work::Done;
    for (what, saved) in [
        (Misbehaviour::DropAfter, true),
        (Misbehaviour::DropBefore, false),
        (Misbehaviour::DropMidAnswer, true),
        (Misbehaviour::HalfJson, true),
        (Misbehaviour::Garbage, false),
        (Misbehaviour::Html, false),
        (Misbehaviour::Http500 { work: done }, true),
        (Misbehaviour::Http500 { work: Work::Undone }, false),
    ] {
        let world = World::new();
        let numbers = numbers(0..5);
        world.simulator.arm(Fault::next(&[Op::Save], what.clone()).skip(2));
        let mut target = world.open();
        let rows = world.map(&*target, &orders(&numbers));
        let failure = target.write(rows.clone()).unwrap_err();
        assert_eq!(failure.class, Class::Transport, "{what:?}: {}", failure.problem);
        assert!(target.is_in_doubt(), "{what:?}");
        assert_eq!(world.called(), [1, 1, 3], "{what:?}: it is not sent again without a look");
        assert_eq!(world.simulator.orders().len(), 2 + usize::from(saved), "{what:?}");

        target.reset();
        assert!(!target.is_in_doubt());
        let there = 2 + usize::from(saved);
        let mut expected = vec![Outcome::AlreadyThere; there];
        expected.resize(5, Outcome::Written);
        assert_eq!(target.write(rows).unwrap(), expected, "{what:?}");
        assert_eq!(world.called(), [0, 1, 5 - there as u64]);
        assert_eq!(world.stored(), numbers);
    }
}

#[test]
fn a_server_that_fails_and_speaks_of_a_token_does_not_get_the_order_twice() {
    for (status, text) in [
        (500, "<html><title>Invalid token in expression</title></html>"),
        (200, r#"{"StatusCode": 500, "Message": "Unexpected token", "Data": null}"#),
        (200, r#"{"StatusCode": 200, "Message": "Successful", "Data": null}"#),
    ] {
        let world = World::new();
        // Token, look, save.
        world.twisted.set(Some((2, status, text)));
        let mut target = world.open();
        let rows = world.map(&*target, &orders(&["A"]));
        assert_eq!(target.write(rows).unwrap_err().class, Class::Transport, "{text}");
        assert!(target.is_in_doubt(), "{text}");
        assert_eq!(world.called(), [1, 1, 1], "{text}");
        world.twisted.set(None);
        assert_eq!(world.write(&orders(&["A"])).unwrap(), [Outcome::AlreadyThere]);
    }
}

#[test]
fn a_look_that_fails_leaves_nothing_in_doubt_and_saves_nothing() {
    for what in [
        Misbehaviour::DropAfter,
        Misbehaviour::HalfJson,
        Misbehaviour::TooMany,
        Misbehaviour::EmptyPage,
        Misbehaviour::RepeatPreviousPage,
    ] {
        let world = World::new();
        world.write(&orders(&["A", "B"])).unwrap();
        world.write(&orders(&["B"])).unwrap();
        world.called();
        world.simulator.arm(Fault::next(&[Op::GetList], what.clone()).times(3));
        let mut target = world.open();
        let rows = world.map(&*target, &orders(&["A"]));
        let failure = target.write(rows).unwrap_err();
        assert!(matches!(failure.class, Class::Transport | Class::RateLimit), "{what:?} {failure:?}");
        assert!(!target.is_in_doubt(), "{what:?}");
        assert_eq!(world.called()[2], 0, "{what:?}");
        assert_eq!(world.stored(), ["A", "B"], "{what:?}");
    }
}

#[test]
fn a_token_that_ends_in_mid_page_is_renewed_once_and_the_order_saved_once() {
    for refusal in [TokenRefusal::StatusCode, TokenRefusal::Http401] {
        let world = World::new();
        world.simulator.set(|switches| switches.token_refusal = refusal);
        world.simulator.arm(Fault::next(&[Op::Save], Misbehaviour::TokenLost).skip(2));
        let numbers = numbers(0..5);
        assert_eq!(world.write(&orders(&numbers)).unwrap(), vec![Outcome::Written; 5]);
        assert_eq!(world.called(), [2, 1, 6]);
        assert_eq!(world.stored(), numbers);
    }
}

#[test]
fn a_token_refused_in_words_that_are_no_json_leaves_a_save_in_doubt_and_a_look_renews_it() {
    let world = World::new();
    world.simulator.set(|switches| switches.token_refusal = TokenRefusal::PlainText);
    world.simulator.arm(Fault::next(&[Op::Save], Misbehaviour::TokenLost).skip(1));
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&["A", "B", "C"]));
    assert_eq!(target.write(rows.clone()).unwrap_err().class, Class::Transport);
    assert!(target.is_in_doubt());
    assert_eq!(world.called(), [1, 1, 2]);
    target.reset();
    let expected = [Outcome::AlreadyThere, Outcome::Written, Outcome::Written];
    assert_eq!(target.write(rows).unwrap(), expected);
    assert_eq!(world.called(), [1, 2, 2]);
    assert_eq!(world.stored(), ["A", "B", "C"]);
}

#[test]
fn a_login_that_fails_after_a_refused_save_leaves_nothing_in_doubt() {
    let world = World::new();
    world.simulator.arm(Fault::next(&[Op::Save], Misbehaviour::TokenLost));
    world.simulator.arm(Fault::next(&[Op::TokenCreate], Misbehaviour::DropBefore).skip(1));
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&["A"]));
    assert_eq!(target.write(rows).unwrap_err().class, Class::Transport);
    assert!(!target.is_in_doubt());
    assert_eq!(world.stored(), [""; 0]);
}

#[test]
fn what_was_never_sent_is_not_in_doubt() {
    let mut world = World::new();
    world.until = Some(world.monotonic() + Duration::from_secs(30));
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&["A"]));
    // A request may take 60 s.
    assert_eq!(&*target.write(rows).unwrap_err().problem.code, NO_TIME_LEFT);
    assert!(!target.is_in_doubt());
    drop(target);

    let mut world = World::new();
    world.write(&orders(&["A"])).unwrap();
    world.denied = true;
    let mut target = world.open();
    let rows = world.map(&*target, &orders(&["B"]));
    assert_eq!(&*target.write(rows).unwrap_err().problem.code, "host_not_allowed");
    assert!(!target.is_in_doubt());
    drop(target);
    assert_eq!(world.stored(), ["A"]);
}

#[test]
fn killed_between_any_two_calls_the_next_run_completes_with_each_order_once() {
    for numbering in [Numbering::Own, Numbering::Honours] {
        let deaths = at_every_effect(|nth, done| {
            let world = World::new();
            world.simulator.set(|switches| switches.numbering = numbering);
            let page = orders(&numbers(0..3));
            if !world.fuse.kills(nth, done, || world.write(&page)) {
                return false;
            }
            let saved = world.simulator.orders().len();
            let expected = (nth + usize::from(done)).saturating_sub(2);
            assert_eq!(saved, expected, "{nth} {done}");

            world.sleep(Duration::from_secs(120));
            let outcomes = world.write(&page).unwrap();
            let there = outcomes.iter().filter(|outcome| **outcome == Outcome::AlreadyThere).count();
            assert_eq!(there, saved, "{nth} {done}");
            assert_eq!(world.stored(), numbers(0..3), "{nth} {done}");
            true
        });
        // Token, look, three saves.
        assert_eq!(deaths, 2 * 5, "{numbering:?}");
    }
}
