//! Documents of the targets as plain JSON, and how two sets of them differ.
//!
//! In a plain document a reference to base data is its number, a figure is a text with as many digits as it needs,
//! and what is null or an empty text is not there.

use super::expected;
use super::systems::Control;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use xtask::simulator::System;

/// Plain documents by the key of the source's record.
pub type Documents = BTreeMap<String, Value>;

/// The records of a flow's source that it should carry.
///
/// # Panics
/// When the flow has no documents.
pub fn records(flow: &str, systems: &dyn Control) -> Vec<Value> {
    match flow {
        "jushuitan-returns-to-galaxy" => {
            let mut records = systems.list(System::Jushuitan, "/records");
            records.retain(|record| record["type"] == "其它退货" && record["status"] == "Confirmed");
            records
        }
        "wangdiantong-stockouts-to-galaxy" => {
            let mut answer = systems.get(System::Wangdiantong, "/stockouts?limit=1000000");
            let Value::Array(mut records) = answer["stockouts"].take() else {
                panic!("a list of stock-outs")
            };
            records.retain(|record| record["status"] == 110);
            records
        }
        "okki-orders-to-wise" => systems.list(System::Okki, "/orders"),
        "jushuitan-shops-to-jdy" => systems.list(System::Jushuitan, "/shops"),
        other => panic!("{other} has no documents"),
    }
}

/// What has arrived at a flow's target. Bills of Galaxy that are not audited are there with their status.
///
/// # Panics
/// When something is there twice.
pub fn arrived(flow: &str, systems: &dyn Control) -> Documents {
    once(arrivals(flow, systems))
}

/// The same, one by one: what is there twice comes twice.
///
/// # Panics
/// When the flow has no documents.
pub fn arrivals(flow: &str, systems: &dyn Control) -> Vec<(String, Value)> {
    match flow {
        "jushuitan-returns-to-galaxy" => {
            keyed(&systems.list(System::Galaxy, "/bills/SAL_RETURNSTOCK"), "FBillNo", bill)
        }
        "wangdiantong-stockouts-to-galaxy" => {
            keyed(&systems.list(System::Galaxy, "/bills/STK_MisDelivery"), "FBillNo", bill)
        }
        "okki-orders-to-wise" => keyed(&systems.list(System::Wise, "/orders"), "/Page1/FPOOrdBillNo", order),
        "jushuitan-shops-to-jdy" => keyed(&systems.list(System::Jdy, "/customers"), "number", customer),
        other => panic!("{other} has no documents"),
    }
}

/// What records should have become.
///
/// # Panics
/// When two become the same document, or a return has no notice.
pub fn expected(flow: &str, systems: &dyn Control, records: &[Value]) -> Documents {
    once(match flow {
        "jushuitan-returns-to-galaxy" => {
            let notices = systems.list(System::Galaxy, "/bills/SAL_RETURNNOTICE");
            let of = |record: &Value| {
                let notice = notices.iter().find(|notice| notice["FBillNo"] == record["so_id"]);
                expected::returns::document(record, notice.expect("a return notice"))
            };
            keyed(records, "FBillNo", of)
        }
        "wangdiantong-stockouts-to-galaxy" => keyed(records, "FBillNo", expected::stockouts::document),
        "okki-orders-to-wise" => keyed(records, "/Page1/FPOOrdBillNo", expected::orders::document),
        "jushuitan-shops-to-jdy" => keyed(records, "number", expected::shops::document),
        other => panic!("{other} has no documents"),
    })
}

/// Plain documents, each with a field of its own as its key, or with what a pointer names.
fn keyed(from: &[Value], key: &str, plain: impl Fn(&Value) -> Value) -> Vec<(String, Value)> {
    let pointer = if key.starts_with('/') { key.to_owned() } else { format!("/{key}") };
    let each = from.iter().map(|one| {
        let document = plain(one);
        let key = document.pointer(&pointer).and_then(Value::as_str).expect("a key").to_owned();
        (key, document)
    });
    each.collect()
}

fn once(each: Vec<(String, Value)>) -> Documents {
    let mut documents = Documents::new();
    for (key, document) in each {
        assert!(!documents.contains_key(&key), "{key} is there twice");
        documents.insert(key, document);
    }
    documents
}

/// What Galaxy itself gives a bill.
const GALAXYS_OWN: [&str; 5] = ["FID", "FEntryID", "FCreateDate", "FModifyDate", "FApproveDate"];

fn bill(stored: &Value) -> Value {
    fn without_own(value: &Value) -> Value {
        match value {
            Value::Object(fields) if fields.contains_key("FNumber") => fields["FNumber"].clone(),
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(name, _)| !GALAXYS_OWN.contains(&name.as_str()));
                kept.map(|(name, value)| (name.clone(), without_own(value))).collect::<Map<_, _>>().into()
            }
            Value::Array(list) => list.iter().map(without_own).collect(),
            other => other.clone(),
        }
    }
    plain(&without_own(stored))
}

/// `FBillNo` is WISE's own as the simulator numbers by default.
fn order(stored: &Value) -> Value {
    let mut head = stored["page1"].clone();
    if let Some(fields) = head.as_object_mut() {
        fields.remove("FBillNo");
    }
    plain(&serde_json::json!({"Page1": head, "Page2": stored["page2"]}))
}

fn customer(stored: &Value) -> Value {
    let mut fields = stored["fields"].as_object().expect("fields").clone();
    for name in ["number", "name", "enabled", "contacts"] {
        fields.insert(name.to_owned(), stored[name].clone());
    }
    plain(&Value::Object(fields))
}

/// Fields of WISE's documents that hold a figure as a text.
const FIGURES: [&str; 4] = ["FExchangeRate", "Fauxqty", "FAuxTaxPrice", "FCess"];

/// A document without what is empty, and with figures as texts of as many digits as they need.
pub fn plain(document: &Value) -> Value {
    match document {
        Value::Object(fields) => {
            let each = fields.iter().filter(|(_, value)| !value.is_null() && *value != "");
            let each = each.map(|(name, value)| {
                let value = match value {
                    Value::String(text) if FIGURES.contains(&name.as_str()) => figure(text).into(),
                    other => plain(other),
                };
                (name.clone(), value)
            });
            each.collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(plain).collect(),
        Value::Number(number) => figure(&number.to_string()).into(),
        other => other.clone(),
    }
}

/// `12.50` as `12.5`, `3.00` as `3`.
fn figure(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// The first few differences, one per line; empty if there are none.
pub fn differences(expected: &Documents, arrived: &Documents) -> String {
    let mut lines = Vec::new();
    for (key, document) in expected {
        match arrived.get(key) {
            None => lines.push(format!("{key} is missing")),
            Some(other) => compare(key, document, other, &mut lines),
        }
    }
    lines.extend(
        arrived
            .keys()
            .filter(|key| !expected.contains_key(*key))
            .map(|key| format!("{key} should not be there")),
    );
    let mut text = String::new();
    for line in lines.iter().take(10) {
        let _ = writeln!(text, "{line}");
    }
    if !lines.is_empty() {
        let _ = write!(
            text,
            "{} differences; {} expected, {} arrived",
            lines.len(),
            expected.len(),
            arrived.len()
        );
    }
    text
}

fn compare(at: &str, expected: &Value, arrived: &Value, lines: &mut Vec<String>) {
    match (expected, arrived) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                compare(&format!("{at}.{name}"), &expected[name], &arrived[name], lines);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{at}[{index}]"), one, other, lines);
            }
        }
        _ if expected == arrived => {}
        _ => lines.push(format!("{at} is {arrived}, expected {expected}")),
    }
}

/// What became of a set of records.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Keys of what is missing.
    pub lost: Vec<String>,
    /// Keys of what is there twice, or should not be there at all.
    pub doubled: Vec<String>,
    /// Keys of what is there with other fields.
    pub stale: Vec<String>,
    lines: Vec<String>,
}

impl Verdict {
    /// Whether nothing is missing, double or different.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.stale.is_empty()
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Verdict { lost, doubled, stale, lines } = self;
        write!(f, "lost {}: {lost:?}; doubled {}: {doubled:?}; ", lost.len(), doubled.len())?;
        write!(f, "stale {}: {stale:?}", stale.len())?;
        lines.iter().take(10).try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Compares what should have arrived with all that did.
pub fn verdict(expected: &Documents, arrived: &[(String, Value)]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut there = Documents::new();
    for (key, document) in arrived {
        if !expected.contains_key(key) || there.insert(key.clone(), document.clone()).is_some() {
            verdict.doubled.push(key.clone());
        }
    }
    for (key, document) in expected {
        let before = verdict.lines.len();
        match there.get(key) {
            None => verdict.lost.push(key.clone()),
            Some(other) => compare(key, document, other, &mut verdict.lines),
        }
        if verdict.lines.len() > before {
            verdict.stale.push(key.clone());
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stored_bill_becomes_plain_and_keeps_every_digit() {
        let stored: Value = serde_json::from_str(
            r#"{"FID": 7, "FBillNo": "1", "FDocumentStatus": "C", "FModifyDate": "2026-01-01T00:00:00", "FHeadNote": null,
                "FSaleOrgId": {"FID": 1, "FNumber": "100", "FName": "演示公司"},
                "FEntity": [{"FEntryID": 9, "FQty": 12345678901234.5670, "FLot": {"FID": 0, "FNumber": "B1", "FName": null}}]}"#,
        )
        .expect("JSON");
        let expected = json!({"FBillNo": "1", "FDocumentStatus": "C", "FSaleOrgId": "100",
            "FEntity": [{"FQty": "12345678901234.567", "FLot": "B1"}]});
        assert_eq!(bill(&stored), expected);
    }

    #[test]
    fn what_is_lost_doubled_foreign_or_stale_is_told_apart() {
        let document = |n: i32| json!({"n": n.to_string()});
        let expected: Documents = ["a", "b", "c"].map(|key| (key.to_owned(), document(1))).into();
        let arrived = [("a", 1), ("a", 1), ("b", 2), ("x", 1)].map(|(key, n)| (key.to_owned(), document(n)));
        let verdict = verdict(&expected, &arrived);
        assert_eq!((verdict.lost, verdict.stale), (vec!["c".to_owned()], vec!["b".to_owned()]));
        assert_eq!(verdict.doubled, ["a", "x"]);
        assert!(
            super::verdict(&expected, &["a", "b", "c"].map(|key| (key.to_owned(), document(1)))).is_clean()
        );
    }

    #[test]
    fn every_kind_of_difference_is_told_with_its_place() {
        let one = |document: Value| Documents::from([("1".to_owned(), document)]);
        let expected = one(json!({"a": "x", "rows": [{"n": "1"}, {"n": "2"}]}));
        assert_eq!(differences(&expected, &expected), "");
        let told =
            differences(&expected, &one(json!({"a": "y", "b": "z", "rows": [{"n": "1"}, {"n": "3"}]})));
        for line in [
            "1.a is \"y\", expected \"x\"",
            "1.b is \"z\", expected null",
            "1.rows[1].n is \"3\"",
            "3 differences",
        ] {
            assert!(told.contains(line), "{line} is not in\n{told}");
        }
        assert!(differences(&expected, &one(json!({"a": "x", "rows": []}))).contains("1.rows is []"));
        assert!(differences(&expected, &Documents::new()).contains("1 is missing"));
        assert!(differences(&Documents::new(), &expected).contains("1 should not be there"));
    }
}
