//! What the open platform holds, and the work of one call.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{NaiveDateTime, Timelike};
use hyper::Method;
use serde_json::Value;

use super::answer::{self, Refusal};
use super::auth::{self, Credentials};
use super::config::{Config, RowOrder, Switches, Uncounted};
use super::envelope::{Envelope, Op};
use super::faults::Misbehaviour;
use super::search::{Pager, Search};
use super::stockouts::{Change, Stockout, Stockouts};
use super::{control, generator};
use crate::quota::{Limit, Quota};
use crate::system::{self, Answer, ControlCall, Held, Request, Setting, System, Way, Wrong};

/// Where the interface is (`vendors/sources.md` 2.1).
pub(super) const PATH: &str = "/openapi";

type Call<'a> = system::Call<'a, Simulated>;

/// The simulated open platform.
pub struct Simulated {
    pub(super) stockouts: Stockouts,
    /// By appkey.
    used: HashMap<String, Used>,
    previous_page: Vec<Value>,
    rng: fastrand::Rng,
}

/// What an appkey has used up.
#[derive(Default)]
struct Used {
    calls: Quota,
    paused_until_ms: i64,
}

impl System for Simulated {
    type Op = Op;
    type Misbehaviour = Misbehaviour;
    type Switches = Switches;
    type Change = Change;
    type Data = Config;

    const LARGEST_BODY: usize = 1 << 20;
    const JSON: &str = "application/json;charset=UTF-8";

    fn new(at: &Setting<'_, Self>) -> Self {
        let mut stockouts = Stockouts::default();
        if let Some(what) = &at.data.stockouts {
            stockouts.add(generator::generate(what, to_the_second(at.now())));
        }
        Self { stockouts, used: HashMap::new(), previous_page: Vec::new(), rng: fastrand::Rng::with_seed(7) }
    }

    fn clock_offset_ms(switches: &Switches) -> i64 {
        switches.clock_offset_ms
    }

    fn find(request: &Request, _switches: &Switches) -> Way<Op> {
        let op = Op::from_query(request.query());
        match (request.path(), &request.method) {
            (PATH, &Method::POST) => Way::To(op),
            (PATH, _) => Way::other_method(Some(op)),
            _ => Way::not_found(Some(op)),
        }
    }

    /// The pages are in the query.
    fn shown_path(request: &Request) -> &str {
        request.uri.path_and_query().map_or(PATH, |all| all.as_str())
    }

    fn shown(_op: Op, request: &Request) -> Cow<'_, [u8]> {
        (&*request.body).into()
    }

    fn instead(&mut self, call: &Call<'_>) -> Option<Answer> {
        Some(match call.what? {
            Misbehaviour::Http { status } => Answer::html(*status, "Error"),
            Misbehaviour::Refuse { status, message } => Refusal::new(*status, message).answer(),
            _ => return None,
        })
    }

    fn work(&mut self, call: &Call<'_>) -> Answer {
        match authenticated(call) {
            Ok((envelope, caller)) => {
                let found = self.admit(caller, call).and_then(|()| self.query(&envelope, caller, call));
                let answer = found.unwrap_or_else(|refusal| refusal.answer());
                answer.for_caller(format!("signed by {}", caller.app_key))
            }
            Err(refusal) => refusal.answer().for_caller(format!("refused: {}", refusal.message)),
        }
    }

    fn change(&mut self, change: &Change, at: &Setting<'_, Self>) -> usize {
        self.stockouts.change(change, to_the_second(at.now()))
    }

    fn route(held: &mut Held<Self>, at: &ControlCall<'_>) -> Result<Value, Wrong> {
        control::route(held, at)
    }
}

/// What the call says of itself, and whose it is.
fn authenticated<'a>(call: &Call<'a>) -> Result<(Envelope, &'a Credentials), Refusal> {
    let envelope = Envelope::read(call.request.header("content-type"), call.request.query())?;
    let (body, accounts) = (&call.request.body, &call.data.credentials);
    let caller = auth::authenticate(&envelope, body, accounts, call.switches, call.now_ms)?;
    Ok((envelope, caller))
}

impl Simulated {
    /// Counts the call, or refuses it for the number of calls (2.5).
    fn admit(&mut self, caller: &Credentials, call: &Call<'_>) -> Result<(), Refusal> {
        let (switches, now_ms) = (call.switches, call.now_ms);
        if switches.concurrent_calls.is_some_and(|most| call.concurrent > most) {
            return Err(Refusal::concurrent_calls(switches.comma));
        }
        let used = self.used.entry(caller.app_key.clone()).or_default();
        let limit = switches.calls_per_minute.map(|calls| Limit { calls, within_ms: 60_000 });
        let exceeded = used.calls.exceeded(now_ms, limit.as_slice()).is_some();
        if exceeded {
            used.paused_until_ms = now_ms + i64::from(switches.pause_s) * 1000;
        }
        let is_refused = exceeded || now_ms < used.paused_until_ms;
        if !is_refused || switches.refused_calls_count {
            used.calls.count(now_ms);
        }
        if is_refused { Err(Refusal::calls(switches.comma)) } else { Ok(()) }
    }

    fn query(
        &mut self,
        envelope: &Envelope,
        caller: &Credentials,
        call: &Call<'_>,
    ) -> Result<Answer, Refusal> {
        let switches = call.switches;
        if envelope.get("method") != Op::QUERY_WITH_DETAIL || !switches.applied_for {
            return Err(Refusal::new(100, "权限不足"));
        }
        let pager = Pager::read(envelope, switches)?;
        let search = Search::read(&call.request.body)?;
        search.check_rights(caller)?;

        let found = found(&self.stockouts, &search, caller, switches, &mut self.rng);
        let page = found.iter().skip(pager.page_no.saturating_mul(pager.page_size)).take(pager.page_size);
        let mut rows: Vec<Value> = page.map(|record| answer::stockout(record, switches)).collect();
        let mut total = match (pager.calc_total, switches.uncounted) {
            (true, _) => i64::try_from(found.len()).ok(),
            (false, Uncounted::Zero) => Some(0),
            (false, Uncounted::Absent) => None,
        };
        match call.what {
            Some(Misbehaviour::RepeatPreviousPage) => rows.clone_from(&self.previous_page),
            Some(Misbehaviour::EmptyPage) => rows.clear(),
            Some(Misbehaviour::RowTwice) => {
                if let Some(first) = rows.first().cloned() {
                    rows.insert(1, first);
                }
            }
            Some(Misbehaviour::WrongTotal { total: wrong }) => total = Some(*wrong),
            _ => {}
        }
        self.previous_page.clone_from(&rows);
        let count = rows.len();
        let answer = Answer::json(&answer::page(rows, total), format!("rows {count}"));
        Ok(Answer { rows: count, ends_query: true, ..answer })
    }
}

/// All that a search finds, in the order of the rows.
fn found<'a>(
    stockouts: &'a Stockouts,
    search: &Search,
    caller: &Credentials,
    switches: &Switches,
    rng: &mut fastrand::Rng,
) -> Vec<&'a Stockout> {
    let all = stockouts.0.values();
    let mut found: Vec<&Stockout> =
        all.filter(|record| search.finds(record, caller, switches.edges)).collect();
    found.sort_by_key(|record| record.stockout_id);
    match switches.order {
        RowOrder::Id => {}
        RowOrder::Modified => found.sort_by_key(|record| record.modified),
        RowOrder::Shuffled => rng.shuffle(&mut found),
    }
    found
}

/// A time as the records have it.
pub(super) fn to_the_second(time: NaiveDateTime) -> NaiveDateTime {
    time.with_nanosecond(0).unwrap_or(time)
}
