//! What came back (`vendors/kingdee.md` 1.5, 1.7, 1.8). Here logins and queries, in `answer/save.rs` what
//! became of saved bills, in `answer/bills.rs` what is known about bills.

mod bills;
mod save;
mod status;

use std::fmt;

use http::{Response, StatusCode};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::value::MapAccessDeserializer};
use serde_json::Value;

use super::classify::{self, classify};
use super::request::Session;
use crate::response::body;
use crate::{Error, excerpt};

pub use bills::{Bill, DocumentStatus, OperationOutcome, read_bills, read_operation, read_view};
pub use save::{Entity, RowOutcome, read_batch_save};

/// The session of a login.
///
/// # Errors
/// The login was refused, or the answer is none. Class [`Credentials`](crate::Class::Credentials)
/// means here that the credentials themselves are wrong: trying them again can lock the account.
pub fn read_login(response: &Response<Vec<u8>>) -> Result<Session, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Login {
        login_result_type: i64,
        message: Option<String>,
        #[serde(rename = "KDSVCSessionId")]
        session_id: Option<String>,
        context: Option<Context>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Context {
        session_id: Option<String>,
    }

    // The body of a login is a secret, good or broken: it is never quoted, unless it is a web page.
    let body = body(response);
    let said = || excerpt::html(body).unwrap_or_default();
    if !is_ok(response.status()) {
        return Err(classify(response.status(), None, &said()));
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Err(server_exception(response).unwrap_or_else(|| unreadable(body, &said())));
    };
    let Ok(login) = Login::deserialize(&value) else {
        return Err(refusal(response.status(), &value, "neither a login nor an error"));
    };
    // -5 wants an administrator to fill in a form, but the session is good.
    match login.session_id.filter(|id| !id.is_empty()) {
        Some(id) if matches!(login.login_result_type, 1 | -5) => {
            let asp_net = login.context.and_then(|context| context.session_id).filter(|id| !id.is_empty());
            Ok(Session { id, asp_net })
        }
        _ => Err(classify::login(login.login_result_type, &login.message.unwrap_or_default())),
    }
}

/// The rows of `ExecuteBillQuery`, each with exactly `columns` cells, in the order of the query's
/// field keys. Numbers keep their digits.
///
/// # Errors
/// Every shape in which Galaxy says no: an HTTP status other than 200 or 206, `[[{"Result":…}]]`,
/// `[{"Result":…}]` and `{"Result":…}`, the WAF's `showConfirm`, `response_error:`, a web page, an
/// answer that breaks off, rows of another width.
pub fn read_query(response: &Response<Vec<u8>>, columns: usize) -> Result<Vec<Vec<Value>>, Error> {
    check_status(response)?;
    let body = body(response);
    match parse(body, columns) {
        Ok(Body::Rows(rows)) => match rows.iter().position(|row| row.len() != columns) {
            None => Ok(rows),
            Some(at) => Err(classify::wrong_width(at, rows[at].len(), columns)),
        },
        Ok(Body::Other(value)) => Err(refusal(response.status(), &value, &excerpt::body(body))),
        Err(broken) => Err(no_json(response, &broken)),
    }
}

/// The body of an answer other than rows.
fn json(response: &Response<Vec<u8>>) -> Result<Value, Error> {
    check_status(response)?;
    serde_json::from_slice(body(response)).map_err(|broken| no_json(response, &broken))
}

/// The error of an HTTP status other than success.
fn check_status(response: &Response<Vec<u8>>) -> Result<(), Error> {
    let (status, body) = (response.status(), body(response));
    if is_ok(status) {
        return Ok(());
    }
    Err(match serde_json::from_slice(body).ok().and_then(|value| said_by(&value)) {
        Some((code, message)) => classify(status, code, &message),
        None => classify(status, None, &excerpt::body(body)),
    })
}

/// The error of an answer that should have been JSON.
fn no_json(response: &Response<Vec<u8>>, broken: &serde_json::Error) -> Error {
    let body = body(response);
    server_exception(response)
        .unwrap_or_else(|| unreadable(body, &format!("{broken}: {}", excerpt::body(body))))
}

/// The two that the vendor's SDK takes for success (`vendors/kingdee.md` 1.2).
fn is_ok(status: StatusCode) -> bool {
    matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT)
}

/// What an answer that is JSON, but neither rows nor a login, says. `otherwise` is what to quote when
/// even that is unknown.
fn refusal(status: StatusCode, value: &Value, otherwise: &str) -> Error {
    match said_by(value) {
        Some((code, message)) => classify(status, code, &message),
        None => classify(status, None, otherwise),
    }
}

/// `MsgCode` and the messages, from whichever of the known shapes this is.
fn said_by(value: &Value) -> Option<(Option<i64>, String)> {
    let mut value = value;
    while let Value::Array(items) = value {
        value = items.first()?;
    }
    if let Some(status) = value.pointer("/Result/ResponseStatus") {
        let code = status::integer(&status["MsgCode"]);
        let errors = status["Errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let messages: Vec<&str> = errors.iter().filter_map(|error| error["Message"].as_str()).collect();
        return Some((code, messages.join("; ")));
    }
    if value["actionname"] == "showConfirm" {
        let message = value.pointer("/params/0/msg").and_then(Value::as_str).unwrap_or_default();
        return Some((None, format!("showConfirm: {message}")));
    }
    exception(value).map(|message| (None, message))
}

/// `Message-->inner message`, as the Java SDK prints an exception of the server.
fn exception(value: &Value) -> Option<String> {
    let outer = value["Message"].as_str()?;
    Some(match value.pointer("/InnerExWrapper/Message").and_then(Value::as_str) {
        Some(inner) => format!("{outer}-->{inner}"),
        None => outer.to_owned(),
    })
}

/// `response_error:` and then, usually, the exception as JSON (`vendors/kingdee.md` 1.2).
fn server_exception(response: &Response<Vec<u8>>) -> Option<Error> {
    let rest = body(response).trim_ascii_start().strip_prefix(b"response_error:")?;
    let said = serde_json::from_slice(rest).ok().and_then(|value| exception(&value)).unwrap_or_default();
    Some(classify(response.status(), None, &format!("response_error: {said}")))
}

fn unreadable(body: &[u8], said: &str) -> Error {
    match excerpt::html(body) {
        Some(_) => classify::web_page(said),
        None => classify::garbled(said),
    }
}

/// The rows, or the one thing in their place that is not a row.
enum Body {
    Rows(Vec<Vec<Value>>),
    Other(Value),
}

/// Reads the body in one pass: rows go straight to where they stay, and what is no row is noticed on
/// the way.
fn parse(body: &[u8], columns: usize) -> serde_json::Result<Body> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        return serde_json::from_slice(body).map(Body::Other);
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = json.deserialize_seq(Page { columns })?;
    json.end()?;
    Ok(parsed)
}

struct Page {
    columns: usize,
}

impl<'de> Visitor<'de> for Page {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Body, A::Error> {
        let mut read = Vec::new();
        while let Some(row) = rows.next_element_seed(Row { columns: self.columns })? {
            match row {
                Ok(row) => read.push(row),
                Err(other) => {
                    while rows.next_element::<IgnoredAny>()?.is_some() {}
                    return Ok(Body::Other(other));
                }
            }
        }
        Ok(Body::Rows(read))
    }
}

struct Row {
    columns: usize,
}

impl<'de> DeserializeSeed<'de> for Row {
    type Value = Result<Vec<Value>, Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Result<Vec<Value>, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Self::Value, A::Error> {
        let mut row = Vec::with_capacity(self.columns);
        while let Some(cell) = cells.next_element()? {
            row.push(cell);
        }
        // No cell is an object: `$[0][0]` with a `Result` is how an error looks.
        match row.first() {
            Some(Value::Object(_)) => Ok(Err(row.swap_remove(0))),
            _ => Ok(Ok(row)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        let object = Value::deserialize(MapAccessDeserializer::new(object)).map_err(A::Error::custom)?;
        Ok(Err(object))
    }
}
