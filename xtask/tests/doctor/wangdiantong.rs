use crate::scene::{Scene, says};
use ferry_simulators::wangdiantong::{BadSignature, Config, Fault, Misbehaviour, Running, Wangdiantong};
use serde_json::json;

fn scene(wangdiantong: &Running) -> Scene {
    let known = wangdiantong.credentials();
    let api = "wms.stockout.Process.queryWithDetail";
    Scene::reading(json!({"platform": "wangdiantong", "account": "wangdiantong", "api": api}))
        .set("wangdiantong_scheme", "http")
        .set("wangdiantong_host", wangdiantong.address().to_string())
        .set("wangdiantong_sid", known.sid.clone())
        .set("wangdiantong_app_key", known.app_key.clone())
        .set("wangdiantong_app_secret", known.app_secret())
}

fn wangdiantong() -> Running {
    Wangdiantong::start(Config::default()).unwrap()
}

#[test]
fn a_good_account_costs_one_call() {
    scene(&wangdiantong()).is_well(&["/openapi (wms.stockout.Process.queryWithDetail)"]);
}

#[test]
fn a_wrong_seller_appkey_or_secret_is_told() {
    let wangdiantong = wangdiantong();
    scene(&wangdiantong).set("wangdiantong_sid", "nobody").finds(
        "wrong_credentials",
        "wangdiantong_sid",
        "wangdiantong_sid",
    );
    scene(&wangdiantong).set("wangdiantong_app_key", "nobody").finds(
        "wrong_credentials",
        "wangdiantong_app_key",
        "wangdiantong_app_key",
    );
    for how in [BadSignature::Verification, BadSignature::App] {
        wangdiantong.set(|switches| switches.bad_signature = how);
        let salt = wangdiantong.credentials().salt;
        let wrong = scene(&wangdiantong).set("wangdiantong_app_secret", format!("wrong-wrong-wrong:{salt}"));
        wrong.finds("wrong_credentials", "wangdiantong_app_key", "appkey");
    }
}

#[test]
fn whitelist_permission_and_clock_are_told_apart() {
    let wangdiantong = wangdiantong();
    wangdiantong.set(|switches| switches.applied_for = false);
    scene(&wangdiantong).finds("no_permission", "Apply for it", "开放平台申请");
    wangdiantong.set(|switches| switches.whitelisted = false);
    let finding = scene(&wangdiantong).finds("ip_not_whitelisted", "127.0.0.1", "127.0.0.1");
    assert_eq!(finding.answer.as_deref(), Some("[6] ip限制"));
    wangdiantong.set(|switches| switches.clock_offset_ms = 600_000);
    let finding = scene(&wangdiantong).finds("clock", "s behind", "慢了");
    says(&finding, "two minutes", "两分钟");
}

#[test]
fn a_spent_quota_and_a_web_page_are_told() {
    let wangdiantong = wangdiantong();
    wangdiantong.set(|switches| switches.calls_per_minute = Some(0));
    scene(&wangdiantong).finds("quota", "five to ten", "五到十分钟");
    wangdiantong.arm(Fault::next(&[], Misbehaviour::Html));
    scene(&wangdiantong).finds("web_page", "wangdiantong_path", "wangdiantong_path");
    scene(&wangdiantong).set("wangdiantong_path", "/nope").finds("wrong_address", "/openapi", "/openapi");
}
