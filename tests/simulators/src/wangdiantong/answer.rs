//! The bodies of answers (`vendors/sources.md` 2.3, 2.4). HTTP is 200 always; the truth is inside.

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::config::{Comma, Fields, Switches, TimeFormat};
use super::decimal::Decimal;
use super::stockouts::{Detail, Stockout};
use crate::system::Answer;

/// A call that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: i64,
    pub message: String,
}

impl Refusal {
    pub fn new(status: i64, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// Java's words for a text that is no integer.
    pub fn no_number(text: &str) -> Self {
        Self::new(1, format!("For input string: \"{text}\""))
    }

    /// Too many calls a minute.
    pub fn calls(comma: Comma) -> Self {
        Self::new(100, format!("超过每分钟最大调用频率限制{}请稍后重试", comma.char()))
    }

    /// Too many calls at once.
    pub fn concurrent_calls(comma: Comma) -> Self {
        Self::new(100, format!("超过每分钟最大并发次数限制{}请稍后重试", comma.char()))
    }

    pub fn answer(&self) -> Answer {
        let body = json!({"status": self.status, "message": self.message});
        Answer::json(&body, format!("status {}: {}", self.status, self.message))
    }
}

impl Comma {
    fn char(self) -> char {
        match self {
            Self::Wide => '，',
            Self::Ascii => ',',
        }
    }
}

/// A page; `total` is left out where it is `None`.
pub(super) fn page(rows: Vec<Value>, total: Option<i64>) -> Value {
    let mut data = Map::new();
    if let Some(total) = total {
        data.insert("total_count".into(), total.into());
    }
    data.insert("order".into(), rows.into());
    json!({"status": 0, "data": data})
}

/// One record, its keys in the order of the documents' example.
pub(super) fn stockout(of: &Stockout, switches: &Switches) -> Value {
    let time = |time: NaiveDateTime| moment(Some(time), switches.times);
    let details: Vec<Value> = of.details.iter().map(|line| detail(line, switches)).collect();
    let goods_count: Decimal = of.details.iter().map(|line| line.num).sum();
    let cost: Decimal = of.details.iter().map(|line| line.num * line.checked_cost_price).sum();
    let mut record = json!({
        "flag_id": 0, "logistics_name": "无", "consign_time": moment(of.consign_time, switches.times),
        "error_info": "", "detail_list": details, "goods_type_count": of.details.len(), "remark": of.remark,
        "goods_count": goods_count, "stockout_id": of.stockout_id, "flag_name": "无",
        "warehouse_no": of.warehouse_no, "checked_goods_total_cost": cost, "modified": time(of.modified),
        "note_count": 0, "logistics_no": "", "created": time(of.created), "stockout_no": of.stockout_no,
        "src_order_type": 5, "operator_name": of.operator_name, "weigh_post_cost": 0,
        "warehouse_name": of.warehouse_name, "checkouter_name": "系统", "producer_name": of.producer_name,
        "process_no": of.process_no, "status": of.status,
    });
    if let (Fields::Of2020, Value::Object(fields)) = (switches.fields, &mut record) {
        fields.retain(|name, _| {
            !["flag_id", "flag_name", "stockout_id", "warehouse_no", "producer_name"].contains(&name.as_str())
        });
        fields.insert("freeze_reason".into(), 0.into());
        fields.insert("src_order_id".into(), 268.into());
    }
    record
}

fn detail(of: &Detail, switches: &Switches) -> Value {
    let mut line = json!({
        "rec_id": of.rec_id, "spec_no": of.spec_no, "goods_no": of.goods_no, "goods_name": of.goods_name,
        "short_name": "", "spec_code": "", "spec_name": of.spec_name, "spec_id": of.spec_id,
        "barcode": of.barcode, "num": of.num, "scan_type": 0, "defect": of.defect, "remark": of.remark,
        "expect_num": of.expect_num, "checked_cost_price": of.checked_cost_price,
        "brand_name": of.brand_name, "aux_unit_name": "无", "base_unit_name": of.base_unit_name,
    });
    let Value::Object(fields) = &mut line else { return line };
    if switches.fields == Fields::Of2020 {
        fields.retain(|name, _| !["rec_id", "spec_id"].contains(&name.as_str()));
        return line;
    }
    for (name, value) in
        [("expire_date", &of.expire_date), ("position_no", &of.position_no), ("batch_no", &of.batch_no)]
    {
        if let Some(value) = value {
            fields.insert(name.into(), value.as_str().into());
        }
    }
    let text = |optional: &Option<String>| optional.clone().unwrap_or_default();
    let position = json!({
        "rec_id": of.rec_id + 1, "stockout_detail_id": of.rec_id, "position_id": -2,
        "position_no": "采购未上架", "batch_no": text(&of.batch_no), "expire_date": text(&of.expire_date),
        "production_date": "", "position_goods_count": of.num,
    });
    fields.insert("position_details_list".into(), vec![position].into());
    line
}

/// A time. What one that is not there looks like is our choice: nothing is recorded.
fn moment(time: Option<NaiveDateTime>, format: TimeFormat) -> Value {
    const SHANGHAI_MS: i64 = 8 * 3_600_000;
    match (format, time) {
        (TimeFormat::Text, None) => "".into(),
        (TimeFormat::Text, Some(time)) => time.format("%Y-%m-%d %H:%M:%S").to_string().into(),
        (TimeFormat::Milliseconds, None) => 0.into(),
        (TimeFormat::Milliseconds, Some(time)) => (time.and_utc().timestamp_millis() - SHANGHAI_MS).into(),
    }
}
