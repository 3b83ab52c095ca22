//! What an error of 星辰 means: HTTP status, `errcode` and words (`vendors/kingdee.md` 2.7).
//!
//! Three tables of codes are in use at once: those of the norm (10 digits for a business error, up to 999 for
//! the gateway), and those of the vendor's own jar (4001 to 5007 with HTTP 519), whose body is unconfirmed: its
//! words decide where there is no code. The norm says that texts may vary; nothing but the name of a field
//! depends on them where there is a code.

use http::StatusCode;

use crate::Class::{Credentials, Fatal, RateLimit, Row, Transport};
use crate::Error;
use crate::rules::{self, Rule, code, otherwise, status, status_text, text};

#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    // 1030002006 has two meanings: "格式不正确", and this one at the token endpoint.
    text(&["授权密钥"], Credentials, "app_secret_rotated",
        "The secret of the account set has changed, as it does every 24 hours. Ferry authorises again.",
        "账套的 appSecret 已轮换（每 24 小时一次），Ferry 会重新获取授权。"),
    text(&["白名单", "IP地址", "IP 地址"], Fatal, "ip_refused",
        "The gateway does not accept this address. Add the outgoing address of this machine to the application's whitelist on open.jdy.com.",
        "网关不接受来自该 IP 的访问。请在云星辰开放平台把本机出口 IP 加入应用白名单。"),

    // The gateway, by its words, which say more than 401 does, and may come without a code at all.
    text(&["X-Api-Signature"], Fatal, "bad_signature",
        "The gateway refuses the signature. Check jdy_client_secret, character by character.",
        "网关拒绝了签名。请逐字核对 jdy_client_secret。"),
    text(&["X-Api-TimeStamp", "X-Api-Timestamp"], Fatal, "clock_off",
        "The time of the signature is more than 5 minutes off the gateway's clock. Set this machine's clock.",
        "签名时间与网关时钟相差超过 5 分钟。请校准本机时钟。"),
    text(&["X-Api-ClientID"], Fatal, "client_refused",
        "The gateway does not know this application. Check jdy_client_id and jdy_client_secret on open.jdy.com.",
        "网关不认识该应用。请在云星辰开放平台核对 jdy_client_id 和 jdy_client_secret。"),

    // The gateway, by the codes of the jar and of the norm.
    code(&[4001, 4002, 4003, 4004, 4005, 4007], Fatal, "client_refused",
        "The gateway does not know this application. Check jdy_client_id and jdy_client_secret on open.jdy.com.",
        "网关不认识该应用。请在云星辰开放平台核对 jdy_client_id 和 jdy_client_secret。"),
    code(&[4006], Fatal, "clock_off",
        "The time of the signature is more than 5 minutes off the gateway's clock. Set this machine's clock.",
        "签名时间与网关时钟相差超过 5 分钟。请校准本机时钟。"),
    code(&[4008], Fatal, "bad_signature",
        "The gateway refuses the signature. Check jdy_client_secret, character by character.",
        "网关拒绝了签名。请逐字核对 jdy_client_secret。"),
    code(&[401, 4009, 4010, 4011, 1_020_002_008], Credentials, "token_expired",
        "The token is gone; Ferry asks for another one once. If it comes back at once, the tenant has withdrawn the authorisation: grant it again on open.jdy.com.",
        "token 已失效，Ferry 会重新获取一次。若立即再次出现，说明租户已取消授权，请在云星辰开放平台重新授权。"),
    code(&[400], Fatal, "wrong_request",
        "The gateway cannot make sense of the request. If it lasts, please report the message.",
        "网关无法理解该请求。若持续出现，请反馈该消息。"),
    code(&[403, 4012], Fatal, "no_permission",
        "The application may not do this. Give it the right to this interface on open.jdy.com, and the integration user the right to customers in 星辰.",
        "应用没有该接口的权限。请在云星辰开放平台开通接口，并在星辰中授予集成用户客户资料权限。"),
    code(&[404, 5001], Fatal, "wrong_path",
        "The gateway does not know this interface, or does not know where the account set lives. jdy_host must be api.kingdee.com, not the tenant's own domain.",
        "网关不认识该接口或路由地址。jdy_host 必须是 api.kingdee.com，而不是租户自己的域名。"),
    code(&[429, 5007], RateLimit, "too_many_requests",
        "Too many calls: 500 a minute are allowed to an account set, 2 to the token. Ferry waits and asks again.",
        "调用过于频繁：每个账套每分钟 500 次，获取 token 每分钟 2 次。Ferry 会等待后重试。"),
    code(&[500, 503, 504, 5000, 5002, 5003, 5004, 5005, 5006, 1_000_002_001, 2_000_002_000], Transport, "server_error",
        "星辰 or the gateway before it failed. Ferry asks again; if it lasts, ask the vendor with the time of the call.",
        "星辰或其网关出错，Ferry 会重试；若持续出现，请携带调用时间联系金蝶。"),
    status(429..=429, RateLimit, "too_many_requests",
        "Too many calls: 500 a minute are allowed to an account set, 2 to the token. Ferry waits and asks again.",
        "调用过于频繁：每个账套每分钟 500 次，获取 token 每分钟 2 次。Ferry 会等待后重试。"),

    // 2.7, the common codes.
    text(&["名称已存在", "名称重复"], Row, "name_taken",
        "Another customer has this name. Set ignore_warn to true in the flow file if that is allowed, or correct one of the names.",
        "客户名称已存在。若允许同名，请在流程文件中设置 ignore_warn 为 true，否则请修改名称。"),
    code(&[1_030_002_002], Row, "duplicate_number",
        "A customer with this number is there already. Ferry looks it up: if it is so, it counts as already there.",
        "该编码的客户已存在。Ferry 会查询确认，若属实则计为已存在。"),
    code(&[1_030_002_003], Row, "reference_missing",
        "The customer, or something that it refers to (group, level, salesman …), is not there. Create it in 星辰 or correct the flow's value table, then retry.",
        "客户或其引用的资料（类别、等级、业务员等）不存在。请在星辰中新建，或修正流程的对照表，然后重试。"),
    code(&[1_030_002_000], Row, "required_field",
        "A field that 星辰 requires is empty. Add it to the flow file's mapping, or correct the record.",
        "星辰的必填字段为空。请在流程文件的映射中补充该字段，或修正数据。"),
    code(&[1_030_002_001, 1_030_002_006], Row, "bad_value",
        "A field has a value that 星辰 does not take: all but a few of its fields are texts. Correct the type in the flow file's mapping, or the record.",
        "字段类型或格式不符：星辰除少数字段外均为文本。请修正流程文件映射中的类型，或修正数据。"),
    code(&[1_030_002_005], Fatal, "too_many_rows",
        "Too much at once: 1000 rows are allowed to a query, 500 to a save. Correct pageSize in the flow file.",
        "单次数量超限：查询每次最多 1000 行，保存每次最多 500 行。请修正流程文件中的 pageSize。"),
    code(&[1_040_002_000, 1_040_003_000], Fatal, "tenant_configuration",
        "Something is not set up in the tenant's 星辰. The message says what; the administrator mends it there.",
        "租户的星辰配置有误，原因见消息，请管理员在星辰中处理。"),
    text(&["已存在", "组合值重复", "不能重复"], Row, "duplicate_number",
        "A customer with this number is there already. Ferry looks it up: if it is so, it counts as already there.",
        "该编码的客户已存在。Ferry 会查询确认，若属实则计为已存在。"),

    // HTTP, where the body gave nothing to go by.
    status(401..=401, Credentials, "token_expired",
        "The token is gone; Ferry asks for another one once. If it comes back at once, grant the authorisation again on open.jdy.com.",
        "token 已失效，Ferry 会重新获取一次。若立即再次出现，请在云星辰开放平台重新授权。"),
    status(300..=399, Fatal, "redirected",
        "The server points elsewhere. Check jdy_scheme (https) and jdy_host (api.kingdee.com).",
        "服务器返回了重定向。请检查 jdy_scheme（https）和 jdy_host（api.kingdee.com）。"),
    status(404..=405, Fatal, "wrong_path",
        "The gateway does not know this interface. jdy_host must be api.kingdee.com, not the tenant's own domain.",
        "网关不认识该接口。jdy_host 必须是 api.kingdee.com，而不是租户自己的域名。"),
    status(408..=408, Transport, "server_timeout",
        "The server gave up waiting. Ferry asks again.",
        "服务器等待超时，Ferry 会重试。"),
    status(400..=499, Fatal, "http_refused",
        "The gateway refuses the request as it is. Check jdy_host, jdy_client_id and jdy_client_secret.",
        "网关拒绝了该请求。请检查 jdy_host、jdy_client_id 和 jdy_client_secret。"),
    // Words alone, and only of the gateway, which has then done nothing: elsewhere they must not have a save sent again.
    status_text(519, &["Token 无效"], Credentials, "token_expired",
        "The token is gone; Ferry asks for another one once. If it comes back at once, the tenant has withdrawn the authorisation: grant it again on open.jdy.com.",
        "token 已失效，Ferry 会重新获取一次。若立即再次出现，说明租户已取消授权，请在云星辰开放平台重新授权。"),
    status(500..=599, Transport, "server_error",
        "星辰 or the gateway before it failed. Ferry asks again; if it lasts, ask the vendor with the time of the call.",
        "星辰或其网关出错，Ferry 会重试；若持续出现，请携带调用时间联系金蝶。"),
    text(&["不存在"], Row, "reference_missing",
        "The customer, or something that it refers to (group, level, salesman …), is not there. Create it in 星辰 or correct the flow's value table, then retry.",
        "客户或其引用的资料（类别、等级、业务员等）不存在。请在星辰中新建，或修正流程的对照表，然后重试。"),
    text(&["invalid value for"], Row, "bad_value",
        "A field has a value that 星辰 does not take. Correct the type in the flow file's mapping, or the record.",
        "字段类型不符。请修正流程文件映射中的类型，或修正数据。"),
    otherwise(Fatal, "unexpected_answer",
        "星辰 answered something Ferry does not know. Nothing was skipped: the flow goes on from here when this is settled. Please report the message.",
        "星辰返回了 Ferry 不认识的内容。没有数据被跳过，解决后流程从此处继续。请反馈该消息。"),
];

/// A business error (10 digits) that no rule knows: the next record may well be taken.
const ROW_REFUSED: Rule = otherwise(
    Row,
    "row_refused",
    "星辰 refuses this record, for the reason it gives. Mend the record, then retry the dead letter.",
    "星辰拒绝了该记录，原因见消息。修正数据后重试该死信。",
);

const GARBLED: Rule = otherwise(
    Transport,
    "garbled_answer",
    "The answer broke off or is no JSON. Ferry asks again; if it lasts, look at proxies and firewalls in between.",
    "应答不完整或不是 JSON，Ferry 会重试；若持续出现，请检查中间的代理和防火墙。",
);

const WEB_PAGE: Rule = otherwise(
    Fatal,
    "web_page",
    "A web page came instead of an answer, so this is not the gateway. Check jdy_host (api.kingdee.com), and proxies in between.",
    "返回的是网页而不是接口应答，说明地址不是网关。请检查 jdy_host（api.kingdee.com）以及中间的代理。",
);

const UNACCOUNTED: Rule = otherwise(
    Transport,
    "unaccounted",
    "The answer does not say what became of the customer. Ferry asks for its number before it sends it again.",
    "应答未说明该客户的结果。Ferry 会先按编码查询，再决定是否重发。",
);

const NOT_AUTHORISED: Rule = otherwise(
    Fatal,
    "not_authorised",
    "No account set has granted this application access. Check jdy_outer_instance_id, or grant it on open.jdy.com.",
    "没有账套授权该应用。请检查 jdy_outer_instance_id，或在云星辰开放平台完成授权。",
);

const WHICH_ACCOUNT_SET: Rule = otherwise(
    Fatal,
    "which_account_set",
    "Not exactly one account set fits. Set jdy_app_key to the one of these that is meant.",
    "没有唯一匹配的账套。请把 jdy_app_key 设为上述之一。",
);

/// The error of an answer with this HTTP status, this `errcode` (where there is one) and these words.
pub fn classify(status: StatusCode, errcode: Option<i64>, message: &str) -> Error {
    let vendor_code = match errcode {
        Some(code) => Some(code.to_string()),
        None => (status != StatusCode::OK).then(|| status.as_u16().to_string()),
    };
    let rule =
        rules::find(RULES, status.as_u16(), errcode, message).expect("the table ends with `otherwise`");
    let error = rule.error(vendor_code.clone(), message);
    match errcode {
        Some(1_000_000_000..) if error.code == "unexpected_answer" => ROW_REFUSED.error(vendor_code, message),
        _ => error,
    }
}

pub(super) fn garbled(said: &str) -> Error {
    GARBLED.error(None, said)
}

pub(super) fn web_page(said: &str) -> Error {
    WEB_PAGE.error(None, said)
}

pub(super) fn unaccounted() -> Error {
    UNACCOUNTED.error(None, "no id in the answer")
}

pub(super) fn unexpected(said: &str) -> Error {
    // Not by its words, which are ours.
    RULES[RULES.len() - 1].error(None, said)
}

pub(super) fn not_authorised() -> Error {
    NOT_AUTHORISED.error(None, "")
}

pub(super) fn which_account_set(found: &str) -> Error {
    WHICH_ACCOUNT_SET.error(None, found)
}
