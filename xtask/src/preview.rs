//! `cargo xtask preview`: a mapping tried on a record, field by field. Nothing is called.
//!
//! Exit codes: 0 mapped; 1 problems in the flow file, or a record that cannot be mapped; 2 something could
//! not be read.

pub mod lookups;
pub mod records;
pub mod statement;

use crate::check::print;
use crate::flow_file::{self, Unreadable};
use crate::lang::Lang;
use crate::{Result, show};
use ferry_mapping::{Context, FlowFile, Lookups, Mapping, Problem, ShapedRecord, Shaping, Value};
use lookups::Given;
use serde_json::json;
use std::collections::BTreeMap;
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
    let (problems, error, code) = match previewed(&path, options, now) {
        Ok(preview) => {
            let records = preview["records"].as_array().map_or(&[][..], Vec::as_slice);
            if options.json {
                show::print(&format!("{preview:#}\n"));
            } else {
                show::print(&text(&preview, records, options.lang));
            }
            return Ok(u8::from(records.iter().any(|record| !record["error"].is_null())));
        }
        Err(Failure::Problems { text, problems }) => {
            if !options.json {
                show::print(&print::problems(&path, &text, &problems, options.lang));
            }
            (json!(problems), Value::Null, 1)
        }
        Err(Failure::Unreadable(it)) => {
            if !options.json {
                options.lang.choose(&it.en, &it.zh).for_each(|line| eprintln!("{line}"));
            }
            (json!([]), json!({"code": "unreadable", "en": it.en, "zh": it.zh}), 2)
        }
    };
    if options.json {
        let document = json!({"flow": null, "problems": problems, "error": error, "records": []});
        show::print(&format!("{document:#}\n"));
    }
    Ok(code)
}

/// What becomes of the records: `{"flow", "problems", "error", "shaped", "filtered", "records"}`.
///
/// `shaped` says whether the flow file has something to do to records before the mapping, `filtered` counts what the condition leaves out. The entries of `records` are those that would be
/// delivered: `{"record", "document", "error", "fields", "statement"}`; `record` is what the mapping sees,
/// after `formatResponse`, `beatFlat`, `condition` and `groupCalculate`.
fn previewed(path: &Path, options: &Options, now: i64) -> std::result::Result<Value, Failure> {
    let unreadable = |error: &std::io::Error| Failure::Unreadable(Unreadable::new(path, error));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let bad = |problems| Failure::Problems { text: text.clone(), problems };
    let flow = overridden(ferry_mapping::parse(&text).map_err(bad)?, options.params.as_deref())?;
    let mapping = Mapping::compile(&flow.target.request, "target.request").map_err(bad)?;
    let shaping = Shaping::compile(&flow).map_err(bad)?;
    let statement = statement::of(&flow).map_err(|mut problem| {
        ferry_mapping::locate(&text, std::slice::from_mut(&mut problem));
        bad(vec![problem])
    })?;
    let (records, found) = records::read(&options.record).map_err(Failure::Unreadable)?;
    let given = Given::of(&flow, found);
    // As the webhook's preview has it: no run, so no window and no page; and nothing is looked up.
    let context = Context {
        params: &flow.params,
        last_sync_time: now,
        current_time: now,
        page_size: flow.source.pagination.page_size,
        start_page: 0,
        start_row: 0,
        lookups: given.as_ref().map(|given| given as &dyn Lookups),
    };
    let (shaped, filtered) = shaped(&shaping, records, &context);
    let previews = shaped.into_iter().map(|ShapedRecord { record, error }| {
        let document = mapping.document(&record, &context);
        let error = error.or_else(|| document.as_ref().err().cloned());
        let document = document.ok().filter(|_| error.is_none());
        json!({
            "fields": mapping.explain(&record, &context),
            "record": record,
            "error": error,
            "statement": statement.as_ref().map(|it| it.filled(document.as_ref())),
            "document": document,
        })
    });
    let previews: Vec<Value> = previews.collect();
    Ok(json!({
        "flow": flow.name, "problems": [], "error": null,
        "shaped": !shaping.is_identity(), "filtered": filtered, "records": previews,
    }))
}

/// The records that the mapping sees, and how many the condition left out. A record that cannot be shaped
/// stays as it is, with its error.
fn shaped(shaping: &Shaping, records: Vec<Value>, context: &Context<'_>) -> (Vec<ShapedRecord>, usize) {
    let (mut kept, mut filtered) = (Vec::new(), 0);
    for record in records {
        match shaping.shape(record.clone(), context) {
            Ok(shaped) => {
                filtered += shaped.filtered;
                kept.extend(shaped.records);
            }
            Err(error) => kept.push(ShapedRecord { record, error: Some(error) }),
        }
    }
    if shaping.groups() {
        let (bad, good): (Vec<_>, Vec<_>) = kept.into_iter().partition(|it| it.error.is_some());
        let good: Vec<Value> = good.into_iter().map(|it| it.record).collect();
        kept = match shaping.group(&good, context) {
            Ok(documents) => documents,
            Err(error) => {
                good.into_iter().map(|record| ShapedRecord { record, error: Some(error.clone()) }).collect()
            }
        };
        kept.extend(bad);
    }
    (kept, filtered)
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

/// The preview for a person.
fn text(preview: &Value, records: &[Value], lang: Lang) -> String {
    let flow = preview["flow"].as_str().unwrap_or_default();
    let mut out = String::new();
    for (index, record) in records.iter().enumerate() {
        let number =
            if records.len() > 1 { format!(" · record 记录 {}", index + 1) } else { String::new() };
        out += &format!("{flow}{number}\n\n");
        if preview["shaped"] == true {
            out += &format!("as the mapping sees it 映射前的记录:\n{}\n", show::json(&record["record"]));
        }
        out += &format!("{}\n", one(record, lang));
    }
    if let Some(filtered) = preview["filtered"].as_u64().filter(|filtered| *filtered > 0) {
        for line in lang.choose(
            format!("{filtered} record(s) left out by `condition`"),
            format!("condition 过滤掉 {filtered} 条记录"),
        ) {
            out += &format!("{line}\n");
        }
    }
    out
}

/// The preview of one record.
fn one(preview: &Value, lang: Lang) -> String {
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
