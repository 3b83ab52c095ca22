//! `cargo xtask up`: the app of `spin.toml` with the variables of one's own environment.

use crate::app::{Host, Trigger};
use crate::{Result, cargo, packages, process, root, say};
use anyhow::ensure;

/// Builds the components and runs the app until it ends or Ctrl-C. `arguments` go to `spin up` or
/// `ferry-host up`.
///
/// # Errors
/// When something does not build, or the app ends with an error.
pub fn run(host: &Host, arguments: &[String]) -> Result<()> {
    packages::ensure_wasm_target()?;
    say("Building the components 正在编译组件");
    cargo::build_components()?;
    let mut command = host.up(Trigger::All)?;
    command.args(arguments).current_dir(root());
    let status = process::run("the app", command)?;
    ensure!(status.success(), "The app ended with {status}. 应用异常结束。");
    Ok(())
}
