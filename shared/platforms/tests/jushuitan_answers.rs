//! What 聚水潭 answers: pages, tokens, and three generations of error codes (`vendors/sources.md` 1.3 to 1.8).

use ferry_platforms::jushuitan::{self, Api, Page, Token, classify, read_page, read_token};
use ferry_platforms::{Class, Error};
use http::{Response, StatusCode};
use serde_json::json;

fn answer(status: u16, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.as_ref().to_vec()).unwrap()
}

fn page(api: Api, body: &str) -> Page {
    read_page(api, &answer(200, body)).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn refused(api: Api, status: u16, body: impl AsRef<[u8]>) -> Error {
    let body = body.as_ref();
    match read_page(api, &answer(status, body)) {
        Err(error) => error,
        Ok(page) => panic!("{} gave {page:?}", String::from_utf8_lossy(body)),
    }
}

#[test]
fn the_recorded_shops_are_read() {
    // 1.6, recorded in the vendor's sandbox.
    let recorded = r#"{"msg":"执行成功","code":0,"data":{"datas":[{"group_name":"自有商城","created":"2023-01-03 09:43:26.487","co_id":12252,
"session_uid":"4020541464018","shop_site":"商家自有商城","shop_name":"0103顺祥测试店铺mr.g","nick":"self_5018396669216298128",
"shop_id":10394533,"session_expired":"------永久授权------","group_id":707,"shop_url":null,"organization":null,"short_name":""}],
"page_index":1,"has_next":false,"page_size":100}}"#;
    let page = page(Api::Current, recorded);
    assert_eq!(page.records[0]["shop_id"], 10_394_533);
    assert_eq!((page.page_index, page.page_size, page.has_next), (Some(1), Some(100), Some(false)));
    assert_eq!((page.data_count, page.page_count), (None, None));
}

#[test]
fn records_keep_every_digit_and_the_facts_of_their_page() {
    let body = r#"{"code":0,"msg":"执行成功","data":{"page_size":50,"page_index":2,"data_count":61,"page_count":2,"has_next":false,
        "datas":[{"io_id":9007199254740993,"items":[{"qty":1.50,"cost_price":12.340000000000000000001,"name":"3/4' \"螺栓\""}]}]}}"#;
    let read = page(Api::Current, body);
    assert_eq!(
        read.records[0].to_string(),
        r#"{"io_id":9007199254740993,"items":[{"qty":1.50,"cost_price":12.340000000000000000001,"name":"3/4' \"螺栓\""}]}"#
    );
    assert_eq!((read.page_index, read.page_size), (Some(2), Some(50)));
    assert_eq!((read.data_count, read.page_count, read.has_next), (Some(61), Some(2), Some(false)));

    // 1.8: the legacy envelope is flat; and numbers may come as text (1.7).
    let flat = r#"{"page_size":"50","page_index":1,"data_count":"1","page_count":1,"has_next":"False","datas":[{"io_id":7}],"code":0,"issuccess":true,"msg":null}"#;
    let read = page(Api::Legacy, flat);
    assert_eq!((read.page_size, read.data_count, read.has_next), (Some(50), Some(1), Some(false)));
    let shops = r#"{"shops":[{"shop_id":1},{"shop_id":2}],"code":0,"issuccess":true,"msg":null}"#;
    let read = page(Api::Legacy, shops);
    assert_eq!((read.records.len(), read.has_next, read.page_size), (2, None, None));
}

#[test]
fn no_records_are_a_page_but_no_data_are_not() {
    for datas in ["[]", "null"] {
        let body = format!(r#"{{"code":0,"data":{{"data_count":0,"has_next":false,"datas":{datas}}}}}"#);
        assert_eq!(page(Api::Current, &body).records.len(), 0);
    }
    for body in [
        r#"{"code":0,"msg":"执行成功"}"#,
        r#"{"code":0,"msg":"执行成功","data":null}"#,
        r#"{"code":0,"data":{"has_next":false}}"#,
        r#"{"code":0,"data":{"datas":{}}}"#,
        r#"{"code":0,"data":{"datas":[7]}}"#,
    ] {
        let error = refused(Api::Current, 200, body);
        assert_eq!((error.class, error.code), (Class::Transport, "garbled_answer"), "{body}");
    }
}

#[test]
fn each_code_of_each_generation_has_its_class() {
    use Api::{Current, Legacy};
    // (interface, code, words of that generation's table, meaning)
    let table = [
        (Current, 10, "验证失败！无效签名", Class::Fatal, "wrong_signature"),
        (
            Current,
            100,
            "验证失败！无效的access_token或access_token已过期",
            Class::Credentials,
            "token_expired",
        ),
        (Current, 100, "access_token超时", Class::Credentials, "token_expired"),
        (Current, 110, "IP 不在白名单", Class::Fatal, "ip_refused"),
        (Current, 120, "签名错误", Class::Fatal, "wrong_signature"),
        (Current, 130, "传输数据不能为空", Class::Fatal, "wrong_request"),
        (Current, 140, "无效的timestamp，最大误差15分钟", Class::Transport, "clock_skew"),
        (Current, 140, "参数不符合规范", Class::Fatal, "wrong_request"),
        (Current, 150, "服务商应用禁止刷新access_token", Class::Fatal, "renewal_forbidden"),
        (Current, 150, "内部处理异常", Class::Transport, "server_error"),
        (Current, 160, "内部保存失败", Class::Transport, "server_error"),
        (Current, 170, "店铺编号[x]不存在", Class::Fatal, "wrong_request"),
        (Current, 180, "timestamp 无效(10分钟)", Class::Transport, "clock_skew"),
        (Current, 190, "无API权限，请申请API权限", Class::Fatal, "no_permission"),
        (Current, 199, "频次超限 (1s>5)", Class::RateLimit, "too_many_requests"),
        (Current, 199, "调用太频繁，请稍后再试!", Class::RateLimit, "too_many_requests"),
        (Current, 200, "频次超限 (1min>100)", Class::RateLimit, "too_many_requests"),
        (Legacy, 100, "合作者参数错误", Class::Fatal, "wrong_partner"),
        (Legacy, 100, "合作者授权参数有误或 Token 超时", Class::Credentials, "token_expired"),
        (Legacy, 120, "签名错误", Class::Fatal, "wrong_signature"),
        (Legacy, 130, "传输数据错误", Class::Fatal, "wrong_request"),
        (Legacy, 140, "传递参数有误", Class::Fatal, "wrong_request"),
        (Legacy, 150, "内部处理数据出错", Class::Transport, "server_error"),
        (Legacy, 170, "完整性失败，如 Token 超时", Class::Credentials, "token_expired"),
        (Legacy, 180, "TS无效", Class::Transport, "clock_skew"),
        (Legacy, 190, "无权限", Class::Fatal, "no_permission"),
        (Legacy, 200, "超频率", Class::RateLimit, "too_many_requests"),
        (Legacy, 200, "调用超过频率，请稍后重试", Class::RateLimit, "too_many_requests"),
        // The codes alone, as if the words had changed again.
        (Current, 10, "", Class::Fatal, "wrong_signature"),
        (Current, 100, "", Class::Credentials, "token_expired"),
        (Current, 110, "", Class::Fatal, "ip_refused"),
        (Current, 140, "", Class::Fatal, "wrong_request"),
        (Current, 170, "", Class::Fatal, "wrong_request"),
        (Current, 199, "", Class::RateLimit, "too_many_requests"),
        (Legacy, 100, "", Class::Fatal, "wrong_partner"),
        (Legacy, 120, "", Class::Fatal, "wrong_signature"),
        (Legacy, 170, "", Class::Credentials, "token_expired"),
        (Legacy, 180, "", Class::Transport, "clock_skew"),
        (Legacy, 190, "", Class::Fatal, "no_permission"),
        (Legacy, 200, "", Class::RateLimit, "too_many_requests"),
        (Legacy, 160, "", Class::Transport, "server_error"),
        // The words alone: the current table has no code for a wrong parameter (section 7).
        (Current, -1, "修改起始时间和结束时间间隔不能超过七天", Class::Fatal, "wrong_request"),
        (Current, -1, "系统繁忙，请稍后重试", Class::Transport, "server_error"),
        (Current, 1, "天知道", Class::Fatal, "unexpected_answer"),
    ];
    for (api, code, message, class, name) in table {
        for body in [
            json!({"code": code, "msg": message}),
            json!({"code": code, "msg": message, "data": null, "request_id": "1"}),
            json!({"code": code.to_string(), "message": message, "issuccess": false}),
        ] {
            let error = refused(api, 200, body.to_string());
            assert_eq!((error.class, error.code), (class, name), "{api:?} {body}");
            assert_eq!((error.vendor_code, &*error.message), (Some(code.to_string()), message));
            assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
        }
    }
}

#[test]
fn success_is_denied_by_either_sign() {
    let body = r#"{"code":0,"issuccess":false,"msg":"天知道","datas":[]}"#;
    assert_eq!(refused(Api::Legacy, 200, body).code, "unexpected_answer");
    let body = r#"{"datas":[],"has_next":false}"#;
    let error = refused(Api::Legacy, 200, body);
    assert_eq!((error.class, error.code), (Class::Fatal, "unexpected_answer"));
    assert!(error.message.contains("has_next"), "{error}");
}

#[test]
fn each_http_status_has_its_class() {
    let table = [
        (302, Class::Fatal, "redirected"),
        (401, Class::Fatal, "http_refused"),
        (403, Class::Fatal, "http_refused"),
        (404, Class::Fatal, "wrong_path"),
        (408, Class::Transport, "server_timeout"),
        (429, Class::RateLimit, "too_many_requests"),
        (500, Class::Transport, "server_error"),
        (503, Class::Transport, "server_error"),
        (204, Class::Fatal, "unexpected_answer"),
    ];
    for (status, class, name) in table {
        let error = refused(Api::Current, status, "<title>Gateway</title>");
        assert_eq!((error.class, error.code), (class, name), "{status}");
        assert_eq!((error.vendor_code.as_deref(), &*error.message), (Some(&*status.to_string()), "Gateway"));
    }
    // A body that says success does not make up for a status that does not.
    assert_eq!(refused(Api::Current, 502, r#"{"code":0,"data":{"datas":[]}}"#).class, Class::Transport);
    let error = refused(Api::Current, 200, "<html><title>登录</title></html>");
    assert_eq!((error.class, error.code, &*error.message), (Class::Fatal, "web_page", "登录"));
    for broken in [&b""[..], br#"{"code":0,"data":{"datas":[{"io_id":"#, b"[]", b"\xff\xfe\x00"] {
        let error = refused(Api::Current, 200, broken);
        assert_eq!((error.class, error.code), (Class::Transport, "garbled_answer"), "{broken:?}");
    }
}

#[test]
fn a_token_is_read_with_its_end() {
    // Answers of the vendor's documents, by ieu/jst-java Jackson2JsonJstHttpMessageConverterTest.
    let body = r#"{"code":0,"data":{"access_token":"0ecde8631431a5ed6b3e7368afbabdadss","expires_in":2592000,"refresh_token":"eb1964a9d142423a9f0de88b97bb38fc","scope":"all"}}"#;
    let token = read_token(&answer(200, body), 1000).unwrap();
    assert_eq!(token.access_token, "0ecde8631431a5ed6b3e7368afbabdadss");
    assert_eq!(token.refresh_token.as_deref(), Some("eb1964a9d142423a9f0de88b97bb38fc"));
    assert_eq!((token.expires_at, token.renew_at), (2_593_000, 2_593_000 - 86_400));
    assert!(!token.is_due(token.renew_at - 1) && token.is_due(token.renew_at));

    // A short life, given as text, and nothing to renew it with.
    let body = r#"{"code":0,"msg":"执行成功","data":{"access_token":"a","expires_in":"600"}}"#;
    let short = read_token(&answer(200, body), 1000).unwrap();
    assert_eq!((short.expires_at, short.renew_at, short.refresh_token.clone()), (1600, 1540, None));
    let stored: Token = serde_json::from_value(serde_json::to_value(&short).unwrap()).unwrap();
    assert_eq!(stored, short);
}

#[test]
fn a_refused_token_says_why_and_shows_none() {
    let table = [
        (150, "服务商应用禁止刷新access_token", Class::Fatal, "renewal_forbidden"),
        (10, "验证失败！无效签名", Class::Fatal, "wrong_signature"),
        (100, "无效的refresh_token", Class::Credentials, "refresh_token_refused"),
        (1, "refresh_token已过期", Class::Credentials, "refresh_token_refused"),
        (100, "", Class::Credentials, "token_expired"),
        (199, "", Class::RateLimit, "too_many_requests"),
    ];
    for (code, message, class, name) in table {
        let body = json!({"code": code, "msg": message, "data": null}).to_string();
        let error = read_token(&answer(200, body), 0).unwrap_err();
        assert_eq!((error.class, error.code, &*error.message), (class, name, message));
    }
    let secret = "0ecde8631431a5ed6b3e7368afbabdad";
    let bodies = [
        format!(r#"{{"code":0,"data":{{"access_token":"{secret}""#),
        format!(r#"{{"code":0,"data":{{"access_token":"{secret}"}}}}"#),
        format!(r#"{{"data":{{"access_token":"{secret}","expires_in":1}}}}"#),
        format!(r#"{{"code":100,"msg":"无效的access_token[{secret}]"}}"#),
        secret.to_owned(),
    ];
    for body in &bodies {
        for status in [200, 500] {
            let error = read_token(&answer(status, body), 0).unwrap_err();
            assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
        }
    }
    let error = refused(Api::Current, 200, &bodies[3]);
    assert_eq!(error.message, "无效的access_token[***]");
}

#[test]
fn a_longer_life_is_read() {
    let body = r#"{"code":0,"issuccess":true,"msg":null,"data":{"expired_date":"2027-01-01 00:00:00"}}"#;
    assert_eq!(
        jushuitan::read_extension(&answer(200, body)).unwrap().as_deref(),
        Some("2027-01-01 00:00:00")
    );
    let body = r#"{"code":0,"issuccess":true,"msg":null}"#;
    assert_eq!(jushuitan::read_extension(&answer(200, body)).unwrap(), None);
    let body = r#"{"code":170,"issuccess":false,"msg":"完整性失败，如 Token 超时"}"#;
    let error = jushuitan::read_extension(&answer(200, body)).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Credentials, "token_expired"));
}

#[test]
fn the_facts_are_found_by_both_names() {
    for (name, page, days, id) in [
        ("/open/other/inout/query", 50, Some(7), "io_id"),
        ("other.inout.query", 50, Some(7), "io_id"),
        ("/open/shops/query", 100, None, "shop_id"),
        ("shops.query", 100, None, "shop_id"),
    ] {
        let facts = jushuitan::facts(name).unwrap();
        assert_eq!((facts.largest_page, facts.id), (page, id));
        assert_eq!(facts.widest_window.map(|window| window.as_secs() / 86_400), days);
    }
    assert_eq!(jushuitan::facts("orders.query"), None);
    let classed = |code| classify(Api::Current, StatusCode::OK, Some(code), "").class;
    assert!(jushuitan::LIMITS.iter().all(|limit| classed(limit.code) == Class::RateLimit));
}
