use crate::scene::{Scene, asides};
use ferry_simulators::okki::{
    Config, Credentials, Data, Fault, Misbehaviour, MissingScope, Okki, Op, Running,
};
use serde_json::json;

fn scene(okki: &Running) -> Scene {
    let known = okki.credentials();
    Scene::reading(json!({"platform": "okki", "account": "okki", "api": "/v1/invoices/order/list"}))
        .set("okki_scheme", "http")
        .set("okki_host", okki.address().to_string())
        .set("okki_client_id", known.client_id)
        .set("okki_client_secret", known.client_secret)
}

fn okki() -> Running {
    Okki::start(Config::default()).unwrap()
}

#[test]
fn a_good_account_costs_a_token_and_one_order() {
    let okki = okki();
    let report = scene(&okki).is_well(&["/v1/oauth2/access_token", "/v1/invoices/order/list"]);
    assert!(asides(&report).is_empty());
}

#[test]
fn a_wrong_secret_is_told() {
    scene(&okki()).set("okki_client_secret", "wrong-wrong-wrong-wrong").finds(
        "wrong_credentials",
        "API对接",
        "API对接",
    );
}

#[test]
fn a_scope_that_is_missing_is_told_by_the_token_or_by_the_list() {
    let company = Credentials { scopes: vec!["company".into()], ..Credentials::default() };
    let data = Data { accounts: vec![company], ..Data::default() };
    let without = Okki::start(Config { data, ..Config::default() }).unwrap();
    let finding = scene(&without).finds("no_permission", "okki_scope", "okki_scope");
    assert!(finding.call.unwrap().contains("access_token"));

    let okki = okki();
    for how in [MissingScope::Http401, MissingScope::Code403] {
        okki.set(|switches| switches.missing_scope = how);
        let finding =
            scene(&okki).set("okki_scope", "company").finds("no_permission", "invoices", "invoices");
        assert!(finding.answer.unwrap().contains("no permission invoices scopes"));
    }
}

#[test]
fn a_clock_that_is_off_is_a_warning_since_nothing_is_signed() {
    let okki = okki();
    okki.set(|switches| switches.clock_offset_ms = 600_000);
    let report = scene(&okki).is_well(&["access_token", "list"]);
    assert_eq!(asides(&report), ["clock"]);
}

#[test]
fn a_refused_token_a_spent_quota_and_a_web_page_are_told_apart() {
    let okki = okki();
    okki.arm(Fault::next(&[Op::OrderList], Misbehaviour::TokenLost));
    scene(&okki).finds("token_refused", "okki_client_secret", "令牌");
    okki.arm(Fault::next(&[Op::OrderList], Misbehaviour::TooMany));
    scene(&okki).finds("quota", "Wait a minute", "等待一分钟");
    okki.arm(Fault::next(&[Op::AccessToken], Misbehaviour::Html));
    scene(&okki).finds("web_page", "api-sandbox.xiaoman.cn", "api-sandbox.xiaoman.cn");
}
