//! What an error of 聚水潭 means: words, HTTP status and `code` (`vendors/sources.md` 1.5).
//!
//! Three generations of the code table contradict each other (100 is an expired token, or wrong partner
//! parameters; 140 a wrong time stamp, or wrong parameters; 150 a forbidden renewal, or an internal error), and
//! none has a code for a wrong parameter of the current interface. So the words come first, then the code as
//! the interface in use has it. The words for parameter errors are ours, taken from the documents' rules.
//!
//! No error here is of class [`Row`](crate::Class::Row): 聚水潭 is only read from.

use http::StatusCode;

use super::Api;
use crate::Class::{Credentials, Fatal, RateLimit, Transport};
use crate::Error;
use crate::rules::{self, Rule, code, otherwise, status, text};

/// Whatever the interface.
#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    // Words first: these come with codes that mean something else in another generation of the table.
    text(&["白名单"], Fatal, "ip_refused",
        "聚水潭 does not accept this address. Add the outgoing address of this machine to the app's IP whitelist on the open platform.",
        "聚水潭不接受来自该 IP 的访问。请在开放平台应用设置中把本机出口 IP 加入白名单。"),
    text(&["禁止刷新"], Fatal, "renewal_forbidden",
        "The app of a service provider may not renew its token. Have the merchant authorise the app again and set jushuitan_access_token to the new token.",
        "服务商应用禁止刷新令牌。请让商家重新授权，并把新的令牌填入 jushuitan_access_token。"),
    text(&["签名"], Fatal, "wrong_signature",
        "The signature does not fit. Check jushuitan_app_key and jushuitan_app_secret (legacy: partnerid and partnerkey), and that jushuitan_api names the right interface.",
        "签名不正确。请检查 jushuitan_app_key 和 jushuitan_app_secret（旧版为 partnerid 和 partnerkey），以及 jushuitan_api 是否选对接口。"),
    text(&["timestamp", "时间戳", "TS无效", "TS 无效"], Transport, "clock_skew",
        "The time of the call is not that of the vendor. Ferry asks again with a new one; if it lasts, set this machine's clock (NTP).",
        "请求时间与聚水潭服务器相差过大。Ferry 会用新的时间重试；若持续出现，请校准本机时钟（NTP）。"),
    text(&["频繁", "频次", "超频率", "超过频率"], RateLimit, "too_many_requests",
        "Too many calls (5 a second, 100 a minute). Ferry waits and asks again; if it lasts, another program uses the same app.",
        "调用过于频繁（每秒 5 次、每分钟 100 次）。Ferry 会等待后重试；若持续出现，说明有其他程序在使用同一应用。"),
    text(&["access_token已过期", "access_token超时", "无效的access_token", "Token超时", "Token 超时", "Token已超时", "Token 已超时", "Token已过期", "token超时", "token 超时", "token已过期"],
        Credentials, "token_expired",
        "The token is not or no longer good. Ferry renews it once; if it comes back at once, authorise the app again on the open platform.",
        "令牌无效或已过期，Ferry 会续期一次。若立即再次出现，请在开放平台重新授权。"),
    text(&["合作"], Fatal, "wrong_partner",
        "The partner is not known. Check jushuitan_app_key (partnerid), jushuitan_app_secret (partnerkey) and jushuitan_access_token.",
        "合作方信息不正确。请检查 jushuitan_app_key（partnerid）、jushuitan_app_secret（partnerkey）和 jushuitan_access_token。"),
    text(&["无权限", "没有权限", "申请API权限", "申请该接口权限"], Fatal, "no_permission",
        "The app may not use this interface. Apply for it on the open platform.",
        "应用没有该接口的权限，请在开放平台申请。"),
    text(&["不能超过", "不能大于", "不能同时为空", "必须同时", "page_size", "page_index", "参数", "不能为空"], Fatal, "wrong_request",
        "聚水潭 does not accept a parameter, for the reason it gives. Check `request` in the flow file: at most 7 days, 50 rows (shops 100), 50 ids.",
        "聚水潭不接受某个参数，原因见消息。请检查流程文件的 request：时间跨度不超过 7 天，每页不超过 50 行（店铺 100），编号不超过 50 个。"),
    text(&["系统繁忙", "系统异常", "内部处理", "内部异常", "内部保存", "稍后"], Transport, "server_error",
        "聚水潭 failed inside. Ferry asks again.",
        "聚水潭内部异常，Ferry 会重试。"),

    status(429..=429, RateLimit, "too_many_requests",
        "A gateway asks for fewer calls. Ferry waits and asks again.",
        "网关要求降低调用频率，Ferry 会等待后重试。"),
    status(408..=408, Transport, "server_timeout",
        "The server gave up waiting. Ferry asks again.",
        "服务器等待超时，Ferry 会重试。"),
    status(404..=405, Fatal, "wrong_path",
        "No such interface at this address. Check jushuitan_host and jushuitan_api: openapi.jushuitan.com has the current one, open.erp321.com the legacy one.",
        "该地址没有此接口。请检查 jushuitan_host 和 jushuitan_api：新版为 openapi.jushuitan.com，旧版为 open.erp321.com。"),
    status(300..=399, Fatal, "redirected",
        "The server points elsewhere. Check jushuitan_scheme (https or http) and jushuitan_host.",
        "服务器返回了重定向。请检查 jushuitan_scheme（https 或 http）和 jushuitan_host。"),
    status(400..=499, Fatal, "http_refused",
        "A gateway refuses the call as it is. Check jushuitan_host, and whether a firewall or a whitelist stands between.",
        "网关拒绝了该请求。请检查 jushuitan_host 以及中间的防火墙和白名单。"),
    status(500..=599, Transport, "server_error",
        "聚水潭 or a gateway before it failed. Ferry asks again.",
        "聚水潭或其网关出错，Ferry 会重试。"),
    code(&[199, 200], RateLimit, "too_many_requests",
        "Too many calls (199: more than 5 a second, 200: more than 100 a minute). Ferry waits and asks again; if it lasts, another program uses the same app.",
        "调用过于频繁（199：每秒超过 5 次，200：每分钟超过 100 次）。Ferry 会等待后重试；若持续出现，说明有其他程序在使用同一应用。"),
    code(&[120], Fatal, "wrong_signature",
        "The signature does not fit. Check jushuitan_app_key and jushuitan_app_secret (legacy: partnerid and partnerkey).",
        "签名不正确。请检查 jushuitan_app_key 和 jushuitan_app_secret（旧版为 partnerid 和 partnerkey）。"),
    code(&[130], Fatal, "wrong_request",
        "聚水潭 does not accept what was sent. Check `request` in the flow file.",
        "聚水潭不接受所传数据。请检查流程文件的 request。"),
    code(&[180], Transport, "clock_skew",
        "The time of the call is not that of the vendor. Ferry asks again with a new one; if it lasts, set this machine's clock (NTP).",
        "请求时间与聚水潭服务器相差过大。Ferry 会用新的时间重试；若持续出现，请校准本机时钟（NTP）。"),
    code(&[190], Fatal, "no_permission",
        "The app may not use this interface. Apply for it on the open platform.",
        "应用没有该接口的权限，请在开放平台申请。"),
    code(&[150, 160], Transport, "server_error",
        "聚水潭 failed inside. Ferry asks again.",
        "聚水潭内部异常，Ferry 会重试。"),
    code(&[140], Fatal, "wrong_request",
        "聚水潭 does not accept a parameter. Check `request` in the flow file, and this machine's clock: in one generation of its codes this is a wrong time stamp.",
        "聚水潭不接受某个参数。请检查流程文件的 request 以及本机时钟：在某一版错误码中该代码表示时间戳无效。"),
];

/// The codes of the current interface, newest table first.
#[rustfmt::skip]
const CURRENT: &[Rule] = &[
    code(&[100], Credentials, "token_expired",
        "The token is not or no longer good. Ferry renews it once; if it comes back at once, authorise the app again on the open platform.",
        "令牌无效或已过期，Ferry 会续期一次。若立即再次出现，请在开放平台重新授权。"),
    code(&[10], Fatal, "wrong_signature",
        "The signature does not fit. Check jushuitan_app_key and jushuitan_app_secret.",
        "签名不正确。请检查 jushuitan_app_key 和 jushuitan_app_secret。"),
    code(&[110], Fatal, "ip_refused",
        "聚水潭 does not accept this address. Add the outgoing address of this machine to the app's IP whitelist on the open platform.",
        "聚水潭不接受来自该 IP 的访问。请在开放平台应用设置中把本机出口 IP 加入白名单。"),
    code(&[170], Fatal, "wrong_request",
        "A shop of this number does not exist. Check `request` in the flow file.",
        "店铺编号不存在。请检查流程文件的 request。"),
];

/// The codes of the legacy interface.
#[rustfmt::skip]
const LEGACY: &[Rule] = &[
    code(&[170], Credentials, "token_expired",
        "The token is not or no longer good. Ferry extends it once; if it comes back at once, fetch a new one and set jushuitan_access_token.",
        "令牌无效或已过期，Ferry 会延期一次。若立即再次出现，请重新获取并填入 jushuitan_access_token。"),
    code(&[100], Fatal, "wrong_partner",
        "The partner or its token is not known. Check jushuitan_app_key (partnerid) and jushuitan_access_token.",
        "合作方编号或令牌不正确。请检查 jushuitan_app_key（partnerid）和 jushuitan_access_token。"),
];

/// What the token endpoints say, where it means something else than elsewhere.
#[rustfmt::skip]
const RENEWAL: &[Rule] = &[
    text(&["refresh_token", "refreshToken", "刷新令牌"], Credentials, "refresh_token_refused",
        "The refresh token is no longer good. Ferry asks for a first token again; if that is refused too, authorise the app again on the open platform.",
        "刷新令牌已失效，Ferry 会重新获取初始令牌；若仍被拒绝，请在开放平台重新授权。"),
];

const UNEXPECTED: Rule = otherwise(
    Fatal,
    "unexpected_answer",
    "聚水潭 answered something Ferry does not know. Nothing was skipped: the flow goes on from here when this is settled. Please report the message.",
    "聚水潭返回了 Ferry 不认识的内容。没有数据被跳过，解决后流程从此处继续。请反馈该消息。",
);

const GARBLED: Rule = otherwise(
    Transport,
    "garbled_answer",
    "The answer broke off, is no JSON or has no data. Ferry asks again; if it lasts, look at proxies and firewalls in between.",
    "应答不完整、不是 JSON 或没有数据，Ferry 会重试；若持续出现，请检查中间的代理和防火墙。",
);

const WEB_PAGE: Rule = otherwise(
    Fatal,
    "web_page",
    "A web page came instead of an answer, so this is not the open platform. Check jushuitan_host, and proxies in between.",
    "返回的是网页而不是接口应答，说明地址不是开放平台。请检查 jushuitan_host 以及中间的代理。",
);

/// The error of an answer with this HTTP status, this `code` (where there is one) and these words.
pub fn classify(api: Api, status: StatusCode, code: Option<i64>, message: &str) -> Error {
    let codes = match api {
        Api::Current => CURRENT,
        Api::Legacy => LEGACY,
    };
    first(&[RULES, codes], status, code, message)
}

/// The same for an answer of the token endpoints of the current interface.
pub(super) fn renewal(status: StatusCode, code: Option<i64>, message: &str) -> Error {
    first(&[RENEWAL, RULES, CURRENT], status, code, message)
}

fn first(tables: &[&[Rule]], status: StatusCode, code: Option<i64>, message: &str) -> Error {
    let vendor_code = match code {
        Some(code) => Some(code.to_string()),
        None => (status != StatusCode::OK).then(|| status.as_u16().to_string()),
    };
    let found = tables.iter().find_map(|table| rules::find(table, status.as_u16(), code, message));
    found.unwrap_or(&UNEXPECTED).error(vendor_code, message)
}

pub(super) fn garbled(said: &str) -> Error {
    GARBLED.error(None, said)
}

pub(super) fn web_page(said: &str) -> Error {
    WEB_PAGE.error(None, said)
}
