//! 小满 OKKI.

use super::world::{World, flow_file, real_ms};
use ferry_simulators::okki::{
    Change, Config, DeletedDetail, EndDay, Fault, Generate, Misbehaviour, NotFound, Okki, Op, OverCount,
    Running, Sort, TimeOfDay, Total, Unauthorized,
};
use ferry_sync::host::Clock;
use ferry_sync::shanghai;
use ferry_sync::source::Ask;
use serde_json::{Map, json};
use std::collections::BTreeSet;
use std::time::Duration;

const PAGE: usize = 20;

fn prepared(simulator: &Running, orders: usize) -> World<'_> {
    let request = json!([
        {"field": "start_time", "value": "{{LAST_SYNC_TIME|datetime}}"},
        {"field": "end_time", "value": "{{CURRENT_TIME|datetime}}"},
        {"field": "start_index", "value": "{{PAGINATION_START_PAGE}}"},
        {"field": "count", "value": "{{PAGINATION_PAGE_SIZE}}"},
        {"field": "removed", "value": "0"},
        {"field": "approval", "value": ""},
    ]);
    let file = flow_file(
        json!({
            "platform": "okki", "account": "okki", "api": "/v1/invoices/order/list", "effect": "QUERY",
            "method": "GET", "number": "order_no", "id": "order_id", "pagination": {"pageSize": PAGE},
            "request": request, "fullScan": {"crontab": "43 4 * * 0"},
        }),
        "100s",
    );
    let mut world = World::new(file, ferry_sync::source::okki::load, |now| {
        simulator.set(|switches| switches.clock_offset_ms = now - real_ms());
    });
    let known = simulator.credentials();
    world.variables.extend([
        ("okki_scheme", "http".to_owned()),
        ("okki_host", simulator.address().to_string()),
        ("okki_client_id", known.client_id),
        ("okki_client_secret", known.client_secret),
        ("start", shanghai::text(world.wall_ms() / 1000 - 95 * 86_400)),
    ]);
    simulator.generate(&Generate { rows: orders, ..Generate::default() });
    world
}

fn simulator() -> Running {
    Okki::start(Config::default()).unwrap()
}

fn ids(simulator: &Running) -> BTreeSet<String> {
    simulator.orders().iter().map(|order| order["order_id"].to_string()).collect()
}

fn delivered(world: &World<'_>) -> BTreeSet<String> {
    world.ids().into_iter().collect()
}

#[test]
fn all_orders_are_carried_whatever_the_order_the_edges_and_the_counts_of_the_list() {
    for (sort, total, time_of_day, end_day, over) in [
        (Sort::LatestFirst, Total::Number, TimeOfDay::Counts, EndDay::Begins, OverCount::Clamp),
        (Sort::Shuffled, Total::Text, TimeOfDay::IsIgnored, EndDay::Ends, OverCount::Refuse),
        (Sort::Id, Total::Number, TimeOfDay::IsIgnored, EndDay::Begins, OverCount::Refuse),
    ] {
        let simulator = simulator();
        let world = prepared(&simulator, 400);
        simulator.set(|switches| {
            (switches.sort, switches.total) = (sort, total);
            (switches.time_of_day, switches.end_day, switches.over_count) = (time_of_day, end_day, over);
        });
        assert_eq!(world.drain().error, None, "{sort:?}");
        assert_eq!(delivered(&world), ids(&simulator), "{sort:?}");
    }
}

#[test]
fn an_idle_run_costs_one_call_and_details_are_four_at_once() {
    let simulator = simulator();
    let world = prepared(&simulator, 60);
    world.drain();
    assert_eq!(simulator.called(Op::OrderInfo), 60, "each order once");
    world.sleep(Duration::from_secs(1800));
    let before = simulator.called(Op::OrderList);
    let report = world.run().unwrap();
    assert_eq!((report.counts.records, report.calls.source), (0, 1), "{report:?}");
    assert_eq!(simulator.called(Op::OrderList) - before, 1);
}

#[test]
fn a_long_list_is_read_in_passes_and_what_changes_meanwhile_is_not_skipped() {
    for sort in [Sort::LatestFirst, Sort::LatestLast, Sort::Id] {
        let simulator = simulator();
        let world = prepared(&simulator, 300);
        // More in a week than an answer holds.
        simulator.set(|switches| (switches.sort, switches.largest_count) = (sort, 30));
        let all: Vec<i64> =
            simulator.orders().iter().map(|order| order["order_id"].as_i64().unwrap()).collect();
        for (query, id) in [(2, all[40]), (3, all[90]), (5, all[140]), (9, all[200]), (14, all[299])] {
            simulator
                .change_after_query(query, Change::Modify { ids: vec![id], set: Map::new(), stamp: true });
        }
        simulator.change_after_query(7, Change::Delete { ids: vec![all[10]] });
        let new = {
            let mut order = simulator.order(all[0]).unwrap();
            (order["order_id"], order["order_no"]) = (json!(9_999_999), json!("SO-NEW'1"));
            order.as_object_mut().unwrap().remove("update_time");
            order
        };
        simulator.change_after_query(6, Change::Add { orders: vec![new] });
        assert_eq!(world.drain().error, None, "{sort:?}");
        world.sleep(Duration::from_secs(300));
        assert_eq!(world.drain().error, None);
        let missing: Vec<String> = ids(&simulator).difference(&delivered(&world)).cloned().collect();
        assert!(missing.is_empty(), "{sort:?}: {missing:?}");
    }
}

#[test]
fn a_token_that_ends_in_the_middle_of_the_details_is_renewed_once() {
    for unauthorized in [Unauthorized::Http401, Unauthorized::Http200] {
        let simulator = simulator();
        let world = prepared(&simulator, 30);
        simulator.set(|switches| switches.unauthorized = unauthorized);
        simulator.arm(Fault::next(&[Op::OrderInfo], Misbehaviour::TokenLost).skip(7));
        assert_eq!(world.drain().error, None);
        assert_eq!(delivered(&world), ids(&simulator));
        assert_eq!(simulator.called(Op::AccessToken), 2);
    }
}

#[test]
fn an_order_that_is_gone_by_the_time_of_its_detail_is_passed_over() {
    for (not_found, deleted) in [
        (NotFound::Code, DeletedDetail::NotFound),
        (NotFound::Http404, DeletedDetail::NotFound),
        (NotFound::Code, DeletedDetail::Given),
    ] {
        let simulator = simulator();
        let world = prepared(&simulator, 12);
        simulator.set(|switches| (switches.not_found, switches.deleted_detail) = (not_found, deleted));
        let all = ids(&simulator);
        let gone: i64 = all.iter().next().unwrap().parse().unwrap();
        for query in 1..20 {
            simulator.change_after_query(query, Change::Delete { ids: vec![gone] });
        }
        assert_eq!(world.drain().error, None, "{not_found:?}");
        let mut expected = all.clone();
        expected.remove(&gone.to_string());
        let got = delivered(&world);
        assert!(expected.is_subset(&got) && got.is_subset(&all), "{got:?}");
        // Asked for by itself it is not there.
        let page = world.ask(&Ask::Ids(vec![gone.to_string(), all.iter().last().unwrap().clone()])).unwrap();
        assert_eq!(page.rows.len(), if deleted == DeletedDetail::Given { 2 } else { 1 });
    }
}

#[test]
fn pages_that_lie_are_survived() {
    for fault in [
        Misbehaviour::RepeatPreviousPage,
        Misbehaviour::EmptyPage,
        Misbehaviour::HalfJson,
        Misbehaviour::DropAfter,
    ] {
        let simulator = simulator();
        let world = prepared(&simulator, 120);
        simulator.set(|switches| switches.largest_count = 30);
        simulator.arm(Fault::next(&[Op::OrderList], fault.clone()).skip(3));
        simulator.arm(Fault::next(&[Op::OrderList], fault.clone()).skip(9));
        world.drain();
        assert_eq!(delivered(&world), ids(&simulator), "{fault:?}");
    }
}

#[test]
fn the_full_scan_finds_what_no_time_tells_of() {
    let simulator = simulator();
    let world = prepared(&simulator, 50);
    world.drain();
    let untouched: i64 = ids(&simulator).iter().next().unwrap().parse().unwrap();
    let before = world.delivered.borrow()[&untouched.to_string()];
    simulator.change(&Change::Modify { ids: vec![untouched], set: Map::new(), stamp: false });
    world.sleep(Duration::from_secs(8 * 86_400));
    let report = world.drain();
    assert!(report.full_scan && report.error.is_none(), "{report:?}");
    assert!(world.delivered.borrow()[&untouched.to_string()] > before);
}
