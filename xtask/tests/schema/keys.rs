//! The keys of the schema, object by object, against the keys that the reader asks for.

use super::{BASE, EVERYTHING, schema, validator};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_schema_has_the_reader_s_keys_and_no_others() {
    let schema = schema();
    let mut compared = BTreeSet::new();
    // The title as an object stands in the base.
    for text in [EVERYTHING, BASE] {
        let document: Value = serde_json::from_str(text).unwrap();
        for (path, keys) in ferry_mapping::schema::keys_read(text) {
            let place = resolve(&schema, &document, &path);
            let properties = schema.pointer(&place).and_then(|it| it["properties"].as_object());
            let properties = properties.unwrap_or_else(|| panic!("{path}: no properties at {place}"));
            let in_schema: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
            let in_reader: BTreeSet<&str> = keys.into_iter().collect();
            assert_eq!(in_schema, in_reader, "the schema's keys and the reader's, {path} ({place})");
            assert_eq!(schema.pointer(&place).unwrap()["additionalProperties"], false, "{place}");
            compared.insert(place);
        }
    }
    let mut all = BTreeSet::new();
    objects(&schema, String::new(), &mut all);
    assert_eq!(all, compared, "objects of the schema, and those that the two files made the reader read");
}

/// Where the schema describes the object at `path` of the document, as a JSON pointer.
fn resolve(schema: &Value, document: &Value, path: &str) -> String {
    let (mut place, mut value) = (choose(schema, String::new(), document), document);
    for step in path.replace('[', ".[").split('.').filter(|step| !step.is_empty()) {
        let inner = match step.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some(index) => {
                value = &value[index.parse::<usize>().unwrap()];
                format!("{place}/items")
            }
            None => {
                value = &value[step];
                let own = format!("{place}/properties/{step}");
                // Under a name of the author's.
                if schema.pointer(&own).is_some() { own } else { format!("{place}/additionalProperties") }
            }
        };
        place = choose(schema, inner, value);
    }
    place
}

/// Follows references, and of alternatives takes the one that the value fits.
fn choose(schema: &Value, place: String, value: &Value) -> String {
    let here = schema.pointer(&place).unwrap_or_else(|| panic!("{place} is not in the schema"));
    if let Some(reference) = here["$ref"].as_str() {
        return choose(schema, reference.trim_start_matches('#').to_owned(), value);
    }
    // Beside `properties`, alternatives only say which keys go together.
    let alternatives = ["anyOf", "oneOf"].into_iter().find(|key| here[*key].is_array());
    let Some(key) = alternatives.filter(|_| here["properties"].is_null()) else { return place };
    let count = here[key].as_array().map_or(0, Vec::len);
    let fitting = (0..count).map(|index| format!("{place}/{key}/{index}")).find(|inner| {
        let inner = schema.pointer(inner).expect("an index of the list");
        // The definitions come along, since the alternative refers to them.
        let whole = json!({"$defs": schema["$defs"], "allOf": [inner]});
        validator(&whole).is_valid(value)
    });
    let fitting = fitting.unwrap_or_else(|| panic!("{value} fits no alternative of {place}"));
    choose(schema, fitting, value)
}

/// The places of all objects with keys of their own.
fn objects(here: &Value, place: String, all: &mut BTreeSet<String>) {
    let children: BTreeMap<String, &Value> = match here {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, it)| (index.to_string(), it)).collect(),
        _ => return,
    };
    if here["additionalProperties"] == false {
        all.insert(place.clone());
    }
    for (key, child) in children {
        objects(child, format!("{place}/{key}"), all);
    }
}
