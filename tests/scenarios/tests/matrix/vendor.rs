//! The vendors' servers: errors, limits, tokens, clocks, and pages that are not what they say.

use super::flows::{self, ALL, MATERIALS, ORDERS, RETURNS, SHOPS, STOCKOUTS, Wrong};
use super::stage::{LEFT_ALONE, Stage};
use super::{Case, case};
use serde_json::{Value, json};
use std::time::Duration;

/// Those that give out tokens or sessions at their source.
const WITH_TOKENS: &[&str] = &[MATERIALS, RETURNS, ORDERS, SHOPS];

pub const CASES: &[Case] = &[
    case("500 twice, then fine", ALL, |stage| {
        stage.arm(stage.facts.list, Wrong::ServerError, stage.facts.skip, Some(2));
        stage.settle();
    }),
    case("200 with the error of too many calls", ALL, |stage| {
        stage.allow(LEFT_ALONE);
        stage.arm(stage.facts.list, Wrong::TooManyCalls, stage.facts.skip, Some(1));
        stage.settle();
    }),
    case("a token that ends in the middle", WITH_TOKENS, |stage| {
        stage.arm(stage.facts.list, Wrong::TokenExpired, stage.facts.skip, Some(1));
        stage.settle();
    }),
    case("its clock ahead", ALL, |stage| skewed(stage, 80)),
    case("its clock behind", ALL, |stage| skewed(stage, -100)),
    case("pages clamped to less than was asked for", ALL, |stage| {
        let clamp = match stage.flow {
            MATERIALS => json!({"clamp": 50}),
            RETURNS | SHOPS => json!({"over_page_size": "clamp", "clamp": 7}),
            STOCKOUTS => json!({"clamp": 7}),
            _ => json!({"largest_count": 7}),
        };
        let records = stage.records().len();
        stage.systems().set(stage.facts.list.0, clamp);
        stage.settle();
        let lists = stage.systems().called(stage.facts.list.0, stage.facts.list.1);
        let largest = if stage.flow == MATERIALS { 50 } else { 7 };
        stage.saw(lists >= records.div_ceil(largest), &format!("{lists} calls for {records} records"));
    }),
    case("the same page twice", ALL, |stage| {
        stage.allow(LEFT_ALONE);
        small_pages(stage);
        stage.arm(stage.facts.list, Wrong::PageTwice, 1, Some(1));
        stage.settle();
    }),
    case("a page that holds one row twice", ALL, |stage| {
        stage.arm(stage.facts.list, Wrong::RowTwice, 0, Some(2));
        stage.settle();
    }),
    case("an empty page that says there is more", ALL, |stage| {
        stage.allow(LEFT_ALONE);
        stage.arm(stage.facts.list, Wrong::EmptyPage, stage.facts.skip, Some(1));
        stage.settle();
    }),
    case("pages that never end", ALL, |stage| {
        stage.allow(LEFT_ALONE);
        small_pages(stage);
        let what = if matches!(stage.flow, RETURNS | SHOPS) { Wrong::HasNextLies } else { Wrong::PageTwice };
        stage.arm(stage.facts.list, what, 1, None);
        for _ in 0..3 {
            let answer = stage.call_with(&json!({"budget_ms": 1500}));
            assert!(matches!(answer.status, 200 | 502 | 503), "{}", answer.body);
        }
        stage.disarm();
        stage.settle();
    }),
    case("a total that is too small", &[RETURNS, STOCKOUTS, SHOPS], |stage| {
        stage.allow(LEFT_ALONE);
        stage.arm(stage.facts.list, Wrong::Total(3), 0, Some(2));
        stage.settle();
    }),
    case("a total that is too large", &[RETURNS, STOCKOUTS, SHOPS], |stage| {
        stage.allow(LEFT_ALONE);
        stage.arm(stage.facts.list, Wrong::Total(5000), 0, Some(2));
        stage.settle();
    }),
    case("modified and added while they are read", ALL, |stage| {
        small_pages(stage);
        let records = stage.records();
        let model = &records[records.len() / 2];
        let new: Vec<Value> = (1..=4).map(|n| flows::another(stage.flow, model, n)).collect();
        stage.fit(&new);
        let touched: Vec<&Value> = records.iter().step_by(records.len() / 5).collect();
        let now = stage.now();
        stage.change_after(1, flows::modify(stage.flow, &touched));
        stage.change_after(2, flows::add(stage.flow, &new, &now));
        stage.settle();
        // The second change, and so the first one before it.
        stage.saw(stage.records().len() == records.len() + new.len(), "records were added");
        stage.settle();
    }),
    case("deleted in the source while they are read", ALL, |stage| {
        small_pages(stage);
        let records = stage.records();
        // Delivered before or not: what the source deletes, the target keeps. So these go before they are read.
        let gone: Vec<&Value> = records.iter().skip(1).step_by(records.len() / 4).collect();
        let before = stage.records().len();
        stage.change_after(1, flows::delete(stage.flow, &gone));
        stage.settle();
        stage.saw(stage.records().len() + gone.len() == before, "records were deleted");
        stage.keeps(&gone.into_iter().cloned().collect::<Vec<_>>());
    }),
];

/// Pages small enough for several of them.
fn small_pages(stage: &Stage) {
    match stage.flow {
        RETURNS | SHOPS => {
            stage.systems().set(stage.facts.list.0, json!({"over_page_size": "clamp", "clamp": 9}))
        }
        STOCKOUTS => stage.systems().set(stage.facts.list.0, json!({"clamp": 9})),
        ORDERS => {
            stage.systems().set(stage.facts.list.0, json!({"largest_count": 9}));
            // All of them in one window.
            let all = stage.records();
            stage.change(flows::modify(ORDERS, &all.iter().collect::<Vec<_>>()));
            stage.set_variable("start", &stage.days_ago(1));
        }
        _ => stage.systems().set(stage.facts.list.0, json!({"clamp": 90})),
    }
}

/// The source's clock is so many seconds off ours.
fn skewed(stage: &mut Stage, seconds: i64) {
    stage.skew(stage.facts.list.0, seconds * 1000);
    let reports = stage.settle();
    let model = stage.records().swap_remove(0);
    let new: Vec<Value> = (1..=3).map(|n| flows::another(stage.flow, &model, n)).collect();
    stage.fit(&new);
    let now = stage.now();
    stage.change(flows::add(stage.flow, &new, &now));
    stage.wait(Duration::from_secs(200));
    let more = stage.settle();
    let notes = reports
        .iter()
        .chain(&more)
        .flat_map(|report| report["notes"].as_array().cloned().unwrap_or_default());
    let told = notes.filter(|note| note["code"] == "clock_skew").count();
    stage.saw(told > 0, "the report tells of the skewed clock");
}
