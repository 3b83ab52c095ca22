//! 旺店通 stock-outs → STK_MisDelivery.

use super::cast::{
    decimal, flag, json_number, number, or_empty, required, rounded, rows, string, text, time, written,
};
use super::{Company, Refused, number_of, object};
use serde_json::{Value, json};

pub fn document(record: &Value, company: &Company) -> Result<Value, Refused> {
    let warehouse = string("FStockId", &record["warehouse_no"])?;
    let lines =
        rows("FEntity", &record["detail_list"])?.iter().map(|detail| line(detail, company, &warehouse));
    let org = || number_of(json!(company.stock_org));
    let (process, remark) =
        (or_empty("FNote", &record["process_no"])?, or_empty("FNote", &record["remark"])?);
    Ok(object([
        ("FBillNo", required("FBillNo", string("FBillNo", &record["stockout_no"])?)?),
        ("FBillTypeID", number_of(json!("QTCKD01_SYS"))),
        ("FStockOrgId", org()),
        ("FPickOrgId", org()),
        ("FStockDirect", json!("GENERAL")),
        ("FDate", required("FDate", written(time("FDate", &record["consign_time"])?, "%Y-%m-%d"))?),
        ("FDeptId", number_of(json!(company.department))),
        ("FOwnerTypeIdHead", json!("BD_OwnerOrg")),
        ("FOwnerIdHead", org()),
        ("FBaseCurrId", number_of(json!("PRE001"))),
        ("FNote", json!(format!("生产单 {process} {remark}"))),
        ("FEntity", Value::Array(lines.collect::<Result<_, _>>()?)),
    ]))
}

fn line(detail: &Value, company: &Company, warehouse: &Value) -> Result<Value, Refused> {
    let unit = match text("FUnitID", &detail["base_unit_name"])? {
        Some(unit) => json!(match &*unit {
            "KG" => "kg",
            "个" => "Pcs",
            "盒" => "he",
            other => other,
        }),
        None => Value::Null,
    };
    let num = number("FQty", &detail["num"])?;
    let amount = decimal("FAmount", &detail["num"])?
        .zip(decimal("FAmount", &detail["checked_cost_price"])?)
        .map(|(num, price)| rounded(num * price, 2));
    let status = if flag("FStockStatusId", &detail["defect"])? { "KCZT08_SYS" } else { "KCZT01_SYS" };
    let place = match &*or_empty("FStockLocId", &detail["position_no"])? {
        "" => Value::Null,
        place => object([("FSTOCKLOCID__FF100014", number_of(json!(place)))]),
    };
    let lot = match or_empty("FLot", &detail["batch_no"])?.trim_matches(' ') {
        "" => Value::Null,
        lot => number_of(json!(lot)),
    };
    let goods = or_empty("FEntryNote", &detail["goods_name"])?;
    let spec = or_empty("FEntryNote", &detail["spec_name"])?;
    let org = || number_of(json!(company.stock_org));
    Ok(object([
        ("FMaterialId", number_of(required("FMaterialId", string("FMaterialId", &detail["spec_no"])?)?)),
        ("FUnitID", number_of(unit)),
        ("FQty", required("FQty", num)?),
        ("FPrice", number("FPrice", &detail["checked_cost_price"])?),
        ("FAmount", json_number(amount)),
        ("FStockId", number_of(warehouse.clone())),
        ("FStockLocId", place),
        ("FStockStatusId", number_of(json!(status))),
        ("FLot", lot),
        ("FExpiryDate", written(time("FExpiryDate", &detail["expire_date"])?, "%Y-%m-%d")),
        ("FOwnerTypeId", json!("BD_OwnerOrg")),
        ("FOwnerId", org()),
        ("FKeeperTypeId", json!("BD_KeeperOrg")),
        ("FKeeperId", org()),
        ("FEntryNote", json!(format!("{goods}/{spec}"))),
    ]))
}
