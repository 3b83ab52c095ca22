//! Checks of a Galaxy source: `executeBillQuery`, whose `request` lists the fields of the answer.

use super::{platform, rows, unknown_field};
use crate::compile::Mapping;
use crate::flow::{Field, FlowFile};
use crate::language::reference::is_name;
use crate::problem::{Problems, shorten, suggestion};

pub(super) fn source(flow: &FlowFile, mapping: &Mapping, problems: &mut Problems) {
    let source = &flow.source;
    if source.api != "executeBillQuery" {
        if !source.api.is_empty() {
            let api = shorten(&source.api);
            problems.add(
                "unknown_api",
                "source.api",
                format!("Galaxy is read with executeBillQuery, not `{api}`"),
                format!("金蝶云星空用 executeBillQuery 读取，而不是“{api}”"),
            );
        }
        return;
    }
    // The other form of the wild: parameters in `request`, answer fields in `FieldKeys`.
    let parameter =
        |field: &Field| field.field == "FieldKeys" || platform::BILL_QUERY.contains(&field.field.as_str());
    if let Some(index) = source.request.iter().position(parameter) {
        problems.add(
            "wrong_place",
            &format!("source.request[{index}]"),
            "`request` lists the fields of the answer (one field per key of FieldKeys); move FormId, \
             FilterString, Limit and their like to `otherRequest`",
            "request 应列出返回字段（FieldKeys 的每个键一项）；请把 FormId、FilterString、Limit 等移到 otherRequest",
        );
        return;
    }
    if source.request.is_empty() {
        problems.add(
            "missing_key",
            "source.request",
            "no fields are asked for; list the fields of the answer",
            "没有要查询的字段；请列出返回字段",
        );
        return;
    }
    parameters(&source.other_request, source.pagination.key.is_some(), problems);
    let names: Vec<&str> = source.request.iter().map(|field| field.field.as_str()).collect();
    let keys = [
        ("source.id", Some(&source.id)),
        ("source.number", Some(&source.number)),
        ("source.name", source.name.as_ref()),
        ("source.pagination.key", source.pagination.key.as_ref()),
    ];
    for (path, key) in keys {
        if let Some(key) = key.filter(|key| !key.is_empty() && !names.contains(&key.as_str())) {
            unknown_field(path, key, &names, problems);
        }
    }
    rows::provided(flow, &names, mapping, problems);
    let paged_by = source.pagination.key.as_deref();
    let key_of = |field: &Field| field.value.clone().unwrap_or_else(|| field.field.clone());
    let by_entry = source
        .request
        .iter()
        .any(|field| Some(field.field.as_str()) == paged_by && is_entry_key(&key_of(field)));
    for (index, field) in source.request.iter().enumerate() {
        let key = key_of(field);
        let path = format!("source.request[{index}].value");
        if !is_name(&key) {
            let key = shorten(&key);
            problems.add(
                "bad_key",
                &path,
                format!("`{key}` is no Galaxy key; write such as FNumber or FBaseUnitId.FName"),
                format!("“{key}”不是星空的字段键；请写成 FNumber 或 FBaseUnitId.FName 之类"),
            );
        } else if paged_by.is_some() && !by_entry && is_entry_key(&key) {
            let (key, head) = (shorten(&key), paged_by.unwrap_or_default());
            problems.add(
                "entry_field",
                &path,
                format!(
                    "`{key}` is a field of the bill's entries: it multiplies the rows, while they are \
                     paged by `{head}` of the head, and a bill could be torn apart between two pages; \
                     page by the entry's key or leave the field out"
                ),
                format!(
                    "“{key}”是单据体字段：会使每单变成多行，而翻页依据的是单据头的“{head}”，\
                     同一单据可能被拆到两页；请按单据体主键翻页，或去掉该字段"
                ),
            );
        }
    }
}

fn parameters(fields: &[Field], by_key: bool, problems: &mut Problems) {
    for (index, field) in fields.iter().enumerate() {
        let name = field.field.as_str();
        let path = format!("source.otherRequest[{index}]");
        if !platform::BILL_QUERY.contains(&name) {
            let (en, zh) = suggestion(name, platform::BILL_QUERY);
            let name = shorten(name);
            problems.add(
                "unknown_parameter",
                &format!("{path}.field"),
                format!("executeBillQuery has no parameter `{name}`{en}"),
                format!("executeBillQuery 没有名为“{name}”的参数{zh}"),
            );
        }
        let given = field.value.as_deref().is_some_and(|value| !value.is_empty());
        if name == "OrderString" && by_key && given {
            problems.add(
                "wrong_place",
                &path,
                "the rows are ordered by `pagination.key`; remove OrderString",
                "数据按 pagination.key 排序；请删除 OrderString",
            );
        }
    }
    let form = fields.iter().any(|field| field.field == "FormId" && field.value.is_some());
    if !form {
        problems.add(
            "missing_field",
            "source.otherRequest",
            "FormId is missing: which kind of bill to read",
            "缺少 FormId：要读取哪种单据",
        );
    }
}

/// Whether a key leads into the entries of a bill: `FEntity_FEntryID`, `FPOOrderEntry.FQty`. Sub-heads
/// (`SubHeadEntity`) stand once a bill. What has no such prefix cannot be told without metadata.
fn is_entry_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let Some(end) = key.find(['.', '_']) else { return false };
    let first = &key[..end];
    let entries = first.starts_with("fentity") || first.ends_with("entry") || first.ends_with("entity");
    entries && !first.contains("subhead")
}
