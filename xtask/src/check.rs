//! `cargo xtask check`: every problem of a flow file at once, like a compiler.
//!
//! A file is held against four things: the language (`ferry_mapping::parse`), the repository it stands in
//! ([`around`]: its folder and the [`schedule`] in `spin.toml`), and what the engine asks for before it
//! runs a flow ([`engine`]). [`mod@print`] writes the findings for people, [`excerpt`] the line with its caret;
//! `--json` writes one document for programs.
//!
//! Exit codes: 0 good; 1 problems, warnings among them unless they are allowed by their code; 2 something
//! could not be checked.

pub mod around;
pub mod engine;
pub mod excerpt;
pub mod print;
pub mod schedule;

use crate::flow_file::{self, Unreadable};
use crate::lang::Lang;
use crate::{Result, show};
use around::Around;
use ferry_mapping::{Problem, Severity};
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Paths, or names of flows; every flow of the repository if empty.
    pub files: Vec<String>,
    /// The language of the messages.
    pub lang: Lang,
    /// One JSON document instead of text.
    pub json: bool,
    /// Codes of warnings that are not to be told: what they warn of is meant.
    pub allow: Vec<String>,
}

/// A flow file, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The file.
    pub path: PathBuf,
    /// Its text, without a byte order mark; empty if it could not be read.
    pub text: String,
    /// In the order of the file.
    pub problems: Vec<Problem>,
    /// Why it could not be checked, or not wholly.
    pub unreadable: Option<Unreadable>,
}

/// Checks the files and prints what was found; the exit code.
///
/// # Errors
/// When the repository's own folders cannot be read.
pub fn run(options: &Options) -> Result<u8> {
    let files: Vec<PathBuf> = match options.files.as_slice() {
        [] => flow_file::all()?,
        some => some.iter().map(|text| flow_file::named(text)).collect(),
    };
    let all: Vec<Checked> = files.iter().map(|path| check(path, &options.allow)).collect();
    if options.json {
        show::print(&format!("{:#}\n", print::json(&all)));
    } else {
        print::text(&all, options.lang);
    }
    Ok(if all.iter().any(|file| file.unreadable.is_some()) {
        2
    } else {
        u8::from(all.iter().any(|file| !file.problems.is_empty()))
    })
}

/// Checks one file.
pub fn check(path: &Path, allow: &[String]) -> Checked {
    let mut checked =
        Checked { path: path.to_owned(), text: String::new(), problems: Vec::new(), unreadable: None };
    match std::fs::read(path) {
        Err(error) => checked.unreadable = Some(Unreadable::new(path, &error)),
        Ok(bytes) => match String::from_utf8(bytes) {
            Err(error) => not_utf8(&error, &mut checked),
            Ok(text) => {
                checked.text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
                judge(&mut checked, allow);
            }
        },
    }
    checked
}

fn judge(checked: &mut Checked, allow: &[String]) {
    let mut beyond = Vec::new();
    match ferry_mapping::parse(&checked.text) {
        Ok(flow) => {
            beyond.extend(engine::refusals(&flow));
            checked.problems = flow.warnings;
        }
        Err(problems) => checked.problems = problems,
    }
    // What is no JSON object says nothing about its surroundings.
    let Ok(document) = serde_json::from_str::<serde_json::Map<_, _>>(&checked.text) else { return };
    match Around::of(&checked.path) {
        Ok(Some(around)) => beyond.extend(around.problems(&document)),
        Ok(None) => {}
        Err(unreadable) => checked.unreadable = Some(unreadable),
    }
    ferry_mapping::locate(&checked.text, &mut beyond);
    checked.problems.extend(beyond);
    let meant = |problem: &Problem| {
        problem.severity == Severity::Warning && allow.iter().any(|it| it == problem.code)
    };
    checked.problems.retain(|problem| !meant(problem));
    checked.problems.sort_by_key(|problem| (problem.line, problem.column));
}

/// Chinese text saved in an older encoding is the usual cause.
fn not_utf8(error: &std::string::FromUtf8Error, checked: &mut Checked) {
    let (good, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
    let before = String::from_utf8_lossy(good);
    let line = before.rsplit('\n').next().unwrap_or_default();
    checked.problems.push(Problem {
        code: "not_utf8",
        severity: Severity::Error,
        path: String::new(),
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
        en: "this is not UTF-8, the encoding of JSON; save the file as UTF-8 (in an editor that shows its \
             Chinese text correctly)"
            .to_owned(),
        zh: "文件不是 UTF-8 编码（JSON 要求 UTF-8）；请用能正确显示其中文的编辑器另存为 UTF-8".to_owned(),
    });
}
