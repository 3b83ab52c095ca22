//! Alerts: what is new about how the flows stand is told, once, through every channel.
//!
//! [`check`] is the order of things: it takes its [`turn`], so that of two ticks at once one tells; reads the
//! [`record`] of what was told; compares ([`news`]); sends what is owed ([`send`]); writes the record; and calls the
//! [`heartbeat`].
//!
//! What is promised:
//!
//! - **At least once.** The record is written after the messages are sent: a check that is killed between the two sends
//!   them again. A channel that does not take its message gets it with the next check, then after 2, 4, 8 and every 15
//!   minutes, for a day.
//! - **Not over and over.** The same alert of the same flow is told again after [`news::QUIET`] at the earliest, when it
//!   was over in between or there are new dead letters; and after [`news::REMIND`] when it is simply still open.
//! - **Many at once are one message**, cut to what the robot takes, with the number of those left out.
//! - **The end is told, too**, of every alert that was told.

pub mod news;
pub mod record;
pub mod send;
pub mod turn;

pub use record::Record;

use crate::fleet::{Watched, standings};
use crate::heartbeat;
use crate::robots::{ChannelName, Item, Refusal};
use crate::settings::Settings;
use ferry_sync::host::{Host, StoreError};
use ferry_sync::problem::Problem;
use ferry_sync::shanghai;
use serde::Serialize;
use serde_json::json;

/// What a check did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What was new.
    pub news: Vec<Item>,
    /// The messages that went out, or did not.
    pub sent: Vec<Attempt>,
    /// Whether the alerter itself works ([`heartbeat`]).
    pub good: bool,
    /// Whether the heartbeat was heard; nothing where there is none, or the check was not good.
    pub heartbeat: Option<Outcome>,
    /// What is wrong with the variables.
    pub problems: Vec<Problem>,
}

/// A message to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The channel.
    pub channel: ChannelName,
    /// How many alerts and recoveries it held.
    pub items: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was taken.
    Taken,
    /// It was not.
    Refused(Refusal),
}

impl From<Result<(), Refusal>> for Outcome {
    fn from(result: Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Outcome::Taken,
            Err(refusal) => Outcome::Refused(refusal),
        }
    }
}

/// Checks the flows that `look` finds, and tells what is new. `None`: another check is under way, or was less than a
/// minute ago.
///
/// # Errors
/// When the store does not answer. Messages may have gone out; then they go out again.
pub fn check(
    host: Host<'_>,
    settings: &Settings,
    look: &dyn Fn() -> Vec<Watched>,
) -> Result<Option<Check>, StoreError> {
    let Some(turn) = turn::take(host)? else { return Ok(None) };
    let mut record = Record::load(host.store)?;
    let flows = look();
    let now = host.clock.wall_ms().div_euclid(1000);
    let news = news::compare(&mut record, &flows, &standings(&flows, now), now);
    record.owe(&news, settings, now);
    let sent = send::send(host, settings, &mut record);
    record.checked_at = now;
    // Keys that stay are deleted by the next check: no reason to forget what was told.
    let _ = turn.sweep(host, &mut record);
    if turn.is_over(host) {
        // Another check may be at work; a late record would overwrite its.
        return Err(StoreError("the check took so long that its turn is over; it is done again".into()));
    }
    record.save(host.store)?;
    let good = settings.problems.is_empty() && record.outbox.is_empty() && flows.iter().all(was_read);
    let beat = settings.heartbeat.as_ref().filter(|_| good).map(|place| {
        let call = host.http.start(heartbeat::request(place), send::TIMEOUT);
        heartbeat::outcome(&host.http.finish(call)).into()
    });
    let problems = settings.problems.clone();
    let check = Check { news, sent, good, heartbeat: beat, problems };
    log(host, &check);
    Ok(Some(check))
}

/// Whether the flow's state could be read, whatever it says.
fn was_read(flow: &Watched) -> bool {
    flow.answer.as_ref().err().is_none_or(|problem| &*problem.code != "store_failed")
}

fn log(host: Host<'_>, check: &Check) {
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
    let failed = !check.problems.is_empty()
        || check.sent.iter().any(|attempt| refused(&attempt.outcome))
        || check.heartbeat.as_ref().is_some_and(refused);
    let codes =
        check.news.iter().map(|item| json!({"flow": item.flow, "code": item.code, "change": item.change}));
    let line = json!({
        "time": shanghai::text(host.clock.wall_ms().div_euclid(1000)),
        "level": if failed { "error" } else { "info" },
        "event": "alerts_checked",
        "good": check.good,
        "news": codes.collect::<Vec<_>>(),
        "sent": check.sent,
        "heartbeat": check.heartbeat,
        "problems": check.problems,
    });
    host.log.line(&line.to_string());
}
