//! The wire between a simulated system and its callers, the same for every vendor: it notes the tokens, session
//! ids, secrets and signatures that pass, so that a test can search for them, and gives on command the answers that
//! would give them away.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, SET_COOKIE};
use hyper::{HeaderMap, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::{self, Wrong, read, to_json};
use crate::serve::{Body, Dropped, whole};

/// Values that are kept; the oldest go first.
const KEPT: usize = 2000;
/// Shorter ones cannot be told from other text.
const SHORTEST: usize = 16;

/// Headers whose values are secret, without `-` and in small letters.
const HEADERS: [&str; 7] =
    ["authorization", "cookie", "kdservicesessionid", "sid", "xapisignature", "xkdsignature", "apptoken"];

/// Fields of queries, forms and JSON whose values are secret, without `-` and `_` and in small letters.
const FIELDS: [&str; 15] = [
    "token",
    "accesstoken",
    "refreshtoken",
    "apptoken",
    "sign",
    "signature",
    "appsignature",
    "authoritycode",
    "clientsecret",
    "appsecret",
    "password",
    "salt",
    "sessionid",
    "kdsvcsessionid",
    "kdservicesessionid",
];

/// An answer in place of the system's own, which is not asked. In JSON `{"kind": "server_error", "times": 2}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Echo {
    kind: Kind,
    /// Calls to let pass before.
    #[serde(default)]
    skip: usize,
    /// How many calls; all, when absent.
    #[serde(default)]
    times: Option<usize>,
    /// Where a redirect goes.
    #[serde(default)]
    to: String,
    /// How long a flood is.
    #[serde(default)]
    bytes: usize,
    /// Calls that got it.
    #[serde(default)]
    fired: usize,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// HTTP 500 with the request as it came: line, headers and body.
    ServerError,
    /// The same in JSON, as the message of an error of every vendor's form at once.
    JsonError,
    /// HTTP 200 with a page of HTML that quotes the request, in its title too.
    WebPage,
    /// HTTP 302 to another place, with the request in its `Location`.
    Redirect,
    /// HTTP 200 with so many blanks.
    Flood,
}

/// What has passed, and what is armed.
#[derive(Debug, Default)]
pub(crate) struct Wire(Mutex<Passed>);

#[derive(Debug, Default)]
struct Passed {
    known: HashSet<String>,
    secrets: VecDeque<String>,
    echo: Option<Echo>,
}

impl Wire {
    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a call to the system, and its answer back.
    pub async fn pass<R>(
        self: Arc<Self>,
        request: hyper::Request<Body>,
        answer: impl FnOnce(hyper::Request<Body>) -> R,
    ) -> Result<Response<Body>, Dropped>
    where
        R: Future<Output = Result<Response<Body>, Dropped>>,
    {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let echo = {
            let passed = &mut *self.passed();
            passed.headers(&head.headers);
            passed.form(query);
            passed.body(&body);
            passed.due()
        };
        if let Some(echo) = echo {
            return Ok(echo.answer(&head, &body));
        }
        let (head, body) = answer(hyper::Request::from_parts(head, whole(body))).await?.into_parts();
        for cookie in head.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            self.passed().cookies(cookie.split(';').next().unwrap_or_default());
        }
        let body = body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                self.passed().body(data);
            }
            frame
        });
        Ok(Response::from_parts(head, body.boxed()))
    }

    /// Answers a request to the control API, if it is about the wire.
    pub fn route(&self, method: &str, path: &str, body: &Bytes) -> Option<Result<Value, Wrong>> {
        let passed = &mut *self.passed();
        Some(Ok(match (method, path) {
            ("GET", "/secrets") => to_json(&passed.secrets),
            ("POST", "/echo") => match read::<Echo>(body) {
                Ok(echo) => {
                    passed.echo = Some(echo);
                    json!({})
                }
                Err(wrong) => return Some(Err(wrong)),
            },
            ("GET", "/echo") => to_json(&passed.echo),
            ("DELETE", "/echo") => {
                passed.echo = None;
                json!({})
            }
            _ => return None,
        }))
    }

    /// Answers a request to the control API: about the wire, or the system's own.
    pub async fn control<R>(
        self: Arc<Self>,
        request: hyper::Request<Body>,
        routes: impl FnOnce(hyper::Request<Body>) -> R,
    ) -> Result<Response<Body>, Dropped>
    where
        R: Future<Output = Result<Response<Body>, Dropped>>,
    {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
        match self.route(head.method.as_str(), head.uri.path(), &body) {
            Some(answered) => Ok(control::respond(answered, head.method.as_str(), head.uri.path())),
            None => routes(hyper::Request::from_parts(head, whole(body))).await,
        }
    }
}

impl Passed {
    /// The echo that this call gets.
    fn due(&mut self) -> Option<Echo> {
        let echo = self.echo.as_mut()?;
        if echo.skip > 0 {
            echo.skip -= 1;
            return None;
        }
        if echo.times.is_some_and(|times| echo.fired >= times) {
            return None;
        }
        echo.fired += 1;
        Some(echo.clone())
    }

    fn note(&mut self, value: &str) {
        if value.len() < SHORTEST || !self.known.insert(value.to_owned()) {
            return;
        }
        self.secrets.push_back(value.to_owned());
        if self.secrets.len() > KEPT
            && let Some(oldest) = self.secrets.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn headers(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            let Ok(value) = value.to_str() else { continue };
            match name.as_str().replace('-', "").as_str() {
                "authorization" => self.note(value.split_once(' ').map_or(value, |(_, token)| token)),
                "cookie" => self.cookies(value),
                plain if HEADERS.contains(&plain) => self.note(value),
                _ => {}
            }
        }
    }

    fn cookies(&mut self, line: &str) {
        for pair in line.split(';') {
            self.note(pair.split_once('=').map_or("", |(_, value)| value.trim()));
        }
    }

    fn form(&mut self, form: &[u8]) {
        for (name, value) in form_urlencoded::parse(form) {
            if is_secret(&name) {
                self.note(&value);
            }
        }
    }

    fn body(&mut self, body: &[u8]) {
        match body.trim_ascii_start().first() {
            Some(b'{' | b'[') => {
                if let Ok(json) = serde_json::from_slice(body) {
                    self.json(&json);
                }
            }
            _ => self.form(body),
        }
    }

    fn json(&mut self, json: &Value) {
        match json {
            Value::Array(list) => list.iter().for_each(|one| self.json(one)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if is_secret(name) => self.note(text),
                        other => self.json(other),
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_secret(name: &str) -> bool {
    FIELDS.contains(&name.replace(['-', '_', '.'], "").to_ascii_lowercase().as_str())
}

impl Echo {
    fn answer(&self, head: &hyper::http::request::Parts, body: &Bytes) -> Response<Body> {
        let mut text = format!("{} {}", head.method, head.uri);
        // Proofs first: what quotes this may cut it short.
        let (proofs, others): (Vec<_>, Vec<_>) = head
            .headers
            .iter()
            .partition(|(name, _)| HEADERS.contains(&name.as_str().replace('-', "").as_str()));
        for (name, value) in proofs.into_iter().chain(others) {
            text += &format!(" {name}: {}", String::from_utf8_lossy(value.as_bytes()));
        }
        text += " ";
        text += &String::from_utf8_lossy(body);
        let (status, content_type, answer) = match self.kind {
            Kind::ServerError => (500, "text/plain; charset=utf-8", text.clone()),
            Kind::JsonError => (200, "application/json; charset=utf-8", json_error(&text).to_string()),
            Kind::WebPage => {
                let page =
                    format!("<html><head><title>{text}</title></head><body><pre>{text}</pre></body></html>");
                (200, "text/html; charset=utf-8", page)
            }
            Kind::Redirect => {
                (302, "text/html; charset=utf-8", format!("<a href=\"{}\">{text}</a>", self.to))
            }
            Kind::Flood => (200, "application/json; charset=utf-8", " ".repeat(self.bytes)),
        };
        let response = Response::builder()
            .status(status)
            .header(CONTENT_TYPE, content_type)
            .header(CONTENT_LENGTH, answer.len());
        let response = match self.kind {
            Kind::Redirect => response
                .header(LOCATION, format!("{}?{}", self.to, utf8_percent_encode(&text, NON_ALPHANUMERIC))),
            _ => response,
        };
        response.body(whole(answer.into())).expect("these headers are always well formed")
    }
}

/// The words in the places where the vendors have theirs.
fn json_error(said: &str) -> Value {
    json!({
        "code": 999, "msg": said, "message": said, "errcode": 999, "description": said, "description_cn": said,
        "status": 999, "StatusCode": 999, "Message": said, "error": "refused", "error_description": said,
        "Result": {"ResponseStatus": {"IsSuccess": false, "MsgCode": 999, "ErrorCode": 999,
            "Errors": [{"FieldName": null, "Message": said, "DIndex": 0}]}},
    })
}
