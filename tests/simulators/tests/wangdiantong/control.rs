//! The control API, and the program.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use ferry_platforms::wangdiantong::{Pager, Search};
use serde_json::{Value, json};

use crate::shop::Shop;

#[test]
fn other_processes_can_do_the_same_over_the_control_api() {
    let shop = Shop::with(0);
    let post = |path: &str, body: Value| shop.control("POST", path, body);
    let get = |path: &str| shop.control("GET", path, Value::Null);
    assert_eq!(post("/generate", json!({"rows": 30, "seed": 2, "days": 3})), (200, json!({"count": 30})));
    let (_, listed) = get("/stockouts?limit=2");
    assert_eq!((&listed["count"], listed["stockouts"].as_array().map(Vec::len)), (&json!(30), Some(2)));
    let number = listed["stockouts"][0]["stockout_no"].as_str().unwrap().to_owned();
    let (_, rest) = get(&format!("/stockouts?after={number}"));
    assert_eq!(rest["stockouts"].as_array().map(Vec::len), Some(29));

    // A number that no double holds goes through a change and out again.
    let details = json!([{"spec_no": "S'1", "num": 123_456_789, "checked_cost_price": 0}]);
    let details = details.to_string().replace("123456789", "123456789012345.6789");
    let set = json!({"remark": "改", "details": serde_json::from_str::<Value>(&details).unwrap()});
    let change = json!({"do": "modify", "numbers": [number], "set": set});
    assert_eq!(post("/changes", change), (200, json!({"touched": 1})));
    let (_, changed) = get(&format!("/stockouts/{number}"));
    assert_eq!((&changed["remark"], &changed["details"][0]["spec_no"]), (&json!("改"), &json!("S'1")));
    let found = shop.find(&Search::number(&number));
    assert_eq!(found.records[0]["goods_count"].to_string(), "123456789012345.6789");

    let mut copy = changed.clone();
    copy["stockout_no"] = json!("CK-copy");
    assert_eq!(post("/changes", json!({"do": "add", "stockouts": [copy]})).1, json!({"touched": 1}));
    assert_eq!(
        post("/changes", json!({"do": "delete", "numbers": ["CK-copy", "CK-none"]})).1,
        json!({"touched": 1})
    );
    assert_eq!(post("/changes", json!({"do": "modify", "numbers": [], "set": {"remarks": "x"}})).0, 400);

    assert_eq!(post("/switches", json!({"clamp": 3, "times": "milliseconds"})).1["clamp"], 3);
    assert_eq!(shop.find(&shop.everything()).records.len(), 3);
    assert_eq!(post("/switches", json!({"klamp": 3})).0, 400);
    assert_eq!(get("/switches").1["edges"], "both");

    let fault = json!({"ops": ["wms.stockout.Process.queryWithDetail"], "what": {"kind": "refuse", "status": 6, "message": "ip限制"}});
    assert_eq!(post("/faults", fault), (200, json!({"id": 1})));
    assert_eq!(shop.ask(&shop.everything(), Pager::first(1)).unwrap_err().code, "ip_refused");
    assert_eq!(get("/faults").1[0]["fired"], 1);
    assert_eq!(
        post("/hooks", json!({"after_query": 1, "change": {"do": "delete", "numbers": [number]}})).0,
        200
    );
    assert_eq!(shop.find(&Search::number(&number)).records.len(), 1);
    assert_eq!(get(&format!("/stockouts/{number}")).0, 404);

    let (_, calls) = get("/calls");
    assert_eq!(calls.as_array().map(Vec::len), Some(4));
    assert!(calls[0]["path"].as_str().unwrap().starts_with("/openapi?sid=wdterp30&"));
    assert_eq!(calls[0]["args"], format!("[{{\"stockout_no\":\"{number}\"}}]"));
    assert_eq!(get("/counters").1["calls"]["wms.stockout.Process.queryWithDetail"], 4);
    assert_eq!(shop.control("DELETE", "/calls", Value::Null).0, 200);
    assert_eq!(shop.control("DELETE", "/faults", Value::Null).0, 200);
    assert_eq!(get("/nothing").0, 404);
    assert_eq!(post("/reset", json!({})).0, 200);
    assert!(shop.platform.stockouts().is_empty() && shop.platform.switches().clamp.is_none());
}

#[test]
fn the_program_says_where_it_listens_and_ends_with_its_parent() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ferry-simulators"))
        .args(["wangdiantong", "--rows", "7", "--until-stdin-closes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let control = ready["control"].as_str().unwrap();
    let listed: Value =
        ureq::get(format!("http://{control}/stockouts")).call().unwrap().body_mut().read_json().unwrap();
    assert_eq!(listed["count"], 7);
    let address = ready["wangdiantong"].as_str().unwrap();
    let refused: Value =
        ureq::post(format!("http://{address}/openapi")).send("").unwrap().body_mut().read_json().unwrap();
    assert_eq!(refused["status"], 1);
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
}
