//! The app under `spin up`, or under the local host where there is no `spin`.

use crate::process::{self, Process};
use crate::server::free_ports;
use crate::{Result, cargo, packages, root, say};
use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What runs the components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// `ferry-host` of this workspace: for trying and testing.
    Local,
    /// A `spin` binary.
    Spin {
        /// Where it is.
        binary: PathBuf,
        /// Whether its cron plugin is installed. Without it only the HTTP components can be started
        /// (`spin.md` 3.4).
        cron: bool,
    },
}

impl Host {
    /// The host called `local` or `spin`; without a name, `spin` if it is on the PATH.
    ///
    /// # Errors
    /// When `spin` is asked for and not there, or the name is another.
    pub fn choose(name: Option<&str>) -> Result<Host> {
        match (name, packages::find("spin")) {
            (Some("local"), _) | (None, None) => Ok(Host::Local),
            (Some("spin") | None, Some(binary)) => {
                let mut list = process::command(&binary);
                list.args(["plugins", "list", "--installed"]);
                let cron =
                    process::output("spin plugins list", list).is_ok_and(|plugins| plugins.contains("cron"));
                Ok(Host::Spin { binary, cron })
            }
            (Some("spin"), None) => bail!(
                "There is no `spin` on the PATH. Install it from https://spinframework.dev, or use `--host local`.\n\
                 找不到 spin；请先安装，或使用 --host local。"
            ),
            (Some(other), _) => bail!("No host is called {other:?}: use `local` or `spin`."),
        }
    }

    /// The host that `FERRY_HOST` (`local` or `spin`) and `FERRY_SPIN` (the binary) name, as
    /// `cargo xtask test` sets them; as [`Host::choose`] without them.
    ///
    /// # Errors
    /// As [`Host::choose`].
    pub fn from_environment() -> Result<Host> {
        let name = std::env::var("FERRY_HOST").ok();
        let mut host = Host::choose(name.as_deref())?;
        if let (Host::Spin { binary, .. }, Some(path)) = (&mut host, std::env::var_os("FERRY_SPIN")) {
            *binary = path.into();
        }
        Ok(host)
    }

    /// `local` or `spin`.
    pub fn name(&self) -> &'static str {
        match self {
            Host::Local => "local",
            Host::Spin { .. } => "spin",
        }
    }

    /// The command that starts the app of `spin.toml`: `spin up` or `ferry-host up`. Builds the local
    /// host if need be, and says so when the scheduled half has to be left out.
    ///
    /// # Errors
    /// When the local host does not compile.
    pub fn up(&self, trigger: Trigger) -> Result<Command> {
        let manifest = root().join("spin.toml");
        let mut command = match self {
            Host::Local => {
                let mut command = process::command(cargo::build_binary("ferry-host")?);
                command.args(["up", "--trigger", trigger.name()]);
                command
            }
            Host::Spin { binary, cron } => {
                // Spin ends its triggers when it is interrupted, not when it is killed.
                let mut command = process::dying_by("INT", binary);
                command.arg("up");
                if !cron || trigger != Trigger::All {
                    if trigger == Trigger::All {
                        say("Spin's cron plugin is missing (`spin plugins install trigger-cron`): \
                             starting the HTTP components only. 缺少 cron 插件，仅启动 HTTP 组件。");
                    }
                    for component in http_components(&std::fs::read_to_string(&manifest)?) {
                        command.args(["-c", &component]);
                    }
                }
                command
            }
        };
        command.arg("--from").arg(manifest);
        Ok(command)
    }
}

/// Which triggers to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Both.
    All,
    /// HTTP only: nothing runs unless it is called.
    Http,
    /// HTTP, and cron events that come from [`App::cron`] instead of the clock. Only the local host has
    /// the latter; Spin gets HTTP alone.
    OnDemand,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Trigger::All | Trigger::OnDemand => "all",
            Trigger::Http => "http",
        }
    }
}

/// The components of the manifest's `[[trigger.http]]` tables.
fn http_components(manifest: &str) -> Vec<String> {
    let mut components = Vec::new();
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            table = line;
        }
        let value = line.strip_prefix("component").map(str::trim_start);
        if let Some(value) = value.and_then(|rest| rest.strip_prefix('='))
            && table == "[[trigger.http]]"
        {
            components.push(value.trim().trim_matches('"').to_owned());
        }
    }
    components
}

/// How to start an app.
#[derive(Debug, Clone)]
pub struct Options {
    /// The app's variables, as named in `spin.toml`. No others reach it: neither those of our own
    /// environment nor a `.env` beside `spin.toml`, which may be somebody's real credentials.
    pub variables: BTreeMap<String, String>,
    /// Key-value store and logs: kept when the app is stopped, so that another can carry on there.
    pub directory: PathBuf,
    /// What to start.
    pub trigger: Trigger,
    /// Where its state is kept.
    pub store: Store,
}

/// Where an app keeps its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// In SQLite, in the app's directory.
    Sqlite,
    /// In the Redis database of this URL: apps that are given the same one are replicas of each other.
    Redis(String),
}

impl Store {
    /// Whether `FERRY_STORE` asks for Redis, as `cargo xtask test` sets it for the second half of its scenarios.
    ///
    /// # Errors
    /// When it asks for something that there is not.
    pub fn redis_from_environment() -> Result<bool> {
        match std::env::var("FERRY_STORE").as_deref() {
            Err(_) | Ok("sqlite") => Ok(false),
            Ok("redis") => Ok(true),
            Ok(other) => bail!("FERRY_STORE={other:?}: use `sqlite` or `redis`."),
        }
    }

    /// The runtime configuration file that tells the host so, where it needs to be told.
    fn runtime_config(&self, directory: &Path) -> Result<Option<PathBuf>> {
        let Store::Redis(url) = self else { return Ok(None) };
        let file = directory.join("runtime-config.toml");
        let text = format!("[key_value_store.default]\ntype = \"redis\"\nurl = {}\n", json!(url));
        std::fs::write(&file, text).with_context(|| format!("writing {file:?}"))?;
        Ok(Some(file))
    }
}

/// A running app. Dropping it kills it.
#[derive(Debug)]
pub struct App {
    process: Process,
    base: String,
    control: Vec<String>,
    agent: ureq::Agent,
}

/// What an HTTP request was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// The body: JSON, or a string where it is none.
    pub body: Value,
}

impl App {
    /// Starts the app on a free port and waits until it is ready. The components must have been built
    /// ([`cargo::build_components`]).
    ///
    /// # Errors
    /// When it ends, or is not ready after three minutes (a first start compiles the components).
    pub fn start(host: &Host, options: &Options) -> Result<App> {
        let directory = &options.directory;
        std::fs::create_dir_all(directory).with_context(|| format!("creating {directory:?}"))?;
        for attempt in 1.. {
            match App::try_start(host, options) {
                // Somebody else may have taken the port between our look and the host's.
                Err(error) if attempt < 3 && format!("{error:#}").contains("in use") => {}
                result => return result,
            }
        }
        unreachable!("the third attempt returns")
    }

    fn try_start(host: &Host, options: &Options) -> Result<App> {
        let directory = &options.directory;
        let address = format!("127.0.0.1:{}", free_ports(1)?);
        let mut command = host.up(options.trigger)?;
        command
            .args(["--listen", &address, "--state-dir"])
            .arg(directory)
            .arg("--log-dir")
            .arg(directory.join("logs"))
            .current_dir(directory)
            .stdin(Stdio::null());
        if let Some(file) = options.store.runtime_config(directory)? {
            command.arg("--runtime-config-file").arg(file);
        }
        // Each trigger has a process and a control port of its own: the cron trigger's is the next one.
        let control = match (host, options.trigger) {
            (Host::Spin { .. }, _) | (_, Trigger::All) => Vec::new(),
            (Host::Local, Trigger::Http) => vec![free_ports(1)?],
            (Host::Local, Trigger::OnDemand) => {
                command.arg("--no-schedule");
                let port = free_ports(2)?;
                vec![port, port + 1]
            }
        };
        if let Some(port) = control.first() {
            command.args(["--control", &format!("127.0.0.1:{port}")]);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SPIN_VARIABLE_") {
                command.env_remove(name);
            }
        }
        for (name, value) in &options.variables {
            command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        let process = Process::spawn_logging("the app", command, &directory.join("app.log"))?;
        let app = App {
            process,
            base: format!("http://{address}"),
            control: control.iter().map(|port| format!("http://127.0.0.1:{port}")).collect(),
            agent: agent(),
        };
        app.wait_until_ready(Duration::from_secs(180))?;
        Ok(app)
    }

    fn wait_until_ready(&self, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        let health = || -> Result<bool> {
            let answer = self.get("/.well-known/spin/health", "")?;
            for process in 0..self.control.len() {
                self.control(process, "GET", "/stats", None)?;
            }
            Ok(answer.status == 200 && answer.body == "OK")
        };
        while !health().unwrap_or(false) {
            self.process.check_alive()?;
            if Instant::now() > deadline {
                bail!(
                    "The app was not ready after {} seconds. {}",
                    patience.as_secs(),
                    self.process.last_words()
                );
            }
            thread::sleep(Duration::from_millis(30));
        }
        self.process.check_alive()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The process id of the host.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// `GET path` with a bearer token (none if empty).
    ///
    /// # Errors
    /// When no answer came; with the app's last words if it has ended.
    pub fn get(&self, path: &str, token: &str) -> Result<Answer> {
        self.request("GET", path, token, None)
    }

    /// `POST path` with a bearer token (none if empty) and a JSON body.
    ///
    /// # Errors
    /// When no answer came; with the app's last words if it has ended.
    pub fn post(&self, path: &str, token: &str, body: &Value) -> Result<Answer> {
        self.request("POST", path, token, Some(body.to_string().as_bytes()))
    }

    /// Any request: method, path with query, bearer token (none if empty), body as it is.
    ///
    /// # Errors
    /// When no answer came; with the app's last words if it has ended.
    pub fn request(&self, method: &str, path: &str, token: &str, body: Option<&[u8]>) -> Result<Answer> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(body.unwrap_or_default())?;
        let answer = self.agent.run(request);
        answer.map_err(anyhow::Error::from).and_then(read).map_err(|error| {
            // That the app died explains why there is no answer; if it lives, its log may.
            let dead = self.process.check_alive().err();
            let why = dead.unwrap_or_else(|| anyhow!("{error:#}\n{}", self.process.last_words()));
            why.context(format!("{method} {path}"))
        })
    }

    /// What the local host's HTTP trigger counted since it started (`GET /stats` of its control API):
    /// `{"components":{"<id>":{…}}}`.
    ///
    /// # Errors
    /// On Spin, and under [`Trigger::All`].
    pub fn stats(&self) -> Result<Value> {
        self.control(0, "GET", "/stats", None)
    }

    /// What the local host's cron trigger counted.
    ///
    /// # Errors
    /// Except under [`Trigger::OnDemand`] on the local host.
    pub fn cron_stats(&self) -> Result<Value> {
        self.control(1, "GET", "/stats", None)
    }

    /// Fires one cron event at `component` and waits for its end: `{"ok":true}`, or false with an `error`.
    ///
    /// # Errors
    /// Except under [`Trigger::OnDemand`] on the local host.
    pub fn cron(&self, component: &str) -> Result<Value> {
        self.control(1, "POST", &format!("/cron/{component}"), Some(json!({})))
    }

    /// Shifts the wall clock that the components of all triggers see, by so many milliseconds against the
    /// machine's.
    ///
    /// # Errors
    /// On Spin, and under [`Trigger::All`].
    pub fn clock(&self, offset_ms: i64) -> Result<()> {
        let body = json!({ "offset_ms": offset_ms });
        for process in 0..self.control.len().max(1) {
            self.control(process, "POST", "/clock", Some(body.clone()))?;
        }
        Ok(())
    }

    fn control(&self, process: usize, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let base = self.control.get(process).ok_or_else(|| {
            anyhow!("{method} {path}: this app has no such control port; use the local host, started for it")
        })?;
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{base}{path}"))
            .header("content-type", "application/json")
            .body(body.map(|body| body.to_string()).unwrap_or_default())?;
        let answer = read(self.agent.run(request)?)?;
        if answer.status != 200 {
            bail!("{method} {path} on the host's control port: {} {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    /// An error if it has ended, with its last words.
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_alive(&self) -> Result<()> {
        self.process.check_alive()
    }

    /// Ends it in order.
    pub fn stop(self) {
        self.process.stop(Duration::from_secs(10));
    }

    /// SIGKILL to the host and its triggers, at once. The state directory stays as it is.
    pub fn kill(self) {
        self.process.kill();
    }
}

/// An HTTP client that returns every status as an answer. It waits 10 minutes at most.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(600)))
        .proxy(None)
        .build()
        .into()
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<Answer> {
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(1 << 30).read_to_string()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, retry_after, body })
}

/// Where a component's wasm is, and its size in bytes.
///
/// # Errors
/// When it has not been built.
pub fn size(wasm: &Path) -> Result<u64> {
    let file = std::fs::metadata(wasm).with_context(|| format!("looking at {wasm:?}"))?;
    Ok(file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_components_with_a_route_are_started_without_cron() {
        let manifest = r#"
            [[trigger.http]]
            route = "/a/..."
            component = "a"
            [[trigger.cron]]
            component = "a-tick"
            [component.a]
            source = "a.wasm"
            [[trigger.http]]
            component = "console"
        "#;
        assert_eq!(http_components(manifest), ["a", "console"]);
        let ours = std::fs::read_to_string(root().join("spin.toml")).unwrap();
        let ours = http_components(&ours);
        assert!(ours.contains(&"console".to_owned()), "{ours:?}");
        assert!(!ours.iter().any(|name| name.ends_with("-tick")), "{ours:?}");
    }

    #[test]
    fn spin_without_its_cron_plugin_gets_the_http_components_alone() {
        let arguments = |cron, trigger| {
            let host = Host::Spin { binary: "/opt/spin".into(), cron };
            let command = host.up(trigger).unwrap();
            let words = command.get_args().map(|word| word.to_string_lossy());
            words.collect::<Vec<_>>().join(" ")
        };
        let all = arguments(true, Trigger::All);
        assert!(all.contains("up --from ") && !all.contains(" -c "), "{all}");
        for some in [arguments(false, Trigger::All), arguments(true, Trigger::Http)] {
            assert!(some.contains(" -c console"), "{some}");
            assert!(!some.contains("-tick"), "{some}");
        }
    }

    #[test]
    fn a_host_of_another_name_is_refused() {
        assert_eq!(Host::choose(Some("local")).unwrap(), Host::Local);
        assert!(Host::choose(Some("docker")).is_err());
    }
}
