//! What several pages show.

use crate::catalogue::{About, platform_name};
use crate::fleet::said;
use crate::visit::Visit;
use crate::words::{self, told};
use ferry_sync::shanghai;
use ferry_watch::fleet::{Standing, State};
use maud::{Markup, html};
use serde_json::Value;

/// A state at a glance: a colour, a shape and a word, so that no colour stands alone.
pub fn badge(v: &Visit<'_>, state: State) -> Markup {
    let sign = match state {
        State::Failing => "✕",
        State::Stopped => "■",
        State::Behind => "◐",
        State::Waiting => "◷",
        State::NeverRun => "○",
        State::Flowing => "✓",
    };
    let word = state.words();
    html! { span.badge.(class(state)) { span aria-hidden="true" { (sign) } " " (said(&word, v.language)) } }
}

/// The state as a class.
pub fn class(state: State) -> &'static str {
    match state {
        State::NeverRun => "never",
        other => other.name(),
    }
}

/// Why a flow stands as it does, the worst first.
pub fn reasons(v: &Visit<'_>, standing: &Standing) -> Markup {
    html! {
        @if !standing.reasons.is_empty() {
            ul.reasons { @for reason in &standing.reasons {
                li.(class(reason.code.state())) {
                    (said(&reason.what, v.language))
                    @if !reason.hint.is_empty() && (v.path != "/console" || reason.code.state() != State::Flowing) { " " span.small { (said(&reason.hint, v.language)) } }
                }
            } }
        }
    }
}

/// From source to target.
pub fn crossing(v: &Visit<'_>, about: &About, state: State) -> Markup {
    html! {
        span.crossing.(class(state)) {
            span.bank title=(about.source.1) { (platform_name(&about.source.0, v.language)) }
            span.way { span.arrow { "→" } }
            span.bank title=(about.target.1) { (platform_name(&about.target.0, v.language)) }
        }
    }
}

/// A time of a document in words, with the time itself.
pub fn when(v: &Visit<'_>, value: &Value) -> Markup {
    let text = words::text(value);
    html! {
        @match words::time_of(value) {
            Some(at) => time datetime={ (text.replace(' ', "T")) "+08:00" } title=(text) { (words::ago(at, v.now(), v.t())) },
            None => "–",
        }
    }
}

/// Unix seconds in words, with the time itself.
pub fn moment(v: &Visit<'_>, at: i64) -> Markup {
    when(v, &Value::from(shanghai::text(at)))
}

/// What went wrong, what to do, and its name for those who search.
pub fn problem(v: &Visit<'_>, problem: &Value) -> Markup {
    let hint = told(problem, "hint", v.language);
    html! {
        div.notice.bad role="alert" {
            p { (told(problem, "message", v.language)) }
            @if !hint.is_empty() { p.hint { strong { (v.t().what_to_do) } " " (hint) } }
            @let code = words::text(&problem["code"]);
            @if !code.is_empty() { p.code { code { (code) } } }
        }
    }
}

/// The error of an answer that is none, or a few words where it has none.
pub fn refused(v: &Visit<'_>, status: u16, body: &Value) -> Markup {
    if body["error"]["message"].is_string() {
        return problem(v, &body["error"]);
    }
    html! { div.notice.bad role="alert" { p { (v.t().no_answer) " (" (status) ")" } } }
}

/// A button that leads to the page which asks first; the script shows that page as a dialog. One that this session
/// may not press says why.
pub fn button(v: &Visit<'_>, address: &str, label: &str, class: &str, needs_admin: bool) -> Markup {
    html! {
        @if needs_admin && !v.is_admin() {
            button.button.(class) type="button" disabled title=(v.t().needs_admin) { (label) }
        } @else {
            a.button.(class) href=(address) data-dialog { (label) }
        }
    }
}

/// JSON as it is read best, or a dash.
pub fn json(value: &Value, label: &str) -> Markup {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    html! { pre.json tabindex="0" role="region" aria-label=(label) { code { (text) } } }
}

/// The flow's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Runs, window, jobs.
    Runs,
    /// The mapping.
    Mapping,
    /// Dead letters.
    Dead,
    /// Events.
    Log,
}

/// The head of all pages of a flow.
pub fn flow_head(v: &Visit<'_>, about: &About, state: Option<State>, dead: Option<u64>, tab: Tab) -> Markup {
    let t = v.t();
    let base = format!("/console/flows/{}", about.name);
    let log = format!("/console/log?flow={}", about.name);
    let (mapping, dead_letters) = (format!("{base}/mapping"), format!("{base}/dead"));
    let tabs = [
        (Tab::Runs, &base, t.tab_runs),
        (Tab::Mapping, &mapping, t.tab_mapping),
        (Tab::Dead, &dead_letters, t.tab_dead),
        (Tab::Log, &log, t.tab_log),
    ];
    html! {
        div.flow-head {
            div {
                p.crumb { a href="/console" { (t.overview) } " / " code { (about.name) } }
                h1 { (about.title) }
            }
            div.flow-state {
                @if let Some(state) = state { (badge(v, state)) (crossing(v, about, state)) }
            }
        }
        nav.tabs aria-label=(t.flow_pages) {
            @for (one, address, label) in tabs {
                a href=(address) aria-current=[(one == tab).then_some("page")] {
                    (label)
                    @if one == Tab::Dead { @if let Some(dead) = dead.filter(|dead| *dead > 0) { " " span.count { (words::number(dead)) } } }
                }
            }
        }
    }
}
