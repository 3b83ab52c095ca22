use ferry_scenarios::app::Crossing;
use serde_json::json;
use xtask::simulator::System::{Jdy, Jushuitan};

const FLOW: &str = "jushuitan-shops-to-jdy";
const NAME: &str = "张三丰的旗舰店";
const PHONE: &str = "13800138000";

#[test]
fn dead_letters_and_tokens_lie_sealed_and_count_as_absent_under_another_key() {
    let scene = Crossing::new(FLOW, 5);
    let id = scene.records()[2]["shop_id"].clone();
    let shop = json!({"shop_id": id, "shop_name": NAME, "short_name": PHONE});
    scene.systems.change(Jushuitan, json!({"do": "set_shops", "shops": [shop]}));
    let flow = scene.start();
    // The vendor's words quote the customer, as they often do.
    let refuse = json!({"kind": "refuse", "errcode": 1_030_002_001, "description": format!("客户{NAME}（{PHONE}）被拒绝")});
    scene.systems.arm(Jdy, "Save", refuse, 0, None);
    let report = flow.call(&json!({})).expect("an answer");
    assert!(scene.systems.fired(Jdy)[0] >= 1, "{}", report.body);
    assert!(report.body["dead"].as_u64() >= Some(1), "{}", report.body);
    let id = id.to_string();
    let letter = flow.ask("GET", &format!("/dead/{id}"), json!(null));
    assert_eq!(letter.status, 200, "{} {}", report.body, letter.body);
    assert_eq!(
        (&letter.body["record"]["shop_name"], &letter.body["record"]["short_name"]),
        (&json!(NAME), &json!(PHONE))
    );
    assert!(letter.body["error"].to_string().contains(PHONE), "{}", letter.body);
    drop(flow);

    // The search sees the store: ids are not sealed. Names, phones and tokens are not to be found.
    assert!(scene.is_written_down(&id));
    for text in [NAME, PHONE] {
        assert!(!scene.is_written_down(text), "{text} lies open in store or log");
    }
    for (system, secret) in scene.systems.passed() {
        assert!(!scene.is_written_down(&secret), "a token of {system} lies open");
    }
    let logins =
        || scene.systems.called(Jushuitan, "GetInitToken") + scene.systems.called(Jushuitan, "RefreshToken");
    assert_eq!(logins(), 1);

    // The same key finds the token again; another one neither the token nor the letter.
    let flow = scene.start();
    flow.call(&json!({})).expect("an answer");
    assert_eq!(logins(), 1);
    drop(flow);
    scene.systems.delete(Jdy, "/faults");
    let flow = scene.start_with(&[("state_key", "another-state-key/marked+0123456789=")]);
    let gone = flow.ask("GET", &format!("/dead/{id}"), json!(null));
    assert!(gone.status == 410 && gone.body["error"]["code"] == "letter_unreadable", "{}", gone.body);
    // It can still be tried again: the record is read from the source, with another token. 星辰 gives few a minute,
    // and the first may have been fetched in this one.
    let retry = || flow.ask("POST", &format!("/dead/{id}/retry"), json!({}));
    let mut retried = retry();
    if retried.body["report"]["error"]["code"] == "quota_used_up" {
        retried = retry();
    }
    assert_eq!(retried.status, 200, "{}", retried.body);
    assert_eq!(logins(), 2, "a token sealed with another key counts as absent");
    flow.run_to_the_end();
    scene.assert_in_step();
}
