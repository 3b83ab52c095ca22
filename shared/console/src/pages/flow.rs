//! A flow: its runs, what is settled and what is not, its jobs, and what one may press.

use crate::catalogue::FlowEntry;
use crate::chart;
use crate::fleet::{self, Fared};
use crate::form::encoded;
use crate::page::{Page, Place, whole};
use crate::pages::overview::{dead_letters, last_run, written_today};
use crate::parts::{Tab, button, flow_head, reasons, when};
use crate::texts::{Texts, filled};
use crate::visit::Visit;
use crate::words::{self, count, duration, number, shortened, span, text, time_of, told};
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

/// Runs shown before one asks for the others.
const SHOWN: usize = 12;

/// The page.
pub fn show(v: &Visit<'_>, entry: &FlowEntry) -> Response<Vec<u8>> {
    let entry = v.flow(entry.name).expect("the flow was found");
    let flow = fleet::one(v, entry);
    let state = flow.document();
    let at_work = state["lease"]["held"] == true;
    let body = html! {
        (flow_head(v, &flow.about, Some(flow.state()), Some(dead_letters(state)), Tab::Runs))
        (reasons(v, &flow.standing))
        (buttons(v, &flow))
        @if !state.is_null() { (content(v, &flow)) }
    };
    let refresh = if at_work { 3 } else { 15 };
    whole(v, StatusCode::OK, &Page { title: &flow.about.title, place: Place::Overview, refresh, body })
}

fn buttons(v: &Visit<'_>, flow: &Fared<'_>) -> Markup {
    let t = v.t();
    let to = |action: &str| format!("/console/flows/{}/do/{action}", flow.entry.name);
    let has_state = !flow.document().is_null();
    html! {
        div.buttons {
            (button(v, &to("run"), t.run_now, "main", false))
            (button(v, &to("dry-run"), t.dry_run, "", false))
            @if has_state {
                (button(v, &to("backfill"), t.backfill, "", true))
                (button(v, &to("reconcile"), t.reconcile, "", true))
            }
            @if !flow.about.is_list { (button(v, &to("watermark"), t.set_watermark, "", true)) }
            @if flow.document()["lease"]["held"] == true { span.running { (t.at_work) } }
        }
    }
}

fn content(v: &Visit<'_>, flow: &Fared<'_>) -> Markup {
    let t = v.t();
    let state = flow.document();
    let reports = state["reports"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        div.columns {
            div {
                @if !flow.about.is_list {
                    section.card {
                        h2 { (t.settled_and_open) }
                        (chart::window(state, v.now(), t))
                        (scans(v, state))
                    }
                }
                section.card {
                    h2 { (t.runs) }
                    @if reports.is_empty() { p { (t.no_runs) } }
                    @else {
                        (chart::runs(flow.entry.name, reports, t))
                        (table(v, flow.entry.name, reports))
                    }
                }
            }
            aside {
                (facts(v, flow))
                section.card {
                    h2 { (t.last_24_hours) }
                    (chart::day(&state["hours"], v.now(), t))
                    ul.legend {
                        li { span.key.written {} (t.written) }
                        li { span.key.dead {} (t.dead) }
                    }
                }
                (jobs(v, flow))
            }
        }
    }
}

/// Where the open walks stand.
fn scans(v: &Visit<'_>, state: &Value) -> Markup {
    let t = v.t();
    html! {
        @for (name, label) in [("window", t.open_window), ("full_scan", t.full_scan)] {
            @let scan = &state[name];
            @if scan.is_object() {
                p { strong { (label) } " · " (filled(t.scan_records, &[("n", &number(count(&scan["records"])))]))
                    @if let Some(cursor) = scan["cursor"].as_str() { " · " (t.cursor) " " code { (shortened(cursor, 80)) } }
                }
            }
        }
    }
}

fn facts(v: &Visit<'_>, flow: &Fared<'_>) -> Markup {
    let t = v.t();
    let state = flow.document();
    let version = &state["version"];
    html! {
        section.card {
            h2 { (t.at_a_glance) }
            dl.list {
                @if !flow.about.is_list {
                    dt { (t.watermark) } dd { (text(&state["watermark"])) }
                    dt { (t.lag) } dd { (span(state["lag_seconds"].as_i64().unwrap_or(0), t)) }
                }
                dt { (t.last_run) } dd { (when(v, last_run(state))) }
                dt { (t.next_run) } dd { (when(v, &state["next_expected"])) }
                dt { (t.written_today_short) } dd { (number(written_today(state, v.now()))) }
                dt { (t.tab_dead) } dd {
                    a href={ "/console/flows/" (flow.entry.name) "/dead" } { (number(dead_letters(state))) }
                    @let (waiting, parked) = (count(&state["dead"]["waiting"]), count(&state["dead"]["parked"]));
                    @if waiting + parked > 0 {
                        " " span.small { (filled(t.dead_split, &[("waiting", &number(waiting)), ("parked", &number(parked))])) }
                    }
                }
                dt { (t.failures_in_a_row) } dd { (count(&state["failures"])) }
                dt { (t.flow_file) } dd {
                    a href={ "/console/flows/" (flow.entry.name) "/mapping" } { (version_name(version, t)) }
                    @if version["built_in_changed"] == true { " " span.badge.behind { (t.built_in_changed) } }
                }
                @if count(&state["skipped"]) > 0 {
                    dt { (t.skipped_ids) } dd { (count(&state["skipped"])) }
                }
                dt { (t.source) } dd { code { (flow.about.source.1) } }
                dt { (t.target) } dd { code { (flow.about.target.1) } }
            }
        }
    }
}

/// `built-in`, or the number of a saved version.
pub fn version_name(version: &Value, t: &Texts) -> String {
    match count(&version["number"]) {
        0 => t.built_in.to_owned(),
        n => filled(t.version_n, &[("n", &n.to_string())]),
    }
}

fn table(v: &Visit<'_>, flow: &str, reports: &[Value]) -> Markup {
    let (first, rest) = reports.split_at(reports.len().min(SHOWN));
    html! {
        (rows(v, flow, first))
        @if !rest.is_empty() {
            details { summary { (filled(v.t().older_runs, &[("n", &rest.len().to_string())])) } (rows(v, flow, rest)) }
        }
    }
}

fn rows(v: &Visit<'_>, flow: &str, reports: &[Value]) -> Markup {
    let t = v.t();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(t.runs) {
            table {
                thead { tr {
                    th scope="col" { (t.started) } th scope="col" { (t.result) } th.n scope="col" { (t.records) }
                    th.n scope="col" { (t.written) } th.n scope="col" { (t.already_there) }
                    th.n scope="col" { (t.dead) } th.n scope="col" { (t.calls) }
                    th.n scope="col" { (t.took) } th scope="col" { (t.trigger) }
                } }
                tbody { @for report in reports { tr {
                    td { a.nowrap href={ "/console/flows/" (flow) "/runs/" (encoded(text(&report["run_id"]))) } { (text(&report["started_at"])) } }
                    td { (result(v, report)) }
                    td.n { (number(count(&report["records"]))) }
                    td.n { (number(count(&report["written"]))) }
                    td.n { (number(count(&report["already_there"]))) }
                    td.n.dead[count(&report["dead"]) > 0] { (number(count(&report["dead"]))) }
                    td.n { (["source", "lookup", "target"].iter().map(|end| count(&report["calls"][*end])).sum::<u64>()) }
                    td.n.nowrap { (duration(count(&report["duration_ms"]), t)) }
                    td.nowrap { (trigger(t, report)) }
                } } }
            }
        }
    }
}

/// How a run ended.
pub fn result(v: &Visit<'_>, report: &Value) -> Markup {
    let t = v.t();
    html! {
        @if !report["error"].is_null() {
            span.badge.failing title=(told(&report["error"], "message", v.language)) { span aria-hidden="true" { "✕" } " " (t.failed) }
        } @else if report["has_more"] == true { span.badge.waiting { (t.has_more) } }
        @else { span.badge.flowing { span aria-hidden="true" { "✓" } " " (t.done) } }
    }
}

/// What set a run off.
pub fn trigger<'t>(t: &'t Texts, report: &'t Value) -> &'t str {
    match text(&report["trigger"]) {
        "cron" => t.trigger_cron,
        "tick" => t.trigger_tick,
        "webhook" => t.trigger_webhook,
        "operator" => t.trigger_operator,
        other => other,
    }
}

fn jobs(v: &Visit<'_>, flow: &Fared<'_>) -> Markup {
    let t = v.t();
    let jobs = flow.document()["jobs"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        section.card {
            h2 { (t.jobs) }
            @if jobs.is_empty() { p { (t.no_jobs) } }
            @for job in jobs.iter().rev() { (self::job(v, flow, job)) }
        }
    }
}

fn job(v: &Visit<'_>, flow: &Fared<'_>, job: &Value) -> Markup {
    let t = v.t();
    let kind = match text(&job["kind"]) {
        "backfill" => t.backfill,
        "reconcile" => t.reconcile,
        _ => t.reconcile_and_carry,
    };
    let done = !job["finished_at"].is_null();
    let [begin, end, done_to] = ["begin", "end", "done_to"].map(|name| time_of(&job[name]).unwrap_or(0));
    let part = |n: i64| u64::try_from(n.max(0)).unwrap_or(0);
    let missing = job["missing_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        article.job {
            h3 { (kind) " " code { "#" (text(&job["id"])) } }
            @if !flow.about.is_list { p.small { (text(&job["begin"])) " – " (text(&job["end"])) } }
            @if done {
                p { span.badge.flowing { (t.done) } " " (when(v, &job["finished_at"])) }
            } @else {
                @if !flow.about.is_list { (chart::share(part(done_to - begin), part(end - begin), t.progress)) }
                (button(v, &format!("/console/flows/{}/do/cancel-job?id={}", flow.entry.name, encoded(text(&job["id"]))), t.cancel_job, "small", true))
            }
            p.small {
                (t.records) " " (number(count(&job["counts"]["records"]))) " · " (t.written) " " (number(count(&job["counts"]["written"])))
                @if text(&job["kind"]) != "backfill" { " · " (t.missing_in_target) " " strong { (number(count(&job["missing"]))) } }
            }
            @if !missing.is_empty() {
                details {
                    summary { (t.missing_ids) }
                    p.ids { @for id in missing { code { (words::text(id)) } " " } }
                }
            }
        }
    }
}
