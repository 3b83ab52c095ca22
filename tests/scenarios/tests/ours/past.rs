use ferry_scenarios::native::{BETWEEN_SYSTEMS, Native};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: i64 = 86_400;

fn days_ago(days: i64) -> String {
    let then = chrono::Utc::now() + chrono::TimeDelta::hours(8) - chrono::TimeDelta::days(days);
    then.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// How wide a report's window is, in seconds.
fn width(report: &Value) -> i64 {
    let at = |end: &str| ferry_sync::shanghai::parse(report["window"][end].as_str().expect("a time"));
    at("end").expect("a time") - at("begin").expect("a time")
}

#[test]
fn a_watermark_ninety_days_old_drains_in_windows_as_wide_as_the_interface_allows() {
    // 聚水潭 answers for 7 days, 旺店通 for 30; OKKI has no limit, and a full list no windows.
    let widest = [Some(7 * DAY), Some(30 * DAY), None, None];
    for (flow, widest) in BETWEEN_SYSTEMS.into_iter().zip(widest) {
        let native = Native::shipped_flow(flow);
        native.advance(Duration::from_secs(60));
        native.drain();
        native.add_record(1);
        let body = json!({"watermark": days_ago(90)}).to_string();
        let (status, answer) = native.call("PUT", "/watermark", &body);
        assert_eq!(status, 200, "{answer}");
        let mut widths = Vec::new();
        loop {
            native.advance(Duration::from_secs(200));
            // One page at a time, so that every window is in a report.
            let (status, report) = native.call("POST", "/run", r#"{"max_pages": 1}"#);
            assert_eq!(status, 200, "{flow}: {report}");
            widths.extend(report["window"].is_object().then(|| width(&report)));
            if report["has_more"] == false {
                break;
            }
            assert!(widths.len() < 60, "{flow}: it never ends: {report}");
        }
        native.assert_in_step("ninety days later");
        let Some(widest) = widest else { continue };
        assert!(widths.iter().all(|width| *width <= widest), "{flow}: {widths:?}");
        assert!(widths.contains(&widest), "{flow}: narrower than need be: {widths:?}");
    }
}

#[test]
fn a_backfill_beside_normal_runs_loses_and_doubles_nothing() {
    for flow in BETWEEN_SYSTEMS {
        let native = Native::shipped_flow(flow);
        native.advance(Duration::from_secs(60));
        native.drain();
        let body = json!({"from": days_ago(1), "to": days_ago(0)}).to_string();
        let (status, answer) = native.call("POST", "/backfill", &body);
        assert_eq!(status, 202, "{flow}: {answer}");
        let mut runs = 0;
        loop {
            native.add_record(runs);
            native.advance(Duration::from_secs(200));
            let watermark = native.call("GET", "", "").1["watermark"].clone();
            let (status, report) = native.call("POST", "/run", r#"{"max_pages": 1}"#);
            assert_eq!(status, 200, "{flow}: {report}");
            assert!(report["watermark"].as_str() >= watermark.as_str(), "{flow}: it went back: {report}");
            let state = native.call("GET", "", "").1;
            runs += 1;
            if runs > 4 && !state["jobs"][0]["finished_at"].is_null() {
                break;
            }
            // What is new comes first; then the range gets its turn.
            if runs == 5 {
                native.drain();
                break;
            }
        }
        native.drain();
        native.assert_in_step("beside a backfill");
        let job = native.call("GET", "", "").1["jobs"][0].clone();
        assert!(job["finished_at"].is_string(), "{flow}: {job}");
        assert!(job["counts"]["records"].as_u64() > Some(0), "{flow}: {job}");
        assert_eq!(job["counts"]["dead"], 0, "{flow}: {job}");
    }
}
