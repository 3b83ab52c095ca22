//! The dashboard shows metrics that there are.

mod world;

use ferry_watch::alerts::Record;
use ferry_watch::fleet::standings;
use ferry_watch::metrics;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::*;

/// Every family there can be.
fn families() -> BTreeSet<String> {
    let interface = json!({"account": "galaxy", "interface": "batchSave", "calls": 1,
                           "latency": {"bounds_ms": [10], "counts": [1, 0], "sum_ms": 5}});
    let flows = [watched(answer(NOON, json!({"interfaces": [interface]})))];
    let words = json!({"en": "", "zh": ""});
    let item = json!({"flow": FLOW, "title": words, "code": "lag", "change": "opened", "since": 1, "at": 1, "what": words, "hint": words});
    let record: Record = serde_json::from_value(json!({
        "checked_at": NOON,
        "open": [{"flow": FLOW, "code": "lag", "since": 1, "seen": 1, "told_at": null, "what": words, "hint": words}],
        "outbox": [{"item": item, "owed": ["wecom"]}],
    }))
    .unwrap();
    let text = metrics::text(&flows, &standings(&flows, NOON), &record);
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types
        .flat_map(|line| match line.split_once(' ').unwrap() {
            (name, "histogram") => {
                ["_bucket", "_sum", "_count"].map(|suffix| format!("{name}{suffix}")).to_vec()
            }
            (name, _) => vec![name.to_owned()],
        })
        .collect()
}

/// The names of our metrics in the expressions of the dashboard.
fn named(json: &Value, names: &mut BTreeSet<String>) {
    match json {
        Value::String(text) => {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            names.extend(words.filter(|word| word.starts_with("ferry_")).map(str::to_owned));
        }
        Value::Array(list) => list.iter().for_each(|one| named(one, names)),
        Value::Object(fields) => fields.values().for_each(|one| named(one, names)),
        _ => {}
    }
}

#[test]
fn every_metric_that_the_dashboard_names_exists_and_none_is_left_out() {
    let dashboard: Value = serde_json::from_str(include_str!("../../../docs/grafana.json")).unwrap();
    let mut names = BTreeSet::new();
    named(&dashboard, &mut names);
    let families = families();
    let unknown: Vec<&String> = names.difference(&families).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let sums = |name: &&String| name.ends_with("_sum") || name.ends_with("_count");
    let left_out: Vec<&String> = families.difference(&names).filter(|name| !sums(name)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}

#[test]
fn every_panel_has_a_place_of_its_own_and_a_title_in_both_languages() {
    let dashboard: Value = serde_json::from_str(include_str!("../../../docs/grafana.json")).unwrap();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        let chinese = title.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(chinese && title.chars().any(|c| c.is_ascii_alphabetic()), "{title}");
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(x < 24 && taken.insert((x, y)), "{title} lies over another");
            }
        }
    }
}
