//! The records that are mapped: 50 of 10 lines each, the same ones every time, in the shapes that the
//! vendors document. They hold what real ones hold: Chinese text, quotes, trailing blanks, decimals, numbers
//! that arrive as text, fields that are absent or empty.

pub mod jushuitan;
pub mod okki;
pub mod wangdiantong;

use serde_json::{Number, Value};

/// Records of a page.
pub const RECORDS: usize = 50;

/// Lines of a record.
pub const LINES: usize = 10;

/// A small generator of its own (Knuth's MMIX constants): the figures of two machines are of the same data.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number from 0 up to, not including, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A moment of November 2026: `2026-11-07 14:03:59`.
    pub fn moment(&mut self) -> String {
        let (day, hour) = (1 + self.below(28), self.below(24));
        format!("2026-11-{day:02} {hour:02}:{:02}:{:02}", self.below(60), self.below(60))
    }
}

/// A number of `cents` with as many decimals as it needs, as the vendors' servers write them: 59.9, 128.
fn decimal(cents: u64, decimals: u32) -> Value {
    let unit = 10u64.pow(decimals);
    let text = format!("{}.{:0width$}", cents / unit, cents % unit, width = decimals as usize);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Value::Number(text.parse::<Number>().expect("digits are a number"))
}
