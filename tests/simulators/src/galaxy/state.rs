//! All that the simulator holds, and the work of one call.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime};
use hyper::HeaderMap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answer::{Failure, MsgCode, exception, firewall};
use super::auth::{self, Caller, Presented, Refused, Session, Sessions};
use super::bills::{self, Bills};
use super::config::{BadSignature, Config, Switches};
use super::envelope::{Envelope, Op};
use super::faults::{Faults, Misbehaviour};
use super::forms::Form;
use super::generator;
use super::materials::Materials;
use super::operate;
use super::query::{self, Query, Twist};
use super::save::Saving;
use crate::log::Log;

/// Asia/Shanghai, which knows no summer time.
const SHANGHAI_MS: i64 = 8 * 3_600_000;

pub(super) struct State {
    pub config: Config,
    pub switches: Switches,
    pub sessions: Sessions,
    pub materials: Materials,
    pub bills: Bills,
    pub faults: Faults,
    pub log: Log<Op>,
    tasks: HashMap<String, Value>,
    previous_page: Option<(Bytes, usize)>,
    rng: fastrand::Rng,
}

/// A call as it came.
pub(super) struct Request {
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What goes back.
pub(super) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
    /// `kdservice-sessionid`.
    pub session: String,
    pub summary: String,
    pub auth: String,
    pub rows: usize,
}

impl State {
    pub fn new(config: Config) -> Self {
        let switches = config.switches.clone();
        let now = local(now_ms(&switches));
        let mut materials = Materials::default();
        if let Some(what) = &config.materials {
            materials.add(generator::generate(what, now));
        }
        Self {
            config,
            switches,
            sessions: Sessions::new(),
            materials,
            bills: Bills::new(now),
            faults: Faults::default(),
            log: Log::default(),
            tasks: HashMap::new(),
            previous_page: None,
            rng: fastrand::Rng::with_seed(7),
        }
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        now_ms(&self.switches)
    }

    /// The simulator's wall clock in Asia/Shanghai.
    pub fn now(&self) -> NaiveDateTime {
        local(self.now_ms())
    }

    /// A session id that nobody has.
    pub fn fresh_id(&mut self) -> String {
        Uuid::from_u128(self.rng.u128(..)).to_string()
    }

    fn open_session(&mut self, user: &str) -> String {
        let id = self.fresh_id();
        let now_ms = self.now_ms();
        let ttl_ms = i64::try_from(self.switches.session_ttl_s * 1000).unwrap_or(i64::MAX);
        if self.sessions.len() >= 1000 {
            self.sessions.retain(|_, session| now_ms - session.last_used_ms <= ttl_ms);
        }
        self.sessions.insert(id.clone(), Session { user: user.to_owned(), last_used_ms: now_ms });
        id
    }

    /// Does the work of one call, twisted by a misbehaviour if it concerns the work.
    pub fn work(&mut self, request: &Request, op: Op, what: Option<&Misbehaviour>) -> Answer {
        if op.is_login() {
            return self.login(request, op);
        }
        let presented = Presented { path: &request.path, query: &request.query, headers: &request.headers };
        let (now_ms, accounts) = (self.now_ms(), &self.config.credentials);
        let caller = auth::authenticate(&presented, accounts, &mut self.sessions, &self.switches, now_ms);
        let (session, auth) = match caller {
            Ok(Caller::Session { id }) => {
                let user = self.sessions.get(&id).map_or("", |session| &session.user);
                let auth = format!("session of {user}");
                (id, auth)
            }
            Ok(Caller::Signed { user }) => {
                let carried = auth::session_id(&request.headers).filter(|id| self.sessions.contains_key(id));
                let id = carried.unwrap_or_else(|| self.open_session(&user));
                (id, format!("signed by {user}"))
            }
            Err(refused) => return self.refuse(op, refused),
        };
        if op == Op::Logout {
            self.sessions.remove(&session);
            return Answer { session, auth, ..json_answer(&json!(true), "logged out".into()) };
        }
        let answer = match Envelope::read(content_type(&request.headers), &request.body) {
            Err(message) => {
                Answer { content_type: "text/plain; charset=utf-8", ..bytes(exception(&message), message) }
            }
            Ok(envelope) => match self.operate(op, &envelope, what) {
                Ok(answer) => answer,
                Err(failure) => failed(op, &failure),
            },
        };
        Answer { session, auth, ..answer }
    }

    fn operate(
        &mut self,
        op: Op,
        envelope: &Envelope,
        what: Option<&Misbehaviour>,
    ) -> Result<Answer, Failure> {
        if op == Op::QueryAsyncResult {
            let id = envelope.task_id().unwrap_or_default();
            let result =
                self.tasks.get(&id).ok_or_else(|| Failure::new(MsgCode::NotFound, "异步任务不存在"))?;
            return Ok(json_answer(
                &json!({"Status": 2, "TaskId": id, "Result": result}),
                "task done".into(),
            ));
        }
        if !self.switches.whitelisted {
            return Err(Failure::not_whitelisted());
        }
        let (form, data) = envelope.form_and_data(op);
        let Value::Object(data) = data else {
            return Err(Failure::new(MsgCode::BadParameter, "参数data应为JSON对象"));
        };
        let form = form.ok_or_else(|| Failure::new(MsgCode::FormMissing, "单据标识FormId不能为空"))?;
        if self.switches.forbidden.contains(&form) {
            return Err(Failure::no_rights(&form));
        }
        if op.is_query() {
            return self.query(op, &form, &data, what);
        }
        if form == "BD_MATERIAL" {
            return Err(Failure::new(MsgCode::NotAllowed, "模拟器只提供物料的查询"));
        }
        let form = find(&form)?;
        let (now, switches) = (self.now(), &self.switches);
        let result = match op {
            Op::Save | Op::BatchSave | Op::Draft => {
                Saving { op, form, bills: &mut self.bills, materials: &self.materials, switches, now }
                    .run(&data)
            }
            Op::View => operate::view(form, &data, &self.bills, switches),
            _ => operate::run(op, form, &data, &mut self.bills, switches, now),
        };
        let result = match result {
            Ok(result) => result,
            Err(failure) if envelope.is_async() => failure.body(op),
            Err(failure) => return Err(failure),
        };
        let summary = summary(&result);
        if envelope.is_async() {
            let id = self.fresh_id();
            let begun = json!({"Status": 1, "TaskId": id, "Result": null});
            self.tasks.insert(id, result);
            return Ok(json_answer(&begun, format!("task begun: {summary}")));
        }
        Ok(json_answer(&result, summary))
    }

    fn query(
        &mut self,
        op: Op,
        form: &str,
        data: &Map<String, Value>,
        what: Option<&Misbehaviour>,
    ) -> Result<Answer, Failure> {
        if self.switches.waf && query::is_suspicious(data) {
            return Ok(json_answer(&firewall(), "firewall".into()));
        }
        let twist = match what {
            Some(Misbehaviour::IgnoreKeyFilter) => Twist::IgnoreKeyFilter,
            Some(Misbehaviour::EmptyPage) => Twist::EmptyPage,
            _ => Twist::None,
        };
        let query = Query::read(data, &self.switches)?;
        let (body, rows) = if form == "BD_MATERIAL" {
            query::materials(op, &self.materials, query, twist, &self.switches, &mut self.rng)?
        } else {
            bills::query(op, find(form)?, &self.bills, query, twist, &self.switches, &mut self.rng)?
        };
        let mut page = (Bytes::from(body), rows);
        if let (Some(Misbehaviour::RepeatPreviousPage), Some(previous)) = (what, &self.previous_page) {
            page = previous.clone();
        }
        if what == Some(&Misbehaviour::RowTwice) {
            page = row_twice(page);
        }
        self.previous_page = Some(page.clone());
        let (now, stamps) = (self.now(), self.switches.audit_stamps);
        for change in self.faults.after_query() {
            self.materials.change(&change, now, stamps);
        }
        Ok(Answer { body: page.0, rows: page.1, ..bytes(Vec::new(), format!("rows {}", page.1)) })
    }

    fn login(&mut self, request: &Request, op: Op) -> Answer {
        let envelope = match Envelope::read(content_type(&request.headers), &request.body) {
            Ok(envelope) => envelope,
            Err(message) => {
                let session = self.fresh_id();
                let answer = bytes(exception(&message), message);
                return Answer { session, content_type: "text/plain; charset=utf-8", ..answer };
            }
        };
        match auth::login(op, &envelope, &self.config.credentials, &self.switches, self.now_ms()) {
            Ok(account) => {
                let session = self.open_session(&account.user);
                let kind = self.switches.login_result.unwrap_or(1);
                let body = auth::login_body(&account, kind, &session, &asp_session(&session));
                let auth = format!("login of {}", account.user);
                Answer { session, auth, ..json_answer(&body, format!("LoginResultType {kind}")) }
            }
            Err((kind, message)) => {
                let session = self.fresh_id();
                let summary = format!("LoginResultType {kind}: {message}");
                let answer = json_answer(&auth::login_refused(kind, &message), summary);
                Answer { session, auth: format!("refused: {message}"), ..answer }
            }
        }
    }

    fn refuse(&mut self, op: Op, refused: Refused) -> Answer {
        let session = self.fresh_id();
        let (why, is_signature) = match refused {
            Refused::Signature(why) => (why, true),
            Refused::Session(why) => (why, false),
        };
        let auth = format!("refused: {why}");
        if is_signature && self.switches.bad_signature == BadSignature::Http401 {
            let answer = bytes(b"Unauthorized".to_vec(), "HTTP 401".into());
            return Answer {
                status: 401,
                content_type: "text/plain; charset=utf-8",
                session,
                auth,
                ..answer
            };
        }
        Answer { session, auth, ..failed(op, &Failure::session_lost()) }
    }

    /// The answer of the fault "session lost": the caller's session is gone indeed.
    pub fn lose_session(&mut self, request: &Request, op: Op) -> Answer {
        if let Some(id) = auth::session_id(&request.headers) {
            self.sessions.remove(&id);
        }
        let session = self.fresh_id();
        if op.is_login() {
            let body = auth::login_refused(-1, "会话信息已丢失，请重新登录");
            return Answer { session, ..json_answer(&body, "session lost".into()) };
        }
        Answer { session, ..failed(op, &Failure::session_lost()) }
    }
}

/// An answer that is a failure as a whole.
pub(super) fn failed(op: Op, failure: &Failure) -> Answer {
    json_answer(&failure.body(op), format!("MsgCode {}: {}", failure.code as u8, failure.message))
}

/// An answer of other bytes with HTTP 200.
pub(super) fn bytes(body: Vec<u8>, summary: String) -> Answer {
    Answer {
        status: 200,
        content_type: "application/json; charset=utf-8",
        body: body.into(),
        session: String::new(),
        summary,
        auth: String::new(),
        rows: 0,
    }
}

fn json_answer(body: &Value, summary: String) -> Answer {
    bytes(body.to_string().into_bytes(), summary)
}

/// `ASP.NET_SessionId` that goes with a session.
pub(super) fn asp_session(session: &str) -> String {
    session.chars().filter(|c| *c != '-').take(24).collect()
}

fn find(form: &str) -> Result<&'static Form, Failure> {
    // That the MsgCode is 9 is our choice; the sentence is recorded.
    Form::find(form).ok_or_else(|| Failure::new(MsgCode::UnknownField, "业务对象不存在"))
}

fn summary(result: &Value) -> String {
    let status = &result["Result"]["ResponseStatus"];
    let count = |key: &str| status[key].as_array().map_or(0, Vec::len);
    match status {
        Value::Null => "viewed".into(),
        _ => match &status["Errors"][0]["Message"] {
            Value::String(first) => {
                format!("done {}, failed {}: {first}", count("SuccessEntitys"), count("Errors"))
            }
            _ => format!("done {}", count("SuccessEntitys")),
        },
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn now_ms(switches: &Switches) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    i64::try_from(since).unwrap_or(i64::MAX).saturating_add(switches.clock_offset_ms)
}

fn local(ms: i64) -> NaiveDateTime {
    DateTime::from_timestamp_millis(ms.saturating_add(SHANGHAI_MS)).unwrap_or_default().naive_utc()
}
/// A page, `[[…], …]` or `[{…}, …]`, with its first row twice.
fn row_twice((body, rows): (Bytes, usize)) -> (Bytes, usize) {
    match serde_json::from_slice::<Vec<Value>>(&body) {
        Ok(mut list) if !list.is_empty() => {
            list.insert(1, list[0].clone());
            (Value::Array(list).to_string().into(), rows + 1)
        }
        _ => (body, rows),
    }
}
