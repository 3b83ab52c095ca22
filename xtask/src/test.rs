//! `cargo xtask test`: every check and every test, cheap ones first; the last line counts.

pub mod programs;

use crate::app::Host;
use crate::mariadb::MariaDb;
use crate::packages::{self, Need};
use crate::redis::Redis;
use crate::rundir::RunDir;
use crate::tally::Tally;
use crate::{Result, cargo, process, say, show, stage};
use anyhow::Context;
use programs::{Job, Program};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// The names of the checks, for `--only`. Any other name is a package, whose tests alone are run.
pub const CHECKS: [&str; 5] = ["fmt", "clippy", "clippy-wasm", "doc", "test"];

/// The test programs of [`SCENARIOS`] that are run a second time with the state in Redis: the fault matrix, and the kills,
/// which the store has to survive. `replicas` runs on nothing else, and any other program does with `FERRY_STORE=redis`.
const ON_REDIS: [&str; 2] = ["matrix", "kill"];

/// The package of the scenarios.
const SCENARIOS: &str = "ferry-scenarios";

/// The programs that take longest, begun first: none is left over in the end.
const LONGEST: [&str; 4] = ["matrix", "app", "flows", "console"];

/// The database that the tests find in `FERRY_TEST_MYSQL`.
pub const DATABASE: &str = "ferry_test";

struct Step {
    name: &'static str,
    tally: Tally,
    seconds: f64,
}

/// Runs the checks named in `only` (all if empty) and prints the count. Whether all passed.
///
/// # Errors
/// When something is missing on the machine, or MariaDB or Redis does not start.
pub fn run(host: &Host, only: &[String]) -> Result<bool> {
    let packages: Vec<&str> = only.iter().map(String::as_str).filter(|name| !CHECKS.contains(name)).collect();
    let wanted = |name: &str| {
        only.is_empty() || only.iter().any(|each| each == name) || (name == "test" && !packages.is_empty())
    };
    let testing = wanted("test");

    say("Checking what this machine has 正在检查环境");
    packages::ensure_wasm_target()?;
    if testing {
        packages::ensure(&[Need::MariaDb, Need::Redis, Need::Python, Need::Node, Need::Chromium])?;
    }

    let mut steps = Vec::new();
    if wanted("fmt") {
        steps.push(check("fmt", cargo_with(&["fmt", "--all", "--check"]))?);
    }
    if wanted("clippy") {
        steps.push(check("clippy", clippy(&[workspace(host), &["--all-targets"]].concat()))?);
    }
    if wanted("clippy-wasm") {
        let mut arguments = vec!["--target".to_owned(), cargo::WASM.to_owned()];
        for package in cargo::component_packages()? {
            arguments.extend(["-p".to_owned(), package]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        steps.push(check("clippy-wasm", clippy(&arguments))?);
    }
    if wanted("doc") {
        let mut doc = cargo_with(&["doc", "--no-deps"]);
        doc.args(workspace(host)).env("RUSTDOCFLAGS", "-D warnings");
        steps.push(check("doc", doc)?);
    }
    if testing {
        tests(host, &packages, &mut steps)?;
    }
    Ok(summary(&steps))
}

/// Builds what the tests use, then runs them. A failed build is one failure, and the end.
fn tests(host: &Host, packages: &[&str], steps: &mut Vec<Step>) -> Result<()> {
    let selection = selection(host, packages);
    let begun = Instant::now();
    let built = build(host, packages, &selection);
    let seconds = begun.elapsed().as_secs_f64();
    let built = match built {
        Ok(Some(built)) => built,
        failed => {
            if let Err(error) = failed {
                process::complain(&format!("{error:#}"));
            }
            steps.push(Step { name: "build", tally: Tally::check(false), seconds });
            return Ok(());
        }
    };
    steps.push(Step { name: "build", tally: Tally::default(), seconds });

    let begun = Instant::now();
    say("Starting MariaDB and Redis for the tests 正在启动测试数据库");
    let servers = Servers::start()?;
    let prepared = |mut command: Command| {
        command.envs(servers.environment()).env("FERRY_HOST", host.name());
        if let Host::Spin { binary, .. } = host {
            command.env("FERRY_SPIN", binary);
        }
        for (package, path) in &built.binaries {
            command.env(cargo::built_variable(package), path);
        }
        command
    };
    say("Running the tests 正在运行测试");
    let mut doctests = cargo_with(&["test", "--no-fail-fast", "--doc"]);
    doctests.args(&selection);
    let tally = programs::run(jobs(built.tests, doctests, prepared));
    steps.push(Step { name: "test", tally, seconds: begun.elapsed().as_secs_f64() });
    Ok(())
}

/// What is run: the test programs, some of them on Redis too, and the doctests.
fn jobs(mut programs: Vec<Program>, doctests: Command, prepared: impl Fn(Command) -> Command) -> Vec<Job> {
    let rank =
        |program: &Program| LONGEST.iter().position(|name| *name == program.name).unwrap_or(LONGEST.len());
    programs.sort_by_key(rank);
    let on_redis = programs.iter().filter(|program| ON_REDIS.contains(&&*program.name)).map(|program| {
        Job::program(program, ", with the state in Redis", |command| {
            let mut command = prepared(command);
            command.env("FERRY_STORE", "redis");
            command
        })
    });
    let on_redis: Vec<Job> = on_redis.collect();
    let mut jobs: Vec<Job> = programs.iter().map(|program| Job::program(program, "", &prepared)).collect();
    let short_ones = LONGEST.len().min(jobs.len());
    jobs.splice(short_ones..short_ones, on_redis);
    jobs.push(Job::cargo("Doc-tests", doctests));
    jobs
}

/// Builds the tests and what they start; the binaries that the tests need not build themselves. Nothing
/// when the build failed.
///
/// A whole run builds the binaries with the tests: in the whole workspace dependencies have more features
/// than for one package, and wasmtime would be compiled twice. A run of the scenarios alone builds them
/// apart, and other packages need none.
fn build(host: &Host, packages: &[&str], selection: &[String]) -> Result<Option<cargo::Built>> {
    let whole = packages.is_empty();
    if whole {
        stage::prepare_components()?;
        say(match host {
            Host::Local => {
                "Building the tests, and with them the simulator of 金蝶云星空 and the local host, since there \
                 is no `spin` to use 正在编译测试、模拟器和本地运行环境"
            }
            Host::Spin { .. } => {
                "Building the tests, and with them the simulator of 金蝶云星空 正在编译测试和模拟器"
            }
        });
    } else {
        if packages.contains(&SCENARIOS) {
            stage::prepare(host)?;
        }
        say("Building the tests 正在编译测试");
    }
    let Some(built) = cargo::build_tests(selection)? else { return Ok(None) };
    let needed = if whole { stage::binaries(host) } else { &[] };
    Ok(Some(cargo::Built { binaries: needed_of(built.binaries, needed)?, ..built }))
}

/// The binaries that are needed, of those that were built with the tests.
fn needed_of(mut built: BTreeMap<String, PathBuf>, needed: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for package in needed {
        let path = built.remove(*package).filter(|path| path.is_file()).with_context(|| {
            format!(
                "Cargo built the tests without the binary {package}, which the scenarios start. It comes with \
                 the integration tests of that package: has it still any?\n\
                 编译测试时没有生成场景测试所需的程序 {package}。"
            )
        })?;
        found.insert((*package).to_owned(), path);
    }
    Ok(found)
}

/// A MariaDB with an empty [`DATABASE`].
///
/// # Errors
/// When it does not start.
pub fn test_database() -> Result<MariaDb> {
    let database = MariaDb::start()?;
    let create = format!("CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4;");
    database.execute("", &create)?;
    Ok(database)
}

/// What single tests write to.
struct Servers {
    database: MariaDb,
    redis: Redis,
    // Last, so that nobody writes into it when it is removed.
    _directory: RunDir,
}

impl Servers {
    fn start() -> Result<Servers> {
        let database = test_database()?;
        let directory = RunDir::new()?;
        let redis = Redis::start(&directory.join("redis"))?;
        Ok(Servers { database, redis, _directory: directory })
    }

    fn environment(&self) -> [(&'static str, String); 2] {
        [("FERRY_TEST_MYSQL", self.database.url(DATABASE)), ("FERRY_TEST_REDIS", self.redis.url())]
    }
}

/// `cargo xtask database`: what single tests need when they are run by hand. Prints on stdout what to put
/// in the environment, and goes on until it is ended.
///
/// # Errors
/// When MariaDB or Redis cannot be installed or started, or ends, or nobody reads where they are.
pub fn database() -> Result<()> {
    packages::ensure(&[Need::MariaDb, Need::Redis])?;
    say("Starting MariaDB and Redis 正在启动数据库");
    let servers = Servers::start()?;
    let exports = servers.environment().map(|(name, url)| format!("export {name}={url}\n"));
    std::io::stdout().write_all(exports.concat().as_bytes()).context("nobody reads the addresses")?;
    say("It goes on until Ctrl-C. 按 Ctrl-C 结束。");
    loop {
        thread::sleep(Duration::from_millis(500));
        servers.database.check_alive()?;
        servers.redis.check_alive()?;
    }
}

/// Which packages are tested.
fn selection(host: &Host, packages: &[&str]) -> Vec<String> {
    match packages {
        [] => workspace(host).iter().map(|word| (*word).to_owned()).collect(),
        some => some.iter().flat_map(|name| ["-p".to_owned(), (*name).to_owned()]).collect(),
    }
}

/// All packages; but the local host takes minutes to compile, and beside a `spin` nobody uses it.
fn workspace(host: &Host) -> &'static [&'static str] {
    match host {
        Host::Local => &["--workspace"],
        Host::Spin { .. } => &["--workspace", "--exclude", "ferry-host"],
    }
}

fn cargo_with(arguments: &[&str]) -> Command {
    let mut command = cargo::command();
    command.args(arguments);
    command
}

fn clippy(arguments: &[&str]) -> Command {
    let mut command = cargo_with(&["clippy"]);
    command.args(arguments).args(["--", "-D", "warnings"]);
    command
}

fn check(name: &'static str, command: Command) -> Result<Step> {
    say(name);
    let begun = Instant::now();
    let success = process::run(name, command)?.success();
    Ok(Step { name, tally: Tally::check(success), seconds: begun.elapsed().as_secs_f64() })
}

fn summary(steps: &[Step]) -> bool {
    let rows = steps.iter().map(|step| {
        let Tally { passed, failed, ignored } = step.tally;
        vec![
            step.name.to_owned(),
            passed.to_string(),
            failed.to_string(),
            ignored.to_string(),
            format!("{:.1} s", step.seconds),
        ]
    });
    let head = ["check 检查", "passed 通过", "failed 失败", "ignored 忽略", "time 用时"];
    println!("\n{}", show::numbers(&head, rows));
    let all: Tally = steps.iter().map(|step| step.tally).sum();
    println!("{}", last_line(all));
    all.failed == 0
}

fn last_line(all: Tally) -> String {
    format!("{} passed, {} failed", all.passed, all.failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_in_the_last_line() {
        assert_eq!(last_line(Tally { passed: 6, failed: 2, ignored: 1 }), "6 passed, 2 failed");
    }

    #[test]
    fn a_binary_that_the_scenarios_need_and_nobody_built_is_a_failed_build() {
        let here = std::env::current_exe().unwrap();
        let built = || BTreeMap::from([("a".to_owned(), here.clone()), ("b".to_owned(), "/no/such".into())]);
        assert_eq!(needed_of(built(), &["a"]).unwrap(), BTreeMap::from([("a".to_owned(), here.clone())]));
        for (needed, name) in [(&["a", "b"], "binary b"), (&["a", "c"], "binary c")] {
            let error = needed_of(built(), needed).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert_eq!(needed_of(built(), &[]).unwrap(), BTreeMap::new());
    }

    #[test]
    fn beside_a_spin_the_local_host_is_left_out() {
        let spin = Host::Spin { binary: "/usr/bin/spin".into(), cron: true };
        assert_eq!(selection(&spin, &[]), ["--workspace", "--exclude", "ferry-host"]);
        assert_eq!(selection(&Host::Local, &[]), ["--workspace"]);
        assert_eq!(selection(&spin, &["xtask"]), ["-p", "xtask"]);
    }
}
