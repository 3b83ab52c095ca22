//! `wasi:http/outgoing-handler`: who may be called, over which connection, for how long.
//!
//! Connections are pooled across the requests of the process; redirects are not followed, nothing is
//! decompressed, no header is added but `host` (spin.md 1.2, 1.3).

use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::http::uri::Scheme;
use ::http::{Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::allowed_hosts::chaining_target;
use super::connector::{CONNECT_TIMEOUT, ConnectError, Connector};
use super::timeout_body::TimeoutBody;
use crate::app::Component;
use crate::logs::say;

/// What applies where the guest sets no timeout: `None` in spin-sdk's `send` (spin.md 1.2).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// What `WasiHttpHooks::send_request` returns.
type Answer = Result<(Response<WasiBody>, Completion), Error>;
type Completion = Box<dyn Future<Output = Result<(), Error>> + Send>;
/// A future of one component's answer to another.
pub type Chained = Pin<Box<dyn Future<Output = Response<WasiBody>> + Send>>;

/// The HTTP trigger as its components see it from inside: themselves, and each other.
pub trait Inbound: Send + Sync {
    /// The authority that requests to `self` go to.
    fn authority(&self) -> &str;
    /// Has another component answer; `None` when no HTTP trigger names it.
    fn chain(&self, component: &str, request: Request<WasiBody>) -> Option<Chained>;
}

/// The connection pool of the process.
#[derive(Clone)]
pub struct Client(legacy::Client<Connector, WasiBody>);

impl Client {
    /// An empty pool.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "opens its own world; nothing to default")]
    pub fn new() -> Self {
        Self(legacy::Client::builder(TokioExecutor::new()).build(Connector::new()))
    }

    async fn send(
        self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let response = CONNECT_TIMEOUT.scope(connect, self.0.request(request));
        let response = timeout(first_byte, response)
            .await
            .map_err(|_| Error::ConnectionReadTimeout)?
            .map_err(|error| match error.source().and_then(|source| source.downcast_ref()) {
                Some(connect) => Error::from(ConnectError::clone(connect)),
                // As in Spin, whatever else goes wrong on the wire is one error.
                None => Error::HttpProtocolError,
            })?;
        Ok(response.map(|body| {
            let body = body.map_err(|_| Error::HttpProtocolError).boxed_unsync();
            TimeoutBody::new(body, between_bytes).boxed_unsync()
        }))
    }
}

/// One instance's way out.
pub struct Hooks {
    /// Whose list of allowed hosts and whose counters apply.
    pub component: Arc<Component>,
    /// The process's connections.
    pub client: Client,
    /// Absent in the cron trigger: no self requests, no chaining (spin.md 3.3).
    pub inbound: Option<Arc<dyn Inbound>>,
}

impl WasiHttpHooks for Hooks {
    /// hyper's client adds it.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Completion,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let done = |response| (response, Box::new(async { Ok(()) }) as Completion);
        let request = match self.prepare(request) {
            Ok(request) => request,
            Err(error) => return Box::new(async { Err(error) }),
        };
        let target = request.uri().host().and_then(chaining_target).map(str::to_owned);
        match (&self.inbound, target) {
            (Some(inbound), Some(target)) => match inbound.chain(&target, request) {
                Some(answer) => Box::new(async move { Ok(done(answer.await)) }),
                None => Box::new(async move {
                    let text = format!("unknown routing destination '{target}'");
                    Err(Error::InternalError(Some(text)))
                }),
            },
            _ => {
                let client = self.client.clone();
                let options = options.unwrap_or_default();
                Box::new(async move { client.send(request, options).await.map(done) })
            }
        }
    }
}

impl Hooks {
    /// Checks the request against the component's list, and turns one to itself into a full URL.
    fn prepare(&self, mut request: Request<WasiBody>) -> Result<Request<WasiBody>, Error> {
        // A guest's relative URL arrives with an authority like ":443".
        let host = request.uri().host().unwrap_or_default();
        let to_self = host.is_empty() || host == "self.alt";
        let allowed = match &self.component.allowed_hosts {
            Ok(hosts) if to_self => hosts.allows_self(&["http", "https"]),
            Ok(hosts) => hosts.allows(&request.uri().to_string(), "https"),
            Err(error) => {
                let id = &self.component.id;
                say(format_args!(
                    "[{id}] all outbound traffic is denied, allowed_outbound_hosts is invalid: {error}"
                ));
                false
            }
        };
        self.component.stats.update(|counts| {
            counts.http.requests += 1;
            counts.http.denied += u64::from(!allowed);
        });
        if !allowed {
            return Err(Error::HttpRequestDenied);
        }
        if to_self {
            let inbound = self.inbound.as_ref().ok_or(Error::HttpRequestUriInvalid)?;
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            *request.uri_mut() = Uri::builder()
                .scheme(Scheme::HTTP)
                .authority(inbound.authority())
                .path_and_query(path)
                .build()
                .map_err(|_| Error::HttpRequestUriInvalid)?;
        }
        request.headers_mut().remove(header::HOST);
        Ok(request)
    }
}
