//! The vendor's Python SDK and npm `kingdee-k3-webapi` (`vendors/kingdee.md` 4).

use std::process::Command;

use ferry_simulators::galaxy::{Config, Galaxy, Generate, Material, OverLimit, Running};
use serde_json::{Value, json};

use crate::install::{installed, npm_package, run, script};

const SDK: &str = "kingdee.cdp.webapi.sdk==8.2.0";
const NPM: &str = "kingdee-k3-webapi@1.0.5";

fn start() -> Running {
    let materials = Some(Generate { rows: 300, ..Generate::default() });
    Galaxy::start(Config { materials, ..Config::default() }).expect("the simulator starts on a free port")
}

fn python(galaxy: &Running, app_secret: &str, calls: Value) -> Vec<Value> {
    let home = installed("python", |home| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(home.join("venv"));
        run(venv, "install python3 and python3-venv (apt-get install python3-venv)", "");
        let mut pip = Command::new(home.join("venv/bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", SDK]);
        run(pip, "pip must reach its package index to install the vendor's SDK", "");
    });
    let account = galaxy.credentials();
    let task = json!({
        "url": galaxy.url(), "acct_id": account.acct_id, "user": account.user,
        "app_id": account.app_id, "app_secret": app_secret, "calls": calls,
    });
    let mut command = Command::new(home.join("venv/bin/python"));
    command.arg(script("python_sdk.py"));
    let output =
        run(command, "the virtual environment is broken: remove it and run again", &task.to_string());
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the script writes a JSON array");
    // The SDK hands out the text of the body.
    let parse = |answer: Value| match &answer {
        Value::String(text) => serde_json::from_str(text).expect("the simulator answered with JSON"),
        _ => answer,
    };
    answers.into_iter().map(parse).collect()
}

fn npm(galaxy: &Running, calls: Value) -> Vec<Value> {
    let home = npm_package(NPM);
    let mut command = Command::new("node");
    command.arg(script("npm_client.js")).env("NODE_PATH", home.join("node_modules"));
    let task = json!({"url": galaxy.url(), "calls": calls});
    let output = run(command, "install nodejs (apt-get install nodejs)", &task.to_string());
    serde_json::from_slice(&output.stdout).expect("the script writes a JSON array")
}

fn query(filter: &str, limit: usize) -> Value {
    json!({
        "FormId": "BD_MATERIAL", "FieldKeys": "FMATERIALID,FNumber,FName,FSpecification,F_ProductLine,FModifyDate",
        "FilterString": filter, "OrderString": "FMATERIALID ASC", "TopRowCount": 0, "StartRow": 0, "Limit": limit,
    })
}

fn row(material: &Material) -> Value {
    let date = material.modify_date.format("%Y-%m-%dT%H:%M:%S").to_string();
    json!([material.id, material.number, material.name, material.specification, material.product_line, date])
}

fn return_bill(number: &str, material: &str) -> Value {
    json!({
        "FBillTypeID": {"FNUMBER": "XSTHD01_SYS"}, "FBillNo": number, "FDate": "2024-01-01 00:00:00",
        "FSaleOrgId": {"FNumber": "100"}, "FStockOrgId": {"FNumber": "100"}, "FRetcustId": {"FNumber": "CUST0001"},
        "SubHeadEntity": {"FSettleCurrId": {"FNumber": "PRE001"}},
        "FEntity": [{"FMaterialId": {"FNumber": material}, "FUnitID": {"FNumber": "Pcs"}, "FRealQty": 2,
            "FStockId": {"FNumber": "CK001"}, "FReturnType": {"FNumber": "THLX01_SYS"},
            "FOwnerTypeId": "BD_OwnerOrg", "FOwnerId": {"FNumber": "100"}}],
    })
}

fn status(answer: &Value) -> &Value {
    &answer["Result"]["ResponseStatus"]
}

fn query_error(answer: &Value) -> &Value {
    &answer[0][0]["Result"]["ResponseStatus"]["MsgCode"]
}

const WANTED: &str = "FUseOrgId.fnumber='T00' and FDocumentStatus='C' and FForbidStatus='A'";

#[test]
fn the_vendors_python_sdk_reads_and_writes() {
    let galaxy = start();
    let expected = galaxy.expected(WANTED).unwrap();
    let material = &expected[0].number;
    let secret = galaxy.credentials().app_secret;
    let bill = return_bill("张三-1", material);
    let answers = python(
        &galaxy,
        &secret,
        json!([
            ["ExecuteBillQuery", query(WANTED, 2000)],
            ["BillQuery", {"FormId": "BD_MATERIAL", "FieldKeys": "FNumber", "FilterString": [], "Limit": 10}],
            ["Save", "SAL_RETURNSTOCK", {"Model": bill, "NeedReturnFields": ["FBillNo", "FEntity.FEntryID"]}],
            ["Save", "SAL_RETURNSTOCK", {"Model": bill}],
            ["Submit", "SAL_RETURNSTOCK", {"Numbers": ["张三-1"], "Ids": ""}],
            ["Audit", "SAL_RETURNSTOCK", {"Numbers": ["张三-1", "absent"], "Ids": ""}],
            ["Audit", "SAL_RETURNSTOCK", {"Numbers": ["张三-1"], "Ids": ""}],
            ["View", "SAL_RETURNSTOCK", {"Number": "张三-1", "Id": ""}],
            ["BatchSaveQuery", "SAL_RETURNSTOCK", {"Model": [return_bill("A", material), return_bill("B", "absent")]}],
        ]),
    );
    assert_eq!(answers[0], expected.iter().map(row).collect::<Value>());
    assert_eq!(answers[1].as_array().map(Vec::len), Some(10));
    assert!(answers[1][0]["FNumber"].is_string());
    assert_eq!(status(&answers[2])["IsSuccess"], true, "{}", answers[2]);
    assert_eq!(answers[2]["Result"]["NeedReturnData"][0]["FBillNo"], "张三-1");
    assert!(answers[2]["Result"]["NeedReturnData"][0]["FEntity"][0]["FEntryID"].is_number());
    let duplicate = "违反字段唯一性要求：编码唯一。[张三-1]在当前系统中已经被使用。";
    assert_eq!(status(&answers[3])["Errors"][0]["Message"], duplicate);
    assert_eq!(status(&answers[3])["MsgCode"], 11);
    assert_eq!(status(&answers[4])["IsSuccess"], true);
    assert_eq!(
        status(&answers[5])["SuccessMessages"][0]["Message"],
        "单据编号为“张三-1”的销售退货单，审核成功！"
    );
    assert_eq!(status(&answers[6])["Errors"][0]["Message"], "单据编号为“张三-1”的销售退货单，单据已经审核！");
    assert_eq!(answers[7]["Result"]["Result"]["DocumentStatus"], "C");
    assert_eq!(status(&answers[8])["SuccessEntitys"][0]["Number"], "A", "{}", answers[8]);
    assert_eq!(status(&answers[8])["Errors"][0]["DIndex"], 1);
    let calls = galaxy.calls();
    assert!(calls.iter().all(|call| call.auth.as_deref() == Some("signed by demo")), "{calls:?}");
}

#[test]
fn the_vendors_python_sdk_is_refused() {
    let galaxy = start();
    let wrong = "ffffffffffffffffffffffffffffffff";
    let refused = python(
        &galaxy,
        wrong,
        json!([
            ["ExecuteBillQuery", query("", 10)],
            ["Save", "SAL_RETURNSTOCK", {"Model": return_bill("T1", "x")}],
        ]),
    );
    assert_eq!(*query_error(&refused[0]), 1);
    assert_eq!(status(&refused[1])["MsgCode"], 1);
    assert!(galaxy.bills("SAL_RETURNSTOCK").unwrap().is_empty());

    let secret = galaxy.credentials().app_secret;
    let unknown = json!({"FormId": "BD_MATERIAL", "FieldKeys": "FNumber,FIssueType", "Limit": 1});
    let bad = python(
        &galaxy,
        &secret,
        json!([
            ["ExecuteBillQuery", query("", 2001)],
            ["ExecuteBillQuery", unknown],
            ["ExecuteBillQuery", query("FNumber='x' -- and", 10)],
        ]),
    );
    assert_eq!(*query_error(&bad[0]), 8);
    let message = &bad[1][0][0]["Result"]["ResponseStatus"]["Errors"][0]["Message"];
    assert_eq!(message, "元数据中标识为FIssueType的字段不存在");
    assert_eq!(bad[2][0]["actionname"], "showConfirm");

    galaxy.set(|switches| switches.over_limit = OverLimit::Clamp);
    let clamped = python(&galaxy, &secret, json!([["ExecuteBillQuery", query("", 5000)]]));
    assert_eq!(clamped[0].as_array().map(Vec::len), Some(300));

    // A clock that runs away: the signature is right, its time is not.
    galaxy.set(|switches| switches.clock_offset_ms = 3_600_000);
    let stale = python(&galaxy, &secret, json!([["ExecuteBillQuery", query("", 10)]]));
    assert_eq!(*query_error(&stale[0]), 1);
}

#[test]
fn the_npm_client_reads_and_writes() {
    let galaxy = start();
    let expected = galaxy.expected(WANTED).unwrap();
    let account = galaxy.credentials();
    let bill = return_bill("N1", &expected[0].number);
    let login = json!([account.acct_id, account.user, account.app_id, account.app_secret, 2052]);
    let answers = npm(
        &galaxy,
        json!([
            ["AuthService.LoginByAppSecret", login],
            ["DynamicFormService.ExecuteBillQuery", [query(WANTED, 2000)]],
            ["DynamicFormService.Save", ["SAL_RETURNSTOCK", {"Model": bill, "IsAutoSubmitAndAudit": "true"}]],
            ["DynamicFormService.View", ["SAL_RETURNSTOCK", {"Number": "N1"}]],
            ["AuthService.Logout", []],
            ["DynamicFormService.View", ["SAL_RETURNSTOCK", {"Number": "N1"}]],
            ["AuthService.ValidateUser", [account.acct_id, account.user, account.password, 2052]],
            ["DynamicFormService.Audit", ["SAL_RETURNSTOCK", {"Numbers": ["N1"]}]],
        ]),
    );
    assert_eq!(answers[0]["LoginResultType"], 1, "{}", answers[0]);
    assert_eq!(answers[1], expected.iter().map(row).collect::<Value>());
    assert_eq!(status(&answers[2])["IsSuccess"], true, "{}", answers[2]);
    assert_eq!(answers[3]["Result"]["Result"]["DocumentStatus"], "C");
    assert_eq!(answers[4], true);
    assert_eq!(status(&answers[5])["MsgCode"], 1);
    assert_eq!(answers[6]["LoginResultType"], 1);
    assert_eq!(status(&answers[7])["Errors"][0]["Message"], "单据编号为“N1”的销售退货单，单据已经审核！");
}

#[test]
fn the_npm_client_is_refused() {
    let galaxy = start();
    let account = galaxy.credentials();
    let login = json!([account.acct_id, account.user, account.app_id, account.app_secret, 2052]);
    let lose = ferry_simulators::galaxy::Fault::next(
        &[ferry_simulators::galaxy::Op::ExecuteBillQuery],
        ferry_simulators::galaxy::Misbehaviour::SessionLost,
    );
    galaxy.arm(lose.skip(2));
    let answers = npm(
        &galaxy,
        json!([
            ["AuthService.LoginByAppSecret", [account.acct_id, account.user, account.app_id, "wrong", 2052]],
            ["AuthService.ValidateUser", [account.acct_id, account.user, "wrong", 2052]],
            ["DynamicFormService.ExecuteBillQuery", [query("", 1)]],
            ["AuthService.LoginByAppSecret", login],
            ["DynamicFormService.ExecuteBillQuery", [query("", 2001)]],
            ["DynamicFormService.ExecuteBillQuery", [query("", 1)]],
            ["DynamicFormService.ExecuteBillQuery", [query("", 1)]],
            ["AuthService.LoginByAppSecret", login],
            ["DynamicFormService.ExecuteBillQuery", [query("", 1)]],
        ]),
    );
    assert_eq!(answers[0]["LoginResultType"], -1);
    assert_eq!(answers[1]["LoginResultType"], 0);
    assert_eq!(*query_error(&answers[2]), 1);
    assert_eq!(*query_error(&answers[4]), 8);
    assert_eq!(*query_error(&answers[5]), 1);
    assert_eq!(*query_error(&answers[6]), 1, "the lost session stays lost");
    assert_eq!(answers[8].as_array().map(Vec::len), Some(1));
    assert_eq!(galaxy.faults()[0].fired, 1);
}
