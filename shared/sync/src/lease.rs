//! The lease: the right to run a flow, carried by a key-value store that can do no more than
//! get, set, delete and count (design.md 5; why no more: spin.md 1.5).
//!
//! [`Acquire`] is the protocol without any I/O: it names one [`Effect`] at a time and is told the
//! [`Answer`]. [`acquire`] drives it over a [`LeaseStore`], which is what the components do;
//! `tests/lease_model.rs` drives the same code through every interleaving of three contenders.
//! What comes out is [`Acquired`]: a [`Held`] lease and the state that the last holder left.
//!
//! # The protocol
//!
//! | key | content | written by |
//! |---|---|---|
//! | `lease/<flow>` | the counter of drawn tickets | `increment` alone |
//! | `flow/<flow>/<ticket>` | a [`Document`] | whoever drew that ticket |
//! | `flow/<flow>` | the hint: the newest holder's ticket, maybe stale | holders |
//! | `seen/<flow>` | a [`Seen`] stamp | whoever looks and cannot tell |
//!
//! *Look.* If the hinted document is held: refused, at the price of reads only. Else read the
//! counter, **then** the clock, and walk down from the counter: a lost ticket is passed by; a held
//! one refuses; one released or expired is what we inherit from. A ticket without a document, or
//! with an `until` that no lease can have, is *unsettled*: its drawer may be alive and slow. The
//! look leaves a stamp and is refused. Once the stamp is L old the tenure of everybody who had
//! drawn by then is over, and the ticket is passed by (or, if it has a document, inherited from).
//!
//! *Draw.* Read the clocks, then increment. If the ticket is not the one after the counter that
//! the walk began at, somebody drew in between: mark our own as lost, refused. Else put our document, a
//! copy of the inherited state, and move the hint. The tenure counts from the reading before the
//! draw, so whoever finds a ticket drawn knows that its tenure has begun.
//!
//! *Hold.* No renewal. [`Held::remaining`] says how long outside effects may still take. Every
//! commit is one put on the holder's own ticket ([`Held::commit`]), the last one releases it
//! ([`Held::release`]). What an old holder writes late lands on its own key, which no one reads
//! once a newer holder's document exists: a fence without compare-and-swap.
//!
//! # Why never two
//!
//! By induction over tickets: a holder has walked past every lower ticket, so it knows their
//! tenures to be over (released; expired; lost; or drawn before a stamp that is L old), and
//! `ticket == counter + 1` says that nobody drew between the walk's beginning and its own draw.
//! Higher tickets in turn find its document, or none, and wait. Clocks are trusted this far only:
//! the wall clocks of two processes differ by less than [`Terms::margin`] (on one machine they are
//! one clock), and clocks run equally fast for the length of a lease.
//!
//! Gets in again: if all die, one who keeps asking is in within 2 L of its first look (the wait for
//! `until`, then perhaps that for a stamp), plus the margin.
//!
//! # Where this differs from the plan
//!
//! 1. design.md 5 drops *all* lower documents after the put. That loses the state:
//!    A, ticket 2, has read document 1 (released) and stalls between draw and put. B finds 2
//!    without a document, stamps it, and L later passes it by; before it reads document 1, A wakes,
//!    puts document 2 and drops document 1. B finds no document at all, draws 3 = 2 + 1, and holds
//!    the lease with empty hands. So the inherited document stays, and its successor's successor
//!    drops it: [`Document::drop`] names what may go. (The model has this as a fault.)
//! 2. One stamp per flow, naming the counter, instead of one per ticket. A stamp per ticket can be
//!    left behind by a slow look after its ticket is dropped, and nobody would ever remove it; and
//!    k dead drawers in a row would cost k leases of waiting. One stamp says of all tickets up to
//!    the counter that they had been drawn by then.
//! 3. The clock that stamps is read *after* the counter. Read before, with a stall between the two,
//!    the stamp would be older than the draw it speaks of, and free a live drawer.
//! 4. A counter that is behind the hint has been deleted (by someone who took it for a lock, say).
//!    The walk then begins at the hint, and the draw makes up the difference; counting from 1 would
//!    pass for a first run. (Deleting it *while a run draws* is beyond repair: two may hold.)
//! 5. `until` carries this run's own length, which may be shorter than L; L bounds the lengths of
//!    all runs of the flow. If a look used its own short L on another's long tenure, it would take an
//!    honest `until` for nonsense and free it early.

mod acquire;
mod store;

pub use acquire::{Acquire, Answer, Effect, Step};
pub use store::{LeaseStore, acquire, perform};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long a lease lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Terms {
    /// L, the longest that any run of this flow may have the lease, margin included. **The same in
    /// every run**, whatever its own budget; lowering it while an older build runs is unsafe.
    pub lease: Duration,
    /// What is kept clear at the end: for the difference between two processes' wall clocks, and
    /// for their millisecond. It must be greater than both together.
    pub margin: Duration,
    /// How long this run may work: its budget and its longest request timeout. Cut to
    /// `lease - margin` where it is longer.
    pub hold: Duration,
}

impl Terms {
    fn hold(&self) -> Duration {
        self.hold.min(self.lease.saturating_sub(self.margin))
    }
}

/// The two clocks, the monotonic one read first.
///
/// In that order a pause between the two readings makes others wait for longer, never shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clocks {
    /// Time since any fixed point of this process.
    pub monotonic: Duration,
    /// Unix time in milliseconds.
    pub wall_ms: i64,
}

/// What stands at `flow/<flow>/<ticket>`.
///
/// As JSON: `{"status":"held","until":1763621234567,"drop":[41],"state":{"state":…}}`. The flow's
/// own state is nested, not flattened: serde's `flatten` cannot read numbers when serde_json keeps
/// their digits (`arbitrary_precision`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Document<T> {
    /// What has become of the ticket.
    pub status: Status,
    /// Unix time in milliseconds at which others may take over, if nothing else happens first.
    #[serde(rename = "until")]
    pub until_ms: i64,
    /// Lower tickets whose documents the next holder drops.
    pub drop: Vec<u64>,
    /// The state of the flow.
    pub state: Inherited<T>,
}

/// What has become of a ticket that has a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its drawer holds the lease, or held it and died.
    Held,
    /// Its drawer held the lease and is done. `until` means nothing any more.
    Released,
    /// Its drawer never held the lease.
    Lost,
}

/// The state that a holder finds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inherited<T> {
    /// No run of this flow has ever left a state.
    FirstRun,
    /// Tickets have been drawn, but no document is left: the state was lost, and it must not
    /// be taken for a first run. (A first run that died between draw and put looks the same.)
    Gone,
    /// What the last holder committed.
    State(T),
}

/// When somebody first found the counter at `ticket` and could not tell whether all was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// The counter, that is, the newest ticket drawn by then.
    pub ticket: u64,
    /// Unix time in milliseconds.
    pub at_ms: i64,
}

/// A lease drawn, and what its last holder left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Acquired<T> {
    /// The lease.
    pub lease: Held,
    /// The state to go on from; it is in our own document already.
    pub state: Inherited<T>,
    /// When the tenure of the last holder ended, in Unix ms, if it did not give the lease back: it may have died
    /// in the middle of something.
    pub abandoned_ms: Option<i64>,
}

/// The right to run a flow, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Held {
    ticket: u64,
    ends: Clocks,
    until_ms: i64,
    drop: Vec<u64>,
}

impl Held {
    /// The ticket, which names the document `flow/<flow>/<ticket>` that the commits go to.
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// Unix time in milliseconds until which others stay out.
    pub fn until_ms(&self) -> i64 {
        self.until_ms
    }

    /// How long an effect that starts now may take at most, commits included; zero when the tenure is over.
    ///
    /// By whichever clock is further on: the monotonic one may stand still while a machine sleeps,
    /// and the others go by the wall clock.
    pub fn remaining(&self, now: Clocks) -> Duration {
        let monotonic = self.ends.monotonic.saturating_sub(now.monotonic);
        let wall = self.ends.wall_ms.saturating_sub(now.wall_ms).max(0);
        monotonic.min(Duration::from_millis(wall.unsigned_abs()))
    }

    /// What a commit writes to `flow/<flow>/<ticket>`.
    pub fn commit<T>(&self, state: Inherited<T>) -> Document<T> {
        self.document(Status::Held, state)
    }

    /// What the last commit writes: the next run need not wait for `until`.
    pub fn release<T>(&self, state: Inherited<T>) -> Document<T> {
        self.document(Status::Released, state)
    }

    fn document<T>(&self, status: Status, state: Inherited<T>) -> Document<T> {
        Document { status, until_ms: self.until_ms, drop: self.drop.clone(), state }
    }
}

/// Why this run does not get the lease. Nothing has been done for the flow, and the next run tries again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Refused {
    /// Another run has it.
    Running {
        /// Its ticket.
        ticket: u64,
        /// Unix time in milliseconds at which it ends at the latest.
        until_ms: i64,
    },
    /// A run drew a ticket and was not heard of again (or its document has an impossible `until`).
    Unsettled {
        /// That ticket.
        ticket: u64,
        /// Unix time in milliseconds from which the lease is free, if it stays silent.
        free_at_ms: i64,
    },
    /// Another run drew between our look and our draw.
    Outdrawn {
        /// The ticket we drew.
        ticket: u64,
        /// The ticket we needed.
        expected: u64,
    },
    /// Drawn, but it took so long that the tenure is over already.
    TooSlow {
        /// Our ticket.
        ticket: u64,
    },
    /// The key-value store failed. Whether the step was done is unknown, which later runs allow for.
    Store {
        /// What was being done.
        doing: String,
        /// What the store said.
        error: String,
    },
}

impl Refused {
    /// Unix time in milliseconds at which it makes sense to try again, where that is known.
    pub fn retry_at_ms(&self) -> Option<i64> {
        match self {
            Self::Running { until_ms, .. } => Some(*until_ms),
            Self::Unsettled { free_at_ms, .. } => Some(*free_at_ms),
            Self::Outdrawn { .. } | Self::TooSlow { .. } | Self::Store { .. } => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running { ticket, until_ms } => write!(
                f,
                "another run (ticket {ticket}) holds the lease, until Unix time {until_ms} ms at the latest"
            ),
            Self::Unsettled { ticket, free_at_ms } => write!(
                f,
                "a run drew ticket {ticket} and has not been heard of since; unless it appears, \
                 the lease is free at Unix time {free_at_ms} ms"
            ),
            Self::Outdrawn { ticket, expected } => {
                write!(f, "another run was quicker: drew ticket {ticket} where {expected} was needed")
            }
            Self::TooSlow { ticket } => write!(
                f,
                "drew ticket {ticket}, but the key-value store took longer than the lease lasts; \
                 it is free again once its time is up"
            ),
            Self::Store { doing, error } => write!(
                f,
                "the key-value store failed while {doing}: {error}; the next run tries again, \
                 and may have to wait for one lease"
            ),
        }
    }
}

impl std::error::Error for Refused {}

/// A duration in whole milliseconds, as wall-clock times are counted.
fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
