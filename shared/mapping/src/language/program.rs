//! A value string, compiled: constant, template or expression.

use super::expression::{self, Expression};
use super::template::{self, Part};
use super::{Fault, NoRecord, Place, Reference, Scope, filled, text_of};
use crate::Value;
use crate::problem::shorten;
use crate::record::Context;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a value string computes.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    Constant(Value),
    Template(Vec<Part>),
    Expression(Expression),
}

const FUNCTION: &str = "_function";
const LOOKUP: &str = "_findCollection";

impl Program {
    /// Compiles a value string. Problems go to the place; then there is no program.
    pub(crate) fn compile(text: &str, place: &mut Place<'_>) -> Option<Program> {
        // A blank before the keyword would make a constant of it, and post the source text.
        let start = text.trim_start();
        if let Some(rest) = start.strip_prefix(FUNCTION) {
            if rest.starts_with(char::is_whitespace) {
                let expression = expression::compile(rest, place)?;
                return folded(expression, place);
            }
        } else if start.starts_with(LOOKUP) {
            return expression::compile(start, place).map(Program::Expression);
        }
        if text.contains(FUNCTION) || text.contains(LOOKUP) {
            place.problem(
                "misplaced_function",
                "`_function ` and `_findCollection ` must stand at the very beginning of the value, \
                 followed by one blank; here the text itself would be delivered",
                "“_function ”与“_findCollection ”必须位于值的最前面，其后跟一个空格；否则会把这段文字原样投递出去",
            );
            return None;
        }
        let parts = template::compile(text, place)?;
        Some(match parts.as_slice() {
            [] => Program::Constant(Value::String(String::new())),
            [Part::Text(_)] => Program::Constant(Value::String(text.to_owned())),
            _ => Program::Template(parts),
        })
    }

    pub(crate) fn value<'r>(&'r self, scope: &Scope<'r>) -> Result<Cow<'r, Value>, Box<Fault>> {
        match self {
            Program::Constant(value) => Ok(Cow::Borrowed(value)),
            Program::Template(parts) => template::value(parts, scope),
            Program::Expression(expression) => Ok(expression.item(scope)?.finish()),
        }
    }

    /// The record's own value, where the program is nothing but a reference to it.
    pub(crate) fn plain<'r>(&'r self, scope: &Scope<'r>) -> Option<&'r Value> {
        match self {
            Program::Template(parts) => match parts.as_slice() {
                [Part::Reference(reference)] => reference.plain(scope),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value as text; whatever comes from outside the flow file goes through `escape`.
    pub(crate) fn render<'r>(
        &'r self,
        scope: &Scope<'r>,
        escape: &dyn Fn(&str) -> String,
    ) -> Result<String, Box<Fault>> {
        match self {
            Program::Constant(value) => Ok(text_of(value)?.into_owned()),
            Program::Template(parts) => {
                template::render(parts, scope, &mut |text, out| out.push_str(&escape(text)))
            }
            Program::Expression(expression) => {
                Ok(escape(&text_of(expression.item(scope)?.finish().as_ref())?))
            }
        }
    }

    pub(crate) fn each_reference<'r>(&'r self, visit: &mut dyn FnMut(&'r Reference)) {
        match self {
            Program::Constant(_) => {}
            Program::Template(parts) => each_in(parts, visit),
            Program::Expression(expression) => expression.each_reference(visit),
        }
    }
}

/// An expression that reads nothing has its value now; where it has none, no row will have one.
fn folded(expression: Expression, place: &mut Place<'_>) -> Option<Program> {
    if !expression.is_constant() {
        warn(&expression, place);
        return Some(Program::Expression(expression));
    }
    static NO_PARAMS: BTreeMap<String, Value> = BTreeMap::new();
    let context = Context {
        params: &NO_PARAMS,
        last_sync_time: 0,
        current_time: 0,
        page_size: 0,
        start_page: 0,
        start_row: 0,
        lookups: None,
    };
    let scope = Scope { record: &NoRecord, context, rows: Vec::new() };
    let value = expression.item(&scope).map(|item| item.finish().into_owned());
    match value {
        Ok(value) => Some(Program::Constant(value)),
        Err(fault) => {
            let filled = |sentence| filled(sentence, fault.value.as_ref(), &fault.arguments);
            place.problem("bad_constant", filled(fault.message.en), filled(fault.message.zh));
            None
        }
    }
}

/// What an expression may meet, and its author may not have thought of.
fn warn(expression: &Expression, place: &mut Place<'_>) {
    for divisor in expression::unguarded_divisors(expression) {
        let divisor = shorten(divisor);
        place.problems.warn(
            "unguarded_division",
            place.path,
            format!(
                "`{divisor}` may be 0, and the row then becomes a dead letter; where that is not meant write \
                 NULLIF({divisor}, 0), IF or CASE"
            ),
            format!(
                "“{divisor}”可能为 0，届时该行成为死信；若不希望如此，请用 NULLIF({divisor}, 0)、IF 或 CASE"
            ),
        );
    }
    for name in expression.quoted_null_tests() {
        let name = shorten(name);
        place.problems.warn(
            "never_null",
            place.path,
            format!(
                "'{{{{{name}}}}}' is a text and never NULL, so this test never applies; write {{{{{name}}}}} \
                 without quotes"
            ),
            format!("'{{{{{name}}}}}' 是文本，不会为 NULL，此判断永不成立；请去掉引号，写成 {{{{{name}}}}}"),
        );
    }
}

pub(crate) fn each_in<'r>(parts: &'r [Part], visit: &mut dyn FnMut(&'r Reference)) {
    for part in parts {
        if let Part::Reference(reference) = part {
            visit(reference);
        }
    }
}
