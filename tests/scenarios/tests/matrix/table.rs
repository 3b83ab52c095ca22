//! The table that the suite prints: case × flow → lost, doubled, stale, dead letters, calls.

use super::flows::{ALL, Facts};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

/// What came of a case in one flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub lost: usize,
    pub doubled: usize,
    pub stale: usize,
    pub dead: u64,
    pub calls: u64,
}

/// The outcomes of all cases that came to an end.
#[derive(Debug, Default)]
pub struct Table(Mutex<BTreeMap<usize, Line>>);

/// A case.
#[derive(Debug)]
struct Line {
    name: &'static str,
    /// By flow.
    cells: BTreeMap<&'static str, (Outcome, Duration)>,
}

impl Table {
    pub fn put(&self, case: usize, name: &'static str, flow: &'static str, outcome: Outcome, took: Duration) {
        let mut lines = self.0.lock().unwrap_or_else(|poison| poison.into_inner());
        let line = lines.entry(case).or_insert_with(|| Line { name, cells: BTreeMap::new() });
        line.cells.insert(flow, (outcome, took));
    }

    /// A line a case; in each cell `lost/doubled/stale dead calls`.
    pub fn text(&self) -> String {
        const HEADING: &str = "lost/doubled/stale, dead letters, calls";
        let lines = self.0.lock().unwrap_or_else(|poison| poison.into_inner());
        let widest = lines.values().map(|line| line.name.len()).fold(HEADING.len(), usize::max);
        let mut text = format!("{HEADING:widest$}");
        for flow in ALL {
            let _ = write!(text, " | {:^16}", Facts::of(flow).short);
        }
        text.push('\n');
        let mut sum = Outcome::default();
        for line in lines.values() {
            let _ = write!(text, "{:widest$}", line.name);
            for flow in ALL {
                let cell = line.cells.get(flow).map_or(String::new(), |(it, _)| {
                    sum.lost += it.lost;
                    sum.doubled += it.doubled;
                    sum.stale += it.stale;
                    sum.dead += it.dead;
                    sum.calls += it.calls;
                    format!("{}/{}/{} {:>3} {:>5}", it.lost, it.doubled, it.stale, it.dead, it.calls)
                });
                let _ = write!(text, " | {cell:>16}");
            }
            text.push('\n');
        }
        let cases: usize = lines.values().map(|line| line.cells.len()).sum();
        let Outcome { lost, doubled, stale, dead, calls } = sum;
        let _ = writeln!(
            text,
            "{cases} cases: lost {lost}, doubled {doubled}, stale {stale}; {dead} dead letters, {calls} calls"
        );
        let mut slowest: Vec<_> = lines
            .values()
            .flat_map(|line| {
                line.cells.iter().map(|(flow, (_, took))| (*took, line.name, Facts::of(flow).short))
            })
            .collect();
        slowest.sort_unstable_by(|a, b| b.cmp(a));
        for (took, name, flow) in slowest.iter().take(5) {
            let _ = writeln!(text, "{:5.1} s: {name}, {flow}", took.as_secs_f64());
        }
        text
    }
}
