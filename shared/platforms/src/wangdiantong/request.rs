//! What is sent (`vendors/sources.md` 2.1, 2.3).

use chrono::DateTime;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{Account, FIRST_PAGE, QUERY_WITH_DETAIL, Search, sign};

/// 2012-01-01 00:00:00 in China, from which the vendor counts its seconds.
const EPOCH: i64 = 1_325_347_200;

/// China knows no summer time.
pub(super) const SHANGHAI: i64 = 8 * 3600;

/// How times are written, as wall clock of Asia/Shanghai.
pub(super) const TIME: &str = "%Y-%m-%d %H:%M:%S";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

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
