//! `_findCollection` in the engine: calls, cache, and what becomes of a record whose partner is not there.

mod world;

use ferry_mapping::{Context, Mapping, Record, RowError, Value};
use ferry_sync::flow::Flow;
use ferry_sync::hold::holding;
use ferry_sync::host::Clock as _;
use ferry_sync::lookup::{Fetch, Finder, Key};
use ferry_sync::problem::Failure;
use ferry_sync::report::{Report, Trigger};
use ferry_sync::run::{Limits, Run};
use ferry_sync::target::{Document, Existing, Opening, Outcome, Target};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;
use world::{Given, Memory, World};

/// The partner system: names by number.
#[derive(Default)]
struct Partners {
    names: RefCell<BTreeMap<String, String>>,
    asked: RefCell<Vec<Vec<Key>>>,
}

struct Asking<'p>(&'p Partners);

impl Fetch for Asking<'_> {
    fn fetch(&mut self, name: &str, keys: &[Key]) -> Result<Vec<Value>, Failure> {
        assert_eq!(name, "partner");
        self.0.asked.borrow_mut().push(keys.to_vec());
        let names = self.0.names.borrow();
        let found = keys.iter().filter_map(|key| {
            let name = names.get(&key[0].1)?;
            Some(json!({"FNumber": key[0].1, "FName": name}))
        });
        Ok(found.collect())
    }
    fn calls(&self) -> u64 {
        self.0.asked.borrow().len() as u64
    }
    fn used_keys(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The world's table, with the partner's name in place of the row's.
struct Joined<'w> {
    memory: Memory<'w>,
    mapping: Mapping,
}

impl Target for Joined<'_> {
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError> {
        let name = self.mapping.document(record, context)?["name"].clone();
        let Document::Json(mut cells) = self.memory.map(record, context)? else { unreachable!() };
        cells[1] = name;
        Ok(Document::Json(cells))
    }
    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        self.memory.write(rows)
    }
    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        self.memory.find(rows)
    }
    fn flush(&mut self) -> Result<(), Failure> {
        self.memory.flush()
    }
    fn reset(&mut self) {
        self.memory.reset();
    }
    fn calls(&self) -> u64 {
        0
    }
}

/// A world of rows, each with the number of its partner in the cell `details`.
fn world(rows: i64, on_miss: &str) -> World {
    let world = World::new(rows);
    let lookups = format!(
        r#""lookups": {{"partner": {{"platform": "galaxy", "account": "galaxy", "api": "executeBillQuery",
           "formId": "BD_Customer", "key": ["FNumber"], "ttl": "10m", {on_miss}}}}}, "delivery""#
    );
    let file = world::FLOW_FILE.replacen("\"delivery\"", &lookups, 1);
    let file = file.replace(
        r#""value": "{FName}"}"#,
        r#""value": "_findCollection find FName from partner where FNumber={FNumber}"}"#,
    );
    assert!(file.contains("_findCollection"));
    world.flow_file.replace(file);
    for row in world.rows.borrow().iter() {
        world.details.borrow_mut().insert(row.id, json!(format!("C{}", row.id % 3)));
    }
    world
}

fn run(world: &World, partners: &Partners) -> Report {
    let flow_file = world.flow_file.borrow();
    let component = ferry_sync::flow::Component {
        lookups: Some(ferry_sync::lookup::galaxy::load),
        ..world::component(&flow_file)
    };
    let flow =
        Flow::load(&component, &Given(world.variables())).unwrap_or_else(|problem| panic!("{problem}"));
    let fields = json!([{"field": "name", "value": "_findCollection find FName from partner where FNumber={details}"}]);
    let fields: Vec<ferry_mapping::Field> = serde_json::from_value(fields).unwrap();
    let report = holding(world.host(), &flow, None, |lease, state| {
        let opening = Opening {
            host: world.host(),
            file: &flow.file,
            existing: Existing::Keep,
            seal: &flow.settings.seal,
            until: None,
        };
        let finder = Finder::new(&opening, &flow.digest, Box::new(Asking(partners)));
        let target =
            Joined { memory: Memory(world), mapping: Mapping::compile(&fields, "target.request").unwrap() };
        let limits = Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: false };
        let source = Box::new(Memory(world));
        let target = Box::new(target);
        Run::new(
            world.host(),
            &flow,
            source,
            target,
            Some(finder),
            Some(lease),
            limits,
            Trigger::Webhook,
            state,
        )
        .run()
    });
    report.unwrap_or_else(|why| panic!("{:?}", why.into_problem()))
}

fn names(world: &World) -> Vec<String> {
    world.table.borrow().values().map(|(name, _)| name.clone()).collect()
}

const ALL: [(&str, &str); 3] = [("C0", "甲"), ("C1", "O'Neil"), ("C2", "丙")];

fn partners(these: &[(&str, &str)]) -> Partners {
    let partners = Partners::default();
    partners.names.borrow_mut().extend(these.iter().map(|(k, v)| ((*k).into(), (*v).into())));
    partners
}

#[test]
fn a_page_costs_one_call_for_all_its_keys_and_none_when_they_are_known() {
    let (world, partners) = (world(10, r#""on_miss": "fail""#), partners(&ALL));
    let report = run(&world, &partners);
    assert_eq!((report.counts.written, report.counts.dead), (10, 0), "{report:?}");
    assert_eq!(report.calls.lookup, 1, "three pages, three keys, all in the first page");
    assert_eq!(partners.asked.borrow()[0].len(), 3);
    assert_eq!(names(&world).iter().filter(|name| *name == "O'Neil").count(), 3);
}

#[test]
fn the_next_run_uses_what_was_found_until_its_time_is_over() {
    let (world, partners) = (world(4, r#""on_miss": "fail""#), partners(&ALL));
    run(&world, &partners);
    world.advance(Duration::from_secs(60));
    run(&world, &partners);
    assert_eq!(partners.asked.borrow().len(), 1, "the second run met the same rows in its look-back");
    let kept = world.store.borrow()["lookup/galaxy-materials-to-mysql/partner"].clone();
    assert!(!String::from_utf8_lossy(&kept).contains("O'Neil"), "sealed");
    world.advance(Duration::from_secs(600));
    for row in world.rows.borrow_mut().iter_mut() {
        row.modified = world.wall_ms() / 1000 - 100;
    }
    run(&world, &partners);
    assert_eq!(partners.asked.borrow().len(), 2, "after ten minutes it is asked again");
}

#[test]
fn a_record_whose_partner_is_missing_waits_and_is_carried_when_it_comes() {
    let (world, partners) = (world(6, r#""on_miss": "wait""#), partners(&ALL[..2]));
    let report = run(&world, &partners);
    assert_eq!((report.counts.written, report.counts.pending, report.counts.dead), (4, 2, 0));
    assert!(report.counts.adds_up());
    // Before its hour is over nothing is asked.
    world.advance(Duration::from_secs(1800));
    assert_eq!(run(&world, &partners).retried.tried, 0);
    world.advance(Duration::from_secs(1900));
    let again = run(&world, &partners);
    assert_eq!((again.retried.tried, again.retried.failed), (2, 2));
    partners.names.borrow_mut().insert("C2".into(), "丙".into());
    world.advance(Duration::from_secs(3700));
    let carried = run(&world, &partners);
    assert_eq!((carried.retried.tried, carried.retried.delivered), (2, 2));
    assert_eq!(world.table.borrow().len(), 6);
}

#[test]
fn after_seven_days_of_waiting_it_is_a_dead_letter_for_a_person() {
    let (world, partners) = (world(3, r#""on_miss": "wait""#), partners(&ALL[..2]));
    run(&world, &partners);
    let mut parked = 0;
    let mut hours = 0;
    while parked == 0 && hours < 24 * 9 {
        world.advance(Duration::from_secs(3601));
        hours += 1;
        parked += run(&world, &partners).retried.parked;
    }
    assert_eq!(parked, 1);
    assert!((24 * 7 - 2..=24 * 7 + 1).contains(&hours), "{hours}");
    assert_eq!(run(&world, &partners).retried.tried, 0, "parked");
}

#[test]
fn a_missing_partner_is_a_dead_letter_that_names_the_key_or_what_the_flow_file_says() {
    let (failing, none) = (world(1, r#""on_miss": "fail""#), partners(&[]));
    let report = run(&failing, &none);
    assert_eq!(report.counts.dead, 1);
    let (defaulting, none) = (world(2, r#""on_miss": "default", "default": "散客""#), partners(&[]));
    assert_eq!(run(&defaulting, &none).counts.written, 2);
    assert_eq!(names(&defaulting), ["散客", "散客"]);
}
