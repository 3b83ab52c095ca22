//! Both positions of every switch.

use ferry_platforms::Class;
use ferry_platforms::wangdiantong::{Pager, Search, TimeType, Window, time};
use ferry_simulators::wangdiantong::{
    BadSignature, Change, Comma, Credentials, Edges, Fault, Fields, Misbehaviour, OverLargestPage, RowOrder,
    Stockout, TimeFormat, Uncounted,
};
use serde_json::Value;

use crate::shop::{Shop, account, numbers, unix};

fn later(shop: &Shop, seconds: i64) {
    shop.platform.set(|switches| switches.clock_offset_ms += seconds * 1000);
}

#[test]
fn sixty_calls_in_any_minute_are_served_and_the_next_is_refused() {
    let shop = Shop::with(1);
    shop.platform.set(|switches| switches.refused_calls_count = false);
    let call = || shop.ask(&shop.everything(), Pager::first(10)).map(|found| found.records.len());
    for _ in 0..30 {
        assert_eq!(call(), Ok(1));
    }
    later(&shop, 40);
    for _ in 0..30 {
        assert_eq!(call(), Ok(1));
    }
    let error = call().unwrap_err();
    assert_eq!((error.class, error.code), (Class::RateLimit, "call_limit"));
    assert_eq!(error.message, "超过每分钟最大调用频率限制，请稍后重试");
    // A new minute by the clock on the wall, the same one as it slides.
    later(&shop, 15);
    assert_eq!(call().unwrap_err().class, Class::RateLimit);
    later(&shop, 6);
    for _ in 0..30 {
        assert_eq!(call(), Ok(1));
    }
    assert_eq!(call().unwrap_err().class, Class::RateLimit);
    shop.platform.set(|switches| switches.calls_per_minute = None);
    assert_eq!(call(), Ok(1));
}

#[test]
fn refused_calls_count_or_do_not() {
    for counted in [true, false] {
        let shop = Shop::with(1);
        shop.platform.set(|s| (s.calls_per_minute, s.refused_calls_count) = (Some(2), counted));
        let is_served = || shop.ask(&shop.everything(), Pager::first(10)).is_ok();
        assert_eq!([is_served(), is_served(), is_served()], [true, true, false]);
        later(&shop, 40);
        assert_eq!([is_served(), is_served()], [false, false]);
        later(&shop, 21);
        assert_eq!(is_served(), !counted);
    }
}

#[test]
fn after_a_hit_the_account_is_shut_for_a_while_or_not() {
    for pause_s in [0, 300] {
        let shop = Shop::with(1);
        shop.platform.set(|s| {
            (s.calls_per_minute, s.refused_calls_count, s.pause_s) = (Some(1), false, pause_s);
        });
        let is_served = || shop.ask(&shop.everything(), Pager::first(10)).is_ok();
        assert_eq!([is_served(), is_served()], [true, false]);
        later(&shop, 61);
        assert_eq!(is_served(), pause_s == 0);
        later(&shop, 240);
        assert!(is_served());
    }
}

#[test]
fn calls_at_once_are_limited_or_not() {
    let shop = Shop::with(1);
    for (most, served) in [(None, 3), (Some(1), 1), (Some(2), 2)] {
        shop.platform.set(|switches| switches.concurrent_calls = most);
        shop.platform.arm(Fault::next(&[], Misbehaviour::Delay { ms: 300 }).times(3));
        let answers: Vec<_> = std::thread::scope(|scope| {
            let ask = || shop.ask(&shop.everything(), Pager::first(10));
            let calls: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), served, "{most:?}");
        for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert_eq!((error.class, error.code), (Class::RateLimit, "concurrency_limit"));
        }
    }
}

#[test]
fn the_limits_have_commas_of_either_width() {
    let shop = Shop::with(1);
    for (comma, message) in [
        (Comma::Wide, "超过每分钟最大调用频率限制，请稍后重试"),
        (Comma::Ascii, "超过每分钟最大调用频率限制,请稍后重试"),
    ] {
        shop.platform.set(|switches| (switches.calls_per_minute, switches.comma) = (Some(0), comma));
        let error = shop.ask(&shop.everything(), Pager::first(10)).unwrap_err();
        assert_eq!((error.class, error.message.as_str()), (Class::RateLimit, message));
    }
}

#[test]
fn a_bad_signature_has_two_names() {
    let shop = Shop::with(1);
    let stranger = Credentials { secret: "x".into(), ..shop.platform.credentials() };
    let shop = Shop { account: account(&shop.platform, &stranger), ..shop };
    for (answer, message) in [(BadSignature::Verification, "验证失败"), (BadSignature::App, "app auth fail")]
    {
        shop.platform.set(|switches| switches.bad_signature = answer);
        let error = shop.ask(&shop.everything(), Pager::first(10)).unwrap_err();
        assert_eq!((error.class, error.message.as_str()), (Class::Credentials, message));
    }
}

#[test]
fn a_count_that_was_not_asked_for_is_absent_or_zero_and_not_believed() {
    let shop = Shop::with(3);
    for (uncounted, sent) in [(Uncounted::Absent, None), (Uncounted::Zero, Some(&Value::from(0)))] {
        shop.platform.set(|switches| switches.uncounted = uncounted);
        let body = r#"[{"stockout_no":"none"}]"#;
        assert_eq!(shop.raw(&[("calc_total", "0")], body)["data"].get("total_count"), sent);
        assert_eq!(shop.raw(&[], body)["data"].get("total_count"), sent);
        let uncounted = Pager { page_no: 0, page_size: 10, calc_total: false };
        let found = shop.ask(&shop.everything(), uncounted).unwrap();
        assert_eq!((found.records.len(), found.total, found.is_whole()), (3, None, false));
        assert_eq!(shop.find(&shop.everything()).total, Some(3));
    }
}

#[test]
fn times_are_texts_or_milliseconds() {
    let shop = Shop::with(20);
    for (format, is_text) in [(TimeFormat::Text, true), (TimeFormat::Milliseconds, false)] {
        shop.platform.set(|switches| switches.times = format);
        for record in shop.find(&shop.everything()).records {
            let held = shop.platform.stockout(record["stockout_no"].as_str().unwrap()).unwrap();
            assert_eq!(record["modified"].is_string(), is_text);
            assert_eq!(time(&record["modified"]), Some(unix(held.modified)));
            assert_eq!(time(&record["created"]), Some(unix(held.created)));
            assert_eq!(time(&record["consign_time"]), held.consign_time.map(unix));
        }
    }
}

#[test]
fn the_fields_are_those_of_2024_or_of_2020() {
    let shop = Shop::with(1);
    for (fields, new) in [(Fields::Of2024, true), (Fields::Of2020, false)] {
        shop.platform.set(|switches| switches.fields = fields);
        let record = &shop.find(&shop.everything()).records[0];
        for name in ["stockout_id", "warehouse_no", "producer_name"] {
            assert_eq!(record.get(name).is_some(), new, "{name}");
        }
        assert_eq!(record.get("freeze_reason").is_some(), !new);
        let line = &record["detail_list"][0];
        assert_eq!(line.get("rec_id").is_some(), new);
        assert_eq!(line.get("position_details_list").is_some(), new);
        // These two are what a flow cannot do without.
        assert!(record["stockout_no"].is_string() && line["spec_no"].is_string());
    }
}

#[test]
fn rows_come_in_one_of_three_orders() {
    let shop = Shop::with(60);
    let order = || -> Vec<String> {
        let records = shop.find(&shop.everything()).records;
        records.iter().map(|record| record["stockout_no"].as_str().unwrap().to_owned()).collect()
    };
    shop.platform.set(|switches| switches.order = RowOrder::Shuffled);
    assert_ne!(order(), order());
    let mut stockouts = shop.platform.stockouts();
    let mut expect = |order: RowOrder, key: &dyn Fn(&Stockout) -> (i64, i64)| {
        shop.platform.set(|switches| switches.order = order);
        stockouts.sort_by_key(key);
        stockouts.iter().map(|stockout| stockout.stockout_no.clone()).collect::<Vec<_>>()
    };
    assert_eq!(expect(RowOrder::Id, &|s| (s.stockout_id, 0)), order());
    assert_eq!(expect(RowOrder::Modified, &|s| (unix(s.modified), s.stockout_id)), order());
}

#[test]
fn the_edges_of_a_window_belong_to_it_or_not() {
    let shop = Shop::with(0);
    let begin = shop.now() - 1000;
    let at = |offset: i64| {
        let modified = chrono::DateTime::from_timestamp(begin + offset + 8 * 3600, 0).unwrap().naive_utc();
        Stockout { stockout_no: format!("CK{offset}"), modified, ..Stockout::default() }
    };
    shop.platform.change(&Change::Add { stockouts: vec![at(0), at(5), at(10)] });
    let search = Search::window(Window { begin, end: begin + 10 }, TimeType::Modified);
    for (edges, expected) in [
        (Edges::Both, &["CK0", "CK10", "CK5"][..]),
        (Edges::Begin, &["CK0", "CK5"]),
        (Edges::End, &["CK10", "CK5"]),
    ] {
        shop.platform.set(|switches| switches.edges = edges);
        assert_eq!(numbers(&shop.find(&search)), expected, "{edges:?}");
    }
}

#[test]
fn a_page_too_large_is_refused_or_clamped() {
    let shop = Shop::with(2100);
    let ask = |page_size| shop.ask(&shop.everything(), Pager::first(page_size));
    let error = ask(2001).unwrap_err();
    assert_eq!((error.class, error.message.as_str()), (Class::Fatal, "分页大小不能超过2000"));
    shop.platform.set(|switches| switches.over_largest_page = OverLargestPage::Clamp);
    let found = ask(2001).unwrap();
    assert_eq!((found.records.len(), found.total, found.is_whole()), (2000, Some(2100), false));
    // A server that clamps to less still counts all.
    shop.platform.set(|switches| switches.clamp = Some(100));
    let found = ask(2000).unwrap();
    assert_eq!((found.records.len(), found.total, found.is_whole()), (100, Some(2100), false));
}
