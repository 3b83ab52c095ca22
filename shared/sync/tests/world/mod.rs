//! A small world for the engine: a store, clocks, a source and a target in memory, where every effect can be the
//! last thing that an invocation does.

#![allow(dead_code, reason = "each test file uses its part")]

#[path = "../fuse/mod.rs"]
pub mod fuse;

use ferry_mapping::{Context, Record, RowError, Value};
use ferry_platforms::Class;
use ferry_sync::flow::{Component, Flow};
use ferry_sync::hold::{NotNow, holding};
use ferry_sync::host::*;
use ferry_sync::problem::{Failure, Problem};
use ferry_sync::report::{Report, Trigger};
use ferry_sync::run::{Limits, Run};
use ferry_sync::source::{Ask, Page, Rows, Source, Then};
use ferry_sync::target::{Document, Outcome, Target};
use fuse::Fuse;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

pub const FLOW_FILE: &str = include_str!("../../../../functions/galaxy-materials-to-mysql/flow.json");
/// 2026-11-20 12:00:00 in Shanghai.
pub const NOON: i64 = 1_795_147_200;

/// Called after each page, with its number.
pub type AfterPage = Box<dyn FnMut(&World, usize)>;

/// A row of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub key: i64,
    pub id: i64,
    pub name: String,
    pub modified: i64,
}

#[derive(Default)]
pub struct World {
    pub flow_file: RefCell<String>,
    /// Variables besides the usual ones.
    pub more: RefCell<HashMap<&'static str, String>>,
    pub fuse: Fuse,
    pub wall: Cell<i64>,
    pub monotonic: Cell<Duration>,
    /// How long a page takes.
    pub page_time: Cell<Duration>,
    pub store: RefCell<BTreeMap<String, Vec<u8>>>,
    pub counters: RefCell<BTreeMap<String, i64>>,
    pub writes: Cell<usize>,
    pub store_fails: RefCell<BTreeSet<usize>>,
    pub rows: RefCell<Vec<Row>>,
    /// The list in the cell `details` of a row, by the row's id; null where there is none.
    pub details: RefCell<BTreeMap<i64, Value>>,
    pub page_size: Cell<usize>,
    pub source_clock_off: Cell<i64>,
    /// The source refuses to be asked for single records.
    pub no_single_records: Cell<bool>,
    /// How many of the next pages are empty, whatever there is.
    pub empty_pages: Cell<usize>,
    /// What the next pages answer instead.
    pub source_failures: RefCell<Vec<Class>>,
    pub asked: RefCell<Vec<Ask>>,
    /// Called after each page, with its number.
    pub after_page: RefCell<Option<AfterPage>>,
    /// The target's table: name and version by id.
    pub table: RefCell<BTreeMap<String, (String, i64)>>,
    /// Writes that no `flush` has made durable.
    pub unflushed: RefCell<Vec<(String, (String, i64))>>,
    pub target_failures: RefCell<Vec<Class>>,
    /// Every row that was made durable, in order.
    pub delivered: RefCell<Vec<String>>,
    pub log: RefCell<Vec<String>>,
    random: Cell<u8>,
}

impl World {
    pub fn new(rows: i64) -> World {
        let world = World { flow_file: RefCell::new(FLOW_FILE.to_owned()), ..World::default() };
        world.wall.set(NOON * 1000);
        world.page_size.set(4);
        world.page_time.set(Duration::from_millis(100));
        let row =
            |n| Row {
                key: 100 + 3 * n, id: 5000 + n, name: format!("物料{n}"), modified: NOON - 86_400 + n
            };
        world.rows.replace((0..rows).map(row).collect());
        world
    }

    pub fn variables(&self) -> HashMap<&'static str, String> {
        HashMap::from([
            ("flows_enabled", "all".into()),
            ("run_token", "run-run-run-run-run-run-run".into()),
            ("admin_token", "admin-admin-admin-admin-admin".into()),
            ("tick_token", "tick-tick-tick-tick-tick-tick".into()),
            ("state_key", "state-state-state-state-state".into()),
            ("galaxy_scheme", "http".into()),
            ("galaxy_host", "127.0.0.1:1".into()),
            ("galaxy_path", "/k3cloud/".into()),
            ("galaxy_auth", "signed".into()),
            ("galaxy_acct_id", "5f0000000000aa".into()),
            ("galaxy_user", "demo".into()),
            ("galaxy_app_id", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs".into()),
            ("galaxy_app_secret", "00112233445566778899aabbccddeeff".into()),
            ("galaxy_lcid", "2052".into()),
            ("galaxy_org", "0".into()),
            ("mysql_host", "127.0.0.1".into()),
            ("mysql_port", "3306".into()),
            ("mysql_user", "ferry".into()),
            ("mysql_password", "secret-of-mysql".into()),
            ("mysql_database", "crm".into()),
            ("start", "2026-11-01 00:00:00".into()),
        ])
    }

    pub fn flow(&self) -> Flow {
        self.try_flow().unwrap_or_else(|problem| panic!("{problem}"))
    }

    pub fn try_flow(&self) -> Result<Flow, Problem> {
        let mut variables = self.variables();
        variables.extend(self.more.borrow().clone());
        Flow::load(&component(&self.flow_file.borrow()), &Given(variables))
    }

    pub fn host(&self) -> Host<'_> {
        Host { clock: self, store: self, http: self, sql: self, log: self, random: self }
    }

    /// One invocation.
    pub fn run(&self) -> Result<Report, NotNow> {
        self.run_within(Limits { max_pages: None, budget: Duration::from_secs(20), accept_dead: false })
    }

    pub fn run_within(&self, limits: Limits) -> Result<Report, NotNow> {
        self.invoke(limits, |run| run.run())
    }

    pub fn invoke<R>(&self, limits: Limits, work: impl FnOnce(Run<'_>) -> R) -> Result<R, NotNow> {
        let flow = self.flow();
        holding(self.host(), &flow, None, |lease, state| {
            let (source, target) = (Box::new(Memory(self)), Box::new(Memory(self)));
            work(Run::new(
                self.host(),
                &flow,
                source,
                target,
                None,
                Some(lease),
                limits,
                Trigger::Webhook,
                state,
            ))
        })
    }

    /// Whether one invocation died at this effect; otherwise it lived.
    pub fn run_killed_at(&self, effect: usize, done: bool) -> bool {
        let died = self.fuse.kills(effect, done, || self.run());
        // What the target had not made durable is gone with the connection.
        self.unflushed.borrow_mut().clear();
        died
    }

    pub fn advance(&self, time: Duration) {
        self.wall.set(self.wall.get() + i64::try_from(time.as_millis()).unwrap());
        self.monotonic.set(self.monotonic.get() + time);
    }

    /// What should be in the table: every good row.
    pub fn expected(&self) -> BTreeMap<String, (String, i64)> {
        let rows = self.rows.borrow();
        let good = rows.iter().filter(|row| !row.name.starts_with("bad"));
        good.map(|row| (row.id.to_string(), (row.name.clone(), row.modified))).collect()
    }

    fn write(&self) -> Result<(), StoreError> {
        let number = self.writes.get();
        self.writes.set(number + 1);
        match self.store_fails.borrow_mut().remove(&number) {
            true => Err(StoreError("database is locked".into())),
            false => Ok(()),
        }
    }
}

pub struct Given(pub HashMap<&'static str, String>);

impl Variables for Given {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl Clock for World {
    fn wall_ms(&self) -> i64 {
        self.wall.get()
    }
    fn monotonic(&self) -> Duration {
        self.monotonic.get()
    }
    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

impl Store for World {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.fuse.around(|| Ok(self.store.borrow().get(key).cloned()))
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.fuse.around(|| {
            self.write()?;
            self.store.borrow_mut().insert(key.to_owned(), value.to_vec());
            Ok(())
        })
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.fuse.around(|| {
            self.write()?;
            self.store.borrow_mut().extend(entries.iter().cloned());
            Ok(())
        })
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.fuse.around(|| {
            self.write()?;
            self.store.borrow_mut().retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.fuse.around(|| {
            self.write()?;
            let mut counters = self.counters.borrow_mut();
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += by;
            Ok(*counter)
        })
    }
}

/// Nobody answers: what goes through these is for the scenario tests.
impl Http for World {
    fn start(&self, _: http::Request<Vec<u8>>, _: Duration) -> CallId {
        CallId(0)
    }
    fn finish(&self, _: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        Err(HttpFailure { denied: false, message: "ConnectionRefused".into() })
    }
    fn cancel(&self, _: CallId) {}
}

impl Sql for World {
    fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        Err(SqlFailure("ConnectionFailed(\"Connection refused\")".into()))
    }
}

impl Log for World {
    fn line(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        self.random.set(self.random.get().wrapping_add(1));
        buffer.fill(self.random.get());
    }
}

/// Source and target over the world's memory.
pub struct Memory<'w>(pub &'w World);

pub fn failure(class: Class) -> Failure {
    Failure::new(class, Problem::new("planned", "a planned failure", "计划内的失败"))
}

impl Source for Memory<'_> {
    fn start(&mut self, ask: &Ask, _: Duration) -> Result<CallId, Failure> {
        self.0.fuse.around(|| {
            self.0.asked.borrow_mut().push(ask.clone());
            Ok(CallId(0))
        })
    }

    fn finish(&mut self, _: CallId, ask: &Ask) -> Result<Page, Failure> {
        let world = self.0;
        let page = world.fuse.around(|| {
            world.advance(world.page_time.get());
            if let Some(class) = world.source_failures.borrow_mut().pop() {
                return Err(failure(class));
            }
            if world.no_single_records.get() && matches!(ask, Ask::Ids(_)) {
                return Err(failure(Class::Fatal));
            }
            let mut rows = world.rows.borrow().clone();
            rows.sort_by_key(|row| row.key);
            let behind = |after: &Option<String>, row: &Row| {
                after.as_ref().is_none_or(|after| row.key > after.parse().unwrap())
            };
            rows.retain(|row| match ask {
                Ask::Window { begin, end, after } => {
                    row.modified >= *begin && row.modified <= *end && behind(after, row)
                }
                Ask::Everything { after } => behind(after, row),
                Ask::Ids(ids) => ids.contains(&row.id.to_string()),
            });
            if !matches!(ask, Ask::Ids(_)) {
                rows.truncate(world.page_size.get());
            }
            if world.empty_pages.get() > 0 {
                world.empty_pages.set(world.empty_pages.get() - 1);
                rows.clear();
            }
            let details = world.details.borrow();
            let details = |row: &Row| details.get(&row.id).cloned().unwrap_or_default();
            let cell = |row: &Row| {
                vec![json!(row.key), json!(row.id), json!(row.name), json!(row.modified), details(row)]
            };
            Ok(Page {
                then: rows.last().map_or(Then::PerhapsEnd, |row| Then::More(row.key.to_string())),
                rows: Rows::Table {
                    names: ["FMATERIALID", "FMasterId", "FName", "modified", "details"]
                        .map(String::from)
                        .to_vec(),
                    cells: rows.iter().map(cell).collect(),
                },
                source_now: Some(world.wall.get() / 1000 + world.source_clock_off.get()),
            })
        })?;
        let hook = world.after_page.borrow_mut().take();
        if let Some(mut hook) = hook {
            hook(world, world.asked.borrow().len());
            world.after_page.replace(Some(hook));
        }
        Ok(page)
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }
    fn ids_per_call(&self) -> usize {
        3
    }
    fn calls(&self) -> u64 {
        self.0.asked.borrow().len() as u64
    }
}

impl Target for Memory<'_> {
    fn map(&self, record: &dyn Record, _: &Context) -> Result<Document, RowError> {
        let field = |name| record.field(name).cloned().unwrap_or(Value::Null);
        let name = record.field("details_name").or(record.field("FName")).cloned().unwrap_or(Value::Null);
        Ok(Document::Json(json!([field("FMasterId"), name, field("modified")])))
    }

    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        let world = self.0;
        world.fuse.around(|| {
            if let Some(class) = world.target_failures.borrow_mut().pop() {
                return Err(failure(class));
            }
            let outcomes = rows.into_iter().map(|document| {
                let Document::Json(cells) = document else { unreachable!("mapped to JSON") };
                let id = cells[0].as_str().map_or_else(|| cells[0].to_string(), str::to_owned);
                let name = cells[1].as_str().unwrap().to_owned();
                if name.starts_with("bad") {
                    return Outcome::Dead(Problem::new(
                        "value_too_long",
                        format!("{name} is too long"),
                        "过长",
                    ));
                }
                let row = (id, (name, cells[2].as_i64().unwrap()));
                world.unflushed.borrow_mut().push(row);
                Outcome::Written
            });
            Ok(outcomes.collect())
        })
    }

    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        let world = self.0;
        world.fuse.around(|| {
            let table = world.table.borrow();
            let there = |document: &Document| {
                let Document::Json(cells) = document else { unreachable!("mapped to JSON") };
                table.contains_key(&cells[0].to_string())
            };
            Ok(rows.iter().map(there).collect())
        })
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let world = self.0;
        world.fuse.around(|| {
            for (id, row) in world.unflushed.borrow_mut().drain(..) {
                world.delivered.borrow_mut().push(id.clone());
                world.table.borrow_mut().insert(id, row);
            }
            Ok(())
        })
    }

    fn reset(&mut self) {
        self.0.unflushed.borrow_mut().clear();
    }
    fn calls(&self) -> u64 {
        0
    }
}

/// The flow of a file, between the platforms that it names.
pub fn component(flow_file: &str) -> Component<'_> {
    Component {
        flow_file,
        source: ferry_sync::source::galaxy::load,
        target: ferry_sync::target::mysql::load,
        lookups: None,
    }
}
