//! Running the tree. NULL goes through as in SQL; what MySQL answers with NULL and a warning (a division by
//! zero, a text that is no number) is an error here: half a document is never posted.

use super::super::template::{self, Part};
use super::super::{Fault, Message, Scope};
use super::compare::{Digits, are_numbers, compare, compare_as};
use super::like::like;
use super::{Binary, Case, Division, Expression, Item, OVERFLOW, Unary};
use crate::Value;
use crate::decimal::Decimal;
use crate::functions::{Arguments, Call};
use crate::problem::shorten;
use std::cmp::Ordering;

const DIVISION_BY_ZERO: Message = Message {
    code: "division_by_zero",
    en: "division by zero: the divisor `{0}` is 0; guard it with NULLIF(…, 0), IF or CASE",
    zh: "除数为零：“{0}”为 0；请用 NULLIF(…, 0)、IF 或 CASE 处理",
};

type Evaluated<'r> = Result<Item<'r>, Box<Fault>>;

impl Expression {
    pub(crate) fn item<'r>(&'r self, scope: &Scope<'r>) -> Evaluated<'r> {
        match self {
            Expression::Null => Ok(Item::Null),
            Expression::Number(number) => Ok(Item::Number(*number)),
            Expression::Text(text) => Ok(Item::Value(text)),
            Expression::Reference(reference) => Ok(Item::of(reference.value(scope)?)),
            Expression::Quoted(parts) => quoted(parts, scope),
            Expression::Unary(operation, operand) => unary(*operation, operand.item(scope)?),
            Expression::Binary(Binary::And, operands) => logic(operands, scope, false),
            Expression::Binary(Binary::Or, operands) => logic(operands, scope, true),
            Expression::Binary(operation, operands) => {
                let [left, right] = &**operands;
                binary(*operation, &left.item(scope)?, &right.item(scope)?)
            }
            Expression::Division(division, operands, divisor) => {
                let [left, right] = &**operands;
                divide(*division, &left.item(scope)?, &right.item(scope)?, divisor)
            }
            Expression::Between { negated, operands } => {
                let [value, low, high] = &**operands;
                let operands = [value.item(scope)?, low.item(scope)?, high.item(scope)?];
                let [value, low, high] = &operands;
                let numbers = are_numbers(&operands);
                let above = compare_as(numbers, value, low, Digits::All)?.map(Ordering::is_ge);
                let below = compare_as(numbers, value, high, Digits::All)?.map(Ordering::is_le);
                Ok(flag(and(above, below).map(|inside| inside != *negated)))
            }
            Expression::In { negated, operands } => within(operands, *negated, scope),
            Expression::Case(case) => case.item(scope),
            Expression::Call { function, arguments } => match function.call {
                Call::Values(call) => call(&Arguments { expressions: arguments, scope }),
                Call::Rows(_) => unreachable!("made into an aggregate when it was read"),
            },
            Expression::Aggregate(aggregate) => aggregate.item(scope),
            Expression::Lookup(lookup) => lookup.item(scope),
        }
    }
}

impl Expression {
    /// `MOD(a, b)`.
    pub(crate) fn remainder<'r>(number: &Item<'r>, divisor: &Item<'r>) -> Evaluated<'r> {
        divide(Division::Remainder, number, divisor, "MOD(…)")
    }
}

impl Case {
    fn item<'r>(&'r self, scope: &Scope<'r>) -> Evaluated<'r> {
        let operand = self.operand.as_ref().map(|operand| operand.item(scope)).transpose()?;
        for [when, then] in &self.branches {
            let when = when.item(scope)?;
            let met = match &operand {
                Some(operand) => compare(operand, &when, Digits::All)?.map(Ordering::is_eq),
                None => when.truth()?,
            };
            if met == Some(true) {
                return then.item(scope);
            }
        }
        self.otherwise.item(scope)
    }
}

/// A text of the record stays where it is.
fn quoted<'r>(parts: &'r [Part], scope: &Scope<'r>) -> Evaluated<'r> {
    if let [Part::Reference(reference)] = parts
        && let Some(text @ Value::String(_)) = reference.plain(scope)
    {
        return Ok(Item::Value(text));
    }
    Ok(Item::Text(template::text(parts, scope)?))
}

fn unary<'r>(operation: Unary, operand: Item<'r>) -> Evaluated<'r> {
    Ok(match operation {
        Unary::Minus => operand.number()?.map_or(Item::Null, |number| Item::Number(number.negated())),
        Unary::Not => flag(operand.truth()?.map(|truth| !truth)),
        Unary::IsNull => Item::flag(operand.is_null()),
        Unary::IsNotNull => Item::flag(!operand.is_null()),
        Unary::Is(wanted, negated) => Item::flag((operand.truth()? == Some(wanted)) != negated),
    })
}

fn binary<'r>(operation: Binary, left: &Item<'r>, right: &Item<'r>) -> Evaluated<'r> {
    let ordered = |holds: fn(Ordering) -> bool| Ok(flag(compare(left, right, Digits::Written)?.map(holds)));
    let likes = |wanted: bool| {
        let (text, pattern) = (left.text()?, right.text()?);
        Ok(flag(text.zip(pattern).map(|(text, pattern)| like(&text, &pattern) == wanted)))
    };
    match operation {
        Binary::Plus => arithmetic(left, right, Decimal::plus),
        Binary::Minus => arithmetic(left, right, Decimal::minus),
        Binary::Times => arithmetic(left, right, Decimal::times),
        Binary::Equal => ordered(Ordering::is_eq),
        Binary::NotEqual => ordered(Ordering::is_ne),
        Binary::Less => ordered(Ordering::is_lt),
        Binary::LessOrEqual => ordered(Ordering::is_le),
        Binary::Greater => ordered(Ordering::is_gt),
        Binary::GreaterOrEqual => ordered(Ordering::is_ge),
        Binary::NullSafeEqual => Ok(Item::flag(match (left.is_null(), right.is_null()) {
            (false, false) => compare(left, right, Digits::Written)? == Some(Ordering::Equal),
            (left, right) => left == right,
        })),
        Binary::Like => likes(true),
        Binary::NotLike => likes(false),
        Binary::Xor => Ok(flag(left.truth()?.zip(right.truth()?).map(|(left, right)| left != right))),
        Binary::And | Binary::Or => unreachable!("evaluated with their operands unevaluated"),
    }
}

fn arithmetic<'r>(
    left: &Item<'r>,
    right: &Item<'r>,
    operation: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Evaluated<'r> {
    let (Some(a), Some(b)) = (left.number()?, right.number()?) else { return Ok(Item::Null) };
    operation(a, b).map(Item::Number).ok_or_else(|| left.fault(&OVERFLOW))
}

fn divide<'r>(division: Division, left: &Item<'r>, right: &Item<'r>, divisor: &str) -> Evaluated<'r> {
    let operation = match division {
        Division::Over => Decimal::over,
        Division::Whole => Decimal::whole_quotient,
        Division::Remainder => Decimal::remainder,
    };
    let (Some(a), Some(b)) = (left.number()?, right.number()?) else { return Ok(Item::Null) };
    if b.is_zero() {
        return Err(Fault::about(&DIVISION_BY_ZERO, &right.clone().finish()).with(shorten(divisor)));
    }
    operation(a, b).map(Item::Number).ok_or_else(|| left.fault(&OVERFLOW))
}

/// `AND` and `OR`: what decides (`false`, `true`) decides at once, so that a condition can guard what
/// stands behind it.
fn logic<'r>(operands: &'r [Expression; 2], scope: &Scope<'r>, decisive: bool) -> Evaluated<'r> {
    let left = operands[0].item(scope)?.truth()?;
    if left == Some(decisive) {
        return Ok(Item::flag(decisive));
    }
    let right = operands[1].item(scope)?.truth()?;
    Ok(flag(match (left, right) {
        (_, Some(right)) if right == decisive => Some(decisive),
        (Some(_), Some(_)) => Some(!decisive),
        _ => None,
    }))
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn within<'r>(operands: &'r [Expression], negated: bool, scope: &Scope<'r>) -> Evaluated<'r> {
    let [value, list @ ..] = operands else { return Ok(Item::Null) };
    let value = value.item(scope)?;
    let digits = if list.len() == 1 { Digits::Written } else { Digits::All };
    let mut unknown = false;
    for one in list {
        match compare(&value, &one.item(scope)?, digits)? {
            Some(Ordering::Equal) => return Ok(Item::flag(!negated)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Item::Null } else { Item::flag(negated) })
}

/// 1, 0 or NULL.
fn flag(truth: Option<bool>) -> Item<'static> {
    truth.map_or(Item::Null, Item::flag)
}
