//! What an operator may change of a flow file, and what not: who is called, for what and by which statement, is
//! the built-in file's alone.

use ferry_mapping::{Field, FlowFile, Mapping};
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

/// The JSON paths, in `after`, of the fields by which the target knows a record again, where they are mapped otherwise
/// than in `before`: those that were made of the source's `id` or `number` and nothing else. A record that was delivered
/// under the old key is not found under the new one, and is written twice if it comes again.
pub fn keys_changed(before: &FlowFile, after: &FlowFile) -> Vec<String> {
    let names = [before.source.id.as_str(), before.source.number.as_str()];
    let Ok(mapping) = Mapping::compile(&before.target.request, REQUEST) else { return Vec::new() };
    let changed = mapping.made_of(&names).into_iter().filter_map(|path| {
        let (_, old) = find(&before.target.request, REQUEST, path)?;
        match find(&after.target.request, REQUEST, path) {
            Some((_, new)) if makes(before, old) == makes(after, new) => None,
            Some((at, _)) => Some(at),
            None => Some(REQUEST.to_owned()),
        }
    });
    changed.collect()
}

const REQUEST: &str = "target.request";

/// A field and its JSON path, by its name and those of the fields around it.
fn find<'f>(fields: &'f [Field], list: &str, path: &str) -> Option<(String, &'f Field)> {
    let (name, inside) = path.split_once('.').map_or((path, None), |(name, inside)| (name, Some(inside)));
    let (at, field) = fields.iter().enumerate().find(|(_, field)| field.field == name)?;
    let at = format!("{list}[{at}]");
    match inside {
        None => Some((at, field)),
        Some(inside) => find(&field.children, &format!("{at}.children"), inside),
    }
}

/// All that decides over a field's value, but the record.
fn makes<'f>(file: &'f FlowFile, field: &'f Field) -> impl PartialEq + 'f {
    let value = field.value.as_deref().unwrap_or_default();
    let params: Vec<_> =
        file.params.iter().filter(|(name, _)| value.contains(&format!("params.{name}"))).collect();
    (value, params, &field.kind, &field.parser, &field.mapping)
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

    #[test]
    fn the_fields_by_which_a_record_is_known_again_are_told_when_they_change() {
        let keys: [&[&str]; 5] = [
            &["main_params.data_id", "main_params.number"],
            &["FBillNo"],
            &["number"],
            &["FBillNo", "FPOOrdBillNo"],
            &["FBillNo"],
        ];
        for (file, keys) in FILES.into_iter().zip(keys) {
            let before = ferry_mapping::parse(file).expect("a flow file");
            let mapping = Mapping::compile(&before.target.request, REQUEST).expect("it compiles");
            let found = mapping.made_of(&[&before.source.id, &before.source.number]);
            let found: Vec<&str> =
                found.into_iter().map(|path| path.strip_prefix("Page1.").unwrap_or(path)).collect();
            assert_eq!(found, keys);
            assert!(keys_changed(&before, &before).is_empty());
        }
        type Change = fn(&mut Value);
        let cases: [(Change, &[&str]); 6] = [
            (|field| field["value"] = "R{io_id}".into(), &["target.request[1]"]),
            (|field| field["value"] = "{so_id}".into(), &["target.request[1]"]),
            (|field| field["type"] = "int".into(), &["target.request[1]"]),
            (|field| field["field"] = "FElse".into(), &["target.request"]),
            (|field| field["label"] = "编号".into(), &[]),
            (|field| field["is_required"] = false.into(), &[]),
        ];
        let before = ferry_mapping::parse(FILES[1]).expect("a flow file");
        for (change, expected) in cases {
            let mut text: Value = serde_json::from_str(FILES[1]).expect("JSON");
            assert_eq!(text["target"]["request"][1]["field"], "FBillNo");
            change(&mut text["target"]["request"][1]);
            let after = ferry_mapping::parse(&text.to_string()).expect("a flow file");
            assert_eq!(keys_changed(&before, &after), expected, "{text}");
        }
        // A parameter that it is made with.
        let with = |prefix: &str| {
            let mut text: Value = serde_json::from_str(FILES[1]).expect("JSON");
            text["params"]["prefix"] = prefix.into();
            text["target"]["request"][1]["value"] = "{{params.prefix}}{io_id}".into();
            ferry_mapping::parse(&text.to_string()).expect("a flow file")
        };
        assert_eq!(keys_changed(&with("A"), &with("B")), ["target.request[1]"]);
        assert!(keys_changed(&with("A"), &with("A")).is_empty());
    }
}
