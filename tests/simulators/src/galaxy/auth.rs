//! Who is calling: signed headers (`vendors/kingdee.md` 1.2) and sessions (1.5).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use hyper::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::NOT_WHITELISTED;
use super::config::{SignatureHeaders, Switches};
use super::envelope::{Envelope, Op};

/// One set of credentials. The default is the synthetic account of `vendors/kingdee.md` 1.2.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The account set (账套), `acctId`.
    pub acct_id: String,
    /// The user that calls are made as.
    pub user: String,
    /// The user's password, for ValidateUser alone.
    pub password: String,
    /// `<client id>_<32 base64 characters>`.
    pub app_id: String,
    /// The key of `X-Kd-Signature`, LoginByAppSecret and LoginBySign.
    pub app_secret: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            acct_id: "5f0000000000aa".into(),
            user: "demo".into(),
            password: "demo-password".into(),
            app_id: "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs".into(),
            app_secret: "00112233445566778899aabbccddeeff".into(),
        }
    }
}

impl Credentials {
    /// The client id and the key of `X-Api-Signature` that an AppId hides.
    pub(super) fn client(&self) -> (String, String) {
        const MASK: &[u8] = b"0054f397c6234378b09ca7d3e5debce7";
        match self.app_id.split('_').collect::<Vec<_>>()[..] {
            [id, hidden] if hidden.len() == 32 => {
                let bytes = BASE64.decode(hidden).unwrap_or_default();
                let clear: Vec<u8> = bytes.iter().zip(MASK).map(|(byte, mask)| byte ^ mask).collect();
                (id.to_owned(), BASE64.encode(clear))
            }
            [id, _] => (id.to_owned(), String::new()),
            _ => (String::new(), String::new()),
        }
    }
}

/// A session that a login or a signed call opened.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub user: String,
    pub last_used_ms: i64,
}

/// The open sessions by `kdservice-sessionid`.
pub(super) type Sessions = HashMap<String, Session>;

/// How a caller proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Signed { user: String },
    Session { id: String },
}

/// Why a caller was refused: for the call log, since the wire only says that the session is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Signature(String),
    Session(String),
}

/// What of a request the check needs.
pub(super) struct Presented<'a> {
    /// The path exactly as sent, and the query after `?`.
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
}

/// Verifies the signatures that are present; without any, looks for a live session.
pub(super) fn authenticate(
    request: &Presented<'_>,
    accounts: &[Credentials],
    sessions: &mut Sessions,
    switches: &Switches,
    now_ms: i64,
) -> Result<Caller, Refused> {
    let api = header(request.headers, "x-api-signature");
    let kd = header(request.headers, "x-kd-signature");
    if api.is_none() && kd.is_none() {
        return session(request.headers, sessions, switches, now_ms);
    }
    let refuse = |why: &str| Err(Refused::Signature(why.to_owned()));
    if switches.signature_headers == SignatureHeaders::Both && (api.is_none() || kd.is_none()) {
        return refuse("only one of X-Api-Signature and X-Kd-Signature is present");
    }
    let mut user = None;
    if let Some(sent) = api {
        user = Some(check_api(request, sent, accounts, switches, now_ms).map_err(Refused::Signature)?);
    }
    if let Some(sent) = kd {
        user = Some(check_kd(request.headers, sent, accounts).map_err(Refused::Signature)?);
    }
    match user {
        Some(user) => Ok(Caller::Signed { user }),
        None => refuse("no signature"),
    }
}

fn check_api(
    request: &Presented<'_>,
    sent: &str,
    accounts: &[Credentials],
    switches: &Switches,
    now_ms: i64,
) -> Result<String, String> {
    let need = |name: &str| header(request.headers, name).ok_or_else(|| format!("{name} is missing"));
    let client_id = need("x-api-clientid")?;
    let nonce = need("x-api-nonce")?;
    let timestamp = need("x-api-timestamp")?;
    if need("x-api-auth-version")? != "2.0" {
        return Err("X-Api-Auth-Version is not 2.0".into());
    }
    let mut signed: Vec<String> =
        need("x-api-signheaders")?.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    signed.sort();
    if signed != ["x-api-nonce", "x-api-timestamp"] {
        return Err("x-api-signheaders does not name x-api-timestamp and x-api-nonce".into());
    }
    check_timestamp(timestamp, switches, now_ms)?;
    if !request.query.is_empty() {
        return Err("a signed call has no query".into());
    }
    let account = accounts
        .iter()
        .find(|account| account.client().0 == client_id)
        .ok_or_else(|| format!("no account has the client id {client_id}"))?;
    let expected = sign_api(&account.client().1, request.path, nonce, timestamp);
    if expected == sent { Ok(account.user.clone()) } else { Err("X-Api-Signature does not match".into()) }
}

fn check_kd(headers: &HeaderMap, sent: &str, accounts: &[Credentials]) -> Result<String, String> {
    let app_id = header(headers, "x-kd-appkey").ok_or("X-Kd-Appkey is missing")?;
    let app_data = header(headers, "x-kd-appdata").ok_or("X-Kd-Appdata is missing")?;
    let app_data = BASE64.decode(app_data).map_err(|_| "X-Kd-Appdata is not base64")?;
    let app_data = String::from_utf8(app_data).map_err(|_| "X-Kd-Appdata is not UTF-8")?;
    let parts: Vec<&str> = app_data.split(',').collect();
    let [acct_id, user, lcid, _org] = parts[..] else {
        return Err("X-Kd-Appdata is not acctId,userName,lcid,orgNum".into());
    };
    if lcid.parse::<u32>().is_err() {
        return Err(format!("the lcid {lcid:?} in X-Kd-Appdata is not a number"));
    }
    let account = accounts
        .iter()
        .find(|a| a.app_id == app_id && a.acct_id == acct_id && a.user == user)
        .ok_or("no account has this AppId, acctId and user")?;
    let expected = sign_kd(&account.app_secret, app_id, &app_data);
    if expected == sent { Ok(account.user.clone()) } else { Err("X-Kd-Signature does not match".into()) }
}

/// Seconds (Python) or milliseconds (Java), by the number of digits.
fn check_timestamp(timestamp: &str, switches: &Switches, now_ms: i64) -> Result<(), String> {
    let number: i64 =
        timestamp.parse().map_err(|_| format!("the timestamp {timestamp:?} is not a number"))?;
    let sent_ms = if timestamp.len() >= 13 { number } else { number.saturating_mul(1000) };
    match switches.timestamp_tolerance_s {
        Some(tolerance) if sent_ms.abs_diff(now_ms) > u64::from(tolerance) * 1000 => {
            Err(format!("the timestamp is {} s off this clock", (sent_ms - now_ms) / 1000))
        }
        _ => Ok(()),
    }
}

fn session(
    headers: &HeaderMap,
    sessions: &mut Sessions,
    switches: &Switches,
    now_ms: i64,
) -> Result<Caller, Refused> {
    let id = session_id(headers).ok_or_else(|| Refused::Session("no signature and no session".into()))?;
    let Some(open) = sessions.get_mut(&id) else {
        return Err(Refused::Session("this session is not known".into()));
    };
    if now_ms - open.last_used_ms > i64::try_from(switches.session_ttl_s * 1000).unwrap_or(i64::MAX) {
        sessions.remove(&id);
        return Err(Refused::Session("this session has expired".into()));
    }
    open.last_used_ms = now_ms;
    Ok(Caller::Session { id })
}

/// The session that a request names: in the header of the Python or the Java SDK, or in the cookie.
/// The npm client echoes whole `Set-Cookie` lines with their attributes, so `path=/` may stand between.
pub(super) fn session_id(headers: &HeaderMap) -> Option<String> {
    if let Some(id) = header(headers, "kdservice-sessionid").or_else(|| header(headers, "sid")) {
        return Some(id.to_owned());
    }
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split([';', ',']))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| name.eq_ignore_ascii_case("kdservice-sessionid") && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// The outcome of a login: the session's user, or `LoginResultType` and message.
pub(super) fn login(
    op: Op,
    envelope: &Envelope,
    accounts: &[Credentials],
    switches: &Switches,
    now_ms: i64,
) -> Result<Credentials, (i32, String)> {
    // [DOC S15] 0 = wrong user or password. That an unknown account or app is −1 is our choice.
    const WRONG_PASSWORD: i32 = 0;
    const FAILURE: i32 = -1;
    let fail = |kind: i32, message: &str| Err((kind, message.to_owned()));
    let names: &[&str] = match op {
        Op::ValidateUser => &["acctID", "username", "password"],
        Op::LoginByAppSecret => &["acctId", "username", "appId", "appSecret"],
        _ => &["acctId", "username", "appId", "timestamp", "sign"],
    };
    let given: Vec<String> = envelope.named(names).into_iter().map(Option::unwrap_or_default).collect();
    if !accounts.iter().any(|a| a.acct_id == given[0]) {
        return fail(FAILURE, "数据中心不存在");
    }
    let Some(account) = accounts.iter().find(|a| a.acct_id == given[0] && a.user == given[1]) else {
        return fail(WRONG_PASSWORD, "用户名或密码错误");
    };
    match op {
        Op::ValidateUser if account.password != given[2] => return fail(WRONG_PASSWORD, "用户名或密码错误"),
        Op::LoginByAppSecret if account.app_id != given[2] || account.app_secret != given[3] => {
            return fail(FAILURE, "应用ID或应用密钥错误");
        }
        Op::LoginBySign => {
            let stale = check_timestamp(&given[3], switches, now_ms).is_err();
            if stale || account.app_id != given[2] || login_sign(account, &given[3]) != given[4] {
                return fail(FAILURE, "签名错误");
            }
        }
        _ => {}
    }
    if !switches.whitelisted {
        return fail(FAILURE, NOT_WHITELISTED);
    }
    match switches.login_result {
        Some(kind) if kind != 1 && kind != -5 => fail(kind, "登录失败"),
        _ => Ok(account.clone()),
    }
}

/// The body of a successful login (`vendors/kingdee.md` 1.5).
pub(super) fn login_body(account: &Credentials, kind: i32, session_id: &str, asp_session: &str) -> Value {
    json!({
        "Message": null, "MessageCode": "CheckPasswordPolicy", "LoginResultType": kind,
        "Context": {
            "UserLocale": "zh-CN", "LogLocale": "zh-CN", "DBid": account.acct_id, "DatabaseType": 3,
            "SessionId": asp_session, "UseLanguages": [{"LocaleId": 2052, "LocaleName": "中文(简体)", "Alias": "CN"}],
            "UserId": 100_001, "UserName": account.user, "CustomName": "演示公司", "DisplayVersion": "8.2.0",
            "DataCenterName": "演示账套", "UserToken": session_id,
            "CurrentOrganizationInfo": {"ID": 1, "AcctOrgType": "1", "Name": "演示公司", "FunctionIds": [101, 102]},
        },
        "KDSVCSessionId": session_id, "FormId": null, "RedirectFormParam": null, "FormInputObject": null,
        "ErrorStackTrace": null, "Lcid": 2052, "AccessToken": null, "CustomParam": {}, "KdAccessResult": null,
        "IsSuccessByAPI": true,
    })
}

/// The body of a refused login: the same keys, no session.
pub(super) fn login_refused(kind: i32, message: &str) -> Value {
    json!({
        "Message": message, "MessageCode": null, "LoginResultType": kind, "Context": null,
        "KDSVCSessionId": null, "FormId": null, "RedirectFormParam": null, "FormInputObject": null,
        "ErrorStackTrace": null, "Lcid": 0, "AccessToken": null, "CustomParam": {}, "KdAccessResult": null,
        "IsSuccessByAPI": false,
    })
}

fn sign_api(client_secret: &str, path: &str, nonce: &str, timestamp: &str) -> String {
    const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let path = utf8_percent_encode(path, SET);
    hmac_hex_base64(
        client_secret,
        &format!("POST\n{path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"),
    )
}

fn sign_kd(app_secret: &str, app_id: &str, app_data: &str) -> String {
    hmac_hex_base64(app_secret, &format!("{app_id}{app_data}"))
}

/// `lower_hex(SHA256(…))` over the ordinally sorted parts (`vendors/kingdee.md` 1.5).
fn login_sign(account: &Credentials, timestamp: &str) -> String {
    let mut parts = [&*account.acct_id, &account.user, &account.app_id, &account.app_secret, timestamp];
    parts.sort_unstable();
    hex::encode(Sha256::digest(parts.concat()))
}

fn hmac_hex_base64(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message.as_bytes());
    BASE64.encode(hex::encode(mac.finalize().into_bytes()))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vectors of `vendors/kingdee.md` 1.2.1, computed by the vendor's SDK.
    const VECTORS: &[(&str, &str)] = &[
        (
            "ExecuteBillQuery",
            "Y2M1MmY2ODJlOWFjOWNhYWEwMjk0NTU0OTUxZmY4Y2EwOGJmODY4NTE0OTk2YzA5NTE1ZWFmNGRiZDcyNWUyZA==",
        ),
        ("Save", "OGYyOGM2NWJjY2FlNjZhZjUyNzViOGRkNTllMzBjYzM3YWNkOGZmZTZkNDA4MGUzYTA4MDJhMGU4Yjg3NWFmOQ=="),
        (
            "BatchSave",
            "ZDEwYTM0YzVmNGE1YzM3MzkwMzM1ZmRkYjg2M2Q3NDFjMGY1NDNhNGZhZDM2ZmEwZTgzZGQwOWQ5M2QxNDU2MA==",
        ),
        (
            "Submit",
            "OGI3ZjQ3NGVjNGUxY2UwMTNmMTE3M2Q5MzcyNjM4MDQ1MDExNGVjMzIwMGEyNmYzMDEzYjI1YmQ4YWFmYmRhMQ==",
        ),
        ("Audit", "ZTg5YjI0ODkyYzA4NjkyZjNiYjNhYjhkZjAwNjE4OTQ3NjUxN2UxY2U5YTA1MzYxN2JjYmExNjZiNGQxNjMxNg=="),
        ("View", "ZjZlMTA2ZGYwYTJkNTIwZmQwY2ExNzNmOGFlMGQ4ZjQ4MjMwM2NjNmY2NmNkNDdkM2EyNzI0ODhjMzNhNTI3MA=="),
        (
            "BillQuery",
            "ODU3MDZkZTU2ZmE4M2E4MTZiZDYzODgxNzc3YjZiNTNkM2ZhYzNhYjY2NzFkN2FhZTY4NTA2OWUwOTQwYzgwNQ==",
        ),
        (
            "QueryAsyncResult",
            "MTUzYjllMDlmN2IyZTYwNTU2MmM2MjY4MjQzMTNmZTUyYTdkZGFkNzg5ZDNkNjQxMmU3NGIyZjgzNjUzYjBhMg==",
        ),
    ];
    const KD: &[(&str, &str)] = &[
        (
            "5f0000000000aa,demo,2052,0",
            "M2RiZmZjNGM1ODE4ZjA1ZWQzNDZkMWU2YzQzZTk2ODc4ZTBiMDc4MTU2ZWNkYjIzMDk5YzQyNzRhNTVhZDRiYw==",
        ),
        (
            "5f0000000000aa,demo,2052,100",
            "N2Y3NWJhZDA3OTg5NmVlYjVjM2EyNWY1OTdmN2EyY2M5NmNkOWZkMDM0YzYxZTNiNGFhNDFjNzkzZDYyNTQzMQ==",
        ),
        (
            "5f0000000000aa,demo,2052,null",
            "NDY0NmNmNzc5NDgyZjBhMTY5ZjAzYmU1ZmNhNGQ1OWM1MzlhMTk1ZGYwZGRiMDNjYzdiZjdhNzQ1Y2ExNTA2Mg==",
        ),
        (
            "5f0000000000aa,张三,2052,0",
            "Yjk1NDRmZjQ2YzlhOGY4YTYwZjlmNjNkMzFjMGI2MGVlOTdiNGFhNTU0NjM4YWY0OTg2YzBlZmY0MDhlZTYyNg==",
        ),
    ];
    const NOW: i64 = 1_700_000_000_000;

    fn path(op: &str) -> String {
        format!("/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{op}.common.kdsvc")
    }

    fn signed(path: &str, timestamp: &str, app_data: &str) -> HeaderMap {
        let account = Credentials::default();
        let (client_id, secret) = account.client();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-api-clientid", client_id),
            ("x-api-auth-version", "2.0".into()),
            ("x-api-timestamp", timestamp.into()),
            ("x-api-nonce", timestamp.into()),
            ("x-api-signheaders", "X-Api-TimeStamp,X-Api-Nonce".into()),
            ("x-api-signature", sign_api(&secret, path, timestamp, timestamp)),
            ("x-kd-appkey", account.app_id.clone()),
            ("x-kd-appdata", BASE64.encode(app_data)),
            ("x-kd-signature", sign_kd(&account.app_secret, &account.app_id, app_data)),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    fn check(path: &str, headers: &HeaderMap, switches: &Switches) -> Result<Caller, Refused> {
        let request = Presented { path, query: "", headers };
        authenticate(&request, &[Credentials::default()], &mut Sessions::new(), switches, NOW)
    }

    const APP_DATA: &str = "5f0000000000aa,demo,2052,0";

    #[test]
    fn the_vendors_vectors_come_out() {
        let account = Credentials::default();
        let (client_id, secret) = account.client();
        assert_eq!((&*client_id, &*secret), ("100001", "0123456789abcdef0123456789abcdef"));
        for (op, expected) in VECTORS {
            assert_eq!(sign_api(&secret, &path(op), "1700000000", "1700000000"), *expected, "{op}");
        }
        for (app_data, expected) in KD {
            assert_eq!(sign_kd(&account.app_secret, &account.app_id, app_data), *expected, "{app_data}");
        }
        let sign = "07d88f3c4ad93a88eb56d62afd6115d20647e535919acd2aaeb94439bf46a6c6";
        assert_eq!(login_sign(&account, "1700000000"), sign);
    }

    #[test]
    fn seconds_and_milliseconds_are_both_timestamps() {
        for timestamp in ["1700000000", "1700000000000"] {
            let headers = signed(&path("View"), timestamp, APP_DATA);
            assert!(check(&path("View"), &headers, &Switches::default()).is_ok(), "{timestamp}");
        }
    }

    #[test]
    fn the_path_is_signed_as_it_was_typed() {
        let lower = path("Save").to_lowercase();
        let headers = signed(&lower, "1700000000", APP_DATA);
        assert!(check(&lower, &headers, &Switches::default()).is_ok());
        assert!(matches!(check(&path("Save"), &headers, &Switches::default()), Err(Refused::Signature(_))));
    }

    #[test]
    fn what_is_wrong_with_a_signature_is_named() {
        let good = signed(&path("Save"), "1700000000", APP_DATA);
        for (header, value, why) in [
            ("x-api-signature", "AAAA", "X-Api-Signature"),
            ("x-kd-signature", "AAAA", "X-Kd-Signature"),
            ("x-api-nonce", "1", "X-Api-Signature"),
            ("x-api-auth-version", "1.0", "Version"),
            ("x-api-signheaders", "x-api-nonce", "signheaders"),
            ("x-api-clientid", "7", "client id"),
            ("x-kd-appkey", "other_x", "AppId"),
            ("x-kd-appdata", "bm90IGl0", "acctId"),
        ] {
            let mut headers = good.clone();
            headers.insert(header, value.parse().unwrap());
            match check(&path("Save"), &headers, &Switches::default()) {
                Err(Refused::Signature(said)) => assert!(said.contains(why), "{header}: {said}"),
                other => panic!("{header}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_timestamp_too_far_off_is_refused_only_where_the_server_looks() {
        let headers = signed(&path("Save"), "1699999600", APP_DATA);
        assert!(check(&path("Save"), &headers, &Switches::default()).is_err());
        let lax = Switches { timestamp_tolerance_s: None, ..Switches::default() };
        assert!(check(&path("Save"), &headers, &lax).is_ok());
    }

    #[test]
    fn one_signature_is_enough_only_where_the_server_ignores_the_other() {
        let either = Switches { signature_headers: SignatureHeaders::Either, ..Switches::default() };
        for missing in ["x-api-signature", "x-kd-signature"] {
            let mut headers = signed(&path("Save"), "1700000000", APP_DATA);
            headers.remove(missing);
            assert!(check(&path("Save"), &headers, &Switches::default()).is_err(), "{missing}");
            assert!(check(&path("Save"), &headers, &either).is_ok(), "{missing}");
        }
    }

    #[test]
    fn a_session_is_found_in_the_headers_and_cookies_of_all_clients() {
        for (name, value) in [
            ("kdservice-sessionid", "s1"),
            ("sid", "s1"),
            ("cookie", "Theme=standard;ASP.NET_SessionId=abc; kdservice-sessionid=s1"),
            ("cookie", "kdservice-sessionid=s1; path=/; ASP.NET_SessionId=x; path=/; HttpOnly"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(hyper::header::HeaderName::from_static(name), value.parse().unwrap());
            assert_eq!(session_id(&headers).as_deref(), Some("s1"), "{name}: {value}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("cookie", "[object Object]".parse().unwrap());
        assert_eq!(session_id(&headers), None);
    }
}
