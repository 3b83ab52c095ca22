//! Paging by windows, over sets that change between calls and vendors that lie: every record that stays in the
//! window for the whole scan is carried, or the scan ends in an error.

use ferry_sync::source::Then;
use ferry_sync::source::windows::{Answer, Doubt, Way, Window};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    /// The same in every call, and nothing else is known of it.
    Stable,
    /// By modification, ties as it comes.
    Modified,
    /// Another one in every call.
    Shuffled,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Edges {
    Both,
    Begin,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Counts {
    Honest,
    Absent,
    Zero,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Moves {
    Nothing,
    /// Records leave by being modified now, or are deleted.
    Leave,
    /// Records enter, with a time in the past.
    Enter,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Empty,
    Repeated,
    Total,
    HasNext,
    OtherPage,
}

/// A vendor, with its records.
#[derive(Debug, Clone)]
struct Vendor {
    /// By id, the second of the last modification.
    records: BTreeMap<u64, i64>,
    order: Order,
    edges: Edges,
    counts: Counts,
    tells_next: bool,
    clamp: Option<u64>,
    tells_clamp: bool,
    /// Now and then, with some honest answers in between.
    faults: Vec<Fault>,
    always: Option<Fault>,
    moves: Moves,
    rng: fastrand::Rng,
    previous: Vec<String>,
    /// Calls until the next fault may come.
    honest: u8,
    calls: usize,
    left: BTreeSet<u64>,
}

const WINDOW: Window = Window { begin: 1000, end: 1000 + 5000 };

impl Vendor {
    fn new(records: BTreeMap<u64, i64>, seed: u64) -> Vendor {
        Vendor {
            records,
            order: Order::Stable,
            edges: Edges::Both,
            counts: Counts::Honest,
            tells_next: true,
            clamp: None,
            tells_clamp: true,
            faults: Vec::new(),
            always: None,
            moves: Moves::Nothing,
            rng: fastrand::Rng::with_seed(seed),
            previous: Vec::new(),
            honest: 0,
            calls: 0,
            left: BTreeSet::new(),
        }
    }

    fn is_in(&self, window: Window, modified: i64) -> bool {
        let Window { begin, end } = window;
        match self.edges {
            Edges::Both => begin <= modified && modified <= end,
            Edges::Begin => begin <= modified && modified < end,
            Edges::End => begin < modified && modified <= end,
        }
    }

    fn answer(&mut self, way: &Way, window: Window, page: u32) -> Answer {
        self.calls += 1;
        let mut found: Vec<(u64, i64)> = self
            .records
            .iter()
            .filter(|(_, at)| self.is_in(window, **at))
            .map(|(id, at)| (*id, *at))
            .collect();
        match self.order {
            Order::Stable => found.sort_by_key(|(id, _)| id.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            Order::Modified => {
                self.rng.shuffle(&mut found);
                found.sort_by_key(|(_, at)| *at);
            }
            Order::Shuffled => self.rng.shuffle(&mut found),
        }
        let size = self.clamp.unwrap_or(u64::MAX).min(way.page_size.into());
        let before = u64::from(page - way.first_page) * size;
        let rows: Vec<String> =
            found.iter().skip(before as usize).take(size as usize).map(|(id, _)| id.to_string()).collect();
        let total = found.len() as u64;
        let told = if self.tells_clamp { size } else { way.page_size.into() };
        let mut answer = Answer {
            total: match self.counts {
                Counts::Honest => Some(total),
                Counts::Absent => None,
                Counts::Zero => Some(0),
            },
            page_size: self.tells_next.then_some(told),
            page: self.tells_next.then_some(page.into()),
            has_next: self.tells_next.then_some(total > before + size),
            ids: rows.clone(),
        };
        let now_and_then = self.rng.u8(..5) == 0 && self.honest == 0 && !self.faults.is_empty();
        let fault = self.always.or_else(|| now_and_then.then(|| *self.rng.choice(&self.faults).unwrap()));
        self.honest = if fault.is_some() { 3 } else { self.honest.saturating_sub(1) };
        match fault {
            Some(Fault::Empty) => {
                answer.ids.clear();
                answer.has_next = answer.has_next.map(|_| true);
            }
            Some(Fault::Repeated) => answer.ids.clone_from(&self.previous),
            // Not by chance the number of rows: nobody can tell that from the truth.
            Some(Fault::Total) if self.counts == Counts::Honest => {
                let lie = if self.always.is_some() { total + 7 } else { self.rng.u64(..total + 9) };
                let rows = answer.ids.len() as u64;
                answer.total = Some(if lie == rows || lie == 0 { rows + 1 } else { lie });
            }
            Some(Fault::HasNext) => answer.has_next = answer.has_next.map(|next| !next),
            Some(Fault::OtherPage) => answer.page = answer.page.map(|page| page + 1),
            _ => {}
        }
        self.previous = rows;
        self.change();
        answer
    }

    /// What happens between two calls.
    fn change(&mut self) {
        if self.rng.u8(..3) > 0 {
            return;
        }
        match self.moves {
            Moves::Nothing => {}
            Moves::Leave => {
                for _ in 0..self.rng.usize(1..4) {
                    let ids: Vec<u64> = self.records.keys().copied().collect();
                    let Some(id) = self.rng.choice(ids) else { return };
                    self.left.insert(id);
                    if self.rng.bool() {
                        self.records.insert(id, WINDOW.end + 100);
                    } else {
                        self.records.remove(&id);
                    }
                }
            }
            Moves::Enter => {
                let id = 1_000_000 + self.rng.u64(..1_000_000);
                let at = self.rng.i64(WINDOW.begin..=WINDOW.end);
                self.records.insert(id, at);
            }
        }
    }
}

/// What came of a scan.
struct Scan {
    emitted: BTreeSet<u64>,
    rows: usize,
    longest_cursor: usize,
    doubt: Option<Doubt>,
}

/// As the engine does it: an error is asked again three times, an end that is only an empty page once.
fn scan(way: &Way, vendor: &mut Vendor, mut now: i64) -> Scan {
    let mut scan = Scan { emitted: BTreeSet::new(), rows: 0, longest_cursor: 0, doubt: None };
    let mut cursor: Option<String> = None;
    let mut asked_again = false;
    let mut errors = 0;
    loop {
        assert!(vendor.calls < 20_000, "it never ends");
        now += 1;
        let request = way.request(WINDOW, cursor.as_deref());
        assert!(request.window.begin >= WINDOW.begin && request.window.end <= WINDOW.end);
        let answer = vendor.answer(way, request.window, request.page);
        match way.step(WINDOW, cursor.as_deref(), &answer, now) {
            Err(doubt) if errors == 3 => {
                scan.doubt = Some(doubt);
                return scan;
            }
            Err(_) => errors += 1,
            Ok(step) => {
                errors = 0;
                if step.emit {
                    scan.rows += answer.ids.len();
                    scan.emitted.extend(answer.ids.iter().map(|id| id.parse::<u64>().unwrap()));
                }
                match step.then {
                    Then::More(next) => {
                        scan.longest_cursor = scan.longest_cursor.max(next.len());
                        cursor = Some(next);
                    }
                    Then::PerhapsEnd if !asked_again => asked_again = true,
                    Then::PerhapsEnd | Then::End => return scan,
                }
            }
        }
    }
}

/// Records that were in the window from the beginning to the end of the scan, and were not carried.
fn missed(before: &Vendor, after: &Vendor, scan: &Scan) -> Vec<u64> {
    let stayed =
        before.records.iter().filter(|(id, at)| before.is_in(WINDOW, **at) && !after.left.contains(id));
    stayed.map(|(id, _)| *id).filter(|id| !scan.emitted.contains(id)).collect()
}

fn spread(count: u64, seconds: impl Fn(u64) -> i64) -> BTreeMap<u64, i64> {
    (0..count).map(|n| (n + 1, WINDOW.begin + seconds(n))).collect()
}

const ONE_PAGE: Way = Way { first_page: 0, page_size: 20, most_pages: 1 };
const PASSES: Way = Way { first_page: 1, page_size: 10, most_pages: 5 };

prop_compose! {
    /// Some spread out, some in bursts.
    fn records()(count in 0u64..400, bursts in 1u64..40, seed: u64) -> BTreeMap<u64, i64> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let seconds: Vec<i64> = (0..bursts).map(|_| rng.i64(0..=5000)).collect();
        let alone: Vec<i64> = (0..count).map(|_| rng.i64(0..=5000)).collect();
        spread(count, |n| if n % 3 == 0 { alone[n as usize] } else { seconds[(n % bursts) as usize] })
    }
}

prop_compose! {
    fn vendor()(
        records in records(),
        seed: u64,
        order in prop::sample::select(vec![Order::Stable, Order::Modified, Order::Shuffled]),
        edges in prop::sample::select(vec![Edges::Both, Edges::Begin, Edges::End]),
        counts in prop::sample::select(vec![Counts::Honest, Counts::Honest, Counts::Honest, Counts::Absent, Counts::Zero]),
        tells_next: bool,
        clamp in prop::option::of(3u64..15),
        tells_clamp: bool,
        faults in prop::sample::subsequence(
            vec![Fault::Empty, Fault::Repeated, Fault::Total, Fault::HasNext, Fault::OtherPage], 0..=5),
        moves in prop::sample::select(vec![Moves::Nothing, Moves::Leave, Moves::Enter]),
    ) -> Vendor {
        // A vendor that clamps, says nothing of it, and neither counts nor says what follows, and sends empty
        // pages besides, cannot be read by anybody.
        let blind = counts != Counts::Honest;
        let clamp = clamp.filter(|_| !blind || faults.is_empty());
        let mut faults = if blind && tells_next { Vec::new() } else { faults };
        // Records enter windows of the past against all rules: then only the total tells, if it is the right one.
        let moves = if blind && moves == Moves::Enter { Moves::Leave } else { moves };
        faults.retain(|fault| *fault != Fault::Total || moves != Moves::Enter);
        Vendor { order, edges, counts, tells_next, clamp, tells_clamp, faults, moves, ..Vendor::new(records, seed) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_stays_in_the_window_is_carried_or_the_scan_ends_in_an_error(
        vendor in vendor(),
        way in prop::sample::select(vec![ONE_PAGE, PASSES]),
    ) {
        let mut after = vendor.clone();
        let scan = scan(&way, &mut after, 0);
        if scan.doubt.is_none() {
            let missed = missed(&vendor, &after, &scan);
            prop_assert!(missed.is_empty(), "missed {missed:?}");
        }
        prop_assert!(scan.longest_cursor < 6000, "{}", scan.longest_cursor);
    }

    /// Not only is nothing missed: an ordinary vendor is read to the end.
    #[test]
    fn a_vendor_that_does_not_lie_is_read_to_the_end(
        records in records(),
        seed: u64,
        edges in prop::sample::select(vec![Edges::Both, Edges::Begin, Edges::End]),
        clamp in prop::option::of(5u64..15),
        counts in prop::sample::select(vec![Counts::Honest, Counts::Absent, Counts::Zero]),
        way in prop::sample::select(vec![ONE_PAGE, PASSES]),
    ) {
        let vendor = Vendor { edges, clamp, counts, ..Vendor::new(records, seed) };
        let mut after = vendor.clone();
        let scan = scan(&way, &mut after, 0);
        match scan.doubt {
            None => prop_assert_eq!(missed(&vendor, &after, &scan), Vec::<u64>::new()),
            Some(Doubt::Uncounted { .. }) if counts != Counts::Honest => {}
            Some(doubt) => prop_assert!(false, "{doubt:?}"),
        }
    }
}

#[test]
fn a_backlog_of_which_records_leave_all_the_time_is_read_to_the_end() {
    let moves = Moves::Leave;
    let vendor = Vendor { moves, ..Vendor::new(spread(2000, |n| n as i64 * 2), 5) };
    let mut after = vendor.clone();
    let scan = scan(&PASSES, &mut after, 0);
    assert_eq!(scan.doubt, None);
    assert_eq!(missed(&vendor, &after, &scan), Vec::<u64>::new());
    assert!(after.left.len() > 50);
}

#[test]
fn a_page_that_is_all_there_is_costs_one_call() {
    for way in [ONE_PAGE, PASSES] {
        for count in [1, 5, u64::from(way.page_size) - 1] {
            let mut vendor = Vendor::new(spread(count, |n| n as i64), 1);
            let scan = scan(&way, &mut vendor, 0);
            assert_eq!((vendor.calls, scan.rows as u64), (1, count));
        }
    }
    // Full to the last row, and two signs say that this is all.
    let mut vendor = Vendor::new(spread(10, |n| n as i64), 1);
    scan(&PASSES, &mut vendor, 0);
    assert_eq!(vendor.calls, 1);
}

#[test]
fn a_window_without_records_is_an_end_that_the_engine_judges() {
    let empty = Answer { total: Some(0), has_next: Some(false), ..Answer::default() };
    let step = PASSES.step(WINDOW, None, &empty, 0).unwrap();
    assert_eq!(step.then, Then::PerhapsEnd);
}

#[test]
fn a_backlog_costs_few_calls_more_than_it_has_pages() {
    let way = Way { first_page: 1, page_size: 50, most_pages: 20 };
    let mut rng = fastrand::Rng::with_seed(3);
    let seconds: Vec<i64> = (0..20_000).map(|_| rng.i64(0..5000)).collect();
    let mut vendor = Vendor::new(spread(20_000, |n| seconds[n as usize]), 1);
    let scan = scan(&way, &mut vendor, 0);
    assert_eq!((scan.doubt, scan.emitted.len()), (None, 20_000));
    assert!(scan.longest_cursor < 5800, "{}", scan.longest_cursor);
    // 400 pages.
    assert!(vendor.calls <= 445, "{}", vendor.calls);
    let wasted = scan.rows - 20_000;
    assert!(wasted <= 200, "{wasted} rows came twice");

    let way = Way { first_page: 0, page_size: 200, most_pages: 1 };
    let mut vendor = Vendor { tells_next: false, order: Order::Shuffled, ..Vendor::new(vendor.records, 1) };
    let scan = self::scan(&way, &mut vendor, 0);
    assert_eq!((scan.doubt, scan.emitted.len()), (None, 20_000));
    // 100 pages.
    assert!(vendor.calls <= 140, "{}", vendor.calls);
}

#[test]
fn many_records_of_one_second_are_read_in_a_pass() {
    for way in [ONE_PAGE, PASSES] {
        for moves in [Moves::Nothing, Moves::Leave] {
            let vendor = Vendor { moves, tells_next: way == PASSES, ..Vendor::new(spread(333, |_| 2500), 5) };
            let mut after = vendor.clone();
            let scan = scan(&way, &mut after, 0);
            if scan.doubt.is_none() {
                assert_eq!(missed(&vendor, &after, &scan), Vec::<u64>::new());
            }
            if moves == Moves::Nothing {
                assert_eq!(scan.doubt, None);
                assert!(after.calls < 120, "{}", after.calls);
            }
        }
    }
}

#[test]
fn a_second_whose_order_is_another_in_every_call_ends_in_an_error_and_is_read_when_that_is_over() {
    let order = Order::Shuffled;
    let mut vendor = Vendor { order, ..Vendor::new(spread(333, |_| 2500), 5) };
    let first = scan(&PASSES, &mut vendor, 0);
    assert!(matches!(first.doubt, Some(Doubt::Unsteady { .. })), "{:?}", first.doubt);

    // From its last cursor the next run goes on: soon in vain, later with success.
    let mut cursor = None;
    let mut now = 0;
    let stuck = loop {
        let request = PASSES.request(WINDOW, cursor.as_deref());
        let answer = vendor.answer(&PASSES, request.window, request.page);
        match PASSES.step(WINDOW, cursor.as_deref(), &answer, now) {
            Ok(step) => match step.then {
                Then::More(next) => cursor = Some(next),
                other => panic!("{other:?}"),
            },
            Err(doubt) => break doubt,
        }
        now += 1;
    };
    assert!(matches!(stuck, Doubt::Unsteady { .. }));
    vendor.order = Order::Stable;
    let mut ask = |now: i64, cursor: &Option<String>| {
        let request = PASSES.request(WINDOW, cursor.as_deref());
        let answer = vendor.answer(&PASSES, request.window, request.page);
        PASSES.step(WINDOW, cursor.as_deref(), &answer, now)
    };
    assert!(ask(now + 60, &cursor).is_err());
    now += 301;
    while let Then::More(next) = ask(now, &cursor).unwrap().then {
        cursor = Some(next);
    }
}

#[test]
fn lies_that_last_end_in_an_error() {
    for fault in [Fault::Empty, Fault::Total, Fault::HasNext, Fault::OtherPage] {
        let mut vendor = Vendor { always: Some(fault), ..Vendor::new(spread(120, |n| n as i64), 5) };
        let scan = scan(&PASSES, &mut vendor, 0);
        assert!(scan.doubt.is_some(), "{fault:?}");
        assert!(vendor.calls < 300, "{fault:?}: {}", vendor.calls);
    }
}

#[test]
fn a_server_that_clamps_in_the_middle_of_a_pass_is_read_all_the_same() {
    let mut vendor = Vendor::new(spread(48, |n| n as i64), 5);
    let mut cursor = None;
    let mut emitted = BTreeSet::new();
    loop {
        let request = PASSES.request(WINDOW, cursor.as_deref());
        if vendor.calls == 3 {
            vendor.clamp = Some(4);
        }
        let answer = vendor.answer(&PASSES, request.window, request.page);
        let step = PASSES.step(WINDOW, cursor.as_deref(), &answer, 0).unwrap();
        if step.emit {
            emitted.extend(answer.ids);
        }
        match step.then {
            Then::More(next) => cursor = Some(next),
            _ => break,
        }
    }
    assert_eq!(emitted.len(), 48);
}

#[test]
fn more_of_one_second_than_can_be_checked_is_an_error_that_says_so() {
    let mut vendor = Vendor::new(spread(10_001, |_| 2500), 5);
    let way = Way { page_size: 50, most_pages: 20, ..PASSES };
    assert!(matches!(scan(&way, &mut vendor, 0).doubt, Some(Doubt::TooMany { total: 10_001, .. })));
    let mut vendor = Vendor { counts: Counts::Absent, ..Vendor::new(spread(51, |_| 2500), 5) };
    assert!(matches!(scan(&way, &mut vendor, 0).doubt, Some(Doubt::Uncounted { .. })));
}

#[test]
fn a_cursor_of_another_version_begins_the_window_again() {
    let request = PASSES.request(WINDOW, Some("12345"));
    assert_eq!((request.window, request.page), (WINDOW, 1));
}
