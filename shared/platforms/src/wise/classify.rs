//! What an error of K3 WISE means: words, HTTP status and `StatusCode` (`vendors/kingdee.md` 3.3).
//!
//! Two codes are known, 200 and 201 (`Faild`); the bodies for a refused token and a refused order are not, and
//! neither is the text for a number that is taken. So the words decide, and what nobody knows is a refusal of
//! the row when it answers a `Save`, and stops the flow when it answers anything else.

use http::StatusCode;

use crate::Class::{Credentials, Fatal, RateLimit, Row, Transport};
use crate::Error;
use crate::excerpt::without_secrets;
use crate::rules::{self, Rule, code, otherwise, status, text};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `GetList`, `GetTemplate`: asking again does no harm.
    Read,
    /// `Save`: without a clear answer the bill is in doubt.
    Save,
}

#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    // Words first: these come with any status and any StatusCode.
    text(&["Token", "token", "TOKEN", "令牌", "授权"], Credentials, "token_refused",
        "The token has expired or is not good. Ferry asks for another one once; if it comes back at once, check wise_authority_code, and in EBDI → API平台 what it gives access to.",
        "令牌已过期或无效，Ferry 会重新获取一次。若立即再次出现，请检查 wise_authority_code 以及 EBDI → API平台 中的授权范围。"),
    text(&["没有权限", "无权限", "权限不足"], Fatal, "no_permission",
        "The authority code does not give access to this object or field. Extend it in EBDI → API平台 → API授权.",
        "该授权码无权访问此单据或字段。请在 EBDI → API平台 → API授权 中勾选。"),
    text(&["许可", "加密狗", "站点数"], Fatal, "licence",
        "The ERP's licence does not allow this call. The administrator looks at the licence.",
        "ERP 许可不允许该调用，请管理员检查许可。"),
    text(&["已存在", "已经存在", "重复", "duplicate"], Row, "already_exists",
        "The ERP has a bill with this number. Ferry looks whether it is this order.",
        "ERP 中已有该编号的单据，Ferry 会核对是否为同一订单。"),
    text(&["死锁", "超时", "timeout", "Timeout", "deadlock"], Transport, "server_busy",
        "The ERP's database was busy. Ferry looks whether the bill is there and asks again.",
        "ERP 数据库繁忙，Ferry 会先确认单据是否已保存再重试。"),
    text(&["网络控制", "正在操作", "正在使用"], RateLimit, "locked_by_another",
        "Somebody is working on this in the ERP (网络控制). Ferry waits and asks again.",
        "该单据正被他人操作（网络控制冲突），Ferry 会等待后重试。"),

    status(401..=401, Credentials, "token_refused",
        "The token has expired or is not good. Ferry asks for another one once; if it comes back at once, check wise_authority_code.",
        "令牌已过期或无效，Ferry 会重新获取一次。若立即再次出现，请检查 wise_authority_code。"),
    status(429..=429, RateLimit, "too_many_requests",
        "The ERP asks for fewer calls. Ferry waits and asks again.",
        "ERP 要求降低调用频率，Ferry 会等待后重试。"),
    status(408..=408, Transport, "server_timeout",
        "The server gave up waiting. Ferry asks again.",
        "服务器等待超时，Ferry 会重试。"),
    status(404..=405, Fatal, "wrong_path",
        "No such interface at this address. Check wise_host, wise_path (usually /K3API/), and that the object in the flow file's api exists in this version of the ERP.",
        "该地址没有此接口。请检查 wise_host、wise_path（通常为 /K3API/），以及流程文件 api 中的单据在该版本 ERP 中是否存在。"),
    status(300..=399, Fatal, "redirected",
        "The server points elsewhere. Check wise_scheme (http or https), wise_host and wise_path.",
        "服务器返回了重定向。请检查 wise_scheme（http 或 https）、wise_host 和 wise_path。"),
    status(400..=499, Fatal, "http_refused",
        "A gateway or firewall before the ERP refuses the call. Check wise_host, wise_path, and its whitelist for the outgoing address of this machine.",
        "ERP 前的网关或防火墙拒绝了请求。请检查 wise_host、wise_path 以及其白名单是否包含本机出口 IP。"),
    status(500..=599, Transport, "server_error",
        "The ERP or a gateway before it failed. Ferry asks again; if it lasts, look at the ERP's own log.",
        "ERP 或其前置网关出错，Ferry 会重试；若持续出现，请查看 ERP 日志。"),

    code(&[401], Credentials, "token_refused",
        "The token has expired or is not good. Ferry asks for another one once; if it comes back at once, check wise_authority_code.",
        "令牌已过期或无效，Ferry 会重新获取一次。若立即再次出现，请检查 wise_authority_code。"),
    code(&[500, 502, 503, 504], Transport, "server_error",
        "The ERP failed inside. Ferry looks whether the bill is there and asks again; if it lasts, look at the ERP's own log.",
        "ERP 内部异常，Ferry 会先确认单据是否已保存再重试；若持续出现，请查看 ERP 日志。"),
];

/// What the token endpoint says, where it means something else than elsewhere.
#[rustfmt::skip]
const TOKEN: &[Rule] = &[
    text(&["授权", "authorityCode", "Token", "token"], Credentials, "login_refused",
        "The ERP does not know this authority code. Check wise_authority_code against EBDI → API平台, and that the enterprise is enabled there.",
        "ERP 不认识该授权码。请在 EBDI → API平台 中核对 wise_authority_code，并确认该企业已启用。"),
];

const REFUSED_TOKEN: Rule = otherwise(
    Credentials,
    "login_refused",
    "The ERP gives no token for this authority code. Check wise_authority_code against EBDI → API平台, and the reason that the ERP gives.",
    "ERP 没有为该授权码签发令牌。请在 EBDI → API平台 中核对 wise_authority_code，并参考 ERP 给出的原因。",
);

const REFUSED_ROW: Rule = otherwise(
    Row,
    "row_refused",
    "The ERP refuses this order, for the reason it gives. Mend the order or the flow file, then retry the dead letter.",
    "ERP 拒绝了该订单，原因见消息。修正数据或流程文件后重试该死信。",
);

const REFUSED_READ: Rule = otherwise(
    Fatal,
    "wrong_request",
    "The ERP does not accept the question. Nothing was skipped: the flow goes on from here when this is settled. Check the object in the flow file's api, and please report the message.",
    "ERP 不接受该查询。没有数据被跳过，解决后流程从此处继续。请检查流程文件 api 中的单据，并反馈该消息。",
);

const GARBLED: Rule = otherwise(
    Transport,
    "garbled_answer",
    "The answer broke off or is of an unknown shape. Ferry looks whether the bill is there and asks again; if it lasts, look at proxies and firewalls before the ERP.",
    "应答不完整或格式未知，Ferry 会先确认单据是否已保存再重试；若持续出现，请检查 ERP 前的代理和防火墙。",
);

const NO_BILL_NUMBER: Rule = otherwise(
    Transport,
    "no_bill_number",
    "The ERP says neither that the bill is saved nor that it is refused. Ferry looks whether it is there before it asks again.",
    "ERP 既没有返回单据编号也没有拒绝，Ferry 会先确认单据是否已保存再重试。",
);

const FOREIGN: Rule = otherwise(
    Credentials,
    "no_json",
    "The answer is no JSON; an expired token may look so. Ferry asks for another token once; if it comes back, check wise_path (usually /K3API/), proxies in between, and that the API's transport encryption is off.",
    "返回的不是 JSON，令牌过期时可能如此，Ferry 会重新获取令牌一次。若再次出现，请检查 wise_path（通常为 /K3API/）、中间的代理，以及 API 传输加密是否关闭。",
);

const WEB_PAGE: Rule = otherwise(
    Fatal,
    "web_page",
    "A web page came instead of a token, so this is not the K3API. Check wise_host, wise_path (usually /K3API/), and proxies in between.",
    "返回的是网页而不是令牌，说明地址不是 K3API。请检查 wise_host、wise_path（通常为 /K3API/）以及中间的代理。",
);

/// The error of an answer with this HTTP status, this `StatusCode` (where there is one) and these words.
pub fn classify(operation: Operation, status: StatusCode, code: Option<i64>, message: &str) -> Error {
    let otherwise = match operation {
        Operation::Save => &REFUSED_ROW,
        Operation::Read => &REFUSED_READ,
    };
    first(&[RULES], otherwise, status, code, message)
}

/// The same for an answer of the token endpoint.
pub(super) fn of_token(status: StatusCode, code: Option<i64>, message: &str) -> Error {
    first(&[TOKEN, RULES], &REFUSED_TOKEN, status, code, message)
}

/// A row that is refused inside an answer of success: the token was good.
pub(super) fn row(message: &str) -> Error {
    let found = rules::find(RULES, 200, None, message).filter(|rule| rule.is(Row) || rule.is(RateLimit));
    found.unwrap_or(&REFUSED_ROW).error(None, &without_secrets(message))
}

fn first(
    tables: &[&[Rule]],
    otherwise: &'static Rule,
    status: StatusCode,
    code: Option<i64>,
    message: &str,
) -> Error {
    let vendor_code = match code {
        Some(code) => Some(code.to_string()),
        None => (status != StatusCode::OK).then(|| status.as_u16().to_string()),
    };
    let found = tables.iter().find_map(|table| rules::find(table, status.as_u16(), code, message));
    found.unwrap_or(otherwise).error(vendor_code, &without_secrets(message))
}

pub(super) fn garbled(said: &str) -> Error {
    GARBLED.error(None, &without_secrets(said))
}

pub(super) fn no_bill_number(said: &str) -> Error {
    NO_BILL_NUMBER.error(None, &without_secrets(said))
}

/// An answer that never was JSON: to a question it may be how an expired token looks, a `Save` is in doubt.
pub(super) fn foreign(operation: Operation, said: &str) -> Error {
    match operation {
        Operation::Read => FOREIGN.error(None, &without_secrets(said)),
        Operation::Save => GARBLED.error(None, &without_secrets(said)),
    }
}

pub(super) fn web_page(said: &str) -> Error {
    WEB_PAGE.error(None, &without_secrets(said))
}
