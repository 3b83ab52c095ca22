//! What the cases need to know of each flow: its systems, their operations, and what goes wrong with them.

pub use ferry_scenarios::app::records::*;
use serde_json::{Value, json};
use xtask::simulator::System::{self, Galaxy, Jdy, Jushuitan, Okki, Wangdiantong, Wise};

pub const ALL: &[&str] = &[MATERIALS, RETURNS, STOCKOUTS, ORDERS, SHOPS];
/// Those whose target is a system, not a database.
pub const INTO_SYSTEMS: &[&str] = &[RETURNS, STOCKOUTS, ORDERS, SHOPS];

/// A flow, as the cases see it.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The column's heading in the table.
    pub short: &'static str,
    /// The operation that lists the records.
    pub list: (System, &'static str),
    /// The operation that writes documents; the database's is [`super::proxy`]'s business.
    pub write: Option<(System, &'static str)>,
    /// The operation that asks the target what is there.
    pub look: Option<(System, &'static str)>,
    /// So many calls of `list` may pass before one goes wrong.
    pub skip: usize,
    /// So many records are some pages, and not many.
    pub records: u64,
}

impl Facts {
    pub fn of(flow: &str) -> Facts {
        match flow {
            MATERIALS => {
                let list = (Galaxy, "ExecuteBillQuery");
                Facts { short: "materials", list, write: None, look: None, skip: 2, records: 900 }
            }
            RETURNS => Facts {
                short: "returns",
                list: (Jushuitan, "Inout"),
                write: Some((Galaxy, "BatchSave")),
                look: Some((Galaxy, "ExecuteBillQuery")),
                skip: 1,
                records: 150,
            },
            STOCKOUTS => Facts {
                short: "stock-outs",
                list: (Wangdiantong, "wms.stockout.Process.queryWithDetail"),
                write: Some((Galaxy, "BatchSave")),
                look: Some((Galaxy, "ExecuteBillQuery")),
                skip: 1,
                records: 150,
            },
            ORDERS => Facts {
                short: "orders",
                list: (Okki, "OrderList"),
                write: Some((Wise, "Save")),
                look: Some((Wise, "GetList")),
                skip: 0,
                records: 60,
            },
            SHOPS => Facts {
                short: "shops",
                list: (Jushuitan, "Shops"),
                write: Some((Jdy, "Save")),
                look: Some((Jdy, "Detail")),
                skip: 0,
                records: 20,
            },
            other => panic!("no flow is called {other}"),
        }
    }
}

/// The source's change that modifies these records. Where the target keeps what it has (`idCheck: true`, and audited
/// bills take no update) they are touched, and nothing changes that is carried.
pub fn modify(flow: &str, records: &[&Value]) -> Value {
    let fields = match flow {
        MATERIALS => json!({"name": "扫描中 O'Neill 改名\"1\""}),
        SHOPS => json!({"shop_name": "扫描中改名"}),
        _ => json!({}),
    };
    set(flow, records, &fields)
}

/// What can go wrong, whatever the system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wrong {
    DropBefore,
    DropAfter,
    DropThenWork { after_ms: u64 },
    DropMidAnswer,
    Slow { ms: u64 },
    ServerError,
    ServerErrorAfterTheWork,
    HalfJson,
    WebPage,
    Garbage,
    Redirect,
    TooManyCalls,
    TokenExpired,
    PageTwice,
    EmptyPage,
    RowTwice,
    HasNextLies,
    Total(i64),
}

impl Wrong {
    /// As the system's simulator calls it; `None` where that cannot happen there.
    pub fn at(self, system: System) -> Option<Value> {
        Some(match (self, system) {
            (Wrong::DropBefore, _) => json!({"kind": "drop_before"}),
            (Wrong::DropAfter, _) => json!({"kind": "drop_after"}),
            (Wrong::DropThenWork { after_ms }, Galaxy | Jdy | Wise | Okki) => {
                json!({"kind": "drop_then_work", "after_ms": after_ms})
            }
            // They are only read from.
            (Wrong::DropThenWork { .. }, Jushuitan | Wangdiantong) => return None,
            (Wrong::DropMidAnswer, _) => json!({"kind": "drop_mid_answer"}),
            (Wrong::Slow { ms }, _) => json!({"kind": "delay", "ms": ms}),
            (Wrong::ServerError, Wangdiantong) => json!({"kind": "http", "status": 500}),
            (Wrong::ServerError, _) => json!({"kind": "http500"}),
            (Wrong::ServerErrorAfterTheWork, Wangdiantong) => return None,
            (Wrong::ServerErrorAfterTheWork, _) => json!({"kind": "http500", "work": "done"}),
            (Wrong::HalfJson, _) => json!({"kind": "half_json"}),
            (Wrong::WebPage, _) => json!({"kind": "html"}),
            (Wrong::Garbage, _) => json!({"kind": "garbage"}),
            (Wrong::Redirect, _) => json!({"kind": "redirect", "to": "http://127.0.0.1:9/login"}),
            (Wrong::TooManyCalls, Galaxy) => json!({"kind": "call_limit"}),
            (Wrong::TooManyCalls, Jushuitan) => {
                json!({"kind": "refuse", "code": 200, "msg": "请求频次超过限制"})
            }
            (Wrong::TooManyCalls, Wangdiantong) => {
                json!({"kind": "refuse", "status": 100, "message": "超过每分钟最大调用频率限制，请稍后重试"})
            }
            (Wrong::TooManyCalls, Jdy | Okki | Wise) => json!({"kind": "too_many"}),
            (Wrong::TokenExpired, Galaxy) => json!({"kind": "session_lost"}),
            (Wrong::TokenExpired, Jushuitan | Jdy) => json!({"kind": "token_expired"}),
            (Wrong::TokenExpired, Okki | Wise) => json!({"kind": "token_lost"}),
            // Each call is signed.
            (Wrong::TokenExpired, Wangdiantong) => return None,
            (Wrong::PageTwice, _) => json!({"kind": "repeat_previous_page"}),
            (Wrong::EmptyPage, _) => json!({"kind": "empty_page"}),
            (Wrong::RowTwice, _) => json!({"kind": "row_twice"}),
            (Wrong::HasNextLies, Jushuitan) => json!({"kind": "has_next_lies"}),
            (Wrong::Total(count), Jushuitan) => json!({"kind": "total_lies", "data_count": count}),
            (Wrong::Total(count), Wangdiantong) => json!({"kind": "wrong_total", "total": count}),
            (Wrong::HasNextLies | Wrong::Total(_), _) => return None,
        })
    }
}
