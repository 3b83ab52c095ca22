//! Moments as the vendors write them, read and written as Asia/Shanghai wall-clock time.
//!
//! The offset is fixed at +08:00: China has had no daylight saving since 1991.

use crate::Value;
use crate::language::{Fault, Message};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

const SHANGHAI: i64 = 8 * 3600;

/// Epoch numbers from 1973 to 2100 count as times. What lies outside (20240101, a bill number) is more
/// likely no time at all, and is an error rather than a wrong date.
const SECONDS: std::ops::Range<i64> = 100_000_000..4_102_444_800;

const NOT_A_TIME: Message = Message {
    code: "bad_time",
    en: "{value} is not a time; expected such as 2024-01-01 10:11:12, 2024-01-01 or epoch seconds or \
         milliseconds",
    zh: "{value} 不是时间；应形如 2024-01-01 10:11:12、2024-01-01，或秒/毫秒时间戳",
};

/// Reads a moment.
///
/// Texts: `2024-01-01T10:11:12`, with a fraction, with a blank for the `T`, with `Z` or an offset (which
/// is then converted), `2024-01-01`, and epoch digits; numbers: epoch seconds or milliseconds. Nothing
/// (`Ok(None)`): null, blank, 0, Galaxy's empty date `0001-01-01…` and MySQL's `0000-00-00…`.
pub(crate) fn read(value: &Value) -> Result<Option<NaiveDateTime>, Box<Fault>> {
    let found = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => epoch(number.as_str()),
        Value::String(text) => match text.trim() {
            "" => return Ok(None),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => epoch(digits),
            text if text.starts_with("0001-01-01") || text.starts_with("0000-00-00") => {
                return Ok(None);
            }
            text => wall_clock(text).map(Some),
        },
        _ => None,
    };
    found.ok_or_else(|| Fault::about(&NOT_A_TIME, value))
}

/// A Unix time in seconds as wall-clock time.
pub(crate) fn at(seconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(seconds.checked_add(SHANGHAI)?, 0).map(|time| time.naive_utc())
}

/// `2024-01-01 10:11:12`; a fraction of a second is dropped.
pub(crate) fn datetime(time: NaiveDateTime) -> String {
    let mut text = String::with_capacity(19);
    push_date(&mut text, time);
    for (mark, part) in [(' ', time.hour()), (':', time.minute()), (':', time.second())] {
        text.push(mark);
        push_two(&mut text, part);
    }
    text
}

/// `2024-01-01`.
pub(crate) fn date(time: NaiveDateTime) -> String {
    let mut text = String::with_capacity(10);
    push_date(&mut text, time);
    text
}

/// Unix seconds; a fraction is dropped.
pub(crate) fn timestamp(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp() - SHANGHAI
}

/// Unix milliseconds; finer fractions are dropped.
pub(crate) fn timestamp_ms(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp_millis() - SHANGHAI * 1000
}

/// `Some(None)` is the empty time 0.
fn epoch(number: &str) -> Option<Option<NaiveDateTime>> {
    let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
    let whole: i64 = whole.parse().ok()?;
    if whole == 0 {
        return Some(None);
    }
    let (seconds, milliseconds) =
        if SECONDS.contains(&whole) { (whole, 0) } else { (whole / 1000, whole % 1000) };
    if !SECONDS.contains(&seconds) {
        return None;
    }
    Some(Some(at(seconds)? + TimeDelta::milliseconds(milliseconds)))
}

fn wall_clock(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u32> {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let is = |at: usize, mark: &[u8]| bytes.get(at).is_some_and(|byte| mark.contains(byte));
    if !is(4, b"-") || !is(7, b"-") {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    if bytes.len() == 10 {
        return day.and_hms_opt(0, 0, 0);
    }
    if !is(10, b"T ") || !is(13, b":") || !is(16, b":") {
        return None;
    }
    let mut rest = bytes.get(19..)?;
    let mut nanoseconds = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let zeros = std::iter::repeat(&b'0');
        for digit in fraction[..digits].iter().chain(zeros).take(9) {
            nanoseconds = nanoseconds * 10 + u32::from(digit - b'0');
        }
        rest = &fraction[digits..];
    }
    let time = day.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, nanoseconds)?;
    match rest {
        [] => Some(time),
        zone => time.checked_add_signed(TimeDelta::seconds(SHANGHAI - offset(zone)?)),
    }
}

/// Seconds east of Greenwich of `Z`, `+08:00` or `+0800`.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone {
        b"Z" | b"z" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (a, b, c, d) = match digits {
        [a, b, b':', c, d] | [a, b, c, d] => (a, b, c, d),
        _ => return None,
    };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let (hours, minutes) = (digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

// By hand: chrono's formatter is several times slower, and every row of a page has a date or two.
fn push_date(text: &mut String, time: NaiveDateTime) {
    let year = time.year().unsigned_abs();
    push_two(text, year / 100);
    push_two(text, year % 100);
    for part in [time.month(), time.day()] {
        text.push('-');
        push_two(text, part);
    }
}

fn push_two(text: &mut String, number: u32) {
    for digit in [number / 10 % 10, number % 10] {
        text.push(char::from(b'0' + digit as u8));
    }
}
