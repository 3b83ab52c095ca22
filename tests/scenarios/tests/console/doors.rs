//! Who is let in, and how far.

use super::{MATERIALS, browser};
use ferry_scenarios::app::Scene;
use ferry_scenarios::app::scene::{ADMIN_TOKEN, RUN_TOKEN, TICK_TOKEN};
use serde_json::json;

#[test]
fn a_wrong_token_opens_nothing() {
    let scene = Scene::new("console_wrong_token");
    let flow = scene.start();
    let browser = browser(&flow, "en");
    for token in ["wrong-wrong-wrong-wrong-wrong-wrong", TICK_TOKEN] {
        browser.open("/console/login");
        browser.fill("#token", token);
        browser.follow(".login button");
        browser.wait_for(".notice.bad", "This is neither the admin_token nor the run_token");
        assert_eq!(browser.cookie("ferry_session"), None);
        browser.open(MATERIALS);
        assert!(browser.path().starts_with("/console/login"), "{}", browser.path());
    }
    browser.log_in(ADMIN_TOKEN);
    let cookie = browser.cookie("ferry_session").expect("a session");
    assert!(!cookie.contains("admin-token") && !cookie.contains(ADMIN_TOKEN));
}

#[test]
fn what_another_site_makes_a_browser_send_is_refused() {
    let scene = Scene::new("console_other_site");
    scene.galaxy.generate(3);
    let flow = scene.start();
    let browser = browser(&flow, "en");
    browser.log_in(ADMIN_TOKEN);
    browser.open(&format!("{MATERIALS}/do/run"));
    let session = browser.cookie("ferry_session").expect("a session");
    let form_token = browser.script("return document.querySelector('[name=form_token]').value", &json!([]));
    let form_token = form_token.as_str().expect("a token");
    let own = flow.app.base();
    let post = |headers: &[(&str, &str)], body: &str| {
        let mut request = ureq::http::Request::builder()
            .method("POST")
            .uri(format!("{own}{MATERIALS}/do/run"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", format!("ferry_session={session}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.max_redirects_will_error(false).build().new_agent();
        agent.run(request.body(body.to_owned()).expect("a request")).expect("an answer").status().as_u16()
    };
    let right = format!("form_token={form_token}");
    assert_eq!(post(&[], &right), 403, "neither Origin nor Sec-Fetch-Site");
    assert_eq!(post(&[("origin", "https://evil.example")], &right), 403);
    assert_eq!(post(&[("origin", own), ("sec-fetch-site", "cross-site")], &right), 403);
    assert_eq!(post(&[("origin", own)], ""), 403, "without the form's token");
    assert_eq!(post(&[("origin", own)], "form_token=AAAAAAAAAAAAAAAAAAAAAA"), 403);
    assert_eq!(scene.landed(), 0, "nothing ran");
    // A page of our own that was changed has no token either.
    let status = browser.script(
        "return fetch(location.href, {method: 'POST', body: new URLSearchParams({form_token: 'x'})}).then(a => a.status)",
        &json!([]),
    );
    assert_eq!(status, 403);
    assert_eq!(scene.landed(), 0);
    assert_eq!(
        post(&[("origin", own), ("sec-fetch-site", "same-origin")], &right),
        303,
        "and so it is let in"
    );
    scene.assert_in_step();
}

#[test]
fn one_with_the_run_token_looks_and_runs_and_cannot_change_anything() {
    let scene = Scene::new("console_runner");
    scene.galaxy.generate(3);
    let flow = scene.start();
    flow.run();
    let before = flow.state()["watermark"].clone();
    let browser = browser(&flow, "en");
    browser.log_in(RUN_TOKEN);
    browser.open(MATERIALS);
    assert!(browser.has(".buttons a.main"), "it may run");
    let disabled = browser.script(
        "return [...document.querySelectorAll('.buttons button[disabled]')].map(one => one.title)",
        &json!([]),
    );
    assert_eq!(disabled, json!(vec!["This needs a login with the admin_token"; 3]), "the others say why not");
    for action in
        ["watermark", "backfill", "reconcile", "retry", "delete", "skip", "save-version", "use-version"]
    {
        browser.open(&format!("{MATERIALS}/do/{action}"));
        browser.wait_for("main", "admin_token");
        assert!(!browser.has("#question"), "{action}");
    }
    browser.open(MATERIALS);
    let status = browser.script(
        "const form_token = document.querySelector('[name=form_token]').value;
         return fetch(arguments[0], {method: 'POST', body: new URLSearchParams({form_token, watermark: '2020-01-01 00:00:00'})})
           .then(answer => answer.status)",
        &json!([format!("{MATERIALS}/do/watermark")]),
    );
    assert_eq!(status, 403);
    assert_eq!(flow.state()["watermark"], before);
}
