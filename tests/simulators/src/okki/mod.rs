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

use chrono::NaiveDateTime;
use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::read;
use crate::quota::{Limit, Quota};
use crate::system::{self, Answer, ControlCall, Operation, Request, System, Wrong};
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
    data: Data,
    orders: Orders,
    tokens: Tokens,
    quota: Quota,
    rng: fastrand::Rng,
}

impl System for Simulated {
    type Op = Op;
    type Switches = Switches;
    type Change = Change;
    type Data = Data;

    fn new(data: &Data, now: NaiveDateTime) -> Self {
        let mut orders = Orders::new(generator::companies());
        if let Some(what) = &data.orders {
            orders.extend(generator::generate(what, now));
        }
        let rng = fastrand::Rng::with_seed(7);
        Self { data: data.clone(), orders, tokens: Tokens::default(), quota: Quota::default(), rng }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn op(method: &Method, path: &str) -> Result<Op, u16> {
        let (op, by) = match path {
            "/v1/oauth2/access_token" => (Op::AccessToken, Method::POST),
            "/v1/invoices/order/list" => (Op::OrderList, Method::GET),
            "/v1/invoices/order/info" => (Op::OrderInfo, Method::GET),
            "/v1/company/info" => (Op::CompanyInfo, Method::GET),
            _ => return Err(404),
        };
        if *method == by { Ok(op) } else { Err(405) }
    }

    fn shown(op: Op, request: &Request) -> &[u8] {
        if op == Op::AccessToken { &[] } else { request.query.as_bytes() }
    }

    fn work(&mut self, call: &system::Call<'_, Self>) -> Answer {
        if call.op == Op::AccessToken {
            return self.tokens.give(call, &self.data.accounts, &mut self.rng);
        }
        let scope = if call.op == Op::CompanyInfo { "company" } else { "invoices" };
        let client = match self.tokens.check(call, scope) {
            Ok(client) => client,
            Err(refusal) => return refusal,
        };
        if let Some(limit) = call.switches.limit_per_minute {
            if self.quota.exceeded(call.now_ms, &[Limit { calls: limit, within_ms: 60_000 }]).is_some() {
                return self.too_many(call).for_caller(client);
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

    fn lose_token(&mut self, call: &system::Call<'_, Self>) -> Answer {
        self.tokens.end_that_of(call.request);
        token::denied(call)
    }

    /// No limit is published, and neither is what is said beyond it: ours.
    fn too_many(&mut self, call: &system::Call<'_, Self>) -> Answer {
        failure(call, 429, "Too Many Requests").with_status(429)
    }

    fn change(&mut self, change: &Change, now: NaiveDateTime) -> usize {
        self.orders.change(change, now)
    }

    fn route(&mut self, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        Ok(match (at.method, at.segments) {
            ("POST", ["generate"]) => {
                let what: Generate = read(at.body)?;
                self.orders.extend(generator::generate(&what, at.now));
                json!({"count": self.orders.count()})
            }
            ("GET", ["orders"]) => self.orders.details().into(),
            ("GET", ["orders", id]) => {
                let id: i64 = id.parse().map_err(|_| format!("{id:?} is no order_id"))?;
                self.orders.detail(id).ok_or(Wrong::NotFound)?
            }
            ("DELETE", ["tokens"]) => {
                self.tokens = Tokens::default();
                json!({})
            }
            _ => return Err(Wrong::NotFound),
        })
    }
}
