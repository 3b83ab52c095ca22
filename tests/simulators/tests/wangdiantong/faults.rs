//! Misbehaviour, and what the client makes of it.

use ferry_platforms::Class;
use ferry_platforms::wangdiantong::{self, Pager};
use ferry_simulators::wangdiantong::{Fault, Misbehaviour, Op};

use crate::shop::{Shop, numbers};

#[test]
fn every_broken_answer_has_its_class() {
    use Class::{Fatal, RateLimit, Row, Transport};
    let shop = Shop::with(5);
    let refuse = |status, message: &str| Misbehaviour::Refuse { status, message: message.into() };
    let redirect = Misbehaviour::Redirect { to: "http://127.0.0.1:1/login".into() };
    let table = [
        (Misbehaviour::Http { status: 500 }, Transport, "server_error"),
        (Misbehaviour::Http { status: 502 }, Transport, "server_error"),
        (Misbehaviour::Http { status: 403 }, Fatal, "http_refused"),
        (Misbehaviour::Http { status: 429 }, RateLimit, "too_many_requests"),
        (Misbehaviour::Html, Fatal, "web_page"),
        (Misbehaviour::HalfJson, Transport, "garbled_answer"),
        (Misbehaviour::Garbage, Transport, "garbled_answer"),
        (redirect, Fatal, "redirected"),
        (refuse(4, "数据库错误"), Transport, "server_error"),
        (refuse(6, "ip限制"), Fatal, "ip_refused"),
        (refuse(3, "需要动态口令"), Fatal, "dynamic_password"),
        (refuse(99, "其他错误"), Transport, "server_error"),
        (refuse(100, "权限不足"), Fatal, "no_permission"),
        (refuse(100, "单据不存在"), Row, "not_found"),
        (refuse(100, "超过每分钟最大并发次数限制,请稍后重试"), RateLimit, "concurrency_limit"),
        (refuse(1, "app auth fail"), Class::Credentials, "app_refused"),
    ];
    for (what, class, code) in table {
        shop.platform.arm(Fault::next(&[Op::QueryWithDetail], what.clone()));
        let error = shop.ask(&shop.everything(), Pager::first(10)).unwrap_err();
        assert_eq!((error.class, error.code), (class, code), "{what:?}");
    }
    assert!(shop.platform.faults().iter().all(|armed| armed.fired == 1));
    assert_eq!(shop.find(&shop.everything()).records.len(), 5);
    assert_eq!(shop.platform.counters().faults, 16);
}

#[test]
fn a_dropped_connection_gives_no_answer_at_all() {
    let shop = Shop::with(5);
    for (what, worked) in [
        (Misbehaviour::DropBefore, "dropped, nothing done"),
        (Misbehaviour::DropAfter, "dropped after: rows 5"),
        (Misbehaviour::DropMidAnswer, "dropped in the middle of: rows 5"),
    ] {
        shop.platform.clear_log();
        shop.platform.disarm();
        // The agent may ask again by itself when a kept connection breaks.
        shop.platform.arm(Fault { times: None, ..Fault::next(&[], what) });
        let pager = Pager::first(10);
        let request = wangdiantong::query_with_detail(&shop.account, shop.now(), &shop.everything(), pager);
        assert!(shop.send(request).is_err());
        assert_eq!(shop.platform.calls()[0].answered.as_deref(), Some(worked));
    }
}

#[test]
fn a_page_that_contradicts_its_count_is_never_the_whole() {
    let shop = Shop::with(5);
    let first = numbers(&shop.find(&shop.everything()));
    for (what, rows) in [
        (Misbehaviour::EmptyPage, 0),
        (Misbehaviour::WrongTotal { total: 6 }, 5),
        (Misbehaviour::WrongTotal { total: 0 }, 5),
    ] {
        shop.platform.arm(Fault::next(&[], what));
        let found = shop.find(&shop.everything());
        assert_eq!((found.records.len(), found.is_whole()), (rows, false));
    }
    let page = |page_no| shop.ask(&shop.everything(), Pager { page_no, page_size: 5, calc_total: true });
    page(0).unwrap();
    shop.platform.arm(Fault::next(&[], Misbehaviour::RepeatPreviousPage));
    assert_eq!(numbers(&page(1).unwrap()), first);
    assert!(page(1).unwrap().records.is_empty());
}

#[test]
fn a_slow_answer_is_an_answer() {
    let shop = Shop::with(5);
    shop.platform.arm(Fault::next(&[], Misbehaviour::Delay { ms: 50 }));
    assert!(shop.find(&shop.everything()).is_whole());
    assert_eq!(shop.platform.calls()[0].fault.as_deref(), Some("delay"));
}
