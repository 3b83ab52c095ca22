//! What 旺店通旗舰版 answers, in every shape that `vendors/sources.md` 2 tells of.

use ferry_platforms::wangdiantong::{Found, Pager, classify, read_page, server_time, time};
use ferry_platforms::{Class, Error};
use http::{Response, StatusCode};
use serde_json::{Value, json};

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn read(body: &str) -> Result<Found, Error> {
    read_page(&answer(200, body), Pager::first(2000))
}

/// The vendor's example of 2024 (2.3), abridged.
const OF_2024: &str = r#"{"status":0,"data":{"total_count":1,"order":[{"flag_id":0,"logistics_name":"无",
"consign_time":"2024-08-22 13:40:50","error_info":"","detail_list":[{"rec_id":879427,"spec_no":"wangdiantong",
"goods_name":"wangdiantong","short_name":"简称测试","num":2,"defect":false,"checked_cost_price":0.1168,
"position_details_list":[{"rec_id":257172,"position_id":-2,"position_no":"采购未上架","position_goods_count":2}]}],
"goods_count":2,"stockout_id":675378,"warehouse_no":"wdtapi3-test","checked_goods_total_cost":0.2336,
"modified":"2024-08-22 13:40:50","stockout_no":"CK2024082224","status":110}]}}"#;

/// The example of 2020 in the vendor's Java SDK (2.3, *Version drift*), abridged.
const OF_2020: &str = r#"{"status":0,"data":{"total_count":1,"order":[{"consign_time":1592876325000,
"detail_list":[{"spec_no":"23441","num":5,"checked_cost_price":20}],"modified":1592876328000,
"src_order_id":268,"created":1592817150000,"stockout_no":"CK2020062208","status":110}]}}"#;

#[test]
fn the_examples_of_both_versions_are_read() {
    let found = read(OF_2024).unwrap();
    assert!(found.is_whole());
    let record = &found.records[0];
    assert_eq!(record["stockout_no"], "CK2024082224");
    assert_eq!(record["detail_list"][0]["checked_cost_price"].to_string(), "0.1168");
    assert_eq!(record["detail_list"][0]["position_details_list"][0]["position_no"], "采购未上架");
    assert_eq!(time(&record["modified"]), Some(1_724_305_250));

    let found = read(OF_2020).unwrap();
    assert!(found.is_whole());
    assert_eq!(found.records[0].get("warehouse_no"), None);
    assert_eq!(time(&found.records[0]["modified"]), Some(1_592_876_328));
}

#[test]
fn digits_are_kept() {
    let body = r#"{"status":0,"data":{"order":[{"goods_count":123456789012345.6789,"num":2.5000}]}}"#;
    let record = &read(body).unwrap().records[0];
    assert_eq!(record["goods_count"].to_string(), "123456789012345.6789");
    assert_eq!(record["num"].to_string(), "2.5000");
}

#[test]
fn times_are_texts_or_milliseconds() {
    let table = [
        (json!("2024-08-22 13:40:50"), Some(1_724_305_250)),
        (json!(1_724_305_250_999_i64), Some(1_724_305_250)),
        (json!("1724305250000"), Some(1_724_305_250)),
        (json!(""), None),
        (json!("无"), None),
        (json!("0000-00-00 00:00:00"), None),
        (json!(0), None),
        (Value::Null, None),
        (json!(true), None),
    ];
    for (value, expected) in table {
        assert_eq!(time(&value), expected, "{value}");
    }
}

#[test]
fn only_a_count_that_agrees_makes_a_page_the_whole() {
    let page = |data: Value| read(&json!({"status": 0, "data": data}).to_string()).unwrap();
    let rows = |count: usize| vec![json!({"stockout_no": "CK"}); count];
    let table = [
        (json!({"total_count": 2, "order": rows(2)}), Some(2), true),
        (json!({"total_count": "2", "order": rows(2)}), Some(2), true),
        (json!({"total_count": 0, "order": []}), Some(0), true),
        (json!({"total_count": 0}), Some(0), true),
        (json!({"total_count": 0, "order": null}), Some(0), true),
        (json!({"total_count": 3, "order": rows(2)}), Some(3), false),
        (json!({"total_count": 3, "order": []}), Some(3), false),
        // A tenant that does not count, or says 0 instead.
        (json!({"total_count": 0, "order": rows(2)}), Some(0), false),
        (json!({"order": rows(2)}), None, false),
        (json!({"total_count": null, "order": rows(2)}), None, false),
        (json!({"total_count": -1, "order": rows(2)}), None, false),
    ];
    for (data, total, whole) in table {
        let found = page(data.clone());
        assert_eq!((found.total, found.is_whole()), (total, whole), "{data}");
    }
}

#[test]
fn a_count_that_was_not_asked_for_is_not_believed() {
    for total in
        [json!({"total_count": 0, "order": []}), json!({"total_count": 7, "order": []}), json!({"order": []})]
    {
        let body = json!({"status": 0, "data": total}).to_string();
        let uncounted = Pager { page_no: 1, page_size: 10, calc_total: false };
        let found = read_page(&answer(200, body), uncounted).unwrap();
        assert_eq!((found.total, found.is_whole()), (None, false));
    }
}

#[test]
fn every_refusal_has_its_class() {
    use Class::{Credentials, Fatal, RateLimit, Row, Transport};
    let table = [
        (1, "sid is not exists", Fatal, "unknown_sid"),
        (1, "sid is not found", Fatal, "unknown_sid"),
        (1, "验证失败", Credentials, "signature_refused"),
        (1, "app auth fail", Credentials, "app_refused"),
        (1, "invalid argument count", Fatal, "wrong_request"),
        (1, "argument type mismatch", Fatal, "wrong_request"),
        (1, "参数个数错误", Fatal, "wrong_request"),
        (1, "For input string: \"1665947116495\"", Fatal, "wrong_request"),
        (2, "shop_no", Fatal, "wrong_request"),
        (3, "需要动态口令", Fatal, "dynamic_password"),
        (4, "数据库错误", Transport, "server_error"),
        (5, "数据库错误", Transport, "server_error"),
        (6, "ip限制", Fatal, "ip_refused"),
        (7, "时间戳错误", Fatal, "clock_skew"),
        (8, "版本错误", Fatal, "wrong_request"),
        (99, "其他错误", Transport, "server_error"),
        (100, "此方法仅支持分页查询：wms.stockout.Process.queryWithDetail", Fatal, "wrong_request"),
        (100, "参数中必须包含起止时间", Fatal, "wrong_request"),
        (100, "您的查询时间过宽,查询时间不能大于30天", Fatal, "window_too_wide"),
        (100, "您的查询条件太过宽，请增加查询条件", Fatal, "window_too_wide"),
        (100, "状态参数格式不正确，请用以逗号隔开的整数字符串为参数", Fatal, "wrong_request"),
        (100, "状态应该是由逗号分隔开的整数数组", Fatal, "wrong_request"),
        (100, "Unparseable date: 2023/02/06 17:59:19", Fatal, "wrong_request"),
        (100, "权限不足", Fatal, "no_permission"),
        (100, "无仓库访问权限", Fatal, "no_warehouse_right"),
        (100, "未找到符合条件的订单", Row, "not_found"),
        (100, "单据不存在", Row, "not_found"),
        // Both widths of the comma are documented.
        (100, "超过每分钟最大调用频率限制，请稍后重试", RateLimit, "call_limit"),
        (100, "超过每分钟最大调用频率限制,请稍后重试", RateLimit, "call_limit"),
        (100, "超过每分钟最大并发次数限制，请稍后重试", RateLimit, "concurrency_limit"),
        (100, "超过每分钟最大并发次数限制,请稍后重试", RateLimit, "concurrency_limit"),
        (100, "外部单号超长", Fatal, "application_error"),
        (77, "", Fatal, "unexpected_answer"),
    ];
    for (status, message, class, code) in table {
        let error = read(&json!({"status": status, "message": message}).to_string()).unwrap_err();
        assert_eq!((error.class, error.code, error.message.as_str()), (class, code, message), "{status}");
        assert_eq!(error.vendor_code, Some(status.to_string()));
        assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
        // The same with the number as a text, with data that is none, and behind an HTTP error.
        let odd = json!({"message": message, "data": "", "status": status.to_string()}).to_string();
        assert_eq!(read(&odd).unwrap_err().code, code);
    }
}

#[test]
fn http_errors_have_their_class_whatever_they_carry() {
    use Class::{Fatal, RateLimit, Transport};
    let table = [
        (302, Fatal, "redirected"),
        (401, Fatal, "http_refused"),
        (403, Fatal, "http_refused"),
        (404, Fatal, "wrong_path"),
        (405, Fatal, "wrong_path"),
        (408, Transport, "server_timeout"),
        (413, Fatal, "http_refused"),
        (429, RateLimit, "too_many_requests"),
        (500, Transport, "server_error"),
        (502, Transport, "server_error"),
    ];
    for (status, class, code) in table {
        for body in ["<html><title>Oops</title></html>", "", OF_2024] {
            let error = read_page(&answer(status, body), Pager::first(1)).unwrap_err();
            assert_eq!((error.class, error.code), (class, code), "{status} {body}");
            assert_eq!(error.vendor_code, Some(status.to_string()));
        }
    }
    let limit = json!({"status": 100, "message": "超过每分钟最大调用频率限制，请稍后重试"}).to_string();
    assert_eq!(read_page(&answer(500, limit), Pager::first(1)).unwrap_err().class, RateLimit);
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    use Class::{Fatal, Transport};
    let cut = OF_2024.split_at(300).0;
    let table: [(&str, Class, &str); 12] = [
        (cut, Transport, "garbled_answer"),
        ("", Transport, "garbled_answer"),
        ("\u{fffd}", Transport, "garbled_answer"),
        ("{\"status\":0,\"data\":{\"order\":[]}} and more", Transport, "garbled_answer"),
        ("<!DOCTYPE html><html><title>系统维护中</title></html>", Fatal, "web_page"),
        ("[]", Fatal, "unexpected_answer"),
        ("{}", Fatal, "unexpected_answer"),
        ("{\"status\":0}", Fatal, "unexpected_answer"),
        ("{\"status\":0,\"data\":[]}", Fatal, "unexpected_answer"),
        ("{\"status\":0,\"data\":{\"total_count\":3}}", Fatal, "unexpected_answer"),
        ("{\"status\":0,\"data\":{\"order\":{}}}", Fatal, "unexpected_answer"),
        ("{\"status\":0,\"data\":{\"order\":[{},7]}}", Fatal, "unexpected_answer"),
    ];
    for (body, class, code) in table {
        let error = read(body).unwrap_err();
        assert_eq!((error.class, error.code), (class, code), "{body}");
    }
    let found = read(&format!("\u{feff}{OF_2024}")).unwrap();
    assert_eq!(found.records.len(), 1);
}

#[test]
fn a_word_decides_before_a_number_does() {
    let error = classify(StatusCode::OK, Some(1), "权限不足");
    assert_eq!((error.class, error.code), (Class::Fatal, "no_permission"));
    let text = error.to_string();
    assert!(text.starts_with("no_permission [1]: 权限不足 ("), "{text}");
}

#[test]
fn the_servers_clock_is_read() {
    let response =
        Response::builder().header("Date", "Tue, 14 Nov 2023 22:13:20 GMT").body(Vec::new()).unwrap();
    assert_eq!(server_time(&response), Some(1_700_000_000));
}
