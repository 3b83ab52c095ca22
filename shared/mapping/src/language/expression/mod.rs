//! What follows `_function`: MySQL's expression language, read into a tree and evaluated on values.
//!
//! `token` cuts the text, `parse` makes the tree, `evaluate` runs it; `item` is a value on the way and its
//! conversions, `compare` orders them, `like` matches patterns, `aggregate` runs over lists, `lookup` is `_findCollection`.
//! The functions are in [`crate::functions`], with the table of what differs from MySQL.

mod aggregate;
mod compare;
mod division;
mod evaluate;
mod item;
mod like;
mod lookup;
mod parse;
mod token;

pub(crate) use aggregate::Aggregate;
pub(crate) use compare::{Digits, compare, extreme, folded};
pub(crate) use division::unguarded_divisors;
pub(crate) use item::{Item, LONGEST_TEXT, OVERFLOW, TOO_LONG, bounded};
pub(crate) use lookup::Lookup;
pub(crate) use parse::compile;

use super::Reference;
use super::program;
use super::template::Part;
use crate::Value;
use crate::decimal::Decimal;
use crate::functions::{Function, Group};

/// A node of the tree.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Null,
    Number(Decimal),
    Text(Value),
    /// A bare reference: its value, type kept.
    Reference(Reference),
    /// A quoted text with references in it: text.
    Quoted(Vec<Part>),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<[Expression; 2]>),
    /// The text of the divisor is for the message.
    Division(Division, Box<[Expression; 2]>, Box<str>),
    Between {
        negated: bool,
        operands: Box<[Expression; 3]>,
    },
    In {
        negated: bool,
        /// The first is looked for among the others.
        operands: Vec<Expression>,
    },
    Case(Box<Case>),
    Call {
        function: &'static Function,
        arguments: Vec<Expression>,
    },
    Aggregate(Box<Aggregate>),
    Lookup(Box<Lookup>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Minus,
    Not,
    IsNull,
    IsNotNull,
    /// `IS TRUE` and its like: what is asked for, and whether it is negated.
    Is(bool, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Plus,
    Minus,
    Times,
    Equal,
    NullSafeEqual,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    NotLike,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Division {
    Over,
    Whole,
    Remainder,
}

/// `CASE [operand] WHEN … THEN … [ELSE …] END`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// With one the simple form, without one the searched form.
    pub operand: Option<Expression>,
    /// What is compared or true, and the result.
    pub branches: Vec<[Expression; 2]>,
    pub otherwise: Expression,
}

impl Expression {
    /// Visits the operands of this node, in the order of the text.
    fn each_operand<'r>(&'r self, visit: &mut dyn FnMut(&'r Expression)) {
        match self {
            Expression::Null
            | Expression::Number(_)
            | Expression::Text(_)
            | Expression::Reference(_)
            | Expression::Quoted(_) => {}
            Expression::Unary(_, operand) => visit(operand),
            Expression::Binary(_, operands) | Expression::Division(_, operands, _) => {
                operands.iter().for_each(visit);
            }
            Expression::Between { operands, .. } => operands.iter().for_each(visit),
            Expression::In { operands, .. } => operands.iter().for_each(visit),
            Expression::Case(case) => {
                case.operand.iter().for_each(&mut *visit);
                case.branches.iter().flatten().for_each(&mut *visit);
                visit(&case.otherwise);
            }
            Expression::Call { arguments, .. } => arguments.iter().for_each(visit),
            Expression::Aggregate(aggregate) => visit(&aggregate.argument),
            Expression::Lookup(lookup) => lookup.conditions.iter().for_each(|(_, key)| visit(key)),
        }
    }

    /// Visits every reference.
    pub(crate) fn each_reference<'r>(&'r self, visit: &mut dyn FnMut(&'r Reference)) {
        match self {
            Expression::Reference(reference) => visit(reference),
            Expression::Quoted(parts) => program::each_in(parts, visit),
            Expression::Aggregate(aggregate) => visit(&aggregate.list),
            _ => {}
        }
        self.each_operand(&mut |operand| operand.each_reference(visit));
    }

    /// Whether it reads nothing: neither record nor parameters, lists, lookups or the clock.
    pub(crate) fn is_constant(&self) -> bool {
        let mut constant = match self {
            Expression::Reference(_)
            | Expression::Quoted(_)
            | Expression::Aggregate(_)
            | Expression::Lookup(_) => false,
            Expression::Call { function, .. } => function.group != Group::Time,
            _ => true,
        };
        self.each_operand(&mut |operand| constant &= operand.is_constant());
        constant
    }

    /// Quoted references that are asked whether they are NULL, which a text never is.
    pub(crate) fn quoted_null_tests(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let asked = match self {
            Expression::Unary(Unary::IsNull | Unary::IsNotNull, operand) => Some(&**operand),
            Expression::Call { function: Function { name: "IFNULL" | "COALESCE", .. }, arguments } => {
                arguments.first()
            }
            _ => None,
        };
        if let Some(Expression::Quoted(parts)) = asked
            && let [Part::Reference(reference)] = parts.as_slice()
        {
            found.push(reference.name.as_str());
        }
        self.each_operand(&mut |operand| found.extend(operand.quoted_null_tests()));
        found
    }

    /// Visits every `_findCollection`.
    pub(crate) fn each_lookup<'r>(&'r self, visit: &mut dyn FnMut(&'r Lookup)) {
        if let Expression::Lookup(lookup) = self {
            visit(lookup);
        }
        self.each_operand(&mut |operand| operand.each_lookup(visit));
    }
}
