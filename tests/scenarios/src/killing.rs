//! SIGKILL to the host at random moments while a flow runs, records being added and modified in its source
//! meanwhile.
//!
//! Leases last some seconds ([`lease`]), and the flow is called again and again, [`EVERY`] so often when it is refused. After a kill
//! the app starts on the same state, and the first call that is not refused must come within one lease and one such
//! interval. At the end the target is compared with the source, record by record and field by field.
//!
//! # What the target must hold
//!
//! Of a record that is not there yet when all is dead, only its newest version may ever arrive. One that is there is
//! updated to the newest where the flow updates (`idCheck: false`), and stays what it is where it does not.
//!
//! Everything random comes from one seed; what the scheduler of the machine does, does not.

mod place;
mod tally;

pub use tally::{Outcome, table};

use crate::app::Flow;
use place::Place;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Mutex;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use tally::Ledger;

/// How long a run may hold the flow: `lease_seconds`. A page must be settled within a run; one of shops costs a look
/// at each of them, and 星辰's quota allows eight a second.
pub fn lease(flow: &str) -> Duration {
    Duration::from_secs(if flow == "jushuitan-shops-to-jdy" { 6 } else { 2 })
}

/// How often a flow that is refused is called.
pub const EVERY: Duration = Duration::from_millis(500);
/// What a busy machine may add to the wait, for a call that is refused takes time too.
const SLACK: Duration = Duration::from_millis(500);
/// A call that has been under way for so long was not refused.
const AT_WORK: Duration = Duration::from_millis(120);
/// No kill comes later than this share of a lease after the flow went on.
const LATEST_PERCENT: u32 = 80;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The flow's name.
    pub flow: &'static str,
    /// How many kills.
    pub kills: u32,
    /// The same seed gives the same changes and the same delays.
    pub seed: u64,
    /// No more kills after this.
    pub until: Option<Instant>,
}

/// Carries the plan out; what came of it. [`Outcome::assert_clean`] judges.
///
/// # Panics
/// When the flow does not resume in time, an answer is wrong, or it does not come to its end; with the seed.
pub fn kill_again_and_again(plan: Plan) -> Outcome {
    let Plan { flow: name, seed, .. } = plan;
    let mut random = fastrand::Rng::with_seed(seed);
    let place = Place::new(name);
    let mut ledger = Ledger::new(&place);
    let mut outcome = Outcome::new(name, seed);
    // Whether the last kill cut a run off.
    let mut cut = false;
    let mut goal = Goal::NobodyAnswers;
    loop {
        let over = outcome.kills == plan.kills || plan.until.is_some_and(|until| Instant::now() >= until);
        if over && goal == Goal::NobodyAnswers {
            goal = Goal::OneRun;
        }
        let flow = place.start(goal == Goal::TheEnd);
        let caller = Caller::new(&flow);
        thread::scope(|scope| {
            let calls = scope.spawn(|| caller.call_until(goal));
            if goal == Goal::NobodyAnswers {
                caller.wait_until_at_work();
                let moment = Instant::now() + lease(name) * LATEST_PERCENT / 100 * random.u32(0..1000) / 1000;
                change_until(moment, &place, &mut ledger, &mut random);
                // With something to do.
                place.change(&mut random);
                ledger.note(&place);
                sleep(lease(name) * random.u32(0..200) / 1000);
                kill(&flow);
            }
            calls.join().expect("the caller");
        });
        let said = caller.said.into_inner().expect("the caller has said what it has to");
        let context = format!("{name}, seed {seed}, after kill {}: {:?}", outcome.kills, said.answers);
        let resumed = said.resumed.unwrap_or_else(|| panic!("it never resumed: {context}"));
        assert!(resumed <= lease(name) + EVERY + SLACK, "it resumed after {resumed:?}: {context}");
        outcome.longest = outcome.longest.max(resumed);
        outcome.held += u32::from(cut && said.refused_at_first);
        match goal {
            Goal::NobodyAnswers => {}
            Goal::OneRun => {
                (goal, cut) = (Goal::TheEnd, false);
                continue;
            }
            Goal::TheEnd => {
                outcome.finish(&place, &mut ledger, &flow);
                return outcome;
            }
        }
        cut = said.cut;
        outcome.met += u32::from(cut);
        drop(flow);
        outcome.kills += 1;
        // What a system was in the middle of comes to its end.
        sleep(Duration::from_millis(100));
        ledger.pin(&place);
    }
}

/// Until when the flow is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Until the app is killed.
    NobodyAnswers,
    /// After the last kill until a run was not refused. Only then may leases become longer ([`Place::start`]): a ticket
    /// that was drawn, and its document never written, is waited for as long as a lease lasts.
    OneRun,
    /// Until there is no more to do.
    TheEnd,
}

/// Adds and modifies records until the moment has come.
fn change_until(moment: Instant, place: &Place, ledger: &mut Ledger, random: &mut fastrand::Rng) {
    loop {
        let pause = Duration::from_millis(random.u64(20..400));
        let left = moment.saturating_duration_since(Instant::now());
        sleep(pause.min(left));
        if pause >= left {
            return;
        }
        place.change(random);
        ledger.note(place);
    }
}

/// SIGKILL to the host and its triggers.
fn kill(flow: &Flow) {
    let group = format!("-{}", flow.app.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill is there");
    assert!(killed.success());
}

/// Calls the flow from when its app is ready.
struct Caller<'f> {
    flow: &'f Flow,
    ready: Instant,
    said: Mutex<Said>,
}

/// What the caller has seen.
#[derive(Default)]
struct Said {
    /// Status and code of the answers so far, for people.
    answers: Vec<String>,
    /// The first call was refused: the lease of the one who was killed was not over.
    refused_at_first: bool,
    /// When the call under way began.
    since: Option<Instant>,
    /// From when the app was ready to the first call that was not refused.
    resumed: Option<Duration>,
    /// The call that got no answer was that of a run.
    cut: bool,
}

impl<'f> Caller<'f> {
    fn new(flow: &'f Flow) -> Self {
        Caller { flow, ready: Instant::now(), said: Mutex::default() }
    }

    fn call_until(&self, goal: Goal) {
        let mut idle = 0;
        loop {
            let began = Instant::now();
            self.said.lock().expect("nobody panics with it").since = Some(began);
            let answer = self.flow.call(&json!({}));
            let mut said = self.said.lock().expect("nobody panics with it");
            said.since = None;
            let Ok(answer) = answer else {
                // Nobody else calls: once it goes on it is not refused again.
                said.cut = said.resumed.is_some() || began.elapsed() >= AT_WORK;
                if said.cut {
                    said.resumed.get_or_insert(began - self.ready);
                }
                return;
            };
            let code = answer.body["error"]["code"].as_str().unwrap_or_default();
            said.answers.push(format!("{} {code} at {:?}", answer.status, self.ready.elapsed()));
            let refused = (answer.status, code) == (409, "already_running");
            if refused {
                said.refused_at_first |= said.answers.len() == 1;
                assert!(
                    said.answers.len() < 200,
                    "it is refused for ever: {} {:?}",
                    answer.body,
                    said.answers
                );
                drop(said);
                sleep(EVERY.saturating_sub(began.elapsed()));
                continue;
            }
            // 503: no call is free in this minute.
            assert!(matches!(answer.status, 200 | 503), "{}", answer.body);
            said.resumed.get_or_insert(began - self.ready);
            drop(said);
            // Once more after the first time, for what was changed while that run was under way.
            let done = answer.status == 200 && answer.body["has_more"] == false;
            idle = if done { idle + 1 } else { 0 };
            if goal == Goal::OneRun || goal == Goal::TheEnd && idle == 2 {
                return;
            }
            assert!(self.ready.elapsed() < Duration::from_secs(120), "it never ends: {}", answer.body);
        }
    }

    fn wait_until_at_work(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let said = self.said.lock().expect("nobody panics with it");
            let at_work = said.since.is_some_and(|since| since.elapsed() >= AT_WORK);
            if at_work || said.resumed.is_some() {
                return;
            }
            assert!(Instant::now() < deadline, "it is not at work after half a minute: {:?}", said.answers);
            drop(said);
            sleep(Duration::from_millis(5));
        }
    }
}

impl Outcome {
    /// The last comparison, and what the flow itself says.
    fn finish(&mut self, place: &Place, ledger: &mut Ledger, flow: &Flow) {
        ledger.settle(place, self);
        self.calls = place.calls();
        let state = flow.state();
        let count = |of: &str| state["dead"][of].as_u64().expect("a count");
        self.dead = count("waiting") + count("parked");
        // All is settled, up to the source's own now less the safety lag.
        let report = &state["reports"][0];
        assert_eq!(state["watermark"], report["watermark"], "{state}");
        assert_eq!((&state["window"], &state["failures"]), (&Value::Null, &json!(0)), "{state}");
        let lag = state["lag_seconds"].as_u64().expect("seconds");
        assert!(lag < 200, "the watermark is {lag} s behind: {state}");
    }
}
