//! A text in both languages.

use serde::{Deserialize, Serialize};

/// The same said in English and in Chinese.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Words {
    /// Both of them.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Words { en: en.into(), zh: zh.into() }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }

    /// Both cut to so many characters, with an ellipsis where something is missing.
    pub fn cut(mut self, characters: usize) -> Self {
        cut(&mut self.en, characters);
        cut(&mut self.zh, characters);
        self
    }
}

fn cut(text: &mut String, characters: usize) {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
        text.push('…');
    }
}

/// A span of time as people say it: `90 s`, `25 min`, `3 h 20 min`, `2 d 4 h`.
pub fn span(seconds: u64) -> Words {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (seconds, minutes, hours) {
        (..=119, ..) => Words::new(format!("{seconds} s"), format!("{seconds} 秒")),
        (_, ..=119, _) => Words::new(format!("{minutes} min"), format!("{minutes} 分钟")),
        (_, _, ..=47) => Words::new(
            format!("{hours} h{}", rest(minutes % 60, "min")),
            format!("{hours} 小时{}", rest(minutes % 60, "分钟")),
        ),
        _ => Words::new(
            format!("{days} d{}", rest(hours % 24, "h")),
            format!("{days} 天{}", rest(hours % 24, "小时")),
        ),
    }
}

fn rest(number: u64, unit: &str) -> String {
    if number == 0 { String::new() } else { format!(" {number} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_the_two_largest_units_that_matter() {
        let said = |seconds| span(seconds).en;
        assert_eq!(said(0), "0 s");
        assert_eq!(said(119), "119 s");
        assert_eq!(said(120), "2 min");
        assert_eq!(said(7200 + 20 * 60), "2 h 20 min");
        assert_eq!(said(3 * 3600), "3 h");
        assert_eq!(said(2 * 86_400 + 4 * 3600 + 59), "2 d 4 h");
        assert_eq!(span(7200 + 20 * 60).zh, "2 小时 20 分钟");
    }

    #[test]
    fn a_cut_keeps_whole_characters() {
        let words = Words::new("abcdef", "星空销售退货").cut(4);
        assert_eq!(words, Words::new("abcd…", "星空销售…"));
        assert_eq!(Words::new("ab", "星空").cut(2), Words::new("ab", "星空"));
    }
}
