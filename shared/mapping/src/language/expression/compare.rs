//! Comparison: texts as texts, everything else as exact numbers.

use super::super::Fault;
use super::Item;
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
pub(crate) fn extreme<'r>(mut items: Vec<Item<'r>>, wanted: Ordering) -> Result<Item<'r>, Box<Fault>> {
    if items.is_empty() || items.iter().any(Item::is_null) {
        return Ok(Item::Null);
    }
    let numbers = are_numbers(&items);
    let mut best = 0;
    for index in 1..items.len() {
        if compare_as(numbers, &items[index], &items[best], Digits::All)? == Some(wanted) {
            best = index;
        }
    }
    Ok(items.swap_remove(best))
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

/// `LIKE`: `%` is any text, `_` any character, and a backslash takes the next one as it is. Letter case
/// makes no difference, trailing spaces do.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let pattern: Vec<Piece> = pieces(pattern);
    let text: Vec<char> = text.chars().map(folded).collect();
    let (mut t, mut p) = (0, 0);
    // Where to go on when what follows the last `%` does not fit.
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Piece::Any) => {
                back = Some((t, p + 1));
                p += 1;
            }
            Some(piece) if *piece == Piece::One || *piece == Piece::Char(text[t]) => {
                t += 1;
                p += 1;
            }
            _ => match &mut back {
                Some((from, after)) => {
                    *from += 1;
                    (t, p) = (*from, *after);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|piece| *piece == Piece::Any)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Char(char),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        out.push(match c {
            '%' => Piece::Any,
            '_' => Piece::One,
            '\\' => Piece::Char(folded(characters.next().unwrap_or('\\'))),
            other => Piece::Char(folded(other)),
        });
    }
    out
}
