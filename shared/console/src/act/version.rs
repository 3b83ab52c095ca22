//! Versions of the flow file: saved, and put in use.

use super::flash::Flash;
use super::{Asked, Done, refusal};
use crate::catalogue::FlowEntry;
use crate::flow_file::differences;
use crate::pages::mapping::{Editor, Kept, refused};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, shortened, text, told};
use maud::{Markup, html};
use serde_json::{Value, json};

/// Changes that are listed.
const LISTED: usize = 30;

pub(super) fn ask_save(v: &Visit<'_>, entry: &FlowEntry) -> Asked {
    let t = v.t();
    let editor = Editor::of_form(v);
    let before = Kept::read(v, entry).text;
    Asked {
        title: t.save_version.to_owned(),
        about: html! { p { (t.save_about) } (risks(v, entry, &editor.text)) (changes(v, &before, &editor.text)) },
        fields: html! {
            input type="hidden" name="base" value=(editor.base);
            input type="hidden" name="text" value=(editor.text);
            input type="hidden" name="record" value=(editor.record);
            input type="hidden" name="field" value=(editor.field);
            label for="ask-note" { (t.note) }
            input #ask-note name="note" value=(editor.note) maxlength="200";
        },
        button: t.save_version,
        danger: false,
    }
}

pub(super) fn save(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let editor = Editor::of_form(v);
    let body = json!({"text": editor.text, "note": editor.note, "base": editor.base});
    let answer = v.ask(entry.name, "PUT", "/file", Some(&body));
    if answer.status != 200 {
        return Done::Page(refused(v, entry, &answer.body["error"]));
    }
    let number = count(&answer.body["number"]).to_string();
    Done::At(home(entry), Flash::good(filled(v.t().version_saved, &[("n", &number)])))
}

pub(super) fn ask_use(v: &Visit<'_>, entry: &FlowEntry) -> Asked {
    let t = v.t();
    let number = v.query.number("version", 0);
    let kept = Kept::read(v, entry);
    let text = v.ask(entry.name, "GET", &format!("/file/{number}"), None).body["text"].clone();
    Asked {
        title: name(v, number),
        about: html! {
            p { (t.use_about) }
            @if let Some(text) = text.as_str() { (risks(v, entry, text)) (changes(v, &kept.text, text)) }
        },
        fields: html! { input type="hidden" name="version" value=(number); },
        button: t.put_in_use,
        danger: false,
    }
}

pub(super) fn put_in_use(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let number = v.form.number("version", 0);
    let answer = v.ask(entry.name, "POST", "/file/use", Some(&json!({"version": number})));
    let flash = match answer.status {
        200 => Flash::good(name(v, number)),
        _ => refusal(v, &answer),
    };
    Done::At(home(entry), flash)
}

fn name(v: &Visit<'_>, number: usize) -> String {
    let t = v.t();
    match number {
        0 => t.use_built_in.to_owned(),
        n => filled(t.use_version_n, &[("n", &n.to_string())]),
    }
}

fn home(entry: &FlowEntry) -> String {
    format!("/console/flows/{}/mapping", entry.name)
}

/// What records may come to by this text although it may be used.
fn risks(v: &Visit<'_>, entry: &FlowEntry, file: &str) -> Markup {
    let answer = v.ask(entry.name, "POST", "/file/check", Some(&json!({"text": file})));
    let problems = answer.body["problems"].as_array();
    html! {
        @for risk in problems.into_iter().flatten().filter(|problem| text(&problem["code"]) == "key_changed") {
            p.notice.bad { code { (text(&risk["path"])) } " " (told(risk, "message", v.language)) }
        }
    }
}

fn changes(v: &Visit<'_>, before: &str, after: &str) -> Markup {
    let t = v.t();
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let changes = differences(&read(before), &read(after), LISTED);
    html! {
        @if changes.is_empty() { p.notice { (t.no_changes) } }
        @else { ul.changes { @for (path, one, other) in &changes {
            li { code { (path) } div.before { (shortened(&plain(one), 300)) } div.after { (shortened(&plain(other), 300)) } }
        } } }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}
