//! 其它出入库 records and shops, and how they change.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A row as it is answered.
pub(super) type Row = Map<String, Value>;

/// The format of all times but the shops' `created`.
pub(super) const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// A change of the data. In JSON `{"do": "modify", "ids": [1001], "set": {"status": "Cancelled"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Sets fields of records (none to set: it is only touched). `modified` becomes now and `ts` the next one,
    /// unless they are set.
    Modify {
        /// `io_id`s.
        ids: Vec<i64>,
        /// Fields and their new values.
        #[serde(default)]
        set: Map<String, Value>,
    },
    /// Adds records, or replaces those with the same `io_id`. What a record does not have of `modified`, `ts`,
    /// `status`, `type`, `so_id` and `items` is filled in.
    Add {
        /// Rows with an `io_id`.
        records: Vec<Value>,
    },
    /// Removes records.
    Delete {
        /// `io_id`s.
        ids: Vec<i64>,
    },
    /// Adds shops, or sets fields of those with the same `shop_id`.
    SetShops {
        /// Rows with a `shop_id`.
        shops: Vec<Value>,
    },
    /// Removes shops, or disables them, which looks the same.
    DeleteShops {
        /// `shop_id`s.
        ids: Vec<i64>,
    },
    /// Ends all tokens.
    ExpireTokens,
}

/// All that can be queried.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// By `io_id`.
    pub inouts: BTreeMap<i64, Row>,
    /// By `shop_id`.
    pub shops: BTreeMap<i64, Row>,
    /// The last row version that was given.
    pub last_ts: i64,
}

impl Records {
    fn next_ts(&mut self) -> i64 {
        self.last_ts += 1;
        self.last_ts
    }

    /// How many rows were touched. The tokens are not here.
    pub fn change(&mut self, change: &Change, now: NaiveDateTime) -> usize {
        match change {
            Change::Modify { ids, set } => {
                let mut touched = 0;
                for id in ids {
                    let ts = self.last_ts + 1;
                    let Some(row) = self.inouts.get_mut(id) else { continue };
                    row.insert("modified".into(), now.format(TIME).to_string().into());
                    row.insert("ts".into(), ts.into());
                    row.extend(set.clone());
                    self.last_ts = ts;
                    touched += 1;
                }
                touched
            }
            Change::Add { records } => {
                records.iter().filter_map(Value::as_object).filter(|row| self.add(row, now).is_some()).count()
            }
            Change::Delete { ids } => ids.iter().filter(|id| self.inouts.remove(id).is_some()).count(),
            Change::SetShops { shops } => {
                let mut touched = 0;
                for shop in shops.iter().filter_map(Value::as_object) {
                    if let Some(id) = shop.get("shop_id").and_then(Value::as_i64) {
                        self.shops.entry(id).or_default().extend(shop.clone());
                        touched += 1;
                    }
                }
                touched
            }
            Change::DeleteShops { ids } => ids.iter().filter(|id| self.shops.remove(id).is_some()).count(),
            Change::ExpireTokens => 0,
        }
    }

    fn add(&mut self, row: &Row, now: NaiveDateTime) -> Option<()> {
        let id = row.get("io_id")?.as_i64()?;
        let ts = self.next_ts();
        let time = now.format(TIME).to_string();
        let defaults = json!({
            "io_id": id, "so_id": "", "type": "其它退货", "status": "Confirmed", "io_date": time, "created": time,
            "modified": time, "ts": ts, "items": [],
        });
        let mut full = defaults.as_object()?.clone();
        full.extend(row.clone());
        self.last_ts = self.last_ts.max(full["ts"].as_i64().unwrap_or(0));
        self.inouts.insert(id, full);
        Some(())
    }
}

/// A field of a row as text; empty where it has none.
pub(super) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}
