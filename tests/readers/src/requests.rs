//! What users send: requests to a flow, and flow files with their variables.

use ferry_sync::flow::{Component, Flow};
use ferry_sync::host::{
    CallId, Clock, Connection, Host, Http, HttpFailure, Log, Random, Sql, SqlFailure, Store, StoreError,
    Variables,
};
use ferry_sync::webhook::handle;
use http::{Method, Request, Response};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

const FLOW: &str = "galaxy-materials-to-mysql";
const FLOW_FILE: &str = include_str!("../../../functions/galaxy-materials-to-mysql/flow.json");
const TOKENS: [&str; 4] =
    ["", "run-run-run-run-run-run-run", "admin-admin-admin-admin-admin", "wrong-wrong-wrong-wrong-wrong"];
const TICK: &str = "tick-tick-tick-tick-tick-tick";

/// A world in which nobody answers, and a store that asks whose keys these are.
#[derive(Default)]
struct World {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    asked: RefCell<Vec<String>>,
    slept: RefCell<Duration>,
    lines: RefCell<Vec<String>>,
}

impl World {
    fn host(&self) -> Host<'_> {
        Host { clock: self, store: self, http: self, sql: self, log: self, random: self }
    }
    fn ask(&self, key: &str) {
        self.asked.borrow_mut().push(key.to_owned());
    }
}

impl Clock for World {
    fn wall_ms(&self) -> i64 {
        1_795_147_200_000 + i64::try_from(self.monotonic().as_millis()).unwrap_or_default()
    }
    fn monotonic(&self) -> Duration {
        *self.slept.borrow()
    }
    fn sleep(&self, time: Duration) {
        *self.slept.borrow_mut() += time;
    }
}

impl Store for World {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask(key);
        Ok(self.values.borrow().get(key).cloned())
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.ask(key);
        self.values.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        entries.iter().try_for_each(|(key, value)| self.set(key, value))
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        for key in keys {
            self.ask(key);
            self.values.borrow_mut().remove(key);
        }
        Ok(())
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.ask(key);
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key.to_owned()).or_default();
        *counter += by;
        Ok(*counter)
    }
}

impl Http for World {
    fn start(&self, _: Request<Vec<u8>>, _: Duration) -> CallId {
        self.sleep(Duration::from_millis(100));
        CallId(0)
    }
    fn finish(&self, _: CallId) -> Result<Response<Vec<u8>>, HttpFailure> {
        Err(HttpFailure { denied: false, message: "ConnectionRefused".into() })
    }
    fn cancel(&self, _: CallId) {}
}

impl Sql for World {
    fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        Err(SqlFailure("ConnectionFailed(\"Connection refused\")".into()))
    }
}

impl Log for World {
    fn line(&self, line: &str) {
        self.lines.borrow_mut().push(line.to_owned());
    }
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

struct Given<'g>(&'g str);

impl Variables for Given<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = match name {
            "flows_enabled" => "all",
            "run_token" => TOKENS[1],
            "admin_token" => TOKENS[2],
            "tick_token" => TICK,
            "state_key" => "state-state-state-state-state",
            "galaxy_scheme" | "jushuitan_scheme" => "http",
            "galaxy_host" => "127.0.0.1:1",
            "galaxy_path" => "/k3cloud/",
            "galaxy_auth" => "signed",
            "galaxy_acct_id" => "5f0000000000aa",
            "galaxy_user" => "demo",
            "galaxy_app_id" => "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs",
            "galaxy_app_secret" => "00112233445566778899aabbccddeeff",
            "galaxy_lcid" => "2052",
            "galaxy_org" => "0",
            "mysql_host" => "127.0.0.1",
            "mysql_port" => "3306",
            "mysql_user" => "ferry",
            "mysql_password" => "secret-of-mysql",
            "mysql_database" => "crm",
            "start" => "2026-11-01 00:00:00",
            "params" => self.0,
            _ => return None,
        };
        Some(value.to_owned())
    }
}

fn component(flow_file: &str) -> Component<'_> {
    Component {
        flow_file,
        source: ferry_sync::source::galaxy::load,
        target: ferry_sync::target::mysql::load,
        lookups: None,
    }
}

/// A request: method, path with query, and which token, on the first line; the body is the rest. The flow's name
/// may be written `~`.
///
/// # Panics
/// When an answer is no JSON or has an unknown status, when a stranger gets anything but a refusal, or another flow's
/// key is asked for.
pub fn request(bytes: &[u8]) {
    let (line, body) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let line = String::from_utf8_lossy(line);
    let mut words = line.splitn(3, ' ');
    let method = words.next().and_then(|word| Method::from_bytes(word.as_bytes()).ok());
    let token = words.next().and_then(|word| word.bytes().next()).unwrap_or_default();
    let token = TOKENS[usize::from(token) % TOKENS.len()];
    let path = words.next().unwrap_or_default().replace('~', FLOW);
    let request = Request::builder().method(method.unwrap_or(Method::GET)).uri(path.as_str());
    let request = request.header("authorization", format!("Bearer {token}"));
    let Ok(request) = request.body(body.to_vec()) else { return };
    let world = World::default();
    let answer = handle(world.host(), &component(FLOW_FILE), &Given(""), &request);
    let json: Value = serde_json::from_slice(answer.body()).expect("every answer is JSON");
    let status = answer.status().as_u16();
    assert!(
        [200, 202, 400, 401, 403, 404, 405, 409, 410, 413, 422, 502, 503].contains(&status),
        "{status}: {json}"
    );
    let known = token.starts_with("run") || token.starts_with("admin") || path.contains(TICK);
    if !known {
        assert!([401, 404].contains(&status), "{status} without a token: {json}");
        assert!(world.asked.borrow().is_empty(), "a stranger reached the store: {path}");
    }
    for key in world.asked.borrow().iter() {
        let mut parts = key.split('/');
        let (kind, owner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let own = if ["token", "quota", "renew", "pause"].contains(&kind) {
            owner.starts_with("galaxy") || owner == "mysql"
        } else {
            owner == FLOW
        };
        assert!(
            own && parts.all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit())),
            "{path}: {key:?}"
        );
    }
    if status >= 400 && json["error"].is_object() {
        let said = |name: &str| json["error"][name].as_str().is_some_and(|said| !said.is_empty());
        assert!(said("code") && said("message") && said("message_zh"), "{json}");
    }
    for secret in [TOKENS[1], TOKENS[2], "state-state", "secret-of-mysql", "00112233445566778899"] {
        let sent = line.contains(secret) || String::from_utf8_lossy(body).contains(secret);
        let shown = json.to_string().contains(secret)
            || world.lines.borrow().iter().any(|line| line.contains(secret));
        assert!(sent || !shown, "{json}");
    }
}

/// True requests.
pub const REQUESTS: &[&[u8]] = &[
    b"POST 1 /flows/~/run\n{\"max_pages\": 1, \"budget_ms\": 1000, \"dry_run\": true, \"accept_dead\": false}",
    b"POST 2 /flows/~/run\n{\"budget_ms\": 500}",
    b"GET 0 /flows/~/run?tick_token=tick-tick-tick-tick-tick-tick",
    b"GET 1 /flows/~",
    b"POST 1 /flows/~/preview\n{\"record\": {\"FMasterId\": 5001, \"FNumber\": \"W-1\", \"FName\": \"M8\", \"FModifyDate\": \"2026-11-01T10:11:12.5\"}, \"lookups\": false}",
    b"GET 2 /flows/~/dead?limit=10&offset=5",
    b"GET 2 /flows/~/dead/A%2F1",
    b"POST 2 /flows/~/dead/retry\n{\"ids\": [\"7\", \"8\"]}",
    b"POST 2 /flows/~/dead/7/retry\n{}",
    b"DELETE 2 /flows/~/dead/7",
    b"PUT 2 /flows/~/watermark\n{\"watermark\": \"2026-11-01 00:00:00\"}",
    b"POST 2 /flows/~/backfill\n{\"from\": \"2026-11-01 00:00:00\", \"to\": \"2026-11-02 00:00:00\"}",
    b"POST 2 /flows/~/reconcile\n{\"from\": \"2026-11-01 00:00:00\", \"carry\": true}",
    b"DELETE 2 /flows/~/jobs/1",
    b"POST 2 /flows/~/skip\n{\"ids\": [\"7'\", \"\"]}",
    b"DELETE 2 /flows/~/skip/7%27",
    b"GET 1 /flows/~/file",
    b"GET 1 /flows/~/file/0",
    b"POST 1 /flows/~/file/check\n{\"text\": \"{\\\"name\\\": \\\"x\\\", \\\"params\\\": {}}\", \"record\": {\"FName\": \"M8\"}}",
    b"PUT 2 /flows/~/file\n{\"text\": \"{}\", \"note\": \"n\", \"base\": 0}",
    b"POST 2 /flows/~/file/use\n{\"version\": 0}",
    b"POST 3 /flows/~/run\n{}",
];

/// A flow file with the operator's params on the first line.
///
/// # Panics
/// When a problem lacks one of its languages.
pub fn flow_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (params, file) = text.split_once('\n').unwrap_or(("", text));
    if let Err(problem) = Flow::load(&component(file), &Given(params)) {
        assert!(!problem.code.is_empty() && !problem.message.is_empty() && !problem.message_zh.is_empty());
        for secret in ["secret-of-mysql", "00112233445566778899", "state-state"] {
            assert!(text.contains(secret) || !problem.message.contains(secret), "{problem}");
        }
    }
}

/// The flow files that are shipped: the first for the platforms of this reader, the others for none of its business.
pub const FLOW_FILES: &[&[u8]] = &[
    concat!(
        "{\"use_org\": \"T01\"}\n",
        include_str!("../../../functions/galaxy-materials-to-mysql/flow.json")
    )
    .as_bytes(),
    concat!("\n", include_str!("../../../functions/jushuitan-returns-to-galaxy/flow.json")).as_bytes(),
    concat!("{}\n", include_str!("../../../functions/jushuitan-shops-to-jdy/flow.json")).as_bytes(),
];
