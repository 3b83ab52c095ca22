//! Getting in: the authorisation of an account set, and the token that it is good for (`vendors/kingdee.md` 2.2).

use std::fmt;

use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{number, secret_data, text};
use super::facts::TOKEN_LIFE;
use super::request::signed;
use super::{Account, Stamp, app_signature, classify};
use crate::Error;

const AUTHORISE: &str = "/jdyconnector/app_management/push_app_authorize";
const TOKEN: &str = "/jdyconnector/app_management/kingdee_auth_token";

/// A token is renewed this long before its end.
const MARGIN_MS: i64 = 5 * 60 * 1000;

/// That an account set has granted access. Good for asking for a token, at most 24 hours: its secret changes.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorisation {
    /// The account set's key.
    pub app_key: String,
    /// The key of [`app_signature`].
    pub app_secret: String,
    /// Where the account set lives, as `https://tf.jdy.com`: every call names it. Empty where the answer did not
    /// say.
    pub domain: String,
    /// The account set's name, for people.
    pub account_name: String,
}

impl fmt::Debug for Authorisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorisation")
            .field("app_key", &self.app_key)
            .field("domain", &self.domain)
            .field("account_name", &self.account_name)
            .finish_non_exhaustive()
    }
}

/// What every call needs. To be kept sealed, for all flows of the account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// `app-token`
    pub app_token: String,
    /// `X-GW-Router-Addr`
    pub domain: String,
    /// When it ends, in milliseconds since 1970.
    pub expires_ms: i64,
}

impl Token {
    /// Whether it is to be renewed before it is used again.
    pub fn is_due(&self, unix_ms: i64) -> bool {
        unix_ms >= self.expires_ms - MARGIN_MS
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("domain", &self.domain)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}

/// Asks which account sets have granted access. The answer is for [`read_authorisation`].
pub fn authorise(account: &Account, stamp: Stamp) -> Request<Vec<u8>> {
    let query = [("outerInstanceId", account.outer_instance_id.as_str())];
    signed(account, stamp, Method::POST, AUTHORISE, &query, b"{}".to_vec())
}

/// The authorisation of the account's `app_key`, or the only one there is.
///
/// # Errors
/// None, or several and no `app_key` that says which; or the answer is an error or none.
pub fn read_authorisation(account: &Account, response: &Response<Vec<u8>>) -> Result<Authorisation, Error> {
    let data = secret_data(response)?;
    let items = match &data {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(&data),
        _ => &[],
    };
    let granted = |item: &&Value| item["status"].is_null() || number(&item["status"]) == Some(1);
    let all: Vec<Authorisation> = items
        .iter()
        .filter(granted)
        .map(|item| Authorisation {
            app_key: text(&item["appKey"]).unwrap_or_default(),
            app_secret: text(&item["appSecret"]).unwrap_or_default(),
            domain: text(&item["domain"]).unwrap_or_default(),
            account_name: text(&item["accountName"]).unwrap_or_default(),
        })
        .filter(|item| !item.app_key.is_empty() && !item.app_secret.is_empty())
        .collect();
    let wanted = |item: &&Authorisation| account.app_key.as_ref().is_none_or(|key| *key == item.app_key);
    let found: Vec<&Authorisation> = all.iter().filter(wanted).collect();
    match found[..] {
        [one] => Ok(one.clone()),
        _ => {
            let names: Vec<String> =
                all.iter().map(|item| format!("{} ({})", item.app_key, item.account_name)).collect();
            Err(match all.is_empty() {
                true => classify::not_authorised(),
                false => classify::which_account_set(&names.join(", ")),
            })
        }
    }
}

/// Asks for a token, at most [`TOKEN_CALLS_PER_MINUTE`](super::TOKEN_CALLS_PER_MINUTE) times. The answer is for
/// [`read_app_token`].
pub fn app_token(account: &Account, authorisation: &Authorisation, stamp: Stamp) -> Request<Vec<u8>> {
    let signature = app_signature(&authorisation.app_key, &authorisation.app_secret);
    let query = [("app_key", &*authorisation.app_key), ("app_signature", &*signature)];
    signed(account, stamp, Method::GET, TOKEN, &query, Vec::new())
}

/// The token. `unix_ms` is now: what its life is counted from where the answer does not say when it ends.
///
/// # Errors
/// `app_secret_rotated`, class [`Credentials`](crate::Class::Credentials), when the authorisation has become
/// old: authorise again. The other errors of that class are for a person.
pub fn read_app_token(
    response: &Response<Vec<u8>>,
    authorisation: &Authorisation,
    unix_ms: i64,
) -> Result<Token, Error> {
    let data = secret_data(response)?;
    let Some(app_token) = text(&data["app-token"]).filter(|token| !token.is_empty()) else {
        return Err(classify::unexpected("no app-token in the answer"));
    };
    let life = i64::try_from(TOKEN_LIFE.as_millis()).unwrap_or(i64::MAX);
    let domain = match authorisation.domain.is_empty() {
        true => text(&data["domain"]).unwrap_or_default(),
        false => authorisation.domain.clone(),
    };
    if domain.is_empty() {
        return Err(classify::unexpected("no domain in the answers"));
    }
    Ok(Token { app_token, domain, expires_ms: number(&data["expires"]).unwrap_or(unix_ms + life) })
}
