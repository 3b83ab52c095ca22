//! `ResponseStatus`, as `BatchSave`, `Submit` and `Audit` answer with it (`vendors/kingdee.md` 1.7).

use http::{Response, StatusCode};
use serde_json::Value;

use super::{Entity, json, refusal};
use crate::galaxy::classify::{self, classify};
use crate::response::body;
use crate::{Error, excerpt};

/// What the ERP says of a call on several bills.
pub(super) struct Status {
    pub code: Option<i64>,
    pub done: Vec<Done>,
    pub refused: Vec<Refusal>,
}

/// One of `SuccessEntitys`.
pub(super) struct Done {
    pub index: Option<usize>,
    pub entity: Entity,
}

/// One of `Errors`.
pub(super) struct Refusal {
    pub index: Option<usize>,
    pub message: String,
}

impl Status {
    /// Reads an answer to a write.
    ///
    /// # Errors
    /// The answer is none, or says that nothing at all was done for a reason that is no bill's own.
    pub fn read(response: &Response<Vec<u8>>) -> Result<Status, Error> {
        let value = json(response)?;
        let Some(said) = value.pointer("/Result/ResponseStatus").filter(|said| said.is_object()) else {
            return Err(refusal(response.status(), &value, &excerpt::body(body(response))));
        };
        let items = |key: &str| said[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let done: Vec<Done> = items("SuccessEntitys").iter().map(Done::read).collect();
        let refused: Vec<Refusal> = items("Errors").iter().map(Refusal::read).collect();
        let read = Status { code: integer(&said["MsgCode"]), done, refused };
        match read.concerns_the_call() {
            Some(error) => Err(error),
            None => Ok(read.with_returned(&value["Result"]["NeedReturnData"])),
        }
    }

    /// The messages of all refusals.
    pub fn messages(&self) -> String {
        let messages: Vec<&str> = self.refused.iter().map(|refusal| refusal.message.as_str()).collect();
        messages.join("; ")
    }

    /// The error of a call of which nothing was done, unless its cause is in the bills: 10, 11 and 12 speak of
    /// bills whatever their words, 8 and 9 may, and so may a code that is not known.
    fn concerns_the_call(&self) -> Option<Error> {
        if !self.done.is_empty() || matches!(self.code, Some(10..=12)) {
            return None;
        }
        if self.refused.is_empty() {
            return Some(classify::unaccounted("neither SuccessEntitys nor Errors"));
        }
        let error = classify(StatusCode::OK, self.code, &self.messages());
        let open = ["wrong_request", "unknown_field", "unexpected_answer"].contains(&error.code);
        (!open || matches!(self.code, Some(3 | 5))).then_some(error)
    }

    /// `NeedReturnData` has one object for each of `SuccessEntitys`, in their order; with any other count it
    /// cannot be told whose they are.
    fn with_returned(mut self, data: &Value) -> Status {
        if let Some(data) = data.as_array().filter(|data| data.len() == self.done.len()) {
            for (done, data) in self.done.iter_mut().zip(data) {
                done.entity.returned =
                    Some(data.clone()).filter(|data| data.as_object().is_some_and(|d| !d.is_empty()));
            }
        }
        self
    }
}

impl Done {
    fn read(entity: &Value) -> Done {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let (id, number) = (text(&entity["Id"]), text(&entity["Number"]));
        Done { index: index(&entity["DIndex"]), entity: Entity { id, number, returned: None } }
    }
}

impl Refusal {
    fn read(error: &Value) -> Refusal {
        let message = error["Message"].as_str().unwrap_or_default();
        let message = match error["FieldName"].as_str().filter(|field| !field.is_empty()) {
            Some(field) => format!("{field}: {message}"),
            None => message.to_owned(),
        };
        Refusal { index: index(&error["DIndex"]), message }
    }
}

fn index(value: &Value) -> Option<usize> {
    integer(value).and_then(|index| usize::try_from(index).ok())
}

/// An ERP may write its numbers as text.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}
