//! What Ferry sends to 旺店通旗舰版, against the signatures that its documents and other people's SDKs
//! give (`vendors/sources.md` 2, 4).

use ferry_platforms::wangdiantong::{self, Account, Pager, Search, TimeType, Window};
use serde_json::{Value, json};

/// The credentials of the vendor's own example of a signature, with some variables set otherwise.
fn variables(other: &[(&str, &str)]) -> impl Fn(&str) -> String {
    let mut values = vec![
        ("wangdiantong_scheme", "http"),
        ("wangdiantong_host", "wdt.wangdian.cn"),
        ("wangdiantong_path", "/openapi"),
        ("wangdiantong_sid", "wdterp30"),
        ("wangdiantong_app_key", "czhc"),
        ("wangdiantong_app_secret", "693f9fed686bfe13441385da98b436b6:dd488d0802b1e431e4c72cd355847853"),
    ];
    for (name, value) in other {
        values.iter_mut().find(|(known, _)| known == name).expect("a variable of wangdiantong").1 = value;
    }
    let values: Vec<(String, String)> = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    move |name| {
        let found = values.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is no variable of wangdiantong")).1.clone()
    }
}

fn account(other: &[(&str, &str)]) -> Account {
    Account::from_variables("wangdiantong", variables(other)).expect("well-formed variables")
}

/// 232623153 by the vendor's count, which begins with 2012 in China.
const VECTOR_TIME: i64 = 1_325_347_200 + 232_623_153;

#[test]
fn the_signature_is_that_of_the_documents_and_the_sdks() {
    const SALT: &str = "dd488d0802b1e431e4c72cd355847853";
    type Pairs = &'static [(&'static str, &'static str)];
    let vectors: [(&str, Pairs, Pairs, &str, &str); 3] = [
        (
            "the vendor's page on signatures, by waywake/wdt-sdk-ts test/sign.test.ts",
            &[],
            &[
                ("sid", "wdterp30"),
                ("key", "czhc"),
                ("salt", SALT),
                ("method", "wms.stockout.Sales.weighingExt"),
                ("timestamp", "232623153"),
                ("v", "1.0"),
            ],
            r#"["xc109393939393939","",1.2,0,false]"#,
            "20f557aaf9190797c581bbceeb6d5a5c",
        ),
        (
            "an SDK's author",
            &[("wangdiantong_app_secret", "aa:dd")],
            &[
                ("key", "wdt_test"),
                ("method", "system.Core.now"),
                ("salt", "dd"),
                ("sid", "wdtapi3"),
                ("timestamp", "100"),
                ("v", "1.0"),
            ],
            "[]",
            "b5745bf1f4721a0d16e9a68cb7513032",
        ),
        (
            "derived in vendors/sources.md 4 from the confirmed algorithm: a paged call",
            &[],
            &[
                ("v", "1.0"),
                ("timestamp", "232623153"),
                ("sid", "wdterp30"),
                ("salt", SALT),
                ("page_size", "50"),
                ("page_no", "0"),
                ("method", "wms.stockout.Process.queryWithDetail"),
                ("key", "czhc"),
                ("calc_total", "1"),
            ],
            r#"[{"start_time":"2020-06-15 10:05:36","end_time":"2020-06-17 11:05:36","time_type":"2","status":"5,110"}]"#,
            "06c5c524621bdd4b6d46f1f42e5d54e1",
        ),
    ];
    for (origin, variables, query, body, expected) in vectors {
        assert_eq!(wangdiantong::sign(&account(variables), query, body.as_bytes()), expected, "{origin}");
    }
}

#[test]
fn a_query_is_sent_as_the_documents_have_it() {
    // 2020-06-15 10:05:36 to 2020-06-17 11:05:36 in China.
    let window = Window { begin: 1_592_186_736, end: 1_592_363_136 };
    let search = Search { status: "5,110".into(), ..Search::window(window, TimeType::Consigned) };
    let request = wangdiantong::query_with_detail(&account(&[]), VECTOR_TIME, &search, Pager::first(50));
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.uri().to_string(),
        "http://wdt.wangdian.cn/openapi?sid=wdterp30&key=czhc&salt=dd488d0802b1e431e4c72cd355847853\
         &method=wms.stockout.Process.queryWithDetail&v=1.0&timestamp=232623153&page_no=0&page_size=50\
         &calc_total=1&sign=06c5c524621bdd4b6d46f1f42e5d54e1"
    );
    let expected = r#"[{"start_time":"2020-06-15 10:05:36","end_time":"2020-06-17 11:05:36","time_type":"2","status":"5,110"}]"#;
    assert_eq!(std::str::from_utf8(request.body()), Ok(expected));
    let headers: Vec<(&str, &str)> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected = [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("user-agent", concat!("Ferry/", env!("CARGO_PKG_VERSION"))),
    ];
    assert_eq!(headers, expected);
}

#[test]
fn one_record_is_asked_for_by_its_number_alone() {
    let request = wangdiantong::query_with_detail(
        &account(&[]),
        VECTOR_TIME,
        &Search::number("CK\"2024'测"),
        Pager { page_no: 3, page_size: 1, calc_total: false },
    );
    assert_eq!(std::str::from_utf8(request.body()), Ok(r#"[{"stockout_no":"CK\"2024'测"}]"#));
    let query = request.uri().query().unwrap();
    assert!(query.contains("&page_no=3&page_size=1&calc_total=0&"), "{query}");
}

#[test]
fn what_a_url_cannot_bear_is_encoded_and_signed_as_it_is() {
    let account = account(&[("wangdiantong_sid", "店&1=%"), ("wangdiantong_app_secret", "s:s+/=")]);
    let request =
        wangdiantong::query_with_detail(&account, VECTOR_TIME, &Search::number("CK1"), Pager::first(1));
    let query = request.uri().query().unwrap();
    assert!(query.starts_with("sid=%E5%BA%97%261%3D%25&key=czhc&salt=s%2B%2F%3D&"), "{query}");
    let signed = wangdiantong::sign(
        &account,
        &[
            ("sid", "店&1=%"),
            ("key", "czhc"),
            ("salt", "s+/="),
            ("method", "wms.stockout.Process.queryWithDetail"),
            ("v", "1.0"),
            ("timestamp", "232623153"),
            ("page_no", "0"),
            ("page_size", "1"),
            ("calc_total", "1"),
        ],
        request.body(),
    );
    assert!(query.ends_with(&signed), "{query}");
}

#[test]
fn a_window_is_halved_down_to_a_second_and_its_halves_meet() {
    let all = Window { begin: 1000, end: 1005 };
    let [early, late] = all.halves().unwrap();
    assert_eq!((early, late), (Window { begin: 1000, end: 1002 }, Window { begin: 1002, end: 1005 }));
    let mut ends = vec![all];
    let mut smallest = Vec::new();
    while let Some(window) = ends.pop() {
        match window.halves() {
            Some([early, late]) => ends.extend([late, early]),
            None => smallest.push(window),
        }
    }
    let expected: Vec<Window> = (1000..1005).map(|begin| Window { begin, end: begin + 1 }).collect();
    assert_eq!(smallest, expected);
    assert_eq!(Window { begin: 7, end: 7 }.halves(), None);
}

fn fields(value: Value) -> Result<Search, Vec<String>> {
    let Value::Object(fields) = value else { panic!("an object") };
    Search::from_fields(&fields).map_err(|problems| {
        assert!(problems.iter().all(|p| !p.en.is_empty() && !p.zh.is_empty()));
        problems.into_iter().map(|problem| problem.about).collect()
    })
}

#[test]
fn the_fields_of_a_flow_file_become_a_search() {
    let window = Window { begin: 1_592_186_736, end: 1_592_363_136 };
    let times = json!({"start_time": "2020-06-15 10:05:36", "end_time": "2020-06-17 11:05:36"});
    let with = |more: Value| {
        let mut all = times.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields(all)
    };
    assert_eq!(with(json!({})), Ok(Search::window(window, TimeType::Created)));
    // The article's fields, with the time type that an incremental read needs.
    let article =
        json!({"time_type": 3, "warehouse_no": "", "stockout_no": null, "process_no": "", "status": "110"});
    assert_eq!(
        with(article),
        Ok(Search { status: "110".into(), ..Search::window(window, TimeType::Modified) })
    );
    assert_eq!(with(json!({"status": " 5, 110 ,"})).unwrap().status, "5,110");
    assert_eq!(fields(json!({"stockout_no": "CK1"})), Ok(Search::number("CK1")));
    assert_eq!(fields(json!({"process_no": "PS1"})).unwrap().process_no, "PS1");

    let wrong: [(Value, &[&str]); 9] = [
        (json!({"start_time": "", "end_time": ""}), &["start_time"]),
        (json!({"end_time": ""}), &["start_time"]),
        (json!({"start_time": "2020/06/15 10:05:36"}), &["start_time"]),
        (json!({"end_time": "2020-07-15 10:05:37"}), &["end_time"]),
        (json!({"end_time": "2020-06-15 10:05:35"}), &["end_time"]),
        (json!({"time_type": "4"}), &["time_type"]),
        (json!({"status": "110,done"}), &["status"]),
        (json!({"page_no": "1", "warehouse_no": ["a"]}), &["page_no", "warehouse_no"]),
        (json!({"start_time": 7, "time_type": 0, "status": true}), &["start_time", "time_type", "status"]),
    ];
    for (more, about) in wrong {
        assert_eq!(with(more.clone()).unwrap_err(), about, "{more}");
    }
    for name in wangdiantong::PARAMETERS {
        assert_eq!(with(json!({name: {}})).unwrap_err()[0], name);
    }
    // Thirty days to the second.
    let widest = with(json!({"end_time": "2020-07-15 10:05:36"})).unwrap().window.unwrap();
    assert_eq!((widest.end - widest.begin).cast_unsigned(), wangdiantong::WIDEST_WINDOW.as_secs());
}

#[test]
fn every_malformed_variable_is_named_with_what_it_is_for() {
    let cases = [
        ("wangdiantong_scheme", "ftp"),
        ("wangdiantong_host", "unset.invalid"),
        ("wangdiantong_host", "http://wdt.wangdian.cn"),
        ("wangdiantong_host", "wdt.wangdian.cn/openapi"),
        ("wangdiantong_host", "root@wdt.wangdian.cn"),
        ("wangdiantong_path", "openapi"),
        ("wangdiantong_path", "/openapi?x=1"),
        ("wangdiantong_sid", ""),
        ("wangdiantong_sid", "a b"),
        ("wangdiantong_app_key", "key\u{7}x"),
        ("wangdiantong_app_secret", "s3cr3t"),
        ("wangdiantong_app_secret", ":s4lt"),
        ("wangdiantong_app_secret", "s3cr3t:"),
        ("wangdiantong_app_secret", "s3cr3t:s4lt:more"),
        ("wangdiantong_app_secret", "s3cr3t:s4lt\n"),
    ];
    for (name, value) in cases {
        let problems = Account::from_variables("wangdiantong", variables(&[(name, value)])).expect_err(value);
        let about: Vec<&str> = problems.iter().map(|problem| problem.about.as_str()).collect();
        assert_eq!(about, [name], "{value}");
        assert!(problems[0].en.contains("It is ") && problems[0].zh.contains("应为："), "{:?}", problems[0]);
        let shown = format!("{problems:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("s4lt"), "{shown}");
    }
    let all = Account::from_variables("shop2", |_| String::new()).expect_err("nothing is set");
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|problem| problem.about.starts_with("shop2_")), "{all:?}");
}

#[test]
fn no_debug_text_shows_a_secret() {
    let account = account(&[]);
    let shown = format!("{account:?}");
    for secret in ["693f9fed686b", "dd488d0802b1"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("http://wdt.wangdian.cn/openapi"), "{shown}");
    assert_eq!((account.host(), account.sid()), ("wdt.wangdian.cn", "wdterp30"));
}
