//! What Galaxy answers: rows, and the many shapes of no (`vendors/kingdee.md` 1.2, 1.5, 1.7).

use ferry_platforms::galaxy::{classify, read_login, read_query, server_time};
use ferry_platforms::{Class, Error};
use http::{Response, StatusCode};
use serde_json::json;

fn answer(status: u16, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.as_ref().to_vec()).unwrap()
}

fn refused(status: u16, body: impl AsRef<[u8]>) -> Error {
    let body = body.as_ref();
    match read_query(&answer(status, body), 2) {
        Err(error) => error,
        Ok(rows) => panic!("{} gave {rows:?}", String::from_utf8_lossy(body)),
    }
}

/// 1.7, as recorded, for any code and message.
fn status_object(code: i64, message: &str) -> String {
    json!({"Result": {"ResponseStatus": {"ErrorCode": 500, "IsSuccess": false,
        "Errors": [{"FieldName": null, "Message": message, "DIndex": 0}],
        "SuccessEntitys": [], "SuccessMessages": [], "MsgCode": code}}})
    .to_string()
}

#[test]
fn rows_come_as_they_are_with_every_digit() {
    let body = r#"[[100001,"M-01",12.340000000000000000001,null,true],
                   [9007199254740993,"件'\"",0.10,"2024-01-01T10:11:12",false]]"#;
    let rows = read_query(&answer(200, body), 5).unwrap();
    assert_eq!(
        serde_json::to_value(&rows).unwrap().to_string(),
        r#"[[100001,"M-01",12.340000000000000000001,null,true],[9007199254740993,"件'\"",0.10,"2024-01-01T10:11:12",false]]"#
    );
    assert!(read_query(&answer(200, "[]"), 5).unwrap().is_empty());
    assert_eq!(read_query(&answer(206, "\u{feff}[[1]]"), 1).unwrap().len(), 1);
}

#[test]
fn a_query_error_is_seen_in_each_of_its_wrappings() {
    // 1.7 "Query error", verbatim.
    let recorded = r#"[[{"Result":{"ResponseStatus":{"ErrorCode":500,"IsSuccess":false,"Errors":[{"FieldName":null,"Message":"元数据中标识为FIssueType的字段不存在","DIndex":0}],"SuccessEntitys":[],"SuccessMessages":[],"MsgCode":9}}}]]"#;
    let bare = recorded.trim_start_matches('[').trim_end_matches(']');
    for body in [recorded, &format!("[{bare}]"), bare] {
        let error = refused(200, body);
        assert_eq!((error.class, error.code), (Class::Fatal, "unknown_field"), "{body}");
        assert_eq!(error.vendor_code.as_deref(), Some("9"));
        assert_eq!(error.message, "元数据中标识为FIssueType的字段不存在");
    }
    // Also when one column was asked for, so that its width would fit.
    assert!(read_query(&answer(200, recorded), 1).is_err());
}

#[test]
fn a_lost_session_is_seen() {
    // 1.7 "Session lost", verbatim, bare and as a query wraps it.
    let recorded = r#"{"Result":{"ResponseStatus":{"ErrorCode":500,"IsSuccess":false,"Errors":[{"FieldName":null,"Message":"会话信息已丢失，请重新登录","DIndex":0}],"SuccessEntitys":[],"SuccessMessages":[],"MsgCode":1}}}"#;
    for body in [
        recorded.to_owned(),
        format!("[[{recorded}]]"),
        recorded.replace("\"MsgCode\":1", "\"MsgCode\":\"1\""),
    ] {
        let error = refused(200, &body);
        assert_eq!(
            (error.class, error.code, error.vendor_code.as_deref()),
            (Class::Credentials, "session_lost", Some("1"))
        );
        assert!(error.hint_en.contains("whitelist") && error.hint_zh.contains("白名单"), "{error}");
    }
}

#[test]
fn each_msg_code_has_its_class() {
    let table = [
        (1, "", Class::Credentials, "session_lost"),
        (2, "", Class::Fatal, "no_permission"),
        (3, "", Class::Fatal, "wrong_request"),
        (4, "", Class::Transport, "server_error"),
        (5, "", Class::Fatal, "wrong_request"),
        (6, "", Class::Transport, "server_error"),
        (7, "", Class::Fatal, "licence"),
        (8, "", Class::Fatal, "wrong_request"),
        (9, "", Class::Fatal, "unknown_field"),
        (10, "", Class::Row, "row_refused"),
        (11, "违反字段唯一性要求：编码唯一。[test5]在当前系统中已经被使用。", Class::Row, "row_refused"),
        (12, "", Class::Row, "row_refused"),
        (13, "", Class::RateLimit, "locked_by_another"),
        (14, "", Class::RateLimit, "call_limit"),
        (15, "", Class::Fatal, "administrator_refused"),
        (0, "", Class::Fatal, "unexpected_answer"),
        (77, "", Class::Fatal, "unexpected_answer"),
        // Words that outweigh the code.
        (4, "业务对象不存在", Class::Fatal, "unknown_form"),
        (4, "会话信息已丢失，请重新登录", Class::Credentials, "session_lost"),
        (0, "您的IP不在白名单内", Class::Fatal, "ip_refused"),
        (0, "当前用户没有权限查询该单据", Class::Fatal, "no_permission"),
    ];
    for (code, message, class, name) in table {
        let error = refused(200, format!("[[{}]]", status_object(code, message)));
        assert_eq!((error.class, error.code), (class, name), "{code} {message}");
        assert_eq!((error.vendor_code, error.message.as_str()), (Some(code.to_string()), message));
        assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
    }
}

#[test]
fn each_http_status_has_its_class() {
    let table = [
        (204, Class::Fatal, "unexpected_answer"),
        (302, Class::Fatal, "redirected"),
        (400, Class::Fatal, "http_refused"),
        (401, Class::Fatal, "http_refused"),
        (403, Class::Fatal, "http_refused"),
        (404, Class::Fatal, "wrong_path"),
        (408, Class::Transport, "server_timeout"),
        (413, Class::Fatal, "http_refused"),
        (429, Class::RateLimit, "too_many_requests"),
        (500, Class::Transport, "server_error"),
        (502, Class::Transport, "server_error"),
        (503, Class::Transport, "server_error"),
    ];
    for (status, class, code) in table {
        let error = refused(status, "<html><title>Service\nUnavailable</title></html>");
        assert_eq!((error.class, error.code), (class, code), "{status}");
        assert_eq!(error.vendor_code, Some(status.to_string()));
        assert_eq!(error.message, "Service Unavailable");
        assert_eq!(classify(StatusCode::from_u16(status).unwrap(), None, "").code, code);
        // Rows that come with such a status are no rows.
        assert_eq!(refused(status, "[[1,2]]").code, code);
    }
    let lost = refused(500, status_object(1, "会话信息已丢失，请重新登录"));
    assert_eq!((lost.class, lost.code), (Class::Credentials, "session_lost"));
}

#[test]
fn what_is_no_answer_at_all_is_told_apart() {
    let waf = r#"[{"actionname":"showConfirm","params":[{"msg":"请求参数存在可疑数据,请联系管理员"}]}]"#;
    let exception = r#"response_error:{"Message":"调用失败","InnerExWrapper":{"Message":"数据库连接超时"}}"#;
    let table = [
        (waf, Class::Fatal, "waf_refused", "showConfirm: 请求参数存在可疑数据,请联系管理员"),
        (exception, Class::Transport, "server_error", "response_error: 调用失败-->数据库连接超时"),
        ("response_error:oops", Class::Transport, "server_error", "response_error:"),
        ("<!DOCTYPE html><title>登录</title>", Class::Fatal, "web_page", "登录"),
        ("{\"odd\":1}", Class::Fatal, "unexpected_answer", "{\"odd\":1}"),
        ("[7]", Class::Transport, "garbled_answer", "expected a row"),
    ];
    for (body, class, code, message) in table {
        let error = refused(200, body);
        assert_eq!((error.class, error.code), (class, code), "{body}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn an_answer_that_breaks_off_anywhere_is_no_answer() {
    let body = r#"[[100001,"件 M-01"],[100002,"M-02"]]"#.as_bytes();
    for end in 0..body.len() {
        let error = refused(200, &body[..end]);
        assert_eq!((error.class, error.code), (Class::Transport, "garbled_answer"), "{end}");
    }
    assert_eq!(refused(200, [body, b"[]"].concat()).code, "garbled_answer");
    assert_eq!(refused(200, b"[[\"\xff\",1]]").code, "garbled_answer");
}

#[test]
fn rows_of_another_width_are_refused() {
    for body in ["[[1]]", "[[1,2],[1,2,3]]", "[[]]"] {
        let error = refused(200, body);
        assert_eq!((error.class, error.code), (Class::Fatal, "wrong_columns"), "{body}");
    }
    assert!(refused(200, "[[1,2],[1,2,3]]").message.contains("row 1 has 3 cells, 2 were asked for"));
}

#[test]
fn a_long_message_is_cut() {
    let error = refused(200, status_object(9, &"字段".repeat(400)));
    assert_eq!(error.message.chars().count(), 500);
}

#[test]
fn a_login_gives_both_session_ids() {
    // 1.5, shortened.
    let body = r#"{"Message":null,"MessageCode":"CheckPasswordPolicy","LoginResultType":1,"Context":{"UserLocale":"zh-CN","SessionId":"asp0","UserId":100001,"UserToken":"tok"},"KDSVCSessionId":"11111111-2222-3333-4444-555555555555","FormId":null,"Lcid":2052,"IsSuccessByAPI":true}"#;
    let session = read_login(&answer(200, body)).unwrap();
    assert_eq!(
        (session.id.as_str(), session.asp_net.as_deref()),
        ("11111111-2222-3333-4444-555555555555", Some("asp0"))
    );
    let form = body.replace("\"LoginResultType\":1", "\"LoginResultType\":-5");
    assert_eq!(read_login(&answer(200, form)).unwrap(), session);
    let stored: ferry_platforms::galaxy::Session =
        serde_json::from_value(serde_json::to_value(&session).unwrap()).unwrap();
    assert_eq!(stored, session);
}

#[test]
fn a_refused_login_says_why() {
    let table = [
        (0, "用户名或密码错误", Class::Credentials, "login_refused"),
        (-2, "", Class::Credentials, "login_refused"),
        (-3, "", Class::Credentials, "login_refused"),
        (-1, "数据中心不存在", Class::Fatal, "login_failed"),
        (-4, "", Class::Fatal, "login_failed"),
        (-6, "", Class::Fatal, "login_not_activated"),
        (-7, "", Class::Fatal, "login_not_activated"),
        (-1, "会话信息已丢失，请重新登录", Class::Credentials, "login_refused"),
        (-1, "IP不在白名单", Class::Fatal, "ip_refused"),
        // Success without a session is none.
        (1, "", Class::Fatal, "login_failed"),
    ];
    for (result, message, class, code) in table {
        let body =
            json!({"Message": message, "LoginResultType": result, "Context": null, "KDSVCSessionId": ""});
        let error = read_login(&answer(200, body.to_string())).unwrap_err();
        assert_eq!((error.class, error.code, error.message.as_str()), (class, code, message), "{result}");
        assert_eq!(error.vendor_code, Some(result.to_string()));
    }
    let lost = read_login(&answer(200, status_object(1, "会话信息已丢失，请重新登录"))).unwrap_err();
    assert_eq!((lost.class, lost.code), (Class::Credentials, "session_lost"));
    let exception = read_login(&answer(200, r#"response_error:{"Message":"x"}"#)).unwrap_err();
    assert_eq!((exception.class, exception.code), (Class::Transport, "server_error"));
    assert_eq!(read_login(&answer(404, "<title>Not Found</title>")).unwrap_err().code, "wrong_path");
    assert_eq!(read_login(&answer(200, "<title>Hello</title>")).unwrap_err().code, "web_page");
}

#[test]
fn a_broken_login_answer_is_not_quoted() {
    let body = r#"{"LoginResultType":1,"KDSVCSessionId":"c0ffee"}"#;
    for answer in [
        answer(200, &body[..body.len() - 1]),
        answer(500, body),
        answer(200, r#"{"KDSVCSessionId":"c0ffee"}"#),
    ] {
        let error = read_login(&answer).unwrap_err();
        assert!(!format!("{error:?}").contains("c0ffee"), "{error:?}");
    }
}

#[test]
fn the_servers_clock_is_read() {
    let at = |date: &str| server_time(&Response::builder().header("Date", date).body(Vec::new()).unwrap());
    assert_eq!(at("Tue, 14 Nov 2023 22:13:20 GMT"), Some(1_700_000_000));
    assert_eq!(at("Tuesday, 14-Nov-23 22:13:20 GMT"), Some(1_700_000_000));
    assert_eq!(at("yesterday"), None);
    assert_eq!(server_time(&answer(200, "[]")), None);
}
