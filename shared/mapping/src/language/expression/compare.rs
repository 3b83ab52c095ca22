//! Comparison: texts as texts, everything else as exact numbers.

use super::super::Fault;
use super::Item;
use crate::decimal::Decimal;
use std::cmp::Ordering;

/// Which digits of a number count. MariaDB goes on with more digits of a quotient than it writes, and
/// compares the one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digits {
    /// The written ones, so that `1/3*3 = 1`: `=`, `<` and their like, `NULLIF`, `IN` with one value.
    Written,
    /// All: `BETWEEN`, `CASE x WHEN`, `IN` with several values, `GREATEST`, `LEAST`, `MAX`, `MIN`.
    All,
}

/// The order of two values; nothing where one is null.
pub(crate) fn compare(a: &Item<'_>, b: &Item<'_>, digits: Digits) -> Result<Option<Ordering>, Box<Fault>> {
    compare_as(!(a.is_text() && b.is_text()), a, b, digits)
}

/// Whether values that are compared with each other are compared as numbers: with a number among them,
/// all are.
pub(crate) fn are_numbers(items: &[Item<'_>]) -> bool {
    items.iter().any(|item| !item.is_text() && !item.is_null())
}

pub(crate) fn compare_as(
    numbers: bool,
    a: &Item<'_>,
    b: &Item<'_>,
    digits: Digits,
) -> Result<Option<Ordering>, Box<Fault>> {
    if a.is_null() || b.is_null() {
        return Ok(None);
    }
    if !numbers {
        let (Some(a), Some(b)) = (a.text()?, b.text()?) else { return Ok(None) };
        return Ok(Some(collate(&a, &b)));
    }
    let (Some(a), Some(b)) = (a.number()?, b.number()?) else { return Ok(None) };
    Ok(Some(match digits {
        Digits::Written => a.as_written().cmp(&b.as_written()),
        Digits::All => a.cmp(&b),
    }))
}

/// The first of the greatest (or least) values, as it is; null where one of them is, or without any.
///
/// Whether texts are compared as texts is known only when all have been seen, and they may be many and
/// long: so both orders are followed, and two values kept.
pub(crate) fn extreme<'r>(
    items: &mut dyn Iterator<Item = Result<Item<'r>, Box<Fault>>>,
    wanted: Ordering,
) -> Result<Item<'r>, Box<Fault>> {
    let mut numbers = false;
    let mut by_text: Option<Item<'r>> = None;
    let mut by_number: Result<Option<(Decimal, Item<'r>)>, Box<Fault>> = Ok(None);
    for item in items {
        let item = item?;
        if item.is_null() {
            return Ok(Item::Null);
        }
        numbers |= !item.is_text();
        if let Ok(best) = &by_number {
            by_number = match (item.number(), best) {
                (Ok(Some(number)), Some((best, _))) if number.cmp(best) != wanted => by_number,
                (Ok(number), _) => Ok(number.map(|number| (number, item.clone()))),
                (Err(fault), _) => Err(fault),
            };
        }
        if numbers {
            by_text = None;
        } else if match &by_text {
            Some(best) => compare_as(false, &item, best, Digits::All)? == Some(wanted),
            None => true,
        } {
            by_text = Some(item);
        }
    }
    let best = if numbers { by_number?.map(|(_, item)| item) } else { by_text };
    Ok(best.unwrap_or(Item::Null))
}

/// As the default collations do: letter case and trailing spaces make no difference. (They also ignore
/// accents and take all emoji for the same; we do not.)
fn collate(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (mut a, mut b) = (a.chars().map(folded), b.chars().map(folded));
    loop {
        // The shorter one is padded with spaces.
        let (x, y) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => (x.unwrap_or(' '), y.unwrap_or(' ')),
        };
        if x != y {
            return x.cmp(&y);
        }
    }
}

/// A character without its letter case.
pub(crate) fn folded(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}
