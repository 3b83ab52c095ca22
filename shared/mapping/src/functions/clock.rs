//! Functions of moments. All wall-clock times are Asia/Shanghai.

use super::{Call, Evaluated, Function, Group};
use crate::decimal::{Decimal, Rounding};
use crate::language::expression::{Item, LONGEST_TEXT, TOO_LONG};
use crate::language::{Fault, Message};
use crate::time;
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use std::borrow::Cow;
use std::fmt::Write;

pub(super) const DATE_FORMAT: Function = Function {
    name: "DATE_FORMAT",
    aliases: &[],
    group: Group::Time,
    usage: "DATE_FORMAT(time, format)",
    en: "The moment written as the format says: %Y %m %d %H %i %s, %y %c %e %k %h %I %l %p %r %T %S %f %j \
         %M %b %W %a %w %D and the weeks %U %u %V %v %X %x. What is no time is an error; NULL, an empty text \
         and 0 give NULL.",
    zh: "按格式写出时间：%Y %m %d %H %i %s，以及 %y %c %e %k %h %I %l %p %r %T %S %f %j %M %b %W %a %w %D 与周 \
         %U %u %V %v %X %x。不是时间则报错；NULL、空文本和 0 得 NULL。",
    source: "https://mariadb.com/kb/en/date_format/",
    examples: &[
        ("DATE_FORMAT('2024-01-05T13:04:05', '%Y/%m/%d %H:%i')", "\"2024/01/05 13:04\""),
        ("DATE_FORMAT(NOW(), '%Y%m')", "\"202401\""),
    ],
    arity: 2..=2,
    call: Call::Values(|arguments| {
        let moment = time::read(&arguments.item(0)?.finish())?;
        let format = arguments.item(1)?;
        let (Some(moment), Some(format)) = (moment, format.text()?) else { return Ok(Item::Null) };
        formatted(moment, &format)
    }),
};

pub(super) const FROM_UNIXTIME: Function = Function {
    name: "FROM_UNIXTIME",
    aliases: &[],
    group: Group::Time,
    usage: "FROM_UNIXTIME(seconds[, format])",
    en: "The moment of a Unix time in seconds as `2024-01-01 10:11:12`, or as the format of DATE_FORMAT says.",
    zh: "把 Unix 时间（秒）写成 2024-01-01 10:11:12，或按 DATE_FORMAT 的格式。",
    source: "https://mariadb.com/kb/en/from_unixtime/",
    examples: &[
        ("FROM_UNIXTIME(1704075072)", "\"2024-01-01 10:11:12\""),
        ("FROM_UNIXTIME({{CURRENT_TIME}} - 600, '%Y-%m-%d %H:%i:%s')", "\"2024-01-01 10:01:12\""),
    ],
    arity: 1..=2,
    call: Call::Values(|arguments| {
        let item = arguments.item(0)?;
        let Some(seconds) = item.number()? else { return Ok(Item::Null) };
        let moment = moment(seconds).ok_or_else(|| item.fault(&OUT_OF_RANGE))?;
        if arguments.len() > 1 {
            let format = arguments.item(1)?;
            let Some(format) = format.text()? else { return Ok(Item::Null) };
            return formatted(moment, &format);
        }
        let mut text = time::datetime(moment);
        let digits = seconds.shown().min(6) as usize;
        if digits > 0 {
            let microseconds = format!("{:06}", moment.nanosecond() / 1000);
            text.extend([".", &microseconds[..digits]]);
        }
        Ok(Item::Text(Cow::Owned(text)))
    }),
};

pub(super) const NOW: Function = Function {
    name: "NOW",
    aliases: &["CURRENT_TIMESTAMP", "SYSDATE", "LOCALTIME"],
    group: Group::Time,
    usage: "NOW()",
    en: "The start of the run, as `2024-01-01 10:11:12`: the same for every record of it.",
    zh: "本次运行的开始时间，形如 2024-01-01 10:11:12；同一次运行的每条记录都相同。",
    source: "https://mariadb.com/kb/en/now/",
    examples: &[("NOW()", "\"2024-01-01 10:11:12\"")],
    arity: 0..=0,
    call: Call::Values(|arguments| {
        let now = time::at(arguments.scope.context.current_time);
        Ok(now.map_or(Item::Null, |now| Item::Text(Cow::Owned(time::datetime(now)))))
    }),
};

pub(super) const UNIX_TIMESTAMP: Function = Function {
    name: "UNIX_TIMESTAMP",
    aliases: &[],
    group: Group::Time,
    usage: "UNIX_TIMESTAMP([time])",
    en: "The Unix time in seconds of a moment, or of the start of the run.",
    zh: "某时刻（默认本次运行开始）的 Unix 时间，单位秒。",
    source: "https://mariadb.com/kb/en/unix_timestamp/",
    examples: &[
        ("UNIX_TIMESTAMP('2024-01-01 10:11:12')", "1704075072"),
        ("UNIX_TIMESTAMP() - 600", "1704074472"),
    ],
    arity: 0..=1,
    call: Call::Values(|arguments| {
        if arguments.len() == 0 {
            return Ok(Item::Number(Decimal::from(arguments.scope.context.current_time)));
        }
        let item = arguments.item(0)?;
        let Some(moment) = time::read(&item.clone().finish())? else { return Ok(Item::Null) };
        let seconds = time::timestamp(moment);
        if !(0..=LATEST).contains(&seconds) {
            return Err(item.fault(&OUT_OF_RANGE));
        }
        // As many digits of the second are written as the text has; MariaDB goes on with six.
        let shown = item.text()?.map_or(0, |text| fraction_digits(&text)).min(6);
        let number = match shown {
            0 => Decimal::from(seconds),
            _ => Decimal::read(&format!("{seconds}.{:06}", moment.nanosecond() / 1000))
                .map_or(Decimal::from(seconds), |number| number.with_shown(shown as u32)),
        };
        Ok(Item::Number(number))
    }),
};

const OUT_OF_RANGE: Message = Message {
    code: "bad_time",
    en: "{value} is no time between 1970 and 2106; a Unix time in milliseconds has to be divided by 1000",
    zh: "{value} 不是 1970 至 2106 年间的时间；以毫秒计的 Unix 时间须先除以 1000",
};

/// The latest second that MariaDB takes on 64-bit machines (10.11: 2038; 11.5: 2106).
const LATEST: i64 = u32::MAX as i64;

fn moment(seconds: Decimal) -> Option<NaiveDateTime> {
    let whole = seconds.rounded(0, Rounding::Floor)?;
    let fraction = seconds.minus(whole)?.times(Decimal::from(1_000_000))?.rounded(0, Rounding::Truncate)?;
    let second = whole.integer().filter(|second| (0..=LATEST).contains(second))?;
    time::at(second)?.checked_add_signed(TimeDelta::microseconds(fraction.integer()?))
}

/// Digits of the second behind the point in a text such as `2024-01-01 10:11:12.5`.
fn fraction_digits(text: &str) -> usize {
    match text.rsplit_once('.') {
        Some((before, after)) if before.contains(':') => after.bytes().take_while(u8::is_ascii_digit).count(),
        _ => 0,
    }
}

/// NULL for an empty format, as in MariaDB.
fn formatted(moment: NaiveDateTime, format: &str) -> Evaluated<'static> {
    if format.is_empty() {
        return Ok(Item::Null);
    }
    let mut out = String::with_capacity(format.len() + 16);
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        match (c, if c == '%' { characters.next() } else { None }) {
            ('%', Some(specifier)) => {
                // Writing to a String cannot fail.
                let _ = part(&mut out, specifier, moment);
            }
            (c, _) => out.push(c),
        }
        if out.len() > LONGEST_TEXT {
            return Err(Fault::new(&TOO_LONG));
        }
    }
    Ok(Item::Text(Cow::Owned(out)))
}

fn part(out: &mut String, specifier: char, at: NaiveDateTime) -> std::fmt::Result {
    let date = at.date();
    let hour12 = at.hour12().1;
    let half = if at.hour() < 12 { "AM" } else { "PM" };
    match specifier {
        'Y' => write!(out, "{:04}", at.year()),
        'y' => write!(out, "{:02}", at.year().rem_euclid(100)),
        'm' => write!(out, "{:02}", at.month()),
        'c' => write!(out, "{}", at.month()),
        'M' => write!(out, "{}", at.format("%B")),
        'b' => write!(out, "{}", at.format("%b")),
        'd' => write!(out, "{:02}", at.day()),
        'e' => write!(out, "{}", at.day()),
        'D' => write!(out, "{}{}", at.day(), ordinal(at.day())),
        'j' => write!(out, "{:03}", at.ordinal()),
        'H' => write!(out, "{:02}", at.hour()),
        'k' => write!(out, "{}", at.hour()),
        'h' | 'I' => write!(out, "{hour12:02}"),
        'l' => write!(out, "{hour12}"),
        'i' => write!(out, "{:02}", at.minute()),
        's' | 'S' => write!(out, "{:02}", at.second()),
        'f' => write!(out, "{:06}", at.nanosecond() / 1000),
        'p' => write!(out, "{half}"),
        'r' => write!(out, "{hour12:02}:{:02}:{:02} {half}", at.minute(), at.second()),
        'T' => write!(out, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()),
        'W' => write!(out, "{}", at.format("%A")),
        'a' => write!(out, "{}", at.format("%a")),
        'w' => write!(out, "{}", at.weekday().num_days_from_sunday()),
        'U' => write!(out, "{:02}", sunday_week(date)),
        'V' => write!(out, "{:02}", sunday_year_week(date).1),
        'X' => write!(out, "{:04}", sunday_year_week(date).0),
        'u' => write!(out, "{:02}", monday_week(date)),
        'v' => write!(out, "{:02}", date.iso_week().week()),
        'x' => write!(out, "{:04}", date.iso_week().year()),
        other => {
            out.push(other);
            Ok(())
        }
    }
}

fn ordinal(day: u32) -> &'static str {
    match (day / 10, day % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// Weeks begin on Sunday; the first is the one with the year's first Sunday, what is before it is week 0.
fn sunday_week(date: NaiveDate) -> u32 {
    (date.ordinal0() + 7 - date.weekday().num_days_from_sunday()) / 7
}

/// The same, with the days before the first Sunday in the last week of the year before.
fn sunday_year_week(date: NaiveDate) -> (i32, u32) {
    match sunday_week(date) {
        0 => {
            let year = date.year() - 1;
            (year, NaiveDate::from_ymd_opt(year, 12, 31).map_or(0, sunday_week))
        }
        week => (date.year(), week),
    }
}

/// ISO weeks, but those that belong to another year are 0 or 53.
fn monday_week(date: NaiveDate) -> u32 {
    let week = date.iso_week();
    match week.year().cmp(&date.year()) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => week.week(),
        std::cmp::Ordering::Greater => 53,
    }
}
