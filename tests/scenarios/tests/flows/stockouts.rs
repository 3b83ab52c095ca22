use super::sum;
use ferry_scenarios::app::Crossing;
use serde_json::{Value, json};
use xtask::simulator::System::{Galaxy, Wangdiantong};

const FLOW: &str = "wangdiantong-stockouts-to-galaxy";

#[test]
fn every_finished_stock_out_becomes_an_audited_bill_and_every_field_is_the_expected_one() {
    let scene = Crossing::new(FLOW, 400);
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 0, "{:?}", reports.last());
    assert_eq!(sum(&reports, "/written"), scene.records().len() as u64);
    scene.assert_in_step();
    let batches = scene.systems.called(Galaxy, "BatchSave");
    let least = scene.records().len().div_ceil(20);
    assert!(
        batches < least + sum(&reports, "/pages") as usize + 1,
        "{batches} batches of at most 20 documents"
    );
}

#[test]
fn unconfirmed_behaviours_of_wangdiantong_change_nothing() {
    for switches in [
        json!({"times": "milliseconds"}),
        json!({"uncounted": "zero", "order": "id"}),
        json!({"edges": "begin", "order": "modified"}),
        json!({"edges": "end"}),
        json!({"clamp": 30}),
    ] {
        let scene = Crossing::new(FLOW, 200);
        scene.systems.set(Wangdiantong, switches.clone());
        let flow = scene.start();
        let reports = flow.run_to_the_end();
        assert_eq!(sum(&reports, "/dead"), 0, "{switches}");
        scene.assert_in_step();
    }
}

#[test]
fn what_is_added_and_modified_while_the_scan_is_under_way_is_carried() {
    let scene = Crossing::new(FLOW, 400);
    let records = scene.records();
    let numbers: Vec<&Value> = records.iter().step_by(70).map(|record| &record["stockout_no"]).collect();
    let mut new = records[0].clone();
    new["stockout_no"] = json!("CK-NEW-1");
    new["stockout_id"] = json!(0);
    let touch = json!({"do": "modify", "numbers": numbers, "set": {"remark": "扫描中修改"}});
    scene.systems.change_after_query(Wangdiantong, 1, touch);
    scene.systems.change_after_query(Wangdiantong, 2, json!({"do": "add", "stockouts": [new]}));

    let flow = scene.start();
    flow.run_to_the_end();
    flow.run_to_the_end();
    let arrived = scene.arrived();
    for number in &numbers {
        assert!(arrived.contains_key(number.as_str().expect("a number")), "{number} was skipped");
    }
    assert!(arrived.len() >= records.len(), "{} of {} arrived", arrived.len(), records.len());
}

#[test]
fn a_bad_row_dies_alone() {
    let scene = Crossing::new(FLOW, 150);
    let bad = scene.records().swap_remove(40);
    let mut details = bad["details"].clone();
    details[0]["spec_no"] = json!("RM-NONE");
    let (number, modified) = (&bad["stockout_no"], &bad["modified"]);
    let set = json!({"details": details, "modified": modified});
    scene.systems.change(Wangdiantong, json!({"do": "modify", "numbers": [number], "set": set}));
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 1, "{:?}", reports.last());
    let others: Vec<Value> =
        scene.records().into_iter().filter(|record| record["stockout_no"] != *number).collect();
    scene.assert_holds(&scene.expected(&others));
}
