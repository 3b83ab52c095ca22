//! Checks of the sources that answer with whole records: what they are asked, and which fields are read.

use super::platform::{Interface, interface};
use super::rows::CONSTRUCTS;
use crate::compile::Mapping;
use crate::flow::{Condition, FlowFile, SourceSpec};
use crate::problem::{Problems, distance, shorten, suggestion};

pub(super) fn source(flow: &FlowFile, mapping: &Mapping, problems: &mut Problems) {
    let source = &flow.source;
    let Some(interface) = interface(&source.platform, &source.api) else { return };
    if interface.parameters().next().is_some() {
        parameters(source, interface, problems);
    }
    match source.platform.as_str() {
        "jushuitan" if interface.parameters().any(|it| it == "types") => inout(source, problems),
        "wangdiantong" => wangdiantong(source, problems),
        "okki" => okki(source, problems),
        _ => {}
    }
    let known: Vec<&str> = interface.fields().collect();
    if !known.is_empty() {
        misspelt(flow, mapping, &known, problems);
    }
}

/// A parameter that the interface does not have would change nothing, and nobody would be told.
fn parameters(source: &SourceSpec, interface: &Interface, problems: &mut Problems) {
    let lists = [("source.request", &source.request), ("source.otherRequest", &source.other_request)];
    for (list, fields) in lists {
        for (index, field) in fields.iter().enumerate() {
            let name = field.field.as_str();
            if CONSTRUCTS.contains(&name) || interface.parameters().any(|known| known == name) {
                continue;
            }
            let (en, zh) = suggestion(name, interface.parameters());
            let (name, api) = (shorten(name), &source.api);
            problems.add(
                "unknown_parameter",
                &format!("{list}[{index}].field"),
                format!("{api} has no parameter `{name}`{en}"),
                format!("{api} 没有名为“{name}”的参数{zh}"),
            );
        }
    }
}

/// vendors/sources.md 1.7.
fn inout(source: &SourceSpec, problems: &mut Problems) {
    const TYPES: [&str; 3] = ["其它退货", "其它出库", "其它进仓"];
    const STATUSES: [&str; 5] = ["WaitConfirm", "Confirmed", "OuterConfirming", "Cancelled", "Delete"];
    let values = |parameter: &str| match parameter {
        "types" | "type" => Some(&TYPES[..]),
        "status" => Some(&STATUSES[..]),
        _ => None,
    };
    for name in ["types", "status"] {
        if let (Some((path, value)), Some(known)) = (constant(source, name), values(name)) {
            value.split(',').for_each(|value| one_of(value.trim(), known, &path, problems));
        }
    }
    for condition in source.condition.iter().flatten() {
        let Condition { field, value, path, .. } = condition;
        if let (Some(value), Some(known)) = (value.as_deref().filter(|it| is_constant(it)), values(field)) {
            value.split(',').for_each(|value| {
                one_of(value.trim(), known, &format!("{path}.value"), problems);
            });
        }
    }
    if let Some((path, value)) = constant(source, "date_type")
        && value != "0"
    {
        problems.warn(
            MISSES_CHANGES,
            &path,
            format!(
                "date_type {value} does not read by the time of modification: a bill that is changed or takes \
                 effect later, under an earlier date, is missed; leave it out, or write 0"
            ),
            format!("date_type {value} 不按修改时间查询：之后修改或补录生效、日期却较早的单据会被漏掉；请去掉或改为 0"),
        );
    }
}

/// vendors/sources.md 2.3.
fn wangdiantong(source: &SourceSpec, problems: &mut Problems) {
    let given = source.request.iter().any(|field| field.field == "time_type" && field.value.is_some());
    let (path, value) = match constant(source, "time_type") {
        Some(found) => found,
        None if given => return,
        // The vendor's default.
        None => ("source.request".to_owned(), "1"),
    };
    let (time_en, time_zh) = match value {
        "3" => return,
        "1" => ("by the time of creation", "建单时间"),
        "2" => ("by the time of going out", "出库时间"),
        _ => {
            one_of(value, &["1", "2", "3"], &path, problems);
            return;
        }
    };
    problems.warn(
        MISSES_CHANGES,
        &path,
        format!(
            "time_type {value} reads {time_en}: what is modified later, and what is confirmed late under an \
             earlier time, is missed; write 3, the time of the last modification"
        ),
        format!(
            "time_type {value} 按{time_zh}查询：之后的修改、时间较早而确认较晚的单据都会被漏掉；请改为 3（最后修改时间）"
        ),
    );
}

/// vendors/sources.md 3.3, 7.
fn okki(source: &SourceSpec, problems: &mut Problems) {
    if let Some((path, "0")) = constant(source, "status") {
        problems.add(
            "bad_value",
            &path,
            "status takes a code of your company's own (/v1/invoices/order/orderEnums), and 0 is none; remove \
             the field to ask for orders of any status",
            "status 应为企业自己的状态代码（见 /v1/invoices/order/orderEnums），0 不是有效代码；\
             要查询任意状态的订单，请删除该字段",
        );
    }
    let Some((path, value)) = constant(source, "time_type") else { return };
    let (time_en, time_zh) = match value {
        "1" => return,
        "2" => ("creation", "创建时间"),
        "3" => ("the order's date", "下单日期"),
        "4" => ("deletion", "删除时间"),
        _ => {
            one_of(value, &["1", "2", "3", "4"], &path, problems);
            return;
        }
    };
    problems.warn(
        MISSES_CHANGES,
        &path,
        format!(
            "time_type {value} reads by the time of {time_en}: what is modified later is missed; write 1, the \
             time of the last modification"
        ),
        format!("time_type {value} 按{time_zh}查询：之后的修改会被漏掉；请改为 1（更新时间）"),
    );
}

const MISSES_CHANGES: &str = "misses_changes";

/// A parameter's value and its path, where it is written out.
fn constant<'s>(source: &'s SourceSpec, name: &str) -> Option<(String, &'s str)> {
    let (index, field) = source.request.iter().enumerate().find(|(_, field)| field.field == name)?;
    let value = field.value.as_deref().filter(|value| is_constant(value))?;
    Some((format!("source.request[{index}].value"), value))
}

fn is_constant(value: &str) -> bool {
    !value.contains('{') && !value.starts_with("_function")
}

/// A value that the interface does not know finds nothing, and nobody would be told.
fn one_of(value: &str, known: &[&str], path: &str, problems: &mut Problems) {
    if known.contains(&value) {
        return;
    }
    // Two characters apart may be the opposite: 入库, 出库.
    let near = |known: &&&str| (2..=64).contains(&value.chars().count()) && distance(value, known) <= 1;
    let (en, zh) = match known.iter().find(near) {
        Some(it) => (format!(" (did you mean `{it}`?)"), format!("（是否应为“{it}”？）")),
        None => Default::default(),
    };
    let (value, known) = (shorten(value), known.join(", "));
    problems.warn(
        "unknown_value",
        path,
        format!("`{value}` is not among the documented values{en}, so that nothing may be found: {known}"),
        format!("“{value}”不在文档所列的取值之中{zh}，可能查不到任何单据；可用的取值：{known}"),
    );
}

/// Names that look like misspelt ones of the documents. A tenant may have fields of its own: what is like none
/// of them is not told.
fn misspelt(flow: &FlowFile, mapping: &Mapping, known: &[&str], problems: &mut Problems) {
    let source = &flow.source;
    // Documents that many records make have other fields.
    if flow.group_calculate().is_some() {
        return;
    }
    let made: Vec<String> = source
        .format_response
        .iter()
        .map(|rule| match rule.old.rsplit_once('.') {
            Some((list, _)) => format!("{list}.{}", rule.new),
            None => rule.new.clone(),
        })
        .collect();
    let flat = source.beat_flat.as_ref().map(|flat| format!("{}_", flat.lists[0]));
    let mut judge = |path: &str, name: &str| {
        let of_row = flat.as_ref().is_some_and(|list| name.starts_with(list));
        if name.is_empty() || of_row || made.iter().any(|made| made == name) {
            return;
        }
        let Some(meant) = meant(name, known) else { return };
        let (api, name) = (&source.api, shorten(name));
        problems.warn(
            "undocumented_field",
            path,
            format!(
                "the records of {api} have no `{name}` by their documents (did you mean `{meant}`?); pass \
                 --allow undocumented_field if it is a field of your own"
            ),
            format!(
                "按文档，{api} 的记录没有“{name}”（是否应为“{meant}”？）；如确为贵司自有字段，可加 --allow undocumented_field"
            ),
        );
    };
    judge("source.id", &source.id);
    judge("source.number", &source.number);
    judge("source.name", source.name.as_deref().unwrap_or_default());
    for rule in &source.format_response {
        judge(&format!("{}.old", rule.path), &rule.old);
    }
    let rules = flow.quality.iter().map(|rule| &rule.condition);
    for condition in source.condition.iter().flatten().chain(rules) {
        judge(&format!("{}.field", condition.path), &condition.field);
    }
    mapping.each_reference(&mut |entry, reference| {
        if let Some(name) = reference.record_name() {
            judge(&format!("{}.value", entry.json_path), name);
        }
    });
}

/// The documented field that a name is a slip of, if it is one.
fn meant(name: &str, known: &[&str]) -> Option<String> {
    if known.contains(&name) {
        return None;
    }
    let (list, last) = name.rsplit_once('.').map_or((None, name), |(list, last)| (Some(list), last));
    if let Some(list) = list
        && !known.contains(&list)
    {
        return meant(list, known).map(|list| format!("{list}.{last}"));
    }
    let beside = known.iter().filter_map(|known| match list {
        Some(list) => known.strip_prefix(list)?.strip_prefix('.').filter(|rest| !rest.contains('.')),
        None => Some(*known).filter(|known| !known.contains('.')),
    });
    // The incumbent repeats the list's name: `product_list.product_list_count`.
    let bare = list.and_then(|list| last.strip_prefix(list)?.strip_prefix('_')).unwrap_or(last);
    let length = bare.chars().count();
    let slips = if length >= 10 { 2 } else { usize::from(length >= 6) };
    let near = beside
        .filter(|_| length <= 64)
        .map(|known| (distance(bare, known), known))
        .filter(|(far, _)| *far <= slips)
        .min_by_key(|(far, _)| *far)?
        .1;
    Some(list.map_or_else(|| near.to_owned(), |list| format!("{list}.{near}")))
}
