//! Types: what a value becomes so that the target takes it.
//!
//! | type | takes | makes |
//! |---|---|---|
//! | `string` | text, number, boolean | text; numbers keep their digits (`1.50`), `true`/`false` |
//! | `int` | whole numbers (`12`, `12.0`, `"12"`, `1.2e3`), booleans | a number without point |
//! | `float` | numbers, texts that hold one | the same digits as a number |
//! | `bool` | booleans, 1/0, `true`/`false` in any case, as text too | a boolean |
//! | `datetime` | what [`crate::time`] reads | text `2024-01-01 10:11:12` |
//! | `array`, `object` | such a value, or its JSON text | it |
//!
//! Null stays null. An empty (or blank) text is null for `int`, `float`, `bool`, `datetime`, `array` and
//! `object`: an empty date must not become `0000-00-00`, nor an empty amount 0.

use crate::flow::Kind;
use crate::language::{Fault, Message, text_of};
use crate::{Value, number, time};
use std::borrow::Cow;

/// Whether the type leaves a value as it is.
pub(super) fn is_already(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null)
        | (Kind::String, Value::String(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Float, Value::Number(_))
        | (Kind::Array, Value::Array(_))
        | (Kind::Object, Value::Object(_)) => true,
        (Kind::Int, Value::Number(number)) => plain(number.as_str()),
        _ => false,
    }
}

pub(super) fn coerce(kind: Kind, value: Cow<'_, Value>) -> Result<Cow<'_, Value>, Box<Fault>> {
    if is_already(kind, &value) {
        return Ok(value);
    }
    let blank = matches!(&*value, Value::String(text) if text.trim().is_empty());
    match (kind, &*value) {
        (Kind::String, other) => Ok(Cow::Owned(Value::String(text_of(other)?.into_owned()))),
        _ if blank => Ok(Cow::Owned(Value::Null)),
        (Kind::Datetime, other) => {
            Ok(Cow::Owned(time::read(other)?.map_or(Value::Null, |it| time::datetime(it).into())))
        }
        (_, other) => match converted(kind, other) {
            Some(converted) => Ok(Cow::Owned(converted)),
            None => Err(Fault::about(refusal(kind), other)),
        },
    }
}

/// Digits only: already what `int` makes.
fn plain(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit())
}

fn converted(kind: Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Int | Kind::Float, Value::Bool(flag)) => Some(Value::from(i32::from(*flag))),
        (Kind::Int, Value::Number(it)) => number::integer(it).map(Value::Number),
        (Kind::Int, Value::String(text)) => number::integer(&number::read(text)?).map(Value::Number),
        (Kind::Float, Value::String(text)) => number::read(text).map(Value::Number),
        (Kind::Bool, Value::Number(it)) => match it.as_str() {
            "1" => Some(Value::Bool(true)),
            "0" => Some(Value::Bool(false)),
            _ => None,
        },
        (Kind::Bool, Value::String(text)) => {
            let text = text.trim();
            if text == "1" || text.eq_ignore_ascii_case("true") {
                Some(Value::Bool(true))
            } else if text == "0" || text.eq_ignore_ascii_case("false") {
                Some(Value::Bool(false))
            } else {
                None
            }
        }
        (Kind::Array, Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_array),
        (Kind::Object, Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_object),
        _ => None,
    }
}

const fn bad_cast(en: &'static str, zh: &'static str) -> Message {
    Message { code: "bad_cast", en, zh }
}

/// What a type says of a value that it does not take.
fn refusal(kind: Kind) -> &'static Message {
    static INT: Message =
        bad_cast("{value} is not a whole number (type int)", "{value} 不是整数（类型 int）");
    static FLOAT: Message =
        bad_cast("{value} is not a number (type float)", "{value} 不是数字（类型 float）");
    static BOOL: Message = bad_cast(
        "{value} is neither true nor false (type bool)",
        "{value} 既非 true 也非 false（类型 bool）",
    );
    static ARRAY: Message = bad_cast(
        "{value} is not a list (type array); a separated text becomes one with StringToArray",
        "{value} 不是列表（类型 array）；用分隔符连接的文本可用 StringToArray 转换",
    );
    static OBJECT: Message =
        bad_cast("{value} is not an object (type object)", "{value} 不是对象（类型 object）");
    static OTHER: Message = bad_cast("{value} has the wrong type", "{value} 类型不符");
    match kind {
        Kind::Int => &INT,
        Kind::Float => &FLOAT,
        Kind::Bool => &BOOL,
        Kind::Array => &ARRAY,
        Kind::Object => &OBJECT,
        Kind::String | Kind::Datetime => &OTHER,
    }
}
