//! Every example that the notes on the incumbent's language quote, as found, mistakes included: it runs, or
//! it is refused with a message that mends it.

use super::{one, parse};
use ferry_mapping::{Field, Mapping};
use serde_json::json;

fn record() -> serde_json::Value {
    parse(
        r#"{"FOrgId": "100", "price": 2.50, "qty": 4, "单据编号": "AD0001", "字段": "含检索文本的字段",
            "exchange_rate": "712.35", "product_list": {"product_list_cost_amount": 10, "product_list_count": 4},
            "goodsDetail": {"sellCount": 3, "shareFavourableAfterFee": 10.00},
            "refund_order_list": {"refund_order_amount": "100.00", "refund_num": 3},
            "platform_id": 9, "shop_no": "S01", "stockin_time": 1704075072000, "io_id": 812,
            "details_list": [{"qty": 2}, {"qty": 3.5}, {"qty": null}],
            "details": {"details_amount_after_price": -1},
            "items": {"sale_amount": 30, "calAmount": 4, "calPamount": 8, "qty": 3, "sale_price": "0",
                      "batch_no": "B1"},
            "remark": "请仔细检查", "wms_co_id": 12926523}"#,
    )
}

#[test]
fn what_runs() {
    // qeasy-metadata 3.3, 3.4, 3.13 and 4, and the articles.
    for (value, expected) in [
        ("_function {{goodsDetail.sellCount}}*-1", json!(-3)),
        ("_function {{goodsDetail.shareFavourableAfterFee}}/{{goodsDetail.sellCount}}", parse("3.333333")),
        (
            "_function round({{refund_order_list.refund_order_amount}}/{{refund_order_list.refund_num}},7)",
            parse("33.3333333"),
        ),
        (
            "_function CASE '{{FOrgId}}' WHEN '100' THEN {{price}}*{{qty}} WHEN '200' THEN '201' ELSE '{{FOrgId}}' END",
            parse("10.00"),
        ),
        (
            "_function FROM_UNIXTIME({{LAST_SYNC_TIME}}-600, '%Y-%m-%d %H:%i:%s')",
            json!("2024-01-01 09:01:12"),
        ),
        ("_function CASE LEFT('{{单据编号}}', 2) WHEN 'AD' THEN 100 END", json!(100)),
        ("_function CASE LOCATE('检索文本', '{{字段}}') WHEN 0 THEN '无' ELSE '有' END", json!("有")),
        ("_function SUM({{details_list.qty}})", parse("5.5")),
        ("_function COUNT({{details_list}})", json!(3)),
        ("_function {{LAST_SYNC_TIME}} - 600000", json!(1_703_471_472)),
        ("_function {exchange_rate}/100", parse("7.123500")),
        (
            "_function {{product_list.product_list_cost_amount}}/{{product_list.product_list_count}}",
            parse("2.5000"),
        ),
        (
            "_function ({{items.sale_amount}}/{{items.calAmount}})*{{items.calPamount}}/{{items.qty}}",
            parse("20.00000000"),
        ),
        (
            "_function case when '{{items.sale_price}}'='0' then 'true' when LOCATE('仔细','{{remark}}')>0 then 'true' else 'false' end",
            json!("true"),
        ),
        (
            "_function case '{{wms_co_id}}' when '12926523' then '230605' else '{{items.batch_no}}' end",
            json!("230605"),
        ),
        (
            "_function case when {{details.details_amount_after_price}}<0 then '0' else '{{details.details_amount_after_price}}' end",
            json!("0"),
        ),
        ("_function round({{items.sale_amount}}/{{items.qty}},6)", parse("10.000000")),
        (
            "_function FROM_UNIXTIME(UNIX_TIMESTAMP() - 3600, '%Y-%m-%d %H:%i:%s')",
            json!("2024-01-01 09:11:12"),
        ),
        ("{{LAST_SYNC_TIME|datetime}}", json!("2024-01-01 09:11:12")),
        ("FApproveDate>='{{LAST_SYNC_TIME|dateTime}}'", json!("FApproveDate>='2024-01-01 09:11:12'")),
        ("{{CURRENT_TIME|datetime}}", json!("2024-01-01 10:11:12")),
        ("{{LAST_SYNC_TIME|timestamp_ms}}", json!(1_704_071_472_000_i64)),
        ("{{DAYS_AGO_2|datetime}}", json!("2023-12-30 10:11:12")),
        ("{{LAST_SYNC_TIME}}000", json!("1704071472000")),
        ("{{platform_id}}-{{shop_no}}", json!("9-S01")),
        ("{{stockin_time|datetime}}", json!("2024-01-01 10:11:12")),
        ("{PAGINATION_PAGE_SIZE}", json!(2000)),
        ("{{PAGINATION_START_ROW}}", json!(4000)),
        ("{io_id}", json!(812)),
        ("QTRKD01_SYS", json!("QTRKD01_SYS")),
    ] {
        let result = one(value, json!({}), &record()).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(result.to_string(), expected.to_string(), "{value}");
    }
}

#[test]
fn what_is_refused() {
    for (value, code, says) in [
        (
            "_function round({{{refund_order_list.refund_order_amount}}/{{refund_order_list.refund_num}},7)",
            "three_braces",
            "write {{refund_order_list.refund_order_amount}}",
        ),
        (
            "{{{refund_order_list.refund_order_amount}}/…",
            "three_braces",
            "write {{refund_order_list.refund_order_amount}}",
        ),
        // With the braces gone a constant and a reference cannot be told apart.
        (
            "_function case 'defect' when true then 'KCZT08_SYS' else 'KCZT01_SYS' end",
            "bad_constant",
            "\"defect\" is not a number",
        ),
        (
            "_function (items.sale_amount/items.calAmount)*items.calPamount/items.qty",
            "bare_word",
            "`items` stands bare; a field is {{items}}",
        ),
        ("_function CASE LEFT('{{单据编号}}', 2) WHEN 'AD' THEN 100 … END", "bad_expression", "at `…`"),
        (
            "_findCollection find F_XC_Base_Fnumber from 8ea1287e-05cd-3ce7-b0e6-4a9a7daa783e where FNumber=shop_id",
            "bare_word",
            "`shop_id` stands bare",
        ),
        (
            "_function FORMAT_DATE({{CURRENT_TIME}} - 7200000, 'yyyy-MM-dd HH:mm:ss')",
            "unknown_function",
            "write DATE_FORMAT",
        ),
        // The dialects of newer documents.
        ("{{lastSyncTime}}", "other_dialect", "write {{LAST_SYNC_TIME|datetime}}"),
        ("{{lastSyncTime|datetime('Y-m-d H:i:s')}}", "other_dialect", "write {{LAST_SYNC_TIME|datetime}}"),
        ("{{created|date('yyyy-MM-dd')}}", "other_dialect", "write |date, |datetime"),
        ("{{comment|replace('\n', ', ')}}", "other_dialect", "_function REPLACE"),
        ("{{$now}}", "other_dialect", "write {{CURRENT_TIME|datetime}}"),
        ("{{$date|addDays:-1|format:\"yyyy-MM-dd\"}}", "other_dialect", "write {{CURRENT_TIME|date}}"),
        ("{{$uuid}}", "other_dialect", "no equivalent"),
        (
            "{{$isFirstRun ? '2000-01-01' : $lastExecuteTime|format:'yyyy-MM-dd HH:mm:ss'}}",
            "other_dialect",
            "_function",
        ),
        ("{{global.companyCode}}", "other_dialect", "write {{params.companyCode}}"),
        ("{{source.orderNo}}", "other_dialect", "write {{orderNo}}"),
        ("{{PAGE_NO}}", "other_dialect", "write {{PAGINATION_START_PAGE}}"),
        ("${system.currentTime}", "other_dialect", "write {{CURRENT_TIME|datetime}}"),
        ("${now().format('yyyy-MM-dd')}", "other_dialect", "_function"),
        ("${today(-1)}", "other_dialect", "write {{DAYS_AGO_1|date}}"),
        ("${orderNo}", "other_dialect", "write {{orderNo}} or {{params.orderNo}}"),
        ("'${last_sync_time}'", "other_dialect", "{{LAST_SYNC_TIME|datetime}}"),
        ("${price * quantity}", "other_dialect", "_function"),
        ("{{source.qty * source.price}}", "bad_reference", "is not a field name"),
        (" _function trim(", "bad_expression", "at the end"),
        ("_function", "misplaced_function", "beginning"),
        ("_function trim({{x}}) y", "bad_expression", "at `y`"),
        ("_function 'a' 'b'", "bad_expression", "at 'b'"),
        ("_function trim('{{x}')", "unbalanced_braces", "{{x}}"),
        ("_function trim({x)", "unbalanced_braces", "{{x}}"),
        ("_function ；", "bad_expression", "`；`"),
        ("_function SUM(1)", "no_list", "write such as SUM({{items.qty}})"),
        ("_function SUM({{a.b}}, 2)", "wrong_arity", "SUM() takes 1"),
        ("_function 1 NOT 2", "bad_expression", "at `2`"),
        ("_function 5 IN ()", "bad_expression", "at `)`"),
        ("_function case end", "bare_word", "`end`"),
        ("_function round(1,2,3)", "wrong_arity", "1–2"),
        ("_function roud(1)", "unknown_function", "did you mean `ROUND`"),
        ("_function 1 -- 2", "bad_expression", "at `--`"),
        ("_function 1/0", "bad_constant", "division by zero: the divisor `0` is 0"),
        ("_findCollection find a form b where c={{d}}", "bad_lookup", "at `form`"),
        ("_findCollection find a from b where", "bad_lookup", "at `…`"),
    ] {
        let field = Field { field: "x".into(), value: Some(value.into()), ..Field::default() };
        let problems = Mapping::compile(&[field], "target.request").expect_err(value);
        assert_eq!((problems.len(), problems[0].code), (1, code), "{value}: {problems:?}");
        assert_eq!(problems[0].path, "target.request[0].value");
        assert!(problems[0].en.contains(says), "{value}: {}", problems[0].en);
    }
}
