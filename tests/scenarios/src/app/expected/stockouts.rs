//! 旺店通's stock-outs as 其他出库单 (article `001_…`; `vendors/kingdee.md` 1.9 and 7, `vendors/sources.md` 2.3).

use super::super::documents::plain;
use super::joined;
use serde_json::{Value, json};

/// The bill that a stock-out of the control API becomes.
pub fn document(record: &Value) -> Value {
    // When the goods went out; without it, when the record was modified.
    let time = record["consign_time"].as_str().or(record["modified"].as_str()).expect("a time");
    let stock = match record["warehouse_no"].as_str() {
        Some("CK002" | "lich0313") => "CK002",
        Some("CK001" | "CK003") => "CK001",
        other => panic!("no such warehouse: {other:?}"),
    };
    let details = record["details"].as_array().expect("details");
    let rows: Vec<Value> = details.iter().map(|detail| row(detail, stock)).collect();
    plain(&json!({
        "FBillNo": record["stockout_no"], "FBillTypeID": "QTCKD01_SYS", "FDocumentStatus": "C",
        "FStockOrgId": "100", "FPickOrgId": "100", "FStockDirect": "GENERAL",
        "FDate": format!("{} 00:00:00", &time[..10]), "FDeptId": "BM000032",
        "FOwnerTypeIdHead": "BD_OwnerOrg", "FOwnerIdHead": "100", "FBaseCurrId": "PRE001",
        "FNote": joined(&[&record["process_no"], &record["remark"]]), "FEntity": rows,
    }))
}

fn row(detail: &Value, stock: &str) -> Value {
    let unit = match detail["base_unit_name"].as_str() {
        Some("KG") => "kg",
        Some("米") => "m",
        _ => "Pcs",
    };
    json!({
        "FMaterialId": detail["spec_no"], "FUnitID": unit, "FQty": detail["num"], "FStockId": stock,
        "FStockStatusId": if detail["defect"] == true { "KCZT08_SYS" } else { "KCZT01_SYS" },
        "FLot": detail["batch_no"], "FOwnerTypeId": "BD_OwnerOrg", "FOwnerId": "100",
        "FKeeperTypeId": "BD_KeeperOrg", "FKeeperId": "100",
        "FEntryNote": joined(&[&detail["goods_name"], &detail["remark"]]),
    })
}
