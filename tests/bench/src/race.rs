//! The flow against `LOAD DATA`.

use anyhow::ensure;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use xtask::app::{App, Trigger};
use xtask::erp::Erp;
use xtask::stage::{DATABASE, FLOW, Stage, TABLE};
use xtask::{Result, flow, say, show};

/// How often each is measured.
pub const ROUNDS: usize = 3;

/// The rows of `LOAD DATA` go here.
const TWIN: &str = "twin";

/// How the flow writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `idCheck: true`: what is there is left alone.
    Insert,
    /// `idCheck: false`: what is there is updated.
    Upsert,
}

impl Mode {
    /// As the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Insert => "insert-only",
            Mode::Upsert => "upsert",
        }
    }

    fn id_check(self) -> &'static str {
        match self {
            Mode::Insert => "true",
            Mode::Upsert => "false",
        }
    }
}

/// One carrying of all materials.
#[derive(Debug)]
pub struct Run {
    /// How.
    pub mode: Mode,
    /// From the first request to the last answer, less our own looking at the memory in between.
    pub time: Duration,
    /// What the flow said.
    pub reports: Vec<Value>,
    /// What the local host counted since the app's start; nothing on Spin.
    pub stats: Option<Value>,
    /// The most memory that an invocation had, in bytes; nothing on Spin.
    pub peak: Option<u64>,
}

/// The times of all rounds.
#[derive(Debug)]
pub struct Outcome {
    rows: u64,
    insert: Vec<Duration>,
    upsert: Vec<Duration>,
    load: Vec<Duration>,
}

/// Runs all rounds. The runs of the flow come back for [`crate::costs`].
///
/// # Errors
/// When something fails, or does not carry every row.
pub fn run(stage: &Stage, erp: &Erp) -> Result<(Outcome, Vec<Run>)> {
    let create = format!("CREATE TABLE {TWIN} LIKE {TABLE};");
    stage.database.execute(DATABASE, &create)?;
    let mut outcome = Outcome { rows: 0, insert: Vec::new(), upsert: Vec::new(), load: Vec::new() };
    let mut runs = Vec::new();
    for round in 1..=ROUNDS {
        for mode in [Mode::Insert, Mode::Upsert] {
            say(&format!("Round {round} of {ROUNDS}: {}", mode.name()));
            let run = carry(stage, erp, mode, round)?;
            match mode {
                Mode::Insert => outcome.insert.push(run.time),
                Mode::Upsert => outcome.upsert.push(run.time),
            }
            runs.push(run);
        }
        say(&format!("Round {round} of {ROUNDS}: LOAD DATA"));
        outcome.rows = stage.landed()?;
        outcome.load.push(load(stage)?);
    }
    Ok((outcome, runs))
}

/// Carries everything into the emptied table, with an app that has no state yet.
fn carry(stage: &Stage, erp: &Erp, mode: Mode, round: usize) -> Result<Run> {
    stage.database.execute(DATABASE, &format!("TRUNCATE {TABLE};"))?;
    let changes = [("galaxy_materials_to_mysql_id_check", mode.id_check())];
    let state = format!("{}-{round}", mode.name());
    let app = stage.app(&state, Trigger::Http, &changes)?;
    let (mut peak, mut aside) = (None, Duration::ZERO);
    let begun = Instant::now();
    let reports = flow::run_to_the_end(&app, FLOW, &stage.run_token, &json!({}), |_| {
        let looking = Instant::now();
        peak = peak.max(memory(&app));
        aside += looking.elapsed();
        Ok(())
    })?;
    let time = begun.elapsed() - aside;
    let watermark = reports.last().and_then(|report| report["watermark"].as_str());
    let (landed, due) = (stage.landed()?, erp.count(watermark)?);
    ensure!(landed == due, "{landed} rows landed where {due} were due: {reports:?}");
    let stats = app.stats().ok().map(|stats| component(&stats).clone());
    app.stop();
    Ok(Run { mode, time, reports, stats, peak })
}

/// The flow's part of the local host's counters.
pub fn component(stats: &Value) -> &Value {
    &stats["components"][FLOW]
}

fn memory(app: &App) -> Option<u64> {
    component(&app.stats().ok()?)["last_peak_memory_bytes"].as_u64()
}

/// Loads the landed rows into the twin, and compares.
fn load(stage: &Stage) -> Result<Duration> {
    let file = stage.database.directory().join("rows.tsv");
    let _ = std::fs::remove_file(&file);
    let file = file.display();
    stage.database.execute(
        DATABASE,
        &format!(
            "TRUNCATE {TWIN};
             SELECT * FROM {TABLE} ORDER BY data_id INTO OUTFILE '{file}' CHARACTER SET utf8mb4;"
        ),
    )?;
    let load = format!("LOAD DATA LOCAL INFILE '{file}' INTO TABLE {TWIN} CHARACTER SET utf8mb4;");
    let begun = Instant::now();
    stage.database.execute(DATABASE, &load)?;
    let time = begun.elapsed();
    let checksums = stage.database.query(DATABASE, &format!("CHECKSUM TABLE {TABLE}, {TWIN};"))?;
    ensure!(
        checksums.len() == 2 && checksums[0][1] == checksums[1][1],
        "LOAD DATA did not load the same rows: {checksums:?}"
    );
    Ok(time)
}

impl Outcome {
    /// The table for the reader.
    pub fn table(&self) -> String {
        let load = median(&self.load);
        let row = |what: &str, times: &[Duration]| {
            let time = median(times);
            let spread = times.iter().min().zip(times.iter().max());
            let (least, most) = spread.unwrap_or((&time, &time));
            vec![
                what.to_owned(),
                format!("{:.2} s", time.as_secs_f64()),
                format!("[{:.2} … {:.2}]", least.as_secs_f64(), most.as_secs_f64()),
                format!("{:.0}", self.rows as f64 / time.as_secs_f64()),
                format!("{:.2}", time.as_secs_f64() / load.as_secs_f64()),
            ]
        };
        let title = format!("{} materials end to end", self.rows);
        let head = [title.as_str(), "time", "spread", "rows/s", "× LOAD DATA"];
        let rows = [
            row("flow, insert-only (idCheck true)", &self.insert),
            row("flow, upsert (idCheck false)", &self.upsert),
            row("LOAD DATA LOCAL INFILE", &self.load),
        ];
        show::numbers(&head, rows).to_string()
    }
}

/// The one in the middle.
pub fn median<T: Ord + Copy + Default>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_to_load_data_and_by_the_medians() {
        let seconds = |list: [u64; 3]| list.map(Duration::from_secs).to_vec();
        let outcome = Outcome {
            rows: 600,
            insert: seconds([3, 9, 2]),
            upsert: seconds([4, 4, 4]),
            load: seconds([2, 1, 2]),
        };
        let table = outcome.table();
        let line = |start: &str| {
            let line = table.lines().find(|line| line.trim().starts_with(start)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(line("flow, insert").ends_with("3.00 s [2.00 … 9.00] 200 1.50"), "{table}");
        assert!(line("flow, upsert").ends_with("4.00 s [4.00 … 4.00] 150 2.00"), "{table}");
    }
}
