use ferry_scenarios::app::Crossing;
use serde_json::json;
use std::sync::Barrier;
use std::thread;
use xtask::flows::Flow;
use xtask::simulator::Company;
use xtask::simulator::System::{Galaxy, Jdy, Jushuitan};

const RETURNS: &str = "jushuitan-returns-to-galaxy";
const SHOPS: &str = "jushuitan-shops-to-jdy";

/// Two flows on one 聚水潭 account.
fn company() -> Crossing {
    let company = Company { returns: 200, shops: 120, ..Company::of(&[Jushuitan, Galaxy, Jdy]) };
    Crossing::in_company(Flow::find(RETURNS).expect("a flow"), &company)
}

#[test]
fn a_token_that_expires_in_the_middle_of_a_scan_is_renewed_once_by_one_of_two_flows() {
    let scene = company();
    let flow = scene.start();
    let mut more = true;
    while more {
        let report = flow.call_of(SHOPS, &json!({})).expect("an answer");
        assert_eq!(report.status, 200, "{}", report.body);
        more = report.body["has_more"] == true;
    }
    let given = |op: &str| scene.systems.called(Jushuitan, op);
    let before = given("GetInitToken") + given("RefreshToken");
    assert_eq!(before, 1);

    scene.systems.change_after_query(Jushuitan, 1, json!({"do": "expire_tokens"}));
    let start = Barrier::new(2);
    let answers = thread::scope(|scope| {
        let call = |name: &'static str| {
            let (flow, start) = (&flow, &start);
            scope.spawn(move || {
                start.wait();
                flow.call_of(name, &json!({})).expect("an answer")
            })
        };
        let calls = [call(RETURNS), call(SHOPS)];
        calls.map(|call| call.join().expect("a call"))
    });
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    flow.run_to_the_end();
    // The refresh token has ended with the token: it is tried once, and then another one is asked for, once.
    assert_eq!((given("GetInitToken"), given("RefreshToken")), (2, 1), "one renewal");
    scene.assert_in_step();
}

#[test]
fn two_flows_share_the_quota_and_not_one_call_is_refused() {
    let scene = company();
    let flow = scene.start();
    thread::scope(|scope| {
        for name in [RETURNS, SHOPS] {
            let flow = &flow;
            scope.spawn(move || {
                for _ in 0..4 {
                    let answer = flow.call_of(name, &json!({"budget_ms": 4000})).expect("an answer");
                    assert!(matches!(answer.status, 200 | 503), "{}", answer.body);
                }
            });
        }
    });
    let calls = scene.systems.list(Jushuitan, "/calls");
    let refused = calls.iter().filter(|call| {
        let answered = call["answered"].as_str().unwrap_or_default();
        answered.starts_with("code 199") || answered.starts_with("code 200")
    });
    assert_eq!(refused.count(), 0, "{calls:?}");
    assert!(calls.len() > 2);
}
