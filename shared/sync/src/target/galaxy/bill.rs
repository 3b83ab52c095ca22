//! One bill of a page on its way.

use super::BILL_NO;
use crate::problem::Problem;
use crate::shanghai;
use crate::target::{Document, Outcome};
use ferry_mapping::Value;
use ferry_platforms::galaxy::DocumentStatus;
use std::cmp::Ordering;

/// A bill as it is to be.
pub(super) struct Bill {
    pub number: String,
    pub document: Value,
    /// It is in the ERP by this run's doing.
    pub saved: bool,
    /// What the ERP said against it, which is believed once it is known whether the bill is there.
    pub refusal: Option<Problem>,
    /// What became of it, once that is known.
    pub outcome: Option<Outcome>,
}

impl Bill {
    /// The outcome of a bill that is there as it should be.
    pub fn there(&self) -> Outcome {
        if self.saved { Outcome::Written } else { Outcome::AlreadyThere }
    }
}

/// A bill as the ERP has it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub id: String,
    pub status: DocumentStatus,
    /// The cell of the version field, where there is one.
    pub version: Value,
}

/// The bills of a page. One without a number is dead; of two with one number the later one counts.
pub(super) fn bills(rows: Vec<Document>) -> Vec<Bill> {
    let mut bills: Vec<Bill> = rows
        .into_iter()
        .map(|row| {
            let Document::Json(document) = row else { unreachable!("this target maps to JSON") };
            let number = text(&document[BILL_NO]);
            let outcome = number.trim().is_empty().then(|| Outcome::Dead(without_number()));
            Bill { number, document: without_nulls(document), saved: false, refusal: None, outcome }
        })
        .collect();
    for at in 0..bills.len() {
        let (before, after) = bills.split_at_mut(at + 1);
        let bill = &mut before[at];
        if bill.outcome.is_none() && after.iter().any(|later| later.number == bill.number) {
            bill.outcome = Some(Outcome::AlreadyThere);
        }
    }
    bills
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What a record does not have is not sent, so that the ERP's own default holds: a price from its lists, say.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// Whether what is there is older than, as old as, or newer than ours.
pub(super) fn compare_versions(there: &Value, ours: &Value) -> Ordering {
    let (there, ours) = (text(there), text(ours));
    let time = |text: &str| shanghai::parse(text.replace('T', " ").split('.').next()?);
    match (time(&there), time(&ours)) {
        (Some(there), Some(ours)) => there.cmp(&ours),
        _ => there.cmp(&ours),
    }
}

fn without_number() -> Problem {
    Problem::new("bill_without_number", "the bill has no number (FBillNo)", "单据没有编号（FBillNo）").hint(
        "look at what the record has in the field that FBillNo is mapped from, and retry",
        "请检查 FBillNo 所映射的来源字段，然后重试",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_two_bills_with_one_number_the_later_counts_and_one_without_is_dead() {
        let rows = [
            json!({"FBillNo": 7, "n": 1}),
            json!({"FBillNo": ""}),
            json!({"FBillNo": "7", "n": null}),
            json!({}),
        ];
        let bills = bills(rows.into_iter().map(Document::Json).collect());
        assert_eq!(bills[0].outcome, Some(Outcome::AlreadyThere));
        assert!(
            matches!(&bills[1].outcome, Some(Outcome::Dead(problem)) if &*problem.code == "bill_without_number")
        );
        assert_eq!((bills[2].outcome.as_ref(), &bills[2].document), (None, &json!({"FBillNo": "7"})));
        assert!(matches!(bills[3].outcome, Some(Outcome::Dead(_))));
    }

    #[test]
    fn versions_are_compared_as_times_however_they_are_written() {
        let compare = |there: &str, ours: &str| compare_versions(&json!(there), &json!(ours));
        assert_eq!(compare("2026-11-01T10:11:12.123", "2026-11-01 10:11:12"), Ordering::Equal);
        assert_eq!(compare("2026-11-01 09:00:00", "2026-11-01T10:00:00"), Ordering::Less);
        assert_eq!(compare("2026-11-02", "2026-11-01"), Ordering::Greater);
        assert_eq!(compare_versions(&Value::Null, &json!("2026-11-01 10:00:00")), Ordering::Less);
    }
}
