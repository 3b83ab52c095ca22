//! `ferry-host up`: see the library.

use std::process::ExitCode;

use clap::Parser;
use ferry_host::logs::say;
use ferry_host::up::{Options, up};

/// A small Spin-compatible host, for trying and testing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Runs the application of a spin.toml.
    Up(Options),
}

fn main() -> ExitCode {
    let Command::Up(options) = Arguments::parse().command;
    let Err(error) = up(&options) else {
        return ExitCode::SUCCESS;
    };
    say(format_args!("Error: {error}"));
    for cause in error.chain().skip(1) {
        say(format_args!("  because: {cause}"));
    }
    ExitCode::FAILURE
}
