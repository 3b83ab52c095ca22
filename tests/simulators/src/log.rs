//! What was called and what was answered.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// Calls that the log keeps; older ones are dropped, the counters go on.
const KEPT: usize = 20_000;
/// Characters of a body that the log keeps.
const KEPT_TEXT: usize = 4000;

/// One call of a simulated system, whose operations are `O`.
#[derive(Clone, Debug, Serialize)]
pub struct Call<O> {
    /// Counted from 1 in the order of arrival.
    pub n: u64,
    /// When it arrived by the simulator's clock: `2026-11-01T04:00:00.000Z`.
    pub at: String,
    /// The operation; `None` where the path names none.
    pub op: Option<O>,
    /// The path as sent.
    pub path: String,
    /// The body, at most 4000 characters of it; empty for logins.
    pub args: String,
    /// How the caller was known, or why it was refused; `None` where nobody looked.
    pub auth: Option<String>,
    /// HTTP status; `None` if the connection was dropped, or the call is still at work.
    pub status: Option<u16>,
    /// The answer in short: `rows 2000`, `saved 2, failed 1`, `MsgCode 9: …`; `None` while at work.
    /// Where the connection was dropped after the work, what would have been answered.
    pub answered: Option<String>,
    /// The faults that hit it, as `delay+drop_after`.
    pub fault: Option<String>,
    /// Calls at work when it arrived, itself included.
    pub concurrent: usize,
    /// Microseconds that the work took, without delays; 0 where none was done.
    pub work_us: u64,
}

/// Sums since the start or the last reset.
#[derive(Clone, Debug, Serialize)]
pub struct Counters<O> {
    /// Calls by operation; `None` of [`Call::op`] is not counted here.
    pub calls: BTreeMap<O, u64>,
    /// All calls.
    pub total: u64,
    /// The most calls that were at work at once.
    pub max_concurrent: usize,
    /// Calls that a fault hit.
    pub faults: u64,
    /// Rows that queries answered with.
    pub rows: u64,
    /// Bytes of answers.
    pub bytes: u64,
}

/// The log.
#[derive(Debug)]
pub(crate) struct Log<O> {
    pub calls: VecDeque<Call<O>>,
    pub counters: Counters<O>,
}

impl<O> Default for Log<O> {
    fn default() -> Self {
        let counters =
            Counters { calls: BTreeMap::new(), total: 0, max_concurrent: 0, faults: 0, rows: 0, bytes: 0 };
        Self { calls: VecDeque::new(), counters }
    }
}

impl<O: Copy + Ord> Log<O> {
    /// Notes a call that has arrived; its number. `args` is what of its body may be shown.
    pub fn arrived(&mut self, at: String, op: Option<O>, path: &str, args: &[u8], concurrent: usize) -> u64 {
        self.counters.total += 1;
        self.counters.max_concurrent = self.counters.max_concurrent.max(concurrent);
        if let Some(op) = op {
            *self.counters.calls.entry(op).or_default() += 1;
        }
        let shown = &args[..args.len().min(KEPT_TEXT * 4)];
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(Call {
            n: self.counters.total,
            at,
            op,
            path: path.to_owned(),
            args: String::from_utf8_lossy(shown).chars().take(KEPT_TEXT).collect(),
            auth: None,
            status: None,
            answered: None,
            fault: None,
            concurrent,
            work_us: 0,
        });
        self.counters.total
    }

    /// The entry of a call, if it is still kept.
    pub fn entry(&mut self, n: u64) -> Option<&mut Call<O>> {
        let first = self.calls.front()?.n;
        self.calls.get_mut(usize::try_from(n.checked_sub(first)?).ok()?)
    }
}
