//! A value on its way through an expression.

use super::super::{Fault, Message, text_of};
use crate::Value;
use crate::decimal::{Decimal, Unreadable};
use std::borrow::Cow;

/// What an expression works with. Values of the record stay where they are until something changes them.
#[derive(Clone, Debug)]
pub(crate) enum Item<'r> {
    Null,
    Number(Decimal),
    Text(Cow<'r, str>),
    /// A value of the record or the flow file, unchanged and not null.
    Value(&'r Value),
}

/// A text made by an expression has at most so many bytes: nobody posts more in one field, and no record
/// may take the memory down.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;

pub(crate) const NOT_A_NUMBER: Message = Message {
    code: "bad_cast",
    en: "{value} is not a number, and one is needed here",
    zh: "{value} 不是数字，而此处需要数字",
};

pub(crate) const OVERFLOW: Message = Message {
    code: "overflow",
    en: "{value} is, or the result would be, a number of more than 65 digits",
    zh: "{value} 或其结果超过 65 位数字",
};

pub(crate) const TOO_LONG: Message =
    Message {
        code: "too_long", en: "the text would be longer than 1 MiB", zh: "结果文本将超过 1 MiB"
    };

const NOT_A_SCALAR: Message = Message {
    code: "not_a_scalar",
    en: "{value} stands where one value is needed; use SUM, COUNT and their like, or refer to one of its \
         fields",
    zh: "{value} 出现在需要单个值之处；请用 SUM、COUNT 等聚合函数，或引用其中的字段",
};

impl<'r> Item<'r> {
    /// What a reference gave.
    pub(crate) fn of(value: Cow<'r, Value>) -> Item<'r> {
        match value {
            Cow::Borrowed(Value::Null) | Cow::Owned(Value::Null) => Item::Null,
            Cow::Borrowed(value) => Item::Value(value),
            Cow::Owned(Value::String(text)) => Item::Text(Cow::Owned(text)),
            // System values: numbers. Lists and objects are never owned.
            Cow::Owned(other) => match Decimal::read(&text_of(&other).unwrap_or_default()) {
                Ok(number) => Item::Number(number),
                Err(_) => Item::Text(Cow::Owned(other.to_string())),
            },
        }
    }

    /// 1 or 0.
    pub(crate) fn flag(flag: bool) -> Item<'static> {
        Item::Number(Decimal::from(i64::from(flag)))
    }

    /// The finished value.
    pub(crate) fn finish(self) -> Cow<'r, Value> {
        match self {
            Item::Null => Cow::Owned(Value::Null),
            Item::Number(number) => Cow::Owned(Value::Number(number.number())),
            Item::Text(text) => Cow::Owned(Value::String(text.into_owned())),
            Item::Value(value) => Cow::Borrowed(value),
        }
    }

    /// Whether it is compared as text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Item::Text(_) | Item::Value(Value::String(_)))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Item::Null)
    }

    /// The number that it is, that its text holds, or that a truth value counts as.
    pub(crate) fn number(&self) -> Result<Option<Decimal>, Box<Fault>> {
        let text = match self {
            Item::Null => return Ok(None),
            Item::Number(number) => return Ok(Some(*number)),
            Item::Value(Value::Bool(flag)) => return Ok(Some(Decimal::from(i64::from(*flag)))),
            Item::Value(Value::Number(number)) => number.as_str(),
            Item::Value(Value::String(text)) => text,
            Item::Value(other) => return Err(Fault::about(&NOT_A_SCALAR, other)),
            Item::Text(text) => text,
        };
        match Decimal::read(text) {
            Ok(number) => Ok(Some(number)),
            Err(Unreadable::TooLong) => Err(self.fault(&OVERFLOW)),
            Err(Unreadable::NotANumber) if text.eq_ignore_ascii_case("true") => Ok(Some(Decimal::from(1))),
            Err(Unreadable::NotANumber) if text.eq_ignore_ascii_case("false") => Ok(Some(Decimal::ZERO)),
            Err(Unreadable::NotANumber) => Err(self.fault(&NOT_A_NUMBER)),
        }
    }

    /// Whether it counts as true: a number other than 0.
    pub(crate) fn truth(&self) -> Result<Option<bool>, Box<Fault>> {
        Ok(self.number()?.map(|number| !number.is_zero()))
    }

    /// Its text; nothing for null.
    pub(crate) fn text(&self) -> Result<Option<Cow<'_, str>>, Box<Fault>> {
        Ok(Some(match self {
            Item::Null => return Ok(None),
            Item::Number(number) => Cow::Owned(number.to_string()),
            Item::Text(text) => Cow::Borrowed(text),
            Item::Value(Value::String(text)) => Cow::Borrowed(text),
            Item::Value(Value::Bool(flag)) => Cow::Borrowed(if *flag { "1" } else { "0" }),
            // 1e3 in a record is the number 1000.
            Item::Value(Value::Number(number)) => match number.as_str() {
                plain if plain.bytes().all(|byte| !byte.is_ascii_alphabetic()) => Cow::Borrowed(plain),
                _ => Cow::Owned(self.number()?.map(|number| number.to_string()).unwrap_or_default()),
            },
            Item::Value(other) => return Err(Fault::about(&NOT_A_SCALAR, other)),
        }))
    }

    /// The same text, kept where it is if it is the record's.
    pub(crate) fn into_text(self) -> Result<Option<Cow<'r, str>>, Box<Fault>> {
        Ok(match self {
            Item::Text(text) => Some(text),
            Item::Value(Value::String(text)) => Some(Cow::Borrowed(text)),
            other => other.text()?.map(|text| Cow::Owned(text.into_owned())),
        })
    }

    /// A failure that names this value.
    pub(crate) fn fault(&self, message: &'static Message) -> Box<Fault> {
        Fault::about(message, &self.clone().finish())
    }
}

/// A text that an expression has made.
pub(crate) fn bounded(text: String) -> Result<Item<'static>, Box<Fault>> {
    if text.len() > LONGEST_TEXT {
        return Err(Fault::new(&TOO_LONG));
    }
    Ok(Item::Text(Cow::Owned(text)))
}
