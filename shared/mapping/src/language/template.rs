//! Text with references in it: `{{x}}`, `{x}`.
//!
//! Braces that do not hold a name are text, so that JSON needs no escaping: `{"a": {{x}}}` is text,
//! reference, text. They must pair up; what does not pair is far more often a typing mistake.

use super::{Fault, Place, Reference, Scope, dialect, reference, text_of};
use crate::Value;
use std::borrow::Cow;

/// A piece of a template.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    Reference(Reference),
}

/// Cuts a text at its references. Neighbouring texts are one part; an empty text has none.
pub(crate) fn compile(text: &str, place: &mut Place<'_>) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut open = 0usize; // literal braces still open
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('}') {
            if open == 0 {
                unbalanced(place);
                return None;
            }
            open -= 1;
            literal.push('}');
            rest = &rest[1..];
            continue;
        }
        if literal.ends_with('$') && !rest.starts_with("{{") {
            dialect::refuse_dollar(rest, place);
            return None;
        }
        if rest.starts_with("{{{") {
            let name = rest.trim_start_matches('{').split(['}', '|']).next().unwrap_or_default();
            let name = if reference::is_name(name.trim()) { name.trim() } else { "x" };
            let name = crate::problem::shorten(name);
            place.problem(
                "three_braces",
                format!("three opening braces; a reference has two: write {{{{{name}}}}}"),
                format!("多了一个花括号；引用只用两个：请写成 {{{{{name}}}}}"),
            );
            return None;
        }
        let (opening, closing) = if rest.starts_with("{{") { ("{{", "}}") } else { ("{", "}") };
        let body = &rest[opening.len()..];
        if opening == "{" && is_literal(body) {
            open += 1;
            literal.push('{');
            rest = body;
            continue;
        }
        // Up to the first brace of any kind: a reference holds none.
        let end = body.find(['{', '}']).filter(|end| body[*end..].starts_with(closing));
        let Some(end) = end else {
            unbalanced(place);
            return None;
        };
        let reference = Reference::compile(&body[..end], place)?;
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(Part::Reference(reference));
        rest = &body[end + closing.len()..];
    }
    if open > 0 {
        unbalanced(place);
        return None;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Some(parts)
}

/// Whether a single `{` followed by this begins text (JSON, an empty pair) rather than a name.
fn is_literal(body: &str) -> bool {
    body.trim_start().starts_with(['"', '\'', '[', '{', '}'])
}

fn unbalanced(place: &mut Place<'_>) {
    place.problem(
        "unbalanced_braces",
        "the braces do not pair up; a reference is {{x}} or {x}. Text that needs a lone brace can stand \
         in `params` and be used as {{params.name}}",
        "花括号不成对；引用应写成 {{x}} 或 {x}。若文本中确需单个花括号，请放进 params，再用 {{params.名称}} 引用",
    );
}

/// The value of a template: exactly one reference keeps its type (null stays null), everything else is
/// text in which null is empty.
pub(crate) fn value<'r>(parts: &'r [Part], scope: &Scope<'r>) -> Result<Cow<'r, Value>, Box<Fault>> {
    if let [Part::Reference(reference)] = parts {
        return reference.value(scope);
    }
    Ok(Cow::Owned(Value::String(render(parts, scope, &mut |text, out| out.push_str(text))?)))
}

/// The text of a template, in which null is empty: the record's own where it is one text.
pub(crate) fn text<'r>(parts: &'r [Part], scope: &Scope<'r>) -> Result<Cow<'r, str>, Box<Fault>> {
    if let [Part::Reference(reference)] = parts {
        return match reference.value(scope)? {
            Cow::Borrowed(value) => text_of(value),
            Cow::Owned(Value::String(text)) => Ok(Cow::Owned(text)),
            Cow::Owned(other) => Ok(Cow::Owned(text_of(&other)?.into_owned())),
        };
    }
    render(parts, scope, &mut |text, out| out.push_str(text)).map(Cow::Owned)
}

/// Writes a template out; every substituted value goes through `write`, the literal text does not.
pub(crate) fn render<'r>(
    parts: &'r [Part],
    scope: &Scope<'r>,
    write: &mut dyn FnMut(&str, &mut String),
) -> Result<String, Box<Fault>> {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Reference(reference) => write(&text_of(&*reference.value(scope)?)?, &mut out),
        }
    }
    Ok(out)
}
