//! 旺店通旗舰版 `wms.stockout.Process.queryWithDetail`: orders of 生产出库查询.

use super::{LINES, Random, decimal};
use serde_json::{Value, json};

const GOODS: [&str; 4] = ["玻尿酸精华液 30ml", "氨基酸洁面\"慕斯\"", "L'Air 香氛礼盒", "补水面膜(5片装)"];

pub fn records(count: usize) -> Vec<Value> {
    let mut random = Random::new(20_261_102);
    (0..count).map(|index| record(&mut random, index as u64)).collect()
}

fn record(random: &mut Random, index: u64) -> Value {
    let stockout_id = 675_378 + index;
    let lines: Vec<Value> = (0..LINES as u64).map(|line| detail(random, stockout_id, line)).collect();
    let moment = random.moment();
    json!({
        "flag_id": 0,
        "logistics_name": "无",
        // Some tenants' servers send epoch milliseconds (vendors/sources.md 2.3).
        "consign_time": if index % 10 == 9 { json!(1_793_500_000_000_u64 + index * 86_400_000) } else { json!(moment) },
        "error_info": "",
        "detail_list": lines,
        "goods_type_count": LINES,
        "remark": random.pick(&["", "加急", "委外\"二次\"加工", "客户O'Brien自提"]),
        "goods_count": 20,
        "stockout_id": stockout_id,
        "flag_name": "无",
        "warehouse_no": random.pick(&["CK001", "CK002", "wdtapi3-test"]),
        "checked_goods_total_cost": 0,
        "modified": moment,
        "note_count": 0,
        "logistics_no": "",
        "created": random.moment(),
        "stockout_no": format!("CK202611{:06}", index * 13),
        "src_order_type": 5,
        "operator_name": "仓管01",
        "weigh_post_cost": 0,
        "warehouse_name": "原料仓",
        "checkouter_name": "系统",
        "producer_name": "刘子渲生产商",
        "process_no": format!("PS202611{:06}", index),
        "status": 110,
    })
}

fn detail(random: &mut Random, stockout_id: u64, line: u64) -> Value {
    let number = random.below(100_000);
    let num = 1 + random.below(40_000);
    let mut detail = json!({
        "rec_id": stockout_id * 100 + line,
        "spec_no": format!("YL{number:05}"),
        "goods_no": format!("YL{:03}", number / 100),
        "goods_name": random.pick(&GOODS),
        "short_name": "简称",
        "spec_code": format!("YL{number:05}"),
        "spec_id": number,
        "barcode": format!("69714158{number:05}"),
        "num": decimal(num, 2),
        "scan_type": 0,
        "defect": random.once_in(6),
        "expire_date": if random.once_in(2) { "2027-10-31 00:00:00" } else { "" },
        "remark": "快速生产原料出库",
        "position_no": if random.once_in(3) { "" } else { "A-01-02" },
        "batch_no": if random.once_in(2) { "" } else { "B2610 " },
        "expect_num": decimal(num, 2),
        "checked_cost_price": decimal(1 + random.below(900_000), 4),
        "brand_name": "淘淘乐",
        "aux_unit_name": "20件/套",
        "base_unit_name": random.pick(&["KG", "个", "盒", "m"]),
        "position_details_list": [{
            "rec_id": 257_172, "stockout_detail_id": 879_427, "position_id": -2, "position_no": "采购未上架",
            "batch_no": "", "expire_date": "", "production_date": "", "position_goods_count": 2
        }],
    });
    if !random.once_in(4) {
        detail["spec_name"] = json!(random.pick(&["标准装", "旅行装", "默认"]));
    }
    detail
}
