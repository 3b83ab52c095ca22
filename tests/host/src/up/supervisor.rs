//! The parent of the trigger processes, and what a child needs to end with its parent.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Options, Trigger};

/// How long the trigger processes may take to end before they are killed.
const GRACE: Duration = Duration::from_secs(5);

/// Starts one process per trigger type and ends them all when `stop` comes or one of them ends.
///
/// Each child's standard input is a pipe from here, which closes when this process ends, however it ends.
///
/// # Errors
/// A child cannot be started, or has ended by itself.
pub async fn run(options: &Options, triggers: &[Trigger], stop: impl Future<Output = ()>) -> Result<()> {
    let mut children = JoinSet::new();
    let mut pipes = Vec::new();
    for &trigger in triggers {
        let mut child = start(options, trigger)?;
        // Taken out, since `wait` would close it.
        pipes.push(child.stdin.take());
        children.spawn(async move { (trigger, child.wait().await) });
    }
    let result = tokio::select! {
        () = stop => Ok(()),
        Some(ended) = children.join_next() => {
            let (trigger, status) = ended?;
            let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            Err(anyhow!("A trigger exited unexpectedly. Terminating. ({}: {status})", trigger.name()))
        }
    };
    drop(pipes);
    // Those that do not end in time are killed with the set.
    let _ = timeout(GRACE, async { while children.join_next().await.is_some() {} }).await;
    result
}

fn start(options: &Options, trigger: Trigger) -> Result<Child> {
    let program = std::env::current_exe().context("finding this program's own file")?;
    let mut command = Command::new(program);
    command.args(["up", "--supervised", "--trigger", trigger.name()]);
    command.arg("--from").arg(&options.from);
    command.arg("--listen").arg(options.listen.to_string());
    if let Some(directory) = &options.state_dir {
        command.arg("--state-dir").arg(directory);
    }
    if let Some(file) = &options.runtime_config_file {
        command.arg("--runtime-config-file").arg(file);
    }
    for component in &options.components {
        command.arg("--component").arg(component);
    }
    if let Some(address) = options.control {
        command.arg("--control").arg(control_address(address, trigger).to_string());
    }
    if options.no_schedule {
        command.arg("--no-schedule");
    }
    if let Some(directory) = &options.log_dir {
        command.arg("--log-dir").arg(directory);
    }
    if options.quiet {
        command.arg("--quiet");
    }
    command
        .stdin(Stdio::piped())
        // Ctrl-C in a terminal is for the parent alone; else the children's end would look unexpected to it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting the {} trigger", trigger.name()))
}

fn control_address(mut address: SocketAddr, trigger: Trigger) -> SocketAddr {
    if trigger == Trigger::Cron && address.port() != 0 {
        address.set_port(address.port() + 1);
    }
    address
}

/// Ends this process when its standard input closes.
pub fn end_with_the_parent() {
    std::thread::spawn(|| {
        // Nothing is ever written to the pipe.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
}
