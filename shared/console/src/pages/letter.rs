//! One dead letter: before and after the mapping, in the vendor's words, and what to do.

use crate::catalogue::FlowEntry;
use crate::form::{encoded, with_query};
use crate::page::{Page, Place, whole};
use crate::pages::mapping::is_wrong;
use crate::parts::{Tab, button, flow_head, json, problem, refused, when};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, text, told};
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::{Value, json};

/// The page.
pub fn show(v: &Visit<'_>, entry: &FlowEntry, id: &str) -> Response<Vec<u8>> {
    let about = entry.about(v.language);
    let answer = v.ask(entry.name, "GET", &format!("/dead/{}", encoded(id)), None);
    let body = html! {
        (flow_head(v, &about, None, None, Tab::Dead))
        @if answer.status == 200 { (content(v, entry, &answer.body)) }
        @else {
            h2 { (filled(v.t().letter, &[("id", id)])) }
            (refused(v, answer.status, &answer.body))
            @if answer.status == 410 { div.buttons { (actions(v, entry, id)) } }
        }
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let status = if status == StatusCode::NOT_FOUND { status } else { StatusCode::OK };
    whole(
        v,
        status,
        &Page { title: &filled(v.t().letter, &[("id", id)]), place: Place::Dead, refresh: 0, body },
    )
}

fn content(v: &Visit<'_>, entry: &FlowEntry, letter: &Value) -> Markup {
    let t = v.t();
    let (id, record_number) = (text(&letter["id"]), text(&letter["number"]));
    let looks_up = entry.file.contains("_findCollection");
    let lookups = v.query.get("lookups") == "true";
    let preview =
        v.ask(entry.name, "POST", "/preview", Some(&json!({"record": letter["record"], "lookups": lookups})));
    html! {
        h2 { (filled(t.letter, &[("id", if record_number.is_empty() { id } else { record_number })])) }
        (problem(v, &letter["error"]))
        div.buttons { (actions(v, entry, id)) a.button href=(with_query(&format!("/console/flows/{}/mapping", entry.name), &[("dead", id)])) { (t.see_in_mapping) } }
        section.card {
            dl.facts.inline {
                div { dt { (t.record) } dd { code { (id) } } }
                div { dt { (t.kind_of_error) } dd { code { (text(&letter["error"]["code"])) } } }
                @if !text(&letter["error"]["field"]).is_empty() { div { dt { (t.field) } dd { code { (text(&letter["error"]["field"])) } } } }
                div { dt { (t.attempts) } dd { (count(&letter["attempts"])) } }
                div { dt { (t.first_failed) } dd { (when(v, &letter["first_failed"])) } }
                div { dt { (t.last_failed) } dd { (when(v, &letter["last_failed"])) } }
                div { dt { (t.next_attempt) } dd { @if letter["parked"] == true { span.badge.stopped { (t.parked) } } @else { (when(v, &letter["next_attempt"])) } } }
            }
        }
        div.columns.even {
            section.card { h3 { (t.before) } (json(&letter["record"], t.before)) }
            section.card {
                h3 { (t.after) }
                (after(v, &preview.body, preview.status))
                @if looks_up && !lookups {
                    p.small { (t.without_lookups) " " a href="?lookups=true" { (t.with_lookups) } }
                }
            }
        }
    }
}

fn actions(v: &Visit<'_>, entry: &FlowEntry, id: &str) -> Markup {
    let t = v.t();
    let to = |action: &str| with_query(&format!("/console/flows/{}/do/{action}", entry.name), &[("id", id)]);
    html! {
        (button(v, &to("retry"), t.retry, "main", true))
        (button(v, &to("skip"), t.skip_id, "", true))
        (button(v, &to("delete"), t.delete, "danger", true))
    }
}

/// The document, or the fields that stand in its way and what there is of the others.
fn after(v: &Visit<'_>, preview: &Value, status: u16) -> Markup {
    let t = v.t();
    if status != 200 {
        return refused(v, status, preview);
    }
    let fields = preview["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wrong: Vec<&Value> = fields.iter().filter(|field| is_wrong(field)).collect();
    html! {
        @if !wrong.is_empty() {
            ul.field-errors { @for field in wrong {
                li { code { (text(&field["path"])) } " " (row_error(v, &field["error"])) }
            } }
        } @else if fields.is_empty() && !preview["error"].is_null() {
            p { (told(&preview["error"], "message", v.language)) }
        }
        @if preview["document"].is_null() { (json(&made(fields), t.after)) }
        @else { (json(&preview["document"], t.after)) }
    }
}

/// What there is of a document that cannot be made: each field that could be, in its place.
fn made(fields: &[Value]) -> Value {
    let mut document = Value::Null;
    for field in fields.iter().filter(|field| field["error"].is_null()) {
        let mut place = &mut document;
        for step in text(&field["path"]).replace('[', ".[").split('.') {
            place = match step.strip_prefix('[').and_then(|index| index.strip_suffix(']')?.parse().ok()) {
                Some(index) => element(place, index),
                None => {
                    if !place.is_object() {
                        *place = json!({});
                    }
                    &mut place[step]
                }
            };
        }
        *place = field["result"].clone();
    }
    document
}

/// Rows come in their order, so there is never more than one missing.
fn element(place: &mut Value, index: usize) -> &mut Value {
    if !place.is_array() {
        *place = json!([]);
    }
    let Value::Array(rows) = place else { unreachable!("just made") };
    if index >= rows.len() {
        rows.push(Value::Null);
    }
    let last = rows.len() - 1;
    &mut rows[index.min(last)]
}

/// An error of the mapping says `en` and `zh`.
pub fn row_error<'e>(v: &Visit<'_>, error: &'e Value) -> &'e str {
    let own = text(&error[v.language.code()]);
    if own.is_empty() { told(error, "message", v.language) } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_made_stands_in_its_place() {
        let fields = [
            json!({"path": "No", "result": "1"}),
            json!({"path": "Rows[0].Sku", "result": {"FNumber": "A"}}),
            json!({"path": "Rows[1].Price", "error": {"code": "bad_cast"}}),
            json!({"path": "Rows[1].Sku", "result": null}),
        ];
        assert_eq!(made(&fields), json!({"No": "1", "Rows": [{"Sku": {"FNumber": "A"}}, {"Sku": null}]}));
    }
}
