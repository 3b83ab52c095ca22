//! `cargo xtask preview`: a mapping tried on a record.

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const FLOW: &str = "galaxy-materials-to-mysql";
const GOOD: &str = include_str!("../../functions/galaxy-materials-to-mysql/flow.json");
const SAMPLE: &str = "functions/galaxy-materials-to-mysql/samples/material.json";

/// A flow to an ERP: rows, a conversion that may fail, a parameter.
const ORDERS: &str = r#"{
  "name": "orders", "title": "订单", "params": {"org": "100"},
  "source": {"platform": "jushuitan", "account": "a", "api": "orders.single.query", "effect": "QUERY",
             "method": "POST", "number": "o_id", "id": "o_id"},
  "target": {"platform": "galaxy", "account": "galaxy", "api": "batchSave", "effect": "EXECUTE",
             "method": "POST", "idCheck": true, "request": [
    {"field": "FBillNo", "label": "单号", "type": "string", "value": "{{o_id}}", "is_required": true},
    {"field": "FSaleOrgId", "value": "{{params.org}}", "parser": {"name": "ConvertObjectParser", "params": "FNumber"}},
    {"field": "FEntity", "type": "array", "value": "items", "children": [
      {"field": "FQty", "label": "数量", "type": "int", "value": "{{items.qty}}"}]}]},
  "delivery": {"expect_every": "5m"}
}"#;

fn preview(arguments: &[&str], stdin: Option<&str>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("preview")
        .args(arguments)
        .current_dir(xtask::root())
        .env("COLUMNS", "120")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env_remove("LANG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that ends without reading has closed the pipe.
    let _ = child.stdin.take().unwrap().write_all(stdin.unwrap_or_default().as_bytes());
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_record_is_explained_field_by_field() {
    let output = preview(&[FLOW, SAMPLE], None);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for expected in [
        "field 字段",
        "main_params.data_id",
        "物料主内码",
        "{FMasterId}",
        "FMasterId = 100021",
        "\"100021\"",
        "statement 语句:\n    INSERT INTO wk_wodtop_product",
        ":product_line          product_line          NULL",
        "document 文档:",
        "\"name\": \"O'Ring 密封圈\"",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn the_samples_of_the_flow_come_out_as_they_say() {
    let output = preview(&["--json", FLOW, SAMPLE], None);
    assert_eq!(output.status.code(), Some(0));
    let sample: Value =
        serde_json::from_str(&std::fs::read_to_string(xtask::root().join(SAMPLE)).unwrap()).unwrap();
    let document = json(&output);
    let record = &document["records"][0];
    assert_eq!(document["flow"], FLOW);
    assert_eq!(record["document"], sample["document"]);
    assert_eq!(record["error"], Value::Null);
    let params = record["statement"]["params"].as_array().unwrap();
    assert_eq!(params[0], json!({"name": "data_id", "column": "data_id", "value": "100021"}));
    assert_eq!(params[3], json!({"name": "product_line", "column": "product_line", "value": null}));
    assert_eq!(record["fields"][0]["inputs"], json!({"FMasterId": 100021}));
}

#[test]
fn an_error_stands_in_its_place_and_the_others_go_on() {
    let folder = TempDir::new().unwrap();
    let flow = file(&folder, "orders.json", ORDERS);
    let record = r#"{"o_id": 7, "items": [{"qty": "2"}, {"qty": "two"}]}"#;
    let output = preview(&[&flow, "-"], Some(record));
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    for expected in [
        "FEntity[0].FQty",
        "items.qty = \"2\"",
        "FEntity[1].FQty",
        "✗ bad_cast",
        "error 错误: FEntity[1].FQty\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    assert!(!text.contains("document 文档") && !text.contains("statement"), "{text}");

    let document = json(&preview(&[&flow, "-", "--json"], Some(record)));
    let record = &document["records"][0];
    assert_eq!(record["document"], Value::Null);
    assert_eq!(record["error"]["code"], "bad_cast");
    assert_eq!(record["error"]["path"], "FEntity[1].FQty");
    let fields = record["fields"].as_array().unwrap();
    let found: Vec<_> =
        fields.iter().map(|it| (it["path"].as_str().unwrap(), it.get("error").is_some())).collect();
    assert_eq!(
        found,
        [("FBillNo", false), ("FSaleOrgId", false), ("FEntity[0].FQty", false), ("FEntity[1].FQty", true)]
    );
}

#[test]
fn a_sample_says_what_is_found() {
    const RETURNS: &str = "jushuitan-returns-to-galaxy";
    const RETURN: &str = "../functions/jushuitan-returns-to-galaxy/samples/return.json";
    let path = format!("{}/{RETURN}", env!("CARGO_MANIFEST_DIR"));
    let mut sample: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let output = preview(&[RETURNS, &path, "--json"], None);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json(&output)["records"][0]["document"], sample["document"]);

    let mut error = |lookups: Value| {
        sample["lookups"] = lookups;
        let output = preview(&[RETURNS, "-", "--json"], Some(&sample.to_string()));
        assert_eq!(output.status.code(), Some(1));
        json(&output)["records"][0]["error"]["code"].clone()
    };
    // on_miss: wait
    assert_eq!(error(json!({"return-notice": [{"FBillNo": "another"}]})), "lookup_waiting");
    assert_eq!(error(json!(true)), "lookup_unknown");
}

#[test]
fn errors_come_in_the_language_asked_for() {
    let of = |lang: &str| {
        let output = preview(&[FLOW, "-", "--lang", lang], Some("{}"));
        assert_eq!(output.status.code(), Some(1));
        let text = stdout(&output);
        let (_, error) = text.rsplit_once("error 错误: main_params.data_id\n").unwrap();
        (error.contains("the value is required"), error.contains("该值必填"))
    };
    assert_eq!([of("en"), of("zh"), of("both")], [(true, false), (false, true), (true, true)]);
}

#[test]
fn a_list_of_records_is_previewed_one_by_one() {
    let folder = TempDir::new().unwrap();
    let flow = file(&folder, "orders.json", ORDERS);
    let records = file(&folder, "records.json", r#"[{"o_id": 1}, {"o_id": 2}, {"o_id": null}]"#);
    let output = preview(&[&flow, &records], None);
    assert_eq!(output.status.code(), Some(1), "the third lacks its number");
    assert!(stdout(&output).contains("orders · record 记录 2\n"), "{}", stdout(&output));
    let document = json(&preview(&[&flow, &records, "--json"], None));
    let numbers: Vec<_> =
        document["records"].as_array().unwrap().iter().map(|it| &it["document"]["FBillNo"]).collect();
    assert_eq!(numbers, [&json!("1"), &json!("2"), &Value::Null]);
}

#[test]
fn records_are_shaped_before_they_are_mapped() {
    let folder = TempDir::new().unwrap();
    let shaped = ORDERS
        .replace(
            r#""number": "o_id", "id": "o_id"}"#,
            r#""number": "o_id", "id": "o_id", "beatFlat": ["items"],
               "condition": [[{"field": "items_qty", "logic": "gt", "value": "0"}]]}"#,
        )
        .replace(r#""type": "array", "value": "items", "children": ["#, r#""type": "object", "children": ["#)
        .replace("{{items.qty}}", "{{items_qty}}")
        .replace(
            r#""delivery""#,
            r#""quality": [{"field": "items_qty", "logic": "lt", "value": "100"}], "delivery""#,
        );
    let flow = file(&folder, "orders.json", &shaped);
    let record = r#"{"o_id": 7, "items": [{"qty": 0}, {"qty": 2}, {"qty": 500}]}"#;
    let output = preview(&[&flow, "-", "--json"], Some(record));
    assert_eq!(output.status.code(), Some(1), "the third does not meet the rule of quality");
    let document = json(&output);
    assert_eq!((&document["filtered"], &document["shaped"]), (&json!(1), &json!(true)), "{document}");
    let [good, bad] = document["records"].as_array().unwrap().as_slice() else { panic!("{document}") };
    assert_eq!(good["record"], json!({"o_id": "7-2", "items_qty": 2}));
    assert_eq!(good["document"]["FBillNo"], "7-2");
    assert_eq!((&bad["error"]["code"], &bad["document"]), (&json!("quality"), &Value::Null));
    let output = preview(&[&flow, "-"], Some(record));
    for expected in ["as the mapping sees it", "\"o_id\": \"7-2\"", "1 record(s) left out by `condition`"] {
        assert!(stdout(&output).contains(expected), "{expected} is not in\n{}", stdout(&output));
    }
}

#[test]
fn parameters_are_overridden() {
    let folder = TempDir::new().unwrap();
    let flow = file(&folder, "orders.json", ORDERS);
    let with = |params: &str| preview(&[&flow, "-", "--json", "--params", params], Some(r#"{"o_id": 1}"#));
    assert_eq!(json(&with("{}"))["records"][0]["document"]["FSaleOrgId"], json!({"FNumber": "100"}));
    assert_eq!(
        json(&with(r#"{"org": "T01"}"#))["records"][0]["document"]["FSaleOrgId"],
        json!({"FNumber": "T01"})
    );
    for (bad, expected) in [("{org}", "must be a JSON object"), (r#"{"orgs": "1"}"#, "did you mean `org`?")] {
        let output = preview(&[&flow, "-", "--params", bad], Some("{}"));
        assert_eq!(output.status.code(), Some(2), "{bad}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_flow_file_with_problems_is_not_tried() {
    let folder = TempDir::new().unwrap();
    let flow = file(&folder, "flow.json", &GOOD.replace("\"{FName}\"", "\"{FNam}\""));
    let output = preview(&[&flow, SAMPLE], None);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains(": error: target.request[0].children[2].value [unknown_field]"));
    let document = json(&preview(&[&flow, SAMPLE, "--json"], None));
    assert_eq!(document["problems"][0]["code"], "unknown_field");
    assert_eq!(document["records"], json!([]));
    let flow = file(&folder, "flow.json", &GOOD.replace("INSERT INTO", "INSERT IGNORE INTO"));
    let document = json(&preview(&[&flow, SAMPLE, "--json"], None));
    assert_eq!(document["problems"][0]["path"], "target.otherRequest[0].value");
}

#[test]
fn what_cannot_be_read_is_said_with_exit_code_2() {
    let cases: [(&[&str], &str, &str); 4] = [
        (&["no-such-flow", SAMPLE], "", "no-such-flow: cannot be read"),
        (&[FLOW, "/no/such/record.json"], "", "/no/such/record.json: the record cannot be read"),
        (&[FLOW, "-"], "{\"FName\": }", "stdin: the record is not JSON"),
        (&[FLOW, "-"], "[1, 2]", "stdin: a record is a JSON object"),
    ];
    for (arguments, stdin, expected) in cases {
        let output = preview(arguments, Some(stdin));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
        let document = json(&preview(&[arguments, &["--json"]].concat(), Some(stdin)));
        assert_eq!(document["error"]["code"], "unreadable");
    }
    assert_eq!(preview(&[FLOW], None).status.code(), Some(2), "usage");
}
