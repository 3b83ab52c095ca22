//! 聚水潭's returns as 销售退货单 (article `000_…`; `vendors/kingdee.md` 1.9, `vendors/sources.md` 1.7).

use super::super::documents::plain;
use super::joined;
use serde_json::{Value, json};

/// The bill that a record becomes; `notice` is the return notice whose number is the record's `so_id`.
pub fn document(record: &Value, notice: &Value) -> Value {
    let items = record["items"].as_array().expect("items");
    let rows: Vec<Value> = items.iter().map(|item| row(record, item)).collect();
    plain(&json!({
        "FBillTypeID": "XSTHD01_SYS", "FBillNo": record["io_id"].to_string(), "FDocumentStatus": "C",
        "FDate": record["modified"],
        "FSaleOrgId": notice["FSaleOrgId"]["FNumber"], "FRetcustId": notice["FRetcustId"]["FNumber"],
        "FStockOrgId": "100", "FOwnerTypeIdHead": "BD_OwnerOrg", "FHeadNote": record["remark"],
        "FSettleCurrId": "PRE001", "FEntity": rows,
    }))
}

fn row(record: &Value, item: &Value) -> Value {
    // 1 主仓, 2 销退仓, 4 次品仓, 6 自定义仓.
    let (stock, status) = match record["wh_id"].as_i64() {
        Some(1) => ("CK001", "KCZT01_SYS"),
        Some(4) => ("CK002", "KCZT08_SYS"),
        _ => ("CK002", "KCZT01_SYS"),
    };
    json!({
        "FRowType": "Standard", "FMaterialId": item["sku_id"], "FUnitID": "Pcs",
        "FMustqty": item["qty"], "FRealQty": item["qty"],
        "FTaxPrice": item["sale_price"], "FEntryTaxRate": 13, "FLot": lot(record, item),
        "FStockId": stock, "FStockStatusId": status, "FReturnType": "THLX01_SYS",
        "FOwnerTypeId": "BD_OwnerOrg", "FOwnerId": "100", "FDeliveryDate": record["modified"],
        "FNote": joined(&[&item["name"], &item["properties_value"], &item["remark"]]),
    })
}

/// The line's own lot, else the only one that the list of batches has for it.
fn lot(record: &Value, item: &Value) -> Value {
    if item["batch_id"].as_str().is_some_and(|lot| !lot.is_empty()) {
        return item["batch_id"].clone();
    }
    let batches = record["batchs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lots: Vec<&Value> = batches
        .iter()
        .filter(|batch| batch["ioi_id"] == item["ioi_id"])
        .map(|batch| &batch["batch_no"])
        .collect();
    lots.dedup();
    match lots[..] {
        [lot] => lot.clone(),
        _ => Value::Null,
    }
}
