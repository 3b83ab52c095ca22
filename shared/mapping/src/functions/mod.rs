//! The functions of `_function`: what each is called, takes and means, with examples, and a table of them
//! all. One file for each kind; the reference page (`docs/functions.md`) and the tests are made from the
//! table.

mod choice;
mod clock;
mod cut;
mod difference;
mod list;
mod number;
mod search;
mod text;

pub use difference::{DIFFERENCES, Difference};

use crate::language::expression::{Expression, Item};
use crate::language::{Fault, Scope};
use std::ops::RangeInclusive;

/// A function of the expression language.
#[derive(Debug)]
pub struct Function {
    /// Its name; calls may write it in any case, as in MySQL.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What kind of function it is.
    pub group: Group,
    /// How it is called: `TRIM(text)`.
    pub usage: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// Where its behaviour is defined.
    pub source: &'static str,
    /// Expressions over the record [`SAMPLE`], and the JSON of their values.
    pub examples: &'static [(&'static str, &'static str)],
    pub(crate) arity: RangeInclusive<usize>,
    pub(crate) call: Call,
}

/// The kinds of functions, in the order of the reference page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Decimals.
    Number,
    /// Texts.
    Text,
    /// Moments, in Asia/Shanghai time.
    Time,
    /// Choosing among values.
    Choice,
    /// Over the rows of a list.
    List,
}

/// The record that the examples are evaluated on. The run starts at 2024-01-01 10:11:12.
pub const SAMPLE: &str = r#"{"no": "SO-001", "shop": "旗舰店", "amount": 100.50, "count": 3, "none": null,
 "items": [{"sku": "A1", "qty": 2, "price": "1.50"}, {"sku": "b2", "qty": 3, "price": "0.25"},
           {"sku": "C3", "qty": null, "price": "9"}],
 "empty": []}"#;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    /// Evaluates what it needs of its arguments.
    Values(Values),
    /// Is given the values of all rows that are not null.
    Rows(Rows),
}

pub(crate) type Values = for<'r> fn(&Arguments<'_, 'r>) -> Evaluated<'r>;
pub(crate) type Rows = for<'i, 'r> fn(&'i mut dyn Iterator<Item = Evaluated<'r>>) -> Evaluated<'r>;
pub(crate) type Evaluated<'r> = Result<Item<'r>, Box<Fault>>;

/// The arguments of a call, as many as the arity allows, evaluated when they are asked for.
pub(crate) struct Arguments<'a, 'r> {
    pub expressions: &'r [Expression],
    pub scope: &'a Scope<'r>,
}

impl<'r> Arguments<'_, 'r> {
    fn len(&self) -> usize {
        self.expressions.len()
    }

    fn item(&self, index: usize) -> Evaluated<'r> {
        match self.expressions.get(index) {
            Some(expression) => expression.item(self.scope),
            None => Ok(Item::Null),
        }
    }

    fn items(&self) -> impl Iterator<Item = Evaluated<'r>> {
        self.expressions.iter().map(|expression| expression.item(self.scope))
    }

    /// An argument as a whole number, half away from zero as in MariaDB; what is larger than any text or
    /// number has places is cut to ±2^31.
    fn whole(&self, index: usize) -> Result<Option<i64>, Box<Fault>> {
        let Some(number) = self.item(index)?.number()? else { return Ok(None) };
        const FAR: i64 = 1 << 31;
        let far = if number < crate::decimal::Decimal::ZERO { -FAR } else { FAR };
        Ok(Some(number.integer().map_or(far, |whole| whole.clamp(-FAR, FAR))))
    }
}

/// All functions, by kind and name.
pub const TABLE: &[Function] = &[
    number::ABS,
    number::CEIL,
    number::FLOOR,
    number::MOD,
    number::ROUND,
    number::TRUNCATE,
    text::CHAR_LENGTH,
    text::CONCAT,
    text::CONCAT_WS,
    search::INSTR,
    cut::LEFT,
    text::LENGTH,
    search::LOCATE,
    text::LOWER,
    text::LPAD,
    cut::LTRIM,
    search::REPLACE,
    cut::RIGHT,
    text::RPAD,
    cut::RTRIM,
    cut::SUBSTRING,
    cut::TRIM,
    text::UPPER,
    clock::DATE_FORMAT,
    clock::FROM_UNIXTIME,
    clock::NOW,
    clock::UNIX_TIMESTAMP,
    choice::COALESCE,
    choice::GREATEST,
    choice::IF,
    choice::IFNULL,
    choice::LEAST,
    choice::NULLIF,
    list::AVG,
    list::COUNT,
    list::MAX,
    list::MIN,
    list::SUM,
];

/// What other dialects call what we have under another name (the incumbent's newer documents, and SQL that
/// one is used to).
const EQUIVALENTS: &[(&str, &str)] = &[
    ("FORMAT_DATE", "DATE_FORMAT(time, '%Y-%m-%d %H:%i:%s')"),
    ("formatDate", "DATE_FORMAT(time, '%Y-%m-%d')"),
    ("switch", "CASE … WHEN … THEN … ELSE … END"),
    ("first", "MIN({{list.field}}) or {{list.0.field}}"),
    ("join", "the parser ArrayToString"),
    ("ISNULL", "x IS NULL"),
    ("CAST", "the field's `type`"),
    ("CONVERT", "the field's `type`"),
    ("TO_CHAR", "DATE_FORMAT"),
    ("SUBSTR_REPLACE", "REPLACE"),
    ("DATE_ADD", "FROM_UNIXTIME(UNIX_TIMESTAMP(time) + seconds)"),
    ("DATE_SUB", "FROM_UNIXTIME(UNIX_TIMESTAMP(time) - seconds)"),
    ("POWER", "a product"),
    ("ARRAY_SUM", "SUM({{list.field}})"),
    ("STR_TO_DATE", "the pipe {{x|datetime}}"),
    ("DATE", "the pipe {{x|date}}"),
];

/// How something unknown here is written.
pub(crate) fn equivalent(name: &str) -> Option<&'static str> {
    EQUIVALENTS.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, ours)| *ours)
}

/// The function of that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    TABLE.iter().find(|function| is(function.name) || function.aliases.iter().any(|alias| is(alias)))
}
