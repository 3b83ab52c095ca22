//! An allocator that keeps count.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What the language allows itself whatever the input: a few texts of 1 MiB at once.
const FIXED: usize = 64 << 20;

/// What a byte of input may take: trees, problems in two languages, copies.
const PER_BYTE: usize = 4096;

struct Ledger;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static LEDGER: Ledger = Ledger;

/// Runs `work`, which is fed so many bytes, and panics if it took more memory than that explains.
pub fn bounded<T>(input: usize, work: impl FnOnce() -> T) -> T {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = work();
    let taken = PEAK.load(Relaxed) - before;
    assert!(taken <= FIXED + PER_BYTE * input, "{taken} bytes of memory for {input} bytes of input");
    result
}
