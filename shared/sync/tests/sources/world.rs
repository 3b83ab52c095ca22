//! The engine's world: clocks that stand still unless something takes time, a store and a target in memory, and
//! HTTP to a simulator in this process, which is told the time.

use crate::fuse::Fuse;
use ferry_mapping::{Context, FlowFile, Record, RowError, Value};
use ferry_sync::flow::{Component, Flow, Unloaded};
use ferry_sync::hold::{NotNow, holding};
use ferry_sync::host::*;
use ferry_sync::lease::Clocks;
use ferry_sync::problem::Failure;
use ferry_sync::report::{Report, Trigger};
use ferry_sync::run::{Limits, Run};
use ferry_sync::source::{Ask, Page, SourcePart};
use ferry_sync::target::{Document, Opening, Outcome, Target};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A durable write.
const STORE_WRITE: Duration = Duration::from_millis(7);

pub type Load = fn(&FlowFile, &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded>;

type Answered = Result<http::Response<Vec<u8>>, HttpFailure>;

pub struct World<'w> {
    pub flow_file: String,
    pub load: Load,
    pub variables: HashMap<&'static str, String>,
    /// Tells the simulator the time, Unix ms, before each call.
    pub tell: Box<dyn Fn(i64) + 'w>,
    /// From request to answer.
    pub latency: Duration,
    /// What the target takes for a page.
    pub page_takes: Duration,
    began_ms: i64,
    passed: Cell<Duration>,
    documents: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    calls: RefCell<HashMap<u64, (Duration, Answered)>>,
    next_call: Cell<u64>,
    /// When calls were made, Unix ms.
    pub called_at: RefCell<Vec<i64>>,
    /// How often each id was delivered.
    pub delivered: RefCell<BTreeMap<String, usize>>,
    pub log: RefCell<Vec<String>>,
    random: Cell<u8>,
}

pub fn real_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

impl<'w> World<'w> {
    pub fn new(flow_file: String, load: Load, tell: impl Fn(i64) + 'w) -> World<'w> {
        World {
            flow_file,
            load,
            variables: HashMap::from([
                ("flows_enabled", "all".into()),
                ("admin_token", "admin-admin-admin-admin-admin".into()),
                ("state_key", "state-state-state-state-state".into()),
                ("mysql_host", "127.0.0.1".into()),
                ("mysql_port", "3306".into()),
                ("mysql_user", "ferry".into()),
                ("mysql_password", "secret-of-mysql".into()),
                ("mysql_database", "crm".into()),
            ]),
            tell: Box::new(tell),
            latency: Duration::from_millis(150),
            page_takes: Duration::from_millis(450),
            began_ms: real_ms() / 60_000 * 60_000,
            passed: Cell::default(),
            documents: RefCell::default(),
            counters: RefCell::default(),
            calls: RefCell::default(),
            next_call: Cell::default(),
            called_at: RefCell::default(),
            delivered: RefCell::default(),
            log: RefCell::default(),
            random: Cell::default(),
        }
    }

    pub fn host(&self) -> Host<'_> {
        Host { clock: self, store: self, http: self, sql: self, log: self, random: self }
    }

    pub fn flow(&self) -> Flow {
        let component = Component {
            flow_file: &self.flow_file,
            source: self.load,
            target: ferry_sync::target::mysql::load,
            lookups: None,
        };
        Flow::load(&component, self).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// One invocation.
    pub fn run(&self) -> Result<Report, NotNow> {
        self.run_over(self.host())
    }

    /// One invocation, over another outside world.
    pub fn run_over(&self, host: Host<'_>) -> Result<Report, NotNow> {
        let flow = self.flow();
        holding(host, &flow, None, |lease, state| {
            let clocks = Clocks { monotonic: self.monotonic(), wall_ms: self.wall_ms() };
            let until = Some(self.monotonic() + lease.remaining(clocks));
            let source = flow.source.open(&Opening { host, ..self.opening(&flow, until) });
            let limits = Limits { max_pages: None, budget: flow.file.delivery.budget, accept_dead: false };
            let target = Box::new(Memory(self));
            Run::new(host, &flow, source, target, None, Some(lease), limits, Trigger::Cron, state).run()
        })
    }

    /// Runs, a minute apart, until there is no more to do.
    pub fn drain(&self) -> Report {
        for _ in 0..40 {
            let report = self.run().unwrap_or_else(|why| panic!("{}", why.into_problem()));
            if !report.has_more {
                return report;
            }
            self.sleep(Duration::from_secs(60));
        }
        panic!("it never ends: {:?}", self.log.borrow().last());
    }

    /// One question to the source.
    pub fn ask(&self, ask: &Ask) -> Result<Page, Failure> {
        let flow = self.flow();
        let mut source = flow.source.open(&self.opening(&flow, None));
        let call = source.start(ask, Duration::from_secs(60))?;
        source.finish(call, ask)
    }

    pub fn opening<'h>(&'h self, flow: &'h Flow, until: Option<Duration>) -> Opening<'h> {
        let settings = &flow.settings;
        Opening {
            host: self.host(),
            file: &flow.file,
            existing: settings.existing,
            seal: &settings.seal,
            until,
        }
    }

    pub fn ids(&self) -> Vec<String> {
        self.delivered.borrow().keys().cloned().collect()
    }
}

impl Variables for World<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

impl Clock for World<'_> {
    fn wall_ms(&self) -> i64 {
        self.began_ms + i64::try_from(self.passed.get().as_millis()).unwrap()
    }
    fn monotonic(&self) -> Duration {
        self.passed.get()
    }
    fn sleep(&self, time: Duration) {
        self.passed.set(self.passed.get() + time);
    }
}

impl Store for World<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.documents.borrow().get(key).cloned())
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.set_many(&[(key.to_owned(), value.to_vec())])
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.sleep(STORE_WRITE);
        self.documents.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.sleep(STORE_WRITE);
        self.documents.borrow_mut().retain(|key, _| !keys.contains(key));
        Ok(())
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.sleep(STORE_WRITE);
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key.to_owned()).or_default();
        *counter += by;
        Ok(*counter)
    }
}

/// The simulator works at once, half way through the latency; the answer is here at its end.
impl Http for World<'_> {
    fn start(&self, request: http::Request<Vec<u8>>, _: Duration) -> CallId {
        let id = self.next_call.get();
        self.next_call.set(id + 1);
        let arrives = self.wall_ms() + i64::try_from(self.latency.as_millis()).unwrap() / 2;
        self.called_at.borrow_mut().push(arrives);
        (self.tell)(arrives);
        let answer = send(request);
        self.calls.borrow_mut().insert(id, (self.passed.get() + self.latency, answer));
        CallId(id)
    }
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        let (at, answer) = self.calls.borrow_mut().remove(&call.0).expect("a started call");
        self.passed.set(self.passed.get().max(at));
        answer
    }
    fn cancel(&self, call: CallId) {
        self.calls.borrow_mut().remove(&call.0);
    }
}

/// The way out, with a fuse in it: one effect is a call that begins.
pub struct Fused<'f, 'w>(pub &'f Fuse, pub &'f World<'w>);

impl Http for Fused<'_, '_> {
    fn start(&self, request: http::Request<Vec<u8>>, timeout: Duration) -> CallId {
        self.0.around(|| Http::start(self.1, request, timeout))
    }
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        Http::finish(self.1, call)
    }
    fn cancel(&self, call: CallId) {
        Http::cancel(self.1, call);
    }
}

pub fn send(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, HttpFailure> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let failed = |error: ureq::Error| HttpFailure { denied: false, message: error.to_string() };
    let (parts, mut body) = agent.run(request).map_err(failed)?.into_parts();
    let body = body.with_config().limit(64 << 20).read_to_vec().map_err(failed)?;
    Ok(http::Response::from_parts(parts, body))
}

impl Sql for World<'_> {
    fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        Err(SqlFailure("ConnectionFailed(\"Connection refused\")".into()))
    }
}

impl Log for World<'_> {
    fn line(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

impl Random for World<'_> {
    fn fill(&self, buffer: &mut [u8]) {
        self.random.set(self.random.get().wrapping_add(1));
        buffer.fill(self.random.get());
    }
}

/// Remembers what came.
struct Memory<'w>(&'w World<'w>);

impl Target for Memory<'_> {
    fn map(&self, record: &dyn Record, _: &Context) -> Result<Document, RowError> {
        let id = ["io_id", "shop_id", "stockout_no", "order_id"].iter().find_map(|name| record.field(name));
        Ok(Document::Json(id.cloned().unwrap_or(Value::Null)))
    }
    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        self.0.sleep(self.0.page_takes);
        let mut delivered = self.0.delivered.borrow_mut();
        let written = rows.into_iter().map(|document| {
            let Document::Json(id) = document else { unreachable!("mapped to JSON") };
            *delivered.entry(id.as_str().map_or_else(|| id.to_string(), str::to_owned)).or_default() += 1;
            Outcome::Written
        });
        Ok(written.collect())
    }
    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        unreachable!("{} rows to compare: nobody here asks for it", rows.len())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(())
    }
    fn reset(&mut self) {}
    fn calls(&self) -> u64 {
        0
    }
}

/// A flow file with this source, and a target that is never opened.
pub fn flow_file(source: Value, budget: &str) -> String {
    let id = source["id"].as_str().unwrap().to_owned();
    json!({
        "name": "source-to-memory", "title": {"en": "A source", "zh": "来源"},
        "source": source,
        "target": {
            "platform": "mysql", "account": "mysql", "api": "execute", "effect": "EXECUTE", "method": "SQL", "idCheck": false,
            "request": [{"field": "main_params", "type": "object", "children": [
                {"field": "id", "type": "string", "value": format!("{{{{{id}}}}}"), "is_required": true}]}],
            "otherRequest": [{"field": "main_sql", "value": "INSERT INTO t (id) VALUES (:id)"}],
        },
        "delivery": {"expect_every": "5m", "budget": budget},
    })
    .to_string()
}
