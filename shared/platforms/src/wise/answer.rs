//! What came back (`vendors/kingdee.md` 3.2, 3.3).

use http::Response;
use serde_json::{Map, Value};

use super::{BILL_NO, Operation, PO_ORD_BILL_NO, classify};
use crate::response::body;
use crate::{Error, excerpt};

/// Rows of `GetList`, and what the ERP says about the whole. A bill has a row for each of its lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The rows, with the fields that were asked for.
    pub rows: Vec<Value>,
    /// `ROWCOUNT`.
    pub row_count: Option<u64>,
    /// `PAGESIZE`, which a server may have clamped.
    pub page_size: Option<u64>,
}

/// A bill that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its own number.
    pub bill_no: String,
    /// The number it carries for the source; `None` where it carries none or the answer has no such column.
    pub po_ord_bill_no: Option<String>,
}

impl List {
    /// Whether these are surely all rows, when a page of `asked` rows was asked for: what is missing from a
    /// list that may go on is not known to be absent.
    pub fn is_whole(&self, asked: u32) -> bool {
        let rows = self.rows.len() as u64;
        let size = self.page_size.map_or(u64::from(asked), |size| size.min(u64::from(asked)));
        rows < size && self.row_count.is_none_or(|count| count <= rows)
    }

    /// The bills, each once.
    pub fn orders(&self) -> Vec<Order> {
        let mut orders: Vec<Order> = Vec::new();
        for row in &self.rows {
            let text =
                |name| field(row, name).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
            let Some(bill_no) = text(BILL_NO) else { continue };
            let order = Order {
                bill_no: bill_no.to_owned(),
                po_ord_bill_no: text(PO_ORD_BILL_NO).map(str::to_owned),
            };
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        orders
    }
}

/// The rows of `GetList`.
///
/// # Errors
/// An HTTP status other than 200, a `StatusCode` other than 200, a web page, an answer that breaks off, rows
/// that are none. An answer that is no JSON at all has the class
/// [`Credentials`](crate::Class::Credentials): so may an expired token look (3.3).
pub fn read_list(response: &Response<Vec<u8>>) -> Result<List, Error> {
    let mut data = read(response, Operation::Read)?;
    let number = |name: &str| field(&data, name).and_then(whole_number).and_then(|n| u64::try_from(n).ok());
    let (row_count, page_size) = (number("ROWCOUNT"), number("PAGESIZE"));
    if let Value::Object(fields) = &mut data {
        let name = fields.keys().find(|name| name.eq_ignore_ascii_case("DATA")).cloned();
        data = name.and_then(|name| fields.remove(&name)).unwrap_or_default();
    } else if row_count.is_none() && !data.is_array() {
        return Err(classify::garbled("StatusCode 200, but no list"));
    }
    match data {
        Value::Array(rows) if rows.iter().all(Value::is_object) => Ok(List { rows, row_count, page_size }),
        // No rows; unless the count says otherwise.
        Value::Null if row_count == Some(0) => Ok(List { rows: Vec::new(), row_count, page_size }),
        _ => Err(classify::garbled("StatusCode 200, but no list")),
    }
}

/// The number of the bill that was saved, which may be another than the one that was sent.
///
/// # Errors
/// As with [`read_list`]. A refusal has the class [`Row`](crate::Class::Row), also where it comes inside a
/// `StatusCode` of 200; the code `already_exists` says that the number is taken. Whatever leaves open whether
/// the bill was saved has the class [`Transport`](crate::Class::Transport): no JSON, no bill number.
pub fn read_save(response: &Response<Vec<u8>>) -> Result<String, Error> {
    let data = read(response, Operation::Save)?;
    let row = innermost(&data);
    if field(row, "FStatus").is_some_and(is_false) {
        let said = field(row, "FMessage").or_else(|| field(row, "Message")).and_then(Value::as_str);
        return Err(classify::row(said.unwrap_or_default()));
    }
    let number = ["BillNo", BILL_NO].iter().find_map(|name| field(row, name)?.as_str());
    match number.map(str::trim).filter(|number| !number.is_empty()) {
        Some(number) => Ok(number.to_owned()),
        None => Err(classify::no_bill_number(&excerpt::body(body(response)))),
    }
}

/// `Data`, `Data[0]`, `Data.Data` or `Data[0].Data`: all have been seen (3.3).
fn innermost(data: &Value) -> &Value {
    let mut row = data;
    for _ in 0..4 {
        row = match row {
            Value::Array(rows) => rows.first().unwrap_or(&Value::Null),
            Value::Object(_) => match field(row, "Data") {
                Some(inner @ (Value::Array(_) | Value::Object(_))) => inner,
                _ => break,
            },
            _ => break,
        };
    }
    row
}

/// `Data` of an answer that says it succeeded.
pub(super) fn read(response: &Response<Vec<u8>>, operation: Operation) -> Result<Value, Error> {
    let status = response.status();
    envelope(response).map_err(|fault| match fault {
        Fault::Said { code, message } => classify(operation, status, code, &message),
        Fault::Broken { said } if status == 200 => classify::garbled(&said),
        Fault::WebPage { title: said } | Fault::Foreign { said } if status == 200 => {
            classify::foreign(operation, &said)
        }
        Fault::WebPage { title: said } | Fault::Foreign { said } | Fault::Broken { said } => {
            classify(operation, status, None, &said)
        }
    })
}

/// Why an answer is none.
pub(super) enum Fault {
    /// The ERP says so.
    Said {
        code: Option<i64>,
        message: String,
    },
    WebPage {
        title: String,
    },
    /// Something that never was JSON.
    Foreign {
        said: String,
    },
    /// JSON that breaks off, or of an unknown shape.
    Broken {
        said: String,
    },
}

/// `Data` of an answer with HTTP 200 and `StatusCode` 200.
pub(super) fn envelope(response: &Response<Vec<u8>>) -> Result<Value, Fault> {
    let body = body(response);
    let said = || excerpt::body(body);
    let mut answer: Map<String, Value> = match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) => answer,
        Ok(_) => return Err(Fault::Foreign { said: said() }),
        Err(_) if body.trim_ascii_start().starts_with(b"{") => return Err(Fault::Broken { said: said() }),
        Err(_) => {
            return Err(match excerpt::html(body) {
                Some(title) => Fault::WebPage { title },
                None => Fault::Foreign { said: said() },
            });
        }
    };
    let code = answer.get("StatusCode").and_then(whole_number);
    if response.status() == 200 && code == Some(200) {
        return Ok(answer.remove("Data").unwrap_or_default());
    }
    match answer.get("Message").and_then(Value::as_str) {
        // A refusal may have its reason inside, as it has within a `StatusCode` of 200.
        Some(message) => {
            let inner = answer.get("Data").and_then(|data| field(innermost(data), "FMessage"));
            let inner = inner.and_then(Value::as_str).filter(|inner| !inner.is_empty() && *inner != message);
            let message = inner.map_or_else(|| message.to_owned(), |inner| format!("{message}: {inner}"));
            Err(Fault::Said { code, message })
        }
        None if code.is_some() => Err(Fault::Said { code, message: String::new() }),
        None => Err(Fault::Broken { said: said() }),
    }
}

/// A field whatever its letter case, for the columns of T-SQL have none.
fn field<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = row.as_object()?;
    fields.get(name).or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => !truth,
        Value::String(text) => text.eq_ignore_ascii_case("false") || text == "0",
        other => other.as_i64() == Some(0),
    }
}

/// A whole number, also where it comes as text.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}
