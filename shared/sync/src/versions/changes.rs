//! What an operator may change of a flow file, and what not: who is called, for what and by which statement, is
//! the built-in file's alone.

use serde_json::{Map, Value};

/// What may differ, whatever is in it.
const FREE: [&str; 4] = ["params", "source.condition", "target.request", "quality"];
/// Parameters beside the document: their values may differ, and what people read of them …
const OTHER: &str = "target.otherRequest[";
/// … unless their name says that they choose what is written to, and how.
const FIXED: [&str; 6] = ["formid", "sql", "host", "url", "account", "api"];

/// The JSON paths at which `text` differs from the built-in file and may not, in its order; at most 20.
pub fn changed(built_in: &Value, text: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", built_in, text, &mut found);
    found.truncate(20);
    found
}

fn compare(path: &str, built_in: &Value, text: &Value, found: &mut Vec<String>) {
    if FREE.contains(&path) {
        return;
    }
    match (built_in, text) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if path.starts_with(OTHER) && is_free(key, old) {
                    continue;
                }
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => compare(&at, old, new, found),
                    _ if FREE.contains(&at.as_str()) => {}
                    _ => found.push(at),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (number, (old, new)) in old.iter().zip(new).enumerate() {
                compare(&format!("{path}[{number}]"), old, new, found);
            }
        }
        (old, new) if old == new => {}
        _ => found.push(path.to_owned()),
    }
}

/// Whether this key of a parameter may differ.
fn is_free(key: &str, parameter: &Map<String, Value>) -> bool {
    let name = parameter.get("field").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match key {
        "label" | "describe" => true,
        "value" => !FIXED.iter().any(|fixed| name.contains(fixed)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 5] = [
        include_str!("../../../../functions/galaxy-materials-to-mysql/flow.json"),
        include_str!("../../../../functions/jushuitan-returns-to-galaxy/flow.json"),
        include_str!("../../../../functions/jushuitan-shops-to-jdy/flow.json"),
        include_str!("../../../../functions/okki-orders-to-wise/flow.json"),
        include_str!("../../../../functions/wangdiantong-stockouts-to-galaxy/flow.json"),
    ];

    /// Every value of a document by its path, with a pointer to change it by.
    fn places(path: &str, pointer: &str, value: &Value, found: &mut Vec<(String, String)>) {
        let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    places(&path, &format!("{pointer}/{}", escaped(key)), value, found);
                }
            }
            Value::Array(rows) => {
                for (at, value) in rows.iter().enumerate() {
                    places(&format!("{path}[{at}]"), &format!("{pointer}/{at}"), value, found);
                }
            }
            _ => found.push((path.to_owned(), pointer.to_owned())),
        }
    }

    /// Each value of each shipped flow file in turn.
    #[test]
    fn nothing_but_mapping_params_conditions_and_rules_may_change() {
        let (mut refused, mut let_pass) = (0, 0);
        for file in FILES {
            let built_in: Value = serde_json::from_str(file).expect("JSON");
            let mut all = Vec::new();
            places("", "", &built_in, &mut all);
            for (path, pointer) in all {
                let mut text = built_in.clone();
                *text.pointer_mut(&pointer).expect("it is there") = "changed".into();
                let free = FREE.iter().any(|free| path == *free || path.starts_with(&format!("{free}.")))
                    || ["source.condition[", "target.request[", "quality["]
                        .iter()
                        .any(|it| path.starts_with(it))
                    || path.starts_with(OTHER)
                        && [".label", ".describe"].iter().any(|key| path.ends_with(key));
                let found = changed(&built_in, &text);
                let name = || {
                    let parent = pointer.rsplit_once('/').expect("a parent").0;
                    built_in.pointer(parent).expect("it is there")["field"].clone()
                };
                if free || path.starts_with(OTHER) && path.ends_with(".value") && !fixed(&name()) {
                    assert!(found.is_empty(), "{path}: {found:?}");
                    let_pass += 1;
                } else {
                    assert_eq!(found, std::slice::from_ref(&path), "{path}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 200 && let_pass > 500, "{refused} refused, {let_pass} let pass");
    }

    fn fixed(name: &Value) -> bool {
        ["FormId", "main_sql"].contains(&name.as_str().expect("a name"))
    }

    #[test]
    fn what_is_added_or_taken_away_is_a_change_too() {
        let built_in: Value = serde_json::from_str(FILES[1]).expect("JSON");
        type Change = fn(&mut Value);
        let cases: [(Change, &[&str]); 9] = [
            (|text| text["params"]["new"] = "1".into(), &[]),
            (|text| drop(text["source"].as_object_mut().unwrap().remove("condition")), &[]),
            (|text| drop(text.as_object_mut().unwrap().remove("quality")), &[]),
            (|text| drop(text["target"]["request"].as_array_mut().unwrap().pop()), &[]),
            (
                |text| drop(text["target"]["otherRequest"].as_array_mut().unwrap().pop()),
                &["target.otherRequest"],
            ),
            (
                |text| text["target"]["otherRequest"][0]["type"] = "int".into(),
                &["target.otherRequest[0].type"],
            ),
            (|text| text["source"]["fullScan"] = Value::Null, &["source.fullScan"]),
            (|text| drop(text.as_object_mut().unwrap().remove("lookups")), &["lookups"]),
            (|text| *text = Value::Array(Vec::new()), &[""]),
        ];
        for (change, expected) in cases {
            let mut text = built_in.clone();
            change(&mut text);
            assert_eq!(changed(&built_in, &text), expected);
        }
    }
}
