//! A flow as it is shown: what `GET /flows/<name>` answers, and what the console shows of all flows.
//!
//! It reads the store and nothing else, so it can be had where the flow's accounts are not configured.

use crate::client;
use crate::events::Event;
use crate::flow::digest;
use crate::hold::no_state;
use crate::host::{Host, Variables};
use crate::jobs::{self, Job};
use crate::lease::{Document, Inherited, Status};
use crate::problem::Problem;
use crate::report::{Report, Trigger};
use crate::seal::Seal;
use crate::state::{Keys, Scan, State};
use crate::store::FlowStore;
use crate::tally::Interface;
use crate::token::Tokens;
use crate::{quota, shanghai, versions};
use ferry_mapping::read_duration;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is known of the flow of this built-in flow file, whether it is enabled or not. Of the variables it takes
/// `state_key`, by which it learns when tokens end, and `start`.
///
/// # Errors
/// `not_initialised`: the flow has no state. `state_damaged`, `state_newer`: it cannot be read. `store_failed`.
pub fn flow(host: Host<'_>, flow_file: &str, variables: &dyn Variables) -> Result<Value, Problem> {
    let file: Value = serde_json::from_str(flow_file.trim_start_matches('\u{feff}')).unwrap_or_default();
    let name = file["name"].as_str().unwrap_or_default();
    let keys = Keys(name.to_owned());
    let now_ms = host.clock.wall_ms();
    let now = now_ms.div_euclid(1000);
    let document = FlowStore::new(host, keys.clone()).newest().map_err(|failure| failure.problem)?;
    let Some(Document { status, until_ms, state, .. }) = document else { return Err(no_state(name)) };
    let held = status == Status::Held && until_ms > now_ms;
    let state = match (state, held) {
        (Inherited::State(state), _) => state,
        // The first run of all is at work and has committed nothing yet.
        (_, true) => {
            let start = variables.get("start").and_then(|text| shanghai::parse(&text));
            State::new(start.unwrap_or(now), now)
        }
        (_, false) => return Err(no_state(name)),
    };
    // What was asked for since the last run is waiting too.
    let posted = jobs::posted(host, &keys, state.inbox_seen).map_err(|failure| failure.problem)?;
    let all_jobs = state.jobs.iter().chain(posted.iter().map(|(_, job)| job));
    let built_in = digest(flow_file);
    let (version, flow_file) = versions::shown(host, &keys, &built_in, &state)?;
    let expect_every = file["delivery"]["expect_every"].as_str().and_then(read_duration).unwrap_or_default();
    let last_run = last_run(&state);
    // Of one that never ran: since it could have.
    let counted = Some(state.totals.since).filter(|since| *since > 0);
    let next = last_run.or(counted).map(|last| last + crate::run::seconds(expect_every));
    let until = if held { Value::from(shanghai::text(until_ms.div_euclid(1000))) } else { Value::Null };
    let dead = &state.dead;
    Ok(object([
        ("flow", name.into()),
        ("title", title(&file["title"])),
        ("flow_file", flow_file.into()),
        ("version", version),
        ("expect_every_seconds", expect_every.as_secs().into()),
        ("last_run_at", time(last_run)),
        ("next_expected", time(next)),
        ("watermark", time(Some(state.watermark))),
        ("lag_seconds", (now - state.watermark).max(0).into()),
        ("window", state.window.as_ref().map_or(Value::Null, scan)),
        ("full_scan", state.full_scan.as_ref().map_or(Value::Null, scan)),
        ("lease", object([("held", held.into()), ("until", until)])),
        (
            "dead",
            object([
                ("waiting", dead.waiting.into()),
                ("for_partner", dead.pending.into()),
                ("parked", dead.parked.into()),
            ]),
        ),
        ("failures", state.failures.into()),
        ("jobs", all_jobs.map(Job::shown).collect()),
        ("skipped", state.skip.len().into()),
        ("hours", plain(&state.hours)),
        ("totals", state.totals.shown(now)),
        ("interfaces", state.interfaces.iter().map(Interface::shown).collect()),
        ("accounts", accounts(host, &file, variables)?.into()),
        ("events", state.events.0.iter().map(Event::shown).collect()),
        ("reports", plain(&state.reports)),
    ]))
}

/// An object of these fields; where many are made, much smaller than `json!`.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fn of(fields: &mut dyn Iterator<Item = (&str, Value)>) -> Value {
        Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
    }
    of(&mut fields.into_iter())
}

fn plain(data: &impl Serialize) -> Value {
    serde_json::to_value(data).expect("the state is plain data")
}

fn time(seconds: Option<i64>) -> Value {
    seconds.map(shanghai::text).into()
}

fn scan(scan: &Scan) -> Value {
    object([
        ("begin", time(Some(scan.begin))),
        ("end", time(Some(scan.end))),
        ("cursor", scan.cursor.clone().into()),
        ("records", scan.records.into()),
    ])
}

/// A title may be one text for both languages, or one of the two.
fn title(title: &Value) -> Value {
    let in_ = |language: &str| title.get(language).filter(|text| text.is_string());
    let one = in_("zh").or(in_("en")).unwrap_or(title);
    object([("zh", in_("zh").unwrap_or(one).clone()), ("en", in_("en").unwrap_or(one).clone())])
}

/// Unix seconds when the last run began; of a state that an older build left, by its reports.
fn last_run(state: &State) -> Option<i64> {
    if state.totals.last_run > 0 {
        return Some(state.totals.last_run);
    }
    let runs = |report: &&Report| report.trigger != Trigger::Operator;
    state.reports.iter().find(runs).and_then(|report| shanghai::parse(&report.started_at))
}

/// The accounts that the flow calls, each once.
fn accounts(host: Host<'_>, file: &Value, variables: &dyn Variables) -> Result<Vec<Value>, Problem> {
    let seal = Seal::new(&variables.get("state_key").unwrap_or_default());
    let now_ms = host.clock.wall_ms();
    let lookups = file["lookups"].as_object().into_iter().flatten().map(|(_, lookup)| lookup);
    let mut seen = BTreeSet::new();
    let mut accounts = Vec::new();
    for part in [&file["source"], &file["target"]].into_iter().chain(lookups) {
        let text = |name: &str| part[name].as_str().unwrap_or_default();
        let (account, platform) = (text("account"), text("platform"));
        if !seen.insert(account) {
            continue;
        }
        let paused = quota::paused(host, account).map_err(|failure| failure.problem)?;
        let token =
            Tokens::new(host, account, &seal).read::<IgnoredAny>().map_err(|failure| failure.problem)?;
        let until = token.and_then(|kept| kept.until);
        accounts.push(object([
            ("account", account.into()),
            ("platform", platform.into()),
            ("per_minute", client::per_minute(platform).into()),
            ("paused_until", time(Some(paused.div_euclid(1000)).filter(|_| paused > now_ms))),
            ("token_expires_at", time(until)),
        ]));
    }
    Ok(accounts)
}
