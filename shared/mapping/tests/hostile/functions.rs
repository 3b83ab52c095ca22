//! Every function and operator, with hostile texts in every place.

use super::hostile;
use ferry_mapping::{Context, Field, Mapping, Value, functions};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// Every function and operator; `A`, `B` and `C` are texts.
const EXPRESSIONS: &[&str] = &[
    "ABS(A)",
    "CEIL(A)",
    "FLOOR(A)",
    "MOD(A, B)",
    "ROUND(A, B)",
    "TRUNCATE(A, B)",
    "CHAR_LENGTH(A)",
    "CONCAT(A, B, C)",
    "CONCAT_WS(A, B, C)",
    "INSTR(A, B)",
    "LEFT(A, B)",
    "LEFT(A, 2)",
    "LENGTH(A)",
    "LOCATE(A, B, C)",
    "LOCATE(A, CONCAT(C, A, B))",
    "LOWER(A)",
    "LPAD(A, B, C)",
    "LPAD(A, 9, C)",
    "LTRIM(A)",
    "REPLACE(A, B, C)",
    "REPLACE(CONCAT(A, B, A), B, C)",
    "RIGHT(A, B)",
    "RIGHT(A, 2)",
    "RPAD(A, B, C)",
    "RPAD(A, 9, C)",
    "RTRIM(A)",
    "SUBSTRING(A, B, C)",
    "SUBSTRING(A, 2, 3)",
    "TRIM(A)",
    "UPPER(A)",
    "DATE_FORMAT(A, B)",
    "DATE_FORMAT(NOW(), A)",
    "FROM_UNIXTIME(A, B)",
    "FROM_UNIXTIME(1704075072, A)",
    "UNIX_TIMESTAMP(A)",
    "COALESCE(NULL, A)",
    "GREATEST(A, B, C)",
    "IF(A, B, C)",
    "IF(A = B, B, C)",
    "IFNULL(A, B)",
    "LEAST(A, B, C)",
    "NULLIF(A, B)",
    "- A",
    "+ A",
    "! A",
    "NOT A",
    "A + B",
    "A - B",
    "A * B",
    "A / B",
    "A % B",
    "A MOD B",
    "A DIV B",
    "A = B",
    "A = 1",
    "A <=> B",
    "A <> B",
    "A != B",
    "A < B",
    "A <= B",
    "A > B",
    "A >= B",
    "A IS NULL",
    "A IS NOT NULL",
    "A IS TRUE",
    "A IS NOT FALSE",
    "A LIKE B",
    "A NOT LIKE CONCAT('%', B, '_')",
    "A IN (B, C)",
    "A NOT IN (1, B, C)",
    "A BETWEEN B AND C",
    "A NOT BETWEEN B AND C",
    "A AND B",
    "A && B",
    "A OR B",
    "A || B",
    "A XOR B",
    "CASE A WHEN B THEN C ELSE A END",
    "CASE WHEN A = B THEN A WHEN B < C THEN B ELSE C END",
];

/// Aggregates over the rows A, B, C, and what gives the same without a list.
const AGGREGATES: &[(&str, &str)] = &[
    ("COUNT({{rows.x}})", "3"),
    ("SUM({{rows.x}})", "A + B + C"),
    ("AVG({{rows.x}})", "(A + B + C) / 3"),
    ("MAX({{rows.x}})", "GREATEST(A, B, C)"),
    ("MIN('{{rows.x}}')", "LEAST(A, B, C)"),
    ("MAX(CONCAT({{rows.x}}, {{a}}))", "GREATEST(CONCAT(A, A), CONCAT(B, A), CONCAT(C, A))"),
    ("SUM({{rows.x}} = {{a}})", "(A = A) + (B = A) + (C = A)"),
];

/// Hostile texts, and some that mean something.
fn text() -> impl Strategy<Value = String> {
    let known = ["1", " 2 ", "-0.50", "1e3", "0", "true", "2024-01-01 10:11:12", "%Y-%m", "abc", "ABC ", ""];
    prop_oneof![prop::sample::select(known.to_vec()).prop_map(str::to_owned), hostile(), hostile()]
}

/// What an expression gives: a value, or the code of the error.
fn outcome(
    expression: &str,
    record: &Value,
    params: &BTreeMap<String, Value>,
) -> Result<Value, &'static str> {
    // Otherwise it would be evaluated when it is compiled, if it is constant.
    let value = format!("_function IF(NOW() IS NULL, NULL, ({expression}))");
    let field = Field { field: "x".into(), value: Some(value), ..Field::default() };
    let mapping =
        Mapping::compile(&[field], "p").unwrap_or_else(|problems| panic!("{expression}: {problems:?}"));
    let context = Context { params, ..super::CONTEXT };
    match mapping.document(record, &context) {
        Ok(mut document) => Ok(document["x"].take()),
        Err(error) => Err(error.code),
    }
}

/// Puts something in the place of `A`, `B` and `C`.
fn with(expression: &str, mut write: impl FnMut(char) -> String) -> String {
    let is_placeholder = |word: &str| matches!(word, "A" | "B" | "C");
    let words = expression.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"_{}.".contains(c));
    let written = words.map(|word| {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        match is_placeholder(bare) {
            true => format!("{}{}", write(bare.chars().next().unwrap()), &word[1..]),
            false => word.to_owned(),
        }
    });
    written.collect()
}

/// A text as a literal; texts with braces have none.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Wherever a text comes from, and whatever stands in it, it is the same to the expression around it.
    #[test]
    fn every_function_and_operator_takes_texts_as_they_are(a in text(), b in text(), c in text()) {
        let params: BTreeMap<String, Value> =
            [("a", &a), ("b", &b), ("c", &c)].into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        let record = json!({
            "a": a, "b": b, "c": c, "deep": {"a": a, "b": b, "c": c}, "list": [a, b, c],
            "rows": [{"x": a}, {"x": b}, {"x": c}]
        });
        let of = |name: char| match name { 'A' => &a, 'B' => &b, _ => &c };
        let place = |name: char| u32::from(name) - u32::from('A');
        let lower = |name: char| name.to_ascii_lowercase();
        for expression in EXPRESSIONS {
            let bare = outcome(&with(expression, |it| format!("{{{{{}}}}}", lower(it))), &record, &params);
            for (from, other) in [
                ("quoted", with(expression, |it| format!("'{{{{{}}}}}'", lower(it)))),
                ("single braces", with(expression, |it| format!("\"{{{}}}\"", lower(it)))),
                ("an object", with(expression, |it| format!("{{{{deep.{}}}}}", lower(it)))),
                ("a list", with(expression, |it| format!("{{{{list.{}}}}}", place(it)))),
                ("a parameter", with(expression, |it| format!("{{{{params.{}}}}}", lower(it)))),
            ] {
                prop_assert_eq!(&outcome(&other, &record, &params), &bare, "{} from {}", expression, from);
            }
            if ![&a, &b, &c].iter().any(|text| text.contains(['{', '}'])) {
                let literal = with(expression, |it| literal(of(it)));
                prop_assert_eq!(&outcome(&literal, &record, &params), &bare, "{} as literals", expression);
            }
        }
        for (aggregate, same) in AGGREGATES {
            let same = with(same, |it| format!("{{{{{}}}}}", lower(it)));
            prop_assert_eq!(outcome(aggregate, &record, &params), outcome(&same, &record, &params), "{}", aggregate);
        }
    }

    /// What the text functions give is what is made of the texts as opaque strings of characters.
    #[test]
    fn results_are_made_of_the_texts_themselves(a in text(), b in text(), c in text()) {
        let record = json!({"a": a, "b": b, "c": c});
        let first = |text: &str, count: usize| text.chars().take(count).collect::<String>();
        let last = |text: &str, count: usize| {
            text.chars().skip(text.chars().count().saturating_sub(count)).collect::<String>()
        };
        let longer = |text: &str| last(text, 99).chars().count();
        for (expression, expected) in [
            ("CONCAT(A, B)", json!(format!("{a}{b}"))),
            ("CONCAT_WS(A, B, C, NULL)", json!(format!("{b}{a}{c}"))),
            ("LENGTH(A)", json!(a.len())),
            ("CHAR_LENGTH(A)", json!(longer(&a))),
            ("LEFT(A, 2)", json!(first(&a, 2))),
            ("RIGHT(A, 2)", json!(last(&a, 2))),
            ("SUBSTRING(A, 3)", json!(a.chars().skip(2).collect::<String>())),
            ("TRIM(A)", json!(a.trim_matches(' '))),
            ("LTRIM(A)", json!(a.trim_start_matches(' '))),
            ("RTRIM(A)", json!(a.trim_end_matches(' '))),
            ("REPLACE(A, B, C)", json!(if b.is_empty() { a.clone() } else { a.replace(&b, &c) })),
            ("A = A", json!(1)),
            ("A <=> A", json!(1)),
            ("A BETWEEN A AND A", json!(1)),
            ("B IN (C, B)", json!(1)),
            ("A IS NULL", json!(0)),
            ("NULLIF(A, A)", json!(null)),
            ("IFNULL(A, B)", json!(a)),
            ("COALESCE(NULL, B, C)", json!(b)),
            ("GREATEST(A, A)", json!(a)),
            ("IF(B = B, A, C)", json!(a)),
            ("CASE B WHEN B THEN A END", json!(a)),
            ("CASE WHEN A <> A THEN B ELSE C END", json!(c)),
            ("LPAD(A, CHAR_LENGTH(A) + 1, 'x')", json!(format!("x{a}"))),
            ("RPAD(A, CHAR_LENGTH(A), '')", json!(a)),
            ("LOCATE(CONCAT(A, 'x'), CONCAT(A, 'x', A))", json!(1)),
            ("CONCAT(A, 'x') LIKE CONCAT('%', RIGHT('xx', 1))", json!(1)),
        ] {
            let written = with(expression, |name| format!("{{{{{}}}}}", name.to_ascii_lowercase()));
            prop_assert_eq!(outcome(&written, &record, &BTreeMap::new()), Ok(expected), "{}", expression);
        }
    }
}

#[test]
fn every_function_is_among_the_expressions() {
    let all = EXPRESSIONS.iter().chain(AGGREGATES.iter().map(|(aggregate, _)| aggregate));
    let text = all.copied().collect::<Vec<_>>().join("\n");
    for function in functions::TABLE {
        assert!(text.contains(&format!("{}(", function.name)), "no expression has {}", function.name);
    }
}
