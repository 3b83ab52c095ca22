//! Opens TCP and TLS connections, and says in `wasi:http`'s terms why it could not.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Uri;
use ::http::uri::Scheme;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi_http::Error;

tokio::task_local! {
    /// How long the request in hand lets a connection take. Task-local, since hyper-util's client has
    /// no other way to tell its connector; a pooled connection needs none.
    pub static CONNECT_TIMEOUT: Duration;
}

/// Connects to `http://` and, with the Mozilla roots, to `https://` addresses.
#[derive(Clone)]
pub struct Connector {
    tls: Arc<ClientConfig>,
}

impl Connector {
    /// A connector that offers HTTP/2 over TLS, as Spin does.
    pub fn new() -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
        let mut tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { tls: Arc::new(tls) }
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<Stream>, ConnectError> {
        let use_tls = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().ok_or(ConnectError::Uri)?;
        let port = uri.port_u16().unwrap_or(if use_tls { 443 } else { 80 });
        let addresses: Vec<_> =
            lookup_host(format!("{host}:{port}")).await.map_err(|_| ConnectError::Dns)?.collect();
        let tcp = timeout(CONNECT_TIMEOUT.get(), TcpStream::connect(&*addresses))
            .await
            .map_err(|_| ConnectError::Timeout)?
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::AddrNotAvailable => ConnectError::Dns,
                _ => ConnectError::Refused,
            })?;
        if !use_tls {
            let io = Box::new(tcp);
            return Ok(TokioIo::new(Stream { io, http2: false }));
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| ConnectError::Dns)?;
        let io = TlsConnector::from(self.tls).connect(name, tcp).await.map_err(|_| ConnectError::Tls)?;
        let http2 = io.get_ref().1.alpn_protocol() == Some(b"h2");
        let io = Box::new(io);
        Ok(TokioIo::new(Stream { io, http2 }))
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy)]
pub enum ConnectError {
    /// The URI has no host.
    Uri,
    /// The name does not resolve, or to nothing usable.
    Dns,
    /// Nobody accepts it.
    Refused,
    /// It took longer than the request allows.
    Timeout,
    /// The TLS handshake failed.
    Tls,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Error::from(*self).fmt(f)
    }
}

impl std::error::Error for ConnectError {}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Uri => Self::HttpRequestUriInvalid,
            ConnectError::Dns => {
                Self::DnsError { rcode: Some("address not available".to_owned()), info_code: Some(0) }
            }
            ConnectError::Refused => Self::ConnectionRefused,
            ConnectError::Timeout => Self::ConnectionTimeout,
            ConnectError::Tls => Self::TlsProtocolError,
        }
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An open connection.
pub struct Stream {
    io: Box<dyn Io>,
    http2: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        if self.http2 { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
