//! What guests print: to the host's stderr, each line behind the component's id, and to files
//! `<component>_stdout.txt` and `<component>_stderr.txt`, as in Spin (spin.md 4.3).

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Says something on stderr, in one write, so that it stays whole beside what the other processes say.
/// That nobody listens is no reason to stop.
pub fn say(text: std::fmt::Arguments) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// Where the output of one component goes.
pub struct Log {
    id: String,
    quiet: bool,
    stdout: Option<Arc<File>>,
    stderr: Option<Arc<File>>,
}

impl Log {
    /// Opens the files, for appending; none without a directory. `quiet` leaves out the host's stderr.
    ///
    /// # Errors
    /// The directory or a file in it cannot be made.
    pub fn new(id: &str, quiet: bool, directory: Option<&Path>) -> Result<Self> {
        let open = |stream: &str| -> Result<Option<Arc<File>>> {
            let Some(directory) = directory else {
                return Ok(None);
            };
            std::fs::create_dir_all(directory)
                .with_context(|| format!("making the log directory {}", directory.display()))?;
            let path = directory.join(format!("{id}_{stream}.txt"));
            let file = File::options().create(true).append(true).open(&path);
            let file = file.with_context(|| format!("opening the log {}", path.display()))?;
            Ok(Some(Arc::new(file)))
        };
        Ok(Self { id: id.to_owned(), quiet, stdout: open("stdout")?, stderr: open("stderr")? })
    }

    /// One instance's stdout.
    #[must_use]
    pub fn stdout(&self) -> Output {
        self.output(self.stdout.clone())
    }

    /// One instance's stderr.
    #[must_use]
    pub fn stderr(&self) -> Output {
        self.output(self.stderr.clone())
    }

    fn output(&self, file: Option<Arc<File>>) -> Output {
        Output(Arc::new(Mutex::new(Lines {
            prefix: (!self.quiet).then(|| format!("[{}] ", self.id)),
            file,
            unfinished: Vec::new(),
        })))
    }
}

/// A guest's stream. Clones are the same stream.
#[derive(Clone)]
pub struct Output(Arc<Mutex<Lines>>);

struct Lines {
    /// Absent when the host's stderr is to be left alone.
    prefix: Option<String>,
    file: Option<Arc<File>>,
    unfinished: Vec<u8>,
}

impl Output {
    fn take(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
    }
}

impl Lines {
    /// Output is a help, not a promise: a full disk or a closed stderr does not stop the guest.
    fn take(&mut self, bytes: &[u8]) {
        if let Some(file) = &self.file {
            let _ = file.as_ref().write_all(bytes);
        }
        if self.prefix.is_none() {
            return;
        }
        self.unfinished.extend_from_slice(bytes);
        while let Some(end) = self.unfinished.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.unfinished.drain(..=end).collect();
            self.show(&line);
        }
    }

    /// In one write, so that lines of several instances and processes do not mix.
    fn show(&self, line: &[u8]) {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let _ = std::io::stderr().write_all(&[prefix.as_bytes(), line].concat());
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.unfinished.is_empty() {
            self.unfinished.push(b'\n');
            self.show(&self.unfinished);
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
