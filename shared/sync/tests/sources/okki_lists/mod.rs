//! 小满 OKKI: what its lists cost, and what is survived of them.

mod faults;

use crate::world::{World, flow_file, real_ms};
use ferry_simulators::okki::{
    Change, Config, DeletedDetail, Fault, Generate, Misbehaviour, NotFound, Okki, Op, Running, Sort,
};
use ferry_sync::flow::{Flow, Unloaded};
use ferry_sync::host::{CallId, Clock, Host, Http, HttpFailure};
use ferry_sync::problem::Failure;
use ferry_sync::shanghai;
use ferry_sync::source::{Ask, Page, Source};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::Duration;

const HOUR: i64 = 3600;
const LIST: &str = "/v1/invoices/order/list";

fn orders_flow(request: Value, page_size: u32) -> String {
    flow_file(
        json!({
            "platform": "okki", "account": "okki", "api": LIST, "effect": "QUERY", "method": "GET",
            "number": "order_no", "id": "order_id", "pagination": {"pageSize": page_size}, "request": request,
        }),
        "100s",
    )
}

fn request() -> Value {
    json!([
        {"field": "start_time", "type": "string", "value": "{{LAST_SYNC_TIME|datetime}}"},
        {"field": "end_time", "type": "string", "value": "{{CURRENT_TIME|datetime}}"},
        {"field": "time_type", "type": "string", "value": "1"},
        {"field": "start_index", "type": "string", "value": "{{PAGINATION_START_PAGE}}"},
        {"field": "count", "type": "string", "value": "{{PAGINATION_PAGE_SIZE}}"},
        {"field": "removed", "type": "string", "value": "0"},
        {"field": "status", "type": "string", "value": "_function 1-1"},
        {"field": "approval_with_draft", "type": "string", "value": ""},
    ])
}

fn simulator() -> Running {
    Okki::start(Config::default()).unwrap()
}

fn world_of<'w>(simulator: &'w Running, request: Value, page_size: u32) -> World<'w> {
    let load = ferry_sync::source::okki::load;
    let mut world = World::new(orders_flow(request, page_size), load, |now| {
        simulator.set(|switches| switches.clock_offset_ms = now - real_ms());
    });
    let credentials = simulator.credentials();
    world.variables.extend([
        ("okki_scheme", "http".to_owned()),
        ("okki_host", simulator.address().to_string()),
        ("okki_client_id", credentials.client_id),
        ("okki_client_secret", credentials.client_secret),
    ]);
    world
}

/// So many orders over the last hours before the safety lag, and a flow whose first window holds them all.
fn prepared(simulator: &Running, rows: usize, page_size: u32) -> World<'_> {
    let mut world = world_of(simulator, request(), page_size);
    let now = world.wall_ms() / 1000;
    simulator.generate(&Generate { rows, ..Generate::default() });
    for (order, n) in simulator.orders().iter().zip(0..) {
        let ids = vec![order["order_id"].as_i64().unwrap()];
        // In no order of the ids.
        let modified = shanghai::text(now - 120 - (n * 7919) % 36_000);
        let set = serde_json::Map::from_iter([("update_time".to_owned(), modified.into())]);
        simulator.change(&Change::Modify { ids, set, stamp: false });
    }
    world.variables.insert("start", shanghai::text(now - 12 * HOUR));
    world
}

/// A server whose pages are so small that no answer holds the list.
fn clamped(rows: usize) -> Config {
    let mut config = Config::default();
    config.switches.largest_count = rows;
    config
}

fn ids(simulator: &Running) -> Vec<String> {
    simulator.orders().iter().map(|order| order["order_id"].to_string()).collect()
}

fn number(id: &str) -> i64 {
    id.parse().unwrap()
}

/// The window of all that was generated.
fn window(world: &World<'_>, after: Option<String>) -> Ask {
    let now = world.wall_ms() / 1000;
    Ask::Window { begin: now - 12 * HOUR, end: now - 30, after }
}

#[test]
fn a_list_that_fits_an_answer_costs_a_call_a_page_and_each_order_one() {
    for (rows, lists) in [(30, 1), (120, 4)] {
        let simulator = simulator();
        let world = prepared(&simulator, rows, 50);
        let report = world.drain();
        assert_eq!(report.counts.records, rows as u64);
        assert_eq!(world.ids(), ids(&simulator));
        let called = [Op::OrderList, Op::OrderInfo, Op::AccessToken].map(|op| simulator.called(op));
        assert_eq!(called, [lists, rows as u64, 1]);
        assert_eq!(report.calls.source, simulator.counters().total);
        let list = simulator.calls().into_iter().find(|call| call.op == Some(Op::OrderList)).unwrap();
        assert!(list.args.contains("time_type=1&start_index=1&count=50&removed=0"), "{}", list.args);
        assert!(!list.args.contains("status") && !list.args.contains("approval"), "{}", list.args);
    }
}

#[test]
fn a_longer_list_costs_its_pages_twice_and_each_order_one_call() {
    let simulator = Okki::start(clamped(20)).unwrap();
    let world = prepared(&simulator, 50, 20);
    world.drain();
    // The first page, the attempt at all of them, and two passes of three pages.
    assert_eq!((simulator.called(Op::OrderList), simulator.called(Op::OrderInfo)), (1 + 1 + 2 * 3, 50));
    assert!(world.delivered.borrow().values().all(|times| *times == 1));
    assert_eq!(world.ids(), ids(&simulator));
}

#[test]
fn only_what_was_modified_within_the_window_costs_a_detail() {
    let simulator = simulator();
    let world = prepared(&simulator, 100, 500);
    let now = world.wall_ms() / 1000;
    let (begin, end) = (now - 3 * HOUR, now - 2 * HOUR);
    let inside = |order: &&Value| {
        let modified = shanghai::parse(order["update_time"].as_str().unwrap()).unwrap();
        (begin..=end).contains(&modified)
    };
    let expected = simulator.orders().iter().filter(inside).count();
    assert!(expected > 3);
    let page = world.ask(&Ask::Window { begin, end, after: None }).unwrap();
    assert_eq!((page.rows.len(), simulator.called(Op::OrderInfo)), (expected, expected as u64));
}

#[test]
fn both_ends_of_the_window_belong_to_it_and_a_row_that_says_no_time_is_taken() {
    let simulator = simulator();
    let world = world_of(&simulator, request(), 50);
    let (begin, end) = (world.wall_ms() / 1000 - 7200, world.wall_ms() / 1000 - 3600);
    let times = [begin - 1, begin, end, end + 1];
    let orders = times.iter().zip(1..).map(|(time, id)| {
        json!({"order_id": id, "order_no": format!("{id}"), "update_time": shanghai::text(*time)})
    });
    simulator.add(orders.collect());
    let ids = |page: &Page| -> Vec<i64> {
        (0..page.rows.len()).map(|row| page.rows.object(row)["order_id"].as_i64().unwrap()).collect()
    };
    let ask = Ask::Window { begin, end, after: None };
    let sorted = |page: &Page| {
        let mut found = ids(page);
        found.sort();
        found
    };
    assert_eq!(sorted(&world.ask(&ask).unwrap()), [2, 3]);
    for unreadable in [Value::Null, json!(""), json!("昨天"), json!(1_763_650_923)] {
        let of_the_fourth = |body: Vec<u8>| {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            for row in answer["data"]["list"].as_array_mut().into_iter().flatten() {
                if row["order_id"] == 4 {
                    row["update_time"] = unreadable.clone();
                }
            }
            answer.to_string().into_bytes()
        };
        let http = Threads { change: Some(&of_the_fourth), ..Threads::default() };
        let page = over(&world, &http, |source| answer(source, &ask).unwrap());
        assert_eq!(sorted(&page), [2, 3, 4], "{unreadable}");
    }
}

#[test]
fn a_record_has_its_lines_its_customers_number_and_every_digit() {
    let simulator = simulator();
    let world = world_of(&simulator, request(), 50);
    let mut order: Value = serde_json::from_str(
        r#"{"order_id": 7, "order_no": "SO'7/\"八\"", "exchange_rate": 725.123456789012345678,
            "company": {"company_id": 1, "serial_id": "C0001", "name": "上海'晨光'\"国际\""},
            "product_list": [{"product_no": "ITEM-1", "count": 0.10, "cost_amount": 12345678901234567890.12}]}"#,
    )
    .unwrap();
    order["update_time"] = shanghai::text(world.wall_ms() / 1000 - 3600).into();
    simulator.add(vec![order.clone()]);
    let page = world.ask(&window(&world, None)).unwrap();
    let record = page.rows.object(0);
    for field in ["order_no", "exchange_rate", "company", "product_list"] {
        assert_eq!(record[field].to_string(), order[field].to_string(), "{field}");
    }
    let again = world.ask(&Ask::Ids(vec!["7".into()])).unwrap();
    assert_eq!(again.rows.object(0)["product_list"], order["product_list"]);
}

type Answered = Result<http::Response<Vec<u8>>, HttpFailure>;

/// HTTP on threads, so that calls are under way at once, with answers that a test may change.
#[derive(Default)]
struct Threads<'t> {
    under_way: RefCell<HashMap<u64, JoinHandle<Answered>>>,
    next: Cell<u64>,
    cancelled: Cell<usize>,
    change: Option<&'t dyn Fn(Vec<u8>) -> Vec<u8>>,
}

impl Http for Threads<'_> {
    fn start(&self, request: http::Request<Vec<u8>>, _: Duration) -> CallId {
        let id = self.next.get();
        self.next.set(id + 1);
        let call = std::thread::spawn(move || crate::world::send(request));
        self.under_way.borrow_mut().insert(id, call);
        CallId(id)
    }
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        let call = self.under_way.borrow_mut().remove(&call.0).unwrap();
        let response = call.join().unwrap()?;
        Ok(response.map(|body| self.change.map_or_else(|| body.clone(), |change| change(body.clone()))))
    }
    fn cancel(&self, call: CallId) {
        self.cancelled.set(self.cancelled.get() + 1);
        self.under_way.borrow_mut().remove(&call.0);
    }
}

/// A source over another kind of HTTP.
fn over<T>(world: &World<'_>, http: &dyn Http, then: impl FnOnce(&mut dyn Source) -> T) -> T {
    let flow: Flow = world.flow();
    let mut opening = world.opening(&flow, None);
    opening.host = Host { http, ..world.host() };
    then(flow.source.open(&opening).as_mut())
}

fn answer(source: &mut dyn Source, ask: &Ask) -> Result<Page, Failure> {
    let call = source.start(ask, Duration::from_secs(60))?;
    source.finish(call, ask)
}

#[test]
fn four_details_are_under_way_at_once_and_never_more() {
    let simulator = simulator();
    let world = prepared(&simulator, 23, 50);
    let delay = Fault::next(&[Op::OrderInfo], Misbehaviour::Delay { ms: 40 });
    simulator.arm(delay.times(1000));
    let http = Threads::default();
    let page = over(&world, &http, |source| answer(source, &window(&world, None)).unwrap());
    assert_eq!(page.rows.len(), 23);
    assert_eq!(simulator.most_at_once(Op::OrderInfo), 4);

    simulator.clear_log();
    let asked = Ask::Ids(ids(&simulator).into_iter().take(20).collect());
    let page = over(&world, &http, |source| {
        assert_eq!(source.ids_per_call(), 20);
        answer(source, &asked).unwrap()
    });
    assert_eq!((page.rows.len(), simulator.most_at_once(Op::OrderInfo)), (20, 4));
    assert!(http.under_way.borrow().is_empty() && http.cancelled.get() == 0);
}

#[test]
fn what_the_list_alone_knows_is_in_the_record() {
    let simulator = simulator();
    let world = prepared(&simulator, 5, 50);
    // A detail without customer, and one whose customer has no number.
    let without = |body: Vec<u8>| {
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        if let Some(order) = answer["data"].as_object_mut().filter(|data| data.contains_key("product_list")) {
            if order["order_id"].as_i64().unwrap() % 2 == 0 {
                order.remove("company");
            } else {
                order["company"] = json!({"company_id": order["company_id"], "name": "其他"});
            }
            order.insert("currency".into(), Value::Null);
        }
        answer.to_string().into_bytes()
    };
    let http = Threads { change: Some(&without), ..Threads::default() };
    let page = over(&world, &http, |source| answer(source, &window(&world, None)).unwrap());
    for row in 0..5 {
        let record = page.rows.object(row);
        let order = simulator.order(record["order_id"].as_i64().unwrap()).unwrap();
        assert_eq!(record["company"]["serial_id"], order["company"]["serial_id"]);
        assert_eq!(record["currency"], order["currency"]);
        let name = if record["order_id"].as_i64().unwrap() % 2 == 0 {
            &order["company"]["name"]
        } else {
            &json!("其他")
        };
        assert_eq!(&record["company"]["name"], name, "what the detail says stays");
    }
}

#[test]
fn a_record_modified_added_or_deleted_between_pages_is_not_skipped() {
    for sort in [Sort::LatestFirst, Sort::LatestLast, Sort::Id] {
        for page in 1..=8 {
            let simulator = Okki::start(clamped(20)).unwrap();
            simulator.set(|switches| switches.sort = sort);
            let world = prepared(&simulator, 60, 20);
            let all = ids(&simulator);
            let touch = |from: usize| Change::Modify {
                ids: all[from..from + 3].iter().map(|id| number(id)).collect(),
                set: serde_json::Map::new(),
                stamp: true,
            };
            simulator.change_after_query(page, touch(0));
            simulator
                .change_after_query(page, Change::Delete { ids: vec![number(&all[30]), number(&all[50])] });
            let late = json!({"order_id": 99, "order_no": "late", "update_time": shanghai::text(world.wall_ms() / 1000 - HOUR)});
            simulator.change_after_query(page, Change::Add { orders: vec![late] });
            world.drain();
            // What was touched now belongs to a later window.
            world.sleep(Duration::from_secs(300));
            world.drain();
            let delivered = world.ids();
            let there = ids(&simulator);
            // One that comes into a window of the past while it is read is seen by a pass or by the look-back.
            let missing: Vec<_> = there.iter().filter(|id| !delivered.contains(id) && **id != "99").collect();
            assert!(missing.is_empty(), "{sort:?} {page}: {missing:?}");
            // Known before the last pass.
            assert!(page > 3 || delivered.contains(&"99".to_owned()), "{sort:?} {page}");
        }
    }
}

#[test]
fn an_order_that_is_gone_by_the_time_of_its_detail_is_passed_over() {
    for not_found in [NotFound::Code, NotFound::Http404] {
        let simulator = simulator();
        simulator.set(|switches| switches.not_found = not_found);
        let world = prepared(&simulator, 10, 50);
        let all = ids(&simulator);
        simulator.change_after_query(1, Change::Delete { ids: vec![number(&all[4])] });
        let report = world.drain();
        assert_eq!(report.error, None);
        assert!(!world.delivered.borrow().contains_key(&all[4]));
        assert_eq!(world.ids().len(), 9);
    }
}

#[test]
fn by_ids_what_is_not_there_is_absent_and_an_impossible_id_spoils_nothing() {
    let simulator = simulator();
    let world = prepared(&simulator, 3, 50);
    let all = ids(&simulator);
    let mut asked = vec!["?0f".to_owned(), "5".to_owned()];
    asked.extend(all.iter().cloned());
    let page = world.ask(&Ask::Ids(asked)).unwrap();
    assert_eq!(page.rows.len(), 3);
    assert_eq!(world.ask(&Ask::Ids(vec!["?0f".to_owned()])).unwrap().rows.len(), 0);
    for given in [DeletedDetail::NotFound, DeletedDetail::Given] {
        simulator.set(|switches| switches.deleted_detail = given);
        simulator.change(&Change::Delete { ids: vec![number(&all[0])] });
        let page = world.ask(&Ask::Ids(all.clone())).unwrap();
        assert_eq!(page.rows.len(), if given == DeletedDetail::Given { 3 } else { 2 });
    }
}

#[test]
fn parameters_that_would_be_ignored_or_lose_orders_are_refused() {
    let simulator = simulator();
    let refused = |request: Value, needle: &str| {
        let world = world_of(&simulator, request, 50);
        let file = ferry_mapping::parse(&world.flow_file).unwrap();
        match ferry_sync::source::okki::load(&file, &world) {
            Err(Unloaded::File(problems)) => {
                assert!(
                    problems.iter().any(|problem| format!("{problem:?}").contains(needle)),
                    "{problems:?}"
                )
            }
            _ => panic!("{needle} is not refused"),
        }
    };
    refused(json!([{"field": "time_type", "type": "string", "value": "2"}]), "source.request.time_type");
    refused(
        json!([{"field": "start_time", "type": "string", "value": "2026-01-01"}]),
        "source.request.start_time",
    );
}

#[test]
fn everything_is_whatever_was_modified_whenever() {
    let simulator = simulator();
    simulator.generate(&Generate { rows: 40, days: 2000, ..Generate::default() });
    let world = world_of(&simulator, request(), 500);
    let page = world.ask(&Ask::Everything { after: None }).unwrap();
    assert_eq!((page.rows.len(), page.then), (40, ferry_sync::source::Then::End));
}

#[test]
fn the_clock_is_okkis_own() {
    let simulator = simulator();
    let mut world = prepared(&simulator, 1, 50);
    world.tell =
        Box::new(|now| simulator.set(|switches| switches.clock_offset_ms = now + 90_000 - real_ms()));
    let page = world.ask(&window(&world, None)).unwrap();
    assert!((page.source_now.unwrap() - world.wall_ms() / 1000 - 90).abs() <= 1);
}
