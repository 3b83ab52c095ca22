//! Every check has a failing flow file and its exact messages in both languages: `checks/cases.txt`.
//!
//! A case is a title (`##`), replacements in `checks/base.json` (`-` old text, `+` new text; `\n` is a line
//! break), and the problems expected: `= line:column path code` (`~` for a warning, with which the file may
//! run), then English, then Chinese.

use ferry_mapping::{Severity, parse};
use std::fmt::Write;

const BASE: &str = include_str!("checks/base.json");
const CASES: &str = include_str!("checks/cases.txt");

#[test]
fn the_file_that_the_cases_change_is_good() {
    assert_eq!(parse(BASE).map(|flow| flow.name).as_deref(), Ok("materials"));
}

#[test]
fn every_case_has_exactly_its_problems() {
    let mut wrong = String::new();
    let mut codes = std::collections::BTreeSet::new();
    for case in CASES.split("\n## ") {
        let case = case.trim_start_matches("## ").trim_end();
        let mut lines = case.lines().peekable();
        let title = lines.next().unwrap();
        let (mut file, mut changes) = (BASE.to_owned(), String::new());
        while let Some(old) = lines.next_if(|line| line.starts_with("- ")).map(|line| &line[2..]) {
            let new = lines.next().and_then(|line| line.strip_prefix('+')).expect(title);
            let new = new.strip_prefix(' ').unwrap_or(new);
            assert_eq!(BASE.matches(old).count(), 1, "{title}: the old text stands exactly once");
            file = file.replace(old, &new.replace("\\n", "\n"));
            writeln!(changes, "- {old}\n+ {new}").unwrap();
        }
        let expected: String = lines.flat_map(|line| [line, "\n"]).collect();
        let mut found = String::new();
        for problem in parse(&file).map_or_else(|problems| problems, |flow| flow.warnings) {
            let (line, column) = (problem.line, problem.column);
            let path = if problem.path.is_empty() { "." } else { &problem.path };
            let mark = if problem.severity == Severity::Warning { "~" } else { "=" };
            writeln!(found, "{mark} {line}:{column} {path} {}", problem.code).unwrap();
            writeln!(found, "  {}\n  {}", problem.en, problem.zh).unwrap();
            codes.insert(problem.code);
        }
        if found != expected {
            writeln!(wrong, "## {title}\n{changes}{found}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "cases that came out differently:\n{wrong}");
    assert!(codes.len() > 40, "the cases cover the checks: {codes:?}");
}
