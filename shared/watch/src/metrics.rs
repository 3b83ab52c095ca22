//! `GET /metrics`: how the flows stand and what they have done, in Prometheus' text format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! Counters and histograms are the flows' own sums: they go on when the app is restarted, and begin anew when a flow's
//! state is lost, as counters may.

mod text;

use crate::alerts::Record;
use crate::document::{Document, Histogram, Interface};
use crate::fleet::{Standing, State, Watched};
use ferry_sync::shanghai;
use text::{Family, Kind};

/// The `Content-Type` of the answer.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The answer: these flows, how they stand, and what the alerts keep.
pub fn text(flows: &[Watched], standings: &[Standing], alerts: &Record) -> String {
    let mut families = vec![states(standings)];
    families.extend(of_documents(flows));
    families.extend(of_alerts(alerts));
    families.iter().map(Family::text).collect()
}

fn states(standings: &[Standing]) -> Family {
    let mut family = Family::new(
        "ferry_flow_state",
        Kind::Gauge,
        "How the flow stands: 1 for its state, 0 for the others.",
    );
    for standing in standings {
        for state in State::ALL {
            let labels = [("flow", &*standing.flow), ("state", state.name())];
            family.sample(&labels, u8::from(state == standing.state));
        }
    }
    family
}

fn of_documents(flows: &[Watched]) -> Vec<Family> {
    let counter = |name, help| Family::new(name, Kind::Counter, help);
    let gauge = |name, help| Family::new(name, Kind::Gauge, help);
    let histogram = |name, help| Family::new(name, Kind::Histogram, help);
    let mut runs = counter("ferry_runs_total", "Runs, by outcome.");
    let mut read = counter("ferry_records_read_total", "Records read from the source.");
    let mut records =
        counter("ferry_records_total", "Records, by what became of them; together all that were read.");
    let mut retried = counter("ferry_retried_total", "Dead letters that were tried again, by outcome.");
    let mut lag = gauge("ferry_lag_seconds", "How old the watermark is: before it everything is settled.");
    let mut limit =
        gauge("ferry_lag_limit_seconds", "How old the watermark may be before the flow is behind.");
    let mut dead = gauge(
        "ferry_dead_letters",
        "Dead letters: waiting to be tried again, waiting for a partner record, or parked for a person.",
    );
    let mut failures = gauge("ferry_failures_in_a_row", "Runs that failed since the last one that did not.");
    let mut last_run = gauge("ferry_last_run_timestamp_seconds", "When the last run began, in Unix time.");
    let mut duration = histogram("ferry_run_duration_seconds", "How long runs took.");
    let mut calls =
        counter("ferry_calls_total", "Calls to a vendor's interface; class ok, or the class of the error.");
    let mut latency =
        histogram("ferry_call_duration_seconds", "How long calls to a vendor's interface took.");
    for flow in flows {
        let Ok(document) = &flow.answer else { continue };
        let name = ("flow", &*flow.name);
        let totals = &document.totals;
        for (outcome, count) in [("ok", totals.runs.ok), ("failed", totals.runs.failed)] {
            runs.sample(&[name, ("outcome", outcome)], count);
        }
        read.sample(&[name], totals.records.read);
        for (outcome, count) in [
            ("filtered", totals.records.filtered),
            ("written", totals.records.written),
            ("already_there", totals.records.already_there),
            ("dead", totals.records.dead),
            ("pending", totals.records.pending),
        ] {
            records.sample(&[name, ("outcome", outcome)], count);
        }
        for (outcome, count) in [
            ("delivered", totals.retried.delivered),
            ("failed", totals.retried.failed),
            ("parked", totals.retried.parked),
        ] {
            retried.sample(&[name, ("outcome", outcome)], count);
        }
        if let Some(seconds) = document.lag_seconds {
            lag.sample(&[name], seconds);
        }
        limit.sample(&[name], crate::fleet::lag_limit(flow.expect_every()));
        for (kind, count) in [
            ("waiting", document.dead.waiting.saturating_sub(document.dead.for_partner)),
            ("for_partner", document.dead.for_partner),
            ("parked", document.dead.parked),
        ] {
            dead.sample(&[name, ("kind", kind)], count);
        }
        failures.sample(&[name], document.failures);
        if let Some(at) = last_run_at(document) {
            last_run.sample(&[name], at);
        }
        duration.histogram(&[name], &totals.run_seconds);
        for interface in &document.interfaces {
            let labels = [name, ("account", &*interface.account), ("interface", &*interface.interface)];
            for (class, count) in classes(interface) {
                let [flow, account, interface] = labels;
                calls.sample(&[flow, account, interface, ("class", class)], count);
            }
            if interface.latency != Histogram::default() {
                latency.histogram(&labels, &interface.latency);
            }
        }
    }
    vec![runs, read, records, retried, lag, limit, dead, failures, last_run, duration, calls, latency]
}

fn last_run_at(document: &Document) -> Option<i64> {
    document.last_run_at.as_deref().and_then(shanghai::parse)
}

/// Calls by class: those that succeeded first.
fn classes(interface: &Interface) -> impl Iterator<Item = (&str, u64)> {
    let failed: u64 = interface.errors.values().sum();
    let ok = ("ok", interface.calls.saturating_sub(failed));
    std::iter::once(ok).chain(interface.errors.iter().map(|(class, count)| (class.as_str(), *count)))
}

fn of_alerts(alerts: &Record) -> Vec<Family> {
    let mut open = Family::new("ferry_alerts_open", Kind::Gauge, "Alerts that are open: 1 for each.");
    for alert in &alerts.open {
        open.sample(&[("flow", &alert.flow), ("alert", alert.code.name())], 1);
    }
    let mut checked = Family::new(
        "ferry_alerts_checked_timestamp_seconds",
        Kind::Gauge,
        "When alerts were checked last, in Unix time.",
    );
    if alerts.checked_at > 0 {
        checked.sample(&[], alerts.checked_at);
    }
    let mut owed = Family::new(
        "ferry_alerts_unsent",
        Kind::Gauge,
        "News that a channel has not taken yet; it is sent again at the next check.",
    );
    for (channel, count) in alerts.owed() {
        owed.sample(&[("channel", channel.name())], count);
    }
    vec![open, checked, owed]
}
