//! Outgoing HTTP and `allowed_outbound_hosts` (spin.md 1.2, 4.1).

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{App, Outside, Start, web};

fn denied(answer: &serde_json::Value) -> bool {
    answer["err"].as_str().is_some_and(|text| text.contains("HttpRequestDenied"))
}

#[test]
fn a_listed_host_is_reached_without_added_headers_and_others_are_denied() {
    let outside = Outside::start(Duration::ZERO);
    let address = outside.address;
    let mut app = App::start(&web(&format!("allowed_outbound_hosts = [\"http://{address}\"]")));
    let answer = app.step(json!({"do": "send", "url": format!("http://{address}/x?y=1"), "post": "body"}));
    assert_eq!(
        answer["ok"]["body"],
        format!("POST /x?y=1 HTTP/1.1\r\ncontent-length: 4\r\nhost: {address}\r\n\r\nbody")
    );
    assert!(denied(&app.step(json!({"do": "send", "url": "http://127.0.0.1:1/"}))));
    let http = &app.stats("http", "web")["http"];
    assert_eq!((&http["requests"], &http["denied"]), (&json!(2), &json!(1)));
}

#[test]
fn redirects_are_not_followed_and_connections_are_kept() {
    let outside = Outside::start(Duration::ZERO);
    let mut app = App::start(&web("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]"));
    for _ in 0..3 {
        let answer = app.step(json!({"do": "send", "url": format!("http://{}/redirect", outside.address)}));
        assert_eq!((&answer["ok"]["status"], &answer["ok"]["location"]), (&json!(302), &json!("/elsewhere")));
    }
    assert_eq!(*outside.connections.lock().unwrap(), 1);
}

#[test]
fn a_refused_connection_says_so() {
    let mut app = App::start(&web("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answer = app.step(json!({"do": "send", "url": format!("http://{free}/")}));
    assert!(answer["err"].as_str().unwrap().contains("ConnectionRefused"), "{answer}");
}

#[test]
fn the_guests_time_out_for_the_first_byte_is_kept() {
    let outside = Outside::start(Duration::from_secs(20));
    let mut app = App::start(&web("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]"));
    let start = Instant::now();
    let step = json!({"do": "send_within", "authority": outside.address.to_string(), "first_byte_ms": 200});
    let answer = app.step(step);
    assert!(answer["err"].as_str().unwrap().contains("ConnectionReadTimeout"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn one_bad_templated_host_denies_everything() {
    let outside = Outside::start(Duration::ZERO);
    let manifest = web(&format!(
        "allowed_outbound_hosts = [\"http://{}\", \"https://{{{{ optional }}}}\"]\n\
         [variables]\noptional = {{ default = \"unset.invalid\" }}",
        outside.address
    ));
    let step = json!({"do": "send", "url": format!("http://{}/", outside.address)});
    let good = Start { env: &[("SPIN_VARIABLE_OPTIONAL", "a.b:8443")], ..Start::default() };
    assert_eq!(App::start_with(&manifest, &good).step(step.clone())["ok"]["status"], 200);
    let bad = Start { env: &[("SPIN_VARIABLE_OPTIONAL", "a.b/c")], ..Start::default() };
    let mut app = App::start_with(&manifest, &bad);
    assert!(denied(&app.step(step)));
    app.wait_for_words("[web] all outbound traffic is denied");
}

#[test]
fn an_empty_default_in_a_host_fails_at_load() {
    let manifest = web(
        "allowed_outbound_hosts = [\"https://{{ optional }}\"]\n[variables]\noptional = { default = \"\" }",
    );
    let start = Start { env: &[("SPIN_VARIABLE_OPTIONAL", "a.b")], ..Start::default() };
    let said = App::refused(&manifest, &start);
    assert!(said.contains("Error: Failed to load application"), "{said}");
    assert!(said.contains("loading component `web`"), "{said}");
}
