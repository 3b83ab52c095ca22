use super::sum;
use ferry_scenarios::app::Crossing;
use serde_json::{Value, json};
use xtask::simulator::System::{Okki, Wise};

const FLOW: &str = "okki-orders-to-wise";

#[test]
fn every_order_becomes_one_of_wise_and_every_field_is_the_expected_one() {
    let scene = Crossing::new(FLOW, 120);
    // Details that are asked for together meet there, however slow this machine is.
    scene.systems.arm(Okki, "OrderInfo", json!({"kind": "delay", "ms": 500}), 0, Some(8));
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 0, "{:?}", reports.last());
    scene.assert_in_step();
    let most = &scene.systems.get(Okki, "/counters")["most_at_once"]["OrderInfo"];
    let most = most.as_u64().expect("a count");
    assert!((2..=4).contains(&most), "{most} details at once");

    scene.systems.forget_calls();
    let again = flow.run_to_the_end();
    assert_eq!(sum(&again, "/written"), 0);
    assert_eq!(scene.systems.called(Wise, "Save"), 0);
    scene.assert_in_step();
}

#[test]
fn unconfirmed_behaviours_of_both_systems_change_nothing() {
    for (okki, wise) in [
        (
            json!({"sort": "shuffled", "total": "text"}),
            json!({"row_count": "of_the_page", "figures": "text"}),
        ),
        (json!({"unauthorized": "http200", "expires_in": true}), json!({"saved": "row", "validity": "text"})),
        (json!({"time_of_day": "is_ignored"}), json!({"filters": "one_comparison", "refusal": "inside"})),
        (
            json!({"end_day": "ends", "success_code": 0}),
            json!({"token_refusal": "http401", "older_tokens": "end"}),
        ),
        (json!({"largest_count": 20}), json!({"clamp": 5, "validity": "absent"})),
    ] {
        let scene = Crossing::new(FLOW, 60);
        scene.systems.set(Okki, okki.clone());
        scene.systems.set(Wise, wise.clone());
        let flow = scene.start();
        let reports = flow.run_to_the_end();
        assert_eq!(sum(&reports, "/dead"), 0, "{okki} {wise}: {:?}", reports.last());
        scene.assert_in_step();
        flow.run_to_the_end();
        scene.assert_in_step();
    }
}

#[test]
fn an_answer_that_is_lost_after_the_work_doubles_nothing() {
    for numbering in ["own", "honours"] {
        let scene = Crossing::new(FLOW, 30);
        scene.systems.set(Wise, json!({"numbering": numbering}));
        scene.systems.arm(Wise, "Save", json!({"kind": "drop_after"}), 5, Some(1));
        let flow = scene.start();
        let report = flow.call(&json!({})).expect("an answer").body;
        assert_eq!(scene.systems.fired(Wise), [1], "{report}");
        if flow.app.clock(120_000).is_ok() {
            scene.systems.set_clocks(120_000 - ferry_scenarios::app::BEHIND_MS);
        } else {
            std::thread::sleep(std::time::Duration::from_secs(65));
        }
        flow.run_to_the_end();
        scene.assert_in_step();
    }
}

#[test]
fn what_is_added_and_modified_while_the_scan_is_under_way_is_carried() {
    let scene = Crossing::new(FLOW, 120);
    let records = scene.records();
    let ids: Vec<&Value> = records.iter().step_by(25).map(|order| &order["order_id"]).collect();
    let mut new = records[3].clone();
    new["order_id"] = json!(9_000_000_001_i64);
    new["order_no"] = json!("SO-NEW-1");
    for stamp in ["create_time", "update_time"] {
        new.as_object_mut().expect("an order").remove(stamp);
    }
    let touch = json!({"do": "modify", "ids": ids, "set": {}});
    scene.systems.change_after_query(Okki, 1, touch);
    scene.systems.change_after_query(Okki, 2, json!({"do": "add", "orders": [new]}));
    let flow = scene.start();
    flow.run_to_the_end();
    flow.run_to_the_end();
    scene.assert_in_step();
}

#[test]
fn a_bad_row_dies_alone() {
    let scene = Crossing::new(FLOW, 40);
    let bad = scene.records().swap_remove(10);
    let mut company = bad["company"].clone();
    company["serial_id"] = json!("C9999");
    let id = &bad["order_id"];
    let change = json!({"do": "modify", "ids": [id], "set": {"company": company}, "stamp": false});
    scene.systems.change(Okki, change);
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 1, "{:?}", reports.last());
    let others: Vec<Value> = scene.records().into_iter().filter(|order| order["order_id"] != *id).collect();
    scene.assert_holds(&scene.expected(&others));
}
