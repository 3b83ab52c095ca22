//! The engine: carries the records of one flow from its source to its target, so that none is lost and none
//! doubled, whatever is killed and whenever.
//!
//! Where to begin:
//! - [`run`] is the way of a record: window, page, map, write, commit, report.
//! - [`hold`] draws the [`lease`], which decides who may run a flow; [`state`] is the document that only the holder writes;
//!   [`dead`] keeps the rows that could not be delivered.
//! - [`source`] and [`target`] say what the engine needs of a system, with one module for each; [`lookup`] is what
//!   is looked up for a page. All of them speak through a [`client`], which knows of tokens and quotas.
//! - [`webhook`] is the HTTP contract; [`webhook::cron`] the scheduled entry.
//! - [`jobs`] are past ranges, carried or compared again.
//! - [`flow`] reads the flow file and the operator's variables; [`versions`] are the flow files that an operator
//!   saved, one of which may be in use in place of the built-in one.
//! - [`view`] is a flow's state for those who look; [`tally`] and [`events`] are what it keeps for them.
//! - [`host`] are the traits by which all this touches the world. Nothing here knows of Spin.

pub mod client;
pub mod dead;
pub mod events;
pub mod flow;
pub mod hold;
pub mod host;
pub mod jobs;
pub mod lease;
pub mod lookup;
pub mod problem;
pub mod quota;
pub mod report;
pub mod run;
pub mod seal;
pub mod shanghai;
pub mod source;
pub mod state;
pub mod store;
pub mod tally;
pub mod target;
pub mod token;
pub mod versions;
pub mod view;
pub mod webhook;
