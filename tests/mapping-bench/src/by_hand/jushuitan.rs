//! 聚水潭 returns → SAL_RETURNSTOCK.

use super::cast::{
    decimal, json_number, number, or_empty, quotient, required, rounded, rows, string, text, time, written,
};
use super::{Company, Refused, number_of, object};
use serde_json::{Value, json};

pub fn document(record: &Value, company: &Company) -> Result<Value, Refused> {
    let modified = time("FDate", &record["modified"])?;
    let remark = or_empty("FHeadNote", &record["remark"])?;
    let creator = or_empty("FHeadNote", &record["creator_name"])?;
    let head = Head {
        company,
        order_no: string("FOrderNo", &record["so_id"])?,
        delivery_date: written(modified, "%Y-%m-%d"),
        stock: string("FStockId", &record["wms_co_id"])?,
        stock_status: match text("FStockStatusId", &record["wh_id"])?.as_deref() {
            None => Value::Null,
            Some("4") => json!("KCZT08_SYS"),
            Some(_) => json!("KCZT01_SYS"),
        },
    };
    let lines = rows("FEntity", &record["items"])?.iter().map(|item| line(item, &head));
    let org = || number_of(json!(company.stock_org));
    Ok(object([
        ("FBillTypeID", number_of(json!("XSTHD01_SYS"))),
        ("FBillNo", required("FBillNo", string("FBillNo", &record["io_id"])?)?),
        ("FDate", required("FDate", written(modified, "%Y-%m-%d %H:%M:%S"))?),
        ("FSaleOrgId", org()),
        ("FStockOrgId", org()),
        ("FSaledeptid", number_of(json!(company.department))),
        ("FRetcustId", required("FRetcustId", number_of(string("FRetcustId", &record["drop_co_name"])?))?),
        ("FReceiveAddress", Value::String(address(record)?)),
        ("FLinkPhone", string("FLinkPhone", &record["receiver_mobile"])?),
        ("FHeadNote", json!(format!("{} / {creator}", remark.trim_matches(' ')))),
        (
            "SubHeadEntity",
            object([
                ("FSettleCurrId", number_of(json!("PRE001"))),
                ("FSettleOrgId", org()),
                ("FExchangeTypeId", number_of(json!("HLTX01_SYS"))),
                ("FExchangeRate", json!(1)),
            ]),
        ),
        ("FEntity", Value::Array(lines.collect::<Result<_, _>>()?)),
    ]))
}

fn address(record: &Value) -> Result<String, Refused> {
    let mut address = String::new();
    for part in ["receiver_state", "receiver_city", "receiver_district", "receiver_address"] {
        address.push_str(&or_empty("FReceiveAddress", &record[part])?);
    }
    Ok(address)
}

/// What all lines have from the head.
struct Head<'r> {
    company: &'r Company,
    order_no: Value,
    delivery_date: Value,
    stock: Value,
    stock_status: Value,
}

fn line(item: &Value, head: &Head<'_>) -> Result<Value, Refused> {
    let unit = or_empty("FUnitID", &item["unit"])?;
    let unit = match unit.trim_matches(' ') {
        "" => "Pcs",
        unit => unit,
    };
    let qty = number("FRealQty", &item["qty"])?;
    let price = quotient(
        "FTaxPrice",
        decimal("FTaxPrice", &item["sale_amount"])?,
        decimal("FTaxPrice", &item["qty"])?,
    )?;
    let free = or_empty("FIsFree", &item["sale_price"])? == "0"
        || or_empty("FIsFree", &item["remark"])?.contains("赠品");
    let lot = match head.stock.as_str() {
        Some("12926523") => json!("230605"),
        _ => string("FLot", &item["batch_id"])?,
    };
    let (name, properties) =
        (or_empty("FNote", &item["name"])?, or_empty("FNote", &item["properties_value"])?);
    Ok(object([
        ("FRowType", json!("Standard")),
        ("FMaterialId", number_of(required("FMaterialId", string("FMaterialId", &item["sku_id"])?)?)),
        ("FUnitID", number_of(json!(unit))),
        ("FMustqty", qty.clone()),
        ("FRealQty", required("FRealQty", qty)?),
        ("FTaxPrice", json_number(price.map(|price| rounded(price, 6)))),
        ("FEntryTaxRate", json!(13)),
        ("FIsFree", json!(free)),
        ("FLot", number_of(lot)),
        ("FStockId", number_of(head.stock.clone())),
        ("FStockStatusId", number_of(head.stock_status.clone())),
        ("FReturnType", number_of(json!("THLX01_SYS"))),
        ("FOwnerTypeId", json!("BD_OwnerOrg")),
        ("FOwnerId", number_of(json!(head.company.stock_org))),
        ("FDeliveryDate", head.delivery_date.clone()),
        ("FOrderNo", head.order_no.clone()),
        ("FNote", json!(format!("{name} {properties}"))),
    ]))
}
