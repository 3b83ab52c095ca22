//! `_function` and templates.

use super::{context, one, params, parse};
use ferry_mapping::{Template, functions};
use serde_json::json;

#[test]
fn the_examples_of_every_function_hold() {
    for function in functions::TABLE {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (expression, expected) in function.examples {
            let value = one(&format!("_function {expression}"), json!({}), &parse(functions::SAMPLE));
            let value = value.unwrap_or_else(|error| panic!("{expression}: {error}"));
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
        ("trim('{none}')", json!("")),
        ("trim({none})", json!(null)),
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
