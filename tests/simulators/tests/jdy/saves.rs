//! Customers saved, found, refused.

use ferry_platforms::Class;
use ferry_platforms::jdy;
use ferry_simulators::jdy::{AbsentCustomer, Change, Duplicate, DuplicateWording, NumberMissing};
use serde_json::{Value, json};

use crate::client::{Client, code, shop};

#[test]
fn a_customer_is_saved_with_every_field_and_found_by_number() {
    for (fills_map, absent) in [(true, AbsentCustomer::Error), (false, AbsentCustomer::Null)] {
        let client = Client::new(0);
        client.jdy.set(|switches| {
            (switches.fills_id_number_map, switches.absent_customer) = (fills_map, absent);
        });
        assert_eq!(client.find("12345678901234567890").unwrap(), None);
        let text = r#"{"number":"12345678901234567890","name":"张三's “5' 管” 店","credit_limit":1250.50,
            "remark":"a\"b","group_number":"线上店铺","invoice_type":0,"deduct":true,"custom_field":{"x":"y"},
            "invoice_phone":"13800000000","unknown":"passed over",
            "contact_persons":[{"contact_person":"李四","mobile":"18599999999","gender":2}]}"#;
        let customer: Value = serde_json::from_str(text).unwrap();
        let saved = client.save(&customer).unwrap();

        let found = client.find("12345678901234567890").unwrap().unwrap();
        assert_eq!((&found["id"], &found["name"]), (&json!(saved.id), &customer["name"]));
        assert_eq!(found["credit_limit"].to_string(), "1250.50");
        assert_eq!((&found["remark"], &found["group_number"]), (&json!("a\"b"), &json!("线上店铺")));
        assert!(found.get("taxpayer_no").is_none() && found.get("unknown").is_none());
        let open = |field: &Value| jdy::open(&client.account, field.as_str().unwrap());
        assert_ne!(found["invoice_phone"], "13800000000");
        assert_eq!(open(&found["invoice_phone"]).as_deref(), Some("13800000000"));
        assert_eq!(open(&found["bomentity"][0]["mobile"]).as_deref(), Some("18599999999"));
        assert_eq!(
            client.jdy.customer("12345678901234567890").unwrap().fields["credit_limit"].to_string(),
            "1250.50"
        );
    }
}

#[test]
fn a_number_that_is_taken_is_refused_in_both_wordings_or_updated() {
    for wording in [DuplicateWording::CommonCode, DuplicateWording::WordsAlone] {
        let client = Client::new(0);
        client.jdy.set(|switches| switches.duplicate_wording = wording);
        client.save(&shop("1")).unwrap();
        let mut other = shop("1");
        other["name"] = "别的店".into();
        let error = client.save(&other).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Row, "duplicate_number"), "{wording:?}");
        assert_eq!(client.find("1").unwrap().unwrap()["name"], shop("1")["name"]);

        client.jdy.set(|switches| switches.duplicate = Duplicate::Updates);
        client.save(&other).unwrap();
        assert_eq!(client.find("1").unwrap().unwrap()["name"], "别的店");
        assert_eq!(client.jdy.customers().len(), 1);
    }
}

#[test]
fn an_update_names_the_id_and_leaves_the_rest_alone() {
    let client = Client::new(0);
    let mut first = shop("1");
    first["remark"] = "留".into();
    let id = client.save(&first).unwrap().id;
    client.save(&shop("2")).unwrap();
    let update = |id: &str, number: Option<&str>| {
        let mut update = json!({"id": id, "name": "改名店"});
        if let Some(number) = number {
            update["number"] = number.into();
        }
        client.save(&update)
    };
    assert_eq!(update(&id, Some("1")).unwrap().id, id);
    let found = client.find("1").unwrap().unwrap();
    assert_eq!((&found["name"], &found["remark"]), (&json!("改名店"), &json!("留")));
    assert_eq!(code(update(&id, None)), "required_field");
    assert_eq!(code(update(&id, Some("2"))), "duplicate_number");
    assert_eq!(code(update("7", Some("7"))), "reference_missing");
    assert_eq!(client.jdy.customers().len(), 2);
}

#[test]
fn a_name_that_is_taken_is_a_warning_that_can_be_passed_over() {
    let client = Client::new(0);
    client.save(&shop("1")).unwrap();
    let mut same = shop("1");
    same["number"] = "2".into();
    let error = client.save(&same).unwrap_err();
    // Not a taken number: nothing is there already.
    assert_eq!((error.class, error.code), (Class::Row, "name_taken"));
    assert_eq!(client.find("2").unwrap(), None);
    same["ignore_warn"] = true.into();
    client.save(&same).unwrap();
    same["number"] = "3".into();
    same["ignore_warn"] = false.into();
    client.jdy.set(|switches| switches.warns_of_names = false);
    client.save(&same).unwrap();
    assert_eq!(client.jdy.customers().len(), 3);
}

#[test]
fn a_customer_without_a_number_gets_one_or_is_refused() {
    let client = Client::new(0);
    let id = client.save(&json!({"name": "甲店"})).unwrap().id;
    assert_eq!(client.jdy.customers()[0].number, format!("KH-AUTO-{id}"));
    client.jdy.set(|switches| switches.number_missing = NumberMissing::Refused);
    assert_eq!(code(client.save(&json!({"name": "乙店"}))), "required_field");
}

#[test]
fn types_and_references_are_checked() {
    let client = Client::new(0);
    let contacts: Vec<Value> = (0..500).map(|n| json!({"contact_person": n.to_string()})).collect();
    for (field, value, expected) in [
        // 聚水潭's shop_id is an integer; here it must be a text.
        ("number", json!(12345), "bad_value"),
        ("name", json!(null), "required_field"),
        ("name", json!(""), "required_field"),
        ("name", json!(7), "bad_value"),
        ("rate", json!(13), "bad_value"),
        ("credit_limit", json!("12.5"), "bad_value"),
        ("invoice_type", json!(7), "bad_value"),
        ("ignore_warn", json!("true"), "bad_value"),
        ("custom_field", json!([]), "bad_value"),
        ("contact_persons", json!({}), "bad_value"),
        ("contact_persons", json!([{"gender": "男"}]), "bad_value"),
        ("contact_persons", json!([{"id": "9", "contact_person": "李四"}]), "reference_missing"),
        ("contact_persons", json!(contacts), "too_many_rows"),
        ("group_number", json!("没有的类别"), "reference_missing"),
        ("saler_number", json!("YG999"), "reference_missing"),
    ] {
        let mut customer = shop("1");
        customer[field] = value.clone();
        assert_eq!(code(client.save(&customer)), expected, "{field} {value}");
    }
    assert!(client.jdy.customers().is_empty());
    let mut customer = shop("1");
    customer["contact_persons"] = contacts[..499].into();
    client.save(&customer).unwrap();
    // A contact is changed by its id.
    let stored = client.jdy.customer("1").unwrap();
    let id = stored.contacts[0]["id"].clone();
    let update =
        json!({"id": stored.id, "number": "1", "name": "甲", "contact_persons": [{"id": id, "qq": "1"}]});
    client.save(&update).unwrap();
    let contacts = client.jdy.customer("1").unwrap().contacts;
    assert_eq!(
        (contacts.len(), &contacts[0]["contact_person"], &contacts[0]["qq"]),
        (1, &json!("0"), &json!("1"))
    );
}

#[test]
fn a_customer_that_vanishes_is_gone() {
    let client = Client::new(5);
    let number = client.jdy.customers()[2].number.clone();
    assert!(client.find(&number).unwrap().is_some());
    assert_eq!(client.jdy.change(&Change::Delete { numbers: vec![number.clone()] }), 1);
    assert_eq!(client.find(&number).unwrap(), None);
}
