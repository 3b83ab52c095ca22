//! The mapping as a picture: what is read on the left, what is made on the right, the expressions as lines between; a
//! sample that flows through; an editor for one expression at a time, and for the whole file.
//!
//! All of it is one form: every button posts what has been typed and gets the page again. The script posts while one
//! types, and takes the picture and the messages out of the answer.

mod editor;
mod history;
mod picture;
mod verdict;

pub use picture::is_wrong;

use self::verdict::{judged, problems, said};
use crate::catalogue::FlowEntry;
use crate::flow_file;
use crate::form::encoded;
use crate::page::{Page, Place, form_token, whole};
use crate::parts::{Tab, flow_head, problem};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::count;
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

/// What is being edited.
pub struct Editor {
    /// The flow file's text.
    pub text: String,
    /// The version that it began from.
    pub base: u64,
    /// The record's text.
    pub record: String,
    /// The field whose expression is open, by its path in the flow file.
    pub field: String,
    /// What will be remembered of the version.
    pub note: String,
    /// Whether lookups are made.
    pub lookups: bool,
}

/// What the flow keeps of its file.
pub struct Kept {
    /// The number of the version in use; 0: the built-in.
    pub in_use: u64,
    /// The text of the one in use.
    pub text: String,
    /// Newest first.
    pub versions: Vec<Value>,
    /// Why the one in use cannot be used.
    pub problem: Value,
}

impl Kept {
    /// Asks the flow; what was built in, where it keeps none.
    pub fn read(v: &Visit<'_>, entry: &FlowEntry) -> Kept {
        let answer = v.ask(entry.name, "GET", "/file", None);
        match answer.body["text"].as_str().filter(|_| answer.status == 200) {
            Some(in_use) => Kept {
                in_use: count(&answer.body["in_use"]),
                text: in_use.to_owned(),
                versions: answer.body["versions"].as_array().cloned().unwrap_or_default(),
                problem: answer.body["problem"].clone(),
            },
            // Without its text the one in use is told by its number, and one begins from what was built in.
            None => Kept {
                in_use: count(&answer.body["in_use"]),
                text: entry.file.to_owned(),
                versions: answer.body["versions"].as_array().cloned().unwrap_or_default(),
                problem: if answer.status == 200 {
                    answer.body["problem"].clone()
                } else {
                    answer.body["error"].clone()
                },
            },
        }
    }
}

/// The page, with the file in use or another version, and a sample or a dead letter's record.
pub fn show(v: &Visit<'_>, entry: &FlowEntry) -> Response<Vec<u8>> {
    let kept = Kept::read(v, entry);
    let version = v.query.get("version");
    let text = if version.is_empty() {
        kept.text.clone()
    } else {
        let answer = v.ask(entry.name, "GET", &format!("/file/{}", encoded(version)), None);
        answer.body["text"].as_str().map_or_else(|| kept.text.clone(), str::to_owned)
    };
    let record = match v.query.find("dead") {
        Some(id) => {
            let letter = v.ask(entry.name, "GET", &format!("/dead/{}", encoded(id)), None);
            pretty(&letter.body["record"])
        }
        None => sample(entry, v.query.get("sample")),
    };
    let editor = Editor {
        text,
        base: kept.in_use,
        record,
        field: v.query.get("field").to_owned(),
        note: String::new(),
        lookups: false,
    };
    draw(v, entry, &editor, &kept, None)
}

/// The page after something was typed or pressed.
pub fn edit(v: &Visit<'_>, entry: &FlowEntry) -> Response<Vec<u8>> {
    let mut editor = Editor::of_form(v);
    if let Some(path) = v.form.find("select") {
        path.clone_into(&mut editor.field);
    }
    if let Some(name) = v.form.find("sample") {
        editor.record = sample(entry, name);
    }
    draw(v, entry, &editor, &Kept::read(v, entry), None)
}

/// The page after the flow refused to save.
pub fn refused(v: &Visit<'_>, entry: &FlowEntry, error: &Value) -> Response<Vec<u8>> {
    draw(v, entry, &Editor::of_form(v), &Kept::read(v, entry), Some(error))
}

impl Editor {
    /// As it was posted: the expression is put into the text, if it was changed.
    pub fn of_form(v: &Visit<'_>) -> Editor {
        let form = &v.form;
        let mut text = form.get("text").to_owned();
        let (field, value) = (form.get("field"), form.get("value"));
        if form.find("value").is_some_and(|value| value != form.get("value_was"))
            && let Some(changed) = flow_file::replaced(&text, field, value)
        {
            text = changed;
        }
        Editor {
            text,
            base: form.get("base").parse().unwrap_or(0),
            record: form.get("record").to_owned(),
            field: field.to_owned(),
            note: form.get("note").to_owned(),
            lookups: form.get("lookups") == "true",
        }
    }
}

/// The first sample, or that of this name.
fn sample(entry: &FlowEntry, name: &str) -> String {
    let found = entry.samples.iter().find(|sample| sample.name == name).or(entry.samples.first());
    let sample: Value = found.and_then(|sample| serde_json::from_str(sample.text).ok()).unwrap_or_default();
    pretty(&sample["record"])
}

fn pretty(value: &Value) -> String {
    if value.is_null() { String::new() } else { serde_json::to_string_pretty(value).unwrap_or_default() }
}

fn draw(
    v: &Visit<'_>,
    entry: &FlowEntry,
    editor: &Editor,
    kept: &Kept,
    error: Option<&Value>,
) -> Response<Vec<u8>> {
    let t = v.t();
    let about = entry.about(v.language);
    let verdict = judged(v, entry, editor);
    let drawn = flow_file::picture(&editor.text);
    let open = drawn.as_ref().and_then(|drawn| drawn.open(&editor.field));
    let action = format!("/console/flows/{}/mapping", entry.name);
    let body = html! {
        (flow_head(v, &about, None, None, Tab::Mapping))
        @if !kept.problem.is_null() { (problem(v, &kept.problem)) }
        @if let Some(error) = error { (problem(v, error)) (problems(v, error["problems"].as_array())) }
        form #mapping method="post" action=(action) data-live {
            (form_token(v))
            input type="hidden" name="base" value=(editor.base);
            // What Enter presses.
            button.hidden name="do" value="check" tabindex="-1" aria-hidden="true" { (t.check) }
            (bar(v, entry, editor, kept))
            div #verdict aria-live="polite" { (said(v, &verdict, editor)) }
            div.mapping {
                div #picture {
                    @match &drawn {
                        Some(drawn) => (picture::draw(v, drawn, &verdict.fields, open)),
                        None => div.notice.bad { p { (t.no_json) } },
                    }
                }
                div.side {
                    (editor::panel(v, open, &verdict))
                    (record(v, entry, editor))
                }
            }
            details.card.file {
                summary { (t.whole_file) }
                p.small { (t.whole_file_about) }
                label.visually-hidden for="text" { (t.flow_file) }
                textarea #text name="text" rows="24" spellcheck="false" { "\n" (editor.text) }
            }
        }
        (history::card(v, entry, kept))
    };
    whole(
        v,
        StatusCode::OK,
        &Page {
            title: &format!("{} · {}", t.tab_mapping, about.title),
            place: Place::Overview,
            refresh: 0,
            body,
        },
    )
}

/// Which version this is, and what may be done with it.
fn bar(v: &Visit<'_>, entry: &FlowEntry, editor: &Editor, kept: &Kept) -> Markup {
    let t = v.t();
    let in_use = match kept.in_use {
        0 => t.built_in.to_owned(),
        n => filled(t.version_n, &[("n", &n.to_string())]),
    };
    let changed = editor.text != kept.text;
    html! {
        div.version-bar {
            span { (t.now_in_use) " " strong { (in_use) } }
            span #changed { @if changed { span.badge.waiting { (t.unsaved) } } }
            span.grow {}
            label.visually-hidden for="note" { (t.note) }
            input #note name="note" value=(editor.note) placeholder=(t.note) maxlength="200";
            button.button.main name="ask" value="true" formaction={ "/console/flows/" (entry.name) "/do/save-version" } data-dialog
                disabled[!v.is_admin()] title=[(!v.is_admin()).then_some(t.needs_admin)] { (t.save_version) }
        }
    }
}

/// The record that flows through.
fn record(v: &Visit<'_>, entry: &FlowEntry, editor: &Editor) -> Markup {
    let t = v.t();
    html! {
        section.card {
            h2 { (t.sample_record) }
            div.buttons.samples { @for sample in entry.samples {
                button.button.small name="sample" value=(sample.name) { (sample.name) }
            } }
            label for="record" { (t.record_json) }
            textarea #record name="record" rows="12" spellcheck="false" { "\n" (editor.record) }
            @if entry.file.contains("_findCollection") && v.is_admin() {
                label.check { input type="checkbox" name="lookups" value="true" checked[editor.lookups]; " " (t.make_lookups) }
            }
            button.button { (t.show_values) }
        }
    }
}
