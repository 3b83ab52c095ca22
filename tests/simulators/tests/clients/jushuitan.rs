//! npm `jushuitan`, which speaks the legacy interface (`vendors/sources.md` 5).

use std::process::Command;

use ferry_simulators::jushuitan::{Config, Generate, Jushuitan, LegacyExpired, Op, OverPageSize, Running};
use serde_json::{Value, json};

use crate::install::{npm_package, run, script};

const NPM: &str = "jushuitan@1.0.2";
const BEGIN: &str = "2026-10-26 12:00:00";
const UNTIL: &str = "2026-11-01 12:00:00";

fn start() -> Running {
    let until = chrono::NaiveDateTime::parse_from_str(UNTIL, "%Y-%m-%d %H:%M:%S").ok();
    let generate = Some(Generate { until, ..Generate::default() });
    let running = Jushuitan::start(Config { generate, ..Config::default() });
    let running = running.expect("the simulator starts on a free port");
    running.set(|switches| switches.calls_per_second = None);
    running
}

/// The client's answers; `other` replaces keys of its configuration.
fn client(running: &Running, other: Value, calls: Value) -> Vec<Value> {
    let home = npm_package(NPM);
    let account = running.credentials();
    let mut task = json!({
        "url": format!("http://{}/api/open/query.aspx", running.address()), "partnerid": account.partner_id,
        "partnerkey": account.partner_key, "token": account.legacy_token, "calls": calls,
    });
    for (name, value) in other.as_object().expect("an object") {
        task[name] = value.clone();
    }
    let mut command = Command::new("node");
    command.arg(script("npm_jushuitan.js")).env("NODE_PATH", home.join("node_modules"));
    let output = run(command, "install nodejs (apt-get install nodejs)", &task.to_string());
    serde_json::from_slice(&output.stdout).expect("the script writes a JSON array")
}

fn page(page_index: usize, page_size: usize, begin: &str) -> Value {
    let form = json!({"modified_begin": begin, "modified_end": UNTIL, "status": "Confirmed",
                      "page_index": page_index, "page_size": page_size});
    json!(["other.inout.query", form])
}

#[test]
fn the_npm_client_reads_records_and_shops() {
    let running = start();
    let expected = running.expected(BEGIN, UNTIL, "Confirmed");
    let pages = expected.len().div_ceil(50);
    let mut calls: Vec<Value> = (1..=pages).map(|n| page(n, 50, BEGIN)).collect();
    calls.push(json!(["shops.query", {"nicks": []}]));
    calls.push(json!(["shops.query", {"nicks": [running.shops()[0]["nick"]]}]));
    calls.push(json!(["refresh.token", {}]));
    calls.push(json!(["other.inout.query", {"so_ids": [running.records()[3]["so_id"]]}]));
    let answers = client(&running, json!({}), calls.into());

    let mut seen = Vec::new();
    for (n, answer) in answers[..pages].iter().enumerate() {
        assert_eq!((&answer["code"], &answer["issuccess"]), (&json!(0), &json!(true)), "{answer}");
        assert_eq!((&answer["data_count"], &answer["page_count"]), (&json!(expected.len()), &json!(pages)));
        assert_eq!(answer["has_next"], n + 1 < pages);
        seen.extend(answer["datas"].as_array().unwrap().iter().map(|row| row["io_id"].as_i64().unwrap()));
    }
    assert!(pages > 1);
    assert_eq!(seen, expected);
    assert_eq!(answers[pages]["shops"].as_array().map(Vec::len), Some(30));
    assert_eq!(answers[pages + 1]["shops"][0]["shop_id"], running.shops()[0]["shop_id"]);
    assert!(answers[pages + 2]["data"]["expired_date"].is_string());
    // JavaScript has one kind of number, so that the digits are not compared.
    assert_eq!(answers[pages + 3]["datas"][0]["remark"], running.records()[3]["remark"]);
    assert_eq!(running.called(Op::LegacyInout), pages as u64 + 1);
}

#[test]
fn the_npm_client_is_refused() {
    let running = start();
    let code = |other: Value, call: Value| client(&running, other, json!([call]))[0]["code"].clone();
    let good = || page(1, 50, BEGIN);
    assert_eq!(code(json!({}), good()), 0);
    assert_eq!(code(json!({"partnerkey": "wrong"}), good()), 120);
    assert_eq!(code(json!({"partnerid": "wrong"}), good()), 100);
    assert_eq!(code(json!({"token": "wrong"}), good()), 170);
    let bad = client(
        &running,
        json!({}),
        json!([
            page(1, 51, BEGIN),
            page(1, 50, "2026-10-25 11:59:59"),
            page(0, 50, BEGIN),
            ["orders.query", {}]
        ]),
    );
    for answer in &bad {
        assert_eq!((&answer["code"], &answer["issuccess"]), (&json!(140), &json!(false)), "{answer}");
    }
    running.set(|switches| switches.over_page_size = OverPageSize::Clamp);
    let clamped = client(&running, json!({}), json!([page(1, 51, BEGIN)]));
    assert_eq!(clamped[0]["datas"].as_array().map(Vec::len), Some(50));

    // A clock that runs away: the signature is right, its time is not.
    running.set(|switches| switches.clock_offset_ms = 3_600_000);
    assert_eq!(code(json!({}), good()), 180);
    running.set(|switches| switches.clock_offset_ms = 0);

    running.expire_tokens();
    let expired = client(&running, json!({}), json!([good(), ["refresh.token", {}], good()]));
    assert_eq!(expired.iter().map(|answer| answer["code"].clone()).collect::<Vec<_>>(), [170, 0, 0]);
    running.set(|switches| switches.legacy_expired = LegacyExpired::Refused);
    running.expire_tokens();
    assert_eq!(code(json!({}), json!(["refresh.token", {}])), 170);
}

#[test]
fn the_npm_client_calls_too_often() {
    let running = start();
    let now = running.now_ms();
    running.set(|switches| {
        switches.calls_per_second = Some(5);
        switches.clock_stands_at_ms = Some(now);
    });
    let calls: Vec<Value> = (0..7).map(|_| page(1, 50, BEGIN)).collect();
    let codes: Vec<Value> =
        client(&running, json!({}), calls.into()).iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, [0, 0, 0, 0, 0, 200, 200]);
}
