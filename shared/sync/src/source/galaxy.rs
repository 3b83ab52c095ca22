//! 金蝶云星空 as a source: `executeBillQuery`, paged by a key of the form.
//!
//! The pages follow `key > last` in the key's order, so rows that enter or leave the set while it is read
//! shift nothing (`design.md` 7). Only an empty page is the end: a server that clamps the page size, or
//! answers short, is read on.

use super::{Ask, Page, Rows, Source, SourcePart};
use crate::flow::Unloaded;
use crate::host::{CallId, Host, HttpFailure, Variables};
use crate::problem::{Failure, Problem};
use crate::seal::Seal;
use crate::target::Opening;
use ferry_mapping::{Context, Field, FlowFile, Kind, Problem as FileProblem, Template, Value};
use ferry_platforms::Class;
use ferry_platforms::galaxy::{self, Account, Auth, Query, Session};
use std::collections::BTreeMap;
use std::time::Duration;

/// Ids in one query: a filter of a few kilobytes.
const IDS_PER_CALL: usize = 100;

/// The flow file's source, compiled.
#[derive(Debug)]
pub struct Spec {
    form_id: Template,
    window_filter: Template,
    everything_filter: Option<Template>,
    names: Vec<String>,
    field_keys: Vec<String>,
    key: Column,
    id: Column,
    page_size: u32,
}

#[derive(Debug)]
struct Column {
    index: usize,
    field_key: String,
    is_number: bool,
}

impl Spec {
    /// Compiles the source part of a flow file.
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        let source = &file.source;
        let parameter = |fields: &[Field], path: &str, name: &str| {
            fields
                .iter()
                .enumerate()
                .find(|(_, field)| field.field == name)
                .map(|(index, field)| {
                    let text = field.value.as_deref().unwrap_or_default();
                    Template::compile(text, &format!("{path}[{index}].value"))
                })
                .transpose()
        };
        let other = |name| parameter(&source.other_request, "source.otherRequest", name);
        let missing = |name: &str| {
            vec![FileProblem::new(
                "missing_parameter",
                "source.otherRequest",
                format!("executeBillQuery needs the parameter {name}"),
                format!("executeBillQuery 需要参数 {name}"),
            )]
        };
        let everything_filter = match &source.full_scan {
            Some(scan) => {
                parameter(&scan.take_over_request, "source.fullScan.takeOverRequest", "FilterString")?
            }
            None => None,
        };
        let column = |name: &str, whose: &str| {
            source
                .request
                .iter()
                .enumerate()
                .find(|(_, field)| field.field == name)
                .map(|(index, field)| Column {
                    index,
                    field_key: field_key(field),
                    is_number: field.kind == Some(Kind::Int),
                })
                .ok_or_else(|| missing(&format!("{name} ({whose}) among its request fields")))
        };
        let key = source.pagination.key.as_deref().ok_or_else(|| missing("pagination.key"))?;
        Ok(Spec {
            form_id: other("FormId")?.ok_or_else(|| missing("FormId"))?,
            window_filter: other("FilterString")?.ok_or_else(|| missing("FilterString"))?,
            everything_filter,
            names: source.request.iter().map(|field| field.field.clone()).collect(),
            field_keys: source.request.iter().map(field_key).collect(),
            key: column(key, "pagination.key")?,
            id: column(&source.id, "id")?,
            page_size: source.pagination.page_size.min(galaxy::MAX_ROWS),
        })
    }
}

fn field_key(field: &Field) -> String {
    field.value.clone().filter(|value| !value.is_empty()).unwrap_or_else(|| field.field.clone())
}

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    account: Account,
}

/// Loads the source of a flow that reads 金蝶云星空.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded> {
    let spec = Spec::compile(file)?;
    let variable = |name: &str| variables.get(name).unwrap_or_default();
    Ok(Box::new(Part { spec, account: Account::from_variables(&file.source.account, variable)? }))
}

impl SourcePart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Source + 'h> {
        Box::new(GalaxySource::new(opening, &self.spec, &self.account))
    }
}

/// The source, for one invocation.
pub struct GalaxySource<'h> {
    host: Host<'h>,
    spec: &'h Spec,
    account: &'h Account,
    params: &'h BTreeMap<String, Value>,
    timeout: Duration,
    token: Token<'h>,
    calls: u64,
}

/// The session, kept sealed in the store for all flows of the account.
struct Token<'h> {
    key: String,
    seal: &'h Seal,
    session: Option<Session>,
}

impl<'h> GalaxySource<'h> {
    /// A source that signs in as `account`.
    pub fn new(opening: &Opening<'h>, spec: &'h Spec, account: &'h Account) -> Self {
        let file = opening.file;
        let token =
            Token { key: format!("token/{}", file.source.account), seal: opening.seal, session: None };
        let timeout = file.delivery.request_timeout;
        GalaxySource { host: opening.host, spec, account, params: &file.params, timeout, token, calls: 0 }
    }

    fn query(&self, ask: &Ask) -> Result<Query, Failure> {
        let spec = self.spec;
        let (template, begin, end) = match (ask, &spec.everything_filter) {
            (Ask::Window { begin, end, .. }, _) => (&spec.window_filter, *begin, *end),
            (_, Some(template)) => (template, 0, 0),
            // Without a filter of its own, everything is a window as wide as time.
            (_, None) => (&spec.window_filter, 0, FAR_FUTURE),
        };
        let context = Context {
            params: self.params,
            last_sync_time: begin,
            current_time: end,
            page_size: spec.page_size,
            start_page: 0,
            start_row: 0,
            lookups: None,
        };
        let render = |template: &Template| {
            template
                .render(None, &context, &|value| galaxy::quote(value))
                .map_err(|error| Failure::fatal(Problem::from(&error)))
        };
        let mut filter = format!("({})", render(template)?);
        match ask {
            Ask::Window { after: Some(after), .. } | Ask::Everything { after: Some(after) } => {
                filter.push_str(&format!(" and {}>{}", spec.key.field_key, literal(&spec.key, after)));
            }
            Ask::Ids(ids) => {
                // What cannot be an id of this column is not there; it must not spoil the query for the others.
                let possible = ids.iter().filter(|id| !spec.id.is_number || id.parse::<i128>().is_ok());
                let mut list: Vec<String> = possible.map(|id| literal(&spec.id, id)).collect();
                if list.is_empty() {
                    list.push("0".to_owned());
                }
                filter.push_str(&format!(" and {} in ({})", spec.id.field_key, list.join(",")));
            }
            _ => {}
        }
        Ok(Query {
            form_id: render(&spec.form_id)?,
            field_keys: spec.field_keys.clone(),
            filter,
            order: format!("{} ASC", spec.key.field_key),
            limit: spec.page_size,
            start_row: 0,
            top_row_count: 0,
        })
    }

    /// The cursor after these rows. They must ascend from `after`: a server that ignores the filter or the order
    /// would otherwise make a gap or a loop.
    fn cursor(&self, rows: &[Vec<Value>], after: Option<&str>) -> Result<Option<String>, Failure> {
        let mut last = after.map(str::to_owned);
        for row in rows {
            let cell = &row[self.spec.key.index];
            let key = text(cell).filter(|key| !key.is_empty()).ok_or_else(|| self.disordered(cell, &last))?;
            if last.as_deref().is_some_and(|last| !ascends(last, &key)) {
                return Err(self.disordered(cell, &last));
            }
            last = Some(key);
        }
        Ok(last.filter(|_| !rows.is_empty()))
    }

    fn disordered(&self, cell: &Value, last: &Option<String>) -> Failure {
        let key = &self.spec.key.field_key;
        let last = last.as_deref().unwrap_or("-");
        Failure::fatal(
            Problem::new(
                "page_out_of_order",
                format!("executeBillQuery was asked for rows with {key} > {last} in ascending order, and returned {key} = {cell}"),
                format!("executeBillQuery 要求按 {key} 升序返回大于 {last} 的行，却返回了 {key} = {cell}"),
            )
            .hint(
                "nothing after that row was taken; a field of an entry among the fields repeats the head's key, and a key must be a number that is never null",
                "该行之后的数据均未处理；查询字段中若含分录字段会使表头内码重复，分页键必须是非空数字",
            ),
        )
    }

    fn ensure_session(&mut self) -> Result<(), Failure> {
        if self.account.auth() == Auth::Signed || self.token.session.is_some() {
            return Ok(());
        }
        self.token.session = self.stored_session()?;
        if self.token.session.is_none() { self.log_in() } else { Ok(()) }
    }

    fn stored_session(&self) -> Result<Option<Session>, Failure> {
        let Token { key, seal, .. } = &self.token;
        let sealed = self.host.store.get(key).map_err(|error| crate::dead::store_failure(key, &error.0))?;
        Ok(sealed.and_then(|sealed| serde_json::from_slice(&seal.open(key, &sealed)?).ok()))
    }

    fn log_in(&mut self) -> Result<(), Failure> {
        self.calls += 1;
        let call = self.host.http.start(galaxy::login_by_app_secret(self.account), self.timeout);
        let response =
            self.host.http.finish(call).map_err(|failure| unanswered("LoginByAppSecret", &failure))?;
        let session = galaxy::read_login(&response)
            .map_err(|error| Failure::vendor("logging in to Galaxy", "登录金蝶云星空", &error))?;
        let Token { key, seal, .. } = &self.token;
        let json = serde_json::to_vec(&session).expect("a session is plain data");
        // A session that could not be kept is used all the same: the next run logs in again.
        if let Err(error) = self.host.store.set(key, &seal.close(key, &json, self.host.random)) {
            self.host
                .log
                .line(&format!(r#"{{"level":"warn","event":"session_not_kept","error":{:?}}}"#, error.0));
        }
        self.token.session = Some(session);
        Ok(())
    }
}

/// 2100-01-01, beyond every modification.
const FAR_FUTURE: i64 = 4_102_416_000;

impl Source for GalaxySource<'_> {
    fn start(&mut self, ask: &Ask) -> Result<CallId, Failure> {
        self.ensure_session()?;
        let query = self.query(ask)?;
        let now = self.host.clock.wall_ms().div_euclid(1000);
        let request = galaxy::execute_bill_query(self.account, self.token.session.as_ref(), now, &query);
        self.calls += 1;
        Ok(self.host.http.start(request, self.timeout))
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        let response =
            self.host.http.finish(call).map_err(|failure| unanswered("executeBillQuery", &failure))?;
        let rows = galaxy::read_query(&response, self.spec.names.len()).map_err(|error| {
            Failure::vendor(
                "reading from Galaxy by executeBillQuery",
                "用 executeBillQuery 读取金蝶云星空",
                &error,
            )
        })?;
        let after = match ask {
            Ask::Window { after, .. } | Ask::Everything { after } => after.as_deref(),
            Ask::Ids(_) => None,
        };
        let cursor = self.cursor(&rows, after)?;
        let rows = Rows::Table { names: self.spec.names.clone(), cells: rows };
        Ok(Page { rows, cursor, source_now: galaxy::server_time(&response) })
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        if self.account.auth() == Auth::Session {
            let stored = self.stored_session()?;
            if stored.is_some() && stored != self.token.session {
                self.token.session = stored;
            } else {
                self.log_in()?;
            }
        }
        // Signed headers carry the time of the request: a new request is a new signature.
        Ok(true)
    }

    fn ids_per_call(&self) -> usize {
        IDS_PER_CALL
    }

    fn calls(&self) -> u64 {
        self.calls
    }
}

/// A request without an answer.
fn unanswered(what: &str, failure: &HttpFailure) -> Failure {
    if failure.denied {
        return Failure::fatal(
            Problem::new(
                "host_not_allowed",
                format!("{what}: the platform refused the connection by allowed_outbound_hosts: {failure}"),
                format!("{what}：运行平台按 allowed_outbound_hosts 拒绝了该连接：{failure}"),
            )
            .hint(
                "check galaxy_scheme, galaxy_host, mysql_host and mysql_port: one malformed host makes Spin deny all of them",
                "请检查 galaxy_scheme、galaxy_host、mysql_host、mysql_port：任何一个格式不对，Spin 会拒绝全部外部连接",
            ),
        );
    }
    Failure::new(
        Class::Transport,
        Problem::new(
            "no_answer",
            format!("{what}: no answer from Galaxy: {failure}"),
            format!("{what}：金蝶云星空没有应答：{failure}"),
        )
        .hint(
            "the next run carries on from the last commit; check galaxy_host and the network",
            "下次运行从上次提交处继续；请检查 galaxy_host 与网络",
        ),
    )
}

fn text(cell: &Value) -> Option<String> {
    match cell {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Keys are compared as whole numbers of any length.
fn ascends(last: &str, next: &str) -> bool {
    match (last.parse::<i128>(), next.parse::<i128>()) {
        (Ok(last), Ok(next)) => next > last,
        _ => false,
    }
}

/// A value in a filter: bare where the column is a number, else quoted.
fn literal(column: &Column, value: &str) -> String {
    if column.is_number && value.parse::<i128>().is_ok() {
        value.to_owned()
    } else {
        format!("'{}'", galaxy::quote(value))
    }
}
