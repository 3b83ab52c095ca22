//! Responses, with what every one of them says to the browser about what it may do with it.

use http::{HeaderValue, Response, StatusCode, header};
use maud::Markup;
use serde_json::{Value, json};

/// Nothing but our own files: no inline script or style, no frame around us, no form that goes elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
pub fn html(status: StatusCode, markup: Markup) -> Response<Vec<u8>> {
    let mut response = with(status, "text/html; charset=utf-8", markup.into_string().into_bytes());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One of the embedded files: its name changes with its content, so it may be kept for ever.
pub fn asset(kind: &'static str, content: &'static [u8]) -> Response<Vec<u8>> {
    let mut response = with(StatusCode::OK, kind, content.to_vec());
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response
}

/// Elsewhere in the console, with GET.
pub fn see_other(path: &str) -> Response<Vec<u8>> {
    let mut response = with(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Vec::new());
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/console"));
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The same with a cookie. Spin sends one header of a name: a response has one cookie at most.
pub fn setting(mut response: Response<Vec<u8>>, cookie: &str) -> Response<Vec<u8>> {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// A path that is neither the console's nor a flow's.
pub fn unknown(path: &str) -> Response<Vec<u8>> {
    let path: String = path.chars().take(200).collect();
    let (code, message, message_zh) = if path.starts_with("/flows/") {
        ("unknown_flow", format!("no flow answers at {path}"), format!("{path} 没有对应的流程"))
    } else {
        ("unknown_route", format!("nothing answers at {path}"), format!("{path} 没有对应的接口"))
    };
    let error: Value = json!({"error": {
        "code": code,
        "message": message,
        "message_zh": message_zh,
        "hint": "flows answer at /flows/<name>/…; the names are in spin.toml; the console is at /console",
        "hint_zh": "流程的地址为 /flows/<名称>/…；名称见 spin.toml；控制台在 /console",
    }});
    with(StatusCode::NOT_FOUND, "application/json; charset=utf-8", error.to_string().into_bytes())
}

fn with(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Of another site's pages nobody learns our paths; our own forms still say where they come from.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
