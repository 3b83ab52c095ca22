//! What Ferry sends to Galaxy, against vectors that the vendor's own SDKs produced
//! (`vendors/kingdee.md` 1.2.1, 1.3, 1.5).

use ferry_platforms::galaxy::{self, Account, Query, Session};
use proptest::prelude::*;

/// The credentials of 1.2.1, with some variables set otherwise.
fn variables(other: &[(&str, &str)]) -> impl Fn(&str) -> String {
    let mut values = vec![
        ("galaxy_scheme", "http"),
        ("galaxy_host", "erp.example.com:8080"),
        ("galaxy_path", "/k3cloud/"),
        ("galaxy_auth", "signed"),
        ("galaxy_acct_id", "5f0000000000aa"),
        ("galaxy_user", "demo"),
        ("galaxy_app_id", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs"),
        ("galaxy_app_secret", "00112233445566778899aabbccddeeff"),
        ("galaxy_lcid", "2052"),
        ("galaxy_org", "0"),
    ];
    for (name, value) in other {
        values.iter_mut().find(|(known, _)| known == name).expect("a variable of galaxy").1 = value;
    }
    let values: Vec<(String, String)> = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    move |name| {
        let found = values.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is no variable of galaxy")).1.clone()
    }
}

fn account(other: &[(&str, &str)]) -> Account {
    Account::from_variables("galaxy", variables(other)).expect("well-formed variables")
}

fn signed(account: &Account, operation: &str, header: &str) -> String {
    let path =
        format!("/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{operation}.common.kdsvc");
    let headers = galaxy::sign(account, &path, 1_700_000_000);
    headers.iter().find(|(name, _)| *name == header).expect("a signed header").1.clone()
}

fn materials() -> Query {
    Query {
        form_id: "BD_MATERIAL".into(),
        field_keys: ["FMATERIALID", "FMasterId", "FNumber", "FName", "FSpecification", "FModifyDate"]
            .map(String::from)
            .into(),
        filter: "FModifyDate>='2024-01-01'".into(),
        order: "FMATERIALID ASC".into(),
        limit: galaxy::MAX_ROWS,
        start_row: 0,
        top_row_count: 0,
    }
}

#[test]
fn the_gateway_signature_is_that_of_the_python_sdk() {
    // Origin of all: SDK 8.2.0 (PyPI kingdee.cdp.webapi.sdk) run with its clock at 1700000000; the
    // one of Save also recomputed independently (1.2.1).
    let vectors = [
        (
            "ExecuteBillQuery",
            "Y2M1MmY2ODJlOWFjOWNhYWEwMjk0NTU0OTUxZmY4Y2EwOGJmODY4NTE0OTk2YzA5NTE1ZWFmNGRiZDcyNWUyZA==",
        ),
        ("Save", "OGYyOGM2NWJjY2FlNjZhZjUyNzViOGRkNTllMzBjYzM3YWNkOGZmZTZkNDA4MGUzYTA4MDJhMGU4Yjg3NWFmOQ=="),
        (
            "BatchSave",
            "ZDEwYTM0YzVmNGE1YzM3MzkwMzM1ZmRkYjg2M2Q3NDFjMGY1NDNhNGZhZDM2ZmEwZTgzZGQwOWQ5M2QxNDU2MA==",
        ),
        (
            "Submit",
            "OGI3ZjQ3NGVjNGUxY2UwMTNmMTE3M2Q5MzcyNjM4MDQ1MDExNGVjMzIwMGEyNmYzMDEzYjI1YmQ4YWFmYmRhMQ==",
        ),
        ("Audit", "ZTg5YjI0ODkyYzA4NjkyZjNiYjNhYjhkZjAwNjE4OTQ3NjUxN2UxY2U5YTA1MzYxN2JjYmExNjZiNGQxNjMxNg=="),
        ("View", "ZjZlMTA2ZGYwYTJkNTIwZmQwY2ExNzNmOGFlMGQ4ZjQ4MjMwM2NjNmY2NmNkNDdkM2EyNzI0ODhjMzNhNTI3MA=="),
        (
            "BillQuery",
            "ODU3MDZkZTU2ZmE4M2E4MTZiZDYzODgxNzc3YjZiNTNkM2ZhYzNhYjY2NzFkN2FhZTY4NTA2OWUwOTQwYzgwNQ==",
        ),
        (
            "QueryAsyncResult",
            "MTUzYjllMDlmN2IyZTYwNTU2MmM2MjY4MjQzMTNmZTUyYTdkZGFkNzg5ZDNkNjQxMmU3NGIyZjgzNjUzYjBhMg==",
        ),
    ];
    for (operation, expected) in vectors {
        assert_eq!(signed(&account(&[]), operation, "x-api-signature"), expected, "{operation}");
    }
}

#[test]
fn the_account_signature_is_that_of_the_sdks() {
    type Variables = &'static [(&'static str, &'static str)];
    let vectors: [(&str, Variables, &str, &str); 4] = [
        (
            "Python SDK 8.2.0",
            &[],
            "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLDA=",
            "M2RiZmZjNGM1ODE4ZjA1ZWQzNDZkMWU2YzQzZTk2ODc4ZTBiMDc4MTU2ZWNkYjIzMDk5YzQyNzRhNTVhZDRiYw==",
        ),
        (
            "Python SDK 8.2.0, an organisation",
            &[("galaxy_org", "100")],
            "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLDEwMA==",
            "N2Y3NWJhZDA3OTg5NmVlYjVjM2EyNWY1OTdmN2EyY2M5NmNkOWZkMDM0YzYxZTNiNGFhNDFjNzkzZDYyNTQzMQ==",
        ),
        (
            "Java SDK 8.2.0, no organisation",
            &[("galaxy_org", "null")],
            "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLG51bGw=",
            "NDY0NmNmNzc5NDgyZjBhMTY5ZjAzYmU1ZmNhNGQ1OWM1MzlhMTk1ZGYwZGRiMDNjYzdiZjdhNzQ1Y2ExNTA2Mg==",
        ),
        (
            "independent implementation, a Chinese user",
            &[("galaxy_user", "张三")],
            "NWYwMDAwMDAwMDAwYWEs5byg5LiJLDIwNTIsMA==",
            "Yjk1NDRmZjQ2YzlhOGY4YTYwZjlmNjNkMzFjMGI2MGVlOTdiNGFhNTU0NjM4YWY0OTg2YzBlZmY0MDhlZTYyNg==",
        ),
    ];
    for (origin, other, app_data, signature) in vectors {
        let account = account(other);
        assert_eq!(signed(&account, "ExecuteBillQuery", "x-kd-appdata"), app_data, "{origin}");
        assert_eq!(signed(&account, "ExecuteBillQuery", "x-kd-signature"), signature, "{origin}");
    }
}

#[test]
fn a_query_is_sent_as_the_python_sdk_sends_it() {
    let request = galaxy::execute_bill_query(&account(&[]), None, 1_700_000_000, &materials());
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.uri().to_string(),
        "http://erp.example.com:8080/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.ExecuteBillQuery.common.kdsvc"
    );
    // 1.3, verbatim, but for the blanks that Python puts between the fields.
    let expected = r#"{"data":{"FormId":"BD_MATERIAL","FieldKeys":"FMATERIALID,FMasterId,FNumber,FName,FSpecification,FModifyDate","FilterString":"FModifyDate>='2024-01-01'","OrderString":"FMATERIALID ASC","TopRowCount":0,"StartRow":0,"Limit":2000,"SubSystemId":""}}"#;
    assert_eq!(std::str::from_utf8(request.body()), Ok(expected));

    let headers: Vec<(&str, &str)> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected = [
        ("content-type", "application/json"),
        ("accept-charset", "utf-8"),
        ("user-agent", concat!("Ferry/", env!("CARGO_PKG_VERSION"))),
        ("x-api-clientid", "100001"),
        ("x-api-auth-version", "2.0"),
        ("x-api-timestamp", "1700000000"),
        ("x-api-nonce", "1700000000"),
        ("x-api-signheaders", "x-api-timestamp,x-api-nonce"),
        (
            "x-api-signature",
            "Y2M1MmY2ODJlOWFjOWNhYWEwMjk0NTU0OTUxZmY4Y2EwOGJmODY4NTE0OTk2YzA5NTE1ZWFmNGRiZDcyNWUyZA==",
        ),
        ("x-kd-appkey", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs"),
        ("x-kd-appdata", "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLDA="),
        (
            "x-kd-signature",
            "M2RiZmZjNGM1ODE4ZjA1ZWQzNDZkMWU2YzQzZTk2ODc4ZTBiMDc4MTU2ZWNkYjIzMDk5YzQyNzRhNTVhZDRiYw==",
        ),
    ];
    assert_eq!(headers, expected);
}

#[test]
fn a_session_travels_as_header_and_cookie_and_without_a_signature() {
    let account = account(&[("galaxy_auth", "session")]);
    let session =
        Session { id: "11111111-2222-3333-4444-555555555555".into(), asp_net: Some("abc123".into()) };
    let request = galaxy::execute_bill_query(&account, Some(&session), 1_700_000_000, &materials());
    assert_eq!(request.headers()["kdservice-sessionid"], "11111111-2222-3333-4444-555555555555");
    assert_eq!(
        request.headers()["cookie"],
        "kdservice-sessionid=11111111-2222-3333-4444-555555555555; ASP.NET_SessionId=abc123"
    );
    assert!(request.headers().keys().all(|name| !name.as_str().starts_with("x-")), "{request:?}");

    let alone = Session { asp_net: None, ..session };
    let request = galaxy::execute_bill_query(&account, Some(&alone), 1_700_000_000, &materials());
    assert_eq!(request.headers()["cookie"], "kdservice-sessionid=11111111-2222-3333-4444-555555555555");
}

#[test]
fn a_login_names_user_application_and_secret() {
    let request =
        galaxy::login_by_app_secret(&account(&[("galaxy_auth", "session"), ("galaxy_user", "张三")]));
    assert!(
        request
            .uri()
            .path()
            .ends_with("/k3cloud/Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginByAppSecret.common.kdsvc")
    );
    // 1.5
    let expected = r#"{"acctId":"5f0000000000aa","username":"张三","appId":"100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs","appSecret":"00112233445566778899aabbccddeeff","lcid":2052}"#;
    assert_eq!(std::str::from_utf8(request.body()), Ok(expected));
}

#[test]
fn every_malformed_variable_is_named_with_what_it_is_for() {
    let cases = [
        ("galaxy_scheme", "ftp"),
        ("galaxy_host", "unset.invalid"),
        ("galaxy_host", "https://erp.example.com"),
        ("galaxy_host", "erp.example.com/k3cloud"),
        ("galaxy_host", "root@erp.example.com"),
        ("galaxy_host", "erp.example.com "),
        ("galaxy_path", "k3cloud/"),
        ("galaxy_path", "/k3cloud"),
        ("galaxy_path", "/k3 cloud/"),
        ("galaxy_path", "/k3cloud/?x=/"),
        ("galaxy_auth", "password"),
        ("galaxy_acct_id", ""),
        ("galaxy_user", ""),
        ("galaxy_app_id", "100001"),
        ("galaxy_app_id", "_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs"),
        ("galaxy_app_id", "100001_a_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs"),
        ("galaxy_app_id", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrO"),
        ("galaxy_app_id", "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrO!"),
        ("galaxy_app_secret", "00112233445566778899aabbccddeeff\n"),
        ("galaxy_lcid", "zh-CN"),
        ("galaxy_org", ""),
    ];
    for (name, value) in cases {
        let problems = Account::from_variables("galaxy", variables(&[(name, value)])).expect_err(value);
        assert_eq!(
            problems.iter().map(|problem| problem.about.as_str()).collect::<Vec<_>>(),
            [name],
            "{value}"
        );
        assert!(problems[0].en.contains("It is ") && problems[0].zh.contains("应为："), "{:?}", problems[0]);
    }

    let all = Account::from_variables("erp2", |_| String::new()).expect_err("nothing is set");
    assert_eq!(all.len(), 10);
    assert!(all.iter().all(|problem| problem.about.starts_with("erp2_")), "{all:?}");

    // A session needs no key in the application's id (1.4: the npm client's is `100001_x`).
    account(&[("galaxy_auth", "session"), ("galaxy_app_id", "100001_x")]);
}

#[test]
fn no_debug_text_shows_a_secret() {
    let account = account(&[]);
    let session = Session { id: "c0ffee".into(), asp_net: Some("abc123".into()) };
    let request = galaxy::execute_bill_query(&account, Some(&session), 1_700_000_000, &materials());
    let shown = format!("{account:?} {session:?} {:?}", request.headers());
    for secret in ["00112233445566778899aabbccddeeff", "422C1/iIyuH4R", "c0ffee", "abc123", "Y2M1MmY2"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("http://erp.example.com:8080/k3cloud/"), "{shown}");
}

/// How T-SQL reads a literal that begins here: its value and what follows it.
fn literal(sql: &str) -> Option<(String, &str)> {
    let mut rest = sql.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (text, after) = rest.split_once('\'')?;
        value.push_str(text);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

proptest! {
    #[test]
    fn a_quoted_value_stays_a_value(value in r#"[a'"\\;% 料-]{0,12}|.*"#) {
        let filter = format!("'{}' and FForbidStatus='A'", galaxy::quote(&value));
        prop_assert_eq!(literal(&filter), Some((value, " and FForbidStatus='A'")));
    }
}
