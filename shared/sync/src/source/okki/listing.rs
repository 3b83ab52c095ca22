//! How a list of orders is read of which neither the order nor the limits are known (`vendors/sources.md` 3.3, 6.3).
//!
//! * A list that fits one answer is a snapshot, whatever its order: it is delivered at once, or in slices by order
//!   id where it holds more orders than one page of the engine should.
//! * A longer one is gone through in passes, page by page, until two passes in a row agree about which orders there
//!   are and when each was modified. Odd passes deliver what they see, even ones only compare, so that of two that
//!   agree one has delivered. An order that slipped from page to page in one pass makes the next one differ.
//!
//! A list that contradicts itself for good, or does not settle, ends in an error. After a rest it is read anew from its
//! beginning: a cursor in the middle of it would meet the same contradiction for ever.
//!
//! What is kept between pages is small whatever the number of orders: of a pass its count and a sum of hashes.

use crate::client::Doing;
use crate::problem::{Failure, Problem};
use crate::source::Then;
use ferry_platforms::Class;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The list settles within so many passes, or something is wrong.
const MOST_PASSES: u32 = 8;
/// A page that contradicts what is known is asked for so often again.
const AGAIN: u32 = 2;
/// What could not be read to its end is left alone for so long, in seconds.
const REST: i64 = 300;
/// An endless list ends here.
const MOST_PAGES: u32 = 20_000;

/// Where the reading stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cursor {
    /// The whole list in one answer, its orders beyond this id.
    Slice(Option<String>),
    /// A pass.
    Pass(Pass),
    /// Given up.
    Rest {
        /// Unix seconds.
        since: i64,
        why: Unsettled,
    },
}

/// A pass over the pages of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pass {
    /// From 1; the odd ones deliver.
    number: u32,
    /// The page that comes next, from 1.
    page: u32,
    /// Rows so far, in the window or not.
    rows: u64,
    /// The most rows that a page had: what the server takes for full.
    full: u64,
    /// Of the orders in the window so far.
    seen: Sum,
    /// Of those of the pass before.
    before: Option<Sum>,
    /// The page before this one.
    last: u64,
    /// How often this page has been asked for again.
    again: u32,
}

/// What tells one set of orders from another, whatever their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    count: u64,
    hashes: u64,
}

impl Sum {
    fn add(&mut self, row: &Row) {
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(hash(&format!("{}\n{:?}", row.id, row.updated)));
    }
}

fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    u64::from_le_bytes(digest[..8].try_into().expect("a hash is longer"))
}

/// An order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub id: String,
    /// Unix seconds; `None` where it does not say, and is taken to be in the window.
    pub updated: Option<i64>,
}

/// What to ask the list for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    pub start_index: u32,
    pub count: u32,
}

/// What to do with an answer: which of its rows to deliver, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub deliver: Vec<usize>,
    pub then: Then,
}

/// The sizes that the reading goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing {
    /// Orders on a page of the engine.
    pub page_size: u32,
    /// The most that one answer holds.
    pub largest: u32,
}

impl Listing {
    /// The cursor of a page, in the state document. One that cannot be read begins anew, which costs time and loses
    /// nothing.
    fn cursor(after: Option<&str>) -> Option<Cursor> {
        after.and_then(|text| serde_json::from_str(text).ok())
    }

    pub fn request(self, after: Option<&str>) -> Request {
        match Self::cursor(after) {
            None | Some(Cursor::Rest { .. }) => Request { start_index: 1, count: self.page_size },
            Some(Cursor::Slice(_)) => Request { start_index: 1, count: self.largest },
            Some(Cursor::Pass(pass)) => Request { start_index: pass.page, count: self.page_size },
        }
    }

    /// What follows from an answer. `window` says which times are in the window; `now` in Unix seconds.
    ///
    /// # Errors
    /// The list contradicted itself for good, or did not settle, and its rest is not over.
    pub fn step(
        self,
        after: Option<&str>,
        rows: &[Row],
        total: Option<u64>,
        window: impl Fn(i64) -> bool,
        now: i64,
    ) -> Result<Step, Unsettled> {
        let cursor = match Self::cursor(after) {
            Some(Cursor::Rest { since, why }) if now < since + REST => return Err(why),
            Some(Cursor::Rest { .. }) => None,
            cursor => cursor,
        };
        // 0 beside rows says nothing.
        let total = total.filter(|total| *total > 0 || rows.is_empty());
        let asked = self.request(after).count;
        let wanted: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].updated.is_none_or(&window)).collect();
        // Fewer rows than asked for, and a count that says so too: neither is believed alone.
        let whole = (rows.len() as u64) < u64::from(asked) && total == Some(rows.len() as u64);
        match cursor {
            // No rows and a count of none: one answer says both, and may be another question's.
            None if whole && rows.is_empty() => Ok(Step { deliver: wanted, then: Then::PerhapsEnd }),
            None if whole => Ok(Step { deliver: wanted, then: Then::End }),
            None if total.is_some_and(|total| total < u64::from(self.largest)) => {
                Ok(Step { deliver: Vec::new(), then: more(Cursor::Slice(None)) })
            }
            Some(Cursor::Slice(last)) if whole => Ok(self.slice(rows, wanted, last.as_deref())),
            // What was delivered in slices is met again in the passes, and found at the target.
            None | Some(Cursor::Slice(_)) => {
                let first = Pass { number: 1, page: 1, ..Pass::default() };
                Ok(Step { deliver: Vec::new(), then: more(Cursor::Pass(first)) })
            }
            Some(Cursor::Pass(pass)) => Ok(pass.step(rows, wanted, total, now)),
            Some(Cursor::Rest { .. }) => unreachable!("its rest is over"),
        }
    }

    fn slice(self, rows: &[Row], mut wanted: Vec<usize>, last: Option<&str>) -> Step {
        wanted.retain(|at| last.is_none_or(|last| key(&rows[*at].id) > key(last)));
        wanted.sort_by(|a, b| key(&rows[*a].id).cmp(&key(&rows[*b].id)));
        let rest = wanted.split_off(wanted.len().min(self.page_size as usize));
        let then = match (rest.is_empty(), wanted.last()) {
            (false, Some(last)) => more(Cursor::Slice(Some(rows[*last].id.clone()))),
            _ => Then::End,
        };
        Step { deliver: wanted, then }
    }
}

/// Ids are numbers of any length: the longer is the larger.
fn key(id: &str) -> (usize, &str) {
    (id.len(), id)
}

/// Nothing more for now.
fn give_up(now: i64, why: Unsettled) -> Step {
    Step { deliver: Vec::new(), then: more(Cursor::Rest { since: now, why }) }
}

fn more(cursor: Cursor) -> Then {
    Then::More(serde_json::to_string(&cursor).expect("a cursor is plain data"))
}

impl Pass {
    fn step(mut self, rows: &[Row], mut wanted: Vec<usize>, total: Option<u64>, now: i64) -> Step {
        let content: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let content = hash(&content.join("\n"));
        let repeated = self.page > 1 && !rows.is_empty() && content == self.last;
        // Beyond the last page some servers give the last one again.
        let beyond = repeated && total.is_some_and(|total| self.rows >= total);
        let broken_off = rows.is_empty() && total.is_some_and(|total| self.rows < total);
        if (repeated && !beyond) || broken_off {
            if self.again == AGAIN {
                let page = self.page;
                let why = if repeated { Unsettled::Repeated { page } } else { Unsettled::BrokenOff { page } };
                return give_up(now, why);
            }
            self.again += 1;
            return Step { deliver: Vec::new(), then: more(Cursor::Pass(self)) };
        }
        if beyond {
            wanted.clear();
        }
        for at in &wanted {
            self.seen.add(&rows[*at]);
        }
        self.rows += rows.len() as u64;
        self.full = self.full.max(rows.len() as u64);
        let deliver = if self.number % 2 == 1 { wanted } else { Vec::new() };
        let short = (rows.len() as u64) < self.full;
        // A short page and the count together, or an empty page.
        let is_last = beyond || rows.is_empty() || (short && total.is_some_and(|total| self.rows >= total));
        if !is_last {
            if self.page == MOST_PAGES {
                return give_up(now, Unsettled::Endless);
            }
            (self.page, self.last, self.again) = (self.page + 1, content, 0);
            return Step { deliver, then: more(Cursor::Pass(self)) };
        }
        if self.before == Some(self.seen) {
            return Step { deliver, then: Then::End };
        }
        if self.number == MOST_PASSES {
            return give_up(now, Unsettled::Restless);
        }
        let next = Pass { number: self.number + 1, page: 1, before: Some(self.seen), ..Pass::default() };
        Step { deliver, then: more(Cursor::Pass(next)) }
    }
}

/// Why a list cannot be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unsettled {
    Repeated {
        page: u32,
    },
    BrokenOff {
        page: u32,
    },
    Endless,
    Restless,
    /// An order of this time, which no day asked for holds.
    Foreign(String),
}

impl Unsettled {
    pub fn failure(self, doing: Doing) -> Failure {
        let (en, zh) = match self {
            Unsettled::Repeated { page } => (
                format!("page {page} of the list is the page before it, again and again"),
                format!("列表第 {page} 页始终与前一页相同"),
            ),
            Unsettled::BrokenOff { page } => (
                format!("page {page} of the list is empty although its count says that there is more"),
                format!("列表第 {page} 页为空，但总数表明还有数据"),
            ),
            Unsettled::Endless => (
                format!("the list has no end within {MOST_PAGES} pages"),
                format!("列表超过 {MOST_PAGES} 页仍未结束"),
            ),
            Unsettled::Foreign(time) => (
                format!("the list holds an order updated at {time}, which is on none of the days asked for"),
                format!("列表中有更新于 {time} 的订单，不在所查询的日期之内"),
            ),
            Unsettled::Restless => (
                format!("{MOST_PASSES} readings of the list gave {MOST_PASSES} different sets of orders"),
                format!("连续 {MOST_PASSES} 遍读取列表，每遍的订单都不同"),
            ),
        };
        Failure::new(
            Class::Transport,
            Problem::new(
                "list_unsettled",
                format!("{}: {en}", doing.en),
                format!("{}：{zh}", doing.zh),
            )
            .hint(
                "what was seen is delivered, and the watermark stays: after five minutes the same days are read again. If it goes on, ask OKKI for the order of this list",
                "已读到的订单均已处理，水位不动：五分钟后会重新读取这些日期。如持续出现，请向小满咨询该列表的排序",
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: Listing = Listing { page_size: 3, largest: 10 };

    fn rows(ids: std::ops::Range<u32>) -> Vec<Row> {
        ids.map(|id| Row { id: id.to_string(), updated: Some(i64::from(id)) }).collect()
    }

    /// Reads a list whose `answer` to a request depends on how many came before; the ids delivered, and the calls.
    fn read(
        mut answer: impl FnMut(Request, usize) -> (Vec<Row>, Option<u64>),
    ) -> (Result<Vec<String>, Unsettled>, usize) {
        let (mut after, mut delivered, mut calls) = (None::<String>, Vec::new(), 0);
        loop {
            let (rows, total) = answer(LISTING.request(after.as_deref()), calls);
            calls += 1;
            let step = match LISTING.step(after.as_deref(), &rows, total, |_| true, 0) {
                Ok(step) => step,
                Err(why) => return (Err(why), calls),
            };
            delivered.extend(step.deliver.iter().map(|at| rows[*at].id.clone()));
            match step.then {
                Then::More(cursor) => {
                    assert!(cursor.len() < 300, "{cursor}");
                    after = Some(cursor);
                }
                _ => return (Ok(delivered), calls),
            }
        }
    }

    fn page(all: &[Row], request: Request) -> Vec<Row> {
        let size = request.count as usize;
        all.iter().skip((request.start_index as usize - 1) * size).take(size).cloned().collect()
    }

    fn honest(all: Vec<Row>) -> impl FnMut(Request, usize) -> (Vec<Row>, Option<u64>) {
        move |request, _| (page(&all, request), Some(all.len() as u64))
    }

    fn ids(range: std::ops::Range<u32>) -> Vec<String> {
        range.map(|id| id.to_string()).collect()
    }

    #[test]
    fn a_short_list_costs_one_call_and_one_that_fits_an_answer_a_call_a_slice() {
        assert_eq!(read(honest(Vec::new())), (Ok(vec![]), 1));
        assert_eq!(read(honest(rows(1..3))), (Ok(ids(1..3)), 1));
        // In slices of three by id, whatever the order of the answers.
        let all = rows(8..17);
        let mut turn = 0;
        let shuffled = move |request: Request, _: usize| {
            turn += 1;
            let mut all = all.clone();
            all.rotate_left(turn * 2 % 9);
            (page(&all, request), Some(9))
        };
        assert_eq!(read(shuffled), (Ok(ids(8..17)), 4));
    }

    #[test]
    fn a_long_list_is_read_until_two_passes_agree() {
        let (delivered, calls) = read(honest(rows(1..32)));
        assert_eq!((delivered.unwrap(), calls), (ids(1..32), 1 + 2 * 11));
        // One that no count comes with.
        let all = rows(1..8);
        let (delivered, _) = read(move |request, _| (page(&all, request), None));
        assert_eq!(delivered.unwrap(), ids(1..8));
    }

    #[test]
    fn a_hundred_thousand_orders_keep_the_cursor_small() {
        let listing = Listing { page_size: 500, largest: 500 };
        let all = rows(1..100_001);
        let (mut after, mut delivered, mut calls, mut longest) = (None::<String>, 0, 0, 0);
        loop {
            let rows = page(&all, listing.request(after.as_deref()));
            calls += 1;
            let step = listing.step(after.as_deref(), &rows, Some(100_000), |_| true, 0).unwrap();
            delivered += step.deliver.len();
            let Then::More(cursor) = step.then else { break };
            longest = longest.max(cursor.len());
            after = Some(cursor);
        }
        // The last page of a pass is full, so that an empty one has to tell that it was the last.
        assert_eq!((delivered, calls), (100_000, 1 + 2 * 201));
        assert!(longest < 300, "{longest}");
    }

    #[test]
    fn a_row_that_says_no_time_is_in_every_window() {
        let rows = [Row { id: "1".into(), updated: None }, Row { id: "2".into(), updated: Some(2) }];
        let step = LISTING.step(None, &rows, Some(2), |_| false, 0).unwrap();
        assert_eq!(step, Step { deliver: vec![0], then: Then::End });
    }

    #[test]
    fn an_order_that_slips_past_the_first_pass_is_met_by_a_later_one() {
        // By the second page an order of the first is gone: 4 slips to page 1 and is not seen.
        let answer = |request: Request, call: usize| {
            let mut all = rows(1..32);
            if call >= 2 {
                all.remove(0);
            }
            (page(&all, request), Some(all.len() as u64))
        };
        let delivered = read(answer).0.unwrap();
        for id in ids(2..32) {
            assert!(delivered.contains(&id), "{id}");
        }
    }

    #[test]
    fn lies_are_survived_or_end_in_an_error_and_never_in_a_gap() {
        // An empty page in the middle, once, and for good.
        let all = rows(1..32);
        let once = all.clone();
        let (delivered, _) =
            read(move |request, call| (if call == 4 { vec![] } else { page(&once, request) }, Some(31)));
        assert_eq!(delivered.unwrap(), ids(1..32));
        let empty = all.clone();
        let (error, _) = read(move |request, _| {
            (if request.start_index == 4 { vec![] } else { page(&empty, request) }, Some(31))
        });
        assert_eq!(error, Err(Unsettled::BrokenOff { page: 4 }));
        // One page over and over.
        let (error, _) = read(|_, _| (rows(1..4), Some(40)));
        assert_eq!(error, Err(Unsettled::Repeated { page: 2 }));
        // A count that is too low.
        let low = all.clone();
        let (delivered, _) = read(move |request, _| (page(&low, request), Some(2)));
        assert_eq!(delivered.unwrap().iter().collect::<std::collections::BTreeSet<_>>().len(), 31);
        // A list that is another one every time, and one without an end.
        let (error, _) = read(|request, call| {
            let first = 100 * u32::try_from(call).unwrap();
            (if request.start_index == 2 { vec![] } else { rows(first..first + 3) }, None)
        });
        assert_eq!(error, Err(Unsettled::Restless));
        let (error, calls) =
            read(|request, _| (rows(request.start_index * 3..request.start_index * 3 + 3), None));
        assert_eq!((error, calls), (Err(Unsettled::Endless), 20_002));
    }

    #[test]
    fn what_was_given_up_is_read_anew_after_a_rest() {
        let rest = |since| serde_json::to_string(&Cursor::Rest { since, why: Unsettled::Restless }).unwrap();
        let step = |now| LISTING.step(Some(&rest(1000)), &rows(1..3), Some(2), |_| true, now);
        assert_eq!(step(1000 + REST - 1), Err(Unsettled::Restless));
        assert_eq!(step(1000 + REST), Ok(Step { deliver: vec![0, 1], then: Then::End }));
        assert_eq!(LISTING.request(Some(&rest(1000))), LISTING.request(None));
    }

    #[test]
    fn a_last_page_given_again_beyond_the_end_is_the_end_of_a_pass() {
        let all = rows(1..13);
        let (delivered, calls) = read(move |request, _| {
            let last = Request { start_index: request.start_index.min(4), ..request };
            (page(&all, last), Some(12))
        });
        assert_eq!((delivered.unwrap(), calls), (ids(1..13), 1 + 2 * 5));
    }

    #[test]
    fn a_count_of_nothing_beside_rows_does_not_make_a_short_page_the_last() {
        // The second page is short, and there is a third.
        let (delivered, _) = read(|request, _| {
            let page = match request.start_index {
                1 => rows(1..4),
                2 => rows(4..6),
                3 => rows(6..9),
                _ => vec![],
            };
            (page, Some(0))
        });
        assert_eq!(delivered.unwrap(), ids(1..9));
    }
}
