//! What is told, when, how often, and what is kept of it.

mod world;

use ferry_watch::alerts::record::{KEY, OUTBOX, Record, SENT};
use ferry_watch::alerts::{Check, Outcome, check};
use ferry_watch::fleet::{Code, Watched};
use ferry_watch::robots::{Change, ChannelName};
use ferry_watch::settings::Settings;
use http::Request;
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use world::*;

/// A check of these flows with one webhook, a minute after the last one.
fn tick(world: &World, flows: &[Watched]) -> Check {
    world.pass(60);
    tick_now(world, flows).expect("its turn")
}

fn tick_now(world: &World, flows: &[Watched]) -> Option<Check> {
    check(world.host(), &Settings::load(&webhook()), &|| flows.to_vec()).expect("the store answers")
}

fn well(world: &World) -> Watched {
    watched(answer(world.now() + 60, json!({})))
}

/// A flow like this at the time of the next tick.
fn like(world: &World, changes: Value) -> Watched {
    watched(answer(world.now() + 60, changes))
}

fn news(check: &Check) -> Vec<(Code, Change)> {
    check.news.iter().map(|item| (item.code, item.change)).collect()
}

fn record(world: &World) -> Record {
    Record::load(world).unwrap()
}

/// Told once when it begins, not again while it lasts, and once when it is over.
fn once(code: Code, bad: impl Fn(&World) -> Watched) {
    let world = World::new();
    assert_eq!(news(&tick(&world, &[well(&world)])), []);
    assert_eq!(news(&tick(&world, &[bad(&world)])), [(code, Change::Opened)]);
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{code:?}");
    let words = code.words();
    assert!(messages[0].contains(&format!("【告警 alert】{} · {}", words.zh, words.en)), "{}", messages[0]);
    assert!(messages[0].contains("处理：") && messages[0].contains("To do: "), "{}", messages[0]);
    let page = if code == Code::DeadLetters { "/dead" } else { "" };
    let link = format!("https://ferry.example.com/console/flows/{FLOW}{page}");
    assert!(messages[0].lines().any(|line| line == link), "{}", messages[0]);
    for _ in 0..20 {
        assert_eq!(news(&tick(&world, &[bad(&world)])), [], "{code:?}");
    }
    assert_eq!(record(&world).open.len(), 1);
    assert_eq!(news(&tick(&world, &[well(&world)])), [(code, Change::Recovered)]);
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{code:?}: {messages:?}");
    assert!(messages[0].contains(&format!("【恢复 recovered】{}", words.zh)), "{}", messages[0]);
    assert_eq!(news(&tick(&world, &[well(&world)])), []);
    assert!(record(&world).open.is_empty());
}

#[test]
fn a_flow_that_fails_three_times_in_a_row() {
    once(Code::Failing, |world| watched(failing(world.now() + 60, 3, "no_answer")));
}

#[test]
fn a_lag_beyond_its_limit() {
    once(Code::Lag, |world| like(world, json!({"lag_seconds": 1000})));
}

#[test]
fn a_missed_schedule() {
    once(Code::MissedSchedule, |world| {
        let ago = ferry_sync::shanghai::text(world.now() - 600);
        like(world, json!({"last_run_at": ago, "next_expected": ago}))
    });
}

#[test]
fn a_skewed_clock() {
    once(Code::ClockSkew, |world| {
        let note = json!([{"code": "clock_skew", "message": "90 s", "message_zh": "90 秒"}]);
        like(world, json!({"reports": [{"started_at": "2026-11-20 12:00:00", "error": null, "notes": note}]}))
    });
}

#[test]
fn a_stop() {
    once(Code::Stopped, |world| watched(failing(world.now() + 60, 1, "refused_in_a_row")));
    once(Code::Stopped, |_| refused("state_damaged"));
}

#[test]
fn a_redeployed_built_in_file_under_an_override() {
    once(Code::BuiltInChanged, |world| {
        like(world, json!({"version": {"number": 2, "built_in_changed": true}}))
    });
}

#[test]
fn dead_letters() {
    once(Code::DeadLetters, |world| {
        like(world, json!({"dead": {"parked": 1}, "totals": {"records": {"dead": 3}}}))
    });
}

#[test]
fn two_failures_are_told_to_nobody() {
    let world = World::new();
    for failures in [0, 1, 2, 1, 2, 0] {
        let check = tick(&world, &[watched(failing(world.now() + 60, failures, "no_answer"))]);
        assert_eq!(news(&check), []);
    }
    assert_eq!(world.requests.borrow().len(), 0);
}

#[test]
fn new_dead_letters_are_told_again_and_old_ones_are_not() {
    let world = World::new();
    let letters = |dead: u64, parked: u64| {
        json!({"dead": {"waiting": dead, "parked": parked},
               "totals": {"records": {"dead": 10 + dead + parked}, "retried": {"parked": parked}}})
    };
    tick(&world, &[like(&world, json!({"totals": {"records": {"dead": 10}}}))]);
    assert_eq!(news(&tick(&world, &[like(&world, letters(2, 0))])), [(Code::DeadLetters, Change::Opened)]);
    assert!(world.messages()[0].contains("dead letters: 2 (2 will be tried again, 0 wait for you); 2 new"));
    // Two more at once: within five minutes nothing, then both together.
    for minute in 1..5 {
        assert_eq!(news(&tick(&world, &[like(&world, letters(2 + minute.min(2), 0))])), [], "{minute}");
    }
    assert_eq!(news(&tick(&world, &[like(&world, letters(4, 0))])), [(Code::DeadLetters, Change::More)]);
    let told = world.messages();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("死信 4 条：4 条将自动重试，0 条等待处理；新增 2 条"), "{}", told[0]);
    // One is given up: nothing new was read, but a person is needed.
    for _ in 0..5 {
        assert_eq!(news(&tick(&world, &[like(&world, letters(4, 0))])), []);
    }
    let mut given_up = letters(3, 1);
    merge(&mut given_up, json!({"totals": {"records": {"dead": 14}}}));
    assert_eq!(news(&tick(&world, &[like(&world, given_up.clone())])), [(Code::DeadLetters, Change::More)]);
    assert!(world.messages()[0].contains("1 given up after the last retry"));
    // That some were mended is no news, while others are left.
    for _ in 0..10 {
        merge(&mut given_up, json!({"dead": {"waiting": 1}}));
        assert_eq!(news(&tick(&world, &[like(&world, given_up.clone())])), []);
    }
    assert_eq!(news(&tick(&world, &[well(&world)])), [(Code::DeadLetters, Change::Recovered)]);
}

#[test]
fn letters_that_come_and_go_between_two_checks_are_not_new_later() {
    let world = World::new();
    tick(&world, &[like(&world, json!({"totals": {"records": {"dead": 50}}}))]);
    tick(&world, &[like(&world, json!({"totals": {"records": {"dead": 60}}}))]);
    tick(&world, &[like(&world, json!({"dead": {"parked": 1}, "totals": {"records": {"dead": 61}}}))]);
    assert!(world.messages()[0].contains("; 1 new"));
}

#[test]
fn a_flapping_alert_is_told_at_most_once_in_five_minutes() {
    let world = World::new();
    let mut told = Vec::new();
    for minute in 0..30 {
        let flow = if minute % 2 == 0 { like(&world, json!({"lag_seconds": 9999})) } else { well(&world) };
        for (_, change) in news(&tick(&world, &[flow])) {
            told.push((minute, change));
        }
    }
    let opened: Vec<i32> =
        told.iter().filter(|(_, change)| *change == Change::Opened).map(|(minute, _)| *minute).collect();
    assert_eq!(opened, [0, 6, 12, 18, 24]);
    assert_eq!(told.len(), 2 * opened.len(), "each is told to be over once: {told:?}");
}

#[test]
fn what_lasts_is_told_again_after_a_day() {
    let world = World::new();
    let flow = |world: &World| like(world, json!({"lag_seconds": 99_999}));
    tick(&world, &[flow(&world)]);
    world.pass(86_400 - 120);
    assert_eq!(news(&tick(&world, &[flow(&world)])), []);
    assert_eq!(news(&tick(&world, &[flow(&world)])), [(Code::Lag, Change::Reminder)]);
    assert!(world.messages()[1].contains("【仍未恢复 still open】"));
}

#[test]
fn a_new_flow_has_time_for_its_first_run_before_its_missing_state_is_told() {
    let world = World::new();
    let flow = refused("not_initialised");
    // Its flow file says every three minutes, and there are three of grace.
    for _ in 0..6 {
        assert_eq!(news(&tick(&world, std::slice::from_ref(&flow))), []);
    }
    assert_eq!(news(&tick(&world, std::slice::from_ref(&flow))), [(Code::NotInitialised, Change::Opened)]);
    let told = world.messages();
    assert!(told[0].contains("［not_initialised］ 无法进行") && told[0].contains("请修正"), "{}", told[0]);
    assert_eq!(news(&tick(&world, &[well(&world)])), [(Code::NotInitialised, Change::Recovered)]);
    // One that ran in time is never mentioned.
    let world = World::new();
    tick(&world, std::slice::from_ref(&flow));
    assert_eq!(news(&tick(&world, &[well(&world)])), []);
    assert_eq!(world.messages(), [""; 0]);
}

#[test]
fn a_state_that_cannot_be_read_says_nothing_of_what_else_is_over() {
    let world = World::new();
    let bad = |world: &World| {
        let mut bad = failing(world.now() + 60, 3, "no_answer");
        merge(&mut bad, json!({"dead": {"parked": 1}}));
        watched(bad)
    };
    assert_eq!(news(&tick(&world, &[bad(&world)])).len(), 2);
    assert_eq!(news(&tick(&world, &[refused("store_failed")])), [(Code::Stopped, Change::Opened)]);
    assert_eq!(record(&world).open.len(), 3);
    assert_eq!(news(&tick(&world, &[bad(&world)])), [(Code::Stopped, Change::Recovered)]);
    assert_eq!(record(&world).open.len(), 2);
}

#[test]
fn many_at_once_are_one_message_the_worst_first() {
    let world = World::new();
    let other = Watched::new(OTHER_FILE, Err(problem("state_damaged")));
    let lagging = like(&world, json!({"lag_seconds": 9999, "dead": {"parked": 1}}));
    assert_eq!(news(&tick(&world, &[lagging, other])).len(), 3);
    let told = world.messages();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("Ferry · 告警 3 条 · alerts: 3\n"), "{}", told[0]);
    let place = |word: &str| told[0].find(word).unwrap_or_else(|| panic!("{word} in {}", told[0]));
    assert!(
        place("已停止 · stopped") < place("滞后 · behind")
            && place("滞后 · behind") < place("死信 · dead letters")
    );
    // One is over, another is new.
    let lagging = like(&world, json!({"lag_seconds": 9999, "failures": 0}));
    assert_eq!(
        news(&tick(&world, &[lagging, refused_other("not_initialised")])),
        [(Code::Stopped, Change::Recovered), (Code::DeadLetters, Change::Recovered)]
    );
    assert!(world.messages()[0].starts_with("Ferry · 恢复 2 条 · recovered: 2\n"));
}

fn refused_other(code: &str) -> Watched {
    Watched::new(OTHER_FILE, Err(problem(code)))
}

#[test]
fn a_flow_that_is_not_enabled_any_more_is_forgotten_silently() {
    let world = World::new();
    tick(&world, &[refused("state_damaged"), refused_other("state_damaged")]);
    world.messages();
    assert_eq!(news(&tick(&world, &[refused("state_damaged")])), []);
    assert_eq!(record(&world).open.len(), 1);
    assert_eq!(world.messages(), [""; 0]);
}

#[test]
fn a_message_that_is_not_taken_is_sent_again_later_and_later_with_what_has_come_since() {
    let world = World::new();
    let up = Rc::new(Cell::new(false));
    let is_up = up.clone();
    world.answers(move |_| if is_up.get() { taken() } else { said(503, "busy") });
    let mut tried = Vec::new();
    for minute in 1..=40 {
        let check = tick(&world, &[like(&world, json!({"lag_seconds": 9999}))]);
        assert!(!check.good);
        if let [attempt] = &check.sent[..] {
            tried.push(minute);
            assert!(
                matches!(&attempt.outcome, Outcome::Refused(why) if why.code == "webhook_status" && why.number == Some(503))
            );
        }
    }
    assert_eq!(tried, [1, 2, 4, 8, 16, 31], "then every 15 minutes");
    let kept = record(&world);
    assert_eq!((kept.sent.len(), kept.sent[0].times), (1, 6), "one line, not one for each");
    assert_eq!(kept.owed()[&ChannelName::Webhook], 1);
    // It recovers before anybody could be told: both are told, in order.
    tick(&world, &[well(&world)]);
    up.set(true);
    world.messages();
    for _ in 0..15 {
        tick(&world, &[well(&world)]);
    }
    let told = world.messages();
    assert_eq!(told.len(), 1, "{told:?}");
    let (alert, recovery) = (told[0].find("【告警").unwrap(), told[0].find("【恢复").unwrap());
    assert!(alert < recovery, "{}", told[0]);
    let kept = record(&world);
    assert!(kept.outbox.is_empty() && kept.trouble.is_empty() && kept.sent[0].refusal.is_none());
}

#[test]
fn each_channel_gets_what_it_is_owed_and_no_more() {
    let world = World::new();
    let variables = given(&[
        ("alert_webhook_host", "hooks.example.com"),
        ("alert_webhook_path", "/x"),
        ("wecom_host", "wecom.example.com"),
        ("wecom_key", "key-key-key"),
    ]);
    let settings = Settings::load(&variables);
    let wecom_up = Rc::new(Cell::new(false));
    let is_up = wecom_up.clone();
    world.answers(move |request: &Request<Vec<u8>>| match request.uri().host() {
        Some("wecom.example.com") if !is_up.get() => {
            said(200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#)
        }
        _ => taken(),
    });
    let run = |flow: Watched| {
        world.pass(60);
        let check = check(world.host(), &settings, &|| vec![flow.clone()]).unwrap().unwrap();
        check
            .sent
            .iter()
            .map(|attempt| (attempt.channel, attempt.outcome == Outcome::Taken))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        run(like(&world, json!({"lag_seconds": 9999}))),
        [(ChannelName::Wecom, false), (ChannelName::Webhook, true)]
    );
    wecom_up.set(true);
    assert_eq!(run(like(&world, json!({"lag_seconds": 9999}))), [(ChannelName::Wecom, true)]);
    assert_eq!(run(like(&world, json!({"lag_seconds": 9999}))), []);
    let sent = record(&world).sent;
    let outcomes: Vec<(ChannelName, Option<i64>)> =
        sent.iter().map(|sent| (sent.channel, sent.refusal.as_ref().and_then(|why| why.number))).collect();
    assert_eq!(
        outcomes,
        [(ChannelName::Wecom, None), (ChannelName::Webhook, None), (ChannelName::Wecom, Some(45_009))]
    );
}

#[test]
fn of_two_ticks_at_once_one_tells() {
    let world = World::new();
    world.pass(60);
    let flows = [watched(answer(world.now(), json!({"lag_seconds": 9999})))];
    // The second begins while the first looks at the flows.
    let inner = Cell::new(true);
    let settings = Settings::load(&webhook());
    let outer = check(world.host(), &settings, &|| {
        if inner.take() {
            assert_eq!(tick_now(&world, &flows), None);
        }
        flows.to_vec()
    });
    assert_eq!(outer.unwrap().unwrap().news.len(), 1);
    // And one a moment later, in the next slot, or a check asked for by hand.
    for seconds in [0, 15, 15, 9] {
        world.pass(seconds);
        assert_eq!(tick_now(&world, &flows), None);
    }
    assert_eq!(world.messages().len(), 1);
    world.pass(60);
    assert!(tick_now(&world, &flows).is_some(), "the next minute is another's turn");
}

#[test]
fn a_check_in_every_minute_gets_its_turn_wherever_in_the_minute_it_begins() {
    for second in 0..60 {
        let world = World::new();
        world.pass(second);
        for _ in 0..5 {
            tick(&world, &[well(&world)]);
        }
    }
}

#[test]
fn keys_do_not_pile_up() {
    let world = World::new();
    let mut most = 0;
    for minute in 0..300 {
        tick(&world, &[well(&world)]);
        // Losers leave keys, too.
        tick_now(&world, &[]);
        // The scheduler is away for some hours, once.
        if minute == 200 {
            world.pass(7 * 3600);
        }
        most = most.max(world.counters.borrow().len());
    }
    assert!(most <= 20, "{most}");
    assert!(world.counters.borrow().len() <= 20);
    assert_eq!(world.store.borrow().keys().collect::<Vec<_>>(), [KEY]);
}

#[test]
fn a_check_that_takes_too_long_does_not_overwrite_what_another_wrote() {
    let world = Rc::new(World::new());
    let slow = world.clone();
    world.answers(move |_| {
        slow.monotonic.set(slow.monotonic.get() + Duration::from_secs(36));
        taken()
    });
    world.pass(60);
    let flow = watched(answer(world.now(), json!({"lag_seconds": 9999})));
    let result = check(world.host(), &Settings::load(&webhook()), &|| vec![flow.clone()]);
    assert!(result.unwrap_err().0.contains("turn is over"));
    assert!(!world.store.borrow().contains_key(KEY));
}

#[test]
fn a_check_that_dies_before_its_record_tells_again() {
    let world = World::new();
    world.pass(60);
    let flow = watched(answer(world.now(), json!({"lag_seconds": 9999})));
    // Three slots and the record are read; nothing is written any more.
    world.store_fails_from.set(Some(4));
    assert!(check(world.host(), &Settings::load(&webhook()), &|| vec![flow.clone()]).is_err());
    assert_eq!(world.messages().len(), 1);
    world.store_fails_from.set(None);
    assert_eq!(news(&tick(&world, std::slice::from_ref(&flow))), [(Code::Lag, Change::Opened)]);
    assert_eq!(news(&tick(&world, std::slice::from_ref(&flow))), []);
}

#[test]
fn what_was_told_survives_a_restart_and_a_damaged_record_is_begun_anew() {
    let world = World::new();
    let flow = |world: &World| like(world, json!({"lag_seconds": 9999}));
    tick(&world, &[flow(&world)]);
    let kept = world.store.borrow().clone();
    let restarted = World::new();
    restarted.store.replace(kept);
    restarted.pass(60);
    assert_eq!(news(&tick(&restarted, &[flow(&restarted)])), []);
    restarted.store.borrow_mut().insert(KEY.into(), b"{\"version\": 1, \"open\": 7}".to_vec());
    assert_eq!(news(&tick(&restarted, &[flow(&restarted)])), [(Code::Lag, Change::Opened)]);
}

#[test]
fn what_is_kept_is_bounded_whatever_happens() {
    let world = World::new();
    let turn = Rc::new(Cell::new(0));
    let answers = turn.clone();
    // Another refusal each time, so that no line can stand for several.
    world.answers(move |_| {
        answers.set(answers.get() + 1);
        said(if answers.get() % 2 == 0 { 500 } else { 503 }, "no")
    });
    let long = "很".repeat(10_000);
    for minute in 0..600 {
        let mut flow = failing(world.now() + 60, if minute % 2 == 0 { 3 } else { 0 }, "no_answer");
        if minute % 2 == 0 {
            flow["reports"][0]["error"]["message"] = json!(long);
            flow["reports"][0]["error"]["hint_zh"] = json!(long);
        }
        tick(&world, &[watched(flow)]);
    }
    let kept = record(&world);
    assert!(
        kept.sent.len() <= SENT && kept.outbox.len() <= OUTBOX,
        "{} {}",
        kept.sent.len(),
        kept.outbox.len()
    );
    let size = world.store.borrow()[KEY].len();
    assert!(size < 500_000, "{size}");
    // A day later nobody wants to hear of it any more.
    world.pass(86_400);
    tick(&world, &[well(&world)]);
    assert!(record(&world).outbox.len() <= 1);
}

#[test]
fn the_heartbeat_is_called_after_good_checks_alone() {
    let world = Rc::new(World::new());
    let variables = [
        ("alert_webhook_host", "hooks.example.com"),
        ("alert_webhook_path", "/x"),
        ("heartbeat_host", "beat.example.com"),
        ("heartbeat_path", "/secret-beat"),
    ];
    let settings = Settings::load(&given(&variables));
    let webhook_up = Rc::new(Cell::new(true));
    let is_up = webhook_up.clone();
    world.answers(move |request: &Request<Vec<u8>>| match request.uri().host() {
        Some("beat.example.com") => said(200, "OK"),
        _ if is_up.get() => taken(),
        _ => said(500, "no"),
    });
    let beats = |world: &World| {
        let requests = std::mem::take(&mut *world.requests.borrow_mut());
        let beats = requests.iter().filter(|request| request.uri().host() == Some("beat.example.com"));
        beats
            .map(|request| (request.method().to_string(), request.uri().path().to_owned()))
            .collect::<Vec<_>>()
    };
    let run = |flow: Watched| {
        world.pass(60);
        check(world.host(), &settings, &|| vec![flow.clone()]).unwrap().unwrap()
    };
    // A flow in trouble is no trouble of the alerter.
    let checked = run(refused("state_damaged"));
    assert!(checked.good && checked.heartbeat == Some(Outcome::Taken), "{checked:?}");
    assert_eq!(beats(&world), [("GET".to_owned(), "/secret-beat".to_owned())]);
    // A channel that owes something is; so is a store that does not let the flows be read, and half a variable.
    webhook_up.set(false);
    assert!(!run(well(&world)).good);
    webhook_up.set(true);
    assert!(run(well(&world)).good);
    assert_eq!(beats(&world).len(), 1);
    assert!(!run(refused("store_failed")).good);
    assert_eq!(beats(&world).len(), 0);
    let mut half = variables.to_vec();
    half.push(("wecom_key", "k"));
    let settings = Settings::load(&given(&half));
    world.pass(60);
    let checked = check(world.host(), &settings, &|| vec![well(&world)]).unwrap().unwrap();
    assert!(!checked.good && checked.heartbeat.is_none() && checked.problems.len() == 1);
    assert_eq!(beats(&world).len(), 0);
}

#[test]
fn neither_log_nor_record_nor_answer_holds_a_secret() {
    let world = World::new();
    let secrets = [
        "token-of-dingtalk",
        "SEC-of-dingtalk",
        "key-of-wecom",
        "hook-of-feishu",
        "secret-of-feishu",
        "secret-of-the-webhook",
        "secret-of-the-heartbeat",
    ];
    let variables = given(&[
        ("dingtalk_host", "d.example.com"),
        ("dingtalk_token", secrets[0]),
        ("dingtalk_secret", secrets[1]),
        ("wecom_host", "w.example.com"),
        ("wecom_key", secrets[2]),
        ("feishu_host", "f.example.com"),
        ("feishu_hook", secrets[3]),
        ("feishu_secret", secrets[4]),
        ("alert_webhook_host", "h.example.com"),
        ("alert_webhook_path", "/secret-of-the-webhook"),
        ("heartbeat_host", "b.example.com"),
        ("heartbeat_path", "/secret-of-the-heartbeat"),
    ]);
    let settings = Settings::load(&variables);
    // Servers that quote what they were asked, and a network that names it.
    let echo =
        |request: &Request<Vec<u8>>| format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
    let turn = Rc::new(Cell::new(0));
    let answers = turn.clone();
    world.answers(move |request| {
        answers.set(answers.get() + 1);
        let said_back = echo(request);
        match answers.get() % 4 {
            0 => said(
                200,
                &json!({"errcode": 310_000, "errmsg": said_back, "code": 19_021, "msg": said_back})
                    .to_string(),
            ),
            1 => said(500, &said_back),
            2 => said(200, &json!({"errcode": said_back, "code": said_back}).to_string()),
            _ => Err(ferry_sync::host::HttpFailure { denied: false, message: said_back }),
        }
    });
    let mut answers = Vec::new();
    for minute in 0..200 {
        world.pass(60);
        let flow =
            if minute % 20 < 10 { refused("state_damaged") } else { watched(answer(world.now(), json!({}))) };
        let check = check(world.host(), &settings, &|| vec![flow.clone()]).unwrap().unwrap();
        answers.push(json!(check).to_string());
    }
    assert!(turn.get() > 20, "{}", turn.get());
    let record = String::from_utf8(world.store.borrow()[KEY].clone()).unwrap();
    let everything = format!("{record}\n{}\n{}", world.log.borrow().join("\n"), answers.join("\n"));
    for secret in secrets {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
    assert!(
        record.contains("robot_security")
            && record.contains("not_its_answer")
            && record.contains("no_answer")
    );
    assert!(!everything.contains("example.com"), "addresses are secrets, too");
}
