//! The channels that alerts go through: the robots of 钉钉, 企业微信 and 飞书, and a plain webhook.
//!
//! A module for each, all of one shape: `Robot` (where it is, and its secrets), `request` (a [`Message`] as this robot
//! takes it, within its limit of size), `outcome` (what its answer means). The robots answer HTTP 200 with an error
//! inside; their codes are tables, read from top to bottom.
//!
//! **The addresses hold access tokens, so addresses are secrets too.** Of an answer only its code is kept, never its
//! text, which may quote the request.

pub mod dingtalk;
pub mod feishu;
pub mod message;
pub mod webhook;
pub mod wecom;

pub use message::{Change, Item, Message};

use crate::words::Words;
use ferry_sync::host::HttpFailure;
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A channel that is set up.
#[derive(Clone)]
pub enum Channel {
    /// 钉钉
    DingTalk(dingtalk::Robot),
    /// 企业微信
    WeCom(wecom::Robot),
    /// 飞书
    Feishu(feishu::Robot),
    /// A plain webhook.
    Webhook(webhook::Webhook),
}

/// Which channel: all that may be said of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelName {
    /// 钉钉
    Dingtalk,
    /// 企业微信
    Wecom,
    /// 飞书
    Feishu,
    /// A plain webhook.
    Webhook,
}

impl ChannelName {
    /// Its name in JSON, in metrics and in the names of variables.
    pub fn name(self) -> &'static str {
        match self {
            ChannelName::Dingtalk => "dingtalk",
            ChannelName::Wecom => "wecom",
            ChannelName::Feishu => "feishu",
            ChannelName::Webhook => "webhook",
        }
    }

    /// As people call it.
    pub fn words(self) -> Words {
        match self {
            ChannelName::Dingtalk => Words::new("DingTalk", "钉钉"),
            ChannelName::Wecom => Words::new("WeCom", "企业微信"),
            ChannelName::Feishu => Words::new("Feishu", "飞书"),
            ChannelName::Webhook => Words::new("webhook", "Webhook"),
        }
    }
}

/// Why a message was not taken: nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable name.
    pub code: String,
    /// The vendor's number, or the HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What it means, and what to do.
    pub words: Words,
}

impl Channel {
    /// Which it is.
    pub fn name(&self) -> ChannelName {
        match self {
            Channel::DingTalk(_) => ChannelName::Dingtalk,
            Channel::WeCom(_) => ChannelName::Wecom,
            Channel::Feishu(_) => ChannelName::Feishu,
            Channel::Webhook(_) => ChannelName::Webhook,
        }
    }

    /// The request that sends this message at this time (Unix milliseconds).
    pub fn request(&self, message: &Message, now_ms: i64) -> Request<Vec<u8>> {
        match self {
            Channel::DingTalk(robot) => dingtalk::request(robot, message, now_ms),
            Channel::WeCom(robot) => wecom::request(robot, message),
            Channel::Feishu(robot) => feishu::request(robot, message, now_ms),
            Channel::Webhook(webhook) => webhook::request(webhook, message, now_ms),
        }
    }

    /// What came of it.
    ///
    /// # Errors
    /// Why it was not taken.
    pub fn outcome(&self, answer: &Result<Response<Vec<u8>>, HttpFailure>) -> Result<(), Refusal> {
        let answer = answer.as_ref().map_err(no_answer)?;
        match self {
            Channel::DingTalk(_) => dingtalk::outcome(answer),
            Channel::WeCom(_) => wecom::outcome(answer),
            Channel::Feishu(_) => feishu::outcome(answer),
            Channel::Webhook(_) => webhook::outcome(answer),
        }
    }
}

/// No answer came. The host's words may name the address, so that only their kind is told.
pub(crate) fn no_answer(failure: &HttpFailure) -> Refusal {
    if failure.denied {
        return refusal(
            "host_not_allowed",
            None,
            "the platform denied the connection: check the variables …_scheme and …_host of all channels, one malformed host denies all of them",
            "运行平台拒绝了该连接：请检查所有通道的 …_scheme 与 …_host 变量，任何一个格式不对都会拒绝全部连接",
        );
    }
    refusal(
        "no_answer",
        None,
        "no answer in time, or no connection: check the host and the network; it is sent again",
        "未及时应答或无法连接：请检查主机与网络；将重新发送",
    )
}

fn refusal(code: &str, number: Option<i64>, en: &str, zh: &str) -> Refusal {
    Refusal { code: code.to_owned(), number, words: Words::new(en, zh) }
}

/// One line of a robot's table of errors.
struct Known {
    numbers: &'static [i64],
    code: &'static str,
    en: &'static str,
    zh: &'static str,
}

/// Reads the number in the field of this name; 0 is success.
fn by_number(answer: &Response<Vec<u8>>, field: &str, table: &[Known]) -> Result<(), Refusal> {
    let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
    match body.as_ref().and_then(|body| body.get(field)).and_then(Value::as_i64) {
        Some(0) if answer.status().is_success() => Ok(()),
        Some(number) if number != 0 => {
            let known = table.iter().find(|line| line.numbers.contains(&number));
            Err(match known {
                Some(line) => refusal(line.code, Some(number), line.en, line.zh),
                None => refusal(
                    "refused",
                    Some(number),
                    "the robot refused the message; look its number up in the vendor's list of errors",
                    "机器人拒绝了消息；请在厂商的错误码表中查询该错误码",
                ),
            })
        }
        // A gateway, a login page, or somebody else altogether.
        _ => Err(refusal(
            "not_its_answer",
            Some(answer.status().as_u16().into()),
            "what came back is not this robot's answer: check the host; a proxy or a gateway may stand before it",
            "应答不是来自该机器人：请检查主机；中间可能有代理或网关",
        )),
    }
}

/// A JSON request to an address that was made of checked parts.
fn post(uri: Option<http::Uri>, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    // Settings let only such tokens through as fit into an address.
    *request.uri_mut() = uri.unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert("user-agent", http::HeaderValue::from_static("ferry"));
    request
}
