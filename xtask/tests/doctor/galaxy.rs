use crate::scene::{Scene, asides, says};
use ferry_simulators::galaxy::{BadSignature, Config, Fault, Galaxy, Misbehaviour, Op, Running};
use serde_json::json;

/// Materials are read, return notices looked up, returns written.
fn scene(galaxy: &Running) -> Scene {
    let known = galaxy.credentials();
    let form = |id: &str| json!([{"field": "FormId", "value": id}]);
    Scene::new()
        .flow(
            "one",
            json!({"name": "one", "source": {"platform": "galaxy", "account": "galaxy", "api": "executeBillQuery",
                "request": [{"field": "FNumber", "value": "FNumber"}, {"field": "x", "value": "{{CURRENT_TIME}}"}],
                "otherRequest": form("BD_MATERIAL")}}),
        )
        .flow(
            "two",
            json!({"name": "two", "target": {"platform": "galaxy", "account": "galaxy", "api": "batchSave",
                "otherRequest": form("SAL_RETURNSTOCK")},
                "lookups": {"notice": {"platform": "galaxy", "account": "galaxy", "api": "executeBillQuery",
                    "formId": "SAL_RETURNNOTICE", "key": ["FBillNo"]}}}),
        )
        .set("galaxy_scheme", "http")
        .set("galaxy_host", galaxy.address().to_string())
        .set("galaxy_acct_id", known.acct_id)
        .set("galaxy_user", known.user)
        .set("galaxy_app_id", known.app_id)
        .set("galaxy_app_secret", known.app_secret)
}

fn galaxy() -> Running {
    Galaxy::start(Config::default()).unwrap()
}

const FORMS: [&str; 3] = ["row of BD_MATERIAL", "row of SAL_RETURNNOTICE", "row of SAL_RETURNSTOCK"];

#[test]
fn a_good_account_costs_one_row_of_each_form_and_with_sessions_a_login() {
    let galaxy = galaxy();
    let report = scene(&galaxy).is_well(&FORMS);
    assert_eq!(report.accounts.len(), 1);
    let uses: Vec<String> =
        report.accounts[0].uses.iter().map(|(flow, role)| format!("{flow} {role}")).collect();
    assert_eq!(uses, ["one source", "two target", "two lookups.notice"]);
    scene(&galaxy).set("galaxy_auth", "session").is_well(&["LoginByAppSecret", FORMS[0], FORMS[1], FORMS[2]]);
    assert_eq!(galaxy.called(Op::BatchSave), 0, "it only reads");
}

#[test]
fn without_any_form_the_currencies_are_asked_for() {
    let galaxy = galaxy();
    let scene = scene(&galaxy).flow("three", json!({"name": "three", "target": {"platform": "galaxy"}}));
    let mut scene = scene;
    scene.options.flows = vec![scene.folder.path().join("three.json").display().to_string()];
    scene.is_well(&["row of BD_Currency"]);
}

#[test]
fn a_wrong_secret_is_told_by_the_login_and_narrowed_down_with_signed_headers() {
    let galaxy = galaxy();
    let wrong = || scene(&galaxy).set("galaxy_app_secret", "wrong-wrong-wrong-wrong");
    let finding = wrong().finds("wrong_credentials", "The clock is not the cause", "时钟不是原因");
    says(&finding, "galaxy_acct_id", "IP 白名单");
    assert!(finding.answer.unwrap().contains("会话信息已丢失"));
    let finding = wrong().set("galaxy_auth", "session").finds(
        "wrong_credentials",
        "第三方系统登录授权",
        "第三方系统登录授权",
    );
    assert!(finding.answer.unwrap().contains("应用ID或应用密钥错误"));
    galaxy.set(|switches| switches.bad_signature = BadSignature::Http401);
    wrong().finds("http_refused", "galaxy_app_secret", "galaxy_app_secret");
}

#[test]
fn a_wrong_data_centre_is_told_by_the_login() {
    let galaxy = galaxy();
    let wrong = scene(&galaxy).set("galaxy_acct_id", "5f00000000beef").set("galaxy_auth", "session");
    wrong.finds("wrong_data_centre", "data centre", "没有该数据中心");
}

#[test]
fn an_address_off_the_whitelist_is_told_with_the_address() {
    let galaxy = galaxy();
    galaxy.set(|switches| switches.whitelisted = false);
    for auth in ["signed", "session"] {
        let finding =
            scene(&galaxy).set("galaxy_auth", auth).finds("ip_not_whitelisted", "127.0.0.1", "127.0.0.1");
        says(&finding, "公网 IP", "白名单");
    }
}

#[test]
fn a_clock_that_is_off_is_told_with_its_distance() {
    let galaxy = galaxy();
    galaxy.set(|switches| switches.clock_offset_ms = 3_600_000);
    let finding = scene(&galaxy).finds("clock", "s behind", "慢了");
    says(&finding, "NTP", "NTP");
    galaxy.set(|switches| switches.clock_offset_ms = -90_000);
    let report = scene(&galaxy).is_well(&FORMS);
    assert_eq!(asides(&report), ["clock"], "within what the server bears, a warning");
    says(report.findings().next().unwrap(), "s ahead", "快了");
}

#[test]
fn a_missing_right_on_one_form_does_not_hide_the_others() {
    let galaxy = galaxy();
    galaxy.set(|switches| switches.forbidden = vec!["SAL_RETURNNOTICE".into()]);
    let finding = scene(&galaxy).finds("no_permission", "功能权限", "功能权限");
    assert!(finding.call.unwrap().contains("SAL_RETURNNOTICE"));
    assert_eq!(scene(&galaxy).examine().accounts[0].calls.len(), 3);
}

#[test]
fn a_form_or_field_that_is_not_there_is_named() {
    let galaxy = galaxy();
    let source = |form: &str, field: &str| {
        json!({"name": "three", "source": {"platform": "galaxy", "account": "galaxy",
            "request": [{"field": "x", "value": field}], "otherRequest": [{"field": "FormId", "value": form}]}})
    };
    let finding =
        scene(&galaxy).flow("three", source("BD_NOPE", "FNumber")).finds("unknown_form", "FormId", "FormId");
    assert!(finding.call.unwrap().contains("BD_NOPE"));
    let finding = scene(&galaxy).flow("three", source("BD_MATERIAL", "F_Nope")).finds(
        "unknown_field",
        "FieldKeys",
        "自定义字段",
    );
    assert!(finding.answer.unwrap().contains("F_Nope"));
}

#[test]
fn a_spent_quota_a_web_page_and_a_wrong_path_are_told_apart() {
    let galaxy = galaxy();
    galaxy.arm(Fault::next(&[], Misbehaviour::CallLimit));
    scene(&galaxy).finds("quota", "Wait a minute", "等待一分钟");
    galaxy.arm(Fault::next(&[], Misbehaviour::Html));
    let finding = scene(&galaxy).finds("web_page", "galaxy_path", "代理");
    assert!(finding.answer.unwrap().contains("系统维护中"), "the page by its title");
    galaxy.arm(Fault::next(&[], Misbehaviour::HalfJson));
    scene(&galaxy).finds("no_json", "proxies", "代理");
    galaxy.arm(Fault::next(&[], Misbehaviour::Http500 { work: Default::default() }));
    scene(&galaxy).finds("server_error", "log", "日志");
    galaxy.arm(Fault::next(&[], Misbehaviour::Redirect { to: "https://elsewhere/".into() }));
    scene(&galaxy).finds("wrong_address", "galaxy_scheme", "galaxy_scheme");
    scene(&galaxy).set("galaxy_path", "/erp/").finds("wrong_address", "/k3cloud/", "/k3cloud/");
}
