//! Batches: accepted, refused in part, refused as a whole.

use ferry_platforms::Class;
use ferry_platforms::galaxy::{self, RowOutcome, SaveOptions};
use ferry_simulators::galaxy::{
    BatchFailure, IdFormat, Op, PartialFailure, RequiredWording, UnknownReference, ViewKeys, ViewStatus,
};
use serde_json::{Value, json};

use crate::client::{Client, FORM, audited, bill, bills, entry, is_saved, refusal};

#[test]
fn bills_are_saved_submitted_and_audited_with_both_kinds_of_credentials() {
    for client in [Client::signed(), Client::logged_in()] {
        let rows = client.save(&audited(), &bills(&["T1", "T2"])).unwrap().unwrap();
        assert!(rows.iter().all(is_saved), "{rows:?}");
        let found = client.find(&["T1", "T2", "T3"]);
        assert_eq!(found.iter().map(|bill| bill.number.as_str()).collect::<Vec<_>>(), ["T1", "T2"]);
        assert!(found.iter().all(|bill| bill.status.until_audited() == Some(&[])), "{found:?}");
        let RowOutcome::Saved(entity) = &rows[0] else { unreachable!() };
        assert_eq!(entity.id, found[0].id);

        let stored = &client.stored()[0];
        assert_eq!(stored["FHeadNote"], "张三说：“5' 管”");
        assert_eq!(stored["FEntity"][1]["FRealQty"].to_string(), "0.125");
        assert_eq!(stored["FEntity"][0]["FMaterialId"]["FName"], "螺栓 7/8' \"A\"");
        assert_eq!(stored["FDate"], "2026-11-01 10:11:12");
        assert!(stored.get("FLinkPhone").is_none());
    }
}

#[test]
fn one_bad_bill_among_twenty_is_that_bills_affair() {
    let numbers: Vec<String> = (0..20).map(|n| format!("T{n}")).collect();
    for (variant, prefix) in [(PartialFailure::IsSuccessFalse, "甲"), (PartialFailure::IsSuccessTrue, "乙")]
    {
        let client = Client::signed();
        client.galaxy.set(|switches| switches.partial_failure = variant);
        let mut models: Vec<Value> =
            numbers.iter().map(|number| bill(&format!("{prefix}{number}"))).collect();
        models[13]["FEntity"][1] = entry("absent", "1");
        let rows = client.save(&audited(), &models).unwrap().unwrap();
        assert_eq!(rows.iter().filter(|row| is_saved(row)).count(), 19);
        assert_eq!(refusal(&rows[13]), "base_data_missing");
        assert_eq!(client.stored().len(), 19);
    }
}

/// As the engine does: until the bad one stands alone.
fn halve(client: &Client, models: &[Value]) -> Vec<RowOutcome> {
    match client.save(&audited(), models).unwrap() {
        Ok(rows) => rows,
        Err(error) => {
            assert_eq!((error.class, error.code), (Class::Row, "batch_refused"));
            let (left, right) = models.split_at(models.len() / 2);
            [halve(client, left), halve(client, right)].concat()
        }
    }
}

#[test]
fn a_batch_refused_as_a_whole_is_halved_until_the_bad_one_stands_alone() {
    for failure in [BatchFailure::Whole, BatchFailure::WholeUnnamed] {
        let client = Client::signed();
        client.galaxy.set(|switches| switches.batch_failure = failure);
        let numbers: Vec<String> = (0..20).map(|n| format!("T{n}")).collect();
        let mut models: Vec<Value> = numbers.iter().map(|number| bill(number)).collect();
        models[7].as_object_mut().unwrap().remove("FSaleOrgId");
        let rows = halve(&client, &models);
        assert_eq!(refusal(&rows[7]), "required_field");
        assert_eq!(rows.iter().filter(|row| is_saved(row)).count(), 19);
        assert_eq!(client.stored().len(), 19);
        assert!(client.galaxy.called(Op::BatchSave) <= 11);
    }
    // A batch that is too large for the server is the same to us.
    let client = Client::signed();
    client.galaxy.set(|switches| switches.batch_max = Some(1));
    assert!(halve(&client, &bills(&["T1", "T2", "T3"])).iter().all(is_saved));
}

#[test]
fn a_bill_that_is_there_already_is_refused_and_found() {
    let client = Client::signed();
    client.save(&audited(), &bills(&["T1"])).unwrap().unwrap();
    let rows = client.save(&audited(), &bills(&["T2", "T1"])).unwrap().unwrap();
    assert!(is_saved(&rows[0]));
    assert_eq!(refusal(&rows[1]), "duplicate_number");
    assert_eq!(client.find(&["T1"]).len(), 1);
    assert_eq!(client.stored().len(), 2);

    // With its FID it is an update, which an audited bill does not take; one that is only saved does.
    let mut update = bill("T1");
    update["FID"] = serde_json::from_str(&client.find(&["T1"])[0].id).unwrap();
    assert_eq!(refusal(&client.save(&audited(), &[update]).unwrap().unwrap()[0]), "already_audited");
    client.save(&SaveOptions::default(), &bills(&["T3"])).unwrap().unwrap();
    let mut update = bill("T3");
    update["FID"] = serde_json::from_str(&client.find(&["T3"])[0].id).unwrap();
    update["FHeadNote"] = json!("改");
    assert!(is_saved(&client.save(&audited(), &[update]).unwrap().unwrap()[0]));
    assert_eq!(client.stored()[2]["FHeadNote"], "改");
}

#[test]
fn base_data_that_are_not_there_are_refused_only_when_they_are_verified() {
    for (reference, unverified) in
        [(UnknownReference::Empty, Some("required_field")), (UnknownReference::DropsEntry, None)]
    {
        let client = Client::signed();
        client.galaxy.set(|switches| switches.unknown_reference = reference);
        let mut absent = bill("T1");
        absent["FEntity"][1] = entry("absent", "1");
        let mut forbidden = bill("T2");
        forbidden["FEntity"][1] = entry("M-2", "1");
        let rows = client.save(&audited(), &[absent.clone(), forbidden]).unwrap().unwrap();
        assert_eq!([refusal(&rows[0]), refusal(&rows[1])], ["base_data_missing"; 2]);

        let careless = SaveOptions { submit_and_audit: true, ..SaveOptions::default() };
        let rows = client.save(&careless, &[absent]).unwrap().unwrap();
        match unverified {
            Some(code) => assert_eq!(refusal(&rows[0]), code),
            // Saved with a line less: why the flows verify.
            None => assert_eq!(client.stored()[0]["FEntity"].as_array().map(Vec::len), Some(1)),
        }
    }
}

#[test]
fn what_a_form_requires_is_refused_in_both_wordings() {
    for wording in [RequiredWording::Required, RequiredWording::NotEmpty] {
        let client = Client::signed();
        client.galaxy.set(|switches| switches.required_wording = wording);
        let mut without_entries = bill("T1");
        without_entries["FEntity"] = json!([]);
        let mut models = vec![without_entries];
        for key in ["FBillTypeID", "FDate", "FSaleOrgId", "FStockOrgId", "FRetcustId", "SubHeadEntity"] {
            models.push(bill(&format!("head {key}")));
            models.last_mut().unwrap().as_object_mut().unwrap().remove(key);
        }
        for key in
            ["FMaterialId", "FUnitID", "FRealQty", "FStockId", "FReturnType", "FOwnerTypeId", "FOwnerId"]
        {
            models.push(bill(&format!("entry {key}")));
            models.last_mut().unwrap()["FEntity"][1].as_object_mut().unwrap().remove(key);
        }
        let rows = client.save(&audited(), &models).unwrap().unwrap();
        assert!(rows.iter().all(|row| refusal(row) == "required_field"), "{rows:?}");
        assert_eq!(rows.len(), 14);
    }
}

#[test]
fn ids_and_returned_fields_come_in_both_formats() {
    for format in [IdFormat::Number, IdFormat::Text] {
        let client = Client::signed();
        client.galaxy.set(|switches| switches.ids = format);
        let options = SaveOptions {
            return_fields: vec!["FBillNo".into(), "FEntity.FEntryID".into()],
            ..SaveOptions::default()
        };
        let rows = client.save(&options, &bills(&["T1", "T2"])).unwrap().unwrap();
        let RowOutcome::Saved(entity) = &rows[1] else { panic!("{rows:?}") };
        assert_eq!(entity.id, client.find(&["T2"])[0].id);
        let returned = entity.returned.as_ref().unwrap();
        assert_eq!(returned["FBillNo"], "T2");
        assert_eq!(returned["FEntity"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn partner_bills_are_looked_up_by_number_in_one_call() {
    let client = Client::logged_in();
    for (number, customer) in [("SO-1", "CUST0001"), ("5' 管", "CUST0002")] {
        let notice =
            json!({"FBillNo": number, "FSaleOrgId": {"FNumber": "100"}, "FRetcustId": {"FNumber": customer}});
        client.galaxy.add_bill("SAL_RETURNNOTICE", &notice, 'C').unwrap();
    }
    let query = galaxy::Query {
        form_id: "SAL_RETURNNOTICE".into(),
        field_keys: ["FBillNo", "FSaleOrgId.FNumber", "FRetcustId.FNumber"].map(String::from).into(),
        filter: galaxy::any_of("FBillNo", &["SO-1", "absent", "5' 管"]),
        order: "FID ASC".into(),
        limit: galaxy::MAX_ROWS,
        start_row: 0,
        top_row_count: 0,
    };
    let request = galaxy::execute_bill_query(&client.account, client.session.as_ref(), client.now(), &query);
    let rows = galaxy::read_query(&client.send(request).unwrap(), 3).unwrap();
    assert_eq!(json!(rows), json!([["SO-1", "100", "CUST0001"], ["5' 管", "100", "CUST0002"]]));
}

#[test]
fn a_bill_is_viewed_in_both_shapes_and_absent_in_neither() {
    let client = Client::signed();
    client.save(&audited(), &bills(&["T1"])).unwrap().unwrap();
    let view = |number: &str| {
        let request = galaxy::view(&client.account, None, client.now(), FORM, number);
        galaxy::read_view(&client.send(request).unwrap()).unwrap()
    };
    assert_eq!(view("T1").unwrap()["BillNo"], "T1");
    client.galaxy.set(|switches| {
        (switches.view_status, switches.view_keys) = (ViewStatus::Present, ViewKeys::FieldKeys)
    });
    assert_eq!(view("T1").unwrap()["FBillNo"], "T1");
    assert_eq!(view("T2"), None);
}

#[test]
fn a_miscellaneous_delivery_needs_all_that_its_form_requires() {
    const DELIVERY: &str = "STK_MisDelivery";
    let client = Client::signed();
    let delivery = |number: &str| {
        json!({
            "FBillNo": number, "FBillTypeID": {"FNUMBER": "QTCKD01_SYS"}, "FStockOrgId": {"FNumber": "100"},
            "FPickOrgId": {"FNumber": "100"}, "FStockDirect": "GENERAL", "FDate": "2026-11-01", "FDeptId": {"FNumber": "BM000032"},
            "FOwnerTypeIdHead": "BD_OwnerOrg", "FBaseCurrId": {"FNumber": "PRE001"},
            "FEntity": [{"FMaterialId": {"FNumber": "M-1"}, "FUnitID": {"FNumber": "Pcs"}, "FQty": "1.5", "FStockId": {"FNumber": "CK001"}}],
        })
    };
    let mut models = vec![delivery("good"), delivery("by customer")];
    models[1].as_object_mut().unwrap().remove("FDeptId");
    models[1]["FCustId"] = json!({"FNumber": "CUST0001"});
    let head = [
        "FBillTypeID",
        "FStockOrgId",
        "FPickOrgId",
        "FStockDirect",
        "FOwnerTypeIdHead",
        "FBaseCurrId",
        "FDeptId",
    ];
    for key in head {
        models.push(delivery(&format!("head {key}")));
        models.last_mut().unwrap().as_object_mut().unwrap().remove(key);
    }
    for key in ["FMaterialId", "FUnitID", "FQty", "FStockId"] {
        models.push(delivery(&format!("entry {key}")));
        models.last_mut().unwrap()["FEntity"][0].as_object_mut().unwrap().remove(key);
    }
    let numbers: Vec<&str> = models.iter().map(|model| model["FBillNo"].as_str().unwrap()).collect();
    let request = galaxy::batch_save(&client.account, None, client.now(), DELIVERY, &audited(), &models);
    let rows = galaxy::read_batch_save(&client.send(request).unwrap(), &numbers).unwrap();
    assert!(is_saved(&rows[0]) && is_saved(&rows[1]), "{rows:?}");
    assert!(rows[2..].iter().all(|row| refusal(row) == "required_field"), "{rows:?}");
    assert_eq!(client.galaxy.bills(DELIVERY).unwrap().len(), 2);
}
