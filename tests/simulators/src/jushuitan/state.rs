//! All that the simulator holds, and the work of one call.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Refusal, bytes, success};
use super::auth::{self, Request};
use super::config::{App, Config, QuotaScope, RefusedCalls, Switches};
use super::faults::{Faults, Misbehaviour};
use super::generator;
use super::op::Op;
use super::query::{self, Page};
use super::records::{Change, Records, Row, TIME};
use super::tokens::Tokens;
use crate::log::Log;
use crate::quota::{Limit, Quota};

/// Asia/Shanghai, which knows no summer time.
const SHANGHAI_MS: i64 = 8 * 3_600_000;

pub(super) struct State {
    pub config: Config,
    pub switches: Switches,
    pub tokens: Tokens,
    pub records: Records,
    pub faults: Faults,
    pub log: Log<Op>,
    quotas: HashMap<Option<Op>, Quota>,
    previous: HashMap<Op, Vec<Value>>,
    rng: fastrand::Rng,
}

impl State {
    pub fn new(config: Config) -> Self {
        let switches = config.switches.clone();
        let now_ms = now_ms(&switches);
        let made = config.generate.as_ref().map(|what| generator::generate(what, local(now_ms)));
        Self {
            tokens: Tokens::new(&switches, now_ms),
            config,
            switches,
            records: made.unwrap_or_default(),
            faults: Faults::default(),
            log: Log::default(),
            quotas: HashMap::new(),
            previous: HashMap::new(),
            rng: fastrand::Rng::with_seed(7),
        }
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        now_ms(&self.switches)
    }

    /// The simulator's wall clock in Asia/Shanghai.
    pub fn now(&self) -> NaiveDateTime {
        local(self.now_ms())
    }

    /// Changes the data now; how many rows were touched.
    pub fn change(&mut self, change: &Change) -> usize {
        if *change == Change::ExpireTokens {
            self.tokens.expire(self.now_ms());
        }
        let now = self.now();
        self.records.change(change, now)
    }

    /// Gives out a token as a person would, by authorising the app.
    pub fn give_token(&mut self) -> Map<String, Value> {
        let now_ms = self.now_ms();
        self.tokens.give(&self.switches, now_ms, &mut self.rng)
    }

    /// Does the work of one call, twisted by a misbehaviour if it concerns the page.
    pub fn work(&mut self, request: &Request, op: Op, what: Option<&Misbehaviour>) -> Answer {
        match self.try_work(request, op, what) {
            Ok(answer) => answer,
            Err(refusal) => {
                Answer { auth: format!("refused: {refusal:?}"), ..refusal.answer(op, &self.switches) }
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
        let verified = auth::verify(op, request, &self.config.credentials, &self.switches, now_ms)?;
        if !self.switches.whitelisted {
            return Err(Refusal::Whitelist);
        }
        self.count(op, now_ms)?;
        match op {
            Op::GetInitToken | Op::RefreshToken => return self.token(op, &verified.biz, now_ms),
            _ if op.is_legacy() => {
                if verified.token != self.config.credentials.legacy_token {
                    return Err(Refusal::Token);
                }
                if op == Op::LegacyRefresh {
                    let end = local(self.tokens.extend(&self.switches, now_ms)?);
                    let data = json!({"data": {"expired_date": end.format(TIME).to_string()}});
                    return Ok(self.succeed(op, data, 0, "extended"));
                }
                if !self.tokens.is_legacy_good(now_ms) {
                    return Err(Refusal::Token);
                }
            }
            _ if !self.tokens.is_good(&verified.token, now_ms) => return Err(Refusal::Token),
            _ => {}
        }
        if self.switches.forbidden.contains(&op) {
            return Err(Refusal::Permission);
        }
        self.query(op, &verified.biz, what)
    }

    /// Five a second and a hundred a minute, wherever they begin.
    fn count(&mut self, op: Op, now_ms: i64) -> Result<(), Refusal> {
        let limit = |calls: Option<usize>, within_ms| calls.map(|calls| Limit { calls, within_ms });
        let second = limit(self.switches.calls_per_second, 1000);
        let minute = limit(self.switches.calls_per_minute, 60_000);
        let scope = match self.switches.quota_scope {
            QuotaScope::App => None,
            QuotaScope::Interface => Some(op),
        };
        let quota = self.quotas.entry(scope).or_default();
        let limits: Vec<Limit> = second.into_iter().chain(minute).collect();
        let exceeded = quota.exceeded(now_ms, &limits);
        if exceeded.is_none() || self.switches.refused_calls == RefusedCalls::Counted {
            quota.count(now_ms);
        }
        match exceeded {
            None => Ok(()),
            Some(limit) if limit.within_ms == 1000 => Err(Refusal::PerSecond),
            Some(_) => Err(Refusal::PerMinute),
        }
    }

    fn token(&mut self, op: Op, form: &Row, now_ms: i64) -> Result<Answer, Refusal> {
        if self.switches.app == App::Provider {
            return Err(Refusal::RenewalForbidden);
        }
        let field = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default();
        let data = if op == Op::RefreshToken {
            self.tokens.renew(field("refresh_token"), &self.switches, now_ms, &mut self.rng)?
        } else if field("code").chars().count() != 6 {
            return Err(Refusal::Parameter("参数code应为6位".into()));
        } else {
            self.tokens.give(&self.switches, now_ms, &mut self.rng)
        };
        Ok(self.succeed(op, Value::Object(data), 0, "token"))
    }

    fn query(&mut self, op: Op, biz: &Row, what: Option<&Misbehaviour>) -> Result<Answer, Refusal> {
        let (records, switches, rng) = (&self.records, &self.switches, &mut self.rng);
        let mut page = match op {
            Op::Inout | Op::LegacyInout => query::inouts(biz, records, switches, what, rng)?,
            Op::Shops => query::shops(biz, records, switches, what, rng)?,
            Op::LegacyShops => {
                Page { rows: query::legacy_shops(biz, records, switches, rng)?, facts: Map::new() }
            }
            _ => return Err(Refusal::UnknownMethod),
        };
        let right = page.rows.clone();
        match what {
            Some(Misbehaviour::EmptyPage) => {
                page.rows.clear();
                page.facts.insert("has_next".into(), true.into());
            }
            Some(Misbehaviour::RepeatPreviousPage) => {
                page.rows = self.previous.get(&op).cloned().unwrap_or_default();
            }
            Some(Misbehaviour::RowTwice) => {
                if let Some(first) = page.rows.first().cloned() {
                    page.rows.insert(1, first);
                }
            }
            Some(Misbehaviour::HasNextLies) => {
                let truth = page.facts.get("has_next") == Some(&Value::Bool(true));
                page.facts.insert("has_next".into(), (!truth).into());
            }
            _ => {}
        }
        self.previous.insert(op, right);
        let rows = page.rows.len();
        let list = if op == Op::LegacyShops { "shops" } else { "datas" };
        let mut data = page.facts;
        data.insert(list.to_owned(), page.rows.into());
        if what == Some(&Misbehaviour::NoData) {
            data.clear();
        }
        for change in self.faults.after_query() {
            self.change(&change);
        }
        let mut answer = self.succeed(op, Value::Object(data), rows, &format!("rows {rows}"));
        if what == Some(&Misbehaviour::NoData) && !op.is_legacy() {
            answer.body = json!({"msg": "执行成功", "code": 0, "data": null}).to_string().into();
        }
        Ok(answer)
    }

    fn succeed(&self, op: Op, data: Value, rows: usize, summary: &str) -> Answer {
        let data = data.as_object().cloned().unwrap_or_default();
        let body = success(op, data).to_string().into_bytes();
        let auth = if op.is_legacy() { "partner" } else { "app" };
        Answer { rows, auth: auth.to_owned(), ..bytes(body, summary.to_owned()) }
    }
}

fn now_ms(switches: &Switches) -> i64 {
    let machine = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        i64::try_from(since).unwrap_or(i64::MAX)
    };
    switches.clock_stands_at_ms.unwrap_or_else(machine).saturating_add(switches.clock_offset_ms)
}

pub(super) fn local(ms: i64) -> NaiveDateTime {
    DateTime::from_timestamp_millis(ms.saturating_add(SHANGHAI_MS)).unwrap_or_default().naive_utc()
}
