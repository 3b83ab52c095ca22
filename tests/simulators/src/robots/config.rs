//! Who may call, and the switches that may be turned while they run.

use serde::{Deserialize, Serialize};

/// The robots' addresses and secrets, all made up.
#[derive(Clone, Debug)]
pub struct Data {
    /// 钉钉: `access_token`.
    pub dingtalk_token: String,
    /// 钉钉: the secret of 加签.
    pub dingtalk_secret: String,
    /// 企业微信: `key`.
    pub wecom_key: String,
    /// 飞书: the last part of the path.
    pub feishu_hook: String,
    /// 飞书: the secret of 签名校验.
    pub feishu_secret: String,
    /// The path of the plain webhook.
    pub webhook_path: String,
    /// The path of the heartbeat.
    pub heartbeat_path: String,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dingtalk_token: "566cc69da782ec1c2fab7e4b4b6b1c1f5a6e9d0c2b3a49586776655443322110".into(),
            dingtalk_secret: "SECd2c1f0a9b8e7d6c5f4a3928170605f4e3d2c1b0a99887766554433221100ffee".into(),
            wecom_key: "693a91f6-7a0c-4bc4-97a0-0ec2c1fa5aaa".into(),
            feishu_hook: "db264cc8-856d-4be9-8b3e-962f5fced676".into(),
            feishu_secret: "CSTEfHRnFBuHisZNCxLw3d".into(),
            webhook_path: "/hooks/T0123456789abcdef".into(),
            heartbeat_path: "/beats/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".into(),
        }
    }
}

impl Data {
    /// All of them, by the names that Ferry's variables have for them.
    pub fn secrets(&self) -> [(&'static str, String); 7] {
        [
            ("dingtalk_token", &self.dingtalk_token),
            ("dingtalk_secret", &self.dingtalk_secret),
            ("wecom_key", &self.wecom_key),
            ("feishu_hook", &self.feishu_hook),
            ("feishu_secret", &self.feishu_secret),
            ("alert_webhook_path", &self.webhook_path),
            ("heartbeat_path", &self.heartbeat_path),
        ]
        .map(|(name, value)| (name, value.clone()))
    }
}

/// In the control API this is a JSON object with these names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether 钉钉 wants signatures.
    pub dingtalk_signed: bool,
    /// Whether 飞书 does.
    pub feishu_signed: bool,
    /// What the plain webhook answers.
    pub webhook_status: u16,
    /// What the listener for heartbeats answers.
    pub heartbeat_status: u16,
    /// Milliseconds that the simulators' clock is ahead (behind if negative) of the machine's.
    pub clock_offset_ms: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            dingtalk_signed: true,
            feishu_signed: true,
            webhook_status: 200,
            heartbeat_status: 200,
            clock_offset_ms: 0,
        }
    }
}
