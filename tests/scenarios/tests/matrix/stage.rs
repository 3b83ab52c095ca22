//! One flow between its systems, for one case: what goes wrong is armed here, and what came of it is judged here.

use super::flows::{self, Facts, MATERIALS, Wrong};
use super::proxy::{At, Proxy};
use super::table::Outcome;
use chrono::{TimeDelta, Utc};
use ferry_scenarios::app::documents::{self, Documents};
use ferry_scenarios::app::galaxy::shanghai;
use ferry_scenarios::app::systems::Systems;
use ferry_scenarios::app::{BEHIND_MS, Crossing, Flow, Scene, compare};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;
use xtask::app::{Answer, Trigger};
use xtask::simulator::System;

/// A dead or doubtful run holds the next one up so long at most: a lease (`ferry_sync::hold::LONGEST`), and the
/// interval until the next call.
pub const RESUMES: Duration = Duration::from_secs(180 + 60);
/// How long 旺店通's account is left alone when it complains.
pub const LEFT_ALONE: Duration = Duration::from_secs(300);
/// From one call to the next when one did not get through.
const INTERVAL: Duration = Duration::from_secs(15);

/// A case's world.
pub struct Stage {
    pub flow: &'static str,
    pub facts: Facts,
    /// Not set: it is started at the first call.
    app: RefCell<Option<Flow>>,
    changes: RefCell<Vec<(String, String)>>,
    proxy: Option<Proxy>,
    ahead: Cell<Duration>,
    /// A system whose clock is so many milliseconds off.
    skew: Cell<Option<(System, i64)>>,
    /// What the case may wait, from its last fault on.
    patience: Cell<Duration>,
    armed: RefCell<Vec<System>>,
    proven: Cell<bool>,
    /// Keys and dead letters of what cannot be delivered.
    without: RefCell<BTreeSet<(String, String)>>,
    /// Records that the source has no more, and the target still has.
    kept: RefCell<Vec<Value>>,
    skipped: RefCell<BTreeSet<String>>,
    also_there: RefCell<BTreeSet<String>>,
    calls: Cell<u64>,
    // Last: it is searched for secrets when all else is gone.
    world: World,
}

enum World {
    Table(Box<Scene>),
    Crossing(Box<Crossing>),
}

impl Stage {
    /// A flow with so many records.
    pub fn with(flow: &'static str, case: &str, records: u64) -> Stage {
        let facts = Facts::of(flow);
        let world = if flow == MATERIALS {
            let name: String =
                case.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
            let scene = Scene::new(&format!("m_{name}"));
            scene.galaxy.set(json!({"clamp": 200}));
            scene.galaxy.generate(usize::try_from(records).expect("a few"));
            World::Table(Box::new(scene))
        } else {
            World::Crossing(Box::new(Crossing::new(flow, records)))
        };
        let proxy = match &world {
            World::Table(scene) => Some(Proxy::before(scene.database_port())),
            World::Crossing(_) => None,
        };
        let mut changes = Vec::new();
        if let Some(proxy) = &proxy {
            changes.push(("mysql_port".to_owned(), proxy.port().to_string()));
        }
        let stage = Stage {
            flow,
            facts,
            app: RefCell::new(None),
            changes: RefCell::new(changes),
            proxy,
            ahead: Cell::default(),
            skew: Cell::default(),
            patience: Cell::new(RESUMES),
            armed: RefCell::default(),
            proven: Cell::new(false),
            without: RefCell::default(),
            kept: RefCell::default(),
            skipped: RefCell::default(),
            also_there: RefCell::default(),
            calls: Cell::default(),
            world,
        };
        // What is modified is to be seen where the target takes updates.
        if matches!(flow, flows::MATERIALS | flows::SHOPS) {
            stage.set_variable("id_check", "false");
        }
        stage
    }

    /// The systems' control APIs.
    pub fn systems(&self) -> &Systems {
        match &self.world {
            World::Table(scene) => scene.galaxy.systems(),
            World::Crossing(crossing) => &crossing.systems,
        }
    }

    /// The scene of the table.
    pub fn table(&self) -> &Scene {
        match &self.world {
            World::Table(scene) => scene,
            World::Crossing(_) => panic!("{} has no table", self.flow),
        }
    }

    /// Whether the host's clock can be moved.
    pub fn is_local(&self) -> bool {
        match &self.world {
            World::Table(scene) => scene.is_local(),
            World::Crossing(crossing) => crossing.is_local(),
        }
    }

    /// Sets a variable of the flow's own, as `id_check`; before the app's start.
    pub fn set_variable(&self, name: &str, value: &str) {
        self.set_app_variable(&format!("{}_{name}", self.flow.replace('-', "_")), value);
    }

    /// Sets a variable of the app; before its start.
    pub fn set_app_variable(&self, name: &str, value: &str) {
        assert!(self.app.borrow().is_none(), "the app runs already");
        let mut changes = self.changes.borrow_mut();
        changes.retain(|(other, _)| other != name);
        changes.push((name.to_owned(), value.to_owned()));
    }

    /// Lets a variable be what it was before [`Stage::set_app_variable`].
    pub fn unset_app_variable(&self, name: &str) {
        self.changes.borrow_mut().retain(|(other, _)| other != name);
    }

    /// The app, started if it is not.
    pub fn with_app<R>(&self, act: impl FnOnce(&Flow) -> R) -> R {
        if self.app.borrow().is_none() {
            let changes = self.changes.borrow();
            let changes: Vec<(&str, &str)> =
                changes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let app = match &self.world {
                World::Table(scene) => scene.start_with(Trigger::Http, &changes),
                World::Crossing(crossing) => crossing.start_with(&changes),
            };
            *self.app.borrow_mut() = Some(app);
            self.set_clocks();
        }
        act(self.app.borrow().as_ref().expect("it was started"))
    }

    /// Stops the app; the next call starts it again, with its state.
    pub fn stop(&self) {
        *self.app.borrow_mut() = None;
    }

    /// Time goes by: for the app and for all systems.
    pub fn wait(&self, time: Duration) {
        self.ahead.set(self.ahead.get() + time);
        if self.is_local() {
            self.with_app(|_| ());
            self.set_clocks();
        } else {
            std::thread::sleep(time);
        }
    }

    fn set_clocks(&self) {
        if !self.is_local() {
            return;
        }
        let ahead = i64::try_from(self.ahead.get().as_millis()).expect("a test is short");
        self.app.borrow().as_ref().expect("it was started").app.clock(ahead).expect("on the local host");
        self.systems().set_clocks(ahead - BEHIND_MS);
        if let Some((system, ms)) = self.skew.get() {
            self.systems().set(system, json!({"clock_offset_ms": ahead + ms}));
        }
    }

    /// Lets a system's clock be so many milliseconds ahead of everybody else's.
    pub fn skew(&self, system: System, ms: i64) {
        self.skew.set(Some((system, ms)));
        self.systems().set(system, json!({"clock_offset_ms": ms}));
    }

    /// The systems' wall clock in Shanghai, as `2026-11-20T10:00:00`.
    pub fn now(&self) -> String {
        let ahead = TimeDelta::from_std(self.ahead.get()).expect("a test is short");
        shanghai(Utc::now() + ahead - TimeDelta::milliseconds(BEHIND_MS))
    }

    // What goes wrong.

    /// Arms a misbehaviour of `times` calls (all, if `None`) of an operation after `skip`; it must fire. `false`: it
    /// cannot happen there.
    pub fn arm(&self, (system, op): (System, &str), wrong: Wrong, skip: usize, times: Option<usize>) -> bool {
        let Some(what) = wrong.at(system) else { return false };
        self.arm_as((system, op), what, skip, times);
        true
    }

    /// The same in the simulator's own words.
    pub fn arm_as(&self, (system, op): (System, &str), what: Value, skip: usize, times: Option<usize>) {
        self.systems().arm(system, op, what, skip, times);
        let mut armed = self.armed.borrow_mut();
        if !armed.contains(&system) {
            armed.push(system);
        }
    }

    /// Lets the database's connection misbehave; it must fire.
    pub fn arm_database(&self, at: At, times: usize) {
        self.proxy.as_ref().expect("a flow into a database").arm(at, times);
    }

    /// All is well again. What was armed must have fired.
    pub fn disarm(&self) {
        self.check_that_it_fired();
        for system in self.armed.take() {
            self.systems().delete(system, "/faults");
        }
        if let Some(proxy) = &self.proxy {
            proxy.disarm();
        }
    }

    fn check_that_it_fired(&self) {
        for system in self.armed.borrow().iter() {
            let fired = self.systems().fired(*system);
            assert!(
                fired.iter().all(|times| *times > 0),
                "a fault of {} never fired: {fired:?}",
                system.name()
            );
            self.proven.set(true);
        }
        if let Some(proxy) = &self.proxy
            && let Some(broken) = proxy.broken()
        {
            assert!(broken > 0, "the database's connection did not misbehave");
            self.proven.set(true);
        }
    }

    /// The case has seen by itself that its fault happened.
    pub fn saw(&self, it_happened: bool, what: &str) {
        assert!(it_happened, "it did not happen: {what}");
        self.proven.set(true);
    }

    /// The case may take so much longer than a lease and an interval.
    pub fn allow(&self, more: Duration) {
        self.patience.set(self.patience.get() + more);
    }

    /// This record cannot be delivered: it must be a dead letter in the end.
    pub fn without(&self, record: &Value) {
        let ids = (flows::key(self.flow, record), flows::letter(self.flow, record));
        self.without.borrow_mut().insert(ids);
    }

    /// The source has these no more. Whether they were carried before that is a matter of chance.
    pub fn keeps(&self, records: &[Value]) {
        self.kept.borrow_mut().extend_from_slice(records);
    }

    /// These are not to be delivered, and are no dead letters.
    pub fn skips(&self, records: &[Value]) {
        self.skipped.borrow_mut().extend(records.iter().map(|record| flows::key(self.flow, record)));
    }

    /// Somebody else has put this into the target.
    pub fn also_there(&self, key: &str) {
        self.also_there.borrow_mut().insert(key.to_owned());
    }

    /// Gives all materials a new name now; the name.
    pub fn touch_all(&self) -> &'static str {
        let name = "全部改名";
        let ids = ferry_scenarios::app::Galaxy::ids(&self.records());
        assert!(self.change(json!({"do": "modify", "ids": ids, "set": {"name": name}})) > 100);
        name
    }

    /// So many days before now, Shanghai time, as `2026-11-20 10:00:00`.
    pub fn days_ago(&self, days: i64) -> String {
        shanghai(Utc::now() - TimeDelta::days(days)).replace('T', " ")
    }

    /// Where the flow began, Shanghai time.
    pub fn begin(&self) -> String {
        let flow = xtask::flows::Flow::find(self.flow).expect("a flow");
        flow.start().map_or_else(|| "2020-01-01 00:00:00".to_owned(), |(_, begin)| begin)
    }

    // What the source holds.

    /// The records that the flow should carry, as the source lists them.
    pub fn records(&self) -> Vec<Value> {
        match &self.world {
            World::Table(scene) => scene.galaxy.carried(),
            World::Crossing(crossing) => crossing.records(),
        }
    }

    /// Changes the source now.
    pub fn change(&self, change: Value) -> u64 {
        self.systems().change(self.facts.list.0, change)
    }

    /// Changes the source when it has made the answer to so many queries from now.
    pub fn change_after(&self, queries: usize, change: Value) {
        self.systems().change_after_query(self.facts.list.0, queries, change);
    }

    /// Lets Galaxy know what returns and stock-outs name, also these that are not there yet.
    pub fn fit(&self, more: &[Value]) {
        let mut records = self.records();
        records.extend(more.iter().cloned());
        match self.flow {
            flows::RETURNS => self.systems().fit(&records, &[]),
            flows::STOCKOUTS => self.systems().fit(&[], &records),
            _ => {}
        }
    }

    /// What the target holds, by key; what is there twice comes twice.
    pub fn arrived(&self) -> Vec<(String, Value)> {
        match &self.world {
            World::Table(scene) => rows(scene.table()),
            World::Crossing(crossing) => crossing.arrivals(),
        }
    }

    // Calls.

    /// One call of `run`, whatever comes of it.
    pub fn call(&self) -> Answer {
        self.call_with(&json!({}))
    }

    /// The same with a body.
    pub fn call_with(&self, body: &Value) -> Answer {
        let answer = self.with_app(|flow| flow.call(body).expect("an answer"));
        for name in ["source", "lookup", "target"] {
            let made = answer.body["calls"][name].as_u64().unwrap_or_default();
            self.calls.set(self.calls.get() + made);
        }
        answer
    }

    /// A request to the flow as its administrator.
    pub fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.with_app(|flow| flow.ask(method, path, body))
    }

    /// Calls until there is nothing more to do, waiting where a call does not get through; the reports. Nothing more:
    /// two runs in a row without an error, an interval apart, and no row that the first one left for later.
    pub fn settle(&self) -> Vec<Value> {
        let mut reports = Vec::new();
        let mut waited = Duration::ZERO;
        let mut quiet = 0;
        loop {
            let answer = self.call();
            let through = answer.status == 200 && answer.body["error"].is_null();
            assert!(matches!(answer.status, 200 | 409 | 502 | 503), "{}", answer.body);
            if through && answer.body["has_more"] == true {
                reports.push(answer.body);
                assert!(reports.len() < 200, "it goes on for ever: {}", reports[199]);
                continue;
            }
            if through {
                reports.push(answer.body.clone());
                quiet += 1;
                if quiet == 2 {
                    return reports;
                }
            } else {
                quiet = 0;
                waited += INTERVAL;
                assert!(waited <= self.patience.get(), "after {waited:?} still: {}", answer.body);
            }
            self.wait(INTERVAL);
        }
    }

    fn compared(&self, records: &[Value], plain: &dyn Fn(&[Value]) -> Documents) -> documents::Verdict {
        let (mut expected, mut arrived) = (plain(records), self.arrived());
        arrived.retain(|(key, _)| !self.also_there.borrow().contains(key));
        for (key, document) in plain(&self.kept.borrow()) {
            if arrived.iter().any(|(there, _)| *there == key) {
                expected.insert(key, document);
            }
        }
        documents::verdict(&expected, &arrived)
    }

    /// How it ended: record by record and field by field.
    ///
    /// # Panics
    /// When anything was lost, doubled or stale, the fault never fired, or the state is not as it should be.
    pub fn judge(&self) -> Outcome {
        self.check_that_it_fired();
        assert!(self.proven.get(), "nothing went wrong in this case");
        let (without, bound_to_die): (BTreeSet<String>, BTreeSet<String>) =
            self.without.borrow().iter().cloned().unzip();
        let mut records = self.records();
        let skipped = self.skipped.borrow().clone();
        let is_left_out = |key: &String| without.contains(key) || skipped.contains(key);
        records.retain(|record| !is_left_out(&flows::key(self.flow, record)));
        assert!(!records.is_empty(), "a case about nothing");
        let verdict = match &self.world {
            World::Table(_) => {
                self.compared(&records, &|records| rows(compare::rows_of(records)).into_iter().collect())
            }
            World::Crossing(crossing) => self.compared(&records, &|records| crossing.expected(records)),
        };
        let state = self.ask("GET", "", json!(null));
        assert_eq!(state.status, 200, "the state can be read: {}", state.body);
        let state = state.body;
        let dead =
            ["waiting", "for_partner", "parked"].map(|kind| state["dead"][kind].as_u64().expect("a count"));
        let outcome = Outcome {
            lost: verdict.lost.len(),
            doubled: verdict.doubled.len(),
            stale: verdict.stale.len(),
            dead: dead.iter().sum(),
            calls: self.calls.get(),
        };
        assert!(verdict.is_clean(), "{verdict}");
        let letters = self.ask("GET", "/dead?limit=500", json!(null)).body;
        let listed = letters["letters"].as_array().expect("a list");
        let listed: BTreeSet<String> =
            listed.iter().map(|letter| letter["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(listed, bound_to_die, "the dead letters are those that cannot be delivered: {letters}");
        assert_eq!(outcome.dead, without.len() as u64, "{state}");
        assert_eq!(state["failures"], 0, "{state}");
        assert_eq!(state["window"], json!(null), "{state}");
        assert_eq!(state["lease"]["held"], false, "{state}");
        let last = &state["reports"][0];
        assert_eq!(state["watermark"], last["watermark"], "{state}");
        let lag = state["lag_seconds"].as_u64().expect("seconds");
        assert!(lag < 240, "all is settled, up to the source's own now less the safety lag: {lag} s");
        outcome
    }
}

fn rows(rows: compare::Rows) -> Vec<(String, Value)> {
    rows.into_iter().map(|(id, row)| (id, json!(row))).collect()
}
