//! Past ranges and the watermark.

use super::flash::Flash;
use super::{Asked, Done, refusal, run_page};
use crate::Answer;
use crate::catalogue::FlowEntry;
use crate::form::encoded;
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::text;
use ferry_sync::shanghai;
use maud::{Markup, html};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;

pub(super) fn ask_watermark(v: &Visit<'_>, entry: &FlowEntry) -> Asked {
    let t = v.t();
    let answer = v.ask(entry.name, "GET", "", None);
    let now = text(&answer.body["watermark"]).to_owned();
    let suggested = if now.is_empty() { shanghai::text(v.now() - DAY) } else { now };
    let damaged = text(&answer.body["error"]["code"]) == "state_damaged";
    Asked {
        title: t.set_watermark.to_owned(),
        about: html! { p { (t.watermark_about) } },
        fields: html! {
            (moment("watermark", t.watermark, &suggested, t.shanghai_time))
            @if damaged { label.check { input type="checkbox" name="replace_damaged" value="true"; " " (t.replace_damaged) } }
        },
        button: t.set_watermark,
        danger: true,
    }
}

pub(super) fn watermark(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let mut body = json!({"watermark": time(v, "watermark")});
    if v.form.get("replace_damaged") == "true" {
        body["replace_damaged"] = true.into();
    }
    let answer = v.ask(entry.name, "PUT", "/watermark", Some(&body));
    let flash = match answer.status {
        200 => Flash::good(filled(v.t().watermark_set, &[("at", text(&answer.body["watermark"]))])),
        _ => refusal(v, &answer),
    };
    Done::At(home(entry), flash)
}

pub(super) fn ask_backfill(v: &Visit<'_>, entry: &FlowEntry) -> Asked {
    let t = v.t();
    Asked {
        title: t.backfill.to_owned(),
        about: html! { p { (t.backfill_about) } },
        fields: range(v, entry),
        button: t.backfill,
        danger: false,
    }
}

pub(super) fn backfill(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let answer = v.ask(entry.name, "POST", "/backfill", Some(&range_of(v, entry)));
    posted(v, entry, &answer)
}

pub(super) fn ask_reconcile(v: &Visit<'_>, entry: &FlowEntry) -> Asked {
    let t = v.t();
    Asked {
        title: t.reconcile.to_owned(),
        about: html! { p { (t.reconcile_about) } },
        fields: html! {
            (range(v, entry))
            fieldset {
                legend { (t.missing_records) }
                label.check { input type="radio" name="carry" value="false" checked; " " (t.only_list) }
                label.check { input type="radio" name="carry" value="true"; " " (t.list_and_carry) }
            }
        },
        button: t.reconcile,
        danger: false,
    }
}

pub(super) fn reconcile(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let mut body = range_of(v, entry);
    body["carry"] = (v.form.get("carry") == "true").into();
    let answer = v.ask(entry.name, "POST", "/reconcile", Some(&body));
    posted(v, entry, &answer)
}

pub(super) fn ask_cancel(v: &Visit<'_>, _: &FlowEntry) -> Asked {
    let t = v.t();
    let id = v.query.get("id");
    Asked {
        title: filled(t.cancel_job_n, &[("id", id)]),
        about: html! { p { (t.cancel_job_about) } },
        fields: html! { input type="hidden" name="id" value=(id); },
        button: t.cancel_job,
        danger: true,
    }
}

pub(super) fn cancel(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let answer = v.ask(entry.name, "DELETE", &format!("/jobs/{}", encoded(v.form.get("id"))), None);
    let flash = if run_page(entry, &answer.body).is_some() {
        Flash::good(v.t().job_cancelled)
    } else {
        refusal(v, &answer)
    };
    Done::At(home(entry), flash)
}

fn home(entry: &FlowEntry) -> String {
    format!("/console/flows/{}", entry.name)
}

fn posted(v: &Visit<'_>, entry: &FlowEntry, answer: &Answer) -> Done {
    let flash = match answer.status {
        202 => Flash::good(filled(v.t().job_posted, &[("id", text(&answer.body["job"]))])),
        _ => refusal(v, answer),
    };
    Done::At(home(entry), flash)
}

/// From and to; nothing for a full list, which is gone through whole.
fn range(v: &Visit<'_>, entry: &FlowEntry) -> Markup {
    let t = v.t();
    if entry.about(v.language).is_list {
        return html! { p { (t.whole_list) } };
    }
    html! {
        (moment("from", t.from, &shanghai::text(v.now() - DAY), t.shanghai_time))
        (moment("to", t.to, &shanghai::text(v.now()), t.shanghai_time))
    }
}

fn range_of(v: &Visit<'_>, entry: &FlowEntry) -> Value {
    if entry.about(v.language).is_list {
        return json!({});
    }
    json!({"from": time(v, "from"), "to": time(v, "to")})
}

fn moment(name: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! {
        label for=(name) { (label) }
        input #(name) type="datetime-local" step="1" name=(name) required value=(value.replace(' ', "T")) aria-describedby={ (name) "-hint" };
        p.small #{ (name) "-hint" } { (hint) }
    }
}

/// As the flows read it: `2026-11-01 00:00:00`; a browser leaves out seconds that are none.
fn time(v: &Visit<'_>, name: &str) -> String {
    let text = v.form.get(name).trim().replace('T', " ");
    if text.len() == 16 { format!("{text}:00") } else { text }
}
