//! What an error of 旺店通 means: HTTP status, `status` of the body and words (`vendors/sources.md` 2.4).
//!
//! Status 100 is any error of the application, so that there the words decide. Two things are ours, since
//! no source records them: that 4, 5 and 99 are worth asking again, and that an unknown 100 is not.

use http::StatusCode;

use crate::Class::{Credentials, Fatal, RateLimit, Row, Transport};
use crate::Error;
use crate::rules::{self, Rule, code, otherwise, status, text};

#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    // Words first. Those of the two limits come with a comma of either width: only what is before it counts.
    text(&["超过每分钟最大调用频率限制"], RateLimit, "call_limit",
        "旺店通's limit of calls a minute is reached. Ferry leaves the account alone for five minutes, as the vendor advises; look for other programs that use the same appkey.",
        "已超过旺店通每分钟调用频率限制。Ferry 会按官方建议静置该账号 5 分钟；请检查是否有其他程序在使用同一 appkey。"),
    text(&["超过每分钟最大并发次数限制"], RateLimit, "concurrency_limit",
        "旺店通's limit of simultaneous calls is reached. Ferry leaves the account alone for five minutes, as the vendor advises; look for other programs that use the same appkey.",
        "已超过旺店通并发次数限制。Ferry 会按官方建议静置该账号 5 分钟；请检查是否有其他程序在使用同一 appkey。"),
    text(&["sid is not exists", "sid is not found"], Fatal, "unknown_sid",
        "旺店通 does not know this seller at this address. Check wangdiantong_sid, and that wangdiantong_host is of the same environment (test or production).",
        "该地址不认识此卖家账号。请检查 wangdiantong_sid，以及 wangdiantong_host 是否为同一环境（测试/正式）。"),
    text(&["app auth fail"], Credentials, "app_refused",
        "旺店通 refuses this appkey for this seller, or from this address. Check wangdiantong_app_key, wangdiantong_sid and the IP whitelist of the application.",
        "旺店通拒绝该 appkey（或该出口 IP）访问此卖家账号。请检查 wangdiantong_app_key、wangdiantong_sid 以及应用的 IP 白名单。"),
    text(&["验证失败"], Credentials, "signature_refused",
        "The signature is refused, so the appkey or the appsecret is wrong. Check wangdiantong_app_key and wangdiantong_app_secret (whole, as secret:salt).",
        "签名验证失败，说明 appkey 或 appsecret 有误。请检查 wangdiantong_app_key 与 wangdiantong_app_secret（完整填写 secret:salt）。"),
    text(&["无仓库访问权限"], Fatal, "no_warehouse_right",
        "The appkey has no right to the warehouse. In the ERP's 设置 > 安全设置 > 员工权限, look for the employee whose number is the appkey and give the warehouse rights.",
        "该 appkey 没有仓库权限。请在 ERP 的 设置 > 安全设置 > 员工权限 中搜索编号为该 appkey 的员工并授予仓库权限。"),
    text(&["权限不足", "The API used internal only"], Fatal, "no_permission",
        "The application may not use this interface. Apply for it on the open platform (自助对接 > 应用管理 > 新增/变更), after checking sid, appkey and host.",
        "应用没有该接口的权限。请核对 sid、appkey 和地址，然后在开放平台申请（自助对接 > 应用管理 > 新增/变更）。"),
    text(&["查询时间过宽", "查询条件太过宽"], Fatal, "window_too_wide",
        "The window is wider than the interface allows, which is 30 days. Check start_time and end_time in the flow file.",
        "查询时间跨度超过接口限制（30 天）。请检查流程文件中的 start_time 与 end_time。"),
    text(&["未找到符合条件", "单据不存在", "未找到对应的单据"], Row, "not_found",
        "旺店通 has no such record, or no longer. If it was deleted there, drop the dead letter.",
        "旺店通中没有该单据（或已不存在）。若已在旺店通删除，请丢弃该死信。"),

    status(429..=429, RateLimit, "too_many_requests",
        "The server asks for fewer calls. Ferry waits and asks again.",
        "服务器要求降低调用频率，Ferry 会等待后重试。"),
    status(401..=401, Fatal, "http_refused",
        "Something before 旺店通 refuses the call. Check wangdiantong_host and the proxies in between.",
        "旺店通前置的网关拒绝了请求。请检查 wangdiantong_host 以及中间的代理。"),
    status(403..=403, Fatal, "http_refused",
        "A firewall before 旺店通 refuses the call. Check the IP whitelist for the outgoing address of this machine, and the proxies in between.",
        "旺店通前置的防火墙拒绝了请求。请检查 IP 白名单是否包含本机出口 IP，以及中间的代理。"),
    status(404..=405, Fatal, "wrong_path",
        "No open platform at this address. Check wangdiantong_host and wangdiantong_path (usually /openapi).",
        "该地址没有开放平台接口。请检查 wangdiantong_host 和 wangdiantong_path（通常为 /openapi）。"),
    status(300..=399, Fatal, "redirected",
        "The server points elsewhere. Check wangdiantong_scheme (https or http), wangdiantong_host and wangdiantong_path.",
        "服务器返回了重定向。请检查 wangdiantong_scheme（https 或 http）、wangdiantong_host 和 wangdiantong_path。"),
    status(408..=408, Transport, "server_timeout",
        "The server gave up waiting. Ferry asks again.",
        "服务器等待超时，Ferry 会重试。"),
    status(400..=499, Fatal, "http_refused",
        "The server refuses the request as it is. Check wangdiantong_host and wangdiantong_path.",
        "服务器拒绝了该请求。请检查 wangdiantong_host 和 wangdiantong_path。"),
    status(500..=599, Transport, "server_error",
        "旺店通 or a gateway before it failed. Ferry asks again.",
        "旺店通或其前置网关出错，Ferry 会重试。"),

    code(&[7], Fatal, "clock_skew",
        "This machine's clock and 旺店通's are more than two minutes apart. Set the clock (NTP); the time zone does not matter.",
        "本机时钟与旺店通服务器相差超过两分钟。请校准本机时间（NTP），与时区无关。"),
    code(&[6], Fatal, "ip_refused",
        "旺店通 does not accept this address. Add the outgoing address of this machine to the IP whitelist of the application.",
        "旺店通不接受来自该 IP 的访问。请把本机出口 IP 加入应用的 IP 白名单。"),
    code(&[3], Fatal, "dynamic_password",
        "The account asks for a dynamic password (动态口令), which programs cannot give. Switch it off for the appkey's employee in the ERP.",
        "该账号设置了动态口令，接口无法使用。请在 ERP 中为该 appkey 对应的员工取消动态口令。"),
    code(&[4, 5, 99], Transport, "server_error",
        "旺店通 failed inside. Ferry asks again; if it lasts, report the message to 旺店通's support.",
        "旺店通内部出错，Ferry 会重试；若持续出现，请把消息反馈给旺店通技术支持。"),
    code(&[1, 2, 8], Fatal, "wrong_request",
        "旺店通 cannot make sense of the request; the message names the part. Check the fields of source.request in the flow file.",
        "旺店通无法理解该请求，消息指出了有误的部分。请检查流程文件 source.request 中的字段。"),
    text(&["仅支持分页查询", "起止时间", "Unparseable date", "状态参数格式", "状态应该是", "must not be null", "不能为空"], Fatal, "wrong_request",
        "旺店通 refuses a parameter, for the reason it gives. Check the fields of source.request in the flow file.",
        "旺店通拒绝了某个参数，原因见消息。请检查流程文件 source.request 中的字段。"),
    code(&[100], Fatal, "application_error",
        "旺店通 refuses the query, for the reason it gives. Nothing was skipped: the flow goes on from here when this is settled.",
        "旺店通拒绝了该查询，原因见消息。没有数据被跳过，解决后流程从此处继续。"),
    otherwise(Fatal, "unexpected_answer",
        "旺店通 answered something Ferry does not know. Nothing was skipped: the flow goes on from here when this is settled. Please report the message.",
        "旺店通返回了 Ferry 不认识的内容。没有数据被跳过，解决后流程从此处继续。请反馈该消息。"),
];

const GARBLED: Rule = otherwise(
    Transport,
    "garbled_answer",
    "The answer broke off or is no JSON. Ferry asks again; if it lasts, look at proxies and firewalls in between.",
    "应答不完整或不是 JSON，Ferry 会重试；若持续出现，请检查中间的代理和防火墙。",
);

const WEB_PAGE: Rule = otherwise(
    Fatal,
    "web_page",
    "A web page came instead of an answer, so this is not the open platform. Check wangdiantong_host and wangdiantong_path (usually /openapi), and proxies in between.",
    "返回的是网页而不是接口应答，说明地址不是开放平台。请检查 wangdiantong_host、wangdiantong_path（通常为 /openapi）以及中间的代理。",
);

/// The error of an answer with this HTTP status, this `status` in the body (where there is one) and
/// these words.
pub fn classify(status: StatusCode, code: Option<i64>, message: &str) -> Error {
    let vendor_code = match code {
        Some(code) => Some(code.to_string()),
        None => (status != StatusCode::OK).then(|| status.as_u16().to_string()),
    };
    let rule = rules::find(RULES, status.as_u16(), code, message).expect("the table ends with `otherwise`");
    rule.error(vendor_code, message)
}

pub(super) fn garbled(said: &str) -> Error {
    GARBLED.error(None, said)
}

pub(super) fn web_page(said: &str) -> Error {
    WEB_PAGE.error(None, said)
}
