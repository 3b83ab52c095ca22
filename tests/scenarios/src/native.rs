//! The engine, natively, between simulators in this process and a real database: the same code as in the
//! component, over clocks that a test may move and effects that it may let be the last, or interrupt.

mod host;
mod shipped;

pub use shipped::BETWEEN_SYSTEMS;

use crate::app::systems::Control;
use ferry_simulators::company::{self, Company};
use ferry_simulators::galaxy::{Galaxy, Material, Running};
use ferry_sync::flow::{Component, Load};
use ferry_sync::host::{Host, HttpFailure};
use ferry_sync::lookup::LookupPart;
use ferry_sync::source::SourcePart;
use ferry_sync::target::TargetPart;
use ferry_sync::webhook;
use mysql::prelude::Queryable;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use xtask::simulator::System;

/// The flow's name.
pub const FLOW: &str = "galaxy-materials-to-mysql";
/// The flow's file as it is shipped.
pub const FLOW_FILE: &str = include_str!("../../../functions/galaxy-materials-to-mysql/flow.json");
const ADMIN: &str = "admin-admin-admin-admin-admin";
/// Each effect takes so long by the engine's clock, so that it commits now and then.
const EFFECT_TIME: Duration = Duration::from_millis(35);

/// What an invocation dies of.
struct Killed;

/// What happens in the middle of a run.
type Interruption = Box<dyn FnOnce(&Native)>;

/// Counts effects, and lets one be the last: before it is done, or after.
#[derive(Default)]
pub struct Fuse {
    count: Cell<usize>,
    kill_at: Cell<Option<(usize, bool)>>,
}

impl Fuse {
    fn around<R>(&self, effect: impl FnOnce() -> R) -> R {
        let number = self.count.get();
        self.count.set(number + 1);
        if self.kill_at.get() == Some((number, false)) {
            panic_any(Killed);
        }
        let result = effect();
        if self.kill_at.get() == Some((number, true)) {
            panic_any(Killed);
        }
        result
    }
}

type Answered = Result<http::Response<Vec<u8>>, HttpFailure>;

/// A flow as its component names it: its name, and what loads its parts.
#[derive(Clone, Copy)]
pub struct Parts {
    /// The flow's name.
    pub flow: &'static str,
    /// Loads the source's part.
    pub source: Load<dyn SourcePart>,
    /// Loads the target's part.
    pub target: Load<dyn TargetPart>,
    /// Loads the lookups' part, where the flow looks anything up.
    pub lookups: Option<Load<dyn LookupPart>>,
}

/// The world of the engine.
pub struct Native {
    /// The simulated systems.
    pub company: Company,
    /// The flow's file.
    pub flow_file: String,
    parts: Parts,
    /// The app's variables, under the component's names.
    pub variables: RefCell<HashMap<&'static str, String>>,
    fuse: Rc<Fuse>,
    began: Instant,
    ahead: Cell<Duration>,
    skew_ms: Cell<i64>,
    interruption: RefCell<Option<(usize, Interruption)>>,
    documents: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    store_calls: Cell<StoreCalls>,
    calls: RefCell<HashMap<u64, JoinHandle<Answered>>>,
    next_call: Cell<u64>,
    agent: ureq::Agent,
    sql: Option<Table>,
}

/// What the engine has asked of its store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCalls {
    /// `get`.
    pub reads: u64,
    /// All else; a call with many keys counts once.
    pub writes: u64,
}

/// What lies in the engine's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Documents and counters.
    pub keys: usize,
    /// Of all keys and values.
    pub bytes: usize,
}

/// The table that a flow into MySQL writes to.
struct Table {
    database: String,
    name: String,
}

/// The tables of the native scenarios.
pub const CREATE_TABLE: &str = "(data_id VARCHAR(64) NOT NULL PRIMARY KEY, number VARCHAR(80), name VARCHAR(255), \
     product_line VARCHAR(80), specification_model VARCHAR(255), unit VARCHAR(40), modified_at DATETIME, \
     approved_at DATETIME) DEFAULT CHARACTER SET utf8mb4";

impl Native {
    /// A world whose target is a table of its own. Pages of 7 rows and statements of 3, so that little data makes
    /// many effects.
    pub fn new(table: &str, config: ferry_simulators::galaxy::Config) -> Native {
        let company = Company {
            galaxy: Some(Galaxy::start(config).expect("the simulator starts")),
            ..Company::default()
        };
        let flow_file = FLOW_FILE
            .replace("\"pageSize\": 2000", "\"pageSize\": 7")
            .replace("\"value\": \"1000\"", "\"value\": \"3\"");
        assert!(flow_file.contains("\"pageSize\": 7") && flow_file.contains("\"value\": \"3\""));
        Native::into_table(table, &flow_file, company)
    }

    /// A world whose target is a table of its own, with a company that runs Galaxy.
    ///
    /// # Panics
    /// When there is no database.
    pub fn into_table(table: &str, flow_file: &str, company: Company) -> Native {
        let database = std::env::var("FERRY_TEST_MYSQL").expect(
            "FERRY_TEST_MYSQL names the tests' database: `cargo xtask test` sets it, \
             or `cargo xtask database` prints it",
        );
        let (_, address) = database.split_once('@').expect("mysql://root@127.0.0.1:PORT/database");
        let (address, name) = address.split_once('/').expect("a database in the address");
        let (host, port) = address.split_once(':').expect("a port in the address");
        let variables = [
            ("mysql_host", host.to_owned()),
            ("mysql_port", port.to_owned()),
            ("mysql_user", "root".to_owned()),
            ("mysql_database", name.to_owned()),
            ("start", "2020-01-01 00:00:00".to_owned()),
        ];
        let parts = Parts {
            flow: FLOW,
            source: ferry_sync::source::galaxy::load,
            target: ferry_sync::target::mysql::load,
            lookups: None,
        };
        let flow_file = flow_file.replace("wk_wodtop_product", table);
        let mut native = Native::between(parts, flow_file, company, &variables);
        native.sql = Some(Table { database: database.clone(), name: table.to_owned() });
        native.forget();
        native
    }

    /// A world for any flow: its parts, its file, a company's systems, and what variables it has besides those of
    /// the company's accounts, under the component's names.
    pub fn between(
        parts: Parts,
        flow_file: String,
        company: Company,
        variables: &[(&'static str, String)],
    ) -> Native {
        hush();
        let mut all = HashMap::from([
            ("flows_enabled", "all".to_owned()),
            ("admin_token", ADMIN.to_owned()),
            ("state_key", "state-state-state-state-state".to_owned()),
        ]);
        for (system, simulated) in System::ALL.into_iter().zip(company::System::ALL) {
            assert_eq!(system.name(), simulated.name());
            if let Some((address, _)) = company.addresses(simulated) {
                all.extend(system.account(&address.to_string()));
            }
        }
        all.extend(variables.iter().cloned());
        Native {
            company,
            flow_file,
            parts,
            variables: RefCell::new(all),
            fuse: Rc::default(),
            began: Instant::now(),
            ahead: Cell::default(),
            skew_ms: Cell::default(),
            interruption: RefCell::default(),
            documents: RefCell::default(),
            counters: RefCell::default(),
            store_calls: Cell::default(),
            calls: RefCell::default(),
            next_call: Cell::default(),
            agent: ureq::Agent::config_builder().http_status_as_error(false).build().new_agent(),
            sql: None,
        }
    }

    /// The flow file of a flow as it is shipped.
    pub fn shipped(flow: &str) -> String {
        let file = xtask::root().join("functions").join(flow).join("flow.json");
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    /// The simulated Galaxy.
    pub fn galaxy(&self) -> &Running {
        self.company.galaxy.as_ref().expect("the company runs Galaxy")
    }

    /// The whole key-value store is lost.
    pub fn lose_store(&self) {
        self.documents.borrow_mut().clear();
        self.counters.borrow_mut().clear();
    }

    /// A document of the store.
    pub fn document(&self, key: &str) -> Option<Vec<u8>> {
        self.documents.borrow().get(key).cloned()
    }

    /// Puts a document into the store, as nobody of ours does.
    pub fn put_document(&self, key: &str, value: &[u8]) {
        self.documents.borrow_mut().insert(key.to_owned(), value.to_vec());
    }

    /// The names of the store's documents.
    pub fn keys(&self) -> Vec<String> {
        self.documents.borrow().keys().cloned().collect()
    }

    /// An empty table, an empty store.
    pub fn forget(&self) {
        self.lose_store();
        if let Some(Table { name, .. }) = &self.sql {
            self.sql(&format!("DROP TABLE IF EXISTS {name}"));
            self.sql(&format!("CREATE TABLE {name} {CREATE_TABLE}"));
        }
    }

    /// Runs a statement as a person would.
    pub fn sql(&self, statement: &str) {
        self.connect().query_drop(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    fn table(&self) -> &Table {
        self.sql.as_ref().expect("a flow into MySQL")
    }

    fn connect(&self) -> mysql::Conn {
        mysql::Conn::new(self.table().database.as_str()).expect("the tests' database answers")
    }

    /// Calls a route of the flow with the admin token; status and JSON.
    pub fn call(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/flows/{}{path}", self.parts.flow))
            .header("authorization", format!("Bearer {ADMIN}"))
            .body(body.as_bytes().to_vec())
            .expect("a valid request");
        let component = Component {
            flow_file: &self.flow_file,
            source: self.parts.source,
            target: self.parts.target,
            lookups: self.parts.lookups,
        };
        let response = webhook::handle(self.host(), &component, self, &request);
        (response.status().as_u16(), serde_json::from_slice(response.body()).expect("every answer is JSON"))
    }

    /// One invocation that dies at an effect. `false`: it lived, since it has fewer.
    pub fn run_killed_at(&self, effect: usize, done: bool) -> bool {
        self.fuse.count.set(0);
        self.fuse.kill_at.set(Some((effect, done)));
        let result = catch_unwind(AssertUnwindSafe(|| self.call("POST", "/run", "")));
        self.fuse.kill_at.set(None);
        match result {
            Ok(_) => false,
            Err(payload) if payload.is::<Killed>() => true,
            Err(other) => resume_unwind(other),
        }
    }

    /// One invocation in whose middle something happens, before one of its effects on the store or the net. Its
    /// status and report, or `None` where it has fewer effects.
    pub fn run_interrupted_at(
        &self,
        effect: usize,
        what: impl FnOnce(&Native) + 'static,
    ) -> Option<(u16, serde_json::Value)> {
        self.fuse.count.set(0);
        *self.interruption.borrow_mut() = Some((effect, Box::new(what)));
        let answer = self.call("POST", "/run", "");
        let happened = self.interruption.borrow_mut().take().is_none();
        happened.then_some(answer)
    }

    /// An effect on the store or the net.
    fn effect<R>(&self, effect: impl FnOnce() -> R) -> R {
        let now = self.fuse.count.get();
        let interruption = self.interruption.borrow_mut().take_if(|(at, _)| *at <= now);
        if let Some((_, what)) = interruption {
            what(self);
        }
        self.fuse.around(effect)
    }

    /// Sets how far our wall clock is ahead of that of all systems; behind, if negative.
    pub fn set_skew(&self, ms: i64) {
        self.skew_ms.set(ms);
    }

    /// Runs until there is no more to do, waiting for leases by moving all clocks. The reports.
    pub fn drain(&self) -> Vec<serde_json::Value> {
        let mut reports = Vec::new();
        while reports.len() < 30 {
            self.advance(ferry_sync::hold::LONGEST + Duration::from_secs(5));
            let (status, report) = self.call("POST", "/run", "");
            let done = status == 200 && report["has_more"] == false;
            reports.push(report);
            if done {
                return reports;
            }
        }
        panic!("it never ends: {}", reports[29]);
    }

    /// Moves the engine's clocks and those of all systems.
    pub fn advance(&self, time: Duration) {
        self.ahead.set(self.ahead.get() + time);
        let ahead = i64::try_from(self.ahead.get().as_millis()).expect("a test is short");
        self.company.set_clocks(ahead);
    }

    fn count(&self, one: impl FnOnce(&mut StoreCalls)) {
        let mut calls = self.store_calls.get();
        one(&mut calls);
        self.store_calls.set(calls);
    }

    /// What the engine has asked of its store so far.
    pub fn store_calls(&self) -> StoreCalls {
        self.store_calls.get()
    }

    /// What lies in its store now.
    pub fn stored(&self) -> Stored {
        let (documents, counters) = (self.documents.borrow(), self.counters.borrow());
        let bytes = documents.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>()
            + counters.keys().map(|key| key.len() + size_of::<i64>()).sum::<usize>();
        Stored { keys: documents.len() + counters.len(), bytes }
    }

    /// How many rows the table has.
    pub fn landed(&self) -> usize {
        let count = format!("SELECT COUNT(*) FROM {}", self.table().name);
        self.connect().query_first(count).expect("the table is there").expect("a count")
    }

    /// The table, by `data_id`, every column as text.
    pub fn rows(&self) -> BTreeMap<String, Vec<Option<String>>> {
        let select = format!(
            "SELECT data_id, number, name, product_line, specification_model, unit, \
             DATE_FORMAT(modified_at, '%Y-%m-%d %H:%i:%s'), DATE_FORMAT(approved_at, '%Y-%m-%d %H:%i:%s') FROM {}",
            self.table().name
        );
        let rows: Vec<mysql::Row> = self.connect().query(select).expect("the table is there");
        rows.into_iter()
            .map(|row| {
                let cells: Vec<Option<String>> = row.unwrap().into_iter().map(mysql::from_value).collect();
                (cells[0].clone().expect("the key is not null"), cells)
            })
            .collect()
    }

    /// What the table should hold, written down from the article, not from the flow file.
    pub fn expected(&self) -> BTreeMap<String, Vec<Option<String>>> {
        let filter = "FUseOrgId.fnumber='T00' and FDocumentStatus='C' and FForbidStatus='A'";
        let materials = self.galaxy().expected(filter).expect("a valid filter");
        materials.iter().map(|material| (material.master_id.to_string(), row(material))).collect()
    }
}

fn row(material: &Material) -> Vec<Option<String>> {
    let time = |time: chrono::NaiveDateTime| time.format("%Y-%m-%d %H:%M:%S").to_string();
    vec![
        Some(material.master_id.to_string()),
        Some(material.number.clone()),
        Some(material.name.clone()),
        material.product_line.as_ref().map(ToString::to_string),
        material.specification.as_ref().map(|text| text.trim_matches(' ').to_owned()),
        Some(material.base_unit.name.to_string()),
        Some(time(material.modify_date)),
        material.approve_date.map(time),
    ]
}

/// Silences the report of a planned death.
fn hush() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Killed>() {
                usual(info);
            }
        }));
    });
}

impl Native {
    /// The engine's view of this world.
    pub fn host(&self) -> Host<'_> {
        Host { clock: self, store: self, http: self, sql: self, log: self, random: self }
    }
}

impl Control for Native {
    fn get(&self, system: System, path: &str) -> serde_json::Value {
        read(self.agent.get(self.control(system, path)).call())
    }
}

impl Native {
    /// `POST` on a control API.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn post(&self, system: System, path: &str, body: &serde_json::Value) -> serde_json::Value {
        read(self.agent.post(self.control(system, path)).send_json(body))
    }

    fn control(&self, system: System, path: &str) -> String {
        let at = System::ALL.iter().position(|one| *one == system).expect("one of all");
        let (_, control) = self.company.addresses(company::System::ALL[at]).expect("the system runs");
        format!("http://{control}{path}")
    }
}

fn read(answer: Result<http::Response<ureq::Body>, ureq::Error>) -> serde_json::Value {
    let mut answer = answer.expect("the control API answers");
    serde_json::from_reader(answer.body_mut().as_reader()).expect("the control API answers with JSON")
}
