//! The quota of an account: never more calls in any sliding minute than the platform allows, whoever makes
//! them (`design.md` 5).
//!
//! Time is cut into slots, a little longer than 60 s ÷ limit. A slot belongs to whoever gets 1 from
//! `increment` on its key, and is good for one call, in its own time or that of the next slot: a run that
//! writes a little longer than a slot catches up. So a sliding minute sees the calls of at most two slots more
//! than it holds, and the limit is larger than that; where it is too small, a slot is good in its own time only.
//!
//! A platform that complains all the same pauses the account, for all its flows, as long as its documents advise.

use crate::dead::store_failure;
use crate::host::{Host, StoreError};
use crate::problem::Failure;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// An account's share of time.
pub struct Quota<'h> {
    host: Host<'h>,
    account: &'h str,
    per_minute: u32,
    slot: Duration,
    /// Keys of slots that this invocation asked for: nobody needs them once they are over.
    asked: RefCell<Vec<String>>,
    /// The last slot that was asked for, Unix ms: it is ours and spent, or another's.
    last: Cell<i64>,
    /// Until when the account is paused, Unix ms; `None`: not looked yet.
    paused: Cell<Option<i64>>,
}

/// No slot in the time given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSlot {
    /// Others have them; one is free no earlier than after this time.
    Busy(Duration),
    /// The platform refused a call for its number, and asks to be left alone for so long yet.
    Paused(Duration),
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
        let (asked, last, paused) = (RefCell::default(), Cell::new(i64::MIN), Cell::new(None));
        Quota { host, account, per_minute, slot, asked, last, paused }
    }

    /// Waits for a slot of one's own, at most so long. When this returns, one call may be made at once.
    pub fn take(&self, patience: Duration) -> Result<(), NoSlot> {
        let began = self.host.clock.monotonic();
        let width = self.slot.as_millis() as i64;
        let late = 60_000_u128.div_ceil(self.slot.as_millis()) + 2 <= u128::from(self.per_minute);
        loop {
            let now = self.host.clock.wall_ms();
            let paused = self.paused_until()? - now;
            if paused > 0 {
                return Err(NoSlot::Paused(millis(paused)));
            }
            let slot = now.div_euclid(width) * width;
            let open = if late { slot - width } else { slot };
            for start in (open..=slot).step_by(self.slot.as_millis() as usize) {
                if start > self.last.get() && self.is_mine(start)? {
                    return Ok(());
                }
            }
            let wait = slot + width - self.host.clock.wall_ms();
            let wait = millis(wait).max(Duration::from_millis(1)).min(self.slot);
            let waited = self.host.clock.monotonic().saturating_sub(began);
            if waited + wait > patience {
                return Err(NoSlot::Busy(wait));
            }
            self.host.clock.sleep(wait);
        }
    }

    fn is_mine(&self, start: i64) -> Result<bool, NoSlot> {
        let key = format!("quota/{}/{start}", self.account);
        self.last.set(start);
        self.asked.borrow_mut().push(key.clone());
        Ok(self.host.store.increment(&key, 1).map_err(NoSlot::Store)? == 1)
    }

    /// After a complaint: nobody calls this account for so long.
    pub fn pause(&self, time: Duration) -> Result<(), StoreError> {
        let until = self.host.clock.wall_ms() + time.as_millis() as i64;
        self.paused.set(Some(until));
        self.host.store.set(&pause_key(self.account), until.to_string().as_bytes())
    }

    /// Read once in an invocation; another's complaint of this minute is heard by the next one.
    fn paused_until(&self) -> Result<i64, NoSlot> {
        if let Some(until) = self.paused.get() {
            return Ok(until);
        }
        let until = noted_pause(self.host, self.account).map_err(NoSlot::Store)?;
        self.paused.set(Some(until));
        Ok(until)
    }

    /// All keys asked for since the last time, once each: they go into the state document's trash ([`is_over`]
    /// says when they may go).
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.borrow_mut())
    }
}

fn pause_key(account: &str) -> String {
    format!("pause/{account}")
}

fn noted_pause(host: Host<'_>, account: &str) -> Result<i64, StoreError> {
    let bytes = host.store.get(&pause_key(account))?;
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()).unwrap_or(0))
}

/// Until when an account is left alone, Unix ms; in the past where it is not.
///
/// # Errors
/// The store did not answer.
pub fn paused(host: Host<'_>, account: &str) -> Result<i64, Failure> {
    noted_pause(host, account).map_err(|error| store_failure(&pause_key(account), &error.0))
}

fn millis(time: i64) -> Duration {
    Duration::from_millis(u64::try_from(time).unwrap_or(0))
}

/// Whether a key may be deleted: one of a slot, or of the right to renew a token, that is not surely over for
/// everybody would be given away twice. Keys of other kinds always may.
pub fn is_over(key: &str, now_ms: i64) -> bool {
    let slot = key.strip_prefix("quota/").or_else(|| key.strip_prefix("renew/"));
    let start = slot.and_then(|rest| rest.rsplit('/').next()?.parse::<i64>().ok());
    start.is_none_or(|start| start < now_ms - OVER_AFTER)
}

/// The longest slot is a minute, and a clock may be a minute behind ([`crate::run`] complains beyond that).
const OVER_AFTER: i64 = 180_000;

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
        pause: RefCell<Option<Vec<u8>>>,
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
            Ok(self.pause.borrow().clone())
        }
        fn set(&self, _: &str, value: &[u8]) -> Result<(), StoreError> {
            self.pause.replace(Some(value.to_vec()));
            Ok(())
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

    /// One flow that writes for most of a slot, and sometimes longer than one, while it may not wait.
    #[test]
    fn a_run_that_is_late_for_a_slot_catches_up() {
        let world = World::default();
        let quota = Quota::new(host(&world), "jushuitan", 100);
        let mut calls = Vec::new();
        for page in 0..2000 {
            let ahead = quota.take(Duration::ZERO).is_ok();
            if ahead {
                calls.push(world.ms.get());
            }
            world.sleep(Duration::from_millis(if page % 10 == 0 { 700 } else { 420 }));
            if !ahead {
                quota.take(Duration::from_secs(60)).unwrap();
                calls.push(world.ms.get());
                world.sleep(Duration::from_millis(150));
            }
        }
        assert!(busiest(&calls) <= 100, "{}", busiest(&calls));
        let used = calls.len() as f64 / (world.ms.get() as f64 / 60_000.0) / 100.0;
        assert!(used >= 0.96, "{used}");
    }

    #[test]
    fn a_complaint_pauses_the_account_for_all_its_flows() {
        let world = World::default();
        let quota = Quota::new(host(&world), "wangdiantong", 60);
        quota.take(Duration::ZERO).unwrap();
        quota.pause(Duration::from_secs(300)).unwrap();
        for flow in [&quota, &Quota::new(host(&world), "wangdiantong", 60)] {
            assert!(matches!(flow.take(Duration::from_secs(100)), Err(NoSlot::Paused(_))));
        }
        world.sleep(Duration::from_secs(300));
        Quota::new(host(&world), "wangdiantong", 60).take(Duration::from_secs(1)).unwrap();
    }

    #[test]
    fn patience_has_an_end_and_old_slots_can_be_thrown_away() {
        let world = World::default();
        let quota = Quota::new(host(&world), "a", 60);
        let other = Quota::new(host(&world), "a", 60);
        // The slot of now, and the one before it.
        other.take(Duration::ZERO).unwrap();
        other.take(Duration::ZERO).unwrap();
        assert!(matches!(quota.take(Duration::from_millis(100)), Err(NoSlot::Busy(_))));
        let asked = quota.asked();
        assert_eq!(asked.len(), 2);
        assert!(!is_over(&asked[0], world.wall_ms()));
        world.sleep(Duration::from_secs(182));
        assert!(is_over(&asked[0], world.wall_ms()));
        assert!(!is_over(&format!("renew/a/7/{}", world.wall_ms()), world.wall_ms()));
        assert!(is_over("dead/flow/1/2", 0));
        assert!(quota.take(Duration::ZERO).is_ok());
    }
}
