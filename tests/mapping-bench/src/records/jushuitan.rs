//! 聚水潭 `other.inout.query`: rows of 其它出入库查询.

use super::{LINES, Random, decimal};
use serde_json::{Value, json};

const CUSTOMERS: [&str; 4] = ["KH0001", "KH0017", "KH0233", "KH1042"];
const NAMES: [&str; 5] = [
    "男士纯棉圆领短袖T恤",
    "27\"电竞显示器支架",
    "O'Neill 防晒冲锋衣",
    "婴儿有机棉连体衣(新生儿)",
    "无线蓝牙耳机 Pro",
];
const PROPERTIES: [&str; 4] = ["黑色;XL", "白色;均码", "藏青;170/92A", "默认规格"];
const UNITS: [&str; 4] = ["件", "个 ", "", "Pcs"];

pub fn records(count: usize) -> Vec<Value> {
    let mut random = Random::new(20_261_101);
    (0..count).map(|index| record(&mut random, index as u64)).collect()
}

fn record(random: &mut Random, index: u64) -> Value {
    let io_id = 11_586_203 + index * 7;
    let modified = random.moment();
    let items: Vec<Value> = (0..LINES as u64).map(|line| item(random, io_id, line)).collect();
    let mut record = json!({
        "io_id": io_id,
        "io_date": &modified[..10],
        "status": "Confirmed",
        "so_id": format!("XS{:08}", 20_261_000 + index),
        "type": "其它退货",
        "f_status": "WaitConfirm",
        "warehouse": "华东一号仓",
        "wh_id": 1 << random.below(3),
        "wms_co_id": if random.once_in(5) { 12_926_523 } else { 10_394_533 },
        "remark": random.pick(&["线下门店退货 ", "客户不喜欢", "七天无理由\"退换\"", ""]),
        "modified": &modified,
        "created": random.moment(),
        "labels": "线下,门店",
        "creator_name": random.pick(&["张三", "李四", "王小明"]),
        "wave_id": 0,
        "drop_co_name": random.pick(&CUSTOMERS),
        "l_id": format!("SF{:012}", 100_000_000 + random.below(900_000_000)),
        "lc_id": "SF",
        "logistics_company": "顺丰速运",
        "lock_wh_id": 0,
        "lock_wh_name": "",
        "receiver_name": "陈**",
        "receiver_state": "浙江省",
        "receiver_city": "杭州市",
        "receiver_district": random.pick(&["余杭区", "西湖区", "滨江区"]),
        "receiver_address": format!("文一西路{}号{}幢", 100 + random.below(900), 1 + random.below(20)),
        "ts": 5_038_120_034_u64 + index,
        "items": items,
    });
    // Some receivers leave no phone; the field is then not there.
    if !random.once_in(3) {
        record["receiver_mobile"] = json!(format!("138****{:04}", random.below(10_000)));
    }
    record
}

fn item(random: &mut Random, io_id: u64, line: u64) -> Value {
    let (qty, price) = (1 + random.below(9), 100 * random.below(300) + 10 * random.below(10));
    let amount = qty * price - if random.once_in(3) { random.below(price + 1) } else { 0 };
    let mut item = json!({
        "ioi_id": io_id * 100 + line,
        "sku_id": format!("SKU-{:06}", random.below(1_000_000)),
        "name": random.pick(&NAMES),
        "unit": random.pick(&UNITS),
        "properties_value": random.pick(&PROPERTIES),
        // Numbers arrive as text here and there (vendors/sources.md 1.7).
        "qty": if random.once_in(7) { json!(qty.to_string()) } else { json!(qty) },
        "cost_price": decimal(price * 6 / 10, 2),
        "cost_amount": decimal(qty * (price * 6 / 10), 2),
        "i_id": format!("KZ{:05}", random.below(100_000)),
        "remark": if random.once_in(4) { "赠品 随单" } else { "" },
        "io_id": io_id,
        "sale_price": decimal(price, 2),
        "sale_amount": decimal(amount, 2),
        "supplier_id": 0,
    });
    if random.once_in(2) {
        item["batch_id"] = json!(format!("2610{:02}", 1 + random.below(31)));
        item["expiration_date"] = json!("2028-10-31 00:00:00");
    }
    item
}
