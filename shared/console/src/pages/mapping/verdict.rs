//! What the flow says of a flow file and a sample: asked while one types.

use super::Editor;
use super::picture::is_wrong;
use crate::catalogue::FlowEntry;
use crate::parts::problem;
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, text, told};
use maud::{Markup, html};
use serde_json::{Value, json};

/// What the flow says of a text and a record.
pub struct Verdict {
    /// What is wrong with the file.
    pub problems: Vec<Value>,
    /// Field by field.
    pub fields: Vec<Value>,
    /// The document, null where there is none.
    pub document: Value,
    /// Why nothing could be said.
    pub refused: Option<Value>,
}

/// Asks the flow; nothing is saved.
pub fn judged(v: &Visit<'_>, entry: &FlowEntry, editor: &Editor) -> Verdict {
    let mut verdict =
        Verdict { problems: Vec::new(), fields: Vec::new(), document: Value::Null, refused: None };
    let record: Value = match serde_json::from_str(&editor.record) {
        Ok(record @ Value::Object(_)) => record,
        _ => Value::Null,
    };
    let mut body = json!({"text": editor.text, "lookups": editor.lookups});
    if record.is_object() {
        body["record"] = record;
    }
    let answer = v.ask(entry.name, "POST", "/file/check", Some(&body));
    if answer.status != 200 {
        verdict.refused = Some(answer.body["error"].clone());
        return verdict;
    }
    verdict.problems = answer.body["problems"].as_array().cloned().unwrap_or_default();
    let preview = &answer.body["preview"];
    verdict.fields = preview["fields"].as_array().cloned().unwrap_or_default();
    verdict.document = preview["document"].clone();
    if verdict.document.is_null() && verdict.fields.is_empty() && !preview["error"].is_null() {
        verdict.refused = Some(preview["error"].clone());
    }
    verdict
}

/// What the flow says of the file as it stands.
pub fn said(v: &Visit<'_>, verdict: &Verdict, editor: &Editor) -> Markup {
    let t = v.t();
    let wrong = verdict.fields.iter().filter(|field| is_wrong(field)).count();
    let record_is_wrong = !editor.record.trim().is_empty()
        && !serde_json::from_str::<Value>(&editor.record).is_ok_and(|record| record.is_object());
    html! {
        @if let Some(refused) = &verdict.refused { (problem(v, refused)) }
        @else if verdict.problems.is_empty() && wrong == 0 {
            p.verdict.good { span aria-hidden="true" { "✓ " } (t.no_problems) }
        }
        (problems(v, Some(&verdict.problems)))
        @if wrong > 0 { p.verdict.bad { span aria-hidden="true" { "✕ " } (filled(t.fields_failed, &[("n", &wrong.to_string())])) } }
        @if record_is_wrong { p.verdict.bad { (t.record_no_json) } }
    }
}

/// What is wrong with a file, each with a way to its place.
pub fn problems(v: &Visit<'_>, problems: Option<&Vec<Value>>) -> Markup {
    html! {
        @if let Some(problems) = problems.filter(|all| !all.is_empty()) {
            ul.problems { @for problem in problems {
                @let path = text(&problem["path"]);
                li.(if text(&problem["severity"]) == "warning" { "warning" } else { "error" }) {
                    button.link type="submit" form="mapping" name="select" value=(path.trim_end_matches(".value")) { code { (path) } }
                    @if count(&problem["line"]) > 0 { " " span.small { (count(&problem["line"])) ":" (count(&problem["column"])) } }
                    " " (told(problem, "message", v.language))
                    @let hint = told(problem, "hint", v.language);
                    @if !hint.is_empty() { " " span.small { (hint) } }
                }
            } }
        }
    }
}
