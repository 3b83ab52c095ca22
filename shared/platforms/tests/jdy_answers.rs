//! What 星辰 answers (`vendors/kingdee.md` 2.2 to 2.5, 2.7).

use ferry_platforms::jdy::{
    self, Account, Authorisation, Saved, classify, read_app_token, read_authorisation, read_customer,
    read_customers, read_saved,
};
use ferry_platforms::{Class, Error};
use http::{Response, StatusCode};
use serde_json::{Value, json};

fn answer(status: u16, body: impl ToString) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.to_string().into_bytes()).unwrap()
}

fn account(app_key: &str) -> Account {
    let variables = |name: &str| match name {
        "jdy_scheme" => "https".to_owned(),
        "jdy_host" => "api.kingdee.com".to_owned(),
        "jdy_app_key" => app_key.to_owned(),
        _ => "12345".to_owned(),
    };
    Account::from_variables("jdy", variables).unwrap()
}

fn grant(app_key: &str, name: &str) -> Value {
    // 2.2, the keys of the recorded answer.
    json!({"status": 1, "accountId": 7, "serviceId": 8, "appKey": app_key, "appSecret": "abc123",
        "accountName": name, "agreementCompanyName": "演示公司", "domain": "https://tf.jdy.com",
        "outerInstanceId": "226079154111025152", "groupName": "ns-t33w", "accessToken": null, "appToken": null})
}

fn authorisation() -> Authorisation {
    let granted = json!({"code": 200, "data": [grant("abc", "总部")]});
    read_authorisation(&account(""), &answer(200, granted)).unwrap()
}

#[test]
fn both_envelopes_of_an_authorisation_are_read() {
    let expected = authorisation();
    assert_eq!((expected.app_key.as_str(), expected.app_secret.as_str()), ("abc", "abc123"));
    assert_eq!((expected.domain.as_str(), expected.account_name.as_str()), ("https://tf.jdy.com", "总部"));
    for body in [
        json!({"errcode": 0, "description": "成功", "data": [grant("abc", "总部")]}),
        json!({"errcode": "0", "data": grant("abc", "总部")}),
    ] {
        assert_eq!(read_authorisation(&account(""), &answer(200, body)).unwrap(), expected);
    }
}

#[test]
fn the_account_set_is_the_one_that_is_named_or_the_only_one() {
    let two = json!({"code": 200, "data": [grant("abc", "总部"), grant("def", "分公司")]});
    let read = |key: &str, body: &Value| read_authorisation(&account(key), &answer(200, body));
    assert_eq!(read("def", &two).unwrap().account_name, "分公司");
    for key in ["", "ghi"] {
        let error = read(key, &two).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Fatal, "which_account_set"));
        assert_eq!(error.message, "abc (总部), def (分公司)");
    }
    let mut withdrawn = json!({"code": 200, "data": [grant("abc", "总部")]});
    withdrawn["data"][0]["status"] = 0.into();
    for body in [withdrawn, json!({"code": 200, "data": []}), json!({"code": 200, "data": null})] {
        let error = read("", &body).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Fatal, "not_authorised"), "{body}");
    }
}

#[test]
fn a_token_says_where_it_goes_and_when_it_ends() {
    // 2.2, as recorded.
    let body = r#"{"errcode":0,"description":"成功","data":{"access_token":"a1","app-token":"eyJ0","expires":1767470851000,"uid":173053163}}"#;
    let token = read_app_token(&answer(200, body), &authorisation(), 0).unwrap();
    assert_eq!((token.app_token.as_str(), token.expires_ms), ("eyJ0", 1_767_470_851_000));
    assert_eq!(token.domain, "https://tf.jdy.com");
    assert!(!token.is_due(1_767_470_851_000 - 300_001) && token.is_due(1_767_470_851_000 - 300_000));
    let stored: jdy::Token = serde_json::from_value(serde_json::to_value(&token).unwrap()).unwrap();
    assert_eq!(stored, token);

    // Without an end it lives 24 hours; without a domain at the authorisation the token's counts.
    let body = r#"{"errcode":0,"data":{"app-token":"eyJ0","domain":"https://vip.jdy.com"}}"#;
    let homeless = Authorisation { domain: String::new(), ..authorisation() };
    let token = read_app_token(&answer(200, body), &homeless, 1_000).unwrap();
    assert_eq!((token.domain.as_str(), token.expires_ms), ("https://vip.jdy.com", 86_401_000));

    for (body, code) in [
        (r#"{"errcode":0,"data":{}}"#, "unexpected_answer"),
        (r#"{"errcode":0,"data":{"app-token":"eyJ0"}}"#, "unexpected_answer"),
        (
            r#"{"errcode":1030002006,"description":"授权密钥校验失败，请获取最新密钥加密"}"#,
            "app_secret_rotated",
        ),
        (r#"{"errcode":0,"data":{"app-token":"eyJ0"#, "garbled_answer"),
    ] {
        let error = read_app_token(&answer(200, body), &homeless, 0).unwrap_err();
        assert_eq!(error.code, code, "{body}");
        assert!(!format!("{error:?}").contains("eyJ0"), "{error:?}");
    }
}

#[test]
fn a_page_of_customers_keeps_its_digits_and_its_counts() {
    let body = r#"{"errcode":0,"description":"success","data":{"count":"1001","current_page":1,"current_page_size":2,"page":1,"page_size":2,"total_page":501,"rows":[{"id":"1595870110129819648","number":"1","name":"5' 店 \"A\"","credit_limit":12.50},{"id":"2","number":"2"}]}}"#;
    let page = read_customers(&answer(200, body)).unwrap();
    assert_eq!(
        page.rows[0].to_string(),
        r#"{"id":"1595870110129819648","number":"1","name":"5' 店 \"A\"","credit_limit":12.50}"#
    );
    assert_eq!(
        (page.count, page.page, page.page_size, page.total_page),
        (Some(1001), Some(1), Some(2), Some(501))
    );
    let page = read_customers(&answer(200, r#"{"errcode":0,"data":{"count":0,"rows":[]}}"#)).unwrap();
    assert_eq!((page.rows.len(), page.count, page.total_page), (0, Some(0), None));
    assert_eq!(
        read_customers(&answer(200, r#"{"errcode":0,"data":{}}"#)).unwrap_err().code,
        "unexpected_answer"
    );
}

#[test]
fn a_customer_is_there_or_not_in_each_way_of_saying_so() {
    let found = |body: Value, number: &str| read_customer(&answer(200, body), number);
    let body = json!({"errcode": 0, "data": {"id": "7", "number": "KH-1", "name": "店"}});
    assert_eq!(found(body.clone(), "kh-1").unwrap().unwrap()["id"], "7");
    let error = found(body, "KH-2").unwrap_err();
    assert_eq!((error.class, error.code), (Class::Fatal, "unexpected_answer"));
    for none in [
        json!({"errcode": 0, "description": "success", "data": null}),
        json!({"errcode": 0, "data": {}}),
        json!({"errcode": 1_030_002_003, "description": "客户不存在"}),
        json!({"errcode": 2_000_009_999_i64, "description": "参数number[KH-1]不存在"}),
    ] {
        assert_eq!(found(none.clone(), "KH-1").unwrap(), None, "{none}");
    }
    for (body, code) in [
        (json!({"errcode": 404, "description": "API 不存在"}), "wrong_path"),
        (json!({"errcode": 401, "description": "Token 无效"}), "token_expired"),
    ] {
        assert_eq!(found(body, "KH-1").unwrap_err().code, code);
    }
}

#[test]
fn a_save_is_done_when_it_names_an_id() {
    for body in [
        // 2.3: the document's own sample has an empty map.
        r#"{"data":{"id_number_map":{},"ids":["7"]},"description":"success","errcode":0}"#,
        r#"{"data":{"id_number_map":{"7":"KH-1"},"ids":[7]},"description":"success","errcode":0}"#,
        r#"{"data":{"id_number_map":{"7":"KH-1"},"ids":[]},"description":"success","errcode":0}"#,
    ] {
        assert_eq!(read_saved(&answer(200, body)).unwrap(), Saved { id: "7".into() }, "{body}");
    }
    for body in [r#"{"data":{"ids":[]},"errcode":0}"#, r#"{"data":null,"errcode":0}"#] {
        let error = read_saved(&answer(200, body)).unwrap_err();
        assert_eq!((error.class, error.code), (Class::Transport, "unaccounted"), "{body}");
    }
}

fn refused(status: u16, body: impl ToString) -> Error {
    read_saved(&answer(status, body)).unwrap_err()
}

#[test]
fn words_alone_speak_of_the_token_only_where_the_gateway_says_them() {
    for (status, body, class, name) in [
        (519, "Token 无效", Class::Credentials, "token_expired"),
        (519, "?", Class::Transport, "server_error"),
        // Something may have been done.
        (500, "Token 无效", Class::Transport, "server_error"),
        (502, "Token 无效", Class::Transport, "server_error"),
    ] {
        let error = refused(status, body);
        assert_eq!((error.class, error.code), (class, name), "{status} {body}");
    }
    let coded = refused(519, json!({"errcode": 5000, "description": "Token 无效"}));
    assert_eq!(coded.class, Class::Transport, "a code says more");
}

#[test]
fn each_code_has_its_class_with_http_200_and_with_519() {
    use Class::{Credentials, Fatal, RateLimit, Row, Transport};
    let table = [
        (400, "请求参数错误", Fatal, "wrong_request"),
        (401, "Token 无效", Credentials, "token_expired"),
        (403, "无权限", Fatal, "no_permission"),
        (404, "API 不存在", Fatal, "wrong_path"),
        (429, "限流", RateLimit, "too_many_requests"),
        (500, "", Transport, "server_error"),
        (503, "", Transport, "server_error"),
        (504, "", Transport, "server_error"),
        (4001, "AUTH_TYPE_NO_SUPPORT", Fatal, "client_refused"),
        (4003, "CLIENT_ID_INVALID", Fatal, "client_refused"),
        (4005, "CLIENT_ID_SECRET_INVALID", Fatal, "client_refused"),
        (4006, "X_API_TIMESTAMP_INVALID", Fatal, "clock_off"),
        (4007, "SIGNHEADERS_INVALID", Fatal, "client_refused"),
        (4008, "SIGNATURE_INVALID", Fatal, "bad_signature"),
        (4009, "ACCESS_TOKEN_EMPTY", Credentials, "token_expired"),
        (4011, "ACCESS_TOKEN_EXPIRED", Credentials, "token_expired"),
        (4012, "NO_PERMISSION", Fatal, "no_permission"),
        (5001, "API_NOT_FOUND", Fatal, "wrong_path"),
        (5004, "TIMEOUT", Transport, "server_error"),
        (5007, "OVERLOAD", RateLimit, "too_many_requests"),
        (1_000_002_001, "服务异常", Transport, "server_error"),
        (2_000_002_000, "星辰系统错误", Transport, "server_error"),
        (1_020_002_008, "用户授权信息有误", Credentials, "token_expired"),
        (1_030_002_000, "客户名称不能为空", Row, "required_field"),
        (1_030_002_001, "number 类型不正确，请根据字段要求正确传输有效值", Row, "bad_value"),
        (1_030_002_002, "客户已存在，不能重复新增", Row, "duplicate_number"),
        (1_030_002_002, "客户名称已存在", Row, "name_taken"),
        (1_030_002_003, "客户类别不存在", Row, "reference_missing"),
        (1_030_002_005, "操作对象个数超出限制", Fatal, "too_many_rows"),
        (1_030_002_006, "日期格式不正确", Row, "bad_value"),
        (1_030_002_006, "授权密钥校验失败", Credentials, "app_secret_rotated"),
        (1_040_002_000, "配置错误", Fatal, "tenant_configuration"),
        // Observed texts with codes of other domains.
        (1_600_001_001, "编码：组合值与其他表单重复，不能重复", Row, "duplicate_number"),
        (1_100_001_001, "invalid value for string type", Row, "bad_value"),
        (1_100_001_002, "参数number[A]不存在", Row, "reference_missing"),
        (1_600_001_002, "单据已被锁定", Row, "row_refused"),
        (7, "?", Fatal, "unexpected_answer"),
    ];
    for (errcode, description, class, name) in table {
        let bodies = [
            (200, json!({"errcode": errcode, "description": description, "data": null})),
            (200, json!({"errcode": errcode.to_string(), "description": description})),
            (519, json!({"code": errcode, "message": description})),
        ];
        for (status, body) in bodies {
            // Business errors come with HTTP 200 alone.
            if status == 519 && !(400..10_000).contains(&errcode) {
                continue;
            }
            let error = refused(status, &body);
            assert_eq!((error.class, error.code), (class, name), "{status} {body}");
            assert_eq!((error.vendor_code, error.message.as_str()), (Some(errcode.to_string()), description));
            assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
        }
    }
}

#[test]
fn a_gateway_without_a_code_is_understood_by_status_and_words() {
    use Class::{Credentials, Fatal, RateLimit, Transport};
    let table = [
        (302, "", Fatal, "redirected"),
        (401, "", Credentials, "token_expired"),
        (403, "", Fatal, "http_refused"),
        (404, "No Route", Fatal, "wrong_path"),
        (408, "", Transport, "server_timeout"),
        (429, "", RateLimit, "too_many_requests"),
        (500, "", Transport, "server_error"),
        (502, "<title>Bad Gateway</title>", Transport, "server_error"),
        (519, "X-Api-Signature is invalid", Fatal, "bad_signature"),
        (519, "X-Api-TimeStamp is invalid", Fatal, "clock_off"),
        (519, r#"{"message":"X-Api-Signature is invalid"}"#, Fatal, "bad_signature"),
        (200, r#"{"errcode":401,"description":"X-Api-Signature is invalid"}"#, Fatal, "bad_signature"),
        (200, r#"{"errcode":401,"description":"X-Api-ClientID is invalid"}"#, Fatal, "client_refused"),
        (519, "", Transport, "server_error"),
        (200, "<title>登录</title>", Fatal, "web_page"),
        (200, "", Transport, "garbled_answer"),
        (200, r#"{"errcode":0,"data""#, Transport, "garbled_answer"),
        (200, "[]", Fatal, "unexpected_answer"),
        (200, r#"{"odd":1}"#, Fatal, "unexpected_answer"),
    ];
    for (status, body, class, code) in table {
        let error = refused(status, body);
        assert_eq!((error.class, error.code), (class, code), "{status} {body}");
    }
    assert_eq!(classify(StatusCode::NOT_FOUND, None, "").vendor_code.as_deref(), Some("404"));
    assert_eq!(refused(200, r#"{"odd":1}"#).message, r#"{"odd":1}"#);
}

#[test]
fn a_list_in_place_of_a_page_is_an_error() {
    for data in [r#"[{"number": "1"}]"#, "7", r#""rows""#, "{}", r#"{"rows": 7}"#] {
        let body = format!(r#"{{"errcode": 0, "description": "成功", "data": {data}}}"#);
        let read = jdy::read_customers(&http::Response::new(body.into_bytes()));
        assert!(read.is_err(), "{data}");
    }
}
