//! The vendors' clock: wall-clock time of Asia/Shanghai, UTC+8 all year round (China dropped daylight saving
//! time in 1991). All times of the engine are Unix seconds; this is where they become text and back.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};

/// The zone's offset from UTC, in seconds.
pub const OFFSET: i32 = 8 * 3600;

/// Unix seconds as a time of the zone.
pub fn at(seconds: i64) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(OFFSET).expect("eight hours are a valid offset");
    // Out of chrono's range means beyond the year 262,000: shown as the epoch rather than a panic.
    zone.timestamp_opt(seconds, 0).single().unwrap_or_else(|| zone.timestamp_nanos(0))
}

/// `2026-11-20 19:00:00`.
pub fn text(seconds: i64) -> String {
    at(seconds).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads `2026-11-20 19:00:00` (or with `T`, or a date alone) as Unix seconds.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let time = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| NaiveDateTime::parse_from_str(&format!("{text} 00:00:00"), "%Y-%m-%d %H:%M:%S").ok())?;
    Some(time.and_utc().timestamp() - i64::from(OFFSET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_eight_hours_ahead_of_utc() {
        assert_eq!(text(0), "1970-01-01 08:00:00");
        assert_eq!(parse("1970-01-01 08:00:00"), Some(0));
        assert_eq!(parse("1970-01-02"), Some(16 * 3600));
        assert_eq!(parse("1970-01-01T08:00:01"), Some(1));
        assert_eq!(parse("yesterday"), None);
    }
}
