//! The functions of `_function`: one file each, with usage and examples, and a table of them all.
//!
//! The examples are run as tests, and the reference page is written from them.

mod trim;

use crate::Value;
use crate::language::Fault;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A function of the expression language.
#[derive(Debug)]
pub struct Function {
    /// Lower-case name; calls may write it in any case, as in MySQL.
    pub name: &'static str,
    /// How it is called: `TRIM(text)`.
    pub usage: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// Where its behaviour is defined.
    pub source: &'static str,
    /// Expressions and the JSON of their values.
    pub examples: &'static [(&'static str, &'static str)],
    pub(crate) arity: RangeInclusive<usize>,
    pub(crate) call: Call,
}

/// A function may take its arguments out of the slice; there are as many as its arity allows.
type Call = for<'r> fn(&mut [Cow<'r, Value>]) -> Result<Cow<'r, Value>, Box<Fault>>;

/// All functions, by name.
pub const TABLE: &[Function] = &[trim::TRIM];

/// Functions of the whole language (design.md 4, level 2) that this version does not run yet.
pub(crate) const LATER: [&str; 31] = [
    "ABS",
    "AVG",
    "CASE",
    "CEIL",
    "CEILING",
    "COALESCE",
    "CONCAT",
    "COUNT",
    "DATE_FORMAT",
    "FLOOR",
    "FROM_UNIXTIME",
    "IF",
    "IFNULL",
    "LEFT",
    "LENGTH",
    "LOCATE",
    "LOWER",
    "MAX",
    "MIN",
    "NOW",
    "NULLIF",
    "REPLACE",
    "RIGHT",
    "ROUND",
    "SUBSTR",
    "SUBSTRING",
    "SUM",
    "UNIX_TIMESTAMP",
    "UPPER",
    "UCASE",
    "LCASE",
];

/// The function of that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}
