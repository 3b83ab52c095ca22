//! The control port, for tests and benches alone: JSON over HTTP, on loopback, without any authorization.
//!
//! | request | does |
//! |---|---|
//! | `POST /cron/<component>` | fires one cron event now; answers when it is done: `{"ok":true}` or `{"ok":false,"error":"…"}`; 404 where this process has no such cron trigger |
//! | `POST /clock` `{"offset_ms": n}` | shifts the guests' wall clock against the machine's |
//! | `GET /stats` | `{"trigger":"http","components":{"<id>":{…}}}`, see [`crate::stats::Counts`]; waits up to a second for running instances to end, so that the last one's figures are in |
//!
//! Every trigger process has a control port and a clock of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::app::App;
use crate::cron_trigger::CronTrigger;

/// What the port controls.
pub struct Control {
    /// The process's application.
    pub app: Arc<App>,
    /// In the cron process.
    pub cron: Option<Arc<CronTrigger>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shift {
    offset_ms: i64,
}

impl Control {
    /// Serves until the process ends.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self: Arc<Self>, listener: TcpListener) -> Result<()> {
        loop {
            let (stream, _) = listener.accept().await.context("accepting a control connection")?;
            let control = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let control = control.clone();
                    async move { Ok::<_, Infallible>(control.answer(request).await) }
                });
                // A connection that breaks is the tester's affair.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, body) = match self.handle(request).await {
            Ok(answer) => answer,
            Err(error) => (StatusCode::BAD_REQUEST, json!({"error": format!("{error:#}")})),
        };
        let mut response = Response::new(Full::from(body.to_string()));
        *response.status_mut() = status;
        response
    }

    async fn handle(&self, request: Request<Incoming>) -> Result<(StatusCode, Value)> {
        let path = request.uri().path().to_owned();
        match (request.method(), path.as_str()) {
            (&Method::GET, "/stats") => Ok((StatusCode::OK, self.stats().await)),
            (&Method::POST, "/clock") => {
                let body = request.into_body().collect().await?.to_bytes();
                let shift: Shift = serde_json::from_slice(&body).context("expected {\"offset_ms\": n}")?;
                self.app.clock.shift(shift.offset_ms);
                Ok((StatusCode::OK, json!({"ok": true})))
            }
            (&Method::POST, path) if path.starts_with("/cron/") => {
                let id = &path["/cron/".len()..];
                let fired = match &self.cron {
                    Some(cron) => cron.fire(id).await,
                    None => None,
                };
                Ok(match fired {
                    Some(Ok(())) => (StatusCode::OK, json!({"ok": true})),
                    Some(Err(error)) => (StatusCode::OK, json!({"ok": false, "error": error})),
                    None => {
                        let error = format!("this process has no cron trigger for component `{id}`");
                        (StatusCode::NOT_FOUND, json!({"ok": false, "error": error}))
                    }
                })
            }
            _ => Ok((StatusCode::NOT_FOUND, json!({"error": "unknown control request"}))),
        }
    }

    async fn stats(&self) -> Value {
        let deadline = Instant::now() + Duration::from_secs(1);
        let running = || self.app.components.values().any(|component| component.stats.read().running > 0);
        while running() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let counts =
            self.app.components.iter().map(|(id, component)| (id.clone(), json!(component.stats.read())));
        let trigger = if self.cron.is_some() { "cron" } else { "http" };
        json!({"trigger": trigger, "components": counts.collect::<Map<_, _>>()})
    }
}
