//! The two systems of the materials' flow, as small as can be: an ERP that answers what it is told to, and a
//! database with one table. What a call takes passes on the world's clocks.

#![allow(dead_code, reason = "each test file uses its part")]

use super::world::{self, Given, World};
use ferry_sync::host::*;
use ferry_sync::webhook::handle;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

pub const FLOW: &str = "galaxy-materials-to-mysql";
pub const RUN: &str = "run-run-run-run-run-run-run";
pub const ADMIN: &str = "admin-admin-admin-admin-admin";

/// What the ERP takes for an answer, and the database for a statement.
pub const ANSWER: Duration = Duration::from_millis(40);
pub const STATEMENT: Duration = Duration::from_millis(3);

pub enum Answer {
    Json(Value),
    /// Nobody answers.
    None,
    /// An error that quotes what proves who calls.
    Quoting,
}

/// When a call is answered, and what was asked.
type UnderWay = (Duration, Request<Vec<u8>>);

pub struct Systems<'w> {
    pub world: &'w World,
    /// What the ERP answers next; then empty pages.
    pub answers: RefCell<VecDeque<Answer>>,
    under_way: RefCell<HashMap<u64, UnderWay>>,
    calls: Cell<u64>,
    pub database: Rc<Database>,
}

/// One table.
#[derive(Default)]
pub struct Database {
    /// Its rows, by the first of their columns.
    rows: RefCell<BTreeMap<String, Vec<SqlValue>>>,
    /// What is in rows that it refuses.
    pub refuses: RefCell<String>,
    /// What all statements took: a connection cannot know the world, which has the clocks.
    spent: Cell<Duration>,
}

impl<'w> Systems<'w> {
    pub fn new(world: &'w World) -> Self {
        Systems {
            world,
            answers: RefCell::default(),
            under_way: RefCell::default(),
            calls: Cell::new(0),
            database: Rc::default(),
        }
    }

    pub fn host(&self) -> Host<'_> {
        Host { clock: self, http: self, sql: self, ..self.world.host() }
    }

    /// The ERP answers a page of materials with these ids and names next.
    pub fn page(&self, rows: &[(i64, &str)]) {
        let row = |(id, name): &(i64, &str)| {
            json!([
                id,
                id,
                format!("W-{id}"),
                name,
                " M8 ",
                null,
                "Pcs",
                "2026-11-20T11:00:00",
                "2026-11-20T11:00:00"
            ])
        };
        let rows: Vec<Value> = rows.iter().map(row).collect();
        self.answers.borrow_mut().push_back(Answer::Json(rows.into()));
    }

    /// A column of a row of the table.
    pub fn cell(&self, id: i64, column: usize) -> Option<String> {
        match self.database.rows.borrow().get(&id.to_string())?.get(column)? {
            SqlValue::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> (StatusCode, Value) {
        let mut variables = self.world.variables();
        variables.extend(self.world.more.borrow().clone());
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder()
            .method(method)
            .uri(format!("/flows/{FLOW}{path}"))
            .header("authorization", format!("Bearer {token}"))
            .body(body)
            .unwrap();
        let flow_file = self.world.flow_file.borrow().clone();
        let answer = handle(self.host(), &world::component(&flow_file), &Given(variables), &request);
        (answer.status(), serde_json::from_slice(answer.body()).expect("every answer is JSON"))
    }

    /// What `GET /flows/<name>` answers.
    pub fn state(&self) -> Value {
        let (status, state) = self.ask(Method::GET, "", RUN, &Value::Null);
        assert_eq!(status, StatusCode::OK, "{state}");
        state
    }

    /// A run that works.
    pub fn run(&self) -> Value {
        let (status, report) = self.ask(Method::POST, "/run", RUN, &json!({}));
        assert_eq!(status, StatusCode::OK, "{report}");
        report
    }
}

impl Http for Systems<'_> {
    fn start(&self, request: Request<Vec<u8>>, _: Duration) -> CallId {
        let call = self.calls.get() + 1;
        self.calls.set(call);
        self.under_way.borrow_mut().insert(call, (self.monotonic() + ANSWER, request));
        CallId(call)
    }

    fn finish(&self, call: CallId) -> Result<Response<Vec<u8>>, HttpFailure> {
        let (ready, request) = self.under_way.borrow_mut().remove(&call.0).expect("a call under way");
        self.world.advance(ready.saturating_sub(self.monotonic()));
        let said = match self.answers.borrow_mut().pop_front() {
            Some(Answer::Json(rows)) => rows,
            None => json!([]),
            Some(Answer::None) => {
                return Err(HttpFailure { denied: false, message: "ConnectionReset".into() });
            }
            Some(Answer::Quoting) => {
                let proofs: Vec<&str> =
                    request.headers().values().filter_map(|value| value.to_str().ok()).collect();
                let message = format!("refused: {}", proofs.join(" "));
                json!([[{"Result": {"ResponseStatus": {"IsSuccess": false, "Errors": [{"Message": message}], "MsgCode": 8}}}]])
            }
        };
        Ok(Response::new(said.to_string().into_bytes()))
    }

    fn cancel(&self, call: CallId) {
        self.under_way.borrow_mut().remove(&call.0);
    }
}

impl Clock for Systems<'_> {
    fn wall_ms(&self) -> i64 {
        self.world.wall_ms() + i64::try_from(self.database.spent.get().as_millis()).unwrap()
    }
    fn monotonic(&self) -> Duration {
        self.world.monotonic() + self.database.spent.get()
    }
    fn sleep(&self, time: Duration) {
        self.world.advance(time);
    }
}

impl Database {
    fn spend(&self) {
        self.spent.set(self.spent.get() + STATEMENT);
    }
}

impl Sql for Systems<'_> {
    fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        self.database.spend();
        Ok(Box::new(Session(self.database.clone())))
    }
}

struct Session(Rc<Database>);

const COLUMNS: [&str; 8] = [
    "data_id",
    "number",
    "name",
    "product_line",
    "specification_model",
    "unit",
    "modified_at",
    "approved_at",
];

impl Connection for Session {
    fn execute(&mut self, sql: &str, params: &mut Vec<SqlValue>) -> Result<(), SqlFailure> {
        let database = &self.0;
        database.spend();
        if !sql.starts_with("INSERT") {
            return Ok(());
        }
        let refuses = database.refuses.borrow();
        let is_refused = |cell: &SqlValue| matches!(cell, SqlValue::Text(text) if !refuses.is_empty() && text.contains(refuses.as_str()));
        if let Some(row) = params.chunks(COLUMNS.len()).position(|row| row.iter().any(is_refused)) {
            let message = format!("Data too long for column 'name' at row {}", row + 1);
            return Err(SqlFailure(format!(
                "Server(ServerError {{ code: 1406, message: {message:?}, state: \"22001\" }})"
            )));
        }
        for row in params.chunks(COLUMNS.len()) {
            let SqlValue::Text(id) = &row[0] else { panic!("{row:?}") };
            database.rows.borrow_mut().insert(id.clone(), row.to_vec());
        }
        Ok(())
    }

    fn query(&mut self, sql: &str, _: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, SqlFailure> {
        self.0.spend();
        let text = |text: &str| SqlValue::Text(text.to_owned());
        Ok(if sql.contains("information_schema.COLUMNS") {
            let column = |name: &&str| {
                let nullable = if *name == "data_id" { "NO" } else { "YES" };
                [text(name), text("varchar(255)"), text(nullable), text(""), SqlValue::Null, SqlValue::Null]
                    .to_vec()
            };
            COLUMNS.iter().map(column).collect()
        } else {
            vec![vec![text("PRIMARY"), text("data_id"), SqlValue::Null]]
        })
    }
}
