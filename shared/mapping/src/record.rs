//! What a mapping reads: rows of the source, and the values of the run.

use crate::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A source row. A name is looked up whole first (`FBaseUnitId.FName` may be one key), then segment by
/// segment (`items.0.sku_id`; a number picks from a list).
pub trait Record {
    /// The value under `name`, or nothing where the row has no such field.
    fn field(&self, name: &str) -> Option<&Value>;
}

impl Record for Map<String, Value> {
    fn field(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.get(name) {
            return Some(value);
        }
        let (first, rest) = name.split_once('.')?;
        self.get(first)?.field(rest)
    }
}

impl Record for Value {
    fn field(&self, name: &str) -> Option<&Value> {
        let (mut value, mut name) = (self, name);
        loop {
            // Most names are found whole: they are looked for before they are cut.
            if let Value::Object(map) = value
                && let Some(whole) = map.get(name)
            {
                return Some(whole);
            }
            let (first, rest) = match name.split_once('.') {
                Some((first, rest)) => (first, Some(rest)),
                None => (name, None),
            };
            value = match (value, rest) {
                (Value::Object(map), Some(_)) => map.get(first)?,
                (Value::Array(list), _) => list.get(first.parse::<usize>().ok()?)?,
                _ => return None,
            };
            match rest {
                Some(rest) => name = rest,
                None => return Some(value),
            }
        }
    }
}

/// A row of a tabular answer: the names are shared by the page, the cells are the row's own.
#[derive(Clone, Copy, Debug)]
pub struct TableRow<'a> {
    /// Column names, in the order of the cells.
    pub names: &'a [String],
    /// The cells of this row.
    pub cells: &'a [Value],
}

impl TableRow<'_> {
    fn column(&self, name: &str) -> Option<&Value> {
        let index = self.names.iter().position(|column| column == name)?;
        self.cells.get(index)
    }
}

impl Record for TableRow<'_> {
    fn field(&self, name: &str) -> Option<&Value> {
        self.column(name).or_else(|| {
            let (first, rest) = name.split_once('.')?;
            self.column(first)?.field(rest)
        })
    }
}

/// The system values and parameters of one run. Times are Unix seconds; the pipes write them as
/// Asia/Shanghai wall-clock time.
///
/// For a source request `last_sync_time` and `current_time` are the window's begin and end; for a
/// mapping the last watermark and the run's start (design.md 4).
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// `{{params.x}}`: the flow's parameters after overriding.
    pub params: &'a BTreeMap<String, Value>,
    /// `{{LAST_SYNC_TIME}}`, Unix seconds.
    pub last_sync_time: i64,
    /// `{{CURRENT_TIME}}`, Unix seconds; `{{DAYS_AGO_n}}` is n × 24 hours before it.
    pub current_time: i64,
    /// `{{PAGINATION_PAGE_SIZE}}`, rows.
    pub page_size: u32,
    /// `{{PAGINATION_START_PAGE}}`, in the source's own counting.
    pub start_page: u32,
    /// `{{PAGINATION_START_ROW}}`, from 0.
    pub start_row: u64,
    /// What `_findCollection` finds; without it every lookup is an error of the row.
    pub lookups: Option<&'a dyn Lookups>,
}

/// Answers `_findCollection` from what was fetched before.
pub trait Lookups {
    /// The record of the lookup `from` (an entry of the flow file's `lookups`) whose fields have these
    /// values, none of them null or blank.
    fn find(&self, from: &str, keys: &[(&str, Cow<'_, Value>)]) -> Found<'_>;
    /// What to do where the record at hand has no key to look for: [`Found::Empty`], [`Found::Default`], or
    /// anything else for an error.
    fn without_key(&self, from: &str) -> Found<'_>;
}

/// What a lookup found.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// The record.
    Record(&'a Value),
    /// Nothing, and the flow file names this value for it (`on_miss: default`).
    Default(&'a Value),
    /// Nothing, which is null (`on_miss: empty`).
    Empty,
    /// Nothing, and the row fails (`on_miss: fail`).
    Missed,
    /// Nothing yet, and the row waits (`on_miss: wait`).
    Waiting,
    /// It was not asked.
    Unknown,
}
