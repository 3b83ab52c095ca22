//! Calls as they come, and what goes back.

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};
use serde_json::Value;

/// A call as it came.
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// The path as sent.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query as sent; empty if there is none.
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The parameters of the query, decoded.
    pub fn parameters(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query().as_bytes()).into_owned().collect()
    }

    /// A parameter of the query, decoded; the first, if there are several.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(self.query().as_bytes());
        parameters.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A header; empty where there is none, or none that is text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Where a call leads.
pub enum Way<O> {
    /// To this operation.
    To(O),
    /// Nowhere.
    Astray {
        /// The operation, where the call names one that is not called like this.
        op: Option<O>,
        answer: Answer,
    },
}

impl<O: Copy> Way<O> {
    /// There is nothing at this path.
    pub fn not_found(op: Option<O>) -> Self {
        Self::Astray { op, answer: Answer::html(404, "Not Found") }
    }

    /// What there is wants another method.
    pub fn other_method(op: Option<O>) -> Self {
        Self::Astray { op, answer: Answer::html(405, "Method Not Allowed") }
    }

    /// The operation, if the call names one.
    pub fn named(&self) -> Option<O> {
        match self {
            Self::To(op) => Some(*op),
            Self::Astray { op, .. } => *op,
        }
    }
}

/// What an answer claims to be.
#[derive(Clone, Copy)]
pub enum Content {
    Json,
    Text,
    Html,
}

/// What goes back.
pub struct Answer {
    pub status: u16,
    pub content: Content,
    pub body: Bytes,
    /// Lines of `Set-Cookie`.
    pub cookies: Vec<String>,
    /// In short, for the log.
    pub summary: String,
    /// How the caller was known, or why it was refused.
    pub auth: Option<String>,
    /// How many records it holds.
    pub rows: usize,
    /// Whether it ends a query: then the changes that wait for one are due.
    pub ends_query: bool,
}

impl Answer {
    /// JSON with HTTP 200.
    pub fn json(body: &Value, summary: impl Into<String>) -> Self {
        Self::bytes(body.to_string(), summary)
    }

    /// Any bytes that claim to be JSON, with HTTP 200.
    pub fn bytes(body: impl Into<Bytes>, summary: impl Into<String>) -> Self {
        Self {
            status: 200,
            content: Content::Json,
            body: body.into(),
            cookies: Vec::new(),
            summary: summary.into(),
            auth: None,
            rows: 0,
            ends_query: false,
        }
    }

    /// Plain text with HTTP 200.
    pub fn text(body: impl Into<Bytes>, summary: impl Into<String>) -> Self {
        Self { content: Content::Text, ..Self::bytes(body, summary) }
    }

    /// A page of HTML.
    pub fn html(status: u16, title: &str) -> Self {
        let html = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        let answer = Self::bytes(html, format!("HTTP {status} with HTML"));
        Self { status, content: Content::Html, ..answer }
    }

    /// The same with another HTTP status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same, with how the caller was known or why it was refused.
    pub fn for_caller(self, auth: impl Into<String>) -> Self {
        Self { auth: Some(auth.into()), ..self }
    }
}
