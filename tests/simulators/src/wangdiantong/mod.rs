//! A strict 旺店通旗舰版 (WDT Ultimate), read from `vendors/sources.md` section 2 alone. It has the one
//! interface `wms.stockout.Process.queryWithDetail` (生产出库查询).
//!
//! One file per purpose, in the order in which a call meets them:
//!
//! | file | does |
//! |---|---|
//! | `state` | what it holds; one call from caller to answer |
//! | `envelope` | the query and the body → who asks for what |
//! | `auth` | seller, appkey, version, time, signature |
//! | `search` | the arguments → which records, which page |
//! | `stockouts`, `decimal`, `generator` | the records and how they change |
//! | `answer` | the shapes of answers and errors |
//! | `faults`, `config` | misbehaviour, unconfirmed behaviours |
//! | `running` | what a test can do with it besides what [`Running`] can do with every system |
//! | `control` | the same over HTTP |

mod answer;
mod auth;
mod config;
mod control;
mod decimal;
mod envelope;
mod faults;
mod generator;
mod running;
mod search;
mod state;
mod stockouts;

pub use auth::Credentials;
pub use config::{
    BadSignature, Comma, Config, Edges, Fields, OverLargestPage, RowOrder, Switches, TimeFormat, Uncounted,
};
pub use decimal::Decimal;
pub use envelope::Op;
pub use faults::{Armed, Fault, Hook, Misbehaviour};
pub use generator::Generate;
pub use running::Wangdiantong;
pub use state::Simulated;
pub use stockouts::{Change, Detail, Patch, Stockout};

/// A running simulator.
pub type Running = crate::system::Running<Simulated>;
/// One call of the simulated open platform.
pub type Call = crate::log::Call<Op>;
/// Sums since the start or the last reset.
pub type Counters = crate::log::Counters<Op>;
