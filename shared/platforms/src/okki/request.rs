//! What is sent (`vendors/sources.md` 3.3, 3.4, 7).

use chrono::{DateTime, TimeDelta};
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Account, COMPANY_INFO, ORDER_INFO, ORDER_LIST, Token};
use crate::okki::answer::SHANGHAI;

/// Which time `start_time` and `end_time` are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeType {
    /// `update_time`.
    Updated = 1,
    /// `create_time`.
    Created = 2,
    /// `account_date`, the day of the order.
    AccountDate = 3,
    /// When it was deleted; for deleted orders, since February 2026.
    Deleted = 4,
}

/// One page of the list of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderList {
    /// The first day, `YYYY-MM-DD`; see [`days`]. A time of day is taken by some servers.
    pub start_time: String,
    /// The last day.
    pub end_time: String,
    /// What the days are about.
    pub time_type: TimeType,
    /// The number of the page, from [`FIRST_PAGE`](super::FIRST_PAGE).
    pub start_index: u32,
    /// Rows to a page, at most [`LARGEST_PAGE`](super::LARGEST_PAGE).
    pub count: u32,
    /// The other parameters as a flow file has them: `removed`, `approval`, `approval_with_draft`, `status`.
    /// An empty value, and a `status` of 0, is not sent.
    pub more: Vec<(String, String)>,
}

/// Which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderRef {
    /// `order_id`.
    Id(String),
    /// `order_no`.
    Number(String),
}

/// Which customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyRef {
    /// `company_id`.
    Id(String),
    /// `serial_id`.
    Serial(String),
}

/// The days that a window from `begin` to `end` (Unix seconds, both inclusive) must ask for: the first, and
/// the one after the last. Whether the day of `end_time` counts as a whole is unconfirmed
/// (`vendors/sources.md` 6): so one more is asked for, and what lies outside is left out by
/// [`updated_at`](super::updated_at).
pub fn days(begin: i64, end: i64) -> [String; 2] {
    let day = |seconds: i64| {
        let local = DateTime::from_timestamp(seconds.saturating_add(SHANGHAI), 0).unwrap_or_default();
        local.date_naive()
    };
    let after = day(end).checked_add_signed(TimeDelta::days(1)).unwrap_or_else(|| day(end));
    [day(begin), after].map(|day| day.format("%Y-%m-%d").to_string())
}

/// Asks for one page of orders, without their lines. The answer is for
/// [`read_order_list`](super::read_order_list).
pub fn order_list(account: &Account, token: &Token, list: &OrderList) -> Request<Vec<u8>> {
    let (time_type, start_index, count) =
        ((list.time_type as u8).to_string(), list.start_index.to_string(), list.count.to_string());
    let own: [(&str, &str); 5] = [
        ("start_time", &list.start_time),
        ("end_time", &list.end_time),
        ("time_type", &time_type),
        ("start_index", &start_index),
        ("count", &count),
    ];
    let means_any = |name: &str, value: &str| value.is_empty() || (name == "status" && value == "0");
    let more = list.more.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let more = more.filter(|(name, value)| !means_any(name, value));
    get(account, token, ORDER_LIST, own.into_iter().chain(more))
}

/// Asks for one order with its lines. The answer is for [`read_order_info`](super::read_order_info).
pub fn order_info(account: &Account, token: &Token, order: &OrderRef) -> Request<Vec<u8>> {
    let parameter = match order {
        OrderRef::Id(id) => ("order_id", id.as_str()),
        OrderRef::Number(number) => ("order_no", number.as_str()),
    };
    get(account, token, ORDER_INFO, [parameter])
}

/// Asks for one customer; the scope must name `company`. The answer is for
/// [`read_company_info`](super::read_company_info).
pub fn company_info(account: &Account, token: &Token, company: &CompanyRef) -> Request<Vec<u8>> {
    let parameter = match company {
        CompanyRef::Id(id) => ("company_id", id.as_str()),
        CompanyRef::Serial(serial) => ("serial_id", serial.as_str()),
    };
    get(account, token, COMPANY_INFO, [parameter])
}

fn get<'a>(
    account: &Account,
    token: &Token,
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Request<Vec<u8>> {
    let mut address = path.to_owned();
    for (position, (name, value)) in parameters.into_iter().enumerate() {
        address.push(if position == 0 { '?' } else { '&' });
        address.extend(utf8_percent_encode(name, PLAIN));
        address.push('=');
        address.extend(utf8_percent_encode(value, PLAIN));
    }
    let mut request = to(account, &address, Vec::new());
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // A token from elsewhere that no header can carry is left out: OKKI then refuses, and it is renewed.
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.access_token)) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    request
}

const PLAIN: &percent_encoding::AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(super) fn to(account: &Account, path_and_query: &str, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.uri_mut() = Uri::builder()
        .scheme(account.scheme.clone())
        .authority(account.host.clone())
        .path_and_query(path_and_query)
        .build()
        .expect("everything in the query is percent-encoded");
    let agent = HeaderValue::from_static(concat!("Ferry/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert(USER_AGENT, agent);
    request
}
