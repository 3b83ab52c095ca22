//! What a test can do with a running 星辰.

use std::io;

use super::Running;
use super::config::{Config, Credentials};
use super::customers::Customer;
use super::generator::{self, Generate};
use crate::system;

/// The simulator of 金蝶云星辰 V2.
#[derive(Debug)]
pub struct Jdy;

impl Jdy {
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

    /// Makes customers in place of those that are there; how many.
    pub fn generate(&self, what: &Generate) -> usize {
        self.with(|held| {
            held.system.customers = generator::generate(what, held.now_ms());
            held.system.customers.by_id.len()
        })
    }

    /// The customers by number, whatever pages and faults do.
    pub fn customers(&self) -> Vec<Customer> {
        let mut all: Vec<Customer> =
            self.with(|held| held.system.customers.by_id.values().cloned().collect());
        all.sort_by(|a, b| a.number.cmp(&b.number));
        all
    }

    /// One customer.
    pub fn customer(&self, number: &str) -> Option<Customer> {
        self.with(|held| held.system.customers.by_number(number).cloned())
    }

    /// Ends all tokens, as time would.
    pub fn expire_tokens(&self) {
        self.with(|held| held.system.tokens.expire());
    }

    /// Changes the secrets of the account sets, as time would.
    pub fn rotate_secrets(&self) {
        self.with(|held| held.system.tokens.rotate());
    }

    /// How many tokens were given out since the start.
    pub fn tokens_given(&self) -> usize {
        self.with(|held| held.system.tokens.given)
    }
}
