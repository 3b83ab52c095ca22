use ferry_scenarios::app::Scene;
use ferry_scenarios::app::galaxy::erp_now;
use ferry_scenarios::app::scene::ADMIN_TOKEN;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;
use xtask::app::Trigger;
use xtask::stage::FLOW;

const TICK: &str = "galaxy-materials-to-mysql-tick";
const ROUNDS: usize = 100;

/// Fires cron events, which only the local host can.
#[test]
fn of_two_calls_and_a_cron_event_at_the_same_moment_one_runs() {
    let Some(scene) = Scene::on_the_local_host("same_moment") else { return };
    scene.galaxy.generate(50);
    let flow = scene.start_with(Trigger::OnDemand, &[]);
    flow.run();
    // So long that nobody comes when another has finished.
    scene.galaxy.arm(json!({"kind": "delay", "ms": 250}), 0, None);
    scene.galaxy.forget_calls();

    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut known = || -> Vec<(String, String)> {
        let state = flow.state();
        let reports = state["reports"].as_array().expect("reports");
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let new = reports.iter().map(|report| (text(&report["run_id"]), text(&report["trigger"])));
        new.filter(|(id, _)| seen.insert(id.clone())).collect()
    };
    known();
    let mut won = Vec::new();
    for round in 0..ROUNDS {
        // Something to carry in every round.
        let number = format!("55.01.{round:06}");
        let add = json!({"number": number, "name": "同时触发", "modify_date": erp_now()});
        scene.galaxy.change(json!({"do": "add", "materials": [add]}));
        let start = Barrier::new(3);
        let (answers, event) = thread::scope(|scope| {
            let call = || {
                start.wait();
                flow.call(&json!({})).expect("an answer")
            };
            let calls = [scope.spawn(call), scope.spawn(call)];
            let event = scope.spawn(|| {
                start.wait();
                flow.app.cron(TICK).expect("the event is fired")
            });
            let answers = calls.map(|call| call.join().expect("a call"));
            (answers, event.join().expect("an event"))
        });
        assert_eq!(event, json!({"ok": true}), "a run that is under way is what the schedule wants");
        let ran = known();
        assert_eq!(ran.len(), 1, "round {round}: {ran:?}, {answers:?}");
        let by_call = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(by_call, usize::from(ran[0].1 == "webhook"), "round {round}: {ran:?}, {answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            let refusal = (answer.status, &answer.body["error"]["code"]);
            assert_eq!(refusal, (409, &json!("already_running")), "round {round}: {}", answer.body);
        }
        won.push(ran[0].1.clone());
    }
    let most = scene.galaxy.calls().iter().map(|call| call["concurrent"].as_u64()).max();
    assert_eq!(most, Some(Some(1)), "never two at the source");
    println!("{won:?}");
    scene.assert_in_step();
}

#[test]
fn of_two_calls_at_the_same_moment_one_runs() {
    let scene = Scene::new("two_calls");
    scene.galaxy.generate(50);
    let flow = scene.start();
    flow.run();
    scene.galaxy.arm(json!({"kind": "delay", "ms": 250}), 0, None);
    for round in 0..5 {
        let start = Barrier::new(2);
        let call = || {
            start.wait();
            flow.call(&json!({})).expect("an answer")
        };
        let answers = thread::scope(|scope| {
            let calls = [scope.spawn(call), scope.spawn(call)];
            calls.map(|call| call.join().expect("a call"))
        });
        let mut statuses = answers.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {answers:?}");
    }
    scene.assert_in_step();
}

/// Fires cron events, which only the local host can.
#[test]
fn a_cron_event_carries_what_there_is_and_shares_the_state_with_the_webhook() {
    let Some(scene) = Scene::on_the_local_host("cron_event") else { return };
    scene.galaxy.generate(500);
    let carried = scene.galaxy.carried().len();
    let flow = scene.start_with(Trigger::OnDemand, &[]);
    assert_eq!(flow.app.cron(TICK).expect("the event is fired"), json!({"ok": true}));
    scene.assert_in_step();
    let state = flow.state();
    assert_eq!(state["reports"][0]["trigger"], "cron");
    assert_eq!(state["reports"][0]["written"], carried);
    assert_eq!(flow.run()["records"], 0);

    // A failure is told to the host, and to whoever reads the state.
    scene.galaxy.arm(json!({"kind": "html"}), 0, Some(1));
    let failed = flow.app.cron(TICK).expect("the event is fired");
    assert_eq!(failed["ok"], false);
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("web_page")), "{failed}");
    assert_eq!(flow.state()["failures"], 1);
    assert_eq!(flow.app.cron(TICK).expect("the event is fired"), json!({"ok": true}));
    assert_eq!(flow.state()["failures"], 0);
}

/// Two operators' requests and a run: whoever changes state takes the lease.
#[test]
fn an_operators_request_waits_for_no_run_and_disturbs_none() {
    let scene = Scene::new("operator");
    scene.galaxy.generate(500);
    scene.galaxy.arm(json!({"kind": "delay", "ms": 700}), 0, None);
    // The first run of all: there is no state yet but its own.
    let flow = scene.start();
    thread::scope(|scope| {
        let run = scope.spawn(|| flow.run());
        while scene.galaxy.calls().is_empty() {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(flow.ask("PUT", "/watermark", json!({"watermark": "2021-01-01 00:00:00"})).status, 409);
        assert_eq!(flow.ask("POST", "/dead/retry", json!({})).status, 409);
        let state = flow.request("GET", &format!("/flows/{FLOW}"), ADMIN_TOKEN, b"").expect("an answer");
        assert_eq!(state.status, 200, "{}", state.body);
        assert_eq!(state.body["lease"]["held"], true, "{}", state.body);
        run.join().expect("a run");
    });
    scene.assert_in_step();
    assert_eq!(flow.state()["lease"]["held"], false);
}
