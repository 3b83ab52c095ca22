//! What came back (`vendors/sources.md` 1.5 to 1.8).

use http::Response;
use serde_json::{Map, Value};

use super::{Api, classify};
use crate::response::body;
use crate::{Error, excerpt};

/// One page of records, and what the vendor says about the whole. `None` where it does not say: none of these
/// is to be trusted alone for 'the last page' (`design.md` 7).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The records, in the vendor's order, numbers with all their digits.
    pub records: Vec<Value>,
    /// Which page the vendor thinks this is.
    pub page_index: Option<u64>,
    /// Rows to a page, after any clamping.
    pub page_size: Option<u64>,
    /// Rows on all pages. Not with shops.
    pub data_count: Option<u64>,
    /// The number of pages. Not with shops.
    pub page_count: Option<u64>,
    /// Whether there is a page after this one. Not with the legacy shops.
    pub has_next: Option<bool>,
}

/// The records and the facts of a page.
///
/// # Errors
/// Every shape in which 聚水潭 says no: an HTTP status other than 200, a `code` other than 0, `issuccess`
/// false, a web page, an answer that breaks off, rows that are no objects. An answer of success without any
/// data is one too, since it cannot be told from a page that was lost.
pub fn read_page(api: Api, response: &Response<Vec<u8>>) -> Result<Page, Error> {
    let mut answer = envelope(response).map_err(|fault| match fault {
        Fault::Said { code, message } => classify(api, response.status(), code, &message),
        Fault::Unknown { said } => classify(api, response.status(), None, &said),
        Fault::WebPage { title } => classify::web_page(&title),
        Fault::Garbled { said } => classify::garbled(&said),
    })?;
    let mut holder = match answer.remove("data") {
        Some(Value::Object(data)) => data,
        _ => answer,
    };
    // The legacy shops have a list of their own name.
    let Some(list) = ["datas", "shops"].iter().find_map(|name| holder.remove(*name)) else {
        return Err(classify::garbled("code 0, but no data"));
    };
    let records = match list {
        Value::Array(records) => records,
        Value::Null => Vec::new(),
        _ => return Err(classify::garbled("datas is no list")),
    };
    if let Some(row) = records.iter().position(|record| !record.is_object()) {
        return Err(classify::garbled(&format!("row {row} is no object")));
    }
    let number = |name: &str| holder.get(name).and_then(whole_number).and_then(|n| u64::try_from(n).ok());
    Ok(Page {
        page_index: number("page_index"),
        page_size: number("page_size"),
        data_count: number("data_count"),
        page_count: number("page_count"),
        has_next: holder.get("has_next").and_then(truth),
        records,
    })
}

/// Why an answer is none.
pub(super) enum Fault {
    /// The vendor says so.
    Said {
        code: Option<i64>,
        message: String,
    },
    /// An HTTP status, or a shape that no document knows.
    Unknown {
        said: String,
    },
    WebPage {
        title: String,
    },
    Garbled {
        said: String,
    },
}

/// The outer object of an answer that says it succeeded.
pub(super) fn envelope(response: &Response<Vec<u8>>) -> Result<Map<String, Value>, Fault> {
    let body = body(response);
    let parsed = serde_json::from_slice::<Value>(body);
    let answer = match parsed {
        Ok(Value::Object(answer)) => answer,
        _ if response.status() != 200 => return Err(Fault::Unknown { said: excerpt::body(body) }),
        Ok(_) => return Err(Fault::Garbled { said: excerpt::body(body) }),
        Err(broken) => {
            return Err(match excerpt::html(body) {
                Some(title) => Fault::WebPage { title },
                None => Fault::Garbled { said: format!("{broken}: {}", excerpt::body(body)) },
            });
        }
    };
    let code = answer.get("code").and_then(whole_number);
    let failed = answer.get("issuccess").and_then(truth) == Some(false);
    if response.status() == 200 && code == Some(0) && !failed {
        return Ok(answer);
    }
    let message = ["msg", "message"].iter().find_map(|name| answer.get(*name)?.as_str()).unwrap_or_default();
    if code.is_none() && message.is_empty() {
        return Err(Fault::Unknown { said: excerpt::body(body) });
    }
    Err(Fault::Said { code, message: without_secrets(message) })
}

/// The vendor's words without anything that looks like a key or a token, which are 32 hexadecimal digits.
fn without_secrets(message: &str) -> String {
    let mut shown = String::new();
    let mut rest = message;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        shown.push_str(before);
        shown.push_str(if word.len() >= 24 { "***" } else { word });
        rest = after;
    }
    shown + rest
}

/// A whole number, also where it comes as text (`vendors/sources.md` 1.7).
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        other => other.as_i64().map(|number| number != 0),
    }
}
