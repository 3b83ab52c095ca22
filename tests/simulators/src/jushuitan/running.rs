//! What a test can do with a running 聚水潭.

use std::io;

use serde_json::Value;

use super::Running;
use super::config::{Config, Credentials};
use super::generator::{self, Generate};
use super::records::{Change, text};
use crate::system;

/// The simulator of 聚水潭. It listens for `/open/…`, `/openWeb/auth/…` and `/api/open/query.aspx` alike.
#[derive(Debug)]
pub struct Jushuitan;

impl Jushuitan {
    /// Starts it on threads of its own. It ends when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        let (listen, control, switches) = (config.listen, config.control, config.switches.clone());
        Running::start(system::Config { listen, control, switches, data: config })
    }
}

impl Running {
    /// Who may call.
    pub fn credentials(&self) -> Credentials {
        self.with(|held| held.config.data.credentials.clone())
    }

    /// Makes records and shops in place of those that are there; how many records.
    pub fn generate(&self, what: &Generate) -> usize {
        self.with(|held| {
            held.system.records = generator::generate(what, held.now());
            held.system.records.inouts.len()
        })
    }

    /// All records by `io_id`, whatever pages and faults do.
    pub fn records(&self) -> Vec<Value> {
        self.with(|held| held.system.records.inouts.values().cloned().map(Value::Object).collect())
    }

    /// The `io_id`s of the records with this status (any, if empty) that were modified from `begin` to `end`,
    /// both inclusive.
    pub fn expected(&self, begin: &str, end: &str, status: &str) -> Vec<i64> {
        self.with(|held| {
            let rows = held.system.records.inouts.iter().filter(|(_, row)| {
                (begin..=end).contains(&text(row, "modified"))
                    && (status.is_empty() || status == text(row, "status"))
            });
            rows.map(|(id, _)| *id).collect()
        })
    }

    /// All shops by `shop_id`.
    pub fn shops(&self) -> Vec<Value> {
        self.with(|held| held.system.records.shops.values().cloned().map(Value::Object).collect())
    }

    /// Authorises the app by hand; the access token.
    pub fn authorise(&self) -> String {
        let given = self.with(|held| held.system.give_token(&held.switches, held.now_ms()));
        given["access_token"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends all tokens, as time would.
    pub fn expire_tokens(&self) {
        self.change(&Change::ExpireTokens);
    }

    /// How often tokens were given out, renewed or extended since the start.
    pub fn tokens_given(&self) -> usize {
        self.with(|held| held.system.tokens.given)
    }
}
