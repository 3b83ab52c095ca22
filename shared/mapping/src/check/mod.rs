//! Judging a flow file that could be read: what fits together, and what cannot work.

mod bills;
mod galaxy;
mod interface;
mod lookups;
mod mysql;
mod platform;
mod rows;

use crate::Value;
use crate::compile::Mapping;
use crate::flow::{Crontab, Field, FlowFile, SourceSpec};
use crate::language::Reference;
use crate::language::reference::{is_name, no_record_here};
use crate::problem::{Problems, shorten, suggestion};
use std::collections::BTreeSet;

pub(crate) use platform::PLATFORMS;

/// HTTP verbs, and what a database takes.
pub(crate) const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "SQL"];

/// The page size where the file gives none: the interface's maximum, else 100.
pub(crate) fn page_size_of(source: &SourceSpec) -> u32 {
    platform::largest_page(&source.platform, &source.api).unwrap_or(100)
}

/// Whether a parameter has a usable name and value.
pub(crate) fn parameter(path: &str, value: &Value, problems: &mut Problems) -> bool {
    let name = path.strip_prefix("params.").unwrap_or(path);
    if !is_name(name) || name.contains('.') {
        let name = shorten(name);
        problems.add(
            "bad_param",
            path,
            format!("`{name}` cannot be referred to; use letters, digits and `_`"),
            format!("“{name}”无法被引用；请只用字母、数字和下划线"),
        );
        return false;
    }
    let scalar = matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    if !scalar {
        problems.add(
            "bad_param",
            path,
            "a parameter is a text, a number or a boolean",
            "参数只能是文本、数字或布尔值",
        );
    }
    scalar
}

/// Checks the whole file. Empty texts stand for keys whose absence has been reported.
pub(crate) fn flow(flow: &FlowFile, problems: &mut Problems) {
    let (source, target) = (&flow.source, &flow.target);
    name(&flow.name, problems);
    endpoint("source", &source.platform, &source.effect, "QUERY", &source.method, problems);
    endpoint("target", &target.platform, &target.effect, "EXECUTE", &target.method, problems);
    page_size(source, problems);

    let mapping = Mapping::compile_into(&target.request, "target.request", problems);
    let mut requests =
        vec![(&source.other_request, "source.otherRequest"), (&target.other_request, "target.otherRequest")];
    if let Some(scan) = &source.full_scan {
        rescan(source, "source.fullScan", &scan.crontab, &scan.take_over_request, problems);
        requests.push((&scan.take_over_request, "source.fullScan.takeOverRequest"));
    }
    if let Some(remedy) = &source.omission_remedy {
        rescan(source, "source.omissionRemedy", &remedy.crontab, &remedy.take_over_request, problems);
        requests.push((&remedy.take_over_request, "source.omissionRemedy.takeOverRequest"));
    }
    if source.platform == "galaxy" {
        repeated_answer_fields(&source.request, problems);
        galaxy::source(flow, &mapping, problems);
    } else {
        requests.push((&source.request, "source.request"));
        interface::source(flow, &mapping, problems);
    }
    let mut used = BTreeSet::new();
    parameters_of(flow, &mapping, &mut used, problems);
    for (fields, path) in requests {
        let request = Mapping::compile_into(fields, path, problems);
        parameters_of(flow, &request, &mut used, problems);
        request.each_reference(&mut |entry, reference| {
            if let Some(name) = reference.record_name() {
                let (en, zh) = no_record_here(name);
                problems.add("unknown_reference", &format!("{}.value", entry.json_path), en, zh);
            }
        });
        request.each_lookup(&mut |entry, _| {
            problems.add(
                "wrong_place",
                &format!("{}.value", entry.json_path),
                "a request looks nothing up, since it is made before there is a record; `_findCollection` stands \
                 in target.request",
                "请求先于记录生成，不能联查；_findCollection 请写在 target.request 中",
            );
        });
    }
    rows::flow(flow, &mapping, &mut used, problems);
    lookups::flow(flow, &mut used, problems);
    lookups::uses(flow, &mapping, problems);
    for name in flow.params.keys().filter(|name| !used.contains(*name) && !mentioned(flow, name)) {
        let name = shorten(name);
        problems.add(
            "unused_param",
            &format!("params.{name}"),
            format!("the parameter is used nowhere; use it as {{{{params.{name}}}}} or remove it"),
            format!("该参数未被使用；请用 {{{{params.{name}}}}} 引用，或删除"),
        );
    }
    match target.platform.as_str() {
        "mysql" => mysql::target(flow, &mapping, problems),
        "galaxy" => bills::target(flow, &mapping, problems),
        _ => {}
    }
    version(flow, &mapping, problems);
}

/// Whether a value that could not be compiled, or a half that could not be read, may use a parameter.
fn mentioned(flow: &FlowFile, name: &str) -> bool {
    fn any(fields: &[Field], mention: &str) -> bool {
        fields.iter().any(|field| {
            field.value.as_deref().is_some_and(|value| value.contains(mention))
                || any(&field.children, mention)
        })
    }
    let (source, target) = (&flow.source, &flow.target);
    let scan = source.full_scan.as_ref().map_or(&[][..], |scan| &scan.take_over_request);
    let remedy = source.omission_remedy.as_ref().map_or(&[][..], |remedy| &remedy.take_over_request);
    let mention = format!("params.{name}");
    let all =
        [&source.request[..], &source.other_request, scan, remedy, &target.request, &target.other_request];
    let rules = flow.quality.iter().map(|rule| &rule.condition);
    let compared = source.condition.iter().flatten().chain(rules).map(|condition| &condition.value);
    let mut strings = compared.chain(flow.lookups.values().map(|lookup| &lookup.filter)).flatten();
    source.platform.is_empty()
        || target.platform.is_empty()
        || all.iter().any(|fields| any(fields, &mention))
        || strings.any(|text| text.contains(&mention))
}

fn name(name: &str, problems: &mut Problems) {
    let fits = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits || name.len() > 64 || name.starts_with('-') {
        problems.add(
            "bad_name",
            "name",
            "a flow's name is part of routes and storage keys: at most 64 lower-case letters, digits and \
             hyphens",
            "流程名用于路由和存储键：最多 64 个小写字母、数字和连字符",
        );
    }
}

fn known_platform(platform: &str, path: &str, problems: &mut Problems) {
    if !platform.is_empty() && !PLATFORMS.contains(&platform) {
        let (en, zh) = suggestion(platform, PLATFORMS);
        let (name, known) = (shorten(platform), PLATFORMS.join(", "));
        problems.add(
            "unknown_platform",
            path,
            format!("there is no platform `{name}`{en}; the platforms are {known}"),
            format!("没有名为“{name}”的平台{zh}；可用的平台：{known}"),
        );
    }
}

fn endpoint(side: &str, platform: &str, effect: &str, wanted: &str, method: &str, problems: &mut Problems) {
    known_platform(platform, &format!("{side}.platform"), problems);
    if !effect.is_empty() && effect != wanted {
        let effect = shorten(effect);
        problems.add(
            "bad_effect",
            &format!("{side}.effect"),
            format!("the effect of a {side} is {wanted}, not `{effect}`"),
            format!("{side} 的 effect 应为 {wanted}，而不是“{effect}”"),
        );
    }
    if !method.is_empty() && !METHODS.contains(&method) {
        let (method, known) = (shorten(method), METHODS.join(", "));
        problems.add(
            "bad_method",
            &format!("{side}.method"),
            format!("`{method}` is no method; it is one of {known}"),
            format!("“{method}”不是可用的 method；只能是 {known}"),
        );
    }
}

fn page_size(source: &SourceSpec, problems: &mut Problems) {
    let size = source.pagination.page_size;
    if let Some(most) = platform::largest_page(&source.platform, &source.api)
        && size > most
    {
        let api = &source.api;
        problems.add(
            "page_too_large",
            "source.pagination.pageSize",
            format!("{api} gives at most {most} rows a page, not {size}; set {most} or less"),
            format!("{api} 每页最多 {most} 行，而不是 {size}；请改为不超过 {most}"),
        );
    }
}

/// A scan on a schedule of its own, which takes over some fields of the request.
fn rescan(source: &SourceSpec, path: &str, crontab: &str, take_over: &[Field], problems: &mut Problems) {
    if !crontab.is_empty()
        && let Err(problem) = Crontab::parse(crontab)
    {
        problems.add(problem.code, &format!("{path}.crontab"), problem.en, problem.zh);
    }
    let known = || source.request.iter().chain(&source.other_request).map(|it| it.field.as_str());
    for (index, field) in take_over.iter().enumerate() {
        if known().all(|name| name != field.field) {
            let (en, zh) = suggestion(&field.field, known());
            let name = shorten(&field.field);
            problems.add(
                "unknown_field",
                &format!("{path}.takeOverRequest[{index}].field"),
                format!("the request has no field `{name}` to take over{en}"),
                format!("请求中没有可替换的字段“{name}”{zh}"),
            );
        }
    }
}

/// Galaxy's answer fields are no values, so the mapping compiler does not see them.
fn repeated_answer_fields(fields: &[Field], problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (index, field) in fields.iter().enumerate() {
        if !seen.insert(field.field.as_str()) {
            let name = shorten(&field.field);
            problems.add(
                "duplicate_field",
                &format!("source.request[{index}].field"),
                format!("the field `{name}` stands twice in this list; keep one"),
                format!("字段“{name}”在此列表中出现了两次；请只保留一个"),
            );
        }
    }
}

fn parameters_of(flow: &FlowFile, mapping: &Mapping, used: &mut BTreeSet<String>, problems: &mut Problems) {
    mapping.each_reference(&mut |entry, reference| {
        parameter_of(flow, &format!("{}.value", entry.json_path), reference, used, problems);
    });
}

/// Notes the parameter that a reference leads to, if it leads to one.
fn parameter_of(
    flow: &FlowFile,
    path: &str,
    reference: &Reference,
    used: &mut BTreeSet<String>,
    problems: &mut Problems,
) {
    let Some(name) = reference.parameter() else { return };
    if !flow.params.contains_key(name) {
        let (en, zh) = suggestion(name, flow.params.keys().map(String::as_str));
        let name = shorten(name);
        problems.add(
            "unknown_param",
            path,
            format!("there is no parameter `{name}` in `params`{en}"),
            format!("params 中没有名为“{name}”的参数{zh}"),
        );
    }
    used.insert(name.to_owned());
}

fn version(flow: &FlowFile, mapping: &Mapping, problems: &mut Problems) {
    let Some(version) = flow.target.version.as_deref() else { return };
    let fields = match flow.target.platform.as_str() {
        "mysql" => mapping.object("main_params"),
        known if PLATFORMS.contains(&known) => Some(mapping),
        _ => return,
    };
    let Some(fields) = fields else { return };
    let names: Vec<&str> = fields.names().collect();
    if !names.contains(&version) {
        let (en, zh) = suggestion(version, names);
        let version = shorten(version);
        problems.add(
            "unknown_field",
            "target.version",
            format!("`{version}` is not among the mapped fields{en}"),
            format!("“{version}”不在已映射的字段之中{zh}"),
        );
    }
}

/// A name that the source's answer does not have.
fn unknown_field(path: &str, name: &str, known: &[&str], problems: &mut Problems) {
    let (en, zh) = suggestion(name, known.iter().copied());
    let name = shorten(name);
    problems.add(
        "unknown_field",
        path,
        format!("the source does not provide `{name}`{en}; what is to be used must be in source.request"),
        format!("源数据没有提供“{name}”{zh}；要使用的字段须列在 source.request 中"),
    );
}
