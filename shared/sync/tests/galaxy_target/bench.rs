//! A simulated Galaxy, a flow of bills into it, and a fuse between them.

use crate::fuse::Fuse;
use crate::world::{Fused, World, real_ms};
use crate::written::{Written, context};
use ferry_simulators::galaxy::{Config, Galaxy, Material, Running, Switches};
use ferry_sync::flow::{Component, Flow};
use ferry_sync::host::{Clock as _, Host};
use ferry_sync::target::{Document, Existing, Opening, Target};
use serde_json::{Value, json};
use std::time::Duration;

pub const FORM: &str = "SAL_RETURNSTOCK";

pub struct Bench {
    pub galaxy: Running,
    /// Names of the fields of the head that are mapped besides the usual ones.
    pub version: Option<&'static str>,
    pub id_check: bool,
    pub submit_and_audit: bool,
    pub auth: &'static str,
    /// Kills at a call: before it is sent, or after its answer has come.
    pub fuse: Fuse,
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
            fuse: Fuse::default(),
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
        let look_and_write = |target: &mut dyn Target, documents: Vec<Document>| {
            // What this finds, the write knows.
            let _ = target.find(&documents);
            Written::by(target, documents)
        };
        self.open(look_and_write, records, time)
    }

    pub fn find(&self, records: &[Value]) -> Vec<bool> {
        self.open(|target, documents| target.find(&documents).unwrap(), records, Duration::from_secs(600))
    }

    fn open<T>(
        &self,
        then: impl FnOnce(&mut dyn Target, Vec<Document>) -> T,
        records: &[Value],
        time: Duration,
    ) -> T {
        let world = self.world();
        let flow = self.load(&world).unwrap_or_else(|problem| panic!("{problem}"));
        let host = Host { http: &Fused(&self.fuse, &world), ..world.host() };
        let opening = Opening {
            host,
            file: &flow.file,
            existing: if self.id_check { Existing::Keep } else { Existing::Update },
            seal: &flow.settings.seal,
            until: Some(world.monotonic() + time),
        };
        let mut target = flow.target.open(&opening);
        let context = context(&flow);
        let documents = records.iter().map(|record| target.map(record, &context).unwrap()).collect();
        then(target.as_mut(), documents)
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
