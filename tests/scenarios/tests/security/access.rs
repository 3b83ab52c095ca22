use ferry_scenarios::app::scene::{ADMIN_TOKEN, RUN_TOKEN, TICK_TOKEN};
use ferry_scenarios::app::{Flow, Scene};
use ferry_sync::webhook::{ROUTES, Scope};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use xtask::stage::FLOW;

/// From the routes' own table, so that a new one cannot be forgotten.
#[test]
fn every_route_is_closed_without_the_token_that_it_asks_for() {
    let scene = Scene::new("every_route");
    scene.galaxy.generate(10);
    let flow = scene.start();
    flow.run();
    let before = (scene.table(), flow.state());
    for route in &ROUTES {
        let path = format!("/flows/{FLOW}{}", route.path.replace('*', "7"));
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let status = |path: &str, token: &str| {
                let answer = flow.request(method, path, token, b"not even JSON").expect("an answer");
                (answer.status, answer.body)
            };
            for token in ["", "wrong-token-of-sufficient-length", TICK_TOKEN, &ADMIN_TOKEN[1..]] {
                assert_eq!(status(&path, token).0, 401, "{method} {path} with {token:?}");
            }
            for query in ["tick_token", "admin_token", "token"] {
                let query = format!("{path}?{query}={}", ADMIN_TOKEN.replace('+', "%2B"));
                assert_eq!(status(&query, "").0, 401, "{method} {query}");
            }
            if method != route.method.as_str() {
                continue;
            }
            let ticked = status(&format!("{path}?tick_token={TICK_TOKEN}"), "");
            assert_eq!(ticked.0 == 403, route.scope != Scope::Tick, "{method} {path}: {}", ticked.1);
            let ran = status(&path, RUN_TOKEN);
            assert_eq!(ran.0 == 403, route.scope == Scope::Admin, "{method} {path}: {}", ran.1);
            let admin = status(&path, ADMIN_TOKEN);
            assert!(![401, 403, 405].contains(&admin.0), "{method} {path}: {}", admin.1);
        }
    }
    // What was let in ran, or was refused for its body; nothing else has changed.
    let after = flow.state();
    assert_eq!((&before.0, &before.1["skipped"]), (&scene.table(), &after["skipped"]));
    scene.assert_in_step();
}

/// Sends bytes as they are; what comes back.
fn raw(flow: &Flow, bytes: &[u8]) -> String {
    let address = flow.app.base().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the app listens");
    stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    // One that refuses early need not read to the end.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_is_hardly_http_opens_nothing_and_stops_nothing() {
    let scene = Scene::new("hardly_http");
    scene.galaxy.generate(10);
    let flow = scene.start();
    let request =
        |line: &str, headers: &str| format!("{line}\r\nHost: ferry\r\nConnection: close\r\n{headers}\r\n");
    let state = format!("GET /flows/{FLOW} HTTP/1.1");
    let mut cases: Vec<Vec<u8>> = [
        request(&state, ""),
        request(&state, "Authorization: Bearer\r\n"),
        request(&state, &format!("Authorization: {ADMIN_TOKEN}\r\n")),
        request(&state, &format!("Authorization: Basic {ADMIN_TOKEN}\r\n")),
        request(&state, &format!("Authorization: Bearer x\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\n")),
        request(&state, &format!("Authorization : Bearer {ADMIN_TOKEN}\r\n")),
        request(
            &state,
            &format!(
                "X-Forwarded-For: 127.0.0.1\r\nX-Original-Url: /healthz\r\nCookie: token={ADMIN_TOKEN}\r\n"
            ),
        ),
        request(&format!("GET /flows/{FLOW}/../{FLOW} HTTP/1.1"), ""),
        request(&format!("GET //flows/{FLOW} HTTP/1.1"), ""),
        request(&format!("GET http://127.0.0.1/flows/{FLOW} HTTP/1.1"), ""),
        request(
            &format!("GET /flows/{FLOW}\0/run HTTP/1.1"),
            &format!("Authorization: Bearer {ADMIN_TOKEN}\r\n"),
        ),
        request(&format!("GET /flows/{FLOW}?{} HTTP/1.1", "x".repeat(300_000)), ""),
        request(&format!("{} /flows/{FLOW} HTTP/1.1", "X".repeat(5000)), ""),
        request(&format!("POST /flows/{FLOW}/run HTTP/1.1"), "Content-Length: 5\r\nContent-Length: 50\r\n"),
        request(
            &format!("POST /flows/{FLOW}/run HTTP/1.1"),
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        ),
        "\0\0\0\0\r\n\r\n".to_owned(),
    ]
    .map(String::into_bytes)
    .into();
    cases.push(
        [state.as_bytes(), b"\r\nHost: ferry\r\nConnection: close\r\nAuthorization: Bearer \xff\xfe\r\n\r\n"]
            .concat(),
    );
    for case in cases {
        let answer = raw(&flow, &case);
        let shown: String = String::from_utf8_lossy(&case).chars().take(200).collect();
        assert!(!answer.starts_with("HTTP/1.1 2"), "{shown}: {answer}");
        assert!(!answer.contains("lag_seconds"), "{shown}: {answer}");
    }
    // With the one right way of writing it, the same request is let in; so these were not refused for nothing.
    let let_in = raw(&flow, request(&state, &format!("authorization: bearer {ADMIN_TOKEN}\r\n")).as_bytes());
    assert!(let_in.contains("not_initialised") || let_in.contains("watermark"), "{let_in}");
    flow.run();
    assert_eq!(flow.ask("GET", "", json!(null)).status, 200);
    scene.assert_in_step();
}
