//! OKKI's orders as sales orders of K3 WISE (article `002_…`; `vendors/kingdee.md` 3.4, `vendors/sources.md` 3.4).

use super::super::documents::plain;
use super::{joined, text};
use serde_json::{Value, json};

/// The sales order that an order's detail becomes, without the number that WISE gives it.
pub fn document(order: &Value) -> Value {
    let currency = match order["currency"].as_str() {
        Some("CNY") => "RMB",
        Some(other) => other,
        None => panic!("an order without currency"),
    };
    let lines = order["product_list"].as_array().expect("lines");
    let day = &order["account_date"].as_str().expect("a date")[..10];
    let due = order["shipment_deadline"].as_str().filter(|due| !due.is_empty()).unwrap_or(day);
    let lines: Vec<Value> = lines.iter().map(|product| line(product, due)).collect();
    plain(&json!({
        "Page1": {
            "FCancellation": "0", "Fdate": day, "FPOOrdBillNo": order["order_no"],
            "FCustID": {"FNumber": order["company"]["serial_id"], "FName": order["company"]["name"]},
            "FAreaPS": {"FNumber": "1"}, "FSaleStyle": {"FNumber": "FXF02"},
            "FCurrencyID": {"FNumber": currency},
            // The rate is a hundredfold there.
            "FExchangeRate": quotient(&text(&order["exchange_rate"]), "100", 8),
            "FDeptID": {"FNumber": "03.01"}, "FEmpID": {"FNumber": "0086"},
            "FFetchAdd": order["target_port"], "FExplanation": joined(&[&order["name"], &order["remark"]]),
        },
        "Page2": lines,
    }))
}

fn line(product: &Value, due: &str) -> Value {
    let unit = product["unit"].as_str().filter(|unit| !unit.is_empty()).unwrap_or("PCS");
    json!({
        "FItemID": {"FNumber": product["product_no"], "FName": product["product_name"]},
        "FItemModel": product["product_model"].as_str().unwrap_or_default().trim_matches(' '),
        "FUnitID": {"FNumber": unit}, "Fauxqty": text(&product["count"]),
        "FAuxTaxPrice": quotient(&text(&product["cost_amount"]), &text(&product["count"]), 8),
        "FCess": "13", "FDate1": due, "Fnote": product["refer_order_no"],
    })
}

/// `over` by `under`, both positive, rounded half up to so many decimals.
fn quotient(over: &str, under: &str, decimals: u32) -> String {
    let (over, under) = (units(over), units(under));
    let ten: i128 = 10;
    let scaled = over.0 * ten.pow(decimals + under.1);
    let by = under.0 * ten.pow(over.1);
    let rounded = (2 * scaled + by) / (2 * by);
    let one = ten.pow(decimals);
    format!("{}.{:0width$}", rounded / one, rounded % one, width = decimals as usize)
}

/// A decimal as whole units, and how many decimals they have.
fn units(text: &str) -> (i128, u32) {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let units = format!("{whole}{fraction}").parse().expect("a decimal");
    (units, u32::try_from(fraction.len()).expect("a short decimal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_exact_and_rounded_half_up() {
        assert_eq!(quotient("725", "100", 8), "7.25000000");
        assert_eq!(quotient("782.35", "100", 8), "7.82350000");
        assert_eq!(quotient("100.55", "3", 8), "33.51666667");
        assert_eq!(quotient("0.01", "3.2", 8), "0.00312500");
        assert_eq!(quotient("1", "8", 2), "0.13");
    }
}
