//! 飞书自定义机器人: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>. Errors come with HTTP 200, but for
//! a malformed body. What a body beyond 20 KB gets is not written anywhere: here it is a malformed one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Op, Simulated, is_recent};
use crate::quota::Limit;
use crate::system::{Answer, Call};

/// "100 次/分钟，5 次/秒"
const LIMITS: [Limit; 2] = [Limit { calls: 5, within_ms: 1000 }, Limit { calls: 100, within_ms: 60_000 }];
/// "请求体的数据大小不能超过 20 KB"
const LARGEST_BODY: usize = 20 * 1024;

impl Simulated {
    pub(super) fn feishu(&mut self, call: &Call<'_, Self>) -> Answer {
        let hook = call.request.path().rsplit('/').next().unwrap_or_default();
        if hook != self.data.feishu_hook || self.removed.contains(&Op::Feishu) {
            return refused(19_001, "param invalid: incoming webhook access token invalid");
        }
        if self.is_too_many(call, &LIMITS) {
            return too_many();
        }
        if call.request.body.len() > LARGEST_BODY {
            return bad_request();
        }
        let Ok(body) = serde_json::from_slice::<Value>(&call.request.body) else {
            return bad_request();
        };
        if call.switches.feishu_signed && !self.is_signed(&body, call.now_ms) {
            return refused(19_021, "sign match fail or timestamp is not within one hour from current time");
        }
        let Some(kind) = body["msg_type"].as_str() else {
            return refused(19_002, "params error, msg_type need");
        };
        let text = body["content"]["text"].as_str().unwrap_or_default().to_owned();
        if kind != "text" || text.is_empty() {
            return bad_request();
        }
        let success =
            json!({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"});
        self.take(call, text, body, &success)
    }

    /// The key is `timestamp\nsecret`, and nothing is signed with it.
    fn is_signed(&self, body: &Value, now_ms: i64) -> bool {
        // Its samples give the timestamp as a text; a number is taken, too.
        let timestamp = match &body["timestamp"] {
            Value::String(text) => text.parse::<i64>().ok(),
            number => number.as_i64(),
        };
        let Some(timestamp) = timestamp else { return false };
        let key = format!("{timestamp}\n{}", self.data.feishu_secret);
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
        let sign = body["sign"].as_str().and_then(|sign| STANDARD.decode(sign).ok());
        let recent = is_recent(timestamp.saturating_mul(1000), now_ms);
        recent && sign.is_some_and(|sign| mac.verify_slice(&sign).is_ok())
    }
}

pub(super) fn too_many() -> Answer {
    refused(11_232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]")
}

fn bad_request() -> Answer {
    refused(9499, "Bad Request").with_status(400)
}

fn refused(code: i64, message: &str) -> Answer {
    Answer::json(&json!({"code": code, "data": {}, "msg": message}), format!("{code}: {message}"))
}
