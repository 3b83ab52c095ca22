//! Children that never outlive us.
//!
//! Three things may end us, and each has its answer:
//! - we return or panic: [`Process`] kills its child when it is dropped;
//! - Ctrl-C, SIGTERM, SIGHUP: [`clean_up_on_signals`] ends every child that is registered here, removes
//!   the registered directories, and only then exits;
//! - SIGKILL: the kernel sends each child its death signal (`setpriv --pdeathsig`, util-linux).
//!
//! A death signal fires when the *thread* that started the child ends, not the process. So all children
//! are started by one thread that lives as long as we do: a test may start a database and end.
//!
//! Each child leads a process group of its own. A Ctrl-C at the terminal thus reaches us alone, and we
//! end them in peace; and what a child has started itself is ended with it.

use crate::Result;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process, waitid};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use std::{io, thread};

/// What has to be ended and removed before we may exit.
struct Live {
    groups: Vec<Pid>,
    directories: Vec<PathBuf>,
}

static LIVE: Mutex<Live> = Mutex::new(Live { groups: Vec::new(), directories: Vec::new() });

fn live() -> MutexGuard<'static, Live> {
    LIVE.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// A command whose process dies with us: with SIGKILL, which leaves nothing to chance.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    dying_by("KILL", program)
}

/// As [`command`], for a program that has children of its own to see off: it gets `signal` (a name
/// without SIG) when we die.
pub fn dying_by(signal: &str, program: impl AsRef<OsStr>) -> Command {
    static SETPRIV: LazyLock<Option<PathBuf>> = LazyLock::new(|| crate::packages::find("setpriv"));
    match &*SETPRIV {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", signal, "--"]).arg(program.as_ref());
            command
        }
        None => Command::new(program),
    }
}

/// A child, the leader of its own process group. Dropping it kills the group.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    group: Pid,
    log: Option<PathBuf>,
}

impl Process {
    /// Starts `command` (made by [`command`]); `name` is what errors call it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(name: &str, mut command: Command) -> Result<Process> {
        command.process_group(0);
        let described = format!("{command:?}");
        // The lock is held over the start: a signal handler that has it finds every child there is.
        let mut live = live();
        let child =
            spawn_from_lasting_thread(command).with_context(|| format!("starting {name}: {described}"))?;
        let group = Pid::from_child(&child);
        live.groups.push(group);
        Ok(Process { name: name.to_owned(), child, group, log: None })
    }

    /// Starts `command` with stdout and stderr going to the file `log`.
    ///
    /// # Errors
    /// When the file cannot be made or the program cannot be started.
    pub fn spawn_logging(name: &str, mut command: Command, log: &Path) -> Result<Process> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening the log of {name}, {}", log.display()))?;
        let copy = file.try_clone().context("sharing the log file")?;
        command.stdout(file).stderr(copy);
        let mut process = Self::spawn(name, command)?;
        process.log = Some(log.to_owned());
        Ok(process)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Remembers where its output goes, for [`Process::last_words`].
    pub(crate) fn logs_to(&mut self, log: &Path) {
        self.log = Some(log.to_owned());
    }

    /// Its stdout and stderr, if they were piped; each can be taken once.
    pub fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Whether it still runs.
    pub fn alive(&self) -> bool {
        !exited(self.group)
    }

    /// An error if it has ended, with the last lines of its log.
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_alive(&self) -> Result<()> {
        if self.alive() {
            return Ok(());
        }
        bail!("{} has ended unexpectedly.\n{}", self.name, self.last_words());
    }

    /// The last 20 lines of its log, the first 400 characters of each.
    pub fn last_words(&self) -> String {
        let Some(log) = &self.log else {
            return String::new();
        };
        let text = std::fs::read(log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        // A line may be a whole SQL statement with its two thousand rows.
        let lines: Vec<String> = text.lines().map(|line| line.chars().take(400).collect()).collect();
        let from = lines.len().saturating_sub(20);
        if lines.is_empty() {
            return format!("(It wrote nothing to {}.)", log.display());
        }
        format!("Its last words:\n    {}", lines[from..].join("\n    "))
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When the system refuses to tell.
    pub fn wait(mut self) -> Result<ExitStatus> {
        self.child.wait().with_context(|| format!("waiting for {}", self.name))
    }

    /// SIGTERM to the whole group, SIGKILL to what is left of it after `grace`.
    pub fn stop(self, grace: Duration) {
        // `drop` does the rest.
        end(&[self.group], grace);
    }

    /// SIGKILL to the whole group, at once: what a crash looks like.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut live = live();
        if matches!(self.child.try_wait(), Ok(None)) {
            // Not yet reaped, so the number still names this group and no other.
            let _ = kill_process_group(self.group, Signal::KILL);
            let _ = self.child.wait();
        }
        live.groups.retain(|group| *group != self.group);
    }
}

/// Runs a command to its end. Its output goes where ours goes.
///
/// # Errors
/// When it cannot be started.
pub fn run(name: &str, command: Command) -> Result<ExitStatus> {
    Process::spawn(name, command)?.wait()
}

/// A directory that a signal's clean-up removes.
pub(crate) fn register_directory(directory: &Path) {
    live().directories.push(directory.to_owned());
}

/// The opposite of [`register_directory`].
pub(crate) fn forget_directory(directory: &Path) {
    live().directories.retain(|known| known != directory);
}

/// From now on SIGINT, SIGTERM and SIGHUP end all children, remove all run directories and exit with
/// 128 + the signal's number.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn clean_up_on_signals() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])
        .context("installing the handler for Ctrl-C")?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Never released: whoever wants to start, drop or report anything now waits until we exit.
            let live = live();
            eprintln!("\n==> Stopping and cleaning up. 正在停止并清理。");
            end(&live.groups, Duration::from_secs(3));
            for directory in &live.directories {
                let _ = std::fs::remove_dir_all(directory);
            }
            for child in &live.groups {
                // In a container there may be no init to reap what we leave.
                let _ = waitid(WaitId::Pid(*child), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            }
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// Prints an error, unless we are being interrupted: then what failed is just a consequence.
pub fn complain(text: &str) {
    let _live = live();
    eprintln!("{text}");
}

/// SIGTERM to the groups, then SIGKILL to what is left after `grace`. Reaps nobody, so that the numbers
/// stay ours.
fn end(groups: &[Pid], grace: Duration) {
    for group in groups {
        let _ = kill_process_group(*group, Signal::TERM);
    }
    let deadline = Instant::now() + grace;
    while Instant::now() < deadline && !groups.iter().all(|group| exited(*group)) {
        thread::sleep(Duration::from_millis(10));
    }
    for group in groups {
        let _ = kill_process_group(*group, Signal::KILL);
    }
    // A killed process may still be writing its last page; a directory cannot be removed under it.
    while !groups.iter().all(|group| exited(*group)) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the child has ended. Leaves it to be reaped by its owner.
fn exited(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(child), options) {
        Ok(status) => status.is_some(),
        Err(_) => test_kill_process(child).is_err(),
    }
}

fn spawn_from_lasting_thread(command: Command) -> io::Result<Child> {
    type Order = (Command, Sender<io::Result<Child>>);
    static ORDERS: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
        let (send, receive) = channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in receive {
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(send)
    });
    let gone = || io::Error::other("the thread that starts children is gone");
    let (send, receive) = channel();
    ORDERS.lock().map_err(|_| gone())?.send((command, send)).map_err(|_| gone())?;
    receive.recv().map_err(|_| gone())?
}

/// What a command prints on stdout; an error with its stderr if it fails.
///
/// # Errors
/// When it cannot be started or fails.
pub fn output(name: &str, mut command: Command) -> Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process::spawn(name, command)?;
    let (Some(mut stdout), Some(mut stderr)) = process.take_output() else {
        bail!("{name}: its output is not piped");
    };
    // Both at once: a full pipe would stop it.
    let complaint = thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).trim().to_owned()
    });
    let mut bytes = Vec::new();
    stdout.read_to_end(&mut bytes).with_context(|| format!("reading the output of {name}"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let complaint = complaint.join().unwrap_or_default();
    let status = process.wait()?;
    if !status.success() {
        // Some programs complain on stdout.
        bail!("{name} failed ({status}): {complaint}\n{}", text.trim());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// A shell that starts a grandchild, prints its pid and waits.
    fn family() -> (Process, Pid) {
        let mut command = command("sh");
        command.args(["-c", "sleep 100 & echo $!; wait"]).stdout(Stdio::piped());
        let mut process = Process::spawn("a family", command).unwrap();
        let mut line = String::new();
        let (stdout, _) = process.take_output();
        BufReader::new(stdout.unwrap()).read_line(&mut line).unwrap();
        let grandchild = Pid::from_raw(line.trim().parse().unwrap()).unwrap();
        (process, grandchild)
    }

    fn gone(pid: Pid) -> bool {
        let running = |pid: Pid| {
            std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
                .is_ok_and(|stat| !stat.contains(") Z "))
        };
        let deadline = Instant::now() + Duration::from_secs(5);
        while running(pid) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        !running(pid)
    }

    #[test]
    fn a_dropped_process_takes_its_children_along() {
        let (process, grandchild) = family();
        let child = process.group;
        assert!(process.alive());
        drop(process);
        assert!(gone(child) && gone(grandchild));
    }

    #[test]
    fn a_process_that_ignores_the_polite_signal_is_killed() {
        let mut command = command("sh");
        command.args(["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]).stdout(Stdio::piped());
        let mut process = Process::spawn("a stubborn one", command).unwrap();
        let child = process.group;
        let (stdout, _) = process.take_output();
        BufReader::new(stdout.unwrap()).read_line(&mut String::new()).unwrap();
        process.stop(Duration::from_millis(200));
        assert!(gone(child));
    }

    #[test]
    fn a_process_outlives_the_thread_that_asked_for_it() {
        let (process, grandchild) = thread::spawn(family).join().unwrap();
        thread::sleep(Duration::from_millis(100));
        assert!(process.alive());
        drop(process);
        assert!(gone(grandchild));
    }

    #[test]
    fn a_process_that_ended_is_reported_with_its_last_words() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let mut command = command("sh");
        command.args(["-c", "echo no such table; exit 3"]);
        let process = Process::spawn_logging("the database", command, &log).unwrap();
        assert!(gone(process.group));
        let error = process.check_alive().unwrap_err().to_string();
        assert!(error.contains("the database has ended"), "{error}");
        assert!(error.contains("no such table"), "{error}");
    }
}
