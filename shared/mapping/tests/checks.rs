//! Every check has a failing flow file and its exact messages in both languages: `checks/cases.txt`.
//!
//! A case is a title (`##`), perhaps the file that it changes (`@ stockouts`; `checks/base.json` without one),
//! replacements in it (`-` old text, `+` new text; `\n` is a line break), and the problems expected: `= line:column path code` (`~` for a warning, with which the file may
//! run), then English, then Chinese.

use ferry_mapping::{Severity, parse};
use std::fmt::Write;

/// Without any problem, of platforms that differ in what is checked.
const FILES: [(&str, &str); 4] = [
    ("base", include_str!("checks/base.json")),
    ("stockouts", include_str!("checks/stockouts.json")),
    ("returns", include_str!("checks/returns.json")),
    ("orders", include_str!("checks/orders.json")),
];
const CASES: &str = include_str!("checks/cases.txt");

#[test]
fn the_files_that_the_cases_change_are_good() {
    for (name, text) in FILES {
        assert_eq!(parse(text).map(|flow| flow.warnings), Ok(Vec::new()), "{name}");
    }
}

#[test]
fn every_case_has_exactly_its_problems() {
    let mut wrong = String::new();
    let mut codes = std::collections::BTreeSet::new();
    for case in CASES.split("\n## ") {
        let case = case.trim_start_matches("## ").trim_end();
        let mut lines = case.lines().peekable();
        let title = lines.next().unwrap();
        let name = lines.next_if(|line| line.starts_with("@ ")).map_or("base", |line| &line[2..]);
        let base = FILES.iter().find(|(known, _)| *known == name).expect(title).1;
        let mut file = base.to_owned();
        let mut changes = if name == "base" { String::new() } else { format!("@ {name}\n") };
        while let Some(old) = lines.next_if(|line| line.starts_with("- ")).map(|line| &line[2..]) {
            let new = lines.next().and_then(|line| line.strip_prefix('+')).expect(title);
            let new = new.strip_prefix(' ').unwrap_or(new);
            assert_eq!(base.matches(old).count(), 1, "{title}: the old text stands exactly once");
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
