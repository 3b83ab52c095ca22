//! What a test can do with a running K3 WISE.

use std::io;

use super::token::Tokens;
use super::{Config, Kind, Order, Running};

/// The simulator of 金蝶 K3 WISE.
#[derive(Debug)]
pub struct Wise;

impl Wise {
    /// Starts it on threads of its own. It ends when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        Running::start(config)
    }
}

impl Running {
    /// `http://127.0.0.1:<port>/K3API/`
    pub fn url(&self) -> String {
        format!("http://{}/K3API/", self.address())
    }

    /// The first of the authority codes.
    pub fn authority_code(&self) -> String {
        self.with(|held| held.config.data.authority_codes.first().cloned().unwrap_or_default())
    }

    /// The orders that are stored, the oldest first.
    pub fn orders(&self) -> Vec<Order> {
        self.with(|held| held.system.orders.all().to_vec())
    }

    /// Adds base data by number and name.
    pub fn add_base(&self, kind: Kind, number: &str, name: &str) {
        self.with(|held| held.system.base.add(kind, number, name));
    }

    /// Ends all tokens, as a restart of the ERP may.
    pub fn end_tokens(&self) {
        self.with(|held| held.system.tokens = Tokens::default());
    }
}
