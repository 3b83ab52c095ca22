//! Queries: order, cut, looks, joins, the firewall.

use ferry_simulators::galaxy::{DateFormat, DefaultOrder, IdFormat, Material};
use serde_json::json;

use crate::client::{Client, code, with_material};

#[test]
fn a_scan_by_key_finds_every_row_once_whatever_the_clamp() {
    let client = Client::new(500);
    let expected: Vec<i64> = client.galaxy.expected("").unwrap().iter().map(|m| m.id).collect();
    for clamp in [None, Some(7)] {
        client.galaxy.set(|switches| switches.clamp = clamp);
        let mut found: Vec<i64> = Vec::new();
        loop {
            let after = found.last().copied().unwrap_or(0);
            let page = client.ids(json!({"FilterString": format!("FMATERIALID>{after}"), "Limit": 50}));
            assert!(page.len() <= clamp.unwrap_or(50));
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn start_row_and_top_row_count_cut_as_documented() {
    let client = Client::new(100);
    let all = client.ids(json!({"Limit": 2000}));
    assert_eq!(all.len(), 100);
    assert_eq!(client.ids(json!({"StartRow": 20, "Limit": 10})), all[20..30]);
    assert_eq!(client.ids(json!({"StartRow": 20, "Limit": 10, "TopRowCount": 25})), all[20..25]);
    assert_eq!(client.ids(json!({"StartRow": 20, "Limit": 10, "TopRowCount": 10})), [0_i64; 0]);
    assert_eq!(client.ids(json!({"StartRow": 95, "Limit": 10})), all[95..]);
    let backwards: Vec<i64> = all.iter().rev().take(10).copied().collect();
    assert_eq!(client.ids(json!({"OrderString": "FMATERIALID desc"})), backwards);
    let by_number = client
        .query(json!({"FieldKeys": "FNumber", "OrderString": "FNumber DESC,FMATERIALID", "Limit": 100}));
    let numbers: Vec<&str> = by_number.as_array().unwrap().iter().map(|r| r[0].as_str().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] >= pair[1]));
    for (key, value) in [
        ("Limit", json!(-1)),
        ("StartRow", json!("x")),
        ("FilterString", json!("FName=")),
        ("OrderString", json!("FName up")),
    ] {
        assert_eq!(*code(&client.query(json!({key: value}))), 8, "{key}");
    }
    assert_eq!(*code(&client.query(json!({"OrderString": "FNope"}))), 9);
    assert_eq!(*code(&client.query(json!({"FormId": "BD_NOPE"}))), 9);
}

#[test]
fn rows_without_an_order_come_in_another_one_each_time() {
    let client = Client::new(100);
    let all = |client: &Client| client.ids(json!({"OrderString": "", "Limit": 100}));
    assert_ne!(all(&client), all(&client));
    client.galaxy.set(|switches| switches.default_order = DefaultOrder::Id);
    assert_eq!(all(&client), all(&client));
}

#[test]
fn ids_and_dates_look_as_their_switches_say() {
    let client = Client::new(0);
    let modify_date = "2024-01-02T03:04:05.678".parse().unwrap();
    client.galaxy.add(vec![Material { id: 7, modify_date, approve_date: None, ..Material::default() }]);
    let ask = || client.query(json!({"FieldKeys": "FMATERIALID,FModifyDate,FApproveDate"}));
    assert_eq!(ask(), json!([[7, "2024-01-02T03:04:05", null]]));
    client.galaxy.set(|switches| (switches.dates, switches.ids) = (DateFormat::Fraction, IdFormat::Text));
    assert_eq!(ask(), json!([["7", "2024-01-02T03:04:05.678", null]]));
    client.galaxy.set(|switches| switches.dates = DateFormat::Blank);
    assert_eq!(ask(), json!([["7", "2024-01-02 03:04:05", null]]));
    let within =
        json!({"FilterString": "FModifyDate<='2024-01-02 03:04:05' and FModifyDate>='2024-01-02 03:04:05'"});
    assert_eq!(client.query(within).as_array().map(Vec::len), Some(1));
}

#[test]
fn bills_are_queried_by_head_and_multiplied_by_rows() {
    let client = with_material();
    client
        .galaxy
        .add_bill(
            "SAL_RETURNNOTICE",
            &json!({"FBillNo": "N1", "FRetcustId": {"FNumber": "CUST0001"},
        "FEntity": [{"FQty": 1, "FMaterialId": {"FNumber": "M-1"}}, {"FQty": 2}]}),
            'C',
        )
        .unwrap();
    client.galaxy.add_bill("SAL_RETURNNOTICE", &json!({"FBillNo": "N2"}), 'A').unwrap();
    let ask = |keys: &str, filter: &str| {
        client.query(json!({"FormId": "SAL_RETURNNOTICE", "FieldKeys": keys, "FilterString": filter, "OrderString": "FBillNo,FQty"}))
    };
    assert_eq!(
        ask("FBillNo,FRetcustId.FName,FDocumentStatus", "FBillNo in ('N1')")[0],
        json!(["N1", "线下零售客户", "C"])
    );
    let rows = ask("FBillNo,FQty,FMaterialId.FNumber", "");
    assert_eq!(rows, json!([["N1", 1, "M-1"], ["N1", 2, null], ["N2", null, null]]));
    assert_eq!(ask("FBillNo", "FQty>1 and FDocumentStatus='C'"), json!([["N1"]]));
    assert!(ask("FEntity_FEntryID,FRetcustId", "FBillNo='N1'")[0][0].is_number());
    let currency = json!({"FormId": "BD_Currency", "FieldKeys": "FCODE", "FilterString": "FNUMBER='PRE001'", "OrderString": ""});
    assert_eq!(client.query(currency), json!([["CNY"]]));
    assert!(client.galaxy.add_base("BD_MATERIAL", "x", "x").is_err());
    assert!(client.galaxy.add_bill("NOPE", &json!({}), 'C').is_err());
}

#[test]
fn the_firewall_stands_where_its_switch_says() {
    let client = Client::new(1);
    let ask = || client.query(json!({"FilterString": "FName='a -- b'"}));
    assert_eq!(ask()[0]["actionname"], "showConfirm");
    client.galaxy.set(|switches| switches.waf = false);
    assert_eq!(ask(), json!([]));
}

#[test]
fn an_address_off_the_whitelist_and_a_form_without_rights_are_refused() {
    let mut client = Client::new(1);
    let ask = |client: &Client| client.query(json!({}))[0][0]["Result"]["ResponseStatus"].clone();
    client.galaxy.set(|switches| switches.forbidden = vec!["BD_MATERIAL".into()]);
    assert_eq!(ask(&client)["MsgCode"], 2);
    client.galaxy.set(|switches| switches.forbidden = vec!["SAL_RETURNSTOCK".into()]);
    assert!(ask(&client).is_null(), "rows");
    client.galaxy.set(|switches| switches.whitelisted = false);
    assert!(ask(&client)["Errors"][0]["Message"].as_str().unwrap().contains("白名单"));
    assert!(client.login()["Message"].as_str().unwrap().contains("白名单"));
}
