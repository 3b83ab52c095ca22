//! What each logic of a condition means for one value: the rules of [`crate::Condition`] and [`Logic`].

use super::path::is_empty;
use crate::decimal::Decimal;
use crate::flow::Logic;
use crate::language::{Fault, Message, text_of};
use crate::{Value, time};
use chrono::NaiveDateTime;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a field is compared with.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    text: String,
    is: Is,
}

#[derive(Clone, Debug)]
enum Is {
    Number(Decimal),
    Moment(NaiveDateTime),
    Text,
}

/// The prefix of moments in conditions (qeasy-metadata 3.8).
const TIMESTAMP: &str = "timestamp:";

static NOT_A_NUMBER: Message = Message {
    code: "not_comparable",
    en: "{value} is not a number, so it cannot be compared with {0}",
    zh: "{value} 不是数字，无法与 {0} 比较",
};

static NOT_A_TEXT: Message = Message {
    code: "not_comparable",
    en: "{value} cannot be compared with the text \"{0}\"",
    zh: "{value} 无法与文本“{0}”比较",
};

static NO_MOMENT: Message = Message {
    code: "bad_time",
    en: "after timestamp: a time is expected, such as 1704067200 or 2024-01-01 10:11:12; here {value}",
    zh: "timestamp: 之后应为时间，如 1704067200 或 2024-01-01 10:11:12；此处为 {value}",
};

impl Operand {
    pub(super) fn read(text: &str) -> Result<Operand, Box<Fault>> {
        let moment = |text: &str| time::read(&Value::from(text)).ok().flatten();
        let is = match text.trim().strip_prefix(TIMESTAMP) {
            Some(rest) => match moment(rest) {
                Some(moment) => Is::Moment(moment),
                None => return Err(Fault::about(&NO_MOMENT, &rest.into())),
            },
            None => match (Decimal::read(text), moment(text)) {
                (Ok(number), _) => Is::Number(number),
                (Err(_), Some(moment)) => Is::Moment(moment),
                (Err(_), None) => Is::Text,
            },
        };
        Ok(Operand { text: text.to_owned(), is })
    }

    fn equals(&self, value: &Value) -> Result<bool, Box<Fault>> {
        if is_empty(value) {
            return Ok(self.text.is_empty());
        }
        let same_number = |text: &str| match self.is {
            Is::Number(number) => Decimal::read(text).is_ok_and(|it| it == number),
            _ => false,
        };
        Ok(match (value, &self.is) {
            (Value::Array(_) | Value::Object(_), _) => text_of(value).map(|_| false)?,
            (Value::Bool(flag), _) => {
                let text = self.text.trim();
                let names = if *flag { ["true", "1"] } else { ["false", "0"] };
                names.iter().any(|name| text.eq_ignore_ascii_case(name))
            }
            (_, Is::Moment(moment)) => time::read(value).is_ok_and(|it| it == Some(*moment)),
            (Value::Number(number), _) => same_number(number.as_str()),
            (Value::String(text), _) => {
                *text == self.text || (is_plain(text) && is_plain(&self.text) && same_number(text))
            }
            (Value::Null, _) => false,
        })
    }

    /// Where the value stands seen from this operand; `None` for nothing.
    fn order(&self, value: &Value) -> Result<Option<Ordering>, Box<Fault>> {
        if is_empty(value) {
            return Ok(None);
        }
        let text = text_of(value)?;
        match &self.is {
            Is::Number(number) => match Decimal::read(&text) {
                Ok(it) if !matches!(value, Value::Bool(_)) => Ok(Some(it.cmp(number))),
                _ => Err(Fault::about(&NOT_A_NUMBER, value).with(&self.text)),
            },
            Is::Moment(moment) => Ok(time::read(value)?.map(|it| it.cmp(moment))),
            Is::Text if matches!(value, Value::String(_)) => Ok(Some((*text).cmp(self.text.as_str()))),
            Is::Text => Err(Fault::about(&NOT_A_TEXT, value).with(&self.text)),
        }
    }
}

/// Whether a value meets a logic. There are two operands for `between`, none for `isnull` and `notnull`, else
/// one.
pub(super) fn holds(logic: Logic, value: &Value, operands: &[Cow<'_, Operand>]) -> Result<bool, Box<Fault>> {
    let stands = |operand: &Operand, where_: &[Ordering]| {
        operand.order(value).map(|order| order.is_some_and(|order| where_.contains(&order)))
    };
    use Ordering::{Equal, Greater, Less};
    match (logic, operands) {
        (Logic::Isnull, _) => Ok(is_empty(value)),
        (Logic::Notnull, _) => Ok(!is_empty(value)),
        (Logic::Eq, [one]) => one.equals(value),
        (Logic::Neq, [one]) => one.equals(value).map(|equal| !equal),
        (Logic::Gt, [one]) => stands(one, &[Greater]),
        (Logic::Egt, [one]) => stands(one, &[Greater, Equal]),
        (Logic::Lt, [one]) => stands(one, &[Less]),
        (Logic::Elt, [one]) => stands(one, &[Less, Equal]),
        (Logic::Like, [one]) => contains(value, one),
        (Logic::Notlike, [one]) => contains(value, one).map(|contains| !contains),
        (Logic::Between, [from, to]) => Ok(stands(from, &[Greater, Equal])? && stands(to, &[Less, Equal])?),
        _ => unreachable!("compiled with as many operands as the logic takes"),
    }
}

fn contains(value: &Value, operand: &Operand) -> Result<bool, Box<Fault>> {
    Ok(!is_empty(value) && text_of(value)?.contains(&operand.text))
}

/// `-12.50`, `0.5`, `10`: no leading zeros, no exponent, no blanks. `007` and `12E5` are codes.
fn is_plain(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits)
}
