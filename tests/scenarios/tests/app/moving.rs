//! Record sets move while they are paged (`design.md` 7).

use chrono::{TimeDelta, Utc};
use ferry_scenarios::app::galaxy::shanghai;
use ferry_scenarios::app::{Galaxy, Scene, compare};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};
use xtask::app::Trigger;

/// Less than the safety lag: what changes during a run is later than the run's window, and leaves it.
const BEHIND_MS: i64 = 27_000;

/// A scan during which rows are modified, added and deleted, before the cursor and behind it.
fn a_moving_set_ends_equal(name: &str, switches: Value, pages: u64) {
    let scene = Scene::new(name);
    scene.galaxy.set(switches);
    scene.galaxy.set(json!({"clock_offset_ms": -BEHIND_MS}));
    scene.galaxy.generate(3000);
    let ids = Galaxy::ids(&scene.galaxy.carried());
    assert!(ids.len() > 2500);
    let (read, unread) = (&ids[..600], &ids[2100..]);
    let new = |id: i64, number: &str| {
        let now = shanghai(Utc::now() - TimeDelta::milliseconds(BEHIND_MS));
        json!({"id": id, "number": number, "name": "扫描中新增", "modify_date": now, "approve_date": now})
    };
    // Ids between two that are there, before the cursor and behind it; and one at the end.
    let gap = |ids: &[i64]| {
        let pair = ids.windows(2).find(|pair| pair[1] > pair[0] + 1).expect("a gap");
        pair[0] + 1
    };
    let (early, late) = (gap(read), gap(unread));
    let gone = [read[7], unread[7]];
    let gone_after_reading = compare::row_of(&scene.galaxy.material(gone[0]));
    for change in [
        json!({"do": "modify", "ids": [read[3], unread[3]], "set": {"name": "扫描中修改"}}),
        json!({"do": "add", "materials": [new(early, "77.01.000001"), new(late, "77.01.000002"), new(0, "77.01.000003")]}),
        json!({"do": "delete", "ids": gone}),
        json!({"do": "un_audit", "ids": [unread[9]]}),
    ] {
        scene.galaxy.change_after_query(1, change);
    }
    // Later than the first page in any case, and on a page of its own where pages are small.
    scene.galaxy.change_after_query(2, json!({"do": "audit", "ids": [unread[9]]}));

    let flow = scene.start_with(Trigger::Http, &[("galaxy_materials_to_mysql_id_check", "false")]);
    let report = flow.run();
    assert_eq!(report["pages"], pages);
    assert_eq!(report["dead"], 0);
    let now = Galaxy::ids(&scene.galaxy.carried());
    assert!(now.contains(&early) && now.contains(&late) && now.contains(&unread[9]), "the changes were made");
    assert!(!now.contains(&gone[0]) && !now.contains(&gone[1]), "the changes were made");

    // What was changed meanwhile is for the run that begins when the safety lag is over.
    let (expected_id, expected_row) = gone_after_reading;
    let deadline = Instant::now() + Duration::from_secs(40);
    let mut runs = 0;
    loop {
        let mut expected = compare::rows_of(&scene.galaxy.carried());
        // This flow deletes nothing.
        expected.insert(expected_id.clone(), expected_row.clone());
        let differences = compare::differences(&expected, &scene.table());
        if differences.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "after {runs} more runs:\n{differences}");
        sleep(Duration::from_millis(700));
        flow.run();
        runs += 1;
    }
    assert!(runs > 0, "nothing left the first window, so this proves nothing");
}

#[test]
fn seconds_and_whole_pages() {
    let switches = json!({"dates": "seconds", "ids": "number", "over_limit": "refuse", "clamp": null});
    a_moving_set_ends_equal("moving_plain", switches, 2);
}

#[test]
fn fractions_and_ids_as_text_and_clamped_pages() {
    let switches = json!({"dates": "fraction", "ids": "text", "over_limit": "clamp", "clamp": 700});
    a_moving_set_ends_equal("moving_clamped", switches, 4);
}

#[test]
fn blanks_in_dates_and_clamped_pages() {
    let switches = json!({"dates": "blank", "ids": "number", "over_limit": "refuse", "clamp": 700});
    a_moving_set_ends_equal("moving_blank", switches, 4);
}

#[test]
fn ids_as_text_in_order_and_whole_pages() {
    let switches = json!({"dates": "seconds", "ids": "text", "over_limit": "clamp", "default_order": "id", "clamp": null});
    a_moving_set_ends_equal("moving_text", switches, 2);
}
