//! `cargo xtask bench`: measures, and prints tables. Nothing here passes or fails, except that what was
//! measured must have been right: every row landed, in the flow's table and in its twin.
//!
//! - [`race`]: N materials end to end by the flow, insert-only and upsert, beside `LOAD DATA` of the same
//!   rows in the same run; three times in turn, so that a slow minute of the machine hits all of them.
//! - [`costs`]: what a run costs the store, the memory and the source; the sizes of the components.

mod costs;
mod race;

use clap::Parser;
use xtask::app::Host;
use xtask::erp::Erp;
use xtask::simulator::{Company, System};
use xtask::stage::{self, Stage};
use xtask::{Result, process, say};

#[derive(Parser)]
struct Arguments {
    /// How many materials the flow shall carry, about: the ERP holds more, some of them not the flow's.
    #[arg(long, default_value_t = 200_000)]
    rows: u64,
    /// `local` or `spin`; by default spin, if it is on the PATH.
    #[arg(long)]
    host: Option<String>,
}

fn main() -> Result<()> {
    process::clean_up_on_signals()?;
    let arguments = Arguments::parse();
    let host = Host::choose(arguments.host.as_deref())?;
    stage::prepare(&host)?;
    say("Starting MariaDB and the ERP");
    // Of what the simulator generates the flow's filter passes seven in eight; the table gives the figure.
    let materials = arguments.rows.saturating_mul(8).div_ceil(7);
    let stage = Stage::set(&host, &Company { materials, ..Company::of(&[System::Galaxy]) })?;
    let erp = Erp::log_in(&stage.simulators)?;

    let (outcome, runs) = race::run(&stage, &erp)?;
    println!("\n{}\n", outcome.table());
    println!(
        "Each time is the median of {}, its spread in brackets. Host: {}. innodb_flush_log_at_trx_commit = {}.\n",
        race::ROUNDS,
        host.name(),
        stage.database.number("", "SELECT @@innodb_flush_log_at_trx_commit;")?
    );
    println!("{}\n", costs::of_runs(&runs));
    println!("{}\n", costs::of_an_idle_run(&stage)?);
    println!("{}", costs::of_components()?);
    Ok(())
}
