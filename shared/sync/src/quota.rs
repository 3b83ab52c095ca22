//! The quota of an account: never more calls in any sliding minute than the platform allows, whoever makes
//! them (`design.md` 5).
//!
//! Time is cut into slots, a little longer than 60 s ÷ limit. A slot belongs to whoever gets 1 from
//! `increment` on its key, and is good for one call. A sliding minute touches at most one slot more than
//! it holds, so that the slots of a minute are fewer than the limit by more than one.

use crate::host::{Host, StoreError};
use std::cell::RefCell;
use std::time::Duration;

/// An account's share of time.
pub struct Quota<'h> {
    host: Host<'h>,
    account: &'h str,
    slot: Duration,
    /// Keys of slots that this invocation asked for: nobody needs them once they are over.
    asked: RefCell<Vec<String>>,
}

/// No slot in the time given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSlot {
    /// Others have them; one is free no earlier than after this time.
    Busy(Duration),
    /// The store did not answer.
    Store(StoreError),
}

/// Of the allowed calls we use 97 %: a call may be on its way for a while, and the next one for less.
const SHARE_PERCENT: u32 = 97;

impl<'h> Quota<'h> {
    /// `per_minute` as the platform allows; at least 2.
    pub fn new(host: Host<'h>, account: &'h str, per_minute: u32) -> Self {
        // One less, since a sliding minute touches one slot more than it holds.
        let slots = (per_minute * SHARE_PERCENT / 100).min(per_minute.saturating_sub(1)).max(1);
        let slot = Duration::from_millis(u64::from(60_000_u32.div_ceil(slots)));
        Quota { host, account, slot, asked: RefCell::default() }
    }

    /// Waits for a slot of one's own, at most so long. When this returns, one call may be made at once.
    pub fn take(&self, patience: Duration) -> Result<(), NoSlot> {
        let began = self.host.clock.monotonic();
        let width = self.slot.as_millis() as i64;
        loop {
            let now = self.host.clock.wall_ms();
            let start = now.div_euclid(width) * width;
            let key = format!("quota/{}/{start}", self.account);
            self.asked.borrow_mut().push(key.clone());
            if self.host.store.increment(&key, 1).map_err(NoSlot::Store)? == 1 {
                return Ok(());
            }
            let wait = start + width - self.host.clock.wall_ms();
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0).max(1)).min(self.slot);
            let waited = self.host.clock.monotonic().saturating_sub(began);
            if waited + wait > patience {
                return Err(NoSlot::Busy(wait));
            }
            self.host.clock.sleep(wait);
        }
    }

    /// All keys asked for, once: they go into the state document's trash ([`is_over`] says when they may go).
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.borrow().clone();
        asked.sort();
        asked.dedup();
        asked
    }
}

/// Whether a key may be deleted: one of a slot that is not surely over for everybody would be given away twice.
/// Keys of other kinds always may.
pub fn is_over(key: &str, now_ms: i64) -> bool {
    let start = key.strip_prefix("quota/").and_then(|rest| rest.rsplit('/').next()?.parse::<i64>().ok());
    start.is_none_or(|start| start < now_ms - 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Clock, Connection, Http, Log, Random, Sql, SqlFailure, Store};
    use std::cell::Cell;
    use std::collections::BTreeMap;

    /// Time that passes when somebody sleeps, and counters.
    #[derive(Default)]
    struct World {
        ms: Cell<i64>,
        counters: RefCell<BTreeMap<String, i64>>,
        increments: Cell<u64>,
    }

    impl Clock for World {
        fn wall_ms(&self) -> i64 {
            1_763_683_200_000 + self.ms.get()
        }
        fn monotonic(&self) -> Duration {
            Duration::from_millis(self.ms.get() as u64)
        }
        fn sleep(&self, time: Duration) {
            self.ms.set(self.ms.get() + time.as_millis() as i64);
        }
    }

    impl Store for World {
        fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            unreachable!("a quota only counts")
        }
        fn set(&self, _: &str, _: &[u8]) -> Result<(), StoreError> {
            unreachable!("a quota only counts")
        }
        fn set_many(&self, _: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
            unreachable!("a quota only counts")
        }
        fn delete_many(&self, _: &[String]) -> Result<(), StoreError> {
            unreachable!("a quota only counts")
        }
        fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
            // A durable write takes its time.
            self.ms.set(self.ms.get() + 7);
            self.increments.set(self.increments.get() + 1);
            let mut counters = self.counters.borrow_mut();
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += by;
            Ok(*counter)
        }
    }

    impl Http for World {
        fn start(&self, _: http::Request<Vec<u8>>, _: Duration) -> crate::host::CallId {
            unreachable!("a quota calls nobody")
        }
        fn finish(
            &self,
            _: crate::host::CallId,
        ) -> Result<http::Response<Vec<u8>>, crate::host::HttpFailure> {
            unreachable!("a quota calls nobody")
        }
        fn cancel(&self, _: crate::host::CallId) {}
    }

    impl Sql for World {
        fn open(&self, _: &str) -> Result<Box<dyn Connection>, SqlFailure> {
            unreachable!("a quota calls nobody")
        }
    }

    impl Log for World {
        fn line(&self, _: &str) {}
    }

    impl Random for World {
        fn fill(&self, _: &mut [u8]) {}
    }

    fn host(world: &World) -> Host<'_> {
        Host { clock: world, store: world, http: world, sql: world, log: world, random: world }
    }

    /// The most calls in any sliding minute, and how many in all.
    fn busiest(calls: &[i64]) -> usize {
        calls
            .iter()
            .map(|from| calls.iter().filter(|at| (*from..from + 60_000).contains(*at)).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn no_sliding_minute_has_more_calls_than_allowed_and_most_are_used() {
        for limit in [100, 60, 500, 5, 2] {
            let world = World::default();
            // Two flows of one account, each as fast as it can.
            let quotas =
                [Quota::new(host(&world), "jushuitan", limit), Quota::new(host(&world), "jushuitan", limit)];
            let mut calls = Vec::new();
            while world.ms.get() < 600_000 {
                for quota in &quotas {
                    quota.take(Duration::from_secs(120)).unwrap();
                    calls.push(world.ms.get());
                }
            }
            assert!(busiest(&calls) <= limit as usize, "{limit}: {}", busiest(&calls));
            if limit >= 60 {
                let used = calls.len() as f64 / (world.ms.get() as f64 / 60_000.0) / f64::from(limit);
                assert!(used >= 0.95, "{limit}: {used}");
            }
        }
    }

    #[test]
    fn patience_has_an_end_and_old_slots_can_be_thrown_away() {
        let world = World::default();
        let quota = Quota::new(host(&world), "a", 60);
        let other = Quota::new(host(&world), "a", 60);
        other.take(Duration::ZERO).unwrap();
        assert!(matches!(quota.take(Duration::from_millis(100)), Err(NoSlot::Busy(_))));
        let asked = quota.asked();
        assert_eq!(asked.len(), 1);
        assert!(!is_over(&asked[0], world.wall_ms()));
        world.sleep(Duration::from_secs(62));
        assert!(is_over(&asked[0], world.wall_ms()));
        assert!(is_over("dead/flow/1/2", 0));
        assert!(quota.take(Duration::ZERO).is_ok());
    }
}
