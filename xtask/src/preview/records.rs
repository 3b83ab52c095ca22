//! Where the records come from, and what a sample says is found for them.

use crate::flow_file::{Unreadable, shown};
use ferry_mapping::{Map, Value};
use std::io::Read;
use std::path::Path;

/// The records of a file or of stdin (`-`): one object, or a list of them. A sample of a flow
/// (`samples/*.json`) and a body of the webhook's preview hold theirs under `record`. With them come the records
/// that samples give for each lookup (`lookups`), all in one.
///
/// # Errors
/// When it cannot be read, is no JSON, or holds something else than objects.
pub fn read(place: &str) -> Result<(Vec<Value>, Map<String, Value>), Unreadable> {
    let path = Path::new(place);
    let mut text = String::new();
    let read = match place {
        "-" => std::io::stdin().read_to_string(&mut text).map(drop),
        _ => std::fs::read_to_string(path).map(|read| text = read),
    };
    let name = if place == "-" { "stdin".to_owned() } else { shown(path) };
    read.map_err(|error| Unreadable {
        en: format!("{name}: the record cannot be read: {error}"),
        zh: format!("{name}：无法读取记录：{error}"),
    })?;
    let document = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| Unreadable {
        en: format!("{name}: the record is not JSON: {error}"),
        zh: format!("{name}：记录不是合法的 JSON：{error}"),
    })?;
    let all = match document {
        Value::Array(all) => all,
        one => vec![one],
    };
    let mut found = Map::new();
    let records = all.into_iter().map(|one| record(one, &mut found)).collect::<Option<Vec<_>>>();
    records.map(|records| (records, found)).ok_or_else(|| Unreadable {
        en: format!("{name}: a record is a JSON object; give one, or a list of them"),
        zh: format!("{name}：记录应为 JSON 对象；请给出一个对象或对象列表"),
    })
}

fn record(mut value: Value, found: &mut Map<String, Value>) -> Option<Value> {
    let map = value.as_object()?;
    let around = ["record", "about", "document", "lookups"];
    let enveloped = map.keys().all(|key| around.contains(&key.as_str()));
    if !enveloped || !value["record"].is_object() {
        return Some(value);
    }
    // The body of the webhook's preview says `true` here.
    for (name, records) in value["lookups"].as_object().into_iter().flatten() {
        let all = found.entry(name.as_str()).or_insert_with(|| Value::Array(Vec::new()));
        if let (Value::Array(all), Value::Array(records)) = (all, records) {
            all.extend(records.iter().cloned());
        }
    }
    Some(value["record"].take())
}
