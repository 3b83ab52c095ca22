use crate::scene::Scene;
use ferry_simulators::galaxy::{Config, Fault, Galaxy, Misbehaviour};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

fn scene(host: &str) -> Scene {
    let known = ferry_simulators::galaxy::Credentials::default();
    Scene::reading(json!({"platform": "galaxy", "account": "galaxy", "api": "executeBillQuery"}))
        .set("galaxy_scheme", "http")
        .set("galaxy_host", host)
        .set("galaxy_acct_id", known.acct_id)
        .set("galaxy_user", known.user)
        .set("galaxy_app_id", known.app_id)
        .set("galaxy_app_secret", known.app_secret)
}

#[test]
fn a_host_that_no_one_knows() {
    scene("no-such-host.invalid").finds("unresolvable", "galaxy_host", "galaxy_host");
}

#[test]
fn nobody_at_the_port() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    scene(&address.to_string()).finds("connection_refused", "galaxy_scheme", "端口没有服务");
}

#[test]
fn an_answer_that_does_not_come() {
    let galaxy = Galaxy::start(Config::default()).unwrap();
    galaxy.arm(Fault::next(&[], Misbehaviour::Delay { ms: 3_000 }));
    let mut scene = scene(&galaxy.address().to_string());
    scene.options.timeout = Duration::from_millis(1_000);
    scene.finds("timed_out", "within 1 s", "1 秒内");
}

#[test]
fn a_connection_that_breaks_off() {
    let galaxy = Galaxy::start(Config::default()).unwrap();
    galaxy.arm(Fault::next(&[], Misbehaviour::DropBefore));
    scene(&galaxy.address().to_string()).finds("broken_off", "Run this again", "请再运行一次");
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let galaxy = Galaxy::start(Config::default()).unwrap();
    let https = scene(&galaxy.address().to_string()).set("galaxy_scheme", "https");
    https.finds("tls", "set galaxy_scheme to http", "galaxy_scheme 设为 http");
}

#[test]
fn a_server_that_does_not_speak_http() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n");
    });
    scene(&address.to_string()).finds("no_http", "galaxy_scheme", "HTTP");
    server.join().unwrap();
}
