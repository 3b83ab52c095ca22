//! API assets: every vendor interface in use, by account.

use crate::catalogue::platform_name;
use crate::chart::{self, Percentile, percentile};
use crate::fleet;
use crate::page::{Place, page};
use crate::parts::when;
use crate::visit::Visit;
use crate::words::{count, duration, number, text, told};
use ferry_sync::shanghai;
use http::Response;
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The classes of errors, as flows count them.
const CLASSES: [&str; 5] = ["transport", "rate_limit", "credentials", "business", "fatal"];

/// All interfaces of one account, each summed over the flows that use it.
#[derive(Default)]
struct Account {
    platform: String,
    facts: Value,
    interfaces: BTreeMap<String, Interface>,
}

#[derive(Default)]
struct Interface {
    flows: Vec<&'static str>,
    calls: u64,
    errors: [u64; 5],
    today: u64,
    this_minute: u64,
    bounds: Value,
    counts: Vec<u64>,
    last_error: Value,
}

/// The page.
pub fn show(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let accounts = accounts(v);
    let body = html! {
        h1 { (t.interfaces) }
        p.lead { (t.interfaces_about) }
        @if accounts.is_empty() { div.notice { p { (t.no_interfaces) } } }
        @for (name, account) in &accounts { (card(v, name, account)) }
    };
    page(v, t.interfaces, Place::Interfaces, body)
}

fn accounts(v: &Visit<'_>) -> BTreeMap<String, Account> {
    let now = shanghai::text(v.now());
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for flow in fleet::all(v) {
        let state = flow.document();
        for one in state["accounts"].as_array().into_iter().flatten() {
            let account = accounts.entry(text(&one["account"]).to_owned()).or_default();
            account.platform = text(&one["platform"]).to_owned();
            account.facts = one.clone();
        }
        for one in state["interfaces"].as_array().into_iter().flatten() {
            let account = accounts.entry(text(&one["account"]).to_owned()).or_default();
            account.platform = text(&one["platform"]).to_owned();
            let name = text(&one["interface"]).to_owned();
            account.interfaces.entry(name).or_default().add(one, flow.entry.name, &now);
        }
    }
    accounts
}

impl Interface {
    fn add(&mut self, one: &Value, flow: &'static str, now: &str) {
        self.flows.push(flow);
        self.calls += count(&one["calls"]);
        for (sum, class) in self.errors.iter_mut().zip(CLASSES) {
            *sum += count(&one["errors"][class]);
        }
        if text(&one["today"]["date"]) == &now[..10] {
            self.today += count(&one["today"]["calls"]);
        }
        if text(&one["last_minute"]["minute"]) == &now[..16] {
            self.this_minute += count(&one["last_minute"]["calls"]);
        }
        self.bounds = one["latency"]["bounds_ms"].clone();
        let counts = one["latency"]["counts"].as_array().map(Vec::as_slice).unwrap_or_default();
        self.counts.resize(self.counts.len().max(counts.len()), 0);
        for (sum, n) in self.counts.iter_mut().zip(counts) {
            *sum += count(n);
        }
        if text(&one["last_error"]["at"]) > text(&self.last_error["at"]) {
            self.last_error = one["last_error"].clone();
        }
    }
}

fn card(v: &Visit<'_>, name: &str, account: &Account) -> Markup {
    let t = v.t();
    let facts = &account.facts;
    let used: u64 = account.interfaces.values().map(|one| one.this_minute).sum();
    let classes =
        [t.error_transport, t.error_rate_limit, t.error_credentials, t.error_business, t.error_fatal];
    html! {
        section.card {
            h2 { (platform_name(&account.platform, v.language)) " " code { (name) } }
            dl.facts.inline {
                @if let Some(limit) = facts["per_minute"].as_u64() {
                    div { dt { (t.quota_this_minute) } dd { (number(used)) " / " (number(limit)) (chart::share(used, limit, t.quota_this_minute)) } }
                }
                @if facts["token_expires_at"].is_string() { div { dt { (t.token_expires) } dd { (when(v, &facts["token_expires_at"])) } } }
                @if facts["paused_until"].is_string() { div { dt { (t.paused_until) } dd { span.badge.behind { (text(&facts["paused_until"])) } } } }
            }
            @if !account.interfaces.is_empty() {
                div.scroll tabindex="0" role="region" aria-label=(t.interfaces) {
                    table {
                        thead { tr {
                            th scope="col" { (t.interface) } th.n scope="col" { (t.today) } th.n scope="col" { (t.calls) }
                            th.n scope="col" { (t.errors) } th scope="col" { (t.latency) }
                            th.n scope="col" { "p50" } th.n scope="col" { "p95" } th.n scope="col" { "p99" }
                            th scope="col" { (t.last_error) }
                        } }
                        tbody { @for (interface, one) in &account.interfaces {
                            @let histogram = json!({"bounds_ms": one.bounds, "counts": one.counts});
                            tr {
                                td { code { (interface) } div.small { @for flow in &one.flows { a href={ "/console/flows/" (flow) } { (flow) } " " } } }
                                td.n { (number(one.today)) }
                                td.n { (number(one.calls)) }
                                td.n { (errors(&one.errors, &classes)) }
                                td { (chart::histogram(&histogram, t)) }
                                @for percent in [50, 95, 99] { td.n.nowrap { (at_most(percentile(&histogram, percent), v)) } }
                                td.wide { @if one.last_error.is_object() {
                                    (when(v, &one.last_error["at"])) " " span.small { (told(&one.last_error, "message", v.language)) }
                                } @else { "–" } }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn errors(errors: &[u64; 5], classes: &[&str; 5]) -> Markup {
    html! {
        @if errors.iter().all(|n| *n == 0) { "0" }
        @for (n, class) in errors.iter().zip(classes) { @if *n > 0 { div.nowrap.dead { (class) " " (number(*n)) } } }
    }
}

fn at_most(percentile: Option<Percentile>, v: &Visit<'_>) -> String {
    match percentile {
        Some(Percentile::Within(ms)) => format!("≤ {}", duration(ms, v.t())),
        Some(Percentile::Beyond(ms)) => format!("> {}", duration(ms, v.t())),
        None => "–".to_owned(),
    }
}
