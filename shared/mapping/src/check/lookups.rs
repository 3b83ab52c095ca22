//! Checks of `lookups`: what each names must exist.

use super::platform::{LOOKED_UP, PLATFORMS};
use super::{known_platform, parameter_of};
use crate::compile::Mapping;
use crate::flow::FlowFile;
use crate::language::reference::no_record_here;
use crate::language::{Place, Program};
use crate::problem::{Problems, shorten, suggestion};
use std::collections::BTreeSet;

/// Every `_findCollection` of the mapping must name a lookup, and compare its keys.
pub(super) fn uses(flow: &FlowFile, mapping: &Mapping, problems: &mut Problems) {
    let mut used = BTreeSet::new();
    mapping.each_lookup(&mut |entry, lookup| {
        let path = format!("{}.value", entry.json_path);
        let Some(spec) = flow.lookups.get(&lookup.from) else {
            let (en, zh) = suggestion(&lookup.from, flow.lookups.keys().map(String::as_str));
            let from = shorten(&lookup.from);
            problems.add(
                "unknown_lookup",
                &path,
                format!(
                    "there is no lookup `{from}` in `lookups`{en}; what it reads (platform, account, api, key, \
                     on_miss) is described there, in place of the id of another plan"
                ),
                format!(
                    "lookups 中没有名为“{from}”的查找{zh}；请在其中写明要读取的接口（platform、account、api、key、\
                     on_miss），以代替其他方案的 ID"
                ),
            );
            return;
        };
        used.insert(lookup.from.as_str());
        for (name, _) in lookup.conditions.iter().filter(|(name, _)| !spec.key.contains(name)) {
            let (en, zh) = suggestion(name, spec.key.iter().map(String::as_str));
            let (from, name) = (shorten(&lookup.from), shorten(name));
            problems.add(
                "unknown_key_field",
                &path,
                format!("`{name}` is not among the keys of the lookup `{from}`{en}; add it to `lookups.{from}.key`"),
                format!("“{name}”不在查找“{from}”的键之中{zh}；请加入 lookups.{from}.key"),
            );
        }
    });
    for name in flow.lookups.keys().filter(|name| !used.contains(name.as_str())) {
        let name = shorten(name);
        problems.warn(
            "unused_lookup",
            &format!("lookups.{name}"),
            format!("no field uses this lookup; write `_findCollection find … from {name} where …`"),
            format!("没有字段使用此查找；写法为 _findCollection find … from {name} where …"),
        );
    }
}

pub(super) fn flow(flow: &FlowFile, used: &mut BTreeSet<String>, problems: &mut Problems) {
    for (name, lookup) in &flow.lookups {
        let path = format!("lookups.{name}");
        known_platform(&lookup.platform, &format!("{path}.platform"), problems);
        if PLATFORMS.contains(&lookup.platform.as_str()) && lookup.platform != LOOKED_UP {
            let platform = &lookup.platform;
            problems.add(
                "not_supported",
                &format!("{path}.platform"),
                format!(
                    "records of {platform} cannot be looked up, only those of {LOOKED_UP}; translate the value with \
                     a value table (`mapping`)"
                ),
                format!("不能在 {platform} 中查找，目前只支持 {LOOKED_UP}；请用值对照表（mapping）转换"),
            );
        }
        if lookup.platform == LOOKED_UP {
            if lookup.api != "executeBillQuery" && !lookup.api.is_empty() {
                let api = shorten(&lookup.api);
                problems.add(
                    "unknown_api",
                    &format!("{path}.api"),
                    format!("Galaxy is read with executeBillQuery, not `{api}`"),
                    format!("金蝶云星空用 executeBillQuery 读取，而不是“{api}”"),
                );
            }
            if lookup.form_id.as_deref().is_none_or(str::is_empty) {
                problems.add(
                    "missing_key",
                    &format!("{path}.formId"),
                    "the key `formId` is missing: which kind of bill to look things up in",
                    "缺少“formId”：要在哪种单据中查找",
                );
            }
        }
        if let Some(filter) = &lookup.filter {
            let path = format!("{path}.filter");
            let nowhere = BTreeSet::new();
            let mut place = Place { path: &path, lists: &[], all_lists: &nowhere, problems };
            let Some(program) = Program::compile(filter, &mut place) else { continue };
            if filter.contains("_findCollection") {
                place.problem(
                    "wrong_place",
                    "the filter of a lookup looks nothing up itself; write the condition in the platform's own \
                     filter language",
                    "lookup 的过滤条件中不能再联查；请用该平台自身的过滤语法书写",
                );
            }
            program.each_reference(&mut |reference| {
                parameter_of(flow, &path, reference, used, problems);
                if let Some(name) = reference.record_name() {
                    let (en, zh) = no_record_here(name);
                    problems.add("unknown_reference", &path, en, zh);
                }
            });
        }
    }
}
