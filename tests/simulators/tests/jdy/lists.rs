//! Pages of customers, also while they change.

use ferry_platforms::jdy::{CustomerQuery, Customers, LARGEST_PAGE};
use ferry_simulators::jdy::{Change, Fault, Misbehaviour, Op, OverPage, WindowEnd};

use crate::client::{Client, code, page};

fn numbers(page: &Customers) -> Vec<String> {
    page.rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_pages_together_are_all_customers_by_number() {
    let client = Client::new(45);
    let expected: Vec<String> =
        client.jdy.customers().iter().map(|customer| customer.number.clone()).collect();
    let mut found = Vec::new();
    for at in 1..=5 {
        let page = client.list(&page(at, 10)).unwrap();
        assert_eq!(
            (page.count, page.page, page.page_size, page.total_page),
            (Some(45), Some(at.into()), Some(10), Some(5))
        );
        found.extend(numbers(&page));
    }
    assert_eq!(found, expected);
    assert!(client.list(&page(6, 10)).unwrap().rows.is_empty());
    let row = &client.list(&page(1, 1)).unwrap().rows[0];
    let stored = &client.jdy.customers()[0];
    assert_eq!((&row["name"], &row["enable"]), (&stored.name.as_str().into(), &"1".into()));
    assert_eq!(row["id"], stored.id.as_str());
}

#[test]
fn a_page_that_is_too_large_is_refused_clamped_or_served() {
    let client = Client::new(1500);
    let ask = || client.list(&page(1, 2000));
    assert_eq!(client.list(&page(1, LARGEST_PAGE)).unwrap().rows.len(), 1000);
    assert_eq!(code(ask()), "too_many_rows");
    client.jdy.set(|switches| switches.over_page = OverPage::Clamped);
    let clamped = ask().unwrap();
    assert_eq!((clamped.rows.len(), clamped.page_size, clamped.total_page), (1000, Some(1000), Some(2)));
    client.jdy.set(|switches| switches.over_page = OverPage::Served);
    assert_eq!(ask().unwrap().rows.len(), 1500);
}

#[test]
fn lists_are_narrowed_by_name_use_and_time() {
    let client = Client::new(20);
    let all = client.jdy.customers();
    let (fifth, tenth) = (&all[4], &all[9]);
    for (end, count) in [(WindowEnd::Inside, 6), (WindowEnd::Outside, 5)] {
        client.jdy.set(|switches| switches.window_end = end);
        let query =
            CustomerQuery { modified_ms: Some((fifth.modified_ms, tenth.modified_ms)), ..page(1, 100) };
        assert_eq!(client.list(&query).unwrap().rows.len(), count, "{end:?}");
    }
    client.jdy.change(&Change::Enable { numbers: vec![fifth.number.clone()], enabled: false });
    for (enabled, count) in [(None, 20), (Some(true), 19), (Some(false), 1)] {
        let query = CustomerQuery { enabled, ..page(1, 100) };
        assert_eq!(client.list(&query).unwrap().rows.len(), count);
    }
    let query = CustomerQuery { search: Some(tenth.name.clone()), ..page(1, 100) };
    assert_eq!(numbers(&client.list(&query).unwrap()), [tenth.number.as_str()]);
}

#[test]
fn what_vanishes_during_a_scan_shifts_the_pages_behind_it() {
    let client = Client::new(30);
    let all = client.jdy.customers();
    client.jdy.change_after_query(1, Change::Delete { numbers: vec![all[0].number.clone()] });
    client.jdy.change_after_query(2, Change::Add { number: "KH99999".into(), name: "新店".into() });
    let pages: Vec<Vec<String>> = (1..=3).map(|at| numbers(&client.list(&page(at, 10)).unwrap())).collect();
    let seen = |number: &str| pages.iter().flatten().any(|seen| seen == number);
    assert!(seen(&all[0].number) && !seen(&all[10].number) && seen("KH99999"), "{pages:?}");
    // The next pass heals it.
    let again: Vec<String> = (1..=3).flat_map(|at| numbers(&client.list(&page(at, 10)).unwrap())).collect();
    let expected: Vec<String> =
        client.jdy.customers().iter().map(|customer| customer.number.clone()).collect();
    assert_eq!(again, expected);
}

#[test]
fn pages_that_lie_can_be_told_by_their_counts_and_keys() {
    let client = Client::new(30);
    let first = numbers(&client.list(&page(1, 10)).unwrap());
    client.jdy.arm(Fault::next(&[Op::List], Misbehaviour::EmptyPage));
    let empty = client.list(&page(2, 10)).unwrap();
    assert_eq!((empty.rows.len(), empty.count, empty.total_page), (0, Some(30), Some(3)));
    client.list(&page(1, 10)).unwrap();
    client.jdy.arm(Fault::next(&[Op::List], Misbehaviour::RepeatPreviousPage));
    let repeated = client.list(&page(2, 10)).unwrap();
    assert_eq!((numbers(&repeated), repeated.page), (first, Some(2)));
}
