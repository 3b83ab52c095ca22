//! What the machine must have, and how it gets there: Debian and Ubuntu packages, and rustup's target.
//!
//! Only MariaDB's `-core` packages are installed, and of Redis the tools: programs without a service, so that nothing
//! begins to listen on port 3306 or 6379 and no configuration is touched. Nothing is ever removed to make room.

use crate::{Result, process, say};
use anyhow::Context;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The machine lacks something that we could not install. Says exactly what to do.
#[derive(Debug)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

/// Something that may have to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `mariadbd`, `mariadb-install-db` and the client `mariadb`.
    MariaDb,
    /// `redis-server` under whichever name ([`crate::redis`]), and the client `redis-cli`.
    Redis,
    /// `python3` with `venv`, for the vendor's Python SDK in the simulator's tests.
    Python,
    /// `node` and `npm`, for the vendor's npm package in the simulator's tests.
    Node,
    /// `chromium` and `chromedriver`, for the console's scenarios.
    Chromium,
    /// `clang`, for the C library of the mapping bench as WebAssembly.
    Clang,
}

impl Need {
    fn present(self) -> bool {
        match self {
            Need::MariaDb => {
                ["mariadbd", "mariadb-install-db", "mariadb"].iter().all(|program| find(program).is_some())
            }
            Need::Redis => {
                find("redis-cli").is_some()
                    && ["redis-server", "redis-check-rdb"].iter().any(|program| find(program).is_some())
            }
            Need::Python => runs("python3", &["-c", "import venv, ensurepip"]),
            Need::Node => runs("node", &["--version"]) && runs("npm", &["--version"]),
            Need::Chromium => ["chromium", "chromedriver"].iter().all(|program| find(program).is_some()),
            Need::Clang => runs("clang", &["--version"]),
        }
    }

    /// The packages that bring it. Ubuntu 22.04 and Debian 11 have the version in the name.
    fn packages(self) -> Vec<String> {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match self {
            Need::MariaDb => {
                let plain = names(&["mariadb-server-core", "mariadb-client-core"]);
                let all_known = |names: &Vec<String>| names.iter().all(|name| known(name));
                if all_known(&plain) {
                    return plain;
                }
                ["10.6", "10.5", "10.3"]
                    .iter()
                    .map(|version| {
                        vec![
                            format!("mariadb-server-core-{version}"),
                            format!("mariadb-client-core-{version}"),
                        ]
                    })
                    .find(all_known)
                    .unwrap_or(plain)
            }
            Need::Redis => names(&["redis-tools"]),
            Need::Python => names(&["python3", "python3-venv"]),
            Need::Node => names(&["nodejs", "npm"]),
            Need::Chromium => names(&["chromium", "chromium-driver"]),
            Need::Clang => names(&["clang"]),
        }
    }

    fn what(self) -> &'static str {
        match self {
            Need::MariaDb => "MariaDB (mariadbd, mariadb-install-db, mariadb)",
            Need::Redis => "Redis (redis-server, redis-cli)",
            Need::Python => "Python 3 with venv (python3)",
            Need::Node => "Node.js with npm (node, npm)",
            Need::Chromium => "Chromium with its driver (chromium, chromedriver)",
            Need::Clang => "the C compiler clang",
        }
    }
}

/// Installs what is missing of `needs`.
///
/// # Errors
/// [`Missing`], naming all that is missing and the command to install it.
pub fn ensure(needs: &[Need]) -> Result<()> {
    let absent =
        |needs: &[Need]| -> Vec<Need> { needs.iter().copied().filter(|need| !need.present()).collect() };
    let missing = absent(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let failed = |why: &str, needs: &[Need]| anyhow::Error::new(Missing(instruction(needs, why)));

    if find("apt-get").is_none() {
        return Err(failed("This machine has no apt-get.", &missing));
    }
    if missing.contains(&Need::MariaDb) && find("mysqld").is_some() && find("mariadbd").is_none() {
        return Err(failed(
            "It has MySQL, which MariaDB's packages would displace; that is your decision.",
            &missing,
        ));
    }
    let Some(privilege) = privilege() else {
        return Err(failed("We are not root, and sudo is missing or asks for a password.", &missing));
    };
    let packages = || -> Vec<String> { missing.iter().flat_map(|need| need.packages()).collect() };

    let mut updated = false;
    if !packages().iter().all(|name| known(name)) {
        apt(&privilege, &["update"]);
        updated = true;
    }
    if !install(&privilege, &packages()) && !updated {
        // Package lists that are too old name files that the mirror no longer has.
        apt(&privilege, &["update"]);
        install(&privilege, &packages());
    }
    match absent(needs) {
        still if still.is_empty() => Ok(()),
        still => Err(failed("apt-get did not succeed; its messages are above.", &still)),
    }
}

/// What a person has to do about `needs`, in both languages.
fn instruction(needs: &[Need], why: &str) -> String {
    let what: Vec<&str> = needs.iter().map(|need| need.what()).collect();
    let packages: Vec<String> = needs.iter().flat_map(|need| need.packages()).collect();
    let (what, packages) = (what.join(", "), packages.join(" "));
    format!(
        "Missing, and could not be installed: {what}. {why}\n\
         缺少上述软件，且无法自动安装。\n\
         On Debian or Ubuntu run this, then the same command again（请先执行下面的命令，再重试）:\n\n    \
         sudo apt-get update && sudo apt-get install --no-install-recommends {packages}\n\n\
         Elsewhere install these programs by other means and put them on the PATH."
    )
}

fn install(privilege: &[&str], packages: &[String]) -> bool {
    say(&format!("Installing {} 正在安装", packages.join(" ")));
    let mut arguments = vec!["install", "--yes", "--no-install-recommends", "--no-remove"];
    arguments.extend(packages.iter().map(String::as_str));
    apt(privilege, &arguments)
}

/// Runs apt-get in our own process group: Ctrl-C at the terminal reaches it, and it knows how to end.
fn apt(privilege: &[&str], arguments: &[&str]) -> bool {
    let mut words = privilege.to_vec();
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    // Another apt may be at work on a machine that has just been started.
    words.extend(["-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]);
    words.extend(arguments);
    Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        // What `cargo xtask database` prints on stdout is for a shell to evaluate.
        .stdout(std::io::stderr())
        .status()
        .is_ok_and(|status| status.success())
}

/// What to put before a command to run it as root; `None` if that takes a password.
fn privilege() -> Option<Vec<&'static str>> {
    if rustix::process::geteuid().is_root() {
        Some(vec![])
    } else if runs("sudo", &["-n", "true"]) {
        Some(vec!["sudo", "-n"])
    } else {
        None
    }
}

/// Whether apt's lists know the package, and could install it.
fn known(package: &str) -> bool {
    let mut command = process::command("apt-cache");
    command.args(["policy", package]).env("LC_ALL", "C");
    process::output("apt-cache", command).is_ok_and(|text| has_candidate(&text))
}

fn has_candidate(policy: &str) -> bool {
    policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate:"))
        .is_some_and(|version| version.trim() != "(none)")
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where a program is: on the PATH, or in the directories of system programs, which Debian leaves out
/// of an ordinary user's PATH although mariadbd lives there.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/usr/libexec"].map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

/// Adds the target `wasm32-wasip1` to the toolchain if it is not there.
///
/// # Errors
/// [`Missing`] when there is no rustup to add it, or it fails.
pub fn ensure_wasm_target() -> Result<()> {
    let target = crate::cargo::WASM;
    let mut rustc = process::command("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]).current_dir(crate::root());
    let libraries = process::output("rustc", rustc).context("asking rustc for its targets")?;
    if PathBuf::from(libraries.trim()).is_dir() {
        return Ok(());
    }
    say(&format!("Adding the Rust target {target} 正在添加编译目标"));
    let mut rustup = process::command("rustup");
    rustup.args(["target", "add", target]).current_dir(crate::root());
    if find("rustup").is_some() && process::run("rustup", rustup)?.success() {
        return Ok(());
    }
    Err(anyhow::Error::new(Missing(format!(
        "The Rust target {target} is missing and could not be added. With a network connection run\n\
         缺少 Rust 编译目标，请联网执行\n\n    rustup target add {target}\n\n\
         (without rustup, install it from https://rustup.rs or your distribution's package of that target)."
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_a_candidate_is_unknown() {
        assert!(has_candidate("x:\n  Installed: (none)\n  Candidate: 1:10.11\n"));
        assert!(!has_candidate("x:\n  Installed: (none)\n  Candidate: (none)\n"));
        assert!(!has_candidate(""));
    }

    #[test]
    fn the_instruction_names_programs_and_packages_once_for_all_needs() {
        let text = instruction(&[Need::Python, Need::Node], "No network.");
        for word in ["python3-venv", "nodejs npm", "No network.", "sudo apt-get install"] {
            assert!(text.contains(word), "{word} is not in: {text}");
        }
    }

    #[test]
    fn programs_are_found_on_the_path_only() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-of-ours").is_none());
    }
}
