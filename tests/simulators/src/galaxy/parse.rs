//! `FilterString` as text or as an array of conditions, read into a [`Filter`]
//! (`vendors/kingdee.md` 1.8).

use serde_json::Value;

use super::filter::{Compare, Filter, FilterError, Literal, Parsed};

/// Reads `FilterString`: text, or the array of conditions.
pub(super) fn read(value: Option<&Value>) -> Result<Parsed, FilterError> {
    match value {
        None | Some(Value::Null) => Ok(Filter::Constant(true)),
        Some(Value::String(text)) if text.trim_start().starts_with("[{") => {
            let rows: Vec<Value> =
                serde_json::from_str(text).map_err(|e| FilterError::Syntax(format!("FilterString: {e}")))?;
            parse_text(&from_array(&rows)?)
        }
        Some(Value::String(text)) => parse_text(text),
        Some(Value::Array(rows)) => parse_text(&from_array(rows)?),
        Some(other) => Err(FilterError::Syntax(format!("FilterString: {other}"))),
    }
}

/// The text that an array of `{"Left","FieldName","Compare","Value","Right","Logic"}` stands for.
fn from_array(rows: &[Value]) -> Result<String, FilterError> {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let part = |key: &str| match &row[key] {
            Value::String(s) => s.clone(),
            Value::Number(n) => n.to_string(),
            _ => String::new(),
        };
        let compare = part("Compare");
        if !["=", "<>", "!=", ">", ">=", "<", "<=", "like"].contains(&compare.to_lowercase().trim()) {
            return Err(FilterError::Syntax(format!("Compare: {compare}")));
        }
        let value = part("Value").replace('\'', "''");
        text += &format!(" {} {} {compare} '{value}' {}", part("Left"), part("FieldName"), part("Right"));
        if at + 1 < rows.len() {
            let logic = part("Logic");
            text += match logic.to_lowercase().trim() {
                "and" | "" => " and ",
                "or" => " or ",
                _ => return Err(FilterError::Syntax(format!("Logic: {logic}"))),
            };
        }
    }
    Ok(text)
}

/// Parses a filter; blank text lets everything through.
pub(super) fn parse_text(text: &str) -> Result<Parsed, FilterError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Filter::Constant(true));
    }
    let mut parser = Parser { tokens, at: 0 };
    let filter = parser.any()?;
    match parser.next() {
        None => Ok(filter),
        Some(token) => Err(near(&token)),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Number(String),
    Text(String),
    Sign(&'static str),
}

fn near(token: &Token) -> FilterError {
    let text = match token {
        Token::Word(s) | Token::Number(s) | Token::Text(s) => s.as_str(),
        Token::Sign(s) => s,
    };
    // The wording of SQL Server; no sample of Galaxy's own is recorded.
    FilterError::Syntax(format!("“{text}”附近有语法错误。"))
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    const SIGNS: &[&str] = &["<>", "!=", ">=", "<=", "=", ">", "<", "(", ")", ","];
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if first == '\'' {
            let (value, after) = quoted(rest)?;
            tokens.push(Token::Text(value));
            rest = after;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if first.is_ascii_digit() || first == '-' {
            let tail = &rest[1..];
            let end = 1 + tail.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(tail.len());
            if rest[..end].parse::<f64>().is_err() {
                return Err(near(&Token::Word(rest[..end].to_owned())));
            }
            tokens.push(Token::Number(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_alphabetic() || first == '_' {
            let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            return Err(near(&Token::Word(first.to_string())));
        }
    }
    Ok(tokens)
}

/// A quoted text with `''` for a quote, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), FilterError> {
    let mut value = String::new();
    let mut rest = &text[1..];
    loop {
        let Some(end) = rest.find('\'') else {
            return Err(FilterError::Syntax(format!("字符串“{value}{rest}”后的引号不完整。")));
        };
        value += &rest[..end];
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Ok((value, rest)),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self) -> FilterError {
        match self.tokens.get(self.at).or(self.tokens.last()) {
            Some(token) => near(token),
            None => FilterError::Syntax("条件不完整".into()),
        }
    }

    fn any(&mut self) -> Result<Parsed, FilterError> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Parsed, FilterError> {
        let mut parts = vec![self.not()?];
        while self.take_word("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn not(&mut self) -> Result<Parsed, FilterError> {
        if self.take_word("not") {
            return Ok(Filter::Not(Box::new(self.not()?)));
        }
        if self.take_sign("(") {
            let inner = self.any()?;
            return if self.take_sign(")") { Ok(inner) } else { Err(self.unexpected()) };
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Parsed, FilterError> {
        let field = match self.tokens.get(self.at) {
            Some(Token::Word(field)) if !is_keyword(field) => field.clone(),
            // `1=1` and the like.
            Some(Token::Number(_) | Token::Text(_)) => {
                let left = self.literal()?;
                let compare = self.compare()?;
                let right = self.literal()?;
                return Ok(Filter::Constant(compare.holds(left.text().cmp(right.text()))));
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        if self.take_word("is") {
            let negated = self.take_word("not");
            return if self.take_word("null") {
                Ok(negate(Filter::IsNull(field), negated))
            } else {
                Err(self.unexpected())
            };
        }
        let negated = self.take_word("not");
        if self.take_word("in") {
            if !self.take_sign("(") {
                return Err(self.unexpected());
            }
            let mut values = vec![self.literal()?];
            while self.take_sign(",") {
                values.push(self.literal()?);
            }
            return if self.take_sign(")") {
                Ok(negate(Filter::In(field, values), negated))
            } else {
                Err(self.unexpected())
            };
        }
        if self.take_word("like") {
            let pattern = self.literal()?;
            return Ok(negate(Filter::Like(field, pattern.text().chars().collect()), negated));
        }
        if self.take_word("between") {
            let low = self.literal()?;
            if !self.take_word("and") {
                return Err(self.unexpected());
            }
            let high = self.literal()?;
            let range = vec![
                Filter::Compare(field.clone(), Compare::Ge, low),
                Filter::Compare(field, Compare::Le, high),
            ];
            return Ok(negate(Filter::All(range), negated));
        }
        if negated {
            return Err(self.unexpected());
        }
        let compare = self.compare()?;
        Ok(Filter::Compare(field, compare, self.literal()?))
    }

    fn compare(&mut self) -> Result<Compare, FilterError> {
        let compare = match self.tokens.get(self.at) {
            Some(Token::Sign("=")) => Compare::Eq,
            Some(Token::Sign("<>" | "!=")) => Compare::Ne,
            Some(Token::Sign("<")) => Compare::Lt,
            Some(Token::Sign("<=")) => Compare::Le,
            Some(Token::Sign(">")) => Compare::Gt,
            Some(Token::Sign(">=")) => Compare::Ge,
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(compare)
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        let literal = match self.tokens.get(self.at) {
            Some(Token::Number(text)) => Literal::Number(text.clone()),
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(literal)
    }
}

fn is_keyword(word: &str) -> bool {
    ["and", "or", "not", "in", "like", "is", "null", "between"].iter().any(|k| word.eq_ignore_ascii_case(k))
}

fn negate(filter: Parsed, negated: bool) -> Parsed {
    if negated { Filter::Not(Box::new(filter)) } else { filter }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever a value holds, the ERP reads it as that value: it ends no literal and begins no condition.
        #[test]
        fn any_value_that_ferry_asks_for_is_read_as_that_value(
            values in proptest::collection::vec(r"(?s)('|''|%| or | and |\(|\)|=|--|;|\\|料|\x00|[0-9]|.){0,12}", 1..5)
        ) {
            let texts: Vec<Literal> = values.iter().map(|value| Literal::Text(value.clone())).collect();
            let filter = parse_text(&ferry_platforms::galaxy::any_of("FBillNo", &values));
            proptest::prop_assert_eq!(filter, Ok(Filter::In("FBillNo".to_owned(), texts.clone())));
            let filter = parse_text(&format!("FName='{}' and FUseOrgId='T00'", ferry_platforms::galaxy::quote(&values[0])));
            let one = |name: &str, text: Literal| Filter::Compare(name.to_owned(), Compare::Eq, text);
            let both = vec![one("FName", texts[0].clone()), one("FUseOrgId", Literal::Text("T00".to_owned()))];
            proptest::prop_assert_eq!(filter, Ok(Filter::All(both)));
        }
    }
}
