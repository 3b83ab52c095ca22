//! Each flow a line from source to target; worst first.

use crate::chart;
use crate::fleet::{self, Fared, Health};
use crate::page::{Page, Place, whole};
use crate::parts::{badge, class, crossing, when};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, number, span, text, told};
use ferry_sync::shanghai;
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

/// The page.
pub fn show(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let flows = fleet::all(v);
    let of = |health: Health| flows.iter().filter(|flow| flow.health == health).count();
    let all = [
        Health::Failing,
        Health::Stopped,
        Health::Behind,
        Health::Waiting,
        Health::NeverRun,
        Health::Flowing,
    ];
    let today = flows.iter().map(|flow| written_today(flow.state(), v.now())).sum::<u64>();
    let dead = flows.iter().map(|flow| dead_letters(flow.state())).sum::<u64>();
    let body = html! {
        h1 { (t.overview) }
        div.summary {
            @for health in all { @if of(health) > 0 {
                span.tally { (badge(health, t)) " " strong { (of(health)) } }
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
    let state = flow.state();
    html! {
        article.flow.(class(flow.health)) {
            div.name {
                h2 { a href=(base) { (flow.about.title) } }
                div.under { (badge(flow.health, t)) (crossing(v, &flow.about, flow.health)) }
                @if let Some(why) = why(v, flow) { p.why { (why) } }
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
    hours.iter().filter(|hour| text(&hour["hour"]).starts_with(today)).map(|hour| count(&hour["written"])).sum()
}

/// Why a flow is where it is, in a sentence.
pub fn why(v: &Visit<'_>, flow: &Fared<'_>) -> Option<String> {
    let t = v.t();
    let state = flow.state();
    Some(match flow.health {
        Health::Flowing => return None,
        Health::NeverRun => told(&flow.answer.body["error"], "message", v.language).to_owned(),
        Health::Failing => {
            let reports = state["reports"].as_array().map(Vec::as_slice).unwrap_or_default();
            let error = reports.iter().map(|report| &report["error"]).find(|error| !error.is_null());
            let message = error.map(|error| told(error, "message", v.language)).unwrap_or_default();
            let n = count(&state["failures"]).to_string();
            filled(t.why_failing, &[("n", &n), ("message", message)])
        }
        Health::Stopped if state.is_null() => {
            let message = told(&flow.answer.body["error"], "message", v.language);
            if message.is_empty() { t.no_answer.to_owned() } else { message.to_owned() }
        }
        Health::Stopped => t.why_stopped.to_owned(),
        Health::Behind => {
            filled(t.why_behind, &[("span", &span(state["lag_seconds"].as_i64().unwrap_or(0), t))])
        }
        Health::Waiting => {
            let (parked, waiting) = (count(&state["dead"]["parked"]), count(&state["dead"]["waiting"]));
            filled(t.why_waiting, &[("parked", &number(parked)), ("waiting", &number(waiting))])
        }
    })
}
