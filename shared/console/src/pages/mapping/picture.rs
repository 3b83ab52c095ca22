//! The drawing: rows of one height on both sides, so that the server knows where each line begins and ends.

use crate::flow_file::{Group, Make, Picture, Target};
use crate::texts::{Texts, filled};
use crate::visit::Visit;
use crate::words::{shortened, text};
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

/// A row's height in the style sheet, in pixels.
const ROW: usize = 40;

/// What came of one field: the first row's, and how many rows there are.
pub struct Came<'f> {
    /// The explanation of each row.
    pub rows: Vec<&'f Value>,
}

/// What came of each target field, by its place.
pub fn came<'f>(fields: &'f [Value]) -> BTreeMap<String, Came<'f>> {
    let mut came: BTreeMap<String, Came<'f>> = BTreeMap::new();
    for field in fields {
        came.entry(place(text(&field["path"]))).or_insert(Came { rows: Vec::new() }).rows.push(field);
    }
    came
}

/// A path of the document without its row numbers.
fn place(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for one in path.chars() {
        match one {
            '[' => inside = true,
            ']' => inside = false,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out
}

/// A value in one line.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}

/// Whether a value cannot be made. One that waits for a lookup which nobody asked for is no error.
fn failed(came: &Came<'_>) -> bool {
    came.rows.iter().any(|row| is_wrong(row))
}

/// Whether an explanation is of an error.
pub fn is_wrong(row: &Value) -> bool {
    !row["error"].is_null() && !not_looked_up(row)
}

fn not_looked_up(row: &Value) -> bool {
    row["error"]["code"] == "lookup_unknown"
}

/// The picture.
pub fn draw(v: &Visit<'_>, picture: &Picture, fields: &[Value], open: Option<&Target>) -> Markup {
    let t = v.t();
    let selected = open.map_or("", |target| target.path.as_str());
    let came = came(fields);
    let mut read: BTreeMap<&str, &Value> = BTreeMap::new();
    for field in fields {
        for (name, value) in field["inputs"].as_object().into_iter().flatten() {
            read.entry(name).or_insert(value);
        }
    }
    let height = picture.sources.len().max(picture.targets.len()) * ROW;
    html! {
        div.picture role="group" aria-label=(t.mapping_picture) {
            div.ports.left {
                h2 { (t.source_fields) }
                @for source in &picture.sources {
                    div.port.(group(source.group)) title=(source.name) {
                        span.port-name { (source.name) @if !source.label.is_empty() { " " span.port-label { (source.label) } } }
                        span.port-value { @match (source.group, read.get(source.name.as_str())) {
                            (Group::Lookup, _) => (t.looked_up),
                            (_, Some(value)) => (shortened(&shown(value), 40)),
                            (_, None) => "",
                        } }
                    }
                }
            }
            svg.wires viewBox={ "0 0 100 " (height) } height=(height) preserveAspectRatio="none" aria-hidden="true" {
                @for (at, target) in picture.targets.iter().enumerate() {
                    @let failed = came.get(&target.place).is_some_and(failed);
                    @for from in &target.from {
                        path.wire.(kind(target)).failed[failed].chosen[target.path == selected] data-to=(target.path)
                            d=(curve(*from, at)) {}
                    }
                }
            }
            div.ports.right {
                h2 { (t.target_fields) }
                @for target in &picture.targets { (port(t, target, came.get(&target.place), selected)) }
            }
        }
    }
}

fn curve(from: usize, to: usize) -> String {
    let (from, to) = (from * ROW + ROW / 2, to * ROW + ROW / 2);
    format!("M0 {from} C50 {from} 50 {to} 100 {to}")
}

fn port(t: &Texts, target: &Target, came: Option<&Came<'_>>, selected: &str) -> Markup {
    let failed = came.is_some_and(failed);
    let first = came.and_then(|came| came.rows.first());
    html! {
        button.port.(kind(target)).failed[failed].{ "depth" (target.depth.min(3)) } name="select" value=(target.path)
            aria-current=[(target.path == selected).then_some("true")] title=(target.value) {
            span.port-name { (target.field) @if !target.label.is_empty() { " " span.port-label { (target.label) } } }
            span.port-expression { (expression(t, target)) }
            span.port-value {
                @match first {
                    Some(row) if not_looked_up(row) => span.unknown { (t.not_looked_up) },
                    Some(row) if !row["error"].is_null() => span.wrong { "✕ " (shortened(text(&row["error"]["code"]), 40)) },
                    Some(row) => (shortened(&shown(&row["result"]), 40)),
                    None => "",
                }
                @if let Some(came) = came.filter(|came| came.rows.len() > 1) { " " span.small { (filled(t.more_rows, &[("n", &(came.rows.len() - 1).to_string())])) } }
            }
        }
    }
}

fn expression(t: &Texts, target: &Target) -> Markup {
    html! {
        @match target.make {
            Make::Holder => span.small { (if target.rules["type"] == "array" { t.rows } else { t.group }) },
            Make::Constant => { span.sign title=(t.constant) { "=" } " " (shortened(&target.value, 40)) }
            Make::Reference => (shortened(&target.value, 40)),
            Make::Function => { span.sign title=(t.function) { "ƒ" } " " (shortened(target.value.trim_start_matches("_function").trim(), 40)) }
            Make::Lookup => { span.sign title=(t.lookups) { "⌕" } " " (shortened(target.value.trim_start_matches("_findCollection").trim(), 40)) }
        }
    }
}

fn kind(target: &Target) -> &'static str {
    match target.make {
        Make::Holder => "holder",
        Make::Constant => "constant",
        Make::Reference => "reference",
        Make::Function => "function",
        Make::Lookup => "lookup",
    }
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Field => "field",
        Group::Param => "param",
        Group::System => "system",
        Group::Lookup => "lookup",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_field_come_together() {
        let fields = [
            serde_json::json!({"path": "A[0].B", "result": 1}),
            serde_json::json!({"path": "A[1].B", "result": 2}),
            serde_json::json!({"path": "C", "result": 3}),
        ];
        let came = came(&fields);
        assert_eq!((came["A.B"].rows.len(), came["C"].rows.len()), (2, 1));
    }
}
