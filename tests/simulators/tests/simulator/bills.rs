//! Saving bills and what is done to them.

use ferry_simulators::galaxy::{PartialFailure, RequiredWording, ViewKeys, ViewStatus};
use serde_json::{Value, json};

use crate::client::{code, delivery, status, with_material};

#[test]
fn a_batch_fails_row_by_row_in_both_variants() {
    let client = with_material();
    let mut bad = delivery("B");
    bad["FDeptId"] = json!({"FNumber": "nobody"});
    bad["FEntity"][0]["FQty"] = json!("many");
    for (number, variant, success) in
        [("A1", PartialFailure::IsSuccessFalse, false), ("A2", PartialFailure::IsSuccessTrue, true)]
    {
        client.galaxy.set(|switches| switches.partial_failure = variant);
        let models = [delivery(number), bad.clone(), delivery(number)];
        let answer = client.call(
            "BatchSave",
            "STK_MisDelivery",
            json!({"Model": models, "IsVerifyBaseDataField": "true"}),
        );
        assert_eq!(status(&answer)["IsSuccess"], success);
        assert_eq!(status(&answer)["SuccessEntitys"][0]["Number"], number);
        let indexes: Vec<i64> = status(&answer)["Errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["DIndex"].as_i64().unwrap())
            .collect();
        assert_eq!(indexes, [1, 1, 2], "{answer}");
        assert!(answer["Result"].get("Id").is_none());
    }
    let all_bad = client.call("BatchSave", "STK_MisDelivery", json!({"Model": [bad]}));
    assert_eq!(status(&all_bad)["IsSuccess"], false);
    client.galaxy.set(|switches| switches.batch_max = Some(1));
    let answer =
        client.call("BatchSave", "STK_MisDelivery", json!({"Model": [delivery("X"), delivery("Y")]}));
    assert_eq!(*code(&answer), 8);
    assert_eq!(*code(&client.call("BatchSave", "STK_MisDelivery", json!({"Model": delivery("X")}))), 8);
    assert_eq!(*code(&client.call("Save", "STK_MisDelivery", json!({"Model": [delivery("X")]}))), 8);
}

#[test]
fn required_fields_are_demanded_in_both_wordings_and_unknown_references_count_as_empty() {
    let client = with_material();
    let mut bill = delivery("A");
    bill.as_object_mut().unwrap().remove("FPickOrgId");
    bill["FEntity"][1]["FMaterialId"] = json!({"FNumber": "absent"});
    let save = |data: Value| client.call("Save", "STK_MisDelivery", data);
    let answer = save(json!({"Model": bill}));
    let errors = |answer: &Value| -> Vec<String> {
        status(answer)["Errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["Message"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(errors(&answer), ["字段[领用组织]是必录字段", "字段[物料编码]是必录字段"]);
    client.galaxy.set(|switches| switches.required_wording = RequiredWording::NotEmpty);
    assert_eq!(errors(&save(json!({"Model": bill})))[0], "“领用组织”不能为空");
    assert_eq!(status(&save(json!({"Model": bill, "ValidateFlag": "false"})))["IsSuccess"], true);
    bill["FBillNo"] = json!("");
    let draft = client.call("Draft", "STK_MisDelivery", json!({"Model": bill}));
    let number = draft["Result"]["Number"].as_str().unwrap();
    assert!(number.starts_with("QTCK"), "{draft}");
    assert_eq!(client.galaxy.bills("STK_MisDelivery").unwrap()[1]["FDocumentStatus"], "Z");
    assert_eq!(*code(&save(json!({"Model": bill, "ValidateFlag": "perhaps"}))), 8);
    assert_eq!(*code(&client.call("Save", "NOPE", json!({"Model": bill}))), 9);
}

#[test]
fn an_update_by_id_replaces_or_keeps_the_rows() {
    let client = with_material();
    let save = |data: Value| client.call("Save", "STK_MisDelivery", data);
    let made = save(json!({"Model": delivery("A"), "NeedReturnFields": ["FEntity.FEntryID"]}));
    let id = made["Result"]["Id"].clone();
    let first = made["Result"]["NeedReturnData"][0]["FEntity"][0]["FEntryID"].clone();
    let update = |rows: Value| json!({"FID": id, "FNote": "改", "FEntity": rows});
    let entries =
        || client.galaxy.bills("STK_MisDelivery").unwrap()[0]["FEntity"].as_array().unwrap().clone();
    let kept =
        save(json!({"Model": update(json!([{"FEntryID": first, "FQty": 9}])), "IsDeleteEntry": "false"}));
    assert_eq!(status(&kept)["IsSuccess"], true, "{kept}");
    assert_eq!((entries().len(), &entries()[0]["FQty"]), (2, &json!(9)));
    save(json!({"Model": update(json!([{"FEntryID": first, "FQty": 8}]))}));
    assert_eq!((entries().len(), &entries()[0]["FQty"]), (1, &json!(8)));
    save(
        json!({"Model": {"FID": id, "FNote": "再改", "FStockDirect": "RETURN"}, "NeedUpDateFields": ["FNote"]}),
    );
    let bill = &client.galaxy.bills("STK_MisDelivery").unwrap()[0];
    assert_eq!((&bill["FNote"], &bill["FStockDirect"]), (&json!("再改"), &json!("GENERAL")));
    assert_eq!(*code(&save(json!({"Model": {"FID": 1}}))), 10);

    let repeat = json!({"Model": delivery("R"), "ValidateRepeatJson": true});
    assert_eq!(status(&save(repeat.clone()))["IsSuccess"], true);
    assert!(status(&save(repeat))["Errors"][0]["Message"].as_str().unwrap().contains("重复"));
}

#[test]
fn a_bill_goes_its_way_from_saved_to_deleted() {
    let client = with_material();
    let form = "STK_MisDelivery";
    let on = |op: &str| client.call(op, form, json!({"Numbers": ["A"]}));
    let ok = |answer: Value| assert_eq!(status(&answer)["IsSuccess"], true, "{answer}");
    let no = |answer: Value, code_: i64| assert_eq!(*code(&answer), code_, "{answer}");
    no(on("Audit"), 10);
    ok(client.call("Save", form, json!({"Model": delivery("A")})));
    no(on("Audit"), 11);
    ok(on("Submit"));
    no(on("Submit"), 11);
    no(on("Delete"), 11);
    client.galaxy.refuse_audit(&["A", "B"]);
    no(on("Audit"), 11);
    client.galaxy.refuse_audit(&["B"]);
    ok(on("Audit"));
    no(on("Audit"), 11);
    let id = client.galaxy.bills(form).unwrap()[0]["FID"].clone();
    no(client.call("Save", form, json!({"Model": {"FID": id, "FNote": "x"}})), 12);
    ok(client.call("UnAudit", form, json!({"Ids": format!("{id},1")})));
    no(on("UnAudit"), 11);
    // Saved but not audited: the audit that came with the save failed.
    let refused = client.call("Save", form, json!({"Model": delivery("B"), "IsAutoSubmitAndAudit": true}));
    no(refused, 11);
    assert_eq!(client.galaxy.bills(form).unwrap()[1]["FDocumentStatus"], "B");
    ok(on("Delete"));
    no(client.call("View", form, json!({"Number": "A"})), 10);
    no(client.call("Submit", form, json!({"Numbers": "A"})), 8);
    no(client.call("Submit", form, json!({})), 8);
}

#[test]
fn view_looks_as_its_switches_say() {
    let client = with_material();
    client.galaxy.add_bill("STK_MisDelivery", &delivery("A"), 'C').unwrap();
    let view = || client.call("View", "STK_MisDelivery", json!({"Number": "A"}))["Result"].clone();
    assert_eq!(view()["ResponseStatus"], Value::Null);
    assert_eq!(view()["Result"]["StockOrgId"]["Number"], "100");
    client.galaxy.set(|switches| {
        (switches.view_status, switches.view_keys) = (ViewStatus::Present, ViewKeys::FieldKeys)
    });
    assert_eq!(view()["ResponseStatus"]["IsSuccess"], true);
    assert_eq!(view()["Result"]["FStockOrgId"]["FNumber"], "100");
}
