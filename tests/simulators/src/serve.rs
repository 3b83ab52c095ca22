//! Listening and answering, for all vendors alike.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::channel::Channel;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::Response;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::runtime::Runtime;

use crate::wire::Wire;

/// A body that may end in an error.
pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// A body as it comes in.
fn any(body: Incoming) -> Body {
    body.map_err(io::Error::other).boxed()
}

/// All of it.
pub(crate) fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never: Infallible| match never {}).boxed()
}

/// The first half of it, and then the connection breaks.
pub(crate) fn half(body: &Bytes) -> Body {
    let (mut sender, channel) = Channel::<Bytes, io::Error>::new(1);
    let half = body.slice(..body.len() / 2);
    tokio::spawn(async move {
        let _ = sender.send_data(half).await;
        // Lets the half reach the wire before the end does.
        tokio::time::sleep(Duration::from_millis(20)).await;
        sender.abort(io::Error::other("dropped on command"));
    });
    channel.boxed()
}

/// The threads that serve a simulator. They end when this is dropped.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    pub fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    /// Serves a system and its control API until the end, with a [`Wire`] before both.
    pub fn serve<A, AF, C, CF>(
        &self,
        system: TcpListener,
        answer: A,
        control: TcpListener,
        routes: C,
    ) -> io::Result<()>
    where
        A: Fn(hyper::Request<Body>) -> AF + Clone + Send + Sync + 'static,
        AF: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
        C: Fn(hyper::Request<Body>) -> CF + Clone + Send + Sync + 'static,
        CF: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
    {
        let Some(runtime) = &self.0 else { return Ok(()) };
        let _inside = runtime.enter();
        let wire = Arc::new(Wire::default());
        let before = wire.clone();
        runtime.spawn(serve(
            tokio::net::TcpListener::from_std(system)?,
            move |request: hyper::Request<Incoming>| before.clone().pass(request.map(any), answer.clone()),
        ));
        runtime.spawn(serve(
            tokio::net::TcpListener::from_std(control)?,
            move |request: hyper::Request<Incoming>| wire.clone().control(request.map(any), routes.clone()),
        ));
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Listens on an address (port 0 takes a free one), and where that is.
pub(crate) fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)
        .map_err(|e| io::Error::new(e.kind(), format!("the simulator cannot listen on {address}: {e}")))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves a listener for ever.
async fn serve<F, R>(listener: tokio::net::TcpListener, answer: F)
where
    F: Fn(hyper::Request<Incoming>) -> R + Clone + Send + 'static,
    R: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Without it a small answer after a large one may wait 40 ms for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = hyper::service::service_fn(answer);
            // An error here is a client that went away, or a connection dropped on command.
            let _ = hyper::server::conn::http1::Builder::new()
                .title_case_headers(true)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// The connection is to be dropped without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("dropped on command")
    }
}

impl std::error::Error for Dropped {}
