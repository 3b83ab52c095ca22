//! An expression is edited and saved, the next run uses it, and the built-in file is put back.

use super::{MATERIALS, browser};
use ferry_scenarios::app::scene::ADMIN_TOKEN;
use ferry_scenarios::app::{Crossing, Scene};
use serde_json::json;
use xtask::app::Trigger;

#[test]
fn an_edited_expression_changes_what_arrives_until_it_is_put_back() {
    let scene = Scene::new("console_mapping");
    scene.galaxy.change(json!({"do": "add", "materials": [{"number": "M-1", "name": "steel pipe"}]}));
    let id = scene.galaxy.carried()[0]["id"].as_i64().expect("an id");
    let flow = scene.start_with(Trigger::Http, &[("galaxy_materials_to_mysql_id_check", "false")]);
    let name = || scene.sql("SELECT name FROM wk_wodtop_product WHERE number = 'M-1';")[0][0].clone();
    flow.run();
    assert_eq!(name(), "steel pipe");

    let browser = browser(&flow, "en");
    browser.log_in(ADMIN_TOKEN);
    browser.open(MATERIALS);
    browser.follow("nav.tabs a[href$=mapping]");
    browser.wait_for("#verdict", "No problems");
    // The line leads to its field.
    browser.click("button.port[value='target.request[0].children[2]']");
    browser.wait_for(".field-editor h2", "name");
    // What is wrong is said while one types.
    browser.fill("#value", "{FNam}");
    browser.wait_for("#verdict", "did you mean `FName`?");
    browser.fill("#value", "_function UPPER({FName})");
    browser.wait_for("#verdict", "No problems");
    browser.wait_for("#changed", "not saved");
    browser.fill("#record", "{\"FName\": \"copper wire\", \"FMasterId\": 1}");
    browser.wait_for("#result", "COPPER WIRE");
    browser.wait_for("#picture", "COPPER WIRE");
    browser.picture("mapping-edited");
    browser.fill("#note", "names in capitals");
    browser.click(".version-bar button");
    browser.wait_for("dialog[open] .changes", "UPPER({FName})");
    browser.click("dialog[open] form button");
    browser.wait_for(".notice.good", "Version 1 is saved and in use");
    browser.wait_for("table", "names in capitals");

    // Only what is carried from now on is made by it.
    assert_eq!(name(), "steel pipe");
    let touch = |unit: &str| {
        assert_eq!(
            scene.galaxy.change(json!({"do": "modify", "ids": [id], "set": {"product_line": unit}})),
            1
        );
    };
    touch("one");
    browser.open(MATERIALS);
    browser.press(".buttons a.main");
    browser.wait_for(".notice.good", "Run completed");
    browser.wait_for("main", "version 1");
    assert_eq!(name(), "STEEL PIPE", "the new value is in the target");
    assert_eq!(flow.state()["reports"][0]["version"], 1);

    browser.open(&format!("{MATERIALS}/mapping"));
    browser.press("a[href$='use-version?version=0']");
    browser.wait_for(".notice.good", "The built-in version is in use");
    touch("two");
    flow.run();
    assert_eq!(name(), "steel pipe", "and back");
}

/// The article's flow of returns: an edited value arrives in Galaxy, in the bill.
#[test]
fn an_articles_flow_is_edited_in_chinese_and_its_bill_has_the_new_value() {
    const RETURNS: &str = "/console/flows/jushuitan-returns-to-galaxy";
    let crossing = Crossing::new("jushuitan-returns-to-galaxy", 3);
    let flow = crossing.start();
    let browser = browser(&flow, "zh-CN");
    browser.log_in(ADMIN_TOKEN);
    browser.open(&format!("{RETURNS}/mapping"));
    browser.wait_for("#verdict", "没有问题");
    browser.click("button.port[value='target.request[7]']");
    browser.wait_for(".field-editor h2", "FHeadNote");
    browser.fill("#value", "来自聚水潭 {{io_id}}");
    browser.wait_for("#result", "来自聚水潭 2300481");
    browser.click(".version-bar button");
    browser.wait_for("dialog[open] .changes", "来自聚水潭");
    browser.click("dialog[open] form button");
    browser.wait_for(".notice.good", "版本 1 已保存并启用");
    browser.open(RETURNS);
    browser.press(".buttons a.main");
    browser.wait_for(".notice.good", "运行完成");
    let arrived = crossing.arrived();
    assert_eq!(arrived.len(), crossing.records().len());
    for (number, bill) in &arrived {
        assert_eq!(bill["FHeadNote"], format!("来自聚水潭 {number}"), "{bill}");
    }
}
