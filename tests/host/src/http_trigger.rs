//! The HTTP trigger: a fresh instance for each request, which goes on after the client has left (spin.md 4.2).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView as _};

use crate::app::App;
use crate::guest::Guest;
use crate::logs::say;
use crate::outbound::allowed_hosts::chaining_target;
use crate::outbound::{Chained, Inbound};
use crate::routes::{Match, Router};

/// The client address that a chained component sees.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The routes and the components that answer them.
pub struct HttpTrigger {
    app: Arc<App>,
    /// Public routes, for people and for requests.
    pub router: Router,
    handlers: BTreeMap<String, ProxyPre<Guest>>,
    /// Where it listens, as `host:port`.
    authority: String,
    itself: Weak<Self>,
}

impl HttpTrigger {
    /// Checks the routes and the components; `address` is where the listener is bound.
    ///
    /// # Errors
    /// A malformed route; a component that does not export `wasi:http/incoming-handler`.
    pub fn new(app: Arc<App>, address: SocketAddr) -> Result<Arc<Self>> {
        let triggers = &app.manifest.trigger.http;
        let router = Router::new(triggers)?;
        let mut handlers = BTreeMap::new();
        for id in triggers.iter().map(|trigger| &trigger.component) {
            let handler = ProxyPre::new(app.components[id].instance.clone())
                .map_err(anyhow::Error::from)
                .with_context(|| {
                    format!("component `{id}` has an HTTP trigger but no wasi:http/incoming-handler")
                })?;
            handlers.insert(id.clone(), handler);
        }
        Ok(Arc::new_cyclic(|itself| Self {
            app,
            router,
            handlers,
            authority: address.to_string(),
            itself: itself.clone(),
        }))
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self: Arc<Self>, listener: TcpListener) -> Result<()> {
        loop {
            let (stream, client) = listener.accept().await.context("accepting a connection")?;
            let trigger = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let trigger = trigger.clone();
                    async move { Ok::<_, Infallible>(trigger.handle(request, client).await) }
                });
                // A connection that breaks is the client's affair.
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    async fn handle(self: Arc<Self>, request: Request<Incoming>, client: SocketAddr) -> Response<WasiBody> {
        let mut request = request.map(|body| body.map_err(Error::from).boxed_unsync());
        // Nobody outside can pose as a component.
        let chained = |host: &HeaderValue| host.to_str().is_ok_and(|host| chaining_target(host).is_some());
        if request.headers().get(HOST).is_some_and(chained) {
            request.headers_mut().remove(HOST);
        }
        let path = request.uri().path();
        if let Some(well_known) = path.strip_prefix("/.well-known/spin/") {
            return match well_known {
                "health" => answer(StatusCode::OK, "OK"),
                _ => answer(StatusCode::NOT_FOUND, ""),
            };
        }
        match self.router.find(path) {
            Some(route) => self.respond(route, request, client).await,
            None => answer(StatusCode::NOT_FOUND, ""),
        }
    }

    /// Has the component answer. As in Spin a failure is 500 with an empty body; the reason goes to stderr.
    async fn respond(
        self: Arc<Self>,
        route: Match,
        request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Response<WasiBody> {
        let id = route.component.clone();
        match self.call(route, request, client).await {
            Ok(response) => response,
            Err(error) => {
                say(format_args!("[{id}] the request failed: {error:#}"));
                answer(StatusCode::INTERNAL_SERVER_ERROR, "")
            }
        }
    }

    async fn call(
        self: Arc<Self>,
        route: Match,
        mut request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Result<Response<WasiBody>> {
        let id = route.component.clone();
        let handler = self.handlers[&id].clone();
        add_spin_headers(&mut request, &route, client)?;
        let mut store = Guest::store(&self.app, &self.app.components[&id], Some(self.clone()));
        let (sender, receiver) = oneshot::channel();
        let mut view = store.data_mut().http();
        let request = view.new_incoming_request(Scheme::Http, request)?;
        let outparam = view.new_response_outparam(sender)?;
        let instance = tokio::spawn(async move {
            let proxy = handler.instantiate_async(&mut store).await?;
            proxy.wasi_http_incoming_handler().call_handle(&mut store, request, outparam).await
        });
        let finished = async move {
            let result = instance.await.context("the host panicked")?;
            result.map_err(anyhow::Error::from).context("the component trapped")
        };
        match receiver.await {
            Ok(response) => {
                tokio::spawn(async move {
                    if let Err(error) = finished.await {
                        say(format_args!("[{id}] failed after its response had begun: {error:#}"));
                    }
                });
                response.map_err(|code| anyhow!("the component produced no response: {code:?}"))
            }
            Err(_) => {
                finished.await?;
                Err(anyhow!("the component returned without a response"))
            }
        }
    }
}

impl Inbound for HttpTrigger {
    fn authority(&self) -> &str {
        &self.authority
    }

    fn chain(&self, component: &str, request: Request<WasiBody>) -> Option<Chained> {
        let trigger = self.itself.upgrade()?;
        self.handlers.contains_key(component).then(|| -> Chained {
            let route = Match::chained(component, request.uri().path());
            Box::pin(trigger.respond(route, request, CHAINED_CLIENT))
        })
    }
}

/// Adds what Spin tells a component about its request (spin.md 1.1).
fn add_spin_headers(request: &mut Request<WasiBody>, route: &Match, client: SocketAddr) -> Result<()> {
    let host = match request.headers().get(HOST) {
        Some(host) => host.to_str().context("the host header is not text")?,
        None => "localhost",
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let scheme = request.uri().scheme_str().unwrap_or("http");
    let full_url = format!("{scheme}://{host}{path}");
    let prefix = route.route.strip_suffix("/...").unwrap_or(&route.route);
    let headers = request.headers_mut();
    add(headers, "spin-path-info", &route.path_info)?;
    add(headers, "spin-full-url", &full_url)?;
    add(headers, "spin-matched-route", &route.route)?;
    add(headers, "spin-base-path", "/")?;
    add(headers, "spin-raw-component-route", &route.route)?;
    add(headers, "spin-component-route", prefix)?;
    add(headers, "spin-client-addr", &client.to_string())?;
    for (name, value) in &route.segments {
        let name = name.to_ascii_lowercase().replace('_', "-");
        add(headers, &format!("spin-path-match-{name}"), value)?;
    }
    Ok(())
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) -> Result<()> {
    headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    Ok(())
}

fn answer(status: StatusCode, body: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(body.as_bytes()));
    let mut response = Response::new(body.map_err(Error::from).boxed_unsync());
    *response.status_mut() = status;
    response
}
