//! One process per trigger type, and what becomes of them (spin.md 2, 3.3); what stops a start.

use std::path::Path;
use std::process::Command;

use crate::support::{App, Start, eventually, manifest, web};

const BOTH: &str = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"web\"\n\
                    [[trigger.cron]]\ncomponent = \"tick\"\ncron_expression = \"0 0 0 1 1 *\"\n\
                    [component.web]\nsource = \"PROBE\"\n[component.tick]\nsource = \"PROBE\"\n";

/// The host's trigger processes.
fn children(app: &App) -> Vec<String> {
    let pid = app.child.id();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().map(str::to_owned).collect()
}

/// Whether a process is there and not just unburied.
fn alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

fn signal(name: &str, pid: &str) {
    assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
}

#[test]
fn there_is_one_process_per_trigger_type_and_none_is_left_when_the_parent_is_killed() {
    let mut app = App::start(&manifest(BOTH));
    let children = children(&app);
    assert_eq!(children.len(), 2);
    app.child.kill().unwrap();
    app.child.wait().unwrap();
    eventually("the children end", || !children.iter().any(|pid| alive(pid)));
}

#[test]
fn sigterm_and_sigint_end_all_of_them_cleanly() {
    for name in ["-TERM", "-INT"] {
        let mut app = App::start(&manifest(BOTH));
        let children = children(&app);
        signal(name, &app.child.id().to_string());
        let status = app.wait();
        assert!(status.success(), "{status}: {}", app.said());
        eventually("the children end", || !children.iter().any(|pid| alive(pid)));
    }
}

#[test]
fn when_one_trigger_ends_the_application_ends() {
    let mut app = App::start(&manifest(BOTH));
    let children = children(&app);
    signal("-KILL", &children[0]);
    assert_eq!(app.wait().code(), Some(1));
    app.wait_for_words("A trigger exited unexpectedly. Terminating.");
    eventually("the other child ends", || !alive(&children[1]));
}

#[test]
fn it_says_at_start_what_it_is_for_once() {
    let app = App::start(&manifest(BOTH));
    let said = app.said();
    assert_eq!(said.matches("in production use `spin up`").count(), 1, "{said}");
    assert!(said.contains("生产环境请使用 `spin up`"), "{said}");
    assert!(said.contains("  web: http://127.0.0.1:"), "{said}");
}

#[test]
fn a_missing_wasm_is_named_with_the_command_that_builds_it() {
    let manifest = web("[component.web.build]\ncommand = \"cargo build -p web\"\n")
        .replace(crate::support::probe().to_str().unwrap(), "nowhere/web.wasm");
    let said = App::refused(&manifest, &Start::default());
    assert!(said.contains("nowhere/web.wasm; build it first: cargo build -p web"), "{said}");
}

#[test]
fn a_component_without_the_handler_of_its_trigger_is_named() {
    let directory = tempfile::TempDir::new().unwrap();
    // The smallest component there is.
    let path = directory.path().join("empty.wasm");
    std::fs::write(&path, b"\0asm\x0d\0\x01\0").unwrap();
    let manifest = web("").replace(crate::support::probe().to_str().unwrap(), path.to_str().unwrap());
    let said = App::refused(&manifest, &Start::default());
    assert!(said.contains("component `web` has an HTTP trigger but no wasi:http/incoming-handler"), "{said}");
}

#[test]
fn the_second_start_takes_its_code_from_the_cache() {
    let files = |directory: &Path| -> usize {
        let mut count = 0;
        let mut folders = vec![directory.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if !entry.file_name().to_string_lossy().contains('.') {
                    // Files with an extension are the cache's own statistics and locks.
                    count += 1;
                }
            }
        }
        count
    };
    let state = tempfile::TempDir::new().unwrap();
    let args = ["--state-dir", state.path().to_str().unwrap()];
    let start = Start { args: &args, ..Start::default() };
    drop(App::start_with(&web(""), &start));
    let cache = state.path().join("cache");
    let first = files(&cache);
    assert!(first > 0);
    drop(App::start_with(&web(""), &start));
    assert_eq!(files(&cache), first);
}
