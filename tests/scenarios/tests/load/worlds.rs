//! A flow between a company's simulated systems, natively, with as many records as one likes.

use super::ledger::Ledger;
pub use ferry_scenarios::app::records::{MATERIALS, ORDERS, RETURNS, SHOPS, STOCKOUTS};
use ferry_scenarios::native::{FLOW_FILE, Native, Parts};
use ferry_simulators::company::{Company, Size, System};
use ferry_simulators::galaxy::Records;
use ferry_simulators::jushuitan;
use ferry_simulators::wangdiantong::{self, Stockout};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use xtask::flows::Flow;

/// A flow's engine with its systems.
pub struct World {
    pub flow: &'static str,
    pub native: Native,
    pub ledger: Ledger,
}

/// What it took to carry everything.
#[derive(Debug, Default)]
pub struct Drained {
    pub runs: usize,
    pub records: u64,
    pub written: u64,
    pub dead: u64,
    pub calls: u64,
}

impl World {
    /// A company that has so many records in the flow's source, of which the flow carries all or most.
    pub fn new(flow: &'static str, records: usize) -> World {
        let (systems, size): (&[System], Size) = match flow {
            MATERIALS => (&[System::Galaxy], Size { materials: records, ..Size::default() }),
            RETURNS => (&[System::Jushuitan, System::Galaxy], Size { returns: records, ..Size::default() }),
            STOCKOUTS => {
                (&[System::Wangdiantong, System::Galaxy], Size { stockouts: records, ..Size::default() })
            }
            ORDERS => (&[System::Okki, System::Wise], Size { orders: records, ..Size::default() }),
            SHOPS => (&[System::Jushuitan, System::Jdy], Size { shops: records, ..Size::default() }),
            other => panic!("{other} is no flow"),
        };
        World::of(flow, Company::start(systems, &size).expect("the simulators start"))
    }

    /// The same with a company that is there.
    pub fn of(flow: &'static str, company: Company) -> World {
        World::with(flow, company, &[])
    }

    /// The same with more variables, under the component's names.
    pub fn with(flow: &'static str, company: Company, more: &[(&'static str, &str)]) -> World {
        let native = if flow == MATERIALS {
            // One table for each world: tests run side by side.
            static TABLES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
            let number = TABLES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Native::into_table(&format!("load_{number}"), FLOW_FILE, company)
        } else {
            let start = Flow::find(flow).expect("a flow").start();
            let start = start.map(|(_, time)| ("start", time));
            // Names of generated shops are not all different, and 星辰 would have people decide.
            let params = (flow == SHOPS).then(|| ("params", json!({"ignore_warn": "true"}).to_string()));
            let variables: Vec<_> = start.into_iter().chain(params).collect();
            Native::between(Parts::of(flow), Native::shipped(flow), company, &variables)
        };
        for (name, value) in more {
            native.variables.borrow_mut().insert(name, (*value).to_owned());
        }
        World { flow, native, ledger: Ledger::open() }
    }

    /// One call, on the engine's ledger.
    pub fn call(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        self.ledger.of(|| self.native.call(method, path, body))
    }

    /// One run that must not fail; its report. Waits where the vendor's quota says so.
    pub fn run(&self) -> Value {
        self.run_with("")
    }

    /// The same with a body.
    pub fn run_with(&self, body: &str) -> Value {
        for _ in 0..10 {
            let (status, report) = self.call("POST", "/run", body);
            self.native.advance(Duration::from_secs(1));
            match status {
                200 => return report,
                503 => self.native.advance(Duration::from_secs(60)),
                _ => panic!("{}: {status} {report}", self.flow),
            }
        }
        panic!("{}: the quota is spent for ever", self.flow)
    }

    /// Runs until there is no more to do.
    pub fn drain(&self) -> Drained {
        let mut drained = Drained::default();
        loop {
            let report = self.run();
            let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).expect("a count");
            drained.runs += 1;
            drained.records += count("/records");
            drained.written += count("/written");
            drained.dead += count("/dead") + count("/pending");
            drained.calls += count("/calls/source") + count("/calls/target") + count("/calls/lookup");
            if report["has_more"] == false {
                return drained;
            }
            assert!(drained.runs < 100_000, "it goes on for ever: {report}");
        }
    }

    /// One more record in the source, modified now, that the target has no reason to refuse.
    pub fn add_one(&self, number: usize) {
        let company = &self.native.company;
        match self.flow {
            RETURNS => {
                let record = json!({"io_id": 9_800_000 + number, "so_id": format!("THTZL{number}"), "wh_id": 2,
                    "type": "其它退货", "items": [
                        {"ioi_id": 1, "sku_id": "SKU-000-1", "name": "毛衣", "unit": "件", "qty": 1}]});
                fit(company, vec![record.clone()], vec![]);
                let change = jushuitan::Change::Add { records: vec![record] };
                company.jushuitan.as_ref().expect("聚水潭").change(&change);
            }
            STOCKOUTS => {
                let stockouts = company.wangdiantong.as_ref().expect("旺店通");
                let (_, like) = stockouts
                    .stockouts()
                    .into_iter()
                    .filter(|it| it.status == 110 && it.warehouse_no == "CK001")
                    .map(|it| (it.stockout_id, it))
                    .next()
                    .expect("a finished stock-out");
                let modified = shanghai(stockouts.now_ms());
                let one = Stockout { stockout_id: 0, stockout_no: format!("CKL{number}"), modified, ..like };
                stockouts.change(&wangdiantong::Change::Add { stockouts: vec![one] });
            }
            other => panic!("{other} is given no single records"),
        }
    }

    /// Runs often enough with nothing to do for the history and the counters of quotas to be as they are after any
    /// number of records. A full list may be longer than a run.
    pub fn settle(&self) {
        // 77 pages of 100 shops come within a minute's quota and budget.
        let is_long = self.flow == SHOPS && self.due().len() > 7_000;
        let mut runs = 0;
        loop {
            self.native.advance(Duration::from_secs(200));
            let report = self.run();
            assert_eq!(report["written"], 0, "{report}");
            assert!(is_long || report["has_more"] == false, "{report}");
            runs += 1;
            if runs >= ferry_sync::state::REPORTS + 5 && report["has_more"] == false {
                break;
            }
        }
    }

    /// The keys of the records that the flow carries, as the target should have them.
    pub fn due(&self) -> BTreeSet<String> {
        let company = &self.native.company;
        match self.flow {
            MATERIALS => self.native.expected().into_keys().collect(),
            RETURNS => {
                let mut returns = company.jushuitan.as_ref().expect("聚水潭").records();
                returns.retain(|it| it["type"] == "其它退货" && it["status"] == "Confirmed");
                returns.iter().map(|it| it["io_id"].to_string()).collect()
            }
            STOCKOUTS => {
                let mut stockouts = company.wangdiantong.as_ref().expect("旺店通").stockouts();
                stockouts.retain(|it| it.status == 110);
                stockouts.into_iter().map(|it| it.stockout_no).collect()
            }
            ORDERS => {
                let orders = company.okki.as_ref().expect("OKKI").orders();
                orders.iter().map(|it| it["order_no"].as_str().expect("a number").to_owned()).collect()
            }
            _ => {
                let shops = company.jushuitan.as_ref().expect("聚水潭").shops();
                shops.iter().map(|it| it["shop_id"].to_string()).collect()
            }
        }
    }

    /// The keys of what has arrived. None may be there twice, and bills count when they are audited.
    pub fn arrived(&self) -> BTreeSet<String> {
        let company = &self.native.company;
        let text = |value: &Value| value.as_str().expect("a number").to_owned();
        let bills = |form: &str| -> Vec<String> {
            let bills = company.galaxy.as_ref().expect("Galaxy").bills(form).expect("a form");
            let audited = bills.iter().filter(|bill| bill["FDocumentStatus"] == "C");
            audited.map(|bill| text(&bill["FBillNo"])).collect()
        };
        let keys = match self.flow {
            MATERIALS => self.native.rows().into_keys().collect(),
            RETURNS => bills("SAL_RETURNSTOCK"),
            STOCKOUTS => bills("STK_MisDelivery"),
            ORDERS => {
                let orders = company.wise.as_ref().expect("WISE").orders();
                orders.iter().map(|order| text(&order.page1["FPOOrdBillNo"])).collect()
            }
            _ => {
                let customers = company.jdy.as_ref().expect("星辰").customers();
                customers.into_iter().map(|customer| customer.number).collect()
            }
        };
        let count = keys.len();
        let keys: BTreeSet<String> = keys.into_iter().collect();
        assert_eq!(keys.len(), count, "{}: something is there twice", self.flow);
        keys
    }

    /// Lost 0, doubled 0.
    pub fn assert_all_arrived(&self) {
        let (due, arrived) = (self.due(), self.arrived());
        assert!(!due.is_empty(), "a load of nothing");
        let lost: Vec<&String> = due.difference(&arrived).take(5).collect();
        let foreign: Vec<&String> = arrived.difference(&due).take(5).collect();
        assert!(lost.is_empty() && foreign.is_empty(), "{}: lost {lost:?}, too many {foreign:?}", self.flow);
    }
}

/// A time in Unix milliseconds as the vendors write it, to the second.
pub fn shanghai(ms: i64) -> chrono::NaiveDateTime {
    chrono::DateTime::from_timestamp(ms / 1000 + 8 * 3600, 0).expect("a time").naive_utc()
}

/// Lets Galaxy know what these records name.
pub fn fit(company: &Company, returns: Vec<Value>, stockouts: Vec<Value>) {
    let records = Records { returns, stockouts };
    company.galaxy.as_ref().expect("Galaxy").fit(&records).expect("records fit");
}
