//! The control API does the same for other processes.

use serde_json::{Value, json};

use crate::client::{Client, code, page, shop};

#[test]
fn other_processes_can_do_the_same() {
    let mut client = Client::new(0);
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let base = format!("http://{}", client.jdy.control_address());
    let call = |method: &str, path: &str, body: Value| -> (u16, Value) {
        let url = format!("{base}{path}");
        let mut response = match method {
            "GET" => agent.get(url).call(),
            "DELETE" => agent.delete(url).call(),
            _ => agent.post(url).send_json(body),
        }
        .unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    };
    assert_eq!(call("POST", "/generate", json!({"customers": 30, "seed": 2})), (200, json!({"count": 30})));
    assert_eq!(call("GET", "/customers", Value::Null).1.as_array().map(Vec::len), Some(30));
    let rename = json!({"do": "rename", "numbers": ["KH00001"], "name": "改"});
    assert_eq!(call("POST", "/changes", rename), (200, json!({"touched": 1})));
    assert_eq!(call("GET", "/customers/KH00001", Value::Null).1["name"], "改");
    assert_eq!(call("GET", "/customers/none", Value::Null).0, 404);
    assert_eq!(call("POST", "/switches", json!({"over_page": "clamped"})).1["over_page"], "clamped");
    assert_eq!(client.list(&page(1, 2000)).unwrap().rows.len(), 30);
    assert_eq!(call("POST", "/switches", json!({"over_pages": 3})).0, 400);
    let fault = json!({"ops": ["Save"], "what": {"kind": "refuse", "errcode": 1_000_002_001, "description": "服务异常"}});
    assert_eq!(call("POST", "/faults", fault), (200, json!({"id": 1})));
    assert_eq!(code(client.save(&shop("1"))), "server_error");
    assert_eq!(call("GET", "/faults", Value::Null).1[0]["fired"], 1);
    let hook = json!({"after_query": 1, "change": {"do": "delete", "numbers": ["KH00001"]}});
    assert_eq!(call("POST", "/hooks", hook).0, 200);
    client.list(&page(1, 10)).unwrap();
    assert_eq!(call("GET", "/customers/KH00001", Value::Null).0, 404);
    assert_eq!(call("DELETE", "/faults", Value::Null).0, 200);
    assert_eq!(call("GET", "/counters", Value::Null).1["calls"]["List"], 2);
    assert_eq!(call("GET", "/calls", Value::Null).1.as_array().map(Vec::len), Some(5));
    assert_eq!(call("DELETE", "/tokens", Value::Null).0, 200);
    assert_eq!(code(client.find("1")), "token_expired");
    let old = client.authorise().unwrap();
    assert_eq!(call("POST", "/rotate-secrets", Value::Null).0, 200);
    assert_eq!(code(client.ask_token(&old)), "app_secret_rotated");
    assert_eq!(call("DELETE", "/calls", Value::Null).0, 200);
    assert_eq!(call("POST", "/reset", Value::Null).0, 200);
    assert_eq!(call("GET", "/nothing", Value::Null).0, 404);
    assert!(client.jdy.customers().is_empty());
    client.enter();
    client.save(&shop("1")).unwrap();
}
