//! The engine's promises, over a world in memory.

mod world;

use ferry_platforms::Class;
use ferry_sync::hold::NotNow;
use ferry_sync::host::Store;
use ferry_sync::report::Report;
use ferry_sync::run::Limits;
use ferry_sync::shanghai;
use ferry_sync::state::{Keys, State};
use ferry_sync::store::FlowStore;
use std::collections::BTreeSet;
use std::time::Duration;
use world::fuse::at_every_effect;
use world::{NOON, Row, World};

const FLOW: &str = "galaxy-materials-to-mysql";
/// Longer than any lease of this flow.
const LEASE: Duration = Duration::from_secs(185);

fn state(world: &World) -> State {
    let mut store = FlowStore::new(world.host(), Keys(FLOW.into()));
    match store.newest().unwrap().expect("a state").state {
        ferry_sync::lease::Inherited::State(state) => state,
        other => panic!("no state: {other:?}"),
    }
}

fn bad(world: &World, row: usize) {
    world.rows.borrow_mut()[row].name = format!("bad {row}");
}

fn run(world: &World) -> Report {
    world.run().unwrap_or_else(|why| panic!("{}", why.into_problem()))
}

/// Runs until there is no more, a lease and an interval apart.
fn drain(world: &World) {
    for _ in 0..50 {
        world.advance(LEASE);
        match world.run() {
            Ok(report) if !report.has_more => return,
            // A drawer that died at once is waited for; a store that failed is tried again.
            Ok(_) | Err(NotNow::Busy(_) | NotNow::Store(_)) => {}
            Err(why) => panic!("{}", why.into_problem()),
        }
    }
    panic!("it never ends");
}

fn dead_ids(world: &World) -> BTreeSet<String> {
    let state = state(world);
    let index = ferry_sync::dead::Index::load(world, &Keys(FLOW.into()), &state.dead).unwrap();
    index.entries().map(|entry| entry.id.clone()).collect()
}

#[test]
fn every_row_arrives_and_the_watermark_moves_to_the_windows_end() {
    let world = World::new(25);
    let report = run(&world);
    assert_eq!(world.table.take(), world.expected());
    assert_eq!((report.counts.pages, report.counts.records, report.counts.written), (7, 25, 25));
    assert_eq!(report.watermark.as_deref(), Some("2026-11-20 11:59:30"), "now less the safety lag");
    assert_eq!(report.window.unwrap().begin, "2026-10-31 23:50:00", "the start less the look-back");
    assert!(!report.has_more && report.error.is_none());
}

#[test]
fn an_idle_run_makes_one_source_call_and_at_most_eight_writes() {
    let world = World::new(25);
    run(&world);
    world.advance(Duration::from_secs(300));
    world.asked.borrow_mut().clear();
    world.writes.set(0);
    let report = run(&world);
    assert_eq!((report.calls.source, report.counts.records), (1, 0));
    assert!(world.writes.get() <= 8, "{} writes", world.writes.get());
}

#[test]
fn a_run_writes_at_most_eight_times_and_twice_a_page() {
    let world = World::new(400);
    world.page_time.set(Duration::from_millis(300));
    let report = run(&world);
    let most = 8 + 2 * usize::try_from(report.counts.pages).unwrap();
    assert!(world.writes.get() <= most, "{} writes for {} pages", world.writes.get(), report.counts.pages);
}

/// The heart of the matter: whatever the effect at which an invocation dies, and whether it was done or not.
#[test]
fn a_kill_at_any_effect_loses_and_doubles_nothing() {
    let deaths = at_every_effect(|effect, done| {
        let world = World::new(25);
        bad(&world, 9);
        world.page_time.set(Duration::from_millis(130));
        if !world.run_killed_at(effect, done) {
            return false;
        }
        // A row changes before the next run, as rows do.
        world.advance(LEASE);
        world.rows.borrow_mut()[3].name = "改名".into();
        world.rows.borrow_mut()[3].modified = world.wall.get() / 1000 - 40;
        drain(&world);
        assert_eq!(*world.table.borrow(), world.expected(), "killed at effect {effect}, done: {done}");
        assert_eq!(dead_ids(&world), BTreeSet::from(["5009".into()]), "effect {effect}, done: {done}");
        assert!(state(&world).watermark >= NOON, "effect {effect}, done: {done}");
        true
    });
    assert!(deaths > 60, "only {deaths} deaths");
}

/// A run with a full basket: dead letters that are due, rubbish of the run before, a window.
#[test]
fn a_kill_while_dead_letters_are_retried_loses_none() {
    let deaths = at_every_effect(|effect, done| {
        let world = World::new(12);
        for row in [1, 4, 7, 8, 10] {
            bad(&world, row);
        }
        run(&world);
        // One is mended in the target's eyes, one is deleted at the source, the others stay bad.
        world.rows.borrow_mut()[1].name = "好了".into();
        world.rows.borrow_mut().remove(4);
        world.advance(Duration::from_secs(400));
        if !world.run_killed_at(effect, done) {
            return false;
        }
        drain(&world);
        assert_eq!(world.table.borrow().get("5001").map(|row| row.0.as_str()), Some("好了"));
        let expected = ["5004", "5007", "5008", "5010"].map(String::from);
        assert_eq!(dead_ids(&world), BTreeSet::from(expected), "effect {effect}, done: {done}");
        let summary = state(&world).dead;
        assert_eq!(summary.parked, 1, "the one that is no longer at the source waits for a person");
        // Nothing is left in the store that the state does not speak of.
        drain(&world);
        let letters = world.store.borrow().keys().filter(|key| key.starts_with("dead/")).count();
        assert!((4..=5).contains(&letters), "{letters} letters, effect {effect}");
        true
    });
    assert!(deaths > 20, "only {deaths} deaths");
}

#[test]
fn a_bad_row_becomes_one_dead_letter_and_its_neighbours_land() {
    let world = World::new(10);
    bad(&world, 5);
    let report = run(&world);
    assert_eq!((report.counts.written, report.counts.dead), (9, 1));
    assert_eq!(*world.table.borrow(), world.expected());
    let letters = world.store.borrow().iter().filter(|(key, _)| key.starts_with("dead/")).count();
    assert_eq!(letters, 1);
    let everything: Vec<u8> = world.store.borrow().values().flatten().copied().collect();
    assert!(!String::from_utf8_lossy(&everything).contains("bad 5"), "payloads are sealed");
}

#[test]
fn dead_letters_are_retried_with_growing_delays_then_parked() {
    let world = World::new(3);
    bad(&world, 1);
    run(&world);
    let due = |world: &World| state(world).dead.pages[0].next_due;
    let mut delays = Vec::new();
    while let Some(next) = due(&world) {
        delays.push(next - world.wall.get() / 1000);
        world.wall.set(next * 1000);
        run(&world);
    }
    let minutes: Vec<i64> = delays.iter().map(|delay| (delay + 30) / 60).collect();
    assert_eq!(minutes, [5, 30, 120]);
    assert_eq!((state(&world).dead.waiting, state(&world).dead.parked), (0, 1));
}

#[test]
fn dead_letters_that_cannot_be_read_again_do_not_hold_up_what_is_new() {
    let world = World::new(3);
    bad(&world, 1);
    run(&world);
    world.no_single_records.set(true);
    world.advance(Duration::from_secs(400));
    let now = world.wall.get() / 1000;
    world.rows.borrow_mut().push(Row { key: 900, id: 1, name: "新".into(), modified: now - 60 });
    let report = run(&world);
    assert!(report.error.is_none() && &*report.notes[0].code == "planned");
    assert!(world.table.borrow().contains_key("1"));
    assert_eq!(state(&world).dead.waiting, 1, "and they stay due");
}

#[test]
fn a_later_delivery_clears_the_dead_letter() {
    let world = World::new(3);
    bad(&world, 1);
    run(&world);
    assert_eq!(dead_ids(&world).len(), 1);
    world.advance(Duration::from_secs(120));
    world.rows.borrow_mut()[1] =
        Row { key: 103, id: 5001, name: "好".into(), modified: world.wall.get() / 1000 - 60 };
    let report = run(&world);
    assert_eq!((report.counts.written, report.retried.tried), (1, 0));
    assert!(dead_ids(&world).is_empty());
    // The run after it takes away what is no longer needed.
    world.advance(Duration::from_secs(120));
    run(&world);
    assert_eq!(world.store.borrow().keys().filter(|key| key.starts_with("dead")).count(), 0);
}

#[test]
fn a_record_modified_during_the_scan_is_not_skipped() {
    let world = World::new(25);
    world.after_page.replace(Some(Box::new(|world: &World, page| {
        let now = world.wall.get() / 1000;
        // A row that has been read, one that has not, and a new one, all stamped after the window's end.
        for row in
            world.rows.borrow_mut().iter_mut().filter(|row| page == 3 && (row.id == 5000 || row.id == 5024))
        {
            row.name = format!("改于第{page}页");
            row.modified = now + 1;
        }
        if page == 4 {
            world.rows.borrow_mut().push(Row { key: 1, id: 9999, name: "新".into(), modified: now + 1 });
        }
    })));
    run(&world);
    world.after_page.replace(None);
    world.advance(Duration::from_secs(300));
    run(&world);
    assert_eq!(*world.table.borrow(), world.expected());
}

#[test]
fn the_watermark_stays_behind_a_source_whose_clock_is_slow() {
    let world = World::new(5);
    world.source_clock_off.set(-600);
    let report = run(&world);
    assert_eq!(report.watermark.as_deref(), Some("2026-11-20 11:49:30"));
    assert_eq!(&*report.notes[0].code, "clock_skew");
    // A row stamped by that slow clock, inside what our own clock takes for the past.
    world.rows.borrow_mut().push(Row { key: 50, id: 1, name: "慢".into(), modified: NOON - 590 });
    world.advance(Duration::from_secs(300));
    run(&world);
    assert!(world.table.borrow().contains_key("1"));
}

#[test]
fn a_clock_that_went_back_stops_the_flow_with_a_clear_error() {
    let world = World::new(5);
    run(&world);
    world.wall.set(world.wall.get() - 3_600_000);
    let report = run(&world);
    assert_eq!(&*report.error.unwrap().code, "watermark_in_future");
    assert_eq!(state(&world).failures, 1);
    world.wall.set(world.wall.get() + 3_700_000);
    assert!(run(&world).error.is_none());
    assert_eq!(state(&world).failures, 0);
}

/// One page, or no time: the failure is told, and counted, though nothing is left to try again with.
#[test]
fn a_target_that_is_down_does_not_look_like_a_budget_that_is_spent() {
    for (max_pages, budget) in [(Some(1), Duration::from_secs(20)), (None, Duration::from_millis(400))] {
        let world = World::new(3);
        world.target_failures.replace(vec![Class::Transport; 9]);
        let report = world.run_within(Limits { max_pages, budget, accept_dead: false }).unwrap();
        assert_eq!(report.error.as_ref().map(|error| &*error.code), Some("planned"), "{report:?}");
        assert_eq!((report.counts.pages, report.has_more), (0, true));
        world.target_failures.borrow_mut().clear();
        let report = world.run().unwrap();
        assert_eq!((report.error, report.counts.written), (None, 3));
    }
}

#[test]
fn a_budget_ends_a_run_cleanly_and_the_next_one_goes_on() {
    let world = World::new(25);
    let limits = Limits { max_pages: Some(2), budget: Duration::from_secs(20), accept_dead: false };
    let report = world.run_within(limits).unwrap();
    assert_eq!((report.counts.pages, report.counts.written, report.has_more), (2, 8, true));
    assert_eq!(report.watermark.as_deref(), Some("2026-11-01 00:00:00"), "not before the window is done");
    assert!(report.error.is_none());
    let limits = Limits { max_pages: None, budget: Duration::ZERO, accept_dead: false };
    let report = world.run_within(limits).unwrap();
    assert_eq!(report.counts.pages, 1, "one page at least");
    drain(&world);
    assert_eq!(*world.table.borrow(), world.expected());
    assert_eq!(world.delivered.borrow().len(), 25, "and nothing twice");
}

#[test]
fn a_page_is_under_way_while_the_one_before_it_is_written() {
    let world = World::new(11);
    run(&world);
    assert_eq!(world.asked.borrow().len(), 4, "three pages and the empty one, none asked for twice");
}

#[test]
fn a_target_that_loses_its_transaction_is_written_again() {
    let world = World::new(25);
    world.target_failures.replace(vec![Class::Transport]);
    let report = run(&world);
    assert!(report.error.is_none());
    assert_eq!(report.counts.written, 25);
    assert_eq!(*world.table.borrow(), world.expected());
}

#[test]
fn a_target_that_stays_down_costs_nothing_but_time() {
    let world = World::new(25);
    world.target_failures.replace(vec![Class::Transport; 3]);
    let report = run(&world);
    assert_eq!(&*report.error.unwrap().code, "planned");
    assert_eq!(report.counts.records, 0);
    assert!(dead_ids(&world).is_empty(), "a target that is down makes no dead letters");
    drain(&world);
    assert_eq!(*world.table.borrow(), world.expected());
}

#[test]
fn a_target_that_refuses_a_page_for_good_stops_the_run_before_it() {
    let world = World::new(25);
    let limits = Limits { max_pages: Some(3), budget: Duration::from_secs(20), accept_dead: false };
    world.run_within(limits).unwrap();
    world.target_failures.replace(vec![Class::Fatal]);
    let report = run(&world);
    assert!(report.error.is_some());
    assert_eq!(world.table.borrow().len(), 12);
    drain(&world);
    assert_eq!(*world.table.borrow(), world.expected(), "the page that was refused is not passed by");
}

#[test]
fn pages_are_asked_for_again_by_the_class_of_the_error() {
    for (classes, works) in [
        (vec![Class::Transport, Class::RateLimit, Class::Transport], true),
        (vec![Class::Transport; 4], false),
        (vec![Class::Credentials], true),
        (vec![Class::Credentials; 2], false),
        (vec![Class::Fatal], false),
    ] {
        let world = World::new(5);
        world.source_failures.replace(classes.clone());
        let report = run(&world);
        assert_eq!(report.error.is_none(), works, "{classes:?}");
        drain(&world);
        assert_eq!(*world.table.borrow(), world.expected(), "{classes:?}");
    }
}

#[test]
fn a_source_that_asks_for_patience_is_given_it() {
    for (after, pages) in [(0, 0), (3, 3)] {
        let world = World::new(25);
        let limited = move |world: &World, page| {
            if page == after {
                world.source_failures.replace(vec![Class::RateLimit; 4]);
            }
        };
        limited(&world, 0);
        world.after_page.replace(Some(Box::new(limited)));
        let report = run(&world);
        assert_eq!((report.counts.pages, report.has_more), (pages, true));
        assert_eq!(report.retry_after, (pages == 0).then_some(60));
        assert_eq!(report.error.is_none(), pages > 0, "what was carried is no failure");
        world.after_page.replace(None);
        world.source_failures.borrow_mut().clear();
        drain(&world);
        assert_eq!(*world.table.borrow(), world.expected());
    }
}

#[test]
fn an_empty_page_that_lies_ends_nothing() {
    // In place of the first page, after a full one, and after pages that the server clamped.
    for (lie_after, page_size) in [(0, "4"), (1, "4"), (3, "4"), (2, "2000"), (3, "2000")] {
        let world = World::new(25);
        let file =
            world.flow_file.borrow().replace("\"pageSize\": 2000", &format!("\"pageSize\": {page_size}"));
        world.flow_file.replace(file);
        if lie_after == 0 {
            world.empty_pages.set(1);
        }
        world.after_page.replace(Some(Box::new(move |world: &World, page| {
            if page == lie_after {
                world.empty_pages.set(1);
            }
        })));
        run(&world);
        assert_eq!(*world.table.borrow(), world.expected(), "a lie after page {lie_after}");
    }
}

#[test]
fn what_was_written_before_the_source_failed_is_kept() {
    let world = World::new(25);
    world.after_page.replace(Some(Box::new(|world: &World, page| {
        if page == 4 {
            world.source_failures.replace(vec![Class::Fatal]);
        }
    })));
    let report = run(&world);
    assert!(report.error.is_some());
    assert_eq!(report.counts.written, 16);
    world.after_page.replace(None);
    drain(&world);
    assert_eq!(*world.table.borrow(), world.expected());
    assert_eq!(world.delivered.borrow().len(), 25, "nothing twice");
}

#[test]
fn a_failed_commit_is_not_taken_for_done() {
    for write in 0..12 {
        let world = World::new(25);
        bad(&world, 9);
        world.store_fails.borrow_mut().insert(write);
        let _ = world.run();
        drain(&world);
        assert_eq!(*world.table.borrow(), world.expected(), "write {write} failed");
        assert_eq!(dead_ids(&world), BTreeSet::from(["5009".into()]), "write {write} failed");
    }
}

#[test]
fn a_second_run_is_refused_while_one_holds_the_lease() {
    let world = World::new(25);
    // Killed in the middle: as far as anybody can tell it is still at work.
    assert!(world.run_killed_at(12, true));
    match world.run() {
        Err(NotNow::Busy(problem)) => assert_eq!(&*problem.code, "already_running"),
        other => panic!("{other:?}"),
    }
    world.advance(LEASE);
    assert!(world.run().is_ok());
}

#[test]
fn without_a_beginning_nothing_runs_and_nothing_is_invented() {
    let world = World::new(5);
    let mut variables = world.variables();
    variables.remove("start");
    let flow =
        ferry_sync::flow::Flow::load(&world::component(world::FLOW_FILE), &world::Given(variables)).unwrap();
    for _ in 0..2 {
        let result = ferry_sync::hold::holding(world.host(), &flow, None, |_, _| ());
        match result {
            Err(NotNow::NotInitialised(problem)) => {
                assert!(problem.hint.contains("galaxy_materials_to_mysql_start"), "{}", problem.hint);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(world.run().is_ok(), "and setting it is all that is needed");
}

#[test]
fn a_full_scan_finds_what_no_date_tells_of() {
    let world = World::new(10);
    run(&world);
    // Changed without a trace in its dates, as a correction in the database does.
    world.rows.borrow_mut()[2].name = "暗改".into();
    world.rows.borrow_mut()[2].modified = NOON - 30 * 86_400;
    drain(&world);
    assert_ne!(world.table.borrow()["5002"].0, "暗改");
    // 03:17 in Shanghai comes round.
    world.advance(Duration::from_secs(16 * 3600));
    let report = run(&world);
    assert!(report.full_scan);
    assert_eq!(world.table.borrow()["5002"].0, "暗改");
    world.advance(Duration::from_secs(300));
    assert!(!run(&world).full_scan, "once a day");
}

#[test]
fn ten_thousand_dead_letters_are_indexed_in_pages_that_stay_small() {
    let world = World::new(1200);
    world.page_size.set(2000);
    for row in 0..1200 {
        bad(&world, row);
    }
    let all = Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: true };
    world.run_within(all).unwrap();
    let state = state(&world);
    assert_eq!((state.dead.waiting, state.dead.pages.len()), (1200, 3));
    let largest = world
        .store
        .borrow()
        .iter()
        .filter(|(key, _)| key.starts_with("deadindex/"))
        .map(|(_, v)| v.len())
        .max();
    assert!(largest.unwrap() < 200_000);
    assert_eq!(dead_ids(&world).len(), 1200);
}

#[test]
fn a_target_that_refuses_everything_does_not_turn_a_backlog_into_dead_letters() {
    let world = World::new(400);
    world.page_size.set(30);
    for row in 0..400 {
        bad(&world, row);
    }
    for round in 1..4 {
        let report = run(&world);
        let error = report.error.clone().expect("it stops and says so");
        assert_eq!(&*error.code, "refused_in_a_row");
        assert!(error.message.contains("is too long") && error.hint.contains("accept_dead"), "{error}");
        assert_eq!((report.has_more, state(&world).failures), (true, round));
        assert!(dead_ids(&world).len() <= 100, "{}", dead_ids(&world).len());
        world.advance(Duration::from_secs(300));
    }
    // The cause is mended: all of them land, those that have letters too.
    for row in world.rows.borrow_mut().iter_mut() {
        row.name = "好".into();
    }
    world.advance(Duration::from_secs(2 * 3600));
    drain(&world);
    world.advance(Duration::from_secs(2 * 3600));
    drain(&world);
    assert_eq!(*world.table.borrow(), world.expected());
    assert!(dead_ids(&world).is_empty());
}

#[test]
fn a_bad_row_among_good_ones_stops_nothing_however_many_there_are() {
    let world = World::new(400);
    for row in (0..400).step_by(2) {
        bad(&world, row);
    }
    let report = run(&world);
    assert_eq!((report.counts.written, report.counts.dead, report.error), (200, 200, None));
}

#[test]
fn parked_letters_are_kept_as_long_as_the_operator_says() {
    let world = World::new(6);
    bad(&world, 2);
    world.more.borrow_mut().insert("dead_retention_days", "30".into());
    run(&world);
    for _ in 0..4 {
        world.advance(Duration::from_secs(3 * 3600));
        run(&world);
    }
    assert_eq!(state(&world).dead.parked, 1);
    world.advance(Duration::from_secs(20 * 86_400));
    run(&world);
    assert_eq!(state(&world).dead.parked, 1, "not yet");
    world.advance(Duration::from_secs(11 * 86_400));
    let report = run(&world);
    assert_eq!((state(&world).dead.parked, &*report.notes[0].code), (0, "dead_forgotten"));
    // Without the variable they stay.
    let world = World::new(6);
    bad(&world, 2);
    for _ in 0..5 {
        run(&world);
        world.advance(Duration::from_secs(3 * 3600));
    }
    world.advance(Duration::from_secs(400 * 86_400));
    run(&world);
    assert_eq!(state(&world).dead.parked, 1);
}

#[test]
fn a_shorter_lease_shortens_what_a_run_may_take() {
    let world = World::new(400);
    world.more.borrow_mut().insert("lease_seconds", "2".into());
    let delivery = world.flow().file.delivery;
    assert!(delivery.budget + delivery.request_timeout < Duration::from_secs(2), "{delivery:?}");
    assert!(delivery.budget >= Duration::from_millis(500));
    world.page_time.set(Duration::from_millis(50));
    let report = world.run_within(Limits { max_pages: None, budget: delivery.budget, accept_dead: false });
    assert!(report.unwrap().has_more);
    // One that dies holds the flow for two seconds, no longer.
    assert!(world.run_killed_at(6, true));
    assert!(world.run().is_err());
    world.advance(Duration::from_millis(2100));
    assert!(world.run().is_ok());
    for wrong in ["1", "901", "ten"] {
        world.more.borrow_mut().insert("lease_seconds", wrong.into());
        assert!(world.try_flow().err().unwrap().message.contains("lease_seconds"), "{wrong}");
    }
}

#[test]
fn an_operators_watermark_drops_the_open_window_and_is_in_the_history() {
    let world = World::new(25);
    let limits = Limits { max_pages: Some(1), budget: Duration::from_secs(20), accept_dead: false };
    world.run_within(limits).unwrap();
    assert!(state(&world).window.is_some());
    let to = shanghai::parse("2026-11-20 00:00:00").unwrap();
    world.invoke(limits, |run| run.set_watermark(to)).unwrap();
    let state = state(&world);
    assert_eq!((state.watermark, state.window), (to, None));
    assert_eq!(&*state.reports[0].notes[0].code, "watermark_set");
}

#[test]
fn a_dry_run_reads_and_writes_nothing() {
    let world = World::new(25);
    let before = world.store.borrow().clone();
    let flow = world.flow();
    let state = ferry_sync::hold::looking(world.host(), &flow).unwrap();
    let limits = Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: false };
    let (source, target) = (Box::new(world::Memory(&world)), Box::new(world::Memory(&world)));
    let trigger = ferry_sync::report::Trigger::Webhook;
    let run =
        ferry_sync::run::Run::new(world.host(), &flow, source, target, None, None, limits, trigger, state);
    let report = run.dry_run();
    assert_eq!((report.counts.records, report.counts.pending), (25, 25));
    assert_eq!(report.dry_run.unwrap().len(), 5);
    assert_eq!(*world.store.borrow(), before);
    assert_eq!(world.writes.get(), 0);
    assert!(world.table.borrow().is_empty());
}

#[test]
fn a_damaged_state_is_named_and_nothing_overwrites_it() {
    let world = World::new(5);
    run(&world);
    let hint = String::from_utf8(world.get(&format!("flow/{FLOW}")).unwrap().unwrap()).unwrap();
    let key = format!("flow/{FLOW}/{hint}");
    world.store.borrow_mut().insert(key.clone(), b"{\"half".to_vec());
    match world.run() {
        Err(NotNow::Store(problem)) => assert!(problem.message.contains(&key), "{problem}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.get(&key).unwrap().unwrap(), b"{\"half");
}

/// The store under a run is lost: nobody is to be told that all is well.
#[test]
fn a_run_whose_store_is_emptied_stops_and_the_next_one_begins_again() {
    let world = World::new(40);
    let report = emptied_after_page(&world, 3, |world| {
        world.store.borrow_mut().clear();
        world.counters.borrow_mut().clear();
    });
    assert_eq!(report.error.expect("an error").code.as_ref(), "store_set_back");
    assert!(world.store.borrow().is_empty(), "nothing was written into the new store");
    drain(&world);
    assert_eq!(*world.table.borrow(), world.expected());
}

/// Another run has drawn the same ticket from a store that was set back: it is left alone.
#[test]
fn a_run_whose_ticket_was_drawn_again_writes_nothing_over_the_others_state() {
    let world = World::new(40);
    let anothers = |world: &World| {
        let keys = Keys(FLOW.into());
        let mut store = world.store.borrow_mut();
        let document = store.get_mut(&keys.state(1)).expect("our document");
        let mut other: serde_json::Value = serde_json::from_slice(document).unwrap();
        other["until"] = (other["until"].as_i64().unwrap() + 1).into();
        *document = other.to_string().into_bytes();
    };
    let report = emptied_after_page(&world, 3, anothers);
    assert_eq!(report.error.expect("an error").code.as_ref(), "store_set_back");
    let store = world.store.borrow();
    let left: serde_json::Value = serde_json::from_slice(&store[&Keys(FLOW.into()).state(1)]).unwrap();
    assert_eq!(left["status"], "held", "as the other left it");
}

/// Runs, and lets this happen to the store after so many pages.
fn emptied_after_page(world: &World, page: usize, happens: impl Fn(&World) + 'static) -> Report {
    world.page_time.set(Duration::from_millis(300));
    world.after_page.replace(Some(Box::new(move |world, number| {
        if number == page {
            happens(world);
        }
    })));
    let report = run(world);
    assert!(report.has_more);
    report
}
