//! The host as its users meet it: the real program, the real `spin.toml` format, a real guest. One test per
//! promise, quirks of Spin among them.

mod cron;
mod http;
mod key_value;
mod mysql;
mod outbound;
mod processes;
mod support;
mod variables;
