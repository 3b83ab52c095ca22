//! What an error of Galaxy means: HTTP status, `MsgCode` (`vendors/kingdee.md` 1.7) and words. `RULES` is for
//! a call, `ROW` for one bill of several, `LOGIN` for a login.
//!
//! Three things are ours, since no source records them: the words by which an IP whitelist or a missing
//! permission is recognised, that 4 and 6 are worth asking again, and the words of `ROW` but for those of a
//! taken number and of a second audit. Words of `ROW` only choose the code and the hint: what none of them
//! knows is refused all the same.

use http::StatusCode;

use crate::Class::{Credentials, Fatal, RateLimit, Row, Transport};
use crate::Error;
use crate::rules::{self, Rule, code, otherwise, status, text};

#[rustfmt::skip] // One rule, one paragraph; to be read from top to bottom.
const RULES: &[Rule] = &[
    // Words first: these come with any status and any MsgCode.
    text(&["showConfirm"], Fatal, "waf_refused",
        "The ERP's firewall takes the request for an attack. Look for keywords or symbols in the flow's filter, or have the administrator exempt the integration user.",
        "ERP 的防火墙认为请求可疑。请检查流程过滤条件中的关键字和符号，或请管理员为集成用户放行。"),
    text(&["会话信息已丢失", "会话已过期", "会话超时"], Credentials, "session_lost",
        "The session is gone; Ferry logs in again once. If it comes back at once, or with signed headers, the credentials are wrong: check acct_id, user, app_id and app_secret, that the application is enabled in 第三方系统登录授权, its integration user, and the IP whitelist.",
        "会话已失效，Ferry 会重新登录一次。若立即再次出现，或使用签名方式时出现，说明凭据有误：请检查 acct_id、user、app_id、app_secret，第三方系统登录授权中应用是否启用、集成用户是否正确、IP 白名单是否包含出口地址。"),
    text(&["白名单", "IP地址", "IP 地址"], Fatal, "ip_refused",
        "The ERP does not accept this address. Add the outgoing address of this machine to the IP whitelist in 第三方系统登录授权.",
        "ERP 不接受来自该 IP 的访问。请把本机出口 IP 加入第三方系统登录授权的白名单。"),
    text(&["业务对象不存在"], Fatal, "unknown_form",
        "FormId names no business object of this data centre. Check its spelling in the flow file, and acct_id.",
        "FormId 在该数据中心不存在。请检查流程文件中的 FormId 以及 acct_id。"),

    status(429..=429, RateLimit, "too_many_requests",
        "The ERP asks for fewer calls. Ferry waits and asks again.",
        "ERP 要求降低调用频率，Ferry 会等待后重试。"),
    status(401..=401, Fatal, "http_refused",
        "A gateway before the ERP refuses the call. Check galaxy_host, galaxy_app_id and galaxy_app_secret.",
        "ERP 前置网关拒绝了请求。请检查 galaxy_host、galaxy_app_id 和 galaxy_app_secret。"),
    status(403..=403, Fatal, "http_refused",
        "A gateway or firewall before the ERP refuses the call. Check its IP whitelist for the outgoing address of this machine, then galaxy_app_id and galaxy_app_secret.",
        "ERP 前的网关或防火墙拒绝了请求。请检查其白名单是否包含本机出口 IP，再检查 galaxy_app_id 和 galaxy_app_secret。"),
    status(404..=405, Fatal, "wrong_path",
        "No WebAPI at this address. Check galaxy_host and galaxy_path (usually /k3cloud/).",
        "该地址没有 WebAPI。请检查 galaxy_host 和 galaxy_path（通常为 /k3cloud/）。"),
    status(300..=399, Fatal, "redirected",
        "The server points elsewhere. Check galaxy_scheme (https or http), galaxy_host and galaxy_path.",
        "服务器返回了重定向。请检查 galaxy_scheme（https 或 http）、galaxy_host 和 galaxy_path。"),
    status(408..=408, Transport, "server_timeout",
        "The server gave up waiting. Ferry asks again.",
        "服务器等待超时，Ferry 会重试。"),
    status(400..=499, Fatal, "http_refused",
        "The server refuses the request as it is. Check galaxy_host and galaxy_path.",
        "服务器拒绝了该请求。请检查 galaxy_host 和 galaxy_path。"),
    status(500..=599, Transport, "server_error",
        "The ERP or a gateway before it failed. Ferry asks again; if it lasts, look at the ERP's own log.",
        "ERP 或其前置网关出错，Ferry 会重试；若持续出现，请查看 ERP 日志。"),

    code(&[1], Credentials, "session_lost",
        "The session is gone; Ferry logs in again once. If it comes back at once, check acct_id, user, app_id and app_secret.",
        "会话已失效，Ferry 会重新登录一次。若立即再次出现，请检查 acct_id、user、app_id 和 app_secret。"),
    code(&[2], Fatal, "no_permission",
        "The integration user may not do this. Give it the rights on this form in the ERP (功能权限): to query it, and where Ferry writes to create, submit and audit it.",
        "集成用户没有权限。请在 ERP 中为其授予该单据的功能权限：查询；若由 Ferry 写入，还需新增、提交和审核。"),
    text(&["没有权限", "无权限", "权限不足"], Fatal, "no_permission",
        "The integration user may not do this. Give it the rights on this form in the ERP (功能权限): to query it, and where Ferry writes to create, submit and audit it.",
        "集成用户没有权限。请在 ERP 中为其授予该单据的功能权限：查询；若由 Ferry 写入，还需新增、提交和审核。"),
    code(&[7], Fatal, "licence",
        "The ERP's licence does not allow this call. The administrator looks at 许可中心.",
        "ERP 许可不允许该调用。请管理员检查许可中心。"),
    code(&[15], Fatal, "administrator_refused",
        "Administrators may not log in through the WebAPI. Name an ordinary integration user in galaxy_user.",
        "管理员不允许通过 WebAPI 登录。请在 galaxy_user 中指定普通集成用户。"),
    code(&[13], RateLimit, "locked_by_another",
        "Somebody is working on this record in the ERP (网络控制). Ferry waits and asks again.",
        "该单据正被他人操作（网络控制冲突），Ferry 会等待后重试。"),
    code(&[14], RateLimit, "call_limit",
        "The ERP's call limit is reached. Ferry waits and asks again.",
        "已达到 ERP 的调用限制，Ferry 会等待后重试。"),
    code(&[4, 6], Transport, "server_error",
        "The ERP failed inside. Ferry asks again; if it lasts, look at the ERP's own log, and try the flow's filter in the ERP's list.",
        "ERP 内部异常，Ferry 会重试；若持续出现，请查看 ERP 日志，并在 ERP 列表中试用该过滤条件。"),
    code(&[9], Fatal, "unknown_field",
        "A field or value of the query does not exist in this data centre. Correct FieldKeys, FilterString or OrderString in the flow file; custom fields have other names in other data centres.",
        "查询中的字段或值在该数据中心不存在。请修正流程文件中的 FieldKeys、FilterString 或 OrderString；自定义字段在不同数据中心名称不同。"),
    code(&[3, 5, 8], Fatal, "wrong_request",
        "The ERP cannot make sense of the request. Check FormId, FilterString and OrderString in the flow file.",
        "ERP 无法理解该请求。请检查流程文件中的 FormId、FilterString 和 OrderString。"),
    code(&[10, 11, 12], Row, "row_refused",
        "The ERP refuses this record, for the reason it gives. Mend the record, then retry the dead letter.",
        "ERP 拒绝了该记录，原因见消息。修正数据后重试该死信。"),
    text(&["response_error"], Transport, "server_error",
        "The ERP failed inside. Ferry asks again; if it lasts, look at the ERP's own log.",
        "ERP 内部异常，Ferry 会重试；若持续出现，请查看 ERP 日志。"),
    otherwise(Fatal, "unexpected_answer",
        "The ERP answered something Ferry does not know. Nothing was skipped: the flow goes on from here when this is settled. Please report the message.",
        "ERP 返回了 Ferry 不认识的内容。没有数据被跳过，解决后流程从此处继续。请反馈该消息。"),
];

/// The words for one bill.
#[rustfmt::skip]
const ROW: &[Rule] = &[
    // [LIVE] "违反字段唯一性要求：编码唯一。[test5]在当前系统中已经被使用。"
    text(&["违反字段唯一性要求", "编码唯一", "已经被使用"], Row, "duplicate_number",
        "A bill of this number is in the ERP already. Ferry looks it up: if it is this one, it counts as already there.",
        "该单据编号在 ERP 中已存在。Ferry 会查询确认：若为同一单据，则计为已存在。"),
    // [LIVE] "单据编号为“TK202504030001”的销售出库单，单据已经审核！"
    text(&["已经审核", "已审核"], Row, "already_audited",
        "The bill is audited already, and an audited bill cannot be changed. Un-audit it in the ERP (反审核) if it has to be.",
        "单据已审核，不能修改。如需修改，请先在 ERP 中反审核。"),
    text(&["已经提交", "已提交", "正在审核"], Row, "already_submitted",
        "The bill is being audited in the ERP. Audit it there, or withdraw it (撤销), then retry.",
        "单据正在 ERP 中审核。请在 ERP 中完成审核或撤销后重试。"),
    text(&["网络控制", "网控"], RateLimit, "locked_by_another",
        "Somebody is working on this record in the ERP (网络控制). Ferry waits and asks again.",
        "该单据正被他人操作（网络控制冲突），Ferry 会等待后重试。"),
    text(&["库存不足", "负库存", "更新库存不成功"], Row, "stock_short",
        "The ERP has not enough stock for this bill. Correct the stock, or allow it with InterationFlags STK_InvCheckResult in the flow file, then retry.",
        "ERP 中即时库存不足。请调整库存，或在流程文件中用 InterationFlags=STK_InvCheckResult 允许负库存，然后重试。"),
    text(&["不存在"], Row, "base_data_missing",
        "The bill refers to something that this data centre does not have, or has forbidden: material, customer, unit, warehouse … Create it in the ERP or correct the flow's value table, then retry.",
        "单据引用的基础资料在该数据中心不存在或已禁用：物料、客户、单位、仓库等。请在 ERP 中新建，或修正流程的对照表，然后重试。"),
    text(&["必录", "必填", "不能为空"], Row, "required_field",
        "A field that the form requires is empty. Add it to the flow file's mapping, or correct the record.",
        "表单必录字段为空。请在流程文件的映射中补充该字段，或修正数据。"),
    otherwise(Row, "row_refused",
        "The ERP refuses this record, for the reason it gives. Mend the record, then retry the dead letter.",
        "ERP 拒绝了该记录，原因见消息。修正数据后重试该死信。"),
];

const BATCH_REFUSED: Rule = otherwise(
    Row,
    "batch_refused",
    "The ERP refused all bills of the batch at once. Ferry sends it again in halves until the bad one stands alone.",
    "ERP 整批拒绝。Ferry 会对半拆分重发，直到找出有问题的单据。",
);

const UNACCOUNTED: Rule = otherwise(
    Transport,
    "unaccounted",
    "The answer does not say what became of the bill. Ferry asks for its number before it sends it again.",
    "应答未说明该单据的结果。Ferry 会先按单据编号查询，再决定是否重发。",
);

/// `LoginResultType` (`vendors/kingdee.md` 1.5).
#[rustfmt::skip]
const LOGIN: &[Rule] = &[
    text(&["会话信息已丢失"], Credentials, "login_refused",
        "The ERP does not know these credentials. Check acct_id, app_id and app_secret, that the application is enabled in 第三方系统登录授权, and its IP whitelist. Ferry does not try again by itself.",
        "ERP 不认识该凭据。请检查 acct_id、app_id、app_secret，第三方系统登录授权中应用是否启用以及 IP 白名单。Ferry 不会自行重试。"),
    text(&["白名单", "IP地址", "IP 地址"], Fatal, "ip_refused",
        "The ERP does not accept this address. Add the outgoing address of this machine to the IP whitelist in 第三方系统登录授权.",
        "ERP 不接受来自该 IP 的访问。请把本机出口 IP 加入第三方系统登录授权的白名单。"),
    code(&[0, -2, -3], Credentials, "login_refused",
        "User, application or secret is wrong, or the password has expired. Check user, app_id and app_secret; Ferry does not try again by itself, since that can lock the user.",
        "用户、应用或密钥错误，或密码已过期。请检查 user、app_id 和 app_secret；为避免锁定账号，Ferry 不会自行重试。"),
    code(&[-6, -7], Fatal, "login_not_activated",
        "This user or enterprise is not bound or not activated in Kingdee's cloud. The administrator completes that.",
        "该用户或企业未绑定云通行证或未激活，请管理员处理。"),
    otherwise(Fatal, "login_failed",
        "The login did not succeed, for the reason the ERP gives. Check acct_id, user, app_id and app_secret against 第三方系统登录授权 in the ERP.",
        "登录未成功，原因见 ERP 消息。请对照 ERP 的第三方系统登录授权检查 acct_id、user、app_id 和 app_secret。"),
];

const GARBLED: Rule = otherwise(
    Transport,
    "garbled_answer",
    "The answer broke off or is no JSON. Ferry asks again; if it lasts, look at proxies and firewalls before the ERP.",
    "应答不完整或不是 JSON，Ferry 会重试；若持续出现，请检查 ERP 前的代理和防火墙。",
);

const WEB_PAGE: Rule = otherwise(
    Fatal,
    "web_page",
    "A web page came instead of an answer, so this is not the WebAPI. Check galaxy_host and galaxy_path (usually /k3cloud/), and proxies in between.",
    "返回的是网页而不是接口应答，说明地址不是 WebAPI。请检查 galaxy_host、galaxy_path（通常为 /k3cloud/）以及中间的代理。",
);

const WRONG_WIDTH: Rule = otherwise(
    Fatal,
    "wrong_columns",
    "The rows do not have the columns that were asked for, so no cell can be trusted. Look for a field named twice or with a comma in FieldKeys.",
    "返回的列数与请求不一致，无法对应字段。请检查 FieldKeys 中是否有重复字段或多余的逗号。",
);

/// The error of an answer with this HTTP status, this `MsgCode` (where there is one) and these words.
pub fn classify(status: StatusCode, msg_code: Option<i64>, message: &str) -> Error {
    let vendor_code = match msg_code {
        Some(code) => Some(code.to_string()),
        None => (status != StatusCode::OK).then(|| status.as_u16().to_string()),
    };
    find(RULES, status, msg_code, message).error(vendor_code, message)
}

pub(super) fn login(result_type: i64, message: &str) -> Error {
    find(LOGIN, StatusCode::OK, Some(result_type), message).error(Some(result_type.to_string()), message)
}

/// The error of one bill, from the messages about it.
pub(super) fn row(msg_code: Option<i64>, message: &str) -> Error {
    find(ROW, StatusCode::OK, msg_code, message).error(msg_code.map(|code| code.to_string()), message)
}

pub(super) fn batch_refused(msg_code: Option<i64>, message: &str) -> Error {
    BATCH_REFUSED.error(msg_code.map(|code| code.to_string()), message)
}

pub(super) fn unaccounted(said: &str) -> Error {
    UNACCOUNTED.error(None, said)
}

pub(super) fn garbled(said: &str) -> Error {
    GARBLED.error(None, said)
}

pub(super) fn web_page(said: &str) -> Error {
    WEB_PAGE.error(None, said)
}

pub(super) fn wrong_width(row: usize, cells: usize, columns: usize) -> Error {
    WRONG_WIDTH.error(None, &format!("row {row} has {cells} cells, {columns} were asked for"))
}

fn find<'a>(table: &'a [Rule], status: StatusCode, code: Option<i64>, message: &str) -> &'a Rule {
    rules::find(table, status.as_u16(), code, message).expect("every table ends with `otherwise`")
}
