//! ExecuteBillQuery and BillQuery (`vendors/kingdee.md` 1.8).

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::answer::{Failure, MsgCode};
use super::cell::{Cell, Kind, write_json};
use super::config::{DefaultOrder, OverLimit, Switches};
use super::envelope::{Op, get};
use super::filter::{Compiled, FilterError, Parsed};
use super::materials::{self, Material, Materials};
use super::parse;

/// The most rows that one call gives (`[DOC S14, S20]`).
const MOST_ROWS: usize = 2000;

/// A query whose parameters have been read, not yet bound to a form's columns.
pub(super) struct Query {
    keys: Vec<String>,
    filter: Parsed,
    order: Vec<(String, Direction)>,
    rows: std::ops::Range<usize>,
}

/// A direction of OrderString.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

/// What a fault may make of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    IgnoreKeyFilter,
    EmptyPage,
}

/// A query bound to columns.
pub(super) struct Bound {
    pub keys: Vec<(String, usize)>,
    pub filter: Compiled,
    order: Vec<(usize, Direction)>,
    rows: std::ops::Range<usize>,
}

impl Query {
    /// Reads the data of a query.
    pub fn read(data: &Map<String, Value>, switches: &Switches) -> Result<Self, Failure> {
        let text = |key: &str| get(data, key).and_then(Value::as_str).unwrap_or_default();
        let keys: Vec<String> =
            text("FieldKeys").split(',').map(|k| k.trim().to_owned()).filter(|k| !k.is_empty()).collect();
        if keys.is_empty() {
            return Err(bad("FieldKeys不能为空"));
        }
        let start = count(data, "StartRow")?;
        let top = count(data, "TopRowCount")?;
        let mut limit = match count(data, "Limit")? {
            // Absent or 0 is not documented; the largest page is our choice.
            0 => MOST_ROWS,
            limit => limit,
        };
        if limit > MOST_ROWS {
            match switches.over_limit {
                OverLimit::Refuse => {
                    return Err(bad(&format!("Limit为{limit}，单次查询不能超过{MOST_ROWS}行")));
                }
                OverLimit::Clamp => limit = MOST_ROWS,
            }
        }
        limit = limit.min(switches.clamp.unwrap_or(limit));
        let mut end = start.saturating_add(limit);
        if top > 0 {
            // An absolute end row, not a page size (vendors/kingdee.md 0).
            end = end.min(top);
        }
        Ok(Self {
            keys,
            filter: parse::read(get(data, "FilterString")).map_err(failure)?,
            order: order(text("OrderString"))?,
            rows: start..end.max(start),
        })
    }

    /// Binds names to columns; all names must exist.
    pub fn bind(self, column: &mut dyn FnMut(&str) -> Option<(usize, Kind)>) -> Result<Bound, Failure> {
        let filter = self.filter.compile(column).map_err(failure)?;
        let mut find = |name: &str| column(name).map(|c| c.0).ok_or_else(|| unknown(name));
        Ok(Bound {
            filter,
            order: self.order.into_iter().map(|(k, d)| Ok((find(&k)?, d))).collect::<Result<_, Failure>>()?,
            keys: self.keys.into_iter().map(|k| find(&k).map(|c| (k, c))).collect::<Result<_, Failure>>()?,
            rows: self.rows,
        })
    }
}

impl Bound {
    /// Picks, orders and cuts rows that came in no particular order.
    pub fn pick<'a, R: Copy>(
        &self,
        rows: impl Iterator<Item = R>,
        cell: impl Fn(R, usize) -> Cell<'a>,
        switches: &Switches,
        rng: &mut fastrand::Rng,
    ) -> Vec<R> {
        let mut found: Vec<R> =
            rows.filter(|row| self.filter.matches(&|column| cell(*row, column))).collect();
        if switches.default_order == DefaultOrder::Shuffled {
            rng.shuffle(&mut found);
        }
        found.sort_by(|a, b| {
            self.order.iter().fold(Ordering::Equal, |so_far, (column, direction)| {
                so_far.then_with(|| {
                    let ordering = cell(*a, *column).order(&cell(*b, *column));
                    if *direction == Direction::Ascending { ordering } else { ordering.reverse() }
                })
            })
        });
        let end = self.rows.end.min(found.len());
        found.drain(self.rows.start.min(end)..end).collect()
    }

    /// Writes rows as arrays (ExecuteBillQuery) or objects (BillQuery).
    pub fn write<'a, R: Copy>(
        &self,
        op: Op,
        rows: &[R],
        cell: impl Fn(R, usize) -> Cell<'a>,
        switches: &Switches,
    ) -> Vec<u8> {
        let (open, close) = if op == Op::BillQuery { (b'{', b'}') } else { (b'[', b']') };
        let mut out = Vec::with_capacity(2 + rows.len() * self.keys.len() * 16);
        out.push(b'[');
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.push(open);
            for (at, (key, column)) in self.keys.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                if op == Op::BillQuery {
                    write_json(&mut out, key.as_str());
                    out.push(b':');
                }
                cell(*row, *column).write(&mut out, switches);
            }
            out.push(close);
        }
        out.push(b']');
        out
    }
}

/// Answers a query on the materials: the body and the number of rows. A scan by the key reads no more
/// than it gives.
pub(super) fn materials(
    op: Op,
    all: &Materials,
    query: Query,
    twist: Twist,
    switches: &Switches,
    rng: &mut fastrand::Rng,
) -> Result<(Vec<u8>, usize), Failure> {
    let mut bound = query.bind(&mut materials::column)?;
    match twist {
        Twist::EmptyPage => return Ok((b"[]".to_vec(), 0)),
        Twist::IgnoreKeyFilter => bound.filter = bound.filter.without(materials::KEY),
        Twist::None => {}
    }
    let (low, high) = bound.filter.range(materials::KEY);
    if low > high {
        return Ok((b"[]".to_vec(), 0));
    }
    let range = all.0.range(low..=high).map(|(_, material)| material);
    let matches = |m: &&Material| bound.filter.matches(&|column| materials::cell(m, column));
    let (skip, take) = (bound.rows.start, bound.rows.len());
    let rows: Vec<&Material> = match bound.order.first() {
        Some((materials::KEY, Direction::Ascending)) => range.filter(matches).skip(skip).take(take).collect(),
        Some((materials::KEY, Direction::Descending)) => {
            range.rev().filter(matches).skip(skip).take(take).collect()
        }
        _ => bound.pick(range, materials::cell, switches, rng),
    };
    Ok((bound.write(op, &rows, materials::cell, switches), rows.len()))
}

/// Whether the firewall would stop a filter (`vendors/kingdee.md` 1.7 WAF). What it looks for is ours.
pub(super) fn is_suspicious(data: &Map<String, Value>) -> bool {
    const SIGNS: &[&str] = &["--", "/*", "*/", " exec ", "xp_", " drop ", " union ", " delete ", "<script"];
    let text = match get(data, "FilterString") {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(other) => other.to_string().to_lowercase(),
        None => return false,
    };
    SIGNS.iter().any(|sign| text.contains(sign))
}

fn order(text: &str) -> Result<Vec<(String, Direction)>, Failure> {
    let mut order = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let direction = match words[..] {
            [_] => Direction::Ascending,
            [_, way] if way.eq_ignore_ascii_case("asc") => Direction::Ascending,
            [_, way] if way.eq_ignore_ascii_case("desc") => Direction::Descending,
            _ => {
                return Err(Failure::new(
                    MsgCode::BadParameter,
                    format!("OrderString“{part}”附近有语法错误。"),
                ));
            }
        };
        order.push((words[0].to_owned(), direction));
    }
    Ok(order)
}

fn count(data: &Map<String, Value>, key: &str) -> Result<usize, Failure> {
    let number = match get(data, key) {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) if text.trim().is_empty() => Some(0),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Number(number)) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
        Some(_) => None,
    };
    number.ok_or_else(|| bad(&format!("{key}应为非负整数")))
}

fn bad(message: &str) -> Failure {
    Failure::new(MsgCode::BadParameter, message)
}

fn unknown(name: &str) -> Failure {
    Failure::new(MsgCode::UnknownField, format!("元数据中标识为{name}的字段不存在"))
}

fn failure(error: FilterError) -> Failure {
    match error {
        FilterError::UnknownField(name) => unknown(&name),
        FilterError::Syntax(message) => bad(&message),
    }
}
