//! What a component may reach outside (spin.md 4.1), and outgoing HTTP (spin.md 1.2).

pub mod allowed_hosts;
mod connector;
mod http;
mod timeout_body;

pub use http::{Chained, Client, Hooks, Inbound};
