//! A dead letter is found, understood, mended and retried.

use super::{MATERIALS, browser};
use ferry_scenarios::app::Scene;
use ferry_scenarios::app::scene::ADMIN_TOKEN;
use serde_json::json;
use xtask::stage::TABLE;

/// A table that takes no letters in a number, and one material that has some.
fn scene_with_a_letter(name: &str) -> (Scene, String) {
    let scene = Scene::new(name);
    scene.sql(&format!("ALTER TABLE {TABLE} MODIFY number INT;"));
    let mut materials: Vec<_> =
        (1..=5).map(|n| json!({"number": format!("{}", 700_000 + n), "name": format!("物料{n}")})).collect();
    materials.push(json!({"number": "A-77", "name": "<b>粗体</b>"}));
    scene.galaxy.change(json!({"do": "add", "materials": materials}));
    let bad = scene
        .galaxy
        .carried()
        .into_iter()
        .find(|material| material["number"] == "A-77")
        .expect("it is carried");
    let id = bad["master_id"].to_string();
    (scene, id)
}

#[test]
fn one_letter_is_understood_retried_and_gone() {
    let (scene, id) = scene_with_a_letter("console_letter");
    let flow = scene.start();
    let report = flow.run();
    assert_eq!((&report["written"], &report["dead"]), (&json!(5), &json!(1)));
    let browser = browser(&flow, "en");
    browser.log_in(ADMIN_TOKEN);
    browser.wait_for(".flow a.dead", "1");
    browser.follow(".flow a.dead");
    browser.wait_for("table.letters", "A-77");
    browser.fill("input[name=text]", "粗体");
    browser.follow(".filter button");
    browser.wait_for("table.letters", "A-77");
    browser.follow("table.letters tbody a");
    browser.wait_for("h2", "A-77");
    assert_eq!(browser.path(), format!("{MATERIALS}/dead/{id}"));
    // Before and after the mapping, in the database's own words, as text and not as markup.
    browser.wait_for(".notice.bad", "Incorrect integer value");
    let sides = browser.text(".columns");
    assert!(sides.contains("\"FNumber\": \"A-77\"") && sides.contains("\"number\": \"A-77\""), "{sides}");
    assert!(sides.contains("<b>粗体</b>") && !browser.has("main b"), "{sides}");
    browser.picture("letter");

    // Retried before it is mended, it fails again.
    browser.press("a[href*='/do/retry']");
    browser.wait_for(".notice", "1 failed again");
    scene.sql(&format!("ALTER TABLE {TABLE} MODIFY number VARCHAR(80);"));
    browser.open(&format!("{MATERIALS}/dead"));
    browser.click(&format!("input[value='{id}']"));
    browser.press("form[data-selection] button.main");
    browser.wait_for(".notice.good", "1 delivered");
    browser.wait_for("main", "There are no dead letters");
    scene.assert_in_step();
    assert_eq!(flow.state()["dead"], json!({"waiting": 0, "for_partner": 0, "parked": 0}));
}

#[test]
fn all_of_a_kind_are_retried_and_one_that_is_not_wanted_is_skipped() {
    let (scene, id) = scene_with_a_letter("console_kind");
    scene.galaxy.change(json!({"do": "add", "materials": [{"number": "B-1", "name": "乙"}]}));
    let flow = scene.start();
    assert_eq!(flow.run()["dead"], 2);
    let browser = browser(&flow, "zh-CN");
    browser.log_in(ADMIN_TOKEN);
    browser.open(&format!("{MATERIALS}/dead/{id}"));
    browser.click("a[href*='/do/skip']");
    browser.wait_for("dialog[open]", "不再投递");
    browser.click("dialog[open] form button");
    browser.wait_for(".notice.good", "1 个编号已加入跳过名单");
    assert_eq!(flow.ask("GET", "/skip", json!(null)).body["ids"], json!([id]));

    let code =
        flow.ask("GET", "/dead", json!(null)).body["letters"][0]["code"].as_str().expect("a code").to_owned();
    scene.sql(&format!("ALTER TABLE {TABLE} MODIFY number VARCHAR(80);"));
    browser.open(&format!("{MATERIALS}/dead?code={code}"));
    browser.press("a[href*='/do/retry?code']");
    browser.wait_for(".notice.good", "1 条已投递");
    assert_eq!(scene.landed(), 6, "all but the one that is skipped");
}
