//! The robots of 钉钉, 企业微信 and 飞书 that bring alerts into a group, a plain webhook and a listener for heartbeats, all
//! on one address. Strict, from the vendors' documents; nothing here comes from `shared/`.
//!
//! | file | does |
//! |---|---|
//! | `dingtalk` | `POST /robot/send?access_token=…&timestamp=…&sign=…` |
//! | `wecom` | `POST /cgi-bin/webhook/send?key=…` |
//! | `feishu` | `POST /open-apis/bot/v2/hook/<hook>` |
//! | `config` | credentials, switches |
//! | `running` | what a test can do with them besides what [`Running`] can do with every system |
//!
//! `POST /hooks/<secret>` is the plain webhook, `GET /beats/<secret>` the heartbeat. All that was taken is kept, in the
//! order of arrival. Left out: every type of message but text and markdown, keywords and lists of addresses.

mod config;
mod dingtalk;
mod feishu;
mod running;
mod wecom;

use std::borrow::Cow;
use std::collections::BTreeMap;

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::quota::{Limit, Quota};
use crate::system::{self, Answer, ControlCall, Held, Operation, Request, Setting, System, Way, Wrong};

pub use crate::faults::{Chance, Work};
pub use crate::system::Misbehaviour;
pub use config::{Data, Switches};
pub use running::Robots;

/// What they are started with.
pub type Config = system::Config<Simulated>;
/// Running simulators.
pub type Running = system::Running<Simulated>;
/// A misbehaviour and when it shall happen.
pub type Fault = crate::faults::Fault<Op, Misbehaviour>;
/// One call.
pub type Call = crate::log::Call<Op>;

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// 钉钉
    Dingtalk,
    /// 企业微信
    Wecom,
    /// 飞书
    Feishu,
    /// The plain webhook.
    Webhook,
    /// The listener for heartbeats.
    Heartbeat,
}

impl Operation for Op {
    fn is_query(self) -> bool {
        false
    }
}

/// What was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// Who took it.
    pub by: Op,
    /// Milliseconds since 1970 by the simulators' clock.
    pub at_ms: i64,
    /// What people read in the group; of a webhook the field `text`.
    pub text: String,
    /// The body, whole.
    pub body: Value,
}

/// A change by somebody else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Takes a robot out of its group: from now on its address is unknown.
    Remove {
        /// Which.
        robot: Op,
    },
    /// Puts it back.
    Restore {
        /// Which.
        robot: Op,
    },
}

/// The simulated robots.
pub struct Simulated {
    data: Data,
    received: Vec<Received>,
    removed: Vec<Op>,
    quotas: BTreeMap<Op, Quota>,
    /// 钉钉 is silent for ten minutes after too many messages.
    silent_until_ms: i64,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Data;

    const LARGEST_BODY: usize = 1 << 20;

    fn new(at: &Setting<'_, Self>) -> Self {
        Self {
            data: at.data.clone(),
            received: Vec::new(),
            removed: Vec::new(),
            quotas: BTreeMap::new(),
            silent_until_ms: 0,
        }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn find(request: &Request, _switches: &Switches) -> Way<Op> {
        let (op, by) = match request.path() {
            "/robot/send" => (Op::Dingtalk, Method::POST),
            "/cgi-bin/webhook/send" => (Op::Wecom, Method::POST),
            path if path.starts_with("/open-apis/bot/v2/hook/") => (Op::Feishu, Method::POST),
            path if path.starts_with("/hooks/") => (Op::Webhook, Method::POST),
            path if path.starts_with("/beats/") => (Op::Heartbeat, Method::GET),
            _ => return Way::not_found(None),
        };
        if request.method == by { Way::To(op) } else { Way::other_method(None) }
    }

    // 飞书's body holds the signature.
    fn shown(op: Op, request: &Request) -> Cow<'_, [u8]> {
        if op == Op::Feishu { Cow::default() } else { request.body.as_ref().into() }
    }

    fn work(&mut self, call: &system::Call<'_, Self>) -> Answer {
        match (call.what, call.op) {
            (Some(Misbehaviour::TooMany), Op::Dingtalk) => return dingtalk::too_many(),
            (Some(Misbehaviour::TooMany), Op::Wecom) => return wecom::too_many(),
            (Some(Misbehaviour::TooMany), Op::Feishu) => return feishu::too_many(),
            (Some(Misbehaviour::TooMany), _) => return Answer::html(429, "Too Many Requests"),
            (Some(Misbehaviour::TokenLost), op) => self.removed.push(op),
            _ => {}
        }
        match call.op {
            Op::Dingtalk => self.dingtalk(call),
            Op::Wecom => self.wecom(call),
            Op::Feishu => self.feishu(call),
            Op::Webhook | Op::Heartbeat => self.plain(call),
        }
    }

    fn change(&mut self, change: &Change, _at: &Setting<'_, Self>) -> usize {
        match change {
            Change::Remove { robot } => self.removed.push(*robot),
            Change::Restore { robot } => self.removed.retain(|removed| removed != robot),
        }
        1
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        let Self { received, .. } = &mut held.system;
        Ok(match (at.method, at.segments) {
            ("GET", ["messages"]) => json!(received),
            ("DELETE", ["messages"]) => {
                received.clear();
                json!({})
            }
            _ => return Err(Wrong::NotFound),
        })
    }
}

impl Simulated {
    /// The plain webhook and the heartbeat.
    fn plain(&mut self, call: &system::Call<'_, Self>) -> Answer {
        let (path, status) = match call.op {
            Op::Heartbeat => (&self.data.heartbeat_path, call.switches.heartbeat_status),
            _ => (&self.data.webhook_path, call.switches.webhook_status),
        };
        if call.request.path() != path || self.removed.contains(&call.op) {
            return Answer::html(404, "Not Found");
        }
        if !(200..300).contains(&status) {
            return Answer::html(status, "refused by a switch");
        }
        if call.op == Op::Heartbeat {
            return self.take(call, String::new(), Value::Null, &json!("OK"));
        }
        let body: Value = match serde_json::from_slice(&call.request.body) {
            Ok(body) => body,
            Err(_) => return Answer::html(400, "no JSON"),
        };
        let text = body["text"].as_str().unwrap_or_default().to_owned();
        self.take(call, text, body, &json!({"ok": true}))
    }

    /// Keeps what was said, and answers that it was taken.
    fn take(&mut self, call: &system::Call<'_, Self>, text: String, body: Value, answer: &Value) -> Answer {
        self.received.push(Received { by: call.op, at_ms: call.now_ms, text, body });
        Answer::json(answer, "taken").for_caller("a robot of the group")
    }

    /// Whether this message is one too many; otherwise it counts.
    fn is_too_many(&mut self, call: &system::Call<'_, Self>, limits: &[Limit]) -> bool {
        let quota = self.quotas.entry(call.op).or_default();
        let exceeded = quota.exceeded(call.now_ms, limits).is_some();
        if !exceeded {
            quota.count(call.now_ms);
        }
        exceeded
    }
}

/// Whether a time of the caller is within an hour of ours, both in milliseconds.
fn is_recent(given_ms: i64, now_ms: i64) -> bool {
    given_ms.abs_diff(now_ms) <= 3_600_000
}
