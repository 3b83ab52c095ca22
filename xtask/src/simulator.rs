//! The simulated ERP, in a process of its own.

use crate::process::{self, Process};
use crate::{Result, cargo, root};
use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The credentials that the simulator accepts (`vendors/kingdee.md` 1.2.1).
pub mod credentials {
    /// Data centre (账套).
    pub const ACCT_ID: &str = "5f0000000000aa";
    /// User.
    pub const USER: &str = "demo";
    /// Application id.
    pub const APP_ID: &str = "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs";
    /// Application secret: a published test vector, no secret.
    pub const APP_SECRET: &str = "00112233445566778899aabbccddeeff";
}

/// A running simulator of 金蝶云星空 (Galaxy). Dropping it ends it.
#[derive(Debug)]
pub struct Simulator {
    _process: Process,
    galaxy: String,
    control: String,
    agent: ureq::Agent,
}

impl Simulator {
    /// Builds the simulator if need be, and starts it with `rows` materials on free ports. Its log goes
    /// to `simulator.log` in `logs`.
    ///
    /// # Errors
    /// When it cannot be built or does not announce itself within a minute.
    pub fn start(rows: u64, logs: &Path) -> Result<Simulator> {
        let binary = cargo::build_binary("ferry-simulators")?;
        let log = logs.join("simulator.log");
        let file = std::fs::File::create(&log).with_context(|| format!("creating {log:?}"))?;
        let mut command = process::command(binary);
        command
            .args(["galaxy", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"])
            .args(["--rows", &rows.to_string(), "--seed", "1"])
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file);
        let mut process = Process::spawn("the simulator", command)?;
        process.logs_to(&log);
        let (stdout, _) = process.take_output();
        let mut stdout = BufReader::new(stdout.context("the simulator's stdout is not piped")?);
        let (send, receive) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = send.send(line);
            // Whatever else it prints must not fill the pipe.
            let _ = std::io::copy(&mut stdout, &mut std::io::sink());
        });
        let line = receive.recv_timeout(Duration::from_secs(60)).unwrap_or_default();
        let (galaxy, control) = addresses(&line)
            .ok_or_else(|| anyhow!("It did not say where it listens, but {line:?}. {}", process.last_words()))
            .context("starting the simulator of 金蝶云星空")?;
        Ok(Simulator { _process: process, galaxy, control, agent: crate::app::agent() })
    }

    /// `127.0.0.1:PORT` of the ERP's web API.
    pub fn galaxy(&self) -> &str {
        &self.galaxy
    }

    /// `127.0.0.1:PORT` of the control API.
    pub fn control(&self) -> &str {
        &self.control
    }

    /// `GET` on the control API.
    ///
    /// # Errors
    /// When it does not answer 200 with JSON.
    pub fn get(&self, path: &str) -> Result<Value> {
        let answer = self.agent.get(self.control_url(path)).call();
        read(answer, path)
    }

    /// `POST` on the control API.
    ///
    /// # Errors
    /// When it does not answer 200 with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.agent.post(self.control_url(path)).send_json(body);
        read(answer, path)
    }

    fn control_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.control)
    }
}

fn read(
    answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    path: &str,
) -> Result<Value> {
    let mut answer = answer.with_context(|| format!("asking the simulator for {path}"))?;
    let text = answer.body_mut().read_to_string()?;
    if !answer.status().is_success() {
        bail!("The simulator answered {} to {path}: {text}", answer.status());
    }
    serde_json::from_str(&text).with_context(|| format!("the simulator's answer to {path}: {text}"))
}

/// The two addresses in the line that the simulator prints when it is ready.
fn addresses(line: &str) -> Option<(String, String)> {
    let ready: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| ready[name].as_str().map(str::to_owned);
    Some((address("galaxy")?, address("control")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_names_both_addresses() {
        let line = r#"{"galaxy":"127.0.0.1:40001","control":"127.0.0.1:40002"}"#;
        let expected = ("127.0.0.1:40001".to_owned(), "127.0.0.1:40002".to_owned());
        assert_eq!(addresses(line), Some(expected));
        assert_eq!(addresses(""), None);
        assert_eq!(addresses(r#"{"galaxy":"127.0.0.1:1"}"#), None);
    }
}
