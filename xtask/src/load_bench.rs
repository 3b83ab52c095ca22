//! `cargo xtask bench --load`: the load tests of `tests/scenarios/tests/load`, with many records and for long.
//!
//! What CI asserts with a few thousand records is asserted here with as many as one likes, and the figures are
//! printed. Our own crates are optimised for it, since the simulators do most of the work.

use crate::app::Host;
use crate::{Result, cargo, process, say, stage, test};
use std::process::Stdio;

/// How long webhook calls keep coming.
const SECONDS: &str = "60";

/// Builds and runs them. Whether all that is promised held.
///
/// # Errors
/// When something is missing that cannot be installed, or a build fails.
pub fn run(host: &Host, records: u64) -> Result<bool> {
    stage::prepare(host)?;
    say("Starting MariaDB for the load 正在启动数据库");
    let database = test::test_database()?;
    say("Building and running the load tests 正在编译并运行负载测试");
    let mut tests = cargo::command();
    tests
        .args(["test", "--config", "profile.dev.opt-level=2"])
        .args(["-p", "ferry-scenarios", "--test", "load", "--", "--nocapture", "--test-threads=1"])
        .env("FERRY_TEST_MYSQL", database.url(test::DATABASE))
        .env("FERRY_HOST", host.name())
        .env("FERRY_LOAD_RECORDS", records.to_string())
        .env("FERRY_LOAD_SECONDS", SECONDS)
        .stdin(Stdio::null());
    if let Host::Spin { binary, .. } = host {
        tests.env("FERRY_SPIN", binary);
    }
    Ok(process::run("the load tests", tests)?.success())
}
