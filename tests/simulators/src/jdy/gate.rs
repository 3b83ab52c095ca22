//! The gateway: who is calling, when, and where to (`vendors/kingdee.md` 2.1, 2.7, 6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use hyper::Method;
use sha2::Sha256;

use super::answer::Refusal;
use super::config::{Credentials, SignedQuery, Switches};
use crate::system::Request;

/// Whether the call is signed by this application, now.
pub(super) fn check(
    request: &Request,
    credentials: &Credentials,
    switches: &Switches,
    now_ms: i64,
) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::Signature { why: why.to_owned() });
    if request.header("x-api-clientid") != credentials.client_id {
        return Err(Refusal::Client);
    }
    if request.header("x-api-auth-version") != "2.0" {
        return refuse("X-Api-Auth-Version is not 2.0");
    }
    if request.header("content-type").split(';').next() != Some("application/json") {
        return refuse("Content-Type is not application/json");
    }
    let mut signed: Vec<String> =
        request.header("x-api-signheaders").split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    signed.sort();
    if signed != ["x-api-nonce", "x-api-timestamp"] {
        return refuse("X-Api-SignHeaders does not name X-Api-TimeStamp and X-Api-Nonce");
    }
    let nonce = request.header("x-api-nonce");
    if !nonce.parse::<u64>().is_ok_and(|nonce| nonce > 0) {
        return refuse("X-Api-Nonce is not a positive integer");
    }
    let timestamp = request.header("x-api-timestamp");
    let sent_ms: i64 = match timestamp.parse() {
        Ok(ms) if timestamp.len() == 13 => ms,
        _ => return Err(Refusal::Timestamp),
    };
    if switches.timestamp_tolerance_s.is_some_and(|s| sent_ms.abs_diff(now_ms) > u64::from(s) * 1000) {
        return Err(Refusal::Timestamp);
    }
    let query = match switches.signed_query {
        SignedQuery::Decoded => from_decoded(request.query()),
        SignedQuery::Raw => from_raw(request.query()),
    };
    let plain = plaintext(&request.method, request.path(), &query, nonce, timestamp);
    match signature(&credentials.client_secret, &plain) == request.header("x-api-signature") {
        true => Ok(()),
        false => refuse("X-Api-Signature does not match"),
    }
}

fn plaintext(method: &Method, path: &str, query: &str, nonce: &str, timestamp: &str) -> String {
    let path = second(path);
    [
        method.as_str(),
        &path,
        query,
        &format!("x-api-nonce:{nonce}"),
        &format!("x-api-timestamp:{timestamp}"),
        "",
    ]
    .join("\n")
}

/// Decoded, then encoded twice; sorted between the two, as the jar does.
fn from_decoded(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut once: Vec<String> =
        pairs.map(|(key, value)| format!("{}={}", first(&key), first(&value))).collect();
    once.sort();
    twice(&once)
}

/// As it came, encoded once more.
fn from_raw(query: &str) -> String {
    let mut once: Vec<String> = query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    once.sort();
    twice(&once)
}

fn twice(once: &[String]) -> String {
    let pairs = once.iter().map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("{}={}", second(key), second(value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// `java.net.URLEncoder`: letters, digits and `-_.*` stay, a blank becomes `+`.
fn first(text: &str) -> String {
    escape(text, |byte| b"-_.*".contains(&byte)).replace("%20", "+")
}

/// RFC 3986: letters, digits and `-_.~` stay.
fn second(text: &str) -> String {
    escape(text, |byte| b"-_.~".contains(&byte))
}

fn escape(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || stays(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    escaped
}

/// base64 of the hex digits.
pub(super) fn signature(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message.as_bytes());
    BASE64.encode(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const APP_SIGNATURE: &str =
        "ZDljMTI3NGIyNTE1MTRkYzlkNjc1MDNhYjUzMzgzNWMyY2M4YTdjMzdmNmM3YTVlNDkxMTkzNjdiOTFjNzUyZQ==";

    #[test]
    fn the_vectors_of_the_document_come_out() {
        assert_eq!(signature("abc123", "abc"), APP_SIGNATURE, "2.1 a");

        let token = "/jdyconnector/app_management/kingdee_auth_token";
        let authorise = "/jdyconnector/app_management/push_app_authorize";
        let customer = "/jdy/v2/bd/customer";
        let b = "app_key=bVZgAZOv1&app_signature=MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA%3D%3D";
        let c1 = format!("app_key=abc&app_signature={}", first(APP_SIGNATURE));
        let c4 = "page=1&page_size=100&search=%E9%87%91%E8%9D%B6+A%26B%2Fc*%7E%2B";
        let c = ("1234567890", "1700000000000");
        let vectors = [
            (
                "b",
                "f2adcfef73369bfc4e1384677d38a0ff",
                Method::GET,
                token,
                b,
                ("4427456950", "1670305063559"),
                "OTFiZTliNDFiMjNkYTI3YzVhNzg4MDI4ZGU3MWY1ZTA5ZTk1NjVlNGM1YTI1ZjIxY2Y5YTA3ZGY2OGI1MGQ1MQ==",
            ),
            (
                "c1",
                SECRET,
                Method::GET,
                token,
                &c1,
                c,
                "MWEyM2E2Njk0YWUwNWQxNjEwZDQyMWRjZDZkNjBjYmYwNzJhYTljMmVjZDVmZjNiMDU1NWVhYThjMDc3ZmIxNw==",
            ),
            (
                "c2",
                SECRET,
                Method::POST,
                authorise,
                "outerInstanceId=226079154111025152",
                c,
                "MzA5Zjc1Mjk2YjUyNzYwNmEwZTlmODJkY2JlYzlmNzEwMjczZWQxMDA1MzlkMTJmZTE5YTI4MzUzYTU2YWQxOQ==",
            ),
            (
                "c3",
                SECRET,
                Method::POST,
                customer,
                "",
                c,
                "YjQ4YjZhNDQ2YTgyMThmNzEwZDU2YzNiMDM0M2Y5NzFkNzc5ZDBmNTA1MDEzYTk1MDdlNDQ2YmNiNGVhOGNkZg==",
            ),
            (
                "c4",
                SECRET,
                Method::GET,
                customer,
                c4,
                c,
                "NTg1NmI5NmNmNjA0OWMyMTg1OTFmNWM0MTgyOWNhODgxZWM5MzExYjFkMzlmMjQ2NDcyNGI1YzViNzg3OWFjMg==",
            ),
        ];
        for (name, secret, method, path, query, (nonce, timestamp), expected) in vectors {
            for read in [from_decoded(query), from_raw(query)] {
                let plain = plaintext(&method, path, &read, nonce, timestamp);
                assert_eq!(signature(secret, &plain), expected, "2.1 {name}: {plain}");
            }
        }
    }

    #[test]
    fn other_ways_to_write_the_same_query_are_the_same_only_when_it_is_decoded() {
        let (java, other) = ("search=a+b*c%7E&page=1", "page=1&search=a%20b%2Ac~");
        assert_eq!(from_decoded(java), from_decoded(other));
        assert_ne!(from_raw(java), from_raw(other));
    }
}
