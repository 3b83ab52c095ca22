//! Windows, pages, ids, shops; data that move during a scan; the unconfirmed behaviours of queries.

use std::collections::BTreeSet;

use ferry_platforms::jushuitan::{Api, INOUT, Inout, SHOPS, Which};
use ferry_simulators::jushuitan::{Change, Edge, IoIdsAlone, Numbers, Op, Order, OverPageSize, PageSizeTold};
use serde_json::{Value, json};

use crate::client::{BEGIN, BOTH, Client, UNTIL, ids, more, sorted, window, with};

#[test]
fn all_records_of_a_window_are_read_page_by_page() {
    for api in BOTH {
        let client = Client::new(api);
        let expected = client.running.expected(BEGIN, UNTIL, "Confirmed");
        assert!(expected.len() > 51, "{}", expected.len());
        let first = client.inout(&window()).unwrap();
        assert_eq!((first.page_index, first.page_size, first.has_next), (Some(1), Some(50), Some(true)));
        assert_eq!(first.data_count, Some(expected.len() as u64));
        assert_eq!(first.page_count, Some(expected.len().div_ceil(50) as u64));
        assert_eq!(client.scan(&window()), expected);
        let op = if api == Api::Current { Op::Inout } else { Op::LegacyInout };
        assert_eq!(client.running.called(op), 1 + expected.len().div_ceil(50) as u64);
        // Beyond the last page there is nothing, and no error.
        let beyond = client.inout(&Inout { page_index: 99, ..window() }).unwrap();
        assert_eq!((beyond.records.len(), beyond.has_next), (0, Some(false)));
    }
}

#[test]
fn records_arrive_as_they_are_with_every_digit() {
    let client = Client::new(Api::Current);
    let page = client.inout(&window()).unwrap();
    let stored = client.running.records();
    for record in &page.records {
        let same = stored.iter().find(|row| row["io_id"] == record["io_id"]).unwrap();
        assert_eq!(record.to_string(), same.to_string());
    }
}

#[test]
fn records_are_chosen_by_status_type_branch_and_date() {
    let client = Client::new(Api::Current);
    let all = client.scan(&with(json!({})));
    assert_eq!(all, client.running.expected(BEGIN, UNTIL, ""));
    let returns = client.scan(&with(json!({"types": ["其它退货"]})));
    let others = client.scan(&with(json!({"types": ["其它出库", "其它进仓"]})));
    assert!(!returns.is_empty() && !others.is_empty());
    assert_eq!(sorted([returns, others].concat()), all);
    assert_eq!(client.scan(&with(json!({"wms_co_id": 12_252}))), all);
    assert!(client.scan(&with(json!({"wms_co_id": 1}))).is_empty());
    let by_io_date = client.scan(&with(json!({"date_type": 2})));
    let stored = client.running.records();
    let within = |id: &i64| {
        let row = stored.iter().find(|row| row["io_id"] == *id).unwrap();
        (BEGIN..=UNTIL).contains(&row["io_date"].as_str().unwrap())
    };
    assert!(!by_io_date.is_empty() && by_io_date.iter().all(within) && by_io_date != all);
}

#[test]
fn the_windows_end_belongs_to_it_or_not() {
    for (edge, found) in [(Edge::Inclusive, 1), (Edge::Exclusive, 0)] {
        let client = Client::new(Api::Current);
        let record = json!({"io_id": 1, "modified": "2026-11-05 00:00:00"});
        client.running.change(&Change::Add { records: vec![record] });
        client.running.set(|switches| switches.window_end = edge);
        let ask = |begin: &str, end: &str| {
            let which = Which::Modified { begin: begin.into(), end: end.into() };
            client.inout(&Inout { which, ..window() }).unwrap().records.len()
        };
        assert_eq!(ask("2026-11-04 00:00:00", "2026-11-05 00:00:00"), found);
        // Windows that overlap by a second find it either way.
        assert_eq!(ask("2026-11-05 00:00:00", "2026-11-06 00:00:00"), 1);
        assert_eq!(ask("2026-11-04 00:00:00", "2026-11-05 00:00:01"), 1);
    }
}

#[test]
fn a_window_of_seven_days_is_the_widest() {
    for api in BOTH {
        let client = Client::new(api);
        let days = INOUT.widest_window.unwrap().as_secs() / 86_400;
        let ask = |begin: &str, end: &str| {
            client
                .inout(&Inout { which: Which::Modified { begin: begin.into(), end: end.into() }, ..window() })
        };
        assert_eq!(days, 7);
        assert!(ask("2026-10-25 12:00:00", UNTIL).is_ok());
        for (begin, end) in
            [("2026-10-25 11:59:59", UNTIL), (UNTIL, BEGIN), ("2026-10-26", UNTIL), (BEGIN, "")]
        {
            assert_eq!(ask(begin, end).unwrap_err().code, "wrong_request", "{begin} {end}");
        }
    }
}

#[test]
fn a_page_too_large_is_refused_or_clamped() {
    let client = Client::new(Api::Current);
    let large = Inout { page_size: INOUT.largest_page + 1, ..window() };
    assert_eq!(client.inout(&large).unwrap_err().code, "wrong_request");
    assert_eq!(client.shops(1, SHOPS.largest_page + 1).unwrap_err().code, "wrong_request");
    client.running.set(|switches| switches.over_page_size = OverPageSize::Clamp);
    let clamped = client.inout(&large).unwrap();
    assert_eq!((clamped.records.len(), clamped.page_size), (50, Some(50)));
    assert_eq!(client.shops(1, 101).unwrap().page_size, Some(100));
    for wrong in [Inout { page_index: 0, ..window() }, Inout { page_size: 0, ..window() }] {
        assert_eq!(client.inout(&wrong).unwrap_err().code, "wrong_request");
    }
}

#[test]
fn the_effective_page_size_is_told_or_is_to_be_found_out() {
    for (told, size) in [(PageSizeTold::Effective, 20), (PageSizeTold::Asked, 50)] {
        let client = Client::new(Api::Current);
        client.running.set(|switches| {
            switches.clamp = Some(20);
            switches.page_size_told = told;
        });
        let page = client.inout(&window()).unwrap();
        // Rows on a full page and the number of pages agree, whatever is told.
        assert_eq!((page.records.len(), page.page_size, page.has_next), (20, Some(size), Some(true)));
        assert_eq!(page.page_count, page.data_count.map(|count| count.div_ceil(20)));
        assert_eq!(client.scan(&window()), client.running.expected(BEGIN, UNTIL, "Confirmed"));
    }
}

#[test]
fn the_order_of_rows_is_any() {
    let client = Client::new(Api::Current);
    let expected = client.running.expected(BEGIN, UNTIL, "Confirmed");
    let modified = |client: &Client| -> Vec<String> {
        let page = client.inout(&window()).unwrap();
        page.records.iter().map(|record| record["modified"].as_str().unwrap().to_owned()).collect()
    };
    for (order, ascends, descends) in
        [(Order::Id, false, false), (Order::Modified, true, false), (Order::Newest, false, true)]
    {
        client.running.set(|switches| switches.order = order);
        assert_eq!(sorted(client.scan(&window())), expected, "{order:?}");
        assert_eq!(modified(&client).is_sorted(), ascends, "{order:?}");
        assert_eq!(modified(&client).iter().rev().is_sorted(), descends, "{order:?}");
    }
    client.running.set(|switches| switches.order = Order::Shuffled);
    let seen: BTreeSet<i64> = client.scan(&window()).into_iter().collect();
    // A scan of a shuffled list misses some, and the total shows it.
    assert!(seen.len() < expected.len(), "{}", seen.len());
    let first: Vec<Vec<i64>> = (0..2).map(|_| ids(&client.inout(&window()).unwrap())).collect();
    assert_ne!(first[0], first[1]);
}

#[test]
fn records_modified_during_a_scan_leave_the_window_and_shift_the_rest() {
    for api in BOTH {
        let client = Client::new(api);
        let expected = client.running.expected(BEGIN, UNTIL, "Confirmed");
        // Three rows of the first page are touched while it is on its way.
        let touched = Change::Modify { ids: expected[..3].to_vec(), set: more(json!({"remark": "改"})) };
        client.running.change_after_query(1, touched);
        let first = client.inout(&window()).unwrap();
        assert_eq!(ids(&first)[..3], expected[..3], "the answer is made before the change");
        let second = client.inout(&Inout { page_index: 2, ..window() }).unwrap();
        assert_eq!(ids(&second)[0], expected[53], "a plain scan skips rows 50 to 52");
        assert_eq!(second.data_count, Some(expected.len() as u64 - 3), "the total shows it");

        // design.md 7 strategy 3: from the last page to the first, the rest shifts towards what is read next.
        let client = Client::new(api);
        let pages = expected.len().div_ceil(50) as u32;
        client
            .running
            .change_after_query(1, Change::Modify { ids: expected[..3].to_vec(), set: more(json!({})) });
        let mut seen = BTreeSet::new();
        for page_index in (1..=pages).rev() {
            seen.extend(ids(&client.inout(&Inout { page_index, ..window() }).unwrap()));
        }
        let missing: Vec<&i64> = expected.iter().filter(|id| !seen.contains(id)).collect();
        assert_eq!(missing, expected[..3].iter().collect::<Vec<_>>(), "only those of a later window");
        assert_eq!(client.running.expected(BEGIN, UNTIL, "Confirmed"), expected[3..]);
    }
}

#[test]
fn records_come_and_go_during_a_scan() {
    let client = Client::new(Api::Current);
    let before = client.running.expected(BEGIN, UNTIL, "Confirmed");
    let fresh = json!({"io_id": 1, "modified": BEGIN, "items": [{"sku_id": "A'1", "qty": 2}]});
    client.running.change_after_query(1, Change::Add { records: vec![fresh] });
    client.running.change_after_query(2, Change::Delete { ids: vec![before[0], 999] });
    assert_eq!(client.inout(&window()).unwrap().data_count, Some(before.len() as u64));
    let second = client.inout(&window()).unwrap();
    assert_eq!(
        (second.data_count, &second.records[0]["items"][0]["sku_id"]),
        (Some(before.len() as u64 + 1), &json!("A'1"))
    );
    assert_eq!(client.inout(&window()).unwrap().data_count, Some(before.len() as u64));
    // Reversed without a new time stamp, or cancelled: it leaves the status, not the window.
    let cancel =
        Change::Modify { ids: vec![before[1]], set: more(json!({"status": "Cancelled", "modified": UNTIL})) };
    assert_eq!(client.running.change(&cancel), 1);
    let cancelled = client.scan(&with(json!({"status": "Cancelled"})));
    assert!(cancelled.contains(&before[1]) && !client.scan(&window()).contains(&before[1]));
}

#[test]
fn a_record_is_fetched_again_by_its_id_or_its_order_number() {
    for api in BOTH {
        let client = Client::new(api);
        let wanted = client.running.records().swap_remove(7);
        let ask = |which| client.inout(&Inout { which, more: more(json!({})), ..window() });
        let by_id = Which::IoIds(vec![wanted["io_id"].as_i64().unwrap(), 999]);
        assert_eq!(ask(by_id.clone()).unwrap().records[..], *std::slice::from_ref(&wanted));
        let by_number = Which::SoIds(vec![wanted["so_id"].as_str().unwrap().to_owned()]);
        client.running.set(|switches| switches.io_ids_alone = IoIdsAlone::Refused);
        assert_eq!(ask(by_id).unwrap_err().code, "wrong_request");
        assert_eq!(ask(by_number).unwrap().records, [wanted]);
        assert_eq!(ask(Which::SoIds(vec![])).unwrap_err().code, "wrong_request");
        assert_eq!(
            ask(Which::SoIds((0..51).map(|n| n.to_string()).collect())).unwrap_err().code,
            "wrong_request"
        );
        assert_eq!(ask(Which::IoIds((0..51).collect())).unwrap_err().code, "wrong_request");
    }
}

#[test]
fn row_versions_page_without_gaps() {
    for edge in [Edge::Exclusive, Edge::Inclusive] {
        let client = Client::new(Api::Current);
        client.running.set(|switches| switches.start_ts = edge);
        let (mut start_ts, mut seen) = (1, BTreeSet::new());
        let all: Vec<i64> =
            client.running.records().iter().map(|row| row["io_id"].as_i64().unwrap()).collect();
        client.running.change_after_query(2, Change::Modify { ids: all[..9].to_vec(), set: more(json!({})) });
        loop {
            let page = client.inout(&Inout { which: Which::Changed { start_ts }, ..window() }).unwrap();
            let last = page.records.last().and_then(|record| record["ts"].as_i64());
            seen.extend(ids(&page));
            match last {
                Some(last) if last > start_ts => start_ts = last,
                _ => break,
            }
        }
        assert!(all.iter().all(|id| seen.contains(id)), "{edge:?}");
    }
}

#[test]
fn numbers_and_names_may_look_otherwise() {
    let client = Client::new(Api::Current);
    let plain = client.inout(&window()).unwrap();
    assert!(plain.records[0]["items"][0]["qty"].is_number() && plain.records[0]["wh_id"].is_number());
    assert!(plain.records[0].get("drop_co_name").is_some());
    client.running.set(|switches| {
        switches.numbers = Numbers::Texts;
        switches.drop_name = "drp_co_name".into();
    });
    let texts = client.inout(&window()).unwrap();
    assert_eq!(texts.records[0]["items"][0]["qty"], plain.records[0]["items"][0]["qty"].to_string());
    assert_eq!(texts.records[0]["wh_id"], plain.records[0]["wh_id"].to_string());
    assert!(texts.records[0].get("drp_co_name").is_some() && texts.records[0].get("drop_co_name").is_none());
}

#[test]
fn shops_are_a_full_list() {
    let client = Client::new(Api::Current);
    let (first, second) = (client.shops(1, 20).unwrap(), client.shops(2, 20).unwrap());
    assert_eq!((first.has_next, second.has_next), (Some(true), Some(false)));
    assert_eq!(
        (first.page_index, first.page_size, first.data_count, first.page_count),
        (Some(1), Some(20), None, None)
    );
    assert_eq!([first.records, second.records].concat(), client.running.shops());

    let shop = json!({"shop_id": 1, "shop_name": "新店'\"", "nick": "n"});
    client.running.change(&Change::SetShops { shops: vec![shop] });
    let renamed = json!({"shop_id": 10_394_533, "shop_name": "改名"});
    client.running.change(&Change::SetShops { shops: vec![renamed] });
    client.running.change(&Change::DeleteShops { ids: vec![10_394_540] });
    let all = client.shops(1, 100).unwrap().records;
    assert_eq!(
        (all.len(), &all[0]["shop_name"], &all[1]["shop_name"]),
        (30, &json!("新店'\""), &json!("改名"))
    );
    client.running.set(|switches| switches.order = Order::Newest);
    assert_eq!(client.shops(1, 100).unwrap().records[29]["shop_id"], 1);

    let legacy = Client::new(Api::Legacy);
    let page = legacy.shops(1, 100).unwrap();
    assert_eq!((page.records.len(), page.has_next, page.page_size), (30, None, None));
    let fields: Vec<&String> = page.records[0].as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), 8, "{fields:?}");
    assert_eq!(page.records[0].get("group_id"), None::<&Value>);
}
