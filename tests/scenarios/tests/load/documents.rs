//! A document of 5,000 lines is carried whole, in each flow whose documents have lines.

use super::worlds::{ORDERS, RETURNS, STOCKOUTS, World, fit, shanghai};
use ferry_simulators::company::{Company, Size, System};
use ferry_simulators::{jushuitan, okki, wangdiantong};
use serde_json::{Value, json};
use std::time::Instant;

const LINES: usize = 5_000;

/// Carries it beside others, and says what that took; the target's document.
fn carried(world: &World, key: &str) {
    let begun = Instant::now();
    let drained = world.drain();
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(drained.dead, 0, "{}: {}", world.flow, world.call("GET", "/dead", "").1);
    world.assert_all_arrived();
    assert!(world.arrived().contains(key), "{}: {key} is not there", world.flow);
    println!(
        "{}: a document of {LINES} lines in {seconds:.1} s, with memory of at most {:.1} MiB",
        world.flow,
        world.ledger.peak() as f64 / f64::from(1 << 20)
    );
    // What the smallest host gives a component; there pointers are half as long.
    assert!(world.ledger.peak() < 128 << 20, "{} bytes", world.ledger.peak());
}

/// The quantities of the lines of a bill, in their order.
fn quantities(world: &World, form: &str, key: &str, entry: &str, field: &str) -> Vec<String> {
    let bills = world.native.company.galaxy.as_ref().unwrap().bills(form).unwrap();
    let bill = bills.into_iter().find(|bill| bill["FBillNo"] == key).expect("the bill");
    bill[entry].as_array().expect("lines").iter().map(|line| line[field].to_string()).collect()
}

fn counted() -> Vec<String> {
    (1..=LINES).map(|n| n.to_string()).collect()
}

fn size() -> Size {
    Size { returns: 40, stockouts: 40, orders: 20, ..Size::default() }
}

#[test]
fn a_return_of_five_thousand_lines_is_carried_whole() {
    let company = Company::start(&[System::Jushuitan, System::Galaxy], &size()).unwrap();
    let source = company.jushuitan.as_ref().unwrap();
    let items: Vec<Value> = (1..=LINES)
        .map(|n| json!({"ioi_id": n, "sku_id": "SKU-000-1", "name": "毛衣", "unit": "件", "qty": n}))
        .collect();
    let modified =
        (shanghai(source.now_ms()) - chrono::TimeDelta::hours(1)).format("%Y-%m-%d %H:%M:%S").to_string();
    let record = json!({"io_id": 9_700_001, "so_id": "THTZLONG", "wh_id": 2, "type": "其它退货",
        "modified": modified, "items": items});
    fit(&company, vec![record.clone()], vec![]);
    source.change(&jushuitan::Change::Add { records: vec![record] });
    let world = World::of(RETURNS, company);
    carried(&world, "9700001");
    assert_eq!(quantities(&world, "SAL_RETURNSTOCK", "9700001", "FEntity", "FRealQty"), counted());
}

#[test]
fn a_stockout_of_five_thousand_lines_is_carried_whole() {
    let company = Company::start(&[System::Wangdiantong, System::Galaxy], &size()).unwrap();
    let source = company.wangdiantong.as_ref().unwrap();
    let mut long = source.stockouts().into_iter().find(|it| it.status == 110).expect("a finished one");
    let modified = shanghai(source.now_ms()) - chrono::TimeDelta::hours(1);
    (long.stockout_id, long.stockout_no, long.modified) = (0, "CKLONG".to_owned(), modified);
    let details: Vec<Value> = (1..=LINES)
        .map(|n| json!({"rec_id": n, "spec_no": "RM-1001", "goods_name": "304不锈钢板 1.5mm", "num": n, "base_unit_name": "KG"}))
        .collect();
    long.details = serde_json::from_value(details.into()).expect("details");
    source.change(&wangdiantong::Change::Add { stockouts: vec![long.clone()] });
    fit(&company, vec![], vec![serde_json::to_value(&long).unwrap()]);
    let world = World::of(STOCKOUTS, company);
    carried(&world, "CKLONG");
    assert_eq!(quantities(&world, "STK_MisDelivery", "CKLONG", "FEntity", "FQty"), counted());
}

#[test]
fn an_order_of_five_thousand_lines_is_carried_whole() {
    let company = Company::start(&[System::Okki, System::Wise], &size()).unwrap();
    let source = company.okki.as_ref().unwrap();
    let mut long = source.orders().pop().expect("an order");
    let line = long["product_list"][0].clone();
    let lines = (1..=LINES).map(|n| {
        let mut line = line.clone();
        (line["unique_id"], line["count"], line["cost_amount"]) = (json!(n), json!(n), json!(2 * n));
        line
    });
    long["product_list"] = lines.collect();
    (long["order_id"], long["order_no"]) = (json!(9_700_000_001_i64), json!("SO-LONG"));
    let modified = shanghai(source.now_ms()) - chrono::TimeDelta::hours(1);
    long["update_time"] = modified.format("%Y-%m-%d %H:%M:%S").to_string().into();
    source.change(&okki::Change::Add { orders: vec![long] });
    let world = World::of(ORDERS, company);
    carried(&world, "SO-LONG");
    let orders = world.native.company.wise.as_ref().unwrap().orders();
    let order = orders.iter().find(|order| order.page1["FPOOrdBillNo"] == "SO-LONG").expect("the order");
    let counts: Vec<&str> =
        order.page2.iter().map(|line| line["Fauxqty"].as_str().expect("a figure")).collect();
    assert_eq!(counts, counted());
}
