//! SIGKILL to the host at random moments while each of the five flows runs; see `ferry_scenarios::killing`.
//! `cargo xtask soak` does the same for longer.

use ferry_scenarios::killing::{Outcome, Plan, kill_again_and_again, table};
use std::thread;
use xtask::flows::FLOWS;

/// Of each flow.
const KILLS: u32 = 6;

#[test]
fn thirty_kills_at_random_moments_lose_double_and_age_nothing() {
    let plan = |(seed, flow)| Plan { flow, kills: KILLS, seed, until: None };
    let plans: Vec<Plan> = (1..).zip(FLOWS.iter().map(|flow| flow.name)).map(plan).collect();
    // Most of the time they wait for leases.
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let flows: Vec<_> =
            plans.into_iter().map(|plan| scope.spawn(move || kill_again_and_again(plan))).collect();
        flows.into_iter().map(|flow| flow.join().expect("a flow that comes to its end")).collect()
    });
    println!("{}", table(&outcomes));
    for outcome in &outcomes {
        outcome.assert_clean();
        assert_eq!(outcome.kills, KILLS);
    }
    let sum = |count: fn(&Outcome) -> u32| outcomes.iter().map(count).sum::<u32>();
    let (kills, met, held) = (sum(|of| of.kills), sum(|of| of.met), sum(|of| of.held));
    assert!(met * 3 >= kills * 2, "only {met} of {kills} kills met a run");
    // How many depends on how quickly hosts start beside whatever else this machine does.
    assert!(held > 0, "none of {kills} kills left a lease that was found held");
}
