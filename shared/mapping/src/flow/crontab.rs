//! Five-field crontabs, as the metadata language writes them.

use crate::problem::{Problem, shorten};

/// A schedule of five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday).
///
/// `*`, numbers, ranges `a-b`, steps `*/n` and `a-b/n`, and lists of those. Where both days are
/// restricted either suffices, as in crontab(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crontab {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    either_day: bool,
}

/// The latest moment of a schedule is looked for so many days back; 29 February comes every 4 years,
/// but 8 around a century.
const DAYS_BACK: i64 = 366 * 8;

impl Crontab {
    /// Reads a crontab. The problem (`bad_crontab`, without a path) names the field that is wrong.
    pub fn parse(text: &str) -> Result<Crontab, Problem> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            let count = fields.len();
            return Err(bad(format!("here {count} fields"), format!("此处有 {count} 段")));
        };
        let mut week = set(weekdays, 0, 7)?;
        if week & (1 << 7) != 0 {
            week |= 1;
        }
        Ok(Crontab {
            minutes: set(minutes, 0, 59)?,
            hours: set(hours, 0, 23)?,
            days: set(days, 1, 31)?,
            months: set(months, 1, 12)?,
            weekdays: week,
            either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    /// The latest moment of the schedule at or before `now` (Unix seconds), read in a zone `offset`
    /// seconds east of Greenwich. `None` where the schedule has no such day (`0 0 31 2 *`).
    pub fn latest(&self, now: i64, offset: i64) -> Option<i64> {
        use chrono::{DateTime, Datelike, Days, Timelike};
        let local = DateTime::from_timestamp(now.checked_add(offset)?, 0)?.naive_utc();
        let (mut day, mut minute) = (local.date(), local.hour() * 60 + local.minute());
        for _ in 0..DAYS_BACK {
            let of_month = self.days & (1 << day.day()) != 0;
            let of_week = self.weekdays & (1 << day.weekday().num_days_from_sunday()) != 0;
            let is_day = if self.either_day { of_month || of_week } else { of_month && of_week };
            if is_day && self.months & (1 << day.month()) != 0 {
                let fits =
                    |at: &u32| self.hours & (1 << (at / 60)) != 0 && self.minutes & (1 << (at % 60)) != 0;
                if let Some(at) = (0..=minute).rev().find(fits) {
                    let time = day.and_hms_opt(at / 60, at % 60, 0)?;
                    return Some(time.and_utc().timestamp() - offset);
                }
            }
            (day, minute) = (day.checked_sub_days(Days::new(1))?, 24 * 60 - 1);
        }
        None
    }
}

/// The numbers of one field, as bits.
fn set(field: &str, least: u32, most: u32) -> Result<u64, Problem> {
    let bad = || {
        let field = shorten(field);
        bad(format!("`{field}` is not within {least}–{most}"), format!("“{field}”不在 {least}–{most} 之内"))
    };
    let mut bits = 0u64;
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(number(step).ok_or_else(bad)?)),
            None => (item, None),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (least, most),
            (_, Some((from, to))) => (number(from).ok_or_else(bad)?, number(to).ok_or_else(bad)?),
            (one, None) => {
                let one = number(one).ok_or_else(bad)?;
                (one, if step.is_some() { most } else { one })
            }
        };
        let step = step.unwrap_or(1);
        if from < least || to > most || from > to || step == 0 {
            return Err(bad());
        }
        for value in (from..=to).step_by(step as usize) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}

fn bad(en: String, zh: String) -> Problem {
    let en = format!("a crontab has five fields: minute hour day month weekday; {en}");
    let zh = format!("crontab 应有五段：分 时 日 月 周；{zh}");
    Problem::new("bad_crontab", "", en, zh)
}

/// Plain digits: no sign, no blank.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
