//! 小满 OKKI `/v1/invoices/order/info`: sales orders with their products.

use super::{LINES, Random, decimal};
use serde_json::{Value, json};

const PRODUCTS: [&str; 4] =
    ["Stainless bolt M8×20", "不锈钢法兰 DN50", "1/2\" ball valve", "Men's glove, size 9"];

pub fn records(count: usize) -> Vec<Value> {
    let mut random = Random::new(20_261_103);
    (0..count).map(|index| record(&mut random, index as u64)).collect()
}

fn record(random: &mut Random, index: u64) -> Value {
    let currency = random.pick(&["USD", "USD", "EUR", "CNY"]);
    let rate = match currency {
        "USD" => json!(725),
        "EUR" => decimal(78_153, 2),
        _ => json!(100),
    };
    let order_no = format!("PI2611-{:04}", 1 + index);
    let lines: Vec<Value> = (0..LINES as u64).map(|line| product(random, index * 100 + line)).collect();
    let mut record = json!({
        "order_id": 88_201_533_000_u64 + index,
        "order_no": order_no,
        "name": random.pick(&["Müller GmbH 十一月订单", "ACME \"Spring\" order", "常规补货"]),
        "account_date": format!("{} 00:00:00", &random.moment()[..10]),
        "exchange_rate": rate,
        "exchange_rate_usd": 100,
        "currency": currency,
        "amount": decimal(random.below(9_000_000), 2),
        "amount_rmb": decimal(random.below(90_000_000), 2),
        "addition_cost_amount": 0,
        "price_contract": "FOB",
        "receive_remittance_way": "T/T",
        "country": "DE",
        "opportunity_id": 0,
        "users": [{"user_id": "55300142", "rate": 100}],
        "company": {
            "company_id": 5_203_001 + random.below(900),
            "name": random.pick(&["Müller & Söhne GmbH", "ACME Inc.", "宁波远航贸易有限公司"]),
            "serial_id": format!("C{:05}", random.below(100_000)),
        },
        "customer_name": "Hans",
        "transport_mode": "Sea",
        "shipment_port": "Ningbo",
        "more_or_less": 5,
        "marked": "N/M",
        "stock_up_status": {"title": "未备货", "link_status": 0},
        "create_time": random.moment(),
        "update_time": random.moment(),
        "archive_type": 1,
        "source_type": 2,
        "status": 1_100_234_567,
        "status_name": "已审批",
        "product_list": lines,
    });
    if !random.once_in(3) {
        record["shipment_deadline"] = json!(format!("{} 00:00:00", &random.moment()[..10]));
        record["target_port"] = json!("Hamburg");
    }
    if random.once_in(2) {
        record["remark"] = json!("分两批\"出货\"");
    }
    record
}

fn product(random: &mut Random, number: u64) -> Value {
    let count = 1 + random.below(2_000);
    let price = 1 + random.below(50_000);
    json!({
        "unit": random.pick(&["PCS", "SET", ""]),
        "count": count,
        "sku_id": 3_495_743_000_u64 + number,
        "unique_id": 5_203_556_000_u64 + number,
        "product_id": (3_495_743_000_u64 + number).to_string(),
        "product_no": format!("2026{:07}", random.below(10_000_000)),
        "unit_price": decimal(price, 2),
        "cost_amount": decimal(price * count - random.below(price), 2),
        "other_cost": 0,
        "product_name": random.pick(&PRODUCTS),
        "product_model": random.pick(&["A2-70 ", "DN50", "", " 304L"]),
        "product_cn_name": "",
        "sku_code": format!("2026{number:07}"),
        "refer_order_no": format!("qiao2611{:06}", random.below(1_000_000)),
        "gross_margin": 10,
        "tax_refund_rate": 15,
    })
}
