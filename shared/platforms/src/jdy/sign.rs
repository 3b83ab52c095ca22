//! The gateway's signature (`vendors/kingdee.md` 2.1): method, path, query, nonce and time, not the body.

use std::borrow::Cow;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Account;
use crate::gateway::hmac_text;

/// The second encoding, and that of the path.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The first one is `java.net.URLEncoder`'s: it keeps `*`, encodes `~`, and makes `+` of a blank.
const JAVA: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

/// When a call is made, and a number that makes it different from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Now, in milliseconds since 1970; at most [`STAMP_TOLERANCE`](super::STAMP_TOLERANCE) off the gateway's
    /// clock.
    pub unix_ms: i64,
    /// Random, not 0.
    pub nonce: u64,
}

/// The six headers that sign one call. `query` holds names and values as they are, in any order.
pub fn sign(
    account: &Account,
    method: &Method,
    path: &str,
    query: &[(&str, &str)],
    stamp: Stamp,
) -> [(&'static str, String); 6] {
    let (nonce, now) = (stamp.nonce.to_string(), stamp.unix_ms.to_string());
    let path = utf8_percent_encode(path, UNRESERVED);
    let query: Vec<String> = once_encoded(query)
        .iter()
        .map(|(name, value)| {
            format!("{}={}", utf8_percent_encode(name, UNRESERVED), utf8_percent_encode(value, UNRESERVED))
        })
        .collect();
    let query = query.join("&");
    let call = format!("{method}\n{path}\n{query}\nx-api-nonce:{nonce}\nx-api-timestamp:{now}\n");
    [
        ("x-api-clientid", account.client_id.clone()),
        ("x-api-auth-version", "2.0".to_owned()),
        ("x-api-timestamp", now),
        ("x-api-nonce", nonce),
        ("x-api-signheaders", "X-Api-TimeStamp,X-Api-Nonce".to_owned()),
        ("x-api-signature", hmac_text(&account.client_secret, &[&call])),
    ]
}

/// The query as it travels: encoded once, in the order in which it is signed.
pub(super) fn query_text(query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        once_encoded(query).iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// `app_signature`, which proves to the token endpoint that the secret of an authorisation is known.
pub fn app_signature(app_key: &str, app_secret: &str) -> String {
    hmac_text(app_secret, &[app_key])
}

fn once_encoded(query: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = query.iter().map(|(name, value)| (java(name), java(value))).collect();
    pairs.sort();
    pairs
}

fn java(text: &str) -> String {
    let encoded: Cow<'_, str> = utf8_percent_encode(text, JAVA).into();
    encoded.replace(' ', "+")
}
