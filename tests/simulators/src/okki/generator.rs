//! Orders and customers as a company has them: the same for the same seed, and awkward on purpose.

use chrono::{NaiveDateTime, TimeDelta};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::TIME;

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// How many orders.
    pub rows: usize,
    /// The same seed and `until` give the same orders.
    pub seed: u64,
    /// The latest time (Asia/Shanghai): orders are spread over the days before it. Now, if `None`.
    pub until: Option<NaiveDateTime>,
    /// Over how many days their `update_time` is spread.
    pub days: u32,
}

impl Default for Generate {
    fn default() -> Self {
        Self { rows: 200, seed: 1, until: None, days: 90 }
    }
}

const COMPANIES: &[(&str, &str)] = &[
    ("O'Neil & Sons GmbH", "DE"),
    ("上海晨光\"国际\"贸易有限公司", "CN"),
    ("Müller Handels AG", "CH"),
    ("PT. Sinar Jaya", "ID"),
    ("Łódź Fabryka Sp. z o.o.", "PL"),
    ("深圳市龙岗区㐂福五金厂", "CN"),
    ("ООО «Техно»", "RU"),
    ("Ferretería D'Angelo", "ES"),
];
const PRODUCTS: &[&str] = &[
    "不锈钢球阀 DN50",
    "内六角螺钉 M8×30",
    "3/4' NPT 快插接头",
    "Yellow Paper Bag With White Kraft         白牛带印刷",
    "LED \"精品\" 显示屏",
    "聚氨酯同步带 50%",
    "O型密封圈·龘",
    "电线电缆 RVV\\2×1.5",
];
const UNITS: &[&str] = &["PCS", "", "kg", "m", "套"];
/// Currency, and what it is worth in RMB and in USD, both times a hundred (3.4).
const CURRENCIES: &[(&str, &str, &str)] =
    &[("USD", "725", "100"), ("EUR", "782.35", "107.9"), ("CNY", "100", "13.7931")];

const PORTS: [&str; 4] = ["", "Hamburg", "São Paulo", "上海'洋山'港"];
const REMARKS: [&str; 4] = ["", "急！\n\"加急\"", "it's ok", "按样品 50%"];
const MODELS: [&str; 3] = ["", "  M8×30", "304不锈钢 "];
/// Most are approved, some need no approval, some are drafts.
const APPROVALS: [i64; 5] = [1, 1, 1, -1, 0];

/// The number of customers.
const CUSTOMERS: i64 = 40;
/// The number of products.
const ITEMS: i64 = 60;

/// The customers, `C0001` to `C0040`.
pub(super) fn companies() -> Vec<Value> {
    (1..=CUSTOMERS).map(|n| json!({
        "company_id": company_id(n), "name": company_name(n), "short_name": "", "serial_id": serial_id(n),
        "country": COMPANIES[(n % 8) as usize].1, "create_time": "2023-01-02 03:04:05", "update_time": "2024-01-02 03:04:05",
    })).collect()
}

fn company_id(n: i64) -> i64 {
    3_448_551_900 + n * 17
}

fn serial_id(n: i64) -> String {
    format!("C{n:04}")
}

fn company_name(n: i64) -> String {
    format!("{} {n}", COMPANIES[(n % 8) as usize].0)
}

/// Makes the orders, in ascending `order_id`.
pub(super) fn generate(what: &Generate, now: NaiveDateTime) -> Vec<Value> {
    let mut rng = Rng::with_seed(what.seed);
    let until = what.until.unwrap_or(now);
    let mut id = 5_203_556_000;
    let mut order = |serial| {
        id += rng.i64(1..400);
        one(&mut rng, id, serial, until, i64::from(what.days.max(1)) * 86_400)
    };
    (1..=what.rows).map(&mut order).collect()
}

fn one(rng: &mut Rng, id: i64, serial: usize, until: NaiveDateTime, spread: i64) -> Value {
    let updated = until - TimeDelta::seconds(rng.i64(1..=spread));
    let created = updated - TimeDelta::seconds(rng.i64(0..30 * 86_400));
    let customer = rng.i64(1..=CUSTOMERS);
    let (currency, rate, rate_usd) = CURRENCIES[rng.usize(..CURRENCIES.len())];
    let lines = rng.usize(1..=6);
    let first = rng.i64(0..ITEMS);
    let (mut list, mut total, mut count) = (Vec::new(), 0, 0);
    for line in 0..lines {
        // Two lines of one order never have the same product.
        let item = (first + line as i64 * 7) % ITEMS + 1;
        // Hundredths of a piece, hundredths of the currency.
        let pieces = if rng.u8(..4) == 0 { rng.i64(1..5000) } else { rng.i64(1..500) * 100 };
        let amount = pieces * rng.i64(1..90_000) / 100 + 1;
        (total, count) = (total + amount, count + pieces);
        list.push(product(rng, id * 10 + line as i64, serial, item, pieces, amount));
    }
    let extra = if rng.bool() { rng.i64(0..50_000) } else { 0 };
    let number = format!("SO{}-{serial:05}", created.format("%y%m%d"));
    let mut order = json!({
        "1101060384": "腾讯", "1101060387": "", "1101060392": 0,
        "order_id": id, "order_no": number, "account_date": created.format("%Y-%m-%d 00:00:00").to_string(),
        "name": format!("{} 订单", company_name(customer)), "exchange_rate": exact(rate),
        "exchange_rate_usd": exact(rate_usd), "currency": currency, "amount": hundredths(total + extra),
        "product_total_amount": hundredths(total), "product_total_count": hundredths(count),
        "addition_cost_amount": hundredths(extra), "create_time": created.format(TIME).to_string(),
        "update_time": updated.format(TIME).to_string(), "product_list": list,
        "cost_list": [{"cost": hundredths(extra), "cost_name": "erp费用名称", "percent_type": "0", "percent_amount": "200"}],
    });
    let shipment = (created + TimeDelta::days(30)).format("%Y-%m-%d").to_string();
    let more = json!({
        "shipment_deadline": if rng.bool() { shipment } else { String::new() }, "shipment_port": "宁波",
        "target_port": PORTS[rng.usize(..4)], "remark": REMARKS[rng.usize(..4)],
        "approval_status": APPROVALS[rng.usize(..5)],
        "users": [{"rate": 100, "user_id": "11858712", "nickname": "qiao"}], "user_id": [11_858_712],
        "departments": [{"rate": 100, "department_id": "148", "name": "外贸部跟单组"}],
        "status": 1_101_043_688, "status_name": "待回款", "create_user": 11_858_712, "update_user": 11_858_711,
        "archive_type": 4, "source_type": 0, "opportunity_id": 0, "quotation_info": [], "file_list": [],
    });
    for part in [party(customer), more] {
        if let (Some(order), Value::Object(part)) = (order.as_object_mut(), part) {
            order.extend(part);
        }
    }
    // Fields that are not there at all, as some orders have them.
    if rng.u8(..5) == 0
        && let Some(fields) = order.as_object_mut()
    {
        fields.retain(|name, _| !matches!(name.as_str(), "remark" | "target_port" | "customer_name"));
    }
    order
}

/// Whom an order is for.
fn party(customer: i64) -> Value {
    let (id, name) = (company_id(customer), company_name(customer));
    json!({
        "company_id": id, "company_name": name, "company_phone": "19999999999, 21318888888888",
        "company": {"company_id": id, "name": name, "is_archive": 1, "serial_id": serial_id(customer)},
        "country": COMPANIES[(customer % 8) as usize].1, "customer_name": "Ms. D'Souza",
        "customer_email": "d.souza@example.com",
    })
}

fn product(rng: &mut Rng, unique_id: i64, serial: usize, item: i64, pieces: i64, amount: i64) -> Value {
    let name = PRODUCTS[(item % 8) as usize];
    let mut line = Map::new();
    let mut set = |name: &str, value: Value| line.insert(name.to_owned(), value);
    set("1102748156", "".into());
    set("unit", UNITS[(item % 5) as usize].into());
    set("count", hundredths(pieces));
    set("sku_id", (3_495_743_000 + item).into());
    set("unique_id", unique_id.into());
    // As text here and as a number there: 3.4.
    set("product_id", (3_495_700_000 + item).to_string().into());
    set("product_no", format!("ITEM-{item:04}").into());
    set("sku_code", format!("ITEM-{item:04}").into());
    set("unit_price", hundredths(amount * 100 / pieces));
    set("cost_amount", hundredths(amount));
    set("other_cost", 0.into());
    set("product_name", name.into());
    set("product_cn_name", "".into());
    set("product_model", MODELS[rng.usize(..3)].into());
    set("refer_order_no", format!("PO'{serial}").into());
    set("tax_refund_rate", 13.into());
    Value::Object(line)
}

/// `250` as `2.5`, with no more digits than it needs.
fn hundredths(number: i64) -> Value {
    let text = format!("{}.{:02}", number / 100, number % 100);
    exact(text.trim_end_matches('0').trim_end_matches('.'))
}

/// A number with these digits.
fn exact(text: &str) -> Value {
    serde_json::from_str(text).expect("a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_awkward_orders() {
        let until = NaiveDateTime::parse_from_str("2026-11-01 12:00:00", TIME).unwrap();
        let make = |seed| generate(&Generate { rows: 500, seed, until: Some(until), days: 30 }, until);
        let orders = make(1);
        assert_eq!(orders, make(1));
        assert_ne!(orders, make(2));
        assert_eq!(orders.len(), 500);
        assert!(orders.windows(2).all(|pair| pair[0]["order_id"].as_i64() < pair[1]["order_id"].as_i64()));
        let some = |what: &dyn Fn(&Value) -> bool| orders.iter().any(what);
        assert!(some(&|o| o["company_name"].as_str().unwrap().contains('\'')));
        assert!(some(&|o| o["company_name"].as_str().unwrap().contains('"')));
        assert!(some(&|o| o.get("remark").is_none()) && some(&|o| o["exchange_rate"] == exact("782.35")));
        assert!(some(&|o| o["product_list"][0]["count"].to_string().contains('.')));
        assert!(orders.iter().all(|o| o["update_time"].as_str() < Some("2026-11-01 12:00:00")));
        assert!(orders.iter().all(|o| o["update_time"].as_str() >= Some("2026-10-02 12:00:00")));
        for order in &orders {
            let lines = order["product_list"].as_array().unwrap();
            let products: std::collections::HashSet<&str> =
                lines.iter().map(|line| line["product_no"].as_str().unwrap()).collect();
            assert_eq!(products.len(), lines.len());
        }
    }
}
