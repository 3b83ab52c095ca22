//! `cargo xtask preview`: a mapping tried on a record, field by field. Nothing is called.
//!
//! Exit codes: 0 mapped; 1 problems in the flow file, or a record that cannot be mapped; 2 something could
//! not be read.

use crate::check::print;
use crate::flow_file::{self, Unreadable, shown};
use crate::lang::Lang;
use crate::{Result, show};
use ferry_mapping::{Context, FlowFile, Map, Mapping, Problem, Value};
use ferry_platforms::mysql::Insert;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// A flow's name, or the path of a flow file.
    pub flow: String,
    /// The path of a record or a list of records, or `-` for stdin.
    pub record: String,
    /// A JSON object that overrides params of the flow file.
    pub params: Option<String>,
    /// The language of the messages.
    pub lang: Lang,
    /// One JSON document instead of text.
    pub json: bool,
}

/// Why there is no preview.
enum Failure {
    /// Something could not be read.
    Unreadable(Unreadable),
    /// The flow file has problems.
    Problems { text: String, problems: Vec<Problem> },
}

/// Previews the records and prints the result; the exit code.
///
/// # Errors
/// When the clock stands before 1970.
pub fn run(options: &Options) -> Result<u8> {
    let path = flow_file::named(&options.flow);
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let failure = match previews(&path, options, now) {
        Ok((flow, previews)) => {
            if options.json {
                show::print(&format!("{:#}\n", json!({"flow": flow, "problems": [], "records": previews})));
            } else {
                let many = previews.len() > 1;
                for (index, preview) in previews.iter().enumerate() {
                    let title =
                        if many { format!("{flow} · record 记录 {}", index + 1) } else { flow.clone() };
                    show::print(&format!("{title}\n\n{}\n", text(preview, options.lang)));
                }
            }
            return Ok(u8::from(previews.iter().any(|preview| !preview["error"].is_null())));
        }
        Err(failure) => failure,
    };
    let (problems, error, code) = match &failure {
        Failure::Problems { problems, .. } => (json!(problems), Value::Null, 1),
        Failure::Unreadable(it) => (json!([]), json!({"code": "unreadable", "en": it.en, "zh": it.zh}), 2),
    };
    match &failure {
        _ if options.json => {
            let document = json!({"flow": null, "problems": problems, "error": error, "records": []});
            show::print(&format!("{document:#}\n"));
        }
        Failure::Problems { text, problems } => {
            show::print(&print::problems(&path, text, problems, options.lang));
        }
        Failure::Unreadable(it) => options.lang.choose(&it.en, &it.zh).for_each(|line| eprintln!("{line}")),
    }
    Ok(code)
}

/// The flow's name, and what becomes of each record.
fn previews(path: &Path, options: &Options, now: i64) -> std::result::Result<(String, Vec<Value>), Failure> {
    let unreadable = |error: &std::io::Error| Failure::Unreadable(Unreadable::new(path, error));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let bad = |problems| Failure::Problems { text: text.clone(), problems };
    let flow = ferry_mapping::parse(&text).map_err(bad)?;
    let flow = overridden(flow, options.params.as_deref())?;
    let mapping = Mapping::compile(&flow.target.request, "target.request").map_err(bad)?;
    let statement = statement(&flow).map_err(|mut problem| {
        ferry_mapping::locate(&text, std::slice::from_mut(&mut problem));
        bad(vec![problem])
    })?;
    // As the webhook's preview has it: no run, so no window and no page.
    let context = Context {
        params: &flow.params,
        last_sync_time: now,
        current_time: now,
        page_size: flow.source.pagination.page_size,
        start_page: 0,
        start_row: 0,
    };
    let preview = |record: &Map<String, Value>| {
        let document = mapping.document(record, &context);
        json!({
            "document": document.as_ref().ok(),
            "error": document.as_ref().err(),
            "fields": mapping.explain(record, &context),
            "statement": statement.as_ref().map(|it| it.filled(document.as_ref().ok())),
        })
    };
    let records = records(&options.record).map_err(Failure::Unreadable)?;
    Ok((flow.name.clone(), records.iter().map(preview).collect()))
}

fn overridden(flow: FlowFile, params: Option<&str>) -> std::result::Result<FlowFile, Failure> {
    let Some(params) = params else { return Ok(flow) };
    let overrides: BTreeMap<String, Value> = serde_json::from_str(params).map_err(|error| {
        Failure::Unreadable(Unreadable {
            en: format!("--params must be a JSON object like {{\"use_org\": \"T01\"}}: {error}"),
            zh: format!("--params 须为 JSON 对象，如 {{\"use_org\": \"T01\"}}：{error}"),
        })
    })?;
    flow.with_params(&overrides).map_err(|problems| {
        let all = |message: fn(&Problem) -> &str| problems.iter().map(message).collect::<Vec<_>>().join("; ");
        Failure::Unreadable(Unreadable {
            en: format!("--params: {}", all(|problem| &problem.en)),
            zh: format!("--params：{}", all(|problem| &problem.zh)),
        })
    })
}

/// The records of a file or of stdin: one, or a list. A sample of a flow (`samples/*.json`) and a body of
/// the webhook's preview hold theirs under `record`.
fn records(place: &str) -> std::result::Result<Vec<Map<String, Value>>, Unreadable> {
    let path = Path::new(place);
    let mut text = String::new();
    let read = match place {
        "-" => std::io::stdin().read_to_string(&mut text).map(drop),
        _ => std::fs::read_to_string(path).map(|read| text = read),
    };
    let name = if place == "-" { "stdin".to_owned() } else { shown(path) };
    read.map_err(|error| Unreadable {
        en: format!("{name}: the record cannot be read: {error}"),
        zh: format!("{name}：无法读取记录：{error}"),
    })?;
    let document = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| Unreadable {
        en: format!("{name}: the record is not JSON: {error}"),
        zh: format!("{name}：记录不是合法的 JSON：{error}"),
    })?;
    let all = match document {
        Value::Array(all) => all,
        one => vec![one],
    };
    let record = |value| match value {
        Value::Object(mut map) => Some(match map.get("record") {
            Some(Value::Object(_)) if is_envelope(&map) => match map.remove("record") {
                Some(Value::Object(inner)) => inner,
                _ => map,
            },
            _ => map,
        }),
        _ => None,
    };
    all.into_iter().map(record).collect::<Option<Vec<_>>>().ok_or_else(|| Unreadable {
        en: format!("{name}: a record is a JSON object; give one, or a list of them"),
        zh: format!("{name}：记录应为 JSON 对象；请给出一个对象或对象列表"),
    })
}

fn is_envelope(map: &Map<String, Value>) -> bool {
    map.keys().all(|key| ["record", "about", "document", "lookups"].contains(&key.as_str()))
}

/// A MySQL target's statement.
struct Statement {
    sql: String,
    insert: Insert,
}

fn statement(flow: &FlowFile) -> std::result::Result<Option<Statement>, Problem> {
    if flow.target.platform != "mysql" {
        return Ok(None);
    }
    let index = flow.target.other_request.iter().position(|field| field.field == "main_sql");
    let sql = index.and_then(|index| flow.target.other_request[index].value.clone()).unwrap_or_default();
    match Insert::parse(&sql) {
        Ok(insert) => Ok(Some(Statement { sql, insert })),
        Err(error) => Err(Problem {
            code: "mysql_target",
            path: index
                .map_or("target.otherRequest".to_owned(), |it| format!("target.otherRequest[{it}].value")),
            line: 0,
            column: 0,
            en: error.en,
            zh: error.zh,
        }),
    }
}

impl Statement {
    /// `{"sql", "params": [{"name", "column", "value"}]}`; the parameters are null without a document.
    fn filled(&self, document: Option<&Value>) -> Value {
        let Insert { columns, placeholders, .. } = &self.insert;
        let params = document.map(|document| {
            let values = placeholders.iter().zip(columns);
            let params = values.map(|(name, column)| {
                json!({"name": name, "column": column, "value": parameter(&document["main_params"][name])})
            });
            params.collect::<Value>()
        });
        json!({"sql": self.sql, "params": params})
    }
}

/// As the engine binds it (`ferry_sync::target::mysql`): a boolean is 1 or 0, what has no type in SQL is
/// JSON text.
fn parameter(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => Value::from(i32::from(*flag)),
        Value::Array(_) | Value::Object(_) => Value::from(value.to_string()),
        scalar => scalar.clone(),
    }
}

/// The preview of one record for a person.
fn text(preview: &Value, lang: Lang) -> String {
    let mut out = format!("{}\n", show::preview(preview, lang));
    let statement = &preview["statement"];
    if let Some(params) = statement["params"].as_array() {
        let rows = params.iter().map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            let value = if it["value"].is_null() { "NULL".to_owned() } else { it["value"].to_string() };
            vec![format!(":{}", text("name")), text("column"), value]
        });
        let head = ["parameter 参数", "column 列", "value 值"];
        let sql = statement["sql"].as_str().unwrap_or_default();
        out += &format!("\nstatement 语句:\n    {sql}\n\n{}\n", show::table(&head, rows));
    }
    match &preview["error"] {
        Value::Null => out += &format!("\ndocument 文档:\n{}", show::json(&preview["document"])),
        error => {
            out += &format!("\nerror 错误: {}\n", error["path"].as_str().unwrap_or_default());
            for message in lang.choose(&error["en"], &error["zh"]) {
                out += &format!("    {}\n", message.as_str().unwrap_or_default());
            }
        }
    }
    out
}
