//! The bar that moves while records land. Without a terminal: a line now and then.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Records landed of records expected, and how fast.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    expected: u64,
    landed: u64,
    begun: Instant,
    said: Instant,
}

impl Progress {
    /// A bar on stderr for `expected` records.
    pub fn new(expected: u64) -> Progress {
        let style = ProgressStyle::with_template(
            "    {bar:40.cyan} {human_pos} / {human_len} records 条  {per_sec}  {elapsed}",
        )
        .expect("the template is well formed");
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(expected).with_style(style));
        Progress { bar, expected, landed: 0, begun: Instant::now(), said: Instant::now() }
    }

    /// That many records have landed, all in all.
    pub fn landed(&mut self, rows: u64) {
        self.landed = rows;
        match &self.bar {
            Some(bar) => bar.set_position(rows),
            None if self.said.elapsed() >= Duration::from_secs(1) => self.say(),
            None => {}
        }
    }

    /// The end: the bar stays as it is, and the text says it again. Records per second are an average.
    pub fn finish(mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
        self.say();
    }

    fn say(&mut self) {
        self.said = Instant::now();
        eprintln!("    {}", line(self.landed, self.expected, self.begun.elapsed()));
    }
}

fn line(landed: u64, expected: u64, time: Duration) -> String {
    let speed = landed as f64 / time.as_secs_f64().max(0.001);
    format!("{landed} / {expected} records 条 in {:.1} s, {speed:.0}/s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_many_how_long_and_how_fast() {
        assert_eq!(line(3000, 6000, Duration::from_millis(1500)), "3000 / 6000 records 条 in 1.5 s, 2000/s");
        assert_eq!(line(0, 0, Duration::ZERO), "0 / 0 records 条 in 0.0 s, 0/s");
    }
}
