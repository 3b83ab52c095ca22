use ferry_scenarios::native::Native;
use ferry_simulators::jdy;
use serde_json::{Value, json};
use std::time::Duration;

const SHOPS: &str = "jushuitan-shops-to-jdy";

fn letters(native: &Native) -> Vec<Value> {
    let (_, answer) = native.call("GET", "/dead", "");
    answer["letters"].as_array().expect("a list").clone()
}

/// A shop whose name somebody else's customer has is a dead letter. 聚水潭 cannot be asked for one shop, so the letter
/// holds the record, as it was when it was seen last.
fn refused_shop() -> (Native, i64) {
    let native = Native::shipped_flow(SHOPS);
    native.variables.borrow_mut().insert("id_check", "false".to_owned());
    native.advance(Duration::from_secs(60));
    let id = native.records()[1]["shop_id"].as_i64().expect("an id");
    native.set_shop(id, "旧名字");
    native.jdy().change(&jdy::Change::Add { number: "KH-OTHER".into(), name: "旧名字".into() });
    native.drain();
    let dead = letters(&native);
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0]["id"], id.to_string());
    (native, id)
}

fn name(native: &Native, id: i64) -> Value {
    native.arrived()[&id.to_string()]["name"].clone()
}

#[test]
fn a_letter_that_is_retried_after_a_newer_version_was_delivered_overwrites_nothing() {
    let (native, id) = refused_shop();
    native.set_shop(id, "新名字");
    native.drain();
    assert_eq!(name(&native, id), "新名字");
    // The reason for which the older one was refused is gone.
    native.jdy().change(&jdy::Change::Delete { numbers: vec!["KH-OTHER".into()] });
    for (path, body) in [
        (format!("/dead/{id}/retry"), String::new()),
        ("/dead/retry".to_owned(), json!({"ids": [id.to_string()]}).to_string()),
    ] {
        native.advance(Duration::from_secs(200));
        let (status, answer) = native.call("POST", &path, &body);
        let unknown = status == 404 || answer["results"][0]["outcome"] == "unknown";
        assert!(unknown, "the letter went when the newer one was delivered: {status} {answer}");
        assert_eq!(name(&native, id), "新名字", "{path}");
    }
    native.drain();
    native.assert_in_step("after the retries");
}

/// Retried before any run has seen the newer version: the older one arrives, and is brought up to date.
#[test]
fn an_older_version_that_a_retry_delivers_first_is_brought_up_to_date_by_the_next_run() {
    let (native, id) = refused_shop();
    native.jdy().change(&jdy::Change::Delete { numbers: vec!["KH-OTHER".into()] });
    native.set_shop(id, "新名字");
    native.advance(Duration::from_secs(200));
    let (status, answer) = native.call("POST", &format!("/dead/{id}/retry"), "");
    assert_eq!((status, &answer["results"][0]["outcome"]), (200, &json!("delivered")), "{answer}");
    native.drain();
    native.assert_in_step("after a retry with what the letter held");
    assert_eq!(name(&native, id), "新名字");
}
