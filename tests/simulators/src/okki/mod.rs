//! A strict 小满 OKKI, read from `vendors/sources.md` section 3 alone.
//!
//! | file | does |
//! |---|---|
//! | `token` | `/v1/oauth2/access_token`, and who may call what |
//! | `list` | `/v1/invoices/order/list`: parameters, filter, order, page |
//! | `orders` | what is held, how it looks in a list and in a detail, how it changes |
//! | `generator` | orders and customers as a company has them |
//! | `answer` | the shapes of answers and errors |
//! | `config` | accounts, data, unconfirmed behaviours |
//! | `running` | what a test can do with it besides what [`Running`] can do with every system |
//!
//! Left out: the login by password and its refresh token, and everything but orders and single customers.

mod answer;
mod config;
mod generator;
mod list;
mod orders;
mod running;
mod token;

use std::borrow::Cow;

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::read;
use crate::quota::{Limit, Quota};
use crate::system::{
    self, Answer, ControlCall, Held, Operation, Pages, Request, Setting, System, Way, Wrong,
};
use answer::failure;
use orders::Orders;
use token::Tokens;

pub use crate::faults::{Chance, Work};
pub use crate::system::Misbehaviour;
pub use config::{
    Credentials, Data, DeletedDetail, EndDay, MissingScope, NotFound, OverCount, Reissue, Removed, Sort,
    Switches, TimeOfDay, Total, Unauthorized,
};
pub use generator::Generate;
pub use orders::Change;
pub use running::Okki;

/// What it is started with.
pub type Config = system::Config<Simulated>;
/// A running simulator.
pub type Running = system::Running<Simulated>;
/// A misbehaviour and when it shall happen.
pub type Fault = crate::faults::Fault<Op, Misbehaviour>;
/// One call.
pub type Call = crate::log::Call<Op>;
/// Sums since the start or the last reset.
pub type Counters = crate::log::Counters<Op>;

/// What OKKI can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Op {
    /// `POST /v1/oauth2/access_token`
    AccessToken,
    /// `GET /v1/invoices/order/list`
    OrderList,
    /// `GET /v1/invoices/order/info`
    OrderInfo,
    /// `GET /v1/company/info`
    CompanyInfo,
}

impl Operation for Op {
    fn is_query(self) -> bool {
        self == Op::OrderList
    }
}

/// The simulated OKKI.
pub struct Simulated {
    orders: Orders,
    tokens: Tokens,
    quota: Quota,
    pages: Pages,
    rng: fastrand::Rng,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Data;

    const LARGEST_BODY: usize = 64 << 20;

    fn new(at: &Setting<'_, Self>) -> Self {
        let mut orders = Orders::new(generator::companies());
        if let Some(what) = &at.data.orders {
            orders.extend(generator::generate(what, at.now()));
        }
        Self {
            orders,
            tokens: Tokens::default(),
            quota: Quota::default(),
            pages: Pages::default(),
            rng: fastrand::Rng::with_seed(7),
        }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn find(request: &Request, _switches: &Switches) -> Way<Op> {
        let (op, by) = match request.path() {
            "/v1/oauth2/access_token" => (Op::AccessToken, Method::POST),
            "/v1/invoices/order/list" => (Op::OrderList, Method::GET),
            "/v1/invoices/order/info" => (Op::OrderInfo, Method::GET),
            "/v1/company/info" => (Op::CompanyInfo, Method::GET),
            _ => return Way::not_found(None),
        };
        if request.method == by { Way::To(op) } else { Way::other_method(None) }
    }

    fn shown(op: Op, request: &Request) -> Cow<'_, [u8]> {
        if op == Op::AccessToken { Cow::default() } else { request.query().as_bytes().into() }
    }

    fn work(&mut self, call: &system::Call<'_, Self>) -> Answer {
        let answer = match call.what {
            Some(Misbehaviour::TokenLost) => {
                self.tokens.end_that_of(call.request);
                token::denied(call)
            }
            Some(Misbehaviour::TooMany) => too_many(call),
            _ => self.answer(call),
        };
        if call.op.is_query() { self.pages.twist(answer, call.what) } else { answer }
    }

    fn change(&mut self, change: &Change, at: &Setting<'_, Self>) -> usize {
        self.orders.change(change, at.now())
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        let now = held.now();
        let Self { orders, tokens, .. } = &mut held.system;
        Ok(match (at.method, at.segments) {
            ("POST", ["generate"]) => {
                let what: Generate = read(at.body)?;
                orders.extend(generator::generate(&what, now));
                json!({"count": orders.count()})
            }
            ("GET", ["orders"]) => orders.details().into(),
            ("GET", ["orders", id]) => {
                let id: i64 = id.parse().map_err(|_| format!("{id:?} is no order_id"))?;
                orders.detail(id).ok_or(Wrong::NotFound)?
            }
            ("DELETE", ["tokens"]) => {
                *tokens = Tokens::default();
                json!({})
            }
            ("GET", ["counters"]) => held.counters_with_most_at_once(),
            _ => return Err(Wrong::NotFound),
        })
    }
}

impl Simulated {
    fn answer(&mut self, call: &system::Call<'_, Self>) -> Answer {
        if call.op == Op::AccessToken {
            return self.tokens.give(call, &call.data.accounts, &mut self.rng);
        }
        let scope = if call.op == Op::CompanyInfo { "company" } else { "invoices" };
        let client = match self.tokens.check(call, scope) {
            Ok(client) => client,
            Err(refusal) => return refusal,
        };
        if let Some(limit) = call.switches.limit_per_minute {
            if self.quota.exceeded(call.now_ms, &[Limit { calls: limit, within_ms: 60_000 }]).is_some() {
                return too_many(call).for_caller(client);
            }
            self.quota.count(call.now_ms);
        }
        let answer = match call.op {
            Op::OrderList => list::answer(call, &self.orders, &mut self.rng),
            Op::OrderInfo => self.orders.info(call),
            _ => self.orders.company(call),
        };
        answer.for_caller(client)
    }
}

/// No limit is published, and neither is what is said beyond it: ours.
fn too_many(call: &system::Call<'_, Simulated>) -> Answer {
    failure(call, 429, "Too Many Requests").with_status(429)
}
