//! A simulated 星辰, a flow of customers into it, and a fuse between them.

use crate::world::{World, real_ms};
use ferry_platforms::Class;
use ferry_simulators::jdy::{Config, Jdy, Running, Switches};
use ferry_sync::flow::{Component, Flow};
use ferry_sync::host::{CallId, Clock as _, Host, Http, HttpFailure};
use ferry_sync::problem::Failure;
use ferry_sync::target::{Document, Existing, Opening, Outcome};
use serde_json::{Value, json};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::time::Duration;

/// What an invocation dies of.
struct Killed;

pub struct Bench {
    pub jdy: Running,
    pub id_check: bool,
    /// Time that passed in the invocations before.
    pub passed: Cell<Duration>,
    pub kill_at: Cell<Option<(usize, bool)>>,
    pub calls: Cell<usize>,
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with(|_| {})
    }

    pub fn with(turn: impl FnOnce(&mut Switches)) -> Bench {
        let mut config = Config::default();
        turn(&mut config.switches);
        let jdy = Jdy::start(config).unwrap();
        Bench {
            jdy,
            id_check: true,
            passed: Cell::default(),
            kill_at: Cell::default(),
            calls: Cell::default(),
        }
    }

    fn flow_file(&self) -> String {
        let field = |name: &str| json!({"field": name, "value": format!("{{{name}}}")});
        json!({
            "name": "records-to-customers", "title": {"en": "Customers", "zh": "客户"},
            "source": {"platform": "jushuitan", "account": "jushuitan", "api": "shops.query", "effect": "QUERY",
                "method": "POST", "number": "number", "id": "number", "idCheck": false},
            "target": {"platform": "jdy", "account": "jdy", "api": "/jdy/v2/bd/customer", "effect": "EXECUTE",
                "method": "POST", "idCheck": self.id_check,
                "request": [field("name"), field("number"), field("remark")]},
            "delivery": {"expect_every": "5m", "budget": "60s"},
        })
        .to_string()
    }

    fn world(&self) -> World<'_> {
        let mut world = World::new(self.flow_file(), ferry_sync::source::jushuitan::load, |now_ms| {
            self.jdy.set(|switches| switches.clock_offset_ms = now_ms - real_ms());
        });
        // Each invocation has a store of its own, and a minute in which no other called.
        world.sleep(self.passed.get() + Duration::from_secs(61));
        let known = self.jdy.credentials();
        world.variables.extend([
            ("jdy_scheme", "http".into()),
            ("jdy_host", self.jdy.address().to_string()),
            ("jdy_client_id", known.client_id),
            ("jdy_client_secret", known.client_secret),
            ("jdy_outer_instance_id", known.outer_instance_id),
            ("jdy_app_key", "bVZgAZOv1".into()),
            ("jushuitan_scheme", "http".into()),
            ("jushuitan_host", "127.0.0.1:1".into()),
            ("jushuitan_api", "current".into()),
            ("jushuitan_app_key", "k".into()),
            ("jushuitan_app_secret", "s".into()),
        ]);
        world
    }

    /// One page, written as one invocation would.
    pub fn write(&self, records: &[Value]) -> Written {
        let world = self.world();
        let component = Component {
            flow_file: &world.flow_file,
            source: ferry_sync::source::jushuitan::load,
            target: ferry_sync::target::jdy::load,
            lookups: None,
        };
        let flow = Flow::load(&component, &world).unwrap_or_else(|problem| panic!("{problem}"));
        let fuse = Fuse(self, &world);
        let opening = Opening {
            host: Host { http: &fuse, ..world.host() },
            file: &flow.file,
            existing: if self.id_check { Existing::Keep } else { Existing::Update },
            seal: &flow.settings.seal,
            until: Some(world.monotonic() + Duration::from_secs(3600)),
        };
        let mut target = flow.target.open(&opening);
        let context = ferry_mapping::Context {
            params: &flow.file.params,
            last_sync_time: 0,
            current_time: 0,
            page_size: 0,
            start_page: 0,
            start_row: 0,
            lookups: None,
        };
        let documents: Vec<Document> =
            records.iter().map(|record| target.map(record, &context).unwrap()).collect();
        let began = world.monotonic();
        // The comparison makes the calls of the login, so that they are not counted.
        let found =
            if records.len() < 100 { target.find(&documents).unwrap_or_default() } else { Vec::new() };
        let (looks, writes) = (target.lookups(), target.calls());
        let result = target.write(documents);
        self.passed.set(world.monotonic());
        Written {
            found,
            looks: target.lookups() - looks,
            writes: target.calls() - writes,
            in_doubt: target.is_in_doubt(),
            took: world.monotonic() - began,
            result,
        }
    }

    /// One invocation that dies at a call. `false`: it has fewer.
    pub fn write_killed_at(&self, call: usize, done: bool, records: &[Value]) -> bool {
        hush();
        self.calls.set(0);
        self.kill_at.set(Some((call, done)));
        let result = catch_unwind(AssertUnwindSafe(|| self.write(records)));
        self.kill_at.set(None);
        match result {
            Ok(_) => false,
            Err(payload) if payload.is::<Killed>() => true,
            Err(other) => std::panic::resume_unwind(other),
        }
    }

    /// Number and name of every customer.
    pub fn stored(&self) -> Vec<(String, String)> {
        let customers = self.jdy.customers();
        let mut stored: Vec<_> =
            customers.into_iter().map(|customer| (customer.number, customer.name)).collect();
        stored.sort();
        stored
    }
}

#[derive(Debug)]
pub struct Written {
    pub found: Vec<bool>,
    pub result: Result<Vec<Outcome>, Failure>,
    pub looks: u64,
    pub writes: u64,
    pub in_doubt: bool,
    pub took: Duration,
}

impl Written {
    pub fn outcomes(&self) -> &[Outcome] {
        self.result.as_ref().unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    pub fn count(&self, outcome: &Outcome) -> usize {
        self.outcomes().iter().filter(|each| *each == outcome).count()
    }

    /// The codes of the dead, with their places.
    pub fn dead(&self) -> Vec<(usize, String)> {
        let code = |(at, outcome): (usize, &Outcome)| match outcome {
            Outcome::Dead(problem) => Some((at, problem.code.to_string())),
            _ => None,
        };
        self.outcomes().iter().enumerate().filter_map(code).collect()
    }

    pub fn failed(&self) -> (Class, bool) {
        (self.result.as_ref().expect_err("a failure").class, self.in_doubt)
    }
}

/// Kills between two calls.
struct Fuse<'f>(&'f Bench, &'f World<'f>);

impl Http for Fuse<'_> {
    fn start(&self, request: http::Request<Vec<u8>>, timeout: Duration) -> CallId {
        let number = self.0.calls.get();
        self.0.calls.set(number + 1);
        if self.0.kill_at.get() == Some((number, false)) {
            panic_any(Killed);
        }
        let call = Http::start(self.1, request, timeout);
        if self.0.kill_at.get() == Some((number, true)) {
            panic_any(Killed);
        }
        call
    }
    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        self.1.finish(call)
    }
    fn cancel(&self, call: CallId) {
        self.1.cancel(call);
    }
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

pub fn name(n: usize) -> String {
    format!("天猫 O'Brien \"旗舰店\" {n:03}")
}

pub fn shop(n: usize) -> Value {
    json!({"number": format!("{}", 1000 + n), "name": name(n), "remark": "天猫"})
}

pub fn shops(count: usize) -> Vec<Value> {
    (0..count).map(shop).collect()
}
