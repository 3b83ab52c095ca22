//! The steps.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};
use spin_sdk::http::{Method, Request, Response};
use spin_sdk::key_value::Store;
use spin_sdk::mysql::{Connection, DbValue, ParameterValue};
use spin_sdk::wit::wasi::http0_2_0::outgoing_handler;
use spin_sdk::wit::wasi::http0_2_0::types::{Fields, OutgoingRequest, RequestOptions, Scheme};
use spin_sdk::wit::wasi::keyvalue::{atomics, batch, store};

/// One thing to do.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    Open {
        label: String,
    },
    Get {
        key: String,
    },
    Set {
        key: String,
        value: String,
    },
    Delete {
        key: String,
    },
    Exists {
        key: String,
    },
    Keys,
    GetMany {
        keys: Vec<String>,
    },
    SetMany {
        pairs: Vec<(String, String)>,
    },
    DeleteMany {
        keys: Vec<String>,
    },
    Increment {
        key: String,
        by: i64,
    },
    /// Whether to keep the bucket open after it.
    CasNew {
        key: String,
        keep: bool,
    },
    CasCurrent,
    CasSwap {
        value: String,
    },
    SqlOpen {
        address: String,
    },
    Query {
        sql: String,
        #[serde(default)]
        with: Vec<Value>,
    },
    Execute {
        sql: String,
        #[serde(default)]
        with: Vec<Value>,
    },
    SqlClose,
    Variable {
        name: String,
    },
    Environment {
        name: String,
    },
    /// By spin-sdk's `send`.
    Send {
        url: String,
        #[serde(default)]
        post: Option<String>,
    },
    /// By `wasi:http` itself, with a time-out.
    SendWithin {
        authority: String,
        first_byte_ms: u64,
    },
    Headers,
    /// How often this instance was asked.
    Count,
    Clock,
    Print {
        text: String,
    },
    Sleep {
        ms: u64,
    },
    Grow {
        bytes: usize,
    },
    Trap,
    Fail {
        text: String,
    },
}

/// What lasts from one step to the next.
pub struct Probe {
    headers: Value,
    connection: Option<Connection>,
    cas: Option<atomics::Cas>,
    bucket: Option<store::Bucket>,
    memory: Vec<Vec<u8>>,
    started: Instant,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

type Outcome = Result<Value, String>;

/// The Debug form without the type's own name, as in `AccessDenied` or `Int32(1)`.
fn text(value: impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    ["Error::", "DbValue::"].iter().find_map(|name| text.strip_prefix(name)).unwrap_or(&text).to_owned()
}

fn utf8(bytes: Option<Vec<u8>>) -> Value {
    json!(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

impl Probe {
    pub fn new(request: &Request) -> Self {
        let headers = request.headers().map(|(name, value)| (name.to_owned(), json!(value.as_str())));
        Self {
            headers: Value::Object(headers.collect()),
            connection: None,
            cas: None,
            bucket: None,
            memory: Vec::new(),
            started: Instant::now(),
        }
    }

    pub async fn take(&mut self, step: Step) -> Outcome {
        let store = || Store::open_default().map_err(text);
        let bucket = || store::open("default").map_err(text);
        match step {
            Step::Open { label } => Store::open(&label).map(|_| json!(null)).map_err(text),
            Step::Get { key } => store()?.get(&key).map(utf8).map_err(text),
            Step::Set { key, value } => store()?.set(&key, value.as_bytes()).map(Value::from).map_err(text),
            Step::Delete { key } => store()?.delete(&key).map(Value::from).map_err(text),
            Step::Exists { key } => store()?.exists(&key).map(Value::from).map_err(text),
            Step::Keys => store()?.get_keys().map(Value::from).map_err(text),
            Step::GetMany { keys } => {
                let found = batch::get_many(&bucket()?, &keys).map_err(text)?;
                Ok(found.into_iter().map(|(key, value)| json!([key, utf8(value)])).collect())
            }
            Step::SetMany { pairs } => {
                let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key, value.into_bytes())).collect();
                batch::set_many(&bucket()?, &pairs).map(Value::from).map_err(text)
            }
            Step::DeleteMany { keys } => batch::delete_many(&bucket()?, &keys).map(Value::from).map_err(text),
            Step::Increment { key, by } => {
                atomics::increment(&bucket()?, &key, by).map(Value::from).map_err(text)
            }
            Step::CasNew { key, keep } => {
                let bucket = bucket()?;
                self.cas = Some(atomics::Cas::new(&bucket, &key).map_err(text)?);
                self.bucket = keep.then_some(bucket);
                Ok(json!(null))
            }
            Step::CasCurrent => self.cas.as_ref().ok_or("no cas")?.current().map(utf8).map_err(text),
            Step::CasSwap { value } => {
                match atomics::swap(self.cas.take().ok_or("no cas")?, value.as_bytes()) {
                    Ok(()) => Ok(json!("swapped")),
                    Err(atomics::CasError::CasFailed(next)) => {
                        self.cas = Some(next);
                        Ok(json!("failed"))
                    }
                    Err(error) => Err(text(error)),
                }
            }
            Step::SqlOpen { address } => {
                self.connection = Some(Connection::open(&address).map_err(text)?);
                Ok(json!(null))
            }
            Step::Query { sql, with } => {
                let rows = self.connection.as_ref().ok_or("no connection")?;
                let rows = rows.query(&sql, &parameters(with)?).map_err(text)?;
                let row = |row: Vec<DbValue>| row.iter().map(text).collect::<Vec<_>>();
                Ok(json!(rows.rows.into_iter().map(row).collect::<Vec<_>>()))
            }
            Step::Execute { sql, with } => {
                let connection = self.connection.as_ref().ok_or("no connection")?;
                connection.execute(&sql, &parameters(with)?).map(Value::from).map_err(text)
            }
            Step::SqlClose => {
                self.connection = None;
                Ok(json!(null))
            }
            Step::Variable { name } => spin_sdk::variables::get(&name).map(Value::from).map_err(text),
            Step::Environment { name } => std::env::var(name).map(Value::from).map_err(text),
            Step::Send { url, post } => {
                let mut request = Request::builder();
                request.uri(url);
                if let Some(body) = post {
                    request.method(Method::Post).header("content-length", body.len().to_string()).body(body);
                }
                let response: Response = spin_sdk::http::send(request.build()).await.map_err(text)?;
                let location = response.header("location").and_then(|value| value.as_str());
                let body = String::from_utf8_lossy(response.body());
                Ok(json!({ "status": response.status(), "location": location, "body": body }))
            }
            Step::SendWithin { authority, first_byte_ms } => send_within(&authority, first_byte_ms),
            Step::Headers => Ok(self.headers.clone()),
            Step::Count => Ok(json!(COUNT.fetch_add(1, Ordering::Relaxed) + 1)),
            Step::Clock => {
                let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_err(text)?;
                Ok(
                    json!({ "wall_ms": wall.as_millis() as u64, "lived_ms": self.started.elapsed().as_millis() as u64 }),
                )
            }
            Step::Print { text } => {
                print!("{text}");
                std::io::stdout().flush().map_err(self::text)?;
                eprintln!("to stderr");
                Ok(json!(null))
            }
            Step::Sleep { ms } => {
                std::thread::sleep(Duration::from_millis(ms));
                Ok(json!(null))
            }
            Step::Grow { bytes } => {
                self.memory.push(vec![1; bytes]);
                Ok(json!(self.memory.iter().map(Vec::len).sum::<usize>()))
            }
            Step::Trap => panic!("as the step says"),
            Step::Fail { text } => Err(text),
        }
    }
}

fn parameters(values: Vec<Value>) -> Result<Vec<ParameterValue>, String> {
    let parameter = |value| match value {
        Value::Null => Ok(ParameterValue::DbNull),
        Value::String(text) => Ok(ParameterValue::Str(text)),
        Value::Number(number) => number.as_i64().map(ParameterValue::Int64).ok_or("no integer".to_owned()),
        other => Err(format!("no parameter: {other}")),
    };
    values.into_iter().map(parameter).collect()
}

fn send_within(authority: &str, first_byte_ms: u64) -> Outcome {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).map_err(text)?;
    request.set_authority(Some(authority)).map_err(text)?;
    request.set_path_with_query(Some("/")).map_err(text)?;
    let options = RequestOptions::new();
    options.set_first_byte_timeout(Some(first_byte_ms * 1_000_000)).map_err(text)?;
    let future = outgoing_handler::handle(request, Some(options)).map_err(text)?;
    future.subscribe().block();
    match future.get() {
        Some(Ok(Ok(response))) => Ok(json!(response.status())),
        other => Err(format!("{:?}", other.map(|result| result.map(|result| result.map(|_| ()))))),
    }
}
