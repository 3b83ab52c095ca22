//! Drawings, made on the server: SVG with classes, since inline styles are not allowed.

use crate::form::encoded;
use crate::texts::{Texts, filled};
use crate::words::{self, count, text, time_of};
use ferry_sync::shanghai;
use maud::{Markup, html};
use serde_json::Value;

const HOUR: i64 = 3600;

/// The last 24 hours, oldest first: (hour, written, dead).
pub fn last_day(hours: &Value, now: i64) -> Vec<(i64, u64, u64)> {
    let this_hour = now - now.rem_euclid(HOUR);
    (0..24)
        .map(|back| this_hour - (23 - back) * HOUR)
        .map(|hour| {
            let name = shanghai::text(hour);
            let found = hours.as_array().and_then(|all| all.iter().find(|one| text(&one["hour"]) == name));
            found.map_or((hour, 0, 0), |one| (hour, count(&one["written"]), count(&one["dead"])))
        })
        .collect()
}

/// Bars of the last 24 hours: written, and dead above.
pub fn day(hours: &Value, now: i64, t: &Texts) -> Markup {
    const HEIGHT: u64 = 44;
    let day = last_day(hours, now);
    let most = day.iter().map(|(_, written, dead)| written + dead).max().unwrap_or(0).max(1);
    let (written, dead) =
        day.iter().fold((0, 0), |(written, dead), (_, more, lost)| (written + more, dead + lost));
    let label = filled(t.chart_day, &[("written", &words::number(written)), ("dead", &words::number(dead))]);
    // Half a pixel of an hour with one record would not be seen.
    let tall = |n: u64| if n == 0 { 0 } else { (n * HEIGHT / most).max(2) };
    html! {
        svg.day viewBox="0 0 240 50" role="img" aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            @for (at, (hour, written, dead)) in day.iter().enumerate() {
                @let x = at * 10 + 1;
                @let (up, lost) = (tall(*written), tall(*dead));
                g {
                    title { (filled(t.chart_hour, &[("hour", &shanghai::text(*hour)[5..16]),
                        ("written", &words::number(*written)), ("dead", &words::number(*dead))])) }
                    rect.slot x=(x) y="0" width="8" height="48" {}
                    @if up > 0 { rect.written x=(x) y=(48 - up) width="8" height=(up) {} }
                    @if lost > 0 { rect.dead x=(x) y=((48 - up).saturating_sub(lost)) width="8" height=(lost) {} }
                }
            }
            line.axis x1="0" y1="49" x2="240" y2="49" {}
        }
    }
}

/// Bars of the last runs, oldest first; each leads to its run.
pub fn runs(flow: &str, reports: &[Value], t: &Texts) -> Markup {
    const HEIGHT: u64 = 84;
    let parts: [(&str, &str); 4] =
        [("written", "written"), ("already_there", "there"), ("pending", "pending"), ("dead", "dead")];
    let sum = |report: &Value| parts.iter().map(|(name, _)| count(&report[*name])).sum::<u64>();
    let most = reports.iter().map(sum).max().unwrap_or(0).max(1);
    html! {
        svg.runs viewBox="0 0 1000 96" preserveAspectRatio="none" role="group" aria-label=(t.chart_runs) {
            @for (at, report) in reports.iter().rev().enumerate() {
                @let x = 1000 - reports.len() * 20 + at * 20 + 2;
                @let failed = !report["error"].is_null();
                @let name = text(&report["started_at"]);
                @let told = filled(t.chart_run, &[("at", name), ("records", &words::number(sum(report)))]);
                a href={ "/console/flows/" (flow) "/runs/" (encoded(text(&report["run_id"]))) }
                    aria-label={ (told) @if failed { ", " (t.failed) } } {
                    title { (told) @if failed { ", " (t.failed) } }
                    rect.slot.failed[failed] x=(x) y="0" width="16" height="90" {}
                    @let tops = stacked(report, &parts, most, HEIGHT);
                    @for (class, top, tall) in tops {
                        rect class=(class) x=(x) y=(90 - top) width="16" height=(tall) {}
                    }
                    @if failed { rect.dead x=(x) y="87" width="16" height="3" {} }
                }
            }
            line.axis x1="0" y1="91" x2="1000" y2="91" {}
        }
    }
}

/// Class, upper edge and height of each part, from below.
fn stacked<'p>(
    report: &Value,
    parts: &[(&str, &'p str)],
    most: u64,
    height: u64,
) -> Vec<(&'p str, u64, u64)> {
    let mut top = 0;
    let mut out = Vec::new();
    for (name, class) in parts {
        let n = count(&report[*name]);
        if n > 0 {
            let tall = (n * height / most).max(2);
            top = (top + tall).min(90);
            out.push((*class, top, tall));
        }
    }
    out
}

/// What became of a run's records, as one bar.
pub fn split(report: &Value, t: &Texts) -> Markup {
    let parts = [
        ("written", "written", t.written),
        ("already_there", "there", t.already_there),
        ("filtered", "filtered", t.filtered),
        ("pending", "pending", t.pending),
        ("dead", "dead", t.dead),
    ];
    let all = parts.iter().map(|(name, ..)| count(&report[*name])).sum::<u64>();
    let mut left = 0;
    html! {
        @if all > 0 {
            svg.split viewBox="0 0 1000 20" preserveAspectRatio="none" role="img"
                aria-label=(parts.iter().map(|(name, _, label)| format!("{label} {}", count(&report[*name]))).collect::<Vec<_>>().join(", ")) {
                @for (name, class, _) in parts {
                    @let wide = count(&report[name]) * 1000 / all;
                    @if count(&report[name]) > 0 {
                        rect class=(class) x=(left) y="0" width=(wide.max(4)) height="20" {}
                    }
                    @let () = left += wide;
                }
            }
        }
        ul.legend {
            @for (name, class, label) in parts {
                li { span.key.(class) {} (label) " " strong { (words::number(count(&report[name]))) } }
            }
        }
    }
}

/// What is settled, what is open and what is yet to come, on a line of time.
pub fn window(state: &Value, now: i64, t: &Texts) -> Markup {
    let watermark = time_of(&state["watermark"]).unwrap_or(now);
    let open = [&state["window"]["begin"], &state["window"]["end"]].map(time_of);
    let earliest = open[0].unwrap_or(watermark).min(watermark);
    let length = (now - earliest).max(60);
    // A sixth of what is shown lies before all that is of interest.
    let from = earliest - length / 5;
    let x = |at: i64| ((at - from) * 960 / (now - from).max(1)).clamp(0, 960);
    let label = filled(t.chart_window, &[("watermark", text(&state["watermark"]))]);
    html! {
        svg.window viewBox="0 0 1000 56" preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            rect.ahead x=(x(watermark)) y="20" width=(960 - x(watermark)) height="16" {}
            rect.settled x="0" y="20" width=(x(watermark)) height="16" {}
            @if let [Some(begin), Some(end)] = open {
                rect.open x=(x(begin)) y="14" width=((x(end) - x(begin)).max(4)) height="28" rx="3" {}
            }
            line.mark x1=(x(watermark)) y1="4" x2=(x(watermark)) y2="52" {}
            line.now x1="960" y1="4" x2="960" y2="52" {}
        }
        ul.legend {
            li { span.key.settled {} (t.window_settled) " " strong.nowrap { (text(&state["watermark"])) } }
            @if let [Some(_), Some(_)] = open {
                li { span.key.open {} (t.window_open) " " strong.nowrap { (text(&state["window"]["begin"])) " – " (text(&state["window"]["end"])) } }
            }
            li { span.key.ahead {} (t.window_ahead) " " strong.nowrap { (shanghai::text(now)) } }
        }
    }
}

/// A part of a whole.
pub fn share(part: u64, whole: u64, label: &str) -> Markup {
    html! { progress value=(part) max=(whole.max(1)) aria-label=(label) { (part) "/" (whole) } }
}

/// The upper bound of the bucket in which so many of a hundred lie; `None` without any.
pub fn percentile(histogram: &Value, percent: u64) -> Option<Percentile> {
    let bounds: Vec<u64> = histogram["bounds_ms"].as_array()?.iter().map(count).collect();
    let counts: Vec<u64> = histogram["counts"].as_array()?.iter().map(count).collect();
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return None;
    }
    let wanted = (all * percent).div_ceil(100).max(1);
    let mut passed = 0;
    for (at, n) in counts.iter().enumerate() {
        passed += n;
        if passed >= wanted {
            return Some(
                bounds.get(at).map_or(Percentile::Beyond(*bounds.last()?), |ms| Percentile::Within(*ms)),
            );
        }
    }
    None
}

/// Where in a histogram something lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percentile {
    /// At most so many milliseconds.
    Within(u64),
    /// More than so many.
    Beyond(u64),
}

/// A histogram as small bars.
pub fn histogram(histogram: &Value, t: &Texts) -> Markup {
    let counts: Vec<u64> =
        histogram["counts"].as_array().map(|all| all.iter().map(count).collect()).unwrap_or_default();
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let bounds = &histogram["bounds_ms"];
    html! {
        svg.histogram viewBox={ "0 0 " (counts.len().max(1) * 10) " 30" } role="img" aria-label=(t.latency)
            preserveAspectRatio="none" {
            @for (at, n) in counts.iter().enumerate() {
                @let tall = if *n == 0 { 0 } else { (n * 28 / most).max(2) };
                g {
                    title { @match bounds[at].as_u64() {
                        Some(ms) => { "≤ " (words::duration(ms, t)) }
                        None => { "> " (words::duration(count(&bounds[at.saturating_sub(1)]), t)) }
                    } ": " (n) }
                    rect.slot x=(at * 10 + 1) y="0" width="8" height="29" {}
                    rect.written x=(at * 10 + 1) y=(29 - tall) width="8" height=(tall) {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_last_day_has_24_hours_whether_or_not_something_happened() {
        let now = shanghai::parse("2026-11-30 14:20:00").expect("a time");
        let hours = json!([
            {"hour": "2026-11-30 14:00:00", "written": 5, "dead": 1},
            {"hour": "2026-11-29 15:00:00", "written": 2, "dead": 0},
            {"hour": "2026-11-29 14:00:00", "written": 99, "dead": 9},
        ]);
        let day = last_day(&hours, now);
        assert_eq!(day.len(), 24);
        assert_eq!((day[0].1, day[23].1, day[23].2), (2, 5, 1));
        assert_eq!(day.iter().map(|hour| hour.1).sum::<u64>(), 7, "the hour a day ago is no more");
    }

    #[test]
    fn a_percentile_is_the_bound_of_its_bucket() {
        let histogram = json!({"bounds_ms": [10, 100], "counts": [90, 8, 2]});
        assert_eq!(percentile(&histogram, 50), Some(Percentile::Within(10)));
        assert_eq!(percentile(&histogram, 95), Some(Percentile::Within(100)));
        assert_eq!(percentile(&histogram, 99), Some(Percentile::Beyond(100)));
        assert_eq!(percentile(&json!({"bounds_ms": [10], "counts": [0, 0]}), 50), None);
    }
}
