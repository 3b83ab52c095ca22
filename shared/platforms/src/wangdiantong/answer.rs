//! What came back (`vendors/sources.md` 2.3, 2.4).

use chrono::NaiveDateTime;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::Pager;
use super::classify::{self, classify};
use super::request::{SHANGHAI, TIME};
use crate::response::body;
use crate::{Error, excerpt};

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The records as they came, numbers with their digits.
    pub records: Vec<Value>,
    /// How many records the search finds in all, where that was asked for and told. A tenant that
    /// does not count may leave it out or say 0.
    pub total: Option<u64>,
}

impl Found {
    /// Whether this first page is all there is: as many records as were counted. Then it is a snapshot.
    /// A count that is missing or contradicts the records proves nothing.
    pub fn is_whole(&self) -> bool {
        self.total == Some(self.records.len() as u64)
    }
}

/// The records of one page.
///
/// # Errors
/// Whatever is no page: an HTTP status other than 200, a `status` other than 0, a web page, an answer
/// that breaks off or holds no records.
pub fn read_page(response: &Response<Vec<u8>>, pager: Pager) -> Result<Found, Error> {
    /// Read in one pass; what is not needed is not kept.
    #[derive(Deserialize)]
    struct Envelope {
        status: Option<Value>,
        message: Option<String>,
        data: Option<Data>,
    }
    #[derive(Deserialize)]
    struct Data {
        order: Option<Vec<Value>>,
        total_count: Option<Value>,
    }

    let http = response.status();
    let body = body(response);
    if http != StatusCode::OK {
        return Err(refusal(http, body));
    }
    let envelope: Envelope = match serde_json::from_slice(body) {
        Ok(envelope) => envelope,
        Err(broken) if broken.is_data() => return Err(refusal(http, body)),
        Err(broken) => return Err(unreadable(body, &broken)),
    };
    match envelope.status.as_ref().and_then(whole_number) {
        Some(0) => {}
        status => return Err(classify(http, status, &envelope.message.unwrap_or_default())),
    }
    let Some(Data { order, total_count }) = envelope.data else {
        return Err(classify(http, Some(0), "no data in the answer"));
    };
    let total = total_count.as_ref().and_then(whole_number).and_then(|total| u64::try_from(total).ok());
    let records = match order {
        Some(records) => records,
        // Nothing found, and no list to say so.
        None if total.is_none_or(|total| total == 0) => Vec::new(),
        None => return Err(classify(http, Some(0), "no data.order in the answer")),
    };
    if let Some(at) = records.iter().position(|record| !record.is_object()) {
        return Err(classify(http, Some(0), &format!("data.order[{at}] is no record")));
    }
    Ok(Found { records, total: total.filter(|_| pager.calc_total) })
}

/// The moment that a time of a record tells, in Unix seconds: `2024-08-22 13:40:50` (Asia/Shanghai),
/// or epoch milliseconds, as a number or as digits (2.3, *Version drift*). `None` for what is no time,
/// such as an empty text.
pub fn time(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    match text.parse::<i64>() {
        Ok(milliseconds) => (milliseconds > 0).then_some(milliseconds.div_euclid(1000)),
        Err(_) => {
            let time = NaiveDateTime::parse_from_str(&text, TIME).ok()?;
            Some(time.and_utc().timestamp() - SHANGHAI)
        }
    }
}

/// A number, or a text of digits.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What an answer without a page says: `status` and `message` where it has them.
fn refusal(http: StatusCode, body: &[u8]) -> Error {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return classify(http, None, &excerpt::body(body));
    };
    match (whole_number(&value["status"]), value["message"].as_str()) {
        (Some(0), _) | (None, None) => classify(http, None, &excerpt::body(body)),
        (status, message) => classify(http, status, message.unwrap_or_default()),
    }
}

fn unreadable(body: &[u8], broken: &serde_json::Error) -> Error {
    match excerpt::html(body) {
        Some(said) => classify::web_page(&said),
        None => classify::garbled(&format!("{broken}: {}", excerpt::body(body))),
    }
}
