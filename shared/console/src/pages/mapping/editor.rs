//! The open field: its expression, its type and rules, and what comes of it.

use super::picture::{came, shown};
use super::verdict::Verdict;
use crate::flow_file::Target;
use crate::pages::letter::row_error;
use crate::texts::Texts;
use crate::visit::Visit;
use crate::words::text;
use maud::{Markup, html};
use serde_json::Value;

/// Rows of a list whose results are shown.
const ROWS: usize = 20;

/// The panel.
pub fn panel(v: &Visit<'_>, open: Option<&Target>, verdict: &Verdict) -> Markup {
    let t = v.t();
    html! {
        section.card.field-editor {
            @match open {
                None => p { (t.no_fields) },
                Some(target) => {
                    h2 { (target.field) @if !target.label.is_empty() { " " span.port-label { (target.label) } } }
                    (form(v, target))
                    div #result aria-live="polite" { (result(v, target, verdict)) }
                    (rules(t, target))
                }
            }
        }
    }
}

fn form(v: &Visit<'_>, target: &Target) -> Markup {
    let t = v.t();
    html! {
        input type="hidden" name="field" value=(target.path);
        @if target.rules["value"].is_string() {
            label for="value" { (t.expression) }
            textarea #value name="value" rows="5" spellcheck="false" { "\n" (target.value) }
            input type="hidden" name="value_was" value=(target.value);
            button.button { (t.check) }
        } @else { p.small { (t.no_expression) } }
    }
}

fn result(v: &Visit<'_>, target: &Target, verdict: &Verdict) -> Markup {
    let t = v.t();
    let came = came(&verdict.fields);
    let rows = came.get(&target.place).map(|came| came.rows.as_slice()).unwrap_or_default();
    html! {
        @if !rows.is_empty() {
            h3 { (t.result) }
            @for row in rows.iter().take(ROWS) {
                div.came {
                    @if rows.len() > 1 { p.small { code { (text(&row["path"])) } } }
                    @if let Some(inputs) = row["inputs"].as_object().filter(|inputs| !inputs.is_empty()) {
                        dl.inputs { @for (name, value) in inputs { div { dt { code { (name) } } dd { (shown(value)) } } } }
                    }
                    @if row["error"].is_null() { p.output { span aria-hidden="true" { "→ " } (shown(&row["result"])) } }
                    @else { p.output.wrong { span aria-hidden="true" { "✕ " } (row_error(v, &row["error"])) } }
                }
            }
        }
    }
}

fn rules(t: &Texts, target: &Target) -> Markup {
    let rules = &target.rules;
    let table = rules["mapping"]["table"].as_object();
    html! {
        dl.list {
            dt { (t.path) } dd { code { (target.path) } }
            @if let Some(kind) = rules["type"].as_str() { dt { (t.kind) } dd { code { (kind) } } }
            @if rules["is_required"] == true { dt { (t.required) } dd { (t.yes) } }
            @if rules["parser"].is_object() { dt { (t.parser) } dd { code { (text(&rules["parser"]["name"])) " " (param(&rules["parser"]["params"])) } } }
            @if let Some(describe) = rules["describe"].as_str() { dt { (t.remark) } dd { (describe) } }
        }
        @if let Some(table) = table {
            details {
                summary { (t.value_table) " (" (table.len()) ") · " (t.unmatched) " " code { (text(&rules["mapping"]["unmatched"])) " " (text(&rules["mapping"]["default"])) } }
                dl.inputs { @for (from, to) in table { div { dt { code { "\"" (from) "\"" } } dd { (shown(to)) } } } }
            }
        }
    }
}

fn param(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}
