//! `SUM({{items.qty}})` and its like: an expression evaluated for every row of a list.

use super::super::template::{self, Part};
use super::super::{Fault, Message, Place, Reference, Scope, reference};
use super::parse::Parser;
use super::token::Token;
use super::{Expression, Item};
use crate::Value;
use crate::functions::{Function, Rows};
use std::borrow::Cow;

/// An aggregate: what it walks, what it evaluates for each row, what it makes of the values.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub list: Reference,
    pub argument: Expression,
    /// How many lists are open where it stands: its own rows come after them.
    depth: usize,
    call: Rows,
}

const NOT_A_LIST: Message = Message {
    code: "not_a_list",
    en: "{value} is not a list, and `{0}` is to be one here (an aggregate walks its rows)",
    zh: "{value} 不是列表，而此处“{0}”应为列表（聚合函数要遍历其各行）",
};

impl Aggregate {
    /// The values of the rows that are not null go to the function.
    pub(super) fn item<'r>(&'r self, scope: &Scope<'r>) -> Result<Item<'r>, Box<Fault>> {
        let not_a_list = |value: &Value| Fault::about(&NOT_A_LIST, value).with(&self.list.name);
        let rows = match self.list.raw(scope) {
            Cow::Borrowed(Value::Array(rows)) => rows.as_slice(),
            Cow::Borrowed(Value::Null) => match self.list.list_before(scope) {
                // The list has a list in it: nothing would be found, and nothing said.
                Some(outer) => return Err(not_a_list(outer)),
                None => &[],
            },
            other => return Err(not_a_list(&other)),
        };
        let mut inner = Scope { record: scope.record, context: scope.context, rows: scope.rows.clone() };
        inner.rows.truncate(self.depth);
        // One after the other: together they may be many times as long as the record.
        let values = rows.iter().map(|row| {
            inner.rows.push(row);
            let value = self.argument.item(&inner);
            inner.rows.pop();
            value
        });
        (self.call)(&mut values.filter(|value| !matches!(value, Ok(Item::Null))))
    }
}

/// Reads the argument and the closing bracket.
pub(super) fn compile(
    function: &'static Function,
    call: Rows,
    parser: &mut Parser<'_, '_, '_>,
) -> Option<Aggregate> {
    let Some(name) = list_of(parser)? else {
        let name = function.name;
        parser.place.problem(
            "no_list",
            format!("{name} works on a list; write such as {name}({{{{items.qty}}}})"),
            format!("{name} 用于列表；请写成 {name}({{{{items.qty}}}}) 之类"),
        );
        return None;
    };
    // Inside the array that walks it the name means the row; here it means the list again.
    let open = parser.place.lists;
    let outside = open.iter().position(|list| *list == name).map_or(open, |at| &open[..at]);
    let list = {
        let Place { path, all_lists, problems, .. } = &mut *parser.place;
        let mut place = Place { path, lists: outside, all_lists, problems };
        Reference::compile(&name, &mut place)?
    };
    let depth = open.len();
    let lists: Vec<String> = open.iter().cloned().chain([name]).collect();
    let argument = parser.within(&lists)?;
    match parser.take()? {
        Token::Close => Some(Aggregate { list, argument, depth, call }),
        Token::Comma => {
            parser.arity(function, 2)?;
            None
        }
        other => parser.unexpected(&other),
    }
}

/// The list that the argument is about: that of its first `{{list.field}}`, else `{{list}}` itself.
fn list_of(parser: &mut Parser<'_, '_, '_>) -> Option<Option<String>> {
    let start = parser.tokens.rest;
    let mut brackets = 0usize;
    let mut names = Vec::new();
    loop {
        match parser.take()? {
            Token::Open => brackets += 1,
            Token::Close if brackets == 0 => break,
            Token::Close => brackets -= 1,
            Token::Reference(inner) => names.extend(inner.split('|').next().map(|it| it.trim().to_owned())),
            Token::Quoted(text) => {
                // Its problems are reported when it is compiled in earnest.
                let mut unheard = crate::problem::Problems::default();
                let place = &mut *parser.place;
                let mut place = Place {
                    path: place.path,
                    lists: &[],
                    all_lists: &Default::default(),
                    problems: &mut unheard,
                };
                let parts = template::compile(&text, &mut place).unwrap_or_default();
                names.extend(parts.iter().filter_map(|part| match part {
                    Part::Reference(reference) => Some(reference.name.clone()),
                    Part::Text(_) => None,
                }));
            }
            Token::End => break,
            _ => {}
        }
    }
    parser.tokens.go_to(start);
    names.retain(|name| reference::is_name(name) && !reference::is_system(name));
    let place = &*parser.place;
    let of_field = names.iter().find_map(|name| {
        let (list, _) = name.rsplit_once('.')?;
        let walked =
            |known: &&String| name.strip_prefix(known.as_str()).is_some_and(|it| it.starts_with('.'));
        let known = place.lists.iter().chain(place.all_lists).filter(walked).max_by_key(|known| known.len());
        Some(match known {
            // In a row of `items`, `items.batches.n` leads to the batches of that row.
            Some(known) if !place.lists.contains(known) || known.len() == list.len() => known.clone(),
            _ => list.to_owned(),
        })
    });
    Some(of_field.or_else(|| names.into_iter().next()))
}
