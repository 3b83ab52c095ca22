use super::sum;
use ferry_scenarios::app::{Crossing, Flow};
use serde_json::{Value, json};
use xtask::simulator::System::{Galaxy, Jushuitan};

const FLOW: &str = "jushuitan-returns-to-galaxy";

/// Some returns that the flow carries.
fn some(scene: &Crossing, count: usize) -> Vec<Value> {
    let records = scene.records();
    assert!(records.len() > count);
    records.into_iter().take(count).collect()
}

fn carried(scene: &Crossing, flow: &Flow) -> Vec<Value> {
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 0, "{:?}", reports.last());
    scene.assert_in_step();
    reports
}

#[test]
fn every_return_becomes_an_audited_bill_and_every_field_is_the_expected_one() {
    let scene = Crossing::new(FLOW, 300);
    let flow = scene.start();
    let reports = carried(&scene, &flow);
    assert_eq!(sum(&reports, "/written"), scene.records().len() as u64);

    let again = flow.run_to_the_end();
    assert_eq!(sum(&again, "/written"), 0);
    scene.assert_in_step();
}

#[test]
fn the_legacy_interface_gives_the_same_bills() {
    let scene = Crossing::new(FLOW, 120);
    let flow = scene.start_with(&[
        ("jushuitan_api", "legacy"),
        ("jushuitan_app_key", "ywv5jGT8ge6Pvlq3FZSPol345asd"),
        ("jushuitan_app_secret", "ywv5jGT8ge6Pvlq3FZSPol2323"),
        ("jushuitan_access_token", "181ee8952a88f5a57db52587472c3798"),
    ]);
    carried(&scene, &flow);
    assert_eq!(scene.systems.called(Jushuitan, "Inout"), 0);
    assert!(scene.systems.called(Jushuitan, "LegacyInout") > 0);
}

/// What a page may cost: one call to the source, three that look, three that save.
#[test]
fn a_page_of_fifty_costs_one_source_call_three_lookups_and_three_batches_at_most() {
    let scene = Crossing::new(FLOW, 0);
    let item = |n: i64| json!([{"ioi_id": n, "sku_id": "SKU-001-1", "name": "毛衣", "unit": "件", "qty": 2}]);
    let records: Vec<Value> = (1..=50)
        .map(
            |n| json!({"io_id": 2_500_000 + n, "so_id": format!("THTZ{n:06}"), "wh_id": 2, "items": item(n)}),
        )
        .collect();
    scene.systems.change(Jushuitan, json!({"do": "add", "records": records}));
    scene.systems.fit(&scene.records(), &[]);
    let yesterday =
        (chrono::Utc::now() - chrono::TimeDelta::hours(16)).format("%Y-%m-%d %H:%M:%S").to_string();
    let flow = scene.start_with(&[("jushuitan_returns_to_galaxy_start", &yesterday)]);
    scene.systems.forget_calls();
    let report = flow.run();
    assert_eq!((&report["records"], &report["written"]), (&json!(50), &json!(50)), "{report}");
    // One page, and page 1 read again at the end of a scan.
    let pages = report["pages"].as_u64().expect("a count");
    assert_eq!(pages, 1, "{report}");
    let calls = |name: &str| report["calls"][name].as_u64().expect("a count");
    // Beside its token, which a first run has to fetch.
    let tokens = scene.systems.called(Jushuitan, "GetInitToken") as u64;
    assert_eq!(calls("source"), 1 + tokens, "{report}");
    assert!(calls("lookup") <= 3 && calls("target") <= 3, "{report}");
    assert_eq!(scene.systems.called(Jushuitan, "Inout"), 1);
    assert_eq!(scene.systems.called(Galaxy, "BatchSave"), 3);
    assert!(scene.systems.called(Galaxy, "ExecuteBillQuery") <= 3);
    scene.assert_in_step();
}

#[test]
fn what_is_added_and_modified_while_the_scan_is_under_way_is_carried() {
    for order in ["id", "modified", "newest"] {
        let scene = Crossing::new(FLOW, 300);
        scene.systems.set(Jushuitan, json!({"order": order}));
        let touched: Vec<Value> = some(&scene, 6).iter().map(|record| record["io_id"].clone()).collect();
        let new = json!({"io_id": 9_000_001, "so_id": "THTZ900001", "wh_id": 1, "remark": "扫描中新增",
            "items": [{"ioi_id": 1, "sku_id": "SKU-001-1", "name": "O'Neill冲浪短裤", "unit": "件", "qty": 1}]});
        let notice =
            json!({"type": "其它退货", "io_id": 9_000_001, "so_id": "THTZ900001", "items": new["items"]});
        scene.systems.fit(&[notice], &[]);
        let first = json!({"do": "modify", "ids": touched[..3], "set": {"remark": "扫描中修改"}});
        let last = json!({"do": "modify", "ids": touched[3..], "set": {"remark": "扫描中又改"}});
        scene.systems.change_after_query(Jushuitan, 1, first);
        scene.systems.change_after_query(Jushuitan, 2, json!({"do": "add", "records": [new]}));
        scene.systems.change_after_query(Jushuitan, 3, last);

        let flow = scene.start();
        flow.run_to_the_end();
        // What was modified later than the first window's end is for the next one.
        flow.run_to_the_end();
        let arrived = scene.arrived();
        let ids: Vec<String> = scene.records().iter().map(|record| record["io_id"].to_string()).collect();
        let missing: Vec<&String> = ids.iter().filter(|id| !arrived.contains_key(*id)).collect();
        assert!(missing.is_empty(), "order {order}: {missing:?} were skipped");
        assert_eq!(arrived.len(), ids.len(), "order {order}");
        assert!(arrived.contains_key("9000001"));
    }
}

#[test]
fn a_bad_row_dies_alone_in_every_position_of_how_galaxy_tells_of_it() {
    for switches in [
        json!({"batch_failure": "row_by_row", "partial_failure": "is_success_false"}),
        json!({"batch_failure": "row_by_row", "partial_failure": "is_success_true"}),
        json!({"batch_failure": "whole"}),
        json!({"batch_failure": "whole_unnamed"}),
    ] {
        let scene = Crossing::new(FLOW, 120);
        scene.systems.set(Galaxy, switches.clone());
        let bad = some(&scene, 8).pop().expect("a return");
        let mut items = bad["items"].clone();
        items[0]["sku_id"] = json!("SKU-NONE");
        let id = &bad["io_id"];
        let set = json!({"items": items, "modified": bad["modified"]});
        scene.systems.change(Jushuitan, json!({"do": "modify", "ids": [id], "set": set}));

        let flow = scene.start();
        let reports = flow.run_to_the_end();
        assert_eq!(sum(&reports, "/dead"), 1, "{switches}");
        let others: Vec<Value> =
            scene.records().into_iter().filter(|record| record["io_id"] != *id).collect();
        scene.assert_holds(&scene.expected(&others));
        let letters = flow.ask("GET", "/dead", json!(null)).body;
        assert_eq!(letters["letters"][0]["id"], id.to_string(), "{letters}");
        let letter = flow.ask("GET", &format!("/dead/{id}"), json!(null)).body;
        assert!(
            letter["error"].to_string().contains("SKU-NONE"),
            "the letter says what Galaxy said: {letter}"
        );

        // Mended at the source, it is delivered.
        scene.systems.change(Jushuitan, json!({"do": "modify", "ids": [id], "set": {"items": bad["items"]}}));
        flow.run_to_the_end();
        scene.assert_in_step();
    }
}

#[test]
fn a_return_without_notice_waits_and_arrives_when_the_notice_does() {
    let scene = Crossing::new(FLOW, 60);
    let waiting = json!({"io_id": 9_000_002, "so_id": "THTZ900002", "wh_id": 2,
        "items": [{"ioi_id": 1, "sku_id": "SKU-001-1", "name": "毛衣", "unit": "件", "qty": 1}]});
    scene.systems.change(Jushuitan, json!({"do": "add", "records": [waiting]}));
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/pending"), 1, "{:?}", reports.last());
    assert_eq!(sum(&reports, "/dead"), 0);
    assert!(!scene.arrived().contains_key("9000002"));

    scene.systems.fit(&scene.records(), &[]);
    let answer = flow.ask("POST", "/dead/9000002/retry", json!(null));
    assert_eq!(answer.status, 200, "{}", answer.body);
    scene.assert_in_step();
}

#[test]
fn a_bill_that_is_saved_but_not_audited_is_no_delivery() {
    for audit_failure in ["refusal", "both", "silence"] {
        let scene = Crossing::new(FLOW, 60);
        scene.systems.set(Galaxy, json!({"audit_failure": audit_failure}));
        let id = some(&scene, 3)[2]["io_id"].to_string();
        scene.systems.post(Galaxy, "/refuse-audit", &json!([id]));
        let flow = scene.start();
        let reports = flow.run_to_the_end();
        let settled = sum(&reports, "/dead") + sum(&reports, "/pending");
        assert_eq!(settled, 1, "{audit_failure}: {:?}", reports.last());
        assert_eq!(scene.arrived()[&id]["FDocumentStatus"], "B", "{audit_failure}");

        scene.systems.post(Galaxy, "/refuse-audit", &json!([]));
        let answer = flow.ask("POST", "/dead/retry", json!({"ids": [id]}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        scene.assert_in_step();
    }
}

#[test]
fn an_answer_that_is_lost_after_the_work_doubles_nothing() {
    let scene = Crossing::new(FLOW, 120);
    scene.systems.arm(Galaxy, "BatchSave", json!({"kind": "drop_after"}), 1, Some(1));
    let flow = scene.start();
    let report = flow.call(&json!({})).expect("an answer").body;
    assert_eq!(scene.systems.fired(Galaxy), [1], "{report}");
    // What is in doubt is asked for only when the target's own timeout is over.
    if flow.app.clock(120_000).is_ok() {
        scene.systems.set_clocks(120_000 - ferry_scenarios::app::BEHIND_MS);
    } else {
        std::thread::sleep(std::time::Duration::from_secs(65));
    }
    flow.run_to_the_end();
    scene.assert_in_step();
}

#[test]
fn unconfirmed_behaviours_of_jushuitan_change_nothing() {
    for switches in [
        json!({"over_page_size": "clamp", "clamp": 20, "page_size_told": "asked"}),
        json!({"numbers": "texts"}),
        json!({"window_end": "exclusive", "start_ts": "inclusive"}),
        json!({"codes": "older", "error_data": "absent"}),
    ] {
        let scene = Crossing::new(FLOW, 150);
        scene.systems.set(Jushuitan, switches);
        let flow = scene.start();
        carried(&scene, &flow);
    }
}
