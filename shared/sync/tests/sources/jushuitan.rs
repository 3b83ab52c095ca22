//! 聚水潭, both interfaces.

use super::world::{World, flow_file};
use ferry_platforms::Class;
use ferry_simulators::jushuitan::{
    Change, Config, Fault, Generate, IoIdsAlone, Jushuitan, Misbehaviour, Op, Order, Running,
};
use ferry_sync::flow::Unloaded;
use ferry_sync::host::{Clock, Variables};
use ferry_sync::shanghai;
use ferry_sync::source::{Ask, NO_SINGLE_RECORDS};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

pub fn inout_flow(budget: &str) -> String {
    flow_file(
        json!({
            "platform": "jushuitan", "account": "jushuitan", "api": "other.inout.query", "effect": "QUERY",
            "method": "POST", "number": "io_id", "id": "io_id", "pagination": {"pageSize": 50},
            "request": [
                {"field": "modified_begin", "type": "string", "value": "{{LAST_SYNC_TIME|datetime}}"},
                {"field": "modified_end", "type": "string", "value": "{{CURRENT_TIME|datetime}}"},
                {"field": "status", "type": "string", "value": ""},
                {"field": "page_index", "type": "int", "value": "{{PAGINATION_START_PAGE}}"},
                {"field": "page_size", "type": "int", "value": "{{PAGINATION_PAGE_SIZE}}"},
            ],
        }),
        budget,
    )
}

fn shops_flow() -> String {
    flow_file(
        json!({
            "platform": "jushuitan", "account": "jushuitan", "api": "/open/shops/query", "effect": "QUERY",
            "method": "POST", "number": "shop_id", "id": "shop_id", "pagination": {"pageSize": 10},
            "request": [],
        }),
        "60s",
    )
}

pub fn days_ago(world: &World<'_>, days: i64) -> String {
    shanghai::text(world.wall_ms() / 1000 - days * 86_400)
}

pub trait Simulated {
    /// The account of this simulator, by the current interface.
    fn with_account(&mut self, simulator: &Running);
    fn with_legacy_account(&mut self, simulator: &Running);
}

impl Simulated for World<'_> {
    fn with_account(&mut self, simulator: &Running) {
        let credentials = simulator.credentials();
        self.variables.extend([
            ("jushuitan_scheme", "http".to_owned()),
            ("jushuitan_host", simulator.address().to_string()),
            ("jushuitan_api", "current".to_owned()),
            ("jushuitan_app_key", credentials.app_key),
            ("jushuitan_app_secret", credentials.app_secret),
        ]);
    }

    fn with_legacy_account(&mut self, simulator: &Running) {
        self.with_account(simulator);
        let credentials = simulator.credentials();
        self.variables.extend([
            ("jushuitan_api", "legacy".to_owned()),
            ("jushuitan_app_key", credentials.partner_id),
            ("jushuitan_app_secret", credentials.partner_key),
            ("jushuitan_access_token", credentials.legacy_token),
        ]);
    }
}

/// Records of the last days, and the flow that reads them.
fn prepared(simulator: &Running, records: usize) -> World<'_> {
    let mut world = World::new(inout_flow("60s"), ferry_sync::source::jushuitan::load, |now| {
        simulator.set(|switches| switches.clock_stands_at_ms = Some(now));
    });
    world.with_account(simulator);
    (world.tell)(world.wall_ms());
    let until = chrono::DateTime::from_timestamp_millis(simulator.now_ms() + 7 * 3_600_000);
    let until = until.map(|time| time.naive_utc());
    simulator.generate(&Generate { records, shops: 35, days: 12, until, ..Generate::default() });
    let start = days_ago(&world, 14);
    world.variables.insert("start", start);
    world
}

fn all(simulator: &Running) -> Vec<String> {
    let ids = simulator.expected("2000-01-01 00:00:00", "2100-01-01 00:00:00", "");
    ids.iter().map(ToString::to_string).collect()
}

fn simulator() -> Running {
    Jushuitan::start(Config::default()).unwrap()
}

#[test]
fn both_interfaces_carry_all_records_whatever_the_server_makes_of_pages() {
    for (legacy, clamp, order) in
        [(false, None, Order::Id), (true, None, Order::Newest), (false, Some(30), Order::Modified)]
    {
        let simulator = simulator();
        let mut world = prepared(&simulator, 700);
        if legacy {
            world.with_legacy_account(&simulator);
        }
        simulator.set(|switches| (switches.clamp, switches.order) = (clamp, order));
        assert_eq!(world.drain().error, None);
        assert_eq!(world.ids(), all(&simulator));
    }
}

#[test]
fn few_returns_since_the_last_run_cost_one_call() {
    let simulator = simulator();
    let world = prepared(&simulator, 40);
    world.drain();
    world.sleep(Duration::from_secs(120));
    simulator.change(&Change::Modify { ids: vec![2_300_000], set: serde_json::Map::new() });
    world.sleep(Duration::from_secs(60));
    let before = simulator.called(Op::Inout);
    let report = world.run().unwrap();
    assert_eq!((report.counts.records, report.has_more), (1, false));
    assert_eq!(simulator.called(Op::Inout) - before, 1);
}

#[test]
fn records_that_leave_while_they_are_read_do_not_take_others_with_them() {
    let simulator = simulator();
    let world = prepared(&simulator, 700);
    let before: BTreeSet<String> = all(&simulator).into_iter().collect();
    let mut left = BTreeSet::new();
    for (query, id) in all(&simulator).iter().step_by(41).enumerate() {
        let ids = vec![id.parse().unwrap()];
        left.insert(id.clone());
        let change = if query % 2 == 0 {
            Change::Delete { ids }
        } else {
            // Beyond the end of the window.
            let set = json!({"modified": shanghai::text(world.wall_ms() / 1000 + 3600)});
            Change::Modify { ids, set: set.as_object().unwrap().clone() }
        };
        simulator.change_after_query(query + 1, change);
    }
    assert_eq!(world.drain().error, None);
    let carried: BTreeSet<String> = world.ids().into_iter().collect();
    let stayed: BTreeSet<String> = before.difference(&left).cloned().collect();
    assert_eq!(stayed.difference(&carried).count(), 0);
}

#[test]
fn faults_of_a_moment_are_survived_and_lasting_ones_are_errors_from_which_the_flow_goes_on() {
    let faults = [
        Misbehaviour::EmptyPage,
        Misbehaviour::RepeatPreviousPage,
        Misbehaviour::TotalLies { data_count: 7 },
        Misbehaviour::HasNextLies,
        Misbehaviour::ClampPage { rows: 7 },
        Misbehaviour::NoData,
        Misbehaviour::TokenExpired,
        Misbehaviour::Refuse { code: 140, msg: "无效的timestamp，最大误差15分钟".into() },
    ];
    for fault in faults {
        let simulator = simulator();
        let world = prepared(&simulator, 400);
        for skip in [1, 6, 9] {
            simulator.arm(Fault::next(&[Op::Inout], fault.clone()).skip(skip));
        }
        assert_eq!(world.drain().error, None, "{fault:?}");
        assert_eq!(world.ids(), all(&simulator), "{fault:?}");
    }
    for fault in [Misbehaviour::EmptyPage, Misbehaviour::HasNextLies] {
        let simulator = simulator();
        let world = prepared(&simulator, 400);
        simulator.arm(Fault::next(&[Op::Inout], fault.clone()).skip(3).times(1_000_000));
        let mut report = world.run().unwrap();
        for _ in 0..3 {
            world.sleep(Duration::from_secs(60));
            report = world.run().unwrap();
        }
        let error = report.error.unwrap_or_else(|| panic!("{fault:?}"));
        assert_eq!(&*error.code, "pages_contradict", "{fault:?}");
        simulator.disarm();
        world.sleep(Duration::from_secs(60));
        assert_eq!(world.drain().error, None);
        assert_eq!(world.ids(), all(&simulator));
    }
}

#[test]
fn single_records_are_asked_for_by_io_ids_where_the_vendor_allows_it() {
    let simulator = simulator();
    let world = prepared(&simulator, 60);
    let ids: Vec<String> = all(&simulator).into_iter().take(50).chain(["SO-1".to_owned()]).collect();
    for clamp in [None, Some(20)] {
        simulator.set(|switches| switches.clamp = clamp);
        let page = world.ask(&Ask::Ids(ids.clone())).unwrap();
        let mut found: Vec<String> =
            (0..page.rows.len()).map(|row| page.rows.object(row)["io_id"].to_string()).collect();
        found.sort();
        assert_eq!(found, ids[..50]);
    }
    // No number at all must not mean everything.
    assert_eq!(world.ask(&Ask::Ids(vec!["x".into()])).unwrap().rows.len(), 0);

    simulator.set(|switches| switches.io_ids_alone = IoIdsAlone::Refused);
    let failure = world.ask(&Ask::Ids(ids)).unwrap_err();
    assert_eq!((&*failure.problem.code, failure.class), (NO_SINGLE_RECORDS, Class::Fatal));
}

#[test]
fn all_shops_are_carried_by_both_interfaces() {
    for legacy in [false, true] {
        let simulator = simulator();
        let mut world = prepared(&simulator, 0);
        world.flow_file = shops_flow();
        if legacy {
            world.with_legacy_account(&simulator);
        }
        let shops: Vec<String> = simulator.shops().iter().map(|shop| shop["shop_id"].to_string()).collect();
        assert!(!world.run().unwrap().has_more);
        assert_eq!((world.ids().len(), world.ids()), (35, shops.clone()));
        let some = world.ask(&Ask::Ids(vec![shops[3].clone(), "no number".into()])).unwrap();
        assert_eq!(some.rows.len(), 1);
        assert_eq!(some.rows.object(0)["shop_id"].to_string(), shops[3]);
    }
}

#[test]
fn shops_survive_pages_that_lie_and_pages_that_never_end_are_an_error() {
    for fault in [
        Misbehaviour::EmptyPage,
        Misbehaviour::RepeatPreviousPage,
        Misbehaviour::HasNextLies,
        Misbehaviour::ClampPage { rows: 10 },
    ] {
        let simulator = simulator();
        let mut world = prepared(&simulator, 0);
        world.flow_file = shops_flow();
        simulator.arm(Fault::next(&[Op::Shops], fault.clone()).skip(1));
        assert_eq!(world.drain().error, None, "{fault:?}");
        assert_eq!(world.ids().len(), 35, "{fault:?}");
    }
    let simulator = simulator();
    let mut world = prepared(&simulator, 0);
    world.flow_file = shops_flow();
    simulator.arm(Fault::next(&[Op::Shops], Misbehaviour::EmptyPage).skip(2).times(1_000_000));
    let report = world.run().unwrap();
    assert_eq!(&*report.error.unwrap().code, "pages_contradict");
    simulator.disarm();
    assert_eq!(world.drain().error, None);
    assert_eq!(world.ids().len(), 35);
}

#[test]
fn a_call_too_many_pauses_the_account() {
    let simulator = simulator();
    let world = prepared(&simulator, 40);
    let refused = Misbehaviour::Refuse { code: 200, msg: "调用频次超过限制!".into() };
    simulator.arm(Fault::next(&[Op::Inout], refused));
    let report = world.run().unwrap();
    assert!(report.has_more || report.error.is_none());
    let called = simulator.called(Op::Inout);
    world.run().unwrap();
    assert_eq!(simulator.called(Op::Inout), called, "nobody calls while the account is paused");
    world.sleep(Duration::from_secs(61));
    assert_eq!(world.drain().error, None);
    assert_eq!(world.ids(), all(&simulator));
}

struct Nothing;

impl Variables for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

fn codes(request: Value, other: Value) -> Vec<String> {
    let mut file: Value = serde_json::from_str(&inout_flow("60s")).unwrap();
    file["source"]["request"] = request;
    file["source"]["otherRequest"] = other;
    let shown = |problems: Vec<ferry_mapping::Problem>| {
        problems.iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
    };
    // What the language knows to be wrong is refused before the source sees it.
    let file = match ferry_mapping::parse(&file.to_string()) {
        Ok(file) => file,
        Err(problems) => return shown(problems),
    };
    match ferry_sync::source::jushuitan::load(&file, &Nothing) {
        Err(Unloaded::File(problems)) => shown(problems),
        Err(Unloaded::Account(_)) => Vec::new(),
        Ok(_) => panic!("it has no account"),
    }
}

#[test]
fn parameters_that_are_unknown_or_the_engines_own_are_refused_when_the_flow_is_loaded() {
    let field = |name: &str, value: &str| json!([{"field": name, "value": value}]);
    let refused = |request: Value| codes(request, json!([]));
    assert_eq!(refused(field("stauts", "Confirmed")), ["source.request[0].field unknown_parameter"]);
    assert_eq!(refused(field("start_ts", "1")), ["source.request[0].field unknown_parameter"]);
    assert_eq!(refused(field("page_size", "30")), ["source.request.page_size engines_parameter"]);
    assert_eq!(
        refused(field("modified_begin", "2026-01-01 00:00:00")),
        ["source.request.modified_begin engines_parameter"]
    );
    assert_eq!(refused(field("date_type", "2")), ["source.request.date_type wrong_parameter"]);
    assert_eq!(codes(json!([]), field("x", "1")), ["source.otherRequest[0].field unknown_parameter"]);
    for good in
        [field("date_type", "0"), field("page_size", "{{PAGINATION_PAGE_SIZE}}"), field("types", "其它退货")]
    {
        assert_eq!(refused(good), Vec::<String>::new());
    }
}

#[test]
fn kinds_are_sent_as_a_list_and_nothing_is_sent_for_an_empty_value() {
    let simulator = simulator();
    let mut world = prepared(&simulator, 100);
    let mut file: Value = serde_json::from_str(&inout_flow("60s")).unwrap();
    file["source"]["request"] = json!([
        {"field": "types", "value": "其它退货,其它进仓"}, {"field": "wms_co_id", "value": ""},
        {"field": "status", "value": "Confirmed"},
    ]);
    world.flow_file = file.to_string();
    assert_eq!(world.drain().error, None);
    let wanted = |row: &&Value| row["status"] == "Confirmed" && row["type"] != "其它出库";
    let mut wanted: Vec<String> =
        simulator.records().iter().filter(wanted).map(|row| row["io_id"].to_string()).collect();
    wanted.sort();
    assert!(!wanted.is_empty());
    assert_eq!(world.ids(), wanted);
}
