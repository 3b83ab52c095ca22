//! Robots that refuse, and quote our calls; the heartbeat.

use crate::stage::{CHANNELS, Stage, record};
use ferry_simulators::robots::{Change, Fault, Misbehaviour, Op};
use serde_json::{Value, json};

/// How many heartbeats were heard since the last look.
fn beats(stage: &Stage) -> usize {
    let beats = stage.robots.received_by(Op::Heartbeat).len();
    stage.robots.forget_received();
    beats
}

#[test]
fn the_heartbeat_goes_on_while_the_alerter_works_whatever_the_flows_do() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start();
    let tick = || {
        stage.pass(&flow, 60);
        let ticked = flow.app.cron("console-tick").expect("a cron event");
        assert_eq!(ticked["ok"], true, "{ticked}");
        beats(&stage)
    };
    flow.run();
    assert_eq!(tick(), 1);
    stage.break_source();
    stage.fail(&flow, 3);
    assert_eq!(tick(), 1, "a flow in trouble is what the robots are for");
    // A robot that was thrown out of its group keeps it silent, since nobody there is told any more.
    stage.robots.change(&Change::Remove { robot: Op::Wecom });
    stage.mend_source();
    flow.run();
    assert_eq!(tick(), 0);
    stage.robots.change(&Change::Restore { robot: Op::Wecom });
    assert_eq!(tick(), 1);
}

#[test]
fn what_a_robot_did_not_take_it_gets_at_the_next_tick_and_it_alone() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start();
    flow.run();
    stage.break_source();
    stage.fail(&flow, 3);
    stage.robots.arm(Fault::next(&[Op::Dingtalk], Misbehaviour::TooMany));
    stage.robots.arm(Fault::next(&[Op::Feishu], Misbehaviour::DropBefore));
    let by: Vec<Op> = stage.tick(&flow).into_iter().map(|(by, _)| by).collect();
    assert_eq!(by, [Op::Wecom, Op::Webhook]);
    let kept = record(&flow);
    let refused = |channel: &str| -> Value {
        let sent = kept["sent"].as_array().expect("a list");
        sent.iter().find(|sent| sent["channel"] == channel).expect("an attempt")["refusal"].clone()
    };
    assert_eq!(
        (&refused("dingtalk")["code"], &refused("dingtalk")["number"]),
        (&json!("robot_too_many"), &json!(130_101))
    );
    assert_eq!(refused("feishu")["code"], "no_answer");
    assert_eq!(refused("webhook"), json!(null));
    let by: Vec<Op> = stage.tick(&flow).into_iter().map(|(by, _)| by).collect();
    assert_eq!(by, [Op::Dingtalk, Op::Feishu]);
    assert_eq!(stage.tick(&flow), []);
}

/// When the scene ends, log, store and answers are searched for the robots' tokens, hooks and secrets.
#[test]
fn robots_that_quote_our_calls_get_no_secret_into_log_or_store() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start();
    flow.run();
    stage.break_source();
    stage.fail(&flow, 3);
    let control = format!("http://{}/echo", stage.robots.control_address());
    for kind in ["server_error", "json_error", "web_page", "redirect"] {
        let echo = json!({"kind": kind, "to": "http://127.0.0.1:9/login"});
        ureq::post(&control).send_json(&echo).expect("the control API answers");
        stage.pass(&flow, 900);
        assert_eq!(stage.tick(&flow), [], "{kind}");
        let kept = record(&flow);
        let trouble = kept["trouble"].as_object().expect("channels");
        // To a plain webhook every 2xx is success, and so it has nothing more to take from the second on.
        let robots = if kind == "server_error" { CHANNELS.len() } else { CHANNELS.len() - 1 };
        assert_eq!(trouble.len(), robots, "{kind}: {trouble:?}");
        stage.scene.assert_no_secret();
    }
    ureq::delete(&control).call().expect("the control API answers");
    stage.pass(&flow, 900);
    let by: Vec<Op> = stage.tick(&flow).into_iter().map(|(by, _)| by).collect();
    assert_eq!(by, [Op::Dingtalk, Op::Wecom, Op::Feishu]);
}

#[test]
fn a_malformed_host_is_named_though_it_denies_all_calls() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start_with(&[("wecom_host", "https://qyapi.weixin.qq.com")]);
    flow.run();
    stage.break_source();
    stage.fail(&flow, 3);
    assert_eq!(stage.tick(&flow), []);
    stage.pass(&flow, 60);
    let checked = crate::stage::check_by_url(&flow);
    let problem = &checked.body["problems"][0];
    assert_eq!(problem["code"], "misconfigured", "{}", checked.body);
    assert!(problem["message"].as_str().expect("a text").contains("wecom_host"), "{problem}");
    assert_eq!((&checked.body["good"], &checked.body["heartbeat"]), (&json!(false), &json!(null)));
    let codes: Vec<&Value> = checked.body["sent"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|attempt| &attempt["outcome"]["refused"]["code"])
        .collect();
    assert_eq!(codes, [&json!("host_not_allowed"); 3]);
}
