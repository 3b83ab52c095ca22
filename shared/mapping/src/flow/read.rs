//! From JSON text to the types, keeping on after every problem.

use super::keys::{Keys, Node};
use super::{
    Delivery, FlowFile, Gathering, Operation, Pagination, SourceSpec, TargetSpec, Title, condition, duration,
    field, flat, format, group, lookup, refused, rescan,
};
use crate::problem::{Problem, Problems, Severity, shorten};
use crate::{Value, check, position};
use std::collections::BTreeMap;
use std::time::Duration;

/// No flow file comes near; a bigger text is something else.
const LARGEST: usize = 1 << 20;

/// Reads and checks a flow file: all problems at once, in the order of the file, or the file.
///
/// A byte order mark at the beginning is forgiven.
pub fn parse(text: &str) -> Result<FlowFile, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Problems::default();
    if text.len() > LARGEST {
        problems.add(
            "too_large",
            "",
            format!("the flow file has {} bytes; at most {LARGEST} are read", text.len()),
            format!("流程文件有 {} 字节，最多读取 {LARGEST} 字节", text.len()),
        );
        return Err(problems.into_vec());
    }
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => return Err(vec![not_json(text, &error)]),
    };
    position::repeated_keys(text, &mut problems);
    let flow = flow(&document, &mut problems);
    if let Some(flow) = &flow {
        check::flow(flow, &mut problems);
    }
    let good = problems.is_empty();
    let mut problems = problems.into_vec();
    position::locate(text, &mut problems);
    match flow {
        Some(flow) if good => Ok(FlowFile { warnings: problems, ..flow }),
        _ => Err(problems),
    }
}

fn not_json(text: &str, error: &serde_json::Error) -> Problem {
    // serde_json counts bytes; a reader counts characters.
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line.as_bytes().get(..error.column().saturating_sub(1)).unwrap_or_default();
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Problem {
        code: "not_json",
        severity: Severity::Error,
        path: String::new(),
        line: error.line().max(1),
        column: String::from_utf8_lossy(before).chars().count() + 1,
        en: format!("this is not JSON: {message}"),
        zh: format!("不是合法的 JSON：{message}"),
    }
}

pub(super) fn flow(document: &Value, problems: &mut Problems) -> Option<FlowFile> {
    let mut keys = Node { value: document, path: String::new() }.object(problems)?;
    let flow = FlowFile {
        name: keys.need_text("name", problems),
        title: keys.need("title", problems).map_or_else(Title::default, |it| title(&it, problems)),
        params: keys.take("params").map_or_else(BTreeMap::new, |it| params(&it, problems)),
        source: keys.need("source", problems).and_then(|it| source(&it, problems)).unwrap_or_default(),
        target: keys.need("target", problems).and_then(|it| target(&it, problems)).unwrap_or_default(),
        lookups: keys.take("lookups").map_or_else(BTreeMap::new, |it| lookup::lookups(&it, problems)),
        quality: keys.take("quality").map_or_else(Vec::new, |it| condition::quality(&it, problems)),
        delivery: keys.need("delivery", problems).and_then(|it| delivery(&it, problems)).unwrap_or_default(),
        warnings: Vec::new(),
    };
    // For editors.
    keys.text("$schema", problems);
    refused::keys(&mut keys, problems);
    keys.finish(problems);
    Some(flow)
}

pub(super) fn title(node: &Node<'_>, problems: &mut Problems) -> Title {
    if let Value::String(text) = node.value {
        return Title { zh: text.clone(), en: text.clone() };
    }
    let Some(mut keys) = node.object(problems) else { return Title::default() };
    let (zh, en) = (keys.text("zh", problems), keys.text("en", problems));
    keys.finish(problems);
    let one = zh.as_ref().or(en.as_ref()).cloned().unwrap_or_default();
    Title { zh: zh.unwrap_or_else(|| one.clone()), en: en.unwrap_or(one) }
}

fn params(node: &Node<'_>, problems: &mut Problems) -> BTreeMap<String, Value> {
    let Some(keys) = node.object(problems) else { return BTreeMap::new() };
    // A bad one is kept: it is defined, and those who use it are not to blame.
    keys.entries()
        .inspect(|(_, node)| {
            check::parameter(&node.path, node.value, problems);
        })
        .map(|(name, node)| (name.clone(), node.value.clone()))
        .collect()
}

fn source(node: &Node<'_>, problems: &mut Problems) -> Option<SourceSpec> {
    let mut keys = node.object(problems)?;
    let mut source = SourceSpec {
        platform: keys.need_text("platform", problems),
        account: keys.need_text("account", problems),
        api: keys.need_text("api", problems),
        effect: effect(&mut keys, problems),
        method: keys.need_text("method", problems),
        number: keys.need_text("number", problems),
        id: keys.need_text("id", problems),
        name: keys.text("name", problems),
        id_check: keys.take("idCheck").and_then(|it| it.flag(problems)).unwrap_or_default(),
        pagination: Pagination::default(),
        request: field::list(keys.take("request"), problems),
        other_request: field::list(keys.take("otherRequest"), problems),
        full_scan: keys.take("fullScan").and_then(|it| rescan::full_scan(&it, problems)),
        omission_remedy: keys.take("omissionRemedy").and_then(|it| rescan::omission_remedy(&it, problems)),
        format_response: keys.take("formatResponse").map_or_else(Vec::new, |it| format::list(&it, problems)),
        beat_flat: flat::beat_flat(&mut keys, problems),
        condition: keys.take("condition").map_or_else(Vec::new, |it| condition::any_of(&it, problems)),
        group_calculate: keys.take("groupCalculate").and_then(|it| group::group(&it, problems)),
    };
    let given = keys.take("pagination");
    source.pagination = pagination(given, check::page_size_of(&source), problems);
    // `{"method": "none"}` is also printed on query assets, where it means nothing.
    if let Some(node) = keys.take("operation")
        && operation(&node, problems).is_some_and(|it| it.method == Gathering::Batch)
    {
        problems.add(
            "wrong_place",
            &node.path,
            "`operation` gathers documents for a target; remove it from the source",
            "operation 用于目标端的批量写入；请从源端删除",
        );
    }
    // What the answer will look like: it documents, and a disabled condition does nothing.
    for key in ["response", "autoFillResponse", "condition_bk"] {
        keys.take(key);
    }
    refused::keys(&mut keys, problems);
    keys.finish(problems);
    Some(source)
}

fn target(node: &Node<'_>, problems: &mut Problems) -> Option<TargetSpec> {
    let mut keys = node.object(problems)?;
    let target = TargetSpec {
        platform: keys.need_text("platform", problems),
        account: keys.need_text("account", problems),
        api: keys.need_text("api", problems),
        effect: effect(&mut keys, problems),
        method: keys.need_text("method", problems),
        id_check: keys.need("idCheck", problems).and_then(|it| it.flag(problems)).unwrap_or_default(),
        version: keys.text("version", problems),
        request: field::list(keys.need("request", problems), problems),
        other_request: field::list(keys.take("otherRequest"), problems),
        operation: keys.take("operation").and_then(|it| operation(&it, problems)),
        group_calculate: keys.take("groupCalculate").and_then(|it| group::group(&it, problems)),
    };
    // Where records keep their keys in the target's answer: nothing is written back yet.
    for key in ["number", "id", "name", "autoFillResponse"] {
        keys.take(key);
    }
    keys.refuse(
        "response",
        "nothing is written back; a later flow finds the target's records with `lookups`",
        "不支持回写；后续流程可用 lookups 在目标系统中查到这些记录",
        problems,
    );
    refused::keys(&mut keys, problems);
    keys.finish(problems);
    Some(target)
}

/// `effect`, or `type` in older documents (qeasy-metadata 3.1).
fn effect(keys: &mut Keys<'_>, problems: &mut Problems) -> String {
    let (old, new) = (keys.text("type", problems), keys.text("effect", problems));
    match (old, new) {
        (None, None) => keys.need_text("effect", problems),
        (Some(old), Some(new)) if old != new => {
            problems.add(
                "bad_effect",
                &keys.path,
                "`effect` and its older spelling `type` contradict each other; keep `effect`",
                "effect 与其旧写法 type 相互矛盾；请保留 effect",
            );
            new
        }
        (old, new) => new.or(old).unwrap_or_default(),
    }
}

fn pagination(node: Option<Node<'_>>, default: u32, problems: &mut Problems) -> Pagination {
    let mut pagination = Pagination { page_size: default, key: None };
    if let Some(mut keys) = node.and_then(|node| node.object(problems)) {
        if let Some(size) = keys.take("pageSize").and_then(|it| it.count(problems)) {
            pagination.page_size = size;
        }
        pagination.key = keys.text("key", problems);
        keys.finish(problems);
    }
    pagination
}

impl Default for Pagination {
    fn default() -> Self {
        Pagination { page_size: 100, key: None }
    }
}

fn operation(node: &Node<'_>, problems: &mut Problems) -> Option<Operation> {
    let mut keys = node.object(problems)?;
    let rows = keys.take("rows").and_then(|it| it.count(problems)).unwrap_or(1);
    let rows_key = keys.text("rowsKey", problems);
    let method = keys.need_text("method", problems);
    keys.finish(problems);
    let method = match method.as_str() {
        "batchArraySave" => Gathering::Batch,
        "none" => Gathering::None,
        "" => return None,
        unknown => {
            let unknown = shorten(unknown);
            problems.add(
                "bad_operation",
                &format!("{}.method", node.path),
                format!("`{unknown}` is no way of gathering; it is batchArraySave or none"),
                format!("“{unknown}”不是可用的批量方式；只能是 batchArraySave 或 none"),
            );
            return None;
        }
    };
    Some(Operation { rows_key, rows, method })
}

fn delivery(node: &Node<'_>, problems: &mut Problems) -> Option<Delivery> {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let mut keys = node.object(problems)?;
    let expect_every = keys.need("expect_every", problems);
    let delivery = Delivery {
        expect_every: duration::span(expect_every, Duration::ZERO, false, problems),
        look_back: duration::span(keys.take("look_back"), minutes(10), true, problems),
        safety_lag: duration::span(keys.take("safety_lag"), Duration::from_secs(30), true, problems),
        budget: duration::span(keys.take("budget"), Duration::from_secs(20), false, problems),
        request_timeout: duration::span(
            keys.take("request_timeout"),
            Duration::from_secs(30),
            false,
            problems,
        ),
        retries: match keys.take("retries") {
            None => vec![minutes(5), minutes(30), minutes(120)],
            Some(node) => {
                let all = node.list(problems);
                all.into_iter().map(|it| duration::span(Some(it), minutes(5), false, problems)).collect()
            }
        },
    };
    keys.finish(problems);
    Some(delivery)
}
