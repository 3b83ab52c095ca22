//! 飞书自定义机器人.
//!
//! Ref: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>: `timestamp` in seconds, within an hour; `sign`
//! = base64 of HMAC-SHA256 with `timestamp\nsecret` as *key* over nothing, both in the body; 5 messages a second and 100
//! a minute; a body may have 20 KB.

use super::message::{Message, fit};
use super::{Known, Refusal, by_number, post};
use crate::settings::{Origin, uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use serde_json::{Value, json};
use sha2::Sha256;

/// The most bytes of a body. The document says 20 KB; this is so whichever KB it means.
pub const LARGEST_BODY: usize = 20_000;

/// One robot.
#[derive(Clone)]
pub struct Robot {
    /// Where: `open.feishu.cn`, or `open.larksuite.com`.
    pub origin: Origin,
    /// The last part of its address's path.
    pub hook: String,
    /// The secret of 签名校验; `None` where the robot is secured otherwise (keyword `Ferry`, or IP addresses).
    pub secret: Option<String>,
}

/// Sends a message.
pub fn request(robot: &Robot, message: &Message, now_ms: i64) -> Request<Vec<u8>> {
    let timestamp = now_ms.div_euclid(1000);
    let signed: Vec<(&str, Value)> = match &robot.secret {
        Some(secret) => {
            vec![("timestamp", timestamp.to_string().into()), ("sign", sign(secret, timestamp).into())]
        }
        None => Vec::new(),
    };
    let body = |text: &str| {
        let mut body = json!({"msg_type": "text", "content": {"text": text}});
        for (name, value) in &signed {
            body[*name] = value.clone();
        }
        body.to_string().into_bytes()
    };
    let text = fit(message, &|text| body(text).len() <= LARGEST_BODY);
    post(uri(&robot.origin, &format!("/open-apis/bot/v2/hook/{}", robot.hook)), body(&text))
}

/// The signature in base64.
pub fn sign(secret: &str, timestamp: i64) -> String {
    let key = format!("{timestamp}\n{secret}");
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What an answer means.
///
/// # Errors
/// Why the message was not taken.
pub fn outcome(answer: &Response<Vec<u8>>) -> Result<(), Refusal> {
    by_number(answer, "code", &ERRORS)
}

/// Ref: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot> (19021, 19022, 19024; 11232 under load).
static ERRORS: [Known; 5] = [
    Known {
        numbers: &[19_021],
        code: "robot_security",
        en: "the signature was refused: check feishu_secret (签名校验) and this machine's clock",
        zh: "签名未通过：请检查 feishu_secret（签名校验）与本机时钟",
    },
    Known {
        numbers: &[19_022, 19_024],
        code: "robot_security",
        en: "the robot's security settings refused it: check its keyword (use Ferry) and IP addresses",
        zh: "机器人安全设置拒绝了消息：请检查其关键词（请用 Ferry）与 IP 白名单",
    },
    Known {
        numbers: &[19_001],
        code: "robot_unknown",
        en: "no such robot: copy feishu_hook anew, the last part of the robot's webhook address",
        zh: "机器人不存在：请重新复制 feishu_hook，即机器人 Webhook 地址的最后一段",
    },
    Known {
        numbers: &[11_232, 99_991_400],
        code: "robot_too_many",
        en: "too many messages, or Feishu was busy; it is sent again",
        zh: "发送过于频繁，或飞书系统繁忙；将重新发送",
    },
    Known {
        numbers: &[9499, 19_002],
        code: "message_refused",
        en: "the message was refused as malformed or too long",
        zh: "消息因格式不正确或过长被拒绝",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with OpenSSL: `printf '' | openssl dgst -sha256 -hmac "$(printf '1700000000\ndemo')" -binary | base64`.
    #[test]
    fn timestamp_and_secret_are_the_key_and_nothing_is_signed() {
        assert_eq!(sign("demo", 1_700_000_000), "8oT2n3SMKFfEnDoiwer8BUM/SjKLwe9SqoEIHlhDTKo=");
    }
}
