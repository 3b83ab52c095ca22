//! An allocator that knows for whom it works: what an engine's thread takes is on its ledger until it is given
//! back, by whichever thread; the simulators' threads beside it are on none.

#![allow(unsafe_code, reason = "an allocator that keeps count")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// As many as there are worlds in this program, and more.
const LEDGERS: usize = 64;

static NOW: [AtomicUsize; LEDGERS] = [const { AtomicUsize::new(0) }; LEDGERS];
static PEAK: [AtomicUsize; LEDGERS] = [const { AtomicUsize::new(0) }; LEDGERS];
static OPENED: AtomicU8 = AtomicU8::new(1);

thread_local! {
    /// 0: nobody's.
    static OWNER: Cell<u8> = const { Cell::new(0) };
}

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// The block with room before it, in whose last byte its owner is noted.
fn with_owner(layout: Layout) -> (Layout, usize) {
    let room = layout.align().max(16);
    let whole = Layout::from_size_align(layout.size().saturating_add(room), room);
    (whole.expect("no block is half of all memory"), room)
}

// SAFETY: every block is the system allocator's, less the room before it, which is as aligned as the block and is
// given back with it.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (whole, room) = with_owner(layout);
        unsafe {
            let block = System.alloc(whole);
            if block.is_null() {
                return block;
            }
            let owner = OWNER.try_with(Cell::get).unwrap_or(0);
            block.add(room - 1).write(owner);
            if owner > 0 {
                let at = usize::from(owner);
                let now = NOW[at].fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
                PEAK[at].fetch_max(now, Ordering::Relaxed);
            }
            block.add(room)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (whole, room) = with_owner(layout);
        unsafe {
            let owner = usize::from(block.sub(1).read());
            if owner > 0 {
                NOW[owner].fetch_sub(layout.size(), Ordering::Relaxed);
            }
            System.dealloc(block.sub(room), whole);
        }
    }
}

/// What one engine takes.
pub struct Ledger(u8);

impl Ledger {
    pub fn open() -> Ledger {
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        assert!(usize::from(number) < LEDGERS, "more worlds than ledgers");
        Ledger(number)
    }

    /// Does the engine's work in this thread.
    pub fn of<R>(&self, work: impl FnOnce() -> R) -> R {
        OWNER.set(self.0);
        let result = work();
        OWNER.set(0);
        result
    }

    /// The most that was taken at once, in bytes.
    pub fn peak(&self) -> usize {
        PEAK[usize::from(self.0)].load(Ordering::Relaxed)
    }
}

#[test]
fn what_one_thread_takes_is_counted_until_any_thread_gives_it_back() {
    let ledger = Ledger::open();
    let now = || NOW[usize::from(ledger.0)].load(Ordering::Relaxed);
    let foreign = std::thread::spawn(|| vec![1_u8; 1 << 20]).join().unwrap();
    let ours = ledger.of(|| {
        drop(foreign);
        vec![1_u8; 3 << 20]
    });
    assert!((3 << 20..4 << 20).contains(&now()), "{}", now());
    let (ours, second) = (ours, ledger.of(|| vec![1_u8; 1 << 20]));
    std::thread::spawn(move || drop((ours, second))).join().unwrap();
    assert!(now() < 1 << 10, "{}", now());
    assert!((4 << 20..5 << 20).contains(&ledger.peak()), "{}", ledger.peak());
}
