//! Checks of what is done to records before the mapping: `formatResponse`, `beatFlat`, `condition`,
//! `groupCalculate`, `quality`.

use super::{parameter_of, unknown_field};
use crate::compile::{Mapping, Node};
use crate::flow::{Condition, FlowFile, GroupCalculate, SourceSpec};
use crate::language::reference::Source;
use crate::problem::{Problems, shorten, suggestion};
use crate::rows::Shaping;
use std::collections::BTreeSet;

pub(super) fn flow(flow: &FlowFile, mapping: &Mapping, used: &mut BTreeSet<String>, problems: &mut Problems) {
    let shaping = Shaping::compile_into(flow, problems);
    shaping.each_reference(&mut |path, reference| {
        parameter_of(flow, &format!("{path}.value"), reference, used, problems);
    });
    among_the_fields(&flow.source, problems);
    made_twice(&flow.source, problems);
    match flow.group_calculate() {
        Some((path, group)) => grouped(flow, path, group, mapping, problems),
        None => flattened(flow, &shaping, mapping, problems),
    }
}

/// What is a key of `source`, and no parameter of its request.
pub(super) const CONSTRUCTS: [&str; 5] =
    ["beatFlat", "condition", "formatResponse", "groupCalculate", "omissionRemedy"];

/// The incumbent's newer pages put some constructs into `otherRequestParams`: as a parameter each would go to
/// the source and do nothing.
fn among_the_fields(source: &SourceSpec, problems: &mut Problems) {
    let fields = [("source.request", &source.request), ("source.otherRequest", &source.other_request)];
    for (list, fields) in fields {
        for (index, field) in fields.iter().enumerate() {
            if let Some(name) = CONSTRUCTS.iter().find(|name| **name == field.field) {
                problems.add(
                    "wrong_place",
                    &format!("{list}[{index}]"),
                    format!("`{name}` is no parameter of the request; write it beside `request`, as a key of `source`"),
                    format!("“{name}”不是请求参数；请与 request 并列，写成 source 的键"),
                );
            }
        }
    }
}

/// Two formatted fields of one name in one place.
fn made_twice(source: &SourceSpec, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for rule in &source.format_response {
        let place = rule.old.rsplit_once('.').map_or("", |(place, _)| place);
        if !seen.insert((place, rule.new.as_str())) {
            let name = shorten(&rule.new);
            problems.add(
                "duplicate_field",
                &format!("{}.new", rule.path),
                format!("the field `{name}` is made twice; give one of them another name"),
                format!("字段“{name}”生成了两次；请为其中一个另起名称"),
            );
        }
    }
}

/// What the mapping reads of a list that is flat by then.
fn flattened(flow: &FlowFile, shaping: &Shaping, mapping: &Mapping, problems: &mut Problems) {
    let Some(flat) = &flow.source.beat_flat else { return };
    let list = &flat.lists[0];
    mapping.each_reference(&mut |entry, reference| {
        // A row's field is told by its array.
        if matches!(reference.source, Source::Row { .. }) {
            return;
        }
        let Some(name) = reference.record_name() else { return };
        let path = format!("{}.value", entry.json_path);
        let shown = shorten(name);
        if matches!(entry.node, Node::Array { .. }) && (name == list || shaping.flat_name(name).is_some()) {
            problems.add(
                "flattened_list",
                &path,
                format!(
                    "`{shown}` is flattened by `beatFlat`: there is one record per row and no list left to walk. \
                     Remove it from `beatFlat`, or write \"value\": \"1\" and refer to {{{{{list}_…}}}}"
                ),
                format!(
                    "“{shown}”已被 beatFlat 拍扁：每行一条记录，已没有可遍历的列表。\
                     请从 beatFlat 中去掉它，或写 \"value\": \"1\" 并引用 {{{{{list}_…}}}}"
                ),
            );
        } else if let Some(flat) = shaping.flat_name(name) {
            let flat = shorten(&flat);
            problems.add(
                "flattened_list",
                &path,
                format!("`{shown}` is flattened by `beatFlat`; write {{{{{flat}}}}}"),
                format!("“{shown}”已被 beatFlat 拍扁；请写成 {{{{{flat}}}}}"),
            );
        }
    });
}

/// What the mapping and the rules of quality read of documents that `groupCalculate` makes.
fn grouped(flow: &FlowFile, path: &str, group: &GroupCalculate, mapping: &Mapping, problems: &mut Problems) {
    if flow.source.group_calculate.is_some() && flow.target.group_calculate.is_some() {
        problems.add(
            "wrong_place",
            "target.groupCalculate",
            "`groupCalculate` stands in the source and in the target; keep one",
            "source 与 target 中都有 groupCalculate；请只保留一个",
        );
    }
    if let Some(name) = &group.target_body_name {
        let names: Vec<&str> = mapping.names().collect();
        if !names.contains(&name.as_str()) {
            let (en, zh) = suggestion(name, names);
            let name = shorten(name);
            problems.add(
                "unknown_field",
                &format!("{path}.targetBodyName"),
                format!("`{name}` is not among the mapped fields{en}"),
                format!("“{name}”不在已映射的字段之中{zh}"),
            );
        }
    }
    let mut known: Vec<String> = group.header_group.clone();
    known.push(group.body_name.clone());
    let of_rows = group.body_group.iter().chain(group.calculate.iter().map(|(name, _)| name));
    known.extend(of_rows.map(|name| format!("{}.{name}", group.body_name)));
    let lost = |name: &str| {
        known.iter().all(|known| {
            let into = name.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('.'));
            name != known && (!into || *known == group.body_name)
        })
    };
    let mut tell = |path: &str, name: &str| {
        let (en, zh) = suggestion(name, known.iter().map(String::as_str));
        let name = shorten(name);
        problems.add(
            "lost_field",
            path,
            format!(
                "`{name}` is neither grouped nor calculated, so groupCalculate leaves none{en}; add it to \
                 `headerGroup` or `bodyGroup`, or keep one of its values with \"$first\" in `calculate`"
            ),
            format!(
                "“{name}”既未参与分组也未聚合，groupCalculate 之后不再存在{zh}；请加入 headerGroup 或 bodyGroup，\
                 或在 calculate 中用 \"$first\" 保留一个值"
            ),
        );
    };
    mapping.each_reference(&mut |entry, reference| {
        if let Some(name) = reference.record_name().filter(|name| lost(name)) {
            tell(&format!("{}.value", entry.json_path), name);
        }
    });
    for rule in &flow.quality {
        if lost(&rule.condition.field) {
            tell(&format!("{}.field", rule.condition.path), &rule.condition.field);
        }
    }
}

/// For a source whose fields are known: what is read must be among them, or be made of them.
pub(super) fn provided(flow: &FlowFile, names: &[&str], mapping: &Mapping, problems: &mut Problems) {
    let source = &flow.source;
    let mut known: Vec<&str> = names.to_vec();
    let has = |known: &[&str], name: &str| {
        let first = name.split('.').next().unwrap_or_default();
        known.contains(&name) || known.contains(&first)
    };
    for rule in &source.format_response {
        if !has(&known, &rule.old) {
            unknown_field(&format!("{}.old", rule.path), &rule.old, &known, problems);
        }
        known.push(&rule.new);
    }
    let list = source.beat_flat.as_ref().map(|flat| flat.lists[0].as_str());
    if let Some(list) = list.filter(|list| !known.contains(list)) {
        unknown_field("source.beatFlat[0]", list, &known, problems);
    }
    let of_row =
        |name: &str| list.and_then(|list| name.strip_prefix(list)).is_some_and(|rest| rest.starts_with('_'));
    let judge = |condition: &Condition, problems: &mut Problems| {
        let name = &condition.field;
        if !has(&known, name) && !of_row(name) {
            unknown_field(&format!("{}.field", condition.path), name, &known, problems);
        }
    };
    source.condition.iter().flatten().for_each(|condition| judge(condition, problems));
    let Some((path, group)) = flow.group_calculate() else {
        flow.quality.iter().for_each(|rule| judge(&rule.condition, problems));
        mapping.each_reference(&mut |entry, reference| {
            let Some(name) = reference.record_name() else { return };
            // What leads into the flattened list is told by `flattened`.
            let into =
                list.and_then(|list| name.strip_prefix(list)).is_some_and(|rest| rest.starts_with('.'));
            if !known.contains(&name) && !of_row(name) && !into {
                unknown_field(&format!("{}.value", entry.json_path), name, &known, problems);
            }
        });
        return;
    };
    let lists = [("headerGroup", &group.header_group), ("bodyGroup", &group.body_group)];
    for (key, fields) in lists {
        for (index, name) in fields.iter().enumerate().filter(|(_, name)| !has(&known, name) && !of_row(name))
        {
            unknown_field(&format!("{path}.{key}[{index}]"), name, &known, problems);
        }
    }
    for (name, _) in group.calculate.iter().filter(|(name, _)| !has(&known, name) && !of_row(name)) {
        unknown_field(&format!("{path}.calculate.{name}"), name, &known, problems);
    }
}
