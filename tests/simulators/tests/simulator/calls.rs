//! Logins, malformed calls, the control API.

use ferry_simulators::galaxy::BadSignature;
use serde_json::{Value, json};

use crate::client::{Client, FORM_SERVICE, code};

/// The moment of the vectors in `vendors/kingdee.md` 1.2.1.
const VECTOR_TIME_MS: i64 = 1_700_000_000_000;

#[test]
fn the_documents_vectors_are_accepted_at_their_time_and_no_other() {
    let client = Client::new(1);
    let account = client.galaxy.credentials();
    let sign = "07d88f3c4ad93a88eb56d62afd6115d20647e535919acd2aaeb94439bf46a6c6";
    let login = |sign: &str| {
        let url = format!(
            "{}Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginBySign.common.kdsvc",
            client.galaxy.url()
        );
        let parameters = json!([account.acct_id, account.user, account.app_id, 1_700_000_000, sign, 2052]);
        let mut response = client.agent.post(url).send_json(json!({"parameters": parameters})).unwrap();
        response.body_mut().read_json::<Value>().unwrap()["LoginResultType"].clone()
    };
    let signed_query = || {
        let url = format!("{}{FORM_SERVICE}.ExecuteBillQuery.common.kdsvc", client.galaxy.url());
        let mut request = client.agent.post(url);
        for (name, value) in [
            ("X-Api-ClientID", "100001"),
            ("X-Api-Auth-Version", "2.0"),
            ("x-api-timestamp", "1700000000"),
            ("x-api-nonce", "1700000000"),
            ("x-api-signheaders", "x-api-timestamp,x-api-nonce"),
            (
                "X-Api-Signature",
                "Y2M1MmY2ODJlOWFjOWNhYWEwMjk0NTU0OTUxZmY4Y2EwOGJmODY4NTE0OTk2YzA5NTE1ZWFmNGRiZDcyNWUyZA==",
            ),
            ("X-Kd-Appkey", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs"),
            ("X-Kd-Appdata", "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLDA="),
            (
                "X-Kd-Signature",
                "M2RiZmZjNGM1ODE4ZjA1ZWQzNDZkMWU2YzQzZTk2ODc4ZTBiMDc4MTU2ZWNkYjIzMDk5YzQyNzRhNTVhZDRiYw==",
            ),
        ] {
            request = request.header(name, value);
        }
        let data = json!({"FormId": "BD_MATERIAL", "FieldKeys": "FNumber"});
        request.send_json(json!({"data": data})).unwrap().body_mut().read_json::<Value>().unwrap()
    };
    assert_eq!(login(sign), -1, "years too late");
    assert_eq!(*code(&signed_query()), 1, "years too late");
    client.galaxy.set(|switches| switches.timestamp_tolerance_s = None);
    assert_eq!(signed_query().as_array().map(Vec::len), Some(1));
    let offset = VECTOR_TIME_MS - client.galaxy.now_ms();
    client.galaxy.set(|switches| {
        switches.timestamp_tolerance_s = Some(300);
        switches.clock_offset_ms = offset;
    });
    assert_eq!(login(sign), 1);
    assert_eq!(login(&sign.replace('0', "1")), -1);
    assert_eq!(*code(&signed_query()), Value::Null);
    assert_eq!(signed_query()[0].as_array().map(Vec::len), Some(1));
}

#[test]
fn logins_and_signatures_are_refused_as_their_switches_say() {
    let mut client = Client::new(1);
    for (kind, opens) in [(-5, true), (-7, false)] {
        client.galaxy.set(|switches| switches.login_result = Some(kind));
        assert_eq!(client.login()["LoginResultType"], kind);
        assert_eq!(!client.session.is_empty(), opens);
    }
    let send = |client: &Client| {
        let url = format!("{}{FORM_SERVICE}.View.common.kdsvc", client.galaxy.url());
        let request = client.agent.post(url).header("X-Api-Signature", "x").header("X-Kd-Signature", "x");
        request.send_json(json!({})).unwrap()
    };
    assert_eq!(*code(&send(&client).body_mut().read_json::<Value>().unwrap()), 1);
    client.galaxy.set(|switches| switches.bad_signature = BadSignature::Http401);
    assert_eq!(send(&client).status(), 401);
}

#[test]
fn malformed_calls_are_answered_as_exceptions_or_parameter_errors() {
    let client = Client::new(1);
    let url = |op: &str| format!("{}{FORM_SERVICE}.{op}.common.kdsvc", client.galaxy.url());
    let raw = |op: &str, body: &str| {
        let request = client.agent.post(url(op)).header("kdservice-sessionid", &client.session);
        request.send(body).unwrap().body_mut().read_to_string().unwrap()
    };
    assert!(raw("View", "{\"formid\":").starts_with("response_error:{\"Message\":"));
    assert!(raw("Push", "{}").starts_with("response_error:"));
    assert!(raw("View", "{\"formid\":\"STK_MisDelivery\"}").contains("\"MsgCode\":8"));
    assert!(raw("View", "{\"data\":{}}").contains("\"MsgCode\":5"));
    assert_eq!(client.agent.get(url("View")).call().unwrap().status(), 405);
    let elsewhere = client.galaxy.url().replace("k3cloud", "other");
    assert_eq!(client.agent.post(elsewhere).send("").unwrap().status(), 404);
}

#[test]
fn other_processes_can_do_the_same_over_the_control_api() {
    let client = Client::new(0);
    let post = |path: &str, body: Value| client.control("POST", path, body);
    assert_eq!(post("/generate", json!({"rows": 30, "seed": 2})), (200, json!({"count": 30})));
    let (_, listed) = client.control("GET", "/materials?filter=FMATERIALID%3E0&limit=2", Value::Null);
    assert_eq!((&listed["count"], listed["materials"].as_array().map(Vec::len)), (&json!(30), Some(2)));
    let id = listed["materials"][0]["id"].clone();
    let change = json!({"do": "modify", "ids": [id], "set": {"name": "改", "product_line": null}});
    assert_eq!(post("/changes", change), (200, json!({"touched": 1})));
    let (_, changed) = client.control("GET", &format!("/materials/{id}"), Value::Null);
    assert_eq!((&changed["name"], &changed["product_line"]), (&json!("改"), &Value::Null));
    assert_eq!(post("/changes", json!({"do": "add", "materials": [changed]})).0, 200);
    assert_eq!(post("/switches", json!({"clamp": 3, "dates": "blank"})).1["clamp"], 3);
    assert_eq!(client.ids(json!({})).len(), 3);
    assert_eq!(post("/switches", json!({"klamp": 3})).0, 400);
    let fault = json!({"ops": ["ExecuteBillQuery"], "what": {"kind": "call_limit"}});
    assert_eq!(post("/faults", fault), (200, json!({"id": 1})));
    assert_eq!(*code(&client.query(json!({}))), 14);
    assert_eq!(client.control("GET", "/faults", Value::Null).1[0]["fired"], 1);
    assert_eq!(post("/hooks", json!({"after_query": 1, "change": {"do": "delete", "ids": [id]}})).0, 200);
    client.query(json!({}));
    assert_eq!(client.control("GET", &format!("/materials/{id}"), Value::Null).0, 404);
    assert_eq!(client.control("GET", "/calls", Value::Null).1.as_array().map(Vec::len), Some(3));
    assert_eq!(client.control("GET", "/counters", Value::Null).1["calls"]["ExecuteBillQuery"], 3);
    assert!(
        post("/base", json!({"form": "BD_Customer", "number": "C9", "name": "新客户"})).1["id"].is_number()
    );
    let bill =
        json!({"form": "SAL_RETURNNOTICE", "model": {"FBillNo": "N1", "FRetcustId": {"FNumber": "C9"}}});
    assert!(post("/bills", bill).1["id"].is_number());
    assert_eq!(
        client.control("GET", "/bills/SAL_RETURNNOTICE", Value::Null).1[0]["FRetcustId"]["FName"],
        "新客户"
    );
    assert_eq!(client.control("GET", "/nothing", Value::Null).0, 404);
    assert_eq!(client.control("DELETE", "/sessions", Value::Null).0, 200);
    assert_eq!(*code(&client.query(json!({}))), 1);
    assert_eq!(post("/reset", json!({})).0, 200);
    assert_eq!((client.galaxy.count(), client.galaxy.switches().clamp), (0, None));
}
