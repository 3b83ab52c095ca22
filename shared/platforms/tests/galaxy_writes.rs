//! Writing to Galaxy: what is sent, against the requests recorded from the vendor's SDK
//! (`vendors/kingdee.md` 1.3), and what became of it, from the answers of 1.7.

use ferry_platforms::galaxy::{
    self, Account, Bill, DocumentStatus, Operation, OperationOutcome, RowOutcome, SaveOptions, Session,
    read_batch_save, read_bills, read_operation, read_view,
};
use ferry_platforms::{Class, Error};
use http::{Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;

fn account() -> Account {
    let variables = |name: &str| match name {
        "galaxy_scheme" => "http",
        "galaxy_host" => "erp.example.com",
        "galaxy_path" => "/k3cloud/",
        "galaxy_auth" => "signed",
        "galaxy_acct_id" => "5f0000000000aa",
        "galaxy_user" => "demo",
        "galaxy_app_id" => "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs",
        "galaxy_app_secret" => "00112233445566778899aabbccddeeff",
        "galaxy_lcid" => "2052",
        "galaxy_org" => "0",
        _ => "",
    };
    Account::from_variables("galaxy", |name| variables(name).to_owned()).expect("well-formed variables")
}

fn sent(request: &Request<Vec<u8>>) -> (String, Value) {
    let path = request.uri().path();
    let service = path.strip_prefix("/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.").unwrap();
    (service.to_owned(), serde_json::from_slice(request.body()).unwrap())
}

fn answer(body: impl ToString) -> Response<Vec<u8>> {
    Response::new(body.to_string().into_bytes())
}

/// `ResponseStatus` in the shape of 1.7.
fn status(code: i64, success: bool, done: Value, errors: Value) -> Value {
    let mut status = json!({"IsSuccess": success, "Errors": errors, "SuccessEntitys": done,
        "SuccessMessages": [], "MsgCode": code});
    if !success {
        status["ErrorCode"] = 500.into();
    }
    json!({"Result": {"ResponseStatus": status}})
}

fn done(rows: &[(i64, &str, usize)]) -> Value {
    rows.iter().map(|(id, number, index)| json!({"Id": id, "Number": number, "DIndex": index})).collect()
}

fn refused(rows: &[(&str, &str, usize)]) -> Value {
    let error = |(field, message, index): &(&str, &str, usize)| json!({"FieldName": field, "Message": message, "DIndex": index});
    rows.iter().map(error).collect()
}

const TAKEN: &str = "违反字段唯一性要求：编码唯一。[T2]在当前系统中已经被使用。";

#[test]
fn a_batch_is_sent_as_the_python_sdk_sends_it() {
    let model: Value =
        serde_json::from_str(r#"{"FBillNo":"T1","FNote":"7/8' 管 \"A\"","FQty":1.50}"#).unwrap();
    let request =
        galaxy::batch_save(&account(), None, NOW, "STK_MisDelivery", &SaveOptions::default(), &[model]);
    assert!(request.uri().path().ends_with("DynamicFormService.BatchSave.common.kdsvc"));
    // 1.3, key by key; IsControlPrecision is of 1.6. Numbers keep their digits.
    let expected = r#"{"formid":"STK_MisDelivery","data":{"NumberSearch":"true","ValidateFlag":"true","IsDeleteEntry":"true","IsEntryBatchFill":"true","NeedUpDateFields":[],"NeedReturnFields":[],"SubSystemId":"","InterationFlags":"","Model":[{"FBillNo":"T1","FNote":"7/8' 管 \"A\"","FQty":1.50}],"BatchCount":0,"IsVerifyBaseDataField":"false","IsAutoAdjustField":"false","IsControlPrecision":"false","IsAutoSubmitAndAudit":"false","IgnoreInterationFlag":"true"}}"#;
    assert_eq!(std::str::from_utf8(request.body()), Ok(expected));
    // 1.2.1, BatchSave.
    assert_eq!(
        request.headers()["x-api-signature"],
        "ZDEwYTM0YzVmNGE1YzM3MzkwMzM1ZmRkYjg2M2Q3NDFjMGY1NDNhNGZhZDM2ZmEwZTgzZGQwOWQ5M2QxNDU2MA=="
    );
}

#[test]
fn submit_audit_and_view_are_sent_as_the_python_sdk_sends_them() {
    let account = account();
    let session = Session { id: "c0ffee".into(), asp_net: None };
    let submit =
        galaxy::operate(&account, Some(&session), NOW, Operation::Submit, "SAL_RETURNSTOCK", &["T1"]);
    let audit = galaxy::operate(&account, Some(&session), NOW, Operation::Audit, "SAL_RETURNSTOCK", &["T1"]);
    let view = galaxy::view(&account, Some(&session), NOW, "SAL_RETURNSTOCK", "T1");
    // 1.3, verbatim.
    let expected = [
        (
            &submit,
            "Submit",
            r#"{"formid": "SAL_RETURNSTOCK", "data": {"CreateOrgId": 0, "Numbers": ["T1"], "Ids": "", "SelectedPostId": 0, "NetworkCtrl": "", "IgnoreInterationFlag": ""}}"#,
        ),
        (
            &audit,
            "Audit",
            r#"{"formid": "SAL_RETURNSTOCK", "data": {"CreateOrgId": 0, "Numbers": ["T1"], "Ids": "", "InterationFlags": "", "NetworkCtrl": "", "IsVerifyProcInst": "", "IgnoreInterationFlag": ""}}"#,
        ),
        (
            &view,
            "View",
            r#"{"formid": "SAL_RETURNSTOCK", "data": {"CreateOrgId": 0, "Number": "T1", "Id": "", "IsSortBySeq": "false"}}"#,
        ),
    ];
    for (request, operation, body) in expected {
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(sent(request), (format!("{operation}.common.kdsvc"), body.clone()));
        assert_eq!(std::str::from_utf8(request.body()).unwrap(), body.to_string(), "the order of keys");
        assert_eq!(request.headers()["kdservice-sessionid"], "c0ffee");
        assert!(request.headers().contains_key("x-kd-signature"));
    }
}

#[test]
fn numbers_are_looked_up_with_their_quotes_doubled() {
    let query = galaxy::find_bills("SAL_RETURNNOTICE", &["A-1", "7/8' pipe"]);
    assert_eq!(query.filter, "FBillNo in ('A-1','7/8'' pipe')");
    assert_eq!(query.field_keys, ["FBillNo", "FID", "FDocumentStatus"]);
    let none: [&str; 0] = [];
    assert_eq!(galaxy::any_of("FNumber", &none), "FNumber in ('')");
}

#[test]
fn options_are_read_as_flow_files_write_them() {
    let mut options = SaveOptions::default();
    for (name, value) in [
        ("IsVerifyBaseDataField", json!("true")),
        ("IsAutoSubmitAndAudit", json!(true)),
        ("IsDeleteEntry", json!("False")),
        ("InterationFlags", json!("STK_InvCheckResult")),
        ("NeedReturnFields", json!("FBillNo, FEntity.FEntryID")),
        ("NeedUpDateFields", json!(["FNote"])),
        ("SubSystemId", json!(21)),
        ("ValidateFlag", json!("")),
    ] {
        options.set(name, &value).unwrap();
    }
    let expected = SaveOptions {
        verify_base_data: true,
        submit_and_audit: true,
        delete_entries: false,
        interaction_flags: "STK_InvCheckResult".into(),
        return_fields: vec!["FBillNo".into(), "FEntity.FEntryID".into()],
        update_fields: vec!["FNote".into()],
        sub_system_id: "21".into(),
        ..SaveOptions::default()
    };
    assert_eq!(options, expected);
    for name in SaveOptions::NAMES {
        SaveOptions::default().set(name, &Value::Null).unwrap();
        assert!(SaveOptions::default().set(name, &json!({})).is_err(), "{name}");
    }
    for (name, value, why) in [
        ("IsAutoSubmitAndAudit", json!("yes"), "neither true nor false"),
        ("IsAutoSubmitAudit", json!("true"), "IsAutoSubmitAndAudit"),
        ("IsAutoSubmitAudit", json!(""), "IsAutoSubmitAndAudit"),
        ("BatchCount", json!(5), "operation.rows"),
        ("ValidateRepeatJson", json!(true), "retry"),
    ] {
        let problem = SaveOptions::default().set(name, &value).unwrap_err();
        assert_eq!(problem.about, name);
        assert!(problem.en.contains(why) && !problem.zh.is_empty(), "{problem}");
    }
}

fn saved(outcome: &RowOutcome) -> (&str, &str) {
    match outcome {
        RowOutcome::Saved(entity) => (&entity.id, &entity.number),
        other => panic!("{other:?}"),
    }
}

fn error(outcome: &RowOutcome) -> (&Error, &'static str) {
    match outcome {
        RowOutcome::Refused(error) => (error, "refused"),
        RowOutcome::SavedOnly(_, error) => (error, "saved only"),
        RowOutcome::InDoubt(error) => (error, "in doubt"),
        RowOutcome::Saved(entity) => panic!("{entity:?}"),
    }
}

#[test]
fn the_rows_of_a_batch_are_told_apart_whatever_is_success_says() {
    // 1.7 "BatchSave OK", verbatim.
    let ok = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"Errors":[],"SuccessEntitys":[{"Id":1,"Number":"A","DIndex":0},{"Id":2,"Number":"B","DIndex":1}],"SuccessMessages":[],"MsgCode":0},"NeedReturnData":[{},{}]}}"#;
    let rows = read_batch_save(&answer(ok), &["A", "B"]).unwrap();
    assert_eq!([saved(&rows[0]), saved(&rows[1])], [("1", "A"), ("2", "B")]);

    let entities = done(&[(1, "T1", 0), (3, "T3", 2)]);
    let errors = refused(&[("FBillNo", TAKEN, 1), ("FQty", "字段[数量]不正确", 1)]);
    for (code, success) in [(11, false), (0, true)] {
        let body = status(code, success, entities.clone(), errors.clone());
        let rows = read_batch_save(&answer(body), &["T1", "T2", "T3"]).unwrap();
        assert_eq!([saved(&rows[0]), saved(&rows[2])], [("1", "T1"), ("3", "T3")]);
        let (error, what) = error(&rows[1]);
        assert_eq!((error.class, error.code, what), (Class::Row, "duplicate_number", "refused"));
        assert_eq!(error.message, format!("FBillNo: {TAKEN}; FQty: 字段[数量]不正确"));
    }
}

#[test]
fn ids_as_text_and_returned_fields_are_read() {
    let mut body = status(0, true, json!([{"Id": "100029", "Number": "T1", "DIndex": "0"}]), json!([]));
    body["Result"]["NeedReturnData"] = json!([{"FBillNo": "T1", "FEntity": [{"FEntryID": 7}]}]);
    let rows = read_batch_save(&answer(&body), &[""]).unwrap();
    let RowOutcome::Saved(entity) = &rows[0] else { panic!("{rows:?}") };
    assert_eq!((entity.id.as_str(), entity.number.as_str()), ("100029", "T1"));
    assert_eq!(entity.returned.as_ref().unwrap()["FEntity"][0]["FEntryID"], 7);
    // Data for another number of bills belong to nobody.
    body["Result"]["NeedReturnData"] = json!([{"FBillNo": "T1"}, {"FBillNo": "T2"}]);
    let rows = read_batch_save(&answer(&body), &[""]).unwrap();
    assert!(matches!(&rows[0], RowOutcome::Saved(entity) if entity.returned.is_none()), "{rows:?}");
}

#[test]
fn a_bill_that_is_saved_but_not_audited_is_told_where_the_answer_tells_it() {
    let short = "单据编号为“T1”的销售退货单，更新库存不成功：即时库存不足！";
    let body = status(11, false, done(&[(1, "T1", 0)]), refused(&[("", short, 0)]));
    let rows = read_batch_save(&answer(body), &["T1"]).unwrap();
    let (error, what) = error(&rows[0]);
    assert_eq!((what, error.code, error.message.as_str()), ("saved only", "stock_short", short));
}

#[test]
fn a_batch_refused_as_a_whole_blames_nobody_until_the_bad_one_stands_alone() {
    let body = status(11, false, json!([]), refused(&[("FMaterialId", "物料M-9不存在", 0)]));
    let error = read_batch_save(&answer(&body), &["T1", "T2", "T3"]).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Row, "batch_refused"));
    assert_eq!(error.message, "FMaterialId: 物料M-9不存在");
    let rows = read_batch_save(&answer(&body), &["T1"]).unwrap();
    assert_eq!(error_code(&rows[0]), ("base_data_missing", "refused"));
    // A refusal without a row number, of a batch of one.
    let body = status(8, false, json!([]), json!([{"FieldName": null, "Message": "数据包格式错误"}]));
    let rows = read_batch_save(&answer(&body), &["T1"]).unwrap();
    assert_eq!(error_code(&rows[0]), ("row_refused", "refused"));
    let error = read_batch_save(&answer(&body), &["T1", "T2"]).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Row, "batch_refused"));
    // All refused, each by name: no need to halve.
    let body = status(11, false, json!([]), refused(&[("", "甲", 0), ("", "乙", 1)]));
    assert_eq!(read_batch_save(&answer(&body), &["T1", "T2"]).unwrap().len(), 2);
}

fn error_code(outcome: &RowOutcome) -> (&'static str, &'static str) {
    let (error, what) = error(outcome);
    (error.code, what)
}

#[test]
fn what_the_answer_leaves_open_is_in_doubt() {
    // A row of which nothing is said.
    let body = status(0, true, done(&[(1, "T1", 0)]), json!([]));
    let rows = read_batch_save(&answer(body), &["T1", "T2"]).unwrap();
    saved(&rows[0]);
    assert_eq!(error_code(&rows[1]), ("unaccounted", "in doubt"));
    assert_eq!(error(&rows[1]).0.class, Class::Transport);
    // Row numbers that the bill numbers contradict: counted over the good ones, or over parts of the batch.
    let body = status(11, false, done(&[(2, "T2", 0), (3, "T3", 1)]), refused(&[("", "错误", 0)]));
    let rows = read_batch_save(&answer(body), &["T1", "T2", "T3"]).unwrap();
    assert_eq!(error_code(&rows[0]), ("unaccounted", "in doubt"));
    assert_eq!(error(&rows[0]).0.message, "错误");
    assert_eq!([saved(&rows[1]).1, saved(&rows[2]).1], ["T2", "T3"]);
    // Row numbers that are not there.
    let body = status(
        0,
        true,
        json!([{"Id": 1, "Number": "T1"}, {"Id": 9, "Number": "T9", "DIndex": 9}]),
        json!([]),
    );
    let rows = read_batch_save(&answer(body), &["T1", "T2"]).unwrap();
    saved(&rows[0]);
    assert_eq!(error_code(&rows[1]).1, "in doubt");
    // Neither done nor refused: all are in doubt.
    let error = read_batch_save(&answer(status(0, true, json!([]), json!([]))), &["T1", "T2"]).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Transport, "unaccounted"));
}

#[test]
fn a_call_that_fails_as_a_call_has_the_class_of_its_cause() {
    let table = [
        (1, "会话信息已丢失，请重新登录", Class::Credentials, "session_lost"),
        (2, "没有权限", Class::Fatal, "no_permission"),
        (3, "操作标识为空", Class::Fatal, "wrong_request"),
        (4, "未将对象引用设置到对象的实例", Class::Transport, "server_error"),
        (6, "数据库操作失败", Class::Transport, "server_error"),
        (7, "许可错误", Class::Fatal, "licence"),
        (9, "业务对象不存在", Class::Fatal, "unknown_form"),
        (13, "网络控制冲突", Class::RateLimit, "locked_by_another"),
        (14, "WebApi调用次数已达上限", Class::RateLimit, "call_limit"),
        (15, "禁止管理员登录", Class::Fatal, "administrator_refused"),
    ];
    for (code, message, class, name) in table {
        let body = status(code, false, json!([]), refused(&[("", message, 0)]));
        let error = read_batch_save(&answer(&body), &["T1", "T2"]).unwrap_err();
        assert_eq!((error.class, error.code), (class, name), "{code}");
        assert_eq!(error.vendor_code, Some(code.to_string()));
        // The same for one bill, and for an operation.
        assert_eq!(read_batch_save(&answer(&body), &["T1"]).unwrap_err().code, name);
        let error = read_operation(&answer(&body), Operation::Audit, &["T1"]).unwrap_err();
        assert_eq!((error.class, error.code), (class, name), "{code}");
    }
    // A permission that one bill lacks is that bill's affair.
    let body = status(11, false, json!([]), refused(&[("", "没有权限使用该仓库", 0)]));
    assert_eq!(error_code(&read_batch_save(&answer(body), &["T1"]).unwrap()[0]), ("row_refused", "refused"));
}

#[test]
fn what_is_no_answer_to_a_write_leaves_it_in_doubt_or_stops() {
    let table = [
        (200, "", Class::Transport, "garbled_answer"),
        (200, r#"{"Result":{"ResponseStatus":{"IsSuccess":tr"#, Class::Transport, "garbled_answer"),
        (200, r#"response_error:{"Message":"x"}"#, Class::Transport, "server_error"),
        (200, "<title>系统维护中</title>", Class::Fatal, "web_page"),
        (
            200,
            r#"[{"actionname":"showConfirm","params":[{"msg":"请求参数存在可疑数据"}]}]"#,
            Class::Fatal,
            "waf_refused",
        ),
        (200, r#"{"Result":{"ResponseStatus":null}}"#, Class::Fatal, "unexpected_answer"),
        (429, "", Class::RateLimit, "too_many_requests"),
        (500, "Internal Server Error", Class::Transport, "server_error"),
        (504, "", Class::Transport, "server_error"),
    ];
    for (http, body, class, code) in table {
        let response = Response::builder().status(http).body(body.as_bytes().to_vec()).unwrap();
        let errors = [
            read_batch_save(&response, &["T1"]).unwrap_err(),
            read_operation(&response, Operation::Submit, &["T1"]).unwrap_err(),
            read_view(&response).unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.class, error.code), (class, code), "{http} {body}");
        }
    }
}

#[test]
fn each_refusal_of_a_row_has_its_name() {
    let table = [
        (TAKEN, Class::Row, "duplicate_number"),
        ("单据编号为“T1”的销售退货单，单据已经审核，不能修改！", Class::Row, "already_audited"),
        ("字段[物料编码]的基础资料[M-9]不存在", Class::Row, "base_data_missing"),
        // Both wordings: neither is confirmed.
        ("字段[客户]是必录字段", Class::Row, "required_field"),
        ("“客户”不能为空", Class::Row, "required_field"),
        ("更新库存不成功：即时库存不足！", Class::Row, "stock_short"),
        ("网络控制冲突：张三正在编辑", Class::RateLimit, "locked_by_another"),
        ("插件取消了保存操作", Class::Row, "row_refused"),
        ("", Class::Row, "row_refused"),
    ];
    for (message, class, code) in table {
        let body = status(11, false, done(&[(1, "T1", 0)]), refused(&[("", message, 1)]));
        let rows = read_batch_save(&answer(body), &["T1", "T2"]).unwrap();
        let (error, _) = error(&rows[1]);
        assert_eq!((error.class, error.code), (class, code), "{message}");
        assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty());
        assert_eq!(error.vendor_code.as_deref(), Some("11"));
    }
}

#[test]
fn numbers_that_an_operation_passes_over_are_unknown() {
    // 1.7 "Audit OK": the row is counted over the bills that were found.
    let body = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"Errors":[],"SuccessEntitys":[{"Id":7,"Number":"AR00004867","DIndex":0}],"SuccessMessages":[{"FieldName":null,"Message":"单据编号为“AR00004867”的应收单，审核成功！","DIndex":0}],"MsgCode":0}}}"#;
    let outcomes = read_operation(&answer(body), Operation::Audit, &["absent", "AR00004867"]).unwrap();
    assert_eq!(outcomes, [OperationOutcome::Unknown, OperationOutcome::Done]);
    // All missing (1.7): none of them is refused.
    let body = status(10, false, json!([]), refused(&[("", "未找到对应的应收单: a,b", 0)]));
    for numbers in [&["a"][..], &["a", "b"][..]] {
        let outcomes = read_operation(&answer(&body), Operation::Audit, numbers).unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == OperationOutcome::Unknown), "{outcomes:?}");
    }
}

#[test]
fn what_was_done_before_counts_as_done() {
    // 1.7 "Audit twice", verbatim.
    let twice = "单据编号为“TK202504030001”的销售出库单，单据已经审核！";
    let body = status(11, false, json!([]), refused(&[("", twice, 0)]));
    let numbers = ["TK20250403000", "TK202504030001"];
    let outcomes = read_operation(&answer(&body), Operation::Audit, &numbers).unwrap();
    assert_eq!(outcomes, [OperationOutcome::Unknown, OperationOutcome::Done]);
    assert_eq!(
        read_operation(&answer(&body), Operation::Submit, &numbers).unwrap()[1],
        OperationOutcome::Done
    );

    let submitted = "单据编号为“T1”的销售退货单，单据已经提交！";
    let unsubmitted = "单据编号为“T1”的销售退货单，单据未提交，不能审核！";
    for (operation, message, is_done) in [
        (Operation::Submit, submitted, true),
        (Operation::Audit, submitted, false),
        (Operation::Audit, unsubmitted, false),
    ] {
        let body = status(11, false, json!([]), refused(&[("", message, 0)]));
        let outcomes = read_operation(&answer(body), operation, &["T1"]).unwrap();
        assert_eq!(outcomes[0] == OperationOutcome::Done, is_done, "{operation:?} {message}");
    }
    // One of several is refused, its neighbour done.
    let short = "单据编号为“T1”的销售退货单，更新库存不成功：即时库存不足！";
    let body = status(11, false, done(&[(2, "T2", 1)]), refused(&[("", short, 0)]));
    let outcomes = read_operation(&answer(body), Operation::Audit, &["T1", "T2"]).unwrap();
    assert!(matches!(&outcomes[0], OperationOutcome::Refused(error) if error.code == "stock_short"));
    assert_eq!(outcomes[1], OperationOutcome::Done);
}

#[test]
fn a_status_says_what_is_still_to_be_done() {
    use Operation::{Audit, Submit};
    let rows = answer(r#"[["A-1",100029,"C"],["A-2","100030","B"],[7,1,"D"],["A-4",2,"A"],["A-5",3,"Z"]]"#);
    let bills = read_bills(&rows).unwrap();
    assert_eq!(
        bills[1],
        Bill { number: "A-2".into(), id: "100030".into(), status: DocumentStatus::Submitted }
    );
    assert_eq!(bills[2].number, "7");
    let rest: Vec<_> = bills.iter().map(|bill| bill.status.until_audited()).collect();
    let both = &[Submit, Audit][..];
    assert_eq!(rest, [Some(&[][..]), Some(&[Audit][..]), Some(both), Some(both), None]);
    assert_eq!(read_bills(&answer("[]")).unwrap(), []);
    for odd in [r#"[["A",1,"X"]]"#, r#"[["A",1,null]]"#, r#"[[null,1,"C"]]"#] {
        assert_eq!(read_bills(&answer(odd)).unwrap_err().code, "unexpected_answer", "{odd}");
    }
}

#[test]
fn a_bill_is_viewed_in_both_shapes() {
    for said in [Value::Null, json!({"IsSuccess": true, "Errors": [], "MsgCode": 0})] {
        let body = json!({"Result": {"ResponseStatus": said, "Result": {"BillNo": "T1", "Id": 7}}});
        assert_eq!(read_view(&answer(body)).unwrap().unwrap()["BillNo"], "T1");
    }
    let none = status(10, false, json!([]), refused(&[("", "未找到对应的销售退货单: T1", 0)]));
    assert_eq!(read_view(&answer(none)).unwrap(), None);
    let lost = status(1, false, json!([]), refused(&[("", "会话信息已丢失，请重新登录", 0)]));
    assert_eq!(read_view(&answer(lost)).unwrap_err().class, Class::Credentials);
}

proptest! {
    /// Whatever the row numbers of an answer are: every packet has one outcome, and none is taken for saved that the
    /// answer does not name.
    #[test]
    fn no_answer_makes_a_bill_saved_that_it_does_not_name(
        count in 1..6_usize,
        saved in prop::collection::vec((0..6_usize, -1..7_i64), 0..6),
        errors in prop::collection::vec(-1..7_i64, 0..4),
        code in 0..16_i64,
    ) {
        let numbers: Vec<String> = (0..count).map(|n| format!("T{n}")).collect();
        let entities: Vec<Value> =
            saved.iter().map(|(n, index)| json!({"Id": n, "Number": format!("T{n}"), "DIndex": index})).collect();
        let refusals: Vec<Value> = errors.iter().map(|index| json!({"Message": "错误", "DIndex": index})).collect();
        let body = status(code, refusals.is_empty(), entities.into(), refusals.into());
        if let Ok(rows) = read_batch_save(&answer(body), &numbers) {
            prop_assert_eq!(rows.len(), count);
            for (row, number) in rows.iter().zip(&numbers) {
                if let RowOutcome::Saved(entity) | RowOutcome::SavedOnly(entity, _) = row {
                    prop_assert_eq!(&entity.number, number);
                }
            }
        }
    }
}
