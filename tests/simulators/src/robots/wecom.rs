//! 企业微信群机器人: <https://developer.work.weixin.qq.com/document/path/91770>, with the errors as
//! <https://developer.work.weixin.qq.com/document/path/90313> and people's logs have them. They come with HTTP 200.

use serde_json::{Value, json};

use super::{Op, Simulated};
use crate::quota::Limit;
use crate::system::{Answer, Call};

/// "每个机器人发送的消息不能超过20条/分钟。"
const LIMITS: [Limit; 1] = [Limit { calls: 20, within_ms: 60_000 }];

impl Simulated {
    pub(super) fn wecom(&mut self, call: &Call<'_, Self>) -> Answer {
        let key = call.request.parameter("key").unwrap_or_default();
        if key != self.data.wecom_key || self.removed.contains(&Op::Wecom) {
            return refused(93_000, "invalid webhook url");
        }
        if self.is_too_many(call, &LIMITS) {
            return too_many();
        }
        let Ok(body) = serde_json::from_slice::<Value>(&call.request.body) else {
            return refused(47_001, "data format error");
        };
        let (kind, longest) = match body["msgtype"].as_str() {
            Some("text") => ("text", 2048),
            Some("markdown") => ("markdown", 4096),
            _ => return refused(40_008, "invalid message type"),
        };
        let text = body[kind]["content"].as_str().unwrap_or_default().to_owned();
        if text.is_empty() {
            return refused(44_004, "empty content");
        }
        if text.len() > longest {
            return refused(
                40_058,
                &format!("{kind}.content exceed max length {longest}. invalid Request Parameter"),
            );
        }
        self.take(call, text, body, &json!({"errcode": 0, "errmsg": "ok"}))
    }
}

pub(super) fn too_many() -> Answer {
    refused(45_009, "api freq out of limit")
}

fn refused(code: i64, message: &str) -> Answer {
    let errmsg = format!(
        "{message}, hint: [1755605200056773468916791], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    );
    Answer::json(&json!({"errcode": code, "errmsg": errmsg}), format!("{code}: {message}"))
}
