//! Seen with other eyes: a screen reader's, a phone's, and without a script.

use super::{MATERIALS, browser};
use crate::driver::Browser;
use ferry_scenarios::app::Scene;
use ferry_scenarios::app::scene::ADMIN_TOKEN;
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;
use std::process::Command;
use xtask::packages::{self, Need};
use xtask::stage::TABLE;

const AXE: &str = "axe-core@4";

/// axe-core's text, from npm; kept in the target directory.
fn axe() -> String {
    packages::ensure(&[Need::Node]).expect("npm");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe-core");
    std::fs::create_dir_all(&home).expect("the target directory can be written");
    let lock = File::create(home.join("lock")).expect("a lock file can be made");
    lock.lock().expect("the lock file can be locked");
    let script = home.join("node_modules/axe-core/axe.min.js");
    if !script.exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&home).arg(AXE);
        assert!(npm.status().expect("npm starts").success(), "npm must reach its registry");
    }
    std::fs::read_to_string(script).expect("npm has installed it")
}

/// A flow with runs, a dead letter and a saved version, and the pages that show them.
fn scene(name: &str) -> (Scene, ferry_scenarios::app::Flow, Vec<(&'static str, String)>) {
    let scene = Scene::new(name);
    scene.sql(&format!("ALTER TABLE {TABLE} MODIFY number INT;"));
    let materials: Vec<Value> = (1..=30)
        .map(|n| json!({"number": format!("{}", 700_000 + n), "name": format!("物料{n}"), "product_line": "传动"}))
        .chain([json!({"number": "A-77", "name": "坏"})])
        .collect();
    scene.galaxy.change(json!({"do": "add", "materials": materials}));
    let flow = scene.start();
    let run = flow.run();
    flow.ask("POST", "/backfill", json!({"from": "2023-01-01 00:00:00"}));
    let run = run["run_id"].as_str().expect("an id");
    let letter =
        flow.ask("GET", "/dead", json!(null)).body["letters"][0]["id"].as_str().expect("an id").to_owned();
    let pages = vec![
        ("overview", "/console".to_owned()),
        ("dead", "/console/dead".to_owned()),
        ("interfaces", "/console/interfaces".to_owned()),
        ("log", "/console/log".to_owned()),
        ("alerts", "/console/alerts".to_owned()),
        ("flow", MATERIALS.to_owned()),
        ("never-run", "/console/flows/okki-orders-to-wise".to_owned()),
        ("run", format!("{MATERIALS}/runs/{run}")),
        ("letters", format!("{MATERIALS}/dead")),
        ("letter", format!("{MATERIALS}/dead/{letter}")),
        ("mapping", format!("{MATERIALS}/mapping")),
        ("mapping-letter", format!("{MATERIALS}/mapping?dead={letter}")),
        ("question", format!("{MATERIALS}/do/backfill")),
        ("retry", format!("{MATERIALS}/do/retry?id={letter}")),
        ("missing", format!("{MATERIALS}/nowhere")),
    ];
    (scene, flow, pages)
}

fn assert_nothing_serious(browser: &Browser, axe: &str, page: &str) {
    browser.script(axe, &json!([]));
    let found = browser.script(
        "return axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
           .filter(one => ['serious', 'critical'].includes(one.impact))
           .map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html + ' ' + node.failureSummary).join(' | ')}`))",
        &json!([]),
    );
    assert_eq!(found, json!([]), "{page}: {found:#}");
}

#[test]
fn axe_finds_nothing_serious_on_any_page_in_either_theme() {
    let axe = axe();
    let (_scene, flow, pages) = scene("console_axe");
    let browser = browser(&flow, "en");
    browser.open("/console/login");
    assert_nothing_serious(&browser, &axe, "login");
    browser.log_in(ADMIN_TOKEN);
    for (theme, language) in [("light", "en"), ("dark", "zh")] {
        browser.choose_theme(theme);
        browser.choose_language(language);
        for (name, path) in &pages {
            browser.open(path);
            assert_nothing_serious(&browser, &axe, &format!("{name} in {theme}"));
            browser.picture(&format!("{name}-{language}-{theme}"));
        }
    }
    // A dialog, too.
    browser.open(MATERIALS);
    browser.click(".buttons a.main");
    browser.wait_for("dialog[open]", "");
    assert_nothing_serious(&browser, &axe, "a dialog");
}

#[test]
fn a_phone_shows_every_page_without_scrolling_sideways() {
    let (_scene, flow, pages) = scene("console_phone");
    let browser = browser(&flow, "zh-CN");
    browser.log_in(ADMIN_TOKEN);
    browser.resize(390);
    for language in ["zh", "en"] {
        browser.choose_language(language);
        for (name, path) in &pages {
            browser.open(path);
            let width = browser.script("return document.documentElement.scrollWidth", &json!([]));
            assert!(width.as_u64().is_some_and(|width| width <= 390), "{name} in {language} is {width} wide");
            browser.picture(&format!("{name}-{language}-390"));
        }
    }
}

#[test]
fn all_of_it_works_without_a_script_and_by_keyboard() {
    let (scene, flow, _) = scene("console_plain");
    let browser = browser(&flow, "en");
    browser.log_in(ADMIN_TOKEN);
    // By keyboard alone, with the script: the first Tab is the way to the content.
    browser.keys("\u{e004}");
    assert_eq!(browser.script("return document.activeElement.className", &json!([])), "skip");
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.open(MATERIALS);
    browser.follow(".buttons a.main");
    assert_eq!(browser.path(), format!("{MATERIALS}/do/run"), "the question is a page");
    browser.follow("#question form button");
    assert!(browser.path().starts_with(&format!("{MATERIALS}/runs/")), "{}", browser.path());
    browser.open(&format!("{MATERIALS}/mapping"));
    browser.follow("button.port[value='target.request[0].children[2]']");
    browser.fill("#value", "_function UPPER({FName})");
    browser.follow(".field-editor button");
    browser.follow(".version-bar button");
    assert!(browser.has("#question .changes"));
    browser.follow("#question form button");
    assert_eq!(flow.ask("GET", "/file", json!(null)).body["in_use"], 1, "the version is in use");
    scene.sql(&format!("ALTER TABLE {TABLE} MODIFY number VARCHAR(80);"));
    browser.open(&format!("{MATERIALS}/dead"));
    browser.click("table.letters tbody input");
    browser.follow("form[data-selection] button.main");
    browser.follow("#question form button");
    assert_eq!(flow.state()["dead"]["waiting"], 0, "the letter is delivered");
}
