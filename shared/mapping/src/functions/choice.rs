//! Functions that choose among values. What is not chosen is not evaluated, so that they can guard a
//! division.

use super::{Arguments, Call, Evaluated, Function, Group};
use crate::language::expression::{Digits, Item, compare, extreme};
use std::cmp::Ordering;

pub(super) const COALESCE: Function = Function {
    name: "COALESCE",
    aliases: &[],
    group: Group::Choice,
    usage: "COALESCE(value, …)",
    en: "The first value that is not NULL.",
    zh: "第一个不为 NULL 的值。",
    source: "https://mariadb.com/kb/en/coalesce/",
    examples: &[("COALESCE({{none}}, {{absent}}, {{no}})", "\"SO-001\""), ("COALESCE(NULL, NULL)", "null")],
    arity: 1..=usize::MAX,
    call: Call::Values(first_present),
};

pub(super) const GREATEST: Function = Function {
    name: "GREATEST",
    aliases: &[],
    group: Group::Choice,
    usage: "GREATEST(value, value, …)",
    en: "The greatest of the values; NULL if one of them is. Texts are compared as texts, \
         with a number among them all as numbers.",
    zh: "最大的值；有一个为 NULL 则得 NULL。全是文本时按文本比较，其中有数字则都按数字比较。",
    source: "https://mariadb.com/kb/en/greatest/",
    examples: &[
        ("GREATEST(1, {{count}}, 2)", "3"),
        ("GREATEST('a', 'B')", "\"B\""),
        ("GREATEST(1, NULL)", "null"),
    ],
    arity: 2..=usize::MAX,
    call: Call::Values(|arguments| extreme(&mut arguments.items(), Ordering::Greater)),
};

pub(super) const IF: Function = Function {
    name: "IF",
    aliases: &[],
    group: Group::Choice,
    usage: "IF(condition, then, else)",
    en: "`then` where the condition is true, `else` where it is false or NULL.",
    zh: "条件为真时取 then，为假或 NULL 时取 else。",
    source: "https://mariadb.com/kb/en/if-function/",
    examples: &[
        ("IF({{count}} > 0, {{amount}} / {{count}}, 0)", "33.500000"),
        ("IF('{{shop}}' = '旗舰店', 'A', 'B')", "\"A\""),
        ("IF({{none}}, 1, 2)", "2"),
    ],
    arity: 3..=3,
    call: Call::Values(|arguments| {
        let chosen = if arguments.item(0)?.truth()? == Some(true) { 1 } else { 2 };
        arguments.item(chosen)
    }),
};

pub(super) const IFNULL: Function = Function {
    name: "IFNULL",
    aliases: &["NVL"],
    group: Group::Choice,
    usage: "IFNULL(value, instead)",
    en: "The value, or `instead` where it is NULL. A quoted reference is a text and never NULL: write \
         IFNULL({{x}}, …).",
    zh: "该值；为 NULL 时取 instead。带引号的引用是文本，不会为 NULL：请写 IFNULL({{x}}, …)。",
    source: "https://mariadb.com/kb/en/ifnull/",
    examples: &[("IFNULL({{none}}, 0)", "0"), ("IFNULL({{amount}}, 0)", "100.50")],
    arity: 2..=2,
    call: Call::Values(first_present),
};

pub(super) const LEAST: Function = Function {
    name: "LEAST",
    aliases: &[],
    group: Group::Choice,
    usage: "LEAST(value, value, …)",
    en: "The least of the values; NULL if one of them is. Texts are compared as texts, \
         with a number among them all as numbers.",
    zh: "最小的值；有一个为 NULL 则得 NULL。全是文本时按文本比较，其中有数字则都按数字比较。",
    source: "https://mariadb.com/kb/en/least/",
    examples: &[("LEAST(1.5, {{count}})", "1.5")],
    arity: 2..=usize::MAX,
    call: Call::Values(|arguments| extreme(&mut arguments.items(), Ordering::Less)),
};

pub(super) const NULLIF: Function = Function {
    name: "NULLIF",
    aliases: &[],
    group: Group::Choice,
    usage: "NULLIF(value, other)",
    en: "NULL where the two are equal, else the first: `{{a}} / NULLIF({{b}}, 0)` is NULL where b is 0.",
    zh: "两者相等时得 NULL，否则得第一个值：{{a}} / NULLIF({{b}}, 0) 在 b 为 0 时得 NULL。",
    source: "https://mariadb.com/kb/en/nullif/",
    examples: &[
        ("NULLIF({{count}}, 0)", "3"),
        ("{{amount}} / NULLIF({{count}} - 3, 0)", "null"),
        ("NULLIF('a', 'A')", "null"),
    ],
    arity: 2..=2,
    call: Call::Values(|arguments| {
        let value = arguments.item(0)?;
        let equal = compare(&value, &arguments.item(1)?, Digits::Written)? == Some(Ordering::Equal);
        Ok(if equal { Item::Null } else { value })
    }),
};

fn first_present<'r>(arguments: &Arguments<'_, 'r>) -> Evaluated<'r> {
    for item in arguments.items() {
        let item = item?;
        if !item.is_null() {
            return Ok(item);
        }
    }
    Ok(Item::Null)
}
