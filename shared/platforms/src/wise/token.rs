//! The token that every call carries (`vendors/kingdee.md` 3.1).

use std::fmt;

use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Fault, envelope};
use super::request::to;
use super::{Account, TOKEN_LIFE, classify};
use crate::Error;

/// A token is renewed so long before its end, or when nine tenths of its life are over if that is later.
const RENEWED_BEFORE: i64 = 60;

/// What gives access, as long as the ERP honours it. To be kept sealed: whoever has it writes orders.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// For the query of every call.
    pub token: String,
    /// When it ends, in Unix seconds. A restart of the ERP may end it sooner.
    pub expires_at: i64,
    /// From when on it should be renewed, in Unix seconds.
    pub renew_at: i64,
}

impl Token {
    /// Whether it should be renewed before it is used again.
    pub fn is_due(&self, unix_seconds: i64) -> bool {
        unix_seconds >= self.renew_at
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Asks for a token, the first or the next. Whether an older one lives on is unconfirmed: only one run of an
/// account may ask at a time. The answer is for [`read_token`].
pub fn request_token(account: &Account) -> Request<Vec<u8>> {
    to(account, Method::GET, "Token/Create", ("authorityCode", &account.authority_code), Vec::new())
}

/// The token of an answer that came at `unix_seconds`.
///
/// # Errors
/// Whatever the ERP says instead, or no token in the answer. Class
/// [`Credentials`](crate::Class::Credentials) means here that the authority code itself is refused: for a
/// person to mend.
pub fn read_token(response: &Response<Vec<u8>>, unix_seconds: i64) -> Result<Token, Error> {
    // The body of this answer is a secret, good or broken: it is never quoted, unless it is a web page.
    let status = response.status();
    let data = envelope(response).map_err(|fault| match fault {
        Fault::Said { code, message } => classify::of_token(status, code, &message),
        Fault::WebPage { title } if status == 200 => classify::web_page(&title),
        Fault::WebPage { title } => classify::of_token(status, None, &title),
        Fault::Foreign { .. } | Fault::Broken { .. } if status == 200 => {
            classify::garbled("no token in the answer")
        }
        Fault::Foreign { .. } | Fault::Broken { .. } => classify::of_token(status, None, ""),
    })?;
    let token = data["Token"].as_str().filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| classify::garbled("no token in the answer"))?;
    let life = seconds(&data["Validity"]).filter(|life| *life > 0);
    let life = life.unwrap_or(i64::try_from(TOKEN_LIFE.as_secs()).unwrap_or(i64::MAX));
    let expires_at = unix_seconds.saturating_add(life);
    let renew_at = expires_at - RENEWED_BEFORE.min(life / 10);
    Ok(Token { token: token.to_owned(), expires_at, renew_at })
}

/// `3600`, `3600.0` or the same as text, without what is behind the point.
fn seconds(value: &Value) -> Option<i64> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    text.split('.').next()?.parse().ok()
}
