//! A backlog at the limit of 聚水潭: 100 calls in any minute, 5 in any second, 50 rows each.

use super::jushuitan::{Simulated, inout_flow};
use super::world::World;
use ferry_simulators::jushuitan::{Generate, Jushuitan};
use ferry_sync::host::Clock;
use std::time::Duration;

const RETURNS: usize = 20_000;

#[test]
fn a_backlog_of_20_000_returns_uses_95_percent_of_the_calls_and_not_one_is_refused() {
    let simulator = Jushuitan::start(ferry_simulators::jushuitan::Config::default()).unwrap();
    let mut world = World::new(inout_flow("118s"), ferry_sync::source::jushuitan::load, |now| {
        simulator.set(|switches| switches.clock_stands_at_ms = Some(now));
    });
    world.with_account(&simulator);
    (world.tell)(world.wall_ms());
    let until = chrono::DateTime::from_timestamp_millis(world.wall_ms() + 8 * 3_600_000 - 3_600_000);
    let until = until.map(|time| time.naive_utc());
    simulator.generate(&Generate { records: RETURNS, shops: 0, days: 6, until, ..Generate::default() });
    world.variables.insert("start", super::jushuitan::days_ago(&world, 7));

    // A run at every full minute at which none is under way.
    let mut ended = Duration::ZERO;
    let mut done = false;
    while !done {
        let report = world.run().unwrap_or_else(|why| panic!("{}", why.into_problem()));
        assert_eq!(report.error, None);
        assert!(report.counts.adds_up());
        done = !report.has_more;
        ended = world.monotonic();
        let minute = Duration::from_secs(60);
        let past = Duration::from_nanos((ended.as_nanos() % minute.as_nanos()) as u64);
        world.sleep(minute - past);
    }

    let refused: Vec<_> = simulator.calls().into_iter().filter_map(|call| call.auth).collect();
    let refused: Vec<_> = refused.iter().filter(|auth| auth.contains("refused: Per")).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let expected = simulator.expected("2000-01-01 00:00:00", "2100-01-01 00:00:00", "");
    assert_eq!(expected.len(), RETURNS);
    assert_eq!(world.delivered.borrow().len(), RETURNS);

    let calls = world.called_at.borrow().len();
    let minutes = ended.as_secs_f64() / 60.0;
    let per_minute = calls as f64 / minutes;
    println!("{RETURNS} returns: {calls} calls in {minutes:.2} minutes, {per_minute:.1} calls a minute");
    assert!(per_minute >= 95.0, "{per_minute} calls a minute");
    assert!(calls <= 450, "{calls} calls");
}
