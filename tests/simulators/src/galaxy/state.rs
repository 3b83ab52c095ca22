//! What the ERP holds, and the work of one call.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answer::{Failure, MsgCode, exception, firewall};
use super::auth::{self, Caller, Presented, Refused, Session, Sessions};
use super::bills::{self, Bills};
use super::config::{BadSignature, Config, Switches};
use super::envelope::{Envelope, NoOp, Op};
use super::faults::Misbehaviour;
use super::forms::Form;
use super::materials::{Change, Materials};
use super::query::{self, Query, Twist};
use super::save::Saving;
use super::{control, generator, operate};
use crate::system::{self, Answer, ControlCall, Held, Request, Setting, System, Way, Wrong};

type Call<'a> = system::Call<'a, Simulated>;

/// The simulated ERP.
pub struct Simulated {
    pub(super) sessions: Sessions,
    pub(super) materials: Materials,
    pub(super) bills: Bills,
    tasks: HashMap<String, Value>,
    previous_page: Option<(Bytes, usize)>,
    rng: fastrand::Rng,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Config;

    const LARGEST_BODY: usize = 64 << 20;

    fn new(at: &Setting<'_, Self>) -> Self {
        let now = at.now();
        let mut materials = Materials::default();
        if let Some(what) = &at.data.materials {
            materials.add(generator::generate(what, now));
        }
        Self {
            sessions: Sessions::new(),
            materials,
            bills: Bills::new(now),
            tasks: HashMap::new(),
            previous_page: None,
            rng: fastrand::Rng::with_seed(7),
        }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn find(request: &Request, _switches: &Switches) -> Way<Op> {
        match Op::from_path(request.path()) {
            Ok(op) if request.method == Method::POST => Way::To(op),
            Ok(op) => Way::other_method(Some(op)),
            Err(NoOp::NotFound) => Way::not_found(None),
            Err(NoOp::Unknown(service)) => {
                Way::Astray { op: None, answer: thrown(format!("服务{service}不存在")) }
            }
        }
    }

    /// What a login sends is a secret.
    fn shown(op: Op, request: &Request) -> Cow<'_, [u8]> {
        if op.is_login() { Cow::default() } else { (&*request.body).into() }
    }

    fn instead(&mut self, call: &Call<'_>) -> Option<Answer> {
        Some(match call.what? {
            Misbehaviour::SessionLost => self.lose_session(call),
            Misbehaviour::CallLimit => failed(call.op, &Failure::call_limit()),
            Misbehaviour::Refuse { code, message } => failed(call.op, &Failure::new(*code, message.as_str())),
            _ => return None,
        })
    }

    fn work(&mut self, call: &Call<'_>) -> Answer {
        if call.op.is_login() {
            return self.login(call);
        }
        let request = call.request;
        let presented = Presented { path: request.path(), query: request.query(), headers: &request.headers };
        let (accounts, sessions) = (&call.data.credentials, &mut self.sessions);
        let caller = auth::authenticate(&presented, accounts, sessions, call.switches, call.now_ms);
        let (session, caller) = match caller {
            Ok(Caller::Session { id }) => {
                let user = self.sessions.get(&id).map_or("", |session| &session.user);
                let caller = format!("session of {user}");
                (id, caller)
            }
            Ok(Caller::Signed { user }) => {
                let carried = auth::session_id(&request.headers).filter(|id| self.sessions.contains_key(id));
                let id = carried.unwrap_or_else(|| self.open_session(&user, call));
                (id, format!("signed by {user}"))
            }
            Err(refused) => return self.refuse(call, refused),
        };
        let answer = if call.op == Op::Logout {
            self.sessions.remove(&session);
            Answer::json(&json!(true), "logged out")
        } else {
            match Envelope::read(request.header("content-type"), &request.body) {
                Err(message) => thrown(message),
                Ok(envelope) => {
                    self.operate(call, &envelope).unwrap_or_else(|failure| failed(call.op, &failure))
                }
            }
        };
        of_session(answer, &session).for_caller(caller)
    }

    /// Those of a session that has never been there.
    fn cookies(&mut self) -> Vec<String> {
        cookies(&self.fresh_id())
    }

    fn change(&mut self, change: &Change, at: &Setting<'_, Self>) -> usize {
        self.materials.change(change, at.now(), at.switches.audit_stamps)
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        control::route(held, at)
    }
}

impl Simulated {
    /// A session id that nobody has.
    fn fresh_id(&mut self) -> String {
        Uuid::from_u128(self.rng.u128(..)).to_string()
    }

    fn open_session(&mut self, user: &str, call: &Call<'_>) -> String {
        let id = self.fresh_id();
        let now_ms = call.now_ms;
        let ttl_ms = i64::try_from(call.switches.session_ttl_s * 1000).unwrap_or(i64::MAX);
        if self.sessions.len() >= 1000 {
            self.sessions.retain(|_, session| now_ms - session.last_used_ms <= ttl_ms);
        }
        self.sessions.insert(id.clone(), Session { user: user.to_owned(), last_used_ms: now_ms });
        id
    }

    fn operate(&mut self, call: &Call<'_>, envelope: &Envelope) -> Result<Answer, Failure> {
        let (op, switches) = (call.op, call.switches);
        if op == Op::QueryAsyncResult {
            let id = envelope.task_id().unwrap_or_default();
            let result =
                self.tasks.get(&id).ok_or_else(|| Failure::new(MsgCode::NotFound, "异步任务不存在"))?;
            return Ok(Answer::json(&json!({"Status": 2, "TaskId": id, "Result": result}), "task done"));
        }
        if !switches.whitelisted {
            return Err(Failure::not_whitelisted());
        }
        let (form, data) = envelope.form_and_data(op);
        let Value::Object(data) = data else {
            return Err(Failure::new(MsgCode::BadParameter, "参数data应为JSON对象"));
        };
        let form = form.ok_or_else(|| Failure::new(MsgCode::FormMissing, "单据标识FormId不能为空"))?;
        if switches.forbidden.contains(&form) {
            return Err(Failure::no_rights(&form));
        }
        if op.is_query() {
            return self.query(call, &form, &data);
        }
        if form == "BD_MATERIAL" {
            return Err(Failure::new(MsgCode::NotAllowed, "模拟器只提供物料的查询"));
        }
        let (form, now) = (find(&form)?, call.now());
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
            return Ok(Answer::json(&begun, format!("task begun: {summary}")));
        }
        Ok(Answer::json(&result, summary))
    }

    fn query(&mut self, call: &Call<'_>, form: &str, data: &Map<String, Value>) -> Result<Answer, Failure> {
        let (op, switches) = (call.op, call.switches);
        if switches.waf && query::is_suspicious(data) {
            return Ok(Answer::json(&firewall(), "firewall"));
        }
        let twist = match call.what {
            Some(Misbehaviour::IgnoreKeyFilter) => Twist::IgnoreKeyFilter,
            Some(Misbehaviour::EmptyPage) => Twist::EmptyPage,
            _ => Twist::None,
        };
        let query = Query::read(data, switches)?;
        let (body, rows) = if form == "BD_MATERIAL" {
            query::materials(op, &self.materials, query, twist, switches, &mut self.rng)?
        } else {
            bills::query(op, find(form)?, &self.bills, query, twist, switches, &mut self.rng)?
        };
        let mut page = (Bytes::from(body), rows);
        if let (Some(Misbehaviour::RepeatPreviousPage), Some(previous)) = (call.what, &self.previous_page) {
            page = previous.clone();
        }
        if call.what == Some(&Misbehaviour::RowTwice) {
            page = row_twice(page);
        }
        self.previous_page = Some(page.clone());
        let (body, rows) = page;
        Ok(Answer { rows, ends_query: true, ..Answer::bytes(body, format!("rows {rows}")) })
    }

    fn login(&mut self, call: &Call<'_>) -> Answer {
        let envelope = match Envelope::read(call.request.header("content-type"), &call.request.body) {
            Ok(envelope) => envelope,
            Err(message) => return of_session(thrown(message), &self.fresh_id()).for_caller(""),
        };
        match auth::login(call.op, &envelope, &call.data.credentials, call.switches, call.now_ms) {
            Ok(account) => {
                let session = self.open_session(&account.user, call);
                let kind = call.switches.login_result.unwrap_or(1);
                let body = auth::login_body(&account, kind, &session, &asp_session(&session));
                let answer = Answer::json(&body, format!("LoginResultType {kind}"));
                of_session(answer, &session).for_caller(format!("login of {}", account.user))
            }
            Err((kind, message)) => {
                let summary = format!("LoginResultType {kind}: {message}");
                let answer = Answer::json(&auth::login_refused(kind, &message), summary);
                of_session(answer, &self.fresh_id()).for_caller(format!("refused: {message}"))
            }
        }
    }

    fn refuse(&mut self, call: &Call<'_>, refused: Refused) -> Answer {
        let (why, is_signature) = match refused {
            Refused::Signature(why) => (why, true),
            Refused::Session(why) => (why, false),
        };
        let answer = if is_signature && call.switches.bad_signature == BadSignature::Http401 {
            Answer::text("Unauthorized", "HTTP 401").with_status(401)
        } else {
            failed(call.op, &Failure::session_lost())
        };
        of_session(answer, &self.fresh_id()).for_caller(format!("refused: {why}"))
    }

    /// The caller's session is gone indeed.
    fn lose_session(&mut self, call: &Call<'_>) -> Answer {
        if let Some(id) = auth::session_id(&call.request.headers) {
            self.sessions.remove(&id);
        }
        if call.op.is_login() {
            return Answer::json(&auth::login_refused(-1, "会话信息已丢失，请重新登录"), "session lost");
        }
        failed(call.op, &Failure::session_lost())
    }
}

/// An answer that is a failure as a whole.
fn failed(op: Op, failure: &Failure) -> Answer {
    Answer::json(&failure.body(op), format!("MsgCode {}: {}", failure.code as u8, failure.message))
}

/// An answer that is an exception of the server.
fn thrown(message: String) -> Answer {
    Answer::text(exception(&message), message)
}

/// The cookies go with every answer, without `expires`: vendors/kingdee.md 1.2 and 7.
fn cookies(session: &str) -> Vec<String> {
    let asp_session = asp_session(session);
    vec![
        format!("ASP.NET_SessionId={asp_session}; path=/; HttpOnly"),
        format!("kdservice-sessionid={session}; path=/"),
    ]
}

fn of_session(answer: Answer, session: &str) -> Answer {
    Answer { cookies: cookies(session), ..answer }
}

/// `ASP.NET_SessionId` that goes with a session.
fn asp_session(session: &str) -> String {
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
