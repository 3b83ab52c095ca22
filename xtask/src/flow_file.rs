//! Finding and reading flow files.

use crate::{Result, root};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// The flow files of this repository, `functions/*/flow.json`, in the order of their names.
///
/// # Errors
/// When `functions/` cannot be read.
pub fn all() -> Result<Vec<PathBuf>> {
    let folder = root().join("functions");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let file = entry?.path().join("flow.json");
        if file.exists() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The file that a person means by the name of one of the repository's flows, or by a path.
pub fn named(text: &str) -> PathBuf {
    let of_flow = root().join("functions").join(text).join("flow.json");
    let is_name = !text.is_empty() && !text.contains(['/', '\\', '.']);
    if is_name && of_flow.exists() { of_flow } else { PathBuf::from(text) }
}

/// A path as one would type it here.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// Why a file could not be looked at, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Unreadable {
    /// From what the system said about the file.
    pub fn new(path: &Path, error: &std::io::Error) -> Unreadable {
        let shown = shown(path);
        let (mend, mend_zh) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                "; give the path of a flow.json, or the name of one of the flows in functions/",
                "；请给出 flow.json 的路径，或 functions/ 下某个流程的名称",
            ),
            std::io::ErrorKind::PermissionDenied => {
                ("; give yourself the right to read it", "；请授予读取权限")
            }
            std::io::ErrorKind::IsADirectory => ("; name the flow.json in it", "；请写出其中的 flow.json"),
            _ => ("", ""),
        };
        Unreadable {
            en: format!("{shown}: cannot be read: {error}{mend}"),
            zh: format!("{shown}：无法读取：{error}{mend_zh}"),
        }
    }
}
