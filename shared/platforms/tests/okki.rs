//! What Ferry sends to OKKI and makes of its answers (`vendors/sources.md` 3). Nothing is signed there.

use ferry_platforms::okki::{self, Account, CompanyRef, OrderList, OrderRef, TimeType, Token};
use ferry_platforms::{Class, Error};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;

fn variables(other: &[(&str, &str)]) -> impl Fn(&str) -> String {
    let mut values = vec![
        ("okki_scheme", "https"),
        ("okki_host", "api-sandbox.xiaoman.cn"),
        ("okki_client_id", "efc1126d6"),
        ("okki_client_secret", "dcc2228f1-secret"),
        ("okki_scope", ""),
    ];
    for (name, value) in other {
        values.iter_mut().find(|(known, _)| known == name).expect("a variable of okki").1 = value;
    }
    let values: Vec<(String, String)> = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    move |name| {
        let found = values.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is no variable of okki")).1.clone()
    }
}

fn account() -> Account {
    Account::from_variables("okki", variables(&[])).expect("well-formed variables")
}

fn token() -> Token {
    Token { access_token: "eyJ0.e30.c2ln".into(), expires_at: NOW + 28_800, renew_at: NOW + 28_740 }
}

fn answer(status: u16, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.as_ref().to_vec()).unwrap()
}

fn address(request: &Request<Vec<u8>>) -> String {
    assert_eq!(request.method(), "GET");
    assert_eq!(request.headers()["authorization"], "Bearer eyJ0.e30.c2ln");
    assert!(request.headers()["authorization"].is_sensitive());
    request.uri().to_string()
}

fn list(more: &[(&str, &str)]) -> OrderList {
    OrderList {
        start_time: "2024-01-29".into(),
        end_time: "2024-01-30".into(),
        time_type: TimeType::Updated,
        start_index: 2,
        count: 50,
        more: more.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    }
}

#[test]
fn all_that_is_wrong_with_the_variables_is_said_at_once_and_no_secret_with_it() {
    let wrong = [("okki_scheme", "ftp"), ("okki_host", "unset.invalid"), ("okki_scope", "invoices,company")];
    let problems = Account::from_variables("okki", variables(&wrong)).unwrap_err();
    let about: Vec<&str> = problems.iter().map(|problem| problem.about.as_str()).collect();
    assert_eq!(about, ["okki_scheme", "okki_host", "okki_scope"]);
    assert!(problems[1].en.starts_with("not set") && problems[1].zh.contains("未设置"));

    let unset = variables(&[("okki_client_id", ""), ("okki_client_secret", "")]);
    let problems = Account::from_variables("okki", unset).unwrap_err();
    assert_eq!(problems.len(), 2);

    let shown = format!("{:?} {:?} {problems:?}", account(), token());
    assert!(shown.contains("efc1126d6") && shown.contains("invoices"), "{shown}");
    assert!(!shown.contains("dcc2228f1") && !shown.contains("eyJ0"), "{shown}");
    assert_eq!((account().host(), account().client_id()), ("api-sandbox.xiaoman.cn", "efc1126d6"));
}

#[test]
fn a_token_is_asked_for_as_json_and_lives_eight_hours_unless_it_says_otherwise() {
    let two = Account::from_variables("okki", variables(&[("okki_scope", "invoices company")])).unwrap();
    for (account, scope) in [(account(), "invoices"), (two, "invoices company")] {
        let request = okki::request_token(&account);
        assert_eq!(request.uri(), "https://api-sandbox.xiaoman.cn/v1/oauth2/access_token");
        assert_eq!(
            (request.method().as_str(), &request.headers()["content-type"]),
            ("POST", &"application/json".parse().unwrap())
        );
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        // 3.2: the body that the document gives for client_credentials.
        let expected = json!({"grant_type": "client_credentials", "client_id": "efc1126d6",
            "client_secret": "dcc2228f1-secret", "scope": scope});
        assert_eq!(body, expected);
    }
    // With and without expires_in: the document says without, an integrator measured 28799.
    let table = [
        (json!({"token_type": "Bearer", "access_token": "a.b.c"}), 28_800, 28_740),
        (json!({"token_type": "Bearer", "expires_in": 28_799, "access_token": "a.b.c"}), 28_799, 28_739),
        (json!({"expires_in": "20", "access_token": "a.b.c", "refresh_token": "def502"}), 20, 18),
        (json!({"code": 200, "data": {"expires_in": 100, "access_token": "a.b.c"}}), 100, 90),
        (json!({"expires_in": 0, "access_token": "a.b.c"}), 28_800, 28_740),
    ];
    for (body, life, due) in table {
        let token = okki::read_token(&answer(200, body.to_string()), NOW).unwrap();
        assert_eq!(token.access_token, "a.b.c");
        assert_eq!((token.expires_at, token.renew_at), (NOW + life, NOW + due), "{body}");
        assert!(!token.is_due(NOW + due - 1) && token.is_due(NOW + due));
        let kept = serde_json::to_string(&token).unwrap();
        assert_eq!(serde_json::from_str::<Token>(&kept).unwrap(), token);
    }
}

#[test]
fn a_refused_login_is_told_from_a_broken_one_and_its_body_is_not_quoted() {
    // 3.2, verbatim, and the other names of the document.
    let refused = r#"{"error":"invalid_client","error_description":"Client authentication failed","message":"Client authentication failed"}"#;
    let named = |name: &str| format!(r#"{{"error":"{name}","message":"The secret-thing is wrong."}}"#);
    let table = [
        (400, refused.to_owned(), Class::Credentials, "login_refused"),
        (401, refused.to_owned(), Class::Credentials, "login_refused"),
        (200, refused.to_owned(), Class::Credentials, "login_refused"),
        (400, named("invalid_credentials"), Class::Credentials, "login_refused"),
        (400, named("invalid_scope"), Class::Fatal, "wrong_scope"),
        (400, named("unsupported_grant_type"), Class::Fatal, "login_failed"),
        (400, named("server_error"), Class::Credentials, "login_refused"),
        (500, named("server_error"), Class::Transport, "server_error"),
        (400, "secret-thing".to_owned(), Class::Credentials, "login_refused"),
        (200, r#"{"access_token":"secret-th"#.to_owned(), Class::Transport, "garbled_answer"),
        (200, r#"{"access_token":"secret\nthing"}"#.to_owned(), Class::Transport, "garbled_answer"),
        (200, r#"{"access_token":""}"#.to_owned(), Class::Transport, "garbled_answer"),
        (200, "<html><title>登录</title></html>".to_owned(), Class::Fatal, "web_page"),
        (404, "<html><title>Not Found</title></html>".to_owned(), Class::Fatal, "wrong_path"),
    ];
    for (status, body, class, code) in table {
        let error = okki::read_token(&answer(status, &body), NOW).unwrap_err();
        assert_eq!((error.class, error.code), (class, code), "{status} {body}");
        assert!(body.contains("\"error\"") || !error.message.contains("secret"), "{error}");
    }
}

#[test]
fn the_list_is_asked_for_by_days_and_pages() {
    let base = "https://api-sandbox.xiaoman.cn/v1/invoices/order/list?start_time=2024-01-29&end_time=2024-01-30&time_type=1&start_index=2&count=50";
    let request = |more: &[(&str, &str)]| address(&okki::order_list(&account(), &token(), &list(more)));
    assert_eq!(request(&[]), base);
    // `status` 0 is no code of the company's: it is not sent (section 7).
    assert_eq!(request(&[("status", "0"), ("removed", ""), ("approval", "0")]), format!("{base}&approval=0"));
    assert_eq!(
        request(&[("status", "1101043688"), ("removed", "1")]),
        format!("{base}&status=1101043688&removed=1")
    );
    let deleted =
        OrderList { time_type: TimeType::Deleted, start_time: "2024-01-29 08:00:00".into(), ..list(&[]) };
    let sent = address(&okki::order_list(&account(), &token(), &deleted));
    assert!(
        sent.contains("time_type=4&") && sent.contains("start_time=2024-01-29%2008%3A00%3A00&"),
        "{sent}"
    );
}

#[test]
fn a_window_asks_for_one_day_more_than_it_touches() {
    // 2024-01-29 00:00:00 of Asia/Shanghai is 16:00 of the day before in UTC.
    let midnight = 1_706_457_600;
    assert_eq!(okki::days(midnight, midnight), ["2024-01-29", "2024-01-30"]);
    assert_eq!(okki::days(midnight - 1, midnight), ["2024-01-28", "2024-01-30"]);
    assert_eq!(okki::days(midnight, midnight + 86_399), ["2024-01-29", "2024-01-30"]);
    assert_eq!(okki::days(midnight, midnight + 86_400), ["2024-01-29", "2024-01-31"]);
}

#[test]
fn an_order_and_a_company_are_asked_for_by_either_number() {
    let order = |which| address(&okki::order_info(&account(), &token(), &which));
    let base = "https://api-sandbox.xiaoman.cn/v1";
    assert_eq!(
        order(OrderRef::Id("5203556502".into())),
        format!("{base}/invoices/order/info?order_id=5203556502")
    );
    assert_eq!(
        order(OrderRef::Number("订单&1 'a".into())),
        format!("{base}/invoices/order/info?order_no=%E8%AE%A2%E5%8D%95%261%20%27a")
    );
    let company = |which| address(&okki::company_info(&account(), &token(), &which));
    assert_eq!(
        company(CompanyRef::Id("3448551934".into())),
        format!("{base}/company/info?company_id=3448551934")
    );
    assert_eq!(
        company(CompanyRef::Serial("2023670".into())),
        format!("{base}/company/info?serial_id=2023670")
    );
}

#[test]
fn a_page_gives_its_orders_with_all_their_digits_and_the_total_as_number_or_text() {
    for count in ["12", "\"12\""] {
        let body = format!(
            r#"{{"code":200,"message":"success","now":"2025-03-06 16:55:25","data":{{"count":{count},"list":[
            {{"order_id":5203556502,"update_time":"2025-03-06 16:48:40","amount":300.120000000000000000001,"opportunity_id":""}},
            {{"order_id":"9007199254740993","update_time":""}}]}}}}"#
        );
        let page = okki::read_order_list(&answer(200, &body)).unwrap();
        assert_eq!((page.total, page.now), (Some(12), Some(1_741_251_325)));
        assert_eq!(page.orders[0]["amount"].to_string(), "300.120000000000000000001");
        let ids: Vec<_> = page.orders.iter().filter_map(okki::order_id).collect();
        assert_eq!(ids, ["5203556502", "9007199254740993"]);
        assert_eq!(okki::updated_at(&page.orders[0]), Some(1_741_250_920));
        assert_eq!(okki::updated_at(&page.orders[1]), None);
    }
    let other_module = r#"{"code":0,"data":{"totalItem":0,"list":[]}}"#;
    let page = okki::read_order_list(&answer(200, other_module)).unwrap();
    assert_eq!((page.total, page.orders.len(), page.now), (Some(0), 0, None));
    let silent = okki::read_order_list(&answer(200, r#"{"code":200,"data":{"list":[]}}"#)).unwrap();
    assert_eq!(silent.total, None);
}

#[test]
fn a_detail_is_kept_as_it_is() {
    // 3.4, the published example, abridged.
    let body = r#"{"code":200,"message":"success","now":"2025-03-06 16:55:25","data":{"1101060384":"腾讯",
        "order_id":5203556502,"order_no":"qiao250306000259","account_date":"2024-01-29 00:00:00","exchange_rate":725,
        "product_list":[{"unit":"","count":10,"product_id":"3495743811","sku_id":3495743812,"product_no":"2024031221684"}],
        "company":{"company_id":3448551934,"serial_id":"2023670"}}}"#;
    let order = okki::read_order_info(&answer(200, body)).unwrap();
    assert_eq!(order["1101060384"], "腾讯");
    assert_eq!(order["product_list"][0]["product_no"], "2024031221684");
    let company = r#"{"code":0,"data":{"company_id":1,"serial_id":"A01"}}"#;
    assert_eq!(okki::read_company_info(&answer(200, company)).unwrap()["serial_id"], "A01");
}

#[test]
fn every_no_has_its_class() {
    // 3.2 [INF]: as the server library behind it answers.
    let denied = r#"{"error":"access_denied","error_description":"The resource owner or authorization server denied the request.","hint":"Access token is invalid","message":"The resource owner or authorization server denied the request."}"#;
    let said = |code: i64, message: &str| {
        json!({"code": code, "message": message, "now": "", "data": []}).to_string()
    };
    let table = [
        (401, denied.to_owned(), Class::Credentials, "token_expired"),
        (200, denied.to_owned(), Class::Credentials, "token_expired"),
        (401, "<html>".to_owned(), Class::Credentials, "token_expired"),
        (200, said(401, "请重新登录"), Class::Credentials, "token_expired"),
        (401, said(401, "no permission invoices scopes"), Class::Fatal, "no_permission"),
        (200, said(403, "no permission invoices scopes"), Class::Fatal, "no_permission"),
        (403, r#"{"message":"no permission invoices scopes"}"#.to_owned(), Class::Fatal, "no_permission"),
        (200, said(404, "Not Found Resource"), Class::Row, "not_found"),
        (404, said(404, "Not Found Resource"), Class::Row, "not_found"),
        (200, said(404, ""), Class::Row, "not_found"),
        (404, "<html><title>404 Not Found</title>".to_owned(), Class::Fatal, "wrong_path"),
        (200, said(429, "too many"), Class::RateLimit, "too_many_requests"),
        (429, String::new(), Class::RateLimit, "too_many_requests"),
        (200, said(400, "参数错误"), Class::Fatal, "wrong_request"),
        (422, said(422, "参数错误"), Class::Fatal, "http_refused"),
        (200, said(500, "系统错误"), Class::Transport, "server_error"),
        (200, said(1001, "系统繁忙"), Class::Transport, "server_error"),
        (200, said(1001, "?"), Class::Fatal, "unexpected_answer"),
        (302, String::new(), Class::Fatal, "redirected"),
        (502, "<html><title>Bad Gateway</title>".to_owned(), Class::Transport, "server_error"),
        (200, "<html><title>系统维护中</title>".to_owned(), Class::Fatal, "web_page"),
        (200, r#"{"code":200,"data":{"count":1,"li"#.to_owned(), Class::Transport, "garbled_answer"),
        (200, r#"{"code":200,"data":[]}"#.to_owned(), Class::Transport, "garbled_answer"),
        (200, r#"{"code":200,"data":{"count":3}}"#.to_owned(), Class::Transport, "garbled_answer"),
        (
            200,
            r#"{"code":200,"data":{"count":1,"list":[{"name":"?"}]}}"#.to_owned(),
            Class::Transport,
            "garbled_answer",
        ),
        (200, "[]".to_owned(), Class::Transport, "garbled_answer"),
    ];
    for (status, body, class, code) in table {
        let error: Error = okki::read_order_list(&answer(status, &body)).unwrap_err();
        assert_eq!((error.class, error.code), (class, code), "{status} {body}");
        assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
    }
    let error = okki::classify(StatusCode::OK, Some(404), "Not Found Resource");
    assert_eq!(error.vendor_code.as_deref(), Some("404"));
    let error = okki::read_order_info(&answer(401, denied)).unwrap_err();
    assert_eq!(error.vendor_code.as_deref(), Some("401"));
    assert_eq!(
        error.message,
        "access_denied: The resource owner or authorization server denied the request.: Access token is invalid"
    );
}
