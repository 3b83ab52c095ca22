//! Installing and running clients that are not ours.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// `<target>/clients/<name>`, made by `install` if it is not there. The lock keeps two tests (or two runs)
/// from installing at once; the mark says that an installation came to its end.
pub fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    std::fs::create_dir_all(&directory).expect("the target directory can be written");
    let lock = File::create(directory.join("lock")).expect("a lock file can be made");
    lock.lock().expect("the lock file can be locked");
    let mark = directory.join("installed");
    if !mark.exists() {
        install(&directory);
        File::create(mark).expect("the target directory can be written");
    }
    directory
}

/// Runs it to its end with this input; `missing` says what to do when it cannot be started.
pub fn run(mut command: Command, missing: &str, input: &str) -> Output {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{shown} cannot be started ({error}): {missing}"));
    child
        .stdin
        .take()
        .expect("stdin is a pipe")
        .write_all(input.as_bytes())
        .expect("the child reads its stdin");
    let output = child.wait_with_output().expect("a started child can be waited for");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown} failed: {said}\n{missing}");
    output
}

/// One of the scripts that drive the clients.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// A package of npm; where its `node_modules` are.
pub fn npm_package(package: &str) -> PathBuf {
    installed(&format!("npm-{package}"), |home| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(home).arg(package);
        run(npm, "install nodejs and npm (apt-get install nodejs npm); npm must reach its registry", "");
    })
}
