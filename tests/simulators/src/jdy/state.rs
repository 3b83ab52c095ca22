//! What the gateway and the account sets behind it hold, and the work of one call.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::answer::{Refusal, failed, success};
use super::config::{AccountSet, AuthoriseEnvelope, Config, Switches};
use super::customers::{Change, Customers};
use super::faults::Misbehaviour;
use super::op::Op;
use super::tokens::Tokens;
use super::{control, gate, generator, query, save};
use crate::quota::{Limit, Quota};
use crate::system::{self, Answer, ControlCall, Held, Request, Setting, System, Way, Wrong};

type Call<'a> = system::Call<'a, Simulated>;

const MINUTE_MS: i64 = 60_000;

/// The simulated gateway, and the account sets behind it.
pub struct Simulated {
    pub(super) tokens: Tokens,
    pub(super) customers: Customers,
    /// Those of account sets other than the first.
    elsewhere: HashMap<String, Customers>,
    token_calls: Quota,
    calls: HashMap<String, Quota>,
    previous: Option<Value>,
    rng: fastrand::Rng,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Config;

    const LARGEST_BODY: usize = 1 << 20;
    const JSON: &str = "application/json;charset=UTF-8";

    fn new(at: &Setting<'_, Self>) -> Self {
        let customers = at.data.customers.as_ref().map(|what| generator::generate(what, at.now_ms));
        Self {
            tokens: Tokens::new(at.now_ms),
            customers: customers.unwrap_or_default(),
            elsewhere: HashMap::new(),
            token_calls: Quota::default(),
            calls: HashMap::new(),
            previous: None,
            rng: fastrand::Rng::with_seed(7),
        }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn clock_stands_at_ms(switches: &Switches) -> Option<i64> {
        switches.clock_stands_at_ms
    }

    fn find(request: &Request, switches: &Switches) -> Way<Op> {
        match Op::find(&request.method, request.path()) {
            Some(op) => Way::To(op),
            None => Way::Astray { op: None, answer: Refusal::NoSuchApi.answer(switches) },
        }
    }

    fn shown(op: Op, request: &Request) -> Cow<'_, [u8]> {
        match op {
            Op::Save => (&*request.body).into(),
            Op::List | Op::Detail => request.query().as_bytes().into(),
            // The query of the token endpoint is a secret.
            Op::Authorise | Op::AppToken => Cow::default(),
        }
    }

    fn instead(&mut self, call: &Call<'_>) -> Option<Answer> {
        Some(match call.what? {
            Misbehaviour::Refuse { errcode, description } => failed(*errcode, description),
            Misbehaviour::TokenExpired => {
                self.tokens.expire();
                Refusal::Token.answer(call.switches)
            }
            Misbehaviour::TooMany => Refusal::TooMany.answer(call.switches),
            _ => return None,
        })
    }

    fn work(&mut self, call: &Call<'_>) -> Answer {
        self.try_work(call).unwrap_or_else(|refusal| {
            refusal.answer(call.switches).for_caller(format!("refused: {refusal:?}"))
        })
    }

    fn change(&mut self, change: &Change, at: &Setting<'_, Self>) -> usize {
        self.customers.change(change, at.now_ms)
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        control::route(held, at)
    }
}

impl Simulated {
    fn try_work(&mut self, call: &Call<'_>) -> Result<Answer, Refusal> {
        gate::check(call.request, &call.data.credentials, call.switches, call.now_ms)?;
        if !call.switches.whitelisted {
            return Err(Refusal::Whitelist);
        }
        if call.switches.forbidden.contains(&call.op) {
            return Err(Refusal::Permission);
        }
        match call.op {
            Op::Authorise => self.authorise(call),
            Op::AppToken => self.app_token(call),
            Op::List | Op::Detail | Op::Save => {
                let set = self.enter(call)?;
                Ok(self.business(set, call)?.for_caller(format!("token of {}", set.app_key)))
            }
        }
    }

    fn authorise(&self, call: &Call<'_>) -> Result<Answer, Refusal> {
        object(call.request)?;
        let instance = call.request.parameter("outerInstanceId").unwrap_or_default();
        let known = instance == call.data.credentials.outer_instance_id;
        let sets = if known { call.data.account_sets.as_slice() } else { &[] };
        let data = self.tokens.authorisations(sets, &instance, call.switches, call.now_ms);
        let summary = format!("authorisations {}", sets.len());
        let answer = match call.switches.authorise_envelope {
            AuthoriseEnvelope::Code => Answer::json(&json!({"code": 200, "data": data}), summary),
            AuthoriseEnvelope::Errcode => success(&data, summary),
        };
        Ok(answer.for_caller("signed"))
    }

    fn app_token(&mut self, call: &Call<'_>) -> Result<Answer, Refusal> {
        count(&mut self.token_calls, call.switches.token_calls_per_minute, call.now_ms)?;
        let parameter = |name: &str| call.request.parameter(name);
        let (Some(key), Some(sent)) = (parameter("app_key"), parameter("app_signature")) else {
            return Err(Refusal::business(1_030_002_000, "app_key、app_signature不能为空"));
        };
        let sets = &call.data.account_sets;
        let given = self.tokens.give(sets, &key, &sent, call.switches, call.now_ms, &mut self.rng);
        let data = given.ok_or(Refusal::AppSecret)?;
        Ok(success(&data, "token").for_caller(format!("secret of {key}")))
    }

    /// The account set that a business call is for.
    fn enter<'a>(&mut self, call: &Call<'a>) -> Result<&'a AccountSet, Refusal> {
        let token = call.request.header("app-token");
        let app_key = self.tokens.app_key(token, call.now_ms).ok_or(Refusal::Token)?;
        let set = call.data.account_sets.iter().find(|set| set.app_key == app_key).ok_or(Refusal::Token)?;
        // A trailing slash is seen in some documents (2.1).
        let named = call.request.header("x-gw-router-addr");
        if named.trim_end_matches('/') != set.domain.trim_end_matches('/') {
            return Err(Refusal::Route);
        }
        let quota = self.calls.entry(set.app_key.clone()).or_default();
        count(quota, call.switches.calls_per_minute, call.now_ms)?;
        Ok(set)
    }

    fn business(&mut self, set: &AccountSet, call: &Call<'_>) -> Result<Answer, Refusal> {
        let customers = match call.data.account_sets.first() == Some(set) {
            true => &mut self.customers,
            false => self.elsewhere.entry(set.app_key.clone()).or_default(),
        };
        let (request, switches) = (call.request, call.switches);
        let secret = &call.data.credentials.client_secret;
        let (mut data, mut rows) = match call.op {
            Op::List => query::list(customers, request, switches)?,
            Op::Detail => (query::detail(customers, request, secret, switches)?, 1),
            _ => (save::save(customers, &object(request)?, switches, call.now_ms)?, 1),
        };
        if call.op == Op::List {
            let right = data["rows"].clone();
            match (call.what, &self.previous) {
                (Some(Misbehaviour::EmptyPage), _) => (data["rows"], rows) = (json!([]), 0),
                (Some(Misbehaviour::RepeatPreviousPage), Some(previous)) => data["rows"] = previous.clone(),
                _ => {}
            }
            self.previous = Some(right);
        }
        if call.what == Some(&Misbehaviour::NoData) {
            data = Value::Null;
        }
        let summary = match call.op {
            Op::List => format!("rows {rows}"),
            Op::Detail => "one".to_owned(),
            _ => format!("saved {}", data["ids"][0].as_str().unwrap_or_default()),
        };
        Ok(Answer { rows, ends_query: call.op == Op::List, ..success(&data, summary) })
    }
}

/// The body, which must be an object.
fn object(request: &Request) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(&request.body).map_err(|broken| Refusal::Malformed(broken.to_string()))
}

/// Counts a call, unless it is one too many in the last minute.
fn count(quota: &mut Quota, most: Option<usize>, now_ms: i64) -> Result<(), Refusal> {
    let limit = most.map(|calls| Limit { calls, within_ms: MINUTE_MS });
    if quota.exceeded(now_ms, limit.as_slice()).is_some() {
        return Err(Refusal::TooMany);
    }
    quota.count(now_ms);
    Ok(())
}
