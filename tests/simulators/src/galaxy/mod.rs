//! A strict 金蝶云星空 (Galaxy), read from `vendors/kingdee.md` section 1 alone.
//!
//! One file per purpose, in the order in which a call meets them:
//!
//! | file | does |
//! |---|---|
//! | `envelope` | path and body → operation and arguments |
//! | `auth` | signed headers, logins, sessions |
//! | `state` | what it holds; one call from caller to answer |
//! | `query`, `parse`, `filter`, `cell` | ExecuteBillQuery and BillQuery |
//! | `materials`, `generator` | BD_MATERIAL |
//! | `forms`, `packet`, `save`, `operate`, `bills` | the other forms: Save, BatchSave, Draft, Submit, Audit, UnAudit, Delete, View |
//! | `answer` | the shapes of answers and errors |
//! | `faults`, `config` | misbehaviour, unconfirmed behaviours |
//! | `running` | what a test can do with it besides what [`Running`] can do with every system |
//! | `control` | the same over HTTP |

mod answer;
mod auth;
mod bills;
mod cell;
mod config;
mod control;
mod envelope;
mod faults;
mod filter;
mod fit;
mod forms;
mod generator;
mod materials;
mod operate;
mod packet;
mod parse;
mod query;
mod running;
mod save;
mod state;

pub use crate::faults::{Chance, Work};
pub use answer::MsgCode;
pub use auth::Credentials;
pub use config::{
    AuditFailure, AuditStamps, BadSignature, BatchFailure, Config, DateFormat, DefaultOrder, IdFormat,
    OverLimit, PartialFailure, RequiredWording, SignatureHeaders, Switches, UnknownReference, ViewKeys,
    ViewStatus,
};
pub use envelope::Op;
pub use faults::{Armed, Fault, Hook, Misbehaviour};
pub use fit::{Fitted, Records};
pub use generator::Generate;
pub use materials::{Change, Material, PIECE, Patch, Reference, Shared, T00, T01};
pub use running::Galaxy;
pub use state::Simulated;

/// A running simulator.
pub type Running = crate::system::Running<Simulated>;
/// One call of the simulated ERP.
pub type Call = crate::log::Call<Op>;
/// Sums since the start or the last reset.
pub type Counters = crate::log::Counters<Op>;
