//! Paths into records, where a path may lead into the rows of a list.

use crate::Value;

/// Where a path leads.
#[derive(Debug, PartialEq)]
pub(super) enum Found<'r, 'p> {
    /// To nothing.
    Nothing,
    /// To one value.
    One(&'r Value),
    /// Into a list: `rest` is looked up in each of its rows. `list` is the path of the list.
    Rows { list: &'p str, rows: &'r [Value], rest: &'p str },
}

/// Follows a path as [`crate::Record`] does: a name is looked up whole first, then segment by segment, and a
/// number picks from a list. Any other name leads into the list's rows.
pub(super) fn find<'r, 'p>(record: &'r Value, path: &'p str) -> Found<'r, 'p> {
    let (mut value, mut at) = (record, 0);
    loop {
        let rest = &path[at..];
        let (first, after) = match rest.find('.') {
            Some(dot) => (&rest[..dot], Some(at + dot + 1)),
            None => (rest, None),
        };
        let next = match value {
            Value::Object(map) => match map.get(rest) {
                Some(whole) => return Found::One(whole),
                None => map.get(first),
            },
            Value::Array(rows) => match first.parse::<usize>() {
                Ok(index) => rows.get(index),
                Err(_) => return Found::Rows { list: &path[..at.saturating_sub(1)], rows, rest },
            },
            _ => None,
        };
        match (next, after) {
            (Some(next), Some(after)) => (value, at) = (next, after),
            (Some(next), None) => return Found::One(next),
            (None, _) => return Found::Nothing,
        }
    }
}

/// The value that a path leads to without going into rows, to be changed.
pub(super) fn find_mut<'r>(record: &'r mut Value, path: &str) -> Option<&'r mut Value> {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let (value, rest) = match record {
        Value::Object(map) => {
            let whole = map.contains_key(path);
            (map.get_mut(if whole { path } else { first })?, rest.filter(|_| !whole))
        }
        Value::Array(rows) => (rows.get_mut(first.parse::<usize>().ok()?)?, rest),
        _ => return None,
    };
    match rest {
        Some(rest) => find_mut(value, rest),
        None => Some(value),
    }
}

/// Whether people would call a value empty: null, a blank text, a list or object with nothing in it.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_to_a_value_into_rows_or_nowhere() {
        let record = json!({"no": 1, "a.b": 2, "data": {"items": [{"x": 3}, {"x": {"y": 4}}]}, "items": []});
        let one = |path| match find(&record, path) {
            Found::One(value) => Some(value.clone()),
            _ => None,
        };
        assert_eq!(one("no"), Some(json!(1)));
        assert_eq!(one("a.b"), Some(json!(2)));
        assert_eq!(one("data.items.1.x.y"), Some(json!(4)));
        assert_eq!(one("items"), Some(json!([])));
        for path in ["", "x", "no.x", "data.x", "data.items.7.x", "."] {
            assert_eq!(find(&record, path), Found::Nothing, "{path}");
        }
        let rows = record["data"]["items"].as_array().unwrap();
        assert_eq!(find(&record, "data.items.x.y"), Found::Rows { list: "data.items", rows, rest: "x.y" });
        assert_eq!(find(&record, "items.x"), Found::Rows { list: "items", rows: &[], rest: "x" });
    }

    #[test]
    fn what_is_found_can_be_changed() {
        let mut record = json!({"a.b": 2, "data": {"items": [{"x": 3}]}});
        *find_mut(&mut record, "a.b").unwrap() = json!(5);
        *find_mut(&mut record, "data.items.0.x").unwrap() = json!(6);
        assert_eq!(record, json!({"a.b": 5, "data": {"items": [{"x": 6}]}}));
        assert_eq!(find_mut(&mut record, "data.x.y"), None);
        assert_eq!(find_mut(&mut record, "data.items.x"), None);
    }
}
