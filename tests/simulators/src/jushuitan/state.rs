//! What the open platform holds, and the work of one call.

use std::borrow::Cow;
use std::collections::HashMap;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::{Refusal, success};
use super::config::{App, Config, QuotaScope, RefusedCalls, Switches};
use super::faults::Misbehaviour;
use super::op::Op;
use super::query::{self, Page};
use super::records::{Change, Records, Row, TIME};
use super::tokens::Tokens;
use super::{auth, control, generator};
use crate::quota::{Limit, Quota};
use crate::system::{self, Answer, ControlCall, Held, Request, Setting, System, Way, Wrong, shanghai};

type Call<'a> = system::Call<'a, Simulated>;

/// The simulated open platform.
pub struct Simulated {
    pub(super) tokens: Tokens,
    pub(super) records: Records,
    quotas: HashMap<Option<Op>, Quota>,
    previous: HashMap<Op, Vec<Value>>,
    rng: fastrand::Rng,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Config;

    const LARGEST_BODY: usize = 1 << 20;

    fn new(at: &Setting<'_, Self>) -> Self {
        let made = at.data.generate.as_ref().map(|what| generator::generate(what, at.now()));
        Self {
            tokens: Tokens::new(at.switches, at.now_ms),
            records: made.unwrap_or_default(),
            quotas: HashMap::new(),
            previous: HashMap::new(),
            rng: fastrand::Rng::with_seed(7),
        }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn clock_stands_at_ms(switches: &Switches) -> Option<i64> {
        switches.clock_stands_at_ms
    }

    fn find(request: &Request, _switches: &Switches) -> Way<Op> {
        match Op::find(request.path(), request.query()) {
            Some(op) if request.method == Method::POST => Way::To(op),
            Some(op) => Way::other_method(Some(op)),
            None => Way::not_found(None),
        }
    }

    /// The business parameters of a query: neither tokens nor signatures.
    fn shown(op: Op, request: &Request) -> Cow<'_, [u8]> {
        if op.is_legacy() {
            return (&*request.body).into();
        }
        let biz = form_urlencoded::parse(&request.body).find(|(name, _)| op.is_query() && name == "biz");
        biz.map(|(_, biz)| biz.into_owned().into_bytes().into()).unwrap_or_default()
    }

    fn instead(&mut self, call: &Call<'_>) -> Option<Answer> {
        let refusal = match call.what? {
            Misbehaviour::Refuse { code, msg } => Refusal::Command(*code, msg.clone()),
            Misbehaviour::TokenExpired => {
                self.tokens.expire(call.now_ms);
                Refusal::Token
            }
            _ => return None,
        };
        Some(refusal.answer(call.op, call.switches))
    }

    fn work(&mut self, call: &Call<'_>) -> Answer {
        self.try_work(call).unwrap_or_else(|refusal| {
            refusal.answer(call.op, call.switches).for_caller(format!("refused: {refusal:?}"))
        })
    }

    fn change(&mut self, change: &Change, at: &Setting<'_, Self>) -> usize {
        if *change == Change::ExpireTokens {
            self.tokens.expire(at.now_ms);
        }
        self.records.change(change, at.now())
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        control::route(held, at)
    }
}

impl Simulated {
    /// Gives out a token as a person would, by authorising the app.
    pub(super) fn give_token(&mut self, switches: &Switches, now_ms: i64) -> Map<String, Value> {
        self.tokens.give(switches, now_ms, &mut self.rng)
    }

    fn try_work(&mut self, call: &Call<'_>) -> Result<Answer, Refusal> {
        let (op, switches, now_ms) = (call.op, call.switches, call.now_ms);
        let credentials = &call.data.credentials;
        let verified = auth::verify(op, call.request, credentials, switches, now_ms)?;
        if !switches.whitelisted {
            return Err(Refusal::Whitelist);
        }
        self.count(call)?;
        match op {
            Op::GetInitToken | Op::RefreshToken => return self.token(&verified.biz, call),
            _ if op.is_legacy() => {
                if verified.token != credentials.legacy_token {
                    return Err(Refusal::Token);
                }
                if op == Op::LegacyRefresh {
                    let end = shanghai(self.tokens.extend(switches, now_ms)?).format(TIME).to_string();
                    let told = Map::from_iter([("expired_date".to_owned(), end.into())]);
                    let data = Map::from_iter([("data".to_owned(), told.into())]);
                    return Ok(succeeded(op, data, "extended"));
                }
                if !self.tokens.is_legacy_good(now_ms) {
                    return Err(Refusal::Token);
                }
            }
            _ if !self.tokens.is_good(&verified.token, now_ms) => return Err(Refusal::Token),
            _ => {}
        }
        if switches.forbidden.contains(&op) {
            return Err(Refusal::Permission);
        }
        self.query(&verified.biz, call)
    }

    /// Five a second and a hundred a minute, wherever they begin.
    fn count(&mut self, call: &Call<'_>) -> Result<(), Refusal> {
        let limit = |calls: Option<usize>, within_ms| calls.map(|calls| Limit { calls, within_ms });
        let second = limit(call.switches.calls_per_second, 1000);
        let minute = limit(call.switches.calls_per_minute, 60_000);
        let scope = match call.switches.quota_scope {
            QuotaScope::App => None,
            QuotaScope::Interface => Some(call.op),
        };
        let quota = self.quotas.entry(scope).or_default();
        let limits: Vec<Limit> = second.into_iter().chain(minute).collect();
        let exceeded = quota.exceeded(call.now_ms, &limits);
        if exceeded.is_none() || call.switches.refused_calls == RefusedCalls::Counted {
            quota.count(call.now_ms);
        }
        match exceeded {
            None => Ok(()),
            Some(limit) if limit.within_ms == 1000 => Err(Refusal::PerSecond),
            Some(_) => Err(Refusal::PerMinute),
        }
    }

    fn token(&mut self, form: &Row, call: &Call<'_>) -> Result<Answer, Refusal> {
        if call.switches.app == App::Provider {
            return Err(Refusal::RenewalForbidden);
        }
        let field = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default();
        let data = if call.op == Op::RefreshToken {
            self.tokens.renew(field("refresh_token"), call.switches, call.now_ms, &mut self.rng)?
        } else if field("code").chars().count() != 6 {
            return Err(Refusal::Parameter("参数code应为6位".into()));
        } else {
            self.give_token(call.switches, call.now_ms)
        };
        Ok(succeeded(call.op, data, "token"))
    }

    fn query(&mut self, biz: &Row, call: &Call<'_>) -> Result<Answer, Refusal> {
        let (op, switches, what) = (call.op, call.switches, call.what);
        let (records, rng) = (&self.records, &mut self.rng);
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
        let mut answer = succeeded(op, data, format!("rows {rows}"));
        if what == Some(&Misbehaviour::NoData) && !op.is_legacy() {
            answer.body = json!({"msg": "执行成功", "code": 0, "data": null}).to_string().into();
        }
        Ok(Answer { rows, ends_query: true, ..answer })
    }
}

fn succeeded(op: Op, data: Map<String, Value>, summary: impl Into<String>) -> Answer {
    let caller = if op.is_legacy() { "partner" } else { "app" };
    Answer::json(&success(op, data), summary).for_caller(caller)
}
