//! `_function` and templates.

use super::{context, one, params, parse};
use ferry_mapping::{Field, Mapping, Template, functions};
use serde_json::json;

#[test]
fn the_examples_of_every_function_hold() {
    for function in functions::TABLE {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (expression, expected) in function.examples {
            let value = one(&format!("_function {expression}"), json!({}), &json!({})).unwrap();
            assert_eq!(value.to_string(), parse(expected).to_string(), "{expression}");
        }
    }
}

#[test]
fn expressions_read_references_quoted_and_bare() {
    let record = parse(r#"{"a": " 5' ", "n": 1.50, "none": null}"#);
    for (expression, expected) in [
        ("trim('{a}')", json!("5'")),
        ("TRIM( {{a}} )", json!("5'")),
        ("trim('<{a}>')", json!("< 5' >")),
        ("trim('{none}')", json!(null)),
        ("trim('x{none}')", json!("x")),
        ("{{n}}", parse("1.50")),
        ("'{{n}}'", json!("1.50")),
        ("('it''s \\'so\\' ')", json!("it's 'so' ")),
        ("\"x\"", json!("x")),
        ("007", json!(7)),
    ] {
        assert_eq!(
            one(&format!("_function {expression}"), json!({}), &record).unwrap(),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn what_belongs_to_higher_levels_is_refused_by_name() {
    // Verbatim from qeasy-metadata 3.3 to 3.6 and 3.13, and from the articles.
    for (value, code, names) in [
        ("_function {{goodsDetail.sellCount}}*-1", "not_supported", "`*`"),
        ("_function {exchange_rate}/100", "not_supported", "`/`"),
        (
            "_function {{product_list.product_list_cost_amount}}/{{product_list.product_list_count}}",
            "not_supported",
            "`/`",
        ),
        (
            "_function round({{{refund_order_list.refund_order_amount}}/{{refund_order_list.refund_num}},7)",
            "not_supported",
            "`ROUND()`",
        ),
        (
            "{{{refund_order_list.refund_order_amount}}/…",
            "three_braces",
            "write {{refund_order_list.refund_order_amount}}",
        ),
        (
            "_function case 'defect' when true then 'KCZT08_SYS' else 'KCZT01_SYS' end",
            "not_supported",
            "`case`",
        ),
        ("_function CASE LEFT('{{单据编号}}', 2) WHEN 'AD' THEN 100 END", "not_supported", "`CASE`"),
        (
            "_function FROM_UNIXTIME({{LAST_SYNC_TIME}}-600, '%Y-%m-%d %H:%i:%s')",
            "not_supported",
            "`FROM_UNIXTIME()`",
        ),
        ("_function SUM({{details_list.qty}})", "not_supported", "`SUM()`"),
        ("_function {{LAST_SYNC_TIME}} - 600000", "not_supported", "`-`"),
        (
            "_findCollection find email from f9720649-c4cb-3d51-8bb0-e633ee48e23c where shop_no={{shop_no}}",
            "not_supported",
            "`_findCollection`",
        ),
        (
            "_function case _findCollection find FIsKFPeriod from 66da8241 where FNumber={{d.c}} _endFind when true then '{{x}}' else '' end",
            "not_supported",
            "`case`",
        ),
        (" _function trim(", "bad_expression", "at the end"),
        ("_function", "misplaced_function", "beginning"),
        ("_function trim({{x}}) y", "bad_expression", "at `y`"),
        ("_function 'a' 'b'", "bad_expression", "at 'b'"),
        ("_function trim('{{x}')", "unbalanced_braces", "{{x}}"),
        ("_function trim({x)", "unbalanced_braces", "{{x}}"),
        ("_function ；", "bad_expression", "`；`"),
    ] {
        let field = Field { field: "x".into(), value: Some(value.into()), ..Field::default() };
        let problems = Mapping::compile(&[field], "target.request").expect_err(value);
        assert_eq!((problems.len(), problems[0].code), (1, code), "{value}: {problems:?}");
        assert_eq!(problems[0].path, "target.request[0].value");
        assert!(problems[0].en.contains(names), "{value}: {}", problems[0].en);
    }
}

#[test]
fn templates_escape_what_they_substitute_and_nothing_else() {
    let params = params();
    let context = context(&params);
    let double = |text: &str| text.replace('\'', "''");
    let filter = "FOrg='{{params.org}}' and FDate>='{{LAST_SYNC_TIME|datetime}}' and FNo='{{no}}'";
    let template = Template::compile(filter, "source.otherRequest[1].value").unwrap();
    assert_eq!(
        template.render(None, &context, &double).unwrap(),
        "FOrg='T''00' and FDate>='2024-01-01 09:11:12' and FNo=''"
    );
    let record = json!({"no": "a'b"});
    let rendered = template.render(Some(&record), &context, &double).unwrap();
    assert!(rendered.ends_with("and FNo='a''b'"), "{rendered}");
    let function = Template::compile("_function trim('{{no}}')", "p").unwrap();
    assert_eq!(function.render(Some(&record), &context, &double).unwrap(), "a''b");
    let error = template.render(Some(&json!({"no": [1]})), &context, &double).unwrap_err();
    assert_eq!((error.code, error.path.as_str()), ("not_a_scalar", "source.otherRequest[1].value"));
}
