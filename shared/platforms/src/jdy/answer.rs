//! What came back (`vendors/kingdee.md` 2.3 to 2.5, 2.7).

use http::{Response, StatusCode};
use serde_json::Value;

use super::classify::{self, classify};
use crate::response::body;
use crate::{Error, excerpt};

/// One page of customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Customers {
    /// The rows, with every digit.
    pub rows: Vec<Value>,
    /// How many there are on all pages; the vendor writes it as a text.
    pub count: Option<u64>,
    /// Which page this is.
    pub page: Option<u64>,
    /// The page size that the server went by.
    pub page_size: Option<u64>,
    /// How many pages there are.
    pub total_page: Option<u64>,
}

/// A page of customers.
///
/// # Errors
/// The answer is an error, or none.
pub fn read_customers(response: &Response<Vec<u8>>) -> Result<Customers, Error> {
    let mut data = data(response)?;
    // Not by index, which panics where an answer is a list instead.
    let Some(Value::Array(rows)) = data.get_mut("rows").map(Value::take) else {
        return Err(classify::unexpected("no rows in the answer"));
    };
    let count = |key: &str| number(&data[key]).and_then(|count| u64::try_from(count).ok());
    Ok(Customers {
        rows,
        count: count("count"),
        page: count("page").or_else(|| count("current_page")),
        page_size: count("page_size"),
        total_page: count("total_page"),
    })
}

/// The customer with this `number`, or `None`. Its address, account number, telephones and mails are encrypted:
/// [`open`](super::open).
///
/// # Errors
/// The answer is an error, or none, or speaks of another customer.
pub fn read_customer(response: &Response<Vec<u8>>, number: &str) -> Result<Option<Value>, Error> {
    let customer = match data(response) {
        Ok(customer) => customer,
        // How "there is none" looks is unconfirmed: as an error of the field, or as no data.
        Err(error) if error.code == "reference_missing" => return Ok(None),
        Err(error) => return Err(error),
    };
    match text(&customer["number"]) {
        Some(found) if found.trim().eq_ignore_ascii_case(number.trim()) => Ok(Some(customer)),
        None if text(&customer["id"]).is_none() => Ok(None),
        found => Err(classify::unexpected(&format!("asked for customer {number:?}, got {found:?}"))),
    }
}

/// A customer that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its `id`.
    pub id: String,
}

/// What became of a save.
///
/// # Errors
/// * class [`Transport`](crate::Class::Transport): in doubt; look the number up;
/// * `duplicate_number`, class [`Row`](crate::Class::Row): the number is taken. Which wording belongs to it is
///   unconfirmed, so that it must be looked up before it is believed;
/// * `name_taken`, class [`Row`](crate::Class::Row): a warning, which `ignore_warn` passes over;
/// * the others as their class says: nothing was saved.
pub fn read_saved(response: &Response<Vec<u8>>) -> Result<Saved, Error> {
    let data = data(response)?;
    // The vendor's own sample has an empty id_number_map: `ids` is what counts.
    let of_map = || data["id_number_map"].as_object().and_then(|map| map.keys().next().cloned());
    match text(&data["ids"][0]).or_else(of_map).filter(|id| !id.is_empty()) {
        Some(id) => Ok(Saved { id }),
        None => Err(classify::unaccounted()),
    }
}

/// `data` of an answer that says that all is well.
pub(super) fn data(response: &Response<Vec<u8>>) -> Result<Value, Error> {
    unwrap(response, excerpt::body)
}

/// The same of an answer that is a secret, good or broken: it is not quoted, unless it is a web page.
pub(super) fn secret_data(response: &Response<Vec<u8>>) -> Result<Value, Error> {
    unwrap(response, |body| excerpt::html(body).unwrap_or_default())
}

fn unwrap(response: &Response<Vec<u8>>, quote: impl Fn(&[u8]) -> String) -> Result<Value, Error> {
    let (status, body) = (response.status(), body(response));
    // What a body without a code means is told by its words, also where they are not to be repeated.
    let by_words = || Error { message: quote(body), ..classify(status, None, &excerpt::body(body)) };
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return Err(match (status, excerpt::html(body)) {
            (StatusCode::OK, Some(title)) => classify::web_page(&title),
            (StatusCode::OK, None) => classify::garbled(&quote(body)),
            _ => by_words(),
        });
    };
    let said = Said::read(&value);
    match said.code {
        Some(_) if said.is_success && status == StatusCode::OK => Ok(value["data"].take()),
        Some(code) => Err(classify(status, Some(code), &said.message)),
        None => Err(by_words()),
    }
}

/// Both envelopes: `errcode`, `description`, and `code` with a message of some name.
struct Said {
    code: Option<i64>,
    is_success: bool,
    message: String,
}

impl Said {
    fn read(value: &Value) -> Said {
        let errcode = number(&value["errcode"]);
        let code = number(&value["code"]);
        let is_success = match errcode {
            Some(errcode) => errcode == 0,
            None => matches!(code, Some(0 | 200)),
        };
        let said = ["description", "message", "msg", "errmsg"].iter().find_map(|key| value[key].as_str());
        Said { code: errcode.or(code), is_success, message: said.unwrap_or_default().to_owned() }
    }
}

/// A whole number, also one that is written as a text.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

/// A text, also one that is written as a number.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
