use ferry_scenarios::app::scene::ADMIN_TOKEN;
use ferry_scenarios::app::{Crossing, Scene};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use xtask::simulator::System;
use xtask::stage::{FLOW, TABLE};

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[test]
fn hostile_ids_and_names_in_a_url_find_nothing_and_change_nothing() {
    let scene = Scene::new("hostile_ids");
    scene.galaxy.generate(20);
    let flow = scene.start();
    flow.run();
    let before = (scene.table(), flow.state());
    let long = "7".repeat(5000);
    for id in [
        "..",
        "../lease",
        "../../flow/jushuitan-shops-to-jdy/1",
        "7\0",
        "7' OR '1'='1",
        "7'; DROP TABLE wk_wodtop_product; --",
        "1' or FNumber like '%",
        "张三`\"\\",
        long.as_str(),
    ] {
        let id = encoded(id);
        for (method, path) in [
            ("GET", format!("/dead/{id}")),
            ("DELETE", format!("/dead/{id}")),
            ("POST", format!("/dead/{id}/retry")),
            ("DELETE", format!("/jobs/{id}")),
            ("DELETE", format!("/skip/{id}")),
        ] {
            let answer = flow.ask(method, &path, json!({}));
            let code = answer.body["error"]["code"].as_str().unwrap_or_default();
            let known = ["unknown_dead_letter", "unknown_job", "skip_list"].contains(&code);
            assert!(
                (answer.status == 404 || answer.status == 422) && known,
                "{method} {path}: {}",
                answer.body
            );
        }
        // In the place of the flow's name, no flow of that name answers.
        let answer = flow.request("GET", &format!("/flows/{id}"), ADMIN_TOKEN, b"").expect("an answer");
        assert_eq!(answer.status, 404, "{id}: {}", answer.body);
        let both = format!("/flows/{FLOW}{}", encoded("/../jushuitan-shops-to-jdy"));
        assert_eq!(flow.request("GET", &both, ADMIN_TOKEN, b"").expect("an answer").status, 404);
    }
    let after = flow.state();
    assert_eq!(before.0, scene.table());
    assert_eq!((&before.1["watermark"], &before.1["skipped"]), (&after["watermark"], &after["skipped"]));
    assert_eq!(scene.sql(&format!("SHOW TABLES LIKE '{TABLE}';")).len(), 1);
    scene.assert_in_step();
}

/// A material whose every text is an attack lands as it is; the table's other rows stay.
#[test]
fn hostile_values_reach_the_database_as_values() {
    let scene = Scene::new("hostile_values");
    let texts = [
        "'); DROP TABLE wk_wodtop_product; --",
        "' OR '1'='1",
        "\\'; DELETE FROM wk_wodtop_product; #",
        "a`b\"c'd\\e\u{0}f",
        "{{params.use_org}} {FNumber} :data_id ?",
        "%' or '%'='",
    ];
    let materials: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| json!({"number": format!("{n}{text}"), "name": text, "specification": text, "product_line": text}))
        .collect();
    scene.galaxy.change(json!({"do": "add", "materials": materials}));
    scene.galaxy.generate(20);
    let flow = scene.start();
    flow.run_to_the_end();
    scene.assert_in_step();
    assert!(scene.landed() > texts.len() as u64);
}

/// Record numbers that are an attack on Galaxy's filters: looked for, saved and tried again as what they are, and
/// never taken for another record.
#[test]
fn numbers_with_metacharacters_stay_one_records_numbers_in_the_target() {
    let scene = Crossing::new("wangdiantong-stockouts-to-galaxy", 6);
    let number = "CK' or '1'='1";
    let mut like = scene.systems.list_of(System::Wangdiantong, "/stockouts", "stockouts")[0].clone();
    like["stockout_id"] = json!(0);
    like["stockout_no"] = json!(number);
    assert_eq!(scene.systems.change(System::Wangdiantong, json!({"do": "add", "stockouts": [like]})), 1);
    let flow = scene.start();
    // Refused at first, so that it is a dead letter of this very id.
    scene.systems.arm(
        System::Galaxy,
        "BatchSave",
        json!({"kind": "refuse", "code": "invalid", "message": "计划内的拒绝"}),
        0,
        None,
    );
    let report = flow.call(&json!({})).expect("an answer");
    assert!(scene.systems.fired(System::Galaxy)[0] >= 1, "{}", report.body);
    scene.systems.delete(System::Galaxy, "/faults");
    let letters = flow.ask("GET", "/dead", json!(null)).body;
    if letters["letters"].as_array().is_some_and(|all| all.iter().any(|letter| letter["id"] == number)) {
        let letter = flow.ask("GET", &format!("/dead/{}", encoded(number)), json!(null));
        assert_eq!((letter.status, &letter.body["id"]), (200, &json!(number)), "{}", letter.body);
        let retried = flow.ask("POST", &format!("/dead/{}/retry", encoded(number)), json!({}));
        assert_eq!(retried.body["results"].as_array().map(Vec::len), Some(1), "{}", retried.body);
    }
    flow.ask("POST", "/dead/retry", json!({}));
    flow.run_to_the_end();
    let arrived = scene.arrived();
    assert!(arrived.keys().any(|key| key.contains(number)), "{:?}", arrived.keys());
    scene.assert_in_step();
}
