//! A value string, compiled: constant, template or expression.

use super::expression::{self, Expression};
use super::template::{self, Part};
use super::{Fault, Place, Reference, Scope, text_of};
use crate::Value;
use std::borrow::Cow;

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
                return expression::compile(rest, place).map(Program::Expression);
            }
        } else if start.starts_with(LOOKUP) {
            place.problems.not_supported(place.path, LOOKUP, 4);
            return None;
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
            Program::Expression(expression) => expression.value(scope),
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
            Program::Expression(expression) => Ok(escape(&text_of(expression.value(scope)?.as_ref())?)),
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

pub(crate) fn each_in<'r>(parts: &'r [Part], visit: &mut dyn FnMut(&'r Reference)) {
    for part in parts {
        if let Part::Reference(reference) = part {
            visit(reference);
        }
    }
}
