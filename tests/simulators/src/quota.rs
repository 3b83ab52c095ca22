//! Call limits over a sliding time.

use std::collections::VecDeque;

/// At most so many calls within any so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub calls: usize,
    pub within_ms: i64,
}

/// The calls of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    calls: VecDeque<i64>,
}

impl Quota {
    /// The longest time that is looked back.
    const KEPT_MS: i64 = 3_600_000;

    /// The first of the limits that one more call at this time would exceed.
    pub fn exceeded(&self, now_ms: i64, limits: &[Limit]) -> Option<Limit> {
        let within = |limit: &&Limit| {
            let since = now_ms - limit.within_ms;
            self.calls.iter().filter(|at| **at > since && **at <= now_ms).count() >= limit.calls
        };
        limits.iter().find(within).copied()
    }

    /// Counts a call.
    pub fn count(&mut self, now_ms: i64) {
        self.calls.retain(|at| *at > now_ms - Self::KEPT_MS);
        self.calls.push_back(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_however_placed_holds_more_than_the_limit() {
        let limits = [Limit { calls: 2, within_ms: 1000 }, Limit { calls: 3, within_ms: 60_000 }];
        let mut quota = Quota::default();
        let mut call = |at: i64| {
            let exceeded = quota.exceeded(at, &limits);
            if exceeded.is_none() {
                quota.count(at);
            }
            exceeded
        };
        assert_eq!(call(900), None);
        assert_eq!(call(950), None);
        // Another second by the clock on the wall, the same one as it slides.
        assert_eq!(call(1000), Some(limits[0]));
        assert_eq!(call(1899), Some(limits[0]));
        assert_eq!(call(1900), None);
        assert_eq!(call(30_000), Some(limits[1]));
        assert_eq!(call(60_899), Some(limits[1]));
        assert_eq!(call(60_900), None);
        assert_eq!(call(60_940), Some(limits[1]));
    }
}
