//! The token that every call carries (`vendors/sources.md` 3.2).

use std::fmt;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{Fault, object, whole_number};
use super::request::to;
use super::{Account, TOKEN_LIFE, classify};
use crate::Error;

const PATH: &str = "/v1/oauth2/access_token";

/// A token is renewed so long before its end, or when nine tenths of its life are over if that is later.
/// Sooner is of no use: within its eight hours another request does not make it live longer.
const RENEWED_BEFORE: i64 = 60;

/// What gives access, as long as OKKI honours it. To be kept sealed: whoever has it reads the company's orders.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// For every call.
    pub access_token: String,
    /// When it ends at the latest, in Unix seconds. It may end sooner: one that was asked for again is not
    /// made to live longer, so that a refusal is the last word.
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

/// Asks for a token by `client_credentials`, as the JSON body that the document tells for it. With these
/// credentials there is no refresh token: the same request is the renewal. The answer is for [`read_token`].
pub fn request_token(account: &Account) -> Request<Vec<u8>> {
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "scope": account.scope,
    });
    let mut request = to(account, PATH, body.to_string().into_bytes());
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// The token of an answer that came at `unix_seconds`.
///
/// # Errors
/// Whatever OKKI says instead, or no token in the answer. Class [`Credentials`](crate::Class::Credentials)
/// means here that client id or secret are wrong: for a person to mend.
pub fn read_token(response: &Response<Vec<u8>>, unix_seconds: i64) -> Result<Token, Error> {
    // The body of this answer is a secret, good or broken: it is never quoted, unless it is a web page.
    let status = response.status();
    let answer = object(response).map_err(|fault| match fault {
        Fault::Said { code, message } => classify::of_token(status, code, &message),
        Fault::WebPage { title } if status == 200 => classify::web_page(&title),
        Fault::WebPage { title } => classify::of_token(status, None, &title),
        Fault::Garbled { .. } if status == 200 => classify::garbled("no token in the answer"),
        Fault::Garbled { .. } => classify::of_token(status, None, ""),
    })?;
    // Some gateways wrap it as the business calls are.
    let holder = answer.get("data").filter(|data| data.is_object());
    let field = |name: &str| holder.and_then(|data| data.get(name)).or_else(|| answer.get(name));
    let Some(access_token) = field("access_token").and_then(|token| token.as_str()).filter(|t| is_token(t))
    else {
        return Err(classify::garbled("no token in the answer"));
    };
    let life = field("expires_in").and_then(whole_number).filter(|life| *life > 0);
    let life = life.unwrap_or(i64::try_from(TOKEN_LIFE.as_secs()).unwrap_or(i64::MAX));
    let expires_at = unix_seconds.saturating_add(life);
    let renew_at = expires_at - RENEWED_BEFORE.min(life / 10);
    Ok(Token { access_token: access_token.to_owned(), expires_at, renew_at })
}

/// What a header can carry.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
