//! The simulators as a program; see the front page of the library for its control API.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ferry_simulators::galaxy::{Config, Galaxy, Generate};
use tokio::signal::unix::{SignalKind, signal};

/// Simulators of the vendors' systems.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    vendor: Vendor,
}

#[derive(Subcommand)]
enum Vendor {
    /// 金蝶云星空
    Galaxy {
        /// Where the ERP listens; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Where the control API listens; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        control: SocketAddr,
        /// How many materials the ERP holds.
        #[arg(long, default_value_t = 5000)]
        rows: usize,
        /// What the materials are made from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// End when standard input closes, that is with the process that started this one.
        #[arg(long)]
        until_stdin_closes: bool,
    },
}

fn main() -> ExitCode {
    let Vendor::Galaxy { listen, control, rows, seed, until_stdin_closes } = Arguments::parse().vendor;
    let materials = Some(Generate { rows, seed, until: None });
    let running = match Galaxy::start(Config { listen, control, materials, ..Config::default() }) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("ferry-simulators: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ready = serde_json::json!({
        "galaxy": running.address().to_string(), "control": running.control_address().to_string(),
    });
    println!("{ready}");
    if std::io::stdout().flush().is_err() {
        return ExitCode::FAILURE;
    }
    match wait(until_stdin_closes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ferry-simulators: cannot wait for signals: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for SIGTERM, SIGINT, or the end of standard input.
fn wait(until_stdin_closes: bool) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let (closed, mut stdin) = tokio::sync::oneshot::channel();
        if until_stdin_closes {
            std::thread::spawn(move || {
                let mut scrap = [0; 1024];
                while matches!(std::io::stdin().read(&mut scrap), Ok(1..)) {}
                let _ = closed.send(());
            });
        } else {
            // Kept open for as long as we wait.
            std::mem::forget(closed);
        }
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
            _ = &mut stdin => {}
        }
        Ok(())
    })
}
