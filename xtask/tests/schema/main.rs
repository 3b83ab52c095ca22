//! `shared/flow.schema.json` says of a flow file what the reader says.

mod keys;

use ferry_mapping::parse;
use jsonschema::Validator;
use serde_json::Value;

const BASE: &str = include_str!("../../../shared/mapping/tests/checks/base.json");
const CASES: &str = include_str!("../../../shared/mapping/tests/checks/cases.txt");

/// A flow file with every kind of object, every type and every leniency.
const EVERYTHING: &str = include_str!("everything.json");

/// What is wrong with the shape of a file, which the schema must see.
const SHAPE: [&str; 20] = [
    "unknown_key",
    "missing_key",
    "wrong_kind",
    "empty_text",
    "bad_name",
    "bad_param",
    "unknown_platform",
    "bad_effect",
    "bad_method",
    "unknown_type",
    "unknown_parser",
    "bad_duration",
    "bad_operation",
    "bad_value_table",
    "unknown_logic",
    "unknown_format",
    "bad_format",
    "unknown_operator",
    "bad_on_miss",
    "empty_list",
];

/// What is wrong with the shape in some places, and with the meaning in others.
const EITHER: [&str; 4] = ["bad_crontab", "bad_number", "not_supported", "wrong_place"];

fn schema() -> Value {
    serde_json::from_str(&xtask::schema::text()).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).unwrap_or_else(|error| panic!("no schema: {error}"))
}

fn errors(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_committed_file_is_what_the_types_give() {
    let committed = std::fs::read_to_string(xtask::schema::path()).unwrap_or_default();
    assert!(committed == xtask::schema::text(), "shared/flow.schema.json is stale: run `cargo xtask schema`");
}

#[test]
fn it_is_a_schema_of_draft_2020_12() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).unwrap();
}

#[test]
fn every_flow_file_of_the_repository_and_the_good_base_fit() {
    let validator = validator(&schema());
    let mut files = xtask::flow_file::all().unwrap();
    assert!(!files.is_empty());
    files.push(xtask::root().join("shared/mapping/tests/checks/base.json"));
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(errors(&validator, &document), [""; 0], "{}", file.display());
    }
}

#[test]
fn what_the_reader_forgives_the_schema_forgives() {
    // The reader's only complaints are about meaning: this file is not one flow.
    if let Err(problems) = parse(EVERYTHING) {
        let shape =
            problems.iter().find(|problem| SHAPE.contains(&problem.code) || problem.code == "not_json");
        assert_eq!(shape, None);
    }
    let document: Value = serde_json::from_str(EVERYTHING).unwrap();
    assert_eq!(errors(&validator(&schema()), &document), [""; 0]);
}

#[test]
fn what_the_reader_refuses_for_its_shape_the_schema_refuses() {
    let validator = validator(&schema());
    let (mut refused, mut accepted) = (0, 0);
    for case in CASES.split("\n## ") {
        let mut lines = case.trim_start_matches("## ").lines().peekable();
        let title = lines.next().unwrap();
        let mut text = BASE.to_owned();
        while let Some(old) = lines.next_if(|line| line.starts_with("- ")).map(|line| &line[2..]) {
            let new = lines.next().and_then(|line| line.strip_prefix('+')).expect(title);
            text = text.replace(old, &new.strip_prefix(' ').unwrap_or(new).replace("\\n", "\n"));
        }
        let Ok(document) = serde_json::from_str::<Value>(&text) else { continue };
        let problems = parse(&text).expect_err(title);
        // A value that is missing or empty, a form that only one platform needs, a table's row that stands
        // twice: matters of meaning.
        let of_shape = problems.iter().any(|problem| {
            let path = problem.path.as_str();
            let empty = problem.code == "empty_text" || path.contains("equest[");
            let meaning = (empty && path.ends_with(".value"))
                || path.ends_with(".formId")
                || path.contains(".table[")
                || path == "target.request";
            SHAPE.contains(&problem.code) && !meaning
        });
        let undecided = problems.iter().any(|problem| EITHER.contains(&problem.code));
        let fits = validator.is_valid(&document);
        if of_shape {
            assert!(!fits, "{title}: the reader refuses it, the schema does not");
            refused += 1;
        } else if !undecided {
            assert!(fits, "{title}: its shape is good, but {:?}", errors(&validator, &document));
            accepted += 1;
        }
    }
    assert!(refused >= 20 && accepted >= 30, "the cases cover the schema: {refused} {accepted}");
}

#[test]
fn what_is_bad_in_many_ways_is_refused() {
    let base: Value = serde_json::from_str(BASE).unwrap();
    let validator = validator(&schema());
    assert!(validator.is_valid(&base));
    let bad = [
        ("/title", r#"{"de": "Material"}"#),
        ("/params/use_org", r#"["T00"]"#),
        ("/source/pagination", r#"{"pageSize": 0}"#),
        ("/source/pagination", r#"{"pageSize": "many"}"#),
        ("/source/pagination", r#"{"page_size": 100}"#),
        ("/source/request/0", r#"{"field": ""}"#),
        ("/source/request/0", r#"{"field": "x", "is_required": "yes"}"#),
        ("/source/request/0", r#"{"field": "x", "parser": "ConvertJson"}"#),
        ("/source/request/0", r#"{"field": "x", "parser": {"name": "ConvertJson", "params1": "x"}}"#),
        ("/source/request/0", r#"{"field": "x", "parser": {"name": "ConvertObjectParser"}}"#),
        ("/source/request/0", r#"{"field": "x", "mapping": {"table": {}, "unmatched": "default"}}"#),
        ("/source/request/0", r#"{"field": "x", "mapping": {"table": [{"a_value": "1"}]}}"#),
        ("/source/request/0", r#"{"field": "x", "children": [{"label": "nameless"}]}"#),
        ("/source/effect", r#""EXECUTE""#),
        ("/source/effect", "null"),
        ("/target/request", "null"),
        ("/target/operation", r#"{"rows": 20}"#),
        ("/delivery/expect_every", "300"),
        ("/delivery/expect_every", r#""5 m""#),
    ];
    for (pointer, value) in bad {
        let mut document = base.clone();
        let value: Value = serde_json::from_str(value).unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            object => object[key] = value.clone(),
        }
        assert!(!validator.is_valid(&document), "{pointer} {value}");
        assert!(parse(&document.to_string()).is_err(), "the reader takes {pointer} {value}");
    }
}
