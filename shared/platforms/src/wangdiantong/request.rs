//! What is sent (`vendors/sources.md` 2.1, 2.3).

use chrono::{DateTime, NaiveDateTime};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Account, FIRST_PAGE, QUERY_WITH_DETAIL, WIDEST_WINDOW, sign};
use crate::Problem;

/// 2012-01-01 00:00:00 in China, from which the vendor counts its seconds.
const EPOCH: i64 = 1_325_347_200;

/// China knows no summer time.
pub(super) const SHANGHAI: i64 = 8 * 3600;

pub(super) const TIME: &str = "%Y-%m-%d %H:%M:%S";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which of a record's times a window is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeType {
    /// 1, the vendor's default: when it was made.
    #[default]
    Created,
    /// 2: when the goods went out. A record that is modified later is not seen again.
    Consigned,
    /// 3: when it was last modified: the one for reading what is new.
    Modified,
}

impl TimeType {
    fn code(self) -> &'static str {
        match self {
            TimeType::Created => "1",
            TimeType::Consigned => "2",
            TimeType::Modified => "3",
        }
    }
}

/// A range of time, in Unix seconds. Whether the vendor counts its ends in is not known: so neighbours
/// share the second at which they meet, and nothing falls between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second.
    pub begin: i64,
    /// The last second; at most [`WIDEST_WINDOW`] after the first.
    pub end: i64,
}

impl Window {
    /// The earlier and the later half, which share the second in the middle. `None` when there is
    /// nothing left to halve, that is when the window is one second long or none.
    pub fn halves(self) -> Option<[Window; 2]> {
        let middle = self.begin + (self.end - self.begin) / 2;
        (self.end - self.begin > 1)
            .then_some([Window { end: middle, ..self }, Window { begin: middle, ..self }])
    }
}

/// What to look for. Texts that are empty say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Needed unless a number is given.
    pub window: Option<Window>,
    /// What the window is about.
    pub time_type: TimeType,
    /// Of this warehouse only.
    pub warehouse_no: String,
    /// The record with this number.
    pub stockout_no: String,
    /// The records of this production order (生产单号).
    pub process_no: String,
    /// States, as `110` or `5,110`: 5 已取消, 48 未确认, 50 待审核, 77 拣货中, 110 已完成.
    pub status: String,
}

impl Search {
    /// All records of a window.
    pub fn window(window: Window, time_type: TimeType) -> Search {
        Search { window: Some(window), time_type, ..Search::default() }
    }

    /// One record, as it is now, whatever its state and time.
    pub fn number(stockout_no: &str) -> Search {
        Search { stockout_no: stockout_no.to_owned(), ..Search::default() }
    }

    /// The search that a flow file's `request` comes to once its values are filled in:
    /// `{"start_time": "2026-11-01 00:00:00", "end_time": …, "time_type": "3", "status": "110"}`.
    ///
    /// # Errors
    /// Everything that the vendor would refuse, at once, each by its field: unknown fields, times that
    /// are none, a window wider than 30 days, other time types and states than there are.
    pub fn from_fields(fields: &Map<String, Value>) -> Result<Search, Vec<Problem>> {
        Fields { problems: Vec::new() }.read(fields)
    }
}

/// Reads a [`Search`] and gathers what is wrong with it.
struct Fields {
    problems: Vec<Problem>,
}

impl Fields {
    fn read(mut self, fields: &Map<String, Value>) -> Result<Search, Vec<Problem>> {
        let mut search = Search::default();
        let (mut begin, mut end) = (None, None);
        for (name, value) in fields {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => {
                    self.wrong(name, "is no text and no number", "既不是文本也不是数字");
                    continue;
                }
            };
            match name.as_str() {
                "start_time" => begin = self.time(name, &text),
                "end_time" => end = self.time(name, &text),
                "time_type" => search.time_type = self.time_type(name, &text),
                "warehouse_no" => search.warehouse_no = text,
                "stockout_no" => search.stockout_no = text,
                "process_no" => search.process_no = text,
                "status" => search.status = self.status(name, &text),
                _ => self.wrong(
                    name,
                    "is no field of this interface; there are start_time, end_time, time_type, warehouse_no, stockout_no, process_no and status. The page belongs into `pagination`",
                    "不是该接口的字段；可用：start_time、end_time、time_type、warehouse_no、stockout_no、process_no、status。分页请写在 `pagination` 中",
                ),
            }
        }
        let by_number = !search.stockout_no.is_empty() || !search.process_no.is_empty();
        match (begin, end) {
            (Some(begin), Some(end)) => search.window = self.window(begin, end),
            // A time that is malformed has been complained about already.
            (None, None) if by_number || !self.problems.is_empty() => {}
            _ if !self.problems.is_empty() => {}
            _ => self.wrong(
                "start_time",
                "and end_time are needed, both, unless stockout_no or process_no is given",
                "与 end_time 必须同时填写，除非给出 stockout_no 或 process_no",
            ),
        }
        if self.problems.is_empty() { Ok(search) } else { Err(self.problems) }
    }

    fn wrong(&mut self, field: &str, en: &str, zh: &str) {
        self.problems.push(Problem::new(field, en, zh));
    }

    fn time(&mut self, field: &str, text: &str) -> Option<i64> {
        if text.is_empty() {
            return None;
        }
        let time = NaiveDateTime::parse_from_str(text, TIME).ok();
        if time.is_none() {
            self.wrong(
                field,
                "is no time such as 2026-11-01 00:00:00; write {{LAST_SYNC_TIME|datetime}} or {{CURRENT_TIME|datetime}}",
                "不是形如 2026-11-01 00:00:00 的时间；请写 {{LAST_SYNC_TIME|datetime}} 或 {{CURRENT_TIME|datetime}}",
            );
        }
        time.map(|time| time.and_utc().timestamp() - SHANGHAI)
    }

    fn time_type(&mut self, field: &str, text: &str) -> TimeType {
        match text {
            "" | "1" => TimeType::Created,
            "2" => TimeType::Consigned,
            "3" => TimeType::Modified,
            _ => {
                self.wrong(
                    field,
                    "is 1 (when made), 2 (when the goods went out) or 3 (when last modified)",
                    "应为 1（建单时间）、2（出库时间）或 3（最后修改时间）",
                );
                TimeType::default()
            }
        }
    }

    fn status(&mut self, field: &str, text: &str) -> String {
        const KNOWN: [&str; 5] = ["5", "48", "50", "77", "110"];
        let states: Vec<&str> = text.split(',').map(str::trim).filter(|state| !state.is_empty()).collect();
        if states.iter().any(|state| !KNOWN.contains(state)) {
            self.wrong(
                field,
                "holds states separated by commas: 5 cancelled, 48 unconfirmed, 50 to be checked, 77 being picked, 110 done",
                "应为以逗号隔开的状态：5 已取消、48 未确认、50 待审核、77 拣货中、110 已完成",
            );
        }
        states.join(",")
    }

    fn window(&mut self, begin: i64, end: i64) -> Option<Window> {
        let widest = WIDEST_WINDOW.as_secs().cast_signed();
        if !(0..=widest).contains(&(end - begin)) {
            self.wrong(
                "end_time",
                "comes before start_time, or more than 30 days after it",
                "早于 start_time，或晚于 start_time 超过 30 天",
            );
            return None;
        }
        Some(Window { begin, end })
    }
}

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pager {
    /// From 0.
    pub page_no: u32,
    /// Rows, at most [`LARGEST_PAGE`](super::LARGEST_PAGE).
    pub page_size: u32,
    /// Whether to count what the search finds in all.
    pub calc_total: bool,
}

impl Pager {
    /// The first page, with the count of all.
    pub fn first(page_size: u32) -> Pager {
        Pager { page_no: FIRST_PAGE, page_size, calc_total: true }
    }
}

/// The arguments as the body has them: all texts, as in the vendor's example, in its documents' order.
#[derive(Serialize)]
struct Arguments<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_type: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    warehouse_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    stockout_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    process_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    status: &'a str,
}

/// Asks for one page of 生产出库单 with their details. `unix_seconds` is now: the call is good for two
/// minutes. The answer is for [`read_page`](super::read_page).
pub fn query_with_detail(
    account: &Account,
    unix_seconds: i64,
    search: &Search,
    pager: Pager,
) -> Request<Vec<u8>> {
    let arguments = Arguments {
        start_time: search.window.map(|window| shanghai(window.begin)),
        end_time: search.window.map(|window| shanghai(window.end)),
        time_type: search.window.map(|_| search.time_type.code()),
        warehouse_no: &search.warehouse_no,
        stockout_no: &search.stockout_no,
        process_no: &search.process_no,
        status: &search.status,
    };
    let body = serde_json::to_vec(&[arguments]).expect("texts can always be written as JSON");
    post(account, unix_seconds, QUERY_WITH_DETAIL, pager, body)
}

/// Wall clock of Asia/Shanghai.
fn shanghai(unix_seconds: i64) -> String {
    let time = DateTime::from_timestamp(unix_seconds.saturating_add(SHANGHAI), 0).unwrap_or_default();
    time.format(TIME).to_string()
}

fn post(account: &Account, unix_seconds: i64, method: &str, pager: Pager, body: Vec<u8>) -> Request<Vec<u8>> {
    let timestamp = (unix_seconds - EPOCH).to_string();
    let (page_no, page_size) = (pager.page_no.to_string(), pager.page_size.to_string());
    let mut query = vec![
        ("sid", account.sid.as_str()),
        ("key", &account.app_key),
        ("salt", &account.salt),
        ("method", method),
        ("v", "1.0"),
        ("timestamp", &timestamp),
        ("page_no", &page_no),
        ("page_size", &page_size),
        ("calc_total", if pager.calc_total { "1" } else { "0" }),
    ];
    let sign = sign(account, &query, &body);
    query.push(("sign", &sign));
    let query: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)))
        .collect();

    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::builder()
        .scheme(account.scheme.clone())
        .authority(account.host.clone())
        .path_and_query(format!("{}?{}", account.path, query.join("&")))
        .build()
        .expect("the path is plain and the query percent-encoded");
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Ferry/", env!("CARGO_PKG_VERSION"))));
    request
}
