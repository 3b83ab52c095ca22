//! What the flow file does to records before the mapping, carried out by the engine: counts, dead letters, retries.

mod world;

use ferry_sync::dead::Index;
use ferry_sync::flow::Flow;
use ferry_sync::report::Report;
use ferry_sync::run::{Limits, RetryResult};
use ferry_sync::state::{Keys, State};
use ferry_sync::store::FlowStore;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use world::fuse::at_every_effect;
use world::{FLOW_FILE, Given, NOON, World};

const FLOW: &str = "galaxy-materials-to-mysql";
/// Longer than any lease of this flow.
const LEASE: Duration = Duration::from_secs(185);
const LIMITS: Limits = Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: false };

/// The repository's flow file with more keys in its source and beside it.
fn flow_file(source: &str, beside: &str) -> String {
    let file = FLOW_FILE.replace("\"pagination\":", &format!("{source} \"pagination\":"));
    let file = file.replace("\"request\": [\n      {\"field\": \"FMATERIALID\"", "\"request\": [\n      {\"field\": \"details\", \"value\": \"FDetails\"},\n      {\"field\": \"FMATERIALID\"");
    file.replace("\"delivery\": {", &format!("{beside} \"delivery\": {{"))
}

fn world(rows: i64, source: &str, beside: &str) -> World {
    let world = World::new(rows);
    world.flow_file.replace(flow_file(source, beside));
    world
}

const FLATTENED: &str = r#""beatFlat": ["details"],"#;

/// Two rows for each record.
fn flattened(rows: i64, source: &str) -> World {
    let world = world(rows, &format!("{FLATTENED} {source}"), "");
    let details =
        |n: i64| json!([{"name": format!("甲{n}"), "qty": 1}, {"name": format!("乙{n}"), "qty": n}]);
    world.details.replace((0..rows).map(|n| (5000 + n, details(n))).collect());
    world
}

fn run(world: &World) -> Report {
    let report = world.run().unwrap_or_else(|why| panic!("{}", why.into_problem()));
    assert!(report.counts.adds_up(), "{:?}", report.counts);
    report
}

fn state(world: &World) -> State {
    let mut store = FlowStore::new(world.host(), Keys(FLOW.into()));
    match store.newest().unwrap().expect("a state").state {
        ferry_sync::lease::Inherited::State(state) => state,
        other => panic!("no state: {other:?}"),
    }
}

/// Ids and codes of the dead letters.
fn dead(world: &World) -> BTreeSet<(String, String)> {
    let index = Index::load(world, &Keys(FLOW.into()), &state(world).dead).unwrap();
    index.entries().map(|entry| (entry.id.clone(), entry.code.clone())).collect()
}

fn letters<const N: usize>(letters: [(&str, &str); N]) -> BTreeSet<(String, String)> {
    letters.into_iter().map(|(id, code)| (id.to_owned(), code.to_owned())).collect()
}

fn letter(world: &World, id: &str) -> ferry_sync::dead::Letter {
    let index = Index::load(world, &Keys(FLOW.into()), &state(world).dead).unwrap();
    let entry = index.entry(id).unwrap_or_else(|| panic!("no letter {id}"));
    let seal = world.flow().settings.seal;
    ferry_sync::dead::letter(world, &Keys(FLOW.into()), &seal, entry).unwrap().unwrap()
}

fn retry(world: &World, ids: &[&str]) -> Vec<RetryResult> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let (mut results, report) = world
        .invoke(LIMITS, |run| run.retry_dead(Some(&ids)))
        .unwrap_or_else(|why| panic!("{}", why.into_problem()));
    assert_eq!(report.error, None);
    results.sort_by(|a, b| a.id.cmp(&b.id));
    results
}

fn outcomes(results: &[RetryResult]) -> Vec<(&str, &str)> {
    results.iter().map(|result| (result.id.as_str(), result.outcome)).collect()
}

fn ids(world: &World) -> Vec<String> {
    world.table.borrow().keys().cloned().collect()
}

#[test]
fn records_that_the_condition_leaves_out_are_counted_and_not_written() {
    let condition = r#""condition": [[{"field": "FName", "logic": "notlike", "value": "料3"}, {"field": "FMasterId", "logic": "lt", "value": 5008}]],"#;
    let world = world(12, condition, "");
    let report = run(&world);
    assert_eq!((report.counts.records, report.counts.filtered, report.counts.written), (12, 5, 7));
    assert_eq!(ids(&world), ["5000", "5001", "5002", "5004", "5005", "5006", "5007"]);
    assert_eq!(report.watermark.as_deref(), Some("2026-11-20 11:59:30"), "what is left out is settled");
    assert!(dead(&world).is_empty());
}

#[test]
fn a_condition_may_refer_to_parameters_and_times() {
    // The rows are stamped a day before noon and some seconds; the window is from 1 November to half a minute ago.
    let condition = r#""condition": [[{"field": "modified", "logic": "egt", "value": "{{DAYS_AGO_1|datetime}}"}, {"field": "FName", "logic": "neq", "value": "物料{{params.use_org}}"}]],"#;
    let file = flow_file(condition, "").replace("\"field\": \"FModifyDate\"", "\"field\": \"modified\"");
    let world = World::new(4);
    world.flow_file.replace(
        file.replace("{{FModifyDate", "{{modified").replace("\"use_org\": \"T00\"", "\"use_org\": \"3\""),
    );
    world.rows.borrow_mut()[0].modified = NOON - 86_401;
    let report = run(&world);
    assert_eq!((report.counts.records, report.counts.filtered), (4, 2), "{:?}", dead(&world));
    assert_eq!(ids(&world), ["5001", "5002"]);
}

#[test]
fn a_record_that_breaks_a_rule_is_a_dead_letter_with_field_rule_and_value() {
    let quality = r#""quality": [{"field": "FName", "logic": "notlike", "value": "测试", "message": {"zh": "测试物料不传", "en": "test materials are not carried"}}],"#;
    let world = world(6, "", quality);
    world.rows.borrow_mut()[2].name = "测试件".into();
    let report = run(&world);
    assert_eq!((report.counts.records, report.counts.written, report.counts.dead), (6, 5, 1));
    assert_eq!(dead(&world), letters([("5002", "quality")]));
    let letter = letter(&world, "5002");
    assert_eq!(
        &*letter.error.message,
        "quality[0]: test materials are not carried: FName is \"测试件\", which does not meet the rule `FName notlike 测试` (expression: FName notlike 测试)"
    );
    assert_eq!(
        &*letter.error.message_zh,
        "quality[0]：测试物料不传：FName 的值为 \"测试件\"，不符合规则“FName notlike 测试”（表达式：FName notlike 测试）"
    );
    assert_eq!(letter.record["FName"], json!("测试件"));
    // Mended at the source, it is carried when its time comes.
    world.rows.borrow_mut()[2].name = "正式件".into();
    world.advance(Duration::from_secs(400));
    let report = run(&world);
    assert_eq!((report.retried.tried, report.retried.delivered), (1, 1));
    assert_eq!(*world.table.borrow(), world.expected());
    assert!(dead(&world).is_empty());
}

#[test]
fn a_dead_letter_that_the_condition_leaves_out_by_now_waits_for_a_person() {
    let condition = r#""condition": [[{"field": "FName", "logic": "notlike", "value": "作废"}]],"#;
    let world = world(3, condition, "");
    world.rows.borrow_mut()[1].name = "bad".into();
    run(&world);
    world.rows.borrow_mut()[1].name = "bad 作废".into();
    world.advance(Duration::from_secs(400));
    let report = run(&world);
    assert_eq!((report.retried.tried, report.retried.parked), (1, 1));
    assert_eq!(dead(&world), letters([("5001", "not_at_source")]));
}

#[test]
fn every_row_of_a_list_is_a_record_with_its_number() {
    let world = flattened(5, r#""condition": [[{"field": "details_qty", "logic": "gt", "value": "0"}]],"#);
    let report = run(&world);
    assert_eq!(
        (report.counts.pages, report.counts.records, report.counts.filtered, report.counts.written),
        (2, 10, 1, 9)
    );
    let table = world.table.borrow();
    assert_eq!(table["5001-1"].0, "甲1");
    assert_eq!(table["5001-2"].0, "乙1");
    assert!(!table.contains_key("5000-2") && !table.contains_key("5001"));
}

#[test]
fn one_row_that_fails_is_one_dead_letter_and_is_found_again() {
    let world = flattened(4, "");
    world.details.borrow_mut().get_mut(&5001).unwrap()[1]["name"] = json!("bad");
    world.details.borrow_mut().get_mut(&5003).unwrap()[0]["name"] = json!("bad");
    let report = run(&world);
    assert_eq!((report.counts.records, report.counts.written, report.counts.dead), (8, 6, 2));
    assert_eq!(dead(&world), letters([("5001-2", "value_too_long"), ("5003-1", "value_too_long")]));
    assert_eq!(letter(&world, "5001-2").record["details_name"], json!("bad"));
    world.details.borrow_mut().get_mut(&5001).unwrap()[1]["name"] = json!("好了");
    world.delivered.borrow_mut().clear();
    let results = retry(&world, &["5001-2", "5003-1", "5009-9"]);
    assert_eq!(outcomes(&results), [("5001-2", "delivered"), ("5003-1", "failed"), ("5009-9", "unknown")]);
    assert_eq!(*world.delivered.borrow(), ["5001-2"], "the other rows of the record are left alone");
    assert_eq!(dead(&world), letters([("5003-1", "value_too_long")]));
    // The rows are deleted at the source, then the record.
    world.details.borrow_mut().insert(5003, json!([]));
    let results = retry(&world, &["5003-1"]);
    assert_eq!(outcomes(&results), [("5003-1", "failed")]);
    assert_eq!(&*results[0].error.as_ref().unwrap().code, "empty_list");
    world.rows.borrow_mut().retain(|row| row.id != 5003);
    assert_eq!(&*retry(&world, &["5003-1"])[0].error.as_ref().unwrap().code, "not_at_source");
}

#[test]
fn a_record_without_rows_is_a_dead_letter_until_it_has_some() {
    let world = flattened(3, "");
    let none = [json!([]), Value::Null, json!("[]")];
    for (id, details) in (5000..).zip(none) {
        world.details.borrow_mut().insert(id, details);
    }
    let report = run(&world);
    assert_eq!((report.counts.records, report.counts.dead), (3, 3));
    assert_eq!(
        dead(&world),
        letters([("5000", "empty_list"), ("5001", "empty_list"), ("5002", "not_a_list")])
    );

    // The first two get rows. One is asked for by a person; of the other a row fails.
    world.details.borrow_mut().insert(5000, json!([{"name": "一"}, {"name": "二"}]));
    world.details.borrow_mut().insert(5001, json!([{"name": "三"}, {"name": "bad"}]));
    let results = retry(&world, &["5000", "5001", "5002"]);
    assert_eq!(outcomes(&results), [("5000", "delivered"), ("5001", "failed"), ("5002", "failed")]);
    assert_eq!(ids(&world), ["5000-1", "5000-2", "5001-1"]);
    assert_eq!(dead(&world), letters([("5001-2", "value_too_long"), ("5002", "not_a_list")]));

    // The last one comes again in a window.
    world.details.borrow_mut().insert(5002, json!([{"name": "四"}]));
    world.advance(Duration::from_secs(120));
    world.rows.borrow_mut()[2].modified = world.wall.get() / 1000 - 60;
    run(&world);
    assert_eq!(ids(&world), ["5000-1", "5000-2", "5001-1", "5002-1"]);
    assert_eq!(dead(&world), letters([("5001-2", "value_too_long")]));
}

#[test]
fn the_condition_settles_a_record_without_rows() {
    let world = flattened(2, r#""condition": [[{"field": "details_name", "logic": "notnull"}]],"#);
    world.details.borrow_mut().insert(5000, json!([]));
    let report = run(&world);
    assert_eq!(
        (report.counts.records, report.counts.filtered, report.counts.written, report.counts.dead),
        (3, 1, 2, 0)
    );
}

#[test]
fn rules_and_formats_apply_to_flattened_records() {
    let source = r#""formatResponse": [{"old": "details.price", "new": "price", "format": "round(2)"}],"#;
    let world = flattened(3, source);
    world.flow_file.replace(flow_file(
        &format!("{FLATTENED} {source}"),
        r#""quality": [{"field": "details_price", "logic": "elt", "value": "1.00"}],"#,
    ));
    world.details.borrow_mut().insert(5001, json!([{"name": "a", "price": "1.004"}, {"name": "b", "price": "1.005"}, {"name": "c", "price": "?"}]));
    world
        .details
        .borrow_mut()
        .insert(5002, json!([{"name": "a", "price": "1.00"}, {"name": "b", "price": 1.01}]));
    world.details.borrow_mut().remove(&5000);
    run(&world);
    assert_eq!(ids(&world), ["5002-1"]);
    assert_eq!(dead(&world), letters([("5000", "empty_list"), ("5001", "bad_cast"), ("5002-2", "quality")]));
    world.details.borrow_mut().get_mut(&5001).unwrap()[2]["price"] = json!(0);
    world.advance(Duration::from_secs(400));
    let report = run(&world);
    assert_eq!((report.retried.tried, report.retried.delivered, report.retried.failed), (3, 0, 3));
    assert_eq!(ids(&world), ["5001-1", "5001-3", "5002-1"]);
    assert_eq!(dead(&world), letters([("5000", "empty_list"), ("5001-2", "quality"), ("5002-2", "quality")]));
}

#[test]
fn a_dry_run_goes_the_same_way_and_writes_nothing() {
    let source = r#""condition": [[{"field": "details_qty", "logic": "gt", "value": "0"}]],"#;
    let world = flattened(3, source);
    world.flow_file.replace(flow_file(
        &format!("{FLATTENED} {source}"),
        r#""quality": [{"field": "details_name", "logic": "neq", "value": "甲2"}],"#,
    ));
    let report =
        world.invoke(LIMITS, |run| run.dry_run()).unwrap_or_else(|why| panic!("{}", why.into_problem()));
    assert!(report.counts.adds_up());
    let counts = report.counts;
    assert_eq!((counts.records, counts.filtered, counts.dead, counts.pending), (6, 1, 1, 4));
    assert_eq!(&*report.notes[0].code, "quality");
    assert_eq!(report.dry_run.unwrap()[0]["main_params"]["data_id"], json!("5000-1"));
    assert!(world.table.borrow().is_empty());
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_no_flattened_record() {
    let deaths = at_every_effect(|effect, done| {
        let world =
            flattened(9, r#""condition": [[{"field": "details_qty", "logic": "neq", "value": "7"}]],"#);
        world.page_time.set(Duration::from_millis(130));
        world.details.borrow_mut().insert(5003, json!([]));
        world.details.borrow_mut().get_mut(&5005).unwrap()[0]["name"] = json!("bad");
        run_and_mend(&world);
        if !world.run_killed_at(effect, done) {
            return false;
        }
        for _ in 0..3 {
            world.advance(LEASE);
            let _ = world.run();
        }
        let expected: Vec<String> = (5000..5009)
            .flat_map(|id| [format!("{id}-1"), format!("{id}-2")])
            .filter(|id| !["5007-2", "5006-2"].contains(&id.as_str()))
            .collect();
        assert_eq!(ids(&world), expected, "killed at effect {effect}, done: {done}");
        assert_eq!(dead(&world), letters([("5006-2", "value_too_long")]), "effect {effect}, done: {done}");
        true
    });
    assert!(deaths > 20, "only {deaths} deaths");
}

/// A first run, which leaves two dead letters; then what was wrong is mended, another row goes bad, and the letters are
/// due.
fn run_and_mend(world: &World) {
    run(world);
    assert_eq!(dead(world), letters([("5003", "empty_list"), ("5005-1", "value_too_long")]));
    world.table.borrow_mut().remove("5006-2");
    let mut details = world.details.borrow_mut();
    details.insert(5003, json!([{"name": "丙", "qty": 1}, {"name": "丁", "qty": 2}]));
    details.get_mut(&5005).unwrap()[0]["name"] = json!("好了");
    details.get_mut(&5006).unwrap()[1]["name"] = json!("bad");
    world.advance(Duration::from_secs(400));
    world.rows.borrow_mut()[6].modified = NOON + 300;
}

#[test]
fn a_flow_that_needs_what_the_engine_does_not_run_is_refused_with_the_reason() {
    let load = |source: &str| {
        let world = World::new(0);
        Flow::load(&world::component(&flow_file(source, "")), &Given(world.variables()))
            .map(|_| ())
            .unwrap_err()
    };
    let remedy = load(
        r#""omissionRemedy": {"crontab": "2 2 * * *", "takeOverRequest": [{"field": "FilterString", "value": "x"}]},"#,
    );
    assert_eq!(&*remedy.code, "not_run");
    assert!(remedy.message.starts_with("source.omissionRemedy: what FilterString takes over is no time"));
    assert!(remedy.message_zh.starts_with("source.omissionRemedy：") && remedy.hint.contains("DAYS_AGO_2"));
    let fields = "\"FMasterId\", \"FNumber\", \"FName\", \"F_ProductLine\", \"FSpecification\", \"FBaseUnitId_FName\", \"FModifyDate\", \"FApproveDate\"";
    let group = load(&format!(
        r#""groupCalculate": {{"headerGroup": [{fields}], "bodyName": "rows", "calculate": {{}}}},"#
    ));
    assert_eq!(&*group.code, "not_run");
    assert!(group.message.starts_with(
        "source.groupCalculate: documents made of many records need all records of a window at once"
    ));
    assert!(group.message_zh.starts_with("source.groupCalculate：聚合单据"));
    let lookups = flow_file("", "").replace(
        "\"delivery\"",
        r#""lookups": {"units": {"platform": "galaxy", "account": "galaxy", "api": "executeBillQuery", "formId": "BD_UNIT", "key": ["FNumber"], "on_miss": "fail"}}, "delivery""#,
    );
    let lookups =
        Flow::load(&world::component(&lookups), &Given(World::new(1).variables())).map(|_| ()).unwrap_err();
    assert_eq!(&*lookups.code, "no_lookups");
    assert!(lookups.message.contains("(units)") && lookups.hint.contains("lookups galaxy"));
}
