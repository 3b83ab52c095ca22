//! How two flow files differ.

use serde_json::Value;

/// How two flow files differ: path, before, after. At most so many.
pub fn differences(before: &Value, after: &Value, most: usize) -> Vec<(String, Value, Value)> {
    let mut out = Vec::new();
    differ(before, after, "", most, &mut out);
    out
}

fn differ(before: &Value, after: &Value, path: &str, most: usize, out: &mut Vec<(String, Value, Value)>) {
    if before == after || out.len() >= most {
        return;
    }
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differ(&before[key.as_str()], &after[key.as_str()], &path, most, out);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for at in 0..one.len().max(other.len()) {
                differ(&before[at], &after[at], &format!("{path}[{at}]"), most, out);
            }
        }
        _ => out.push((path.to_owned(), before.clone(), after.clone())),
    }
}
