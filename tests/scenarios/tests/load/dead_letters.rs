//! Ten thousand dead letters hold nothing up: neither a run, nor the watermark, nor who looks at the state.

use super::worlds::{STOCKOUTS, World, shanghai};
use ferry_scenarios::app::{Galaxy, Scene};
use ferry_scenarios::native::StoreCalls;
use ferry_simulators::company::{Company, Size, System};
use ferry_simulators::wangdiantong::{Change, Patch, Stockout};
use ferry_sync::host::Clock;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use xtask::app::Trigger;

const LETTERS: usize = 10_000;
/// Pages of the index of so many letters.
const PAGES: u64 = (LETTERS / ferry_sync::dead::PER_PAGE) as u64;

fn number(n: usize) -> String {
    format!("BAD{n:05}")
}

/// Stock-outs that are all carried, and beside them so many of a warehouse that the mapping does not know.
fn world(bad: usize, retries: &str) -> World {
    let size = Size { stockouts: 100, ..Size::default() };
    let company = Company::start(&[System::Wangdiantong, System::Galaxy], &size).unwrap();
    let stockouts = company.wangdiantong.as_ref().unwrap();
    let like = stockouts.stockouts().into_iter().find(|it| it.status == 110).expect("a finished one");
    let earliest = shanghai(stockouts.now_ms()) - chrono::TimeDelta::days(2);
    let bad = (0..bad).map(|n| Stockout {
        stockout_id: 0,
        stockout_no: number(n),
        warehouse_no: "CK-NONE".to_owned(),
        modified: earliest + chrono::TimeDelta::seconds(10 * n as i64),
        ..like.clone()
    });
    stockouts.change(&Change::Add { stockouts: bad.collect() });
    let mut world = World::of(STOCKOUTS, company);
    let shipped = "\"retries\": [\"5m\", \"30m\", \"2h\"]";
    assert!(world.native.flow_file.replace(' ', "").contains(&shipped.replace(' ', "")));
    let mut file: Value = serde_json::from_str(&world.native.flow_file).unwrap();
    file["delivery"]["retries"] = serde_json::from_str(retries).unwrap();
    world.native.flow_file = file.to_string();
    world.drain();
    world
}

fn counts(world: &World) -> (u64, u64) {
    let (status, state) = world.call("GET", "", "");
    assert_eq!(status, 200, "{state}");
    (state["dead"]["waiting"].as_u64().unwrap(), state["dead"]["parked"].as_u64().unwrap())
}

/// What something asks of the store, and how long it takes by the engine's clock, on which each effect takes a while.
fn cost<R>(world: &World, what: impl FnOnce() -> R) -> (StoreCalls, Duration, R) {
    let (before, begun) = (world.native.store_calls(), world.native.monotonic());
    let result = what();
    let (after, ended) = (world.native.store_calls(), world.native.monotonic());
    let calls = StoreCalls { reads: after.reads - before.reads, writes: after.writes - before.writes };
    (calls, ended - begun, result)
}

/// An idle run, and one that finds one new record; of each what it asked of the store.
fn runs(world: &World, at: usize) -> [StoreCalls; 2] {
    world.native.advance(Duration::from_secs(200));
    world.run();
    world.native.advance(Duration::from_secs(200));
    let (idle, _, report) = cost(world, || world.run());
    assert_eq!(report["records"], 0, "{report}");
    world.add_one(at);
    world.native.advance(Duration::from_secs(200));
    let (busy, _, report) = cost(world, || world.run());
    assert_eq!((&report["written"], &report["has_more"]), (&json!(1), &json!(false)), "{report}");
    assert_eq!(report["retried"]["tried"], 0, "{report}");
    [idle, busy]
}

fn watermark(world: &World) -> String {
    world.call("GET", "", "").1["watermark"].as_str().unwrap().to_owned()
}

#[test]
fn with_ten_thousand_of_them_a_run_asks_the_store_for_no_more_than_the_index() {
    let empty = world(0, "[]");
    let [idle, busy] = runs(&empty, 1);
    let (looks, _, _) = cost(&empty, || empty.call("GET", "", ""));
    for (retries, waiting, parked) in [("[]", 0, LETTERS as u64), ("[\"720h\"]", LETTERS as u64, 0)] {
        let world = world(LETTERS, retries);
        assert_eq!(counts(&world), (waiting, parked));
        let before = watermark(&world);
        let [idle_now, busy_now] = runs(&world, 1);
        println!(
            "{waiting} waiting, {parked} parked: idle {idle:?} → {idle_now:?}, one record {busy:?} → {busy_now:?}"
        );
        assert_eq!(idle_now, idle, "an idle run");
        assert!(busy_now.reads <= busy.reads + PAGES, "{busy_now:?} where {busy:?} without dead letters");
        assert!(busy_now.writes <= busy.writes, "{busy_now:?} where {busy:?} without dead letters");
        assert!(watermark(&world) > before);
        let (looked, _, _) = cost(&world, || world.call("GET", "", ""));
        assert_eq!((looked.reads, looked.writes), (looks.reads, 0));
    }
}

/// Ten thousand that fall due at one moment are tried a few at a time, beside what is new.
#[test]
fn those_that_are_due_leave_time_for_what_is_new() {
    let world = world(LETTERS, "[\"5m\", \"720h\"]");
    world.native.advance(Duration::from_secs(400));
    world.add_one(7);
    world.native.advance(Duration::from_secs(60));
    let before = watermark(&world);
    let mut tried = 0;
    for run in 0..3 {
        let report = world.run();
        let retried = report["retried"]["tried"].as_u64().unwrap();
        assert!((1..=200).contains(&retried), "{report}");
        tried += retried;
        if run == 0 {
            assert_eq!((&report["written"], &report["has_more"]), (&json!(1), &json!(false)), "{report}");
            assert!(watermark(&world) > before, "{report}");
        }
    }
    assert_eq!(counts(&world).0 as usize, LETTERS);
    println!("3 runs tried {tried} of {LETTERS} again");
}

#[test]
fn all_or_a_selection_are_retried_within_the_budget_and_asking_again_gets_to_the_others() {
    let world = world(LETTERS, "[]");
    // Half of those that come first are mended, so that the call meets both.
    let mended: Vec<String> = (0..LETTERS).step_by(2).map(number).collect();
    let set = Box::new(Patch {
        warehouse_no: Some("CK001".into()),
        modified: Some(shanghai(0)),
        ..Patch::default()
    });
    let change = Change::Modify { numbers: mended.clone(), set };
    assert_eq!(world.native.company.wangdiantong.as_ref().unwrap().change(&change), LETTERS / 2);

    let mut met = BTreeSet::new();
    let mut delivered = 0;
    for call in 0..4 {
        let before = watermark(&world);
        let body = match call {
            // A selection of all of them but those that were met.
            3 => json!({"ids": (0..LETTERS).map(number).filter(|id| !met.contains(id)).collect::<Vec<_>>()}),
            _ => json!({}),
        };
        let (_, time, (status, answer)) =
            cost(&world, || world.call("POST", "/dead/retry", &body.to_string()));
        assert_eq!(status, 200, "{}", answer["report"]);
        assert_eq!(answer["report"]["has_more"], true, "there are others");
        // The budget of 100 s, and a request that was begun within it.
        assert!(time < Duration::from_secs(135), "{time:?}");
        let results = answer["results"].as_array().unwrap();
        assert!((10..=1000).contains(&results.len()), "{} results", results.len());
        for result in results {
            let id = result["id"].as_str().unwrap().to_owned();
            let expected = if mended.contains(&id) { "delivered" } else { "failed" };
            assert_eq!(result["outcome"], expected, "{result}");
            delivered += usize::from(expected == "delivered");
            assert!(met.insert(id), "{result} was met before");
        }
        world.add_one(20 + call);
        world.native.advance(Duration::from_secs(120));
        let report = world.run();
        assert_eq!((&report["written"], &report["has_more"]), (&json!(1), &json!(false)), "{report}");
        assert!(watermark(&world) > before, "{report}");
    }
    assert!(delivered > 10);
    assert_eq!(counts(&world), (0, (LETTERS - delivered) as u64));
    println!("4 calls met {} of {LETTERS}, {delivered} delivered", met.len());
}

#[test]
fn old_ones_go_in_steps_and_nothing_of_them_stays_in_the_store() {
    let empty = world(0, "[]");
    empty.settle();
    let world = world(LETTERS, "[]");
    world.native.variables.borrow_mut().insert("dead_retention_days", "3".to_owned());
    world.native.advance(Duration::from_secs(2 * 86_400));
    world.run();
    assert_eq!(counts(&world), (0, LETTERS as u64), "none is too old");
    world.native.advance(Duration::from_secs(2 * 86_400));
    let mut runs = 0;
    let mut largest = 0;
    loop {
        let before = counts(&world).1;
        if before == 0 {
            break;
        }
        let report = world.run();
        let gone = before - counts(&world).1;
        assert!((1..=500).contains(&gone), "{gone} at once: {report}");
        largest = largest.max(gone);
        runs += 1;
    }
    assert_eq!((runs, largest), (LETTERS as u64 / 500, 500));
    world.settle();
    let (stored, without) = (world.native.stored(), empty.native.stored());
    println!("{runs} runs of at most {largest}; store {stored:?}, {without:?} of one that had none");
    assert_eq!(stored.keys, without.keys);
    // The history tells of each of those runs.
    assert!(stored.bytes < without.bytes + (32 << 10), "{stored:?}, {without:?}");
}

/// The same on the real components: time, and the state route. Each letter is a refusal of the database's, so that ten
/// thousand of them take minutes: that many with `FERRY_LOAD_RECORDS` (`cargo xtask bench --load`), else a thousand.
#[test]
fn on_the_host_runs_and_the_state_route_are_as_quick_as_before() {
    let letters = if std::env::var_os("FERRY_LOAD_RECORDS").is_some() { LETTERS } else { 1_000 };
    let scene = Scene::new("ten_thousand");
    scene.galaxy.generate(letters * 6 / 5 + 1_000);
    let ids = Galaxy::ids(&scene.galaxy.carried());
    assert!(ids.len() > letters + 200);
    let flow = scene.start_with(Trigger::Http, &[("galaxy_materials_to_mysql_id_check", "false")]);
    flow.run_to_the_end();
    let some = &ids[letters + 10..letters + 20];
    let rename = |ids: &[i64], name: &str| {
        assert_eq!(
            scene.galaxy.change(json!({"do": "modify", "ids": ids, "set": {"name": name}})),
            ids.len() as u64
        );
    };
    let timed = |name: &str| {
        rename(some, name);
        let begun = Instant::now();
        let report = flow.run();
        assert!(report["written"].as_u64() >= Some(10), "{report}");
        begun.elapsed()
    };
    let least = |name: &str| (0..5).map(|n| timed(&format!("{name} {n}"))).min().unwrap();
    let look = || {
        let mut times: Vec<Duration> = (0..15)
            .map(|_| {
                let begun = Instant::now();
                flow.state();
                begun.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[0]
    };
    let (before, looked_before) = (least("先"), look());

    rename(&ids[..letters], &"长".repeat(300));
    loop {
        let report = flow.run_with(json!({"accept_dead": true}));
        if report["has_more"] == false {
            break;
        }
    }
    assert_eq!(flow.state()["dead"]["waiting"], letters);
    // No window brings them again, so that what follows is of new records alone.
    let old = json!({"modify_date": "2024-01-01T00:00:00"});
    scene.galaxy.change(json!({"do": "modify", "ids": ids[..letters], "set": old}));
    flow.run();
    let (after, looked_after) = (least("后"), look());
    println!(
        "a run of ten rows: {before:?}, with {letters} dead letters {after:?}; the state: {looked_before:?}, {looked_after:?}"
    );
    assert!(after < 2 * before + Duration::from_millis(250), "{after:?}, without dead letters {before:?}");
    assert!(looked_after < Duration::from_millis(50), "{looked_after:?}");

    let watermark = flow.state()["watermark"].clone();
    let begun = Instant::now();
    let answer = flow.ask("POST", "/dead/retry", json!({}));
    let time = begun.elapsed();
    assert_eq!(answer.status, 200, "{}", answer.body["report"]);
    assert_eq!(answer.body["report"]["has_more"], letters > 1_000);
    let results = answer.body["results"].as_array().unwrap().len();
    println!("a retry of all tried {results} in {time:?}");
    assert!((1..=1000).contains(&results) && time < Duration::from_secs(55), "{results} in {time:?}");
    std::thread::sleep(Duration::from_secs(1));
    timed("末");
    assert!(flow.state()["watermark"].as_str() > watermark.as_str());
}
