//! What was found, for people and for programs.

use super::Checked;
use super::excerpt::excerpt;
use crate::flow_file::shown;
use crate::lang::Lang;
use crate::show;
use ferry_mapping::{Problem, Severity};
use serde_json::{Value, json};
use std::path::Path;

/// Prints the problems on stdout, and on stderr what could not be checked.
pub fn text(all: &[Checked], lang: Lang) {
    for file in all {
        show::print(&problems(&file.path, &file.text, &file.problems, lang));
        if let Some(unreadable) = &file.unreadable {
            for line in lang.choose(&unreadable.en, &unreadable.zh) {
                eprintln!("{line}");
            }
        } else if file.problems.is_empty() {
            show::print(&format!("{}: {}\n", shown(&file.path), words(lang, "good", "通过")));
        }
    }
    let found: usize = all.iter().map(|file| file.problems.len()).sum();
    if found > 0 {
        let files = all.iter().filter(|file| !file.problems.is_empty()).count();
        for line in lang.choose(
            format!("{found} problem(s) in {files} of {} file(s)", all.len()),
            format!("{} 个文件中有 {files} 个存在问题，共 {found} 处", all.len()),
        ) {
            show::print(&format!("{line}\n"));
        }
    }
}

/// Problems like a compiler's: file, line and column, JSON path and code; the messages; the line.
pub fn problems(path: &Path, text: &str, problems: &[Problem], lang: Lang) -> String {
    let mut out = String::new();
    for problem in problems {
        let Problem { code, severity, path: json_path, line, column, en, zh } = problem;
        // In one language: tools know these two words.
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        out += &shown(path);
        if *line > 0 {
            out += &format!(":{line}:{column}");
        }
        let json_path =
            if json_path.is_empty() { words(lang, "flow file", "流程文件") } else { json_path.clone() };
        out += &format!(": {severity}: {json_path} [{code}]\n");
        for message in lang.choose(en, zh) {
            out += &format!("  {message}\n");
        }
        if let Some(excerpt) = excerpt(text, *line, *column, show::width().into()) {
            out += &format!("{excerpt}\n");
        }
        out += "\n";
    }
    out
}

/// A word or two in one line.
fn words(lang: Lang, en: &str, zh: &str) -> String {
    lang.choose(en, zh).collect::<Vec<_>>().join(" ")
}

/// `{"good", "files": [{"file", "problems": [{"code", "severity", "path", "line", "column", "en", "zh"}], "error"}]}`;
/// `error` (`code`, `en`, `zh`) says why a file could not be checked, and is null where it was.
pub fn json(all: &[Checked]) -> Value {
    let files: Vec<Value> = all
        .iter()
        .map(|file| {
            let error = file.unreadable.as_ref();
            json!({
                "file": shown(&file.path),
                "problems": file.problems,
                "error": error.map(|it| json!({"code": "unreadable", "en": it.en, "zh": it.zh})),
            })
        })
        .collect();
    let good = all.iter().all(|file| file.problems.is_empty() && file.unreadable.is_none());
    json!({"good": good, "files": files})
}
