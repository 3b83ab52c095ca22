//! Prometheus' text format: families of samples.

use crate::document::Histogram;
use std::fmt::{Display, Write};

/// What a family's samples are.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Only grows, but for new beginnings.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Cumulative buckets, a sum and a count.
    Histogram,
}

/// All samples of one name.
#[derive(Debug)]
pub struct Family {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    samples: String,
}

impl Family {
    /// One without samples.
    pub fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Family { name, kind, help, samples: String::new() }
    }

    /// Adds a sample.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, None, &value);
    }

    /// Adds the samples of a histogram, whose times become seconds.
    pub fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        let mut count = 0;
        let mut counts = histogram.counts.iter();
        for bound in &histogram.bounds_ms {
            count += counts.next().copied().unwrap_or(0);
            self.line("_bucket", labels, Some(&seconds(*bound)), &count);
        }
        // What lies beyond the last bound.
        count += counts.sum::<u64>();
        self.line("_bucket", labels, Some("+Inf"), &count);
        self.line("_sum", labels, None, &seconds(histogram.sum_ms));
        self.line("_count", labels, None, &count);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], le: Option<&str>, value: &dyn Display) {
        let le = le.map(|bound| ("le", bound));
        let labels: Vec<String> = labels
            .iter()
            .copied()
            .chain(le)
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        // Writing to a string cannot fail.
        let _ = writeln!(self.samples, "{}{suffix}{labels} {value}", self.name);
    }

    /// The family with its help and type; nothing where it has no samples.
    pub fn text(&self) -> String {
        if self.samples.is_empty() {
            return String::new();
        }
        let kind = match self.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let Family { name, help, samples, .. } = self;
        format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{samples}")
    }
}

/// A label's value: backslash, quote and line feed are escaped, nothing else.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Milliseconds as seconds, exactly: `0.1`, `30`.
fn seconds(ms: u64) -> String {
    match ms % 1000 {
        0 => (ms / 1000).to_string(),
        rest => format!("{}.{rest:03}", ms / 1000).trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        assert_eq!(
            [0, 5, 10, 100, 250, 1000, 12_345].map(seconds),
            ["0", "0.005", "0.01", "0.1", "0.25", "1", "12.345"]
        );
    }

    #[test]
    fn a_label_may_hold_anything() {
        let mut family = Family::new("x", Kind::Gauge, "X.");
        family.sample(&[("name", "a\"b\\c\nd 金蝶{}")], 1);
        assert_eq!(family.text(), "# HELP x X.\n# TYPE x gauge\nx{name=\"a\\\"b\\\\c\\nd 金蝶{}\"} 1\n");
        assert_eq!(Family::new("y", Kind::Gauge, "Y.").text(), "");
    }
}
