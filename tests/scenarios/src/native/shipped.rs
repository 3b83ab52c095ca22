//! The flows between two systems as they are shipped, with few records and small pages.

use super::{Native, Parts};
use crate::app::documents::{self, Documents};
use crate::app::records;
use chrono::Timelike;
use ferry_simulators::company::{Company, Size, System};
use ferry_simulators::{jushuitan, okki, wangdiantong};
use ferry_sync::flow::Load;
use ferry_sync::host::Clock;
use ferry_sync::shanghai;
use ferry_sync::source::SourcePart;
use ferry_sync::target::TargetPart;
use ferry_sync::{lookup, source, target};
use serde_json::{Value, json};
use xtask::flows;

/// The four of them; into MySQL there is [`Native::new`].
pub const BETWEEN_SYSTEMS: [&str; 4] = [
    "jushuitan-returns-to-galaxy",
    "wangdiantong-stockouts-to-galaxy",
    "okki-orders-to-wise",
    "jushuitan-shops-to-jdy",
];

impl Parts {
    /// Those of a shipped flow between two systems.
    ///
    /// # Panics
    /// When it is none of [`BETWEEN_SYSTEMS`].
    pub fn of(flow: &'static str) -> Parts {
        let (source, target): (Load<dyn SourcePart>, Load<dyn TargetPart>) = match flow {
            "jushuitan-returns-to-galaxy" => (source::jushuitan::load, target::galaxy::load),
            "wangdiantong-stockouts-to-galaxy" => (source::wangdiantong::load, target::galaxy::load),
            "okki-orders-to-wise" => (source::okki::load, target::wise::load),
            "jushuitan-shops-to-jdy" => (source::jushuitan::load, target::jdy::load),
            other => panic!("{other} is not between two systems"),
        };
        let looks_up = flow == "jushuitan-returns-to-galaxy";
        Parts { flow, source, target, lookups: looks_up.then_some(lookup::galaxy::load) }
    }
}

impl Native {
    /// A world of one of [`BETWEEN_SYSTEMS`]: a few records, modified just now, in pages of 2 and batches of 2. The
    /// flow begins yesterday.
    ///
    /// # Panics
    /// When it is none of them, or something does not start.
    pub fn shipped_flow(flow: &'static str) -> Native {
        use System::{Galaxy, Jdy, Jushuitan, Okki, Wangdiantong, Wise};
        let systems = match flow {
            "jushuitan-returns-to-galaxy" => [Jushuitan, Galaxy],
            "wangdiantong-stockouts-to-galaxy" => [Wangdiantong, Galaxy],
            "okki-orders-to-wise" => [Okki, Wise],
            "jushuitan-shops-to-jdy" => [Jushuitan, Jdy],
            other => panic!("{other} is not between two systems"),
        };
        let size = Size { returns: 8, stockouts: 4, orders: 3, shops: 3, ..Size::default() };
        let company = Company::start(&systems, &size).expect("the simulators start");
        touch_all(&company);
        let mut file: Value = serde_json::from_str(&Native::shipped(flow)).expect("a flow file");
        file["source"]["pagination"]["pageSize"] = json!(2);
        if file["target"]["operation"].is_object() {
            file["target"]["operation"]["rows"] = json!(2);
        }
        let yesterday = chrono::Utc::now() - chrono::TimeDelta::hours(16);
        let start = yesterday.format("%Y-%m-%d %H:%M:%S").to_string();
        Native::between(Parts::of(flow), file.to_string(), company, &[("start", start)])
    }

    /// An empty store and an empty target; the source stays as it is.
    ///
    /// # Panics
    /// When Galaxy does not take the base data back.
    pub fn start_over(&self) {
        self.forget();
        let flow = self.parts.flow;
        if flow.ends_with("-to-galaxy") {
            self.galaxy().reset();
            self.company.fit().expect("the records fit");
        }
        self.company.wise.iter().for_each(|wise| wise.reset());
        self.company.jdy.iter().for_each(|jdy| jdy.reset());
        // A reset sets clocks back too.
        self.advance(std::time::Duration::ZERO);
    }

    /// The records that the flow should carry.
    pub fn records(&self) -> Vec<Value> {
        documents::records(self.parts.flow, self)
    }

    /// What has arrived.
    ///
    /// # Panics
    /// When something is there twice.
    pub fn arrived(&self) -> Documents {
        documents::arrived(self.parts.flow, self)
    }

    /// What the source's records should have become.
    pub fn due(&self) -> Documents {
        documents::expected(self.parts.flow, self, &self.records())
    }

    /// Record by record and field by field, the target holds what the source holds, and nothing else.
    ///
    /// # Panics
    /// When it does not; with the case.
    pub fn assert_in_step(&self, case: &str) {
        let due = self.due();
        assert!(!due.is_empty(), "a scenario about nothing");
        let differences = documents::differences(&due, &self.arrived());
        assert!(
            differences.is_empty(),
            "{}, {case}: source and target differ:\n{differences}",
            self.parts.flow
        );
    }

    /// Adds a record to the source, numbered; it fits.
    ///
    /// # Panics
    /// When the source does not take it.
    pub fn add_record(&self, number: u64) {
        let (flow, model) = (self.parts.flow, self.records().swap_remove(0));
        let record = records::another(flow, &model, 200_000 + number);
        // The systems' clocks, which are right where the engine's is not.
        let now = (self.wall_ms() - self.skew_ms.get()).div_euclid(1000);
        let now = shanghai::text(now).replace(' ', "T");
        let source = flows::Flow::find(flow).expect("a flow").from;
        let added = self.post(source, "/changes", &records::add(flow, &[record], &now));
        if flow.ends_with("-to-galaxy") {
            self.company.fit().expect("the records fit");
        }
        let touched = &added["touched"];
        assert_eq!(touched, 1, "the record was not taken");
    }

    /// Names a shop, which is a new one where there is none of this id.
    pub fn set_shop(&self, id: i64, name: &str) -> usize {
        let shop = json!({"shop_id": id, "shop_name": name, "shop_site": "京东", "short_name": "短"});
        self.jushuitan().change(&jushuitan::Change::SetShops { shops: vec![shop] })
    }

    /// The simulated 星辰.
    ///
    /// # Panics
    /// When the company does not run it.
    pub fn jdy(&self) -> &ferry_simulators::jdy::Running {
        self.company.jdy.as_ref().expect("the company runs 星辰")
    }

    fn jushuitan(&self) -> &jushuitan::Running {
        self.company.jushuitan.as_ref().expect("the company runs 聚水潭")
    }
}

/// All records were modified just now, so that one window holds them.
fn touch_all(company: &Company) {
    if let Some(jushuitan) = &company.jushuitan {
        let ids = jushuitan.records().iter().map(|record| record["io_id"].as_i64().expect("an id")).collect();
        jushuitan.change(&jushuitan::Change::Modify { ids, set: serde_json::Map::new() });
    }
    if let Some(wangdiantong) = &company.wangdiantong {
        // A minute apart: its windows are halved until a page holds all of one.
        let now = chrono::Utc::now() + chrono::TimeDelta::hours(8);
        let now = now.naive_utc().with_nanosecond(0).expect("a time");
        for (minutes, stockout) in (5..).zip(wangdiantong.stockouts()) {
            let modified = Some(now - chrono::TimeDelta::minutes(minutes));
            let set = Box::new(wangdiantong::Patch { modified, ..Default::default() });
            wangdiantong.change(&wangdiantong::Change::Modify { numbers: vec![stockout.stockout_no], set });
        }
    }
    if let Some(okki) = &company.okki {
        let ids = okki.orders().iter().map(|order| order["order_id"].as_i64().expect("an id")).collect();
        okki.change(&okki::Change::Modify { ids, set: serde_json::Map::new(), stamp: true });
    }
}
