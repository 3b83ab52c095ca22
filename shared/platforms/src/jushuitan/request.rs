//! What is sent: the requests of `vendors/sources.md` 1.1, 1.6, 1.7 and 1.8.

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::sign::{sign, sign_legacy};
use super::{Account, Api, INOUT, SHOPS, Token};

const LEGACY_PATH: &str = "/api/open/query.aspx";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One page of 其它出入库查询 (`vendors/sources.md` 1.7).
#[derive(Clone, Debug, PartialEq)]
pub struct Inout {
    /// Which records.
    pub which: Which,
    /// The page, from [`FIRST_PAGE`](super::FIRST_PAGE).
    pub page_index: u32,
    /// Rows wanted, at most 50.
    pub page_size: u32,
    /// What else the flow asks for: `status`, `types`, `wms_co_id`, `owner_co_id`, `date_type`. Empty texts and
    /// nulls are not sent. Not for [`Which::Changed`], which stands alone.
    pub more: Map<String, Value>,
}

/// How the records are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those modified from `begin` to `end`, `yyyy-MM-dd HH:mm:ss` in Asia/Shanghai, at most 7 days. Whether
    /// the ends belong to it is not documented.
    Modified {
        /// The first second.
        begin: String,
        /// The last second.
        end: String,
    },
    /// Those with these `io_id`s, at most 50. That they may stand without a time range is unconfirmed: refused,
    /// they are to be asked for by [`Which::SoIds`].
    IoIds(Vec<i64>),
    /// Those with these order numbers, at most 50; several may share one.
    SoIds(Vec<String>),
    /// Those whose row version `ts` is beyond this one, whatever their time: the vendor's way not to miss rows
    /// while paging. Whether the version itself belongs to it is unconfirmed.
    Changed {
        /// The largest `ts` that is known; 1 for the beginning.
        start_ts: i64,
    },
}

/// One page of 店铺查询 (`vendors/sources.md` 1.6). The legacy interface answers with all shops, whatever
/// is asked for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shops {
    /// The page, from [`FIRST_PAGE`](super::FIRST_PAGE).
    pub page_index: u32,
    /// Rows wanted, at most 100. Always sent: the default is 100 in one document and 10 in another.
    pub page_size: u32,
    /// Only these; all, if empty.
    pub shop_ids: Vec<i64>,
}

/// Asks for one page of records. `unix_seconds` is now. The `token` is for accounts with
/// [`Renewal::Tokens`](super::Renewal::Tokens); the others have it among their variables. The answer is for
/// [`read_page`](super::read_page).
///
/// With the legacy interface the token is in the request's query: its URI is a secret, not for logs.
pub fn query_inout(
    account: &Account,
    token: Option<&Token>,
    unix_seconds: i64,
    query: &Inout,
) -> Request<Vec<u8>> {
    let mut biz = match &query.which {
        Which::Modified { begin, end } => object(json!({"modified_begin": begin, "modified_end": end})),
        Which::IoIds(ids) => object(json!({"io_ids": ids})),
        Which::SoIds(ids) => object(json!({"so_ids": ids})),
        Which::Changed { start_ts } => object(json!({"start_ts": start_ts})),
    };
    biz.insert("page_index".to_owned(), query.page_index.into());
    biz.insert("page_size".to_owned(), query.page_size.into());
    if !matches!(query.which, Which::Changed { .. }) {
        for (name, value) in &query.more {
            if !value.is_null() && value != "" && !biz.contains_key(name) {
                biz.insert(name.clone(), value.clone());
            }
        }
    }
    call(account, token, unix_seconds, INOUT.names, &Value::Object(biz))
}

/// Asks for one page of shops; arguments and answer as with [`query_inout`].
pub fn query_shops(
    account: &Account,
    token: Option<&Token>,
    unix_seconds: i64,
    query: &Shops,
) -> Request<Vec<u8>> {
    let biz = match account.api {
        Api::Legacy => json!({"nicks": []}),
        Api::Current => {
            let mut biz = object(json!({"page_index": query.page_index, "page_size": query.page_size}));
            if !query.shop_ids.is_empty() {
                biz.insert("shop_ids".to_owned(), query.shop_ids.clone().into());
            }
            Value::Object(biz)
        }
    };
    call(account, token, unix_seconds, SHOPS.names, &biz)
}

/// A call of the path or the method, with these business parameters.
pub(super) fn call(
    account: &Account,
    token: Option<&Token>,
    unix_seconds: i64,
    [path, method]: [&str; 2],
    biz: &Value,
) -> Request<Vec<u8>> {
    let token = token.map(|token| &*token.access_token).or(account.access_token.as_deref());
    // Without a token the vendor answers that it is invalid, upon which the caller fetches one.
    let token = token.unwrap_or_default();
    let now = unix_seconds.to_string();
    let biz = biz.to_string();
    match account.api {
        Api::Current => signed_form(
            account,
            path,
            &[
                ("app_key", &account.app_key),
                ("access_token", token),
                ("timestamp", &now),
                ("version", "2"),
                ("charset", "utf-8"),
                ("biz", &biz),
            ],
        ),
        Api::Legacy => {
            let sign = sign_legacy(&account.app_key, &account.app_secret, token, method, &now);
            let query = encoded(&[
                ("partnerid", &account.app_key),
                ("token", token),
                ("method", method),
                ("ts", &now),
                ("sign", &sign),
            ]);
            post(account, &format!("{LEGACY_PATH}?{query}"), "application/json", biz.into_bytes())
        }
    }
}

/// A form of the current interface with its signature (`vendors/sources.md` 1.1).
pub(super) fn signed_form(account: &Account, path: &str, fields: &[(&str, &str)]) -> Request<Vec<u8>> {
    let sign = sign(&account.app_secret, fields);
    let mut fields: Vec<_> = fields.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    fields.push(("sign", &sign));
    let body = encoded(&fields).into_bytes();
    post(account, path, "application/x-www-form-urlencoded;charset=UTF-8", body)
}

fn post(
    account: &Account,
    path_and_query: &str,
    content_type: &'static str,
    body: Vec<u8>,
) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::builder()
        .scheme(account.scheme.clone())
        .authority(account.host.clone())
        .path_and_query(path_and_query)
        .build()
        .expect("paths are plain and queries percent-encoded");
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Ferry/", env!("CARGO_PKG_VERSION"))));
    request
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
