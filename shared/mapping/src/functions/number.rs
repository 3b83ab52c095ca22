//! Functions of numbers.

use super::{Arguments, Call, Evaluated, Function, Group};
use crate::decimal::{Decimal, MOST_SCALE, Rounding};
use crate::language::expression::{Expression, Item, OVERFLOW};

pub(super) const ABS: Function = Function {
    name: "ABS",
    aliases: &[],
    group: Group::Number,
    usage: "ABS(number)",
    en: "The number without its sign. NULL gives NULL.",
    zh: "绝对值。NULL 得 NULL。",
    source: "https://mariadb.com/kb/en/abs/",
    examples: &[("ABS(-1.50)", "1.50"), ("ABS({{amount}} - 200)", "99.50"), ("ABS(NULL)", "null")],
    arity: 1..=1,
    call: Call::Values(|arguments| {
        Ok(arguments.item(0)?.number()?.map_or(Item::Null, |number| Item::Number(number.absolute())))
    }),
};

pub(super) const CEIL: Function = Function {
    name: "CEIL",
    aliases: &["CEILING"],
    group: Group::Number,
    usage: "CEIL(number)",
    en: "The smallest whole number that is not below the number.",
    zh: "不小于该数的最小整数。",
    source: "https://mariadb.com/kb/en/ceiling/",
    examples: &[("CEIL(1.01)", "2"), ("CEIL(-0.5)", "0"), ("CEILING({{count}} / 2)", "2")],
    arity: 1..=1,
    call: Call::Values(|arguments| whole(arguments, Rounding::Ceiling)),
};

pub(super) const FLOOR: Function = Function {
    name: "FLOOR",
    aliases: &[],
    group: Group::Number,
    usage: "FLOOR(number)",
    en: "The largest whole number that is not above the number.",
    zh: "不大于该数的最大整数。",
    source: "https://mariadb.com/kb/en/floor/",
    examples: &[("FLOOR(1.99)", "1"), ("FLOOR(-0.5)", "-1")],
    arity: 1..=1,
    call: Call::Values(|arguments| whole(arguments, Rounding::Floor)),
};

pub(super) const MOD: Function = Function {
    name: "MOD",
    aliases: &[],
    group: Group::Number,
    usage: "MOD(number, divisor)",
    en: "What is left of the division, with the sign of the number; the same as `number % divisor`. A \
         divisor of 0 is an error.",
    zh: "余数，符号与被除数相同；等同于 number % divisor。除数为 0 时报错。",
    source: "https://mariadb.com/kb/en/mod/",
    examples: &[("MOD(7, 2.5)", "2.0"), ("MOD(-7, 3)", "-1"), ("-7 MOD 3", "-1")],
    arity: 2..=2,
    call: Call::Values(|arguments| {
        let (number, divisor) = (arguments.item(0)?, arguments.item(1)?);
        Expression::remainder(&number, &divisor)
    }),
};

pub(super) const ROUND: Function = Function {
    name: "ROUND",
    aliases: &[],
    group: Group::Number,
    usage: "ROUND(number[, places])",
    en: "The number rounded to so many digits behind the point (0), half away from zero; below zero, digits \
         before the point become zeros. A decimal is filled up with zeros, a whole number stays whole.",
    zh: "四舍五入到小数点后若干位（默认 0 位，.5 远离零进位）；位数为负时，小数点前的数字变为零。小数不足位补零，整数保持整数。",
    source: "https://mariadb.com/kb/en/round/",
    examples: &[
        ("ROUND(2.5)", "3"),
        ("ROUND(-1.005, 2)", "-1.01"),
        ("ROUND({{amount}} / {{count}}, 7)", "33.5000000"),
        ("ROUND(1255, -1)", "1260"),
        ("ROUND(5, 2)", "5"),
    ],
    arity: 1..=2,
    call: Call::Values(|arguments| to_places(arguments, Rounding::HalfUp)),
};

pub(super) const TRUNCATE: Function = Function {
    name: "TRUNCATE",
    aliases: &[],
    group: Group::Number,
    usage: "TRUNCATE(number, places)",
    en: "The number cut off after so many digits behind the point; below zero, digits before the point \
         become zeros.",
    zh: "在小数点后若干位处截断；位数为负时，小数点前的数字变为零。",
    source: "https://mariadb.com/kb/en/truncate/",
    examples: &[("TRUNCATE(1.999, 1)", "1.9"), ("TRUNCATE(-1299, -2)", "-1200")],
    arity: 2..=2,
    call: Call::Values(|arguments| to_places(arguments, Rounding::Truncate)),
};

fn whole<'r>(arguments: &Arguments<'_, 'r>, rounding: Rounding) -> Evaluated<'r> {
    let Some(number) = arguments.item(0)?.number()? else { return Ok(Item::Null) };
    let whole = number.rounded(0, rounding).map(|number| number.with_shown(0));
    whole.map(Item::Number).ok_or_else(|| Item::Number(number).fault(&OVERFLOW))
}

fn to_places<'r>(arguments: &Arguments<'_, 'r>, rounding: Rounding) -> Evaluated<'r> {
    let Some(number) = arguments.item(0)?.number()? else { return Ok(Item::Null) };
    let places = if arguments.len() > 1 { arguments.whole(1)? } else { Some(0) };
    let Some(places) = places else { return Ok(Item::Null) };
    let places = i32::try_from(places.clamp(-100, i64::from(MOST_SCALE))).unwrap_or(0);
    let shown = if number.shown() == 0 { 0 } else { places.max(0).unsigned_abs() };
    let rounded = number.rounded(places, rounding).and_then(|rounded| rounded.with_places(shown));
    rounded.map(Item::Number).ok_or_else(|| Item::Number(number).fault(&OVERFLOW))
}

/// A number as an item.
pub(super) fn of(number: usize) -> Item<'static> {
    Item::Number(Decimal::from(i64::try_from(number).unwrap_or(i64::MAX)))
}
