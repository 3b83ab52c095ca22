//! Functions over the rows of a list: `SUM({{items.qty}})`. NULLs are left out, as in SQL.

use super::number::of;
use super::{Call, Evaluated, Function, Group};
use crate::decimal::Decimal;
use crate::language::Fault;
use crate::language::expression::{Item, OVERFLOW, extreme};
use std::cmp::Ordering;

pub(super) const AVG: Function = Function {
    name: "AVG",
    aliases: &[],
    group: Group::List,
    usage: "AVG(expression over a list)",
    en: "The mean of the rows that have a value, with four digits more behind the point; NULL without any.",
    zh: "有值各行的平均值，小数位比原值多 4 位；没有值时得 NULL。",
    source: "https://mariadb.com/kb/en/avg/",
    examples: &[("AVG({{items.qty}})", "2.5000"), ("AVG({{empty.qty}})", "null")],
    arity: 1..=1,
    call: Call::Rows(|items| {
        let Some((sum, count)) = sum(items)? else { return Ok(Item::Null) };
        let mean = sum.over(Decimal::from(count));
        mean.map(Item::Number).ok_or_else(|| Item::Number(sum).fault(&OVERFLOW))
    }),
};

pub(super) const COUNT: Function = Function {
    name: "COUNT",
    aliases: &[],
    group: Group::List,
    usage: "COUNT(expression over a list)",
    en: "How many rows have a value. `COUNT({{items}})` counts the rows themselves.",
    zh: "有值的行数。COUNT({{items}}) 统计行数本身。",
    source: "https://mariadb.com/kb/en/count/",
    examples: &[("COUNT({{items.qty}})", "2"), ("COUNT({{items}})", "3"), ("COUNT({{empty.qty}})", "0")],
    arity: 1..=1,
    call: Call::Rows(|items| {
        let mut count = 0;
        for item in items {
            item?;
            count += 1;
        }
        Ok(of(count))
    }),
};

pub(super) const MAX: Function = Function {
    name: "MAX",
    aliases: &[],
    group: Group::List,
    usage: "MAX(expression over a list)",
    en: "The greatest value of the rows; NULL without any. Texts are compared as texts, \
         with a number among them all as numbers.",
    zh: "各行中最大的值；没有值时得 NULL。全是文本时按文本比较，其中有数字则都按数字比较。",
    source: "https://mariadb.com/kb/en/max/",
    examples: &[("MAX({{items.qty}})", "3"), ("MAX({{items.sku}})", "\"C3\"")],
    arity: 1..=1,
    call: Call::Rows(|items| extreme(items, Ordering::Greater)),
};

pub(super) const MIN: Function = Function {
    name: "MIN",
    aliases: &[],
    group: Group::List,
    usage: "MIN(expression over a list)",
    en: "The least value of the rows; NULL without any. Texts are compared as texts, \
         with a number among them all as numbers.",
    zh: "各行中最小的值；没有值时得 NULL。全是文本时按文本比较，其中有数字则都按数字比较。",
    source: "https://mariadb.com/kb/en/min/",
    examples: &[("MIN({{items.qty}})", "2"), ("MIN({{items.price}} + 0)", "0.25")],
    arity: 1..=1,
    call: Call::Rows(|items| extreme(items, Ordering::Less)),
};

pub(super) const SUM: Function = Function {
    name: "SUM",
    aliases: &[],
    group: Group::List,
    usage: "SUM(expression over a list)",
    en: "The sum over the rows that have a value; NULL without any. The expression is evaluated for each \
         row of the list that its first reference leads to.",
    zh: "有值各行之和；没有值时得 NULL。表达式按其首个引用所在列表逐行求值。",
    source: "https://mariadb.com/kb/en/sum/",
    examples: &[
        ("SUM({{items.qty}})", "5"),
        ("SUM({{items.qty}} * {{items.price}})", "3.75"),
        ("SUM({{empty.qty}})", "null"),
    ],
    arity: 1..=1,
    call: Call::Rows(|items| Ok(sum(items)?.map_or(Item::Null, |(sum, _)| Item::Number(sum)))),
};

/// The sum, and how many they are; nothing without any.
fn sum(items: &mut dyn Iterator<Item = Evaluated<'_>>) -> Result<Option<(Decimal, i64)>, Box<Fault>> {
    let mut sum: Option<(Decimal, i64)> = None;
    for item in items {
        let item = item?;
        let Some(number) = item.number()? else { continue };
        sum = Some(match sum {
            None => (number, 1),
            Some((sum, count)) => (sum.plus(number).ok_or_else(|| item.fault(&OVERFLOW))?, count + 1),
        });
    }
    Ok(sum)
}
