//! In and out, and watching runs.

use super::{MATERIALS, browser};
use ferry_scenarios::app::Scene;
use ferry_scenarios::app::scene::{ADMIN_TOKEN, RUN_TOKEN};
use serde_json::json;
use std::time::Duration;

/// What a page says in each language.
struct Words {
    language: &'static str,
    overview: &'static str,
    never_run: &'static str,
    flowing: &'static str,
    completed: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        language: "en",
        overview: "Overview",
        never_run: "never run",
        flowing: "flowing",
        completed: "Run completed: 20 records, 20 written, 0 dead.",
    },
    Words {
        language: "zh-CN",
        overview: "概览",
        never_run: "未运行",
        flowing: "正常",
        completed: "运行完成：20 条记录，写入 20，死信 0。",
    },
];

#[test]
fn one_logs_in_runs_a_flow_and_sees_what_came_of_it_in_both_languages() {
    for words in WORDS {
        let scene = Scene::new(&format!("console_run_{}", &words.language[..2]));
        scene.galaxy.generate(20);
        let expected = scene.galaxy.carried().len();
        let flow =
            scene.start_with(xtask::app::Trigger::Http, &[("flows_enabled", "galaxy-materials-to-mysql")]);
        let browser = browser(&flow, words.language);
        browser.open("/");
        assert!(browser.path().starts_with("/console/login"), "{}", browser.path());
        browser.log_in(RUN_TOKEN);
        browser.wait_for("h1", words.overview);
        browser.wait_for(".flow .badge", words.never_run);
        assert_eq!(scene.landed(), 0);

        browser.follow(".flow h2 a");
        browser.press(".buttons a.main");
        let completed = words.completed.replace("20", &expected.to_string());
        browser.wait_for(".notice.good", &completed);
        assert!(browser.path().starts_with(&format!("{MATERIALS}/runs/")), "{}", browser.path());
        assert_eq!(scene.landed(), expected as u64, "the click did it");
        scene.assert_in_step();
        browser.picture(&format!("run-{}", words.language));

        browser.open("/console");
        browser.wait_for(".flow .badge", words.flowing);
        browser.wait_for(".flow .facts", &expected.to_string());
        browser.follow(".tools form[action$=logout] button");
        browser.open("/console");
        assert!(browser.path().starts_with("/console/login"), "out is out");
    }
}

#[test]
fn the_language_is_switched_on_the_page_and_kept() {
    let scene = Scene::new("console_language");
    let flow = scene.start();
    let browser = browser(&flow, "en");
    browser.log_in(ADMIN_TOKEN);
    browser.wait_for("h1", "Overview");
    browser.follow("button[name=lang]");
    browser.wait_for("h1", "概览");
    browser.open("/console/log");
    browser.wait_for("h1", "日志");
    assert_eq!(browser.script("return document.documentElement.lang", &json!([])), "zh");
    browser.follow("button[name=theme]");
    browser.wait_for("h1", "日志");
    assert_eq!(browser.script("return document.documentElement.dataset.theme", &json!([])), "light");
}

#[test]
fn a_run_that_is_at_work_is_seen_and_its_end_comes_by_itself() {
    let scene = Scene::new("console_watch");
    scene.galaxy.set(json!({"clamp": 20}));
    scene.galaxy.generate(200);
    scene.galaxy.arm(json!({"kind": "delay", "ms": 700}), 0, None);
    let flow = scene.start();
    let browser = browser(&flow, "en");
    browser.log_in(ADMIN_TOKEN);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| flow.run());
        while flow.ask("GET", "", json!(null)).body["lease"]["held"] != true {
            std::thread::sleep(Duration::from_millis(20));
        }
        browser.open(MATERIALS);
        browser.wait_for("main", "at work");
        // The page is read anew until the run has ended.
        run.join().expect("the run ends");
        browser.wait_for(".badge.flowing", "flowing");
        browser.wait_for("table", "done");
    });
    assert!(!browser.text("main").contains("at work"));
}
