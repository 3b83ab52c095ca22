//! Checks of `lookups`: what each names must exist.

use super::{known_platform, parameter_of};
use crate::flow::FlowFile;
use crate::language::reference::no_record_here;
use crate::language::{Place, Program};
use crate::problem::{Problems, shorten};
use std::collections::BTreeSet;

pub(super) fn flow(flow: &FlowFile, used: &mut BTreeSet<String>, problems: &mut Problems) {
    for (name, lookup) in &flow.lookups {
        let path = format!("lookups.{name}");
        known_platform(&lookup.platform, &format!("{path}.platform"), problems);
        if lookup.platform == "galaxy" {
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
