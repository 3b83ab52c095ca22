//! `SO/Save` (`vendors/kingdee.md` 3.2 to 3.4): what is refused, and why. The sentences are ours; none is
//! recorded.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value};

use super::answer::{refused, saved};
use super::base::{Base, Kind};
use super::config::{LetterCase, Numbering, Required, Switches};
use super::template::{Field, page1, page2};
use super::{Order, Simulated};
use crate::system::{Answer, Call};

type Row = Map<String, Value>;

/// Fields that hold a figure. A quantity must be more than nothing.
const FIGURES: &[&str] = &[
    "FExchangeRate",
    "Fauxqty",
    "FQty",
    "FSecQty",
    "Fauxprice",
    "FAuxTaxPrice",
    "Famount",
    "FCess",
    "FTaxRate",
    "FUniDiscount",
    "FTaxAmount",
    "FAuxPriceDiscount",
    "FTaxAmt",
    "FAllAmount",
    "FAllStdAmount",
];

/// Fields that hold a date.
const DATES: &[&str] = &["Fdate", "FSettleDate", "FCheckDate", "FChangeDate", "FDate1", "FAdviceConsignDate"];

impl Simulated {
    /// Answers `SO/Save`.
    pub(super) fn save(&mut self, call: &Call<'_, Self>) -> Answer {
        match self.try_save(call) {
            Ok(number) => Answer { rows: 1, ..saved(&number, call.switches.saved) },
            Err(reason) => refused(&reason, call.switches.refusal),
        }
    }

    fn try_save(&mut self, call: &Call<'_, Self>) -> Result<String, String> {
        // Whatever the content type says: 3.2.
        let body: Value = serde_json::from_slice(&call.request.body).map_err(|_| "JSON格式不正确")?;
        let data = body["Data"].as_object().ok_or("缺少Data")?;
        if let Some(other) = data.keys().find(|name| *name != "Page1" && *name != "Page2") {
            return Err(format!("Data中没有{other}"));
        }
        let rows = |page: &str| data.get(page).and_then(Value::as_array).filter(|rows| !rows.is_empty());
        let [head] = &rows("Page1").ok_or("缺少Page1")?[..] else {
            return Err("Page1应为一行".into());
        };
        let lines = rows("Page2").ok_or("缺少Page2")?;

        let (head_fields, line_fields): (Vec<Field>, Vec<Field>) = (page1().collect(), page2().collect());
        let switches = call.switches;
        let mut page1 = checked(head, "Page1", &head_fields, switches, &self.base)?;
        let checked_line = |line| checked(line, "Page2", &line_fields, switches, &self.base);
        let page2 = lines.iter().map(checked_line).collect::<Result<Vec<Row>, String>>()?;
        let (head_needs, line_needs): (&[&str], &[&str]) = match switches.required {
            Required::WorkingPayload => (
                &["FCancellation", "Fdate", "FCustID", "FDeptID", "FEmpID"],
                &["FItemID", "FUnitID", "Fauxqty", "FDate1"],
            ),
            Required::Least => (&["Fdate", "FCustID"], &["FItemID", "Fauxqty"]),
        };
        require(&page1, "Page1", head_needs)?;
        for line in &page2 {
            require(line, "Page2", line_needs)?;
            if !has(line, "Fauxprice") && !has(line, "FAuxTaxPrice") {
                return Err("Page2.Fauxprice或FAuxTaxPrice不能为空".into());
            }
        }

        let given = page1.get("FBillNo").and_then(Value::as_str).map(str::trim).filter(|no| !no.is_empty());
        let number = match (switches.numbering, given) {
            (Numbering::Honours, Some(given)) => {
                if self.orders.has(given) {
                    return Err(format!("单据编号[{given}]已存在"));
                }
                given.to_owned()
            }
            _ => loop {
                self.last_number += 1;
                let number = format!("SEORD{:06}", self.last_number);
                if !self.orders.has(&number) {
                    break number;
                }
            },
        };
        page1.insert("FBillNo".into(), number.as_str().into());
        if !switches.keeps_po_ord_bill_no {
            page1.remove("FPOOrdBillNo");
        }
        self.orders.add(Order { bill_no: number.clone(), page1, page2 });
        Ok(number)
    }
}

/// A row with the template's names, if all its fields are as they must be.
fn checked(
    row: &Value,
    page: &str,
    fields: &[Field],
    switches: &Switches,
    base: &Base,
) -> Result<Row, String> {
    let mut known = Row::new();
    for (name, value) in row.as_object().ok_or_else(|| format!("{page}的行应为对象"))? {
        let matches = |field: &&Field| match switches.letter_case {
            LetterCase::Counts => field.name == name,
            LetterCase::IsIgnored => field.name.eq_ignore_ascii_case(name),
        };
        let field = fields.iter().find(matches).ok_or_else(|| format!("{page}中没有字段{name}"))?;
        check(field, value, page, base)?;
        if known.insert(field.name.to_owned(), value.clone()).is_some() {
            return Err(format!("{page}.{}重复", field.name));
        }
    }
    Ok(known)
}

fn check(field: &Field, value: &Value, page: &str, base: &Base) -> Result<(), String> {
    let name = field.name;
    if field.is_object {
        let parts = value.as_object().ok_or_else(|| format!("{page}.{name}应为对象"))?;
        for (part, value) in parts {
            if !matches!(part.as_str(), "FNumber" | "FName" | "FID") {
                return Err(format!("{page}.{name}中没有{part}"));
            }
            if !value.is_string() {
                return Err(format!("{page}.{name}.{part}应为字符串"));
            }
        }
        let number = parts.get("FNumber").and_then(Value::as_str).unwrap_or_default();
        return match Kind::of(name) {
            Some(kind) if !number.is_empty() && !base.has(kind, number) => {
                Err(format!("{}[{number}]不存在", kind.title()))
            }
            _ => Ok(()),
        };
    }
    let text = value.as_str().ok_or_else(|| format!("{page}.{name}应为字符串"))?;
    let wrong = || Err(format!("{page}.{name}的值[{text}]不正确"));
    if text.is_empty() {
        return Ok(());
    }
    if FIGURES.contains(&name) && !is_figure(text) {
        return wrong();
    }
    if name == "Fauxqty" && (text.starts_with('-') || text.bytes().all(|byte| matches!(byte, b'0' | b'.'))) {
        return wrong();
    }
    if DATES.contains(&name) && !is_date(text) {
        return wrong();
    }
    // "0" in a payload that works, "false" in the article.
    if name == "FCancellation" && !matches!(text, "0" | "1" | "false" | "true") {
        return wrong();
    }
    Ok(())
}

fn require(row: &Row, page: &str, names: &[&str]) -> Result<(), String> {
    match names.iter().find(|name| !has(row, name)) {
        Some(name) => Err(format!("{page}.{name}不能为空")),
        None => Ok(()),
    }
}

fn has(row: &Row, name: &str) -> bool {
    let value = row.get(name).map(|value| if value.is_object() { &value["FNumber"] } else { value });
    value.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

/// Digits, at most one point, at most one sign: no exponent.
fn is_figure(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_date(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
        || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").is_ok()
}
