//! Log lines and random bytes.

use ferry_sync::host::{Log, Random};

/// Stdout, which Spin keeps per component (`spin.md` 4.3).
pub struct StdoutLog;

impl Log for StdoutLog {
    fn line(&self, line: &str) {
        println!("{line}");
    }
}

/// The host's random numbers.
pub struct WasiRandom;

impl Random for WasiRandom {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("a WASI host has random numbers");
    }
}
