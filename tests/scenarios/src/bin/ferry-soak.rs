//! What `cargo xtask soak` runs: kills at random moments, for as long as one likes. Exit code 1: something was lost,
//! doubled, stale or dead.

use clap::Parser;
use ferry_scenarios::killing::{Outcome, Plan, kill_again_and_again, table};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};
use xtask::flows::{FLOWS, Flow};

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    kills: u32,
    #[arg(long)]
    flow: Option<String>,
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long)]
    minutes: Option<u64>,
}

fn main() -> xtask::Result<ExitCode> {
    xtask::process::clean_up_on_signals()?;
    let Arguments { kills, flow, seed, minutes } = Arguments::parse();
    let flows = match &flow {
        Some(name) => vec![Flow::find(name)?],
        None => FLOWS.iter().collect(),
    };
    let seed = seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let until = minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let each = kills.div_ceil(u32::try_from(flows.len())?);
    eprintln!(
        "{each} kills of each of {} flows, seed {seed} 每个流程强杀 {each} 次，随机种子 {seed}",
        flows.len()
    );
    // The same flow has the same seed when it is run alone.
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let runs: Vec<_> = flows
            .iter()
            .map(|flow| Plan { flow: flow.name, kills: each, seed, until })
            .map(|plan| scope.spawn(move || kill_again_and_again(plan)))
            .collect();
        let ended = runs.into_iter().map(|run| {
            run.join().map_err(|_| {
                anyhow::anyhow!("seed {seed}: a flow did not come to its end; why is told above")
            })
        });
        ended.collect::<xtask::Result<_>>()
    })?;
    println!("{}\nseed {seed}", table(&outcomes));
    let wrong: String = outcomes.iter().map(Outcome::wrong).collect();
    eprint!("{wrong}");
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
