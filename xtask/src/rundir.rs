//! Directories for one run's data and logs, under `target/xtask`.
//!
//! Not in `/tmp`, which may be memory: a bench of durable commits must write to a disk. Each directory
//! holds a lock file that is locked as long as its owner lives, so that the next run recognises and
//! removes what a killed one left behind.

use crate::Result;
use crate::process::{forget_directory, register_directory};
use anyhow::Context;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory that is removed when dropped, on Ctrl-C, or by the next run.
#[derive(Debug)]
pub struct RunDir {
    directory: TempDir,
    _lock: File,
}

impl RunDir {
    /// A fresh directory.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn new() -> Result<RunDir> {
        Self::under(&crate::cargo::target_directory().join("xtask"))
    }

    fn under(parent: &Path) -> Result<RunDir> {
        let make = || -> std::io::Result<RunDir> {
            std::fs::create_dir_all(parent)?;
            // One at a time, so that nobody sweeps a directory whose owner has not locked it yet.
            let turn = File::create(parent.join("lock"))?;
            turn.lock()?;
            sweep(parent)?;
            let directory = tempfile::Builder::new().prefix("run-").tempdir_in(parent)?;
            let lock = File::create(directory.path().join("lock"))?;
            lock.lock()?;
            Ok(RunDir { directory, _lock: lock })
        };
        let run =
            make().with_context(|| format!("making a directory for this run in {}", parent.display()))?;
        register_directory(run.path());
        Ok(run)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        forget_directory(self.path());
    }
}

/// Removes the directories whose owner is gone.
fn sweep(parent: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let abandoned = match File::open(path.join("lock")) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => true,
        };
        if abandoned {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_goes_with_its_owner_and_an_abandoned_one_with_the_next() {
        let parent = tempfile::tempdir().unwrap();
        let abandoned = parent.path().join("run-abandoned");
        std::fs::create_dir(&abandoned).unwrap();
        std::fs::write(abandoned.join("lock"), "").unwrap();

        let first = RunDir::under(parent.path()).unwrap();
        assert!(!abandoned.exists());
        let second = RunDir::under(parent.path()).unwrap();
        assert!(first.path().exists(), "a living owner's directory was swept");
        assert_ne!(first.path(), second.path());

        let path = first.path().to_owned();
        drop(first);
        assert!(!path.exists());
    }
}
