//! What a run costs: writes to the store, calls, memory, time when there is nothing to do, size.

use crate::race::{Run, component, median};
use serde_json::{Value, json};
use std::time::Instant;
use xtask::app::{App, Trigger};
use xtask::stage::{FLOW, Stage};
use xtask::{Result, app, cargo, flow, say, show};

/// How many idle runs.
const IDLE: usize = 5;

/// The calls that write to the key-value store.
const WRITES: [&str; 6] = ["set", "set_many", "delete", "delete_many", "increment", "cas_swap"];

/// How many calls in the local host's counters wrote to the store.
fn writes(stats: &Value) -> u64 {
    let each = WRITES.iter().filter_map(|kind| stats["kv"][kind].as_u64());
    each.sum()
}

/// The store, the calls and the memory of the runs that carried everything.
pub fn of_runs(runs: &[Run]) -> String {
    let sum = |run: &Run, pointer: &str| -> u64 {
        let each = run.reports.iter().filter_map(|report| report.pointer(pointer));
        each.filter_map(Value::as_u64).sum()
    };
    let rows = runs.iter().map(|run| {
        let (pages, calls) = (sum(run, "/pages"), run.reports.len() as u64);
        let written = run.stats.as_ref().map(writes);
        vec![
            run.mode.name().to_owned(),
            calls.to_string(),
            pages.to_string(),
            or_dash(written.map(|writes| writes.to_string())),
            or_dash(written.map(|writes| format!("{:.2}", writes as f64 / pages.max(1) as f64))),
            (2 * pages + 8 * calls).to_string(),
            sum(run, "/calls/source").to_string(),
            sum(run, "/calls/target").to_string(),
            or_dash(run.peak.map(|bytes| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)))),
        ]
    });
    let head = [
        "carrying everything",
        "runs",
        "pages",
        "kv writes",
        "… a page",
        "2 a page + 8 a run",
        "source calls",
        "SQL",
        "peak memory",
    ];
    show::numbers(&head, rows).to_string()
}

/// Runs that find nothing new, after one that carried everything.
///
/// # Errors
/// When a run fails.
pub fn of_an_idle_run(stage: &Stage) -> Result<String> {
    say("Idle runs");
    // The state of the last upsert round is the one that fits the table.
    let changes = [("galaxy_materials_to_mysql_id_check", "false")];
    let state = format!("upsert-{}", crate::race::ROUNDS);
    let app = stage.app(&state, Trigger::Http, &changes)?;
    let once = |app: &App| flow::run_to_the_end(app, FLOW, &stage.run_token, &json!({}), |_| Ok(()));
    // What was modified within the safety lag of the last run is still to be carried.
    once(&app)?;
    let before = app.stats().ok();
    let (mut times, mut durations, mut calls, mut records) = (vec![], vec![], vec![], vec![]);
    for _ in 0..IDLE {
        let begun = Instant::now();
        let reports = once(&app)?;
        times.push(begun.elapsed());
        let number = |pointer: &str| -> u64 {
            let each = reports.iter().filter_map(|report| report.pointer(pointer));
            each.filter_map(Value::as_u64).sum()
        };
        durations.push(number("/duration_ms"));
        calls.push(number("/calls/source"));
        records.push(number("/records"));
    }
    let after = app.stats().ok();
    let written = before.zip(after).map(|(before, after)| {
        let more = writes(component(&after)) - writes(component(&before));
        format!("{:.1}", more as f64 / IDLE as f64)
    });
    app.stop();
    let row = vec![
        format!("{:.1} ms", median(&times).as_secs_f64() * 1000.0),
        format!("{} ms", median(&durations)),
        median(&calls).to_string(),
        median(&records).to_string(),
        or_dash(written),
    ];
    let head = [
        "an idle run: request to answer",
        "by its report",
        "source calls",
        "records in the look-back",
        "kv writes",
    ];
    Ok(show::numbers(&head, [row]).to_string())
}

/// The size of each wasm file.
///
/// # Errors
/// When one is missing.
pub fn of_components() -> Result<String> {
    let mut rows = Vec::new();
    for file in cargo::build_components()? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = app::size(&file)?;
        rows.push(vec![name, format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20)), bytes.to_string()]);
    }
    Ok(show::numbers(&["component", "size", "bytes"], rows).to_string())
}

/// Spin does not count for us.
fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::Mode;
    use std::time::Duration;

    #[test]
    fn reads_are_not_writes_and_pages_of_all_runs_add_up() {
        let stats = json!({"kv": {"get": 100, "set": 3, "set_many": 40, "increment": 5, "get_many": 9}});
        let report = json!({"pages": 10, "calls": {"source": 11, "target": 30}});
        let run = Run {
            mode: Mode::Insert,
            time: Duration::from_secs(1),
            reports: vec![report.clone(), report],
            stats: Some(stats),
            peak: Some(3 << 20),
        };
        let table = of_runs(&[run]);
        let line = table.lines().find(|line| line.contains("insert-only")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells, ["insert-only", "2", "20", "48", "2.40", "56", "22", "60", "3.0", "MiB"]);
    }
}
