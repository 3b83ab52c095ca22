//! The records (生产出库单, `vendors/sources.md` 2.3) and how they change.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;

/// One record. Times are the wall clock of Asia/Shanghai, to the second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stockout {
    /// `stockout_id`; 0 = give it the next free one.
    pub stockout_id: i64,
    /// `stockout_no`: unique.
    pub stockout_no: String,
    /// `process_no` 生产单号
    pub process_no: String,
    /// `status`: 5 已取消, 48 未确认, 50 待审核, 77 拣货中, 110 已完成.
    pub status: i64,
    /// `warehouse_no`
    pub warehouse_no: String,
    /// `warehouse_name`
    pub warehouse_name: String,
    /// `created`
    pub created: NaiveDateTime,
    /// `consign_time`: when the goods went out; `None` while they have not.
    pub consign_time: Option<NaiveDateTime>,
    /// `modified`
    pub modified: NaiveDateTime,
    /// `remark`
    pub remark: String,
    /// `operator_name`
    pub operator_name: String,
    /// `producer_name`
    pub producer_name: String,
    /// `detail_list`
    pub details: Vec<Detail>,
}

impl Default for Stockout {
    /// A finished record without number and details, dated 2024-01-01.
    fn default() -> Self {
        let new_year = chrono::DateTime::from_timestamp(1_704_067_200, 0).unwrap_or_default().naive_utc();
        Self {
            stockout_id: 0,
            stockout_no: String::new(),
            process_no: "PS2024010101".into(),
            status: 110,
            warehouse_no: "CK001".into(),
            warehouse_name: "原料仓".into(),
            created: new_year,
            consign_time: Some(new_year),
            modified: new_year,
            remark: String::new(),
            operator_name: "小二".into(),
            producer_name: "一车间".into(),
            details: Vec::new(),
        }
    }
}

/// One line of a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detail {
    /// `rec_id`
    pub rec_id: i64,
    /// `spec_id`
    pub spec_id: i64,
    /// `spec_no` 商家编码
    pub spec_no: String,
    /// `goods_no`
    pub goods_no: String,
    /// `goods_name`
    pub goods_name: String,
    /// `spec_name`
    pub spec_name: String,
    /// `barcode`
    pub barcode: String,
    /// `num`
    pub num: Decimal,
    /// `expect_num`
    pub expect_num: Decimal,
    /// `checked_cost_price`
    pub checked_cost_price: Decimal,
    /// `base_unit_name`
    pub base_unit_name: String,
    /// `brand_name`
    pub brand_name: String,
    /// `remark`
    pub remark: String,
    /// `defect`
    pub defect: bool,
    /// `batch_no`, which need not be there.
    pub batch_no: Option<String>,
    /// `expire_date`, which need not be there.
    pub expire_date: Option<String>,
    /// `position_no`, which need not be there.
    pub position_no: Option<String>,
}

/// All records by `stockout_no`.
#[derive(Clone, Debug, Default)]
pub(super) struct Stockouts(pub BTreeMap<String, Stockout>);

impl Stockouts {
    /// Adds records, replacing those with the same number; gives ids to those without.
    pub fn add(&mut self, stockouts: Vec<Stockout>) -> usize {
        let added = stockouts.len();
        let mut next = self.0.values().map(|stockout| stockout.stockout_id).max().unwrap_or(675_377) + 1;
        for mut stockout in stockouts {
            if stockout.stockout_id == 0 {
                stockout.stockout_id = next;
            }
            next = next.max(stockout.stockout_id + 1);
            self.0.insert(stockout.stockout_no.clone(), stockout);
        }
        added
    }

    /// Applies a change as of `now`; the number of records it touched.
    pub fn change(&mut self, change: &Change, now: NaiveDateTime) -> usize {
        match change {
            Change::Add { stockouts } => self.add(stockouts.clone()),
            Change::Modify { numbers, set } => {
                let mut touched = 0;
                for number in numbers {
                    if let Some(stockout) = self.0.get_mut(number) {
                        set.apply(stockout, now);
                        touched += 1;
                    }
                }
                touched
            }
            Change::Delete { numbers } => {
                numbers.iter().filter(|number| self.0.remove(*number).is_some()).count()
            }
        }
    }
}

/// A change of the records, made at once or in the middle of a scan. Unknown numbers are passed over.
/// In JSON `{"do": "modify", "numbers": ["CK2024082224"], "set": {"remark": "…"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Change {
    /// Adds records as they are.
    Add {
        /// The records; an id of 0 is replaced by the next free one.
        stockouts: Vec<Stockout>,
    },
    /// Sets fields, and `modified` to the simulator's now unless the patch says otherwise.
    Modify {
        /// Which.
        numbers: Vec<String>,
        /// What is set.
        #[serde(default)]
        set: Box<Patch>,
    },
    /// Removes them.
    Delete {
        /// Which.
        numbers: Vec<String>,
    },
}

/// Fields to set; what is `None` (absent in JSON) stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patch {
    /// `status`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// `remark`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// `warehouse_no`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warehouse_no: Option<String>,
    /// `consign_time`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consign_time: Option<NaiveDateTime>,
    /// `detail_list`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Vec<Detail>>,
    /// `modified`; the simulator's now when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<NaiveDateTime>,
}

impl Patch {
    fn apply(&self, stockout: &mut Stockout, now: NaiveDateTime) {
        fn put<T: Clone>(to: &mut T, from: Option<&T>) {
            if let Some(value) = from {
                to.clone_from(value);
            }
        }
        put(&mut stockout.status, self.status.as_ref());
        put(&mut stockout.remark, self.remark.as_ref());
        put(&mut stockout.warehouse_no, self.warehouse_no.as_ref());
        put(&mut stockout.details, self.details.as_ref());
        if self.consign_time.is_some() {
            stockout.consign_time = self.consign_time;
        }
        stockout.modified = self.modified.unwrap_or(now);
    }
}
