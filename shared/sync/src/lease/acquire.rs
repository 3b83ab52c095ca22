//! The protocol as a machine: one effect out, its answer in.

use super::{Acquired, Clocks, Document, Held, Inherited, Refused, Seen, Status, Terms, ms};
use std::mem;

/// Documents dropped in one acquisition. Each is a durable write; the rest is left to the next.
const SWEEP: usize = 8;

/// One effect on the key-value store, or a reading of the clocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect<T> {
    /// Read the clocks, the monotonic one first.
    ReadClocks,
    /// Read `flow/<flow>`.
    GetHint,
    /// Read `flow/<flow>/<ticket>`.
    GetDocument(u64),
    /// Add to `lease/<flow>`; 0 reads it, and nothing else can (spin.md 1.5).
    Increment(u64),
    /// Read `seen/<flow>`.
    GetSeen,
    /// Write `seen/<flow>`.
    PutSeen(Seen),
    /// Write the document of a ticket that is lost.
    PutLost(u64),
    /// Write the document of a ticket that holds, and the hint to it, in one batch if there is one.
    /// (It need not be atomic: a hint can at worst refuse somebody.)
    PutHeld(u64, Document<T>),
    /// Delete `flow/<flow>/<ticket>`.
    DeleteDocument(u64),
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer<T> {
    /// Of [`Effect::ReadClocks`].
    Clocks(Clocks),
    /// Of [`Effect::GetHint`].
    Hint(Option<u64>),
    /// Of [`Effect::GetDocument`].
    Document(Option<Document<T>>),
    /// Of [`Effect::Increment`]: the counter after it.
    Counter(u64),
    /// Of [`Effect::GetSeen`].
    Seen(Option<Seen>),
    /// Of every put and delete.
    Written,
    /// Of any but [`Effect::ReadClocks`]: the store's error. Whether the effect took place is unknown.
    Failed(String),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step<T> {
    /// Perform this and give the answer to [`Acquire::step`].
    Do(Effect<T>),
    /// That was all.
    Done(Result<Acquired<T>, Refused>),
}

/// One attempt to get the lease.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Acquire<T> {
    terms: Terms,
    phase: Phase<T>,
}

/// What the last effect was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Phase<T> {
    Hint,
    Hinted { hint: u64 },
    HintedHeld { hint: u64, until_ms: i64 },
    Counter { hint: u64 },
    LookClock { counter: u64, hint: u64 },
    Walk { look: Look, at: u64 },
    Unsettled { look: Look, at: u64, document: Option<Document<T>> },
    Stamp { ticket: u64, free_at_ms: i64 },
    DrawClock { look: Look, from: Origin<T> },
    Draw { look: Look, from: Origin<T>, drawn: Clocks },
    Lose { ticket: u64, expected: u64 },
    Put { claim: Claim<T> },
    Sweep { claim: Claim<T> },
    LastClock { claim: Claim<T> },
    Done,
}

/// A walk down the tickets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Look {
    /// The counter as read.
    counter: u64,
    /// Where the walk began: the counter, unless that is behind the hint.
    top: u64,
    /// The wall clock, read after the counter.
    now_ms: i64,
    /// A stamp says that the tenure of every ticket up to `top` is over.
    settled: bool,
    /// Lost tickets on the way.
    lost: Vec<u64>,
}

/// Where the walk ended: the state to copy, the documents that it makes superfluous, and its own ticket (0: none).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Origin<T> {
    ticket: u64,
    state: Inherited<T>,
    abandoned_ms: Option<i64>,
    drop: Vec<u64>,
}

/// A ticket that holds, once its document is put.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Claim<T> {
    held: Held,
    state: Inherited<T>,
    abandoned_ms: Option<i64>,
    /// How many of the first in `held.drop` may go already.
    sweep: usize,
}

/// What a document says of its ticket.
enum Standing {
    Lost,
    Over,
    Running,
    /// `until` is further off than any lease reaches: a clock was wrong, ours or theirs.
    Unbelievable,
}

impl<T> Document<T> {
    fn standing(&self, now_ms: i64, terms: &Terms) -> Standing {
        match self.status {
            Status::Lost => Standing::Lost,
            Status::Released => Standing::Over,
            Status::Held if self.until_ms <= now_ms => Standing::Over,
            Status::Held if self.until_ms <= now_ms.saturating_add(ms(terms.lease)) => Standing::Running,
            Status::Held => Standing::Unbelievable,
        }
    }
}

impl<T: Clone> Acquire<T> {
    /// An attempt, and its first effect.
    pub fn start(terms: Terms) -> (Self, Effect<T>) {
        (Self { terms, phase: Phase::Hint }, Effect::GetHint)
    }

    /// Takes the answer to the last effect and says what comes next.
    ///
    /// # Panics
    ///
    /// If the answer is not one to the last effect, or the attempt was over.
    pub fn step(&mut self, answer: Answer<T>) -> Step<T> {
        let phase = mem::replace(&mut self.phase, Phase::Done);
        let (phase, effect) = match (phase, answer) {
            // Look: the hinted document.
            (Phase::Hint, Answer::Hint(Some(hint))) => (Phase::Hinted { hint }, Effect::GetDocument(hint)),
            (Phase::Hint, Answer::Hint(None)) => (Phase::Counter { hint: 0 }, Effect::Increment(0)),
            (
                Phase::Hinted { hint },
                Answer::Document(Some(Document { status: Status::Held, until_ms, .. })),
            ) => (Phase::HintedHeld { hint, until_ms }, Effect::ReadClocks),
            (Phase::Hinted { hint }, Answer::Document(_)) => (Phase::Counter { hint }, Effect::Increment(0)),
            (Phase::HintedHeld { hint, until_ms }, Answer::Clocks(now)) => {
                if now.wall_ms < until_ms && until_ms <= now.wall_ms.saturating_add(ms(self.terms.lease)) {
                    return refused(Refused::Running { ticket: hint, until_ms });
                }
                (Phase::Counter { hint }, Effect::Increment(0))
            }

            // Look: the walk.
            (Phase::Counter { hint }, Answer::Counter(counter)) => {
                (Phase::LookClock { counter, hint }, Effect::ReadClocks)
            }
            (Phase::LookClock { counter, hint }, Answer::Clocks(now)) => {
                let top = counter.max(hint);
                let look = Look { counter, top, now_ms: now.wall_ms, settled: false, lost: Vec::new() };
                descend(look, top)
            }
            (Phase::Walk { mut look, at }, Answer::Document(Some(document))) => {
                match document.standing(look.now_ms, &self.terms) {
                    Standing::Lost => {
                        look.lost.push(at);
                        descend(look, at - 1)
                    }
                    Standing::Running => {
                        return refused(Refused::Running { ticket: at, until_ms: document.until_ms });
                    }
                    Standing::Unbelievable if !look.settled => {
                        (Phase::Unsettled { look, at, document: Some(document) }, Effect::GetSeen)
                    }
                    Standing::Over | Standing::Unbelievable => inherit(look, at, document),
                }
            }
            (Phase::Walk { look, at }, Answer::Document(None)) => {
                if look.settled {
                    descend(look, at - 1)
                } else {
                    (Phase::Unsettled { look, at, document: None }, Effect::GetSeen)
                }
            }
            (Phase::Unsettled { mut look, at, document }, Answer::Seen(seen)) => {
                // A stamp of another counter says nothing of this one; one from the future was
                // written by a clock that has been set back since, and might never grow old.
                let stamp = seen.filter(|seen| seen.ticket == look.top && seen.at_ms <= look.now_ms);
                let first = stamp.map_or(look.now_ms, |seen| seen.at_ms);
                let free_at_ms = first.saturating_add(ms(self.terms.lease));
                if stamp.is_none() {
                    let seen = Seen { ticket: look.top, at_ms: look.now_ms };
                    (Phase::Stamp { ticket: at, free_at_ms }, Effect::PutSeen(seen))
                } else if look.now_ms < free_at_ms {
                    return refused(Refused::Unsettled { ticket: at, free_at_ms });
                } else {
                    look.settled = true;
                    match document {
                        Some(document) => inherit(look, at, document),
                        None => descend(look, at - 1),
                    }
                }
            }
            (Phase::Stamp { ticket, free_at_ms }, Answer::Written) => {
                return refused(Refused::Unsettled { ticket, free_at_ms });
            }

            // Draw.
            (Phase::DrawClock { look, from }, Answer::Clocks(drawn)) => {
                let by = look.top - look.counter + 1;
                (Phase::Draw { look, from, drawn }, Effect::Increment(by))
            }
            (Phase::Draw { look, from, drawn }, Answer::Counter(ticket)) => {
                let expected = look.top + 1;
                if ticket == expected {
                    self.put(look, from, drawn)
                } else {
                    (Phase::Lose { ticket, expected }, Effect::PutLost(ticket))
                }
            }
            // If it failed, the ticket stays without a document, and the next look waits a lease for it.
            (Phase::Lose { ticket, expected }, Answer::Written | Answer::Failed(_)) => {
                return refused(Refused::Outdrawn { ticket, expected });
            }
            (Phase::Put { claim }, Answer::Written) => sweep(claim),
            (Phase::Sweep { mut claim }, Answer::Written) => {
                claim.held.drop.remove(claim.sweep);
                sweep(claim)
            }
            // What cannot be dropped now stays in the list.
            (Phase::Sweep { claim }, Answer::Failed(_)) => sweep(claim),
            (Phase::LastClock { claim }, Answer::Clocks(now)) => {
                let Claim { held: lease, state, abandoned_ms, .. } = claim;
                if lease.remaining(now).is_zero() {
                    return refused(Refused::TooSlow { ticket: lease.ticket });
                }
                return Step::Done(Ok(Acquired { lease, state, abandoned_ms }));
            }

            (phase, Answer::Failed(error)) => {
                return refused(Refused::Store { doing: phase.doing(), error });
            }
            (Phase::Done, _) => panic!("the attempt is over"),
            _ => panic!("not an answer to the last effect"),
        };
        self.phase = phase;
        Step::Do(effect)
    }

    /// The ticket is ours: its document, with the state we inherit.
    fn put(&self, look: Look, from: Origin<T>, drawn: Clocks) -> (Phase<T>, Effect<T>) {
        let ticket = look.top + 1;
        let hold = self.terms.hold();
        let ends = Clocks {
            monotonic: drawn.monotonic.saturating_add(hold),
            wall_ms: drawn.wall_ms.saturating_add(ms(hold)),
        };
        // The inherited document stays for now, at the end of the list (counterexample 1 of the module).
        let mut drop = from.drop;
        drop.extend(look.lost);
        let sweep = drop.len().min(SWEEP);
        drop.extend((from.ticket > 0).then_some(from.ticket));
        let until_ms = ends.wall_ms.saturating_add(ms(self.terms.margin));
        let held = Held { ticket, ends, until_ms, drop };
        let document = held.commit(from.state.clone());
        let claim = Claim { held, state: from.state, abandoned_ms: from.abandoned_ms, sweep };
        (Phase::Put { claim }, Effect::PutHeld(ticket, document))
    }
}

/// The walk goes on at `at`, or has come to the ground.
fn descend<T>(look: Look, at: u64) -> (Phase<T>, Effect<T>) {
    if at > 0 {
        return (Phase::Walk { look, at }, Effect::GetDocument(at));
    }
    let state = if look.top == 0 { Inherited::FirstRun } else { Inherited::Gone };
    let from = Origin { ticket: 0, state, abandoned_ms: None, drop: Vec::new() };
    (Phase::DrawClock { look, from }, Effect::ReadClocks)
}

/// The walk has found the newest document.
fn inherit<T>(look: Look, ticket: u64, document: Document<T>) -> (Phase<T>, Effect<T>) {
    let abandoned_ms = (document.status == Status::Held).then_some(document.until_ms);
    let from = Origin { ticket, state: document.state, abandoned_ms, drop: document.drop };
    (Phase::DrawClock { look, from }, Effect::ReadClocks)
}

/// The next document to drop; after the last, a look at the clock.
fn sweep<T>(mut claim: Claim<T>) -> (Phase<T>, Effect<T>) {
    match claim.sweep.checked_sub(1) {
        Some(last) => {
            claim.sweep = last;
            let ticket = claim.held.drop[last];
            (Phase::Sweep { claim }, Effect::DeleteDocument(ticket))
        }
        None => (Phase::LastClock { claim }, Effect::ReadClocks),
    }
}

fn refused<T>(why: Refused) -> Step<T> {
    Step::Done(Err(why))
}

impl<T> Phase<T> {
    /// What the last effect was for, in words that finish "failed while …".
    fn doing(&self) -> String {
        match self {
            Self::Hint => "reading the hint to the newest ticket".into(),
            Self::Hinted { hint } => format!("reading the document of ticket {hint}"),
            Self::Counter { .. } => "reading the ticket counter".into(),
            Self::Walk { at, .. } => format!("reading the document of ticket {at}"),
            Self::Unsettled { at, .. } => format!("looking since when ticket {at} is silent"),
            Self::Stamp { ticket, .. } => format!("noting that ticket {ticket} is silent"),
            Self::Draw { .. } => "drawing a ticket".into(),
            Self::Put { claim } => format!("writing the document of ticket {}", claim.held.ticket),
            Self::Lose { ticket, .. } => format!("marking ticket {ticket} as lost"),
            Self::Sweep { claim } => format!("dropping documents older than ticket {}", claim.held.ticket),
            Self::HintedHeld { .. }
            | Self::LookClock { .. }
            | Self::DrawClock { .. }
            | Self::LastClock { .. } => "reading the clocks".into(),
            Self::Done => "nothing".into(),
        }
    }
}
