//! `_findCollection find F from L where A={{x}} B='lit'`: a field of a record of another system
//! (qeasy-metadata 3.5). `L` is an entry of the flow file's `lookups`; conditions hold together. Nested in an
//! expression it is closed by `_endFind`.

use super::super::{Fault, Message, Scope, reference};
use super::parse::Parser;
use super::token::Token;
use super::{Expression, Item};
use crate::Value;
use crate::problem::shorten;
use crate::record::{Found, Record as _};
use std::borrow::Cow;

pub(super) const KEYWORD: &str = "_findCollection";
const END: &str = "_endFind";

/// A lookup in an expression.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// The field of the found record that is wanted.
    pub find: String,
    /// The entry of `lookups`.
    pub from: String,
    /// Fields of the record looked for, and what they must be.
    pub conditions: Vec<(String, Expression)>,
}

const MISSED: Message = Message {
    code: "lookup_missed",
    en: "{0} has no record with {1}; create it there, or set `on_miss` of the lookup",
    zh: "{0} 中没有满足 {1} 的记录；请在对方系统中建立，或设置该 lookup 的 on_miss",
};

const WAITING: Message = Message {
    code: "lookup_waiting",
    en: "{0} has no record with {1} yet; this row waits for it (on_miss: wait)",
    zh: "{0} 中尚无满足 {1} 的记录；此行将等待（on_miss: wait）",
};

const UNKNOWN: Message = Message {
    code: "lookup_unknown",
    en: "{0} was not asked for a record with {1}: lookups were not made here",
    zh: "未向 {0} 查询 {1}：此处未执行查找",
};

const NO_KEY: Message = Message {
    code: "lookup_without_key",
    en: "the record has nothing to look up in {0}: {1} is empty",
    zh: "没有可用于在 {0} 中查找的值：{1} 为空",
};

impl Lookup {
    pub(super) fn item<'r>(&'r self, scope: &Scope<'r>) -> Result<Item<'r>, Box<Fault>> {
        let mut keys = Vec::with_capacity(self.conditions.len());
        for (name, value) in &self.conditions {
            keys.push((name.as_str(), value.item(scope)?.finish()));
        }
        let shown = || -> String {
            keys.iter()
                .map(|(name, value)| format!("{name}={}", super::super::shown(value)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let fault = |message| Fault::new(message).with(format_args!("`{}`", self.from)).with(shown());
        let Some(lookups) = scope.context.lookups else { return Err(fault(&UNKNOWN)) };
        // An empty key would find any record, or none: neither is what was meant.
        if let Some((name, _)) = keys.iter().find(|(_, value)| is_empty(value)) {
            return match lookups.without_key(&self.from) {
                Found::Empty => Ok(Item::Null),
                Found::Default(value) => Ok(Item::of(Cow::Borrowed(value))),
                _ => Err(Fault::new(&NO_KEY).with(format_args!("`{}`", self.from)).with(name)),
            };
        }
        match lookups.find(&self.from, &keys) {
            Found::Record(record) => {
                let value = record.field(&self.find).unwrap_or(&Value::Null);
                Ok(Item::of(Cow::Borrowed(value)))
            }
            Found::Default(value) => Ok(Item::of(Cow::Borrowed(value))),
            Found::Empty => Ok(Item::Null),
            Found::Missed => Err(fault(&MISSED)),
            Found::Waiting => Err(fault(&WAITING)),
            Found::Unknown => Err(fault(&UNKNOWN)),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// Reads what follows the keyword.
pub(super) fn compile(parser: &mut Parser<'_, '_, '_>) -> Option<Lookup> {
    let find = keyed(parser, "find")?;
    let from = keyed(parser, "from")?;
    let mut conditions = Vec::new();
    let first = word(parser);
    if first != "where" {
        return refuse(parser, first);
    }
    loop {
        let here = parser.tokens.rest;
        let name = word(parser);
        match name {
            "" | END if !conditions.is_empty() => break,
            // Between the conditions, though it goes without saying.
            _ if name.eq_ignore_ascii_case("and") && !conditions.is_empty() => continue,
            _ => {}
        }
        if !reference::is_name(name) {
            // `)` or an operator after a lookup that nobody closed.
            if conditions.is_empty() || name.starts_with('=') {
                return refuse(parser, name);
            }
            parser.tokens.go_to(here);
            break;
        }
        parser.expect(&Token::Operator("="))?;
        conditions.push((name.to_owned(), value(parser)?));
    }
    Some(Lookup { find: find.to_owned(), from: from.to_owned(), conditions })
}

/// What a condition compares with: a reference, a quoted text, a number, `true` or `false`.
fn value(parser: &mut Parser<'_, '_, '_>) -> Option<Expression> {
    if let Token::Word(word) = parser.look()? {
        let word = shorten(word);
        if !["true", "false"].iter().any(|flag| word.eq_ignore_ascii_case(flag)) {
            parser.place.problem(
                "bare_word",
                format!("`{word}` stands bare; a field is {{{{{word}}}}}, a text '{word}'"),
                format!("“{word}”没有标明；字段请写 {{{{{word}}}}}，文本请写 '{word}'"),
            );
            return None;
        }
    }
    parser.operand()
}

fn keyed<'t>(parser: &mut Parser<'t, '_, '_>, keyword: &str) -> Option<&'t str> {
    let found = word(parser);
    if found != keyword {
        return refuse(parser, found);
    }
    let name = word(parser);
    if name.is_empty() || !reference::is_name(name) {
        return refuse(parser, name);
    }
    Some(name)
}

/// Takes what stands up to the next blank, `=` or bracket: names hold hyphens, which are no minus here.
fn word<'t>(parser: &mut Parser<'t, '_, '_>) -> &'t str {
    let rest = parser.tokens.rest.trim_start();
    let end = rest.find(|c: char| c.is_whitespace() || "=()'\"{},<>".contains(c)).unwrap_or(rest.len());
    // Something that is no word at all is taken as one character, to be named in the problem.
    let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
    parser.tokens.go_to(&rest[end..]);
    &rest[..end]
}

fn refuse<T>(parser: &mut Parser<'_, '_, '_>, found: &str) -> Option<T> {
    let found = if found.is_empty() { "…".to_owned() } else { shorten(found) };
    parser.place.problem(
        "bad_lookup",
        format!(
            "the lookup cannot be read at `{found}`; it is `_findCollection find FIELD from LOOKUP where \
             KEY={{{{x}}}} KEY2='text'`, closed by `_endFind` inside an expression"
        ),
        format!(
            "查找语句在“{found}”处无法解析；写法为 _findCollection find 字段 from 查找名 where 键={{{{x}}}} 键2='文本'，\
             在表达式中以 _endFind 结束"
        ),
    );
    None
}
