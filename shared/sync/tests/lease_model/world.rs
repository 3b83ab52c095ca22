//! The world of the model: one flow's key-value store, contenders, a clock, and what has happened.

use ferry_sync::lease::{
    Acquire, Acquired, Answer, Clocks, Document, Effect, Held, Inherited, LeaseStore, Seen, Status, Step,
    Terms, perform,
};
use stateright::{Model, Property};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// The number of a commit stands for the whole state of the flow.
pub type Commit = u8;

/// Which world is explored, and how far. All times are in ticks of a millisecond.
#[derive(Clone, Debug)]
pub struct World {
    /// By how much each contender's wall clock is ahead of the first one's.
    pub ahead: Vec<i64>,
    /// L.
    pub lease: u64,
    /// How much of it is margin; contenders hold for the rest.
    pub margin: u64,
    /// Time ends here.
    pub ticks: i64,
    /// No more tickets than this are drawn.
    pub tickets: u64,
    /// Whether the store may fail. To the others it is the same as a crash, except where documents are dropped.
    pub errors: bool,
    /// Whether hints are kept; without them there are fewer states.
    pub hints: bool,
    /// No more commits than this are made.
    pub commits: Commit,
    /// What is broken, to see that the checker notices.
    pub fault: Option<Fault>,
}

/// Ways to break the protocol from outside: the contenders run the real code, and are lied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Whatever ticket was drawn, it is taken for the one after the counter.
    AnyTicketWill,
    /// A held document is free for the taking.
    UntilIgnored,
    /// A ticket without a document is passed by at once.
    StampTakenForOld,
    /// The clock for the stamp was read before the counter.
    ClockBeforeCounter,
    /// The clock for the tenure is read after the draw.
    ClockAfterDraw,
    /// All lower documents go, the inherited one too (counterexample 1 of the module `lease`).
    InheritedDropped,
    /// One key for all holders instead of one for each: no fence.
    OneKeyForAll,
    /// Stamps are not kept.
    StampsForgotten,
}

/// Everything, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub now: i64,
    pub store: Shared<Store>,
    pub contenders: Vec<Shared<Contender>>,
    pub history: History,
}

/// A part of the state, shared by the states that have it in common, and hashed once.
#[derive(Clone, Debug)]
pub struct Shared<T> {
    value: Arc<T>,
    hash: u64,
}

impl<T: Hash + Clone> Shared<T> {
    pub fn new(value: T) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self { value: Arc::new(value), hash: hasher.finish() }
    }

    /// The same with a change.
    fn change(&mut self, change: impl FnOnce(&mut T)) {
        let mut value = T::clone(&self.value);
        change(&mut value);
        *self = Self::new(value);
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl<T> Eq for Shared<T> {}

/// The keys of one flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Store {
    counter: u64,
    hint: Option<u64>,
    documents: BTreeMap<u64, Document<Commit>>,
    seen: Option<Seen>,
}

/// One that wants to run the flow, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contender {
    ahead: i64,
    at: At,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum At {
    Idle,
    /// `lie` is what a fault has in store for a later answer.
    Acquiring {
        attempt: Acquire<Commit>,
        next: Effect<Commit>,
        drawn: bool,
        lie: Option<i64>,
    },
    Holding(Held),
}

/// What has happened. No contender can see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct History {
    /// How many commits there were; each is numbered by it.
    pub commits: Commit,
    /// What the newest holder inherited or, since then, committed in time.
    pub state: Option<Commit>,
    /// Commits that the newest holder made too late. The next one may find them or not; either is right.
    pub late: Vec<Commit>,
    /// The newest holder's ticket.
    pub newest: u64,
    /// The first holder that found something else than it should have.
    pub found: Option<Found>,
}

/// What a holder should not have found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    /// A late commit of one who was not the newest holder any more.
    Resurfaced,
    /// Nothing, or an older state.
    Older,
}

/// What may happen next. Contenders go by their place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Tick,
    /// Begins an attempt.
    Begin(usize),
    /// Performs the next effect and hears the answer.
    Perform(usize),
    /// Performs the next effect, but hears of an error.
    PerformAndFail(usize),
    /// The next effect fails.
    Fail(usize),
    /// Is killed; another run takes its place in the list.
    Crash(usize),
    /// Commits: too late, if the tenure is over.
    Commit(usize),
    /// Commits for the last time: too late, if the tenure is over.
    Release(usize),
}

/// What one contender sees of the world.
pub struct View<'a> {
    pub now: i64,
    pub ahead: i64,
    pub world: &'a World,
    pub store: &'a mut Shared<Store>,
}

impl LeaseStore<Commit> for View<'_> {
    type Error = Infallible;

    fn clocks(&mut self) -> Clocks {
        Clocks { monotonic: Duration::from_millis(self.now.unsigned_abs()), wall_ms: self.now + self.ahead }
    }
    fn hint(&mut self) -> Result<Option<u64>, Infallible> {
        Ok(self.store.hint)
    }
    fn document(&mut self, ticket: u64) -> Result<Option<Document<Commit>>, Infallible> {
        let mut document = self.store.documents.get(&ticket).cloned();
        if let Some(document) = &mut document
            && document.status == Status::Held
            && self.world.fault == Some(Fault::UntilIgnored)
        {
            document.status = Status::Released;
        }
        Ok(document)
    }
    fn increment(&mut self, by: u64) -> Result<u64, Infallible> {
        if by > 0 {
            self.store.change(|store| store.counter += by);
        }
        Ok(self.store.counter)
    }
    fn seen(&mut self) -> Result<Option<Seen>, Infallible> {
        if self.world.fault == Some(Fault::StampTakenForOld) {
            return Ok(Some(Seen { ticket: self.store.counter, at_ms: i64::MIN }));
        }
        Ok(self.store.seen)
    }
    fn put_seen(&mut self, seen: Seen) -> Result<(), Infallible> {
        if self.world.fault != Some(Fault::StampsForgotten) {
            self.store.change(|store| store.seen = Some(seen));
        }
        Ok(())
    }
    fn put_document(&mut self, ticket: u64, document: &Document<Commit>) -> Result<(), Infallible> {
        let newest = self.store.documents.keys().next_back().copied();
        let key = match self.world.fault {
            Some(Fault::OneKeyForAll) => newest.unwrap_or(ticket).max(ticket),
            _ => ticket,
        };
        self.store.change(|store| {
            store.documents.insert(key, document.clone());
        });
        Ok(())
    }
    fn put_document_and_hint(&mut self, ticket: u64, document: &Document<Commit>) -> Result<(), Infallible> {
        self.put_document(ticket, document)?;
        let hint = self.world.hints.then_some(ticket);
        self.store.change(|store| store.hint = hint);
        if self.world.fault == Some(Fault::InheritedDropped) {
            self.store.change(|store| store.documents.retain(|&other, _| other >= ticket));
        }
        Ok(())
    }
    fn delete_document(&mut self, ticket: u64) -> Result<(), Infallible> {
        self.store.change(|store| {
            store.documents.remove(&ticket);
        });
        Ok(())
    }
}

impl Contender {
    /// Begins an attempt and performs its first effect (before that, it is as good as idle).
    fn begin(&mut self, view: View<'_>, history: &mut History) {
        let (attempt, next) = Acquire::start(view.world.terms());
        self.at = At::Acquiring { attempt, next, drawn: false, lie: None };
        self.perform(view, true, true, history);
    }

    /// Performs the next effect, or not, and hears the answer, or of an error.
    fn perform(&mut self, mut view: View<'_>, performed: bool, answered: bool, history: &mut History) {
        let At::Acquiring { attempt, next, drawn, lie } = &mut self.at else { return };
        let answer = match performed {
            true => perform(&mut view, next.clone()),
            false => Answer::Failed(String::new()),
        };
        let answer = match answered {
            true => answer,
            false => Answer::Failed(String::new()),
        };
        let step = match (view.world.fault, &next, answer) {
            (Some(Fault::AnyTicketWill), Effect::Increment(0), Answer::Counter(counter)) => {
                *lie = Some(counter as i64 + 1);
                attempt.step(Answer::Counter(counter))
            }
            (Some(Fault::AnyTicketWill), Effect::Increment(_), Answer::Counter(_)) => {
                attempt.step(Answer::Counter(lie.take().unwrap_or_default().unsigned_abs()))
            }
            (Some(Fault::ClockBeforeCounter), Effect::ReadClocks, Answer::Clocks(now)) => {
                let wall_ms = lie.take().unwrap_or(now.wall_ms);
                attempt.step(Answer::Clocks(Clocks { wall_ms, ..now }))
            }
            (Some(Fault::ClockAfterDraw), Effect::ReadClocks, Answer::Clocks(now)) => match *lie {
                // The draw has been performed; now for the clocks that should have come before it.
                Some(ticket) => {
                    *lie = None;
                    attempt.step(Answer::Clocks(now));
                    attempt.step(Answer::Counter(ticket.unsigned_abs()))
                }
                None => match attempt.clone().step(Answer::Clocks(now)) {
                    Step::Do(Effect::Increment(by @ 1..)) => {
                        *drawn = true;
                        let Ok(ticket) = view.increment(by);
                        *lie = Some(ticket as i64);
                        return;
                    }
                    _ => attempt.step(Answer::Clocks(now)),
                },
            },
            (_, _, answer) => attempt.step(answer),
        };
        if view.world.fault == Some(Fault::ClockBeforeCounter) && step == Step::Do(Effect::Increment(0)) {
            *lie = Some(view.clocks().wall_ms);
        }
        match step {
            Step::Do(effect) => {
                *drawn |= matches!(next, Effect::Increment(1..));
                *next = effect;
            }
            Step::Done(Ok(acquired)) => {
                history.hold(&acquired);
                self.at = At::Holding(acquired.lease);
            }
            Step::Done(Err(_)) => self.at = At::Idle,
        }
    }

    /// Puts a document with the next commit's number.
    fn commit(&mut self, mut view: View<'_>, status: Status, history: &mut History) {
        let At::Holding(held) = &self.at else { return };
        let in_time = !held.remaining(view.clocks()).is_zero();
        let state = Inherited::State(history.commit(held.ticket(), in_time));
        let document = match status {
            Status::Released => held.release(state),
            _ => held.commit(state),
        };
        let Ok(()) = view.put_document(held.ticket(), &document);
        if status == Status::Released || !in_time {
            self.at = At::Idle;
        }
    }
}

impl History {
    /// Whether a holder may find this now.
    pub fn allows(&self, state: &Inherited<Commit>) -> bool {
        match state {
            Inherited::State(commit) => self.state == Some(*commit) || self.late.contains(commit),
            Inherited::FirstRun | Inherited::Gone => self.state.is_none(),
        }
    }

    fn hold(&mut self, acquired: &Acquired<Commit>) {
        let state = match acquired.state {
            Inherited::State(commit) => Some(commit),
            Inherited::FirstRun | Inherited::Gone => None,
        };
        if !self.allows(&acquired.state) {
            let resurfaced = state > self.state;
            self.found.get_or_insert(if resurfaced { Found::Resurfaced } else { Found::Older });
        }
        self.state = state;
        self.late.clear();
        self.newest = acquired.lease.ticket();
    }

    fn commit(&mut self, ticket: u64, in_time: bool) -> Commit {
        self.commits += 1;
        if in_time {
            self.state = Some(self.commits);
        } else if ticket == self.newest {
            self.late.push(self.commits);
        }
        self.commits
    }
}

impl State {
    /// How many have the lease at this moment.
    pub fn holders(&self, world: &World) -> usize {
        let mut store = Shared::new(Store::default());
        let mut holding = |contender: &Shared<Contender>| match &contender.at {
            At::Holding(held) => {
                let clocks =
                    View { now: self.now, ahead: contender.ahead, world, store: &mut store }.clocks();
                !held.remaining(clocks).is_zero()
            }
            At::Idle | At::Acquiring { .. } => false,
        };
        self.contenders.iter().filter(|contender| holding(contender)).count()
    }
}

impl World {
    /// The terms of every contender.
    pub fn terms(&self) -> Terms {
        Terms {
            lease: Duration::from_millis(self.lease),
            margin: Duration::from_millis(self.margin),
            hold: Duration::from_millis(self.lease),
        }
    }
}

impl Model for World {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        let contenders =
            self.ahead.iter().map(|&ahead| Shared::new(Contender { ahead, at: At::Idle })).collect();
        vec![State { now: 0, store: Shared::new(Store::default()), contenders, history: History::default() }]
    }

    fn actions(&self, state: &State, moves: &mut Vec<Move>) {
        if state.now < self.ticks {
            moves.push(Move::Tick);
        }
        let over = state.store.counter == self.tickets;
        for (who, contender) in state.contenders.iter().enumerate() {
            match &contender.at {
                // Equals do equally: of idle ones with the same clock, one will do.
                At::Idle if over || who > 0 && state.contenders[who - 1] == *contender => {}
                At::Idle => moves.push(Move::Begin(who)),
                At::Acquiring { next, drawn, .. } => {
                    moves.push(Move::Perform(who));
                    // To die before the first write is as good as never to have begun.
                    if *drawn {
                        moves.push(Move::Crash(who));
                    }
                    if self.errors && (matches!(next, Effect::Increment(1..) | Effect::PutSeen(_)) || *drawn)
                    {
                        moves.extend([Move::PerformAndFail(who), Move::Fail(who)]);
                    }
                }
                At::Holding(_) => {
                    moves.push(Move::Crash(who));
                    if state.history.commits < self.commits {
                        moves.extend([Move::Commit(who), Move::Release(who)]);
                    }
                }
            }
        }
    }

    fn next_state(&self, last: &State, action: Move) -> Option<State> {
        let mut state = last.clone();
        let State { now, store, contenders, history } = &mut state;
        let mut act = |who: usize, act: &dyn Fn(&mut Contender, View<'_>, &mut History)| {
            let ahead = contenders[who].ahead;
            contenders[who].change(|contender| {
                act(contender, View { now: *now, ahead, world: self, store }, history);
            });
        };
        match action {
            Move::Tick => *now += 1,
            Move::Begin(who) => act(who, &Contender::begin),
            Move::Crash(who) => contenders[who].change(|contender| contender.at = At::Idle),
            Move::Perform(who) => act(who, &|it, view, history| it.perform(view, true, true, history)),
            Move::PerformAndFail(who) => {
                act(who, &|it, view, history| it.perform(view, true, false, history))
            }
            Move::Fail(who) => act(who, &|it, view, history| it.perform(view, false, false, history)),
            Move::Commit(who) => act(who, &|it, view, history| it.commit(view, Status::Held, history)),
            Move::Release(who) => act(who, &|it, view, history| it.commit(view, Status::Released, history)),
        }
        // Those who have not drawn by the last ticket never will: but for a stamp, as good as idle.
        if state.store.counter == self.tickets && last.store.counter < self.tickets {
            for contender in &mut state.contenders {
                if matches!(contender.at, At::Acquiring { drawn: false, .. }) {
                    contender.change(|contender| contender.at = At::Idle);
                }
            }
        }
        // Contenders with the same clock are alike: their order does not matter, so let it be one.
        state.contenders.sort_by_key(|contender| (contender.ahead, contender.hash));
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        super::properties()
    }
}
