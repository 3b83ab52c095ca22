//! Checks of a MySQL target: the statement and the fields it is filled from.

use crate::compile::Mapping;
use crate::flow::{Field, FlowFile};
use crate::problem::{Problems, shorten, suggestion};
use std::collections::BTreeSet;

const APIS: [&str; 2] = ["execute", "batchexecute"];

pub(super) fn target(flow: &FlowFile, mapping: &Mapping, problems: &mut Problems) {
    let target = &flow.target;
    if !target.api.is_empty() && !APIS.contains(&target.api.as_str()) {
        let api = shorten(&target.api);
        problems.add(
            "unknown_api",
            "target.api",
            format!("MySQL is written with execute or batchexecute, not `{api}`"),
            format!("MySQL 用 execute 或 batchexecute 写入，而不是“{api}”"),
        );
    }
    only(&target.request, "target.request", &["main_params"], problems);
    only(&target.other_request, "target.otherRequest", &["main_sql", "limit"], problems);
    limit(&target.other_request, problems);
    let fields = mapping.object("main_params");
    if fields.is_none() && target.request.iter().all(|field| field.field != "main_params") {
        problems.add(
            "missing_field",
            "target.request",
            "main_params is missing: an object whose children are the columns' values",
            "缺少 main_params：类型为 object，其 children 给出各列的值",
        );
    } else if fields.is_none() {
        problems.add(
            "wrong_kind",
            "target.request",
            "main_params must be an object with children",
            "main_params 必须是带 children 的 object",
        );
    }
    let main_sql = |field: &Field| field.field == "main_sql" && field.value.is_some();
    let Some(index) = target.other_request.iter().position(main_sql) else {
        problems.add(
            "missing_field",
            "target.otherRequest",
            "main_sql is missing: INSERT INTO table (column, …) VALUES (:field, …)",
            "缺少 main_sql：INSERT INTO 表 (列, …) VALUES (:字段, …)",
        );
        return;
    };
    let Some(fields) = fields else { return };
    let sql = target.other_request[index].value.as_deref().unwrap_or_default();
    let wanted = placeholders(sql);
    for name in wanted.iter().filter(|name| fields.names().all(|field| field != **name)) {
        let (en, zh) = suggestion(name, fields.names());
        let name = shorten(name);
        problems.add(
            "unmapped_placeholder",
            &format!("target.otherRequest[{index}].value"),
            format!("the placeholder :{name} has no field in main_params{en}"),
            format!("占位符 :{name} 在 main_params 中没有对应字段{zh}"),
        );
    }
    for entry in fields.entries.iter().filter(|entry| !wanted.contains(entry.name.as_str())) {
        let name = shorten(&entry.name);
        problems.add(
            "unused_field",
            &entry.json_path,
            format!("the field is mapped, but main_sql has no placeholder :{name}; it would be lost"),
            format!("该字段已映射，但 main_sql 中没有占位符 :{name}，数据会丢失"),
        );
    }
}

/// Other parameters of the incumbent's adapter (detail tables and their like) mean something.
fn only(fields: &[Field], path: &str, known: &[&str], problems: &mut Problems) {
    for (index, field) in fields.iter().enumerate() {
        if !known.contains(&field.field.as_str()) {
            let (en, zh) = suggestion(&field.field, known.iter().copied());
            let (name, known) = (shorten(&field.field), known.join(", "));
            problems.add(
                "unknown_parameter",
                &format!("{path}[{index}].field"),
                format!("a MySQL target takes {known} here, not `{name}`{en}"),
                format!("MySQL 目标此处只接受 {known}，而不是“{name}”{zh}"),
            );
        }
    }
}

fn limit(fields: &[Field], problems: &mut Problems) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.field == "limit") {
        let value = field.value.as_deref().unwrap_or_default();
        if value.parse::<u32>().ok().is_none_or(|rows| rows == 0) {
            let value = shorten(value);
            problems.add(
                "bad_number",
                &format!("target.otherRequest[{index}].value"),
                format!("`{value}` is no number of rows per statement"),
                format!("“{value}”不是有效的每条语句行数"),
            );
        }
    }
}

/// Names of the `:name` placeholders outside quotes.
fn placeholders(sql: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '`', ':']) {
        let mark = rest.as_bytes()[at];
        let after = &rest[at + 1..];
        if mark == b':' {
            let end = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
            if end > 0 {
                names.insert(&after[..end]);
            }
            rest = &after[end..];
        } else {
            rest = after.find(char::from(mark)).map_or("", |end| &after[end + 1..]);
        }
    }
    names
}
