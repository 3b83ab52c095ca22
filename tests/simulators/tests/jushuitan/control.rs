//! The control API, and what the call log shows.

use ferry_platforms::jushuitan::Api;
use serde_json::{Value, json};

use crate::client::{BOTH, Client, window};

fn control(client: &Client, method: &str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("http://{}{path}", client.running.control_address());
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut response = match method {
        "GET" => agent.get(url).call(),
        "DELETE" => agent.delete(url).call(),
        _ => agent.post(url).send_json(body),
    }
    .unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

#[test]
fn other_processes_can_do_the_same_over_the_control_api() {
    let client = Client::new(Api::Current);
    let post = |path: &str, body: Value| control(&client, "POST", path, body);
    let get = |path: &str| control(&client, "GET", path, Value::Null);
    assert_eq!(
        post("/generate", json!({"records": 20, "shops": 3, "seed": 2, "until": "2026-11-01T12:00:00"})),
        (200, json!({"records": 20, "shops": 3}))
    );
    let records = get("/records").1;
    let id = &records[0]["io_id"];
    let change = json!({"do": "modify", "ids": [id], "set": {"remark": "改'"}});
    assert_eq!(post("/changes", change), (200, json!({"touched": 1})));
    let changed = get(&format!("/records/{id}")).1;
    assert_eq!(changed["remark"], "改'");
    assert!(
        changed["ts"].as_i64() > records[19]["ts"].as_i64() && changed["modified"] != records[0]["modified"]
    );
    assert_eq!(post("/changes", json!({"do": "set_shops", "shops": [{"shop_id": 1}]})).1["touched"], 1);
    assert_eq!(get("/shops").1.as_array().map(Vec::len), Some(4));
    assert_eq!(post("/switches", json!({"clamp": 3, "codes": "older"})).1["clamp"], 3);
    assert_eq!(post("/switches", json!({"klamp": 3})).0, 400);
    assert_eq!(get("/switches").1["codes"], "older");
    let fault = json!({"ops": ["Inout"], "what": {"kind": "total_lies", "data_count": 9}});
    assert_eq!(post("/faults", fault), (200, json!({"id": 1})));
    assert_eq!(post("/hooks", json!({"after_query": 1, "change": {"do": "expire_tokens"}})).0, 200);
    assert_eq!(client.inout(&window()).unwrap().data_count, Some(9));
    assert_eq!(get("/faults").1[0]["fired"], 1);
    assert_eq!(client.inout(&window()).unwrap_err().code, "token_expired");
    let token = post("/tokens", Value::Null).1;
    assert!(token["access_token"].is_string());
    assert_eq!(control(&client, "DELETE", "/tokens", Value::Null).0, 200);
    assert_eq!(get("/calls").1.as_array().map(Vec::len), Some(2));
    assert_eq!(get("/counters").1["calls"]["Inout"], 2);
    assert_eq!((get("/records/1").0, get("/records/x").0, get("/nothing").0), (404, 400, 404));
    assert_eq!(control(&client, "DELETE", "/faults", Value::Null).0, 200);
    assert_eq!(control(&client, "DELETE", "/calls", Value::Null).0, 200);
    assert_eq!(get("/calls").1, json!([]));
    assert_eq!(post("/reset", json!({})).0, 200);
    assert_eq!((client.running.records().len(), client.running.switches().clamp), (500, None));
}

#[test]
fn the_log_shows_what_was_asked_for_but_no_secret() {
    for api in BOTH {
        let client = Client::new(api);
        client.inout(&window()).unwrap();
        if api == Api::Current {
            client.renew_token().unwrap();
        }
        let known = client.running.credentials();
        let calls = client.running.calls();
        let shown = format!("{calls:?}");
        let token = client.token.borrow().clone().map_or(known.legacy_token, |token| token.access_token);
        assert!(calls[0].args.contains("modified_begin") && calls[0].answered.as_deref() == Some("rows 50"));
        assert!(!shown.contains(&token) && !shown.contains(&known.app_secret), "{shown}");
    }
}
