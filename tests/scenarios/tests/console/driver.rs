//! A browser: Chromium, driven through chromedriver's HTTP interface (W3C WebDriver). The few commands that the
//! scenarios need are fewer lines than a client's dependencies.

use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::Once;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use xtask::packages::{self, Need};
use xtask::process::{self, Process};

/// How WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// For what a page does by itself; a run behind a click may take its time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with a profile of its own. Dropping it ends it.
pub struct Browser {
    agent: ureq::Agent,
    session: String,
    base: String,
    _driver: Process,
    // Last, so that nobody writes into it when it is removed.
    _profile: TempDir,
}

impl Browser {
    /// A new one, for the app at `base`; pages are preferred in `language`.
    pub fn start(base: &str, language: &str) -> Browser {
        static READY: Once = Once::new();
        READY.call_once(|| packages::ensure(&[Need::Chromium]).expect("Chromium and its driver"));
        let profile = TempDir::new().expect("a directory for the profile");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let mut command = process::command(packages::find("chromedriver").expect("chromedriver"));
        command.arg(format!("--port={port}")).stdin(Stdio::null());
        let log = profile.path().join("driver.log");
        let driver = Process::spawn_logging("chromedriver", command, &log).expect("chromedriver starts");
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(300))).build().new_agent();
        let root = format!("http://127.0.0.1:{port}");
        let begun = Instant::now();
        while agent.get(format!("{root}/status")).call().is_err() {
            driver.check_alive().expect("chromedriver lives");
            assert!(begun.elapsed() < PATIENCE, "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
            &format!("--accept-lang={language}"),
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "prefs": {"intl.accept_languages": language}},
        }}});
        let created = call(&agent, "POST", &format!("{root}/session"), &capabilities);
        let id = created["sessionId"].as_str().expect("a session").to_owned();
        Browser {
            agent,
            session: format!("{root}/session/{id}"),
            base: base.to_owned(),
            _driver: driver,
            _profile: profile,
        }
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        call(&self.agent, method, &format!("{}{path}", self.session), body)
    }

    /// Opens a path of the app.
    pub fn open(&self, path: &str) {
        self.command("POST", "/url", &json!({"url": format!("{}{path}", self.base)}));
    }

    /// The path and query where the browser is.
    pub fn path(&self) -> String {
        let url = self.command("GET", "/url", &Value::Null);
        url.as_str().and_then(|url| url.strip_prefix(&self.base)).expect("a page of the app").to_owned()
    }

    fn find(&self, css: &str) -> Option<String> {
        let found = self.command("POST", "/elements", &json!({"using": "css selector", "value": css}));
        found[0][ELEMENT].as_str().map(str::to_owned)
    }

    /// Waits until something is there.
    fn element(&self, css: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(element) = self.find(css) {
                return element;
            }
            assert!(begun.elapsed() < PATIENCE, "{css} is not on {}:\n{}", self.path(), self.text("body"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether something is there now.
    pub fn has(&self, css: &str) -> bool {
        self.find(css).is_some()
    }

    /// What is read there, of the first that matches.
    pub fn text(&self, css: &str) -> String {
        let text = self.script("return document.querySelector(arguments[0])?.innerText ?? ''", &json!([css]));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this is read there.
    pub fn wait_for(&self, css: &str, words: &str) {
        let begun = Instant::now();
        while !self.text(css).contains(words) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{words:?} is not in {css} of {}:\n{}",
                self.path(),
                self.text("body")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks on something, as a person does: it has to be seen.
    pub fn click(&self, css: &str) {
        let element = self.element(css);
        self.script("arguments[0].scrollIntoView({block: 'center'})", &json!([{ELEMENT: element}]));
        self.command("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Clicks on what leads to another page, and waits until that has come: a click alone does not, and what is
    /// looked for next may be on the page that is about to go.
    pub fn follow(&self, css: &str) {
        // An element's name holds its document, so the root of another page has another one.
        let left = self.element("html");
        self.click(css);
        let begun = Instant::now();
        while self.find("html").is_none_or(|root| root == left) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{css} leads nowhere from {}:\n{}",
                self.path(),
                self.text("body")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Types in place of what is there.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.command("POST", &format!("/element/{element}/clear"), &json!({}));
        self.command("POST", &format!("/element/{element}/value"), &json!({"text": text}));
    }

    /// Presses keys at whatever has the focus: `\u{e004}` is Tab, `\u{e007}` Enter.
    pub fn keys(&self, keys: &str) {
        let element = self.command("GET", "/element/active", &Value::Null);
        let element = element[ELEMENT].as_str().expect("something has the focus").to_owned();
        self.command("POST", &format!("/element/{element}/value"), &json!({"text": keys}));
    }

    /// Runs a script in the page; a promise is waited for.
    pub fn script(&self, script: &str, arguments: &Value) -> Value {
        self.command("POST", "/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// A command of the browser's own protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// The value of a cookie that scripts cannot see.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.command("GET", "/cookie", &Value::Null);
        let cookie = cookies.as_array()?.iter().find(|cookie| cookie["name"] == name)?.clone();
        assert_eq!(cookie["httpOnly"], true, "{cookie}");
        cookie["value"].as_str().map(str::to_owned)
    }

    /// Logs in with a token, by the page.
    pub fn log_in(&self, token: &str) {
        self.open("/console/login");
        self.fill("#token", token);
        self.follow(".login button");
        self.element("nav.places");
    }

    /// Presses a button that asks, then the button of its question.
    pub fn press(&self, css: &str) {
        self.click(css);
        self.element("dialog[open] #question");
        self.click("dialog[open] #question form button");
    }

    /// Chooses a theme: `light` or `dark`.
    pub fn choose_theme(&self, theme: &str) {
        self.set_cookie("ferry_theme", theme);
    }

    /// Chooses a language: `en` or `zh`.
    pub fn choose_language(&self, language: &str) {
        self.set_cookie("ferry_lang", language);
    }

    fn set_cookie(&self, name: &str, value: &str) {
        let url = format!("{}/console", self.base);
        self.devtools(
            "Network.setCookie",
            &json!({"name": name, "value": value, "url": url, "path": "/console"}),
        );
    }

    /// How wide the page is laid out, in CSS pixels.
    pub fn resize(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// The whole page as a picture, where `FERRY_SCREENSHOTS` names a directory.
    pub fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("FERRY_SCREENSHOTS") else { return };
        let parameters = json!({"captureBeyondViewport": true, "format": "png"});
        let data = self.devtools("Page.captureScreenshot", &parameters)["data"].take();
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            data.as_str().expect("a picture"),
        );
        let file = Path::new(&directory).join(format!("{name}.png"));
        std::fs::create_dir_all(&directory).expect("the directory can be made");
        std::fs::write(file, bytes.expect("base64")).expect("the picture can be written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session; the driver is ended by its process.
        let _ = self.agent.delete(&self.session).call();
    }
}

fn call(agent: &ureq::Agent, method: &str, url: &str, body: &Value) -> Value {
    let request =
        ureq::http::Request::builder().method(method).uri(url).header("content-type", "application/json");
    let body = if method == "POST" { body.to_string() } else { String::new() };
    let mut answer = agent.run(request.body(body).expect("a request")).expect("chromedriver answers");
    let said: Value = answer.body_mut().with_config().limit(64 << 20).read_json().expect("JSON");
    assert!(answer.status() == 200, "{method} {url}: {}", said["value"]);
    said["value"].clone()
}
