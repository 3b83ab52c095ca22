//! The routes over all flows.

use crate::stage::{FLOW, Stage, get};
use ferry_scenarios::app::world::{ADMIN_TOKEN, RUN_TOKEN, TICK_TOKEN};
use prometheus_parse::{Scrape, Value as Sample};
use serde_json::Value;
use std::collections::BTreeMap;

/// What Prometheus reads.
fn scraped(flow: &ferry_scenarios::app::Flow) -> Scrape {
    let answer = get(flow, "/metrics", RUN_TOKEN);
    assert_eq!(answer.status, 200);
    let Value::String(text) = answer.body else { panic!("no text: {}", answer.body) };
    Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).expect("Prometheus reads it")
}

/// The sum of the samples of this name with these labels among theirs.
fn sum(scrape: &Scrape, name: &str, labels: &[(&str, &str)]) -> u64 {
    let wanted: BTreeMap<&str, &str> = labels.iter().copied().collect();
    let fits = |sample: &&prometheus_parse::Sample| {
        sample.metric == name && wanted.iter().all(|(name, value)| sample.labels.get(name) == Some(value))
    };
    let found: Vec<f64> = scrape
        .samples
        .iter()
        .filter(fits)
        .map(|sample| match &sample.value {
            Sample::Counter(number) | Sample::Gauge(number) | Sample::Untyped(number) => *number,
            other => panic!("{name}: {other:?}"),
        })
        .collect();
    assert!(!found.is_empty(), "{name} {labels:?}");
    found.iter().sum::<f64>() as u64
}

#[test]
fn metrics_are_exactly_what_the_runs_reported() {
    let Some(stage) = Stage::new(40, true) else { return };
    let flow = stage.start();
    let mut reports = vec![flow.run()];
    stage.break_source();
    for _ in 0..2 {
        let answer = flow.call(&serde_json::json!({"budget_ms": 1500})).expect("an answer");
        assert_eq!(answer.status, 502, "{}", answer.body);
        reports.push(answer.body);
    }
    stage.mend_source();
    let state = flow.state();
    let scrape = scraped(&flow);
    let of_flow = ("flow", FLOW);
    let total =
        |name: &str| reports.iter().map(|report| report[name].as_u64().expect("a count")).sum::<u64>();
    assert!(total("written") > 0 && total("dead") > 0, "a scenario about nothing: {}", reports[0]);
    assert_eq!(sum(&scrape, "ferry_records_read_total", &[of_flow]), total("records"));
    for outcome in ["filtered", "written", "already_there", "dead", "pending"] {
        let told = sum(&scrape, "ferry_records_total", &[of_flow, ("outcome", outcome)]);
        assert_eq!(told, total(outcome), "{outcome}");
    }
    assert_eq!(sum(&scrape, "ferry_runs_total", &[of_flow, ("outcome", "ok")]), 1);
    assert_eq!(sum(&scrape, "ferry_runs_total", &[of_flow, ("outcome", "failed")]), 2);
    assert_eq!(sum(&scrape, "ferry_failures_in_a_row", &[of_flow]), 2);
    for (kind, count) in [
        ("for_partner", state["dead"]["for_partner"].as_u64()),
        ("parked", state["dead"]["parked"].as_u64()),
        (
            "waiting",
            state["dead"]["waiting"]
                .as_u64()
                .zip(state["dead"]["for_partner"].as_u64())
                .map(|(all, some)| all - some),
        ),
    ] {
        assert_eq!(Some(sum(&scrape, "ferry_dead_letters", &[of_flow, ("kind", kind)])), count, "{kind}");
    }
    // Calls: as the simulators counted them.
    let galaxy = stage.scene.systems.get(xtask::simulator::System::Galaxy, "/counters")["calls"].clone();
    let counted: u64 = galaxy.as_object().expect("counters").values().filter_map(Value::as_u64).sum();
    assert_eq!(sum(&scrape, "ferry_calls_total", &[of_flow, ("account", "galaxy")]), counted, "{galaxy}");
    let failed =
        sum(&scrape, "ferry_calls_total", &[of_flow, ("account", "jushuitan"), ("class", "transport")]);
    assert!(failed >= 2, "{failed}");
    let histogram = scrape.samples.iter().find(|sample| sample.metric == "ferry_run_duration_seconds");
    let Some(Sample::Histogram(buckets)) = histogram.map(|sample| &sample.value) else {
        panic!("no histogram")
    };
    assert!((buckets.last().expect("buckets").count - 3.0).abs() < f64::EPSILON, "{buckets:?}");
    assert_eq!(sum(&scrape, "ferry_run_duration_seconds_count", &[of_flow]), 3);
    for state in ["flowing", "waiting", "never_run", "behind", "failing", "stopped"] {
        let told = sum(&scrape, "ferry_flow_state", &[of_flow, ("state", state)]);
        assert_eq!(told, u64::from(state == "flowing"), "{state}");
    }
    let lag = sum(&scrape, "ferry_lag_seconds", &[of_flow]);
    assert!((30..=300).contains(&lag), "{lag}");
}

#[test]
fn nothing_but_the_health_answers_without_its_token() {
    let Some(stage) = Stage::new(1, false) else { return };
    let flow = stage.start();
    for (path, by_tick) in [("/metrics", 403), ("/alerts", 403), ("/alerts/check", 200)] {
        assert_eq!(get(&flow, path, "").status, 401, "{path}");
        assert_eq!(get(&flow, path, TICK_TOKEN).status, 401, "{path}: it is no bearer token");
        assert_eq!(get(&flow, &format!("{path}?tick_token={TICK_TOKEN}"), "").status, by_tick, "{path}");
        stage.pass(&flow, 60);
        for token in [RUN_TOKEN, ADMIN_TOKEN] {
            assert_eq!(get(&flow, path, token).status, 200, "{path}");
            stage.pass(&flow, 60);
        }
    }
    assert_eq!(get(&flow, "/healthz", "").status, 200);
    // What is no route of these is still said to be none.
    assert_eq!(get(&flow, "/metrics/x", RUN_TOKEN).body["error"]["code"], "unknown_route");
}
