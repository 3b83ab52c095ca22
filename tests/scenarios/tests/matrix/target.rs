//! The targets: refusals of a row, a batch, an audit; what is there already; a target that is down.

use super::flows::{self, ALL, INTO_SYSTEMS, MATERIALS, ORDERS, RETURNS, SHOPS, STOCKOUTS, Wrong};
use super::proxy::At;
use super::stage::{LEFT_ALONE, Stage};
use super::{Case, case};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xtask::simulator::System::{Galaxy, Jdy, Wise};

const INTO_GALAXY: &[&str] = &[RETURNS, STOCKOUTS];

pub const CASES: &[Case] = &[
    case("500 twice, then fine, at the target", INTO_SYSTEMS, |stage| {
        stage.arm(stage.facts.write.expect("a system"), Wrong::ServerError, 1, Some(2));
        stage.settle();
    }),
    case("500 after the work", INTO_SYSTEMS, |stage| {
        stage.arm(stage.facts.write.expect("a system"), Wrong::ServerErrorAfterTheWork, 1, Some(1));
        stage.settle();
    }),
    case("too many calls, at the target", INTO_SYSTEMS, |stage| {
        stage.arm(stage.facts.write.expect("a system"), Wrong::TooManyCalls, 1, Some(1));
        stage.settle();
    }),
    case("a token that ends between two writes", INTO_SYSTEMS, |stage| {
        stage.arm(stage.facts.write.expect("a system"), Wrong::TokenExpired, 1, Some(1));
        stage.settle();
    }),
    case("one bad row among twenty, in each position", ALL, |stage| {
        stage.settle();
        let model = stage.records().swap_remove(0);
        let all: Vec<Value> = (0..400).map(|n| flows::another(stage.flow, &model, n + 1)).collect();
        stage.fit(&all);
        for (position, batch) in all.chunks(20).enumerate() {
            // Customers are saved one by one, and 星辰's quota makes twenty rounds of them last for minutes.
            if stage.flow == SHOPS && ![0, 10, 19].contains(&position) {
                continue;
            }
            let mut batch = batch.to_vec();
            spoil(stage, &mut batch[position]);
            let known: BTreeSet<String> =
                stage.records().iter().map(|it| flows::key(stage.flow, it)).collect();
            let now = stage.now();
            stage.change(flows::add(stage.flow, &batch, &now));
            let mut added = stage.records();
            added.retain(|record| !known.contains(&flows::key(stage.flow, record)));
            assert_eq!(added.len(), 20);
            added.retain(|record| is_spoilt(stage.flow, record));
            assert_eq!(added.len(), 1, "position {position}");
            stage.without(&added[0]);
            stage.settle();
        }
        let letters = stage.ask("GET", "/dead", json!(null)).body;
        let count = letters["letters"].as_array().map_or(0, Vec::len);
        let rounds = if stage.flow == SHOPS { 3 } else { 20 };
        stage.saw(count == rounds, &format!("{rounds} rows were refused: {letters}"));
    }),
    case("a batch refused as a whole, with the bad row named", INTO_GALAXY, |stage| {
        refused_as_a_whole(stage, json!({"batch_failure": "whole"}));
    }),
    case("a batch refused as a whole, with no row named", INTO_GALAXY, |stage| {
        refused_as_a_whole(stage, json!({"batch_failure": "whole_unnamed"}));
    }),
    case("already there", ALL, |stage| {
        stage.settle();
        begin_again(stage);
        let reports = stage.settle();
        let met = |report: &Value| {
            ["already_there", "written"].iter().filter_map(|it| report[it].as_u64()).sum::<u64>()
        };
        let again: u64 = reports.iter().map(met).sum();
        stage.saw(again >= stage.records().len() as u64, &format!("{again} were met again"));
    }),
    case("there, but different", &[MATERIALS, SHOPS], |stage| {
        stage.settle();
        let record = stage.records().swap_remove(3);
        let key = flows::key(stage.flow, &record);
        if stage.flow == MATERIALS {
            let update =
                "UPDATE wk_wodtop_product SET name = 'somebody else''s', modified_at = '2001-01-01 00:00:00'";
            stage.table().sql(&format!("{update} WHERE data_id = '{key}';"));
        } else {
            let rename = json!({"do": "rename", "numbers": [key], "name": "somebody else's"});
            assert_eq!(stage.systems().change(Jdy, rename), 1);
        }
        begin_again(stage);
        let reports = stage.settle();
        let written: u64 = reports.iter().filter_map(|report| report["written"].as_u64()).sum();
        stage.saw(written > 0, "it is written again");
    }),
    case("saved, but the audit is refused", INTO_GALAXY, |stage| audit_refused(stage, "refusal")),
    case("saved, but the audit fails without a word", INTO_GALAXY, |stage| audit_refused(stage, "silence")),
    case("a material that does not exist yet", &[RETURNS, STOCKOUTS, ORDERS], |stage| {
        let model = stage.records().swap_remove(0);
        let mut new = flows::another(stage.flow, &model, 1);
        stage.fit(&[new.clone()]);
        with_material(stage.flow, &mut new, "SKU-LATER");
        let now = stage.now();
        stage.change(flows::add(stage.flow, &[new.clone()], &now));
        stage.settle();
        let letter = stage.ask("GET", &format!("/dead/{}", dead_id(stage)), json!(null)).body;
        let told = letter.to_string();
        stage.saw(told.contains("SKU-LATER"), &format!("the letter names the material: {letter}"));
        if stage.flow == ORDERS {
            let material = json!({"kind": "material", "number": "SKU-LATER", "name": "晚到的物料"});
            stage.systems().post(Wise, "/base", &material);
        } else {
            stage.fit(&[]);
        }
        let answer = stage.ask("POST", "/dead/retry", json!({}));
        assert_eq!(answer.body["results"][0]["outcome"], "delivered", "{}", answer.body);
        stage.settle();
    }),
    case("a target that is down makes no dead letters", ALL, |stage| {
        stage.allow(LEFT_ALONE);
        match stage.facts.write {
            Some(write) => {
                stage.arm(write, Wrong::ServerError, 0, None);
            }
            None => stage.arm_database(At::Before("INSERT"), 1000),
        }
        for _ in 0..4 {
            let answer = stage.call_with(&json!({"budget_ms": 1500}));
            assert_eq!(answer.body["written"], 0, "{}", answer.body);
            stage.wait(std::time::Duration::from_secs(90));
        }
        let dead = stage.ask("GET", "", json!(null)).body["dead"].clone();
        assert_eq!(dead, json!({"waiting": 0, "for_partner": 0, "parked": 0}));
        stage.disarm();
        stage.settle();
    }),
];

/// A value that the target refuses.
const TOO_LONG: usize = 300;

/// Makes a record one that cannot be delivered.
fn spoil(stage: &Stage, record: &mut Value) {
    match stage.flow {
        MATERIALS => record["name"] = json!("长".repeat(TOO_LONG)),
        SHOPS => {
            // Somebody else has a customer of this name, under another number.
            record["shop_name"] = json!(format!("坏店{}", record["shop_id"]));
            let number = format!("KH-{}", record["shop_id"]);
            stage.systems().change(Jdy, json!({"do": "add", "number": number, "name": record["shop_name"]}));
            stage.also_there(&number);
        }
        ORDERS => record["company"]["serial_id"] = json!("C9999"),
        flow => with_material(flow, record, "SKU-NONE"),
    }
}

fn is_spoilt(flow: &str, record: &Value) -> bool {
    match flow {
        MATERIALS => record["name"].as_str().is_some_and(|name| name.chars().count() == TOO_LONG),
        SHOPS => record["shop_name"].as_str().is_some_and(|name| name.starts_with("坏店")),
        ORDERS => record["company"]["serial_id"] == "C9999",
        _ => record.to_string().contains("SKU-NONE"),
    }
}

/// Lets the first line of a document be about this material.
fn with_material(flow: &str, record: &mut Value, number: &str) {
    match flow {
        RETURNS => record["items"][0]["sku_id"] = json!(number),
        STOCKOUTS => record["details"][0]["spec_no"] = json!(number),
        ORDERS => {
            let line = &mut record["product_list"][0];
            line["product_no"] = json!(number);
        }
        other => panic!("{other} has no materials"),
    }
}

fn refused_as_a_whole(stage: &mut Stage, switches: Value) {
    stage.systems().set(Galaxy, switches);
    let model = stage.records().swap_remove(0);
    let mut new: Vec<Value> = (1..=20).map(|n| flows::another(stage.flow, &model, n)).collect();
    stage.fit(&new);
    spoil(stage, &mut new[13]);
    stage.without(&new[13]);
    let now = stage.now();
    stage.change(flows::add(stage.flow, &new, &now));
    stage.settle();
    let letter = stage.ask("GET", &format!("/dead/{}", dead_id(stage)), json!(null)).body;
    stage.saw(letter["error"].to_string().contains("SKU-NONE"), &letter.to_string());
}

fn audit_refused(stage: &mut Stage, how: &str) {
    stage.systems().set(Galaxy, json!({"audit_failure": how}));
    let refused: Vec<String> =
        stage.records().iter().step_by(40).map(|record| flows::key(stage.flow, record)).collect();
    stage.systems().post(Galaxy, "/refuse-audit", &json!(refused));
    stage.settle();
    let letters = stage.ask("GET", "/dead", json!(null)).body;
    let count = letters["letters"].as_array().map(Vec::len);
    stage.saw(count == Some(refused.len()), &format!("what is not audited is not delivered: {letters}"));
    stage.systems().post(Galaxy, "/refuse-audit", &json!([]));
    let answer = stage.ask("POST", "/dead/retry", json!({"ids": refused}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    stage.settle();
}

/// Lets the flow carry everything again.
fn begin_again(stage: &Stage) {
    let begin = if stage.flow == MATERIALS { "2020-01-01 00:00:00" } else { &stage.begin() };
    let answer = stage.ask("PUT", "/watermark", json!({"watermark": begin}));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The id of the only dead letter.
fn dead_id(stage: &Stage) -> String {
    let letters = stage.ask("GET", "/dead", json!(null)).body;
    assert_eq!(letters["letters"].as_array().map(Vec::len), Some(1), "{letters}");
    letters["letters"][0]["id"].as_str().expect("an id").to_owned()
}
