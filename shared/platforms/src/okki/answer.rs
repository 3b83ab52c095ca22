//! What came back (`vendors/sources.md` 3.2 to 3.5).

use chrono::NaiveDateTime;
use http::Response;
use serde_json::{Map, Value};

use super::{ID, MODIFIED, classify};
use crate::response::body;
use crate::{Error, excerpt};

/// Asia/Shanghai, which knows no summer time, in seconds ahead of UTC.
pub(super) const SHANGHAI: i64 = 8 * 3600;

/// One page of orders, and what OKKI says about the whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderPage {
    /// The orders, in an order that nobody promises, numbers with all their digits. They have no lines.
    pub orders: Vec<Value>,
    /// Orders on all pages; `None` where the answer does not say.
    pub total: Option<u64>,
    /// OKKI's own clock, in Unix seconds.
    pub now: Option<i64>,
}

/// The orders of a page.
///
/// # Errors
/// Every shape in which OKKI says no: an HTTP status other than 200, a `code` other than 200 or 0, an error in
/// the shape of OAuth2, a web page, an answer that breaks off, an answer of success without a list.
pub fn read_order_list(response: &Response<Vec<u8>>) -> Result<OrderPage, Error> {
    let mut answer = succeeded(response)?;
    let now = answer.get("now").and_then(Value::as_str).and_then(moment);
    let Some(Value::Object(mut data)) = answer.remove("data") else {
        return Err(classify::garbled("code 200, but no data"));
    };
    let Some(Value::Array(orders)) = data.remove("list") else {
        return Err(classify::garbled("code 200, but no list"));
    };
    if let Some(row) = orders.iter().position(|order| order_id(order).is_none()) {
        return Err(classify::garbled(&format!("row {row} has no {ID}")));
    }
    let total = ["count", "totalItem"].iter().find_map(|name| data.get(*name).and_then(whole_number));
    Ok(OrderPage { orders, total: total.and_then(|total| u64::try_from(total).ok()), now })
}

/// The order with its lines, as it is.
///
/// # Errors
/// As with [`read_order_list`]. An order that is not there has the code `not_found` and the class
/// [`Row`](crate::Class::Row).
pub fn read_order_info(response: &Response<Vec<u8>>) -> Result<Value, Error> {
    let order = data(response)?;
    match order_id(&order) {
        Some(_) => Ok(order),
        None => Err(classify::garbled(&format!("the order has no {ID}"))),
    }
}

/// The customer; `serial_id` is its number.
///
/// # Errors
/// As with [`read_order_info`].
pub fn read_company_info(response: &Response<Vec<u8>>) -> Result<Value, Error> {
    data(response)
}

/// The id of an order; OKKI writes ids as numbers here and as text there (`vendors/sources.md` 3.4).
pub fn order_id(order: &Value) -> Option<String> {
    match &order[ID] {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// When an order was last modified, in Unix seconds; `None` where it does not say.
pub fn updated_at(order: &Value) -> Option<i64> {
    moment(order[MODIFIED].as_str()?)
}

/// `2025-03-06 16:48:40` of Asia/Shanghai, in Unix seconds.
fn moment(text: &str) -> Option<i64> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(local.and_utc().timestamp() - SHANGHAI)
}

fn data(response: &Response<Vec<u8>>) -> Result<Value, Error> {
    match succeeded(response)?.remove("data") {
        Some(data @ Value::Object(_)) => Ok(data),
        _ => Err(classify::garbled("code 200, but no data")),
    }
}

/// The outer object of a business answer that says it succeeded.
fn succeeded(response: &Response<Vec<u8>>) -> Result<Map<String, Value>, Error> {
    let status = response.status();
    let answer = object(response).map_err(|fault| match fault {
        Fault::Said { code, message } => classify(status, code, &message),
        Fault::WebPage { title } if status == 200 => classify::web_page(&title),
        Fault::Garbled { said } if status == 200 => classify::garbled(&said),
        Fault::WebPage { title: said } | Fault::Garbled { said } => classify(status, None, &said),
    })?;
    // 200 with orders, 0 in the examples of other modules (`vendors/sources.md` 3.5).
    match answer.get("code").and_then(whole_number) {
        Some(200 | 0) => Ok(answer),
        code => Err(classify(status, code, &message(&answer))),
    }
}

/// Why an answer is none.
pub(super) enum Fault {
    /// OKKI says so.
    Said {
        code: Option<i64>,
        message: String,
    },
    WebPage {
        title: String,
    },
    Garbled {
        said: String,
    },
}

/// The object of an answer with HTTP 200 that is no error in the shape of OAuth2.
pub(super) fn object(response: &Response<Vec<u8>>) -> Result<Map<String, Value>, Fault> {
    let body = body(response);
    match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) => {
            if response.status() == 200 && answer.get("error").is_none_or(Value::is_null) {
                return Ok(answer);
            }
            let code = answer.get("code").and_then(whole_number);
            Err(Fault::Said { code, message: message(&answer) })
        }
        Ok(_) => Err(Fault::Garbled { said: excerpt::body(body) }),
        Err(broken) => Err(match excerpt::html(body) {
            Some(title) => Fault::WebPage { title },
            None => Fault::Garbled { said: format!("{broken}: {}", excerpt::body(body)) },
        }),
    }
}

/// What it says: the name of an OAuth2 error, its sentence and its hint, or the message alone.
fn message(answer: &Map<String, Value>) -> String {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let sentence = text("message").or_else(|| text("error_description"));
    let mut said: Vec<&str> = [text("error"), sentence, text("hint")].into_iter().flatten().collect();
    said.dedup();
    said.join(": ")
}

/// A whole number, also where it comes as text (`vendors/sources.md` 3.3).
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}
