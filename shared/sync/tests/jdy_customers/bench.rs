//! A simulated 星辰, a flow of customers into it, and a fuse between them.

use crate::fuse::Fuse;
use crate::world::{World, real_ms};
use crate::written::{Written, context};
use ferry_simulators::jdy::{Change, Running};
use ferry_sync::flow::{Component, Flow};
use ferry_sync::host::{CallId, Clock as _, Host, Http, HttpFailure};
use ferry_sync::problem::Problem;
use ferry_sync::target::{Document, Existing, Opening, Target};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// The world keeps its store from one write to the next, with the token in it.
pub struct Bench<'s> {
    pub jdy: &'s Running,
    pub world: World<'s>,
    id_check: bool,
    /// Kills at a call: before it is sent, or after its answer has come.
    pub fuse: Fuse,
    /// What somebody else does just before the next save.
    pub before_save: RefCell<Option<Change>>,
    /// Whether the platform under us forbids saves.
    pub denies_saves: Cell<bool>,
    /// How long the lease lasts.
    pub lease: Cell<Duration>,
}

/// The fields that are mapped, each from the record's field of the same name.
pub fn request() -> Value {
    json!([
        {"field": "name", "type": "string", "value": "{name}", "is_required": true},
        {"field": "number", "type": "string", "value": "{number}"},
        {"field": "remark", "type": "string", "value": "{remark}"},
        {"field": "addr", "type": "string", "value": "{addr}"},
        {"field": "credit_limit", "type": "float", "value": "{credit_limit}"},
        {"field": "group_number", "type": "string", "value": "{group_number}"},
        {"field": "ignore_warn", "type": "bool", "value": "{ignore_warn}"},
    ])
}

fn flow_file(request: Value, id_check: bool) -> String {
    json!({
        "name": "records-to-customers", "title": {"en": "Customers", "zh": "客户"},
        "source": {"platform": "jushuitan", "account": "jushuitan", "api": "shops.query", "effect": "QUERY",
            "method": "POST", "number": "number", "id": "number", "idCheck": false},
        "target": {"platform": "jdy", "account": "jdy", "api": "/jdy/v2/bd/customer", "effect": "EXECUTE",
            "method": "POST", "idCheck": id_check, "request": request},
        "delivery": {"expect_every": "5m", "budget": "60s"},
    })
    .to_string()
}

impl<'s> Bench<'s> {
    /// One that leaves customers alone.
    pub fn keeping(jdy: &'s Running) -> Self {
        Bench::new(jdy, request(), true)
    }

    /// One that updates them.
    pub fn updating(jdy: &'s Running) -> Self {
        Bench::new(jdy, request(), false)
    }

    pub fn new(jdy: &'s Running, request: Value, id_check: bool) -> Self {
        let load = ferry_sync::source::jushuitan::load;
        let mut world = World::new(flow_file(request, id_check), load, |now| {
            jdy.set(|switches| switches.clock_offset_ms = now - real_ms());
        });
        let known = jdy.credentials();
        world.variables.extend([
            ("jdy_scheme", "http".to_owned()),
            ("jdy_host", jdy.address().to_string()),
            ("jdy_client_id", known.client_id),
            ("jdy_client_secret", known.client_secret),
            ("jdy_outer_instance_id", known.outer_instance_id),
            ("jushuitan_scheme", "http".to_owned()),
            ("jushuitan_host", "127.0.0.1:1".to_owned()),
            ("jushuitan_api", "current".to_owned()),
            ("jushuitan_app_key", "k".to_owned()),
            ("jushuitan_app_secret", "s".to_owned()),
        ]);
        // After the simulator's start, from which on its secrets are counted.
        ferry_sync::host::Clock::sleep(&world, Duration::from_secs(60));
        Bench {
            jdy,
            world,
            id_check,
            fuse: Fuse::default(),
            before_save: RefCell::default(),
            denies_saves: Cell::default(),
            lease: Cell::new(Duration::from_secs(600)),
        }
    }

    pub fn load(&self) -> Result<Flow, Problem> {
        let component = Component {
            flow_file: &self.world.flow_file,
            source: ferry_sync::source::jushuitan::load,
            target: ferry_sync::target::jdy::load,
            lookups: None,
        };
        Flow::load(&component, &self.world)
    }

    /// Why the flow file is refused.
    pub fn refused(&self) -> String {
        self.load().err().expect("it is refused").message.to_string()
    }

    /// One page, written as one invocation would.
    pub fn write(&self, records: &[Value]) -> Written {
        self.open(|target, documents| Written::by(target, documents), records)
    }

    pub fn find(&self, records: &[Value]) -> Vec<bool> {
        self.open(|target, documents| target.find(&documents).unwrap(), records)
    }

    fn open<T>(&self, then: impl FnOnce(&mut dyn Target, Vec<Document>) -> T, records: &[Value]) -> T {
        let flow = self.load().unwrap_or_else(|problem| panic!("{problem}"));
        let opening = Opening {
            host: Host { http: &Fused(self), ..self.world.host() },
            file: &flow.file,
            existing: if self.id_check { Existing::Keep } else { Existing::Update },
            seal: &flow.settings.seal,
            until: Some(self.world.monotonic() + self.lease.get()),
        };
        let mut target = flow.target.open(&opening);
        let context = context(&flow);
        let documents = records.iter().map(|record| target.map(record, &context).unwrap()).collect();
        then(target.as_mut(), documents)
    }

    /// The numbers that are there, each as often as it is.
    pub fn stored(&self) -> Vec<String> {
        self.jdy.customers().into_iter().map(|customer| customer.number).collect()
    }
}

/// A call that was never sent.
const DENIED: CallId = CallId(u64::MAX);

/// The way to 星辰, with the fuse in it.
struct Fused<'f>(&'f Bench<'f>);

impl Http for Fused<'_> {
    fn start(&self, request: http::Request<Vec<u8>>, timeout: Duration) -> CallId {
        self.0.fuse.around(|| {
            if request.method() == http::Method::POST && request.uri().path() == "/jdy/v2/bd/customer" {
                if self.0.denies_saves.get() {
                    return DENIED;
                }
                if let Some(change) = self.0.before_save.take() {
                    self.0.jdy.change(&change);
                }
            }
            Http::start(&self.0.world, request, timeout)
        })
    }
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        if call == DENIED {
            return Err(HttpFailure { denied: true, message: "DestinationNotAllowed".into() });
        }
        Http::finish(&self.0.world, call)
    }
    fn cancel(&self, call: CallId) {
        Http::cancel(&self.0.world, call);
    }
}

pub fn customer(number: &str) -> Value {
    json!({"number": number, "name": format!("店铺 {number}"), "remark": "天猫 'T' \"旗舰\""})
}

/// So many customers, `S000`, `S001`, ….
pub fn customers(count: usize) -> Vec<Value> {
    (0..count).map(|n| customer(&format!("S{n:03}"))).collect()
}

pub fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("S{n:03}")).collect()
}
