//! `GET …/dead`: the dead letters, page by page, and those alone that are looked for.
//!
//! The index tells id, code, attempts and times; all else stands in the letters. Those are opened only where it is asked
//! for (`details`), for the page's own letters, or to look for a field or a text, and then only so many a call.

use super::actions::{Refusal, answer, failed, index};
use super::{Answer, Call};
use crate::dead::{self, Entry, Letter};
use crate::shanghai;
use crate::state::Keys;
use ferry_mapping::Value;
use http::StatusCode;
use serde_json::json;
use std::collections::BTreeMap;

/// Letters on one page at most.
const PAGE: usize = 500;
/// Letters that one call opens at most.
const OPENED: usize = 500;

/// What is asked for.
struct Search {
    offset: usize,
    limit: usize,
    code: String,
    field: String,
    text: String,
    details: bool,
}

impl Search {
    fn of(call: &Call<'_>) -> Search {
        let query = call.request.uri().query().unwrap_or_default();
        let get = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            let value = value.unwrap_or_default().replace('+', " ");
            percent_encoding::percent_decode_str(&value).decode_utf8_lossy().trim().to_owned()
        };
        let number = |name: &str| get(name).parse::<usize>().ok();
        Search {
            offset: number("offset").unwrap_or(0),
            limit: number("limit").unwrap_or(100).min(PAGE),
            code: get("code"),
            field: get("field").to_lowercase(),
            text: get("text").to_lowercase(),
            details: get("details") == "true",
        }
    }

    /// Whether the letters themselves have to be read.
    fn reads_letters(&self) -> bool {
        !self.field.is_empty() || !self.text.is_empty()
    }

    fn wants(&self, entry: &Entry, letter: Option<&Letter>) -> bool {
        let has = |text: &str, part: &str| text.to_lowercase().contains(part);
        let of_field =
            self.field.is_empty() || letter.is_some_and(|letter| has(&letter.error.field, &self.field));
        let of_text = self.text.is_empty()
            || has(&entry.id, &self.text)
            || letter.is_some_and(|letter| {
                [&letter.number, &*letter.error.message, &*letter.error.message_zh]
                    .iter()
                    .any(|text| has(text, &self.text))
                    || holds(&Value::Object(letter.record.clone()), &self.text)
            });
        of_field && of_text
    }
}

/// Whether a text stands in a value somewhere; the text is in lower case.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|one| holds(one, text)),
        Value::Object(map) => map.values().any(|one| holds(one, text)),
        Value::String(one) => one.to_lowercase().contains(text),
        Value::Number(number) => number.to_string().contains(text),
        Value::Null | Value::Bool(_) => false,
    }
}

/// `offset` counts the letters of the `code`, if there is one; `next_offset` is where the next page begins, also where
/// a search has not found a page full among those that it looked at.
pub(super) fn dead(call: &Call<'_>) -> Answer {
    match found(call, &Search::of(call)) {
        Ok(found) => Answer::Body(StatusCode::OK, found),
        Err(refusal) => answer(refusal),
    }
}

fn found(call: &Call<'_>, search: &Search) -> Result<Value, Refusal> {
    let (index, state) = index(call)?;
    let keys = Keys(call.flow.file.name.clone());
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in index.entries() {
        *codes.entry(&entry.code).or_default() += 1;
    }
    let of_code: Vec<&Entry> =
        index.entries().filter(|entry| search.code.is_empty() || entry.code == search.code).collect();
    let mut letters = Vec::new();
    let mut looked_at = 0;
    let most = if search.reads_letters() { OPENED } else { PAGE };
    for entry in of_code.iter().skip(search.offset).take(most) {
        if letters.len() >= search.limit {
            break;
        }
        looked_at += 1;
        let letter = if search.details || search.reads_letters() {
            dead::letter(call.host.store, &keys, &call.flow.settings.seal, entry).map_err(failed)?
        } else {
            None
        };
        if search.wants(entry, letter.as_ref()) {
            letters.push(shown(entry, letter.as_ref().filter(|_| search.details)));
        }
    }
    let next = search.offset + looked_at;
    Ok(json!({
        "waiting": state.dead.waiting,
        "parked": state.dead.parked,
        "offset": search.offset,
        "total": of_code.len(),
        "codes": codes,
        "next_offset": (next < of_code.len()).then_some(next),
        "letters": letters,
    }))
}

fn shown(entry: &Entry, letter: Option<&Letter>) -> Value {
    let mut shown = json!({
        "id": entry.id,
        "code": entry.code,
        "attempts": entry.attempts,
        "first_failed": shanghai::text(entry.first_failed),
        "next_attempt": entry.due.map(shanghai::text),
        "parked": entry.due.is_none(),
    });
    if let Some(letter) = letter {
        shown["number"] = json!(letter.number);
        shown["field"] = json!(letter.error.field);
        shown["message"] = json!(letter.error.message);
        shown["message_zh"] = json!(letter.error.message_zh);
    }
    shown
}
