//! Records and shops as a company has them: the same for the same seed, and awkward on purpose.

use chrono::{NaiveDateTime, TimeDelta};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

use super::records::{Records, Row, TIME};

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// How many records of 其它出入库.
    pub records: usize,
    /// How many shops.
    pub shops: usize,
    /// The same seed and `until` give the same data.
    pub seed: u64,
    /// The latest `modified` (Asia/Shanghai). Now, if `None`.
    pub until: Option<NaiveDateTime>,
    /// Days before it over which `modified` is spread.
    pub days: u32,
}

impl Default for Generate {
    fn default() -> Self {
        Self { records: 500, shops: 30, seed: 1, until: None, days: 30 }
    }
}

const GOODS: &[&str] = &[
    "纯棉圆领T恤",
    "儿童羽绒服",
    "无线蓝牙耳机",
    "不锈钢保温杯",
    "全自动雨伞",
    "3/4英寸水管接头",
    "O'Neill冲浪短裤",
    "\"轻奢\"真丝围巾",
    "龙井茶 250g/罐",
    "香薰蜡烛🕯",
    "A\\B双面胶",
    "猫粮(成猫)50%肉",
];
const COLOURS: &[&str] = &["红色;XL", "藏青;均码", "白,M", "", "  黑色;S", "咖啡\t;L"];
const UNITS: &[&str] = &["件", "个", "箱"];
/// `session_expired` is free text (1.6).
const SESSIONS: &[&str] = &["------永久授权------", "2027-03-01 00:00:00", ""];
const WAREHOUSES: &[(&str, i64)] = &[("主仓", 1), ("销退仓", 2), ("次品仓", 4), ("\"华东\"自定义仓", 6)];
const SITES: &[&str] = &["淘宝天猫", "京东", "拼多多", "头条放心购", "商家自有商城", "小红书"];
const SHOPS: &[&str] =
    &["旗舰店", "专营店", "O'Plus专卖店", "\"童趣\"母婴店", "生鲜·直营", "outlet 折扣店", "工厂店（2店）"];

pub(super) fn generate(what: &Generate, now: NaiveDateTime) -> Records {
    let mut rng = Rng::with_seed(what.seed);
    let until = what.until.unwrap_or(now);
    let mut times: Vec<NaiveDateTime> = (0..what.records)
        .map(|_| until - TimeDelta::seconds(rng.i64(0..=i64::from(what.days) * 86_400)))
        .collect();
    // Row versions rise with the modification.
    times.sort_unstable();
    let mut records = Records { last_ts: 4_000_000_000, ..Records::default() };
    let mut ids: Vec<i64> = (0..what.records as i64).map(|n| 2_300_000 + n * 3).collect();
    // Older records are modified too: ids and times are in loose order only.
    for at in 1..ids.len() {
        if rng.u8(..5) == 0 {
            ids.swap(at, rng.usize(at.saturating_sub(40)..at));
        }
    }
    for (id, modified) in ids.into_iter().zip(times) {
        records.last_ts += 1 + rng.i64(0..9);
        records.inouts.insert(id, inout(&mut rng, id, records.last_ts, modified));
    }
    for serial in 0..what.shops as i64 {
        let id = 10_394_533 + serial * 7;
        records.shops.insert(id, shop(&mut rng, id, until));
    }
    records
}

fn inout(rng: &mut Rng, id: i64, ts: i64, modified: NaiveDateTime) -> Row {
    let created = modified - TimeDelta::seconds(rng.i64(0..40 * 86_400));
    let (warehouse, wh_id) = WAREHOUSES[rng.usize(..WAREHOUSES.len())];
    let kind = ["其它退货", "其它退货", "其它出库", "其它进仓"][rng.usize(..4)];
    let status = match rng.u8(..20) {
        0..16 => "Confirmed",
        16 => "WaitConfirm",
        17 => "OuterConfirming",
        18 => "Cancelled",
        _ => "Delete",
    };
    let items: Vec<Value> = (0..1 + rng.i64(0..4)).map(|line| item(rng, id, line)).collect();
    let mut row = json!({
        "io_id": id, "io_date": created.format(TIME).to_string(), "status": status,
        "so_id": format!("THTZ{:06}", id % 1_000_000), "type": kind, "f_status": "WaitConfirm",
        "warehouse": warehouse, "wh_id": wh_id, "wms_co_id": 12_252, "remark": remark(rng),
        "modified": modified.format(TIME).to_string(), "created": created.format(TIME).to_string(),
        "creator_name": "王小明", "wave_id": null, "drop_co_name": "", "ts": ts, "items": items,
    });
    // Fields that are there only where the company uses them (1.7).
    if rng.bool() {
        row["labels"] = "线下退货,质检".into();
    }
    if rng.u8(..3) == 0 {
        row["receiver_name"] = "张三".into();
        row["receiver_mobile"] = "13800138000".into();
        row["receiver_state"] = "浙江省".into();
        row["receiver_city"] = "杭州市".into();
        row["receiver_address"] = "文三路 90 号 '东部软件园'".into();
    }
    if rng.u8(..3) == 0 {
        row["logistics_company"] = "顺丰速运".into();
        row["lc_id"] = "SF".into();
        row["l_id"] = format!("SF{:012}", rng.u64(..1_000_000_000_000)).into();
    }
    match rng.u8(..4) {
        0 => row["batchs"] = Value::Null,
        1 => {
            let sku = row["items"][0]["sku_id"].clone();
            row["batchs"] = json!([{"batch_no": "B2026-01", "sku_id": sku, "qty": 1, "product_date": "2026-01-01",
                "supplier_id": 0, "supplier_name": null, "ioi_id": row["items"][0]["ioi_id"]}]);
        }
        _ => {}
    }
    match row {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

fn item(rng: &mut Rng, id: i64, line: i64) -> Value {
    let goods = rng.usize(..GOODS.len());
    let (qty, cents) = (1 + rng.i64(0..20), rng.i64(1..100_000));
    let mut item = json!({
        "ioi_id": id * 10 + line, "io_id": id, "sku_id": format!("SKU-{goods:03}-{}", rng.u8(1..9)),
        "i_id": format!("KS{goods:03}"), "name": GOODS[goods], "unit": UNITS[rng.usize(..UNITS.len())],
        "properties_value": COLOURS[rng.usize(..COLOURS.len())], "qty": qty,
        "cost_price": decimal(cents, 2), "cost_amount": decimal(cents * qty, 2), "remark": "",
    });
    if rng.bool() {
        item["sale_price"] = decimal(cents * 15 + rng.i64(0..100), 4);
        item["sale_amount"] = decimal(cents * qty * 2, 2);
    }
    if rng.u8(..3) == 0 {
        item["batch_id"] = format!("PC{:04}", rng.u16(..10_000)).into();
        item["product_date"] = "2026-01-01 00:00:00".into();
    }
    item
}

fn remark(rng: &mut Rng) -> Value {
    match rng.u8(..5) {
        0 => Value::Null,
        1 => "".into(),
        2 => "客户说\"不合适\"，it's ok; 100% 退".into(),
        3 => "第一行\n第二行".into(),
        _ => "线下退货".into(),
    }
}

fn shop(rng: &mut Rng, id: i64, until: NaiveDateTime) -> Row {
    let created = until - TimeDelta::milliseconds(rng.i64(0..3 * 365 * 86_400_000));
    let site = SITES[rng.usize(..SITES.len())];
    let created = match rng.u8(..6) {
        0 => String::new(),
        1 => created.format(TIME).to_string(),
        _ => created.format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
    };
    let row = json!({
        "group_name": if rng.bool() { json!("自有商城") } else { Value::Null }, "created": created, "co_id": 12_252,
        "session_uid": format!("{}", rng.u64(..10_000_000_000_000)), "shop_site": site,
        "shop_name": format!("{site}{}{}", SHOPS[rng.usize(..SHOPS.len())], id % 100),
        "nick": format!("self_{}", rng.u64(..)), "shop_id": id,
        "session_expired": SESSIONS[rng.usize(..SESSIONS.len())],
        "group_id": rng.u16(..), "shop_url": null, "organization": null, "short_name": "",
    });
    match row {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// `units` / 10^`scale`, with all its digits: `12.30`.
fn decimal(units: i64, scale: usize) -> Value {
    let digits = format!("{units:0width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let number: Number = format!("{whole}.{fraction}").parse().expect("digits are a number");
    Value::Number(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jushuitan::records::text;

    #[test]
    fn the_same_seed_gives_the_same_awkward_data() {
        let until = NaiveDateTime::parse_from_str("2026-11-01 12:00:00", TIME).unwrap();
        let make = |seed| {
            generate(&Generate { records: 2000, seed, until: Some(until), ..Generate::default() }, until)
        };
        let made = make(1);
        assert_eq!(made.inouts, make(1).inouts);
        assert_eq!(made.shops, make(1).shops);
        assert_ne!(made.inouts, make(2).inouts);
        assert_eq!((made.inouts.len(), made.shops.len()), (2000, 30));
        let rows: Vec<&Row> = made.inouts.values().collect();
        assert!(rows.iter().all(|row| *"2026-10-02 12:00:00" <= *text(row, "modified")));
        assert!(rows.iter().all(|row| *text(row, "modified") <= *"2026-11-01 12:00:00"));
        let some = |what: &dyn Fn(&Row) -> bool| rows.iter().any(|row| what(row));
        assert!(some(&|row| text(row, "remark").contains('\'')) && some(&|row| row["remark"].is_null()));
        assert!(some(&|row| !row.contains_key("labels")) && some(&|row| row.contains_key("labels")));
        assert!(some(&|row| row["items"].to_string().contains("\\\"轻奢\\\"")));
        assert!(some(&|row| row["items"][0]["cost_price"].to_string().ends_with(".10")), "digits are kept");
        // Neither ids nor times are in the order of the other.
        assert!(rows.windows(2).any(|pair| text(pair[0], "modified") > text(pair[1], "modified")));
        assert_eq!(decimal(5, 2).to_string(), "0.05");
    }
}
