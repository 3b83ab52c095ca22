//! Vendors' answers. The first byte chooses the HTTP status, the rest is the body.

use ferry_platforms::mysql::Insert;
use ferry_platforms::{Error, galaxy, jdy, jushuitan, mysql, okki, wangdiantong, wise};
use http::Response;

const STATUSES: [u16; 10] = [200, 200, 200, 206, 302, 400, 401, 403, 429, 500];
const NOW: i64 = 1_704_075_072;

fn response(bytes: &[u8]) -> Response<Vec<u8>> {
    let (status, body) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    let status = STATUSES[usize::from(status) % STATUSES.len()];
    Response::builder()
        .status(status)
        .header("date", "Mon, 01 Jan 2024 02:11:12 GMT")
        .body(body.to_vec())
        .expect("an answer")
}

fn told(error: &Error) {
    assert!(
        !error.code.is_empty()
            && error.code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    );
    assert!(error.message.chars().count() <= 500, "{} characters of a vendor", error.message.chars().count());
    assert!(!error.hint_en.is_empty() && !error.hint_zh.is_empty(), "{error}");
    // What is kept of a code is kept in every dead letter.
    assert!(error.vendor_code.as_ref().is_none_or(|code| code.chars().count() <= 100), "{error:?}");
}

fn read<T>(read: Result<T, Error>) -> Option<T> {
    read.inspect_err(told).ok()
}

/// 金蝶云星空.
pub fn galaxy(bytes: &[u8]) {
    let response = response(bytes);
    for columns in [1, 3] {
        let rows = read(galaxy::read_query(&response, columns));
        assert!(rows.iter().flatten().all(|row| row.len() == columns));
    }
    read(galaxy::read_login(&response));
    read(galaxy::read_bills(&response));
    read(galaxy::read_view(&response));
    let numbers = ["XSTHD000001", "XSTHD'2", ""];
    let saved = read(galaxy::read_batch_save(&response, &numbers));
    assert!(saved.is_none_or(|rows| rows.len() == numbers.len()), "one outcome for each");
    for operation in [galaxy::Operation::Submit, galaxy::Operation::Audit] {
        let done = read(galaxy::read_operation(&response, operation, &numbers));
        assert!(done.is_none_or(|rows| rows.len() == numbers.len()), "one outcome for each");
    }
    galaxy::server_time(&response);
}

/// True answers of 星空, from `vendors/kingdee.md`.
pub const GALAXY: &[&[u8]] = &[
    b"0[[100001,\"01.02.000003\",\"M8\"],[100002,\"01.02.000004\",null]]",
    b"0[[100001]]",
    b"0[]",
    b"0[[{\"Result\":{\"ResponseStatus\":{\"ErrorCode\":500,\"IsSuccess\":false,\"Errors\":[{\"FieldName\":null,\"Message\":\"\xe4\xbc\x9a\xe8\xaf\x9d\xe4\xbf\xa1\xe6\x81\xaf\xe5\xb7\xb2\xe4\xb8\xa2\xe5\xa4\xb1\",\"DIndex\":0}],\"SuccessEntitys\":[],\"SuccessMessages\":[],\"MsgCode\":1}}}]]",
    b"0{\"Result\":{\"ResponseStatus\":{\"IsSuccess\":false,\"Errors\":[{\"FieldName\":\"FMaterialId\",\"Message\":\"x\",\"DIndex\":1}],\"SuccessEntitys\":[{\"Id\":100021,\"Number\":\"XSTHD000001\",\"DIndex\":0}],\"SuccessMessages\":[],\"MsgCode\":11},\"NeedReturnData\":[{}]}}",
    b"0{\"Message\":\"\xe6\x9c\x89\xe9\x94\x99\xe8\xaf\xaf\",\"LoginResultType\":1,\"KDSVCSessionId\":\"5e551017-0000-4000-8000-000000000000\",\"Context\":{\"SessionId\":\"abc0123456789\"}}",
    b"0response_error:{\"Message\":\"x\",\"InnerExWrapper\":{\"Message\":\"y\"}}",
    b"9<html><head><title>502 Bad Gateway</title></head></html>",
    b"0{\"actionname\":\"showConfirm\",\"params\":[{\"msg\":\"x\"}]}",
];

/// 聚水潭, both interfaces.
pub fn jushuitan(bytes: &[u8]) {
    let response = response(bytes);
    for api in [jushuitan::Api::Current, jushuitan::Api::Legacy] {
        read(jushuitan::read_page(api, &response));
    }
    read(jushuitan::read_token(&response, NOW));
    read(jushuitan::read_extension(&response));
    jushuitan::server_time(&response);
}

/// True answers of 聚水潭, from `vendors/sources.md`.
pub const JUSHUITAN: &[&[u8]] = &[
    b"0{\"code\":0,\"msg\":\"\xe6\x89\xa7\xe8\xa1\x8c\xe6\x88\x90\xe5\x8a\x9f\",\"data\":{\"page_index\":1,\"page_size\":50,\"data_count\":1,\"page_count\":1,\"has_next\":false,\"datas\":[{\"io_id\":10001,\"modified\":\"2024-01-01 10:11:12\",\"items\":[{\"sku_id\":\"A\",\"qty\":2}]}]}}",
    b"0{\"code\":0,\"issuccess\":true,\"msg\":null,\"page_index\":1,\"page_size\":50,\"data_count\":1,\"page_count\":1,\"has_next\":false,\"datas\":[{\"shop_id\":1}]}",
    b"0{\"code\":100,\"msg\":\"token\xe5\xb7\xb2\xe8\xbf\x87\xe6\x9c\x9f\"}",
    b"0{\"code\":0,\"msg\":\"ok\",\"data\":{\"access_token\":\"d7b01bf0842a4742a9450e21ffd95f60\",\"expires_in\":2592000,\"refresh_token\":\"x\",\"scope\":\"all\"}}",
    b"0{\"code\":199,\"msg\":\"\xe8\xb0\x83\xe7\x94\xa8\xe9\xa2\x91\xe7\x8e\x87\xe8\xb6\x85\xe9\x99\x90\"}",
];

/// 旺店通旗舰版.
pub fn wangdiantong(bytes: &[u8]) {
    let response = response(bytes);
    for calc_total in [true, false] {
        let pager = wangdiantong::Pager { page_no: 0, page_size: 100, calc_total };
        if let Some(found) = read(wangdiantong::read_page(&response, pager)) {
            let _ = found.is_whole();
        }
    }
    if let Ok(value) = serde_json::from_slice(response.body()) {
        wangdiantong::time(&value);
    }
    wangdiantong::server_time(&response);
}

/// True answers of 旺店通, from `vendors/sources.md`.
pub const WANGDIANTONG: &[&[u8]] = &[
    b"0{\"status\":0,\"data\":{\"total_count\":1,\"order\":[{\"stockout_id\":1,\"stockout_no\":\"CK2024082224\",\"modified\":\"2024-01-01 10:11:12\",\"status\":110,\"detail_list\":[{\"spec_no\":\"A\",\"num\":\"2.0000\"}]}]}}",
    b"0{\"status\":0,\"data\":{\"total_count\":0,\"order\":[]}}",
    b"0{\"status\":1,\"message\":\"app auth fail\"}",
    b"0\"2024-01-01 10:11:12\"",
    b"01704075072000",
];

/// 小满 OKKI.
pub fn okki(bytes: &[u8]) {
    let response = response(bytes);
    if let Some(page) = read(okki::read_order_list(&response)) {
        let _ = page;
    }
    if let Some(order) = read(okki::read_order_info(&response)) {
        okki::order_id(&order);
        okki::updated_at(&order);
    }
    read(okki::read_company_info(&response));
    read(okki::read_token(&response, NOW));
    okki::server_time(&response);
}

/// True answers of OKKI, from `vendors/sources.md`.
pub const OKKI: &[&[u8]] = &[
    b"0{\"code\":200,\"message\":\"success\",\"data\":{\"totalItem\":1,\"list\":[{\"order_id\":5203556502,\"order_no\":\"qiao250306000259\",\"update_time\":\"2024-01-01 10:11:12\"}]},\"now\":\"2024-01-01 10:11:12\"}",
    b"0{\"code\":200,\"message\":\"success\",\"data\":{\"order_id\":\"5203556502\",\"update_time\":\"2024-01-01 10:11:12\",\"product_list\":[{\"count\":2,\"unit_price\":1.5}]}}",
    b"0{\"token_type\":\"Bearer\",\"expires_in\":28800,\"access_token\":\"eyJ0eXAi.eyJhdWQi.c2ln\"}",
    b"6{\"error\":\"access_denied\",\"error_description\":\"The resource owner or authorization server denied the request.\",\"hint\":\"Access token is invalid\",\"message\":\"x\"}",
];

/// 金蝶 K3 WISE.
pub fn wise(bytes: &[u8]) {
    let response = response(bytes);
    if let Some(list) = read(wise::read_list(&response)) {
        let _ = (list.is_whole(wise::LARGEST_PAGE), list.orders());
    }
    read(wise::read_save(&response));
    read(wise::read_token(&response, NOW));
    if let Some(template) = read(wise::read_template(&response)) {
        let problems =
            template.problems(&serde_json::json!({"Page1": [{"FBillNo": "x"}], "Page2": [{"FQty": 1}]}));
        assert!(problems.iter().all(|problem| !problem.en.is_empty() && !problem.zh.is_empty()));
    }
    wise::server_time(&response);
}

/// True answers of WISE, from `vendors/kingdee.md`.
pub const WISE: &[&[u8]] = &[
    b"0{\"StatusCode\":200,\"Message\":\"\xe6\x88\x90\xe5\x8a\x9f\",\"Data\":{\"Token\":\"9f2c635e8cd049f1\",\"Code\":\"Y\",\"Validity\":3600,\"IPAddress\":\"127.0.0.1\",\"Language\":\"chs\",\"Create\":\"2024-01-01 10:11:12\"}}",
    b"0{\"StatusCode\":200,\"Message\":\"Successful\",\"Data\":{\"RowCount\":\"1\",\"Data\":[{\"FBillNo\":\"SEORD000001\",\"FPOOrdBillNo\":\"qiao250306000259\"}]}}",
    b"0{\"StatusCode\":200,\"Message\":\"Successful\",\"Data\":{\"BillNo\":\"SEORD000001\"}}",
    b"0{\"StatusCode\":200,\"Message\":\"Successful\",\"Data\":{\"Page1\":{\"FBillNo\":\"\",\"FDate\":\"\"},\"Page2\":[{\"FQty\":\"0\"}]}}",
    b"0{\"StatusCode\":500,\"Message\":\"x\",\"Data\":\"\"}",
];

/// 金蝶云星辰.
pub fn jdy(bytes: &[u8]) {
    let response = response(bytes);
    read(jdy::read_customers(&response));
    read(jdy::read_customer(&response, "10394547"));
    read(jdy::read_saved(&response));
    let account = jdy::Account::from_variables("jdy", |name| {
        let value = match name {
            "jdy_scheme" => "https",
            "jdy_host" => "api.kingdee.com",
            "jdy_client_id" => "200421",
            "jdy_client_secret" => "0123456789abcdef0123456789abcdef",
            "jdy_outer_instance_id" => "226079154111025152",
            _ => "",
        };
        value.to_owned()
    })
    .expect("an account");
    if let Some(authorisation) = read(jdy::read_authorisation(&account, &response)) {
        read(jdy::read_app_token(&response, &authorisation, NOW * 1000));
    }
    if let Ok(text) = std::str::from_utf8(response.body()) {
        let _ = jdy::open(&account, text);
    }
    jdy::server_time(&response);
}

/// True answers of 星辰, from `vendors/kingdee.md`.
pub const JDY: &[&[u8]] = &[
    b"0{\"errcode\":0,\"description\":\"\xe6\x88\x90\xe5\x8a\x9f\",\"data\":{\"rows\":[{\"id\":\"1\",\"number\":\"10394547\",\"name\":\"x\"}],\"count\":1,\"total_page\":1,\"page\":1,\"page_size\":100}}",
    b"0{\"errcode\":0,\"description\":\"x\",\"data\":{\"id\":\"1\",\"number\":\"10394547\",\"name\":\"x\",\"group_id\":\"\"}}",
    b"0{\"errcode\":0,\"description\":\"x\",\"data\":{\"ids\":[\"1783670000000\"],\"id_number_map\":{\"1783670000000\":\"10394547\"}}}",
    b"0{\"errcode\":0,\"description\":\"x\",\"data\":[{\"status\":1,\"accountId\":1,\"serviceId\":2,\"appKey\":\"bVZgAZOv1\",\"appSecret\":\"36ea948981fe67b8\",\"domain\":\"https://tf.jdy.com\",\"outerInstanceId\":\"226079154111025152\",\"accountName\":\"x\"}]}",
    b"0{\"errcode\":0,\"description\":\"x\",\"data\":{\"app-token\":\"eyJx\",\"access_token\":\"0123\",\"expires\":1704161472000,\"uid\":1}}",
    b"0{\"errcode\":1030002000,\"description\":\"x\",\"description_cn\":\"x\",\"data\":null}",
    b"0q1Kq0o4x0yS1Y0b8m2m0Fw==",
];

/// The errors of the host's MySQL driver as text, and the flow file's statement.
pub fn mysql(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    told(&mysql::classify(&text));
    match Insert::parse(&text) {
        Ok(insert) => {
            assert_eq!(insert.columns.len(), insert.placeholders.len());
            for name in insert.columns.iter().chain([&insert.table]).chain(&insert.database) {
                assert!(!name.contains(['`', '"', '\'', '\\', '\0']) && !name.is_empty(), "{name:?}");
            }
            assert_eq!(insert.columns_sql().sql.matches('?').count(), insert.columns_sql().params.len());
        }
        Err(problem) => assert!(!problem.en.is_empty() && !problem.zh.is_empty()),
    }
}

/// True errors, and a true statement.
pub const MYSQL: &[&[u8]] = &[
    b"QueryFailure(\"Server error: `ERROR 23000 (1062): Duplicate entry '100021' for key 'PRIMARY'`\")",
    b"ConnectionFailed(\"Server error: `ERROR 28000 (1045): Access denied for user 'ferry'@'127.0.0.1' (using password: YES)`\")",
    b"Server(\"ERROR 22001 (1406): Data too long for column 'name' at row 3\")",
    b"INSERT INTO crm.wk_wodtop_product (data_id, `product line`, \xe5\x90\x8d\xe7\xa7\xb0) VALUES (:data_id, :line, :name);",
];
