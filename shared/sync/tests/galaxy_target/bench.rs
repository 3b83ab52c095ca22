//! A simulated Galaxy, a flow of bills into it, and a fuse between them.

use crate::world::{World, real_ms};
use ferry_platforms::Class;
use ferry_simulators::galaxy::{Config, Galaxy, Material, Running, Switches};
use ferry_sync::flow::{Component, Flow};
use ferry_sync::host::{CallId, Clock as _, Host, Http, HttpFailure};
use ferry_sync::problem::Failure;
use ferry_sync::tally::Interface;
use ferry_sync::target::{Document, Existing, Opening, Outcome};
use serde_json::{Value, json};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::time::Duration;

pub const FORM: &str = "SAL_RETURNSTOCK";

/// What an invocation dies of.
struct Killed;

pub struct Bench {
    pub galaxy: Running,
    /// Names of the fields of the head that are mapped besides the usual ones.
    pub version: Option<&'static str>,
    pub id_check: bool,
    pub submit_and_audit: bool,
    pub auth: &'static str,
    /// Calls that are let through; the next one kills, before it is sent or after its answer has come.
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
        let galaxy = Galaxy::start(config).unwrap();
        galaxy.add(vec![
            Material { number: "M-1".into(), name: "螺栓 7/8' \"A\"".into(), ..Material::default() },
            Material { number: "M-2".into(), ..Material::default() },
        ]);
        Bench {
            galaxy,
            version: None,
            id_check: true,
            submit_and_audit: true,
            auth: "signed",
            kill_at: Cell::default(),
            calls: Cell::default(),
        }
    }

    fn flow_file(&self) -> String {
        let field = |name: &str| json!({"field": name, "value": format!("{{{name}}}")});
        let mut request: Vec<Value> = [
            "FBillTypeID",
            "FBillNo",
            "FDate",
            "FSaleOrgId",
            "FStockOrgId",
            "FRetcustId",
            "FHeadNote",
            "SubHeadEntity",
            "FEntity",
        ]
        .map(field)
        .into();
        request.extend(self.version.map(field));
        let mut file = json!({
            "name": "records-to-bills", "title": {"en": "Bills", "zh": "单据"},
            "source": {"platform": "jushuitan", "account": "jushuitan", "api": "shops.query", "effect": "QUERY",
                "method": "POST", "number": "FBillNo", "id": "FBillNo", "idCheck": false},
            "target": {"platform": "galaxy", "account": "galaxy", "api": "batchSave", "effect": "EXECUTE",
                "method": "POST", "idCheck": self.id_check, "operation": {"rows": 20, "method": "batchArraySave"},
                "request": request,
                "otherRequest": [
                    {"field": "FormId", "value": FORM},
                    {"field": "IsVerifyBaseDataField", "value": "true"},
                    {"field": "IsAutoSubmitAndAudit", "value": self.submit_and_audit.to_string()}]},
            "delivery": {"expect_every": "5m", "budget": "60s"},
        });
        if let Some(version) = self.version {
            file["target"]["version"] = version.into();
        }
        file.to_string()
    }

    fn world(&self) -> World<'_> {
        let mut world = World::new(self.flow_file(), ferry_sync::source::jushuitan::load, |now_ms| {
            self.galaxy.set(|switches| switches.clock_offset_ms = now_ms - real_ms());
        });
        let known = self.galaxy.credentials();
        world.variables.extend([
            ("galaxy_scheme", "http".into()),
            ("galaxy_host", self.galaxy.address().to_string()),
            ("galaxy_path", "/k3cloud/".into()),
            ("galaxy_auth", self.auth.into()),
            ("galaxy_acct_id", known.acct_id),
            ("galaxy_user", known.user),
            ("galaxy_app_id", known.app_id),
            ("galaxy_app_secret", known.app_secret),
            ("galaxy_lcid", "2052".into()),
            ("galaxy_org", "100".into()),
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
        self.write_within(records, Duration::from_secs(600))
    }

    pub fn write_within(&self, records: &[Value], time: Duration) -> Written {
        let world = self.world();
        let flow = self.load(&world).unwrap_or_else(|problem| panic!("{problem}"));
        let host = Host { http: &Fuse(self, &world), ..world.host() };
        let opening = Opening {
            host,
            file: &flow.file,
            existing: if self.id_check { Existing::Keep } else { Existing::Update },
            seal: &flow.settings.seal,
            until: Some(world.monotonic() + time),
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
        let found = target.find(&documents).ok();
        let looks = target.lookups();
        let result = target.write(documents);
        Written {
            found: found.unwrap_or_default(),
            looks: target.lookups() - looks,
            writes: target.calls(),
            in_doubt: target.is_in_doubt(),
            called: target.called().iter().map(Interface::shown).collect(),
            result,
        }
    }

    pub fn load(&self, world: &World<'_>) -> Result<Flow, ferry_sync::problem::Problem> {
        let component = Component {
            flow_file: &world.flow_file,
            source: ferry_sync::source::jushuitan::load,
            target: ferry_sync::target::galaxy::load,
            lookups: None,
        };
        Flow::load(&component, world)
    }

    /// Why the flow file is refused.
    pub fn refused(&self) -> String {
        self.load(&self.world()).err().expect("it is refused").message.to_string()
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

    /// Number, status and number of entries of every bill.
    pub fn stored(&self) -> Vec<(String, String, usize)> {
        let mut stored: Vec<_> = self
            .galaxy
            .bills(FORM)
            .unwrap()
            .iter()
            .map(|bill| {
                let text = |name: &str| bill[name].as_str().unwrap_or_default().to_owned();
                (text("FBillNo"), text("FDocumentStatus"), bill["FEntity"].as_array().map_or(0, Vec::len))
            })
            .collect();
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
    /// All calls by interface.
    pub called: Vec<Value>,
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

/// A 销售退货单 of two lines, with all that `vendors/kingdee.md` 1.9 requires.
pub fn bill(number: &str) -> Value {
    json!({
        "FBillTypeID": {"FNUMBER": "XSTHD01_SYS"}, "FBillNo": number, "FDate": "2026-11-01 10:11:12",
        "FSaleOrgId": {"FNumber": "100"}, "FStockOrgId": {"FNumber": "100"}, "FRetcustId": {"FNumber": "CUST0001"},
        "FHeadNote": "张三说：“5' 管”", "SubHeadEntity": {"FSettleCurrId": {"FNumber": "PRE001"}},
        "FEntity": [entry("M-1", "2"), entry("M-2", "0.125")],
    })
}

pub fn entry(material: &str, quantity: &str) -> Value {
    json!({
        "FMaterialId": {"FNumber": material}, "FUnitID": {"FNumber": "Pcs"}, "FRealQty": quantity,
        "FStockId": {"FNumber": "CK001"}, "FReturnType": {"FNumber": "THLX01_SYS"},
        "FOwnerTypeId": "BD_OwnerOrg", "FOwnerId": {"FNumber": "100"},
    })
}

/// So many bills, `T00`, `T01`, ….
pub fn bills(count: usize) -> Vec<Value> {
    (0..count).map(|n| bill(&format!("T{n:02}"))).collect()
}

/// One that names a material that is not there.
pub fn bad(number: &str) -> Value {
    let mut bad = bill(number);
    bad["FEntity"][1] = entry("M-nowhere", "1");
    bad
}
