use crate::scene::{Scene, asides, says};
use ferry_simulators::jushuitan::{
    App, Codes, Config, Credentials, Fault, Jushuitan, Misbehaviour, Op, Running,
};
use serde_json::json;

const INOUT: &str = "/open/other/inout/query";

fn scene(jushuitan: &Running) -> Scene {
    let known = jushuitan.credentials();
    Scene::reading(json!({"platform": "jushuitan", "account": "jushuitan", "api": INOUT}))
        .set("jushuitan_scheme", "http")
        .set("jushuitan_host", jushuitan.address().to_string())
        .set("jushuitan_app_key", known.app_key)
        .set("jushuitan_app_secret", known.app_secret)
}

fn legacy(jushuitan: &Running) -> Scene {
    let Credentials { partner_id, partner_key, legacy_token, .. } = jushuitan.credentials();
    scene(jushuitan)
        .set("jushuitan_api", "legacy")
        .set("jushuitan_app_key", partner_id)
        .set("jushuitan_app_secret", partner_key)
        .set("jushuitan_access_token", legacy_token)
}

fn jushuitan() -> Running {
    Jushuitan::start(Config::default()).unwrap()
}

#[test]
fn no_token_is_fetched_that_could_end_the_apps_unless_asked_to() {
    let jushuitan = jushuitan();
    let running = jushuitan.authorise();
    let given = jushuitan.tokens_given();
    let report = scene(&jushuitan).is_well(&[INOUT]);
    assert_eq!((jushuitan.tokens_given(), jushuitan.called(Op::GetInitToken)), (given, 0));
    assert_eq!(asides(&report), ["token_untried"]);
    says(report.findings().next().unwrap(), "--fresh-token", "--fresh-token");

    let report = scene(&jushuitan).fresh_token().is_well(&["getInitToken", INOUT]);
    assert_eq!(jushuitan.tokens_given(), given + 1);
    assert_eq!(asides(&report), ["token_fetched"]);
    says(report.findings().next().unwrap(), "another program", "其他程序");
    assert!(!running.is_empty());
}

#[test]
fn the_shops_and_the_legacy_interface_are_asked_as_the_flow_would() {
    let jushuitan = jushuitan();
    let shops =
        Scene::reading(json!({"platform": "jushuitan", "account": "jst2", "api": "/open/shops/query"}))
            .set("jst2_scheme", "http")
            .set("jst2_api", "current")
            .set("jst2_host", jushuitan.address().to_string())
            .set("jst2_app_key", jushuitan.credentials().app_key)
            .set("jst2_app_secret", jushuitan.credentials().app_secret);
    shops.fresh_token().is_well(&["getInitToken", "/open/shops/query"]);
    let report = legacy(&jushuitan).is_well(&["/api/open/query.aspx"]);
    assert!(asides(&report).is_empty(), "its token is among the variables: nothing is fetched");
    assert!(!report.accounts[0].calls[0].contains("token"));
}

#[test]
fn a_wrong_secret_is_told_in_every_generation_of_the_codes() {
    let jushuitan = jushuitan();
    for codes in [Codes::Current, Codes::Older] {
        jushuitan.set(|switches| switches.codes = codes);
        let wrong = scene(&jushuitan).set("jushuitan_app_secret", "wrong-wrong-wrong-wrong");
        wrong.finds("wrong_credentials", "jushuitan_app_secret", "jushuitan_app_secret");
    }
    legacy(&jushuitan).set("jushuitan_app_key", "another-partner").finds(
        "wrong_credentials",
        "partnerid",
        "partnerid",
    );
}

#[test]
fn an_address_off_the_whitelist_is_told_with_the_address() {
    let jushuitan = jushuitan();
    jushuitan.set(|switches| switches.whitelisted = false);
    let finding = scene(&jushuitan).finds("ip_not_whitelisted", "127.0.0.1", "127.0.0.1");
    assert_eq!(finding.answer.as_deref(), Some("[110] IP 不在白名单"));
    jushuitan
        .arm(Fault::next(&[], Misbehaviour::Refuse { code: 110, msg: "IP 203.0.113.7 不在白名单".into() }));
    scene(&jushuitan).finds("ip_not_whitelisted", "arrived there: 203.0.113.7", "203.0.113.7");
}

#[test]
fn a_clock_that_is_off_is_told_with_its_distance() {
    let jushuitan = jushuitan();
    jushuitan.set(|switches| switches.clock_offset_ms = -3_600_000);
    for codes in [Codes::Current, Codes::Older] {
        jushuitan.set(|switches| switches.codes = codes);
        scene(&jushuitan).finds("clock", "s ahead", "快了");
    }
    legacy(&jushuitan).finds("clock", "s ahead", "快了");
}

#[test]
fn an_interface_that_was_not_applied_for_and_a_spent_quota_are_told() {
    let jushuitan = jushuitan();
    jushuitan.set(|switches| switches.forbidden = vec![Op::Inout]);
    let finding = scene(&jushuitan).fresh_token().finds("no_permission", "open platform", "开放平台申请");
    assert!(finding.answer.unwrap().contains("190"));
    jushuitan.set(|switches| switches.calls_per_second = Some(0));
    scene(&jushuitan).finds("quota", "Wait a minute", "等待一分钟");
}

#[test]
fn a_token_of_the_variables_that_is_no_longer_good_is_told() {
    let jushuitan = jushuitan();
    jushuitan.set(|switches| switches.app = App::Provider);
    let token = jushuitan.authorise();
    let provider = || scene(&jushuitan).set("jushuitan_access_token", token.clone());
    provider().is_well(&[INOUT]);
    jushuitan.expire_tokens();
    provider().finds("token_refused", "authorise the app again", "重新授权");
    legacy(&jushuitan).finds("token_refused", "jushuitan_access_token", "jushuitan_access_token");
}

#[test]
fn a_web_page_and_a_wrong_interface_are_told_apart() {
    let jushuitan = jushuitan();
    jushuitan.arm(Fault::next(&[], Misbehaviour::Html));
    scene(&jushuitan).finds("web_page", "jushuitan_host", "jushuitan_host");
}
