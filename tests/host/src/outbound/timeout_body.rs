//! A response body that fails when the next piece is too long in coming.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

/// The body and the longest pause it may make.
pub struct TimeoutBody {
    body: WasiBody,
    between_bytes: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl TimeoutBody {
    /// Watches over `body`.
    pub fn new(body: WasiBody, between_bytes: Duration) -> Self {
        Self { body, between_bytes, pause: None }
    }
}

impl Body for TimeoutBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.pause = None;
            return Poll::Ready(frame);
        }
        let between_bytes = self.between_bytes;
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(between_bytes)));
        ready!(pause.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
