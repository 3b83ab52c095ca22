//! What is found: by window, by number, by state and warehouse; pages.

use ferry_platforms::wangdiantong::{Pager, Search, TimeType, Window, time};
use ferry_simulators::wangdiantong::{Change, Decimal, Detail, Patch, RowOrder, Stockout};
use serde_json::json;

use crate::shop::{Shop, held, numbers, unix};

#[test]
fn each_type_of_time_finds_its_own() {
    let shop = Shop::with(400);
    let window = Window { begin: shop.now() - 3 * 86_400, end: shop.now() - 86_400 };
    let within = |time: chrono::NaiveDateTime| (window.begin..=window.end).contains(&unix(time));
    type Which<'a> = &'a dyn Fn(&Stockout) -> bool;
    let table: [(TimeType, Which<'_>); 3] = [
        (TimeType::Created, &|stockout| within(stockout.created)),
        (TimeType::Consigned, &|stockout| stockout.consign_time.is_some_and(within)),
        (TimeType::Modified, &|stockout| within(stockout.modified)),
    ];
    let mut seen = Vec::new();
    for (time_type, which) in table {
        let found = shop.find(&Search::window(window, time_type));
        assert!(found.is_whole());
        assert_eq!(numbers(&found), held(&shop.platform, which), "{time_type:?}");
        assert!(!seen.contains(&numbers(&found)), "the three differ");
        seen.push(numbers(&found));
    }
}

#[test]
fn states_warehouses_and_production_orders_narrow_the_search() {
    let shop = Shop::with(300);
    let all = shop.everything();
    let states = |status: &str| numbers(&shop.find(&Search { status: status.into(), ..all.clone() }));
    assert_eq!(states(""), held(&shop.platform, |_| true));
    assert_eq!(states("110"), held(&shop.platform, |s| s.status == 110));
    assert_eq!(states("5,77"), held(&shop.platform, |s| [5, 77].contains(&s.status)));
    let warehouse = Search { warehouse_no: "lich0313".into(), status: "110".into(), ..all.clone() };
    let expected = held(&shop.platform, |s| s.warehouse_no == "lich0313" && s.status == 110);
    assert_eq!(numbers(&shop.find(&warehouse)), expected);
    let process_no = shop.platform.stockouts()[7].process_no.clone();
    let by_process = Search { process_no: process_no.clone(), ..Search::default() };
    let expected = held(&shop.platform, |s| s.process_no == process_no);
    assert_eq!(numbers(&shop.find(&by_process)), expected);
}

#[test]
fn a_record_is_fetched_again_by_its_number_as_it_is_now() {
    let shop = Shop::with(50);
    let number = shop.platform.stockouts()[3].stockout_no.clone();
    let search = Search::number(&number);
    let before = shop.find(&search);
    assert_eq!((before.records.len(), before.is_whole()), (1, true));
    let set = Patch { remark: Some("改 \"过\"".into()), status: Some(5), ..Patch::default() };
    shop.platform.change(&Change::Modify { numbers: vec![number.clone()], set: Box::new(set) });
    let after = &shop.find(&search).records[0];
    assert_eq!((&after["remark"], &after["status"]), (&json!("改 \"过\""), &json!(5)));
    assert!(time(&after["modified"]) >= time(&before.records[0]["modified"]));
    shop.platform.change(&Change::Delete { numbers: vec![number] });
    assert!(shop.find(&search).records.is_empty());
    assert!(shop.find(&Search::number("CK nowhere")).is_whole());
}

#[test]
fn every_field_of_a_record_arrives_as_the_documents_have_it() {
    let shop = Shop::with(0);
    let at = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
    let line = Detail {
        rec_id: 879_427,
        spec_id: 1,
        spec_no: "wangdiantong".into(),
        goods_no: "g'1".into(),
        goods_name: "6\"铜管".into(),
        spec_name: "无".into(),
        barcode: "6971415833474".into(),
        num: Decimal::parse("123456789012345.6789").unwrap(),
        expect_num: Decimal::whole(2),
        checked_cost_price: Decimal::parse("0.1168").unwrap(),
        base_unit_name: "KG".into(),
        brand_name: "淘淘乐".into(),
        batch_no: Some(String::new()),
        ..Detail::default()
    };
    let second =
        Detail { num: Decimal::parse("2.5").unwrap(), checked_cost_price: Decimal::whole(0), ..line.clone() };
    let first = Detail { num: Decimal::whole(2), ..line.clone() };
    let stockout = Stockout {
        stockout_id: 675_378,
        stockout_no: "CK2024082224".into(),
        created: at("2024-08-22 13:40:48"),
        consign_time: Some(at("2024-08-22 13:40:49")),
        modified: at("2024-08-22 13:40:50"),
        details: vec![first, second],
        ..Stockout::default()
    };
    let big = Stockout { stockout_no: "CK1".into(), details: vec![line], ..Stockout::default() };
    shop.platform.change(&Change::Add { stockouts: vec![stockout, big] });
    let found = shop.find(&Search::number("CK2024082224"));
    let expected = concat!(
        r#"{"flag_id":0,"logistics_name":"无","consign_time":"2024-08-22 13:40:49","error_info":"","detail_list":["#,
        r#"{"rec_id":879427,"spec_no":"wangdiantong","goods_no":"g'1","goods_name":"6\"铜管","short_name":"","#,
        r#""spec_code":"","spec_name":"无","spec_id":1,"barcode":"6971415833474","num":2,"scan_type":0,"#,
        r#""defect":false,"remark":"","expect_num":2,"checked_cost_price":0.1168,"brand_name":"淘淘乐","#,
        r#""aux_unit_name":"无","base_unit_name":"KG","batch_no":"","position_details_list":[{"rec_id":879428,"#,
        r#""stockout_detail_id":879427,"position_id":-2,"position_no":"采购未上架","batch_no":"","expire_date":"","#,
        r#""production_date":"","position_goods_count":2}]},"#,
        r#"{"rec_id":879427,"spec_no":"wangdiantong","goods_no":"g'1","goods_name":"6\"铜管","short_name":"","#,
        r#""spec_code":"","spec_name":"无","spec_id":1,"barcode":"6971415833474","num":2.5,"scan_type":0,"#,
        r#""defect":false,"remark":"","expect_num":2,"checked_cost_price":0,"brand_name":"淘淘乐","#,
        r#""aux_unit_name":"无","base_unit_name":"KG","batch_no":"","position_details_list":[{"rec_id":879428,"#,
        r#""stockout_detail_id":879427,"position_id":-2,"position_no":"采购未上架","batch_no":"","expire_date":"","#,
        r#""production_date":"","position_goods_count":2.5}]}],"#,
        r#""goods_type_count":2,"remark":"","goods_count":4.5,"stockout_id":675378,"flag_name":"无","#,
        r#""warehouse_no":"CK001","checked_goods_total_cost":0.2336,"modified":"2024-08-22 13:40:50","#,
        r#""note_count":0,"logistics_no":"","created":"2024-08-22 13:40:48","stockout_no":"CK2024082224","#,
        r#""src_order_type":5,"operator_name":"小二","weigh_post_cost":0,"warehouse_name":"原料仓","#,
        r#""checkouter_name":"系统","producer_name":"一车间","process_no":"PS2024010101","status":110}"#,
    );
    assert_eq!(found.records[0].to_string(), expected);
    let big = shop.find(&Search::number("CK1"));
    assert_eq!(big.records[0]["detail_list"][0]["num"].to_string(), "123456789012345.6789");
}

#[test]
fn pages_count_from_0_and_end_in_an_empty_one() {
    let shop = Shop::with(25);
    shop.platform.set(|switches| switches.order = RowOrder::Id);
    let page = |page_no| {
        let found = shop.ask(&shop.everything(), Pager { page_no, page_size: 10, calc_total: true }).unwrap();
        assert_eq!((found.total, found.is_whole()), (Some(25), false));
        numbers(&found)
    };
    let pages: Vec<Vec<String>> = (0..4).map(page).collect();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5, 0]);
    let mut all = pages.concat();
    all.sort();
    assert_eq!(all, held(&shop.platform, |_| true));
    // The article's page_no 1 misses the first ten.
    assert!(pages[1..].concat().iter().all(|number| !pages[0].contains(number)));
}

#[test]
fn a_page_of_2000_records_comes_whole() {
    let shop = Shop::with(2000);
    let found = shop.find(&shop.everything());
    assert!(found.is_whole());
    assert_eq!(numbers(&found), held(&shop.platform, |_| true));
    let lines: usize = found.records.iter().map(|r| r["detail_list"].as_array().unwrap().len()).sum();
    assert!(lines > 4000, "{lines}");
}
