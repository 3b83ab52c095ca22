//! Builds the components and the native binaries.

use crate::test::programs::Program;
use crate::{Result, process, root};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// The target triple of the components.
pub const WASM: &str = "wasm32-wasip1";

/// Where native builds go: `CARGO_TARGET_DIR`, else `target` beside `spin.toml`.
pub fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) if !directory.is_empty() => root().join(directory),
        _ => root().join("target"),
    }
}

/// A cargo command in the workspace, to be run by [`crate::process`].
pub fn command() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = process::command(cargo);
    command.current_dir(root());
    command
}

/// The names of the packages under `functions/`: they are compiled to WebAssembly.
///
/// # Errors
/// When a manifest cannot be read.
pub fn component_packages() -> Result<Vec<String>> {
    let folder = root().join("functions");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {folder:?}"))? {
        let manifest = entry?.path().join("Cargo.toml");
        if !manifest.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&manifest).with_context(|| format!("reading {manifest:?}"))?;
        match package_name(&text) {
            Some(name) => names.push(name.to_owned()),
            None => bail!("{}: no package name", manifest.display()),
        }
    }
    names.sort();
    Ok(names)
}

fn package_name(manifest: &str) -> Option<&str> {
    let value =
        manifest.lines().find_map(|line| line.strip_prefix("name")?.trim_start().strip_prefix('='))?;
    value.trim().strip_prefix('"')?.strip_suffix('"')
}

/// Builds every component; the wasm files, in the order of their names.
///
/// # Errors
/// When the build fails; cargo has said why.
pub fn build_components() -> Result<Vec<PathBuf>> {
    // spin.toml names target/…, whatever CARGO_TARGET_DIR says.
    let directory = root().join("target");
    let mut command = command();
    command.args(["build", "--profile", "component", "--target", WASM]).arg("--target-dir").arg(&directory);
    let mut files = Vec::new();
    for name in component_packages()? {
        command.args(["-p", &name]);
        files.push(directory.join(WASM).join("component").join(name.replace('-', "_") + ".wasm"));
    }
    if !process::run("cargo build", command)?.success() {
        bail!("The components do not compile; cargo's messages are above.\n组件编译失败，原因见上。");
    }
    Ok(files)
}

/// Builds the binary of a package and says where it is. Cargo is asked once per process and package; and
/// not at all where the environment says that it has been built ([`built_variable`]).
///
/// # Errors
/// When the build fails (cargo has said why), or what has been built is not there.
pub fn build_binary(package: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<Mutex<BTreeMap<String, PathBuf>>> = OnceLock::new();
    let mut built = BUILT.get_or_init(Mutex::default).lock().unwrap_or_else(|poison| poison.into_inner());
    if let Some(path) = built.get(package) {
        return Ok(path.clone());
    }
    let path = match std::env::var_os(built_variable(package)) {
        Some(path) => there(package, path.into())?,
        None => {
            let mut command = command();
            command.args(["build", "-p", package, "--bin", package]);
            let Some(mut built) = run_build(command)? else {
                bail!(
                    "{package} does not compile; cargo's messages are above.\n编译 {package} 失败，原因见上。"
                );
            };
            let path = built.binaries.remove(package);
            path.with_context(|| format!("cargo built {package} without naming its executable"))?
        }
    };
    built.insert(package.to_owned(), path.clone());
    Ok(path)
}

/// The environment variable by which `cargo xtask test` tells the tests where a binary is that was built
/// with them. If they asked cargo for that package alone, its dependencies would have other features than
/// in the whole workspace, and be compiled once more.
pub fn built_variable(package: &str) -> String {
    format!("BUILT_{}", package.to_uppercase().replace('-', "_"))
}

fn there(package: &str, path: PathBuf) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path);
    }
    bail!(
        "{} says that {package} is at {}, but nothing is there; unset it, and it will be built.\n\
         环境变量指明的 {package} 不存在；请取消该变量，以便重新编译。",
        built_variable(package),
        path.display()
    )
}

/// What cargo made of a selection of tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// The binaries, by their names; cargo builds those of packages with integration tests.
    pub binaries: BTreeMap<String, PathBuf>,
    /// The test programs, in cargo's order.
    pub tests: Vec<Program>,
}

/// Builds the tests that `selection` names; nothing when the build failed.
///
/// # Errors
/// When cargo cannot be run.
pub fn build_tests(selection: &[String]) -> Result<Option<Built>> {
    let mut command = command();
    command.args(["test", "--no-run"]).args(selection);
    run_build(command)
}

/// Runs a cargo command that builds; what it built, or nothing when it failed.
fn run_build(mut command: Command) -> Result<Option<Built>> {
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let mut process = process::Process::spawn("cargo", command)?;
    let (stdout, _) = process.take_output();
    let messages = std::io::read_to_string(stdout.context("cargo's stdout is not piped")?)
        .context("reading cargo's messages")?;
    Ok(process.wait()?.success().then(|| executables(&messages)))
}

/// The executables among the artifacts of cargo's JSON messages.
fn executables(messages: &str) -> Built {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut built = Built::default();
    for message in messages.filter(|message| message["reason"] == "compiler-artifact") {
        let target = &message["target"];
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let (Some(name), Some(path)) = (text(&target["name"]), text(&message["executable"])) else {
            continue;
        };
        let path = PathBuf::from(path);
        if message["profile"]["test"] == true {
            let manifest = PathBuf::from(text(&message["manifest_path"]).unwrap_or_default());
            let folder = manifest.parent().map(PathBuf::from).unwrap_or_default();
            let package =
                folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            built.tests.push(Program { package, folder, name, path });
        } else if target["kind"][0] == "bin" {
            built.binaries.insert(name, path);
        }
    }
    built
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_package() {
        let manifest = "[package]\nname = \"ferry-console\"\nversion = \"1\"\n";
        assert_eq!(package_name(manifest), Some("ferry-console"));
        assert_eq!(package_name("[package]\n"), None);
    }

    #[test]
    fn the_flow_is_among_the_components() {
        let names = component_packages().unwrap();
        assert!(names.contains(&"galaxy-materials-to-mysql".to_owned()), "{names:?}");
    }

    #[test]
    fn executables_are_binaries_or_test_programs() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"ferry-host"},"profile":{"test":false},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"ferry-host"},"profile":{"test":false},"executable":"/t/debug/ferry-host"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/w/tests/host/Cargo.toml","target":{"kind":["test"],"name":"quirks"},"profile":{"test":true},"executable":"/t/debug/deps/quirks-1"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let built = executables(messages);
        assert_eq!(built.binaries, BTreeMap::from([("ferry-host".to_owned(), "/t/debug/ferry-host".into())]));
        let quirks = Program {
            package: "host".to_owned(),
            folder: "/w/tests/host".into(),
            name: "quirks".to_owned(),
            path: "/t/debug/deps/quirks-1".into(),
        };
        assert_eq!(built.tests, [quirks]);
    }

    #[test]
    fn a_binary_that_was_built_and_is_gone_is_noticed() {
        assert_eq!(built_variable("ferry-host"), "BUILT_FERRY_HOST");
        let gone = there("ferry-host", "/no/such/ferry-host".into()).unwrap_err().to_string();
        assert!(gone.contains("BUILT_FERRY_HOST") && gone.contains("/no/such/ferry-host"), "{gone}");
        let here = std::env::current_exe().unwrap();
        assert_eq!(there("xtask", here.clone()).unwrap(), here);
    }
}
