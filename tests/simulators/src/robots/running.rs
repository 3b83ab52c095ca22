//! What a test can do with the running robots.

use std::io;

use super::{Config, Data, Op, Received, Running};

/// The simulators of the robots.
#[derive(Debug)]
pub struct Robots;

impl Robots {
    /// Starts them on threads of their own. They end when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        Running::start(config)
    }
}

impl Running {
    /// Their addresses and secrets.
    pub fn data(&self) -> Data {
        self.with(|held| held.system.data.clone())
    }

    /// What was taken, the oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.with(|held| held.system.received.clone())
    }

    /// What one of them took.
    pub fn received_by(&self, robot: Op) -> Vec<Received> {
        self.received().into_iter().filter(|received| received.by == robot).collect()
    }

    /// Forgets what was taken.
    pub fn forget_received(&self) {
        self.with(|held| held.system.received.clear());
    }
}
