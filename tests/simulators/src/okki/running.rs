//! What a test can do with a running OKKI.

use std::io;

use serde_json::Value;

use super::token::Tokens;
use super::{Change, Config, Credentials, Generate, Running, generator};

/// The simulator of 小满 OKKI.
#[derive(Debug)]
pub struct Okki;

impl Okki {
    /// Starts it on threads of its own. It ends when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        Running::start(config)
    }
}

impl Running {
    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The first of the accounts.
    pub fn credentials(&self) -> Credentials {
        self.with(|held| held.config.data.accounts.first().cloned().unwrap_or_default())
    }

    /// Adds generated orders; how many there are now. Those with the same `order_id` are replaced: generate
    /// once.
    pub fn generate(&self, what: &Generate) -> usize {
        self.with(|held| {
            let orders = generator::generate(what, held.now());
            held.system.orders.extend(orders);
            held.system.orders.count()
        })
    }

    /// Adds orders in the shape of a detail. `order_id` is needed; `create_time` and `update_time` are now
    /// where they are not given.
    pub fn add(&self, orders: Vec<Value>) -> usize {
        self.change(&Change::Add { orders })
    }

    /// The details of all orders that are not deleted, by `order_id`.
    pub fn orders(&self) -> Vec<Value> {
        self.with(|held| held.system.orders.details())
    }

    /// The detail of an order, deleted or not.
    pub fn order(&self, id: i64) -> Option<Value> {
        self.with(|held| held.system.orders.detail(id))
    }

    /// Ends all tokens.
    pub fn end_tokens(&self) {
        self.with(|held| held.system.tokens = Tokens::default());
    }
}
