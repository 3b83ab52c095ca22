//! Running a flow, and running it dry.

use super::flash::Flash;
use super::{Asked, Done, refusal, run_page};
use crate::catalogue::FlowEntry;
use crate::page::form_token;
use crate::pages::run::told_of;
use crate::parts::{Tab, flow_head, refused};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, number};
use maud::html;
use serde_json::json;

pub(super) fn ask_run(v: &Visit<'_>, _: &FlowEntry) -> Asked {
    let t = v.t();
    Asked {
        title: t.run_now.to_owned(),
        about: html! { p { (t.run_about) } },
        fields: html! {
            label.check { input type="checkbox" name="accept_dead" value="true"; " " (t.accept_dead) }
            p.small { (t.accept_dead_about) }
        },
        button: t.run_now,
        danger: false,
    }
}

pub(super) fn run(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let t = v.t();
    let accept_dead = v.form.get("accept_dead") == "true";
    let body = if accept_dead { json!({"accept_dead": true}) } else { json!({}) };
    let answer = v.ask(entry.name, "POST", "/run", Some(&body));
    match run_page(entry, &answer.body) {
        Some(page) if answer.body["error"].is_null() => {
            let n = |name: &str| number(count(&answer.body[name]));
            let said = filled(
                t.run_done,
                &[("records", &n("records")), ("written", &n("written")), ("dead", &n("dead"))],
            );
            Done::At(page, Flash::good(said))
        }
        Some(page) => Done::At(page, Flash::bad(t.run_failed)),
        None => Done::At(format!("/console/flows/{}", entry.name), refusal(v, &answer)),
    }
}

pub(super) fn ask_dry_run(v: &Visit<'_>, _: &FlowEntry) -> Asked {
    let t = v.t();
    Asked {
        title: t.dry_run.to_owned(),
        about: html! { p { (t.dry_run_about) } },
        fields: html! {},
        button: t.dry_run,
        danger: false,
    }
}

pub(super) fn dry_run(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let t = v.t();
    let answer = v.ask(entry.name, "POST", "/run", Some(&json!({"dry_run": true, "max_pages": 1})));
    let about = entry.about(v.language);
    Done::Here(
        t.dry_run,
        html! {
            (flow_head(v, &about, None, None, Tab::Runs))
            div.notice { p { (t.dry_run_told) } }
            @if answer.body["run_id"].is_string() { (told_of(v, &answer.body)) }
            @else { (refused(v, answer.status, &answer.body)) }
            form method="post" action={ "/console/flows/" (entry.name) "/do/dry-run" } { (form_token(v)) button.button { (t.again) } }
        },
    )
}
