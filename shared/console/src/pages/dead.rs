//! Dead letters: of all flows in numbers, of one flow in a list that can be filtered and retried.

use crate::catalogue::FlowEntry;
use crate::fleet;
use crate::form::{encoded, with_query};
use crate::page::{Page, Place, page, whole};
use crate::pages::overview::dead_letters;
use crate::parts::{Tab, badge, button, crossing, flow_head, refused, when};
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, number, shortened, text, told};
use http::{Response, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

/// Letters on one page.
pub const PER_PAGE: usize = 50;

/// All flows, those with letters first.
pub fn all(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let mut flows = fleet::all(v);
    flows.sort_by_key(|flow| std::cmp::Reverse(dead_letters(flow.document())));
    let body = html! {
        h1 { (t.tab_dead) }
        p.lead { (t.dead_about) }
        div.card.scroll tabindex="0" role="region" aria-label=(t.tab_dead) {
            table {
                thead { tr { th scope="col" { (t.flow) } th scope="col" { (t.state) } th.n scope="col" { (t.for_partner) } th.n scope="col" { (t.waiting) } th.n scope="col" { (t.parked) } th.n scope="col" { (t.all) } } }
                tbody { @for flow in &flows {
                    @let dead = &flow.document()["dead"];
                    tr {
                        td { a href={ "/console/flows/" (flow.entry.name) "/dead" } { (flow.about.title) } div.small { (crossing(v, &flow.about, flow.state())) } }
                        td { (badge(v, flow.state())) }
                        td.n { (number(count(&dead["for_partner"]))) }
                        td.n { (number(count(&dead["waiting"]).saturating_sub(count(&dead["for_partner"])))) }
                        td.n { (number(count(&dead["parked"]))) }
                        td.n { strong { (number(dead_letters(flow.document()))) } }
                    }
                } }
            }
        }
    };
    page(v, t.tab_dead, Place::Dead, body)
}

/// What is looked for.
struct Search<'s> {
    code: &'s str,
    field: &'s str,
    text: &'s str,
    offset: usize,
}

impl Search<'_> {
    fn address(&self, base: &str, offset: usize) -> String {
        let offset = if offset == 0 { String::new() } else { offset.to_string() };
        with_query(
            base,
            &[("code", self.code), ("field", self.field), ("text", self.text), ("offset", &offset)],
        )
    }
}

/// One flow's.
pub fn show(v: &Visit<'_>, entry: &FlowEntry) -> Response<Vec<u8>> {
    let t = v.t();
    let about = entry.about(v.language);
    let q = &v.query;
    let search = Search {
        code: q.get("code"),
        field: q.get("field").trim(),
        text: q.get("text").trim(),
        offset: q.number("offset", 0),
    };
    let limit = PER_PAGE.to_string();
    let path = with_query(&search.address("/dead", search.offset), &[("limit", &limit), ("details", "true")]);
    let answer = v.ask(entry.name, "GET", &path, None);
    let found = &answer.body;
    let all = count(&found["waiting"]) + count(&found["parked"]);
    let body = html! {
        (flow_head(v, &about, None, Some(all), Tab::Dead))
        @if answer.status != 200 { (refused(v, answer.status, found)) }
        @else {
            (filter(v, entry, &search, found))
            (kinds(v, entry, &search, found))
            (list(v, entry, &search, found))
        }
    };
    whole(v, StatusCode::OK, &Page { title: t.tab_dead, place: Place::Dead, refresh: 0, body })
}

fn filter(v: &Visit<'_>, entry: &FlowEntry, search: &Search<'_>, found: &Value) -> Markup {
    let t = v.t();
    html! {
        form.filter method="get" action={ "/console/flows/" (entry.name) "/dead" } {
            label { (t.flow) " " select data-goto { @for one in v.flows() {
                option value={ "/console/flows/" (one.name) "/dead" } selected[one.name == entry.name] { (one.name) }
            } } }
            label { (t.kind_of_error) " " select name="code" {
                option value="" { (t.all) }
                @for (code, n) in found["codes"].as_object().into_iter().flatten() {
                    option value=(code) selected[code == search.code] { (code) " (" (number(count(n))) ")" }
                }
            } }
            label { (t.field) " " input name="field" value=(search.field) size="16" spellcheck="false"; }
            label { (t.text) " " input type="search" name="text" value=(search.text) size="16" spellcheck="false"; }
            button.button { (t.show) }
            @if !(search.code.is_empty() && search.field.is_empty() && search.text.is_empty()) {
                a.button.quiet href={ "/console/flows/" (entry.name) "/dead" } { (t.clear) }
            }
        }
    }
}

/// The kinds of errors with how many there are of each, and what one may do about a whole kind.
fn kinds(v: &Visit<'_>, entry: &FlowEntry, search: &Search<'_>, found: &Value) -> Markup {
    let t = v.t();
    let to = |action: &str| format!("/console/flows/{}/do/{action}", entry.name);
    let total = count(&found["total"]);
    html! {
        @if total > 0 && search.field.is_empty() && search.text.is_empty() {
            div.buttons {
                @if search.code.is_empty() {
                    (button(v, &to("retry"), &filled(t.retry_all, &[("n", &number(total))]), "", true))
                } @else {
                    (button(v, &with_query(&to("retry"), &[("code", search.code)]),
                        &filled(t.retry_kind, &[("n", &number(total)), ("code", search.code)]), "", true))
                }
            }
        }
    }
}

fn list(v: &Visit<'_>, entry: &FlowEntry, search: &Search<'_>, found: &Value) -> Markup {
    let t = v.t();
    let letters = found["letters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let base = format!("/console/flows/{}", entry.name);
    let next = found["next_offset"].as_u64().and_then(|next| usize::try_from(next).ok());
    html! {
        @if letters.is_empty() {
            div.notice.good { p { (if next.is_some() { t.none_found_yet } else if count(&found["waiting"]) + count(&found["parked"]) == 0 { t.no_dead } else { t.none_found }) } }
        } @else {
            form.card method="get" action={ (base) "/do/retry" } data-dialog data-selection {
                div.scroll tabindex="0" role="region" aria-label=(t.tab_dead) {
                    table.letters {
                        thead { tr {
                            th scope="col" { input type="checkbox" data-all aria-label=(t.select_all) disabled[!v.is_admin()]; }
                            th scope="col" { (t.record) } th scope="col" { (t.why) } th scope="col" { (t.field) }
                            th.n scope="col" { (t.attempts) } th scope="col" { (t.first_failed) } th scope="col" { (t.next_attempt) }
                        } }
                        tbody { @for letter in letters { (row(v, &base, letter)) } }
                    }
                }
                div.buttons {
                    button.button.main disabled[!v.is_admin()] title=[(!v.is_admin()).then_some(t.needs_admin)] { (t.retry_selected) }
                    (button(v, &format!("{base}/do/skip"), t.skip_ids, "", true))
                }
            }
        }
        nav.paging aria-label=(t.paging) {
            @if search.offset > 0 { a.button href=(search.address(&format!("{base}/dead"), search.offset.saturating_sub(PER_PAGE))) rel="prev" { "← " (t.previous) } }
            @if !letters.is_empty() { span { (filled(t.letters_from, &[
                ("from", &number(search.offset as u64 + 1)),
                ("to", &number((search.offset + letters.len()) as u64)),
                ("n", &number(count(&found["total"]))),
            ])) } }
            @if let Some(next) = next { a.button href=(search.address(&format!("{base}/dead"), next)) rel="next" { (t.next) " →" } }
        }
    }
}

fn row(v: &Visit<'_>, base: &str, letter: &Value) -> Markup {
    let t = v.t();
    let (id, record_number) = (text(&letter["id"]), text(&letter["number"]));
    html! {
        tr {
            td { input type="checkbox" name="id" value=(id) aria-label={ (t.select) " " (id) } disabled[!v.is_admin()]; }
            td { a href={ (base) "/dead/" (encoded(id)) } { (if record_number.is_empty() { id } else { record_number }) }
                @if !record_number.is_empty() && record_number != id { div.small { code { (id) } } } }
            td.wide { (shortened(told(letter, "message", v.language), 160)) div.small { code { (text(&letter["code"])) } } }
            td { code { (text(&letter["field"])) } }
            td.n { (count(&letter["attempts"])) }
            td.nowrap { (when(v, &letter["first_failed"])) }
            td.nowrap { @if letter["parked"] == true { span.badge.stopped { (t.parked) } } @else { (when(v, &letter["next_attempt"])) } }
        }
    }
}
