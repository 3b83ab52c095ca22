//! The fault matrix: what can go wrong, in each flow where it can; see `ferry_scenarios::app` for the stage.
//!
//! A case arms its fault, lets the flow run until it is at rest, and is judged: its fault must have happened, and the
//! target must hold what the source holds, record by record and field by field, audit status included. Nothing may be
//! lost, doubled or stale, whatever cannot be delivered must be a dead letter, the watermark must be where the last
//! run took it, and the flow must be back within a lease and an interval ([`stage::RESUMES`]). At the end there is one
//! table: case × flow → lost, doubled, stale, dead letters, calls.
//!
//! | file | about |
//! |---|---|
//! | `net` | connections that break, answers that are late, half, no JSON, or from elsewhere |
//! | `vendor` | what a source's server does wrong, and records that move while they are read |
//! | `target` | rows, batches and audits that are refused; what is there already |
//! | `database` | the same for MySQL: a connection lost in a statement, locks, a full or altered table |
//! | `reconcile` | documents deleted behind the flow's back; the skip list |
//! | `stage` | the world of a case, and the judgement |
//! | `flows` | what differs from flow to flow |
//! | `proxy` | breaks the database's connection |
//! | `table` | the table |
//!
//! `cargo test -p ferry-scenarios --test matrix -- returns` runs the cases of one flow; any part of a name will do.

mod database;
mod flows;
mod net;
mod proxy;
mod reconcile;
mod stage;
mod table;
mod target;
mod vendor;

use flows::Facts;
use libtest_mimic::{Arguments, Failed, Trial};
use stage::Stage;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;
use table::Table;

/// A thing that goes wrong.
pub struct Case {
    name: &'static str,
    flows: &'static [&'static str],
    at_least: u64,
    play: fn(&mut Stage),
}

/// With the flow's usual number of records.
const fn case(name: &'static str, flows: &'static [&'static str], play: fn(&mut Stage)) -> Case {
    case_of(0, name, flows, play)
}

/// With so many records at least.
const fn case_of(
    at_least: u64,
    name: &'static str,
    flows: &'static [&'static str],
    play: fn(&mut Stage),
) -> Case {
    Case { name, flows, at_least, play }
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Most of a case is waiting for other processes.
    arguments.test_threads.get_or_insert(10);
    let table = Arc::new(Table::default());
    let all: [&'static [Case]; 5] =
        [net::CASES, vendor::CASES, target::CASES, database::CASES, reconcile::CASES];
    let mut trials = Vec::new();
    for (number, case) in all.into_iter().flatten().enumerate() {
        for flow in case.flows {
            let table = table.clone();
            let name = format!("{}, {}", case.name, Facts::of(flow).short);
            trials.push(Trial::test(name, move || {
                let play = || {
                    let records = Facts::of(flow).records.max(case.at_least);
                    let mut stage = Stage::with(flow, &format!("{number}"), records);
                    (case.play)(&mut stage);
                    stage.judge()
                };
                let began = Instant::now();
                let outcome =
                    catch_unwind(AssertUnwindSafe(play)).map_err(|payload| Failed::from(said(&*payload)))?;
                table.put(number, case.name, flow, outcome, began.elapsed());
                Ok(())
            }));
        }
    }
    let listing = arguments.list;
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !listing {
        println!("{}", table.text());
    }
    conclusion.exit();
}

/// The words of a panic.
fn said(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
