//! One value of a query's answer, and how it is written.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde_json::Value;

use super::config::{DateFormat, IdFormat, Switches};

/// What a column holds, as far as comparing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Date,
}

/// A value, borrowed from its record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Null,
    /// An internal id: a number or a text by switch.
    Id(i64),
    Text(&'a str),
    /// Wall clock of Asia/Shanghai.
    Date(NaiveDateTime),
    /// A number or a boolean, written as it is stored.
    Json(&'a Value),
}

impl Cell<'_> {
    /// The value as a number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Id(id) => Some(*id as f64),
            Self::Json(value) => value.as_f64(),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Date(_) => None,
        }
    }

    /// The value as text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Id(id) => Cow::Owned(id.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Date(date) => Cow::Owned(date.format("%Y-%m-%d %H:%M:%S").to_string()),
            Self::Json(value) => Cow::Owned(value.to_string()),
        }
    }

    /// The order of OrderString: null first, as SQL Server does.
    pub fn order(&self, other: &Cell<'_>) -> Ordering {
        match (self, other) {
            (Self::Null, Cell::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Cell::Null) => Ordering::Greater,
            (Self::Id(a), Cell::Id(b)) => a.cmp(b),
            (Self::Date(a), Cell::Date(b)) => a.cmp(b),
            (Self::Text(a), Cell::Text(b)) => a.cmp(b),
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => a.text().cmp(&b.text()),
            },
        }
    }

    /// Appends the value as JSON.
    pub fn write(&self, out: &mut Vec<u8>, switches: &Switches) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Id(id) if switches.ids == IdFormat::Text => {
                out.push(b'"');
                write_json(out, id);
                out.push(b'"');
            }
            Self::Id(id) => write_json(out, id),
            Self::Text(text) => write_json(out, text),
            Self::Date(date) => write_date(out, *date, switches.dates),
            Self::Json(value) => write_json(out, value),
        }
    }
}

/// Appends anything as JSON.
pub(super) fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("plain values can always be written to memory");
}

fn write_date(out: &mut Vec<u8>, date: NaiveDateTime, format: DateFormat) {
    let parts = [
        (date.year().unsigned_abs(), 4, b'-'),
        (date.month(), 2, b'-'),
        (date.day(), 2, if format == DateFormat::Blank { b' ' } else { b'T' }),
        (date.hour(), 2, b':'),
        (date.minute(), 2, b':'),
        (date.second(), 2, b'.'),
        (date.nanosecond() / 1_000_000 % 1000, 3, b'"'),
    ];
    let used = if format == DateFormat::Fraction { 7 } else { 6 };
    out.push(b'"');
    for (number, width, after) in &parts[..used] {
        for place in (0..*width).rev() {
            out.push(b'0' + u8::try_from(number / 10u32.pow(place) % 10).unwrap_or(0));
        }
        out.push(*after);
    }
    if let Some(last) = out.last_mut() {
        *last = b'"';
    }
}

/// Reads `2024-01-01`, `2024-01-01 10:11`, `2024-01-01 10:11:12`, with `T` for the blank and with a
/// fraction.
pub(super) fn parse_date(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim().replacen('T', " ", 1);
    if let Ok(day) = NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
        return day.and_hms_opt(0, 0, 0);
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_the_three_forms() {
        let date = parse_date("2024-01-02 03:04:05.678").unwrap();
        for (format, expected) in [
            (DateFormat::Seconds, "\"2024-01-02T03:04:05\""),
            (DateFormat::Fraction, "\"2024-01-02T03:04:05.678\""),
            (DateFormat::Blank, "\"2024-01-02 03:04:05\""),
        ] {
            let mut out = Vec::new();
            write_date(&mut out, date, format);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn texts_and_ids_are_written_as_json() {
        let mut out = Vec::new();
        Cell::Text("a\"\\\n🔧").write(&mut out, &Switches::default());
        out.push(b' ');
        Cell::Id(7).write(&mut out, &Switches { ids: IdFormat::Text, ..Switches::default() });
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\\\"\\\\\\n🔧\" \"7\"");
    }
}
