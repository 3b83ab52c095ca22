//! The target alone, with HTTP to a simulator in this process, a store in memory, and a fuse.

use crate::fuse::Fuse;
use ferry_mapping::{Context, FlowFile};
use ferry_simulators::wise::{Config, Op, Running, Wise};
use ferry_sync::host::*;
use ferry_sync::problem::Failure;
use ferry_sync::seal::Seal;
use ferry_sync::target::{Document, Existing, Opening, Outcome, Target, TargetPart, wise};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The flow that ships.
pub const FLOW_FILE: &str = include_str!("../../../../functions/okki-orders-to-wise/flow.json");

type Answered = Result<http::Response<Vec<u8>>, HttpFailure>;

pub struct World {
    pub simulator: Running,
    pub file: FlowFile,
    pub existing: Existing,
    /// The end of the lease.
    pub until: Option<Duration>,
    /// The host's rules forbid all calls.
    pub denied: bool,
    /// Kills at a call: before it is sent, or when it has been worked on and before its answer is here.
    pub fuse: Fuse,
    /// The work of this call (counted from 0) is done, and this HTTP status and text come as its answer.
    pub twisted: Cell<Option<(usize, u16, &'static str)>>,
    part: Box<dyn TargetPart>,
    seal: Seal,
    variables: HashMap<&'static str, String>,
    passed: Cell<Duration>,
    documents: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    calls: RefCell<HashMap<u64, Answered>>,
    sent: Cell<usize>,
}

impl World {
    pub fn new() -> World {
        let simulator = Wise::start(Config::default()).unwrap();
        let variables = HashMap::from([
            ("wise_scheme", "http".to_owned()),
            ("wise_host", simulator.address().to_string()),
            ("wise_path", "/K3API/".to_owned()),
            ("wise_authority_code", simulator.authority_code()),
        ]);
        let file = ferry_mapping::parse(FLOW_FILE).unwrap();
        let world = World {
            simulator,
            existing: Existing::Keep,
            until: None,
            denied: false,
            fuse: Fuse::default(),
            twisted: Cell::default(),
            part: Box::new(Unopened),
            file,
            seal: Seal::new("state-state-state-state-state"),
            variables,
            passed: Cell::default(),
            documents: RefCell::default(),
            counters: RefCell::default(),
            calls: RefCell::default(),
            sent: Cell::default(),
        };
        world.reloaded()
    }

    /// With the target as the flow file now says.
    pub fn reloaded(self) -> World {
        let part = wise::load(&self.file, &self).unwrap_or_else(|why| panic!("{why:?}"));
        World { part, ..self }
    }

    /// The target for one invocation.
    pub fn open(&self) -> Box<dyn Target + '_> {
        self.calls.borrow_mut().clear();
        self.sent.set(0);
        self.part.open(&Opening {
            host: Host { clock: self, store: self, http: self, sql: self, log: self, random: self },
            file: &self.file,
            existing: self.existing,
            seal: &self.seal,
            until: self.until,
        })
    }

    pub fn settles_after(&self) -> Duration {
        self.part.settles_after()
    }

    pub fn map(&self, target: &dyn Target, records: &[Value]) -> Vec<Document> {
        let context = Context {
            params: &self.file.params,
            last_sync_time: 0,
            current_time: 0,
            page_size: 50,
            start_page: 1,
            start_row: 0,
            lookups: None,
        };
        records.iter().map(|record| target.map(record, &context).unwrap()).collect()
    }

    /// Writes records in an invocation of their own.
    pub fn write(&self, records: &[Value]) -> Result<Vec<Outcome>, Failure> {
        let mut target = self.open();
        let rows = self.map(&*target, records);
        target.write(rows)
    }

    /// Calls since the last time: tokens, looks, saves.
    pub fn called(&self) -> [u64; 3] {
        let called = [Op::TokenCreate, Op::GetList, Op::Save].map(|op| self.simulator.called(op));
        self.simulator.clear_log();
        called
    }

    /// The numbers that the stored orders carry for the source, in the order of their making.
    pub fn stored(&self) -> Vec<String> {
        let number = |page1: &serde_json::Map<String, Value>| {
            page1["FPOOrdBillNo"].as_str().unwrap_or_default().to_owned()
        };
        self.simulator.orders().iter().map(|order| number(&order.page1)).collect()
    }
}

/// An order as OKKI gives it.
pub fn order(number: &str) -> Value {
    json!({
        "order_id": 1, "order_no": number, "name": "订单", "remark": "", "account_date": "2024-01-29",
        "company": {"serial_id": "C0001", "name": "客户 1"}, "currency": "USD", "exchange_rate": "725",
        "target_port": "Ningbo", "shipment_deadline": "2024-02-28",
        "product_list": [
            {"product_no": "ITEM-0001", "product_name": "物料 1", "product_model": "M1", "unit": "个",
                "count": "2.5", "cost_amount": "10", "refer_order_no": ""},
            {"product_no": "ITEM-0002", "product_name": "物料 2", "product_model": "M2", "unit": "个",
                "count": "4", "cost_amount": "10", "refer_order_no": ""},
        ],
    })
}

pub fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| format!("SO-{n:03}")).collect()
}

pub fn orders(numbers: &[impl AsRef<str>]) -> Vec<Value> {
    numbers.iter().map(|number| order(number.as_ref())).collect()
}

/// Until the flow file is loaded.
struct Unopened;

impl TargetPart for Unopened {
    fn open<'h>(&'h self, _: &Opening<'h>) -> Box<dyn Target + 'h> {
        unreachable!("replaced at once")
    }
}

impl Variables for World {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

impl Clock for World {
    fn wall_ms(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from((real + self.passed.get()).as_millis()).unwrap()
    }
    fn monotonic(&self) -> Duration {
        self.passed.get()
    }
    fn sleep(&self, time: Duration) {
        self.passed.set(self.passed.get() + time);
    }
}

impl Store for World {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.documents.borrow().get(key).cloned())
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.set_many(&[(key.to_owned(), value.to_vec())])
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.documents.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.documents.borrow_mut().retain(|key, _| !keys.contains(key));
        Ok(())
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key.to_owned()).or_default();
        *counter += by;
        Ok(*counter)
    }
}

impl Http for World {
    fn start(&self, request: http::Request<Vec<u8>>, _: Duration) -> CallId {
        let nth = self.sent.replace(self.sent.get() + 1);
        let denied = || Err(HttpFailure { denied: true, message: "not allowed".into() });
        let answer = self.fuse.around(|| if self.denied { denied() } else { send(request) });
        let answer = match self.twisted.get() {
            Some((at, status, text)) if at == nth => {
                Ok(http::Response::builder().status(status).body(text.into()).unwrap())
            }
            _ => answer,
        };
        self.calls.borrow_mut().insert(nth as u64, answer);
        CallId(nth as u64)
    }
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        self.calls.borrow_mut().remove(&call.0).expect("a started call")
    }
    fn cancel(&self, call: CallId) {
        self.calls.borrow_mut().remove(&call.0);
    }
}

fn send(request: http::Request<Vec<u8>>) -> Answered {
    let agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
    let failed = |error: ureq::Error| HttpFailure { denied: false, message: error.to_string() };
    let (parts, mut body) = agent.run(request).map_err(failed)?.into_parts();
    let body = body.with_config().limit(64 << 20).read_to_vec().map_err(failed)?;
    Ok(http::Response::from_parts(parts, body))
}

impl Sql for World {
    fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        unreachable!("this target has no database")
    }
}

impl Log for World {
    fn line(&self, _: &str) {}
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}
