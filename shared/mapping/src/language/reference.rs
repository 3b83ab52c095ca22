//! What stands between braces: a name and its pipes.

use super::{Fault, Place, Scope, dialect};
use crate::problem::{shorten, suggestion};
use crate::record::Record;
use crate::{Value, time};
use chrono::NaiveDateTime;
use std::borrow::Cow;

/// `LAST_SYNC_TIME|datetime`, `items.sku_id`, `params.use_org`: compiled.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The name as written, without the pipes.
    pub name: String,
    pub source: Source,
    pipes: Vec<Pipe>,
}

/// Where a name leads.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A field of the record's head.
    Record,
    /// The current row of the list at this depth; the rest of the name begins at `rest`.
    Row {
        depth: usize,
        rest: usize,
    },
    Parameter,
    LastSyncTime,
    CurrentTime,
    DaysAgo(u32),
    PageSize,
    StartPage,
    StartRow,
}

#[derive(Clone, Copy, Debug)]
enum Pipe {
    Datetime,
    Date,
    Timestamp,
    TimestampMs,
}

impl Pipe {
    fn write(self, time: Option<NaiveDateTime>) -> Value {
        let Some(time) = time else { return Value::Null };
        match self {
            Pipe::Datetime => time::datetime(time).into(),
            Pipe::Date => time::date(time).into(),
            Pipe::Timestamp => time::timestamp(time).into(),
            Pipe::TimestampMs => time::timestamp_ms(time).into(),
        }
    }
}

const PIPES: [&str; 5] = ["datetime", "dateTime", "date", "timestamp", "timestamp_ms"];

pub(crate) const PARAMETER: &str = "params.";

const SYSTEM: [&str; 7] = [
    "LAST_SYNC_TIME",
    "CURRENT_TIME",
    "DAYS_AGO_1",
    "DAYS_AGO_2",
    "PAGINATION_PAGE_SIZE",
    "PAGINATION_START_PAGE",
    "PAGINATION_START_ROW",
];

impl Reference {
    /// Compiles the text between the braces.
    pub(crate) fn compile(inner: &str, place: &mut Place<'_>) -> Option<Reference> {
        let mut parts = inner.split('|').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if dialect::refuses(inner, place) {
            return None;
        }
        if !is_name(name) {
            place.problem(
                "bad_reference",
                format!(
                    "`{}` is not a field name; write {{{{field}}}}, {{{{list.field}}}} or \
                     {{{{field|datetime}}}}",
                    shorten(inner)
                ),
                format!(
                    "“{}”不是字段名；请写成 {{{{字段}}}}、{{{{列表.字段}}}} 或 {{{{字段|datetime}}}}",
                    shorten(inner)
                ),
            );
            return None;
        }
        let source = source(name, place)?;
        let mut pipes = Vec::new();
        for pipe in parts {
            pipes.push(match pipe {
                "datetime" | "dateTime" => Pipe::Datetime,
                "date" => Pipe::Date,
                "timestamp" => Pipe::Timestamp,
                "timestamp_ms" => Pipe::TimestampMs,
                unknown => {
                    let (en, zh) = suggestion(unknown, PIPES);
                    let (pipe, known) = (shorten(unknown), PIPES.join(", "));
                    place.problem(
                        "unknown_pipe",
                        format!("there is no pipe `{pipe}`{en}; the pipes are {known}"),
                        format!("没有名为“{pipe}”的管道{zh}；可用的管道：{known}"),
                    );
                    return None;
                }
            });
        }
        let number = matches!(source, Source::PageSize | Source::StartPage | Source::StartRow);
        if number && !pipes.is_empty() {
            place.problem(
                "bad_pipe",
                format!("`{name}` is a number, not a time; leave the pipe out"),
                format!("“{name}”是数字而不是时间；请去掉管道"),
            );
            return None;
        }
        Some(Reference { name: name.to_owned(), source, pipes })
    }

    /// The value that the name leads to, before any pipe.
    pub(crate) fn raw<'r>(&'r self, scope: &Scope<'r>) -> Cow<'r, Value> {
        let context = &scope.context;
        Cow::Owned(match self.source {
            Source::Record | Source::Row { .. } | Source::Parameter => {
                return Cow::Borrowed(self.found(scope));
            }
            Source::LastSyncTime => context.last_sync_time.into(),
            Source::CurrentTime => context.current_time.into(),
            Source::DaysAgo(days) => context.current_time.saturating_sub(i64::from(days) * 86_400).into(),
            Source::PageSize => context.page_size.into(),
            Source::StartPage => context.start_page.into(),
            Source::StartRow => context.start_row.into(),
        })
    }

    /// The value of a record field or parameter; null for what is not there, and for system values.
    fn found<'r>(&'r self, scope: &Scope<'r>) -> &'r Value {
        let found = match self.source {
            Source::Record => scope.record.field(&self.name),
            Source::Row { depth, rest } => {
                let row = scope.rows.get(depth).copied();
                if rest == 0 { row } else { row.and_then(|row| row.field(&self.name[rest..])) }
            }
            Source::Parameter => scope.context.params.get(&self.name[PARAMETER.len()..]),
            _ => None,
        };
        found.unwrap_or(&Value::Null)
    }

    /// The value itself, where it is one of the record's and no pipe changes it: the short way of most
    /// cells, which spares moving a value through every layer.
    pub(crate) fn plain<'r>(&'r self, scope: &Scope<'r>) -> Option<&'r Value> {
        let of_record = matches!(self.source, Source::Record | Source::Row { .. });
        (of_record && self.pipes.is_empty()).then(|| self.found(scope))
    }

    /// The value with its pipes applied.
    pub(crate) fn value<'r>(&'r self, scope: &Scope<'r>) -> Result<Cow<'r, Value>, Box<Fault>> {
        let Some((first, others)) = self.pipes.split_first() else { return Ok(self.raw(scope)) };
        // A system time is known to be seconds, also where a record's number would be no time.
        let time = match self.source {
            Source::LastSyncTime | Source::CurrentTime | Source::DaysAgo(_) => {
                self.raw(scope).as_i64().and_then(time::at)
            }
            _ => time::read(self.found(scope))?,
        };
        let mut value = first.write(time);
        for pipe in others {
            value = pipe.write(time::read(&value)?);
        }
        Ok(Cow::Owned(value))
    }

    /// Where the name itself leads nowhere: the list on its way, in which it would have to be looked for row
    /// by row.
    pub(crate) fn list_before<'r>(&'r self, scope: &Scope<'r>) -> Option<&'r Value> {
        let prefixes = self.name.match_indices('.').map(|(at, _)| &self.name[..at]);
        let found = match self.source {
            Source::Record => |scope: &Scope<'r>, name: &str| scope.record.field(name),
            _ => return None,
        };
        prefixes.into_iter().find_map(|name| found(scope, name).filter(|value| value.is_array()))
    }

    /// Whether it needs a row that is not there when `open` lists are open (one inside an aggregate).
    pub(crate) fn is_deeper(&self, open: usize) -> bool {
        matches!(self.source, Source::Row { depth, .. } if depth >= open)
    }

    /// The list whose current row it reads: bit n for the one at depth n.
    pub(crate) fn reads(&self) -> u32 {
        match self.source {
            Source::Row { depth, .. } => list_bit(depth),
            _ => 0,
        }
    }

    /// The name where it leads into the source record (or a row of one of its lists).
    pub(crate) fn record_name(&self) -> Option<&str> {
        matches!(self.source, Source::Record | Source::Row { .. }).then_some(self.name.as_str())
    }

    /// The parameter where it leads to one.
    pub(crate) fn parameter(&self) -> Option<&str> {
        matches!(self.source, Source::Parameter).then(|| &self.name[PARAMETER.len()..])
    }
}

/// The bit of the list at a depth. The lists that aggregates open among themselves may be deeper than any array
/// is; nobody asks for theirs.
pub(crate) fn list_bit(depth: usize) -> u32 {
    u32::try_from(depth).ok().and_then(|depth| 1_u32.checked_shl(depth)).unwrap_or(0)
}

/// Whether a text can be a name: segments of letters (of any script), digits, `_`, `-`, `$`, `@`, `#`
/// and `:`, joined by dots.
pub(crate) fn is_name(text: &str) -> bool {
    text.split('.').all(|segment| {
        !segment.is_empty()
            && segment.chars().all(|c| {
                c.is_alphanumeric()
                    || "_-$@#:".contains(c)
                    || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
            })
    })
}

fn source(name: &str, place: &mut Place<'_>) -> Option<Source> {
    if name.starts_with(PARAMETER) {
        return Some(Source::Parameter);
    }
    if let Some(days) = name.strip_prefix("DAYS_AGO_") {
        if let Some(days) = days.parse().ok().filter(|days| *days <= 3650) {
            return Some(Source::DaysAgo(days));
        }
        place.problem(
            "unknown_reference",
            format!("`{name}`: the number of days must be from 0 to 3650"),
            format!("“{name}”：天数必须在 0 到 3650 之间"),
        );
        return None;
    }
    Some(match name {
        "LAST_SYNC_TIME" => Source::LastSyncTime,
        "CURRENT_TIME" => Source::CurrentTime,
        "PAGINATION_PAGE_SIZE" => Source::PageSize,
        "PAGINATION_START_PAGE" => Source::StartPage,
        "PAGINATION_START_ROW" => Source::StartRow,
        "GLOBAL_PARAM" => {
            place.problem(
                "not_supported",
                "`GLOBAL_PARAM` does not exist here; put the value into `params` and write \
                 {{params.name}}",
                "这里没有 GLOBAL_PARAM；请把值放进 params，并写成 {{params.名称}}",
            );
            return None;
        }
        _ => {
            // The innermost list wins: `items.batches.no` belongs to `items.batches` where both are open.
            let row = place.lists.iter().enumerate().rev().find_map(|(depth, list)| {
                let rest = name.strip_prefix(list.as_str())?;
                match rest.strip_prefix('.') {
                    Some(_) => Some(Source::Row { depth, rest: list.len() + 1 }),
                    None if rest.is_empty() => Some(Source::Row { depth, rest: 0 }),
                    None => None,
                }
            });
            if let Some(row) = row {
                return Some(row);
            }
            let dots = name.match_indices('.').map(|(at, _)| &name[..at]);
            if let Some(list) = dots.into_iter().find(|list| place.all_lists.contains(*list)) {
                let (list, name) = (list.to_owned(), shorten(name));
                place.problem(
                    "foreign_list",
                    format!(
                        "`{name}` is a field of the rows of `{list}`, but this field is not inside an \
                         array that walks `{list}`; move it among the children of that array"
                    ),
                    format!(
                        "“{name}”是列表“{list}”的行字段，但此处不在遍历“{list}”的数组之内；\
                         请移到该数组的 children 中"
                    ),
                );
                return None;
            }
            Source::Record
        }
    })
}

/// Whether a name is a value of the run or a parameter, not a field of the record.
pub(crate) fn is_system(name: &str) -> bool {
    name.starts_with(PARAMETER) || name.starts_with("DAYS_AGO_") || SYSTEM.contains(&name)
}

/// The mend for a name that a source request cannot know: it has no record.
pub(crate) fn no_record_here(name: &str) -> (String, String) {
    let (en, zh) = suggestion(name, SYSTEM);
    let name = shorten(name);
    (
        format!(
            "`{name}` is neither a system value nor a parameter ({{{{params.…}}}}), and there is no \
             record here to take it from{en}"
        ),
        format!("“{name}”既不是系统变量也不是参数（{{{{params.…}}}}），而此处没有记录可取{zh}"),
    )
}
