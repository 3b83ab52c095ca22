//! Between what a flow runs: its two systems, how their records change, and what should become of them.

use super::lease;
use crate::app::compare::{self, Rows};
use crate::app::documents::Documents;
use crate::app::galaxy::erp_now;
use crate::app::{Crossing, Flow, Scene};
use serde_json::{Value, json};
use std::cell::Cell;
use xtask::app::Trigger;
use xtask::flows;
use xtask::simulator::System;
use xtask::stage;

/// Of each flow so many records at the beginning: what is carried in some runs of a lease this short.
const RETURNS: u64 = 150;
const STOCKOUTS: u64 = 200;
const ORDERS: u64 = 40;
const SHOPS: u64 = 6;
/// All shops are one page, which must be settled within a run.
const MOST_SHOPS: usize = 10;
const MATERIALS: usize = 2000;

pub(super) struct Place {
    between: Between,
    /// Numbers given to new records.
    added: Cell<i64>,
}

enum Between {
    GalaxyAndMysql(Box<Scene>),
    TwoSystems(Box<Crossing>),
}

impl Place {
    pub fn new(flow: &'static str) -> Self {
        let between = if flow == stage::FLOW {
            let scene = Scene::new("killed_again_and_again");
            // Pages of few rows that take a while each.
            scene.galaxy.generate(MATERIALS);
            scene.galaxy.set(json!({"clamp": 50}));
            scene.galaxy.arm(json!({"kind": "delay", "ms": 25}), 0, None);
            Between::GalaxyAndMysql(Box::new(scene))
        } else {
            let records = match flow {
                "jushuitan-returns-to-galaxy" => RETURNS,
                "wangdiantong-stockouts-to-galaxy" => STOCKOUTS,
                "okki-orders-to-wise" => ORDERS,
                _ => SHOPS,
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
        let lease = match &self.between {
            Between::GalaxyAndMysql(_) => lease(stage::FLOW),
            Between::TwoSystems(crossing) => lease(crossing.flow.name),
        };
        let lease = if at_ease { String::new() } else { lease.as_secs().to_string() };
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
            Between::GalaxyAndMysql(scene) => documents(compare::rows_of(&scene.galaxy.carried())),
            Between::TwoSystems(crossing) => crossing.expected(&crossing.records()),
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

    /// Adds a record, or modifies some.
    pub fn change(&self, random: &mut fastrand::Rng) {
        let number = self.added.get() + 1;
        self.added.set(number);
        let add = random.u8(0..3) == 0;
        let touched = match &self.between {
            Between::GalaxyAndMysql(scene) => materials(scene, number, add, random),
            Between::TwoSystems(crossing) => match crossing.flow.name {
                "jushuitan-returns-to-galaxy" => returns(crossing, number, add, random),
                "wangdiantong-stockouts-to-galaxy" => stockouts(crossing, number, add, random),
                "okki-orders-to-wise" => orders(crossing, number, add, random),
                _ => shops(crossing, number, add, random),
            },
        };
        assert!(touched > 0, "nothing was changed");
    }
}

fn documents(rows: Rows) -> Documents {
    rows.into_iter().map(|(id, row)| (id, json!(row))).collect()
}

/// A field of some of these records.
fn some(records: &[Value], field: &str, random: &mut fastrand::Rng) -> Vec<Value> {
    let count = random.usize(1..=8);
    random.choose_multiple(records, count).into_iter().map(|record| record[field].clone()).collect()
}

fn materials(scene: &Scene, number: i64, add: bool, random: &mut fastrand::Rng) -> u64 {
    if add {
        let number = format!("88.02.{number:06}");
        let material = json!({"number": number, "name": "运行中新增", "modify_date": erp_now()});
        return scene.galaxy.change(json!({"do": "add", "materials": [material]}));
    }
    let ids = some(&scene.galaxy.carried(), "id", random);
    let set = json!({"name": format!("改名 {number} 'O\"K'")});
    scene.galaxy.change(json!({"do": "modify", "ids": ids, "set": set}))
}

fn returns(crossing: &Crossing, number: i64, add: bool, random: &mut fastrand::Rng) -> u64 {
    if add {
        let id = 9_100_000 + number;
        let items = json!([{"ioi_id": 1, "sku_id": "SKU-001-1", "name": "毛衣", "unit": "件", "qty": 3}]);
        let notice = format!("THTZ91{number:06}");
        let known = json!({"type": "其它退货", "io_id": id, "so_id": notice, "items": items});
        crossing.systems.fit(&[known], &[]);
        let record =
            json!({"io_id": id, "so_id": notice, "wh_id": 1, "remark": "运行中新增", "items": items});
        return crossing.systems.change(System::Jushuitan, json!({"do": "add", "records": [record]}));
    }
    let ids = some(&crossing.records(), "io_id", random);
    let set = json!({"remark": format!("运行中修改 {number}")});
    crossing.systems.change(System::Jushuitan, json!({"do": "modify", "ids": ids, "set": set}))
}

fn stockouts(crossing: &Crossing, number: i64, add: bool, random: &mut fastrand::Rng) -> u64 {
    let records = crossing.records();
    if add {
        let mut record = records[random.usize(..records.len())].clone();
        record["stockout_no"] = json!(format!("CK91{number:06}"));
        record["stockout_id"] = json!(0);
        record["modified"] = json!(erp_now());
        return crossing.systems.change(System::Wangdiantong, json!({"do": "add", "stockouts": [record]}));
    }
    let numbers = some(&records, "stockout_no", random);
    let set = json!({"remark": format!("运行中修改 {number}")});
    crossing.systems.change(System::Wangdiantong, json!({"do": "modify", "numbers": numbers, "set": set}))
}

fn orders(crossing: &Crossing, number: i64, add: bool, random: &mut fastrand::Rng) -> u64 {
    let records = crossing.records();
    if add {
        let mut order = records[random.usize(..records.len())].clone();
        order["order_id"] = json!(9_100_000_000_i64 + number);
        order["order_no"] = json!(format!("SO-91-{number:06}"));
        let fields = order.as_object_mut().expect("an order");
        fields.remove("create_time");
        fields.remove("update_time");
        return crossing.systems.change(System::Okki, json!({"do": "add", "orders": [order]}));
    }
    let ids = some(&records, "order_id", random);
    let set = json!({"remark": format!("运行中修改 {number}")});
    crossing.systems.change(System::Okki, json!({"do": "modify", "ids": ids, "set": set}))
}

/// Names are unique: 星辰 refuses a second customer of one name.
fn shops(crossing: &Crossing, number: i64, add: bool, random: &mut fastrand::Rng) -> u64 {
    let known = crossing.records();
    let ids = match add && known.len() < MOST_SHOPS {
        true => vec![json!(10_100_000 + number)],
        false => some(&known[..3], "shop_id", random),
    };
    let shop = |id: &Value| json!({"shop_id": id, "shop_name": format!("改名店 {id}-{number}"), "shop_site": "京东", "short_name": "改"});
    let shops: Vec<Value> = ids.iter().map(shop).collect();
    crossing.systems.change(System::Jushuitan, json!({"do": "set_shops", "shops": shops}))
}
