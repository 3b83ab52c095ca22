//! Where in the text a JSON path stands, and which keys are written twice.
//!
//! serde_json forgets both. The walker below only runs over text that serde_json has accepted, so it
//! needs no error handling, and serde_json's own depth limit (128) bounds its recursion.

use crate::problem::{Problem, Problems};
use std::collections::HashSet;

/// Sets line and column of every problem, and sorts them by these: the place of the value its path names, of the key
/// where the key is the matter, and of the nearest surrounding value where the path does not exist (a missing key). The
/// text has to be JSON. [`crate::parse`] has done so for its own problems; this is for those of other checks.
pub fn locate(text: &str, problems: &mut [Problem]) {
    let mut places = vec![0; problems.len()];
    let all: Vec<usize> = (0..problems.len()).collect();
    let mut walker = Walker { text, at: 0, path: String::new() };
    walker.value(0, &all, &mut |path, key, value, wanted| {
        wanted
            .iter()
            .copied()
            .filter(|&index| {
                let problem = &problems[index];
                let rest = problem.path.strip_prefix(path);
                let here = rest
                    .is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']));
                if here {
                    let of_key = matches!(problem.code, "unknown_key" | "repeated_key");
                    let exact = rest == Some("");
                    places[index] = if of_key && exact { key } else { value };
                }
                here
            })
            .collect()
    });
    for (problem, place) in problems.iter_mut().zip(places) {
        (problem.line, problem.column) = line_and_column(text, place);
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
}

/// Line and column (in characters), both from 1, of a byte offset.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Keys that stand twice in one object. JSON readers keep the last and drop the first silently.
pub(crate) fn repeated_keys(text: &str, problems: &mut Problems) {
    let mut walker = Walker { text, at: 0, path: String::new() };
    let mut seen: Vec<(usize, HashSet<String>)> = Vec::new();
    walker.keys(&mut |depth, path, key| {
        // A new object ends those of its own depth, a key only the deeper ones.
        while seen.last().is_some_and(|(of, _)| *of > depth || (key.is_none() && *of == depth)) {
            seen.pop();
        }
        let Some(key) = key else {
            seen.push((depth, HashSet::new()));
            return;
        };
        if seen.last_mut().is_some_and(|(_, keys)| !keys.insert(key.to_owned())) {
            problems.add(
                "repeated_key",
                path,
                format!("the key `{key}` stands twice in this object; keep one"),
                format!("此对象中“{key}”出现了两次；请只保留一个"),
            );
        }
    });
}

struct Walker<'t> {
    text: &'t str,
    at: usize,
    path: String,
}

/// Is told path, offset of the key, offset of the value and the problems still looked for; answers
/// which of them lie inside.
type Visit<'v> = dyn FnMut(&str, usize, usize, &[usize]) -> Vec<usize> + 'v;

/// Is told depth, path and key; no key: an object begins.
type VisitKey<'v> = dyn FnMut(usize, &str, Option<&str>) + 'v;

impl Walker<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(b'}')
    }

    fn blank(&mut self) {
        while matches!(self.text.as_bytes().get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes a string and gives what stands between its quotes, still escaped.
    fn string(&mut self) -> &str {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        self.at = start;
        while self.at < bytes.len() && bytes[self.at] != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        let end = self.at.min(bytes.len());
        self.at += 1;
        &self.text[start..end]
    }

    fn key(&mut self) -> String {
        let raw = self.string();
        if raw.contains('\\') {
            serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.to_owned())
        } else {
            raw.to_owned()
        }
    }

    /// Passes a number, `true`, `false` or `null`.
    fn word(&mut self) {
        let end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(end).unwrap_or(rest.len());
    }

    fn value(&mut self, key: usize, wanted: &[usize], visit: &mut Visit<'_>) {
        self.blank();
        // Where nothing is looked for, the value is passed without telling anyone.
        let wanted = match wanted {
            [] => Vec::new(),
            _ => visit(&self.path, key, self.at, wanted),
        };
        self.children(&mut |walker, key| walker.value(key, &wanted, visit));
    }

    fn keys(&mut self, visit: &mut VisitKey<'_>) {
        self.keys_at(0, visit);
    }

    fn keys_at(&mut self, depth: usize, visit: &mut VisitKey<'_>) {
        self.blank();
        let object = self.peek() == b'{';
        if object {
            visit(depth, "", None);
        }
        self.children(&mut |walker, key| {
            if object {
                let mut own = Walker { text: walker.text, at: key, path: String::new() };
                let name = own.key();
                visit(depth, &walker.path, Some(&name));
            }
            walker.keys_at(depth + 1, visit);
        });
    }

    /// Passes one value; for each member or element `child` is called with the path set, standing before
    /// the value, and has to pass it.
    fn children(&mut self, child: &mut dyn FnMut(&mut Self, usize)) {
        let object = match self.peek() {
            b'"' => {
                self.string();
                return;
            }
            b'{' => true,
            b'[' => false,
            _ => return self.word(),
        };
        self.at += 1;
        let own = self.path.len();
        for index in 0usize.. {
            self.blank();
            if matches!(self.peek(), b'}' | b']') {
                self.at += 1;
                return;
            }
            if index > 0 {
                self.at += 1; // the comma
                self.blank();
            }
            let key = self.at;
            if object {
                let name = self.key();
                if own > 0 {
                    self.path.push('.');
                }
                self.path.push_str(&name);
                self.blank();
                self.at += 1; // the colon
            } else {
                self.path.push_str(&format!("[{index}]"));
            }
            child(self, key);
            self.path.truncate(own);
        }
    }
}
