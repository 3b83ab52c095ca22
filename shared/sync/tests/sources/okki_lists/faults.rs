//! What is survived of OKKI's lists: lies, faults, deaths.

use super::{Threads, answer, clamped, ids, number, over, prepared, simulator, window};
use crate::fuse::{Fuse, at_every_effect};
use crate::world::Fused;
use ferry_platforms::Class;
use ferry_simulators::okki::{
    Change, DeletedDetail, EndDay, Fault, Misbehaviour, MissingScope, NotFound, Okki, Op, OverCount, Reissue,
    Removed, Sort, TimeOfDay, Total, Unauthorized,
};
use ferry_sync::host::{Clock, Host};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn every_unconfirmed_behaviour_carries_every_order() {
    type Turn = fn(&mut ferry_simulators::okki::Switches);
    let turns: [(&str, Turn); 16] = [
        ("default", |_| {}),
        ("expires_in", |s| s.expires_in = true),
        ("reissue", |s| s.reissue = Reissue::Another),
        ("unauthorized", |s| s.unauthorized = Unauthorized::Http200),
        ("over_count", |s| s.over_count = OverCount::Refuse),
        ("clamp", |s| s.largest_count = 7),
        ("time_of_day", |s| s.time_of_day = TimeOfDay::IsIgnored),
        ("end_day", |s| s.end_day = EndDay::Ends),
        ("latest last", |s| s.sort = Sort::LatestLast),
        ("by id", |s| s.sort = Sort::Id),
        ("count as text", |s| s.total = Total::Text),
        ("code 0", |s| s.success_code = 0),
        ("status in rows", |s| s.list_status = true),
        ("removed", |s| s.removed = Removed::Too),
        ("deleted detail", |s| s.deleted_detail = DeletedDetail::Given),
        ("not found", |s| s.not_found = NotFound::Http404),
    ];
    for (name, turn) in turns {
        let simulator = simulator();
        simulator.set(turn);
        let world = prepared(&simulator, 45, 20);
        // A deleted order, and a token that ends on the way.
        let deleted = ids(&simulator)[7].clone();
        simulator.change(&Change::Delete { ids: vec![number(&deleted)] });
        simulator.arm(Fault::next(&[Op::OrderInfo], Misbehaviour::TokenLost).skip(10));
        let report = world.drain();
        assert_eq!(report.error, None, "{name}");
        assert_eq!(world.ids(), ids(&simulator), "{name}");
        assert!(!world.delivered.borrow().contains_key(&deleted), "{name}");
    }
    // In no order at all: where a page holds the list.
    let simulator = simulator();
    simulator.set(|switches| switches.sort = Sort::Shuffled);
    let world = prepared(&simulator, 45, 500);
    world.drain();
    assert_eq!(world.ids(), ids(&simulator));
}

#[test]
fn a_list_that_does_not_settle_ends_in_an_error_and_is_read_anew_after_a_rest() {
    let simulator = Okki::start(clamped(20)).unwrap();
    simulator.set(|switches| switches.sort = Sort::Shuffled);
    let world = prepared(&simulator, 55, 20);
    let start = world.variables.get("start").cloned();
    let failed = |code: Option<&str>| {
        let report = world.run().unwrap_or_else(|_| panic!("it runs"));
        assert_eq!(report.error.as_ref().map(|problem| &*problem.code), code);
        report
    };
    assert_eq!(failed(Some("list_unsettled")).watermark, start, "the watermark stays");
    let lists = simulator.called(Op::OrderList);
    failed(Some("list_unsettled"));
    assert!(simulator.called(Op::OrderList) - lists <= 4, "left alone for a while");
    // Once it keeps an order, and the rest is over, it settles.
    simulator.set(|switches| switches.sort = Sort::Id);
    world.sleep(Duration::from_secs(301));
    world.drain();
    assert_eq!(world.ids(), ids(&simulator));
}

#[test]
fn a_server_that_gives_its_last_page_again_beyond_the_end_is_read_to_the_end() {
    let simulator = Okki::start(clamped(20)).unwrap();
    let world = prepared(&simulator, 60, 20);
    // The fourth page of each pass is empty: here it is the third again.
    for pass in 0..2 {
        simulator.arm(Fault::next(&[Op::OrderList], Misbehaviour::RepeatPreviousPage).skip(2 + 3 + 4 * pass));
    }
    let report = world.drain();
    assert_eq!((report.error, world.ids()), (None, ids(&simulator)));
    assert_eq!(simulator.called(Op::OrderList), 2 + 2 * 4);
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_page_is_renewed_once() {
    for unauthorized in [Unauthorized::Http401, Unauthorized::Http200] {
        let simulator = simulator();
        simulator.set(|switches| switches.unauthorized = unauthorized);
        let world = prepared(&simulator, 30, 50);
        simulator.arm(Fault::next(&[Op::OrderInfo], Misbehaviour::TokenLost).skip(13));
        let report = world.drain();
        assert_eq!(world.ids(), ids(&simulator));
        assert_eq!(simulator.called(Op::AccessToken), 2);
        // The page is asked for again: its list, all its details.
        assert_eq!(simulator.called(Op::OrderList), 2);
        assert_eq!(report.calls.source, simulator.counters().total);
        assert!(world.delivered.borrow().values().all(|times| *times == 1));
    }
}

#[test]
fn a_scope_that_is_missing_stops_the_flow_and_a_limit_only_holds_it_up() {
    for missing_scope in [MissingScope::Http401, MissingScope::Code403] {
        let simulator = simulator();
        simulator.set(|switches| switches.missing_scope = missing_scope);
        let mut world = prepared(&simulator, 3, 50);
        world.variables.insert("okki_scope", "company".into());
        let failure = world.ask(&window(&world, None)).unwrap_err();
        assert_eq!((failure.class, &*failure.problem.code), (Class::Fatal, "no_permission"));
    }
    let simulator = simulator();
    simulator.set(|switches| switches.limit_per_minute = Some(40));
    let world = prepared(&simulator, 30, 10);
    let report = world.drain();
    assert_eq!((report.error, world.ids()), (None, ids(&simulator)));
}

#[test]
fn an_empty_page_and_a_repeated_one_are_asked_for_again_and_end_in_an_error_if_they_stay() {
    for what in [Misbehaviour::EmptyPage, Misbehaviour::RepeatPreviousPage] {
        for skip in 2..=7 {
            let simulator = Okki::start(clamped(20)).unwrap();
            let world = prepared(&simulator, 50, 20);
            simulator.arm(Fault::next(&[Op::OrderList], what.clone()).skip(skip));
            world.drain();
            assert_eq!(world.ids(), ids(&simulator), "{what:?} {skip}");
        }
        let simulator = Okki::start(clamped(20)).unwrap();
        let world = prepared(&simulator, 50, 20);
        simulator.arm(Fault::next(&[Op::OrderList], what.clone()).skip(3).times(1000));
        let report = world.run().unwrap_or_else(|_| panic!("it runs"));
        assert_eq!(&*report.error.unwrap().code, "list_unsettled", "{what:?}");
        simulator.disarm();
        world.sleep(Duration::from_secs(301));
        world.drain();
        assert_eq!(world.ids(), ids(&simulator), "{what:?}");
    }
}

#[test]
fn a_total_that_lies_makes_no_gap() {
    let lies = [json!(0), json!("0"), json!(20), json!("20"), Value::Null, json!(90)];
    let whole = lies.into_iter().map(|lie| (lie, 500));
    // Pages that are clamped, and a count of the page alone, agree with each other: that is not told from the truth.
    let clamped_too = [json!(0), Value::Null, json!(90)].into_iter().map(|lie| (lie, 20));
    for (lie, largest) in whole.chain(clamped_too) {
        let simulator = Okki::start(clamped(largest)).unwrap();
        let world = prepared(&simulator, 60, 20);
        let lying = |body: Vec<u8>| {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            if answer["data"]["list"].is_array() {
                answer["data"]["count"] = lie.clone();
            }
            answer.to_string().into_bytes()
        };
        let http = Threads { change: Some(&lying), ..Threads::default() };
        let mut seen = std::collections::BTreeSet::new();
        let end = over(&world, &http, |source| {
            let mut after = None;
            loop {
                let page = match answer(source, &window(&world, after)) {
                    Ok(page) => page,
                    Err(failure) => return Err(failure),
                };
                seen.extend((0..page.rows.len()).map(|row| page.rows.object(row)["order_id"].to_string()));
                match page.then {
                    ferry_sync::source::Then::More(cursor) => after = Some(cursor),
                    _ => return Ok(()),
                }
            }
        });
        if lie == json!(90) {
            assert_eq!(&*end.unwrap_err().problem.code, "list_unsettled");
        } else {
            assert_eq!((end, seen.len()), (Ok(()), 60), "{lie} {largest}");
        }
    }
}

#[test]
fn whatever_happens_to_a_call_every_order_comes() {
    let faults = [
        Misbehaviour::DropBefore,
        Misbehaviour::DropAfter,
        Misbehaviour::DropMidAnswer,
        Misbehaviour::HalfJson,
        Misbehaviour::Garbage,
        Misbehaviour::TooMany,
        Misbehaviour::TokenLost,
    ];
    for what in faults {
        for (op, skip) in [(Op::OrderList, 0), (Op::OrderList, 2), (Op::OrderInfo, 0), (Op::OrderInfo, 17)] {
            let simulator = simulator();
            let world = prepared(&simulator, 25, 10);
            simulator.arm(Fault::next(&[op], what.clone()).skip(skip));
            let report = world.drain();
            assert_eq!((report.error, world.ids()), (None, ids(&simulator)), "{what:?} {op:?} {skip}");
        }
    }
}

#[test]
fn killed_at_any_call_the_next_run_carries_all() {
    let simulator = simulator();
    let deaths = at_every_effect(|call, done| {
        simulator.reset();
        let world = prepared(&simulator, 12, 5);
        let fuse = Fuse::default();
        let host = Host { http: &Fused(&fuse, &world), ..world.host() };
        if !fuse.kills(call, done, || world.run_over(host)) {
            return false;
        }
        world.sleep(Duration::from_secs(600));
        world.drain();
        assert_eq!(world.ids(), ids(&simulator), "{call} {done}");
        true
    });
    assert!(deaths >= 2 * 15, "{deaths}");
}
