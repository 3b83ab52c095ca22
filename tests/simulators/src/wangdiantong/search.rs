//! The arguments of `wms.stockout.Process.queryWithDetail` (`vendors/sources.md` 2.3): which records,
//! which page.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Map, Value};

use super::answer::Refusal;
use super::auth::Credentials;
use super::config::{Edges, OverLargestPage, Switches};
use super::envelope::{Envelope, Op};
use super::stockouts::Stockout;

/// The largest page (2.3).
const LARGEST_PAGE: usize = 2000;

/// Which page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pager {
    pub page_no: usize,
    pub page_size: usize,
    pub calc_total: bool,
}

impl Pager {
    /// From the query.
    pub fn read(envelope: &Envelope, switches: &Switches) -> Result<Self, Refusal> {
        let (Some(page_no), Some(page_size)) = (envelope.number("page_no")?, envelope.number("page_size")?)
        else {
            return Err(Refusal::new(100, format!("此方法仅支持分页查询：{}", Op::QUERY_WITH_DETAIL)));
        };
        let calc_total = match envelope.number("calc_total")? {
            None | Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(Refusal::new(1, "argument type mismatch")),
        };
        // That a page without rows, and one before the first, are refused, is our choice.
        let (Ok(page_no), Ok(page_size @ 1..)) = (usize::try_from(page_no), usize::try_from(page_size))
        else {
            return Err(Refusal::new(1, "argument type mismatch"));
        };
        if page_size > LARGEST_PAGE && switches.over_largest_page == OverLargestPage::Refuse {
            return Err(Refusal::new(100, "分页大小不能超过2000"));
        }
        let page_size = page_size.min(LARGEST_PAGE).min(switches.clamp.unwrap_or(LARGEST_PAGE));
        Ok(Self { page_no, page_size, calc_total })
    }
}

/// What a window is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeType {
    Created,
    Consigned,
    Modified,
}

/// Which records. What is `None` does not matter.
#[derive(Debug)]
pub(super) struct Search {
    window: Option<(NaiveDateTime, NaiveDateTime)>,
    time_type: TimeType,
    warehouse_no: Option<String>,
    stockout_no: Option<String>,
    process_no: Option<String>,
    status: Option<Vec<i64>>,
}

impl Search {
    /// From the body: an array of one object.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::new(1, "参数错误"))?;
        let arguments = match body.as_array().map(Vec::as_slice) {
            Some([Value::Object(arguments)]) => arguments,
            Some([_]) => return Err(Refusal::new(1, "argument type mismatch")),
            Some(_) => return Err(Refusal::new(1, "invalid argument count")),
            None => return Err(Refusal::new(1, "参数个数错误")),
        };
        const KNOWN: [&str; 7] =
            ["start_time", "end_time", "time_type", "warehouse_no", "stockout_no", "process_no", "status"];
        if let Some(unknown) = arguments.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Refusal::new(2, unknown.as_str()));
        }
        let (stockout_no, process_no) = (text(arguments, "stockout_no")?, text(arguments, "process_no")?);
        let window = match (time(arguments, "start_time")?, time(arguments, "end_time")?) {
            (Some(begin), Some(end)) => Some((begin, end)),
            (None, None) if stockout_no.is_some() || process_no.is_some() => None,
            _ => return Err(Refusal::new(100, "参数中必须包含起止时间")),
        };
        if let Some((begin, end)) = window {
            if end - begin > TimeDelta::days(30) {
                return Err(Refusal::new(100, "您的查询时间过宽,查询时间不能大于30天"));
            }
            if end < begin {
                // Our words: nothing is recorded.
                return Err(Refusal::new(100, "结束时间不能小于开始时间"));
            }
        }
        Ok(Self {
            window,
            time_type: time_type(arguments)?,
            warehouse_no: text(arguments, "warehouse_no")?,
            stockout_no,
            process_no,
            status: status(arguments)?,
        })
    }

    /// Refuses a warehouse that the caller may not see.
    pub fn check_rights(&self, caller: &Credentials) -> Result<(), Refusal> {
        match &self.warehouse_no {
            Some(wanted) if !may_see(caller, wanted) => Err(Refusal::new(100, "无仓库访问权限")),
            _ => Ok(()),
        }
    }

    /// Whether the caller gets to see this record.
    pub fn finds(&self, record: &Stockout, caller: &Credentials, edges: Edges) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        is(&self.stockout_no, &record.stockout_no)
            && is(&self.process_no, &record.process_no)
            && is(&self.warehouse_no, &record.warehouse_no)
            && self.status.as_ref().is_none_or(|wanted| wanted.contains(&record.status))
            && may_see(caller, &record.warehouse_no)
            && self.window.is_none_or(|(begin, end)| {
                let time = match self.time_type {
                    TimeType::Created => Some(record.created),
                    TimeType::Consigned => record.consign_time,
                    TimeType::Modified => Some(record.modified),
                };
                time.is_some_and(|time| match edges {
                    Edges::Both => begin <= time && time <= end,
                    Edges::Begin => begin <= time && time < end,
                    Edges::End => begin < time && time <= end,
                })
            })
    }
}

fn may_see(caller: &Credentials, warehouse_no: &str) -> bool {
    caller.warehouses.is_empty() || caller.warehouses.iter().any(|own| own == warehouse_no)
}

/// A text; an empty one is none, as in the documents' example.
fn text(arguments: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
        Some(_) => Err(Refusal::new(1, "argument type mismatch")),
    }
}

fn time(arguments: &Map<String, Value>, name: &str) -> Result<Option<NaiveDateTime>, Refusal> {
    let Some(text) = text(arguments, name)? else { return Ok(None) };
    // Without the length, a month of one digit would do too.
    let time = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok().filter(|_| text.len() == 19);
    time.map(Some).ok_or_else(|| Refusal::new(100, format!("Unparseable date: {text}")))
}

/// A number, or a text of one: the documents' table has it as Int, their example as a text.
fn time_type(arguments: &Map<String, Value>) -> Result<TimeType, Refusal> {
    let code = match arguments.get("time_type") {
        None | Some(Value::Null) => "1".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Refusal::new(1, "argument type mismatch")),
    };
    match code.as_str() {
        "" | "1" => Ok(TimeType::Created),
        "2" => Ok(TimeType::Consigned),
        "3" => Ok(TimeType::Modified),
        // What the vendor makes of other numbers is not known.
        _ => Err(Refusal::no_number(&code)),
    }
}

fn status(arguments: &Map<String, Value>) -> Result<Option<Vec<i64>>, Refusal> {
    let Some(text) = text(arguments, "status")? else { return Ok(None) };
    let codes: Result<Vec<i64>, _> = text.split(',').map(str::parse).collect();
    // The documents' own example of an error.
    codes.map(Some).map_err(|_| Refusal::new(100, "状态参数格式不正确，请用以逗号隔开的整数字符串为参数"))
}
