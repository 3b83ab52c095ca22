//! What changes something. Each action has a page that asks (GET, which changes nothing) and a POST that does it; the
//! script shows the page as a dialog, and without a script it is a page.
//!
//! [`ACTIONS`] is the whole of it: name, who may, what is asked, what is done.

pub mod flash;
mod letters;
mod past;
mod runs;
mod version;

use crate::Answer;
use crate::Role;
use crate::catalogue::FlowEntry;
use crate::page::{self, Page, Place, not_found, whole};
use crate::respond;
use crate::visit::Visit;
use crate::words::{text, told};
use flash::Flash;
use http::{Response, StatusCode};
use maud::{Markup, html};

/// One line of the table.
struct Action {
    name: &'static str,
    role: Role,
    ask: fn(&Visit<'_>, &FlowEntry) -> Asked,
    act: fn(&Visit<'_>, &FlowEntry) -> Done,
}

/// What is asked before something is done.
pub(crate) struct Asked {
    /// The question.
    pub title: String,
    /// What it will do.
    pub about: Markup,
    /// The fields of its form.
    pub fields: Markup,
    /// What the button says.
    pub button: &'static str,
    /// It takes something away.
    pub danger: bool,
}

/// What came of it.
pub(crate) enum Done {
    /// On another page.
    At(String, Flash),
    /// On this one.
    Here(&'static str, Markup),
    /// A page of its own.
    Page(Response<Vec<u8>>),
}

static ACTIONS: [Action; 12] = [
    Action { name: "run", role: Role::Runner, ask: runs::ask_run, act: runs::run },
    Action { name: "dry-run", role: Role::Runner, ask: runs::ask_dry_run, act: runs::dry_run },
    Action { name: "watermark", role: Role::Admin, ask: past::ask_watermark, act: past::watermark },
    Action { name: "backfill", role: Role::Admin, ask: past::ask_backfill, act: past::backfill },
    Action { name: "reconcile", role: Role::Admin, ask: past::ask_reconcile, act: past::reconcile },
    Action { name: "cancel-job", role: Role::Admin, ask: past::ask_cancel, act: past::cancel },
    Action { name: "retry", role: Role::Admin, ask: letters::ask_retry, act: letters::retry },
    Action { name: "delete", role: Role::Admin, ask: letters::ask_delete, act: letters::delete },
    Action { name: "skip", role: Role::Admin, ask: letters::ask_skip, act: letters::skip },
    Action { name: "unskip", role: Role::Admin, ask: letters::ask_unskip, act: letters::unskip },
    Action { name: "save-version", role: Role::Admin, ask: version::ask_save, act: version::save },
    Action { name: "use-version", role: Role::Admin, ask: version::ask_use, act: version::put_in_use },
];

/// The page that asks.
pub fn ask(v: &Visit<'_>, entry: &FlowEntry, action: &str) -> Response<Vec<u8>> {
    let Some(action) = ACTIONS.iter().find(|one| one.name == action) else { return not_found(v) };
    if !may(v, action) {
        return page::refusal(v, StatusCode::FORBIDDEN, v.t().needs_admin);
    }
    question(v, entry, action)
}

fn question(v: &Visit<'_>, entry: &FlowEntry, action: &Action) -> Response<Vec<u8>> {
    let t = v.t();
    let asked = (action.ask)(v, entry);
    let about = entry.about(v.language);
    let body = html! {
        section #question .card.question {
            p.crumb { a href={ "/console/flows/" (entry.name) } { (about.title) } }
            h1 { (asked.title) }
            (asked.about)
            form method="post" action={ "/console/flows/" (entry.name) "/do/" (action.name) } {
                (page::form_token(v))
                (asked.fields)
                div.buttons {
                    button.button.(if asked.danger { "danger" } else { "main" }) { (asked.button) }
                    a.button data-close href={ "/console/flows/" (entry.name) } { (t.cancel) }
                }
            }
        }
    };
    whole(v, StatusCode::OK, &Page { title: &asked.title, place: Place::Overview, refresh: 0, body })
}

/// The POST. The route has looked at the session's form token.
pub fn act(v: &Visit<'_>, entry: &FlowEntry, action: &str) -> Response<Vec<u8>> {
    let Some(action) = ACTIONS.iter().find(|one| one.name == action) else { return not_found(v) };
    if !may(v, action) {
        return page::refusal(v, StatusCode::FORBIDDEN, v.t().needs_admin);
    }
    // The editor sends a text that is too long for an address: it is asked about here.
    if v.form.get("ask") == "true" {
        return question(v, entry, action);
    }
    match (action.act)(v, entry) {
        Done::At(path, flash) => {
            let response = respond::see_other(&path);
            match flash.cookie(v) {
                Some(cookie) => respond::setting(response, &cookie),
                None => response,
            }
        }
        Done::Page(response) => response,
        Done::Here(title, body) => {
            whole(v, StatusCode::OK, &Page { title, place: Place::Overview, refresh: 0, body })
        }
    }
}

fn may(v: &Visit<'_>, action: &Action) -> bool {
    action.role == Role::Runner || v.is_admin()
}

/// What a flow's refusal says.
fn refusal(v: &Visit<'_>, answer: &Answer) -> Flash {
    let error = &answer.body["error"];
    let (message, hint) = (told(error, "message", v.language), told(error, "hint", v.language));
    if message.is_empty() {
        return Flash::bad(format!("{} ({})", v.t().no_answer, answer.status));
    }
    Flash::bad(format!("{message} {hint}").trim_end())
}

/// The page of a run, if the answer is a report.
fn run_page(entry: &FlowEntry, report: &serde_json::Value) -> Option<String> {
    let run_id = Some(text(&report["run_id"])).filter(|id| !id.is_empty())?;
    Some(format!("/console/flows/{}/runs/{}", entry.name, crate::form::encoded(run_id)))
}
