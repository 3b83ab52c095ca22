//! All that the simulator holds, and the work of one call.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::answer::{Answer, Refusal, answer, success};
use super::config::{AccountSet, AuthoriseEnvelope, Config, Switches};
use super::customers::{Change, Customers};
use super::faults::{Faults, Misbehaviour};
use super::gate::{self, Request};
use super::generator;
use super::op::Op;
use super::tokens::Tokens;
use super::{query, save};
use crate::log::Log;
use crate::quota::{Limit, Quota};

const MINUTE_MS: i64 = 60_000;

pub(super) struct State {
    pub config: Config,
    pub switches: Switches,
    pub tokens: Tokens,
    pub customers: Customers,
    pub faults: Faults,
    pub log: Log<Op>,
    /// Those of account sets other than the first.
    elsewhere: HashMap<String, Customers>,
    token_calls: Quota,
    calls: HashMap<String, Quota>,
    previous: Option<Value>,
    rng: fastrand::Rng,
}

impl State {
    pub fn new(config: Config) -> Self {
        let switches = config.switches.clone();
        let now_ms = now_ms(&switches);
        let customers = config.customers.as_ref().map(|what| generator::generate(what, now_ms));
        Self {
            config,
            switches,
            tokens: Tokens::new(now_ms),
            customers: customers.unwrap_or_default(),
            faults: Faults::default(),
            log: Log::default(),
            elsewhere: HashMap::new(),
            token_calls: Quota::default(),
            calls: HashMap::new(),
            previous: None,
            rng: fastrand::Rng::with_seed(7),
        }
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        now_ms(&self.switches)
    }

    /// Changes the customers now; how many were touched.
    pub fn change(&mut self, change: &Change) -> usize {
        let now_ms = self.now_ms();
        self.customers.change(change, now_ms)
    }

    /// Does the work of one call, twisted by a misbehaviour if it concerns the answer.
    pub fn work(&mut self, request: &Request, op: Op, what: Option<&Misbehaviour>) -> Answer {
        match self.try_work(request, op, what) {
            Ok(answer) => answer,
            Err(refusal) => {
                Answer { auth: format!("refused: {refusal:?}"), ..refusal.answer(&self.switches) }
            }
        }
    }

    fn try_work(
        &mut self,
        request: &Request,
        op: Op,
        what: Option<&Misbehaviour>,
    ) -> Result<Answer, Refusal> {
        let now_ms = self.now_ms();
        gate::check(request, &self.config.credentials, &self.switches, now_ms)?;
        if !self.switches.whitelisted {
            return Err(Refusal::Whitelist);
        }
        if self.switches.forbidden.contains(&op) {
            return Err(Refusal::Permission);
        }
        match op {
            Op::Authorise => self.authorise(request, now_ms),
            Op::AppToken => self.app_token(request, now_ms),
            Op::List | Op::Detail | Op::Save => {
                let set = self.enter(request, now_ms)?;
                let answer = self.business(&set, request, op, what, now_ms)?;
                Ok(Answer { auth: format!("token of {}", set.app_key), ..answer })
            }
        }
    }

    fn authorise(&self, request: &Request, now_ms: i64) -> Result<Answer, Refusal> {
        object(request)?;
        let instance = request.parameter("outerInstanceId").unwrap_or_default();
        let known = instance == self.config.credentials.outer_instance_id;
        let sets = if known { self.config.account_sets.as_slice() } else { &[] };
        let data = self.tokens.authorisations(sets, &instance, &self.switches, now_ms);
        let summary = format!("authorisations {}", sets.len());
        let answer = match self.switches.authorise_envelope {
            AuthoriseEnvelope::Code => answer(json!({"code": 200, "data": data}).to_string(), summary),
            AuthoriseEnvelope::Errcode => success(&data, summary),
        };
        Ok(Answer { auth: "signed".into(), ..answer })
    }

    fn app_token(&mut self, request: &Request, now_ms: i64) -> Result<Answer, Refusal> {
        count(&mut self.token_calls, self.switches.token_calls_per_minute, now_ms)?;
        let (Some(key), Some(sent)) = (request.parameter("app_key"), request.parameter("app_signature"))
        else {
            return Err(Refusal::business(1_030_002_000, "app_key、app_signature不能为空"));
        };
        let sets = &self.config.account_sets;
        let given = self.tokens.give(sets, &key, &sent, &self.switches, now_ms, &mut self.rng);
        let data = given.ok_or(Refusal::AppSecret)?;
        Ok(Answer { auth: format!("secret of {key}"), ..success(&data, "token".into()) })
    }

    /// The account set that a business call is for.
    fn enter(&mut self, request: &Request, now_ms: i64) -> Result<AccountSet, Refusal> {
        let app_key = self.tokens.app_key(request.header("app-token"), now_ms).ok_or(Refusal::Token)?;
        let set = self.config.account_sets.iter().find(|set| set.app_key == app_key);
        let set = set.ok_or(Refusal::Token)?.clone();
        // A trailing slash is seen in some documents (2.1).
        if request.header("x-gw-router-addr").trim_end_matches('/') != set.domain.trim_end_matches('/') {
            return Err(Refusal::Route);
        }
        let quota = self.calls.entry(set.app_key.clone()).or_default();
        count(quota, self.switches.calls_per_minute, now_ms)?;
        Ok(set)
    }

    fn business(
        &mut self,
        set: &AccountSet,
        request: &Request,
        op: Op,
        what: Option<&Misbehaviour>,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let is_first = self.config.account_sets.first() == Some(set);
        let customers = match is_first {
            true => &mut self.customers,
            false => self.elsewhere.entry(set.app_key.clone()).or_default(),
        };
        let (switches, secret) = (&self.switches, &self.config.credentials.client_secret);
        let (mut data, mut rows) = match op {
            Op::List => query::list(customers, request, switches)?,
            Op::Detail => (query::detail(customers, request, secret, switches)?, 1),
            _ => (save::save(customers, &object(request)?, switches, now_ms)?, 1),
        };
        if op == Op::List {
            let right = data["rows"].clone();
            match (what, &self.previous) {
                (Some(Misbehaviour::EmptyPage), _) => (data["rows"], rows) = (json!([]), 0),
                (Some(Misbehaviour::RepeatPreviousPage), Some(previous)) => data["rows"] = previous.clone(),
                _ => {}
            }
            self.previous = Some(right);
            for change in self.faults.after_query() {
                self.change(&change);
            }
        }
        if what == Some(&Misbehaviour::NoData) {
            data = Value::Null;
        }
        let summary = match op {
            Op::List => format!("rows {rows}"),
            Op::Detail => "one".to_owned(),
            _ => format!("saved {}", data["ids"][0].as_str().unwrap_or_default()),
        };
        Ok(Answer { rows, ..success(&data, summary) })
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

fn now_ms(switches: &Switches) -> i64 {
    let machine = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        i64::try_from(since).unwrap_or(i64::MAX)
    };
    switches.clock_stands_at_ms.unwrap_or_else(machine).saturating_add(switches.clock_offset_ms)
}
