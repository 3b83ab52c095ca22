//! The metrics, as an independent parser reads them.

mod world;

use ferry_watch::alerts::Record;
use ferry_watch::fleet::{Watched, standings};
use ferry_watch::metrics;
use prometheus_parse::{Scrape, Value as Sample};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use world::*;

fn known() -> Vec<Watched> {
    let galaxy = json!({
        "account": "galaxy", "platform": "galaxy", "interface": "batch \"Save\"\\\n",
        "calls": 1200, "errors": {"transport": 1, "rate_limit": 0, "credentials": 0, "business": 2, "fatal": 0},
        "latency": {"bounds_ms": [10, 25, 2500], "counts": [1, 2, 3, 4], "sum_ms": 65_432},
    });
    let answered = answer(
        NOON,
        json!({
            "failures": 2, "dead": {"waiting": 7, "for_partner": 3, "parked": 2}, "interfaces": [galaxy],
        }),
    );
    vec![watched(answered), Watched::new(OTHER_FILE, Err(problem("state_damaged")))]
}

fn text() -> String {
    let flows = known();
    let record: Record = serde_json::from_value(json!({
        "version": 1, "checked_at": NOON - 30,
        "open": [{"flow": FLOW, "code": "dead_letters", "since": 1, "seen": 1, "told_at": 1, "what": {"en": "", "zh": ""}, "hint": {"en": "", "zh": ""}}],
    }))
    .unwrap();
    metrics::text(&flows, &standings(&flows, NOON), &record)
}

fn parsed(text: &str) -> Scrape {
    Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).expect("Prometheus reads it")
}

/// The value of the one sample of this name with exactly these labels.
fn value(scrape: &Scrape, name: &str, labels: &[(&str, &str)]) -> Sample {
    let wanted: BTreeMap<&str, &str> = labels.iter().copied().collect();
    let fits = |sample: &&prometheus_parse::Sample| {
        let labels: BTreeMap<&str, &str> =
            sample.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        sample.metric == name && labels == wanted
    };
    let found: Vec<_> = scrape.samples.iter().filter(fits).collect();
    assert_eq!(found.len(), 1, "{name} {labels:?}: {found:?}");
    found[0].value.clone()
}

#[test]
fn every_value_is_exactly_what_the_flow_says() {
    let text = text();
    let scrape = parsed(&text);
    let flow = ("flow", FLOW);
    let is = |name: &str, labels: &[(&str, &str)], expected: f64| {
        let mut all = vec![flow];
        all.extend_from_slice(labels);
        let number = match value(&scrape, name, &all) {
            Sample::Counter(number) | Sample::Gauge(number) => number,
            other => panic!("{name}: {other:?}"),
        };
        assert!((number - expected).abs() < f64::EPSILON, "{name} {labels:?}: {number}");
    };
    is("ferry_runs_total", &[("outcome", "ok")], 10.0);
    is("ferry_runs_total", &[("outcome", "failed")], 1.0);
    is("ferry_records_read_total", &[], 500.0);
    for (outcome, count) in
        [("filtered", 3.0), ("written", 490.0), ("already_there", 5.0), ("dead", 2.0), ("pending", 0.0)]
    {
        is("ferry_records_total", &[("outcome", outcome)], count);
    }
    for (outcome, count) in [("delivered", 1.0), ("failed", 2.0), ("parked", 0.0)] {
        is("ferry_retried_total", &[("outcome", outcome)], count);
    }
    is("ferry_lag_seconds", &[], 40.0);
    is("ferry_lag_limit_seconds", &[], 780.0);
    for (kind, count) in [("waiting", 4.0), ("for_partner", 3.0), ("parked", 2.0)] {
        is("ferry_dead_letters", &[("kind", kind)], count);
    }
    is("ferry_failures_in_a_row", &[], 2.0);
    is("ferry_last_run_timestamp_seconds", &[], (NOON - 20) as f64);
    for state in ["flowing", "waiting", "never_run", "behind", "failing", "stopped"] {
        is("ferry_flow_state", &[("state", state)], f64::from(u8::from(state == "flowing")));
    }
    is("ferry_alerts_open", &[("alert", "dead_letters")], 1.0);
    let stopped = value(&scrape, "ferry_flow_state", &[("flow", OTHER), ("state", "stopped")]);
    assert_eq!(stopped, Sample::Gauge(1.0));
    let checked = value(&scrape, "ferry_alerts_checked_timestamp_seconds", &[]);
    assert_eq!(checked, Sample::Gauge((NOON - 30) as f64));
    assert!(!text.contains(&format!("ferry_lag_seconds{{flow=\"{OTHER}\"")), "nothing is known of it");
}

#[test]
fn calls_are_told_by_class_and_labels_may_hold_anything() {
    let text = text();
    let label = r#"interface="batch \"Save\"\\\n""#;
    let line = |class: &str, count: u64| {
        format!("ferry_calls_total{{flow=\"{FLOW}\",account=\"galaxy\",{label},class=\"{class}\"}} {count}\n")
    };
    for (class, count) in
        [("ok", 1197), ("transport", 1), ("rate_limit", 0), ("credentials", 0), ("business", 2), ("fatal", 0)]
    {
        assert!(text.contains(&line(class, count)), "{class}: {text}");
    }
    let plain = text.replace(r#"batch \"Save\"\\\n"#, "batchSave");
    let scrape = parsed(&plain);
    let labels = [("flow", FLOW), ("account", "galaxy"), ("interface", "batchSave"), ("class", "business")];
    assert_eq!(value(&scrape, "ferry_calls_total", &labels), Sample::Counter(2.0));
}

#[test]
fn histograms_are_cumulative_and_in_seconds() {
    let text = text().replace(r#"batch \"Save\"\\\n"#, "batchSave");
    let scrape = parsed(&text);
    let buckets = |name: &str, labels: &[(&str, &str)]| match value(&scrape, name, labels) {
        Sample::Histogram(counts) => {
            counts.iter().map(|bucket| (bucket.less_than, bucket.count)).collect::<Vec<_>>()
        }
        other => panic!("{name}: {other:?}"),
    };
    let runs = [("flow", FLOW)];
    assert_eq!(
        buckets("ferry_run_duration_seconds", &runs),
        [(0.1, 4.0), (0.5, 7.0), (1.0, 9.0), (f64::INFINITY, 11.0)]
    );
    let calls = [("flow", FLOW), ("account", "galaxy"), ("interface", "batchSave")];
    assert_eq!(
        buckets("ferry_call_duration_seconds", &calls),
        [(0.01, 1.0), (0.025, 3.0), (2.5, 6.0), (f64::INFINITY, 10.0)]
    );
    let line = |suffix: &str, number: &str| {
        format!("ferry_run_duration_seconds_{suffix}{{flow=\"{FLOW}\"}} {number}\n")
    };
    assert!(text.contains(&line("sum", "12.345")) && text.contains(&line("count", "11")), "{text}");
}

/// What the format asks for beyond single lines.
#[test]
fn every_family_is_in_one_piece_with_help_and_type_and_no_sample_twice() {
    let text = text();
    let mut families = BTreeSet::new();
    let mut samples = BTreeSet::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(families.insert(name.to_owned()), "{name} twice");
            assert!(help.ends_with('.'), "{line}");
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest.split(' ').next(), Some(current.as_str()));
        } else {
            assert!(line.starts_with(&current), "{line} under {current}");
            let name_and_labels = line.rsplit_once(' ').unwrap().0;
            assert!(samples.insert(name_and_labels.to_owned()), "{name_and_labels} twice");
        }
    }
    assert_eq!(families.len(), 15, "{families:?}");
    assert!(text.ends_with('\n'));
}

#[test]
fn nothing_to_tell_is_a_valid_answer() {
    let text = metrics::text(&[], &[], &Record::default());
    assert_eq!(text, "");
}
