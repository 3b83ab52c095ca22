//! Past ranges: backfill, reconcile, the skip list, `omissionRemedy`.

mod world;

use ferry_sync::hold::holding;
use ferry_sync::jobs::{self, Kind};
use ferry_sync::report::Report;
use ferry_sync::shanghai;
use ferry_sync::state::{Keys, State};
use ferry_sync::store::FlowStore;
use ferry_sync::webhook;
use std::collections::BTreeSet;
use std::time::Duration;
use world::fuse::at_every_effect;
use world::{Given, NOON, World};

const FLOW: &str = "galaxy-materials-to-mysql";
/// Longer than any lease of this flow.
const LEASE: Duration = Duration::from_secs(185);

fn keys() -> Keys {
    Keys(FLOW.into())
}

fn state(world: &World) -> State {
    let mut store = FlowStore::new(world.host(), keys());
    match store.newest().unwrap().expect("a state").state {
        ferry_sync::lease::Inherited::State(state) => state,
        other => panic!("no state: {other:?}"),
    }
}

fn run(world: &World) -> Report {
    world.run().unwrap_or_else(|why| panic!("{:?}", why.into_problem()))
}

/// Everything of the world was modified two days ago or earlier; the flow is up to date.
fn settled(rows: i64) -> World {
    let world = World::new(rows);
    for row in world.rows.borrow_mut().iter_mut() {
        row.modified = NOON - 3 * 86_400 + row.id;
    }
    assert_eq!(run(&world).counts.written, u64::try_from(rows).unwrap());
    world.advance(Duration::from_secs(300));
    world
}

fn post(world: &World, kind: Kind) -> String {
    jobs::post(world.host(), &keys(), kind, NOON - 4 * 86_400, NOON).unwrap()
}

fn delete(world: &World, which: impl Fn(i64) -> bool) -> BTreeSet<String> {
    let gone: BTreeSet<String> =
        world.rows.borrow().iter().filter(|row| which(row.id)).map(|row| row.id.to_string()).collect();
    world.table.borrow_mut().retain(|id, _| !gone.contains(id));
    gone
}

/// Calls a route with the admin token.
fn call(world: &World, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/flows/{FLOW}{path}"))
        .header("authorization", "Bearer admin-admin-admin-admin-admin")
        .body(body.as_bytes().to_vec())
        .unwrap();
    let file = world.flow_file.borrow();
    let response =
        webhook::handle(world.host(), &world::component(&file), &Given(world.variables()), &request);
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[test]
fn a_backfill_carries_the_range_again_and_leaves_the_watermark_alone() {
    let world = settled(20);
    world.table.borrow_mut().clear();
    post(&world, Kind::Backfill);
    let before = state(&world).watermark;
    let report = run(&world);
    assert_eq!((report.counts.written, report.has_more), (20, false));
    assert!(report.counts.adds_up());
    assert_eq!(*world.table.borrow(), world.expected());
    let state = state(&world);
    assert_eq!(state.watermark, before + 300, "as far as the normal window took it");
    let job = &state.jobs[0];
    assert_eq!((job.counts.written, job.done_to, job.finished_at.is_some()), (20, NOON, true));
    assert_eq!(state.job_scan, None);
    world.advance(Duration::from_secs(300));
    assert_eq!(run(&world).counts.written, 0, "it is done once");
    assert!(!world.store.borrow().keys().any(|key| key.starts_with("inbox/")), "and leaves nothing behind");
}

#[test]
fn a_backfill_runs_page_by_page_within_budgets_beside_what_is_new() {
    let world = settled(20);
    world.table.borrow_mut().clear();
    post(&world, Kind::Backfill);
    world.page_time.set(Duration::from_secs(6));
    let mut runs = 0;
    loop {
        // Something new in every interval comes first.
        let now = world.wall.get() / 1000;
        world.rows.borrow_mut()[runs].modified = now - 100;
        world.rows.borrow_mut()[runs].name = format!("新{runs}");
        let report = run(&world);
        let newest = world.table.borrow()[&(5000 + runs).to_string()].0.clone();
        assert_eq!(newest, format!("新{runs}"));
        runs += 1;
        if !report.has_more {
            break;
        }
        world.advance(Duration::from_secs(300));
    }
    assert!(runs > 1, "{runs}");
    assert_eq!(*world.table.borrow(), world.expected());
}

#[test]
fn a_kill_at_any_effect_of_a_backfill_loses_and_doubles_nothing() {
    let deaths = at_every_effect(|effect, done| {
        let world = settled(9);
        world.table.borrow_mut().clear();
        post(&world, Kind::Backfill);
        if !world.run_killed_at(effect, done) {
            return false;
        }
        for _ in 0..10 {
            world.advance(LEASE);
            if let Ok(report) = world.run()
                && !report.has_more
            {
                break;
            }
        }
        assert_eq!(*world.table.borrow(), world.expected(), "effect {effect}, done {done}");
        let state = state(&world);
        assert_eq!(state.jobs.iter().filter(|job| job.finished_at.is_some()).count(), 1, "effect {effect}");
        true
    });
    assert!(deaths > 30, "{deaths}");
}

#[test]
fn thirty_documents_deleted_behind_its_back_are_listed_and_carried_on_request_exactly_those() {
    let world = settled(100);
    let gone = delete(&world, |id| id % 3 == 0 && id < 5090);
    assert_eq!(gone.len(), 30);
    post(&world, Kind::Reconcile);
    let report = run(&world);
    assert_eq!((report.counts.written, report.counts.pending, report.counts.already_there), (0, 30, 70));
    assert!(report.counts.adds_up());
    let job = state(&world).jobs[0].clone();
    assert_eq!(job.missing, 30);
    assert_eq!(job.missing_ids.iter().cloned().collect::<BTreeSet<_>>(), gone);
    assert_eq!(world.table.borrow().len(), 70, "listing changes nothing");

    world.delivered.borrow_mut().clear();
    world.advance(Duration::from_secs(300));
    post(&world, Kind::ReconcileAndCarry);
    assert_eq!(run(&world).counts.written, 30);
    assert_eq!(world.delivered.borrow().iter().cloned().collect::<BTreeSet<_>>(), gone, "exactly those");
    assert_eq!(*world.table.borrow(), world.expected());
}

#[test]
fn what_is_on_the_skip_list_stays_deleted() {
    let world = settled(10);
    let gone = delete(&world, |id| id == 5003 || id == 5004);
    let (status, report) = call(&world, "POST", "/skip", r#"{"ids": ["5003"]}"#);
    assert_eq!((status, report["notes"][0]["code"].as_str()), (200, Some("skipped")), "{report}");
    assert_eq!(call(&world, "GET", "/skip", "").1["ids"], serde_json::json!(["5003"]));
    post(&world, Kind::ReconcileAndCarry);
    let report = run(&world);
    assert_eq!((report.counts.written, report.counts.filtered), (1, 1));
    assert!(report.counts.adds_up());
    let table: BTreeSet<String> = world.table.borrow().keys().cloned().collect();
    assert!(gone.iter().filter(|id| table.contains(*id)).eq(["5004"]), "{table:?}");
    // Not by a normal window either.
    world.rows.borrow_mut()[3].modified = world.wall.get() / 1000 - 100;
    world.advance(Duration::from_secs(60));
    assert_eq!(run(&world).counts.filtered, 1);
    assert_eq!(call(&world, "DELETE", "/skip/5003", "").0, 200);
    assert_eq!(call(&world, "DELETE", "/skip/5003", "").0, 422);
}

#[test]
fn a_job_is_taken_while_a_run_is_at_work_and_can_be_called_off() {
    let world = settled(10);
    let flow = world.flow();
    let answers = holding(world.host(), &flow, None, |_, _| {
        let range = r#"{"from": "2026-11-16 00:00:00", "to": "2026-11-20 00:00:00"}"#;
        [call(&world, "POST", "/backfill", range), call(&world, "POST", "/reconcile", range)]
    });
    let Ok([backfill, reconcile]) = answers else { panic!("the lease was free") };
    assert_eq!((backfill.0, reconcile.0), (202, 202), "{backfill:?}");
    assert_eq!((&backfill.1["job"], &reconcile.1["job"]), (&"1".into(), &"2".into()));
    let waiting = call(&world, "GET", "", "").1["jobs"].clone();
    assert_eq!(
        (waiting[0]["kind"].as_str(), waiting[1]["kind"].as_str()),
        (Some("backfill"), Some("reconcile"))
    );
    assert!(waiting[0]["finished_at"].is_null(), "shown before any run has seen it: {waiting}");
    world.advance(LEASE);
    assert_eq!(call(&world, "DELETE", "/jobs/2", "").0, 200);
    assert_eq!(call(&world, "DELETE", "/jobs/2", "").0, 404);
    world.advance(Duration::from_secs(60));
    let report = run(&world);
    assert_eq!((report.counts.written, report.counts.already_there), (10, 0), "the backfill alone");
    let shown = call(&world, "GET", "", "").1;
    assert_eq!(shown["jobs"][0]["begin"], "2026-11-16 00:00:00");
    assert_eq!(shown["jobs"].as_array().unwrap().len(), 2);
    for bad in [r#"{"from": "yesterday"}"#, r#"{"from": "2030-01-01 00:00:00"}"#, "{}"] {
        assert_eq!(call(&world, "POST", "/backfill", bad).0, 400, "{bad}");
    }
}

#[test]
fn the_remedy_reads_a_past_range_again_on_its_schedule() {
    let world = settled(10);
    let remedy = r#""omissionRemedy": {"crontab": "30 12 * * *", "adapter": "x", "takeOverRequest": [
        {"field": "FilterString", "value": "{{DAYS_AGO_2|datetime}}"}]}, "fullScan""#;
    let file = world::FLOW_FILE.replacen("\"fullScan\"", remedy, 1);
    world.flow_file.replace(file);
    delete(&world, |_| true);
    assert_eq!(run(&world).counts.written, 0, "not yet");
    for row in world.rows.borrow_mut().iter_mut().skip(6) {
        row.modified = NOON - 86_400;
    }
    world.advance(Duration::from_secs(1800));
    let report = run(&world);
    assert_eq!(report.counts.written, 4, "those of the last two days: {report:?}");
    let job = state(&world).jobs[0].clone();
    assert!(job.by_schedule && job.finished_at.is_some());
    assert_eq!(shanghai::text(job.begin), "2026-11-18 12:35:00");
    world.advance(Duration::from_secs(1800));
    assert_eq!(run(&world).counts.written, 0, "once a day");
}
