//! All approved orders of OKKI into WISE by both clients, with hands in place of the engine.

use ferry_platforms::okki::{self, OrderList, OrderRef};
use serde_json::{Value, json};

use crate::wire::{AtOkki, AtWise};

#[test]
fn every_order_that_okki_can_have_is_one_that_wise_takes() {
    let (from, to) = (AtOkki::new(60), AtWise::new());
    let (source, target) = (from.token(), to.token());
    let approved = OrderList { more: vec![("approval".into(), "1".into())], ..from.page(1, 500) };
    let page = from.list(&source, &approved).unwrap();
    assert!(page.orders.len() > 20 && page.orders.len() < 60);
    for row in &page.orders {
        let order = from.info(&source, &OrderRef::Id(okki::order_id(row).unwrap())).unwrap();
        to.save(&target, &mapped(&order)).unwrap_or_else(|error| panic!("{error}: {order}"));
    }
    let stored = to.simulator.orders();
    assert_eq!(stored.len(), page.orders.len());
    for order in &stored {
        let number = order.page1["FPOOrdBillNo"].as_str().unwrap();
        let known = from.info(&source, &OrderRef::Number(number.into())).unwrap();
        assert_eq!(order.page1["FCustID"]["FNumber"], known["company"]["serial_id"]);
        assert_eq!(order.page1["FExplanation"], known["name"]);
        let lines = known["product_list"].as_array().unwrap();
        assert_eq!(order.page2.len(), lines.len());
        for (line, known) in order.page2.iter().zip(lines) {
            assert_eq!(line["Fauxqty"].as_str().unwrap(), known["count"].to_string());
            assert_eq!(line["Fnote"].as_str().unwrap(), known["refer_order_no"].as_str().unwrap());
        }
    }
}

fn mapped(order: &Value) -> Value {
    let currency = match order["currency"].as_str().unwrap() {
        "CNY" => "RMB",
        other => other,
    };
    let day = order["account_date"].as_str().unwrap();
    let line = |line: &Value| {
        let unit = line["unit"].as_str().filter(|unit| !unit.is_empty()).unwrap_or("PCS");
        json!({"FItemID": {"FNumber": line["product_no"]}, "FUnitID": {"FNumber": unit}, "Fauxqty": line["count"],
            "Fauxprice": line["unit_price"], "FDate1": day, "Fnote": line["refer_order_no"]})
    };
    json!({
        "Page1": [{"FCancellation": "0", "Fdate": day, "FPOOrdBillNo": order["order_no"], "FBillNo": order["order_no"],
            "FCustID": {"FNumber": order["company"]["serial_id"], "FName": order["company"]["name"]},
            "FDeptID": {"FNumber": "03.01"}, "FEmpID": {"FNumber": "0086"}, "FCurrencyID": {"FNumber": currency},
            "FExplanation": order["name"], "FFetchAdd": order["target_port"]}],
        "Page2": order["product_list"].as_array().unwrap().iter().map(line).collect::<Vec<Value>>(),
    })
}
