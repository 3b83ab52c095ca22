//! What an error of OKKI means: words, `code` and HTTP status (`vendors/sources.md` 3.2, 3.4, 3.5).
//!
//! Only two codes are published, 200 and 404. That an expired token comes with HTTP 401 is what clients rely
//! on; its body, and all that is said of a missing scope, is unconfirmed, so that the words of OAuth2 are
//! looked for whatever the status. What the other codes mean is taken from HTTP, whose figures OKKI uses.

use http::StatusCode;

use crate::Class::{Credentials, Fatal, RateLimit, Row, Transport};
use crate::Error;
use crate::excerpt::without_secrets;
use crate::rules::{self, Rule, code, otherwise, status, text};

#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    // Words first: these come with any status and any code.
    text(&["no permission", "scopes", "invalid_scope", "insufficient_scope"], Fatal, "no_permission",
        "The token is not for this module. Add the module to okki_scope: invoices for orders, company for customers.",
        "令牌没有该模块的权限。请在 okki_scope 中加上对应模块：订单为 invoices，客户为 company。"),
    text(&["access_denied", "invalid_token", "Access token", "access token", "access_token", "Unauthenticated", "Unauthorized"],
        Credentials, "token_expired",
        "The token has expired or is not good. Ferry asks for another one once; if it comes back at once, check okki_client_id and okki_client_secret.",
        "令牌已过期或无效，Ferry 会重新获取一次。若立即再次出现，请检查 okki_client_id 和 okki_client_secret。"),
    text(&["invalid_client", "Client authentication failed", "user.authentication.failed", "invalid_credentials", "invalid_grant"],
        Credentials, "login_refused",
        "OKKI does not know these credentials. Check okki_client_id and okki_client_secret in 企业管理 → 外部对接 → API对接; they may have been changed.",
        "OKKI 不认识该凭据。请在 企业管理 → 外部对接 → API对接 中核对 okki_client_id 和 okki_client_secret，可能已被修改。"),
    text(&["Not Found Resource"], Row, "not_found",
        "OKKI has no such record, or no longer. If it is there for people, ask OKKI's support with the time of the call.",
        "OKKI 中没有该记录，或已被删除。若界面上能看到，请带上请求时间联系小满对接群。"),

    status(401..=401, Credentials, "token_expired",
        "The token has expired or is not good. Ferry asks for another one once; if it comes back at once, check okki_client_id and okki_client_secret.",
        "令牌已过期或无效，Ferry 会重新获取一次。若立即再次出现，请检查 okki_client_id 和 okki_client_secret。"),
    status(429..=429, RateLimit, "too_many_requests",
        "OKKI asks for fewer calls. Ferry waits and asks again.",
        "OKKI 要求降低调用频率，Ferry 会等待后重试。"),
    status(408..=408, Transport, "server_timeout",
        "The server gave up waiting. Ferry asks again.",
        "服务器等待超时，Ferry 会重试。"),
    status(404..=405, Fatal, "wrong_path",
        "No such interface at this address. Check okki_host: api-sandbox.xiaoman.cn is the production system.",
        "该地址没有此接口。请检查 okki_host：api-sandbox.xiaoman.cn 即正式环境。"),
    status(300..=399, Fatal, "redirected",
        "The server points elsewhere. Check okki_scheme (https or http) and okki_host.",
        "服务器返回了重定向。请检查 okki_scheme（https 或 http）和 okki_host。"),
    status(400..=499, Fatal, "http_refused",
        "OKKI or a gateway refuses the call as it is. Check `request` in the flow file, and okki_host.",
        "OKKI 或网关拒绝了该请求。请检查流程文件的 request 以及 okki_host。"),
    status(500..=599, Transport, "server_error",
        "OKKI or a gateway before it failed. Ferry asks again.",
        "OKKI 或其网关出错，Ferry 会重试。"),

    code(&[401], Credentials, "token_expired",
        "The token has expired or is not good. Ferry asks for another one once; if it comes back at once, check okki_client_id and okki_client_secret.",
        "令牌已过期或无效，Ferry 会重新获取一次。若立即再次出现，请检查 okki_client_id 和 okki_client_secret。"),
    code(&[404], Row, "not_found",
        "OKKI has no such record, or no longer. If it is there for people, ask OKKI's support with the time of the call.",
        "OKKI 中没有该记录，或已被删除。若界面上能看到，请带上请求时间联系小满对接群。"),
    code(&[429], RateLimit, "too_many_requests",
        "OKKI asks for fewer calls. Ferry waits and asks again.",
        "OKKI 要求降低调用频率，Ferry 会等待后重试。"),
    code(&[403], Fatal, "no_permission",
        "OKKI does not allow this call. Check okki_scope (invoices for orders, company for customers), and that API对接 is enabled.",
        "OKKI 不允许该调用。请检查 okki_scope（订单为 invoices，客户为 company）以及 API对接 是否已开通。"),
    code(&[400, 422], Fatal, "wrong_request",
        "OKKI does not accept a parameter, for the reason it gives. Check `request` in the flow file.",
        "OKKI 不接受某个参数，原因见消息。请检查流程文件的 request。"),
    code(&[500, 502, 503, 504], Transport, "server_error",
        "OKKI failed inside. Ferry asks again.",
        "OKKI 内部异常，Ferry 会重试。"),
    text(&["server_error", "繁忙", "超时", "稍后"], Transport, "server_error",
        "OKKI failed inside. Ferry asks again.",
        "OKKI 内部异常，Ferry 会重试。"),
    otherwise(Fatal, "unexpected_answer",
        "OKKI answered something Ferry does not know. Nothing was skipped: the flow goes on from here when this is settled. Please report the message.",
        "OKKI 返回了 Ferry 不认识的内容。没有数据被跳过，解决后流程从此处继续。请反馈该消息。"),
];

/// What the token endpoint says, where it means something else than elsewhere.
#[rustfmt::skip]
const TOKEN: &[Rule] = &[
    text(&["invalid_scope", "no permission", "scope"], Fatal, "wrong_scope",
        "OKKI does not grant these modules. Correct okki_scope: invoices for orders, company for customers, separated by one blank.",
        "OKKI 不授予这些模块。请修正 okki_scope：订单为 invoices，客户为 company，以一个空格分隔。"),
    text(&["unsupported_grant_type", "invalid_request"], Fatal, "login_failed",
        "OKKI does not accept this kind of login. Check okki_client_id, okki_client_secret and okki_scope, and that API对接 is enabled.",
        "OKKI 不接受该登录方式。请检查 okki_client_id、okki_client_secret 和 okki_scope，以及 API对接 是否已开通。"),
    text(&["invalid_client", "Client authentication failed", "user.authentication.failed", "invalid_credentials", "invalid_grant", "access_denied"],
        Credentials, "login_refused",
        "OKKI does not know these credentials. Check okki_client_id and okki_client_secret in 企业管理 → 外部对接 → API对接; they may have been changed.",
        "OKKI 不认识该凭据。请在 企业管理 → 外部对接 → API对接 中核对 okki_client_id 和 okki_client_secret，可能已被修改。"),
    status(400..=401, Credentials, "login_refused",
        "OKKI does not accept these credentials. Check okki_client_id and okki_client_secret in 企业管理 → 外部对接 → API对接.",
        "OKKI 不接受该凭据。请在 企业管理 → 外部对接 → API对接 中核对 okki_client_id 和 okki_client_secret。"),
];

const GARBLED: Rule = otherwise(
    Transport,
    "garbled_answer",
    "The answer broke off, is no JSON or has no data. Ferry asks again; if it lasts, look at proxies and firewalls in between.",
    "应答不完整、不是 JSON 或没有数据，Ferry 会重试；若持续出现，请检查中间的代理和防火墙。",
);

const WEB_PAGE: Rule = otherwise(
    Fatal,
    "web_page",
    "A web page came instead of an answer, so this is not OKKI's interface. Check okki_host (api-sandbox.xiaoman.cn), and proxies in between.",
    "返回的是网页而不是接口应答，说明地址不是 OKKI 接口。请检查 okki_host（api-sandbox.xiaoman.cn）以及中间的代理。",
);

/// The error of an answer with this HTTP status, this `code` (where there is one) and these words.
pub fn classify(status: StatusCode, code: Option<i64>, message: &str) -> Error {
    first(&[RULES], status, code, message)
}

/// The same for an answer of the token endpoint.
pub(super) fn of_token(status: StatusCode, code: Option<i64>, message: &str) -> Error {
    first(&[TOKEN, RULES], status, code, message)
}

fn first(tables: &[&[Rule]], status: StatusCode, code: Option<i64>, message: &str) -> Error {
    let vendor_code = match code {
        Some(code) => Some(code.to_string()),
        None => (status != StatusCode::OK).then(|| status.as_u16().to_string()),
    };
    let found = tables.iter().find_map(|table| rules::find(table, status.as_u16(), code, message));
    found.expect("the last table ends with `otherwise`").error(vendor_code, &without_secrets(message))
}

pub(super) fn garbled(said: &str) -> Error {
    GARBLED.error(None, &without_secrets(said))
}

pub(super) fn web_page(said: &str) -> Error {
    WEB_PAGE.error(None, &without_secrets(said))
}
