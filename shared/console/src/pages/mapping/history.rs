//! The versions that the flow keeps.

use super::Kept;
use crate::catalogue::FlowEntry;
use crate::parts::button;
use crate::texts::filled;
use crate::visit::Visit;
use crate::words::{count, text};
use maud::{Markup, html};

/// All of them, newest first, and the one that was built in.
pub fn card(v: &Visit<'_>, entry: &FlowEntry, kept: &Kept) -> Markup {
    let t = v.t();
    let base = format!("/console/flows/{}", entry.name);
    let saved = kept.versions.iter().filter(|version| count(&version["number"]) > 0);
    html! {
        section.card {
            h2 { (t.history) }
            div.scroll tabindex="0" role="region" aria-label=(t.history) {
                table {
                    thead { tr { th scope="col" { (t.version) } th scope="col" { (t.saved_at) } th scope="col" { (t.note) } th scope="col" { (t.digest) } th scope="col" { span.visually-hidden { (t.actions) } } } }
                    tbody {
                        @for version in saved {
                            @let number = count(&version["number"]);
                            tr {
                                td { (filled(t.version_n, &[("n", &number.to_string())])) @if number == kept.in_use { " " span.badge.flowing { (t.in_use) } } }
                                td.nowrap { (text(&version["saved_at"])) }
                                td.wide { (text(&version["note"])) }
                                td { code { (text(&version["digest"])) } }
                                td.nowrap {
                                    a.button.small href={ (base) "/mapping?version=" (number) } { (t.look) } " "
                                    @if number != kept.in_use { (button(v, &format!("{base}/do/use-version?version={number}"), t.put_in_use, "small", true)) }
                                }
                            }
                        }
                        tr {
                            td { (t.built_in) @if kept.in_use == 0 { " " span.badge.flowing { (t.in_use) } } }
                            td { "–" } td { (t.built_in_about) } td { "–" }
                            td.nowrap {
                                a.button.small href={ (base) "/mapping?version=0" } { (t.look) } " "
                                @if kept.in_use != 0 { (button(v, &format!("{base}/do/use-version?version=0"), t.put_in_use, "small", true)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
