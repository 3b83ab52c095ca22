//! Who watches the flows: how each one stands, as a page, as metrics, as a health check and as alerts.
//!
//! Where to begin:
//! - [`document`] is what a flow answers about itself (`GET /flows/<name>`), read into types. All else follows from it.
//! - [`fleet`] makes of it how a flow stands: a state, with the reasons in both languages; the worst first.
//! - [`metrics`] is the same for Prometheus, [`healthz`] the same in one bit.
//! - [`alerts`] compares how the flows stand with what was told already, and tells what is new through the [`robots`]
//!   of 钉钉, 企业微信 and 飞书 and a plain webhook; [`heartbeat`] lets others notice that nobody watches any more.
//! - [`settings`] are the operator's variables for that, and [`routes`] the HTTP routes and the tick over all of it.
//!
//! Nothing here knows of Spin, or asks a vendor: what the flows keep is read through a [`routes::Look`], and the
//! world is touched through [`ferry_sync::host`].

pub mod alerts;
pub mod document;
pub mod fleet;
pub mod healthz;
pub mod heartbeat;
pub mod metrics;
pub mod robots;
pub mod routes;
pub mod settings;
pub mod words;
