//! The robots' own refusals, word for word; that Ferry's messages pass is tested in `shared/watch`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ferry_simulators::robots::{Config, Op, Robots, Running};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

fn start() -> Running {
    Robots::start(Config::default()).expect("they start")
}

fn mac(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Posts a body; the status, and the JSON that comes back.
fn post(robots: &Running, path: &str, body: &[u8]) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("http://{}{path}", robots.address());
    let sent = agent.post(url).header("content-type", "application/json").send(body);
    let mut answer = sent.expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a text");
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The address of 钉钉 at a time that is so many milliseconds off, signed with this secret.
fn dingtalk(robots: &Running, off_ms: i64, secret: &str) -> String {
    let timestamp = robots.now_ms() + off_ms;
    let sign = mac(secret, &format!("{timestamp}\n{secret}"));
    let sign: String = form_urlencoded::byte_serialize(sign.as_bytes()).collect();
    format!("/robot/send?access_token={}&timestamp={timestamp}&sign={sign}", robots.data().dingtalk_token)
}

fn feishu(robots: &Running, off_s: i64, secret: &str, content: &Value) -> Vec<u8> {
    let timestamp = robots.now_ms() / 1000 + off_s;
    let sign = mac(&format!("{timestamp}\n{secret}"), "");
    let mut body = content.clone();
    body["timestamp"] = json!(timestamp.to_string());
    body["sign"] = json!(sign);
    body.to_string().into_bytes()
}

fn code(answer: &(u16, Value), field: &str, message: &str) -> (i64, String) {
    let number = answer.1[field].as_i64().unwrap_or_else(|| panic!("{answer:?}"));
    (number, answer.1[message].as_str().unwrap_or_default().to_owned())
}

#[test]
fn dingtalk_says_what_is_wrong_in_its_own_words() {
    let robots = start();
    let secret = robots.data().dingtalk_secret;
    let good = json!({"msgtype": "text", "text": {"content": "Ferry"}}).to_string();
    let long = json!({"msgtype": "text", "text": {"content": "x".repeat(20_000)}}).to_string();
    let wrong_type = json!({"msgtype": "txt", "txt": {"content": "Ferry"}}).to_string();
    let now = |off, secret: &str| dingtalk(&robots, off, secret);
    let without_sign = format!("/robot/send?access_token={}", robots.data().dingtalk_token);
    let cases = [
        ("/robot/send".to_owned(), &good, 40_035, "缺少参数 access_token"),
        ("/robot/send?access_token=x".to_owned(), &good, 300_005, "token is not exist"),
        (without_sign, &good, 310_000, "invalid timestamp"),
        (now(-3_601_000, &secret), &good, 310_000, "invalid timestamp"),
        (now(3_602_000, &secret), &good, 310_000, "invalid timestamp"),
        (now(0, "SECother"), &good, 310_000, "sign not match"),
        (now(0, &secret), &wrong_type, 400_105, "不支持的消息类型"),
        (now(0, &secret), &long, 460_101, "message too long, exceed 20000 bytes"),
        (now(-3_500_000, &secret), &good, 0, "ok"),
    ];
    for (path, body, number, words) in cases {
        let answer = post(&robots, &path, body.as_bytes());
        assert_eq!(
            (answer.0, code(&answer, "errcode", "errmsg")),
            (200, (number, words.to_owned())),
            "{path}"
        );
    }
    assert_eq!(robots.received_by(Op::Dingtalk)[0].text, "Ferry");
    // Three have counted so far. After the twentieth in a minute it is silent for ten.
    for _ in 3..20 {
        assert_eq!(post(&robots, &now(0, &secret), good.as_bytes()).1["errcode"], 0);
    }
    let too_many = |ahead_ms: i64| {
        robots.set(|switches| switches.clock_offset_ms = ahead_ms);
        code(&post(&robots, &now(0, &secret), good.as_bytes()), "errcode", "errmsg")
    };
    for ahead_ms in [0, 61_000, 590_000] {
        assert_eq!(too_many(ahead_ms), (130_101, "send too fast, exceed 20 times per minute".to_owned()));
    }
    assert_eq!(too_many(605_000).0, 0);
}

#[test]
fn wecom_says_what_is_wrong_in_its_own_words() {
    let robots = start();
    let path = format!("/cgi-bin/webhook/send?key={}", robots.data().wecom_key);
    let text = |kind: &str, length: usize| {
        json!({"msgtype": kind, kind: {"content": "x".repeat(length)}}).to_string()
    };
    for (path, body, number, words) in [
        ("/cgi-bin/webhook/send?key=x", text("text", 5), 93_000, "invalid webhook url, hint"),
        (&path, text("news", 5), 40_008, "invalid message type, hint"),
        (&path, text("text", 0), 44_004, "empty content"),
        (&path, text("text", 2049), 40_058, "text.content exceed max length 2048"),
        (&path, text("markdown", 4097), 40_058, "markdown.content exceed max length 4096"),
        (&path, text("text", 2048), 0, "ok"),
        (&path, text("markdown", 4096), 0, "ok"),
    ] {
        let (number_said, said) = code(&post(&robots, path, body.as_bytes()), "errcode", "errmsg");
        assert_eq!(number_said, number, "{said}");
        assert!(said.starts_with(words), "{said}");
    }
    let answers = (0..20).map(|_| post(&robots, &path, text("text", 5).as_bytes()).1["errcode"].clone());
    let answers: Vec<Value> = answers.collect();
    assert_eq!(answers.iter().filter(|number| **number == 0).count(), 20 - 6, "six have counted before");
    assert!(answers.ends_with(&[json!(45_009)]));
}

#[test]
fn feishu_says_what_is_wrong_in_its_own_words() {
    let robots = start();
    let secret = robots.data().feishu_secret;
    let path = format!("/open-apis/bot/v2/hook/{}", robots.data().feishu_hook);
    let good = json!({"msg_type": "text", "content": {"text": "Ferry"}});
    let long = json!({"msg_type": "text", "content": {"text": "x".repeat(20_480)}});
    let not_signed = "sign match fail or timestamp is not within one hour from current time";
    let signed = |off, secret: &str, content: &Value| feishu(&robots, off, secret, content);
    let cases = [
        (
            "/open-apis/bot/v2/hook/x",
            signed(0, &secret, &good),
            19_001,
            "param invalid: incoming webhook access token invalid",
        ),
        (&*path, good.to_string().into_bytes(), 19_021, not_signed),
        (&*path, signed(0, "other", &good), 19_021, not_signed),
        (&*path, signed(-3_602, &secret, &good), 19_021, not_signed),
        (
            &*path,
            signed(0, &secret, &json!({"msgtype": "text", "content": {"text": "Ferry"}})),
            19_002,
            "params error, msg_type need",
        ),
        (&*path, signed(0, &secret, &long), 9499, "Bad Request"),
        (&*path, signed(-3_500, &secret, &good), 0, "success"),
    ];
    for (index, (path, body, number, words)) in cases.into_iter().enumerate() {
        // Five a second are allowed.
        robots.set(|switches| switches.clock_offset_ms = 2000 * i64::try_from(index).unwrap_or(0));
        let answer = post(&robots, path, &body);
        assert_eq!(code(&answer, "code", "msg"), (number, words.to_owned()));
        assert_eq!(answer.0, if number == 9499 { 400 } else { 200 });
    }
    robots.set(|switches| switches.clock_offset_ms = 60_000);
    let burst: Vec<Value> =
        (0..7).map(|_| post(&robots, &path, &signed(0, &secret, &good)).1["code"].clone()).collect();
    assert!(burst.contains(&json!(11_232)), "{burst:?}");
}

#[test]
fn webhook_and_heartbeat_answer_at_their_addresses_alone() {
    let robots = start();
    let data = robots.data();
    assert_eq!(post(&robots, &data.webhook_path, b"{\"text\": \"Ferry\"}").0, 200);
    assert_eq!(post(&robots, "/hooks/other", b"{}").0, 404);
    assert_eq!(post(&robots, &data.webhook_path, b"no JSON").0, 400);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let get = |path: &str| {
        let url = format!("http://{}{path}", robots.address());
        agent.get(url).call().expect("an answer").status().as_u16()
    };
    assert_eq!((get(&data.heartbeat_path), get("/beats/other"), get(&data.webhook_path)), (200, 404, 405));
    robots.set(|switches| (switches.webhook_status, switches.heartbeat_status) = (500, 503));
    assert_eq!(post(&robots, &data.webhook_path, b"{}").0, 500);
    assert_eq!(get(&data.heartbeat_path), 503);
    assert_eq!(robots.received().len(), 2);
}
