//! 钉钉自定义机器人: <https://open.dingtalk.com/document/orgapp/custom-robot-access> and the page about its security
//! settings. Errors come with HTTP 200. In which order it checks is unknown; this one asks who is there first.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Op, Simulated, is_recent};
use crate::quota::Limit;
use crate::system::{Answer, Call, Request};

/// "每个机器人每分钟最多发送20条消息到群里，如果超过20条，会限流10分钟。"
const LIMITS: [Limit; 1] = [Limit { calls: 20, within_ms: 60_000 }];
const SILENCE_MS: i64 = 600_000;
/// What error 460101 says.
const LARGEST_BODY: usize = 20_000;

impl Simulated {
    pub(super) fn dingtalk(&mut self, call: &Call<'_, Self>) -> Answer {
        let request = call.request;
        let Some(token) = request.parameter("access_token").filter(|token| !token.is_empty()) else {
            return refused(40_035, "缺少参数 access_token");
        };
        if token != self.data.dingtalk_token || self.removed.contains(&Op::Dingtalk) {
            return refused(300_005, "token is not exist");
        }
        let json = request.header("content-type").starts_with("application/json");
        if !json {
            return refused(43_004, "无效的HTTP HEADER Content-Type");
        }
        if call.switches.dingtalk_signed
            && let Some(refusal) = self.unsigned(request, call.now_ms)
        {
            return refusal;
        }
        if call.now_ms < self.silent_until_ms {
            return too_many();
        }
        if self.is_too_many(call, &LIMITS) {
            self.silent_until_ms = call.now_ms + SILENCE_MS;
            return too_many();
        }
        if request.body.len() > LARGEST_BODY {
            return refused(460_101, "message too long, exceed 20000 bytes");
        }
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return refused(40_035, "不合法的参数");
        };
        let text = match body["msgtype"].as_str() {
            Some("text") => body["text"]["content"].as_str(),
            Some("markdown") if body["markdown"]["title"].is_string() => body["markdown"]["text"].as_str(),
            _ => return refused(400_105, "不支持的消息类型"),
        };
        match text.filter(|text| !text.trim().is_empty()).map(str::to_owned) {
            Some(text) => self.take(call, text, body, &json!({"errcode": 0, "errmsg": "ok"})),
            None => refused(40_035, "缺少参数 content"),
        }
    }

    fn unsigned(&self, request: &Request, now_ms: i64) -> Option<Answer> {
        let timestamp = request.parameter("timestamp").and_then(|text| text.parse::<i64>().ok());
        let Some(timestamp) = timestamp.filter(|timestamp| is_recent(*timestamp, now_ms)) else {
            return Some(refused(310_000, "invalid timestamp"));
        };
        let secret = self.data.dingtalk_secret.as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b"\n");
        mac.update(secret);
        let sign = request.parameter("sign").and_then(|sign| STANDARD.decode(sign).ok());
        let good = sign.is_some_and(|sign| mac.verify_slice(&sign).is_ok());
        (!good).then(|| refused(310_000, "sign not match"))
    }
}

pub(super) fn too_many() -> Answer {
    refused(130_101, "send too fast, exceed 20 times per minute")
}

fn refused(code: i64, message: &str) -> Answer {
    Answer::json(&json!({"errcode": code, "errmsg": message}), format!("{code}: {message}"))
}
