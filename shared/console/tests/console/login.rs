//! In, out, and who is let in.

use crate::browser::{Browser, body};
use crate::world::{ADMIN, FLOWS, RETURNS, RUNNER, World};
use http::StatusCode;

const PAGES: [&str; 12] = [
    "/console",
    "/console/dead",
    "/console/interfaces",
    "/console/log",
    "/console/alerts",
    "/console/flows/jushuitan-returns-to-galaxy",
    "/console/flows/jushuitan-returns-to-galaxy/runs/4000-0004d8",
    "/console/flows/jushuitan-returns-to-galaxy/dead",
    "/console/flows/jushuitan-returns-to-galaxy/dead/2300484",
    "/console/flows/jushuitan-returns-to-galaxy/mapping",
    "/console/flows/jushuitan-returns-to-galaxy/do/run",
    "/console/flows/unknown",
];

#[test]
fn nothing_is_shown_and_no_flow_is_asked_without_a_login() {
    let world = World::new();
    let browser = Browser::new(&world, "en");
    for path in PAGES {
        let page = browser.get(path);
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert!(page.location.starts_with("/console/login?next=%2Fconsole"), "{path}: {}", page.location);
        let page = browser.post(path, &[]);
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
    }
    let forged = browser.send("GET", "/console", &[("cookie", "ferry_session=AAAA")], "");
    assert_eq!(forged.status, StatusCode::SEE_OTHER);
    assert!(world.asked.borrow().is_empty());
}

#[test]
fn a_wrong_token_is_refused_in_the_browsers_language() {
    let world = World::new();
    for (language, said) in [("en-GB,en", "This is neither"), ("zh-CN,zh;q=0.9", "这既不是")] {
        let browser = Browser::new(&world, language);
        for token in ["", "wrong-wrong-wrong-wrong-wrong", "admin-token-of-thirty-character"] {
            let page = browser.post("/console/login", &[("token", token)]);
            assert_eq!(page.status, StatusCode::UNAUTHORIZED);
            assert!(page.text.contains(said) && page.cookie.is_empty(), "{language}: {}", page.text);
        }
    }
}

#[test]
fn the_cookie_is_for_this_site_alone_and_holds_no_token() {
    let world = World::new();
    let browser = Browser::new(&world, "en");
    let page = browser.post("/console/login", &[("token", ADMIN), ("next", "/console/log")]);
    assert_eq!(page.location, "/console/log");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=43200"] {
        assert!(page.cookie.contains(attribute), "{}", page.cookie);
    }
    assert!(!page.cookie.contains("Secure") && !page.cookie.contains("admin-token"));
    let https = [("origin", "https://ferry.example"), ("x-forwarded-proto", "https")];
    let page = browser.send("POST", "/console/login", &https, &body(&[("token", RUNNER)]));
    assert!(page.cookie.ends_with("; Secure"), "{}", page.cookie);
    let page = browser.post("/console/login", &[("token", ADMIN), ("next", "//evil.example")]);
    assert_eq!(page.location, "/console");
}

#[test]
fn without_tokens_or_state_key_nobody_gets_in_and_the_page_says_why() {
    for (variable, said) in [("state_key", "state_key"), ("admin_token", "admin_token")] {
        let mut world = World::new();
        world.variables.insert(variable.to_owned(), "short".to_owned());
        let page = Browser::new(&world, "en").post("/console/login", &[("token", ADMIN)]);
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains(said) && page.cookie.is_empty(), "{}", page.text);
    }
}

#[test]
fn one_who_logs_out_is_out_and_so_is_everybody_when_the_token_changes() {
    let mut world = World::new();
    let cookies = {
        let browser = Browser::logged_in(&world, ADMIN, "en");
        assert_eq!(browser.get("/console").status, StatusCode::OK);
        let page = browser.press("/console/logout", &[]);
        assert!(page.cookie.starts_with("ferry_session=;"), "{}", page.cookie);
        assert_eq!(browser.get("/console").status, StatusCode::SEE_OTHER);
        let page = browser.post("/console/login", &[("token", ADMIN)]);
        page.cookie.split(';').next().expect("a pair").to_owned()
    };
    let with =
        |world: &World| Browser::new(world, "en").send("GET", "/console", &[("cookie", &cookies)], "").status;
    assert_eq!(with(&world), StatusCode::OK);
    world.now += 13 * 3600;
    assert_eq!(with(&world), StatusCode::SEE_OTHER, "a session ends");
    world.now -= 13 * 3600;
    world.variables.insert("admin_token".to_owned(), "another-token-of-thirty-letters".to_owned());
    assert_eq!(with(&world), StatusCode::SEE_OTHER, "its token was changed");
}

#[test]
fn what_another_site_sends_is_refused_and_nothing_is_asked() {
    let world = World::new();
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let token = browser.get("/console").form_token().to_owned();
    world.asked.borrow_mut().clear();
    let path = format!("/console/flows/{RETURNS}/do/run");
    let right = body(&[("form_token", &token)]);
    let origins: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://ferry.example"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://ferry.example.evil.example"), ("sec-fetch-site", "same-origin")],
    ];
    for headers in origins {
        assert_eq!(browser.send("POST", &path, headers, &right).status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    for wrong in [vec![], vec![("form_token", "")], vec![("form_token", "AAAAAAAAAAAAAAAAAAAAAA")]] {
        assert_eq!(browser.post(&path, &wrong).status, StatusCode::FORBIDDEN, "{wrong:?}");
    }
    assert!(world.asked.borrow().is_empty(), "{:?}", world.asked.borrow());
    // The token of another session of the same person.
    let other = Browser::logged_in(&world, ADMIN, "en").get("/console").form_token().to_owned();
    assert_eq!(browser.post(&path, &[("form_token", &other)]).status, StatusCode::FORBIDDEN);
    let proxied = [("origin", "https://public.example"), ("x-forwarded-host", "public.example")];
    assert_eq!(browser.send("POST", &path, &proxied, &right).status, StatusCode::SEE_OTHER);
}

#[test]
fn language_and_theme_are_kept_and_lead_nowhere_else() {
    let world = World::new();
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let page = browser.post("/console/preferences", &[("lang", "zh"), ("back", "/console/log?level=error")]);
    assert_eq!(page.location, "/console/log?level=error");
    assert!(browser.get("/console").text.contains("<html lang=\"zh\" data-theme=\"auto\""));
    let page = browser.post("/console/preferences", &[("theme", "dark"), ("back", "https://evil.example")]);
    assert_eq!(page.location, "/console");
    assert!(browser.get("/console").text.contains("<html lang=\"zh\" data-theme=\"dark\""));
}

#[test]
fn other_paths_answer_as_before() {
    let world = World::new();
    let browser = Browser::new(&world, "en");
    assert_eq!(browser.get("/").location, "/console");
    for (path, code) in
        [("/flows/none", "unknown_flow"), ("/consoles", "unknown_route"), ("/x", "unknown_route")]
    {
        let page = browser.get(path);
        let error: serde_json::Value = serde_json::from_str(&page.text).expect("JSON");
        assert_eq!((page.status, &error["error"]["code"]), (StatusCode::NOT_FOUND, &code.into()), "{path}");
        assert!(error["error"]["message_zh"].is_string() && error["error"]["hint_zh"].is_string());
    }
}

#[test]
fn a_flow_that_is_not_enabled_has_no_pages() {
    let mut world = World::new();
    world.variables.insert("flows_enabled".to_owned(), FLOWS[0].name.to_owned());
    let browser = Browser::logged_in(&world, ADMIN, "en");
    let page = browser.get("/console");
    assert!(page.text.contains(FLOWS[0].name) && !page.text.contains(RETURNS));
    assert_eq!(browser.get(&format!("/console/flows/{RETURNS}")).status, StatusCode::NOT_FOUND);
}
