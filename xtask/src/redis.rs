//! A Redis of our own: fresh directory, free port, loopback only.
//!
//! It is set up as the README asks of a Redis that keeps Ferry's state: every write is on disk before it is answered
//! (`appendfsync always`), nothing is ever evicted. It reads no configuration file.
//!
//! The server comes from Debian's `redis-tools`, where it is called `redis-check-rdb` and needs but its own name to
//! be itself. The package `redis-server` adds that name, and a service on port 6379, which we have no business to
//! start on somebody's machine.

use crate::process;
use crate::server::{Server, three_times};
use crate::{Result, packages};
use anyhow::{Context, anyhow, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running server. Dropping it kills it; its directory stays.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    directory: PathBuf,
}

impl Redis {
    /// Starts a server whose data lie in `directory`, which is made if need be: a few milliseconds. The packages
    /// must be there ([`packages::ensure`]).
    ///
    /// # Errors
    /// When it does not come up; with its last words.
    pub fn start(directory: &Path) -> Result<Redis> {
        std::fs::create_dir_all(directory).with_context(|| format!("creating {directory:?}"))?;
        let mut server = Redis { server: Server::new("Redis"), directory: directory.to_owned() };
        three_times(|| {
            server.server.take_a_free_port()?;
            server.start_again()
        })?;
        Ok(server)
    }

    /// Starts the server with its data and on its port again, after [`Redis::stop`] or [`Redis::kill`].
    ///
    /// # Errors
    /// When it does not come up within a minute.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = process::command(self.program()?);
        command
            .args(["--port", &self.server.port().to_string(), "--bind", "127.0.0.1", "--dir"])
            .arg(&self.directory)
            .args(["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"])
            // All that was ever written stays in the file as it was written: it is searched for secrets.
            .args(["--save", "", "--auto-aof-rewrite-percentage", "0"])
            .stdin(Stdio::null());
        self.server.launch(command, &self.directory.join("redis.log"))?;
        self.server.wait_for(|| self.command(&["PING"]).map(drop))
    }

    /// Where `redis-server` is; where only `redis-check-rdb` is installed, a link to it of that name.
    fn program(&self) -> Result<PathBuf> {
        if let Some(program) = packages::find("redis-server") {
            return Ok(program);
        }
        let program = packages::find("redis-check-rdb").ok_or_else(|| missing("redis-server"))?;
        let link = self.directory.join("redis-server");
        if !link.exists() {
            std::os::unix::fs::symlink(&program, &link).with_context(|| format!("linking {link:?}"))?;
        }
        Ok(link)
    }

    /// What one command is answered, by way of `redis-cli`.
    ///
    /// # Errors
    /// When the server does not answer, or refuses; with its message.
    pub fn command(&self, words: &[&str]) -> Result<String> {
        let client = packages::find("redis-cli").ok_or_else(|| missing("redis-cli"))?;
        let mut client = Command::new(client);
        client
            .args(["-e", "-h", "127.0.0.1", "-p", &self.server.port().to_string()])
            .args(words)
            .stdin(Stdio::null());
        let output = client.output().context("starting redis-cli")?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !output.status.success() {
            bail!("{}: {} {}", words.join(" "), said(&output.stdout), said(&output.stderr));
        }
        Ok(said(&output.stdout))
    }

    /// Ends the server in order. The data stay.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// SIGKILL to the server. The data stay, as far as they have been written.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// `redis://127.0.0.1:PORT`, without a database.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.server.port())
    }

    /// An error if the server has ended, with its last words.
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_alive(&self) -> Result<()> {
        self.server.check_alive()
    }
}

fn missing(program: &str) -> anyhow::Error {
    anyhow!(
        "{program} is not installed; `cargo xtask test` installs it.\n\
         未安装 {program}；运行 cargo xtask test 会自动安装。"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rundir::RunDir;

    #[test]
    fn a_server_keeps_what_it_answered_over_a_crash_and_an_orderly_end() {
        let directory = RunDir::new().unwrap();
        let mut server = Redis::start(directory.path()).unwrap();
        server.command(&["SET", "k", "制表"]).unwrap();
        server.kill();
        assert!(server.command(&["GET", "k"]).is_err());
        server.start_again().unwrap();
        assert_eq!(server.command(&["--raw", "GET", "k"]).unwrap(), "制表");
        server.command(&["INCRBY", "n", "2"]).unwrap();
        server.stop();
        server.start_again().unwrap();
        assert_eq!(server.command(&["GET", "n"]).unwrap(), "2");
        let error = server.command(&["KEYS", "a", "b"]).unwrap_err().to_string();
        assert!(error.contains("wrong number of arguments"), "{error}");
    }
}
