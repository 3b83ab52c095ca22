//! What the engine sees of the world: clocks that may be moved, a store in memory, real HTTP and a real database. Every
//! effect goes through the fuse.

use super::{Answered, EFFECT_TIME, Fuse, Native};
use ferry_sync::host::{
    CallId, Clock, Connection, Http, HttpFailure, Log, Random, Sql, SqlFailure, SqlValue, Store, StoreError,
    Variables,
};
use mysql::prelude::Queryable;
use std::rc::Rc;
use std::time::Duration;

impl Variables for Native {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.borrow().get(name).cloned()
    }
}

impl Clock for Native {
    fn wall_ms(&self) -> i64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let ms = i64::try_from((now + self.ahead.get()).as_millis()).expect("before the year 292,000,000");
        ms + self.skew_ms.get()
    }
    fn monotonic(&self) -> Duration {
        let effects = u32::try_from(self.fuse.count.get()).expect("a run has few effects");
        self.began.elapsed() + self.ahead.get() + EFFECT_TIME * effects
    }
    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

impl Store for Native {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.count(|calls| calls.reads += 1);
        self.effect(|| Ok(self.documents.borrow().get(key).cloned()))
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.set_many(&[(key.to_owned(), value.to_vec())])
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.count(|calls| calls.writes += 1);
        self.effect(|| self.documents.borrow_mut().extend(entries.iter().cloned()));
        Ok(())
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.count(|calls| calls.writes += 1);
        self.effect(|| {
            let (mut documents, mut counters) = (self.documents.borrow_mut(), self.counters.borrow_mut());
            for key in keys {
                documents.remove(key);
                counters.remove(key);
            }
        });
        Ok(())
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.count(|calls| calls.writes += 1);
        self.effect(|| {
            let mut counters = self.counters.borrow_mut();
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += by;
            Ok(*counter)
        })
    }
}

impl Http for Native {
    fn start(&self, request: http::Request<Vec<u8>>, timeout: Duration) -> CallId {
        self.effect(|| {
            let id = self.next_call.get();
            self.next_call.set(id + 1);
            let agent = self.agent.clone();
            let call = std::thread::spawn(move || send(&agent, request, timeout));
            self.calls.borrow_mut().insert(id, call);
            CallId(id)
        })
    }

    fn finish(&self, call: CallId) -> Result<http::Response<Vec<u8>>, HttpFailure> {
        self.effect(|| {
            let call = self.calls.borrow_mut().remove(&call.0).expect("a started call");
            let answered: Answered = call.join().expect("ureq does not panic");
            // As in a component, the answer is in the engine's own memory: a test may count what its thread takes.
            #[allow(clippy::redundant_clone, reason = "the copy is the point")]
            answered.map(|response| response.map(|body| body.clone()))
        })
    }

    fn cancel(&self, call: CallId) {
        self.calls.borrow_mut().remove(&call.0);
    }
}

fn send(
    agent: &ureq::Agent,
    request: http::Request<Vec<u8>>,
    timeout: Duration,
) -> Result<http::Response<Vec<u8>>, HttpFailure> {
    let failed = |error: ureq::Error| HttpFailure { denied: false, message: error.to_string() };
    let request = agent.configure_request(request).timeout_global(Some(timeout)).build();
    let (parts, mut body) = agent.run(request).map_err(failed)?.into_parts();
    let body = body.read_to_vec().map_err(failed)?;
    Ok(http::Response::from_parts(parts, body))
}

impl Sql for Native {
    fn open(&self, address: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        let opened = self.fuse.around(|| mysql::Conn::new(address));
        let connection = opened.map_err(|error| failed("ConnectionFailed", &error))?;
        Ok(Box::new(Open { connection, fuse: self.fuse.clone() }))
    }
}

struct Open {
    connection: mysql::Conn,
    fuse: Rc<Fuse>,
}

impl Connection for Open {
    fn execute(&mut self, sql: &str, params: &mut Vec<SqlValue>) -> Result<(), SqlFailure> {
        let values = positional(params);
        self.fuse
            .around(|| self.connection.exec_drop(sql, values))
            .map_err(|error| failed("QueryFailed", &error))
    }

    fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, SqlFailure> {
        let values = positional(&params);
        let rows: Vec<mysql::Row> = self
            .fuse
            .around(|| self.connection.exec(sql, values))
            .map_err(|error| failed("QueryFailed", &error))?;
        Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(cell).collect()).collect())
    }
}

fn positional(params: &[SqlValue]) -> mysql::Params {
    if params.is_empty() {
        return mysql::Params::Empty;
    }
    let value = |param: &SqlValue| match param {
        SqlValue::Null => mysql::Value::NULL,
        SqlValue::Int(number) => mysql::Value::Int(*number),
        SqlValue::Text(text) => mysql::Value::Bytes(text.clone().into_bytes()),
        SqlValue::Bytes(bytes) => mysql::Value::Bytes(bytes.clone()),
    };
    mysql::Params::Positional(params.iter().map(value).collect())
}

fn cell(value: mysql::Value) -> SqlValue {
    match value {
        mysql::Value::NULL => SqlValue::Null,
        mysql::Value::Int(number) => SqlValue::Int(number),
        mysql::Value::UInt(number) => SqlValue::Int(i64::try_from(number).expect("small numbers only")),
        mysql::Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => SqlValue::Text(text),
            Err(error) => SqlValue::Bytes(error.into_bytes()),
        },
        other => panic!("the engine asks for no such type: {other:?}"),
    }
}

/// The error in the words of Spin's host (`spin.md` 1.6).
fn failed(kind: &str, error: &mysql::Error) -> SqlFailure {
    let inner = match error {
        mysql::Error::MySqlError(error) => format!(
            "Server(ServerError {{ code: {}, message: {:?}, state: {:?} }})",
            error.code, error.message, error.state
        ),
        other => format!("Io({other:?})"),
    };
    SqlFailure(format!("{kind}({inner:?})"))
}

impl Log for Native {
    fn line(&self, _: &str) {}
}

impl Random for Native {
    fn fill(&self, buffer: &mut [u8]) {
        let now = self.began.elapsed().as_nanos().to_le_bytes();
        for (at, byte) in buffer.iter_mut().enumerate() {
            *byte = now[at % now.len()];
        }
    }
}
