//! HTTP in both directions, on WASI's own interface.
//!
//! The SDK's `send` has no timeout (`spin.md` 1.2) and starts nothing before it is awaited (1.3). Here a request is
//! handed to the host with its timeouts and its body at once; [`Http::finish`] waits for the answer.

use ferry_sync::host::{CallId, Http, HttpFailure};
use ferry_sync::problem::Problem;
use http::{Method, Request, Response, StatusCode};
use spin_sdk::http::IncomingRequest;
use spin_sdk::wit::wasi::http0_2_0::outgoing_handler::{self, FutureIncomingResponse, RequestOptions};
use spin_sdk::wit::wasi::http0_2_0::types::{
    ErrorCode, Fields, IncomingBody, Method as WasiMethod, OutgoingBody, OutgoingRequest, Scheme,
};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;
use wasi::io::streams::{InputStream, StreamError};

/// The most that one write to a stream takes at once.
const CHUNK: usize = 4096;
/// Answers beyond this are refused: a page of 2,000 rows is well under one.
const ANSWER_LIMIT: usize = 32 * 1024 * 1024;
/// Of a request that is too long, so many more bytes are waited for before it is refused.
const DRAINED: usize = 8 * 1024 * 1024;

/// Requests under way.
#[derive(Default)]
pub struct OutgoingHttp {
    next: Cell<u64>,
    calls: RefCell<HashMap<u64, Result<FutureIncomingResponse, HttpFailure>>>,
}

impl Http for OutgoingHttp {
    fn start(&self, request: Request<Vec<u8>>, timeout: Duration) -> CallId {
        let id = self.next.get();
        self.next.set(id + 1);
        self.calls.borrow_mut().insert(id, send(request, timeout));
        CallId(id)
    }

    fn finish(&self, call: CallId) -> Result<Response<Vec<u8>>, HttpFailure> {
        let call = self.calls.borrow_mut().remove(&call.0);
        receive(&call.unwrap_or_else(|| Err(failure("this call was never started")))?)
    }

    fn cancel(&self, call: CallId) {
        self.calls.borrow_mut().remove(&call.0);
    }
}

fn failure(message: impl Into<String>) -> HttpFailure {
    HttpFailure { denied: false, message: message.into() }
}

fn failed(code: ErrorCode) -> HttpFailure {
    HttpFailure { denied: matches!(code, ErrorCode::HttpRequestDenied), message: format!("{code:?}") }
}

fn send(request: Request<Vec<u8>>, timeout: Duration) -> Result<FutureIncomingResponse, HttpFailure> {
    let (parts, body) = request.into_parts();
    let headers = Fields::new();
    let invalid = |what: &str| failure(format!("the request's {what} is not valid"));
    // Without it the body would be sent in chunks (spin.md 1.2), which old IIS sites refuse.
    let length = body.len().to_string();
    headers.append("content-length", length.as_bytes()).map_err(|_| invalid("content-length"))?;
    for (name, value) in &parts.headers {
        headers.append(name.as_str(), value.as_bytes()).map_err(|_| invalid("header"))?;
    }
    let outgoing = OutgoingRequest::new(headers);
    outgoing.set_method(&method(&parts.method)).map_err(|()| invalid("method"))?;
    let scheme = match parts.uri.scheme_str() {
        Some("http") => Scheme::Http,
        _ => Scheme::Https,
    };
    outgoing.set_scheme(Some(&scheme)).map_err(|()| invalid("scheme"))?;
    outgoing.set_authority(parts.uri.authority().map(|it| it.as_str())).map_err(|()| invalid("host"))?;
    let path = parts.uri.path_and_query().map(|it| it.as_str());
    outgoing.set_path_with_query(path).map_err(|()| invalid("path"))?;
    let outgoing_body = outgoing.body().map_err(|()| invalid("body"))?;

    let options = RequestOptions::new();
    let nanos = u64::try_from(timeout.as_nanos()).ok();
    for set in [
        RequestOptions::set_connect_timeout,
        RequestOptions::set_first_byte_timeout,
        RequestOptions::set_between_bytes_timeout,
    ] {
        set(&options, nanos).map_err(|()| failure("this host takes no timeouts"))?;
    }
    let future = outgoing_handler::handle(outgoing, Some(options)).map_err(failed)?;
    {
        let stream = outgoing_body.write().map_err(|()| invalid("body"))?;
        for chunk in body.chunks(CHUNK) {
            // A refused or broken connection shows here first; its reason comes with the answer.
            if stream.blocking_write_and_flush(chunk).is_err() {
                break;
            }
        }
    }
    // Unfinished bodies are the answer's error, too.
    let _ = OutgoingBody::finish(outgoing_body, None);
    Ok(future)
}

fn method(method: &Method) -> WasiMethod {
    match *method {
        Method::GET => WasiMethod::Get,
        Method::POST => WasiMethod::Post,
        Method::PUT => WasiMethod::Put,
        Method::DELETE => WasiMethod::Delete,
        ref other => WasiMethod::Other(other.to_string()),
    }
}

fn receive(future: &FutureIncomingResponse) -> Result<Response<Vec<u8>>, HttpFailure> {
    let incoming = loop {
        match future.get() {
            Some(Ok(result)) => break result.map_err(failed)?,
            Some(Err(())) => return Err(failure("the answer was taken already")),
            None => future.subscribe().block(),
        }
    };
    let mut response = Response::builder().status(incoming.status());
    for (name, value) in incoming.headers().entries() {
        response = response.header(name, value);
    }
    let body = incoming.consume().map_err(|()| failure("the answer has no body"))?;
    let bytes = read(&stream(&body)?, ANSWER_LIMIT)?;
    response.body(bytes).map_err(|error| failure(error.to_string()))
}

fn stream(body: &IncomingBody) -> Result<InputStream, HttpFailure> {
    body.stream().map_err(|()| failure("the body was taken already"))
}

/// Reads a body to its end, or to one byte beyond `limit`.
fn read(stream: &InputStream, limit: usize) -> Result<Vec<u8>, HttpFailure> {
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(failure(format!(
                    "the body broke off after {} bytes: {}",
                    bytes.len(),
                    error.to_debug_string()
                )));
            }
        }
        if bytes.len() > limit {
            return Err(failure(format!("the body is longer than {limit} bytes")));
        }
    }
    Ok(bytes)
}

/// Reads on without keeping anything: a client that is still sending when we answer may see a broken connection
/// instead of the answer.
fn drain(stream: &InputStream) {
    let mut left = DRAINED;
    while let Ok(chunk) = stream.blocking_read(64 * 1024)
        && let Some(less) = left.checked_sub(chunk.len())
    {
        left = less;
    }
}

/// A request to this component, its body read up to the limit.
///
/// # Errors
/// The refusal of a request that is too long, or no HTTP.
pub fn read_request(
    request: IncomingRequest,
    limit: usize,
) -> Result<Request<Vec<u8>>, (StatusCode, Problem)> {
    let mut builder = Request::builder()
        .method(request.method().to_string().as_str())
        .uri(request.path_with_query().unwrap_or_else(|| "/".to_owned()));
    for (name, value) in request.headers().entries() {
        builder = builder.header(name, value);
    }
    // Wasmtime takes it out of the headers.
    if let Some(authority) = request.authority()
        && builder.headers_ref().is_some_and(|headers| !headers.contains_key("host"))
    {
        builder = builder.header("host", authority);
    }
    let body = request.consume().map_err(|()| failure("the request has no body")).and_then(|body| {
        let stream = stream(&body)?;
        read(&stream, limit).inspect_err(|_| drain(&stream))
    });
    let body = body.map_err(|_| {
        let problem = Problem::new(
            "body_too_large",
            format!("the body broke off or is longer than {limit} bytes"),
            format!("请求体不完整或超过 {limit} 字节"),
        );
        (StatusCode::PAYLOAD_TOO_LARGE, problem)
    })?;
    builder.body(body).map_err(|_| {
        let problem = Problem::new("bad_request", "the request is not valid HTTP", "请求不是有效的 HTTP");
        (StatusCode::BAD_REQUEST, problem)
    })
}
