//! Whatever ends `cargo xtask`, nothing of it stays: no process, and no directory.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// `cargo xtask database`; not even a test that fails leaves it behind.
struct Owner(Child);

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One with a target directory of its own, ready; and its MariaDB.
fn database(target: &Path) -> (Owner, Pid) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("database").env("CARGO_TARGET_DIR", target).stdout(Stdio::piped());
    let mut owner = Owner(command.spawn().unwrap());
    let mut line = String::new();
    let mut stdout = BufReader::new(owner.0.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("FERRY_TEST_MYSQL=mysql://root@127.0.0.1:"), "{line:?}");
    // Redis has a directory too, and no order is promised.
    let mut files = runs(target).into_iter().map(|run| run.join("data/mariadb.pid"));
    let server = std::fs::read_to_string(files.find(|file| file.exists()).unwrap()).unwrap();
    let server = Pid::from_raw(server.trim().parse().unwrap()).unwrap();
    assert!(running(server));
    (owner, server)
}

/// The directories of runs under `target`.
fn runs(target: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(target.join("xtask")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir()).collect()
}

fn running(process: Pid) -> bool {
    let stat = format!("/proc/{}/stat", process.as_raw_nonzero());
    std::fs::read_to_string(stat).is_ok_and(|stat| !stat.contains(") Z "))
}

fn ends(process: Pid) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while running(process) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    !running(process)
}

#[test]
fn ctrl_c_and_sigterm_leave_neither_a_process_nor_a_directory() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let target = tempfile::tempdir().unwrap();
        let (mut owner, server) = database(target.path());
        kill_process(Pid::from_child(&owner.0), signal).unwrap();
        assert_eq!(owner.0.wait().unwrap().code(), Some(code));
        assert!(!running(server), "MariaDB outlived {signal:?}");
        assert!(runs(target.path()).is_empty(), "{signal:?} left a directory");
    }
}

#[test]
fn after_sigkill_the_database_is_gone_and_the_next_run_sweeps_its_directory() {
    let target = tempfile::tempdir().unwrap();
    let (mut owner, server) = database(target.path());
    let left = runs(target.path());
    owner.0.kill().unwrap();
    owner.0.wait().unwrap();
    assert!(ends(server), "MariaDB outlived SIGKILL of its owner");
    let (mut owner, _) = database(target.path());
    assert!(left.len() == 2 && !left.iter().any(|run| run.exists()), "the next run did not sweep {left:?}");
    kill_process(Pid::from_child(&owner.0), Signal::INT).unwrap();
    owner.0.wait().unwrap();
}
