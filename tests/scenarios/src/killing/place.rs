//! Between what a flow runs: its two systems, how their records change, and what should become of them.

use super::lease;
use crate::app::compare::{self, Rows};
use crate::app::documents::Documents;
use crate::app::galaxy::erp_now;
use crate::app::records::{self, MATERIALS, RETURNS, SHOPS};
use crate::app::{Crossing, Flow, Scene};
use serde_json::{Value, json};
use std::cell::Cell;
use xtask::app::Trigger;
use xtask::flows;
use xtask::simulator::System;

/// All shops are one page, which must be settled within a run.
const MOST_SHOPS: usize = 10;

pub(super) struct Place {
    between: Between,
    /// Numbers given to new records.
    added: Cell<u64>,
}

enum Between {
    GalaxyAndMysql(Box<Scene>),
    TwoSystems(Box<Crossing>),
}

impl Place {
    pub fn new(flow: &'static str) -> Self {
        let between = if flow == MATERIALS {
            let scene = Scene::new("killed_again_and_again");
            // Pages of few rows that take a while each.
            scene.galaxy.generate(2000);
            scene.galaxy.set(json!({"clamp": 50}));
            scene.galaxy.arm(json!({"kind": "delay", "ms": 25}), 0, None);
            Between::GalaxyAndMysql(Box::new(scene))
        } else {
            // What is carried in some runs of a lease this short.
            let records = match flow {
                RETURNS => 150,
                records::STOCKOUTS => 200,
                records::ORDERS => 40,
                _ => 6,
            };
            let crossing = Crossing::new(flow, records);
            // Saving takes a while, so that kills find something half done.
            let (op, ms) = match crossing.flow.to {
                Some(System::Galaxy) => ("BatchSave", 60),
                _ => ("Save", 15),
            };
            let target = crossing.flow.to.expect("a system");
            crossing.systems.arm(target, op, json!({"kind": "delay", "ms": ms}), 0, None);
            Between::TwoSystems(Box::new(crossing))
        };
        Place { between, added: Cell::new(0) }
    }

    /// The app, on the state that the one before left. `at_ease`: nobody is going to kill it, and its runs have the
    /// usual time. In that of a short lease a run may not get through a window, and always has more to do.
    pub fn start(&self, at_ease: bool) -> Flow {
        let lease = if at_ease { String::new() } else { lease(self.flow()).as_secs().to_string() };
        let mut variables = vec![("lease_seconds", lease.as_str()), ("target_timeout_seconds", "1")];
        match &self.between {
            Between::GalaxyAndMysql(scene) => {
                variables.push(("galaxy_materials_to_mysql_id_check", "false"));
                scene.start_with(Trigger::Http, &variables)
            }
            Between::TwoSystems(crossing) => {
                variables.push(("jushuitan_shops_to_jdy_id_check", "false"));
                crossing.start_with(&variables)
            }
        }
    }

    /// Whether the flow brings what is at the target up to date. Audited bills and WISE's orders are left alone.
    pub fn updates(&self) -> bool {
        match &self.between {
            Between::GalaxyAndMysql(_) => true,
            Between::TwoSystems(crossing) => crossing.flow.to == Some(System::Jdy),
        }
    }

    /// What the source's records should become, as they are now.
    pub fn expected(&self) -> Documents {
        match &self.between {
            Between::GalaxyAndMysql(_) => documents(compare::rows_of(&self.records())),
            Between::TwoSystems(crossing) => crossing.expected(&self.records()),
        }
    }

    /// What is at the target; what is there twice comes twice. The table's key is unique.
    pub fn arrivals(&self) -> Vec<(String, Value)> {
        match &self.between {
            Between::GalaxyAndMysql(scene) => documents(scene.table()).into_iter().collect(),
            Between::TwoSystems(crossing) => crossing.arrivals(),
        }
    }

    /// All calls that the simulated systems have seen. What MySQL sees is not counted.
    pub fn calls(&self) -> u64 {
        let of = |counters: Value| counters["total"].as_u64().expect("a count");
        match &self.between {
            Between::GalaxyAndMysql(scene) => of(scene.galaxy.counters()),
            Between::TwoSystems(crossing) => {
                let flows::Flow { from, to, .. } = crossing.flow;
                let both = [Some(*from), *to].into_iter().flatten();
                both.map(|system| of(crossing.systems.get(system, "/counters"))).sum()
            }
        }
    }

    fn flow(&self) -> &'static str {
        match &self.between {
            Between::GalaxyAndMysql(_) => records::MATERIALS,
            Between::TwoSystems(crossing) => crossing.flow.name,
        }
    }

    /// The records that the flow should carry, as the source lists them.
    fn records(&self) -> Vec<Value> {
        match &self.between {
            Between::GalaxyAndMysql(scene) => scene.galaxy.carried(),
            Between::TwoSystems(crossing) => crossing.records(),
        }
    }

    /// Adds a record, or modifies some.
    pub fn change(&self, random: &mut fastrand::Rng) {
        let number = self.added.get() + 1;
        self.added.set(number);
        let (flow, known) = (self.flow(), self.records());
        let add = random.u8(0..3) == 0 && (flow != SHOPS || known.len() < MOST_SHOPS);
        let change = if add {
            let new = records::another(flow, &known[random.usize(..known.len())], 100_000 + number);
            self.fit(&new);
            records::add(flow, &[new], &erp_now())
        } else {
            let count = random.usize(1..=8);
            // So few shops that a page of them is settled within a run.
            let some = if flow == SHOPS { &known[..3] } else { &known[..] };
            let fields = match flow {
                MATERIALS => json!({"name": format!("改名 {number} 'O\"K'")}),
                SHOPS => json!({"shop_name": format!("改名店 {number}")}),
                _ => json!({"remark": format!("运行中修改 {number}")}),
            };
            records::set(flow, &random.choose_multiple(some, count), &fields)
        };
        let touched = match &self.between {
            Between::GalaxyAndMysql(scene) => scene.galaxy.change(change),
            Between::TwoSystems(crossing) => crossing.systems.change(crossing.flow.from, change),
        };
        assert!(touched > 0, "nothing was changed");
    }

    /// Lets Galaxy know what a return names that is not there yet.
    fn fit(&self, record: &Value) {
        if let (Between::TwoSystems(crossing), RETURNS) = (&self.between, self.flow()) {
            crossing.systems.fit(std::slice::from_ref(record), &[]);
        }
    }
}

fn documents(rows: Rows) -> Documents {
    rows.into_iter().map(|(id, row)| (id, json!(row))).collect()
}
