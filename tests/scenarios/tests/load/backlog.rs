//! A backlog drains in bounded memory, and leaves no more in the store than a few records do.
//!
//! Vendors allow a hundred calls a minute, so all clocks are moved where the engine waits. `FERRY_LOAD_RECORDS` says how
//! many records (without it 4,000, or 1,000 where each costs two calls); `cargo xtask bench --load` carries 200,000 of each flow.

use super::worlds::{MATERIALS, ORDERS, RETURNS, SHOPS, STOCKOUTS, World};
use std::time::{Duration, Instant};

/// Few enough that all of them are on one page.
const FEW: usize = 200;
/// What the store may hold more after many records than after few: rows written in up to 24 hours of the history, and
/// longer figures.
const HISTORY: usize = 4 << 10;

fn many(flow: &str) -> usize {
    let usual = if [ORDERS, SHOPS].contains(&flow) { 1_000 } else { 4_000 };
    std::env::var("FERRY_LOAD_RECORDS").map_or(usual, |text| text.parse().expect("a number of records"))
}

/// A hundred calls a minute, for as long as their keys are kept, and noted to be deleted.
const SLOTS: usize = 400;

struct Outcome {
    peak: usize,
    keys: usize,
    bytes: usize,
}

fn carried(flow: &'static str, records: usize) -> Outcome {
    let world = World::new(flow, records);
    let begun = Instant::now();
    let before = ferry_sync::host::Clock::monotonic(&world.native);
    let drained = world.drain();
    let seconds = begun.elapsed().as_secs_f64();
    let minutes = (ferry_sync::host::Clock::monotonic(&world.native) - before).as_secs_f64() / 60.0;
    world.assert_all_arrived();
    assert_eq!(drained.dead, 0, "{flow}: {drained:?}");
    let peak = world.ledger.peak();
    world.settle();
    if flow == RETURNS {
        // What was looked up is kept for ten minutes, and then until the next lookup.
        world.add_one(1);
        world.native.advance(Duration::from_secs(60));
        assert_eq!(world.run()["written"], 1);
        world.settle();
        world.assert_all_arrived();
    }
    let stored = world.native.stored();
    println!(
        "{flow}: {records} records, {} due: {} runs that got on, {} calls, {minutes:.0} min of the flow's time in {seconds:.1} s; \
         memory at most {:.2} MiB; store {} keys, {} bytes",
        world.due().len(),
        drained.runs,
        drained.calls,
        peak as f64 / f64::from(1 << 20),
        stored.keys,
        stored.bytes,
    );
    Outcome { peak, keys: stored.keys, bytes: stored.bytes }
}

/// `page`: what may be taken more than for [`FEW`] records. `kept`: what the store may hold more.
fn drains(flow: &'static str, page: usize, kept: usize) {
    let (few, many) = (carried(flow, FEW), carried(flow, many(flow)));
    assert!(
        many.peak <= few.peak + page,
        "{flow}: {} bytes of memory, and {} with {FEW} records",
        many.peak,
        few.peak
    );
    // A full list is read with every run, so that the quota's slots of the last minutes are in the store.
    let slots = if flow == SHOPS { SLOTS } else { 0 };
    assert!(
        many.keys <= few.keys + slots,
        "{flow}: {} keys in the store, and {} after {FEW} records",
        many.keys,
        few.keys
    );
    assert!(
        many.bytes <= few.bytes + kept,
        "{flow}: {} bytes in the store, and {} after {FEW} records",
        many.bytes,
        few.bytes
    );
}

#[test]
fn a_backlog_of_materials_drains_in_bounded_memory_and_leaves_nothing_behind() {
    // Pages of 2,000 rows, the next one under way.
    drains(MATERIALS, 8 << 20, HISTORY);
}

#[test]
fn a_backlog_of_returns_drains_in_bounded_memory_and_leaves_nothing_behind() {
    // 2,000 return notices, and their document of half a megabyte.
    drains(RETURNS, 8 << 20, HISTORY);
}

#[test]
fn a_backlog_of_stockouts_drains_in_bounded_memory_and_leaves_nothing_behind() {
    drains(STOCKOUTS, 4 << 20, HISTORY);
}

#[test]
fn a_backlog_of_orders_drains_in_bounded_memory_and_leaves_nothing_behind() {
    // A list of 500 in one answer.
    drains(ORDERS, 6 << 20, HISTORY);
}

#[test]
fn a_backlog_of_shops_drains_in_bounded_memory_and_leaves_nothing_behind() {
    // Of a full list a digest of each page of 100; of one that a minute's quota is too small for, why each run of the
    // history stopped. Twice, as the state document before the last is kept.
    let pages = many(SHOPS) / 100;
    let notes = if pages > 90 { 800 * ferry_sync::state::REPORTS } else { 0 };
    let kept = 2 * (14 * pages.min(ferry_sync::run::MOST_DIGESTS) + notes);
    drains(SHOPS, 2 << 20, HISTORY + kept + 80 * SLOTS);
}
