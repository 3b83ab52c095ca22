//! From tokens to the tree, with MySQL's order of precedence: `OR ||`, `XOR`, `AND &&`, `NOT`, comparison
//! and `IS`, `IN LIKE BETWEEN`, `+ -`, `* / % DIV MOD`, unary `- + !`.
//!
//! Source: <https://mariadb.com/kb/en/operator-precedence/>, and the grammar's rule that what `IN`, `LIKE`
//! and `BETWEEN` stand between are sums, never comparisons.

use super::super::template::{self, Part};
use super::super::{Place, Reference};
use super::token::{Token, Tokens, unexpected};
use super::{Binary, Case, Division, Expression, Unary, aggregate, lookup};
use crate::Value;
use crate::decimal::Decimal;
use crate::functions::{self, Call, Function};
use crate::problem::{shorten, suggestion};

/// Deeper nesting is no expression a person wrote, and would take the stack down; so would a longer chain.
const DEEPEST: usize = 64;
const MOST_NODES: usize = 1000;

/// Reads the text after `_function`.
pub(crate) fn compile(text: &str, place: &mut Place<'_>) -> Option<Expression> {
    let mut parser = Parser { tokens: Tokens::new(text), place, depth: 0, nodes: 0 };
    let expression = parser.expression()?;
    match parser.take()? {
        Token::End => Some(expression),
        other => parser.unexpected(&other),
    }
}

pub(super) struct Parser<'t, 'a, 'p> {
    pub tokens: Tokens<'t>,
    pub place: &'a mut Place<'p>,
    depth: usize,
    nodes: usize,
}

impl<'t> Parser<'t, '_, '_> {
    /// An expression in which other lists are open.
    pub(super) fn within(&mut self, lists: &[String]) -> Option<Expression> {
        let Place { path, all_lists, problems, .. } = &mut *self.place;
        let mut place = Place { path, lists, all_lists, problems };
        let tokens = std::mem::replace(&mut self.tokens, Tokens::new(""));
        let mut inner = Parser { tokens, place: &mut place, depth: self.depth, nodes: self.nodes };
        let result = inner.expression();
        (self.tokens, self.depth, self.nodes) = (inner.tokens, inner.depth, inner.nodes);
        result
    }

    pub(super) fn expression(&mut self) -> Option<Expression> {
        self.deeper(|parser| {
            parser.chain(&[("or", Binary::Or), ("||", Binary::Or)], |parser| {
                parser.chain(&[("xor", Binary::Xor)], |parser| {
                    parser.chain(&[("and", Binary::And), ("&&", Binary::And)], Self::negation)
                })
            })
        })
    }

    fn negation(&mut self) -> Option<Expression> {
        if self.word_is("not")? {
            self.take()?;
            let operand = self.deeper(Self::negation)?;
            return self.node(Expression::Unary(Unary::Not, Box::new(operand)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Expression> {
        const COMPARISONS: [(&str, Binary); 8] = [
            ("=", Binary::Equal),
            ("<=>", Binary::NullSafeEqual),
            ("<>", Binary::NotEqual),
            ("!=", Binary::NotEqual),
            ("<", Binary::Less),
            ("<=", Binary::LessOrEqual),
            (">", Binary::Greater),
            (">=", Binary::GreaterOrEqual),
        ];
        let mut left = self.predicate()?;
        loop {
            if self.word_is("is")? {
                self.take()?;
                let test = self.is()?;
                left = self.node(Expression::Unary(test, Box::new(left)))?;
            } else if let Some(operator) = self.one_of(&COMPARISONS)? {
                let right = self.predicate()?;
                left = self.node(Expression::Binary(operator, Box::new([left, right])))?;
            } else {
                return Some(left);
            }
        }
    }

    /// What follows `IS`.
    fn is(&mut self) -> Option<Unary> {
        let negated = self.word_is("not")?;
        if negated {
            self.take()?;
        }
        match self.take()? {
            Token::Word(word) if word.eq_ignore_ascii_case("null") => {
                Some(if negated { Unary::IsNotNull } else { Unary::IsNull })
            }
            Token::Word(word) if word.eq_ignore_ascii_case("true") => Some(Unary::Is(true, negated)),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => Some(Unary::Is(false, negated)),
            other => self.unexpected(&other),
        }
    }

    fn predicate(&mut self) -> Option<Expression> {
        let left = self.sum()?;
        let negated = self.word_is("not")?;
        if negated {
            self.take()?;
        }
        if self.word_is("in")? {
            self.take()?;
            self.expect(&Token::Open)?;
            let mut operands = vec![left];
            self.arguments(&mut operands)?;
            if operands.len() == 1 {
                return self.unexpected(&Token::Close);
            }
            return self.node(Expression::In { negated, operands });
        }
        if self.word_is("between")? {
            self.take()?;
            let low = self.sum()?;
            if !self.word_is("and")? {
                let token = self.take()?;
                return self.unexpected(&token);
            }
            self.take()?;
            let high = self.sum()?;
            return self.node(Expression::Between { negated, operands: Box::new([left, low, high]) });
        }
        if self.word_is("like")? {
            self.take()?;
            let pattern = self.sum()?;
            let operator = if negated { Binary::NotLike } else { Binary::Like };
            return self.node(Expression::Binary(operator, Box::new([left, pattern])));
        }
        if negated {
            let token = self.take()?;
            return self.unexpected(&token);
        }
        Some(left)
    }

    fn sum(&mut self) -> Option<Expression> {
        self.chain(&[("+", Binary::Plus), ("-", Binary::Minus)], Self::product)
    }

    fn product(&mut self) -> Option<Expression> {
        const DIVISIONS: [(&str, Division); 4] = [
            ("/", Division::Over),
            ("%", Division::Remainder),
            ("div", Division::Whole),
            ("mod", Division::Remainder),
        ];
        let mut left = self.unary()?;
        loop {
            if self.one_of(&[("*", Binary::Times)])?.is_some() {
                let right = self.unary()?;
                left = self.node(Expression::Binary(Binary::Times, Box::new([left, right])))?;
            } else if let Some(division) = self.one_of(&DIVISIONS)? {
                let start = self.tokens.rest;
                let right = self.unary()?;
                let divisor = start[..start.len() - self.tokens.rest.len()].trim();
                left = self.node(Expression::Division(division, Box::new([left, right]), divisor.into()))?;
            } else {
                return Some(left);
            }
        }
    }

    fn unary(&mut self) -> Option<Expression> {
        let Token::Operator(operator) = self.look()? else { return self.operand() };
        let operation = match *operator {
            "-" => Some(Unary::Minus),
            "!" => Some(Unary::Not),
            "+" => None,
            _ => {
                let token = self.take()?;
                return self.unexpected(&token);
            }
        };
        self.take()?;
        let operand = self.deeper(Self::unary)?;
        match (operation, operand) {
            (None, operand) => Some(operand),
            (Some(Unary::Minus), Expression::Number(number)) => Some(Expression::Number(number.negated())),
            (Some(operation), operand) => self.node(Expression::Unary(operation, Box::new(operand))),
        }
    }

    /// A literal, a reference, a call, a `CASE`, or something in brackets.
    pub(super) fn operand(&mut self) -> Option<Expression> {
        let expression = match self.take()? {
            Token::Quoted(text) => {
                let parts = template::compile(&text, self.place)?;
                match parts.as_slice() {
                    [] | [Part::Text(_)] => Expression::Text(Value::String(text)),
                    _ => Expression::Quoted(parts),
                }
            }
            Token::Number(text) => match Decimal::read(text) {
                Ok(number) => Expression::Number(number),
                Err(_) => return self.unexpected(&Token::Number(text)),
            },
            Token::Reference(inner) => Expression::Reference(Reference::compile(inner, self.place)?),
            Token::Open => {
                let inner = self.expression()?;
                self.expect(&Token::Close)?;
                inner
            }
            Token::Word(word) => return self.word(word),
            other => return self.unexpected(&other),
        };
        self.node(expression)
    }

    fn word(&mut self, word: &'t str) -> Option<Expression> {
        if word.eq_ignore_ascii_case("case") {
            return self.deeper(Self::case);
        }
        if word == lookup::KEYWORD {
            let lookup = lookup::compile(self)?;
            return self.node(Expression::Lookup(Box::new(lookup)));
        }
        if *self.look()? == Token::Open {
            return self.call(word);
        }
        let literal = match word.to_ascii_lowercase().as_str() {
            "null" => Expression::Null,
            "true" => Expression::Number(Decimal::from(1)),
            "false" => Expression::Number(Decimal::ZERO),
            _ => {
                let word = shorten(word);
                self.place.problem(
                    "bare_word",
                    format!("`{word}` stands bare; a field is {{{{{word}}}}}, a text '{word}'"),
                    format!("“{word}”没有标明；字段请写 {{{{{word}}}}}，文本请写 '{word}'"),
                );
                return None;
            }
        };
        self.node(literal)
    }

    fn case(&mut self) -> Option<Expression> {
        let operand = if self.word_is("when")? { None } else { Some(self.expression()?) };
        let mut branches = Vec::new();
        while self.word_is("when")? {
            self.take()?;
            let when = self.expression()?;
            self.expect_word("then")?;
            branches.push([when, self.expression()?]);
        }
        let otherwise = if !branches.is_empty() && self.word_is("else")? {
            self.take()?;
            self.expression()?
        } else {
            Expression::Null
        };
        if branches.is_empty() {
            let token = self.take()?;
            return self.unexpected(&token);
        }
        self.expect_word("end")?;
        self.node(Expression::Case(Box::new(Case { operand, branches, otherwise })))
    }

    fn call(&mut self, word: &'t str) -> Option<Expression> {
        let Some(function) = functions::find(word) else {
            let (en, zh) = match functions::equivalent(word) {
                Some(ours) => (format!("; write {ours}"), format!("；请改写为 {ours}")),
                None => suggestion(word, functions::TABLE.iter().map(|function| function.name)),
            };
            let word = shorten(word);
            self.place.problem(
                "unknown_function",
                format!("there is no function `{word}`{en}"),
                format!("没有名为“{word}”的函数{zh}"),
            );
            return None;
        };
        self.take()?; // the bracket that `look` has seen
        if let Call::Rows(call) = function.call {
            let aggregate = self.deeper(|parser| aggregate::compile(function, call, parser))?;
            return self.node(Expression::Aggregate(Box::new(aggregate)));
        }
        let mut arguments = Vec::new();
        self.arguments(&mut arguments)?;
        self.arity(function, arguments.len())?;
        self.node(Expression::Call { function, arguments })
    }

    pub(super) fn arity(&mut self, function: &Function, found: usize) -> Option<()> {
        if function.arity.contains(&found) {
            return Some(());
        }
        let (least, most) = (*function.arity.start(), *function.arity.end());
        let wanted = match most {
            _ if least == most => least.to_string(),
            usize::MAX => format!("≥ {least}"),
            _ => format!("{least}–{most}"),
        };
        let (name, usage) = (function.name, function.usage);
        self.place.problem(
            "wrong_arity",
            format!("{name}() takes {wanted} argument(s), not {found}: {usage}"),
            format!("{name}() 需要 {wanted} 个参数，而不是 {found} 个：{usage}"),
        );
        None
    }

    /// Arguments up to the closing bracket, added to `out`.
    fn arguments(&mut self, out: &mut Vec<Expression>) -> Option<()> {
        if *self.look()? == Token::Close {
            self.take()?;
            return Some(());
        }
        loop {
            out.push(self.expression()?);
            match self.take()? {
                Token::Comma => {}
                Token::Close => return Some(()),
                other => return self.unexpected(&other),
            }
        }
    }

    /// `a OP b OP c`, to be read from the left.
    fn chain(
        &mut self,
        operators: &[(&str, Binary)],
        mut operand: impl FnMut(&mut Self) -> Option<Expression>,
    ) -> Option<Expression> {
        let mut left = operand(self)?;
        while let Some(operator) = self.one_of(operators)? {
            let right = operand(self)?;
            left = self.node(Expression::Binary(operator, Box::new([left, right])))?;
        }
        Some(left)
    }

    /// Takes the next token if it is one of these operators (as sign or word).
    fn one_of<T: Copy>(&mut self, operators: &[(&str, T)]) -> Option<Option<T>> {
        let (Token::Operator(text) | Token::Word(text)) = self.look()? else { return Some(None) };
        let found = operators.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, it)| *it);
        if found.is_some() {
            self.take()?;
        }
        Some(found)
    }

    fn word_is(&mut self, wanted: &str) -> Option<bool> {
        Some(matches!(self.look()?, Token::Word(word) if word.eq_ignore_ascii_case(wanted)))
    }

    fn expect_word(&mut self, wanted: &str) -> Option<()> {
        if self.word_is(wanted)? {
            return self.take().map(drop);
        }
        let token = self.take()?;
        self.unexpected(&token)
    }

    pub(super) fn expect(&mut self, wanted: &Token<'_>) -> Option<()> {
        match self.take()? {
            token if token == *wanted => Some(()),
            other => self.unexpected(&other),
        }
    }

    pub(super) fn look(&mut self) -> Option<&Token<'t>> {
        self.tokens.look(self.place)
    }

    pub(super) fn take(&mut self) -> Option<Token<'t>> {
        self.tokens.take(self.place)
    }

    pub(super) fn unexpected<T>(&mut self, token: &Token<'_>) -> Option<T> {
        unexpected(token, self.place);
        None
    }

    /// Counts a node of the tree.
    fn node(&mut self, expression: Expression) -> Option<Expression> {
        self.nodes += 1;
        if self.nodes <= MOST_NODES {
            return Some(expression);
        }
        self.place.problem(
            "too_long",
            format!("the expression has more than {MOST_NODES} parts; split it over two fields"),
            format!("表达式超过 {MOST_NODES} 个部分；请拆成两个字段"),
        );
        None
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.place.problem(
                "too_deep",
                format!("the expression is nested more than {DEEPEST} deep; split it over two fields"),
                format!("表达式嵌套超过 {DEEPEST} 层；请拆成两个字段"),
            );
            return None;
        }
        let result = read(self);
        self.depth -= 1;
        result
    }
}
