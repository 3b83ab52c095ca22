//! What the pages show, to whom, and how quickly.

use crate::browser::Browser;
use crate::world::{ADMIN, FLOWS, RETURNS, RUNNER, World};
use ferry_console::Answer;
use http::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn every_page_is_there_in_both_languages_for_both_roles() {
    let world = World::new();
    for (token, language) in [(ADMIN, "en"), (ADMIN, "zh"), (RUNNER, "en"), (RUNNER, "zh")] {
        let browser = Browser::logged_in(&world, token, language);
        let mut paths: Vec<String> = ["", "/dead", "/interfaces", "/log", "/log?level=error", "/alerts"]
            .map(|path| format!("/console{path}"))
            .into();
        for flow in FLOWS {
            for path in ["", "/dead", "/mapping", "/do/run", "/do/dry-run"] {
                paths.push(format!("/console/flows/{}{path}", flow.name));
            }
        }
        paths.push(format!("/console/flows/{RETURNS}/dead/2300484"));
        let run = browser.get(&format!("/console/flows/{RETURNS}")).text;
        let run =
            run.split_once("/runs/").expect("a run").1.split('"').next().expect("an address").to_owned();
        paths.push(format!("/console/flows/{RETURNS}/runs/{run}"));
        for path in paths {
            let page = browser.get(&path);
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.text.contains(&format!("<html lang=\"{language}\"")), "{path}");
            assert_eq!(page.text.matches("<h1").count(), 1, "{path} has one heading");
            assert_eq!(page.text.matches("<main").count(), 1, "{path}");
        }
    }
}

#[test]
fn the_worst_flow_comes_first() {
    let world = World::new();
    let text = Browser::logged_in(&world, ADMIN, "en").get("/console").text;
    let place = |flow: &str| text.find(&format!("href=\"/console/flows/{flow}\"")).expect("it is there");
    assert!(
        place("okki-orders-to-wise") < place("wangdiantong-stockouts-to-galaxy"),
        "failing before never run"
    );
    assert!(place("wangdiantong-stockouts-to-galaxy") < place(RETURNS), "never run before flowing");
    assert!(text.contains("the authority code is not valid"), "it says why");
}

#[test]
fn what_comes_from_outside_cannot_become_markup() {
    let mut world = World::new();
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";
    let letter = json!({"id": evil, "number": evil, "code": evil, "message": evil, "message_zh": evil, "field": evil,
        "error": {"code": evil, "message": evil, "message_zh": evil, "hint": evil, "field": evil}, "record": {evil: evil},
        "attempts": 1, "first_failed": evil, "next_attempt": null, "parked": true});
    let list = json!({"waiting": 1, "parked": 0, "total": 1, "codes": {evil: 1}, "letters": [letter]});
    let state = json!({"watermark": evil, "dead": {"waiting": 1}, "window": {"begin": evil, "end": evil, "cursor": evil},
        "jobs": [{"id": evil, "kind": evil, "missing_ids": [evil]}], "hours": [{"hour": evil}],
        "reports": [{"run_id": evil, "trigger": evil, "started_at": evil, "error": {"code": evil, "message": evil, "message_zh": evil}}],
        "interfaces": [{"account": evil, "platform": evil, "interface": evil, "last_error": {"at": evil, "message": evil}}],
        "accounts": [{"account": evil, "platform": evil, "paused_until": evil}],
        "events": [{"at": evil, "level": evil, "event": evil, "run_id": evil, "message": evil, "message_zh": evil}]});
    for (path, body) in [
        ("", state),
        ("/dead/7", letter.clone()),
        ("/file", json!({"text": evil, "versions": [{"number": 1, "note": evil}]})),
    ] {
        world.arranged.insert(("GET".to_owned(), path.to_owned()), Answer { status: 200, body });
    }
    world.arranged.insert(
        ("GET".to_owned(), "/dead?limit=50&details=true".to_owned()),
        Answer { status: 200, body: list },
    );
    let browser = Browser::logged_in(&world, ADMIN, "en");
    for path in [
        "",
        "/dead",
        "/interfaces",
        "/log",
        "/flows/F",
        "/flows/F/dead",
        "/flows/F/dead/7",
        "/flows/F/mapping",
    ] {
        let path = format!("/console{}", path.replace('F', RETURNS));
        let page = browser.get(&path);
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            !page.text.contains("<script>") && !page.text.contains("<img src=x"),
            "{path}: {}",
            page.text
        );
        assert!(!page.text.contains(evil), "{path}");
    }
}

#[test]
fn a_list_of_dead_letters_asks_for_one_page_of_them() {
    let mut world = World::new();
    world.letters = 10_000;
    let browser = Browser::logged_in(&world, ADMIN, "en");
    world.asked.borrow_mut().clear();
    let page =
        browser.get(&format!("/console/flows/{RETURNS}/dead?code=rejected&field=FEntity&text=SKU+009"));
    assert!(page.text.contains("rejected (2,500)"));
    let asked = world.asked.borrow();
    let paths: Vec<&str> = asked.iter().map(|(_, _, _, path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/dead?code=rejected&field=FEntity&text=SKU%20009&limit=50&details=true"]);
}

#[test]
fn a_sample_flows_through_the_mapping_with_its_errors_in_place() {
    let world = World::new();
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let page = browser.get(&format!("/console/flows/{RETURNS}/mapping"));
    for part in ["FRealQty", "items.qty", "lookups.return-notice", "SKU-006-3", "class=\"wire", "No problems"]
    {
        assert!(page.text.contains(part), "{part}");
    }
    let page = browser
        .get(&format!("/console/flows/{RETURNS}/mapping?dead=2300484&field=target.request[9].children[5]"));
    assert!(page.text.contains("✕ bad_cast") && page.text.contains("1 values of this sample cannot be made"));
    assert!(page.text.contains("is not a number"), "the open field says what is wrong");
}

#[test]
fn the_assets_are_named_by_their_content() {
    let world = World::new();
    let browser = Browser::new(&world, "en");
    let page = browser.get("/console/login");
    for ending in [".css\"", ".js\"", ".svg\""] {
        let end = page.text.find(ending).expect("an asset");
        let start = page.text[..end].rfind('"').expect("an attribute") + 1;
        let asset = browser.get(&page.text[start..end + ending.len() - 1]);
        assert_eq!(asset.status, StatusCode::OK);
        assert!(!asset.text.is_empty());
    }
    assert_ne!(browser.get("/console/assets/console.css").status, StatusCode::OK);
}

/// The crate's own part of the promise; the whole of it is in `tests/scenarios/tests/console`.
#[test]
fn the_first_page_is_made_quickly() {
    let mut world = World::new();
    world.letters = 10_000;
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let quickest = (0..40)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(browser.get("/console").status, StatusCode::OK);
            begun.elapsed()
        })
        .min()
        .expect("some");
    // Unoptimised, with the documents made anew each time.
    assert!(quickest < Duration::from_millis(250), "{quickest:?}");
}
