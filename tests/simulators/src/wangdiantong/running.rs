//! What a test can do with a running 旺店通.

use std::io;

use super::Running;
use super::auth::Credentials;
use super::config::Config;
use super::generator::{self, Generate};
use super::state::{PATH, to_the_second};
use super::stockouts::Stockout;
use crate::system;

/// The simulator of 旺店通旗舰版. The paths in its log are with the query.
#[derive(Debug)]
pub struct Wangdiantong;

impl Wangdiantong {
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
    /// `http://127.0.0.1:<port>/openapi`
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address())
    }

    /// The first of the accounts.
    pub fn credentials(&self) -> Credentials {
        self.with(|held| held.config.data.credentials.first().cloned().unwrap_or_default())
    }

    /// Adds generated records; how many there are now. Those with the same number are replaced:
    /// generate once.
    pub fn generate(&self, what: &Generate) -> usize {
        self.with(|held| {
            let made = generator::generate(what, to_the_second(held.now()));
            held.system.stockouts.add(made);
            held.system.stockouts.0.len()
        })
    }

    /// All records, by `stockout_no`, whatever pages and faults do.
    pub fn stockouts(&self) -> Vec<Stockout> {
        self.with(|held| held.system.stockouts.0.values().cloned().collect())
    }

    /// One record by `stockout_no`.
    pub fn stockout(&self, number: &str) -> Option<Stockout> {
        self.with(|held| held.system.stockouts.0.get(number).cloned())
    }
}
