//! OKKI orders → K3 WISE's SO: every scalar a text.

use super::cast::{
    decimal, mysql_quotient, or_empty, quotient, required, rounded, rows, string, text, time, written,
};
use super::{Company, Refused, object};
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub fn document(record: &Value, company: &Company) -> Result<Value, Refused> {
    let rate = decimal("FExchangeRate", &record["exchange_rate"])?;
    let head = Head {
        order_no: or_empty("Fnote", &record["order_no"])?,
        delivery_date: written(time("FDate1", &record["shipment_deadline"])?, "%Y-%m-%d"),
        rate,
    };
    let lines = rows("Page2", &record["product_list"])?.iter().map(|product| line(product, &head));
    let customer = &record["company"];
    let currency = match text("FCurrencyID.FNumber", &record["currency"])?.as_deref() {
        None => Value::Null,
        Some("CNY") => json!("RMB"),
        Some(same @ ("USD" | "EUR")) => json!(same),
        Some(_) => {
            let (field, value) = ("FCurrencyID.FNumber", record["currency"].clone());
            return Err(Refused { field, why: "is no known currency", value });
        }
    };
    let name = or_empty("FExplanation", &record["name"])?;
    let remark = or_empty("FExplanation", &record["remark"])?;
    let page1 = object([
        ("FCancellation", json!("0")),
        ("Fdate", required("Fdate", written(time("Fdate", &record["account_date"])?, "%Y-%m-%d"))?),
        ("FBillNo", required("FBillNo", string("FBillNo", &record["order_no"])?)?),
        ("FPOOrdBillNo", string("FPOOrdBillNo", &record["order_no"])?),
        (
            "FCustID",
            object([
                ("FNumber", required("FCustID.FNumber", string("FCustID.FNumber", &customer["serial_id"])?)?),
                ("FName", string("FCustID.FName", &customer["name"])?),
            ]),
        ),
        ("FAreaPS", object([("FNumber", json!("1")), ("FName", json!("1"))])),
        ("FSaleStyle", object([("FNumber", json!("FXF02")), ("FName", json!("赊销"))])),
        (
            "FCurrencyID",
            object([("FNumber", currency), ("FName", string("FCurrencyID.FName", &record["currency"])?)]),
        ),
        ("FExchangeRate", digits(mysql_quotient("FExchangeRate", rate, Some(Decimal::ONE_HUNDRED))?)),
        ("FDeptID", object([("FNumber", json!(company.department))])),
        ("FEmpID", object([("FNumber", json!(company.employee))])),
        ("FFetchAdd", string("FFetchAdd", &record["target_port"])?),
        ("FExplanation", json!(format!("{name} {remark}"))),
    ]);
    Ok(object([
        ("Page1", Value::Array(vec![page1])),
        ("Page2", Value::Array(lines.collect::<Result<_, _>>()?)),
    ]))
}

/// What all lines have from the head.
struct Head<'r> {
    order_no: std::borrow::Cow<'r, str>,
    delivery_date: Value,
    rate: Option<Decimal>,
}

fn line(product: &Value, head: &Head<'_>) -> Result<Value, Refused> {
    let model = or_empty("FItemModel", &product["product_model"])?;
    let unit = match &*or_empty("FUnitID.FNumber", &product["unit"])? {
        "" => json!("PCS"),
        unit => json!(unit),
    };
    let amount = decimal("FAuxTaxPrice", &product["cost_amount"])?;
    let count = decimal("FAuxTaxPrice", &product["count"])?;
    let untaxed = count.map(|count| count * Decimal::new(113, 2));
    let in_yuan = amount.zip(head.rate).map(|(amount, rate)| amount * rate);
    Ok(object([
        (
            "FItemID",
            object([
                ("FNumber", required("FItemID.FNumber", string("FItemID.FNumber", &product["product_no"])?)?),
                ("FName", string("FItemID.FName", &product["product_name"])?),
            ]),
        ),
        ("FItemModel", json!(model.trim_matches(' '))),
        ("FUnitID", object([("FNumber", unit)])),
        ("Fauxqty", required("Fauxqty", string("Fauxqty", &product["count"])?)?),
        ("Fauxprice", digits(quotient("Fauxprice", amount, untaxed)?.map(|price| rounded(price, 4)))),
        ("FAuxTaxPrice", digits(mysql_quotient("FAuxTaxPrice", amount, count)?)),
        ("FCess", json!("13")),
        (
            "FAllAmount",
            digits(
                quotient("FAllAmount", in_yuan, Some(Decimal::ONE_HUNDRED))?.map(|amount| rounded(amount, 2)),
            ),
        ),
        ("FDate1", head.delivery_date.clone()),
        ("FSourceBillNo", string("FSourceBillNo", &product["refer_order_no"])?),
        ("Fnote", json!(format!("{}-{}", head.order_no, or_empty("Fnote", &product["unique_id"])?))),
    ]))
}

/// A decimal as text.
fn digits(number: Option<Decimal>) -> Value {
    number.map_or(Value::Null, |number| Value::String(number.to_string()))
}
