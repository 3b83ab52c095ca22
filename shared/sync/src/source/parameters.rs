//! The `request` of a flow file's source, for interfaces that take parameters: filled in for one page.
//!
//! Window and page are the engine's. A flow file may name them, as the files that it was carried over from do, but
//! only with the values that the engine gives them: anything else would be ignored, and is refused.

use crate::problem::{Failure, Problem};
use crate::shanghai;
use ferry_mapping::{Context, FlowFile, Map, Mapping, Problem as FileProblem, Value};
use std::collections::BTreeMap;

/// Compiled.
#[derive(Debug)]
pub(super) struct Parameters {
    mapping: Mapping,
}

/// A page of a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageOf {
    /// Unix seconds.
    pub begin: i64,
    /// Unix seconds.
    pub end: i64,
    /// As the interface counts.
    pub page: u32,
    /// Rows asked for.
    pub page_size: u32,
}

/// The names of what the engine sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engines {
    /// Begin and end of the window, where there is one.
    pub window: Option<[&'static str; 2]>,
    /// The page and its size, where they are parameters.
    pub page: Option<[&'static str; 2]>,
}

impl Engines {
    fn names(self) -> Vec<&'static str> {
        self.window.into_iter().chain(self.page).flatten().collect()
    }
}

impl Parameters {
    /// Compiles the parameters; those that are neither the engine's nor `known` are refused, and so is a full scan.
    pub fn compile(file: &FlowFile, engines: Engines, known: &[&str]) -> Result<Self, Vec<FileProblem>> {
        let source = &file.source;
        let mut problems = Vec::new();
        if source.full_scan.is_some() {
            problems.push(FileProblem::new(
                "no_full_scan",
                "source.fullScan",
                format!("{} cannot be asked for everything at once, or every run does so", source.api),
                format!("{} 无法一次全量读取，或本来每次都全量读取；请删除 fullScan", source.api),
            ));
        }
        Self::compiled(file, engines, known, problems)
    }

    /// The same for an interface that can be asked for everything.
    pub fn compile_with_full_scan(
        file: &FlowFile,
        engines: Engines,
        known: &[&str],
    ) -> Result<Self, Vec<FileProblem>> {
        Self::compiled(file, engines, known, Vec::new())
    }

    fn compiled(
        file: &FlowFile,
        engines: Engines,
        known: &[&str],
        mut problems: Vec<FileProblem>,
    ) -> Result<Self, Vec<FileProblem>> {
        let source = &file.source;
        for (index, field) in source.request.iter().enumerate() {
            let name = field.field.as_str();
            if !known.contains(&name) && !engines.names().contains(&name) {
                let names = [&engines.names(), known].concat().join(", ");
                problems.push(FileProblem::new(
                    "unknown_parameter",
                    format!("source.request[{index}].field"),
                    format!(
                        "{} does not take {name:?} here, or Ferry sets it itself; there are: {names}",
                        source.api
                    ),
                    format!("{} 在此不接受 {name:?}，或由 Ferry 自行设置；可用：{names}", source.api),
                ));
            }
        }
        if let Some(field) = source.other_request.first() {
            problems.push(FileProblem::new(
                "unknown_parameter",
                "source.otherRequest",
                format!(
                    "{} has no otherRequest ({}); all parameters belong into request",
                    source.api, field.field
                ),
                format!("{} 没有 otherRequest（{}）；所有参数请写在 request 中", source.api, field.field),
            ));
        }
        let parameters = Parameters { mapping: Mapping::compile(&source.request, "source.request")? };
        if problems.is_empty() {
            problems.extend(parameters.of_the_engine(file, engines));
        }
        if problems.is_empty() { Ok(parameters) } else { Err(problems) }
    }

    /// Parameters of the engine that the file fills in otherwise.
    fn of_the_engine(&self, file: &FlowFile, engines: Engines) -> Vec<FileProblem> {
        let page = PageOf { begin: 1_763_650_923, end: 1_763_651_347, page: 7, page_size: 43 };
        let rendered = match self.render(&file.params, page) {
            Ok(rendered) => rendered,
            Err(failure) => return vec![as_problem(&failure)],
        };
        let window = [shanghai::text(page.begin), shanghai::text(page.end)];
        let pages = [page.page.to_string(), page.page_size.to_string()];
        let window = engines.window.into_iter().flatten().zip(window);
        let pages = engines.page.into_iter().flatten().zip(pages);
        let wrong = window.chain(pages).filter(|(name, right)| {
            rendered.get(*name).is_some_and(|value| text(value) != *right && !text(value).is_empty())
        });
        wrong
            .map(|(name, _)| {
                FileProblem::new(
                    "engines_parameter",
                    format!("source.request.{name}"),
                    format!("Ferry sets {name} itself. Leave it out, or write {{{{LAST_SYNC_TIME|datetime}}}}, {{{{CURRENT_TIME|datetime}}}}, {{{{PAGINATION_START_PAGE}}}} or {{{{PAGINATION_PAGE_SIZE}}}}, whichever it is"),
                    format!("{name} 由 Ferry 设置。请省略，或写对应的 {{{{LAST_SYNC_TIME|datetime}}}}、{{{{CURRENT_TIME|datetime}}}}、{{{{PAGINATION_START_PAGE}}}}、{{{{PAGINATION_PAGE_SIZE}}}}"),
                )
            })
            .collect()
    }

    /// The parameters of a page, the engine's among them if the file names them. Without those that are null or
    /// empty: they are not sent.
    ///
    /// # Errors
    /// Class `Fatal`: a value cannot be made.
    pub fn render(
        &self,
        params: &BTreeMap<String, Value>,
        page: PageOf,
    ) -> Result<Map<String, Value>, Failure> {
        let context = Context {
            params,
            last_sync_time: page.begin,
            current_time: page.end,
            page_size: page.page_size,
            start_page: page.page,
            start_row: 0,
            lookups: None,
        };
        let document = self.mapping.document(&Value::Null, &context);
        match document.map_err(|error| Failure::fatal(Problem::from(&error)))? {
            Value::Object(fields) => Ok(fields.into_iter().filter(|(_, value)| !is_empty(value)).collect()),
            _ => Ok(Map::new()),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.iter().all(is_empty),
        _ => false,
    }
}

fn as_problem(failure: &Failure) -> FileProblem {
    let problem = &failure.problem;
    FileProblem::new(
        "wrong_parameter",
        "source.request",
        problem.message.to_string(),
        problem.message_zh.to_string(),
    )
}

/// A value that a parameter must not have.
pub(super) fn wrong(name: &str, en: &str, zh: &str) -> Vec<FileProblem> {
    vec![FileProblem::new("wrong_parameter", format!("source.request.{name}"), en.to_owned(), zh.to_owned())]
}

/// A cell or a parameter as text; null is empty.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// What names a row: its id, or what it holds where it has none.
pub(super) fn name(row: &Value, id: &str) -> String {
    let id = row.get(id).map(text).unwrap_or_default();
    if id.is_empty() { format!("?{}", crate::dead::hash(&row.to_string())) } else { id }
}
