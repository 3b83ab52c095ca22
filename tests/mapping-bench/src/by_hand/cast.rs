//! From what the vendors send to what the targets take.

use super::Refused;
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};
use std::borrow::Cow;

fn refused(field: &'static str, why: &'static str, value: &Value) -> Refused {
    Refused { field, why, value: value.clone() }
}

/// The value, unless it is null or empty.
pub fn required(field: &'static str, value: Value) -> Result<Value, Refused> {
    match &value {
        Value::Null => Err(refused(field, "is required", &value)),
        Value::String(text) if text.is_empty() => Err(refused(field, "is required", &value)),
        _ => Ok(value),
    }
}

/// The rows of a list that must have some.
pub fn rows<'r>(field: &'static str, value: &'r Value) -> Result<&'r [Value], Refused> {
    match value {
        Value::Array(rows) if !rows.is_empty() => Ok(rows),
        Value::Array(_) | Value::Null => Err(refused(field, "is required", value)),
        _ => Err(refused(field, "is not a list", value)),
    }
}

/// The text of a scalar, without a copy; null has none.
pub fn text<'r>(field: &'static str, value: &'r Value) -> Result<Option<Cow<'r, str>>, Refused> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(Cow::Borrowed(text))),
        Value::Number(number) => Ok(Some(Cow::Borrowed(number.as_str()))),
        Value::Bool(flag) => Ok(Some(Cow::Borrowed(if *flag { "true" } else { "false" }))),
        Value::Array(_) | Value::Object(_) => Err(refused(field, "is no text", value)),
    }
}

/// A text field of the target: null stays null.
pub fn string(field: &'static str, value: &Value) -> Result<Value, Refused> {
    Ok(text(field, value)?.map_or(Value::Null, |text| Value::String(text.into_owned())))
}

/// The text, or the empty one for null.
pub fn or_empty<'r>(field: &'static str, value: &'r Value) -> Result<Cow<'r, str>, Refused> {
    Ok(text(field, value)?.unwrap_or_default())
}

/// A number field of the target, digits kept; an empty text is null.
pub fn number(field: &'static str, value: &Value) -> Result<Value, Refused> {
    match value {
        Value::Null | Value::Number(_) => Ok(value.clone()),
        Value::String(text) if text.trim().is_empty() => Ok(Value::Null),
        Value::String(text) => match text.trim().parse::<Number>() {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => Err(refused(field, "is no number", value)),
        },
        _ => Err(refused(field, "is no number", value)),
    }
}

/// Whether a flag is set; null is not.
pub fn flag(field: &'static str, value: &Value) -> Result<bool, Refused> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        _ => Ok(decimal(field, value)?.is_some_and(|number| !number.is_zero())),
    }
}

/// A number to calculate with.
pub fn decimal(field: &'static str, value: &Value) -> Result<Option<Decimal>, Refused> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_str(),
        Value::String(text) => text.trim(),
        _ => return Err(refused(field, "is no number", value)),
    };
    Decimal::from_str_exact(text).map(Some).map_err(|_| refused(field, "is no number", value))
}

/// a / b; nothing where either is null.
pub fn quotient(
    field: &'static str,
    a: Option<Decimal>,
    b: Option<Decimal>,
) -> Result<Option<Decimal>, Refused> {
    let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
    match a.checked_div(b) {
        Some(quotient) => Ok(Some(quotient)),
        None => Err(Refused { field, why: "divides by zero", value: Value::Null }),
    }
}

/// a / b with four decimals more than a, as MySQL prints it.
pub fn mysql_quotient(
    field: &'static str,
    a: Option<Decimal>,
    b: Option<Decimal>,
) -> Result<Option<Decimal>, Refused> {
    let decimals = a.map_or(0, |a| a.scale() + 4);
    Ok(quotient(field, a, b)?.map(|quotient| rounded(quotient, decimals)))
}

/// Exactly so many decimals, halves away from zero.
pub fn rounded(number: Decimal, decimals: u32) -> Decimal {
    let mut number = number.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    number.rescale(decimals);
    number
}

/// A decimal as a JSON number.
pub fn json_number(number: Option<Decimal>) -> Value {
    let Some(number) = number else { return Value::Null };
    Value::Number(number.to_string().parse().expect("a decimal is a JSON number"))
}

/// `2026-11-07 14:03:59`, or epoch milliseconds; null and empty are no time.
pub fn time(field: &'static str, value: &Value) -> Result<Option<NaiveDateTime>, Refused> {
    let time = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok(),
        Value::Number(number) => number.as_i64().and_then(shanghai),
        _ => None,
    };
    time.map(Some).ok_or_else(|| refused(field, "is no time", value))
}

fn shanghai(milliseconds: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_millis(milliseconds)?.naive_utc() + TimeDelta::hours(8))
}

/// The time in chrono's `format`.
pub fn written(time: Option<NaiveDateTime>, format: &str) -> Value {
    time.map_or(Value::Null, |time| Value::String(time.format(format).to_string()))
}
