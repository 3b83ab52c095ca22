//! Records as a company has them: the same for the same seed, and awkward on purpose.

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::stockouts::{Detail, Stockout};

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// How many records.
    pub rows: usize,
    /// The same seed, `days` and `until` give the same records.
    pub seed: u64,
    /// The days before `until` over which `modified` is spread.
    pub days: u32,
    /// The latest time (Asia/Shanghai). Now, if `None`.
    pub until: Option<NaiveDateTime>,
}

impl Default for Generate {
    fn default() -> Self {
        Self { rows: 1000, seed: 1, days: 7, until: None }
    }
}

const GOODS: &[(&str, &str, &str)] = &[
    ("RM-1001", "304不锈钢板 1.5mm", "KG"),
    ("RM-1002", "聚丙烯颗粒（食品级）", "KG"),
    ("RM-2001", "6\"铜管", "米"),
    ("RM-2002", "O'Ring 密封圈", "个"),
    ("PK-3001", "五层瓦楞纸箱 40*30*20", "个"),
    ("PK-3002", "气泡膜\t50cm", "卷"),
    ("FG-4001", "保温杯 \"旅行者\" 500ml", "个"),
    ("FG-4002", "马克杯·龘", "个"),
    ("FG-4003", "苹果 🍎 礼盒 & 卡片", "盒"),
    ("CH-5001", "食用香精 C:\\N型", "KG"),
];
const WAREHOUSES: &[(&str, &str)] =
    &[("CK001", "原料仓"), ("CK002", "成品仓"), ("CK003", "华东一号仓"), ("lich0313", "巫妖的仓库")];
const REMARKS: &[&str] =
    &["", "", "", "快速生产原料出库", "补料 'A线'", "加急！\"今天\"发", "见单 PS-1/2\n换行", "50%损耗"];
const PRODUCERS: &[&str] = &["一车间", "二车间", "刘子渲生产商", "委外·O'Neil 工厂"];

/// Makes the records, in ascending `stockout_id`. One in twenty was modified in the very second of the
/// one before it, as when many are finished at once.
pub(super) fn generate(what: &Generate, now: NaiveDateTime) -> Vec<Stockout> {
    let mut rng = Rng::with_seed(what.seed);
    let until = what.until.unwrap_or(now);
    let until = until.with_nanosecond(0).unwrap_or(until);
    let mut stockouts: Vec<Stockout> = Vec::with_capacity(what.rows);
    let mut id = 675_000;
    for serial in 0..what.rows {
        id += 1 + rng.i64(0..3);
        let modified = match stockouts.last() {
            Some(last) if rng.u8(..20) == 0 => last.modified,
            _ => until - TimeDelta::seconds(rng.i64(0..i64::from(what.days.max(1)) * 86_400)),
        };
        stockouts.push(fresh(&mut rng, id, serial, modified));
    }
    stockouts
}

fn fresh(rng: &mut Rng, id: i64, serial: usize, modified: NaiveDateTime) -> Stockout {
    let status = match rng.u8(..100) {
        0..90 => 110,
        90..93 => 5,
        93..95 => 48,
        95..98 => 50,
        _ => 77,
    };
    let consigned = modified - TimeDelta::seconds(if rng.u8(..3) == 0 { rng.i64(1..200_000) } else { 0 });
    let created = consigned - TimeDelta::seconds(rng.i64(0..300_000));
    let (warehouse_no, warehouse_name) = WAREHOUSES[rng.usize(..WAREHOUSES.len())];
    let day = created.format("%Y%m%d");
    Stockout {
        stockout_id: id,
        stockout_no: format!("CK{day}{serial:04}"),
        process_no: format!("PS{day}{:02}", rng.u8(1..100)),
        status,
        warehouse_no: warehouse_no.into(),
        warehouse_name: warehouse_name.into(),
        created,
        consign_time: (status == 110).then_some(consigned),
        modified,
        remark: REMARKS[rng.usize(..REMARKS.len())].into(),
        operator_name: ["小二y", "aaa2", "王'五"][rng.usize(..3)].into(),
        producer_name: PRODUCERS[rng.usize(..PRODUCERS.len())].into(),
        details: (0..rng.i64(1..5)).map(|line| detail(rng, id * 10 + line)).collect(),
    }
}

fn detail(rng: &mut Rng, rec_id: i64) -> Detail {
    let at = rng.usize(..GOODS.len());
    let (spec_no, name, unit) = GOODS[at];
    let num = match rng.u8(..8) {
        // More digits than a double holds.
        0 => Decimal(rng.i64(10_i64.pow(17)..10_i64.pow(18)) | 1),
        1..4 => Decimal(rng.i64(1..5_000_000)),
        _ => Decimal::whole(rng.i64(1..500)),
    };
    let optional = |rng: &mut Rng, text: String| match rng.u8(..3) {
        0 => None,
        1 => Some(String::new()),
        _ => Some(text),
    };
    Detail {
        rec_id,
        spec_id: 100 + at as i64,
        spec_no: spec_no.into(),
        goods_no: spec_no.replace('-', ""),
        goods_name: name.into(),
        spec_name: ["默认规格", "无", "大/红"][rng.usize(..3)].into(),
        barcode: format!("69{:011}", rng.u64(..100_000_000_000)),
        num,
        expect_num: num,
        checked_cost_price: Decimal(rng.i64(0..2_000_000)),
        base_unit_name: unit.into(),
        brand_name: if rng.bool() { "无".into() } else { "淘淘乐".into() },
        remark: String::new(),
        defect: rng.u8(..20) == 0,
        batch_no: optional(rng, format!("B{:06}", rec_id % 1_000_000)),
        expire_date: optional(rng, "2027-12-31 00:00:00".into()),
        position_no: optional(rng, "A-01-02".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_awkward_records() {
        let until = Stockout::default().created;
        let make = |seed| generate(&Generate { rows: 3000, seed, days: 5, until: Some(until) }, until);
        let made = make(1);
        assert_eq!(made, make(1));
        assert_ne!(made, make(2));
        let numbers: HashSet<&str> = made.iter().map(|s| s.stockout_no.as_str()).collect();
        assert_eq!(numbers.len(), 3000);
        let earliest = until - TimeDelta::days(5);
        assert!(made.iter().all(|s| s.modified <= until && s.modified > earliest));
        assert!(
            made.iter().all(|s| s.created <= s.modified && s.consign_time.is_none_or(|t| t <= s.modified))
        );
        assert!(made.iter().any(|s| s.consign_time.is_some_and(|t| t < s.modified)));
        assert!(made.windows(2).any(|pair| pair[0].modified == pair[1].modified));
        let some = |what: &dyn Fn(&Detail) -> bool| made.iter().flat_map(|s| &s.details).any(what);
        assert!(some(&|d| d.goods_name.contains('\'')) && some(&|d| d.goods_name.contains('"')));
        assert!(some(&|d| d.batch_no.is_none()) && some(&|d| d.batch_no.as_deref() == Some("")));
        assert!(some(&|d| d.num.to_string().contains('.')));
        assert!(some(&|d| d.num.to_string().parse::<f64>().unwrap().to_string() != d.num.to_string()));
    }
}
