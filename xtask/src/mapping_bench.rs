//! `cargo xtask bench --mapping`: the mapping bench, natively and as WebAssembly.
//!
//! It is a workspace of its own (`tests/mapping-bench`), because it stands on crates that nothing else
//! needs. As WebAssembly it runs twice: optimised for size, as the components are built, and for speed.

use crate::packages::{self, Need};
use crate::{Result, cargo, process, root, say};
use anyhow::bail;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PACKAGE: &str = "ferry-mapping-bench";

/// Builds and runs it; prints its tables.
///
/// # Errors
/// When something is missing that cannot be installed, or a build fails.
pub fn run() -> Result<bool> {
    // vrl brings a C library: for WebAssembly that takes clang.
    packages::ensure(&[Need::Node, Need::Clang])?;
    packages::ensure_wasm_target()?;
    let native = build(&["--release"])?.join("release").join(PACKAGE);
    let mut bench = process::command(native);
    bench.args(["--title", "native, opt-level 3"]);
    let mut succeeded = measured(bench)?;
    for (profile, title) in
        [("component", "wasm32-wasip1, opt-level s"), ("release", "wasm32-wasip1, opt-level 3")]
    {
        let directory = build(&["--profile", profile, "--target", cargo::WASM])?;
        let mut bench = process::command("node");
        bench
            .args(["--no-warnings", "run.mjs"])
            .arg(directory.join(cargo::WASM).join(profile).join(format!("{PACKAGE}.wasm")))
            .args(["--title", &format!("{title}, run by Node.js")])
            .current_dir(folder());
        succeeded &= measured(bench)?;
    }
    Ok(succeeded)
}

fn folder() -> PathBuf {
    root().join("tests").join("mapping-bench")
}

/// Builds it, and says in which target directory.
fn build(arguments: &[&str]) -> Result<PathBuf> {
    say("Building the mapping bench 正在编译映射测量程序");
    let directory = cargo::target_directory();
    let mut command = cargo::command();
    command
        .current_dir(folder())
        .args(["build", "--locked"])
        .args(arguments)
        .arg("--target-dir")
        .arg(&directory)
        // The C library brings headers of its own and must not find the machine's.
        .env("CC_wasm32_wasip1", "clang")
        .env("AR_wasm32_wasip1", "ar")
        .env("CFLAGS_wasm32_wasip1", "-ffreestanding");
    if !process::run("cargo build", command)?.success() {
        bail!(
            "The mapping bench does not compile; cargo's messages are above.\n映射测量程序编译失败，原因见上。"
        );
    }
    Ok(directory)
}

fn measured(mut bench: Command) -> Result<bool> {
    bench.stdin(Stdio::null());
    Ok(process::run("the mapping bench", bench)?.success())
}
