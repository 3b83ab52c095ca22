//! What changes something: it is asked about first, done by POST alone, and only by those who may.

use crate::browser::{Browser, Page};
use crate::world::{ADMIN, RETURNS, RUNNER, World};
use ferry_console::{Answer, Role};
use http::StatusCode;
use serde_json::{Value, json};

const ACTIONS: [(&str, bool); 12] = [
    ("run", false),
    ("dry-run", false),
    ("watermark", true),
    ("backfill", true),
    ("reconcile", true),
    ("cancel-job?id=7", true),
    ("retry?id=2300484", true),
    ("delete?id=2300484", true),
    ("skip?id=2300484", true),
    ("unskip?id=2300484", true),
    ("save-version", true),
    ("use-version?version=0", true),
];

fn act(browser: &Browser<'_>, action: &str, fields: &[(&str, &str)]) -> Page {
    browser.press(&format!("/console/flows/{RETURNS}/do/{action}"), fields)
}

/// What was asked that changes something: role, method, path, body.
fn changes(world: &World) -> Vec<(Role, String, Value)> {
    let asked = world.asked.take();
    let changes =
        asked.into_iter().filter(|(_, _, method, path, _)| method != "GET" && path != "/file/check");
    changes.map(|(role, _, method, path, body)| (role, format!("{method} {path}"), body)).collect()
}

#[test]
fn asking_changes_nothing_and_one_may_think_better_of_it() {
    let world = World::new();
    for language in ["en", "zh"] {
        let browser = Browser::logged_in(&world, ADMIN, language);
        for (action, _) in ACTIONS {
            let page = browser.get(&format!("/console/flows/{RETURNS}/do/{action}"));
            assert_eq!(page.status, StatusCode::OK, "{action}");
            assert!(page.text.contains("id=\"question\"") && page.text.contains("data-close"), "{action}");
        }
    }
    assert_eq!(changes(&world), []);
}

#[test]
fn one_with_the_run_token_may_look_and_run_and_nothing_else() {
    let world = World::new();
    let browser = Browser::logged_in(&world, RUNNER, "en");
    for (action, needs_admin) in ACTIONS {
        let path = format!("/console/flows/{RETURNS}/do/{action}");
        let expected = if needs_admin { StatusCode::FORBIDDEN } else { StatusCode::OK };
        assert_eq!(browser.get(&path).status, expected, "{action}");
        let (path, _) = path.split_once('?').unwrap_or((&path, ""));
        let page = browser.press(path, &[("id", "2300484")]);
        assert_eq!(page.status == StatusCode::FORBIDDEN, needs_admin, "{action}");
    }
    let changes = changes(&world);
    let asked: Vec<&str> = changes.iter().map(|(_, asked, _)| asked.as_str()).collect();
    assert_eq!(asked, ["POST /run", "POST /run"]);
    assert!(changes.iter().all(|(role, ..)| *role == Role::Runner), "in the name of who has logged in");
    let page = browser.get(&format!("/console/flows/{RETURNS}")).text;
    assert!(page.contains("This needs a login with the admin_token"), "the buttons say why");
}

#[test]
fn a_run_leads_to_its_page_and_says_once_what_came_of_it() {
    let world = World::new();
    let browser = Browser::logged_in(&world, RUNNER, "en");
    let page = act(&browser, "run", &[("accept_dead", "true")]);
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location.starts_with(&format!("/console/flows/{RETURNS}/runs/")), "{}", page.location);
    assert!(browser.get(&page.location).text.contains("Run completed:"));
    assert!(!browser.get(&page.location).text.contains("Run completed:"), "only once");
    assert_eq!(changes(&world), [(Role::Runner, "POST /run".to_owned(), json!({"accept_dead": true}))]);
}

#[test]
fn a_refusal_is_told_in_the_language_of_the_page() {
    let mut world = World::new();
    let error = json!({"error": {"code": "already_running", "message": "a run is at work", "message_zh": "正在运行", "hint": "", "hint_zh": ""}});
    world.arranged.insert(("POST".to_owned(), "/run".to_owned()), Answer { status: 409, body: error });
    for (language, said) in [("en", "a run is at work"), ("zh", "正在运行")] {
        let browser = Browser::logged_in(&world, ADMIN, language);
        let page = act(&browser, "run", &[]);
        assert!(browser.get(&page.location).text.contains(said), "{language}");
    }
}

#[test]
fn a_dry_run_shows_its_documents() {
    let world = World::new();
    let page = act(&Browser::logged_in(&world, RUNNER, "en"), "dry-run", &[]);
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("nothing was written") && page.text.contains("FBillNo"));
    assert_eq!(changes(&world)[0].2, json!({"dry_run": true, "max_pages": 1}));
}

#[test]
fn ranges_and_watermarks_are_sent_as_the_flows_read_them() {
    let world = World::new();
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let range = [("from", "2026-11-01T00:00"), ("to", "2026-11-02T10:11:12")];
    act(&browser, "backfill", &range);
    act(&browser, "reconcile", &[range[0], range[1], ("carry", "true")]);
    act(&browser, "watermark", &[("watermark", "2026-11-01T00:00:00")]);
    act(&browser, "cancel-job", &[("id", "7")]);
    let asked: Vec<(String, Value)> =
        changes(&world).into_iter().map(|(_, asked, body)| (asked, body)).collect();
    let range = |more: Value| {
        let mut range = json!({"from": "2026-11-01 00:00:00", "to": "2026-11-02 10:11:12"});
        range.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        range
    };
    assert_eq!(
        asked,
        [
            ("POST /backfill".to_owned(), range(json!({}))),
            ("POST /reconcile".to_owned(), range(json!({"carry": true}))),
            ("PUT /watermark".to_owned(), json!({"watermark": "2026-11-01 00:00:00"})),
            ("DELETE /jobs/7".to_owned(), Value::Null),
        ]
    );
}

#[test]
fn letters_are_retried_one_some_or_all_of_a_kind() {
    let world = World::new();
    let browser = Browser::logged_in(&world, ADMIN, "en");
    act(&browser, "retry", &[("id", "2300481")]);
    act(&browser, "retry", &[("id", "2300481"), ("id", "a/b&c")]);
    act(&browser, "retry", &[("code", "rejected")]);
    act(&browser, "retry", &[("code", "")]);
    act(&browser, "delete", &[("id", "a/b")]);
    act(&browser, "skip", &[("ids", "2300481\r\n a \n\n"), ("delete", "2300481")]);
    act(&browser, "unskip", &[("id", "2300002")]);
    let asked: Vec<(String, Value)> =
        changes(&world).into_iter().map(|(_, asked, body)| (asked, body)).collect();
    let kind: Vec<String> =
        (0..37u64).filter(|at| at % 4 == 1).map(|at| (2_300_481 + at).to_string()).collect();
    let retry = "POST /dead/retry".to_owned();
    assert_eq!(
        asked,
        [
            (retry.clone(), json!({"ids": ["2300481"]})),
            (retry.clone(), json!({"ids": ["2300481", "a/b&c"]})),
            (retry.clone(), json!({"ids": kind})),
            (retry, json!({})),
            ("DELETE /dead/a%2Fb".to_owned(), Value::Null),
            ("POST /skip".to_owned(), json!({"ids": ["2300481", "a"]})),
            ("DELETE /dead/2300481".to_owned(), Value::Null),
            ("DELETE /skip/2300002".to_owned(), Value::Null),
        ]
    );
}

#[test]
fn an_expression_is_edited_shown_saved_and_put_back() {
    let world = World::new();
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let (flow, file) = ("galaxy-materials-to-mysql", crate::world::FLOWS[0].file);
    let mapping = format!("/console/flows/{flow}/mapping");
    let field = "target.request[0].children[2]";
    let edited = [
        ("text", file),
        ("base", "0"),
        ("field", field),
        ("value", "_function UPPER({FName})"),
        ("value_was", "{FName}"),
        ("record", r#"{"FName": "steel"}"#),
        ("note", "names in capitals"),
    ];
    let page = browser.press(&mapping, &edited);
    assert!(
        page.text.contains("&quot;STEEL&quot;") && page.text.contains("not saved"),
        "the new value shows at once"
    );
    let wrong: Vec<(&str, &str)> = edited
        .iter()
        .map(|(name, value)| if *name == "value" { (*name, "{FNam}") } else { (*name, *value) })
        .collect();
    let page = browser.press(&mapping, &wrong);
    assert!(page.text.contains("the source does not provide"), "a mistake is told at once");

    let mut asking = edited.to_vec();
    asking.push(("ask", "true"));
    let save = format!("/console/flows/{flow}/do/save-version");
    let page = browser.press(&save, &asking);
    assert!(
        page.text.contains("id=\"question\"") && page.text.contains("UPPER({FName})"),
        "it asks, with what changes"
    );
    assert_eq!(changes(&world), []);
    let page = browser.press(&save, &edited);
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, mapping.as_str()));
    let put = changes(&world);
    assert_eq!(
        (put[0].1.as_str(), &put[0].2["base"], &put[0].2["note"]),
        ("PUT /file", &json!(0), &json!("names in capitals"))
    );
    let saved = put[0].2["text"].as_str().expect("a text");
    assert_eq!(
        saved.replace("\"_function UPPER({FName})\"", "\"{FName}\""),
        file,
        "all else is as it was written"
    );
    let page = browser.get(&mapping).text;
    assert!(page.contains("Version 1 is saved") && page.contains("names in capitals"));

    browser.press(&format!("/console/flows/{flow}/do/use-version"), &[("version", "0")]);
    assert_eq!(changes(&world), [(Role::Admin, "POST /file/use".to_owned(), json!({"version": 0}))]);
}

#[test]
fn a_version_that_gives_records_other_keys_is_asked_about_in_so_many_words() {
    let mut world = World::new();
    let warning = json!({"code": "key_changed", "severity": "warning", "path": "target.request[1]", "line": 28,
        "column": 7, "message": "written a second time", "message_zh": "重复写入"});
    let body = json!({"problems": [warning]});
    world.arranged.insert(("POST".to_owned(), "/file/check".to_owned()), Answer { status: 200, body });
    for (language, words) in [("en", "written a second time"), ("zh-CN", "重复写入")] {
        let browser = Browser::logged_in(&world, ADMIN, language);
        let fields = [("text", "{\"mine\": 1}"), ("base", "0"), ("ask", "true")];
        let page = browser.press("/console/flows/galaxy-materials-to-mysql/do/save-version", &fields);
        assert!(page.text.contains("id=\"question\"") && page.text.contains(words), "{}", page.text);
        let page = browser.get("/console/flows/galaxy-materials-to-mysql/do/use-version?version=0");
        assert!(page.text.contains(words), "{}", page.text);
    }
}

#[test]
fn a_version_that_is_refused_is_not_lost() {
    let mut world = World::new();
    let error = json!({"error": {"code": "not_changeable", "message": "a version may not change this", "message_zh": "不可更改", "problems": []}});
    world.arranged.insert(("PUT".to_owned(), "/file".to_owned()), Answer { status: 422, body: error });
    let page = act(
        &Browser::logged_in(&world, ADMIN, "en"),
        "save-version",
        &[("text", "{\"mine\": 1}"), ("base", "0"), ("note", "my note")],
    );
    assert!(page.text.contains("a version may not change this"));
    assert!(
        page.text.contains("{&quot;mine&quot;: 1}") && page.text.contains("my note"),
        "what was typed is still there"
    );
}
