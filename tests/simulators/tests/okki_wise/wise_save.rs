//! K3 WISE's `Save`: what is accepted, what is refused, and who numbers.

use ferry_platforms::Class;
use ferry_platforms::wise::{self, By};
use ferry_simulators::wise::{Change, Kind, LetterCase, Numbering, Order, Refusal, Required, Saved};
use serde_json::{Map, Value, json};

use crate::wire::{AtWise, document, kind, line};

/// A document with one field of its head or of its first line set, or removed by null.
fn with(page: &str, field: &str, value: Value) -> Value {
    let mut document = document("SO-1");
    document[page][0][field] = value;
    document
}

#[test]
fn an_order_is_stored_as_it_was_sent_and_its_number_told_in_either_shape() {
    for saved in [Saved::BillNo, Saved::Row] {
        let at = AtWise::new();
        at.simulator.set(|s| s.saved = saved);
        let token = at.token();
        let mut sent = document("SO-1");
        sent["Page2"][0]["Fauxqty"] = serde_json::from_str("2.500000000000000000001").unwrap();
        let number = at.save(&token, &sent).unwrap();
        let order = &at.simulator.orders()[0];
        assert_eq!(order.bill_no, number);
        assert_eq!(order.page1["FExplanation"], "O'Neil 订单");
        assert_eq!(order.page1["FCustID"], json!({"FNumber": "C0001"}));
        assert!(!order.page1.contains_key("FFetchAdd"), "an absent optional is not sent");
        assert_eq!(order.page2[0]["Fauxqty"], "2.500000000000000000001");
        assert_eq!(order.page2[1], *line("ITEM-0002", "10").as_object().unwrap());
    }
}

#[test]
fn whoever_numbers_the_source_number_finds_the_order_and_a_doubled_one_is_seen() {
    let at = AtWise::new();
    let token = at.token();
    // The ERP numbers: nothing of its own keeps an order from being saved twice.
    assert_eq!(at.save(&token, &document("SO-1")).unwrap(), "SEORD000001");
    assert_eq!(at.save(&token, &document("SO-1")).unwrap(), "SEORD000002");
    assert_eq!(at.bills(&token, "SO-1"), ["SEORD000001", "SEORD000002"]);

    let at = AtWise::new();
    let token = at.token();
    at.simulator.set(|s| s.numbering = Numbering::Honours);
    assert_eq!(at.save(&token, &document("SO-1")).unwrap(), "SO-1");
    assert_eq!(at.bills(&token, "SO-1"), ["SO-1"]);
    for refusal in [Refusal::Reason, Refusal::Faild, Refusal::Inside] {
        at.simulator.set(|s| s.refusal = refusal);
        assert_eq!(kind(at.save(&token, &document("SO-1"))), (Class::Row, "already_exists"), "{refusal:?}");
    }
    // Without a number of ours it gives one of its own; a number that people have taken is told by who has it.
    assert_eq!(at.save(&token, &with("Page1", "FBillNo", Value::Null)).unwrap(), "SEORD000001");
    let page1 =
        Map::from_iter([("FBillNo".to_owned(), json!("SO-2")), ("FPOOrdBillNo".to_owned(), json!("PO-77"))]);
    let by_people = Order { bill_no: "SO-2".into(), page1, page2: vec![Map::new()] };
    at.simulator.change(&Change::Add { order: by_people });
    assert_eq!(kind(at.save(&token, &document("SO-2"))), (Class::Row, "already_exists"));
    assert!(at.bills(&token, "SO-2").is_empty());
    let taken = at.find(&token, By::BillNo, &["SO-2"]).unwrap().orders();
    assert_eq!(taken[0].po_ord_bill_no.as_deref(), Some("PO-77"));
    assert_eq!(at.simulator.change(&Change::Delete { bill_nos: vec!["SO-2".into()] }), 1);
    assert_eq!(at.save(&token, &document("SO-2")).unwrap(), "SO-2");
}

#[test]
fn a_wrong_letter_case_is_refused_or_taken_for_the_templates() {
    let at = AtWise::new();
    let token = at.token();
    let mut article = document("SO-1");
    let lines = article["Page2"][0].as_object_mut().unwrap();
    let quantity = lines.remove("Fauxqty").unwrap();
    lines.insert("FAuxQty".into(), quantity);
    let error = at.save(&token, &article).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Row, "row_refused"));
    assert!(error.message.contains("FAuxQty"), "{error}");
    assert!(at.simulator.orders().is_empty());
    at.simulator.set(|s| s.letter_case = LetterCase::IsIgnored);
    at.save(&token, &article).unwrap();
    assert_eq!(at.simulator.orders()[0].page2[0]["Fauxqty"], "2.5");
}

#[test]
fn what_is_missing_is_refused_as_its_switch_says() {
    let at = AtWise::new();
    let token = at.token();
    let needed = [
        ("Page1", "Fdate"),
        ("Page1", "FCustID"),
        ("Page2", "FItemID"),
        ("Page2", "Fauxqty"),
        ("Page2", "FAuxTaxPrice"),
    ];
    let more = [
        ("Page1", "FCancellation"),
        ("Page1", "FDeptID"),
        ("Page1", "FEmpID"),
        ("Page2", "FUnitID"),
        ("Page2", "FDate1"),
    ];
    for (required, refused, accepted) in [
        (Required::WorkingPayload, [needed, more].concat(), vec![]),
        (Required::Least, needed.to_vec(), more.to_vec()),
    ] {
        at.simulator.set(|s| s.required = required);
        for (page, field) in refused {
            let empty = if field.ends_with("ID") { json!({"FNumber": ""}) } else { json!("") };
            for absent in [Value::Null, empty] {
                let error = at.save(&token, &with(page, field, absent)).unwrap_err();
                assert_eq!((error.class, error.code), (Class::Row, "row_refused"), "{field}");
                assert!(error.message.contains(field), "{error}");
            }
        }
        for (page, field) in accepted {
            at.save(&token, &with(page, field, Value::Null)).unwrap();
        }
    }
    for part in ["Page1", "Page2"] {
        let mut document = document("SO-1");
        document[part] = json!([]);
        assert_eq!(kind(at.save(&token, &document)), (Class::Row, "row_refused"));
    }
}

#[test]
fn what_is_unknown_or_malformed_is_refused_however_it_is_said() {
    let at = AtWise::new();
    let token = at.token();
    let wrong = [
        ("Page1", "FCustID", json!({"FNumber": "C9999"}), "客户[C9999]不存在"),
        ("Page1", "FDeptID", json!({"FNumber": "x"}), "部门[x]不存在"),
        ("Page1", "FEmpID", json!({"FNumber": "x"}), "职员[x]不存在"),
        ("Page1", "FCurrencyID", json!({"FNumber": "CNY"}), "币别[CNY]不存在"),
        ("Page2", "FItemID", json!({"FNumber": "O'x"}), "物料[O'x]不存在"),
        ("Page2", "FUnitID", json!({"FNumber": "pcs"}), "计量单位[pcs]不存在"),
        ("Page1", "FNope", json!("1"), "FNope"),
        ("Page1", "FCustID", json!("C0001"), "应为对象"),
        ("Page1", "FCustID", json!({"FNumber": "C0001", "FNO": ""}), "FNO"),
        ("Page1", "Fdate", json!({"FNumber": "x"}), "应为字符串"),
        ("Page1", "Fdate", json!("29/01/2024"), "Fdate"),
        ("Page1", "FExchangeRate", json!("{exchange_rate}/100"), "FExchangeRate"),
        ("Page1", "FCancellation", json!("no"), "FCancellation"),
        ("Page2", "Fauxqty", json!("0.00"), "Fauxqty"),
        ("Page2", "Fauxqty", json!("-1"), "Fauxqty"),
        ("Page2", "FAuxTaxPrice", json!("1e3"), "FAuxTaxPrice"),
        ("Page2", "FDate1", json!("2024-02-30"), "FDate1"),
    ];
    for refusal in [Refusal::Reason, Refusal::Faild, Refusal::Inside] {
        at.simulator.set(|s| s.refusal = refusal);
        for (page, field, value, said) in &wrong {
            let error = at.save(&token, &with(page, field, value.clone())).unwrap_err();
            assert_eq!((error.class, error.code), (Class::Row, "row_refused"), "{refusal:?} {field}={value}");
            assert!(error.message.contains(said), "{refusal:?} {field}={value}: {error}");
        }
    }
    assert!(at.simulator.orders().is_empty());
    at.simulator.add_base(Kind::Customer, "C9999", "新'客户");
    at.save(&token, &with("Page1", "FCustID", json!({"FNumber": "C9999", "FName": ""}))).unwrap();
    at.save(&token, &with("Page1", "Fdate", json!("2024-01-29 00:00:00"))).unwrap();
}

#[test]
fn a_scalar_that_is_no_string_is_refused_and_the_client_never_sends_one() {
    let at = AtWise::new();
    let token = at.token();
    let url = format!("{}SO/Save?token={}", at.simulator.url(), token.token);
    // Around the client, as an urlencoded form: the body is read as JSON whatever its type.
    let raw = |document: &Value| {
        let request =
            ureq::post(&url).header("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8");
        request.send(json!({"Data": document}).to_string()).unwrap().body_mut().read_json::<Value>().unwrap()
    };
    let strings: Value =
        serde_json::from_slice(wise::save(&at.account, &token, "SO", &document("SO-1")).body()).unwrap();
    assert_eq!(raw(&strings["Data"])["StatusCode"], 200);
    for (page, field, value) in [
        ("Page2", "Fauxqty", json!(2.5)),
        ("Page1", "FCancellation", json!(false)),
        ("Page1", "FExplanation", Value::Null),
        ("Page1", "FCustID", json!({"FNumber": 1})),
    ] {
        let mut sent = strings["Data"].clone();
        sent[page][0][field] = value;
        let refused = raw(&sent);
        assert_eq!(refused["StatusCode"], 201);
        assert!(refused["Message"].as_str().unwrap().contains("应为"), "{refused}");
    }
    assert_eq!(raw(&json!([]))["StatusCode"], 201);
    assert_eq!(at.simulator.orders().len(), 1);
    let mut numbers = document("SO-2");
    numbers["Page1"][0]["FCancellation"] = json!(false);
    numbers["Page2"][1]["Fauxqty"] = json!(10);
    at.save(&token, &numbers).unwrap();
    assert_eq!(at.simulator.orders()[1].page1["FCancellation"], "0");
}
