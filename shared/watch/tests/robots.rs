//! The clients against strict simulators, which were written from the vendors' documents alone.

mod world;

use ferry_simulators::robots::{Change, Config, Fault, Misbehaviour, Op, Robots, Running};
use ferry_watch::alerts::{Attempt, Check, Outcome, check};
use ferry_watch::fleet::{Code, Watched};
use ferry_watch::robots::message::{Change as Told, Item, Message};
use ferry_watch::robots::{Channel, ChannelName, Refusal};
use ferry_watch::settings::Settings;
use ferry_watch::words::Words;
use http::Request;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use world::*;

/// The three robots.
const ROBOTS: [Op; 3] = [Op::Dingtalk, Op::Wecom, Op::Feishu];

fn start() -> Running {
    Robots::start(Config::default()).expect("the simulators start")
}

/// The variables of these simulators.
fn variables(robots: &Running) -> Given {
    let host = robots.address().to_string();
    let mut all: Vec<(String, String)> = vec![("console_url".into(), "https://ferry.example.com".into())];
    for channel in ["dingtalk", "wecom", "feishu", "alert_webhook", "heartbeat"] {
        all.push((format!("{channel}_scheme"), "http".to_owned()));
        all.push((format!("{channel}_host"), host.clone()));
    }
    all.extend(robots.data().secrets().map(|(name, value)| (name.to_owned(), value)));
    let leaked = all.into_iter().map(|(name, value)| (&*name.leak(), value));
    Given(leaked.collect())
}

/// A world at the real time, whose network is real.
fn online() -> World {
    let world = World::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    world.wall_ms.set(i64::try_from(now.as_millis()).unwrap());
    world.answers(|request| send(request.clone()));
    world
}

fn send(request: Request<Vec<u8>>) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(5)))
        .proxy(None)
        .build()
        .into();
    let failure =
        |error: ureq::Error| ferry_sync::host::HttpFailure { denied: false, message: error.to_string() };
    let mut answer = agent.run(request).map_err(failure)?;
    let body = answer.body_mut().read_to_vec().map_err(failure)?;
    Ok(answer.map(|_| body))
}

fn run(world: &World, settings: &Settings, flow: &Watched) -> Check {
    world.pass(60);
    check(world.host(), settings, &|| vec![flow.clone()]).unwrap().expect("its turn")
}

fn message(items: usize, what: &str) -> Message {
    let item = Item {
        flow: FLOW.into(),
        title: Words::new("Returns", "退货"),
        code: Code::Failing,
        change: Told::Opened,
        since: NOON,
        at: NOON,
        what: Words::new(what, what),
        hint: Words::new("mend it", "请修正"),
    };
    Message { items: vec![item; items], console_url: String::new() }
}

/// Sends one message through each channel.
fn send_all(settings: &Settings, message: &Message, now_ms: i64) -> Vec<(ChannelName, Result<(), Refusal>)> {
    let one = |channel: &Channel| {
        let answer = send(channel.request(message, now_ms));
        (channel.name(), channel.outcome(&answer))
    };
    settings.channels.iter().map(one).collect()
}

fn now_ms() -> i64 {
    online().wall_ms.get()
}

/// Those that did not take it, with the code and the vendor's number.
fn refusals(sent: &[(ChannelName, Result<(), Refusal>)]) -> Vec<(ChannelName, &str, Option<i64>)> {
    let refused = sent.iter().filter_map(|(channel, result)| Some((*channel, result.as_ref().err()?)));
    refused.map(|(channel, why)| (channel, why.code.as_str(), why.number)).collect()
}

#[test]
fn one_message_arrives_at_every_robot_signed_right() {
    let robots = start();
    let world = online();
    let settings = Settings::load(&variables(&robots));
    assert_eq!(settings.problems, []);
    let check = run(&world, &settings, &refused("state_damaged"));
    let taken = |channel| Attempt { channel, items: 1, outcome: Outcome::Taken };
    assert_eq!(
        check.sent,
        [ChannelName::Dingtalk, ChannelName::Wecom, ChannelName::Feishu, ChannelName::Webhook].map(taken)
    );
    assert_eq!((check.good, &check.heartbeat), (true, &Some(Outcome::Taken)));
    let texts: Vec<String> =
        ROBOTS.iter().flat_map(|robot| robots.received_by(*robot)).map(|received| received.text).collect();
    assert_eq!(texts.len(), 3);
    for part in ["［state_damaged］ 无法进行", "［state_damaged］ it cannot", "请修正", "mend it"]
    {
        assert!(texts[0].contains(part), "{part} in {}", texts[0]);
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "the same everywhere");
    let webhook = &robots.received_by(Op::Webhook)[0];
    assert_eq!(webhook.body["alerts"][0]["code"], "stopped");
    assert_eq!(webhook.body["alerts"][0]["link"], format!("https://ferry.example.com/console/flows/{FLOW}"));
    assert_eq!((robots.received_by(Op::Heartbeat).len(), webhook.text == texts[0]), (1, true));
    assert_eq!(run(&world, &settings, &refused("state_damaged")).sent, []);
}

#[test]
fn every_refusal_is_understood() {
    let robots = start();
    let good = variables(&robots);
    let with = |changes: &[(&'static str, &str)]| {
        let mut all = Given(good.0.clone());
        all.0.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Settings::load(&all)
    };
    let short = message(1, "x");
    let wrong_secrets = with(&[("dingtalk_secret", "SECwrong"), ("feishu_secret", "wrong")]);
    assert_eq!(
        refusals(&send_all(&wrong_secrets, &short, now_ms())),
        [
            (ChannelName::Dingtalk, "robot_security", Some(310_000)),
            (ChannelName::Feishu, "robot_security", Some(19_021))
        ]
    );
    let unsigned = with(&[("dingtalk_secret", ""), ("feishu_secret", "")]);
    assert_eq!(refusals(&send_all(&unsigned, &short, now_ms())).len(), 2);
    // A clock that is an hour off.
    for off in [-3_700_000, 3_700_000] {
        assert_eq!(
            refusals(&send_all(&with(&[]), &short, now_ms() + off)),
            [
                (ChannelName::Dingtalk, "robot_security", Some(310_000)),
                (ChannelName::Feishu, "robot_security", Some(19_021))
            ]
        );
    }
    let elsewhere = with(&[
        ("dingtalk_token", "0"),
        ("wecom_key", "0"),
        ("feishu_hook", "0"),
        ("alert_webhook_path", "/hooks/0"),
    ]);
    assert_eq!(
        refusals(&send_all(&elsewhere, &short, now_ms())),
        [
            (ChannelName::Dingtalk, "robot_unknown", Some(300_005)),
            (ChannelName::Wecom, "robot_unknown", Some(93_000)),
            (ChannelName::Feishu, "robot_unknown", Some(19_001)),
            (ChannelName::Webhook, "webhook_status", Some(404)),
        ]
    );
    robots.arm(Fault::next(&ROBOTS, Misbehaviour::TooMany).times(3));
    assert_eq!(
        refusals(&send_all(&with(&[]), &short, now_ms())),
        [
            (ChannelName::Dingtalk, "robot_too_many", Some(130_101)),
            (ChannelName::Wecom, "robot_too_many", Some(45_009)),
            (ChannelName::Feishu, "robot_too_many", Some(11_232)),
        ]
    );
    for what in
        [Misbehaviour::Html, Misbehaviour::Garbage, Misbehaviour::Http500 { work: Default::default() }]
    {
        robots.arm(Fault::next(&ROBOTS, what).times(3));
        let sent = send_all(&with(&[]), &short, now_ms());
        assert!(refusals(&sent).iter().all(|(_, code, _)| *code == "not_its_answer"), "{sent:?}");
        assert_eq!(refusals(&sent).len(), 3);
    }
    robots.arm(Fault::next(&ROBOTS, Misbehaviour::DropBefore).times(3));
    assert!(
        refusals(&send_all(&with(&[]), &short, now_ms())).iter().all(|(_, code, _)| *code == "no_answer")
    );
    // Everything can be mended.
    assert_eq!(refusals(&send_all(&with(&[]), &short, now_ms())), []);
}

/// 20,000 bytes of a body, 4,096 of a content, 20 KB of a body: what does not fit is left out, and counted.
#[test]
fn however_many_alerts_there_are_the_message_is_taken() {
    for (items, what) in [(1, 10), (3, 2000), (40, 200), (300, 200), (1, 30_000)] {
        let robots = start();
        let settings = Settings::load(&variables(&robots));
        // Quotes and line feeds take two bytes in JSON, and Chinese three in UTF-8.
        let what = "坏\"\\\n".repeat(what / 4 + 1);
        let sent = send_all(&settings, &message(items, &what), now_ms());
        assert_eq!(refusals(&sent), [], "{items}");
        for robot in ROBOTS {
            let text = &robots.received_by(robot)[0].text;
            let told = text.matches("【告警").count();
            assert!(told >= 1, "{text}");
            let rest = format!("… 还有 {} 条", items - told);
            assert_eq!(text.contains(&rest), told < items, "{robot:?} {items} {told}: {text}");
        }
    }
}

/// One message a check and channel, and so none of their limits is ever met: not even with a check every minute in
/// which something is new.
#[test]
fn nobody_is_called_too_often() {
    let robots = start();
    let world = online();
    let began = world.wall_ms.get();
    let settings = Settings::load(&variables(&robots));
    for minute in 0..60 {
        robots.set(|switches| switches.clock_offset_ms = world.wall_ms.get() + 60_000 - began);
        let now = world.now() + 60;
        let flow = if minute % 2 == 0 { refused("state_damaged") } else { watched(answer(now, json!({}))) };
        let check = run(&world, &settings, &flow);
        assert!(
            check.sent.iter().all(|attempt| attempt.outcome == Outcome::Taken),
            "{minute} {:?}",
            check.sent
        );
    }
    assert!(robots.received_by(Op::Dingtalk).len() >= 10);
}

#[test]
fn a_robot_that_was_removed_gets_its_message_when_it_is_back() {
    let robots = start();
    let world = online();
    let settings = Settings::load(&variables(&robots));
    robots.change(&Change::Remove { robot: Op::Dingtalk });
    let check = run(&world, &settings, &refused("state_damaged"));
    let refused_by: Vec<ChannelName> = check
        .sent
        .iter()
        .filter(|attempt| attempt.outcome != Outcome::Taken)
        .map(|attempt| attempt.channel)
        .collect();
    assert_eq!((refused_by, check.good), (vec![ChannelName::Dingtalk], false));
    robots.change(&Change::Restore { robot: Op::Dingtalk });
    let check = run(&world, &settings, &refused("state_damaged"));
    assert_eq!((check.sent.len(), check.good), (1, true));
    for robot in [Op::Dingtalk, Op::Wecom, Op::Feishu, Op::Webhook, Op::Heartbeat] {
        assert_eq!(robots.received_by(robot).len(), 1, "{robot:?}");
    }
}
