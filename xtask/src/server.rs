//! A server program of our own on a free port of the loopback interface: started, stopped, killed, started again.

use crate::Result;
use crate::process::Process;
use anyhow::{Context, bail};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// One that runs, or did. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    process: Option<Process>,
    port: u16,
}

impl Server {
    /// One that is not started yet; `name` is for messages.
    pub fn new(name: &'static str) -> Server {
        Server { name, process: None, port: 0 }
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Takes another port.
    pub fn take_a_free_port(&mut self) -> Result<()> {
        self.port = free_ports(1)?;
        Ok(())
    }

    /// Starts the program. It may have been running before.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch(&mut self, command: Command, log: &Path) -> Result<()> {
        self.process = Some(Process::spawn_logging(self.name, command, log)?);
        Ok(())
    }

    /// Waits until it answers, a minute at most.
    ///
    /// # Errors
    /// When it does not, or has ended; with its last words.
    pub fn wait_for(&self, answer: impl Fn() -> Result<()>) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = answer();
            // Our process alive *after* the answer: it was not somebody else's that answered.
            thread::sleep(Duration::from_millis(20));
            self.check_alive()?;
            match answer {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return Err(error.context(format!("{} did not answer within a minute", self.name)));
                }
                Err(_) => thread::sleep(Duration::from_millis(30)),
            }
        }
    }

    /// Ends it in order. The data stay.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(Duration::from_secs(30));
        }
    }

    /// SIGKILL, as in a power cut. The data stay, as far as they have been written.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// An error if it has ended, with its last words.
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_alive(&self) -> Result<()> {
        match &self.process {
            Some(process) => process.check_alive(),
            None => bail!("{} has been stopped", self.name),
        }
    }
}

/// Tries three times: between our looking for a free port and a server's binding it somebody else may take it.
///
/// # Errors
/// The third one's.
pub(crate) fn three_times(mut start: impl FnMut() -> Result<()>) -> Result<()> {
    start().or_else(|_| start()).or_else(|_| start())
}

/// The first of `count` neighbouring TCP ports on 127.0.0.1 on which nobody listens at the moment.
///
/// # Errors
/// When the system has none.
pub fn free_ports(count: u16) -> Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    for _ in 0..100 {
        let listener = bind(0).context("looking for a free port")?;
        let first = listener.local_addr().context("looking for a free port")?.port();
        if (1..count).all(|next| first.checked_add(next).is_some_and(|port| bind(port).is_ok())) {
            return Ok(first);
        }
    }
    bail!("no {count} neighbouring ports on 127.0.0.1 are free");
}
