//! Answers that do not come, or say nothing: what is known then, and what a look finds.

use std::time::{Duration, Instant};

use ferry_platforms::Class;
use ferry_simulators::jdy::{Fault, Misbehaviour, Op, Work};

use crate::client::{Client, code, page, shop};

#[test]
fn a_save_without_an_answer_is_looked_up_before_it_is_sent_again() {
    use Misbehaviour::{DropAfter, DropBefore, DropMidAnswer, Garbage, HalfJson, Html, Http500, NoData};
    let table = [
        (DropBefore, false, None),
        (DropAfter, true, None),
        (DropMidAnswer, true, None),
        (HalfJson, true, Some((Class::Transport, "garbled_answer"))),
        (Garbage, false, Some((Class::Transport, "garbled_answer"))),
        (NoData, true, Some((Class::Transport, "unaccounted"))),
        (Http500 { work: Work::Undone }, false, Some((Class::Transport, "server_error"))),
        (Http500 { work: Work::Done }, true, Some((Class::Transport, "server_error"))),
        (Html, false, Some((Class::Fatal, "web_page"))),
    ];
    for (what, is_done, error) in table {
        let client = Client::new(0);
        client.jdy.arm(Fault::next(&[Op::Save], what.clone()));
        let answer = client.try_save(&shop("1"));
        let said = answer.map(|answer| answer.map_err(|error| (error.class, error.code)).unwrap_err());
        assert_eq!(said, error, "{what:?}");
        assert_eq!(client.find("1").unwrap().is_some(), is_done, "{what:?}");
        match is_done {
            true => assert_eq!(code(client.save(&shop("1"))), "duplicate_number", "{what:?}"),
            false => drop(client.save(&shop("1")).unwrap()),
        }
        assert_eq!(client.jdy.customers().len(), 1, "{what:?}");
    }
}

#[test]
fn a_look_that_comes_too_early_finds_nothing_although_the_work_is_under_way() {
    let client = Client::new(0);
    client.jdy.arm(Fault::next(&[Op::Save], Misbehaviour::DropThenWork { after_ms: 300 }));
    assert!(client.try_save(&shop("1")).is_none());
    assert_eq!(client.find("1").unwrap(), None);
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.find("1").unwrap().is_none() {
        assert!(Instant::now() < deadline, "the work was never done");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn errors_on_command_have_their_class() {
    let mut client = Client::new(0);
    client.jdy.set(|switches| switches.token_calls_per_minute = None);
    for (errcode, description, class) in [
        (1_000_002_001, "服务异常", Class::Transport),
        (1_020_002_008, "用户授权信息有误", Class::Credentials),
        (1_040_002_000, "配置错误", Class::Fatal),
        (1_030_002_006, "日期格式不正确", Class::Row),
        (403, "无权限", Class::Fatal),
        (504, "超时", Class::Transport),
    ] {
        let what = Misbehaviour::Refuse { errcode, description: description.into() };
        client.jdy.arm(Fault::next(&[Op::Save], what));
        let error = client.save(&shop("1")).unwrap_err();
        assert_eq!((error.class, error.message.as_str()), (class, description), "{errcode}");
    }
    client.jdy.arm(Fault::next(&[Op::Save], Misbehaviour::TokenExpired));
    assert_eq!(client.save(&shop("1")).unwrap_err().class, Class::Credentials);
    assert_eq!(code(client.find("1")), "token_expired", "the token is gone indeed");
    client.enter();
    client
        .jdy
        .arm(Fault::next(&[Op::List], Misbehaviour::Redirect { to: "http://elsewhere.invalid/".into() }));
    assert_eq!(code(client.list(&page(1, 10))), "redirected");
    client.jdy.arm(Fault::next(&[], Misbehaviour::Delay { ms: 200 }));
    let started = Instant::now();
    client.save(&shop("1")).unwrap();
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[test]
fn the_log_shows_what_was_asked_but_no_secret() {
    let client = Client::new(0);
    client.save(&shop("1")).unwrap();
    let calls = client.jdy.calls();
    assert_eq!(
        calls.iter().map(|call| call.op).collect::<Vec<_>>(),
        [Some(Op::Authorise), Some(Op::AppToken), Some(Op::Save)]
    );
    assert!(calls[1].args.is_empty() && calls[2].args.contains("O'Brien"));
    assert!(calls[2].answered.as_deref().is_some_and(|answered| answered.starts_with("saved ")), "{calls:?}");
    let shown = serde_json::to_string(&calls).unwrap();
    assert!(!shown.contains(&client.token.app_token), "{shown}");
}
