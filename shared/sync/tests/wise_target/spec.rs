//! What of a flow file is refused before it runs.

use super::world::FLOW_FILE;
use ferry_sync::target::wise::Spec;
use serde_json::{Value, json};

/// The problems of the shipped flow file after a change of its target.
fn problems(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut file: Value = serde_json::from_str(FLOW_FILE).unwrap();
    change(&mut file["target"]);
    let file = ferry_mapping::parse(&file.to_string()).unwrap();
    let problems = Spec::compile(&file).err().unwrap_or_default();
    assert!(problems.iter().all(|problem| problem.code == "wise_target" && !problem.zh.is_empty()));
    problems.into_iter().map(|problem| format!("{}: {}", problem.path, problem.en)).collect()
}

/// The one problem after a field is added to a page.
fn with_field(page: usize, field: &Value) -> Vec<String> {
    problems(|target| target["request"][page]["children"].as_array_mut().unwrap().push(field.clone()))
}

/// Position of a field on Page1.
fn at(target: &Value, name: &str) -> usize {
    let fields = target["request"][0]["children"].as_array().unwrap();
    fields.iter().position(|field| field["field"] == name).unwrap()
}

#[test]
fn the_flow_that_ships_and_fields_of_a_companys_own_are_as_the_template_wants() {
    assert_eq!(problems(|_| ()), [""; 0]);
    for (page, name) in [(0, "FHeadSelfS0160"), (1, "FEntrySelfS0171")] {
        assert_eq!(with_field(page, &json!({"field": name, "type": "string", "value": "x"})), [""; 0]);
    }
    // A field without a value is not delivered, whatever its name.
    assert_eq!(with_field(1, &json!({"field": "FAuxQty", "type": "string"})), [""; 0]);
    let parsed = json!({"field": "FSettleID", "type": "string", "value": "1",
        "parser": {"name": "ConvertObjectParser", "params": "FNumber"}});
    assert_eq!(with_field(0, &parsed), [""; 0]);
}

#[test]
fn fields_that_the_template_does_not_have_are_named_with_what_may_be_meant() {
    let table = [
        (1, json!({"field": "FAuxQty", "value": "1"}), "no FAuxQty, but Fauxqty"),
        (0, json!({"field": "FExplanatoin", "value": "1"}), "did you mean `FExplanation`"),
        (0, json!({"field": "Fnote", "value": "1"}), "it belongs to Page2"),
        (0, json!({"field": "FSettleID", "value": "1"}), "FSettleID is an object"),
        (
            0,
            json!({"field": "FSettleDate", "type": "object", "children": [
            {"field": "FNumber", "value": "1"}]}),
            "FSettleDate is a plain value",
        ),
        (
            0,
            json!({"field": "FSettleID", "type": "object", "children": [
            {"field": "FNumer", "value": "1"}]}),
            "did you mean `FNumber`",
        ),
    ];
    for (page, field, says) in table {
        let found = with_field(page, &field);
        assert!(found.len() == 1 && found[0].contains(says), "{says}: {found:?}");
        assert!(found[0].starts_with(&format!("target.request[{page}].children[")), "{found:?}");
    }
}

#[test]
fn without_the_sources_number_in_the_order_the_flow_is_refused() {
    let no_number = "target.request: Page1.FPOOrdBillNo must be mapped from the number of the record, as {order_no}: by it an order is known again that has been written";
    let removed = problems(|target| {
        let at = at(target, "FPOOrdBillNo");
        target["request"][0]["children"].as_array_mut().unwrap().remove(at);
    });
    assert_eq!(removed, [no_number]);
    // One number for all orders is none, and a name may come twice.
    for value in ["PO-1", "{{name}}"] {
        let other = problems(|target| {
            let at = at(target, "FPOOrdBillNo");
            target["request"][0]["children"][at]["value"] = value.into();
        });
        assert_eq!(other, [no_number]);
    }
    let prefixed = problems(|target| {
        let at = at(target, "FPOOrdBillNo");
        target["request"][0]["children"][at]["value"] = "OKKI-{{order_no}}".into();
    });
    assert_eq!(prefixed, [""; 0]);
}

#[test]
fn updates_other_objects_and_other_pages_are_refused() {
    let one = |found: Vec<String>, says: &str| {
        assert!(found.len() == 1 && found[0].contains(says), "{says}: {found:?}");
    };
    one(problems(|target| target["idCheck"] = false.into()), "orders of K3 WISE are not updated");
    for api in ["/PO/Save", "/SO/Update", "SO"] {
        one(problems(|target| target["api"] = api.into()), "/SO/Save");
    }
    one(problems(|target| target["request"][0]["value"] = "product_list".into()), "Page1 holds the one head");
    let renamed = problems(|target| target["request"][1]["field"] = "page2".into());
    assert_eq!(renamed.len(), 2, "{renamed:?}");
    assert!(renamed[0].contains("no page2") && renamed[1].contains("Page2 is missing"), "{renamed:?}");
    one(
        problems(|target| {
            let page = json!({"field": "Page3", "type": "array", "value": "1", "children": [
                {"field": "FNumber", "value": "1"}]});
            target["request"].as_array_mut().unwrap().push(page);
        }),
        "no Page3",
    );
}
