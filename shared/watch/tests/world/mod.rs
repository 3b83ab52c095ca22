//! A small world for the alerts: clocks, a store and a network in memory.

#![allow(dead_code, reason = "each test file uses its part")]

use ferry_sync::host::*;
use ferry_sync::problem::Problem;
use ferry_watch::fleet::Watched;
use http::{Request, Response};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// 2026-11-20 12:00:00 in Shanghai.
pub const NOON: i64 = 1_795_147_200;
/// The flow of most tests.
pub const FLOW: &str = "jushuitan-returns-to-galaxy";
pub const FLOW_FILE: &str = include_str!("../../../../functions/jushuitan-returns-to-galaxy/flow.json");
pub const OTHER_FILE: &str = include_str!("../../../../functions/okki-orders-to-wise/flow.json");
pub const OTHER: &str = "okki-orders-to-wise";

pub type Answer = Result<Response<Vec<u8>>, HttpFailure>;
/// What a request is answered.
pub type Network = dyn FnMut(&Request<Vec<u8>>) -> Answer;

pub struct World {
    pub wall_ms: Cell<i64>,
    pub monotonic: Cell<Duration>,
    pub store: RefCell<BTreeMap<String, Vec<u8>>>,
    pub counters: RefCell<BTreeMap<String, i64>>,
    /// Store calls from this one on fail, counted from 0.
    pub store_fails_from: Cell<Option<usize>>,
    store_calls: Cell<usize>,
    pub requests: RefCell<Vec<Request<Vec<u8>>>>,
    /// What the network answers.
    pub answer: RefCell<Box<Network>>,
    answers: RefCell<HashMap<u64, Answer>>,
    pub log: RefCell<Vec<String>>,
}

impl World {
    pub fn new() -> Self {
        World {
            wall_ms: Cell::new(NOON * 1000),
            monotonic: Cell::default(),
            store: RefCell::default(),
            counters: RefCell::default(),
            store_fails_from: Cell::new(None),
            store_calls: Cell::new(0),
            requests: RefCell::default(),
            answer: RefCell::new(Box::new(|_| taken())),
            answers: RefCell::default(),
            log: RefCell::default(),
        }
    }

    pub fn host(&self) -> Host<'_> {
        Host { clock: self, store: self, http: self, sql: self, log: self, random: self }
    }

    pub fn now(&self) -> i64 {
        self.wall_ms.get().div_euclid(1000)
    }

    pub fn pass(&self, seconds: i64) {
        self.wall_ms.set(self.wall_ms.get() + seconds * 1000);
        self.monotonic.set(self.monotonic.get() + Duration::from_secs(seconds.unsigned_abs()));
    }

    pub fn answers(&self, answer: impl FnMut(&Request<Vec<u8>>) -> Answer + 'static) {
        *self.answer.borrow_mut() = Box::new(answer);
    }

    /// The texts of the messages since the last call of this, those of the plain webhook.
    pub fn messages(&self) -> Vec<String> {
        let sent = std::mem::take(&mut *self.requests.borrow_mut());
        let text = |request: &Request<Vec<u8>>| {
            let body: Value = serde_json::from_slice(request.body()).ok()?;
            Some(body["text"].as_str()?.to_owned())
        };
        sent.iter().filter_map(text).collect()
    }

    fn store_call(&self) -> Result<(), StoreError> {
        let call = self.store_calls.get();
        self.store_calls.set(call + 1);
        match self.store_fails_from.get() {
            Some(first) if call >= first => Err(StoreError("the disk is full".into())),
            _ => Ok(()),
        }
    }
}

/// 200, as every robot says it.
pub fn taken() -> Answer {
    said(200, r#"{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}"#)
}

pub fn said(status: u16, body: &str) -> Answer {
    Ok(Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap())
}

impl Clock for World {
    fn wall_ms(&self) -> i64 {
        self.wall_ms.get()
    }
    fn monotonic(&self) -> Duration {
        self.monotonic.get()
    }
    fn sleep(&self, time: Duration) {
        self.wall_ms.set(self.wall_ms.get() + time.as_millis() as i64);
    }
}

impl Store for World {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store_call()?;
        Ok(self.store.borrow().get(key).cloned())
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.store_call()?;
        assert!(!self.counters.borrow().contains_key(key), "{key} is a counter");
        self.store.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        entries.iter().try_for_each(|(key, value)| self.set(key, value))
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.store_call()?;
        for key in keys {
            self.store.borrow_mut().remove(key);
            self.counters.borrow_mut().remove(key);
        }
        Ok(())
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.store_call()?;
        assert!(!self.store.borrow().contains_key(key), "{key} was set");
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key.to_owned()).or_default();
        *counter += by;
        Ok(*counter)
    }
}

impl Http for World {
    fn start(&self, request: Request<Vec<u8>>, _: Duration) -> CallId {
        let answer = (self.answer.borrow_mut())(&request);
        let mut requests = self.requests.borrow_mut();
        requests.push(request);
        let id = self.answers.borrow().len() as u64 + 1000 * requests.len() as u64;
        self.answers.borrow_mut().insert(id, answer);
        CallId(id)
    }
    fn finish(&self, call: CallId) -> Answer {
        self.answers.borrow_mut().remove(&call.0).expect("a started call")
    }
    fn cancel(&self, _: CallId) {}
}

impl Sql for World {
    fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        unreachable!("alerts have no use for a database")
    }
}

impl Log for World {
    fn line(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

impl Random for World {
    fn fill(&self, _: &mut [u8]) {}
}

/// The variables of an operator.
pub struct Given(pub HashMap<&'static str, String>);

impl Variables for Given {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

pub fn given(variables: &[(&'static str, &str)]) -> Given {
    Given(variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
}

/// One webhook, and links.
pub fn webhook() -> Given {
    given(&[
        ("alert_webhook_host", "hooks.example.com"),
        ("alert_webhook_path", "/secret-of-the-webhook"),
        ("console_url", "https://ferry.example.com/"),
    ])
}

/// What the flow answers when all is well, at this time, with these changes (a JSON merge).
pub fn answer(now: i64, changes: Value) -> Value {
    let at = ferry_sync::shanghai::text;
    let mut answer = json!({
        "flow": FLOW,
        "watermark": at(now - 40),
        "lag_seconds": 40,
        "lease": {"held": false, "until": null},
        "dead": {"waiting": 0, "for_partner": 0, "parked": 0},
        "failures": 0,
        "version": {"number": 0, "saved_at": null, "built_in": "b51709b7f49a", "built_in_when_saved": null, "built_in_changed": false},
        "expect_every_seconds": 60,
        "last_run_at": at(now - 20), "next_expected": at(now + 40),
        "totals": {"since": at(now - 86_400),
            "runs": {"ok": 10, "failed": 1},
            "records": {"read": 500, "filtered": 3, "written": 490, "already_there": 5, "dead": 2, "pending": 0},
            "retried": {"delivered": 1, "failed": 2, "parked": 0},
            "run_seconds": {"bounds_ms": [100, 500, 1000], "counts": [4, 3, 2, 2], "sum_ms": 12_345}},
        "interfaces": [], "accounts": [], "events": [],
        "reports": [report(now - 20, None)],
    });
    merge(&mut answer, changes);
    answer
}

/// A run that began then, and what it failed of.
pub fn report(began: i64, error: Option<&str>) -> Value {
    let error = error.map(|code| {
        json!({"code": code, "message": "no answer from Galaxy", "message_zh": "金蝶云星空没有应答",
               "hint": "the next run carries on", "hint_zh": "下次运行继续"})
    });
    json!({"started_at": ferry_sync::shanghai::text(began), "error": error, "notes": []})
}

/// The same of a flow whose last runs, one a minute, all failed of this.
pub fn failing(now: i64, failures: i64, code: &str) -> Value {
    let reports: Vec<Value> = (0..failures).map(|run| report(now - 20 - 60 * run, Some(code))).collect();
    answer(now, json!({"failures": failures, "reports": reports}))
}

pub fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, changes) => *into = changes,
    }
}

pub fn watched(answer: Value) -> Watched {
    Watched::new(FLOW_FILE, Ok(answer))
}

pub fn refused(code: &str) -> Watched {
    Watched::new(FLOW_FILE, Err(problem(code)))
}

pub fn problem(code: &str) -> Problem {
    Problem::new(code, "it cannot", "无法进行").hint("mend it", "请修正")
}
