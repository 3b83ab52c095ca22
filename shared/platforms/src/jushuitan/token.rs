//! Tokens of the current interface, and the longer life of a legacy one (`vendors/sources.md` 1.3, 1.8).

use std::fmt;

use http::{Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Fault, envelope, whole_number};
use super::request::{call, signed_form};
use super::{Account, Api, classify};
use crate::Error;

/// A token is renewed so long before its end, or when nine tenths of its life are over if that is later. The
/// vendor's own figure is a life of 30 days.
const RENEWED_BEFORE: i64 = 24 * 3600;

/// What gives access, as long as the vendor honours it. To be kept sealed: whoever has it is the merchant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// For every call.
    pub access_token: String,
    /// For the renewal; lives as long as the other.
    pub refresh_token: Option<String>,
    /// When it ends, in Unix seconds.
    pub expires_at: i64,
    /// From when on it should be renewed, in Unix seconds.
    pub renew_at: i64,
}

impl Token {
    /// Whether it should be renewed before it is used again. It may well be good until then; but a renewal
    /// after the end can be refused.
    pub fn is_due(&self, unix_seconds: i64) -> bool {
        unix_seconds >= self.renew_at
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Asks for the first token of an app of one's own, or for another one when [`refresh_token`] is refused. The
/// `random` bytes become the code of six characters that the vendor wants. Whether an older token lives on is
/// unconfirmed: only one run of an account may ask at a time. The answer is for [`read_token`].
pub fn get_init_token(account: &Account, unix_seconds: i64, random: [u8; 6]) -> Request<Vec<u8>> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let code: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    signed_form(
        account,
        "/openWeb/auth/getInitToken",
        &[
            ("app_key", &account.app_key),
            ("timestamp", &unix_seconds.to_string()),
            ("grant_type", "authorization_code"),
            ("charset", "utf-8"),
            ("code", &code),
        ],
    )
}

/// Asks for the token after this one; `None` where there is nothing to renew it with. Whether the values
/// change or only their end is unconfirmed: what is answered is to be used. The answer is for
/// [`read_token`].
pub fn refresh_token(account: &Account, unix_seconds: i64, token: &Token) -> Option<Request<Vec<u8>>> {
    let refresh_token = token.refresh_token.as_deref().filter(|text| !text.is_empty())?;
    Some(signed_form(
        account,
        "/openWeb/auth/refreshToken",
        &[
            ("app_key", &account.app_key),
            ("timestamp", &unix_seconds.to_string()),
            ("grant_type", "refresh_token"),
            ("charset", "utf-8"),
            ("refresh_token", refresh_token),
            ("scope", "all"),
        ],
    ))
}

/// The token of an answer that came at `unix_seconds`.
///
/// # Errors
/// Whatever the vendor says instead, or no token in the answer. [`Credentials`](crate::Class::Credentials)
/// means that the refresh token is no longer good and [`get_init_token`] is to be asked; after that it is for a
/// person to mend.
pub fn read_token(response: &Response<Vec<u8>>, unix_seconds: i64) -> Result<Token, Error> {
    let mut answer = envelope(response).map_err(|fault| refused(response, fault, classify::renewal))?;
    let data = answer.get_mut("data").map(Value::take).unwrap_or_default();
    let text = |name: &str| data[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let Some((access_token, expires_in)) = text("access_token").zip(whole_number(&data["expires_in"])) else {
        return Err(classify::garbled("no token in the answer"));
    };
    let expires_at = unix_seconds.saturating_add(expires_in);
    Ok(Token {
        access_token,
        refresh_token: text("refresh_token"),
        expires_at,
        renew_at: expires_at - RENEWED_BEFORE.min(expires_in / 10),
    })
}

/// Asks that the token of a legacy account live longer (`refresh.token`). The answer is for
/// [`read_extension`].
pub fn extend_token(account: &Account, unix_seconds: i64) -> Request<Vec<u8>> {
    call(account, None, unix_seconds, ["", "refresh.token"], &json!({}))
}

/// Until when the token now lives, in the vendor's words; `None` where it does not say.
///
/// # Errors
/// Whatever the vendor says instead. [`Credentials`](crate::Class::Credentials) means that the token is no
/// longer good at all: a person fetches another one.
pub fn read_extension(response: &Response<Vec<u8>>) -> Result<Option<String>, Error> {
    let answer = envelope(response).map_err(|fault| {
        refused(response, fault, |status, code, said| classify(Api::Legacy, status, code, said))
    })?;
    Ok(answer.get("data").and_then(|data| data["expired_date"].as_str()).map(str::to_owned))
}

/// The body of these answers is a secret, good or broken: it is never quoted.
fn refused(
    response: &Response<Vec<u8>>,
    fault: Fault,
    classify: impl Fn(http::StatusCode, Option<i64>, &str) -> Error,
) -> Error {
    match fault {
        Fault::Said { code, message } => classify(response.status(), code, &message),
        Fault::Unknown { .. } => classify(response.status(), None, ""),
        Fault::WebPage { title } => classify::web_page(&title),
        Fault::Garbled { .. } => classify::garbled("the answer is not shown, since it may hold a token"),
    }
}
