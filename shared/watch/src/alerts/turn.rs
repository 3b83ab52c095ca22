//! Whose turn it is to check: of two ticks at once, one tells.
//!
//! Time is cut into slots of 20 seconds. A check begins in the slot of now and must own that one and the next two: a
//! slot belongs to whoever gets 1 from `increment` on its key, and whoever gets more gives up. The slots are taken in
//! the order of time, so of several that begin at once the one with the latest beginning that got its first slot gets
//! all three; and no other can begin before they are over. A check of the next minute finds slots that nobody has asked
//! for.
//!
//! The turn is good for what the three slots surely cover, less what clocks of replicas may differ by. Keys are deleted
//! when they are over for everybody; there are never more than those of some minutes.

use super::record::Record;
use ferry_sync::host::{Host, StoreError};
use std::time::Duration;

/// The length of a slot, in milliseconds.
const SLOT: i64 = 20_000;
/// How many slots a check owns.
const SLOTS: i64 = 3;
/// A check that begins at the very end of its first slot has two whole ones; clocks may differ by 5 seconds.
const GOOD_FOR: Duration = Duration::from_secs(35);
/// So many milliseconds after its beginning nobody asks for a slot any more.
const OVER_AFTER: i64 = 180_000;
/// Keys that one check deletes.
const SWEPT: i64 = 60;
/// Beyond so many slots, a week's, the clock has jumped.
const LOOKED_BACK: i64 = 7 * 86_400_000 / SLOT;

/// The right to check.
pub struct Turn {
    slot: i64,
    began: Duration,
}

/// The turn, or `None` where another has it.
///
/// # Errors
/// When the store does not answer.
pub fn take(host: Host<'_>) -> Result<Option<Turn>, StoreError> {
    // First, so that the turn does not seem longer than it is.
    let began = host.clock.monotonic();
    let slot = host.clock.wall_ms().div_euclid(SLOT);
    for slot in slot..slot + SLOTS {
        if host.store.increment(&key(slot), 1)? != 1 {
            return Ok(None);
        }
    }
    let turn = Turn { slot, began };
    // A store that took so long may have given the same slots away again.
    Ok((!turn.is_over(host)).then_some(turn))
}

fn key(slot: i64) -> String {
    format!("alertturn/{slot}")
}

impl Turn {
    /// Whether another may have the turn now.
    pub fn is_over(&self, host: Host<'_>) -> bool {
        host.clock.monotonic().saturating_sub(self.began) > GOOD_FOR
    }

    /// Deletes the keys of turns that are over, those of checks that gave up among them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn sweep(&self, host: Host<'_>, record: &mut Record) -> Result<(), StoreError> {
        let end = self.slot - OVER_AFTER / SLOT;
        // At first, and after a jump of the clock, some minutes are looked back. After a pause the checks catch up, each
        // with more slots than have passed since the one before; what is recent is deleted meanwhile, too.
        let known = end - LOOKED_BACK..=end;
        let begin = if known.contains(&record.swept) { record.swept } else { end - SWEPT };
        let until = end.min(begin + SWEPT);
        let recent = until.max(end - SWEPT)..end;
        if begin < end {
            host.store.delete_many(&(begin..until).chain(recent).map(key).collect::<Vec<_>>())?;
        }
        record.swept = until;
        Ok(())
    }
}
