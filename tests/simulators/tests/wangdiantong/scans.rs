//! Reading a window that does not hold still (`design.md` 7, *Pages* 2).

use std::collections::{BTreeMap, BTreeSet};

use ferry_platforms::wangdiantong::{Pager, Search, TimeType, Window, time};
use ferry_simulators::wangdiantong::{Change, Edges, Generate, Op, Patch, RowOrder, Stockout};
use serde_json::Value;

use crate::shop::{Shop, held, numbers, unix};

/// All records of a window, from halves that fit a page; the latest version of each.
fn scan(shop: &Shop, window: Window, page_size: u32) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    let mut windows = vec![window];
    while let Some(window) = windows.pop() {
        let search = Search::window(window, TimeType::Modified);
        let found = shop.ask(&search, Pager::first(page_size)).unwrap();
        if !found.is_whole() {
            let [early, late] = window.halves().expect("a second's records fit a page");
            windows.extend([late, early]);
            continue;
        }
        for record in found.records {
            let number = record["stockout_no"].as_str().unwrap().to_owned();
            let is_newer =
                all.get(&number).is_none_or(|old| time(&old["modified"]) <= time(&record["modified"]));
            if is_newer {
                all.insert(number, record);
            }
        }
    }
    all
}

fn modify(number: &str, remark: &str) -> Change {
    let set = Patch { remark: Some(remark.into()), ..Patch::default() };
    Change::Modify { numbers: vec![number.into()], set: Box::new(set) }
}

#[test]
fn halves_that_fit_a_page_hold_everything_in_any_order_and_with_any_edges() {
    let shop = Shop::with(1000);
    shop.platform.set(|switches| switches.calls_per_minute = None);
    let window = shop.month();
    for edges in [Edges::Both, Edges::Begin, Edges::End] {
        for order in [RowOrder::Shuffled, RowOrder::Id, RowOrder::Modified] {
            shop.platform.set(|switches| (switches.edges, switches.order) = (edges, order));
            shop.platform.clear_log();
            let found = scan(&shop, window, 200);
            let expected: BTreeSet<String> = held(&shop.platform, |_| true).into_iter().collect();
            assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), expected, "{edges:?} {order:?}");
            let calls = shop.platform.called(Op::QueryWithDetail);
            assert!(calls < 40, "{calls} calls for five pages' worth");
        }
    }
}

#[test]
fn no_second_falls_between_two_halves() {
    let shop = Shop::with(0);
    shop.platform.set(|switches| switches.calls_per_minute = None);
    let begin = shop.now() - 1000;
    let at = |second: i64| {
        let modified = chrono::DateTime::from_timestamp(begin + second + 8 * 3600, 0).unwrap().naive_utc();
        Stockout { stockout_no: format!("CK{second:02}"), modified, ..Stockout::default() }
    };
    shop.platform.change(&Change::Add { stockouts: (1..40).map(at).collect() });
    for edges in [Edges::Both, Edges::Begin, Edges::End] {
        shop.platform.set(|switches| switches.edges = edges);
        let found: Vec<String> = scan(&shop, Window { begin, end: begin + 40 }, 2).into_keys().collect();
        assert_eq!(found, held(&shop.platform, |_| true), "{edges:?}");
    }
}

#[test]
fn a_record_modified_during_the_scan_is_not_skipped() {
    let shop = Shop::with(600);
    shop.platform.set(|switches| switches.calls_per_minute = None);
    // The window ends before now, so that whatever is modified leaves it.
    let window = Window { end: shop.now() - 3600, ..shop.month() };
    let inside = held(&shop.platform, |s| unix(s.modified) <= window.end);
    for (call, number) in inside.iter().step_by(7).enumerate() {
        shop.platform.change_after_query(1 + call % 12, modify(number, "scanned"));
    }
    let added = Stockout { stockout_no: "CK-new".into(), ..shop.platform.stockout(&inside[1]).unwrap() };
    let added = Stockout { stockout_id: 0, ..added };
    shop.platform.change_after_query(3, Change::Add { stockouts: vec![added] });
    shop.platform.change_after_query(5, Change::Delete { numbers: vec![inside[2].clone()] });

    let mut read = scan(&shop, window, 100);
    let later = Window { begin: window.end - 600, end: shop.now() + 60 };
    read.extend(scan(&shop, later, 100));
    // The last word on every record that is still there; and nothing that is there is missing, but for
    // what appeared in a part of the window that had been read, as the look-back is for.
    for stockout in shop.platform.stockouts() {
        match read.get(&stockout.stockout_no) {
            Some(record) => {
                assert_eq!(record["remark"], stockout.remark.as_str(), "{}", stockout.stockout_no)
            }
            None => assert_eq!(stockout.stockout_no, "CK-new"),
        }
    }
    assert!(read.values().filter(|record| record["remark"] == "scanned").count() > 50);
}

#[test]
fn plain_pages_do_skip_which_is_why_they_are_not_used() {
    let shop = Shop::with(300);
    shop.platform.set(|switches| switches.order = RowOrder::Modified);
    let window = Window { end: shop.now() - 3600, ..shop.month() };
    let search = Search::window(window, TimeType::Modified);
    let before: BTreeSet<String> = numbers(&shop.find(&search)).into_iter().collect();
    let first = shop.ask(&search, Pager::first(50)).unwrap();
    shop.platform.change(&modify(&numbers(&first)[0], "gone"));
    let mut read: BTreeSet<String> = numbers(&first).into_iter().collect();
    for page_no in 1..7 {
        let pager = Pager { page_no, page_size: 50, calc_total: false };
        read.extend(numbers(&shop.ask(&search, pager).unwrap()));
    }
    assert_eq!(before.difference(&read).count(), 1);
}

#[test]
fn many_of_one_second_cannot_be_halved_and_are_noticed() {
    let shop = Shop::with(0);
    shop.platform.set(|switches| switches.calls_per_minute = None);
    shop.platform.generate(&Generate { rows: 300, ..Generate::default() });
    let moment = shop.platform.stockouts()[0].modified;
    let set = Patch { modified: Some(moment), ..Patch::default() };
    let numbers: Vec<String> = held(&shop.platform, |_| true);
    shop.platform.change(&Change::Modify { numbers, set: Box::new(set) });
    let mut window = shop.month();
    let at = unix(moment);
    let mut found = shop.ask(&shop.everything(), Pager::first(100)).unwrap();
    while let Some([early, late]) = window.halves() {
        window = if early.end >= at { early } else { late };
        found = shop.ask(&Search::window(window, TimeType::Modified), Pager::first(100)).unwrap();
    }
    assert_eq!((found.total, found.is_whole(), window.end - window.begin), (Some(300), false, 1));
}
