//! The control API of both.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::wire::{AtOkki, AtWise, document, kind};

fn control(address: SocketAddr, method: &str, path: &str, body: Value) -> (u16, Value) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let url = format!("http://{address}{path}");
    let mut response = match method {
        "GET" => agent.get(url).call(),
        "DELETE" => agent.delete(url).call(),
        _ => agent.post(url).send_json(body),
    }
    .unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

#[test]
fn other_processes_can_do_the_same_with_okki() {
    let at = AtOkki::new(0);
    let address = at.simulator.control_address();
    let post = |path: &str, body: Value| control(address, "POST", path, body);
    let get = |path: &str| control(address, "GET", path, Value::Null);
    assert_eq!(post("/generate", json!({"rows": 5, "seed": 2})), (200, json!({"count": 5})));
    let (_, orders) = get("/orders");
    let id = orders[0]["order_id"].clone();
    let change = json!({"do": "modify", "ids": [id], "set": {"name": "改'"}});
    assert_eq!(post("/changes", change), (200, json!({"touched": 1})));
    assert_eq!(get(&format!("/orders/{id}")).1["name"], "改'");
    assert_eq!(get("/orders/7").0, 404);
    assert_eq!(post("/switches", json!({"sort": "id", "total": "text"})).1["sort"], "id");
    assert_eq!(post("/switches", json!({"sortt": "id"})).0, 400);
    assert_eq!(post("/hooks", json!({"after_query": 1, "change": {"do": "delete", "ids": [id]}})).0, 200);
    let token = at.token();
    assert_eq!(at.list(&token, &at.page(1, 10)).unwrap().total, Some(5));
    assert_eq!(at.list(&token, &at.page(1, 10)).unwrap().total, Some(4));
    assert_eq!(
        post("/faults", json!({"ops": ["OrderInfo"], "what": {"kind": "drop_after"}})),
        (200, json!({"id": 1}))
    );
    assert_eq!(get("/faults").1[0]["seen"], 0);
    assert_eq!(control(address, "DELETE", "/faults", Value::Null).0, 200);
    let (_, counters) = get("/counters");
    assert_eq!(
        (&counters["calls"]["OrderList"], &counters["most_at_once"]["OrderList"]),
        (&json!(2), &json!(1))
    );
    let (_, calls) = get("/calls");
    assert!(calls[1]["args"].as_str().unwrap().contains("start_index=1"), "{calls}");
    assert_eq!(control(address, "DELETE", "/tokens", Value::Null).0, 200);
    kind(at.list(&token, &at.page(1, 10)));
    assert_eq!(control(address, "DELETE", "/calls", Value::Null).0, 200);
    assert_eq!(get("/calls").1, json!([]));
    assert_eq!(post("/reset", json!({})).0, 200);
    assert_eq!(get("/orders").1, json!([]));
    assert_eq!(get("/nothing").0, 404);
}

#[test]
fn other_processes_can_do_the_same_with_wise() {
    let at = AtWise::new();
    let address = at.simulator.control_address();
    let post = |path: &str, body: Value| control(address, "POST", path, body);
    assert_eq!(post("/base", json!({"kind": "material", "number": "M'1", "name": "螺栓"})).0, 200);
    let token = at.token();
    let mut sent = document("SO-1");
    sent["Page2"][0]["FItemID"]["FNumber"] = json!("M'1");
    at.save(&token, &sent).unwrap();
    let (_, orders) = control(address, "GET", "/orders", Value::Null);
    assert_eq!(orders[0]["page2"][0]["FItemID"]["FNumber"], "M'1");
    assert_eq!(post("/changes", json!({"do": "add", "order": orders[0]})), (200, json!({"touched": 1})));
    assert_eq!(at.bills(&token, "SO-1").len(), 1, "the same bill twice");
    assert_eq!(
        post("/changes", json!({"do": "delete", "bill_nos": ["SEORD000001"]})),
        (200, json!({"touched": 2}))
    );
    assert_eq!(post("/switches", json!({"numbering": "honours"})).1["numbering"], "honours");
    assert_eq!(at.save(&token, &sent).unwrap(), "SO-1");
    let detail = |number: &str| {
        let url = format!("{}SO/GetDetail?token={}", at.simulator.url(), token.token);
        let request = json!({"Data": {"FBillNo": number}, "GetProperty": false});
        ureq::post(url).send_json(request).unwrap().body_mut().read_json::<Value>().unwrap()
    };
    assert_eq!(detail("SO-1")["Data"]["Page1"][0]["FPOOrdBillNo"], "SO-1");
    assert_eq!(detail("SO-9")["StatusCode"], 201);
    assert_eq!(control(address, "DELETE", "/tokens", Value::Null).0, 200);
    kind(at.save(&token, &sent));
    assert_eq!(control(address, "PUT", "/orders", Value::Null).0, 404);
}
