//! What is known about bills, and what became of a `Submit` or `Audit` (`vendors/kingdee.md` 1.7, 1.9).

use http::Response;
use serde_json::Value;

use super::status::{Status, integer};
use super::{json, read_query, refusal};
use crate::galaxy::classify::{self, classify};
use crate::galaxy::request::Operation;
use crate::response::body;
use crate::{Error, excerpt};

/// `MsgCode` of a call that found none of the bills.
const NOT_FOUND: i64 = 10;

/// `FDocumentStatus`: how far a bill has come (`vendors/kingdee.md` 1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentStatus {
    /// Z 暂存: put aside, not checked.
    Draft,
    /// A 创建: saved.
    Created,
    /// B 审核中: submitted.
    Submitted,
    /// C 已审核
    Audited,
    /// D 重新审核: was audited, and is no more.
    Reopened,
}

impl DocumentStatus {
    /// The status of a letter.
    pub fn from_letter(letter: &str) -> Option<DocumentStatus> {
        Some(match letter {
            "Z" => DocumentStatus::Draft,
            "A" => DocumentStatus::Created,
            "B" => DocumentStatus::Submitted,
            "C" => DocumentStatus::Audited,
            "D" => DocumentStatus::Reopened,
            _ => return None,
        })
    }

    /// What is still to be done until such a bill is audited, in this order; `None` for a draft, which has to be
    /// saved first.
    pub fn until_audited(self) -> Option<&'static [Operation]> {
        match self {
            DocumentStatus::Draft => None,
            DocumentStatus::Created | DocumentStatus::Reopened => {
                Some(&[Operation::Submit, Operation::Audit])
            }
            DocumentStatus::Submitted => Some(&[Operation::Audit]),
            DocumentStatus::Audited => Some(&[]),
        }
    }
}

/// A bill that is in the ERP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// `FBillNo`
    pub number: String,
    /// `FID`, in digits.
    pub id: String,
    /// `FDocumentStatus`
    pub status: DocumentStatus,
}

/// The bills that [`find_bills`](super::super::find_bills) asked for; those that are not there are missing.
///
/// # Errors
/// As [`read_query`].
pub fn read_bills(response: &Response<Vec<u8>>) -> Result<Vec<Bill>, Error> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let bill = |row: &Vec<Value>| {
        let status = DocumentStatus::from_letter(row[2].as_str()?)?;
        Some(Bill { number: text(&row[0])?, id: text(&row[1])?, status })
    };
    let rows = read_query(response, 3)?;
    rows.iter()
        .map(|row| {
            let odd =
                || classify(response.status(), None, &format!("FBillNo, FID, FDocumentStatus: {row:?}"));
            bill(row).ok_or_else(odd)
        })
        .collect()
}

/// What became of one number of a `Submit` or `Audit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationOutcome {
    /// Done, now or before.
    Done,
    /// Refused.
    Refused(Error),
    /// There is no such bill, or the answer does not speak of it: the ERP passes over numbers that it does not
    /// find. Look it up.
    Unknown,
}

/// What became of each of the numbers, in their order. The rows of these answers are counted over the bills
/// that were found, so that they are matched by number and by the number in the ERP's sentences.
///
/// # Errors
/// Nothing is known of a single bill; with class [`Transport`](crate::Class::Transport) all are in doubt.
pub fn read_operation<T: AsRef<str>>(
    response: &Response<Vec<u8>>,
    operation: Operation,
    numbers: &[T],
) -> Result<Vec<OperationOutcome>, Error> {
    let status = Status::read(response)?;
    if status.done.is_empty() && status.code == Some(NOT_FOUND) {
        return Ok(vec![OperationOutcome::Unknown; numbers.len()]);
    }
    let outcome = |number: &str| {
        if status.done.iter().any(|done| done.entity.number == number) {
            return OperationOutcome::Done;
        }
        let of_it =
            status.refused.iter().filter(|refusal| numbers.len() == 1 || names(&refusal.message, number));
        let messages: Vec<&str> = of_it.map(|refusal| refusal.message.as_str()).collect();
        if messages.is_empty() {
            return OperationOutcome::Unknown;
        }
        let error = classify::row(status.code, &messages.join("; "));
        match (error.code, operation) {
            ("already_audited", _) | ("already_submitted", Operation::Submit) => OperationOutcome::Done,
            _ => OperationOutcome::Refused(error),
        }
    };
    Ok(numbers.iter().map(|number| outcome(number.as_ref())).collect())
}

/// Whether a sentence names this number, and not a longer one that contains it.
fn names(sentence: &str, number: &str) -> bool {
    let goes_on =
        |next: Option<char>| next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    !number.is_empty()
        && sentence.match_indices(number).any(|(at, found)| {
            !goes_on(sentence[..at].chars().next_back())
                && !goes_on(sentence[at + found.len()..].chars().next())
        })
}

/// The bill of a [`view`](super::super::view), `None` where there is none. Its keys are unconfirmed: entity
/// property names (`BillNo`), or field keys (`FBillNo`).
///
/// # Errors
/// The answer is none, or an error.
pub fn read_view(response: &Response<Vec<u8>>) -> Result<Option<Value>, Error> {
    let mut value = json(response)?;
    if let Some(bill) = value.pointer_mut("/Result/Result").filter(|bill| bill.is_object()) {
        return Ok(Some(bill.take()));
    }
    match value.pointer("/Result/ResponseStatus/MsgCode").and_then(integer) {
        Some(NOT_FOUND) => Ok(None),
        _ => Err(refusal(response.status(), &value, &excerpt::body(body(response)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_a_number_only_as_a_whole() {
        let sentence = "单据编号为“TK-10”的销售退货单，单据已经审核！";
        assert!(names(sentence, "TK-10"));
        for other in ["TK-1", "K-10", "10", "TK", ""] {
            assert!(!names(sentence, other), "{other}");
        }
        assert!(names("退货单12已经审核", "12"));
    }
}
