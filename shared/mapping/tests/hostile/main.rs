//! Values are values: no text of a record changes the expression around it, and no input whatever makes
//! the language panic. (How much memory it takes: `tests/memory`. With libFuzzer: `tests/fuzz`.)

mod functions;

use ferry_mapping::{Context, Field, Mapping, Template, Value, parse};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

const NO_PARAMS: &BTreeMap<String, Value> = &BTreeMap::new();

const CONTEXT: Context<'_> = Context {
    params: NO_PARAMS,
    last_sync_time: 1_704_075_072,
    current_time: 1_704_078_672,
    page_size: 100,
    start_page: 1,
    start_row: 0,
    lookups: None,
};

/// Texts that break text substitution, and any others.
fn hostile() -> impl Strategy<Value = String> {
    let known = [
        "'",
        "' or '1'='1",
        "{{a}}",
        "{a}",
        "}}",
        "\\",
        "\\'",
        "_function trim('x')",
        "_endFind",
        "$1",
        "\0",
        "\"",
        "、😀",
        "%_%",
        "-- ",
        "ß é İ",
    ];
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        any::<String>(),
        "[ '{}|\\\\a_()]{0,12}",
    ]
}

/// Pieces of the language in any order: nearer to what it accepts than random text.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "_function ",
        "_findCollection ",
        "trim(",
        ")",
        "(",
        "'",
        "\"",
        "{{",
        "}}",
        "{",
        "}",
        "a",
        "items.x",
        "|datetime",
        "LAST_SYNC_TIME",
        "params.",
        ",",
        "*",
        "1.5",
        "1e9",
        " ",
        "\\",
        "。",
        "case ",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..16).prop_map(|it| it.concat())
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,12})?"
            .prop_map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.Z+-]{0,14}".prop_map(Value::from),
        hostile().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]|items|x", inner, 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_changes_the_expression_around_it(a in hostile(), b in hostile()) {
        let fields: Vec<Field> = serde_json::from_value(json!([
            {"field": "one", "type": "string", "value": "{{a}}"},
            {"field": "both", "type": "string", "value": "<{{a}}>'{b}'"},
            {"field": "trimmed", "type": "string", "value": "_function trim('{a}')"},
            {"field": "quoted", "type": "string", "value": "_function trim('<{a}''{{b}}>')"},
            {"field": "list", "type": "array", "value": "rows", "children": [{"field": "x", "value": "{{rows.x}}/{{a}}"}]}
        ])).unwrap();
        let mapping = Mapping::compile(&fields, "p").unwrap();
        let record = json!({"a": a, "b": b, "rows": [{"x": b}]});
        let document = mapping.document(&record, &CONTEXT).unwrap();
        let mut text = Vec::new();
        mapping.json(&record, &CONTEXT, &mut text).unwrap();
        prop_assert_eq!(String::from_utf8(text).unwrap(), document.to_string());
        prop_assert_eq!(document, json!({
            "one": a, "both": format!("<{a}>'{b}'"), "trimmed": a.trim_matches(' '),
            "quoted": format!("<{a}'{b}>"), "list": [{"x": format!("{b}/{a}")}]
        }));
    }

    #[test]
    fn no_value_leaves_the_quotes_of_a_filter(a in hostile()) {
        let template = Template::compile("F='{{a}}'", "p").unwrap();
        let double = |text: &str| text.replace('\'', "''");
        let filter = template.render(Some(&json!({"a": a})), &CONTEXT, &double).unwrap();
        let inside = &filter[3..filter.len() - 1];
        prop_assert!(filter.starts_with("F='") && filter.ends_with('\''));
        prop_assert_eq!(inside.replace("''", ""), a.replace('\'', ""));
        prop_assert_eq!(inside.matches('\'').count(), 2 * a.matches('\'').count());
    }

    #[test]
    fn any_text_compiles_or_is_refused(text in prop_oneof![pieces(), hostile()], record in json_value()) {
        let field = Field { field: "x".into(), value: Some(text.clone()), ..Field::default() };
        match Mapping::compile(&[field], "p") {
            Ok(mapping) => { let _ = mapping.document(&record, &CONTEXT); }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
        if let Ok(template) = Template::compile(&text, "p") {
            let _ = template.render(Some(&record), &CONTEXT, &str::to_owned);
        }
    }

    #[test]
    fn any_value_is_taken_by_any_type_or_is_an_error(
        value in json_value(),
        kind in prop::sample::select(vec!["string", "int", "float", "bool", "object", "array", "datetime"]),
        parser in prop::sample::select(vec![Value::Null, json!({"name": "StringToArray"}), json!({"name": "ArrayToString"}), json!({"name": "ConvertJson"})]),
        pipe in prop::sample::select(vec!["", "|datetime", "|date", "|timestamp", "|timestamp_ms"]),
    ) {
        let field = json!({"field": "x", "type": kind, "value": format!("{{{{v{pipe}}}}}"), "parser": parser});
        let mapping = Mapping::compile(&[serde_json::from_value(field).unwrap()], "p").unwrap();
        let record = json!({"v": value});
        let explained = mapping.explain(&record, &CONTEXT);
        prop_assert_eq!(explained.len(), 1);
        match mapping.document(&record, &CONTEXT) {
            Ok(document) => {
                prop_assert_eq!(Ok(&document["x"]), explained[0].result.as_ref());
                if parser.is_null() {
                    let of_kind = match kind {
                        "string" | "datetime" => document["x"].is_string(),
                        "int" | "float" => document["x"].is_number(),
                        "bool" => document["x"].is_boolean(),
                        "object" => document["x"].is_object(),
                        _ => document["x"].is_array(),
                    };
                    prop_assert!(of_kind || document["x"].is_null(), "{}", document);
                }
            }
            Err(error) => prop_assert_eq!(error.path, "x"),
        }
    }

    #[test]
    fn decimals_keep_their_digits(digits in "-?(0|[1-9][0-9]{0,29})(\\.[0-9]{1,30})?") {
        let number: Value = serde_json::from_str(&digits).unwrap();
        for (kind, given) in [("float", json!(digits)), ("float", number.clone()), ("string", number)] {
            let field = json!({"field": "x", "type": kind, "value": "{{v}}"});
            let mapping = Mapping::compile(&[serde_json::from_value(field).unwrap()], "p").unwrap();
            let document = mapping.document(&json!({"v": given}), &CONTEXT).unwrap();
            let text = document["x"].as_str().map_or_else(|| document["x"].to_string(), str::to_owned);
            prop_assert_eq!(&text, &digits);
        }
    }

    #[test]
    fn any_text_as_a_flow_file_is_read_or_refused(text in any::<String>()) {
        prop_assert!(parse(&text).is_err());
    }

    #[test]
    fn any_change_of_a_flow_file_is_read_or_refused_in_its_place(
        at in 0usize..2400, length in 0usize..40, with in prop_oneof![pieces(), hostile(), json_value().prop_map(|it| it.to_string())],
    ) {
        let base = include_str!("../checks/base.json");
        let start = base.floor_char_boundary(at.min(base.len()));
        let end = base.floor_char_boundary((start + length).min(base.len())).max(start);
        let file = format!("{}{with}{}", &base[..start], &base[end..]);
        for problem in parse(&file).err().unwrap_or_default() {
            let line = file.split('\n').nth(problem.line - 1);
            prop_assert!(line.is_some_and(|it| problem.column <= it.chars().count() + 1), "{}", problem);
            prop_assert!(!problem.en.is_empty() && !problem.zh.is_empty());
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = |depth: usize| format!("_function {}1{}", "trim(".repeat(depth), ")".repeat(depth));
    let compile = |value: String| {
        let field = Field { field: "x".into(), value: Some(value), ..Field::default() };
        Mapping::compile(&[field], "p")
    };
    assert!(compile(deep(60)).is_ok());
    assert_eq!(compile(deep(100_000)).unwrap_err()[0].code, "too_deep");
    assert!(compile(format!("_function {}", "(".repeat(100_000))).is_err());
    assert!(compile("{".repeat(100_000)).is_err());

    let mut field = Field { field: "x".into(), value: Some("1".into()), ..Field::default() };
    for _ in 0..200 {
        field = Field { field: "x".into(), children: vec![field], ..Field::default() };
    }
    assert_eq!(Mapping::compile(&[field], "p").unwrap_err()[0].code, "too_deep");
}
