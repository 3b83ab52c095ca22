//! The variable dialects of the incumbent's newer documents: recognised, and refused with what to write here.
//! Live plans use the dialect that we run; the others would silently be fields that no record has.
//!
//! Sources: qeasy-cloud/datahub, `docs/developer/source-special-operations.md` (camelCase names, pipes with
//! an argument), `docs/guide/source-platform-config.md` (`{{$name}}`, pipes with a colon),
//! `docs/guide/variables-parameters.md` (`${…}`).

use super::Place;
use crate::problem::shorten;

/// Names of other dialects, without `{{ }}`, and ours with them; empty where there is none.
const NAMES: &[(&str, &str)] = &[
    ("lastSyncTime", "{{LAST_SYNC_TIME|datetime}}"),
    ("currentTime", "{{CURRENT_TIME|datetime}}"),
    ("$lastExecuteTime", "{{LAST_SYNC_TIME|datetime}}"),
    ("$now", "{{CURRENT_TIME|datetime}}"),
    ("$datetime", "{{CURRENT_TIME|datetime}}"),
    ("$date", "{{CURRENT_TIME|date}}"),
    ("$timestamp", "{{CURRENT_TIME|timestamp}}"),
    ("$pageNumber", "{{PAGINATION_START_PAGE}}"),
    ("$cursor", ""),
    ("$lastMaxId", ""),
    ("$isFirstRun", ""),
    ("$uuid", ""),
    ("PAGE_NO", "{{PAGINATION_START_PAGE}}"),
    ("PAGE_SIZE", "{{PAGINATION_PAGE_SIZE}}"),
    ("START_TIME", "{{LAST_SYNC_TIME|datetime}}"),
    ("END_TIME", "{{CURRENT_TIME|datetime}}"),
    ("system.currentTime", "{{CURRENT_TIME|datetime}}"),
    ("system.currentDate", "{{CURRENT_TIME|date}}"),
    ("system.timestamp", "{{CURRENT_TIME|timestamp}}"),
    ("now()", "{{CURRENT_TIME|datetime}}"),
    ("today()", "{{CURRENT_TIME|date}}"),
    ("today(-1)", "{{DAYS_AGO_1|date}}"),
    ("last_sync_time", "{{LAST_SYNC_TIME|datetime}}"),
    ("pageNum", "{{PAGINATION_START_PAGE}}"),
];

/// Pipes that take an argument, and what to write instead.
const PIPES: &[(&str, &str)] = &[
    ("datetime", "|datetime"),
    ("date", "|date, |datetime, or _function DATE_FORMAT({{x}}, '%Y-%m-%d')"),
    ("format", "|date, |datetime, or _function DATE_FORMAT({{x}}, '%Y-%m-%d')"),
    ("addDays", "{{DAYS_AGO_n|date}}"),
    ("replace", "_function REPLACE('{{x}}', 'a', 'b')"),
    ("timestamp", "|timestamp"),
];

/// Whether what stands between braces is of another dialect; then that is reported.
pub(super) fn refuses(inner: &str, place: &mut Place<'_>) -> bool {
    let (name, pipes) = match inner.split_once('|') {
        Some((name, pipes)) => (name.trim(), pipes),
        None => (inner.trim(), ""),
    };
    if let Some((_, ours)) = NAMES.iter().find(|(theirs, _)| *theirs == name) {
        report(&format!("{{{{{inner}}}}}"), ours, place);
        return true;
    }
    if name.starts_with('$') {
        report(&format!("{{{{{inner}}}}}"), "{{x}}, {{params.x}} or _function", place);
        return true;
    }
    for (prefix, ours) in [("global.", "params."), ("source.", "")] {
        if let Some(rest) = name.strip_prefix(prefix).filter(|rest| super::reference::is_name(rest)) {
            report(&format!("{{{{{inner}}}}}"), &format!("{{{{{ours}{rest}}}}}"), place);
            return true;
        }
    }
    for pipe in pipes.split('|').map(str::trim) {
        let Some(end) = pipe.find(['(', ':']) else { continue };
        if let Some((_, ours)) = PIPES.iter().find(|(theirs, _)| *theirs == pipe[..end].trim()) {
            report(&format!("|{pipe}"), ours, place);
            return true;
        }
    }
    false
}

/// Reports `${…}`; the text begins behind the `$`.
pub(super) fn refuse_dollar(text: &str, place: &mut Place<'_>) {
    let inner = text.trim_start_matches('{').split('}').next().unwrap_or_default();
    let ours = match NAMES.iter().find(|(theirs, _)| *theirs == inner.trim()) {
        Some((_, ours)) => (*ours).to_owned(),
        None if super::reference::is_name(inner) => {
            let inner = shorten(inner);
            format!("{{{{{inner}}}}} or {{{{params.{inner}}}}}")
        }
        None => "{{x}}, and _function for what is to be computed".to_owned(),
    };
    report(&format!("${{{inner}}}"), &ours, place);
}

fn report(theirs: &str, ours: &str, place: &mut Place<'_>) {
    let theirs = shorten(theirs);
    let (en, zh) = match ours {
        "" => (
            "there is no equivalent: cursor, first run and keys are the engine's own business".to_owned(),
            "此处没有对应写法：游标、首次运行与主键由引擎自行处理".to_owned(),
        ),
        ours => (format!("write {ours}"), format!("请写成 {ours}")),
    };
    place.problem(
        "other_dialect",
        format!("`{theirs}` is of another dialect of this language; {en}"),
        format!("“{theirs}”属于该语言的另一种写法；{zh}"),
    );
}
