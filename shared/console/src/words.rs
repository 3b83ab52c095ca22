//! Times and numbers as people say them.

use crate::texts::{Language, Texts, filled};
use ferry_sync::shanghai;
use serde_json::Value;

/// A length of time: `3 min`, `2 h 5 min`, `4 days`.
pub fn span(seconds: i64, t: &Texts) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let one = |text: &str, n: i64| filled(text, &[("n", &n.to_string())]);
    match (days, hours, minutes) {
        (0, 0, 0) => one(t.span_seconds, seconds),
        (0, 0, _) => one(t.span_minutes, minutes),
        (0, _, _) if minutes % 60 == 0 => one(t.span_hours, hours),
        (0, _, _) => format!("{} {}", one(t.span_hours, hours), one(t.span_minutes, minutes % 60)),
        (1..3, _, _) if hours % 24 > 0 => {
            format!("{} {}", one(t.span_days, days), one(t.span_hours, hours % 24))
        }
        _ => one(t.span_days, days),
    }
}

/// How long a time lies back, or ahead.
pub fn ago(at: i64, now: i64, t: &Texts) -> String {
    match now - at {
        -2..=2 => t.just_now.to_owned(),
        past @ 3.. => filled(t.ago, &[("span", &span(past, t))]),
        ahead => filled(t.ahead, &[("span", &span(-ahead, t))]),
    }
}

/// Milliseconds: `240 ms`, `3.2 s`, `2 min`.
pub fn duration(ms: u64, t: &Texts) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => span(i64::try_from(ms / 1000).unwrap_or(i64::MAX), t),
    }
}

/// With separators: `12,345`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Unix seconds of a Shanghai text in a document.
pub fn time_of(value: &Value) -> Option<i64> {
    shanghai::parse(value.as_str()?)
}

/// A number in a document; 0 where there is none.
pub fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// A text in a document; empty where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a problem says in this language: `message` and `message_zh`.
pub fn told<'p>(problem: &'p Value, name: &str, language: Language) -> &'p str {
    let en = text(&problem[name]);
    match language {
        Language::En => en,
        Language::Zh => {
            Some(text(&problem[format!("{name}_zh").as_str()])).filter(|zh| !zh.is_empty()).unwrap_or(en)
        }
    }
}

/// A text cut to so many characters.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let en = Language::En.texts();
        let said: Vec<String> =
            [0, 59, 60, 3600, 7500, 86400, 90000, 400_000].map(|seconds| span(seconds, en)).into();
        let expected = ["0 s", "59 s", "1 min", "1 h", "2 h 5 min", "1 d", "1 d 1 h", "4 d"];
        assert_eq!(said, expected);
        let zh = Language::Zh.texts();
        assert_eq!(ago(1000, 1300, zh), "5 分钟前");
        assert_eq!(ago(1300, 1000, zh), "5 分钟后");
        assert_eq!(ago(1000, 1001, zh), "刚刚");
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([20, 1234, 61_000].map(|ms| duration(ms, en)), ["20 ms", "1.2 s", "1 min"]);
    }
}
