//! What Ferry sends to K3 WISE and makes of its answers (`vendors/kingdee.md` 3). Nothing is signed there.

use ferry_platforms::Class;
use ferry_platforms::wise::{self, Account, By, ListQuery, Operation, Order, Page, Template, Token};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;

fn variables(other: &[(&str, &str)]) -> impl Fn(&str) -> String {
    let mut values = vec![
        ("wise_scheme", "http"),
        ("wise_host", "192.168.19.205:800"),
        ("wise_path", "/K3API/"),
        ("wise_authority_code", "635e8cd049f1407d"),
    ];
    for (name, value) in other {
        values.iter_mut().find(|(known, _)| known == name).expect("a variable of wise").1 = value;
    }
    let values: Vec<(String, String)> = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    move |name| {
        let found = values.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is no variable of wise")).1.clone()
    }
}

fn account() -> Account {
    Account::from_variables("wise", variables(&[])).expect("well-formed variables")
}

fn token() -> Token {
    Token { token: "9f2c/+".into(), expires_at: NOW + 3600, renew_at: NOW + 3540 }
}

fn answer(status: u16, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.as_ref().to_vec()).unwrap()
}

fn said(code: i64, message: &str, data: Value) -> String {
    json!({"StatusCode": code, "Message": message, "Data": data}).to_string()
}

fn body(request: &Request<Vec<u8>>) -> Value {
    assert_eq!(request.method(), "POST");
    serde_json::from_slice(request.body()).unwrap()
}

#[test]
fn all_that_is_wrong_with_the_variables_is_said_at_once_and_no_secret_with_it() {
    let wrong = [
        ("wise_scheme", ""),
        ("wise_host", "http://x"),
        ("wise_path", "K3API"),
        ("wise_authority_code", "a&b"),
    ];
    let problems = Account::from_variables("wise", variables(&wrong)).unwrap_err();
    let about: Vec<&str> = problems.iter().map(|problem| problem.about.as_str()).collect();
    assert_eq!(about, ["wise_scheme", "wise_host", "wise_path", "wise_authority_code"]);
    assert!(problems.iter().all(|p| !p.en.contains("a&b") && !p.zh.is_empty()));
    let shown = format!("{:?} {:?}", account(), token());
    assert!(shown.contains("http://192.168.19.205:800/K3API/"), "{shown}");
    assert!(!shown.contains("635e") && !shown.contains("9f2c"), "{shown}");
    assert_eq!((account().host(), account().path()), ("192.168.19.205:800", "/K3API/"));
}

#[test]
fn a_token_lives_as_long_as_it_says_or_an_hour() {
    let request = wise::request_token(&account());
    assert_eq!(request.method(), "GET");
    assert_eq!(request.uri(), "http://192.168.19.205:800/K3API/Token/Create?authorityCode=635e8cd049f1407d");
    let table = [
        (json!(3600), 3600, 3540),
        (json!(7200.5), 7200, 7140),
        (json!("100.0"), 100, 90),
        (Value::Null, 3600, 3540),
        (json!(0), 3600, 3540),
    ];
    for (validity, life, due) in table {
        let data =
            json!({"Token": "9f2c", "Code": "Y", "Validity": validity, "Create": "2023-11-15 06:13:20"});
        for status_code in [json!(200), json!("200")] {
            let body = json!({"StatusCode": status_code, "Message": "Successful", "Data": data}).to_string();
            let token = wise::read_token(&answer(200, body), NOW).unwrap();
            assert_eq!((token.expires_at, token.renew_at), (NOW + life, NOW + due), "{validity}");
            assert!(!token.is_due(NOW + due - 1) && token.is_due(NOW + due));
            let kept = serde_json::to_string(&token).unwrap();
            assert_eq!(serde_json::from_str::<Token>(&kept).unwrap(), token);
        }
    }
}

#[test]
fn a_refused_authority_code_is_told_from_a_wrong_address() {
    let table = [
        (200, said(401, "授权码无效", Value::Null), Class::Credentials, "login_refused"),
        (200, said(201, "Faild", Value::Null), Class::Credentials, "login_refused"),
        (401, String::new(), Class::Credentials, "token_refused"),
        (200, said(200, "Successful", json!({"Token": ""})), Class::Transport, "garbled_answer"),
        (200, r#"{"StatusCode":200,"Data":{"Token":"9f2"#.to_owned(), Class::Transport, "garbled_answer"),
        (200, "<html><title>IIS</title></html>".to_owned(), Class::Fatal, "web_page"),
        (404, "<html><title>404</title></html>".to_owned(), Class::Fatal, "wrong_path"),
        (503, String::new(), Class::Transport, "server_error"),
    ];
    for (status, body, class, code) in table {
        let error = wise::read_token(&answer(status, &body), NOW).unwrap_err();
        assert_eq!((error.class, error.code), (class, code), "{status} {body}");
        assert!(!error.message.contains("9f2"), "{error}");
    }
}

#[test]
fn a_document_is_sent_with_all_its_scalars_as_strings() {
    let document: Value = serde_json::from_str(
        r#"{"Page1":[{"FCancellation":false,"Fdate":"2024-01-29","FCustID":{"FNumber":2023670,"FName":null},"FExplanation":null}],
            "Page2":[{"Fauxqty":2.500000000000000000001,"Fnote":"3/4' \"管\""},{"Fauxqty":"10","FLockFlag":true}]}"#,
    )
    .unwrap();
    let request = wise::save(&account(), &token(), "SO", &document);
    assert_eq!(request.uri(), "http://192.168.19.205:800/K3API/SO/Save?token=9f2c%2F%2B");
    assert_eq!(request.headers()["content-type"], "application/json; charset=utf-8");
    let expected = json!({"Data": {
        "Page1": [{"FCancellation": "0", "Fdate": "2024-01-29", "FCustID": {"FNumber": "2023670"}}],
        "Page2": [{"Fauxqty": "2.500000000000000000001", "Fnote": "3/4' \"管\""}, {"Fauxqty": "10", "FLockFlag": "1"}],
    }});
    assert_eq!(body(&request), expected);
}

#[test]
fn orders_are_looked_for_by_either_number_and_a_quote_cannot_end_its_literal() {
    let filter = |by, numbers: &[&str]| {
        let request = wise::find_orders(&account(), &token(), "SO", by, numbers);
        assert_eq!(request.uri().path_and_query().unwrap(), "/K3API/SO/GetList?token=9f2c%2F%2B");
        let body = body(&request);
        let data = &body["Data"];
        assert_eq!(
            (&data["Fields"], &data["Top"], &data["SelectPage"]),
            (&json!("FBillNo,FPOOrdBillNo"), &json!("0"), &json!("2"))
        );
        assert_eq!((&data["PageIndex"], &data["PageSize"]), (&json!("1"), &json!("10000")));
        data["Filter"].as_str().unwrap().to_owned()
    };
    assert_eq!(filter(By::PoOrdBillNo, &["SO-1"]), "FPOOrdBillNo='SO-1'");
    assert_eq!(filter(By::PoOrdBillNo, &["a", "b' or '1'='1"]), "FPOOrdBillNo in ('a','b'' or ''1''=''1')");
    assert_eq!(filter(By::BillNo, &["订单'1"]), "FBillNo='订单''1'");
    let query = ListQuery {
        filter: String::new(),
        fields: vec!["FBillNo".into()],
        order_by: "FBillNo asc".into(),
        page_index: 3,
        page_size: 20,
    };
    let request = wise::get_list(&account(), &token(), "SO", &query);
    assert_eq!(body(&request)["Data"]["OrderBy"], "FBillNo asc");
    let request = wise::get_template(&account(), &token(), "SO");
    assert_eq!((request.method().as_str(), request.uri().path()), ("GET", "/K3API/SO/GetTemplate"));
}

#[test]
fn a_list_tells_its_orders_once_each_and_whether_it_is_whole() {
    let row = |bill: &str, source: Value| json!({"FBillNo": bill, "FPOOrdBillNo": source});
    let rows = json!([row("SEORD1", json!("SO-1")), row("SEORD1", json!("SO-1")), row("SEORD2 ", json!(""))]);
    let read = |data: Value| wise::read_list(&answer(200, said(200, "Successful", data))).unwrap();
    let list = read(json!({"ROWCOUNT": 3, "PAGESIZE": "10", "PAGEINDEX": 1, "DATA": rows}));
    let expected = [
        Order { bill_no: "SEORD1".into(), po_ord_bill_no: Some("SO-1".into()) },
        Order { bill_no: "SEORD2".into(), po_ord_bill_no: None },
    ];
    assert_eq!(list.orders(), expected);
    assert!(list.is_whole(10_000));
    // As many as the page holds, or fewer than were counted: there may be more.
    assert!(!read(json!({"ROWCOUNT": 3, "PAGESIZE": 3, "DATA": rows})).is_whole(10_000));
    assert!(!read(json!({"ROWCOUNT": 4, "PAGESIZE": 10, "DATA": rows})).is_whole(10_000));
    assert!(!read(json!({"DATA": rows})).is_whole(3));
    assert!(read(json!({"Data": rows})).is_whole(4));
    // Columns as T-SQL has them, lists as other objects have them, no rows.
    assert_eq!(
        read(json!([{"fbillno": "B", "FPOORDBILLNO": "S"}])).orders()[0].po_ord_bill_no.as_deref(),
        Some("S")
    );
    assert!(read(json!({"ROWCOUNT": "0", "DATA": null})).orders().is_empty());
    assert!(read(json!({"ROWCOUNT": 0, "DATA": []})).is_whole(10));
}

#[test]
fn a_save_gives_the_number_of_the_bill_wherever_it_stands() {
    for data in [
        json!({"BillNo": "SEORD000001"}),
        json!([{"FStatus": true, "FBillNo": "SEORD000001"}]),
        json!({"Data": {"BillNo": " SEORD000001 "}}),
        json!([{"Data": [{"FStatus": "true", "billno": "SEORD000001"}]}]),
    ] {
        let number = wise::read_save(&answer(200, said(200, "Successful", data))).unwrap();
        assert_eq!(number, "SEORD000001");
    }
}

#[test]
fn every_no_has_its_class_by_what_was_asked() {
    let refused = |message: &str| {
        said(200, "Successful", json!([{"FStatus": false, "FItemID": 0, "FMessage": message}]))
    };
    // HTTP status, body, class and code of a Save, class and code of a GetList.
    let table = [
        (200, said(201, "Faild", Value::Null), (Class::Row, "row_refused"), (Class::Fatal, "wrong_request")),
        (
            200,
            said(201, "Faild", json!([{"FMessage": "单据编号已存在"}])),
            (Class::Row, "already_exists"),
            (Class::Row, "already_exists"),
        ),
        (
            200,
            said(401, "Token已过期", json!({"Code": "N"})),
            (Class::Credentials, "token_refused"),
            (Class::Credentials, "token_refused"),
        ),
        (
            200,
            said(201, "授权信息无效", Value::Null),
            (Class::Credentials, "token_refused"),
            (Class::Credentials, "token_refused"),
        ),
        (401, String::new(), (Class::Credentials, "token_refused"), (Class::Credentials, "token_refused")),
        (200, "登录已失效".to_owned(), (Class::Transport, "garbled_answer"), (Class::Credentials, "no_json")),
        (
            200,
            "<html><title>错误</title>".to_owned(),
            (Class::Transport, "garbled_answer"),
            (Class::Credentials, "no_json"),
        ),
        (
            200,
            r#"{"StatusCode":200,"Da"#.to_owned(),
            (Class::Transport, "garbled_answer"),
            (Class::Transport, "garbled_answer"),
        ),
        (
            200,
            r#"{"odd":1}"#.to_owned(),
            (Class::Transport, "garbled_answer"),
            (Class::Transport, "garbled_answer"),
        ),
        (
            200,
            said(200, "Successful", Value::Null),
            (Class::Transport, "no_bill_number"),
            (Class::Transport, "garbled_answer"),
        ),
        (
            200,
            said(201, "事务死锁", Value::Null),
            (Class::Transport, "server_busy"),
            (Class::Transport, "server_busy"),
        ),
        (
            200,
            said(500, "", Value::Null),
            (Class::Transport, "server_error"),
            (Class::Transport, "server_error"),
        ),
        (
            200,
            said(201, "单据正在操作", Value::Null),
            (Class::RateLimit, "locked_by_another"),
            (Class::RateLimit, "locked_by_another"),
        ),
        (
            200,
            said(201, "没有权限", Value::Null),
            (Class::Fatal, "no_permission"),
            (Class::Fatal, "no_permission"),
        ),
        (404, "<html>".to_owned(), (Class::Fatal, "wrong_path"), (Class::Fatal, "wrong_path")),
        (302, String::new(), (Class::Fatal, "redirected"), (Class::Fatal, "redirected")),
        (
            500,
            "<html><title>Runtime Error</title>".to_owned(),
            (Class::Transport, "server_error"),
            (Class::Transport, "server_error"),
        ),
    ];
    for (status, body, save, read) in table {
        let error = wise::read_save(&answer(status, &body)).unwrap_err();
        assert_eq!((error.class, error.code), save, "Save: {status} {body}");
        let error = wise::read_list(&answer(status, &body)).unwrap_err();
        assert_eq!((error.class, error.code), read, "GetList: {status} {body}");
        assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
    }
    for (message, code) in [
        ("客户[X]不存在", "row_refused"),
        ("单据编号重复", "already_exists"),
        ("物料 Token 不存在", "row_refused"),
    ] {
        let error = wise::read_save(&answer(200, refused(message))).unwrap_err();
        assert_eq!((error.class, error.code, error.message.as_str()), (Class::Row, code, message));
    }
    let token = "635e8cd049f1407d0668651d54c90e8696e0ef1e98094961";
    let error =
        wise::read_list(&answer(200, said(401, &format!("Token[{token}]无效"), Value::Null))).unwrap_err();
    assert_eq!(error.message, "Token[***]无效");
    let error = wise::classify(Operation::Save, StatusCode::OK, Some(201), "Faild");
    assert_eq!(error.vendor_code.as_deref(), Some("201"));
}

#[test]
fn the_template_knows_each_field_in_its_exact_letter_case() {
    let template = Template::sales_order();
    assert_eq!((template.fields(Page::Page1).count(), template.fields(Page::Page2).count()), (44, 67));
    // kingdee.md 3.4: these four look like mistakes and are none.
    for field in ["Fauxqty", "Fauxprice", "FAuxTaxPrice", "Fnote", "FItemID{}", "FEntrySelfS0999{}"] {
        assert_eq!(template.problem(Page::Page2, field), None, "{field}");
    }
    let problem = |page, field: &str| template.problem(page, field).unwrap().en;
    assert!(problem(Page::Page2, "FAuxQty").contains("but Fauxqty"));
    assert!(problem(Page::Page1, "FDate").contains("but Fdate"));
    assert!(problem(Page::Page1, "FCustID").contains("is an object"));
    assert!(problem(Page::Page1, "Fdate{}").contains("plain value"));
    assert!(problem(Page::Page1, "Fauxqty").contains("no field"));
    let document = json!({"Page1": [{"Fdate": "2024-01-29", "FCustID": {"FNumber": "1"}}],
        "Page2": [{"Fauxqty": "1"}, {"FAuxQty": "1", "FItemID": "x"}]});
    let about: Vec<String> = template.problems(&document).into_iter().map(|p| p.about).collect();
    assert_eq!(about, ["Page2[1].FAuxQty", "Page2[1].FItemID"]);

    // A template from the ERP itself knows the fields of its owner, and no others.
    let live = said_template();
    let live = wise::read_template(&answer(200, live)).unwrap();
    assert_eq!(live.problem(Page::Page1, "FHeadSelfS0158{}"), None);
    assert!(live.problem(Page::Page1, "FHeadSelfS0001").is_some());
    let error = wise::read_template(&answer(200, said(200, "Successful", json!({"Page1": []})))).unwrap_err();
    assert_eq!(error.code, "garbled_answer");
}

fn said_template() -> String {
    let head = json!({"Fdate": "", "FCustID": {"FNumber": "", "FName": ""}, "FHeadSelfS0158": {"FNumber": "", "FName": ""}});
    said(200, "Successful", json!({"Page1": [head], "Page2": [{"Fauxqty": ""}]}))
}

#[test]
fn the_api_of_a_flow_names_its_object() {
    for (api, object) in [
        ("/SO/Save", Some("SO")),
        ("Sales_Delivery/Save", Some("Sales_Delivery")),
        ("/SO/GetList", None),
        ("//Save", None),
        ("/a/b/Save", None),
    ] {
        assert_eq!(wise::object_of(api), object, "{api}");
    }
}
