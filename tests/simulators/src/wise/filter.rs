//! Filters of `GetList`, a part of T-SQL: `FMultiCheckStatus='4'`, `[FBillNO] like '%0%'`, `in`, `and`, `or`.

/// A filter.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    /// Everything.
    All,
    Compare(String, Operator, String),
    In(String, Vec<String>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Like,
}

impl Filter {
    /// Reads a filter; with `one_comparison` nothing may be joined and there is no `in`.
    pub fn parse(text: &str, one_comparison: bool) -> Result<Self, String> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Ok(Filter::All);
        }
        let mut parser = Parser { tokens: &tokens, at: 0 };
        let filter = parser.either()?;
        if parser.at < tokens.len() {
            return Err(wrong(text));
        }
        match filter {
            Filter::And(..) | Filter::Or(..) | Filter::In(..) if one_comparison => Err(wrong(text)),
            filter => Ok(filter),
        }
    }

    /// The fields that it names.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Filter::All => Vec::new(),
            Filter::Compare(field, ..) | Filter::In(field, _) => vec![field],
            Filter::And(a, b) | Filter::Or(a, b) => [a.fields(), b.fields()].concat(),
        }
    }

    /// The values of which a field has one in every match, if the filter says so at its top level.
    pub fn values(&self, field: &str) -> Option<Vec<&str>> {
        match self {
            Filter::Compare(name, Operator::Equal, value) if name.eq_ignore_ascii_case(field) => {
                Some(vec![value])
            }
            Filter::In(name, values) if name.eq_ignore_ascii_case(field) => {
                Some(values.iter().map(String::as_str).collect())
            }
            Filter::And(a, b) => a.values(field).or_else(|| b.values(field)),
            _ => None,
        }
    }

    /// Whether it lets a row through. Texts are compared without letter case and blanks behind, as SQL Server
    /// does with Chinese collations.
    pub fn matches(&self, cell: &dyn Fn(&str) -> String) -> bool {
        match self {
            Filter::All => true,
            Filter::Compare(field, Operator::Equal, value) => same(&cell(field), value),
            Filter::Compare(field, Operator::Unequal, value) => !same(&cell(field), value),
            Filter::Compare(field, Operator::Like, pattern) => {
                let (text, pattern) = (cell(field).to_lowercase(), pattern.to_lowercase());
                like(&text.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>())
            }
            Filter::In(field, values) => {
                let text = cell(field);
                values.iter().any(|value| same(&text, value))
            }
            Filter::And(a, b) => a.matches(cell) && b.matches(cell),
            Filter::Or(a, b) => a.matches(cell) || b.matches(cell),
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    folded(a) == folded(b)
}

/// What texts have in common that are the same to SQL Server.
pub(super) fn folded(text: &str) -> String {
    text.trim_end_matches(' ').to_lowercase()
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skip| like(&text[skip..], rest)),
        Some(('_', rest)) => !text.is_empty() && like(&text[1..], rest),
        Some((letter, rest)) => text.first() == Some(letter) && like(&text[1..], rest),
    }
}

fn wrong(near: &str) -> String {
    format!("过滤条件[{near}]附近有语法错误")
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' => literal(rest).ok_or_else(|| wrong(rest))?,
            '[' => {
                let (name, after) = rest[1..].split_once(']').ok_or_else(|| wrong(rest))?;
                (Token::Word(name.to_owned()), after)
            }
            _ => match ["<>", "=", "(", ")", ","].into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => (Token::Sign(sign), &rest[sign.len()..]),
                None => {
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                    if end == 0 {
                        return Err(wrong(rest));
                    }
                    (Token::Word(rest[..end].to_owned()), &rest[end..])
                }
            },
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// A text between quotes, in which a quote is doubled.
fn literal(text: &str) -> Option<(Token, &str)> {
    let mut value = String::new();
    let mut rest = &text[1..];
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((Token::Text(value), after)),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        self.at += 1;
        self.tokens.get(self.at - 1)
    }

    /// Passes a keyword or a sign, if it is next.
    fn pass(&mut self, what: &str) -> bool {
        let is = match self.tokens.get(self.at) {
            Some(Token::Word(word)) => word.eq_ignore_ascii_case(what),
            Some(Token::Sign(sign)) => *sign == what,
            _ => false,
        };
        self.at += usize::from(is);
        is
    }

    fn either(&mut self) -> Result<Filter, String> {
        let mut filter = self.both()?;
        while self.pass("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both()?));
        }
        Ok(filter)
    }

    fn both(&mut self) -> Result<Filter, String> {
        let mut filter = self.one()?;
        while self.pass("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.pass("(") {
            let filter = self.either()?;
            return if self.pass(")") { Ok(filter) } else { Err(wrong(")")) };
        }
        let Some(Token::Word(field)) = self.next() else {
            return Err(wrong("字段"));
        };
        if self.pass("in") {
            return self.values().map(|values| Filter::In(field.clone(), values));
        }
        let operator = match self.next() {
            Some(Token::Sign("=")) => Operator::Equal,
            Some(Token::Sign("<>")) => Operator::Unequal,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("like") => Operator::Like,
            _ => return Err(wrong(field)),
        };
        self.value().map(|value| Filter::Compare(field.clone(), operator, value))
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        if !self.pass("(") {
            return Err(wrong("in"));
        }
        let mut values = vec![self.value()?];
        while self.pass(",") {
            values.push(self.value()?);
        }
        if self.pass(")") { Ok(values) } else { Err(wrong("in")) }
    }

    fn value(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(value)) => Ok(value.clone()),
            Some(Token::Word(number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(number.clone())
            }
            _ => Err(wrong("值")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever a value holds, WISE reads it as that value: it ends no literal and begins no condition.
        #[test]
        fn any_value_that_ferry_asks_for_is_read_as_that_value(
            values in proptest::collection::vec(r"(?s)('|''|%| or | and |\(|\)|=|--|;|\[|\]|料|\x00|[0-9]|.){0,12}", 2..5)
        ) {
            let list: Vec<String> =
                values.iter().map(|value| format!("'{}'", ferry_platforms::wise::quote(value))).collect();
            let several = Filter::parse(&format!("FBillNO in ({})", list.join(",")), false);
            proptest::prop_assert_eq!(several, Ok(Filter::In("FBillNO".to_owned(), values.clone())));
            let one = Filter::parse(&format!("FBillNO={}", list[0]), true);
            proptest::prop_assert_eq!(one, Ok(Filter::Compare("FBillNO".to_owned(), Operator::Equal, values[0].clone())));
        }
    }

    #[test]
    fn filters_are_read_as_t_sql_is() {
        let cell = |name: &str| match name {
            "FBillNO" => "SO-1'2".to_owned(),
            "FStatus" => "4 ".to_owned(),
            _ => String::new(),
        };
        let table = [
            ("", true),
            ("FBillNO='so-1''2'", true),
            ("[FBillNO] like '%-1''_'", true),
            ("FBillNO like '%9%'", false),
            ("FStatus=4 and FBillNO<>'x'", true),
            ("FStatus = '5' or (FStatus in ('3','4') and FBillNO='SO-1''2')", true),
            ("FStatus='5' and FBillNO='x' or FStatus='4'", true),
            ("FBillNO in ('a','b')", false),
        ];
        for (text, lets) in table {
            assert_eq!(Filter::parse(text, false).unwrap().matches(&cell), lets, "{text}");
        }
        for text in [
            "FBillNO=",
            "FBillNO='a",
            "='a'",
            "FBillNO='a' FStatus='b'",
            "FBillNO in ()",
            "a='b'; drop",
            "(a='b'",
        ] {
            assert!(Filter::parse(text, false).is_err(), "{text}");
        }
        assert!(Filter::parse("FBillNO='a' or 1='1'", true).is_err());
        assert!(Filter::parse("FBillNO in ('a')", true).is_err());
        assert!(Filter::parse("FMultiCheckStatus='4'", true).is_ok());
    }
}
