//! What is sent about customers (`vendors/kingdee.md` 2.3 to 2.5).

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::Value;

use super::sign::query_text;
use super::{Account, Stamp, Token, sign};

const CUSTOMER: &str = "/jdy/v2/bd/customer";
const CUSTOMER_DETAIL: &str = "/jdy/v2/bd/customer_detail";

/// One page of the list of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerQuery {
    /// From 1.
    pub page: u32,
    /// At most [`LARGEST_PAGE`](super::LARGEST_PAGE).
    pub page_size: u32,
    /// A part of the name; not of the number, so far as is documented.
    pub search: Option<String>,
    /// Modified from … to, in milliseconds since 1970. Whether the ends are included is not documented.
    pub modified_ms: Option<(i64, i64)>,
    /// Only those that may be used (1), or may not (0).
    pub enabled: Option<bool>,
}

/// Asks for a page of customers, by number. The answer is for [`read_customers`](super::read_customers).
pub fn list_customers(
    account: &Account,
    token: &Token,
    stamp: Stamp,
    query: &CustomerQuery,
) -> Request<Vec<u8>> {
    let (page, page_size) = (query.page.to_string(), query.page_size.to_string());
    let modified = query.modified_ms.map(|(begin, end)| (begin.to_string(), end.to_string()));
    let mut pairs = vec![("page", &*page), ("page_size", &*page_size), ("order_by", "number asc")];
    if let Some(search) = &query.search {
        pairs.push(("search", search));
    }
    if let Some((begin, end)) = &modified {
        pairs.extend([("modify_start_time", &**begin), ("modify_end_time", &**end)]);
    }
    if let Some(enabled) = query.enabled {
        pairs.push(("enable", if enabled { "1" } else { "0" }));
    }
    business(account, token, stamp, Method::GET, CUSTOMER, &pairs, Vec::new())
}

/// Asks for the customer with this number. The answer is for [`read_customer`](super::read_customer).
pub fn find_customer(account: &Account, token: &Token, stamp: Stamp, number: &str) -> Request<Vec<u8>> {
    business(account, token, stamp, Method::GET, CUSTOMER_DETAIL, &[("number", number)], Vec::new())
}

/// Saves one customer, a flat object as in 2.3: with an `id` it updates that one, without it creates. All
/// values but `ignore_warn`, `deduct`, `credit_limit`, `invoice_type`, `custom_field`, `mul_label` and
/// `contact_persons` are texts, `number` too. The answer is for [`read_saved`](super::read_saved).
pub fn save_customer(account: &Account, token: &Token, stamp: Stamp, customer: &Value) -> Request<Vec<u8>> {
    business(account, token, stamp, Method::POST, CUSTOMER, &[], customer.to_string().into_bytes())
}

fn business(
    account: &Account,
    token: &Token,
    stamp: Stamp,
    method: Method,
    path: &'static str,
    query: &[(&str, &str)],
    body: Vec<u8>,
) -> Request<Vec<u8>> {
    let mut request = signed(account, stamp, method, path, query, body);
    set(&mut request, HeaderName::from_static("app-token"), &token.app_token);
    set(&mut request, HeaderName::from_static("x-gw-router-addr"), &token.domain);
    request
}

/// A signed call of the gateway.
pub(super) fn signed(
    account: &Account,
    stamp: Stamp,
    method: Method,
    path: &'static str,
    query: &[(&str, &str)],
    body: Vec<u8>,
) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    let target = match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", query_text(query)),
    };
    *request.uri_mut() = Uri::builder()
        .scheme(account.scheme.clone())
        .authority(account.host.clone())
        .path_and_query(target)
        .build()
        .expect("a plain path and an encoded query");
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Ferry/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in sign(account, &method, path, query, stamp) {
        set(&mut request, HeaderName::from_static(name), &value);
    }
    *request.method_mut() = method;
    request
}

/// A value that no header can carry is left out: only a token from elsewhere can be such, and without it the
/// gateway asks for another.
fn set(request: &mut Request<Vec<u8>>, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
}
