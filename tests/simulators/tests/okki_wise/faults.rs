//! Every fault, at both systems.

use std::time::{Duration, Instant};

use ferry_platforms::Class;
use ferry_platforms::{okki, wise};
use ferry_simulators::okki as at_okki;
use ferry_simulators::wise as at_wise;
use ferry_simulators::wise::{Misbehaviour, Work};

use crate::wire::{AtOkki, AtWise, document, kind, send};

#[test]
fn answers_of_okki_that_make_no_sense_have_their_class() {
    let at = AtOkki::new(30);
    let token = at.token();
    let table = [
        (Misbehaviour::Html, (Class::Fatal, "web_page")),
        (Misbehaviour::HalfJson, (Class::Transport, "garbled_answer")),
        (Misbehaviour::Garbage, (Class::Transport, "garbled_answer")),
        (Misbehaviour::Http500 { work: Work::Undone }, (Class::Transport, "server_error")),
        (Misbehaviour::Redirect { to: "http://elsewhere.invalid/".into() }, (Class::Fatal, "redirected")),
        (Misbehaviour::TooMany, (Class::RateLimit, "too_many_requests")),
        (Misbehaviour::TokenLost, (Class::Credentials, "token_expired")),
    ];
    for (what, expected) in table {
        at.simulator.arm(at_okki::Fault::next(&[at_okki::Op::OrderList], what.clone()));
        assert_eq!(kind(at.list(&token, &at.page(1, 10))), expected, "{what:?}");
    }
    // The token that was lost is gone.
    assert_eq!(kind(at.list(&token, &at.page(1, 10))).0, Class::Credentials);
    let token = at.token();
    let first = at.list(&token, &at.page(1, 10)).unwrap();
    at.simulator.arm(at_okki::Fault::next(&[], Misbehaviour::RepeatPreviousPage));
    assert_eq!(at.list(&token, &at.page(2, 10)).unwrap().orders, first.orders);
    at.simulator.arm(at_okki::Fault::next(&[], Misbehaviour::EmptyPage));
    let empty = at.list(&token, &at.page(2, 10)).unwrap();
    assert_eq!((empty.orders.len(), empty.total), (0, Some(30)));
    for what in [Misbehaviour::DropBefore, Misbehaviour::DropAfter, Misbehaviour::DropMidAnswer] {
        at.simulator.arm(at_okki::Fault::next(&[], what));
        assert!(send(okki::order_list(&at.account, &token, &at.page(1, 10))).is_err());
    }
    let seen = at.list(&token, &at.page(2, 10)).unwrap();
    assert_ne!(seen.orders, first.orders);
    assert!(at.simulator.faults().iter().all(|armed| armed.fired == 1));
    assert_eq!(at.simulator.counters().faults, 12);
}

#[test]
fn a_save_without_a_clear_answer_is_in_doubt_and_the_list_tells() {
    let at = AtWise::new();
    let token = at.token();
    let arm = |what| at.simulator.arm(at_wise::Fault::next(&[at_wise::Op::Save], what));
    // With an answer that leaves it open.
    let table = [
        (Misbehaviour::HalfJson, "garbled_answer", 1),
        (Misbehaviour::Http500 { work: Work::Done }, "server_error", 1),
        (Misbehaviour::Http500 { work: Work::Undone }, "server_error", 0),
        (Misbehaviour::Garbage, "garbled_answer", 0),
        (Misbehaviour::Html, "garbled_answer", 0),
    ];
    for (n, (what, code, stored)) in table.into_iter().enumerate() {
        let number = format!("SO-{n}");
        arm(what.clone());
        assert_eq!(kind(at.save(&token, &document(&number))), (Class::Transport, code), "{what:?}");
        assert_eq!(at.bills(&token, &number).len(), stored, "{what:?}");
    }
    // Without any.
    for (number, what, stored) in [
        ("A", Misbehaviour::DropBefore, 0),
        ("B", Misbehaviour::DropAfter, 1),
        ("C", Misbehaviour::DropMidAnswer, 1),
    ] {
        arm(what);
        assert!(send(wise::save(&at.account, &token, "SO", &document(number))).is_err());
        assert_eq!(at.bills(&token, number).len(), stored, "{number}");
    }
    // The work is done after all: whoever asks too soon would save it twice.
    arm(Misbehaviour::DropThenWork { after_ms: 300 });
    assert!(send(wise::save(&at.account, &token, "SO", &document("D"))).is_err());
    assert!(at.bills(&token, "D").is_empty());
    let deadline = Instant::now() + Duration::from_secs(10);
    while at.bills(&token, "D").is_empty() {
        assert!(Instant::now() < deadline, "the work was never done");
        std::thread::sleep(Duration::from_millis(20));
    }
    let late = at.simulator.calls().into_iter().find(|call| {
        call.answered.as_deref().is_some_and(|said| said.starts_with("dropped, worked later: saved"))
    });
    assert!(late.is_some());
}

#[test]
fn answers_of_wise_to_a_question_have_their_class() {
    let at = AtWise::new();
    let token = at.token();
    at.save(&token, &document("SO-1")).unwrap();
    let find = || at.find(&token, wise::By::PoOrdBillNo, &["SO-1"]);
    let table = [
        (Misbehaviour::Html, (Class::Credentials, "no_json")),
        (Misbehaviour::Garbage, (Class::Credentials, "no_json")),
        (Misbehaviour::HalfJson, (Class::Transport, "garbled_answer")),
        (Misbehaviour::Http500 { work: Work::Undone }, (Class::Transport, "server_error")),
        (Misbehaviour::Redirect { to: "http://elsewhere.invalid/".into() }, (Class::Fatal, "redirected")),
        (Misbehaviour::TooMany, (Class::RateLimit, "too_many_requests")),
    ];
    for (what, expected) in table {
        at.simulator.arm(at_wise::Fault::next(&[at_wise::Op::GetList], what.clone()));
        assert_eq!(kind(find()), expected, "{what:?}");
    }
    at.simulator.arm(at_wise::Fault::next(&[], Misbehaviour::EmptyPage));
    let empty = find().unwrap();
    // The count gives it away: these are not all.
    assert!(empty.rows.is_empty() && !empty.is_whole(wise::LARGEST_PAGE));
    at.simulator.arm(at_wise::Fault::next(&[], Misbehaviour::Delay { ms: 100 }));
    let started = Instant::now();
    assert!(find().unwrap().is_whole(wise::LARGEST_PAGE));
    assert!(started.elapsed() >= Duration::from_millis(100));
    at.simulator.arm(at_wise::Fault::next(&[], Misbehaviour::TokenLost));
    assert_eq!(kind(find()), (Class::Credentials, "token_refused"));
    assert_eq!(kind(find()), (Class::Credentials, "token_refused"));
    at.simulator.disarm();
    at.simulator.reset();
    assert!(at.simulator.orders().is_empty() && at.simulator.calls().is_empty());
}
