//! Fifty calls a second over all flows: each is answered by a report, or by who holds the flow, or by when to come
//! again; and nothing is lost or doubled by it. `FERRY_LOAD_SECONDS` says for how long (10); `cargo xtask bench --load`
//! goes on for a minute.

use ferry_scenarios::app::world::ready;
use serde_json::json;
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};
use xtask::app::{App, Trigger};
use xtask::flow;
use xtask::flows::FLOWS;
use xtask::simulator::{Company, System};
use xtask::stage::Stage;

const A_SECOND: u64 = 50;
/// No run of them takes longer, so that a flow is carried on many times.
const BUDGET: Duration = Duration::from_millis(1500);

fn seconds() -> u64 {
    std::env::var("FERRY_LOAD_SECONDS").map_or(10, |text| text.parse().expect("a number of seconds"))
}

#[test]
fn fifty_calls_a_second_over_all_flows_get_200_409_or_503_and_lose_nothing() {
    let company = Company {
        materials: 6_000,
        returns: 300,
        stockouts: 600,
        orders: 150,
        shops: 60,
        ..Company::of(&System::ALL)
    };
    let stage = Stage::set(ready(), &company).expect("the stage is set");
    let app = stage.app("load", Trigger::Http, &[]).expect("the app starts");

    let calls = seconds() * A_SECOND;
    let begun = Instant::now();
    let answers: Vec<(u16, Duration, Duration)> = thread::scope(|scope| {
        let mut under_way = Vec::new();
        for number in 0..calls {
            let at = Duration::from_millis(number * 1000 / A_SECOND);
            thread::sleep(at.saturating_sub(begun.elapsed()));
            let late = begun.elapsed() - at;
            let (app, stage) = (&app, &stage);
            under_way.push(scope.spawn(move || {
                let (status, time) = call(app, stage, number as usize);
                (status, time, late)
            }));
        }
        under_way.into_iter().map(|call| call.join().expect("a call")).collect()
    });

    let mut by_status: BTreeMap<u16, Vec<Duration>> = BTreeMap::new();
    for (status, time, _) in &answers {
        by_status.entry(*status).or_default().push(*time);
    }
    let latest = answers.iter().map(|(_, _, late)| *late).max().unwrap_or_default();
    println!("{calls} calls in {} s, each begun at most {latest:?} late", seconds());
    for (status, times) in &mut by_status {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        println!(
            "{status}: {} answers; half within {:.0?}, 95 % {:.0?}, 99 % {:.0?}, all {:.0?}",
            times.len(),
            at(50),
            at(95),
            at(99),
            at(100)
        );
    }
    assert_eq!(answers.len() as u64, calls);
    let others: Vec<&u16> = by_status.keys().filter(|status| ![200, 409, 503].contains(*status)).collect();
    assert!(others.is_empty(), "answers of {others:?}");
    assert!(by_status.contains_key(&200), "nothing ran: {:?}", by_status.keys());
    assert!(by_status.contains_key(&409), "no two calls met: {:?}", by_status.keys());

    for one in &FLOWS {
        let reports = flow::run_to_the_end(&app, one.name, &stage.run_token, &json!({}), |_| Ok(()))
            .unwrap_or_else(|error| panic!("{}: {error:#}", one.name));
        let (due, landed) = (one.due(&stage, None).expect("a count"), one.landed(&stage).expect("a count"));
        assert_eq!(landed, due, "{}: {:?}", one.name, reports.last());
    }
}

/// The status, and how long it took.
fn call(app: &App, stage: &Stage, number: usize) -> (u16, Duration) {
    let path = format!("/flows/{}/run", FLOWS[number % FLOWS.len()].name);
    let begun = Instant::now();
    let body = json!({"budget_ms": u64::try_from(BUDGET.as_millis()).expect("a short time")});
    let answer = app.post(&path, &stage.run_token, &body).unwrap_or_else(|error| panic!("{error:#}"));
    if ![200, 409, 503].contains(&answer.status) {
        println!("{path}: {} {}", answer.status, answer.body);
    }
    (answer.status, begun.elapsed())
}
