//! `formatResponse` at work, as [`Format`] describes it.
//!
//! Where the incumbent's pages contradict each other (github.com/qeasy-cloud/datahub): `dateTime` has seconds
//! (`docs/quick-start/introduction.md`; `docs/guide/value-formatting.md` leaves them out), and `longText(n)` keeps n
//! characters (the rule of the latter page, whose examples cut elsewhere).

use super::path::{Found, find, find_mut};
use crate::decimal::{Decimal, Rounding};
use crate::flow::{Format, FormatRule};
use crate::language::{Fault, Message, text_of};
use crate::record::Context;
use crate::run::RowError;
use crate::{Value, time};
use chrono::NaiveDateTime;

static NOT_A_NUMBER: Message = Message {
    code: "bad_cast",
    en: "{value} is not a number, which {0} needs",
    zh: "{value} 不是数字，{0} 需要数字",
};

static TOO_LONG: Message = Message {
    code: "overflow",
    en: "{value} has too many digits for {0}",
    zh: "{value} 的位数超出 {0} 的范围",
};

/// Adds the new fields to a record, rule after rule: a later one may format what an earlier one made.
pub(super) fn apply(rules: &[FormatRule], record: &mut Value, context: &Context<'_>) -> Result<(), RowError> {
    for rule in rules {
        add(&rule.old, &rule.new, &rule.format, record, context)
            .map_err(|fault| RowError::of(*fault, &rule.path, &format!("{} → {}", rule.old, rule.new)))?;
    }
    Ok(())
}

/// A new field of the record; for a path into a list, of each of its rows.
fn add(
    old: &str,
    new: &str,
    format: &Format,
    record: &mut Value,
    context: &Context<'_>,
) -> Result<(), Box<Fault>> {
    let made = match find(record, old) {
        Found::Nothing => Value::Null,
        Found::One(value) => formatted(format, value, context)?,
        Found::Rows { list, rest, .. } => {
            let new = new.strip_prefix(list).and_then(|new| new.strip_prefix('.')).unwrap_or(new);
            let Some(Value::Array(rows)) = find_mut(record, list) else { return Ok(()) };
            return rows.iter_mut().try_for_each(|row| add(rest, new, format, row, context));
        }
    };
    if let Value::Object(map) = record {
        map.insert(new.to_owned(), made);
    }
    Ok(())
}

fn formatted(format: &Format, value: &Value, context: &Context<'_>) -> Result<Value, Box<Fault>> {
    let written = |write: fn(NaiveDateTime) -> String| {
        time::read(value).map(|moment| moment.map_or(Value::Null, |moment| write(moment).into()))
    };
    match format {
        Format::Date => written(time::date),
        Format::Time => written(|moment| time::datetime(moment)[11..].to_owned()),
        Format::DateTime => written(time::datetime),
        Format::ShortDate => written(|moment| time::date(moment)[5..].to_owned()),
        Format::ShortTime => written(|moment| time::datetime(moment)[11..16].to_owned()),
        Format::ShortDateTime => written(|moment| time::datetime(moment)[5..16].to_owned()),
        Format::DateDescription => {
            let moment = time::read(value)?;
            let description = |moment| description(context.current_time - time::timestamp(moment));
            Ok(moment.map_or(Value::Null, |moment| description(moment).into()))
        }
        Format::LongText(most) => match value {
            Value::Null => Ok(Value::Null),
            value => {
                let text = text_of(value)?;
                Ok(text.char_indices().nth(*most).map_or_else(
                    || text.clone().into_owned().into(),
                    |(end, _)| format!("{}...", &text[..end]).into(),
                ))
            }
        },
        Format::Intval => number(value, "intval", 0, Rounding::Truncate),
        Format::Round(places) => number(value, "round", *places, Rounding::HalfUp),
        Format::Amount => {
            let Value::Number(number) = number(value, "amount", 2, Rounding::HalfUp)? else {
                return Ok(Value::Null);
            };
            Ok(amount(number.as_str()).into())
        }
        Format::Implode(separator) => match value {
            Value::Null => Ok(Value::Null),
            Value::Array(list) => {
                let texts: Vec<_> = list.iter().map(text_of).collect::<Result<_, _>>()?;
                Ok(texts.join(separator).into())
            }
            scalar => Ok(text_of(scalar)?.into_owned().into()),
        },
    }
}

/// With exactly so many places.
fn number(value: &Value, format: &str, places: u32, rounding: Rounding) -> Result<Value, Box<Fault>> {
    let text = text_of(value)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let decimal = match Decimal::read(&text) {
        Ok(decimal) if !matches!(value, Value::Bool(_)) => decimal,
        _ => return Err(Fault::about(&NOT_A_NUMBER, value).with(format)),
    };
    // A sum has the larger scale of the two: that is how zeros are put behind.
    let zeros = Decimal::read(&format!("0.{}", "0".repeat(places as usize))).unwrap_or(Decimal::ZERO);
    let rounded = decimal.rounded(places as i32, rounding).and_then(|it| it.plus(zeros));
    rounded.map(|it| Value::Number(it.number())).ok_or_else(|| Fault::about(&TOO_LONG, value).with(format))
}

/// `￥1,000,000.00`, `￥-0.50`.
fn amount(number: &str) -> String {
    let (sign, unsigned) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "00"));
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3 + 4);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("￥{sign}{grouped}.{fraction}")
}

/// How long ago (`3天前`) or ahead (`3天后`) something is, in the largest whole unit; one of a unit is written
/// `一`, and less than a minute is `刚刚`. A month has 30 days, a year 365.
fn description(seconds_ago: i64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (365 * 86_400, "年"),
        (30 * 86_400, "个月"),
        (7 * 86_400, "周"),
        (86_400, "天"),
        (3600, "小时"),
        (60, "分钟"),
    ];
    let distance = seconds_ago.unsigned_abs();
    let Some((length, unit)) = UNITS.iter().find(|(length, _)| distance >= *length) else {
        return "刚刚".to_owned();
    };
    let side = if seconds_ago < 0 { "后" } else { "前" };
    match distance / length {
        1 => format!("一{unit}{side}"),
        many => format!("{many}{unit}{side}"),
    }
}
