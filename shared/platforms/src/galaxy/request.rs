//! What is sent: the requests of `vendors/kingdee.md` 1.3 and 1.5, in the Python SDK's form. Here the
//! login and the queries, in `request/save.rs` what writes, in `request/bills.rs` what is about bills.

mod bills;
mod save;

use std::fmt;

use http::header::{ACCEPT_CHARSET, CONTENT_TYPE, COOKIE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Account, Auth, sign};

pub use bills::{MAX_NUMBERS, Operation, any_of, find_bills, operate, view};
pub use save::{MAX_BILLS, SaveOptions, batch_save};

/// The most rows that one query gives (`vendors/kingdee.md` 1.8). A server may clamp it to less.
pub const MAX_ROWS: u32 = 2000;

const LOGIN: &str = "Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginByAppSecret";

/// A login, as long as the ERP remembers it. To be kept sealed: whoever has it is the user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `KDSVCSessionId`.
    pub id: String,
    /// `Context.SessionId`, the ASP.NET session.
    pub asp_net: Option<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// One page of `ExecuteBillQuery` (`vendors/kingdee.md` 1.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The business object, as `BD_MATERIAL`.
    pub form_id: String,
    /// The columns of the answer, in this order.
    pub field_keys: Vec<String>,
    /// SQL-like; every value in it must have gone through [`quote`].
    pub filter: String,
    /// As `FMATERIALID ASC`.
    pub order: String,
    /// Rows wanted, at most [`MAX_ROWS`].
    pub limit: u32,
    /// How many rows to leave out at the front.
    pub start_row: u64,
    /// The absolute row to end at, not a page size; 0 for none, which is the safe choice.
    pub top_row_count: u64,
}

/// A value inside a [`Query::filter`] between single quotes: a quote is doubled, as in T-SQL, so that
/// no value can end its literal.
pub fn quote(value: &str) -> String {
    value.replace('\'', "''")
}

/// Asks for a session. The answer is for [`read_login`](super::read_login).
pub fn login_by_app_secret(account: &Account) -> Request<Vec<u8>> {
    let body = json!({
        "acctId": account.acct_id,
        "username": account.user,
        "appId": account.app_id,
        "appSecret": account.app_secret,
        "lcid": account.lcid,
    });
    post(account, LOGIN, body.to_string().into_bytes())
}

/// Asks for one page of rows. `unix_seconds` is now. A `session` is needed with [`Auth::Session`];
/// without one the ERP answers that the session is lost. The answer is for
/// [`read_query`](super::read_query).
pub fn execute_bill_query(
    account: &Account,
    session: Option<&Session>,
    unix_seconds: i64,
    query: &Query,
) -> Request<Vec<u8>> {
    let body = json!({"data": {
        "FormId": query.form_id,
        "FieldKeys": query.field_keys.join(","),
        "FilterString": query.filter,
        "OrderString": query.order,
        "TopRowCount": query.top_row_count,
        "StartRow": query.start_row,
        "Limit": query.limit,
        "SubSystemId": "",
    }});
    let mut request = post(account, &form_service("ExecuteBillQuery"), body.to_string().into_bytes());
    prove(&mut request, account, session, unix_seconds);
    request
}

/// The service of an operation on a form (`vendors/kingdee.md` 1.1).
fn form_service(operation: &str) -> String {
    format!("Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{operation}")
}

fn post(account: &Account, service: &str, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::builder()
        .scheme(account.scheme.clone())
        .authority(account.host.clone())
        .path_and_query(format!("{}{service}.common.kdsvc", account.path))
        .build()
        .expect("Account::from_variables lets only plain paths pass");
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_CHARSET, HeaderValue::from_static("utf-8"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Ferry/", env!("CARGO_PKG_VERSION"))));
    request
}

/// Adds the headers that prove who asks.
fn prove(request: &mut Request<Vec<u8>>, account: &Account, session: Option<&Session>, unix_seconds: i64) {
    if account.auth == Auth::Signed {
        for (name, value) in sign(account, request.uri().path(), unix_seconds) {
            set(request, HeaderName::from_static(name), &value);
        }
    }
    if let Some(session) = session {
        set(request, HeaderName::from_static("kdservice-sessionid"), &session.id);
        let asp_net =
            session.asp_net.as_ref().map(|id| format!("; ASP.NET_SessionId={id}")).unwrap_or_default();
        set(request, COOKIE, &format!("kdservice-sessionid={}{asp_net}", session.id));
    }
}

/// A value that no header can carry is left out: only a session from elsewhere can be such, and
/// without it the ERP answers 'session lost', upon which the caller logs in.
fn set(request: &mut Request<Vec<u8>>, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
}
