//! Value tables and parsers (their meaning: [`ValueTable`], [`Parser`]).

use super::coerce::coerce;
use crate::Value;
use crate::flow::{Kind, Parser, Unmatched, ValueTable};
use crate::language::{Fault, Message, object_of, text_of};
use std::borrow::Cow;

const UNMATCHED: Message = Message {
    code: "unmatched_value",
    en: "{value} is not in the value table of this field; add it there, or set `unmatched`",
    zh: "{value} 不在该字段的值对照表中；请补充对照，或设置 unmatched",
};

const BAD_JSON: Message = Message {
    code: "bad_json",
    en: "{value} is not JSON (parser ConvertJson)",
    zh: "{value} 不是合法的 JSON（解析器 ConvertJson）",
};

/// Looks a value up in its table, by its text.
pub(super) fn translate<'r>(
    table: &'r ValueTable,
    value: Cow<'r, Value>,
) -> Result<Cow<'r, Value>, Box<Fault>> {
    if let Some(found) = table.table.get(&*text_of(&value)?) {
        return Ok(Cow::Borrowed(found));
    }
    if value.is_null() {
        return Ok(value);
    }
    match &table.unmatched {
        Unmatched::Keep => Ok(value),
        Unmatched::Default(default) => Ok(Cow::Borrowed(default)),
        Unmatched::Error => Err(Fault::about(&UNMATCHED, &value)),
    }
}

/// Whether a parser leaves the value as it is, inside an object.
pub(super) fn only_wraps(parser: &Parser) -> bool {
    matches!(parser, Parser::Object(_) | Parser::TwoStageObject(..))
}

/// Applies type and parser, in the order that the parser asks for; all but the object that a parser puts
/// around the value ([`wrap`]).
pub(super) fn shape<'r>(
    kind: Option<Kind>,
    parser: Option<&Parser>,
    value: Cow<'r, Value>,
) -> Result<Cow<'r, Value>, Box<Fault>> {
    match parser {
        None | Some(Parser::Object(_) | Parser::TwoStageObject(..)) => match kind {
            Some(kind) => coerce(kind, value),
            None => Ok(value),
        },
        Some(Parser::StringToArray(separator)) => split(kind, separator, value),
        Some(Parser::ArrayToString(separator)) => join(separator, value),
        Some(Parser::Json) => match &*value {
            Value::String(text) if text.trim().is_empty() => Ok(Cow::Owned(Value::Null)),
            Value::String(text) => match serde_json::from_str(text) {
                Ok(read) => Ok(Cow::Owned(read)),
                Err(_) => Err(Fault::about(&BAD_JSON, &value)),
            },
            _ => Ok(value),
        },
    }
}

/// Puts the parser's object around a value; null stays null.
pub(crate) fn wrap<'r>(parser: Option<&Parser>, value: Cow<'r, Value>) -> Cow<'r, Value> {
    match parser {
        Some(Parser::Object(key)) if !value.is_null() => Cow::Owned(object_of(key, value.into_owned())),
        Some(Parser::TwoStageObject(outer, inner)) if !value.is_null() => {
            Cow::Owned(object_of(outer, object_of(inner, value.into_owned())))
        }
        _ => value,
    }
}

fn split<'r>(
    kind: Option<Kind>,
    separator: &str,
    value: Cow<'r, Value>,
) -> Result<Cow<'r, Value>, Box<Fault>> {
    if matches!(&*value, Value::Null | Value::Array(_)) {
        return Ok(value);
    }
    let text = text_of(&value)?;
    if text.trim().is_empty() {
        return Ok(Cow::Owned(Value::Array(Vec::new())));
    }
    let elements = text.split(separator).map(|part| {
        let part: Cow<'_, Value> = Cow::Owned(Value::from(part.trim()));
        match kind {
            // `array` describes the whole.
            None | Some(Kind::Array | Kind::Object) => Ok(part.into_owned()),
            Some(kind) => coerce(kind, part).map(Cow::into_owned),
        }
    });
    Ok(Cow::Owned(Value::Array(elements.collect::<Result<_, _>>()?)))
}

fn join<'r>(separator: &str, value: Cow<'r, Value>) -> Result<Cow<'r, Value>, Box<Fault>> {
    let list = match &*value {
        Value::Null | Value::String(_) => return Ok(value),
        Value::Array(list) => list,
        other => return Ok(Cow::Owned(Value::String(text_of(other)?.into_owned()))),
    };
    let texts = list.iter().map(text_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Cow::Owned(Value::String(texts.join(separator))))
}

/// The finished value of a constant, worked out once instead of for every row; without the object that a
/// parser puts around it.
pub(crate) fn constant(
    value: Value,
    table: Option<&ValueTable>,
    kind: Option<Kind>,
    parser: Option<&Parser>,
) -> Result<Value, Box<Fault>> {
    let mut value = Cow::Owned(value);
    if let Some(table) = table {
        value = Cow::Owned(translate(table, Cow::Borrowed(&value))?.into_owned());
    }
    shape(kind, parser, value).map(Cow::into_owned)
}
