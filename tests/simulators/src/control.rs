//! The control APIs: JSON both ways, whatever the vendor. The routes are in the front page of the crate.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::serve::{Body, Dropped, whole};

/// Why a request cannot be served.
pub enum Wrong {
    Malformed(String),
    NotFound,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self::Malformed(message)
    }
}

/// Answers one request: 200 with JSON, 400 with `{"error"}` for a malformed one, 404 for what is not there.
/// `route` is given the method, the segments of the path, the query and the body.
pub(crate) async fn answer(
    request: hyper::Request<Body>,
    route: impl FnOnce(&str, &[&str], &str, &Bytes) -> Result<Value, Wrong>,
) -> Result<Response<Body>, Dropped> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let path = head.uri.path().trim_matches('/').to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    let query = head.uri.query().unwrap_or_default();
    let answered = route(head.method.as_str(), &segments, query, &body);
    Ok(respond(answered, head.method.as_str(), &format!("/{path}")))
}

/// The answer to a request with this method and path.
pub(crate) fn respond(answered: Result<Value, Wrong>, method: &str, path: &str) -> Response<Body> {
    let (status, body) = match answered {
        Ok(value) => (200, value),
        Err(Wrong::Malformed(message)) => (400, json!({"error": message})),
        Err(Wrong::NotFound) => (
            404,
            json!({"error": format!("no {method} {path} here; the routes are in the crate's front page")}),
        ),
    };
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .body(whole(body.to_string().into()))
        .expect("these headers are always well formed")
}

/// The switches with those in the body turned.
pub(crate) fn switched<T: Serialize + DeserializeOwned>(switches: &T, body: &Bytes) -> Result<T, Wrong> {
    let mut merged = to_json(switches);
    let given: Map<String, Value> = read(body)?;
    for (key, value) in given {
        merged[key] = value;
    }
    serde_json::from_value(merged).map_err(|e| Wrong::Malformed(e.to_string()))
}

pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|e| Wrong::Malformed(e.to_string()))
}

pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).expect("plain data can always be written as JSON")
}
