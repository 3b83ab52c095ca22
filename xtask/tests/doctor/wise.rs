use crate::scene::{Scene, says};
use ferry_simulators::wise::{Config, Fault, Misbehaviour, Op, Running, TokenRefusal, Wise};
use serde_json::{Value, json};
use xtask::doctor::finding::Severity;

fn target(page2: Value) -> Value {
    let page1 = json!([{"field": "Fdate", "type": "string"}, {"field": "FCustID", "type": "object"},
        {"field": "FDeptID", "type": "string", "parser": {"name": "ConvertObjectParser", "params": "FNumber"}}]);
    json!({"platform": "wise", "account": "wise", "api": "/SO/Save", "request": [
        {"field": "Page1", "type": "array", "children": page1}, {"field": "Page2", "type": "array", "children": page2}]})
}

fn scene(wise: &Running, page2: Value) -> Scene {
    Scene::writing(target(page2))
        .set("wise_host", wise.address().to_string())
        .set("wise_authority_code", wise.authority_code())
}

fn good(wise: &Running) -> Scene {
    scene(wise, json!([{"field": "Fauxqty", "type": "string"}]))
}

fn wise() -> Running {
    Wise::start(Config::default()).unwrap()
}

#[test]
fn a_good_account_costs_a_token_and_a_template() {
    let wise = wise();
    good(&wise).is_well(&["/K3API/Token/Create", "/K3API/SO/GetTemplate"]);
    assert_eq!(wise.called(Op::Save), 0, "it only reads");
}

#[test]
fn fields_that_the_erp_does_not_know_in_that_letter_case_or_form_are_all_named() {
    let wise = wise();
    let page2 = json!([{"field": "FAuxQty", "type": "string"}, {"field": "FItemID", "type": "string"},
        {"field": "FEntrySelfS9999", "type": "string"}, {"field": "FEntrySelfS0168", "type": "string"}]);
    let report = scene(&wise, page2).examine();
    let problems: Vec<_> =
        report.findings().filter(|finding| finding.severity == Severity::Problem).collect();
    assert!(problems.iter().all(|problem| problem.code == "unknown_field"));
    assert_eq!(problems.len(), 3, "{problems:#?}");
    says(problems[0], "but Fauxqty: the letter case counts", "应为 Fauxqty：区分大小写");
    says(problems[1], "FItemID is an object", "FItemID 是对象");
    says(problems[2], "FEntrySelfS9999", "FEntrySelfS9999");
}

#[test]
fn a_wrong_authority_code_is_told() {
    good(&wise()).set("wise_authority_code", "abcdef0123456789abcdef0123456789").finds(
        "wrong_credentials",
        "wise_authority_code",
        "wise_authority_code",
    );
}

#[test]
fn a_right_that_is_missing_and_a_token_that_is_refused_are_told_apart() {
    let wise = wise();
    wise.arm(Fault::next(&[Op::GetTemplate], Misbehaviour::TokenLost));
    good(&wise).finds("token_refused", "wise_authority_code", "令牌");
    wise.set(|switches| switches.token_refusal = TokenRefusal::PlainText);
    wise.arm(Fault::next(&[Op::GetTemplate], Misbehaviour::TokenLost));
    good(&wise).finds("no_json", "transport encryption", "传输加密");
    wise.set(|switches| switches.forbidden = vec![Op::GetTemplate]);
    good(&wise).finds("no_permission", "API授权", "API授权");
    wise.arm(Fault::next(&[Op::GetTemplate], Misbehaviour::TooMany));
    good(&wise).finds("quota", "Wait a minute", "等待一分钟");
}

#[test]
fn a_wrong_path_and_a_web_page_are_told_apart() {
    let wise = wise();
    good(&wise).set("wise_path", "/API/").finds("wrong_address", "/K3API/", "/K3API/");
    wise.arm(Fault::next(&[Op::TokenCreate], Misbehaviour::Html));
    good(&wise).finds("web_page", "wise_path", "wise_path");
}
