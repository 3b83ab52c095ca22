//! The clocks.

use ferry_sync::host::Clock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// WASI's clocks, the monotonic one counted from the beginning of the invocation.
pub struct WasiClock(Instant);

impl WasiClock {
    /// A clock that counts from now.
    pub fn start() -> Self {
        WasiClock(Instant::now())
    }
}

impl Clock for WasiClock {
    fn wall_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
