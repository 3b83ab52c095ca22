//! A strict 金蝶 K3 WISE, read from `vendors/kingdee.md` section 3 alone.
//!
//! | file | does |
//! |---|---|
//! | `token` | `Token/Create`, and who may call what |
//! | `template` | the fields of a sales order, in their exact letter case; `GetTemplate` |
//! | `save` | `Save`: what is refused, and why |
//! | `list`, `filter` | `GetList` and `GetDetail` |
//! | `orders` | what is stored, by number |
//! | `base` | customers, materials and the other base data |
//! | `answer` | the shapes of answers and errors |
//! | `config` | data, unconfirmed behaviours |
//! | `running` | what a test can do with it besides what [`Running`] can do with every system |
//!
//! Left out: every object but `SO`, `Update`, `Delete`, `CheckBill`, and the transport encryption.

mod answer;
mod base;
mod config;
mod filter;
mod list;
mod orders;
mod running;
mod save;
mod template;
mod token;

use std::borrow::Cow;

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::control::read;
use crate::system::{
    self, Answer, ControlCall, Held, Operation, Pages, Request, Setting, System, Way, Wrong,
};
use answer::{failure, success};
use base::Base;
use orders::Orders;
use token::Tokens;

pub use crate::faults::{Chance, Work};
pub use crate::system::Misbehaviour;
pub use base::Kind;
pub use config::{
    Data, Figures, Filters, LetterCase, Numbering, OlderTokens, Refusal, Required, RowCount, Saved, Switches,
    TokenRefusal, Validity,
};
pub use running::Wise;

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

/// What K3 WISE can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Op {
    /// `GET Token/Create`
    TokenCreate,
    /// `GET SO/GetTemplate`
    GetTemplate,
    /// `POST SO/GetList`
    GetList,
    /// `POST SO/GetDetail`
    GetDetail,
    /// `POST SO/Save`
    Save,
}

impl Operation for Op {
    fn is_query(self) -> bool {
        self == Op::GetList
    }
}

/// A sales order that is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// `FBillNo`.
    pub bill_no: String,
    /// The head, as it was sent; `FBillNo` is the stored one.
    pub page1: Map<String, Value>,
    /// The lines, as they were sent.
    pub page2: Vec<Map<String, Value>>,
}

/// A change of the orders by somebody else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Adds an order as if it had been made in the ERP itself: nothing is checked.
    Add {
        /// The order.
        order: Order,
    },
    /// Deletes orders.
    Delete {
        /// By `FBillNo`.
        bill_nos: Vec<String>,
    },
}

/// The simulated K3 WISE.
pub struct Simulated {
    base: Base,
    orders: Orders,
    last_number: u32,
    tokens: Tokens,
    pages: Pages,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Data;

    const LARGEST_BODY: usize = 64 << 20;

    fn new(_at: &Setting<'_, Self>) -> Self {
        Self {
            base: Base::new(),
            orders: Orders::default(),
            last_number: 0,
            tokens: Tokens::default(),
            pages: Pages::default(),
        }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn find(request: &Request, _switches: &Switches) -> Way<Op> {
        // IIS looks at paths without regard to their letter case.
        let path = request.path().to_ascii_lowercase();
        let (op, by) = match path.strip_prefix("/k3api/") {
            Some("token/create") => (Op::TokenCreate, Method::GET),
            Some("so/gettemplate") => (Op::GetTemplate, Method::GET),
            Some("so/getlist") => (Op::GetList, Method::POST),
            Some("so/getdetail") => (Op::GetDetail, Method::POST),
            Some("so/save") => (Op::Save, Method::POST),
            _ => return Way::not_found(None),
        };
        if request.method == by { Way::To(op) } else { Way::other_method(None) }
    }

    // The query holds the token or the authority code, so that only the body is shown.
    fn shown(_op: Op, request: &Request) -> Cow<'_, [u8]> {
        (&*request.body).into()
    }

    fn work(&mut self, call: &system::Call<'_, Self>) -> Answer {
        let answer = match call.what {
            Some(Misbehaviour::TokenLost) => {
                self.tokens.end_that_of(call.request);
                token::refused(call.switches)
            }
            // Ours: that there is any limit is unknown.
            Some(Misbehaviour::TooMany) => failure(429, "访问过于频繁").with_status(429),
            _ => self.answer(call),
        };
        if call.op.is_query() { self.pages.twist(answer, call.what) } else { answer }
    }

    fn change(&mut self, change: &Change, _at: &Setting<'_, Self>) -> usize {
        match change {
            Change::Add { order } => {
                self.orders.add(order.clone());
                1
            }
            Change::Delete { bill_nos } => self.orders.delete(bill_nos),
        }
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        let Self { base, orders, tokens, .. } = &mut held.system;
        Ok(match (at.method, at.segments) {
            ("GET", ["orders"]) => json!(orders.all()),
            ("POST", ["base"]) => {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Row {
                    kind: Kind,
                    number: String,
                    name: String,
                }
                let row: Row = read(at.body)?;
                base.add(row.kind, &row.number, &row.name);
                json!({})
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
        if call.op == Op::TokenCreate {
            return self.tokens.create(call, &call.data.authority_codes);
        }
        if let Err(refusal) = self.tokens.check(call) {
            return refusal;
        }
        if call.switches.forbidden.contains(&call.op) {
            return failure(403, "没有权限使用该接口").for_caller("refused: no access");
        }
        match call.op {
            Op::GetTemplate => success(&template::shown(), "template"),
            Op::Save => self.save(call),
            Op::GetDetail => self.detail(call),
            _ => self.list(call),
        }
    }
}
