use crate::scene::{Scene, asides, says};
use ferry_simulators::jdy::{
    AccountSet, Config, Fault, GatewayErrors, JarBody, Jdy, Misbehaviour, NewToken, Op, Running,
};
use serde_json::json;

fn scene(jdy: &Running) -> Scene {
    let known = jdy.credentials();
    Scene::writing(json!({"platform": "jdy", "account": "jdy", "api": "/jdy/v2/bd/customer"}))
        .set("jdy_scheme", "http")
        .set("jdy_host", jdy.address().to_string())
        .set("jdy_client_id", known.client_id)
        .set("jdy_client_secret", known.client_secret)
        .set("jdy_outer_instance_id", known.outer_instance_id)
}

fn jdy() -> Running {
    Jdy::start(Config::default()).unwrap()
}

#[test]
fn no_token_is_fetched_that_could_end_the_apps_unless_asked_to() {
    let jdy = jdy();
    jdy.set(|switches| switches.new_token = NewToken::EndsOld);
    let report = scene(&jdy).is_well(&["push_app_authorize"]);
    assert_eq!((jdy.tokens_given(), jdy.called(Op::AppToken)), (0, 0));
    assert_eq!(asides(&report), ["token_untried"]);
    says(report.findings().next().unwrap(), "演示账套", "--fresh-token");
    let report = scene(&jdy).fresh_token().is_well(&[
        "push_app_authorize",
        "kingdee_auth_token",
        "/jdy/v2/bd/customer",
    ]);
    assert!(asides(&report).is_empty());
    assert_eq!(jdy.called(Op::Save), 0, "it only reads");
}

#[test]
fn a_wrong_application_or_secret_is_told_in_either_table_of_codes() {
    let jdy = jdy();
    for errors in [GatewayErrors::Norm, GatewayErrors::Jar] {
        for body in [JarBody::Errcode, JarBody::Code, JarBody::Text] {
            jdy.set(|switches| (switches.gateway_errors, switches.jar_body) = (errors, body));
            scene(&jdy).set("jdy_client_secret", "wrong-wrong-wrong-wrong-wrong-wr").finds(
                "wrong_credentials",
                "jdy_client_secret",
                "jdy_client_secret",
            );
            scene(&jdy).set("jdy_client_id", "999").finds(
                "wrong_credentials",
                "jdy_client_id",
                "jdy_client_id",
            );
        }
    }
}

#[test]
fn whitelist_permission_and_clock_are_told_apart() {
    let jdy = jdy();
    jdy.set(|switches| switches.forbidden = vec![Op::List]);
    let finding = scene(&jdy).fresh_token().finds("no_permission", "open.jdy.com", "开通接口");
    assert!(finding.call.unwrap().contains("one customer"));
    jdy.set(|switches| switches.whitelisted = false);
    scene(&jdy).finds("ip_not_whitelisted", "127.0.0.1", "127.0.0.1");
    jdy.set(|switches| switches.clock_offset_ms = 600_000);
    scene(&jdy).finds("clock", "s behind", "慢了");
}

#[test]
fn an_instance_that_has_granted_nothing_and_one_that_has_granted_too_much_are_told() {
    let one = jdy();
    let wrong = scene(&one).set("jdy_outer_instance_id", "1");
    wrong.finds("not_authorised", "jdy_outer_instance_id", "jdy_outer_instance_id");
    let second = AccountSet { app_key: "second".into(), name: "二号".into(), ..AccountSet::default() };
    let two = Jdy::start(Config { account_sets: vec![AccountSet::default(), second], ..Config::default() });
    let two = two.unwrap();
    let finding = scene(&two).finds("which_account_set", "jdy_app_key", "jdy_app_key");
    assert!(finding.answer.unwrap().contains("second (二号)"), "the operator has to choose among them");
    scene(&two).set("jdy_app_key", "second").is_well(&["push_app_authorize"]);
}

#[test]
fn the_token_endpoints_quota_and_a_web_page_are_told() {
    let jdy = jdy();
    jdy.set(|switches| switches.token_calls_per_minute = Some(0));
    scene(&jdy).fresh_token().finds("quota", "Wait a minute", "等待一分钟");
    jdy.arm(Fault::next(&[], Misbehaviour::Html));
    scene(&jdy).finds("web_page", "api.kingdee.com", "api.kingdee.com");
}
