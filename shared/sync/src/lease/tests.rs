//! One test for each rule; what they make together is checked in `tests/lease_model`.

use super::*;
use std::collections::BTreeMap;

const L: i64 = 60_000;
const TERMS: Terms = Terms {
    lease: Duration::from_millis(60_000),
    margin: Duration::from_millis(5_000),
    hold: Duration::from_millis(25_000),
};
const NOON: i64 = 1_763_611_200_000;

/// A store in memory. Documents are kept as JSON, as they will be.
#[derive(Clone)]
struct Memory {
    monotonic_ms: u64,
    wall_ms: i64,
    counter: u64,
    hint: Option<u64>,
    documents: BTreeMap<u64, String>,
    seen: Option<Seen>,
    log: Vec<String>,
    /// The operation, counted from 0, that fails.
    fails: Option<usize>,
    /// Whether that operation takes place all the same.
    done_anyway: bool,
    /// A rival who draws just before we do.
    rival: bool,
    /// How long every operation takes.
    slow_ms: u64,
}

impl Memory {
    fn new() -> Self {
        Self {
            monotonic_ms: 7_000,
            wall_ms: NOON,
            counter: 0,
            hint: None,
            documents: BTreeMap::new(),
            seen: None,
            log: Vec::new(),
            fails: None,
            done_anyway: false,
            rival: false,
            slow_ms: 0,
        }
    }

    /// After tickets 1 and 2 were held and released; the state is 42.
    fn settled() -> Self {
        let mut store = Self::new();
        let first = store.acquire().unwrap();
        store.put(1, &first.lease.release(Inherited::State(41)));
        let second = store.acquire().unwrap();
        store.put(2, &second.lease.release(Inherited::State(42)));
        store
    }

    fn acquire(&mut self) -> Result<Acquired<u32>, Refused> {
        self.log.clear();
        acquire(self, TERMS)
    }

    fn put(&mut self, ticket: u64, document: &Document<u32>) {
        self.documents.insert(ticket, serde_json::to_string(document).unwrap());
    }

    fn get(&self, ticket: u64) -> Option<Document<u32>> {
        self.documents.get(&ticket).map(|json| serde_json::from_str(json).unwrap())
    }

    fn pass(&mut self, ms: i64) {
        self.monotonic_ms += ms.unsigned_abs();
        self.wall_ms += ms;
    }

    fn writes(&self) -> Vec<&str> {
        let reads = ["hint", "seen", "document"];
        let is_read = |entry: &str| reads.iter().any(|read| entry.starts_with(read));
        self.log.iter().map(String::as_str).filter(|entry| !is_read(entry)).collect()
    }

    fn op<R>(&mut self, name: String, act: impl FnOnce(&mut Self) -> R) -> Result<R, String> {
        self.log.push(name);
        self.pass(self.slow_ms as i64);
        if self.fails == Some(self.log.len() - 1) {
            if self.done_anyway {
                act(self);
            }
            return Err("database is locked".into());
        }
        Ok(act(self))
    }
}

impl LeaseStore<u32> for Memory {
    type Error = String;

    fn clocks(&mut self) -> Clocks {
        Clocks { monotonic: Duration::from_millis(self.monotonic_ms), wall_ms: self.wall_ms }
    }
    fn hint(&mut self) -> Result<Option<u64>, String> {
        self.op("hint".into(), |it| it.hint)
    }
    fn document(&mut self, ticket: u64) -> Result<Option<Document<u32>>, String> {
        self.op(format!("document {ticket}"), |it| it.get(ticket))
    }
    fn increment(&mut self, by: u64) -> Result<u64, String> {
        self.op(format!("increment {by}"), |it| {
            it.counter += by + u64::from(it.rival && by > 0);
            it.counter
        })
    }
    fn seen(&mut self) -> Result<Option<Seen>, String> {
        self.op("seen".into(), |it| it.seen)
    }
    fn put_seen(&mut self, seen: Seen) -> Result<(), String> {
        self.op(format!("put seen {}", seen.ticket), |it| it.seen = Some(seen))
    }
    fn put_document(&mut self, ticket: u64, document: &Document<u32>) -> Result<(), String> {
        self.op(format!("put {ticket}"), |it| it.put(ticket, document))
    }
    fn put_document_and_hint(&mut self, ticket: u64, document: &Document<u32>) -> Result<(), String> {
        self.op(format!("put {ticket} and hint"), |it| {
            it.put(ticket, document);
            it.hint = Some(ticket);
        })
    }
    fn delete_document(&mut self, ticket: u64) -> Result<(), String> {
        self.op(format!("delete {ticket}"), |it| {
            it.documents.remove(&ticket);
        })
    }
}

fn held(until_ms: i64, state: u32) -> Document<u32> {
    Document { status: Status::Held, until_ms, drop: vec![], state: Inherited::State(state) }
}

#[test]
fn the_first_run_finds_no_state_and_the_next_finds_its_commit() {
    let mut store = Memory::new();
    let first = store.acquire().unwrap();
    assert_eq!((first.lease.ticket(), first.state), (1, Inherited::FirstRun));
    store.put(1, &first.lease.release(Inherited::State(41)));
    let second = store.acquire().unwrap();
    assert_eq!((second.lease.ticket(), second.state), (2, Inherited::State(41)));
    assert_eq!(store.get(2), Some(second.lease.commit(Inherited::State(41))));
}

#[test]
fn a_first_run_that_dies_before_its_first_commit_stays_a_first_run() {
    let mut store = Memory::new();
    store.acquire().unwrap();
    store.pass(L);
    assert_eq!(store.acquire().unwrap().state, Inherited::FirstRun);
}

#[test]
fn an_acquisition_costs_four_writes() {
    let mut store = Memory::settled();
    let third = store.acquire().unwrap();
    assert_eq!(store.writes(), ["increment 0", "increment 1", "put 3 and hint", "delete 1"]);
    store.put(3, &third.lease.release(Inherited::State(43)));
    store.acquire().unwrap();
    assert_eq!(store.writes(), ["increment 0", "increment 1", "put 4 and hint", "delete 2"]);
}

#[test]
fn a_held_lease_refuses_at_the_price_of_two_reads() {
    let mut store = Memory::settled();
    let until_ms = store.acquire().unwrap().lease.until_ms();
    let refused = store.acquire().unwrap_err();
    assert_eq!(refused, Refused::Running { ticket: 3, until_ms });
    assert_eq!(refused.retry_at_ms(), Some(until_ms));
    assert_eq!(store.log, ["hint", "document 3"]);
}

#[test]
fn a_dead_holders_lease_is_free_at_until_and_its_commits_are_kept() {
    let mut store = Memory::settled();
    let third = store.acquire().unwrap();
    assert_eq!(third.lease.until_ms(), NOON + 30_000);
    store.put(3, &third.lease.commit(Inherited::State(43)));
    store.pass(29_999);
    assert!(store.acquire().is_err());
    store.pass(1);
    assert_eq!(store.acquire().unwrap().state, Inherited::State(43));
}

#[test]
fn a_lost_or_stale_hint_costs_a_walk_and_nothing_else() {
    for hint in [None, Some(1)] {
        let mut store = Memory::settled();
        store.hint = hint;
        assert_eq!(store.clone().acquire().unwrap().state, Inherited::State(42));
        let until_ms = store.acquire().unwrap().lease.until_ms();
        store.hint = hint; // and document 1 is dropped by now
        assert_eq!(store.acquire(), Err(Refused::Running { ticket: 3, until_ms }));
    }
}

#[test]
fn what_until_says_does_not_matter_once_a_document_is_released() {
    let mut store = Memory::settled();
    for until_ms in [i64::MIN, 0, NOON + 1, i64::MAX] {
        let mut document = held(until_ms, 42);
        document.status = Status::Released;
        store.put(2, &document);
        assert_eq!(store.clone().acquire().unwrap().state, Inherited::State(42));
    }
}

#[test]
fn an_until_that_no_lease_can_have_is_waited_out_with_a_stamp() {
    let mut store = Memory::settled();
    store.put(2, &held(NOON + L + 1, 43));
    let refused = store.acquire().unwrap_err();
    assert_eq!(refused, Refused::Unsettled { ticket: 2, free_at_ms: NOON + L });
    assert_eq!(store.seen, Some(Seen { ticket: 2, at_ms: NOON }));
    store.put(2, &held(i64::MAX, 43));
    store.pass(L - 1);
    assert_eq!(store.acquire(), Err(refused));
    assert_eq!(store.writes(), ["increment 0"], "the stamp is left as it is");
    store.pass(1);
    assert_eq!(store.acquire().unwrap().state, Inherited::State(43));
}

#[test]
fn a_drawer_that_died_before_its_put_is_waited_for_once() {
    let mut store = Memory::settled();
    store.counter += 3;
    let free_at_ms = NOON + L;
    assert_eq!(store.acquire(), Err(Refused::Unsettled { ticket: 5, free_at_ms }));
    store.pass(L);
    let acquired = store.acquire().unwrap();
    assert_eq!((acquired.lease.ticket(), acquired.state), (6, Inherited::State(42)));
}

#[test]
fn a_stamp_of_another_counter_or_from_the_future_is_replaced() {
    let other = Seen { ticket: 2, at_ms: NOON - L };
    let future = Seen { ticket: 3, at_ms: NOON + 1 };
    for stamp in [other, future] {
        let mut store = Memory::settled();
        store.counter = 3;
        store.seen = Some(stamp);
        assert!(matches!(store.acquire(), Err(Refused::Unsettled { ticket: 3, .. })));
        assert_eq!(store.seen, Some(Seen { ticket: 3, at_ms: NOON }));
    }
}

#[test]
fn a_holder_below_a_silent_ticket_still_holds() {
    let mut store = Memory::settled();
    store.put(2, &held(NOON + 10, 42));
    store.hint = None;
    store.counter = 3;
    store.seen = Some(Seen { ticket: 3, at_ms: NOON - L });
    assert_eq!(store.acquire(), Err(Refused::Running { ticket: 2, until_ms: NOON + 10 }));
}

#[test]
fn one_who_is_outdrawn_marks_its_ticket_and_the_next_passes_it_by() {
    let mut store = Memory::settled();
    store.rival = true;
    assert_eq!(store.acquire(), Err(Refused::Outdrawn { ticket: 4, expected: 3 }));
    assert_eq!(store.get(4).unwrap().status, Status::Lost);
    store.rival = false;
    store.put(3, &held(NOON + 10, 43));
    assert_eq!(store.acquire(), Err(Refused::Running { ticket: 3, until_ms: NOON + 10 }));
    store.pass(10);
    let next = store.acquire().unwrap();
    assert_eq!((next.lease.ticket(), next.state), (5, Inherited::State(43)));
    assert_eq!(store.get(4), None, "the lost ticket's document is dropped");
}

#[test]
fn a_lost_state_is_not_a_first_run_for_as_long_as_nobody_commits_one() {
    let mut store = Memory::settled();
    store.documents.clear();
    assert!(matches!(store.acquire(), Err(Refused::Unsettled { ticket: 2, .. })));
    store.pass(L);
    let acquired = store.acquire().unwrap();
    assert_eq!(acquired.state, Inherited::Gone);
    store.put(3, &acquired.lease.release(acquired.state.clone()));
    assert_eq!(store.acquire().unwrap().state, Inherited::Gone);
}

#[test]
fn a_deleted_counter_does_not_restart_the_flow() {
    let mut store = Memory::settled();
    store.counter = 0;
    let acquired = store.acquire().unwrap();
    assert_eq!((acquired.lease.ticket(), acquired.state), (3, Inherited::State(42)));
    assert_eq!(store.counter, 3);
}

#[test]
fn a_failing_store_refuses_and_within_two_leases_the_flow_goes_on() {
    for operation in 0.. {
        let mut clean = Memory::settled();
        clean.acquire().unwrap();
        if operation == clean.log.len() {
            break;
        }
        for done_anyway in [false, true] {
            let mut store = Memory::settled();
            (store.fails, store.done_anyway) = (Some(operation), done_anyway);
            let outcome = store.acquire();
            let failed = store.log.last().cloned().unwrap_or_default();
            if failed.starts_with("delete") {
                assert!(outcome.is_ok(), "dropping can wait");
            } else {
                let refused = outcome.unwrap_err();
                assert!(matches!(refused, Refused::Store { .. }), "{failed}: {refused:?}");
                assert!(refused.to_string().contains("database is locked"), "{refused}");
            }
            store.fails = None;
            let next = (0..=2).find_map(|_| {
                let next = store.acquire().ok();
                store.pass(L);
                next
            });
            assert_eq!(next.map(|next| next.state), Some(Inherited::State(42)), "{failed}");
        }
    }
}

#[test]
fn what_could_not_be_dropped_is_dropped_later() {
    let mut store = Memory::settled();
    store.fails = Some(6);
    let third = store.acquire().unwrap();
    assert_eq!(store.log[6], "delete 1");
    store.fails = None;
    store.put(3, &third.lease.release(Inherited::State(43)));
    let fourth = store.acquire().unwrap();
    assert_eq!(store.documents.keys().copied().collect::<Vec<_>>(), [3, 4]);
    assert_eq!(fourth.lease.commit(Inherited::State(43)).drop, [3]);
}

#[test]
fn one_acquisition_drops_eight_documents_at_most() {
    let mut store = Memory::settled();
    for ticket in 3..=14 {
        store.put(ticket, &Document { status: Status::Lost, ..held(0, 0) });
    }
    store.counter = 14;
    let acquired = store.acquire().unwrap();
    assert_eq!(store.log.iter().filter(|entry| entry.starts_with("delete")).count(), 8);
    store.put(15, &acquired.lease.release(acquired.state.clone()));
    store.acquire().unwrap();
    assert_eq!(store.documents.keys().copied().collect::<Vec<_>>(), [15, 16]);
}

#[test]
fn the_tenure_counts_from_before_the_draw_by_whichever_clock_is_further_on() {
    let mut store = Memory::settled();
    store.slow_ms = 10;
    let lease = store.acquire().unwrap().lease;
    // hint, document 2, increment, document 2 came before the draw's clock; increment, put, delete after it.
    let now = store.clocks();
    assert_eq!(lease.remaining(now), Duration::from_millis(25_000 - 30));
    assert_eq!(lease.until_ms(), NOON + 40 + 25_000 + 5_000);
    let asleep = Clocks { wall_ms: now.wall_ms + 20_000, ..now };
    assert_eq!(lease.remaining(asleep), Duration::from_millis(5_000 - 30));
    let set_back = Clocks { wall_ms: NOON - L, monotonic: now.monotonic + TERMS.hold };
    assert_eq!(lease.remaining(set_back), Duration::ZERO);
}

#[test]
fn a_run_never_holds_for_longer_than_the_lease_less_the_margin() {
    let mut store = Memory::settled();
    let terms = Terms { hold: Duration::MAX, ..TERMS };
    let lease = acquire(&mut store, terms).unwrap().lease;
    assert_eq!(lease.remaining(store.clocks()), Duration::from_millis(55_000));
    assert_eq!(lease.until_ms(), NOON + L);
}

#[test]
fn one_whose_draw_takes_longer_than_its_tenure_does_not_hold() {
    let mut store = Memory::settled();
    store.slow_ms = 25_000;
    assert_eq!(store.acquire(), Err(Refused::TooSlow { ticket: 3 }));
}

#[test]
fn a_document_as_json() {
    let mut store = Memory::settled();
    store.acquire().unwrap();
    assert_eq!(
        store.documents[&3],
        format!(r#"{{"status":"held","until":{},"drop":[1,2],"state":{{"state":42}}}}"#, NOON + 30_000)
    );
}
