//! Dead letters: again, away, never more.

use super::flash::Flash;
use super::{Asked, Done, refusal, run_page};
use crate::catalogue::FlowEntry;
use crate::form::{encoded, with_query};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, number, shortened, text};
use maud::{Markup, html};
use serde_json::{Value, json};

/// A call retries so many at most.
const AT_ONCE: usize = 1000;
/// Ids on a page of the list.
const LISTED: usize = 500;

pub(super) fn ask_retry(v: &Visit<'_>, _: &FlowEntry) -> Asked {
    let t = v.t();
    let ids: Vec<&str> = v.query.all("id").collect();
    let code = v.query.get("code");
    let title = match (ids.as_slice(), code) {
        ([], "") => t.retry_every.to_owned(),
        ([], code) => filled(t.retry_kind_title, &[("code", code)]),
        ([id], _) => filled(t.retry_one, &[("id", id)]),
        (ids, _) => filled(t.retry_n, &[("n", &ids.len().to_string())]),
    };
    Asked {
        title,
        about: html! { p { (t.retry_about) } (list(&ids)) },
        fields: html! { (hidden(&ids)) input type="hidden" name="code" value=(code); },
        button: t.retry,
        danger: false,
    }
}

pub(super) fn retry(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let mut ids: Vec<String> = v.form.all("id").map(str::to_owned).collect();
    let code = v.form.get("code");
    if ids.is_empty() && !code.is_empty() {
        match of_kind(v, entry, code) {
            Ok(found) => ids = found,
            Err(flash) => return Done::At(home(entry), flash),
        }
    }
    let body = if ids.is_empty() && code.is_empty() { json!({}) } else { json!({"ids": ids}) };
    let answer = v.ask(entry.name, "POST", "/dead/retry", Some(&body));
    let report = &answer.body["report"];
    let back = home(entry);
    if !report.is_object() {
        return Done::At(back, refusal(v, &answer));
    }
    let n = |name: &str| number(count(&report["retried"][name]));
    let said = filled(
        v.t().retried_told,
        &[("delivered", &n("delivered")), ("failed", &n("failed")), ("parked", &n("parked"))],
    );
    let delivered_all = count(&report["retried"]["failed"]) + count(&report["retried"]["parked"]) == 0;
    let good = report["error"].is_null() && delivered_all;
    let said = if report["has_more"] == true { format!("{said} {}", v.t().retry_more) } else { said };
    // One letter that failed again is looked at again, with its new error.
    let back = match ids.as_slice() {
        [id] if !good => format!("{back}/{}", encoded(id)),
        _ => back,
    };
    Done::At(back, if good { Flash::good(said) } else { Flash::bad(said) })
}

/// The ids of all letters of a kind, as many as one call retries.
fn of_kind(v: &Visit<'_>, entry: &FlowEntry, code: &str) -> Result<Vec<String>, Flash> {
    let mut ids = Vec::new();
    while ids.len() < AT_ONCE {
        let (limit, offset) = (LISTED.to_string(), ids.len().to_string());
        let path = with_query("/dead", &[("code", code), ("limit", &limit), ("offset", &offset)]);
        let answer = v.ask(entry.name, "GET", &path, None);
        let Some(letters) = answer.body["letters"].as_array() else {
            return Err(refusal(v, &answer));
        };
        // A flow of an older build knows no filter.
        let more = letters.iter().filter(|letter| text(&letter["code"]) == code);
        ids.extend(more.map(|letter| text(&letter["id"]).to_owned()));
        if letters.len() < LISTED || answer.body["next_offset"].is_null() {
            break;
        }
    }
    ids.truncate(AT_ONCE);
    Ok(ids)
}

pub(super) fn ask_delete(v: &Visit<'_>, _: &FlowEntry) -> Asked {
    let t = v.t();
    let id = v.query.get("id");
    Asked {
        title: filled(t.delete_one, &[("id", id)]),
        about: html! { p { (t.delete_about) } },
        fields: hidden(&[id]),
        button: t.delete,
        danger: true,
    }
}

pub(super) fn delete(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let id = v.form.get("id");
    let answer = v.ask(entry.name, "DELETE", &format!("/dead/{}", encoded(id)), None);
    let flash = if run_page(entry, &answer.body).is_some() {
        Flash::good(filled(v.t().deleted, &[("id", id)]))
    } else {
        refusal(v, &answer)
    };
    Done::At(home(entry), flash)
}

pub(super) fn ask_skip(v: &Visit<'_>, entry: &FlowEntry) -> Asked {
    let t = v.t();
    let id = v.query.get("id");
    let skipped: Value = v.ask(entry.name, "GET", "/skip", None).body;
    let skipped = skipped["ids"].as_array().map(Vec::as_slice).unwrap_or_default();
    Asked {
        title: t.skip_title.to_owned(),
        about: html! { p { (t.skip_about) } },
        fields: html! {
            label for="ids" { (t.ids_one_a_line) }
            textarea #ids name="ids" rows="4" required spellcheck="false" { (id) }
            @if !id.is_empty() {
                label.check { input type="checkbox" name="delete" value=(id) checked; " " (t.delete_letter_too) }
            }
            @if !skipped.is_empty() {
                details { summary { (filled(t.on_skip_list, &[("n", &skipped.len().to_string())])) }
                    ul.ids { @for one in skipped { li { code { (text(one)) } " "
                        a href=(with_query(&format!("/console/flows/{}/do/unskip", entry.name), &[("id", text(one))])) data-dialog { (t.unskip) }
                    } }
                } }
            }
        },
        button: t.skip_title,
        danger: true,
    }
}

pub(super) fn skip(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let ids: Vec<&str> = v.form.get("ids").lines().map(str::trim).filter(|id| !id.is_empty()).collect();
    let answer = v.ask(entry.name, "POST", "/skip", Some(&json!({"ids": ids})));
    if run_page(entry, &answer.body).is_none() {
        return Done::At(home(entry), refusal(v, &answer));
    }
    let n = ids.len().to_string();
    if let Some(id) = v.form.find("delete") {
        let answer = v.ask(entry.name, "DELETE", &format!("/dead/{}", encoded(id)), None);
        // A letter that is no longer there is what was wanted.
        if run_page(entry, &answer.body).is_none() && answer.status != 404 {
            return Done::At(home(entry), refusal(v, &answer));
        }
    }
    Done::At(home(entry), Flash::good(filled(v.t().skipped_told, &[("n", &n)])))
}

pub(super) fn ask_unskip(v: &Visit<'_>, _: &FlowEntry) -> Asked {
    let t = v.t();
    let id = v.query.get("id");
    Asked {
        title: filled(t.unskip_title, &[("id", id)]),
        about: html! { p { (t.unskip_about) } },
        fields: hidden(&[id]),
        button: t.unskip,
        danger: false,
    }
}

pub(super) fn unskip(v: &Visit<'_>, entry: &FlowEntry) -> Done {
    let id = v.form.get("id");
    let answer = v.ask(entry.name, "DELETE", &format!("/skip/{}", encoded(id)), None);
    let flash = if run_page(entry, &answer.body).is_some() {
        Flash::good(filled(v.t().unskipped, &[("id", id)]))
    } else {
        refusal(v, &answer)
    };
    Done::At(home(entry), flash)
}

fn home(entry: &FlowEntry) -> String {
    format!("/console/flows/{}/dead", entry.name)
}

fn hidden(ids: &[&str]) -> Markup {
    html! { @for id in ids { input type="hidden" name="id" value=(id); } }
}

fn list(ids: &[&str]) -> Markup {
    html! { @if ids.len() > 1 { p.ids { @for id in ids.iter().take(50) { code { (shortened(id, 60)) } " " } } } }
}
