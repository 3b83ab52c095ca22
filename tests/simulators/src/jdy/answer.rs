//! The bodies of answers (`vendors/kingdee.md` 2.2 to 2.5, 2.7).

use serde_json::{Value, json};

use super::config::{GatewayErrors, JarBody, OverQuota, Switches};
use crate::system::Answer;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `why` is for the call log.
    Signature {
        why: String,
    },
    Timestamp,
    Client,
    Whitelist,
    Permission,
    Token,
    Route,
    NoSuchApi,
    TooMany,
    /// A body that is no JSON.
    Malformed(String),
    /// The token endpoint does not know this key or this secret.
    AppSecret,
    /// A business error.
    Business {
        errcode: i64,
        description: String,
    },
}

impl Refusal {
    pub fn business(errcode: i64, description: impl Into<String>) -> Self {
        Self::Business { errcode, description: description.into() }
    }

    /// Codes of the norm and of the jar, and the words. That a missing route is 404 in both is `[INF]`.
    fn gateway(&self) -> Option<(i64, i64, &'static str)> {
        Some(match self {
            Self::Signature { .. } => (401, 4008, "X-Api-Signature is invalid"),
            Self::Timestamp => (401, 4006, "X-Api-TimeStamp is invalid"),
            Self::Client => (401, 4003, "X-Api-ClientID is invalid"),
            Self::Whitelist => (403, 4012, "IP地址不在白名单"),
            Self::Permission => (403, 4012, "没有该接口的访问权限"),
            Self::Token => (401, 4010, "Token 无效"),
            Self::Route => (404, 5001, "No Route"),
            Self::NoSuchApi => (404, 5001, "API 不存在"),
            Self::TooMany => (429, 5007, "调用过于频繁，请稍后再试"),
            Self::Malformed(_) => (400, 5000, "请求内容不是JSON对象"),
            Self::AppSecret | Self::Business { .. } => return None,
        })
    }

    pub fn answer(&self, switches: &Switches) -> Answer {
        let summary = |code: i64, words: &str| format!("errcode {code}: {words}");
        if let Some((norm, jar, words)) = self.gateway() {
            if *self == Self::TooMany && switches.over_quota == OverQuota::Http {
                let body = json!({"errcode": norm, "description": words});
                return Answer::json(&body, summary(norm, words)).with_status(429);
            }
            if switches.gateway_errors == GatewayErrors::Jar && *self != Self::TooMany {
                let body = match switches.jar_body {
                    JarBody::Errcode => json!({"errcode": jar, "description": words}).to_string(),
                    JarBody::Code => json!({"code": jar, "message": words}).to_string(),
                    JarBody::Text => words.to_owned(),
                };
                return Answer::bytes(body, summary(jar, words)).with_status(519);
            }
            return failed(norm, words);
        }
        match self {
            Self::Business { errcode, description } => failed(*errcode, description),
            _ => failed(1_030_002_006, "授权密钥校验失败，请获取最新密钥加密"),
        }
    }
}

/// HTTP 200 with an error.
pub(super) fn failed(errcode: i64, description: &str) -> Answer {
    let body = json!({"errcode": errcode, "description": description, "data": null});
    Answer::json(&body, format!("errcode {errcode}: {description}"))
}

/// All is well.
pub(super) fn success(data: &Value, summary: impl Into<String>) -> Answer {
    Answer::json(&json!({"data": data, "description": "success", "errcode": 0}), summary)
}
