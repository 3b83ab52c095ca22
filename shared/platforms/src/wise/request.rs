//! What is sent (`vendors/kingdee.md` 3.2).

use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Account, BILL_NO, LARGEST_PAGE, PO_ORD_BILL_NO, Token};

/// One page of `GetList`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// SQL-like; every value in it must have gone through [`quote`].
    pub filter: String,
    /// The columns of the answer.
    pub fields: Vec<String>,
    /// As `FBillNo asc`; may be empty.
    pub order_by: String,
    /// Counted from 1.
    pub page_index: u32,
    /// Rows to a page, at most [`LARGEST_PAGE`]. A bill has a row for each of its lines.
    pub page_size: u32,
}

/// By which number an order is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The source's number, in `FPOOrdBillNo`.
    PoOrdBillNo,
    /// The bill's own number, `FBillNo`.
    BillNo,
}

impl By {
    /// The field's name.
    pub fn field(self) -> &'static str {
        match self {
            By::PoOrdBillNo => PO_ORD_BILL_NO,
            By::BillNo => BILL_NO,
        }
    }
}

/// A value inside a filter between single quotes: a quote is doubled, as in T-SQL, so that no value can end
/// its literal.
pub fn quote(value: &str) -> String {
    value.replace('\'', "''")
}

/// Asks for the template of an object, the fields that `Save` knows. Changes nothing. The answer is for
/// [`read_template`](super::read_template).
pub fn get_template(account: &Account, token: &Token, object: &str) -> Request<Vec<u8>> {
    call(account, token, Method::GET, object, "GetTemplate", None)
}

/// Asks for the bills with these numbers, one or several. That `in` is understood is unconfirmed: a server
/// that refuses it (class [`Fatal`](crate::Class::Fatal)) is asked for one number at a time. The answer is for
/// [`read_list`](super::read_list), with [`LARGEST_PAGE`] as the size of its page.
pub fn find_orders(
    account: &Account,
    token: &Token,
    object: &str,
    by: By,
    numbers: &[impl AsRef<str>],
) -> Request<Vec<u8>> {
    let literals: Vec<String> = numbers.iter().map(|n| format!("'{}'", quote(n.as_ref()))).collect();
    let filter = match &literals[..] {
        [one] => format!("{}={one}", by.field()),
        _ => format!("{} in ({})", by.field(), literals.join(",")),
    };
    let query = ListQuery {
        filter,
        fields: vec![BILL_NO.into(), PO_ORD_BILL_NO.into()],
        order_by: String::new(),
        page_index: 1,
        page_size: LARGEST_PAGE,
    };
    get_list(account, token, object, &query)
}

/// Asks for one page of bills. The answer is for [`read_list`](super::read_list).
pub fn get_list(account: &Account, token: &Token, object: &str, query: &ListQuery) -> Request<Vec<u8>> {
    let body = json!({"Data": {
        "Top": "0",
        "PageSize": query.page_size.to_string(),
        "PageIndex": query.page_index.to_string(),
        "Filter": query.filter,
        "OrderBy": query.order_by,
        "SelectPage": "2",
        "Fields": query.fields.join(","),
    }});
    call(account, token, Method::POST, object, "GetList", Some(&body))
}

/// Saves one document, `{"Page1":[{head}],"Page2":[{line}, …]}`. All scalars are sent as strings: numbers with
/// all their digits, `true` and `false` as `1` and `0`; a null is left out. The answer is for
/// [`read_save`](super::read_save).
pub fn save(account: &Account, token: &Token, object: &str, document: &Value) -> Request<Vec<u8>> {
    let body = json!({"Data": strings(document).unwrap_or_default()});
    call(account, token, Method::POST, object, "Save", Some(&body))
}

fn strings(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => u8::from(*truth).to_string().into(),
        Value::Number(number) => number.to_string().into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().filter_map(strings).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), strings(value)?)));
            Value::Object(fields.collect())
        }
    })
}

fn call(
    account: &Account,
    token: &Token,
    method: Method,
    object: &str,
    operation: &str,
    body: Option<&Value>,
) -> Request<Vec<u8>> {
    let object = utf8_percent_encode(object, NON_ALPHANUMERIC_BUT_UNDERSCORE);
    let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let mut request = to(account, method, &format!("{object}/{operation}"), ("token", &token.token), bytes);
    if body.is_some() {
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        request.headers_mut().insert(CONTENT_TYPE, json);
    }
    request
}

const NON_ALPHANUMERIC_BUT_UNDERSCORE: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'_');

pub(super) fn to(
    account: &Account,
    method: Method,
    operation: &str,
    (name, secret): (&str, &str),
    body: Vec<u8>,
) -> Request<Vec<u8>> {
    let secret = utf8_percent_encode(secret, NON_ALPHANUMERIC);
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::builder()
        .scheme(account.scheme.clone())
        .authority(account.host.clone())
        .path_and_query(format!("{}{operation}?{name}={secret}", account.path))
        .build()
        .expect("the path is plain and the query is percent-encoded");
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Ferry/", env!("CARGO_PKG_VERSION"))));
    request
}
