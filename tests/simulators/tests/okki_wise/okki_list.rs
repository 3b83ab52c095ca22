//! OKKI's list: windows, pages, orders that move while they are listed.

use std::collections::BTreeSet;

use ferry_platforms::Class;
use ferry_platforms::okki::{self, OrderList, TimeType};
use ferry_simulators::okki::{Change, EndDay, OverCount, Removed, Sort, TimeOfDay, Total};
use serde_json::{Map, Value, json};

use crate::wire::{AtOkki, kind};

/// Id and time of the last modification.
type Seen = BTreeSet<(String, Option<i64>)>;

/// All pages once, from the first to one without rows.
fn pass(at: &AtOkki, token: &okki::Token, list: &OrderList) -> Seen {
    let mut seen = Seen::new();
    for start_index in okki::FIRST_PAGE.. {
        let page = at.list(token, &OrderList { start_index, ..list.clone() }).unwrap();
        if page.orders.is_empty() {
            break;
        }
        seen.extend(
            page.orders.iter().map(|order| (okki::order_id(order).unwrap(), okki::updated_at(order))),
        );
    }
    seen
}

/// The orders of the simulator that were last modified within these moments.
fn within(at: &AtOkki, begin: i64, end: i64) -> Seen {
    let orders = at.simulator.orders();
    let all = orders.iter().map(|order| (okki::order_id(order).unwrap(), okki::updated_at(order)));
    all.filter(|(_, updated)| updated.is_some_and(|updated| (begin..=end).contains(&updated))).collect()
}

#[test]
fn a_window_of_moments_is_read_exactly_wherever_the_last_day_ends() {
    let at = AtOkki::new(400);
    let token = at.token();
    // From one order's very second to another's, in the middle of two days.
    let times: BTreeSet<i64> = at.simulator.orders().iter().filter_map(okki::updated_at).collect();
    let (begin, end) = (*times.iter().nth(150).unwrap(), *times.iter().nth(190).unwrap());
    let expected = within(&at, begin, end);
    assert!(expected.len() >= 41);
    let [start_time, end_time] = okki::days(begin, end);
    let list = OrderList { start_time, end_time, ..at.page(1, 50) };
    for end_day in [EndDay::Begins, EndDay::Ends] {
        for time_of_day in [TimeOfDay::Counts, TimeOfDay::IsIgnored] {
            at.simulator.set(|s| (s.end_day, s.time_of_day) = (end_day, time_of_day));
            let listed = pass(&at, &token, &list);
            assert!(listed.len() > expected.len());
            let kept: Seen = listed
                .into_iter()
                .filter(|(_, updated)| updated.is_some_and(|updated| (begin..=end).contains(&updated)))
                .collect();
            assert_eq!(kept, expected, "{end_day:?} {time_of_day:?}");
        }
    }
}

#[test]
fn dates_and_times_of_day_mean_what_their_switches_say() {
    let at = AtOkki::new(0);
    let token = at.token();
    let order = |id: i64, time: &str| json!({"order_id": id, "update_time": time, "create_time": "2024-01-01 00:00:00", "account_date": "2023-12-31 00:00:00"});
    at.simulator.add(vec![
        order(1, "2024-01-29 00:00:00"),
        order(2, "2024-01-29 12:00:00"),
        order(3, "2024-01-30 00:00:00"),
        order(4, "2024-01-30 09:00:00"),
    ]);
    let count = |start: &str, end: &str, time_type| {
        let list = OrderList { start_time: start.into(), end_time: end.into(), time_type, ..at.page(1, 10) };
        at.list(&token, &list).unwrap().total.unwrap()
    };
    let updated = |start: &str, end: &str| count(start, end, TimeType::Updated);
    assert_eq!(updated("2024-01-29", "2024-01-30"), 3);
    at.simulator.set(|s| s.end_day = EndDay::Ends);
    assert_eq!(updated("2024-01-29", "2024-01-30"), 4);
    assert_eq!(updated("2024-01-29 12:00:00", "2024-01-30 08:59:59"), 2);
    at.simulator.set(|s| s.time_of_day = TimeOfDay::IsIgnored);
    assert_eq!(updated("2024-01-29 12:00:00", "2024-01-30 08:59:59"), 4);
    assert_eq!(count("2024-01-01", "2024-01-01", TimeType::Created), 4);
    assert_eq!(count("2023-12-31", "2023-12-31", TimeType::AccountDate), 4);
    assert_eq!(count("2024-01-01", "2024-01-31", TimeType::Deleted), 0);
}

#[test]
fn pages_are_counted_from_one_whatever_the_order_and_the_looks() {
    let at = AtOkki::new(123);
    let token = at.token();
    let expected = within(&at, 0, i64::MAX);
    for sort in [Sort::LatestFirst, Sort::LatestLast, Sort::Id] {
        at.simulator.set(|s| s.sort = sort);
        assert_eq!(pass(&at, &token, &at.page(1, 50)), expected, "{sort:?}");
    }
    // In another order at each call one pass is not enough, but enough of them find everything.
    at.simulator.set(|s| s.sort = Sort::Shuffled);
    let one = pass(&at, &token, &at.page(1, 20));
    assert!(one.len() < expected.len());
    let mut seen = one;
    while seen.len() < expected.len() {
        seen.extend(pass(&at, &token, &at.page(1, 20)));
    }
    assert_eq!(seen, expected);

    at.simulator.set(|s| s.sort = Sort::Id);
    for (total, list_status) in [(Total::Number, false), (Total::Text, true)] {
        at.simulator.set(|s| (s.total, s.list_status) = (total, list_status));
        let page = at.list(&token, &at.page(3, 50)).unwrap();
        assert_eq!((page.orders.len(), page.total), (23, Some(123)));
        assert_eq!(page.orders[0].get("status").is_some(), list_status);
        assert!(page.now.is_some_and(|now| (now - at.now()).abs() <= 2));
        assert!(at.list(&token, &at.page(4, 50)).unwrap().orders.is_empty());
    }
}

#[test]
fn a_page_that_is_too_large_is_clamped_or_refused() {
    let at = AtOkki::new(30);
    let token = at.token();
    at.simulator.set(|s| s.largest_count = 20);
    let page = at.list(&token, &at.page(1, 25)).unwrap();
    // The rows tell: fewer than were asked for, although there are more.
    assert_eq!((page.orders.len(), page.total), (20, Some(30)));
    assert_eq!(at.list(&token, &at.page(2, 25)).unwrap().orders.len(), 10);
    at.simulator.set(|s| s.over_count = OverCount::Refuse);
    assert_eq!(kind(at.list(&token, &at.page(1, 25))), (Class::Fatal, "wrong_request"));
    assert_eq!(at.list(&token, &at.page(1, 20)).unwrap().orders.len(), 20);
}

#[test]
fn an_order_modified_during_a_pass_shifts_the_others_and_a_second_pass_finds_them() {
    let at = AtOkki::new(60);
    let token = at.token();
    let latest_last: Vec<Value> = {
        let mut orders = at.simulator.orders();
        orders.sort_by_key(okki::updated_at);
        orders
    };
    let id = |at_: usize| latest_last[at_]["order_id"].as_i64().unwrap();
    at.simulator.set(|s| s.sort = Sort::LatestLast);
    let list = at.page(1, 10);
    // After the first page its orders are modified: they leave for the last page, and the next ones move up.
    let ids: Vec<i64> = (0..10).map(id).collect();
    at.simulator.change_after_query(1, Change::Modify { ids, set: Map::new(), stamp: true });
    at.simulator.change_after_query(3, Change::Delete { ids: vec![id(59)] });
    let added = json!({"order_id": 42, "order_no": "加'1"});
    at.simulator.change_after_query(3, Change::Add { orders: vec![added] });
    let first = pass(&at, &token, &list);
    assert!((10..20).all(|n| !first.iter().any(|(seen, _)| *seen == id(n).to_string())), "ten are skipped");

    // Passes until two agree: the second differs from the first, the third from the second in nothing.
    let mut last = first;
    let mut passes = 1;
    loop {
        let next = pass(&at, &token, &list);
        passes += 1;
        if next == last {
            break;
        }
        last = next;
    }
    assert_eq!(passes, 3);
    assert_eq!(last, within(&at, 0, i64::MAX));
    assert!(last.iter().any(|(seen, _)| seen == "42"));

    // What the system changes without a word is found by its content alone.
    let before = at.simulator.order(id(30)).unwrap();
    let set = Map::from_iter([("remark".to_owned(), json!("改"))]);
    at.simulator.change(&Change::Modify { ids: vec![id(30)], set, stamp: false });
    let after = at.simulator.order(id(30)).unwrap();
    assert_eq!((&after["update_time"], &after["remark"]), (&before["update_time"], &json!("改")));
}

#[test]
fn deleted_orders_and_approved_ones_are_listed_when_they_are_asked_for() {
    let at = AtOkki::new(0);
    let token = at.token();
    let order = |id: i64, approval: i64| json!({"order_id": id, "approval_status": approval});
    at.simulator.add(vec![order(1, 1), order(2, 0), order(3, -1), order(4, 1)]);
    at.simulator.change(&Change::Delete { ids: vec![4] });
    let ids = |time_type, more: &[(&str, &str)]| -> Vec<String> {
        let more = more.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let list = OrderList { more, time_type, ..at.page(1, 10) };
        let mut ids: Vec<String> =
            at.list(&token, &list).unwrap().orders.iter().filter_map(okki::order_id).collect();
        ids.sort();
        ids
    };
    let updated = TimeType::Updated;
    assert_eq!(ids(updated, &[]), ["1", "2", "3"]);
    assert_eq!(ids(updated, &[("approval", "1")]), ["1"]);
    assert_eq!(ids(updated, &[("approval", "1"), ("approval_with_draft", "1")]), ["1", "2"]);
    assert_eq!(ids(updated, &[("removed", "1")]), ["4"]);
    assert_eq!(ids(TimeType::Deleted, &[("removed", "1")]), ["4"]);
    at.simulator.set(|s| s.removed = Removed::Too);
    assert_eq!(ids(updated, &[("removed", "1")]), ["1", "2", "3", "4"]);
    assert_eq!(ids(updated, &[("removed", "0")]), ["1", "2", "3"]);
}
