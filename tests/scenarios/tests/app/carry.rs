use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use ferry_scenarios::app::flow::writes;
use ferry_scenarios::app::{Galaxy, Scene, compare};
use serde_json::json;
use xtask::app::Trigger;
use xtask::stage::TABLE;

const UPSERT: &[(&str, &str)] = &[("galaxy_materials_to_mysql_id_check", "false")];

#[test]
fn a_first_run_carries_everything_and_an_idle_one_asks_once() {
    let scene = Scene::new("first_run");
    scene.galaxy.generate(5000);
    let carried = scene.galaxy.carried().len();
    assert!((4001..=6000).contains(&carried), "three pages of 2,000, the last one not full");

    let flow = scene.start();
    let report = flow.run();
    assert_eq!(report["records"], carried);
    assert_eq!(report["written"], carried);
    assert_eq!(report["pages"], 3);
    assert_eq!(report["calls"]["source"], 4, "three pages and the empty one");
    assert_eq!(report["trigger"], "webhook");
    assert_eq!(report["has_more"], false);
    scene.assert_in_step();

    let state = flow.state();
    assert_eq!(state["watermark"], report["watermark"]);
    assert_eq!(state["reports"][0]["run_id"], report["run_id"]);
    assert_eq!(state["reports"][0]["written"], carried);
    assert_eq!(state["hours"][0]["written"], carried);
    assert_eq!(state["lease"]["held"], false);
    // Where every scene looks for secrets when it ends, the log of this run is to be found.
    assert!(scene.is_written_down(report["run_id"].as_str().expect("an id")));
    assert_eq!(state["window"], json!(null));
    assert_eq!(state["dead"], json!({"waiting": 0, "for_partner": 0, "parked": 0}));
    assert_eq!(state["failures"], 0);
    let lag = state["lag_seconds"].as_u64().expect("seconds");
    assert!((30..150).contains(&lag), "safety lag and the ERP's clock: {lag} s");

    scene.galaxy.forget_calls();
    let idle = flow.run();
    assert_eq!((&idle["records"], &idle["calls"]["source"]), (&json!(0), &json!(1)));
    assert_eq!(scene.galaxy.calls().len(), 1);
    assert_eq!(scene.galaxy.called("ExecuteBillQuery"), 1);
    assert!(idle["watermark"].as_str() >= report["watermark"].as_str());
    scene.assert_in_step();
}

/// Only the local host counts.
#[test]
fn a_run_is_frugal_with_writes_and_memory() {
    let Some(scene) = Scene::on_the_local_host("frugal") else { return };
    scene.galaxy.generate(5000);
    let flow = scene.start();

    let before = writes(&flow.counts());
    let report = flow.run();
    let counts = flow.counts();
    let pages = report["pages"].as_u64().expect("a count");
    let first = writes(&counts) - before;
    assert_eq!(pages, 3);
    let peak = counts["last_peak_memory_bytes"].as_u64().expect("bytes");
    assert!(peak < 24 << 20, "{peak} bytes of guest memory at 2,000 rows a page");

    flow.run();
    let idle = writes(&flow.counts()) - writes(&counts);
    println!(
        "key-value writes: {first} in a run of {pages} pages, {idle} in an idle one; {peak} bytes at most"
    );
    assert!(first <= 8, "{first} writes in a run of {pages} pages");
    assert!(idle <= 8, "{idle} writes in an idle run");
    // The pages of a run that commits after each: more than 250 ms apart.
    flow.set_watermark("2020-01-01 00:00:00");
    scene.galaxy.set(json!({"clamp": 500}));
    scene.galaxy.arm(json!({"kind": "delay", "ms": 260}), 0, None);
    let before = writes(&flow.counts());
    let slow = flow.run();
    let pages = slow["pages"].as_u64().expect("a count");
    let written = writes(&flow.counts()) - before;
    assert!(pages >= 8);
    assert!(written <= idle + 2 * pages, "{written} writes in a run of {pages} slow pages");
}

#[test]
fn a_component_stays_small() {
    for file in xtask::cargo::build_components().expect("the components are built") {
        let size = xtask::app::size(&file).expect("the component's size");
        // 1.84 MiB.
        assert!(size < 59 << 15, "{} has {size} bytes", file.display());
    }
}

#[test]
fn insert_only_leaves_what_is_there_and_upsert_updates_it_but_never_by_older_data() {
    let scene = Scene::new("existing");
    scene.galaxy.generate(400);
    let materials = scene.galaxy.carried();
    let ids = Galaxy::ids(&materials);

    let flow = scene.start();
    flow.run();
    scene.assert_in_step();
    let first = scene.table();

    let changed = &ids[10..15];
    let modify = |name: &str| {
        let touched = scene.galaxy.change(json!({"do": "modify", "ids": changed, "set": {"name": name}}));
        assert_eq!(touched, 5);
    };
    modify("内六角螺钉 改");
    let report = flow.run();
    assert_eq!((&report["written"], &report["already_there"]), (&json!(0), &json!(5)));
    scene.assert_holds(&first);
    drop(flow);

    let flow = scene.start_with(Trigger::Http, UPSERT);
    let report = flow.run();
    assert_eq!((&report["written"], &report["already_there"]), (&json!(5), &json!(0)));
    scene.assert_in_step();
    assert_ne!(scene.table(), first);

    // Somebody else has brought one of them further than the ERP's own data.
    let (newer, _) = compare::row_of(&materials[10]);
    scene.sql(&format!(
        "UPDATE {TABLE} SET name = 'newer than the ERP', modified_at = '2199-01-01 00:00:00' WHERE data_id = '{newer}';"
    ));
    modify("内六角螺钉 又改");
    let mut expected = compare::rows_of(&scene.galaxy.carried());
    let row = scene.table()[&newer].clone();
    assert_eq!(row[1].as_deref(), Some("newer than the ERP"));
    expected.insert(newer, row);
    flow.run();
    scene.assert_holds(&expected);
}

#[test]
fn what_is_modified_or_audited_is_carried_by_the_next_run() {
    for stamps in ["approve_date", "both_dates"] {
        let scene = Scene::new(&format!("stamps_{stamps}"));
        scene.galaxy.set(json!({"audit_stamps": stamps}));
        scene.galaxy.generate(400);
        let ids = Galaxy::ids(&scene.galaxy.carried());
        scene.galaxy.change(json!({"do": "un_audit", "ids": ids[..3]}));

        let flow = scene.start_with(Trigger::Http, UPSERT);
        assert_eq!(flow.run()["written"], ids.len() - 3);
        scene.assert_in_step();

        scene.galaxy.change(json!({"do": "modify", "ids": [ids[7]], "set": {"specification": null}}));
        assert_eq!(flow.run()["written"], 1);
        scene.assert_in_step();

        scene.galaxy.change(json!({"do": "audit", "ids": ids[..3]}));
        let modified = scene.galaxy.material(ids[0])["modify_date"].clone();
        let is_old = modified.as_str().expect("a date") < "2024-06-02";
        assert_eq!(is_old, stamps == "approve_date", "{modified}");
        // The one that was modified before comes again: the look-back.
        assert_eq!(flow.run()["written"], 4);
        scene.assert_in_step();
    }
}

/// Moves the clocks to the next night.
#[test]
fn a_full_scan_finds_what_no_date_tells() {
    let Some(scene) = Scene::on_the_local_host("full_scan") else { return };
    scene.galaxy.generate(3000);
    let ids = Galaxy::ids(&scene.galaxy.carried());
    let flow = scene.start_with(Trigger::Http, UPSERT);
    let report = flow.run();
    assert_ne!(report["full_scan"], true);

    // By a script in the ERP's database, that is without touching a date.
    let date = scene.galaxy.material(ids[2000])["modify_date"].clone();
    let silent = json!({"name": "改名而不改日期", "modify_date": date});
    scene.galaxy.change(json!({"do": "modify", "ids": [ids[2000]], "set": silent}));
    let old = "2023-07-01T00:00:00";
    let added =
        json!({"number": "99.01.000001", "name": "补录的物料", "modify_date": old, "approve_date": old});
    scene.galaxy.change(json!({"do": "add", "materials": [added]}));
    let before = scene.table();
    assert_eq!(flow.run()["records"], 0, "no date tells of it");
    scene.assert_holds(&before);

    flow.move_clocks(&scene.galaxy, until_four_in_the_morning());
    let report = flow.run_to_the_end().pop().expect("a report");
    assert_eq!(report["full_scan"], true);
    assert_eq!(report["error"], json!(null));
    scene.assert_in_step();
    assert_ne!(scene.table(), before);

    let report = flow.run();
    assert_ne!(report["full_scan"], true, "once a night");
    assert_eq!(report["calls"]["source"], 1);
}

/// Milliseconds from now to 04:00 of the next day in Shanghai, after the hour of the full scan.
pub fn until_four_in_the_morning() -> i64 {
    let now: DateTime<Utc> = Utc::now();
    let there = (now + TimeDelta::hours(8)).naive_utc();
    let four = NaiveTime::from_hms_opt(4, 0, 0).expect("an hour of the day");
    let next = there.date().succ_opt().expect("a next day").and_time(four);
    (next - there).num_milliseconds()
}
