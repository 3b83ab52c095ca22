//! Runs test programs side by side. Most of them wait most of the time: for a lease to end, for a vendor's quota.

use super::Tally;
use crate::process::Process;
use crate::tally::Reader;
use crate::{Result, process};
use anyhow::Context;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, pipe};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// So many at once.
const SIDE_BY_SIDE: usize = 3;
/// One that is not done by then hangs: it is ended, and failed.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// For more output of one that has ended; and how often it is looked whether it has.
const PATIENCE: Duration = Duration::from_millis(500);

/// A test program that cargo has built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The package that it tests.
    pub package: String,
    /// The package's folder, where it runs.
    pub folder: PathBuf,
    /// Its name: that of the package for unit tests.
    pub name: String,
    /// The executable.
    pub path: PathBuf,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = process::command(&self.path);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }
}

/// Something to run, and its output to be counted.
pub struct Job {
    title: String,
    command: Command,
    reader: Reader,
    /// It says itself which programs it runs, as cargo does.
    names_programs: bool,
    limit: Duration,
}

impl Job {
    /// The tests of a program, in the environment that `prepared` gives it.
    pub fn program(program: &Program, note: &str, prepared: impl Fn(Command) -> Command) -> Job {
        let mut reader = Reader::default();
        let title =
            format!("Running {} of {}{note} ({})", program.name, program.package, program.path.display());
        reader.cargo_says(&title);
        Job { title, command: prepared(program.command()), reader, names_programs: false, limit: LIMIT }
    }

    /// A command of cargo's that runs tests.
    pub fn cargo(title: &str, command: Command) -> Job {
        let reader = Reader::default();
        Job { title: title.to_owned(), command, reader, names_programs: true, limit: LIMIT }
    }

    /// Runs it to its end. What it prints is printed whole, when it is over.
    fn run(self) -> Tally {
        let Job { title, command, mut reader, names_programs, limit } = self;
        let begun = Instant::now();
        println!("    Starting {}", title.trim_start_matches("Running "));
        let mut output = String::new();
        let ended = follow(&title, command, limit, |line| {
            if names_programs {
                reader.cargo_says(line);
            }
            reader.test_says(line);
            output.push_str(line);
            output.push('\n');
        });
        let seconds = begun.elapsed().as_secs_f64();
        let success = match ended {
            Ok(success) => success,
            Err(error) => {
                output.push_str(&format!("{error:#}\n"));
                false
            }
        };
        let result = if success { "" } else { "error: this failed: " };
        println!("{output}     {result}{title}: {seconds:.1} s\n");
        reader.finish(success)
    }
}

/// Runs all of them, in their order as far as there is room; the sum.
pub fn run(jobs: Vec<Job>) -> Tally {
    let jobs = Mutex::new(VecDeque::from(jobs));
    let next = || jobs.lock().unwrap_or_else(|poison| poison.into_inner()).pop_front();
    let one_after_the_other = || std::iter::from_fn(next).map(Job::run).sum::<Tally>();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE).map(|_| scope.spawn(one_after_the_other)).collect();
        // A worker that panicked has failed.
        workers.into_iter().map(|worker| worker.join().unwrap_or(Tally::check(false))).sum()
    })
}

/// Runs a command, telling each line that it prints, on stdout or stderr. Whether it succeeded.
fn follow(name: &str, mut command: Command, limit: Duration, mut each: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = pipe().context("making a pipe")?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().context("sharing a pipe")?).stderr(writer);
    let process = Process::spawn(name, command)?;
    let lines = lines(reader);
    let begun = Instant::now();
    loop {
        if begun.elapsed() >= limit {
            process.kill();
            anyhow::bail!("not done after {} s, and ended 超时，已终止", limit.as_secs());
        }
        // What it started and left behind may hold the pipe open for ever.
        let over = !process.alive();
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => each(&line),
            Err(RecvTimeoutError::Timeout) if !over => {}
            Err(_) => return Ok(process.wait()?.success()),
        }
    }
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(stream.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            if send.send(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
    receive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Job {
        let mut command = process::command("sh");
        command.args(["-c", script]);
        let mut job = Job::cargo("Running a script", command);
        job.reader.cargo_says("Running a script");
        job
    }

    const OK: &str = "echo 'test result: ok. 5 passed; 0 failed; 0 ignored'";

    #[test]
    fn the_results_of_all_add_up() {
        let tally = run(vec![
            shell(OK),
            shell("echo 'test result: FAILED. 1 passed; 2 failed; 0 ignored'; exit 101"),
            shell(&format!("sleep 0.1; {OK}")),
            shell(OK),
        ]);
        assert_eq!((tally.passed, tally.failed), (16, 2));
    }

    #[test]
    fn one_that_aborts_or_does_not_start_has_failed() {
        let aborted = run(vec![shell("echo 'running 3 tests'; kill -ABRT $$")]);
        assert_eq!((aborted.passed, aborted.failed), (0, 1));
        let missing = run(vec![Job::cargo("Running nothing", process::command("/no/such/program"))]);
        assert_eq!((missing.passed, missing.failed), (0, 1));
    }

    #[test]
    fn one_that_hangs_is_ended_and_has_failed() {
        let hangs = |script| Job { limit: Duration::from_millis(300), ..shell(script) };
        let silent = hangs("sleep 100 & echo 'test a ... ok'; wait");
        let busy = hangs("while :; do echo once more; sleep 0.01; done");
        let begun = Instant::now();
        assert_eq!(run(vec![silent, busy, shell(OK)]).failed, 2);
        assert!(begun.elapsed() < Duration::from_secs(50));
    }

    #[test]
    fn one_that_leaves_a_process_behind_is_not_waited_for() {
        let begun = Instant::now();
        let tally = run(vec![shell(&format!("setsid sleep 60 & {OK}"))]);
        assert_eq!((tally.passed, tally.failed), (5, 0));
        assert!(begun.elapsed() < Duration::from_secs(50));
    }

    #[test]
    fn doctests_of_many_packages_are_one_job() {
        let script = format!("echo '   Doc-tests a' >&2; {OK}; echo '   Doc-tests b' >&2; exit 101");
        let mut command = process::command("sh");
        command.args(["-c", &script]);
        let tally = run(vec![Job::cargo("Doc-tests", command)]);
        assert_eq!((tally.passed, tally.failed), (5, 1));
    }
}
