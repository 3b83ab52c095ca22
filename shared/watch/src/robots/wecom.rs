//! 企业微信群机器人.
//!
//! Ref: <https://developer.work.weixin.qq.com/document/path/91770>: the key stands in the address and nothing is signed;
//! 20 messages a minute; a text may have 2,048 bytes and a markdown content 4,096, which is why this is markdown.

use super::message::{Message, fit};
use super::{Known, Refusal, by_number, post};
use crate::settings::{Origin, uri};
use http::{Request, Response};
use serde_json::json;

/// The most bytes of a markdown content.
pub const LONGEST_CONTENT: usize = 4096;

/// One robot.
#[derive(Clone)]
pub struct Robot {
    /// Where: `qyapi.weixin.qq.com`.
    pub origin: Origin,
    /// `key` of its address.
    pub key: String,
}

/// Sends a message.
pub fn request(robot: &Robot, message: &Message) -> Request<Vec<u8>> {
    let content = fit(message, &|text| text.len() <= LONGEST_CONTENT);
    let body = json!({"msgtype": "markdown", "markdown": {"content": content}});
    let path = format!("/cgi-bin/webhook/send?key={}", robot.key);
    post(uri(&robot.origin, &path), body.to_string().into_bytes())
}

/// What an answer means.
///
/// # Errors
/// Why the message was not taken.
pub fn outcome(answer: &Response<Vec<u8>>) -> Result<(), Refusal> {
    by_number(answer, "errcode", &ERRORS)
}

/// Ref: <https://developer.work.weixin.qq.com/document/path/90313> (全局错误码).
static ERRORS: [Known; 4] = [
    Known {
        numbers: &[93_000, 93_004, 93_008],
        code: "robot_unknown",
        en: "no such robot: copy wecom_key anew from the robot's webhook address",
        zh: "机器人不存在：请从机器人的 Webhook 地址重新复制 wecom_key",
    },
    Known {
        numbers: &[45_009, 45_033],
        code: "robot_too_many",
        en: "more than 20 messages in a minute: others use this robot too; give Ferry one of its own",
        zh: "一分钟内超过 20 条消息：该机器人另有他用；请为 Ferry 单独添加机器人",
    },
    Known {
        numbers: &[40_058],
        code: "message_too_long",
        en: "the message was refused as too long or malformed",
        zh: "消息因过长或格式不正确被拒绝",
    },
    Known {
        numbers: &[-1],
        code: "robot_busy",
        en: "WeCom was busy; it is sent again",
        zh: "企业微信系统繁忙；将重新发送",
    },
];
