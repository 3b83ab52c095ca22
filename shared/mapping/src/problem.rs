//! What is wrong with a flow file: as data, in two languages, with its place in the text.

use serde::Serialize;
use std::fmt;

/// How bad a problem is. As JSON `error` or `warning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The flow does not run.
    Error,
    /// The flow runs; what may come of it is said.
    Warning,
}

/// One thing that is wrong with a flow file.
///
/// `code` is stable and meant for programs; `path` is the JSON path (`target.request[3].value`); `line`
/// and `column` count from 1 in characters and are 0 where there is no text (fields compiled from
/// memory, overridden parameters). `en` and `zh` say what is wrong and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable name of the kind of problem, such as `unknown_key`.
    pub code: &'static str,
    /// JSON path from the root of the flow file; empty for the file as a whole.
    pub path: String,
    /// Whether the flow cannot run, or may run and should be looked at.
    pub severity: Severity,
    /// Line, from 1; 0 when unknown.
    pub line: usize,
    /// Column in characters, from 1; 0 when unknown.
    pub column: usize,
    /// The message in English.
    pub en: String,
    /// The message in Chinese.
    pub zh: String,
}

impl Problem {
    /// An error whose place in the text is not known.
    pub fn new(code: &'static str, path: impl Into<String>, en: String, zh: String) -> Problem {
        Problem { code, severity: Severity::Error, path: path.into(), line: 0, column: 0, en, zh }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "flow file" } else { &self.path };
        if self.line == 0 {
            write!(f, "{path}: {} [{}]", self.en, self.code)
        } else {
            write!(f, "{}:{} {path}: {} [{}]", self.line, self.column, self.en, self.code)
        }
    }
}

impl std::error::Error for Problem {}

/// So many problems are reported at most: nobody mends more in one go, and a hostile file cannot make
/// the list longer than itself.
pub(crate) const MOST: usize = 200;

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    /// The objects that were read, and the keys that were asked for in each.
    #[cfg(feature = "schema")]
    pub(crate) keys_read: Vec<(String, Vec<&'static str>)>,
}

impl Problems {
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        path: &str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.push(Severity::Error, code, path, en.into(), zh.into());
    }

    /// Something that may be meant, and may not.
    pub(crate) fn warn(
        &mut self,
        code: &'static str,
        path: &str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.push(Severity::Warning, code, path, en.into(), zh.into());
    }

    fn push(&mut self, severity: Severity, code: &'static str, path: &str, en: String, zh: String) {
        if self.found.len() < MOST {
            self.found.push(Problem { code, severity, path: path.to_owned(), line: 0, column: 0, en, zh });
        }
    }

    /// A construct of the incumbent that does not exist here, and what to write instead.
    pub(crate) fn not_here(&mut self, path: &str, what: &str, en: &str, zh: &str) {
        self.add(
            "not_supported",
            path,
            format!("`{what}` does not exist here: {en}"),
            format!("这里没有“{what}”：{zh}"),
        );
    }

    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing stands against running; warnings do not.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.iter().all(|problem| problem.severity == Severity::Warning)
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.found
    }
}

/// A text from outside, short enough for a message.
pub(crate) fn shorten(text: &str) -> String {
    const KEEP: usize = 60;
    match text.char_indices().nth(KEEP) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// ` (did you mean …?)` in both languages when one of the known names is near enough.
pub fn suggestion<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> (String, String) {
    // A long name is no typing mistake of ours, and the distance costs length × length.
    if name.chars().count() > 64 {
        return Default::default();
    }
    let near = known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(far, candidate)| *far <= 1 + candidate.chars().count() / 4)
        .min_by_key(|(far, _)| *far);
    match near {
        Some((_, it)) => (format!(" (did you mean `{it}`?)"), format!("（是否应为“{it}”？）")),
        None => Default::default(),
    }
}

/// Edit distance that ignores case (Levenshtein, one row at a time).
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
