//! Answers that do not come, or say nothing: what is known then, and what a look finds.

use std::time::{Duration, Instant};

use ferry_platforms::Class;
use ferry_simulators::galaxy::{Fault, Misbehaviour, MsgCode, Op, Work};

use crate::client::{Client, audited, bills, is_saved, refusal};

#[test]
fn a_batch_without_an_answer_is_looked_up_before_it_is_sent_again() {
    use Misbehaviour::{DropAfter, DropBefore, DropMidAnswer, Garbage, HalfJson, Html, Http500};
    let table = [
        (DropBefore, false, None),
        (DropAfter, true, None),
        (DropMidAnswer, true, None),
        (HalfJson, true, Some((Class::Transport, "garbled_answer"))),
        (Garbage, false, Some((Class::Transport, "garbled_answer"))),
        (Http500 { work: Work::Undone }, false, Some((Class::Transport, "server_error"))),
        (Http500 { work: Work::Done }, true, Some((Class::Transport, "server_error"))),
        (Html, false, Some((Class::Fatal, "web_page"))),
    ];
    for (what, is_done, error) in table {
        let client = Client::signed();
        client.galaxy.arm(Fault::next(&[Op::BatchSave], what.clone()));
        let answer = client.save(&audited(), &bills(&["T1", "T2"]));
        let said = answer.map(|answer| answer.map_err(|error| (error.class, error.code)).unwrap_err());
        assert_eq!(said, error, "{what:?}");
        assert_eq!(client.find(&["T1", "T2"]).len(), if is_done { 2 } else { 0 }, "{what:?}");

        // Sent again without looking: nothing is doubled, and what was there is said to be there.
        let rows = client.save(&audited(), &bills(&["T1", "T2"])).unwrap().unwrap();
        match is_done {
            true => assert_eq!([refusal(&rows[0]), refusal(&rows[1])], ["duplicate_number"; 2], "{what:?}"),
            false => assert!(rows.iter().all(is_saved), "{what:?} {rows:?}"),
        }
        assert_eq!(client.stored().len(), 2, "{what:?}");
    }
}

#[test]
fn a_look_that_comes_too_early_finds_nothing_although_the_work_is_under_way() {
    let client = Client::signed();
    client.galaxy.arm(Fault::next(&[Op::BatchSave], Misbehaviour::DropThenWork { after_ms: 300 }));
    assert!(client.save(&audited(), &bills(&["T1"])).is_none());
    assert!(client.find(&["T1"]).is_empty());
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.find(&["T1"]).is_empty() {
        assert!(Instant::now() < deadline, "the work was never done");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_lost_session_is_renewed_once() {
    let mut client = Client::logged_in();
    for lose in [
        |client: &Client| client.galaxy.end_sessions(),
        |client: &Client| {
            client.galaxy.arm(Fault::next(&[Op::BatchSave], Misbehaviour::SessionLost));
        },
    ] {
        lose(&client);
        let number = format!("T{}", client.stored().len());
        let error = client.save(&audited(), &bills(&[&number])).unwrap().unwrap_err();
        assert_eq!((error.class, error.code), (Class::Credentials, "session_lost"));
        client.log_in();
        assert!(is_saved(&client.save(&audited(), &bills(&[&number])).unwrap().unwrap()[0]));
    }
}

#[test]
fn every_other_refusal_of_a_call_has_its_class() {
    let client = Client::signed();
    let table = [
        (MsgCode::NotAllowed, "没有权限", Class::Fatal, "no_permission"),
        (MsgCode::Exception, "未将对象引用设置到对象的实例。", Class::Transport, "server_error"),
        (MsgCode::Database, "数据库操作失败", Class::Transport, "server_error"),
        (MsgCode::Licence, "许可错误", Class::Fatal, "licence"),
        (MsgCode::UnknownField, "业务对象不存在", Class::Fatal, "unknown_form"),
        (MsgCode::Locked, "网控冲突", Class::RateLimit, "locked_by_another"),
        (MsgCode::CallLimit, "超出调用限制", Class::RateLimit, "call_limit"),
        (MsgCode::Administrator, "禁止管理员登录", Class::Fatal, "administrator_refused"),
    ];
    for (code, message, class, name) in table {
        let what = Misbehaviour::Refuse { code, message: message.into() };
        client.galaxy.arm(Fault::next(&[Op::BatchSave], what));
        let error = client.save(&audited(), &bills(&["T1", "T2"])).unwrap().unwrap_err();
        assert_eq!((error.class, error.code), (class, name), "{code:?}");
        assert_eq!(error.message, message);
    }
    client.galaxy.arm(Fault::next(&[Op::BatchSave], Misbehaviour::CallLimit));
    assert_eq!(client.save(&audited(), &bills(&["T1"])).unwrap().unwrap_err().class, Class::RateLimit);
    assert!(client.stored().is_empty());
}

#[test]
fn wrong_credentials_write_nothing() {
    let client = Client::signed();
    client.galaxy.set(|switches| switches.clock_offset_ms = 3_600_000);
    let request = ferry_platforms::galaxy::batch_save(
        &client.account,
        None,
        client.now() - 3600,
        "SAL_RETURNSTOCK",
        &audited(),
        &bills(&["T1"]),
    );
    let response = client.send(request).unwrap();
    let error = ferry_platforms::galaxy::read_batch_save(&response, &["T1"]).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Credentials, "session_lost"));
    assert!(client.stored().is_empty());
}
