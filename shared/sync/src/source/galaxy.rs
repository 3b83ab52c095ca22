//! 金蝶云星空 as a source: `executeBillQuery`, paged by a key of the form.
//!
//! The pages follow `key > last` in the key's order, so rows that enter or leave the set while it is read
//! shift nothing (`design.md` 7). Only an empty page is the end: a server that clamps the page size, or
//! answers short, is read on.

use super::{Ask, Page, Rows, Source, SourcePart, Then};
use crate::client::{Client, Doing, galaxy::Galaxy};
use crate::flow::Unloaded;
use crate::host::{CallId, Variables};
use crate::problem::{Failure, Problem};
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{Context, Field, FlowFile, Kind, Problem as FileProblem, Template, Value};
use ferry_platforms::galaxy::{self, Account, Query};
use std::collections::BTreeMap;
use std::time::Duration;

const READING: Doing = Doing {
    interface: "executeBillQuery",
    en: "reading from Galaxy by executeBillQuery",
    zh: "用 executeBillQuery 读取金蝶云星空",
};

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
    spec: &'h Spec,
    params: &'h BTreeMap<String, Value>,
    client: Client<'h, Galaxy>,
}

impl<'h> GalaxySource<'h> {
    /// A source that signs in as `account`.
    pub fn new(opening: &Opening<'h>, spec: &'h Spec, account: &'h Account) -> Self {
        let file = opening.file;
        let client = Client::new(opening, &file.source.account, account);
        GalaxySource { spec, params: &file.params, client }
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
}

/// 2100-01-01, beyond every modification.
const FAR_FUTURE: i64 = 4_102_416_000;

impl Source for GalaxySource<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        let query = self.query(ask)?;
        self.client.start(
            READING,
            |hands| galaxy::execute_bill_query(hands.account, hands.token, hands.moment.seconds(), &query),
            patience,
        )
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        let response = self.client.wire.finish(READING, call)?;
        let rows = galaxy::read_query(&response, self.spec.names.len())
            .map_err(|error| self.client.wire.refused(READING, &error))?;
        let after = match ask {
            Ask::Window { after, .. } | Ask::Everything { after } => after.as_deref(),
            Ask::Ids(_) => None,
        };
        let then = self.cursor(&rows, after)?.map_or(Then::PerhapsEnd, Then::More);
        let rows = Rows::Table { names: self.spec.names.clone(), cells: rows };
        Ok(Page { rows, then, source_now: galaxy::server_time(&response) })
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        self.client.renew()?;
        // Signed headers carry the time of the request: a new request is a new signature.
        Ok(true)
    }

    fn ids_per_call(&self) -> usize {
        IDS_PER_CALL
    }

    fn calls(&self) -> u64 {
        self.client.calls()
    }

    fn called(&mut self) -> Vec<Interface> {
        self.client.called()
    }

    fn used_keys(&mut self) -> Vec<String> {
        self.client.used_keys()
    }
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
