//! The records of the flows' sources: what they are known by, and how the sources' control APIs change them.

use serde_json::{Value, json};

/// The flow of 物料.
pub const MATERIALS: &str = "galaxy-materials-to-mysql";
/// The flow of 线下退货.
pub const RETURNS: &str = "jushuitan-returns-to-galaxy";
/// The flow of 生产出库.
pub const STOCKOUTS: &str = "wangdiantong-stockouts-to-galaxy";
/// The flow of 销售订单.
pub const ORDERS: &str = "okki-orders-to-wise";
/// The flow of 店铺.
pub const SHOPS: &str = "jushuitan-shops-to-jdy";

/// The id by which the source's control API knows a record.
///
/// # Panics
/// When there is no such flow.
pub fn id(flow: &str, record: &Value) -> Value {
    let field = match flow {
        MATERIALS => "id",
        RETURNS => "io_id",
        STOCKOUTS => "stockout_no",
        ORDERS => "order_id",
        SHOPS => "shop_id",
        other => panic!("no flow is called {other}"),
    };
    record[field].clone()
}

/// The id by which dead letters, jobs and the skip list know a record: the flow file's `source.id`.
pub fn letter(flow: &str, record: &Value) -> String {
    if flow == ORDERS { text(&record["order_id"]) } else { key(flow, record) }
}

/// The key of a record's document in the target.
pub fn key(flow: &str, record: &Value) -> String {
    let field = match flow {
        MATERIALS => "master_id",
        ORDERS => "order_no",
        _ => return text(&id(flow, record)),
    };
    text(&record[field])
}

/// An id as a text.
pub fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// The source's change that sets fields of these records; where there are none to set, it touches them. Shops have names
/// of their own: each one's id is put behind the name.
///
/// # Panics
/// When there is no such flow.
pub fn set(flow: &str, records: &[&Value], fields: &Value) -> Value {
    let ids: Vec<Value> = records.iter().map(|record| id(flow, record)).collect();
    match flow {
        MATERIALS | RETURNS | ORDERS => json!({"do": "modify", "ids": ids, "set": fields}),
        STOCKOUTS => json!({"do": "modify", "numbers": ids, "set": fields}),
        SHOPS => {
            let shop = |id: &Value| {
                let mut shop = fields.clone();
                shop["shop_id"] = id.clone();
                if let Some(name) = fields["shop_name"].as_str() {
                    shop["shop_name"] = json!(format!("{name} {id}"));
                }
                shop
            };
            json!({"do": "set_shops", "shops": ids.iter().map(shop).collect::<Vec<_>>()})
        }
        other => panic!("no flow is called {other}"),
    }
}

/// The source's change that deletes these records.
pub fn delete(flow: &str, records: &[&Value]) -> Value {
    let ids: Vec<Value> = records.iter().map(|record| id(flow, record)).collect();
    match flow {
        STOCKOUTS => json!({"do": "delete", "numbers": ids}),
        SHOPS => json!({"do": "delete_shops", "ids": ids}),
        _ => json!({"do": "delete", "ids": ids}),
    }
}

/// A record that is not there yet, like `model`; `n` tells it from others. Materials and shops are added with these fields
/// alone.
///
/// # Panics
/// When there is no such flow.
pub fn another(flow: &str, model: &Value, n: u64) -> Value {
    let mut record = model.clone();
    let fields = record.as_object_mut().expect("a record");
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    match flow {
        MATERIALS => {
            return json!({"number": format!("77.01.{n:06}"), "name": format!("新增物料{n}")});
        }
        RETURNS => {
            set("io_id", json!(9_000_000 + n));
            set("so_id", json!(format!("THTZ9{n:05}")));
            for stamp in ["modified", "ts"] {
                fields.remove(stamp);
            }
        }
        STOCKOUTS => {
            set("stockout_no", json!(format!("CK-NEW-{n}")));
            set("stockout_id", json!(0));
        }
        ORDERS => {
            set("order_id", json!(9_000_000_000_u64 + n));
            set("order_no", json!(format!("SO-NEW-{n}")));
            for stamp in ["create_time", "update_time"] {
                fields.remove(stamp);
            }
        }
        SHOPS => {
            return json!({"shop_id": 10_000_000 + n, "shop_name": format!("新开的店{n}"), "shop_site": "京东",
                "short_name": format!("新{n}")});
        }
        other => panic!("no flow is called {other}"),
    }
    record
}

/// The source's change that adds these records, at this time by the source's clock (`2026-11-20T10:00:00`).
///
/// # Panics
/// When there is no such flow.
pub fn add(flow: &str, records: &[Value], now: &str) -> Value {
    let dated = |field: &str| -> Vec<Value> {
        let mut records = records.to_vec();
        records.iter_mut().for_each(|record| record[field] = json!(now));
        records
    };
    match flow {
        MATERIALS => json!({"do": "add", "materials": dated("modify_date")}),
        RETURNS => json!({"do": "add", "records": records}),
        STOCKOUTS => json!({"do": "add", "stockouts": dated("modified")}),
        ORDERS => json!({"do": "add", "orders": records}),
        SHOPS => json!({"do": "set_shops", "shops": records}),
        other => panic!("no flow is called {other}"),
    }
}
