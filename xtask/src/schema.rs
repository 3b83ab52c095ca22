//! `cargo xtask schema`: the JSON Schema of the flow file, for editors.

use crate::{Result, root};
use anyhow::Context;
use std::path::PathBuf;

/// Where it is committed. A flow file names it by `"$schema": "../../shared/flow.schema.json"`.
pub fn path() -> PathBuf {
    root().join("shared/flow.schema.json")
}

/// The text of the file.
pub fn text() -> String {
    format!("{:#}\n", ferry_mapping::schema::flow_file())
}

/// Writes the file.
///
/// # Errors
/// When it cannot be written.
pub fn write() -> Result<()> {
    let path = path();
    std::fs::write(&path, text()).with_context(|| format!("writing {}", path.display()))
}
