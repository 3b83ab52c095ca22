//! What became of the bills of a `BatchSave`, row by row (`vendors/kingdee.md` 1.7).
//!
//! Two things are unconfirmed there, and nothing here relies on either: what the global `IsSuccess` of a
//! partial failure is, and whether a bad packet refuses its own bill or all of them.

use http::Response;
use serde_json::Value;

use super::status::{Refusal, Status};
use crate::Error;
use crate::galaxy::classify;

/// A bill that is in the ERP now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `FID`, in digits.
    pub id: String,
    /// `FBillNo`
    pub number: String,
    /// The values of [`SaveOptions::return_fields`](super::super::SaveOptions::return_fields), where the answer
    /// has them.
    pub returned: Option<Value>,
}

/// What became of one data packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// Saved. With submit-and-audit that says nothing sure about the audit: ask for the status of the numbers
    /// ([`find_bills`](super::super::find_bills)), all of a page in one call.
    Saved(Entity),
    /// Saved, and then something was refused: the submit or the audit. Such a bill is not delivered.
    SavedOnly(Entity, Error),
    /// Refused. Two of these must be looked up before they are believed: `duplicate_number` means that the
    /// number is taken, perhaps by this very bill; and with submit-and-audit a refused *audit* may be told as a
    /// refusal of the whole although the bill was saved.
    Refused(Error),
    /// The answer does not say. Look the number up before sending it again.
    InDoubt(Error),
}

/// What became of each packet of a `BatchSave`, in their order. `numbers` are the bill numbers that the packets
/// have, `""` where the ERP is to choose: an answer whose row numbers contradict them is matched by number.
///
/// # Errors
/// Nothing is known of a single bill. By class:
/// * [`Transport`](crate::Class::Transport): all are in doubt;
/// * [`Row`](crate::Class::Row), `batch_refused`: something in one of the packets made the ERP refuse all of
///   them; halve the batch until the bad one stands alone. Never for a batch of one;
/// * the others: nothing was saved, for the reason given.
pub fn read_batch_save<T: AsRef<str>>(
    response: &Response<Vec<u8>>,
    numbers: &[T],
) -> Result<Vec<RowOutcome>, Error> {
    let status = Status::read(response)?;
    let rows = Rows::match_up(&status, numbers);
    let blamed = rows.refused.iter().filter(|refused| !refused.is_empty()).count();
    if status.done.is_empty() && blamed < numbers.len() {
        return match numbers.len() {
            1 => Ok(vec![RowOutcome::Refused(classify::row(status.code, &status.messages()))]),
            _ => Err(classify::batch_refused(status.code, &status.messages())),
        };
    }
    let unmatched = rows.unmatched.join("; ");
    let outcomes = rows.saved.into_iter().zip(rows.refused).map(|(saved, refused)| {
        let error = (!refused.is_empty()).then(|| classify::row(status.code, &refused.join("; ")));
        match (saved, error) {
            (Some(entity), None) => RowOutcome::Saved(entity),
            (Some(entity), Some(error)) => RowOutcome::SavedOnly(entity, error),
            (None, Some(error)) => RowOutcome::Refused(error),
            (None, None) => RowOutcome::InDoubt(classify::unaccounted(&unmatched)),
        }
    });
    Ok(outcomes.collect())
}

/// The answer's rows beside those of the request.
struct Rows<'a> {
    saved: Vec<Option<Entity>>,
    refused: Vec<Vec<&'a str>>,
    /// Refusals that cannot be laid to any row.
    unmatched: Vec<&'a str>,
}

impl<'a> Rows<'a> {
    fn match_up<T: AsRef<str>>(status: &'a Status, numbers: &[T]) -> Rows<'a> {
        let mut rows = Rows {
            saved: vec![None; numbers.len()],
            refused: vec![Vec::new(); numbers.len()],
            unmatched: Vec::new(),
        };
        let by_index = status.done.iter().all(|done| {
            let number = done.index.and_then(|index| numbers.get(index)).map(AsRef::as_ref);
            number.is_some_and(|number| number.is_empty() || number == done.entity.number)
        });
        for done in &status.done {
            let by_number = || numbers.iter().position(|number| number.as_ref() == done.entity.number);
            let row = if by_index { done.index } else { by_number() };
            if let Some(row) = row {
                rows.saved[row] = Some(done.entity.clone());
            }
        }
        for Refusal { index, message } in &status.refused {
            match index.filter(|index| by_index && *index < numbers.len()) {
                Some(row) => rows.refused[row].push(message),
                None => rows.unmatched.push(message),
            }
        }
        rows
    }
}
