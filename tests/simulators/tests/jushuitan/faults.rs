//! Misbehaviour: of the wire, of the platform, of its pages.

use std::time::{Duration, Instant};

use ferry_platforms::jushuitan::{self, Api, Inout, Page};
use ferry_platforms::{Class, Error};
use ferry_simulators::jushuitan::{Fault, Misbehaviour, Op, Work};

use crate::client::{BEGIN, BOTH, Client, UNTIL, ids, window};

const QUERIES: &[Op] = &[Op::Inout, Op::LegacyInout];

fn hit(client: &Client, what: Misbehaviour) -> Result<Page, Error> {
    client.running.arm(Fault::next(QUERIES, what));
    client.inout(&window())
}

#[test]
fn answers_that_make_no_sense_are_no_pages() {
    for api in BOTH {
        let client = Client::new(api);
        let table = [
            (Misbehaviour::Html, Class::Fatal, "web_page"),
            (Misbehaviour::Garbage, Class::Transport, "garbled_answer"),
            (Misbehaviour::HalfJson, Class::Transport, "garbled_answer"),
            (Misbehaviour::NoData, Class::Transport, "garbled_answer"),
            (Misbehaviour::Http500 { work: Work::Undone }, Class::Transport, "server_error"),
            (Misbehaviour::Http500 { work: Work::Done }, Class::Transport, "server_error"),
            (Misbehaviour::Redirect { to: "http://elsewhere.invalid/".into() }, Class::Fatal, "redirected"),
            (
                Misbehaviour::Refuse { code: -1, msg: "系统繁忙，请稍后重试".into() },
                Class::Transport,
                "server_error",
            ),
            (Misbehaviour::Refuse { code: 7, msg: "天知道".into() }, Class::Fatal, "unexpected_answer"),
            (Misbehaviour::TokenExpired, Class::Credentials, "token_expired"),
        ];
        for (what, class, code) in table {
            let error = hit(&client, what.clone()).unwrap_err();
            assert_eq!((error.class, error.code), (class, code), "{what:?}");
        }
        // The token is gone indeed.
        assert_eq!(client.inout(&window()).unwrap_err().code, "token_expired");
        assert!(client.running.faults().iter().all(|armed| armed.fired == 1));
    }
}

#[test]
fn connections_are_dropped_and_delayed() {
    let client = Client::new(Api::Current);
    let request =
        || jushuitan::query_inout(&client.account, client.token.borrow().as_ref(), client.now(), &window());
    for what in [Misbehaviour::DropBefore, Misbehaviour::DropAfter, Misbehaviour::DropMidAnswer] {
        client.running.arm(Fault::next(&[], what.clone()));
        assert!(client.send(request()).is_err(), "{what:?}");
    }
    client.running.arm(Fault::next(&[], Misbehaviour::Delay { ms: 200 }));
    let started = Instant::now();
    assert_eq!(client.send(request()).unwrap().status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(200));
    let calls = client.running.calls();
    let faults: Vec<_> = calls.iter().filter_map(|call| call.fault.as_deref()).collect();
    assert_eq!(faults, ["drop_before", "drop_after", "drop_mid_answer", "delay"]);
    assert_eq!(calls[0].status, None);
    assert!(calls[1].answered.as_deref().unwrap().starts_with("dropped after: rows 50"), "{:?}", calls[1]);
}

#[test]
fn pages_lie() {
    for api in BOTH {
        let client = Client::new(api);
        let honest = client.inout(&window()).unwrap();
        let second = client.inout(&Inout { page_index: 2, ..window() }).unwrap();

        let empty = hit(&client, Misbehaviour::EmptyPage).unwrap();
        assert_eq!(
            (empty.records.len(), empty.has_next, empty.data_count),
            (0, Some(true), honest.data_count)
        );

        client.inout(&Inout { page_index: 2, ..window() }).unwrap();
        let repeated = hit(&client, Misbehaviour::RepeatPreviousPage).unwrap();
        assert_eq!((ids(&repeated), repeated.page_index), (ids(&second), Some(1)));
        // The page after it is itself again.
        assert_eq!(client.inout(&window()).unwrap(), honest);

        let clamped = hit(&client, Misbehaviour::ClampPage { rows: 7 }).unwrap();
        assert_eq!(
            (clamped.records.len(), clamped.page_size, clamped.data_count),
            (7, Some(7), honest.data_count)
        );
        assert_eq!(clamped.page_count, honest.data_count.map(|count| count.div_ceil(7)));

        for data_count in [0, 7, 5000] {
            let lying = hit(&client, Misbehaviour::TotalLies { data_count }).unwrap();
            assert_eq!((lying.data_count, lying.has_next), (Some(data_count as u64), honest.has_next));
            assert_eq!((lying.page_count, lying.records.len()), (Some(data_count.div_ceil(50) as u64), 50));
        }
        let lying = hit(&client, Misbehaviour::HasNextLies).unwrap();
        assert_eq!((lying.has_next, ids(&lying)), (Some(false), ids(&honest)));
    }
}

#[test]
fn faults_of_pages_spare_the_token_endpoints() {
    let client = Client::new(Api::Current);
    client.running.arm(Fault::next(&[], Misbehaviour::EmptyPage).times(2));
    client.fetch_token().unwrap();
    assert_eq!(client.shops(1, 100).unwrap().records.len(), 0);
    assert_eq!(client.inout(&window()).unwrap().records.len(), 0);
    assert_eq!(client.scan(&window()), client.running.expected(BEGIN, UNTIL, "Confirmed"));
}
