//! Documents that are deleted in the target behind the flow's back.

use super::flows::{self, ALL, MATERIALS, ORDERS, SHOPS};
use super::stage::Stage;
use super::{Case, case, case_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xtask::simulator::System::{Galaxy, Jdy, Wise};

pub const CASES: &[Case] = &[
    case_of(34, "reconcile: thirty deleted, listed, then carried", ALL, |stage| {
        let gone = deleted(stage, 30);
        let job = reconciled(stage, false);
        assert_eq!(job["missing"], 30, "{job}");
        let listed: BTreeSet<String> =
            job["missing_ids"].as_array().expect("ids").iter().map(flows::text).collect();
        assert_eq!(listed, ids(stage, &gone), "exactly those are listed");
        let job = reconciled(stage, true);
        assert_eq!((&job["counts"]["written"], &job["counts"]["dead"]), (&json!(30), &json!(0)), "{job}");
        stage.settle();
    }),
    case("reconcile: what is on the skip list stays deleted", ALL, |stage| {
        let gone = deleted(stage, 10);
        let (kept, skipped) = gone.split_at(6);
        let ids: Vec<String> = ids(stage, skipped).into_iter().collect();
        let answer = stage.ask("POST", "/skip", json!({"ids": ids}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let job = reconciled(stage, true);
        assert_eq!(job["counts"]["written"], kept.len(), "{job}");
        stage.skips(skipped);
        stage.settle();
    }),
];

/// By what jobs and the skip list know records.
fn ids(stage: &Stage, records: &[Value]) -> BTreeSet<String> {
    records.iter().map(|record| flows::letter(stage.flow, record)).collect()
}

/// All is carried, then documents are deleted in the target; the records of those.
fn deleted(stage: &mut Stage, count: usize) -> Vec<Value> {
    stage.settle();
    let records = stage.records();
    let gone: Vec<Value> = records.into_iter().skip(2).take(count).collect();
    assert_eq!(gone.len(), count, "the flow has as many records");
    let keys: Vec<String> = gone.iter().map(|record| flows::key(stage.flow, record)).collect();
    let before = stage.arrived().len();
    match stage.flow {
        MATERIALS => {
            let list = keys.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(",");
            stage.table().sql(&format!("DELETE FROM {} WHERE data_id IN ({list});", xtask::stage::TABLE));
        }
        SHOPS => {
            assert_eq!(stage.systems().change(Jdy, json!({"do": "delete", "numbers": keys})), count as u64)
        }
        ORDERS => {
            let orders = stage.systems().list(Wise, "/orders");
            let of = |order: &&Value| keys.contains(&flows::text(&order["page1"]["FPOOrdBillNo"]));
            let numbers: Vec<Value> =
                orders.iter().filter(of).map(|order| order["page1"]["FBillNo"].clone()).collect();
            assert_eq!(
                stage.systems().change(Wise, json!({"do": "delete", "bill_nos": numbers})),
                count as u64
            );
        }
        flow => {
            let form = if flow == flows::RETURNS { "SAL_RETURNSTOCK" } else { "STK_MisDelivery" };
            let answer = stage.systems().post(Galaxy, &format!("/delete-bills/{form}"), &json!(keys));
            assert_eq!(answer["touched"], count, "{answer}");
        }
    }
    stage.saw(stage.arrived().len() + count == before, "the target has lost as many documents");
    gone
}

/// Compares all of the past with the target; the job when it is done.
fn reconciled(stage: &mut Stage, carry: bool) -> Value {
    let body = json!({"from": stage.begin(), "carry": carry});
    let answer = stage.ask("POST", "/reconcile", body);
    assert_eq!(answer.status, 202, "{}", answer.body);
    let job = flows::text(&answer.body["job"]);
    for _ in 0..60 {
        let answer = stage.call();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let state = stage.ask("GET", "", json!(null)).body;
        let jobs = state["jobs"].as_array().expect("jobs");
        let found = jobs.iter().find(|it| flows::text(&it["id"]) == job).expect("the job is in the state");
        if found["finished_at"].is_string() {
            return found.clone();
        }
        stage.wait(std::time::Duration::from_secs(15));
    }
    panic!("the job does not end");
}
