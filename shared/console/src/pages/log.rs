//! The last events of all flows, newest first.

use crate::fleet;
use crate::form::encoded;
use crate::page::{Place, page};
use crate::parts::{Tab, flow_head};
use crate::visit::Visit;
use crate::words::{text, told};
use http::Response;
use maud::{Markup, html};
use serde_json::Value;

/// Events on the page.
const SHOWN: usize = 200;

/// The page.
pub fn show(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let (flow, level) = (v.query.get("flow"), v.query.get("level"));
    let chosen = v.flow(flow);
    let flows: Vec<_> = match chosen {
        Some(entry) => vec![fleet::one(v, entry)],
        None => fleet::all(v),
    };
    let mut events: Vec<(&'static str, &Value)> = flows
        .iter()
        .flat_map(|flow| {
            flow.document()["events"].as_array().into_iter().flatten().map(|event| (flow.entry.name, event))
        })
        .filter(|(_, event)| level.is_empty() || text(&event["level"]) == level)
        .collect();
    events.sort_by(|(_, one), (_, other)| text(&other["at"]).cmp(text(&one["at"])));
    let body = html! {
        @match (chosen, flows.first()) {
            (Some(_), Some(flow)) => (flow_head(v, &flow.about, Some(flow.state()), None, Tab::Log)),
            _ => h1 { (t.tab_log) },
        }
        (filter(v, flow, level))
        @if events.is_empty() { div.notice { p { (t.no_events) } } }
        @else { (table(v, &events)) }
    };
    page(v, t.tab_log, Place::Log, body)
}

fn filter(v: &Visit<'_>, flow: &str, level: &str) -> Markup {
    let t = v.t();
    html! {
        form.filter method="get" action="/console/log" {
            label { (t.flow) " " select name="flow" {
                option value="" { (t.all) }
                @for entry in v.flows() { option value=(entry.name) selected[entry.name == flow] { (entry.name) } }
            } }
            label { (t.level) " " select name="level" {
                option value="" { (t.all) }
                @for (value, label) in [("error", t.level_error), ("warning", t.level_warning), ("info", t.level_info)] {
                    option value=(value) selected[value == level] { (label) }
                }
            } }
            button.button { (t.show) }
        }
    }
}

fn table(v: &Visit<'_>, events: &[(&'static str, &Value)]) -> Markup {
    let t = v.t();
    html! {
        div.card.scroll tabindex="0" role="region" aria-label=(t.tab_log) {
            table.log {
                thead { tr { th scope="col" { (t.at) } th scope="col" { (t.level) } th scope="col" { (t.flow) } th scope="col" { (t.event) } } }
                tbody { @for (flow, event) in events.iter().take(SHOWN) { tr {
                    td.nowrap { (text(&event["at"])) }
                    td { (level_badge(v, text(&event["level"]))) }
                    td { a href={ "/console/flows/" (flow) } { (flow) } }
                    td.wide {
                        (told(event, "message", v.language))
                        @let run_id = text(&event["run_id"]);
                        div.small { code { (text(&event["event"])) }
                            @if !run_id.is_empty() { " · " a href={ "/console/flows/" (flow) "/runs/" (encoded(run_id)) } { (t.run) " " (run_id) } } }
                    }
                } } }
            }
        }
    }
}

fn level_badge(v: &Visit<'_>, level: &str) -> Markup {
    let t = v.t();
    match level {
        "error" => html! { span.badge.failing { (t.level_error) } },
        "warning" | "warn" => html! { span.badge.behind { (t.level_warning) } },
        "info" => html! { span.badge.waiting { (t.level_info) } },
        other => html! { span.badge.never { (other) } },
    }
}
