//! 钉钉自定义机器人.
//!
//! Refs: <https://open.dingtalk.com/document/orgapp/custom-robot-access> (address, types, 20 messages a minute, then 10
//! minutes of silence), <https://open.dingtalk.com/document/orgapp/customize-robot-security-settings> (`timestamp` in
//! milliseconds, within an hour; `sign` = URL-encoded base64 of HMAC-SHA256 with the secret as key over
//! `timestamp\nsecret`). That a body may have 20,000 bytes is what its error 460101 says
//! (<https://github.com/timonwong/prometheus-webhook-dingtalk/issues/30>).

use super::message::{Message, fit};
use super::{Known, Refusal, by_number, post};
use crate::settings::{Origin, uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use sha2::Sha256;

/// The most bytes of a body.
pub const LARGEST_BODY: usize = 20_000;

/// One robot.
#[derive(Clone)]
pub struct Robot {
    /// Where: `oapi.dingtalk.com`.
    pub origin: Origin,
    /// `access_token` of its address.
    pub token: String,
    /// The secret of 加签; `None` where the robot is secured otherwise (keyword `Ferry`, or IP addresses).
    pub secret: Option<String>,
}

/// Sends a message.
pub fn request(robot: &Robot, message: &Message, now_ms: i64) -> Request<Vec<u8>> {
    let mut path = format!("/robot/send?access_token={}", robot.token);
    if let Some(secret) = &robot.secret {
        let sign = sign(secret, now_ms);
        path += &format!("&timestamp={now_ms}&sign={}", utf8_percent_encode(&sign, NON_ALPHANUMERIC));
    }
    let body = |text: &str| json!({"msgtype": "text", "text": {"content": text}}).to_string().into_bytes();
    let text = fit(message, &|text| body(text).len() <= LARGEST_BODY);
    post(uri(&robot.origin, &path), body(&text))
}

/// The signature in base64.
pub fn sign(secret: &str, timestamp_ms: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{timestamp_ms}\n{secret}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What an answer means.
///
/// # Errors
/// Why the message was not taken.
pub fn outcome(answer: &Response<Vec<u8>>) -> Result<(), Refusal> {
    by_number(answer, "errcode", &ERRORS)
}

/// Refs: <https://open.dingtalk.com/document/orgapp/custom-robot-access> (310000), and what was seen in the field:
/// 130101 and 410100 for too many, 300001, 300005 and 400101 for the token, 460101 for the length.
static ERRORS: [Known; 6] = [
    Known {
        numbers: &[310_000],
        code: "robot_security",
        en: "the robot's security settings refused it: check dingtalk_secret (加签) and this machine's clock, or its keyword (use Ferry) and IP addresses",
        zh: "机器人安全设置拒绝了消息：请检查 dingtalk_secret（加签）与本机时钟，或其关键词（请用 Ferry）与 IP 地址段",
    },
    Known {
        numbers: &[300_001, 300_005, 400_101, 40_035],
        code: "robot_unknown",
        en: "no such robot: copy dingtalk_token anew from the robot's webhook address",
        zh: "机器人不存在：请从机器人的 Webhook 地址重新复制 dingtalk_token",
    },
    Known {
        numbers: &[130_101, 410_100],
        code: "robot_too_many",
        en: "more than 20 messages in a minute: others use this robot too; give Ferry one of its own",
        zh: "一分钟内超过 20 条消息：该机器人另有他用；请为 Ferry 单独添加机器人",
    },
    Known {
        numbers: &[460_101, 101_002],
        code: "message_too_long",
        en: "the message was too long",
        zh: "消息过长",
    },
    Known {
        numbers: &[400_102, 400_106, 400_013],
        code: "robot_gone",
        en: "the robot was switched off or removed from its group, or the group is gone",
        zh: "机器人已停用或已移出群，或群已解散",
    },
    Known {
        numbers: &[-1],
        code: "robot_busy",
        en: "DingTalk was busy; it is sent again",
        zh: "钉钉系统繁忙；将重新发送",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with OpenSSL: `printf '1700000000000\nSECdemo' | openssl dgst -sha256 -hmac SECdemo -binary | base64`.
    #[test]
    fn the_secret_is_the_key_and_part_of_the_text() {
        assert_eq!(sign("SECdemo", 1_700_000_000_000), "lOvVf9TQCVugV68mGbSZCg0gzOl1SVjxWi1MyVZCUuA=");
    }
}
