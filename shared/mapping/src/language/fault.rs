//! Why a value could not be made for a row: the inner half of a [`RowError`](crate::RowError), as data.

use crate::Value;
use crate::problem::shorten;

/// A sentence in both languages. `{value}` stands for the offending value (shortened), `{0}`, `{1}` for
/// the arguments. Each is a constant beside the code that has reason to say it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Stable name of the kind of error.
    pub code: &'static str,
    pub en: &'static str,
    pub zh: &'static str,
}

/// A failure of one expression, before it is known which field it stands in.
// Boxed wherever it travels, so that the good path of every cell does not carry room for it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub message: &'static Message,
    pub value: Option<Value>,
    pub arguments: Vec<String>,
}

impl Fault {
    pub(crate) fn new(message: &'static Message) -> Box<Fault> {
        Box::new(Fault { message, value: None, arguments: Vec::new() })
    }

    /// A failure that has to do with a value.
    pub(crate) fn about(message: &'static Message, value: &Value) -> Box<Fault> {
        Box::new(Fault { message, value: Some(value.clone()), arguments: Vec::new() })
    }

    /// Adds what `{0}`, then `{1}` stands for.
    pub(crate) fn with(mut self: Box<Self>, argument: impl ToString) -> Box<Fault> {
        self.arguments.push(argument.to_string());
        self
    }
}

/// Fills a sentence in.
pub(crate) fn filled(sentence: &str, value: Option<&Value>, arguments: &[String]) -> String {
    let mut out = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name.parse::<usize>() {
            Ok(index) => out.push_str(arguments.get(index).map_or("", String::as_str)),
            Err(_) => out.push_str(&value.map(shown).unwrap_or_default()),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A value as JSON, shortened. Long texts are cut before they are written out.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => Value::from(shorten(text)).to_string(),
        Value::Array(list) => format!("[a list of {}]", list.len()),
        Value::Object(map) => format!("{{an object of {}}}", map.len()),
        Value::Number(number) => shorten(number.as_str()),
        other => other.to_string(),
    }
}
