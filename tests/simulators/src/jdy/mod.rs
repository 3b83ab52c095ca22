//! A strict 金蝶云星辰 V2, read from `vendors/kingdee.md` section 2 alone.
//!
//! One file per purpose, in the order in which a call meets them:
//!
//! | file | does |
//! |---|---|
//! | `op` | method and path → operation |
//! | `gate` | the gateway: signature, time, token, route |
//! | `state` | what it holds; one call from caller to answer |
//! | `tokens` | authorisations, secrets that rotate, tokens that end |
//! | `fields`, `save`, `query` | `/jdy/v2/bd/customer`: what a customer has; save; list and detail |
//! | `customers`, `generator` | the customers, how they are made and how they change |
//! | `private` | the encryption of private fields |
//! | `answer` | the shapes of answers and errors |
//! | `faults`, `config` | misbehaviour, unconfirmed behaviours |
//! | `running` | what a test can do with it besides what [`Running`] can do with every system |
//! | `control` | the same over HTTP |

mod answer;
mod config;
mod control;
mod customers;
mod faults;
mod fields;
mod gate;
mod generator;
mod op;
mod private;
mod query;
mod running;
mod save;
mod state;
mod tokens;

pub use crate::faults::{Chance, Work};
pub use config::{
    AbsentCustomer, AccountSet, AuthoriseEnvelope, Config, Credentials, Duplicate, DuplicateWording,
    GatewayErrors, JarBody, NewToken, NumberMissing, OverPage, OverQuota, SignedQuery, Switches, WindowEnd,
};
pub use customers::{Change, Customer};
pub use faults::{Armed, Fault, Hook, Misbehaviour};
pub use generator::Generate;
pub use op::Op;
pub use running::Jdy;
pub use state::Simulated;

/// A running simulator.
pub type Running = crate::system::Running<Simulated>;
/// One call of the simulated gateway.
pub type Call = crate::log::Call<Op>;
/// Sums since the start or the last reset.
pub type Counters = crate::log::Counters<Op>;
