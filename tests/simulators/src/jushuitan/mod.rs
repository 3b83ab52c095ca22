//! A strict 聚水潭 (Jushuitan), read from `vendors/sources.md` section 1 alone: the current interface and the
//! legacy one over the same data.
//!
//! One file per purpose, in the order in which a call meets them:
//!
//! | file | does |
//! |---|---|
//! | `op` | path (and method) → operation |
//! | `auth` | system parameters, signatures, time stamps |
//! | `tokens` | who has access, and until when |
//! | `state` | what it holds; one call from caller to answer |
//! | `query` | the parameters of a query, and its page |
//! | `records`, `generator` | 其它出入库 and shops, and how they change |
//! | `answer` | envelopes and the error codes of three generations |
//! | `faults`, `config` | misbehaviour, unconfirmed behaviours |
//! | `running` | what a test can do with it besides what [`Running`] can do with every system |
//! | `control` | the same over HTTP |

mod answer;
mod auth;
mod config;
mod control;
mod faults;
mod generator;
mod op;
mod query;
mod records;
mod running;
mod state;
mod tokens;

pub use crate::faults::{Chance, Work};
pub use config::{
    App, Codes, Config, Credentials, Edge, ErrorData, IoIdsAlone, LegacyExpired, Numbers, OldToken, Order,
    OverPageSize, PageSizeTold, QuotaScope, Refresh, RefreshExpired, RefusedCalls, Switches,
};
pub use faults::{Armed, Fault, Hook, Misbehaviour};
pub use generator::Generate;
pub use op::Op;
pub use records::Change;
pub use running::Jushuitan;
pub use state::Simulated;

/// A running simulator.
pub type Running = crate::system::Running<Simulated>;
/// One call of the simulated open platform.
pub type Call = crate::log::Call<Op>;
/// Sums since the start or the last reset.
pub type Counters = crate::log::Counters<Op>;
