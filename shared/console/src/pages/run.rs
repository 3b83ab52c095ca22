//! One run: its report and its calls.

use crate::catalogue::FlowEntry;
use crate::chart;
use crate::page::{Page, Place, not_found, page, whole};
use crate::pages::flow::{result, trigger};
use crate::parts::{Tab, flow_head, json, problem, refused};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, duration, number, text, told};
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

/// The page.
pub fn show(v: &Visit<'_>, entry: &FlowEntry, run_id: &str) -> Response<Vec<u8>> {
    let about = entry.about(v.language);
    let answer = v.ask(entry.name, "GET", "", None);
    if answer.status != 200 {
        let body =
            html! { (flow_head(v, &about, None, None, Tab::Runs)) (refused(v, answer.status, &answer.body)) };
        return page(v, &about.title, Place::Overview, body);
    }
    let reports = answer.body["reports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(report) = reports.iter().find(|report| text(&report["run_id"]) == run_id) else {
        return not_found(v);
    };
    whole(
        v,
        StatusCode::OK,
        &Page {
            title: &filled(v.t().run_of, &[("at", text(&report["started_at"]))]),
            place: Place::Overview,
            refresh: 0,
            body: html! { (flow_head(v, &about, None, None, Tab::Runs)) (told_of(v, report)) },
        },
    )
}

/// A report in words and drawings.
pub fn told_of(v: &Visit<'_>, report: &Value) -> Markup {
    let t = v.t();
    html! {
        h2 { (filled(t.run_of, &[("at", text(&report["started_at"]))])) " " (result(v, report)) }
        @if !report["error"].is_null() { (problem(v, &report["error"])) }
        section.card {
            h3 { (t.records) " " (number(count(&report["records"]))) }
            (chart::split(report, t))
        }
        div.columns.even {
            section.card {
                h3 { (t.run) }
                dl.list {
                    dt { (t.run_id) } dd { code { (text(&report["run_id"])) } }
                    dt { (t.trigger) } dd { (trigger(t, report)) }
                    dt { (t.took) } dd { (duration(count(&report["duration_ms"]), t)) }
                    @if report["window"].is_object() {
                        dt { (t.window) } dd { (text(&report["window"]["begin"])) " – " (text(&report["window"]["end"])) }
                    }
                    @if report["watermark"].is_string() { dt { (t.watermark) } dd { (text(&report["watermark"])) } }
                    dt { (t.pages) } dd { (count(&report["pages"])) }
                    dt { (t.flow_file) } dd {
                        @match count(&report["version"]) {
                            0 => (t.built_in),
                            n => (filled(t.version_n, &[("n", &n.to_string())])),
                        }
                        " " code { (text(&report["flow_file"])) }
                    }
                    dt { (t.more_to_do) } dd { (if report["has_more"] == true { t.yes } else { t.no }) }
                }
            }
            section.card {
                h3 { (t.calls) }
                dl.list {
                    @for (name, label) in [("source", t.source), ("lookup", t.lookups), ("target", t.target)] {
                        dt { (label) } dd { (number(count(&report["calls"][name]))) }
                    }
                }
                h3 { (t.retried) }
                dl.list {
                    @for (name, label) in [("tried", t.tried), ("delivered", t.delivered), ("failed", t.failed), ("parked", t.parked)] {
                        dt { (label) } dd { (number(count(&report["retried"][name]))) }
                    }
                }
            }
        }
        @if let Some(notes) = report["notes"].as_array().filter(|notes| !notes.is_empty()) {
            section.card {
                h3 { (t.notes) }
                ul { @for note in notes { li { (told(note, "message", v.language)) } } }
            }
        }
        @if let Some(documents) = report["dry_run"].as_array() {
            section.card {
                h3 { (filled(t.dry_run_documents, &[("n", &documents.len().to_string())])) }
                @for document in documents { (json(document, t.document)) }
            }
        }
    }
}
