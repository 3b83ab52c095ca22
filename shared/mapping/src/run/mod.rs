//! A mapping at work: from a record to the values of the target.

mod blank;
mod coerce;
mod convert;
mod explain;
mod json;
mod row_error;
mod template;

pub use explain::Explained;
pub use row_error::RowError;
pub use template::Template;

pub(crate) use blank::blank;
pub(crate) use convert::{constant, wrap};
pub(crate) use json::Text;

use blank::Fields;

use crate::Value;
use crate::compile::{Entry, List, Mapping, Node};
use crate::language::{Fault, Message, Scope};
use crate::record::{Context, Record};
use std::borrow::Cow;

/// Is given the scope with the row in it, and the row's number.
type EachRow<'f, 'r> = dyn FnMut(&mut Scope<'r>, usize) -> Result<(), Box<RowError>> + 'f;

/// A struct error, so that callers can match on it; boxed inside, since rows seldom fail and every cell
/// would carry room for it.
type Cell<'r> = Result<Cow<'r, Value>, Box<RowError>>;

impl Mapping {
    /// The top-level values of a record, in the order of the flow file, appended to `out`: borrowed from
    /// record, mapping or parameters wherever nothing has to be changed.
    ///
    /// The first value that cannot be made ends it; `out` is then as it was before.
    pub fn values<'r>(
        &'r self,
        record: &'r dyn Record,
        context: &Context<'r>,
        out: &mut Vec<Cow<'r, Value>>,
    ) -> Result<(), RowError> {
        let before = out.len();
        let mut scope = Scope { record, context: *context, rows: Vec::new() };
        for entry in &self.entries {
            match entry.value(&mut scope) {
                Ok(value) => out.push(value),
                Err(error) => {
                    out.truncate(before);
                    return Err(*error);
                }
            }
        }
        Ok(())
    }

    /// The whole target document of a record. Fields that are null are in it, as null.
    pub fn document(&self, record: &dyn Record, context: &Context<'_>) -> Result<Value, RowError> {
        let mut scope = Scope { record, context: *context, rows: Vec::new() };
        self.object_value(&mut scope).map_err(|error| *error)
    }

    fn object_value<'r>(&'r self, scope: &mut Scope<'r>) -> Result<Value, Box<RowError>> {
        let mut document = self.blank.clone();
        self.fill(&mut document, scope, Fields::All)?;
        Ok(Value::Object(document))
    }
}

/// About the bytes that a value takes.
fn length_of(value: &Value) -> usize {
    const EACH: usize = 16;
    match value {
        Value::String(text) => EACH + text.len(),
        Value::Array(list) => EACH + list.iter().map(length_of).sum::<usize>(),
        Value::Object(object) => EACH + object.values().map(length_of).sum::<usize>(),
        _ => EACH,
    }
}

impl Entry {
    fn value<'r>(&'r self, scope: &mut Scope<'r>) -> Cell<'r> {
        let value = match &self.node {
            Node::Value { parser, .. } => return Ok(convert::wrap(parser.as_ref(), self.content(scope)?)),
            Node::Object(mapping) => Cow::Owned(mapping.object_value(scope)?),
            Node::Array { list, children } => Cow::Owned(Value::Array(self.rows(list, children, scope)?)),
        };
        self.present(value)
    }

    /// The value without the object that a parser puts around it. What is required is judged here: an object
    /// around an empty text is not empty.
    fn content<'r>(&'r self, scope: &mut Scope<'r>) -> Cell<'r> {
        let Node::Value { program, table, kind, parser } = &self.node else { return self.value(scope) };
        if let (Some(plain), None) = (program.plain(scope), table)
            && parser.as_ref().is_none_or(convert::only_wraps)
            && kind.is_none_or(|kind| coerce::is_already(kind, plain))
        {
            return self.present(Cow::Borrowed(plain));
        }
        let mut value = program.value(scope);
        if let Some(table) = table {
            value = value.and_then(|value| convert::translate(table, value));
        }
        if kind.is_some() || parser.is_some() {
            value = value.and_then(|value| convert::shape(*kind, parser.as_ref(), value));
        }
        self.present(value.map_err(|fault| self.error(*fault))?)
    }

    /// The value, unless it is required and missing.
    fn present<'r>(&'r self, value: Cow<'r, Value>) -> Cell<'r> {
        if self.required && is_missing(&value) {
            return Err(self.error(*Fault::new(missing(&value))));
        }
        Ok(value)
    }

    /// Calls `each` once per row of the list, with the row in scope; once, without one, for `"1"`.
    fn each_row<'r>(
        &'r self,
        list: &'r List,
        scope: &mut Scope<'r>,
        each: &mut EachRow<'_, 'r>,
    ) -> Result<(), Box<RowError>> {
        let reference = match list {
            List::OneRow => return each(scope, 0),
            List::Of(reference) => reference,
        };
        let not_a_list = |value: &Value| self.error(*Fault::about(&NOT_A_LIST, value));
        match reference.raw(scope) {
            Cow::Borrowed(Value::Null) => Ok(()),
            Cow::Borrowed(Value::Array(rows)) => {
                for (index, row) in rows.iter().enumerate() {
                    scope.rows.push(row);
                    let done = each(scope, index);
                    scope.rows.pop();
                    done?;
                }
                Ok(())
            }
            other => Err(not_a_list(&other)),
        }
    }

    fn error(&self, fault: Fault) -> Box<RowError> {
        Box::new(RowError::of(fault, &self.path, &self.expression))
    }
}

/// A list of the document has at most about so many bytes. Each row repeats what comes from the head, so that a
/// record of 1 MB could otherwise become a document of gigabytes.
const LONGEST_LIST: usize = 32 << 20;

static LIST_TOO_LONG: Message = Message {
    code: "too_long",
    en: "the rows of this list would have more than 32 MiB; each repeats what comes from outside the list",
    zh: "此列表各行合计将超过 32 MiB；来自列表之外的内容会在每一行重复",
};

static NOT_A_LIST: Message = Message {
    code: "not_a_list",
    en: "{value} is not a list, so this array has no rows to walk",
    zh: "{value} 不是列表，此数组无行可遍历",
};

/// Whether a value counts as not there where one is required.
pub(crate) fn is_missing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// What is said of a required value that is not there.
fn missing(value: &Value) -> &'static Message {
    const fn message(en: &'static str, zh: &'static str) -> Message {
        Message { code: "missing_required", en, zh }
    }
    static ABSENT: Message = message(
        "the value is required (is_required) and the source has none",
        "该值必填（is_required），但源数据没有提供",
    );
    static NO_ROWS: Message = message(
        "the value is required (is_required) and the source list has no rows",
        "该值必填（is_required），但源列表没有行",
    );
    static EMPTY: Message = message(
        "the value is required (is_required) and the source has an empty text",
        "该值必填（is_required），但源数据为空文本",
    );
    match value {
        Value::Null => &ABSENT,
        Value::Array(_) => &NO_ROWS,
        _ => &EMPTY,
    }
}
