//! Starts the host on an application in a folder of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Generous: the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// The guest's wasm, built once.
pub fn probe() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| {
        let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/probe");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--target", "wasm32-wasip1", "--target-dir"])
            .arg(&target)
            .current_dir(guest)
            .status()
            .expect("cargo starts");
        assert!(status.success(), "the guest does not build; is the wasm32-wasip1 target installed?");
        target.join("wasm32-wasip1/debug/probe.wasm")
    })
}

/// A manifest: `body` with PROBE in place of the guest's path.
pub fn manifest(body: &str) -> String {
    let head = "spin_manifest_version = 2\n[application]\nname = \"test\"\n";
    format!("{head}{body}").replace("PROBE", probe().to_str().unwrap())
}

/// One component at `/...` with the given lines in its table.
pub fn web(lines: &str) -> String {
    manifest(&format!(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"web\"\n[component.web]\nsource = \"PROBE\"\n{lines}\n"
    ))
}

/// How the host is started.
#[derive(Default)]
pub struct Start<'a> {
    pub args: &'a [&'a str],
    pub env: &'a [(&'a str, &'a str)],
    pub dotenv: &'a str,
    /// Whether cron events come by themselves.
    pub scheduled: bool,
}

/// A running host; ends with the test.
pub struct App {
    pub directory: TempDir,
    pub child: Child,
    stderr: Arc<Mutex<Vec<String>>>,
}

impl App {
    pub fn start(manifest: &str) -> Self {
        Self::start_with(manifest, &Start::default())
    }

    pub fn start_with(manifest: &str, start: &Start) -> Self {
        let mut app = Self::spawn(manifest, start);
        let triggers: &[&str] =
            match (manifest.contains("[[trigger.http]]"), manifest.contains("[[trigger.cron]]")) {
                (true, true) => &["Serving http", "Control (http)", "Control (cron)"],
                (true, false) => &["Serving http", "Control (http)"],
                _ => &["Control (cron)"],
            };
        for line in triggers {
            app.wait_for(line);
        }
        app
    }

    /// Starts the host on an application that must not come up, and gives what it said.
    pub fn refused(manifest: &str, start: &Start) -> String {
        let mut app = Self::spawn(manifest, start);
        let status = app.wait();
        assert_eq!(status.code(), Some(1), "{}", app.said());
        app.said()
    }

    pub fn spawn(manifest: &str, start: &Start) -> Self {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join("spin.toml"), manifest).unwrap();
        if !start.dotenv.is_empty() {
            std::fs::write(directory.path().join(".env"), start.dotenv).unwrap();
        }
        // The guest is compiled once for all tests.
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        std::fs::create_dir_all(&cache).unwrap();
        std::fs::create_dir(directory.path().join(".spin")).unwrap();
        std::os::unix::fs::symlink(cache, directory.path().join(".spin/cache")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ferry-host"))
            .args(["up", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"])
            .args((!start.scheduled).then_some("--no-schedule"))
            .args(start.args)
            .envs(start.env.iter().copied())
            .current_dir(directory.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let (pipe, lines) = (child.stderr.take().unwrap(), stderr.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let Ok(line) = line else { return };
                lines.lock().unwrap().push(line);
            }
        });
        Self { directory, child, stderr }
    }

    /// All that the host has said so far.
    pub fn said(&self) -> String {
        self.stderr.lock().unwrap().join("\n")
    }

    /// Waits until the host has said so: its words come by a pipe, and later than its answers.
    pub fn wait_for_words(&self, words: &str) {
        eventually(words, || self.said().contains(words));
    }

    /// Waits for a line that begins so, and gives the rest of it.
    pub fn wait_for(&mut self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self
                .stderr
                .lock()
                .unwrap()
                .iter()
                .find_map(|line| Some(line.strip_prefix(start)?.to_owned()));
            if let Some(rest) = found {
                return rest;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the host ended without {start:?}:\n{}", self.said());
            assert!(Instant::now() < deadline, "the host did not say {start:?}:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the host to end by itself.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // Its last words may still be on their way.
                std::thread::sleep(Duration::from_millis(200));
                return status;
            }
            assert!(Instant::now() < deadline, "the host goes on:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `http://host:port` of the HTTP trigger.
    pub fn url(&mut self) -> String {
        format!("http{}", self.wait_for("Serving http"))
    }

    /// Runs steps in one instance of the component at a path; each gives `{"ok": …}` or `{"err": …}`.
    pub fn steps(&mut self, path: &str, steps: Value) -> Vec<Value> {
        let (status, body) = self.post(path, &steps);
        assert_eq!(status, 200, "{body}\n{}", self.said());
        serde_json::from_str(&body).unwrap()
    }

    /// Runs one step in an instance of its own.
    pub fn step(&mut self, step: Value) -> Value {
        self.steps("/", serde_json::json!([step])).remove(0)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> (u16, String) {
        let url = self.url();
        send(ureq::http::Request::post(format!("{url}{path}")).body(body.to_string()).unwrap())
    }

    pub fn control(&mut self, trigger: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
        let url = self.wait_for(&format!("Control ({trigger}) "));
        let request = ureq::http::Request::builder().method(method).uri(format!("{url}{path}"));
        let (status, body) = send(request.body(body.to_owned()).unwrap());
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Fires a cron event and gives the control port's answer.
    pub fn fire(&mut self, component: &str) -> Value {
        let (status, answer) = self.control("cron", "POST", &format!("/cron/{component}"), "");
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub fn stats(&mut self, trigger: &str, component: &str) -> Value {
        let (_, stats) = self.control(trigger, "GET", "/stats", "");
        stats["components"][component].clone()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request; an answer is an answer whatever its status.
pub fn send(request: ureq::http::Request<String>) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut response = agent.run(request).unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), body)
}

pub fn get(url: &str) -> (u16, String) {
    send(ureq::http::Request::get(url).body(String::new()).unwrap())
}

/// An HTTP server outside: answers with the request's own text, `/redirect` with a redirect, and counts its
/// connections. It takes `delay` to answer.
pub struct Outside {
    pub address: SocketAddr,
    pub connections: Arc<Mutex<usize>>,
}

impl Outside {
    pub fn start(delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(0));
        let counter = connections.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                *counter.lock().unwrap() += 1;
                let stream = stream.unwrap();
                std::thread::spawn(move || while answer(&stream, delay).is_some() {});
            }
        });
        Self { address, connections }
    }
}

fn answer(mut stream: &std::net::TcpStream, delay: Duration) -> Option<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let mut request = String::from_utf8(request).ok()?;
    let length =
        request.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    request.push_str(&String::from_utf8(body).ok()?);
    std::thread::sleep(delay);
    let head =
        if request.starts_with("GET /redirect") { "302 Found\r\nlocation: /elsewhere" } else { "200 OK" };
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{request}", request.len());
    stream.write_all(answer.as_bytes()).ok()
}

/// Asserts until it holds or patience ends.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
