//! The shapes of answers (`vendors/kingdee.md` 3.3). HTTP is 200 almost always.

use serde_json::{Value, json};

use super::config::{Refusal, Saved};
use crate::system::Answer;

/// `StatusCode` 200.
pub(super) fn success(data: &Value, summary: impl Into<String>) -> Answer {
    Answer::json(&json!({"StatusCode": 200, "Message": "Successful", "Data": data}), summary)
}

/// Another `StatusCode`, and no data.
pub(super) fn failure(code: i64, message: &str) -> Answer {
    let body = json!({"StatusCode": code, "Message": message, "Data": null});
    Answer::json(&body, format!("StatusCode {code}: {message}"))
}

/// A bill that was saved.
pub(super) fn saved(number: &str, how: Saved) -> Answer {
    let data = match how {
        Saved::BillNo => json!({"BillNo": number}),
        Saved::Row => json!([{"FStatus": true, "FBillNo": number, "FMessage": ""}]),
    };
    success(&data, format!("saved {number}"))
}

/// A bill that is refused.
pub(super) fn refused(reason: &str, how: Refusal) -> Answer {
    let row = json!([{"FStatus": false, "FItemID": 0, "FMessage": reason}]);
    let body = match how {
        Refusal::Reason => json!({"StatusCode": 201, "Message": reason, "Data": null}),
        Refusal::Faild => json!({"StatusCode": 201, "Message": "Faild", "Data": row}),
        Refusal::Inside => json!({"StatusCode": 200, "Message": "Successful", "Data": row}),
    };
    Answer::json(&body, format!("refused: {reason}"))
}
