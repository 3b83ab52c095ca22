//! The lease protocol (design.md 5), model-checked: the code of `ferry_sync::lease` itself, in every
//! interleaving of the contenders' effects. Three contenders with a crash at every step; two with a
//! crash, an error and an error after the deed at every step, hints, and more commits; two with
//! clocks that differ.
//!
//! A contender that makes no move for a while is one that stalls; "wakes up late and commits once
//! more" is therefore an interleaving like any other.
//! The second half of the tests breaks one rule at a time, and the checker has to notice.

mod world;

use ferry_sync::lease::acquire;
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use world::{Fault, Found, State, View, World};

const TWO: &str = "never two holders at a time";
const OLDER: &str = "a commit made in time is what the next holder finds";
const RESURFACED: &str = "a late commit is not found once there is a newer holder";
const STUCK: &str = "when all die, a newcomer gets in and finds the last commit";

fn properties() -> Vec<Property<World>> {
    vec![
        Property::always(TWO, |world, state: &State| state.holders(world) < 2),
        Property::always(OLDER, |_, state: &State| state.history.found != Some(Found::Older)),
        Property::always(RESURFACED, |_, state: &State| state.history.found != Some(Found::Resurfaced)),
        Property::always(STUCK, newcomer_gets_in),
        Property::sometimes("a holder with the third ticket", |_, state: &State| state.history.newest > 2),
        Property::sometimes("a late commit", |_, state: &State| !state.history.late.is_empty()),
    ]
}

/// Everybody dies now: one who keeps asking is in after two leases at most (the wait for `until`, then
/// that for a stamp), and what the clocks differ by.
fn newcomer_gets_in(world: &World, state: &State) -> bool {
    thread_local!(static KNOWN: RefCell<HashSet<u64>> = RefCell::default());
    let mut hasher = DefaultHasher::new();
    (state.now, &state.store, state.history.state, &state.history.late).hash(&mut hasher);
    let key = hasher.finish();
    if KNOWN.with_borrow(|known| known.contains(&key)) {
        return true;
    }
    let apart = world.ahead.iter().max().copied().unwrap_or(0);
    let mut store = state.store.clone();
    let got_in = (state.now..=state.now + 2 * world.lease as i64 + apart).any(|now| {
        acquire(&mut View { now, ahead: 0, world, store: &mut store }, world.terms())
            .is_ok_and(|acquired| state.history.allows(&acquired.state))
    });
    if got_in {
        KNOWN.with_borrow_mut(|known| known.insert(key));
    }
    got_in
}

/// Explores the whole world; no property may fail, and the sights that give them meaning must be seen.
fn holds(world: World) {
    let checker =
        world.clone().checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!("{} states, {} steps deep: {world:?}", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}

/// Explores a world until this property fails, as it must.
fn fails(property: &'static str, world: World) {
    let wanted = HasDiscoveries::AnyOf([property].into());
    let checker = world.clone().checker().threads(2).finish_when(wanted).spawn_bfs().join();
    let path = checker.discovery(property);
    assert!(path.is_some(), "\"{property}\" ought to fail in {world:?}");
    println!("{} steps to break \"{property}\": {world:?}", path.map_or(0, |path| path.into_actions().len()));
}

/// Two contenders with one clock; the tenure is a tick.
fn two_contenders() -> World {
    World {
        ahead: vec![0, 0],
        lease: 1,
        margin: 0,
        ticks: 3,
        tickets: 3,
        commits: 2,
        errors: true,
        hints: true,
        fault: None,
    }
}

fn broken(fault: Fault) -> World {
    World { fault: Some(fault), errors: false, hints: false, ..two_contenders() }
}

#[test]
fn three_contenders_and_crashes() {
    holds(World {
        ahead: vec![0, 0, 0],
        ticks: 2,
        commits: 1,
        errors: false,
        hints: false,
        ..two_contenders()
    });
}

#[test]
fn two_contenders_with_hints_and_a_failing_store() {
    holds(two_contenders());
}

#[test]
fn clocks_that_differ_by_no_more_than_the_margin() {
    holds(skewed(1));
}

/// One clock is so much ahead of the other's; the margin is one tick, and so is the tenure.
fn skewed(ahead: i64) -> World {
    World {
        ahead: vec![0, ahead],
        lease: 2,
        margin: 1,
        ticks: 4,
        commits: 1,
        errors: false,
        hints: false,
        ..two_contenders()
    }
}

#[test]
fn clocks_that_differ_by_more_than_the_margin_make_two_holders() {
    fails(TWO, skewed(2));
}

#[test]
fn without_the_rule_of_the_next_ticket_there_are_two_holders() {
    fails(TWO, broken(Fault::AnyTicketWill));
}

#[test]
fn without_until_there_are_two_holders() {
    fails(TWO, broken(Fault::UntilIgnored));
}

#[test]
fn a_stamp_that_need_not_grow_old_makes_two_holders() {
    fails(TWO, broken(Fault::StampTakenForOld));
}

#[test]
fn a_stamp_older_than_the_counter_it_names_makes_two_holders() {
    fails(TWO, broken(Fault::ClockBeforeCounter));
}

#[test]
fn a_tenure_counted_from_after_the_draw_makes_two_holders() {
    fails(TWO, broken(Fault::ClockAfterDraw));
}

#[test]
fn dropping_the_inherited_document_loses_commits() {
    fails(OLDER, broken(Fault::InheritedDropped));
}

#[test]
fn without_a_key_of_its_own_a_late_commit_resurfaces() {
    fails(RESURFACED, broken(Fault::OneKeyForAll));
}

#[test]
fn without_stamps_a_newcomer_waits_forever() {
    fails(STUCK, broken(Fault::StampsForgotten));
}
