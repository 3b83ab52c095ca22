//! Envelopes, and the error codes of three generations (`vendors/sources.md` 1.5).

use serde_json::{Map, Value, json};

use super::config::{Codes, ErrorData, Switches};
use super::op::Op;
use crate::system::Answer;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Signature,
    Timestamp,
    Token,
    Whitelist,
    Permission,
    PerSecond,
    PerMinute,
    RenewalForbidden,
    RefreshToken,
    /// A system parameter is missing.
    Missing(&'static str),
    /// A business parameter is wrong. The words are ours.
    Parameter(String),
    Partner,
    UnknownMethod,
    /// On command.
    Command(i64, String),
}

impl Refusal {
    /// Code and words of the interface and generation.
    pub fn said(&self, op: Op, codes: Codes) -> (i64, String) {
        let said = |code: i64, text: &str| (code, text.to_owned());
        let current = codes == Codes::Current;
        if op.is_legacy() {
            return match self {
                Self::Partner | Self::Whitelist => said(100, "合作者参数错误"),
                Self::Signature => said(120, "签名错误"),
                Self::Missing(name) => (130, format!("传输数据错误：{name}")),
                Self::Parameter(why) => (140, format!("传递参数有误：{why}")),
                Self::UnknownMethod => said(140, "传递参数有误：method"),
                Self::Token | Self::RefreshToken | Self::RenewalForbidden => {
                    said(170, "验证数据完整性失败，如Token 已超时")
                }
                Self::Timestamp => said(180, "TS无效"),
                Self::Permission => said(190, "调用无权限，请申请该接口权限"),
                Self::PerSecond | Self::PerMinute => said(200, "调用超过频率，请稍后重试"),
                Self::Command(code, text) => said(*code, text),
            };
        }
        match self {
            Self::Signature | Self::Partner if current => said(10, "验证失败！无效签名"),
            Self::Signature | Self::Partner => said(120, "签名错误"),
            Self::Token if current => said(100, "验证失败！无效的access_token或access_token已过期"),
            Self::Token => said(100, "access_token超时"),
            Self::Whitelist => said(110, "IP 不在白名单"),
            Self::Timestamp if current => said(140, "无效的timestamp，最大误差15分钟"),
            Self::Timestamp => said(180, "timestamp 无效(10分钟)"),
            Self::RenewalForbidden => said(150, "服务商应用禁止刷新access_token"),
            Self::Permission if current => said(190, "无API权限，请申请API权限"),
            Self::Permission => said(190, "无权限"),
            Self::PerSecond if current => said(199, "频次超限 (1s>5)"),
            Self::PerSecond => said(199, "调用太频繁，请稍后再试!"),
            Self::PerMinute if current => said(200, "频次超限 (1min>100)"),
            Self::PerMinute => said(200, "调用频次超过限制!"),
            // No table says what a bad refresh token is: both the code and the words are ours.
            Self::RefreshToken => said(100, "无效的refresh_token或refresh_token已过期"),
            // The current table has no code for these (section 7), so that the code is ours too.
            Self::Missing(name) if current => (-1, format!("参数{name}不能为空")),
            Self::Missing(_) => said(130, "传输数据不能为空"),
            Self::Parameter(why) if current => (-1, why.clone()),
            Self::Parameter(why) => (140, format!("参数不符合规范：{why}")),
            Self::UnknownMethod => said(-1, "接口不存在"),
            Self::Command(code, text) => said(*code, text),
        }
    }

    pub fn answer(&self, op: Op, switches: &Switches) -> Answer {
        let (code, message) = self.said(op, switches.codes);
        let mut body = json!({"code": code, "msg": message});
        if op.is_legacy() {
            body["issuccess"] = false.into();
        }
        if switches.error_data == ErrorData::Null {
            body["data"] = Value::Null;
        }
        Answer::json(&body, format!("code {code}: {message}"))
    }
}

/// The envelope of success: `data` around it, or flat with the legacy interface.
pub(super) fn success(op: Op, mut data: Map<String, Value>) -> Value {
    if op.is_legacy() {
        data.extend([("code".to_owned(), 0.into()), ("issuccess".to_owned(), true.into())]);
        data.insert("msg".to_owned(), Value::Null);
        return Value::Object(data);
    }
    json!({"msg": "执行成功", "code": 0, "data": data})
}
