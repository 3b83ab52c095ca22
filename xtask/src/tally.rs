//! Counts what passed and failed.

use std::iter::Sum;
use std::ops::Add;

/// How many checks or tests passed and failed, and how many were not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Marked `#[ignore]`.
    pub ignored: u64,
}

impl Tally {
    /// One check: fmt, clippy, rustdoc.
    pub fn check(success: bool) -> Tally {
        Tally { passed: success.into(), failed: (!success).into(), ignored: 0 }
    }

    /// What one line of libtest's output says: `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
    pub fn from_line(line: &str) -> Option<Tally> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut tally = Tally::default();
        for count in counts.split(';') {
            let Some((number, word)) = count.trim().split_once(' ') else {
                continue;
            };
            match (number.parse(), word) {
                (Ok(number), "passed") => tally.passed = number,
                (Ok(number), "failed") => tally.failed = number,
                (Ok(number), "ignored") => tally.ignored = number,
                _ => {}
            }
        }
        Some(tally)
    }
}

/// Reads a whole `cargo test` run: the lines that start a test binary, and the result that each owes.
#[derive(Debug, Default)]
pub struct Reader {
    started: u64,
    answered: u64,
    tally: Tally,
}

impl Reader {
    /// A line of cargo's stderr.
    pub fn cargo_says(&mut self, line: &str) {
        let line = line.trim_start();
        if line.starts_with("Running ") || line.starts_with("Doc-tests ") {
            self.started += 1;
        }
    }

    /// A line of the tests' stdout.
    pub fn test_says(&mut self, line: &str) {
        if let Some(tally) = Tally::from_line(line) {
            self.answered += 1;
            self.tally = self.tally + tally;
        }
    }

    /// The sum. A binary that was started and gave no result (an abort, a kill) failed, and so did a run
    /// that cargo calls failed although every binary reported success.
    pub fn finish(self, success: bool) -> Tally {
        let mut tally = self.tally;
        tally.failed += self.started.saturating_sub(self.answered);
        if !success && tally.failed == 0 {
            tally.failed = 1;
        }
        tally
    }
}

impl Add for Tally {
    type Output = Tally;
    fn add(self, other: Tally) -> Tally {
        Tally {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(tallies: I) -> Tally {
        tallies.fold(Tally::default(), Tally::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str =
        "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s";
    const BAD: &str =
        "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.02s";

    #[test]
    fn the_result_line_is_read() {
        let tally = |passed, failed, ignored| Tally { passed, failed, ignored };
        assert_eq!(Tally::from_line(OK), Some(tally(12, 0, 1)));
        assert_eq!(Tally::from_line(BAD), Some(tally(2, 3, 0)));
        assert_eq!(Tally::from_line("test engine::tests::x ... ok"), None);
        assert_eq!(Tally::from_line("a test said: test result: ok. 1 passed"), None);
    }

    #[test]
    fn results_of_all_binaries_add_up() {
        let mut reader = Reader::default();
        reader.cargo_says("     Running unittests src/lib.rs (target/debug/deps/a-1)");
        reader.test_says(OK);
        reader.cargo_says("   Doc-tests a");
        reader.test_says(BAD);
        let tally = reader.finish(false);
        assert_eq!((tally.passed, tally.failed), (14, 3));
    }

    #[test]
    fn a_binary_that_died_without_a_result_failed() {
        let mut reader = Reader::default();
        reader.cargo_says("     Running unittests src/lib.rs (target/debug/deps/a-1)");
        reader.test_says("running 4 tests");
        reader.cargo_says("     Running unittests src/lib.rs (target/debug/deps/b-1)");
        reader.test_says(OK);
        assert_eq!(reader.finish(false).failed, 1);
    }

    #[test]
    fn what_does_not_compile_failed() {
        assert_eq!(Reader::default().finish(false).failed, 1);
        assert_eq!(Reader::default().finish(true), Tally::default());
    }
}
