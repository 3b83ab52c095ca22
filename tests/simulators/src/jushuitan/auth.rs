//! System parameters, signatures and time stamps of both interfaces (`vendors/sources.md` 1.1, 1.2, 1.8).

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde_json::{Map, Value};

use super::answer::Refusal;
use super::config::{Credentials, Switches};
use super::op::Op;
use crate::system::Request;

/// A call whose signature and time are right.
#[derive(Debug)]
pub(super) struct Verified {
    /// The access token; empty where none was sent.
    pub token: String,
    /// The business parameters, or those of a token endpoint.
    pub biz: Map<String, Value>,
}

pub(super) fn verify(
    op: Op,
    request: &Request,
    credentials: &Credentials,
    switches: &Switches,
    now_ms: i64,
) -> Result<Verified, Refusal> {
    if op.is_legacy() {
        legacy(request, credentials, switches, now_ms)
    } else {
        current(op, request, credentials, switches, now_ms)
    }
}

fn current(
    op: Op,
    request: &Request,
    credentials: &Credentials,
    switches: &Switches,
    now_ms: i64,
) -> Result<Verified, Refusal> {
    // Everything is in the form; what stands in the query of the URL is not looked at.
    if !request.header("content-type").to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::Missing("app_key"));
    }
    let mut form = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(&request.body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refusal::Signature);
        }
    }
    let needed: &[&'static str] = match op {
        Op::GetInitToken => &["app_key", "timestamp", "grant_type", "charset", "code", "sign"],
        Op::RefreshToken => {
            &["app_key", "timestamp", "grant_type", "charset", "refresh_token", "scope", "sign"]
        }
        _ => &["app_key", "timestamp", "version", "charset", "biz", "sign"],
    };
    for name in needed {
        if form.get(*name).is_none_or(String::is_empty) {
            return Err(Refusal::Missing(name));
        }
    }
    if form["app_key"] != credentials.app_key {
        return Err(Refusal::Partner);
    }
    if form["sign"] != sign(&credentials.app_secret, &form) {
        return Err(Refusal::Signature);
    }
    check_time(&form["timestamp"], switches, now_ms)?;
    let fixed: &[(&str, &str)] = match op {
        Op::GetInitToken => &[("grant_type", "authorization_code"), ("charset", "utf-8")],
        Op::RefreshToken => &[("grant_type", "refresh_token"), ("charset", "utf-8"), ("scope", "all")],
        _ => &[("version", "2"), ("charset", "utf-8")],
    };
    for (name, value) in fixed {
        if form[*name] != *value {
            return Err(Refusal::Parameter(format!("参数{name}应为{value}")));
        }
    }
    let biz = match form.get("biz") {
        Some(biz) => object(biz.as_bytes())?,
        None => form.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect(),
    };
    Ok(Verified { token: form.get("access_token").cloned().unwrap_or_default(), biz })
}

fn legacy(
    request: &Request,
    credentials: &Credentials,
    switches: &Switches,
    now_ms: i64,
) -> Result<Verified, Refusal> {
    let query = request.parameters();
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    for name in ["partnerid", "token", "method", "ts", "sign"] {
        if value(name).is_empty() {
            return Err(Refusal::Missing(name));
        }
    }
    if value("partnerid") != credentials.partner_id {
        return Err(Refusal::Partner);
    }
    // "general rule: other system params key+value in passing order, excluding sign, method, partnerid".
    let mut digest = Md5::new();
    digest.update(value("method"));
    digest.update(&credentials.partner_id);
    for (name, value) in query.iter().filter(|(name, _)| !["sign", "method", "partnerid"].contains(&&**name))
    {
        digest.update(name);
        digest.update(value);
    }
    digest.update(&credentials.partner_key);
    if hex::encode(digest.finalize()) != value("sign") {
        return Err(Refusal::Signature);
    }
    check_time(value("ts"), switches, now_ms)?;
    if !request.header("content-type").to_ascii_lowercase().starts_with("application/json") {
        return Err(Refusal::Missing("body"));
    }
    Ok(Verified { token: value("token").to_owned(), biz: object(&request.body)? })
}

/// The secret, then key and value of all fields that are not empty, in the order of the keys (1.2).
fn sign(secret: &str, form: &BTreeMap<String, String>) -> String {
    let mut text = secret.to_owned();
    for (name, value) in form {
        if name != "sign" && !value.is_empty() {
            text += name;
            text += value;
        }
    }
    hex::encode(Md5::digest(text))
}

/// Ten digits, seconds, not too far off.
fn check_time(timestamp: &str, switches: &Switches, now_ms: i64) -> Result<(), Refusal> {
    let seconds: i64 = timestamp.parse().map_err(|_| Refusal::Timestamp)?;
    let off = seconds.saturating_mul(1000).abs_diff(now_ms);
    if timestamp.len() == 10 && off <= u64::from(switches.timestamp_tolerance_s) * 1000 {
        Ok(())
    } else {
        Err(Refusal::Timestamp)
    }
}

fn object(json: &[u8]) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(json).map_err(|_| Refusal::Parameter("业务参数应为JSON对象".into()))
}

#[cfg(test)]
mod tests {
    use hyper::Method;
    use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

    use super::*;

    fn form(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_vectors_of_the_documents_come_out() {
        let credentials = Credentials::default();
        let token = form(&[
            ("timestamp", "1639128407"),
            ("app_key", &credentials.app_key),
            ("grant_type", "authorization_code"),
            ("charset", "utf-8"),
            ("code", "123456"),
        ]);
        assert_eq!(sign(&credentials.app_secret, &token), "05e3a51e19e0883afd1882ccd309e0b9");
        let call = form(&[
            ("version", "2"),
            ("timestamp", "1639128407"),
            ("app_key", &credentials.app_key),
            ("access_token", "d7b01bf0842a4742a9450e21ffd95f60"),
            ("charset", "utf-8"),
            ("biz", r#"{"page_index":"1","page_size":"100","nicks":["老板"]}"#),
            ("sign", "x"),
            ("empty", ""),
        ]);
        assert_eq!(sign(&credentials.app_secret, &call), "395f5a78b446be465ac03a02491296c7");
    }

    fn verified(query: &str, body: &str, now: i64) -> Result<Verified, Refusal> {
        let json = HeaderValue::from_static("application/json;charset=utf-8");
        let request = Request {
            method: Method::POST,
            uri: format!("/api/open/query.aspx?{query}").parse().unwrap(),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
            body: body.to_owned().into(),
        };
        legacy(&request, &Credentials::default(), &Switches::default(), now * 1000)
    }

    #[test]
    fn the_legacy_vectors_are_accepted_and_nothing_else() {
        let account = "partnerid=ywv5jGT8ge6Pvlq3FZSPol345asd&token=181ee8952a88f5a57db52587472c3798";
        for (ts, sign) in [
            (1_608_000_837, "403697654caffbbfe21a841782b6af8f"),
            (1_540_370_062, "aebf9d0146764d578d9c86e3b7783204"),
        ] {
            let query = format!("{account}&method=shops.query&ts={ts}&sign={sign}");
            assert!(verified(&query, "{}", ts).is_ok());
            assert_eq!(
                verified(&query, "[]", ts).unwrap_err(),
                Refusal::Parameter("业务参数应为JSON对象".into())
            );
            assert_eq!(verified(&query, "{}", ts + 901).unwrap_err(), Refusal::Timestamp);
            let other = query.replace("shops.query", "other.inout.query");
            assert_eq!(verified(&other, "{}", ts).unwrap_err(), Refusal::Signature);
            // What is added must be signed too.
            assert_eq!(verified(&format!("{query}&x=1"), "{}", ts).unwrap_err(), Refusal::Signature);
            assert_eq!(
                verified(&query.replace("token=", "t="), "{}", ts).unwrap_err(),
                Refusal::Missing("token")
            );
        }
    }
}
