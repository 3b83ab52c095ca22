//! 旺店通旗舰版.

use super::world::{World, flow_file, real_ms};
use ferry_simulators::wangdiantong::{
    Change, Config, Edges, Fault, Generate, Misbehaviour, Op, Patch, RowOrder, Running, Stockout, TimeFormat,
    Wangdiantong,
};
use ferry_sync::flow::Unloaded;
use ferry_sync::host::{Clock, Variables};
use ferry_sync::shanghai;
use ferry_sync::source::Ask;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

fn stockouts_flow(request: Value) -> String {
    flow_file(
        json!({
            "platform": "wangdiantong", "account": "wangdiantong",
            "api": "wms.stockout.Process.queryWithDetail", "effect": "QUERY", "method": "POST",
            "number": "stockout_no", "id": "stockout_no", "pagination": {"pageSize": 100}, "request": request,
        }),
        "100s",
    )
}

fn request() -> Value {
    json!([
        {"field": "start_time", "type": "string", "value": "{{LAST_SYNC_TIME|datetime}}"},
        {"field": "end_time", "type": "string", "value": "{{CURRENT_TIME|datetime}}"},
        {"field": "time_type", "type": "string", "value": "3"},
        {"field": "status", "type": "string", "value": "110"},
        {"field": "warehouse_no", "type": "string", "value": ""},
    ])
}

fn simulator() -> Running {
    Wangdiantong::start(Config::default()).unwrap()
}

fn prepared(simulator: &Running, rows: usize) -> World<'_> {
    let load = ferry_sync::source::wangdiantong::load;
    let mut world = World::new(stockouts_flow(request()), load, |now| {
        simulator.set(|switches| switches.clock_offset_ms = now - real_ms());
    });
    let credentials = simulator.credentials();
    world.variables.extend([
        ("wangdiantong_scheme", "http".to_owned()),
        ("wangdiantong_host", simulator.address().to_string()),
        ("wangdiantong_path", "/openapi".to_owned()),
        ("wangdiantong_sid", credentials.sid.clone()),
        ("wangdiantong_app_key", credentials.app_key.clone()),
        ("wangdiantong_app_secret", credentials.app_secret()),
    ]);
    let until = chrono::DateTime::from_timestamp_millis(world.wall_ms() + 7 * 3_600_000);
    let until = until.map(|time| time.naive_utc());
    simulator.generate(&Generate { rows, days: 40, until, ..Generate::default() });
    let start = shanghai::text(world.wall_ms() / 1000 - 45 * 86_400);
    world.variables.insert("start", start);
    world
}

fn done(simulator: &Running) -> Vec<String> {
    let stockouts = simulator.stockouts();
    stockouts.iter().filter(|stockout| stockout.status == 110).map(|it| it.stockout_no.clone()).collect()
}

/// By 出库时间 a record that is modified later is not met again: that is what the check warns of.
#[test]
fn the_windows_are_of_the_time_that_the_flow_file_says() {
    for (time_type, met_again) in [("3", true), ("2", false)] {
        let simulator = simulator();
        let mut world = prepared(&simulator, 200);
        let mut request = request();
        request[2]["value"] = time_type.into();
        world.flow_file = stockouts_flow(request);
        assert_eq!(world.drain().error, None);
        assert_eq!(world.ids().len(), done(&simulator).len());
        let touched = done(&simulator)[0].clone();
        world.sleep(Duration::from_secs(3600));
        (world.tell)(world.wall_ms());
        simulator.change(&Change::Modify { numbers: vec![touched.clone()], set: Box::default() });
        world.sleep(Duration::from_secs(300));
        let before = world.delivered.borrow()[&touched];
        assert_eq!(world.drain().error, None);
        assert_eq!(world.delivered.borrow()[&touched] > before, met_again, "time_type {time_type}");
    }
}

#[test]
fn all_records_are_carried_whatever_the_order_the_edges_and_the_size_of_pages() {
    for (order, edges, clamp, times) in [
        (RowOrder::Shuffled, Edges::Both, None, TimeFormat::Text),
        (RowOrder::Shuffled, Edges::Begin, Some(30), TimeFormat::Milliseconds),
        (RowOrder::Modified, Edges::End, None, TimeFormat::Text),
    ] {
        let simulator = simulator();
        let world = prepared(&simulator, 900);
        simulator.set(|switches| {
            (switches.order, switches.edges, switches.clamp, switches.times) = (order, edges, clamp, times);
        });
        assert_eq!(world.drain().error, None);
        assert_eq!(world.ids(), done(&simulator));
        let too_many = |answered: &String| answered.contains("超过每分钟");
        let refused = simulator.calls().into_iter().filter_map(|call| call.answered).filter(too_many).count();
        assert_eq!(refused, 0);
    }
}

#[test]
fn what_is_modified_while_it_is_read_is_carried_now_or_with_the_next_window() {
    let simulator = simulator();
    let world = prepared(&simulator, 900);
    for (query, number) in done(&simulator).iter().step_by(60).enumerate() {
        let numbers = vec![number.clone()];
        let change = match query % 3 {
            0 => Change::Delete { numbers },
            _ => Change::Modify { numbers, set: Box::new(Patch::default()) },
        };
        simulator.change_after_query(query + 1, change);
    }
    assert_eq!(world.drain().error, None);
    world.sleep(Duration::from_secs(120));
    assert_eq!(world.drain().error, None);
    let carried: BTreeSet<String> = world.ids().into_iter().collect();
    let lost: Vec<String> = done(&simulator).into_iter().filter(|number| !carried.contains(number)).collect();
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn many_finished_in_one_second_are_carried_while_the_order_is_stable_and_else_the_flow_says_so() {
    for (order, fine) in [(RowOrder::Id, true), (RowOrder::Shuffled, false)] {
        let simulator = simulator();
        let world = prepared(&simulator, 20);
        simulator.set(|switches| switches.order = order);
        let second = simulator.stockouts()[7].modified;
        let at_once =
            |n: i64| Stockout { stockout_no: format!("CKB{n:04}"), modified: second, ..Stockout::default() };
        simulator.change(&Change::Add { stockouts: (0..450).map(at_once).collect() });
        if fine {
            assert_eq!(world.drain().error, None);
            assert_eq!(world.ids(), done(&simulator));
        } else {
            let report = (0..6).map(|_| world.run().unwrap()).find(|report| report.error.is_some());
            assert_eq!(&*report.unwrap().error.unwrap().code, "pages_unsteady");
        }
    }
}

#[test]
fn faults_of_a_moment_are_survived() {
    for fault in [
        Misbehaviour::EmptyPage,
        Misbehaviour::RepeatPreviousPage,
        Misbehaviour::WrongTotal { total: 3 },
        Misbehaviour::WrongTotal { total: 4000 },
        Misbehaviour::WrongTotal { total: 0 },
        Misbehaviour::HalfJson,
        Misbehaviour::DropMidAnswer,
    ] {
        let simulator = simulator();
        let world = prepared(&simulator, 600);
        for skip in [1, 5, 9] {
            simulator.arm(Fault::next(&[Op::QueryWithDetail], fault.clone()).skip(skip));
        }
        assert_eq!(world.drain().error, None, "{fault:?}");
        assert_eq!(world.ids(), done(&simulator), "{fault:?}");
    }
}

#[test]
fn a_single_record_is_asked_for_by_its_number() {
    let simulator = simulator();
    let world = prepared(&simulator, 50);
    let number = done(&simulator)[3].clone();
    let page = world.ask(&Ask::Ids(vec![number.clone()])).unwrap();
    assert_eq!((page.rows.len(), &page.rows.object(0)["stockout_no"]), (1, &Value::from(number)));
    for nobody in ["CK-none", ""] {
        assert_eq!(world.ask(&Ask::Ids(vec![nobody.into()])).unwrap().rows.len(), 0);
    }
}

#[test]
fn other_times_than_that_of_the_modification_are_refused_when_the_flow_is_loaded() {
    struct Nothing;
    impl Variables for Nothing {
        fn get(&self, _: &str) -> Option<String> {
            None
        }
    }
    let load = |request: Value| {
        let file = ferry_mapping::parse(&stockouts_flow(request)).unwrap();
        match ferry_sync::source::wangdiantong::load(&file, &Nothing) {
            Err(Unloaded::File(problems)) => problems[0].path.clone(),
            Err(Unloaded::Account(_)) => "loaded".to_owned(),
            Ok(_) => panic!("it has no account"),
        }
    };
    let field = |name: &str, value: &str| json!([{"field": name, "value": value}]);
    assert_eq!(load(field("time_type", "4")), "source.request.time_type");
    assert_eq!(load(field("time_type", "2")), "loaded", "the check warns what that misses");
    assert_eq!(load(field("status", "done")), "source.request.status");
    assert_eq!(load(field("stockout_no", "CK1")), "source.request[0].field");
    assert_eq!(load(request()), "loaded");
    assert_eq!(load(json!([])), "loaded");
}
