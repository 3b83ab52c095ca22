//! How often cron schedules fire: the longest time between two of their moments.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use std::collections::BTreeMap;
use std::time::Duration;

/// So many days are looked at, from the first of [`START`]: twelve years have three leap days.
const DAYS: u64 = 12 * 1461 / 4;
const START: Option<NaiveDate> = NaiveDate::from_ymd_opt(2024, 1, 1);

/// Reads an expression as Spin's cron trigger does: six fields, UTC; day of month and day of week must
/// both match.
///
/// # Errors
/// What is wrong with it, in English.
pub fn read(expression: &str) -> Result<Cron, CronError> {
    CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Disallowed)
        .dom_and_dow(true)
        .sloppy_ranges(true)
        .build()
        .parse(expression)
}

/// The longest time between two moments of these schedules together. `None` where they have fewer than
/// two in twelve years.
///
/// # Errors
/// When a schedule cannot be evaluated.
pub fn longest_gap(schedules: &[Cron]) -> Result<Option<Duration>, CronError> {
    // In UTC every day that a schedule has at all has the same times.
    let times: Vec<Vec<u32>> = schedules.iter().map(times).collect::<Result<_, _>>()?;
    let mut known: BTreeMap<Vec<bool>, Option<Day>> = BTreeMap::new();
    let (mut last, mut longest) = (None, None);
    for midnight in midnights() {
        let due = |(schedule, times): (&Cron, &Vec<u32>)| match times.first() {
            Some(first) => schedule.is_time_matching(&(midnight + TimeDelta::seconds((*first).into()))),
            None => Ok(false),
        };
        let due: Vec<bool> = schedules.iter().zip(&times).map(due).collect::<Result<_, _>>()?;
        let day = known.entry(due).or_insert_with_key(|due| Day::of(&times, due));
        let Some(day) = day else { continue };
        let before = last.map(|last| midnight.timestamp() + day.first - last);
        longest = longest.max(before).max(day.longest);
        last = Some(midnight.timestamp() + day.last);
    }
    Ok(longest.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs))
}

fn midnights() -> impl Iterator<Item = DateTime<Utc>> {
    let days = (0..DAYS).map_while(|days| START?.checked_add_days(Days::new(days)));
    days.map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

/// The times of day of a schedule, in seconds, in order.
fn times(schedule: &Cron) -> Result<Vec<u32>, CronError> {
    let mut times = Vec::new();
    for hour in 0..24 {
        for minute in 0..60 {
            if !schedule.pattern.hour_match(hour)? || !schedule.pattern.minute_match(minute)? {
                continue;
            }
            for second in 0..60 {
                if schedule.pattern.second_match(second)? {
                    times.push(hour * 3600 + minute * 60 + second);
                }
            }
        }
    }
    Ok(times)
}

/// The moments of one day, in seconds from its midnight.
struct Day {
    first: i64,
    last: i64,
    /// Between two of them; none where there is only one.
    longest: Option<i64>,
}

impl Day {
    fn of(times: &[Vec<u32>], due: &[bool]) -> Option<Day> {
        let due = times.iter().zip(due).filter(|(_, due)| **due);
        let mut all: Vec<i64> = due.flat_map(|(times, _)| times).map(|time| i64::from(*time)).collect();
        all.sort_unstable();
        let longest = all.windows(2).map(|pair| pair[1] - pair[0]).max();
        Some(Day { first: *all.first()?, last: *all.last()?, longest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(expressions: &[&str]) -> Option<u64> {
        let schedules: Vec<Cron> = expressions.iter().map(|it| read(it).unwrap()).collect();
        longest_gap(&schedules).unwrap().map(|gap| gap.as_secs())
    }

    #[test]
    fn the_longest_gap_counts() {
        const DAY: u64 = 86_400;
        assert_eq!(gap(&["* * * * * *"]), Some(1));
        assert_eq!(gap(&["0 */5 * * * *"]), Some(300));
        assert_eq!(gap(&["0 */7 * * * *"]), Some(7 * 60), "56 to 60 is the shorter one");
        assert_eq!(gap(&["0 0 8-20 * * *"]), Some(12 * 3600), "the night");
        assert_eq!(gap(&["0 0 3 * * *"]), Some(DAY));
        assert_eq!(gap(&["0 0 9 * * 1-5"]), Some(3 * DAY), "the weekend");
        assert_eq!(gap(&["0 0 0 31 * *"]), Some(61 * DAY), "31 March to 31 May");
        assert_eq!(gap(&["0 0 0 29 2 *"]), Some(1461 * DAY));
        assert_eq!(gap(&["0 0 0 13 * 5"]), Some(427 * DAY), "both days must match");
    }

    #[test]
    fn schedules_add_up() {
        assert_eq!(gap(&["0 0 8 * * *", "0 0 20 * * *"]), Some(12 * 3600));
        assert_eq!(gap(&["0 0 9 * * 1-5", "0 0 9 * * 6,0"]), Some(86_400));
        assert_eq!(gap(&["0 0 9 * * 1-5", "0 30 9 * * *"]), Some(86_400 - 1800 + 1800));
    }

    #[test]
    fn a_day_that_never_comes_has_no_gap() {
        assert_eq!(gap(&["0 0 0 31 2 *"]), None);
        assert_eq!(gap(&["0 0 0 31 2 *", "0 0 3 * * *"]), Some(86_400));
    }

    #[test]
    fn six_fields_are_read_and_no_other_number() {
        for bad in ["* * * * *", "0 0 0 1 1 * 2030", "61 * * * * *", "", "x * * * * *"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
