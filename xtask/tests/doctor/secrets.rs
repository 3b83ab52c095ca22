//! A system that repeats, in its error message, everything that it was sent and everything that it gave.

use crate::scene::{Scene, shown};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it gives out, in all places where tokens come from.
const MARKED: &str = "MARKED-5ca1ab1e-0000-4000-8000-token";

/// The server; all that it was sent is kept.
fn echo() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read(&mut stream);
            let mut heard = keep.lock().unwrap();
            let given = heard.iter().any(|before: &String| token(before).is_some());
            let body = token(&request).unwrap_or_else(|| refusal(&request, if given { MARKED } else { "" }));
            heard.push(request);
            drop(heard);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    (address, heard)
}

fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap();
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length =
            text.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || body.is_some_and(|body| body >= length.unwrap_or(0)) {
            return text;
        }
    }
}

/// A token where one is asked for.
fn token(request: &str) -> Option<String> {
    let line = request.lines().next().unwrap_or_default();
    let answers = [
        (
            "LoginByAppSecret",
            json!({"LoginResultType": 1, "KDSVCSessionId": MARKED, "Context": {"SessionId": MARKED}}),
        ),
        (
            "getInitToken",
            json!({"code": 0, "data": {"access_token": MARKED, "refresh_token": MARKED, "expires_in": 9_999_999}}),
        ),
        ("oauth2/access_token", json!({"access_token": MARKED})),
        (
            "push_app_authorize",
            json!({"code": 200, "data": [{"status": 1, "appKey": "key", "appSecret": MARKED, "domain": "https://tf.jdy.com"}]}),
        ),
        (
            "kingdee_auth_token",
            json!({"errcode": 0, "data": {"app-token": MARKED, "expires": 4_000_000_000_000_i64}}),
        ),
        ("Token/Create", json!({"StatusCode": 200, "Data": {"Token": MARKED, "Validity": 3600}})),
    ];
    answers.iter().find(|(path, _)| line.contains(path)).map(|(_, answer)| answer.to_string())
}

/// An error in all vendors' shapes at once, with all in it that might be secret.
fn refusal(request: &str, given: &str) -> String {
    // Values only, the longest first, since a message is cut somewhere; each twice, so that one is cut itself.
    let mut words: Vec<&str> = request.split(['&', '=', '?', ' ', '\r', '\n', '"', ';']).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.truncate(12);
    let said = format!("{given} {} {}", words.join(" "), words.join(" "));
    let errors = json!({"ResponseStatus": {"IsSuccess": false, "MsgCode": 8, "Errors": [{"Message": said}]}});
    json!({"code": 7777, "errcode": 7777, "status": 99, "StatusCode": 201, "msg": said, "message": said,
           "description": said, "Message": said, "Result": errors})
    .to_string()
}

/// Long words of a request that are neither names nor addresses: what must not be shown.
fn signatures(request: &str) -> Vec<String> {
    let names = ["sign", "x-api-signature", "x-kd-signature", "app_signature", "token", "authorization"];
    let head = request.split("\r\n").filter_map(|line| line.split_once(": "));
    let pairs = request.split(['&', '?', ' ', '\n']).filter_map(|pair| pair.split_once('='));
    let found = head.chain(pairs).filter(|(name, _)| names.contains(&name.to_lowercase().as_str()));
    found.map(|(_, value)| value.trim().to_owned()).filter(|value| value.len() >= 16).collect()
}

fn scenes(host: &str) -> Vec<(&'static str, Scene)> {
    let reading = |platform: &str, api: &str| {
        Scene::reading(json!({"platform": platform, "account": platform, "api": api}))
            .set(&format!("{platform}_scheme"), "http")
            .set(&format!("{platform}_host"), host)
            .fresh_token()
    };
    let secret = "SECRET-0123456789abcdef-SECRET";
    let galaxy = |auth: &str| {
        reading("galaxy", "executeBillQuery")
            .set("galaxy_auth", auth)
            .set("galaxy_acct_id", "5f0000000000aa")
            .set("galaxy_user", "demo")
            .set("galaxy_app_id", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs")
            .set("galaxy_app_secret", secret)
    };
    let jushuitan = |api: &str| {
        reading("jushuitan", "/open/shops/query")
            .set("jushuitan_api", api)
            .set("jushuitan_app_key", "5b53060f23d84ddf")
            .set("jushuitan_app_secret", secret)
    };
    vec![
        ("galaxy signed", galaxy("signed")),
        ("galaxy session", galaxy("session")),
        ("jushuitan", jushuitan("current")),
        (
            "jushuitan legacy",
            jushuitan("legacy").set("jushuitan_access_token", "LEGACY-TOKEN-0123456789abcdef"),
        ),
        (
            "wangdiantong",
            reading("wangdiantong", "x")
                .set("wangdiantong_sid", "shop")
                .set("wangdiantong_app_key", "key")
                .set("wangdiantong_app_secret", format!("{secret}:SALT-0123456789abcdef")),
        ),
        ("okki", reading("okki", "x").set("okki_client_id", "client").set("okki_client_secret", secret)),
        (
            "jdy",
            reading("jdy", "x")
                .set("jdy_client_id", "200421")
                .set("jdy_client_secret", secret)
                .set("jdy_outer_instance_id", "226079154111025152"),
        ),
        ("wise", reading("wise", "/SO/Save").set("wise_authority_code", "SECRET0123456789abcdefSECRET")),
    ]
}

#[test]
fn neither_secrets_nor_tokens_nor_signatures_are_shown_even_if_the_system_repeats_them() {
    let (address, heard) = echo();
    for (name, scene) in scenes(&address.to_string()) {
        heard.lock().unwrap().clear();
        // The operator's own secrets are looked for there.
        let report = scene.examine();
        let text = shown(&report);
        assert!(report.exit_code() == 1 && text.contains("***"), "{name} repeats something:\n{text}");
        assert!(!text.contains("MARKED"), "{name}:\n{text}");
        let heard = heard.lock().unwrap();
        assert!(!heard.is_empty());
        for signature in heard.iter().flat_map(|request| signatures(request)) {
            let beginning: String = signature.chars().take(10).collect();
            assert!(!text.contains(&beginning), "{name}: {signature} is in\n{text}");
        }
    }
}
