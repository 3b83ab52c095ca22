//! What follows `_function`: MySQL's expression language, read into a tree and evaluated on values.
//!
//! The first stage of it: literals, references and the functions of [`crate::functions`]. Operators and
//! `CASE` are recognised, and refused by name.

use super::template::{self, Part};
use super::{Fault, Place, Reference, Scope, program, text_of};
use crate::functions::{self, Function};
use crate::problem::{shorten, suggestion};
use crate::{Value, number};
use std::borrow::Cow;

/// A node of the tree.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Literal(Value),
    /// A bare reference: its value, type kept.
    Reference(Reference),
    /// A quoted text with references in it: text. Exactly one reference, and it null: NULL.
    Quoted(Vec<Part>),
    Call {
        function: &'static Function,
        arguments: Vec<Expression>,
    },
}

/// Deeper nesting is no expression a person wrote, and would take the stack down.
const DEEPEST: usize = 64;

/// Reads the text after `_function`.
pub(crate) fn compile(text: &str, place: &mut Place<'_>) -> Option<Expression> {
    let mut parser = Parser { rest: text, place, depth: 0 };
    let expression = parser.expression()?;
    match parser.token()? {
        Token::End => Some(expression),
        other => parser.unexpected(&other),
    }
}

impl Expression {
    pub(crate) fn value<'r>(&'r self, scope: &Scope<'r>) -> Result<Cow<'r, Value>, Box<Fault>> {
        match self {
            Expression::Literal(value) => Ok(Cow::Borrowed(value)),
            Expression::Reference(reference) => reference.value(scope),
            Expression::Quoted(parts) => {
                let value = template::value(parts, scope)?;
                Ok(match &*value {
                    Value::Null | Value::String(_) => value,
                    other => Cow::Owned(Value::String(text_of(other)?.into_owned())),
                })
            }
            Expression::Call { function, arguments } => {
                // No list is made for the one argument that most functions have.
                match arguments.as_slice() {
                    [one] => (function.call)(&mut [one.value(scope)?]),
                    many => {
                        let mut values =
                            many.iter().map(|it| it.value(scope)).collect::<Result<Vec<_>, _>>()?;
                        (function.call)(&mut values)
                    }
                }
            }
        }
    }

    pub(crate) fn each_reference<'r>(&'r self, visit: &mut dyn FnMut(&'r Reference)) {
        match self {
            Expression::Literal(_) => {}
            Expression::Reference(reference) => visit(reference),
            Expression::Quoted(parts) => program::each_in(parts, visit),
            Expression::Call { arguments, .. } => {
                arguments.iter().for_each(|argument| argument.each_reference(visit));
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'t> {
    Quoted(String),
    Number(&'t str),
    /// The text between the braces.
    Reference(&'t str),
    Word(&'t str),
    Open,
    Close,
    Comma,
    Operator(&'t str),
    End,
}

struct Parser<'t, 'a, 'p> {
    rest: &'t str,
    place: &'a mut Place<'p>,
    depth: usize,
}

impl<'t> Parser<'t, '_, '_> {
    fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.place.problem(
                "too_deep",
                format!("the expression is nested more than {DEEPEST} deep; split it over two fields"),
                format!("表达式嵌套超过 {DEEPEST} 层；请拆成两个字段"),
            );
            return None;
        }
        let expression = self.operand()?;
        self.depth -= 1;
        if let Token::Operator(operator) = self.look()? {
            return self.operator(operator);
        }
        Some(expression)
    }

    fn operand(&mut self) -> Option<Expression> {
        match self.token()? {
            Token::Quoted(text) => {
                let parts = template::compile(&text, self.place)?;
                Some(match parts.as_slice() {
                    [] | [Part::Text(_)] => Expression::Literal(Value::String(text)),
                    _ => Expression::Quoted(parts),
                })
            }
            Token::Number(text) => match number::read(text) {
                Some(number) => Some(Expression::Literal(Value::Number(number))),
                None => self.unexpected(&Token::Number(text)),
            },
            Token::Reference(inner) => Reference::compile(inner, self.place).map(Expression::Reference),
            Token::Open => {
                let inner = self.expression()?;
                match self.token()? {
                    Token::Close => Some(inner),
                    other => self.unexpected(&other),
                }
            }
            Token::Word(word) => self.word(word),
            Token::Operator(operator) => self.operator(operator),
            other => self.unexpected(&other),
        }
    }

    fn word(&mut self, word: &'t str) -> Option<Expression> {
        if self.look()? != Token::Open {
            if word.eq_ignore_ascii_case("null") {
                return Some(Expression::Literal(Value::Null));
            }
            let keyword = ["case", "when", "true", "false", "and", "or", "not", "between", "in"];
            if word == "_findCollection" {
                self.place.problems.not_supported(self.place.path, word, 4);
            } else if keyword.iter().any(|known| word.eq_ignore_ascii_case(known)) {
                self.place.problems.not_supported(self.place.path, word, 2);
            } else {
                let word = shorten(word);
                self.place.problem(
                    "bare_word",
                    format!("`{word}` stands bare; a field is {{{{{word}}}}}, a text '{word}'"),
                    format!("“{word}”没有标明；字段请写 {{{{{word}}}}}，文本请写 '{word}'"),
                );
            }
            return None;
        }
        let Some(function) = functions::find(word) else {
            if let Some(later) = functions::LATER.iter().find(|it| it.eq_ignore_ascii_case(word)) {
                self.place.problems.not_supported(self.place.path, &format!("{later}()"), 2);
            } else {
                let known = functions::TABLE.iter().map(|function| function.name);
                let (en, zh) = suggestion(word, known.chain(functions::LATER));
                let word = shorten(word);
                self.place.problem(
                    "unknown_function",
                    format!("there is no function `{word}`{en}"),
                    format!("没有名为“{word}”的函数{zh}"),
                );
            }
            return None;
        };
        self.token()?; // the parenthesis that `look` has seen
        let arguments = self.arguments()?;
        if !function.arity.contains(&arguments.len()) {
            let (least, most) = (function.arity.start(), function.arity.end());
            let wanted = if least == most { least.to_string() } else { format!("{least}–{most}") };
            self.place.problem(
                "wrong_arity",
                format!(
                    "{}() takes {wanted} argument(s), not {}: {}",
                    function.name,
                    arguments.len(),
                    function.usage
                ),
                format!(
                    "{}() 需要 {wanted} 个参数，而不是 {} 个：{}",
                    function.name,
                    arguments.len(),
                    function.usage
                ),
            );
            return None;
        }
        Some(Expression::Call { function, arguments })
    }

    fn arguments(&mut self) -> Option<Vec<Expression>> {
        let mut arguments = Vec::new();
        if self.look()? == Token::Close {
            self.token()?;
            return Some(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            match self.token()? {
                Token::Comma => {}
                Token::Close => return Some(arguments),
                other => return self.unexpected(&other),
            }
        }
    }

    fn operator<T>(&mut self, operator: &str) -> Option<T> {
        self.place.problems.not_supported(self.place.path, operator, 2);
        None
    }

    fn unexpected<T>(&mut self, token: &Token<'_>) -> Option<T> {
        let (en, zh) = match token {
            Token::End => ("the end".to_owned(), "结尾".to_owned()),
            Token::Open => ("`(`".to_owned(), "“(”".to_owned()),
            Token::Close => ("`)`".to_owned(), "“)”".to_owned()),
            Token::Comma => ("`,`".to_owned(), "“,”".to_owned()),
            Token::Quoted(text) => (format!("'{}'", shorten(text)), format!("'{}'", shorten(text))),
            Token::Reference(text) => {
                (format!("{{{{{}}}}}", shorten(text)), format!("{{{{{}}}}}", shorten(text)))
            }
            Token::Number(text) | Token::Word(text) | Token::Operator(text) => {
                (format!("`{}`", shorten(text)), format!("“{}”", shorten(text)))
            }
        };
        self.place.problem(
            "bad_expression",
            format!("the expression cannot be read at {en}; look at the quotes and brackets"),
            format!("表达式在{zh}处无法解析；请检查引号与括号"),
        );
        None
    }

    fn look(&mut self) -> Option<Token<'t>> {
        let here = self.rest;
        let token = self.token();
        self.rest = here;
        token
    }

    /// The next token. `None` after a problem (an open quote, a strange character).
    fn token(&mut self) -> Option<Token<'t>> {
        self.rest = self.rest.trim_start();
        let rest = self.rest;
        let Some(first) = rest.chars().next() else { return Some(Token::End) };
        let mut take = |length: usize| {
            self.rest = &rest[length..];
            &rest[..length]
        };
        Some(match first {
            '(' | ')' | ',' => {
                take(1);
                match first {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                }
            }
            '\'' | '"' => return self.quoted(first),
            '{' => return self.braces(),
            '0'..='9' | '.' => {
                let mut end = 0;
                let mut before = ' ';
                for (at, c) in rest.char_indices() {
                    let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
                    if !(c.is_ascii_alphanumeric() || c == '.' || sign) {
                        break;
                    }
                    (end, before) = (at + 1, c);
                }
                Token::Number(take(end))
            }
            '_' | '$' => Token::Word(take(word_length(rest))),
            letter if letter.is_alphabetic() => Token::Word(take(word_length(rest))),
            _ => {
                const OPERATORS: [&str; 21] = [
                    "<=>", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", ":=", "+", "-", "*", "/", "%",
                    "=", "<", ">", "!", "^", "~",
                ];
                match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                    Some(operator) => Token::Operator(take(operator.len())),
                    None => {
                        let strange = &rest[..first.len_utf8()];
                        return self.unexpected(&Token::Operator(strange));
                    }
                }
            }
        })
    }

    /// A quoted text: doubled quotes and MySQL's backslash escapes are undone. The quotes inside a
    /// *value* never come here: references are cut out of the text before any value is known.
    fn quoted(&mut self, quote: char) -> Option<Token<'t>> {
        let mut text = String::new();
        let mut characters = self.rest[1..].char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if c == quote {
                if characters.peek().is_some_and(|(_, next)| *next == quote) {
                    characters.next();
                    text.push(quote);
                    continue;
                }
                self.rest = &self.rest[1 + at + 1..];
                return Some(Token::Quoted(text));
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('0') => text.push('\0'),
                Some('b') => text.push('\u{8}'),
                Some('Z') => text.push('\u{1a}'),
                Some(other) => text.push(other),
                None => break,
            }
        }
        self.place.problem(
            "open_quote",
            format!("a {quote} is opened and never closed; a quote inside the text is doubled"),
            format!("{quote} 未闭合；文本中的引号须写两遍"),
        );
        None
    }

    fn braces(&mut self) -> Option<Token<'t>> {
        let rest = self.rest;
        let braces = if rest.starts_with("{{") { 2 } else { 1 };
        let length = rest[braces..]
            .find('}')
            .filter(|end| rest[braces + end..].starts_with(&"}}"[..braces]) && !rest.starts_with("{{{"));
        let Some(length) = length else {
            // The template reader knows what to say about braces.
            template::compile(rest, self.place)?;
            return self.unexpected(&Token::Word("{"));
        };
        self.rest = &rest[braces + length + braces..];
        Some(Token::Reference(&rest[braces..braces + length]))
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
}
