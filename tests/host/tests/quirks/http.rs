//! The HTTP trigger (spin.md 1.1, 4.2).

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{App, Start, eventually, get, manifest, web};

#[test]
fn health_is_answered_and_an_unknown_path_is_404_with_an_empty_body() {
    let mut app = App::start(&web("").replace("/...", "/only"));
    let url = app.url();
    assert_eq!(get(&format!("{url}/.well-known/spin/health")), (200, "OK".to_owned()));
    assert_eq!(get(&format!("{url}/.well-known/spin/other")).0, 404);
    assert_eq!(get(&format!("{url}/other")), (404, String::new()));
}

#[test]
fn the_headers_of_spin_are_added_and_host_is_taken_away() {
    let mut app = App::start(&web("").replace("/...", "/flows/:name/..."));
    let url = app.url();
    let (_, body) = get(&format!("{url}/flows/abc/run/now?x=1"));
    let headers: serde_json::Value = serde_json::from_str(&body).unwrap();
    let headers = &headers[0]["ok"];
    for (name, value) in [
        ("spin-full-url", format!("{url}/flows/abc/run/now?x=1")),
        ("spin-path-info", "/run/now".to_owned()),
        ("spin-base-path", "/".to_owned()),
        ("spin-component-route", "/flows/:name".to_owned()),
        ("spin-raw-component-route", "/flows/:name/...".to_owned()),
        ("spin-matched-route", "/flows/:name/...".to_owned()),
        ("spin-path-match-name", "abc".to_owned()),
    ] {
        assert_eq!(headers[name], value, "{name} in {headers}");
    }
    assert!(headers["spin-client-addr"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(headers["host"], json!(null));
}

#[test]
fn a_trap_is_500_with_an_empty_body_and_the_host_goes_on() {
    let mut app = App::start(&web(""));
    assert_eq!(app.post("/", &json!([{"do": "trap"}])), (500, String::new()));
    app.wait_for_words("[web] the request failed: the component trapped");
    assert_eq!(app.step(json!({"do": "count"})), json!({"ok": 1}));
}

#[test]
fn each_request_has_an_instance_of_its_own() {
    let mut app = App::start(&web(""));
    assert_eq!(
        app.steps("/", json!([{"do": "count"}, {"do": "count"}])),
        [json!({"ok": 1}), json!({"ok": 2})]
    );
    assert_eq!(app.step(json!({"do": "count"})), json!({"ok": 1}));
    assert_eq!(app.stats("http", "web")["invocations"], 2);
}

#[test]
fn the_guest_goes_on_after_the_client_has_left() {
    let mut app = App::start(&web("key_value_stores = [\"default\"]"));
    let address = app.url().replace("http://", "");
    let steps = json!([{"do": "sleep", "ms": 700}, {"do": "set", "key": "done", "value": "yes"}]).to_string();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{steps}", steps.len()).unwrap();
    // Wait until the instance is at work, then leave.
    std::thread::sleep(Duration::from_millis(300));
    drop(stream);
    eventually("the guest writes its key", || {
        app.step(json!({"do": "get", "key": "done"})) == json!({"ok": "yes"})
    });
}

#[test]
fn a_hundred_requests_are_served_at_once() {
    let mut app = App::start(&web(""));
    let url = app.url();
    app.step(json!({"do": "count"}));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let request = || {
            let steps = json!([{"do": "sleep", "ms": 2000}]).to_string();
            crate::support::send(ureq::http::Request::post(&url).body(steps).unwrap()).0
        };
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(request)).collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 200));
    });
    // One after the other they would take 200 s.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert_eq!(app.stats("http", "web")["invocations"], 101);
}

#[test]
fn components_reach_each_other_and_nobody_outside_poses_as_one() {
    let mut app = App::start(&manifest(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"web\"\n\
         [[trigger.http]]\nroute = { private = true }\ncomponent = \"api\"\n\
         [component.web]\nsource = \"PROBE\"\nallowed_outbound_hosts = [\"http://*.spin.internal\"]\n\
         [component.api]\nsource = \"PROBE\"\n",
    ));
    let chained = app.step(json!({"do": "send", "url": "http://api.spin.internal/a/b"}));
    let headers: serde_json::Value = serde_json::from_str(chained["ok"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(headers[0]["ok"]["spin-client-addr"], "0.0.0.0:0");
    assert_eq!(headers[0]["ok"]["spin-path-info"], "/a/b");
    assert_eq!(app.stats("http", "api")["invocations"], 1);
    // A component that is not the application's is not on the list that the wildcard stands for.
    let denied = app.step(json!({"do": "send", "url": "http://other.spin.internal/"}));
    assert!(denied["err"].as_str().unwrap().contains("HttpRequestDenied"), "{denied}");
    // And one that does not list it may not.
    let inner = json!([{"do": "send", "url": "http://web.spin.internal/"}]).to_string();
    let answer = app.step(json!({"do": "send", "url": "http://api.spin.internal/", "post": inner}));
    assert!(answer["ok"]["body"].as_str().unwrap().contains("HttpRequestDenied"), "{answer}");
}

#[test]
fn a_request_to_itself_comes_back_by_the_front_door() {
    let mut app = App::start(&web("allowed_outbound_hosts = [\"http://self\"]"));
    for url in ["/x/y", "http://self.alt/x/y"] {
        let answer = app.step(json!({"do": "send", "url": url}));
        assert_eq!(answer["ok"]["status"], 200, "{url}: {answer}");
        assert!(answer["ok"]["body"].as_str().unwrap().contains("\"spin-path-info\":\"/x/y\""), "{answer}");
    }
    let mut app = App::start(&web(""));
    let answer = app.step(json!({"do": "send", "url": "/x"}));
    assert!(answer["err"].as_str().unwrap().contains("HttpRequestDenied"), "{answer}");
}

#[test]
fn output_goes_to_stderr_behind_the_components_id_and_to_files() {
    let logs = tempfile::TempDir::new().unwrap();
    let args = ["--log-dir", logs.path().to_str().unwrap()];
    let steps = json!([{"do": "print", "text": "one\ntwo without an end"}]);
    let mut app = App::start_with(&web(""), &Start { args: &args, ..Start::default() });
    app.steps("/", steps.clone());
    app.wait_for("[web] one");
    app.wait_for("[web] two without an end");
    app.wait_for("[web] to stderr");
    let read = |name: &str| std::fs::read_to_string(logs.path().join(name)).unwrap();
    assert_eq!(read("web_stdout.txt"), "one\ntwo without an end");
    assert_eq!(read("web_stderr.txt"), "to stderr\n");

    let mut app = App::start_with(&web(""), &Start { args: &["--quiet"], ..Start::default() });
    app.steps("/", steps);
    app.stats("http", "web");
    assert!(!app.said().contains("[web]"), "{}", app.said());
}

#[test]
fn the_peak_of_memory_is_measured_for_each_invocation() {
    let mut app = App::start(&web(""));
    app.step(json!({"do": "grow", "bytes": 50_000_000}));
    let large = app.stats("http", "web")["last_peak_memory_bytes"].as_u64().unwrap();
    assert!((50_000_000..60_000_000).contains(&large), "{large}");
    app.step(json!({"do": "count"}));
    let small = app.stats("http", "web")["last_peak_memory_bytes"].as_u64().unwrap();
    assert!((1..10_000_000).contains(&small), "{small}");
}

#[test]
fn the_wall_clock_can_be_moved_and_the_monotonic_one_cannot() {
    let mut app = App::start(&web(""));
    let real = app.step(json!({"do": "clock"}))["ok"]["wall_ms"].as_u64().unwrap();
    let day = 86_400_000;
    for offset in [day, -day] {
        let (status, _) = app.control("http", "POST", "/clock", &json!({"offset_ms": offset}).to_string());
        assert_eq!(status, 200);
        let steps = app.steps("/", json!([{"do": "sleep", "ms": 50}, {"do": "clock"}]));
        let wall = steps[1]["ok"]["wall_ms"].as_i64().unwrap();
        assert!((wall - real as i64 - offset).abs() < 3_600_000, "{wall} and {real}");
        let lived = steps[1]["ok"]["lived_ms"].as_u64().unwrap();
        assert!((50..60_000).contains(&lived), "{lived}");
    }
    assert_eq!(app.control("http", "POST", "/clock", "{\"offset\": 1}").0, 400);
}
