//! What is open, and what the alerts sent.

use crate::fleet::said;
use crate::page::{Place, page};
use crate::parts::moment;
use crate::texts::filled;
use crate::visit::Visit;
use ferry_watch::alerts::Record;
use ferry_watch::alerts::record::{Open, Sent};
use http::Response;
use maud::{Markup, html};

/// The page.
pub fn show(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let record = v.console.flows.alerts();
    let body = html! {
        h1 { (t.alerts) }
        p.lead { (t.alerts_about) " "
            @if record.checked_at > 0 { (t.checked) " " (moment(v, record.checked_at)) } @else { (t.never_checked) }
        }
        (trouble(v, &record))
        section.card {
            h2 { (filled(t.open_alerts, &[("n", &record.open.len().to_string())])) }
            @if record.open.is_empty() { p { (t.nothing_open) } } @else { (open(v, &record.open)) }
        }
        section.card {
            h2 { (t.sent_alerts) }
            @if record.sent.is_empty() { p { (t.no_alerts) } } @else { (sent(v, record.sent.iter())) }
        }
    };
    page(v, t.alerts, Place::Alerts, body)
}

/// Channels that take nothing.
fn trouble(v: &Visit<'_>, record: &Record) -> Markup {
    let t = v.t();
    html! {
        @for (channel, trouble) in &record.trouble {
            div.notice.bad role="alert" { p {
                (filled(t.channel_trouble, &[("channel", said(&channel.words(), v.language)), ("n", &trouble.failures.to_string())])) " "
                (t.next_attempt) " " (moment(v, trouble.next_at))
            } }
        }
    }
}

fn open(v: &Visit<'_>, open: &[Open]) -> Markup {
    let t = v.t();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(t.alerts) {
            table {
                thead { tr { th scope="col" { (t.kind) } th scope="col" { (t.flow) } th scope="col" { (t.why) } th scope="col" { (t.since) } th scope="col" { (t.told) } } }
                tbody { @for one in open { tr {
                    td { span.badge.(crate::parts::class(one.code.state())) { (said(&one.code.words(), v.language)) } }
                    td { a href={ "/console/flows/" (one.flow) } { (one.flow) } }
                    td.wide { (said(&one.what, v.language)) @if !one.hint.is_empty() { div.small { (said(&one.hint, v.language)) } } }
                    td.nowrap { (moment(v, one.since)) }
                    td.nowrap { @match one.told_at { Some(at) => (moment(v, at)), None => "–" } }
                } } }
            }
        }
    }
}

fn sent<'s>(v: &Visit<'_>, sent: impl Iterator<Item = &'s Sent>) -> Markup {
    let t = v.t();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(t.sent_alerts) {
            table {
                thead { tr { th scope="col" { (t.at) } th scope="col" { (t.channel) } th scope="col" { (t.message) } th scope="col" { (t.result) } } }
                tbody { @for one in sent { tr {
                    td.nowrap { (moment(v, one.at)) }
                    td.nowrap { (said(&one.channel.words(), v.language)) }
                    td.wide { (said(&one.summary, v.language))
                        div.small { @for named in &one.alerts {
                            a href={ "/console/flows/" (named.flow) } { (named.flow) } " · " (said(&named.code.words(), v.language)) " "
                        } }
                    }
                    td.wide {
                        @match &one.refusal {
                            None => span.badge.flowing { span aria-hidden="true" { "✓" } " " (t.sent) },
                            Some(refusal) => {
                                span.badge.failing { span aria-hidden="true" { "✕" } " " (t.refused) " ×" (one.times) } " "
                                span.small { (said(&refusal.words, v.language)) }
                            }
                        }
                    }
                } } }
            }
        }
    }
}
