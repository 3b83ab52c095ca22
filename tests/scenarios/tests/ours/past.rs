use ferry_scenarios::app::systems::Control;
use ferry_scenarios::native::{BETWEEN_SYSTEMS, Native};
use percent_encoding::percent_decode_str;
use serde_json::json;
use std::time::Duration;
use xtask::simulator::System;

const DAY: i64 = 86_400;

fn days_ago(days: i64) -> String {
    let then = chrono::Utc::now() + chrono::TimeDelta::hours(8) - chrono::TimeDelta::days(days);
    then.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// How wide the ranges are that the source was asked for, in seconds.
fn widths(native: &Native, source: System) -> Vec<i64> {
    let mut widths = Vec::new();
    for call in native.list(source, "/calls") {
        let args =
            percent_decode_str(call["args"].as_str().expect("a text")).decode_utf8_lossy().replace('+', " ");
        let times: Vec<i64> = args
            .char_indices()
            .filter_map(|(at, _)| args.get(at..at + 19))
            .filter_map(ferry_sync::shanghai::parse)
            .collect();
        if let (Some(begin), Some(end)) = (times.iter().min(), times.iter().max()) {
            widths.push(end - begin);
        }
    }
    widths
}

#[test]
fn a_watermark_ninety_days_old_drains_in_windows_as_wide_as_the_interface_allows() {
    // OKKI answers for any time, and a full list has no windows.
    let widest = [(System::Jushuitan, 7 * DAY), (System::Wangdiantong, 30 * DAY)];
    let mut widest = widest.into_iter();
    for flow in BETWEEN_SYSTEMS {
        let native = Native::shipped_flow(flow);
        native.advance(Duration::from_secs(60));
        native.drain();
        native.add_record(1);
        let body = json!({"watermark": days_ago(90)}).to_string();
        let (status, answer) = native.call("PUT", "/watermark", &body);
        assert_eq!(status, 200, "{answer}");
        native.drain();
        native.assert_in_step("ninety days later");
        let Some((source, widest)) = widest.next() else { continue };
        let widths = widths(&native, source);
        assert_eq!(widths.iter().max(), Some(&widest), "{flow}: {widths:?}");
        let many = usize::try_from(90 * DAY / widest).expect("a few");
        assert!(widths.iter().filter(|width| **width == widest).count() >= many - 1, "{flow}: {widths:?}");
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
