//! All that the simulator holds, and the work of one call.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, Timelike};
use serde_json::Value;

use super::answer::{self, Refusal};
use super::auth::{self, Credentials};
use super::config::{Config, RowOrder, Switches, Uncounted};
use super::envelope::{Envelope, Op};
use super::faults::{Faults, Misbehaviour};
use super::generator;
use super::search::{Pager, Search};
use super::stockouts::{Stockout, Stockouts};
use crate::log::Log;
use crate::quota::{Limit, Quota};

/// Asia/Shanghai, which knows no summer time.
const SHANGHAI_MS: i64 = 8 * 3_600_000;

pub(super) struct State {
    pub config: Config,
    pub switches: Switches,
    pub stockouts: Stockouts,
    pub faults: Faults,
    pub log: Log<Op>,
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

/// A call as it came.
pub(super) struct Request {
    pub content_type: String,
    pub query: String,
    pub body: Bytes,
}

/// What goes back.
pub(super) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
    pub summary: String,
    pub auth: String,
    pub rows: usize,
}

impl State {
    pub fn new(config: Config) -> Self {
        let switches = config.switches.clone();
        let now = local(now_ms(&switches));
        let mut stockouts = Stockouts::default();
        if let Some(what) = &config.stockouts {
            stockouts.add(generator::generate(what, now));
        }
        Self {
            config,
            switches,
            stockouts,
            faults: Faults::default(),
            log: Log::default(),
            used: HashMap::new(),
            previous_page: Vec::new(),
            rng: fastrand::Rng::with_seed(7),
        }
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        now_ms(&self.switches)
    }

    /// The simulator's wall clock in Asia/Shanghai, to the second, as the records have it.
    pub fn now(&self) -> NaiveDateTime {
        local(self.now_ms())
    }

    /// Does the work of one call, twisted by a misbehaviour if it concerns the work. `concurrent` calls
    /// are at work, this one included.
    pub fn work(&mut self, request: &Request, concurrent: usize, what: Option<&Misbehaviour>) -> Answer {
        let caller = Envelope::read(&request.content_type, &request.query).and_then(|envelope| {
            let accounts = &self.config.credentials;
            let caller =
                auth::authenticate(&envelope, &request.body, accounts, &self.switches, self.now_ms())?;
            Ok((envelope, caller.clone()))
        });
        let (envelope, caller) = match caller {
            Ok(known) => known,
            Err(refusal) => {
                let auth = format!("refused: {}", refusal.message);
                return Answer { auth, ..refused(&refusal) };
            }
        };
        let auth = format!("signed by {}", caller.app_key);
        let found = self
            .admit(&caller, concurrent)
            .and_then(|()| self.query(&envelope, &request.body, &caller, what));
        match found {
            Ok(answer) => Answer { auth, ..answer },
            Err(refusal) => Answer { auth, ..refused(&refusal) },
        }
    }

    /// Counts the call, or refuses it for the number of calls (2.5).
    fn admit(&mut self, caller: &Credentials, concurrent: usize) -> Result<(), Refusal> {
        let now_ms = self.now_ms();
        let switches = &self.switches;
        if switches.concurrent_calls.is_some_and(|most| concurrent > most) {
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
        body: &[u8],
        caller: &Credentials,
        what: Option<&Misbehaviour>,
    ) -> Result<Answer, Refusal> {
        if envelope.get("method") != Op::QUERY_WITH_DETAIL || !self.switches.applied_for {
            return Err(Refusal::new(100, "权限不足"));
        }
        let pager = Pager::read(envelope, &self.switches)?;
        let search = Search::read(body)?;
        search.check_rights(caller)?;

        let found = found(&self.stockouts, &search, caller, &self.switches, &mut self.rng);
        let page = found.iter().skip(pager.page_no.saturating_mul(pager.page_size)).take(pager.page_size);
        let mut rows: Vec<Value> = page.map(|record| answer::stockout(record, &self.switches)).collect();
        let mut total = match (pager.calc_total, self.switches.uncounted) {
            (true, _) => i64::try_from(found.len()).ok(),
            (false, Uncounted::Zero) => Some(0),
            (false, Uncounted::Absent) => None,
        };
        match what {
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
        let body = answer::page(rows, total).to_string();
        let now = self.now();
        for change in self.faults.after_query() {
            self.stockouts.change(&change, now);
        }
        Ok(Answer { rows: count, ..json(body.into(), format!("rows {count}")) })
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

fn refused(refusal: &Refusal) -> Answer {
    let summary = format!("status {}: {}", refusal.status, refusal.message);
    json(refusal.body().to_string().into(), summary)
}

/// The answer that a refusal on command gets.
pub(super) fn refuse(status: i64, message: &str) -> Answer {
    refused(&Refusal::new(status, message))
}

/// An answer with HTTP 200.
pub(super) fn json(body: Bytes, summary: String) -> Answer {
    let content_type = "application/json;charset=UTF-8";
    Answer { status: 200, content_type, body, summary, auth: String::new(), rows: 0 }
}

fn now_ms(switches: &Switches) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    i64::try_from(since).unwrap_or(i64::MAX).saturating_add(switches.clock_offset_ms)
}

fn local(ms: i64) -> NaiveDateTime {
    let local =
        DateTime::from_timestamp_millis(ms.saturating_add(SHANGHAI_MS)).unwrap_or_default().naive_utc();
    local.with_nanosecond(0).unwrap_or(local)
}
