//! The bodies of answers (`vendors/kingdee.md` 1.7). HTTP is 200 almost always; the truth is inside.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::envelope::Op;

/// `MsgCode` of a `ResponseStatus` (`vendors/kingdee.md` 1.7). In JSON by these names in `snake_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MsgCode {
    /// 默认
    Ok = 0,
    /// 上下文丢失
    SessionLost = 1,
    /// 没有权限
    NotAllowed = 2,
    /// 操作标识为空
    OperationMissing = 3,
    /// 异常
    Exception = 4,
    /// 单据标识为空
    FormMissing = 5,
    /// 数据库操作失败
    Database = 6,
    /// 许可错误
    Licence = 7,
    /// 参数错误
    BadParameter = 8,
    /// 指定字段/值不存在
    UnknownField = 9,
    /// 未找到对应数据
    NotFound = 10,
    /// 验证失败
    Invalid = 11,
    /// 不可操作
    NotOperable = 12,
    /// 网控冲突
    Locked = 13,
    /// 调用限制
    CallLimit = 14,
    /// 禁止管理员登录
    Administrator = 15,
}

/// What a caller from an address that is not on the whitelist is told.
pub(super) const NOT_WHITELISTED: &str = "当前IP地址不在白名单内，禁止访问";

/// What went wrong with one row (or with the whole call, as row 0).
#[derive(Clone, Debug)]
pub(super) struct RowError {
    pub field: Option<String>,
    pub message: String,
    pub index: usize,
}

/// A call that failed as a whole.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub code: MsgCode,
    pub message: String,
}

impl Failure {
    pub fn new(code: MsgCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn session_lost() -> Self {
        Self::new(MsgCode::SessionLost, "会话信息已丢失，请重新登录")
    }

    /// The wording is ours: no sample is recorded.
    pub fn not_whitelisted() -> Self {
        Self::new(MsgCode::NotAllowed, NOT_WHITELISTED)
    }

    /// The wording is ours: no sample of MsgCode 2 is recorded.
    pub fn no_rights(form: &str) -> Self {
        Self::new(MsgCode::NotAllowed, format!("当前用户没有{form}的查看权限"))
    }

    /// The wording is ours: no sample of MsgCode 14 is recorded.
    pub fn call_limit() -> Self {
        Self::new(MsgCode::CallLimit, "WebApi调用次数已达上限，请稍后再试")
    }

    /// `ResponseStatus` with one error, in the shape that the operation uses.
    pub fn body(&self, op: Op) -> Value {
        let row = RowError { field: None, message: self.message.clone(), index: 0 };
        let result = json!({"Result": {"ResponseStatus": failed(self.code, &[row])}});
        if op.is_query() { json!([[result]]) } else { result }
    }
}

/// `ResponseStatus` of a call in which nothing succeeded.
pub(super) fn failed(code: MsgCode, errors: &[RowError]) -> Value {
    partly(Some(500), code, errors, Vec::new(), Vec::new())
}

/// `ResponseStatus` in general. `ErrorCode` is absent on success (`vendors/kingdee.md` 0).
pub(super) fn partly(
    error_code: Option<u16>,
    code: MsgCode,
    errors: &[RowError],
    entities: Vec<Value>,
    messages: Vec<Value>,
) -> Value {
    let mut status = json!({});
    if let Some(error_code) = error_code {
        status["ErrorCode"] = error_code.into();
    }
    status["IsSuccess"] = error_code.is_none().into();
    status["Errors"] = errors
        .iter()
        .map(|e| json!({"FieldName": e.field, "Message": e.message, "DIndex": e.index}))
        .collect();
    status["SuccessEntitys"] = entities.into();
    status["SuccessMessages"] = messages.into();
    status["MsgCode"] = (code as u8).into();
    status
}

/// What the firewall says to a suspicious parameter (`vendors/kingdee.md` 1.7 WAF; the text after the
/// comma is not recorded).
pub(super) fn firewall() -> Value {
    json!([{"actionname": "showConfirm", "params": [{"msg": "请求参数存在可疑数据,请检查后重试"}]}])
}

/// An exception of the server, as text (`vendors/kingdee.md` 1.2 `response_error:`).
pub(super) fn exception(message: &str) -> Vec<u8> {
    format!("response_error:{}", json!({"Message": message, "InnerExWrapper": {"Message": message}}))
        .into_bytes()
}
