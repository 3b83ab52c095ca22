//! Each flow a line from source to target; worst first.

use crate::chart;
use crate::fleet::{self, Fared};
use crate::page::{Page, Place, whole};
use crate::parts::{badge, class, crossing, reasons, when};
use crate::visit::Visit;
use crate::words::{count, number, text};
use ferry_sync::shanghai;
use ferry_watch::fleet::State;
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

/// The page.
pub fn show(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let flows = fleet::all(v);
    let of = |state: State| flows.iter().filter(|flow| flow.state() == state).count();
    let today = flows.iter().map(|flow| written_today(flow.document(), v.now())).sum::<u64>();
    let dead = flows.iter().map(|flow| dead_letters(flow.document())).sum::<u64>();
    let body = html! {
        h1 { (t.overview) }
        div.summary {
            @for state in State::ALL.into_iter().rev() { @if of(state) > 0 {
                span.tally { (badge(v, state)) " " strong { (of(state)) } }
            } }
            span.tally.figure { strong { (number(today)) } " " (t.written_today) }
            span.tally.figure { strong { (number(dead)) } " " (t.dead_letters_unit) }
        }
        @if flows.is_empty() { div.notice { p { (t.no_flows) } } }
        ul.fleet { @for flow in &flows { li { (line(v, flow)) } } }
        p.note { (t.overview_note) }
    };
    whole(v, StatusCode::OK, &Page { title: t.overview, place: Place::Overview, refresh: 15, body })
}

fn line(v: &Visit<'_>, flow: &Fared<'_>) -> Markup {
    let t = v.t();
    let base = format!("/console/flows/{}", flow.entry.name);
    let state = flow.document();
    html! {
        article.flow.(class(flow.state())) {
            div.name {
                h2 { a href=(base) { (flow.about.title) } }
                div.under { (badge(v, flow.state())) (crossing(v, &flow.about, flow.state())) }
            }
            @if !state.is_null() {
                div.day-chart {
                    (chart::day(&state["hours"], v.now(), t))
                    p.small { (t.last_24_hours) }
                }
                dl.facts {
                    div { dt { (t.written_today_short) } dd { (number(written_today(state, v.now()))) } }
                    div { dt { (t.tab_dead) } dd {
                        @match dead_letters(state) {
                            0 => "0",
                            n => a.dead href={ (base) "/dead" } { (number(n)) },
                        }
                    } }
                    @if !flow.about.is_list {
                        div { dt { (t.settled_to) } dd { (when(v, &state["watermark"])) } }
                    }
                    div { dt { (t.last_run) } dd {
                        (when(v, last_run(state)))
                        @if state["lease"]["held"] == true { " " span.running { (t.at_work) } }
                    } }
                    div { dt { (t.next_run) } dd { (when(v, &state["next_expected"])) } }
                }
            }
            (reasons(v, &flow.standing))
        }
    }
}

/// When the last run began.
pub fn last_run(state: &Value) -> &Value {
    if state["last_run_at"].is_string() { &state["last_run_at"] } else { &state["reports"][0]["started_at"] }
}

/// All dead letters but those of records that only wait for a partner.
pub fn dead_letters(state: &Value) -> u64 {
    count(&state["dead"]["waiting"]) + count(&state["dead"]["parked"])
}

/// Records written since midnight in Shanghai.
pub fn written_today(state: &Value, now: i64) -> u64 {
    let today = &shanghai::text(now)[..10];
    let hours = state["hours"].as_array().map(Vec::as_slice).unwrap_or_default();
    hours
        .iter()
        .filter(|hour| text(&hour["hour"]).starts_with(today))
        .map(|hour| count(&hour["written"]))
        .sum()
}
