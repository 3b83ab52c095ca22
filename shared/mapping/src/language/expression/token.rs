//! From the text of an expression to its tokens.

use super::super::{Place, template};
use crate::problem::shorten;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
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

/// The longest first.
const OPERATORS: [&str; 19] =
    ["<=>", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "+", "-", "*", "/", "%", "=", "<", ">", "!", "^"];

/// The text that is still to be read. Every method that gives `None` has reported a problem.
pub(super) struct Tokens<'t> {
    pub rest: &'t str,
    looked: Option<(Token<'t>, &'t str)>,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        Tokens { rest: text, looked: None }
    }

    /// The next token, which stays the next.
    pub fn look(&mut self, place: &mut Place<'_>) -> Option<&Token<'t>> {
        if self.looked.is_none() {
            let here = self.rest;
            let token = self.read(place)?;
            let after = std::mem::replace(&mut self.rest, here);
            self.looked = Some((token, after));
        }
        self.looked.as_ref().map(|(token, _)| token)
    }

    /// The next token; what is read after it begins behind it.
    pub fn take(&mut self, place: &mut Place<'_>) -> Option<Token<'t>> {
        match self.looked.take() {
            Some((token, after)) => {
                self.rest = after;
                Some(token)
            }
            None => self.read(place),
        }
    }

    /// Goes on at `rest`, whatever was looked at.
    pub fn go_to(&mut self, rest: &'t str) {
        self.rest = rest;
        self.looked = None;
    }

    fn read(&mut self, place: &mut Place<'_>) -> Option<Token<'t>> {
        self.rest = self.rest.trim_start();
        let rest = self.rest;
        let Some(first) = rest.chars().next() else { return Some(Token::End) };
        let mut cut = |length: usize| {
            self.rest = &rest[length..];
            &rest[..length]
        };
        Some(match first {
            '(' => {
                cut(1);
                Token::Open
            }
            ')' => {
                cut(1);
                Token::Close
            }
            ',' => {
                cut(1);
                Token::Comma
            }
            '\'' | '"' => return self.quoted(first, place),
            '{' => return self.braces(place),
            '0'..='9' | '.' => Token::Number(cut(number_length(rest))),
            _ if first == '_' || first.is_alphabetic() => Token::Word(cut(word_length(rest))),
            _ => match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                // MySQL takes it for a comment: whoever carries the expression back would be surprised.
                Some(_) if rest.starts_with("-- ") => {
                    unexpected(&Token::Operator("--"), place);
                    return None;
                }
                Some(operator) => Token::Operator(cut(operator.len())),
                None => {
                    unexpected(&Token::Operator(&rest[..first.len_utf8()]), place);
                    return None;
                }
            },
        })
    }

    /// A quoted text: doubled quotes and MySQL's backslash escapes are undone. The quotes inside a
    /// *value* never come here: references are cut out of the text before any value is known.
    fn quoted(&mut self, quote: char, place: &mut Place<'_>) -> Option<Token<'t>> {
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
                // These two keep the backslash, for LIKE.
                Some(wildcard @ ('%' | '_')) => text.extend(['\\', wildcard]),
                Some(other) => text.push(other),
                None => break,
            }
        }
        place.problem(
            "open_quote",
            format!("a {quote} is opened and never closed; a quote inside the text is doubled"),
            format!("{quote} 未闭合；文本中的引号须写两遍"),
        );
        None
    }

    fn braces(&mut self, place: &mut Place<'_>) -> Option<Token<'t>> {
        let rest = self.rest;
        let braces = if rest.starts_with("{{") { 2 } else { 1 };
        let length = rest[braces..]
            .find('}')
            .filter(|end| rest[braces + end..].starts_with(&"}}"[..braces]) && !rest.starts_with("{{{"));
        let Some(length) = length else {
            // The template reader knows what to say about braces.
            template::compile(rest, place)?;
            unexpected(&Token::Word("{"), place);
            return None;
        };
        self.rest = &rest[braces + length + braces..];
        Some(Token::Reference(&rest[braces..braces + length]))
    }
}

/// Says that a token cannot stand where it stands.
pub(super) fn unexpected(token: &Token<'_>, place: &mut Place<'_>) {
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
    place.problem(
        "bad_expression",
        format!("the expression cannot be read at {en}; look at the quotes and brackets"),
        format!("表达式在{zh}处无法解析；请检查引号与括号"),
    );
}

fn number_length(text: &str) -> usize {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
        if !(c.is_ascii_alphanumeric() || c == '.' || sign) {
            return at;
        }
        before = c;
    }
    text.len()
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
}
