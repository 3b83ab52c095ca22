//! Paging a set that moves while it is read: by sub-windows of the modification time (`design.md` 7, *Pages*).
//!
//! A record that is modified leaves a window of the past, and what comes after it moves up: plain pages 1, 2, 3 …
//! skip rows. So a window is *looked* at first, by its first page. Where that is all of it, the answer is a
//! snapshot. Where it is not, the window is narrowed; or read in a *pass*, from the last page to the first, during
//! which rows move only towards what has not been read. A pass counts only if as many different records were seen
//! as there were when it began, since nobody documents the order of rows, or that it is the same in two calls.
//!
//! [`Way::step`] is a function of the cursor and the answer alone: whoever is killed goes on from the cursor. Nothing
//! here trusts one signal. What an answer says of itself must agree ([`Doubt`]: it is asked for again), and where
//! answers disagree with each other, the window is read again, in narrower ones.
//!
//! What this relies on: rows leave a window of the past, and do not enter it while it is read. One that does all
//! the same makes the total grow, upon which the pass begins again. Two exceptions at once, as one that enters in
//! the moment in which another leaves or the total lies, are not noticed; nor is a vendor that neither counts nor
//! says what follows, and sends fewer rows than it was asked for together with an empty page that is none.

mod doubt;
mod seen;

pub use doubt::Doubt;

use super::Then;
use seen::{Seen, digest};
use serde::{Deserialize, Serialize};

/// How an interface pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The number of the first page.
    pub first_page: u32,
    /// Rows asked for.
    pub page_size: u32,
    /// Pages of the largest pass while the window can be narrowed; 1: a window is narrowed until one page holds it.
    pub most_pages: u32,
}

/// A range of the modification time, in Unix seconds. Whether its ends belong to it is the vendor's secret: so
/// neighbours share the second at which they meet, and the narrowest one is a second long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first second.
    pub begin: i64,
    /// The last second.
    pub end: i64,
}

/// What to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The sub-window.
    pub window: Window,
    /// The page, counted as the interface counts.
    pub page: u32,
}

/// What came back. `None` where the answer does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What names each row of the page.
    pub ids: Vec<String>,
    /// Rows on all pages. 0 beside rows says nothing.
    pub total: Option<u64>,
    /// Rows to a page, as the answer has it: what was asked for, or what holds.
    pub page_size: Option<u64>,
    /// Which page this is.
    pub page: Option<u64>,
    /// Whether another page follows.
    pub has_next: Option<bool>,
}

/// What an answer is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whether its rows are to be carried; otherwise they come again.
    pub emit: bool,
    /// What comes next.
    pub then: Then,
}

/// More records of one second than a cursor can remember.
pub const MOST_IN_A_SECOND: u64 = 10_000;
/// A second that failed in so many passes …
const TRIES: u32 = 3;
/// … is left alone for so long, in seconds.
const REST: i64 = 300;
/// A sub-window is at most so many times as wide as the one before it.
const WIDENING: i64 = 8;

/// Where in the window one is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cursor {
    from: i64,
    until: i64,
    at: At,
    /// Rows to a page, as far as is known.
    size: u64,
    /// How often the aim is halved after passes that failed.
    caution: u32,
    /// Whether this sub-window is what another one was narrowed to.
    narrowed: bool,
    /// Passes that failed over a window that cannot be narrowed.
    tries: u32,
    /// Whether a total of 0 was said of rows, and so says nothing.
    counts_nothing: bool,
    /// The digest of the last page that had rows.
    last: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum At {
    /// The first page, to see how much there is.
    Look,
    /// Nothing was counted, and the first page has so many rows: the page after it, which should be empty.
    Beyond(u64),
    /// It was: the first page again, of which rows can only have left.
    Again(u64),
    /// From the last page to the first.
    Pass(Pass),
    /// Failed for good at this time.
    Rest(i64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pass {
    page: u32,
    size: u64,
    /// Rows when it began.
    total: u64,
    /// Rows now.
    now: u64,
    seen: Seen,
}

impl Way {
    /// The request for the next page of a window, after this cursor.
    pub fn request(&self, window: Window, cursor: Option<&str>) -> Request {
        let cursor = self.cursor(window, cursor);
        let page = match &cursor.at {
            At::Look | At::Again(_) | At::Rest(_) => self.first_page,
            At::Beyond(_) => self.first_page + 1,
            At::Pass(pass) => pass.page,
        };
        Request { window: Window { begin: cursor.from, end: cursor.until }, page }
    }

    /// What the answer to that request is good for. `now` in Unix seconds.
    ///
    /// # Errors
    /// The answer contradicts itself, or the window cannot be read: ask again, now or in a later run.
    pub fn step(
        &self,
        window: Window,
        cursor: Option<&str>,
        answer: &Answer,
        now: i64,
    ) -> Result<Step, Doubt> {
        let asked = self.request(window, cursor);
        let mut here = self.cursor(window, cursor);
        let rows = answer.ids.len() as u64;
        if answer.page.is_some_and(|page| page != u64::from(asked.page)) {
            return Err(Doubt::OtherPage { asked: asked.page, told: answer.page.unwrap_or_default() });
        }
        here.counts_nothing |= rows > 0 && answer.total == Some(0);
        let counts = |total: &u64| *total > 0 || !here.counts_nothing;
        let answer = Answer { total: answer.total.filter(counts), ..answer.clone() };
        let last = here.last;
        here.last = digest(&answer.ids).unwrap_or(last);
        let at = std::mem::replace(&mut here.at, At::Look);
        let walk = Walk { way: self, window, answer: &answer, rows, now, here };
        match at {
            At::Look => walk.look(last, false),
            At::Rest(since) => walk.look(last, now < since + REST),
            At::Beyond(first) => walk.beyond(first),
            At::Again(first) => walk.again(first),
            At::Pass(pass) => walk.pass(pass),
        }
    }

    /// One that cannot be read, as another version's, or is not of this window, is the beginning.
    fn cursor(&self, window: Window, cursor: Option<&str>) -> Cursor {
        let read = cursor.and_then(|text| serde_json::from_str::<Cursor>(text).ok());
        read.filter(|read| window.begin <= read.from && read.from <= read.until && read.until <= window.end)
            .unwrap_or(Cursor {
                from: window.begin,
                until: window.end,
                at: At::Look,
                size: u64::from(self.page_size),
                caution: 0,
                narrowed: false,
                tries: 0,
                counts_nothing: false,
                last: 0,
            })
    }

    /// Rows that a sub-window should have: two standard deviations less than fit.
    fn aim(&self, size: u64) -> u64 {
        let fit = size * u64::from(self.most_pages);
        fit.saturating_sub(2 * fit.isqrt()).max(1)
    }
}

/// One step, with all it depends on.
struct Walk<'a> {
    way: &'a Way,
    window: Window,
    answer: &'a Answer,
    rows: u64,
    now: i64,
    here: Cursor,
}

impl Walk<'_> {
    fn width(&self) -> i64 {
        self.here.until - self.here.from
    }

    fn look(mut self, last: u32, resting: bool) -> Result<Step, Doubt> {
        let Some(total) = self.answer.total else {
            self.here.at = At::Beyond(self.rows);
            return Ok(self.go_on(false));
        };
        self.agrees(total)?;
        if total > self.rows || self.is_full() && self.answer.has_next.is_none() {
            self.here.size = self.rows;
            return self.crowded(total, resting);
        }
        // The same rows as on the page before: true if the neighbours share them. Asked for again, to be sure.
        if self.rows > 0 && last == self.here.last {
            self.here.last = 0;
            return Ok(self.go_on(true));
        }
        let rows = self.rows;
        Ok(self.done(rows))
    }

    /// A first page must agree with what is said of all pages.
    fn agrees(&self, total: u64) -> Result<(), Doubt> {
        let has_next = self.answer.has_next;
        let holds = match total {
            total if total < self.rows => false,
            total if total == self.rows => has_next != Some(true),
            _ => self.rows > 0 && has_next != Some(false),
        };
        if holds { Ok(()) } else { Err(Doubt::Disagrees { rows: self.rows, total: Some(total), has_next }) }
    }

    /// Whether the page has as many rows as pages can have.
    fn is_full(&self) -> bool {
        let told = self.answer.page_size.filter(|size| *size > 0).unwrap_or(u64::MAX);
        self.rows > 0 && self.rows >= told.min(self.way.page_size.into())
    }

    /// Nothing was counted, and this is what comes after the first page.
    fn beyond(mut self, first: u64) -> Result<Step, Doubt> {
        if self.rows > 0 {
            return self.uncounted();
        }
        if self.answer.has_next == Some(true) {
            return Err(Doubt::Disagrees { rows: 0, total: self.answer.total, has_next: Some(true) });
        }
        self.here.at = At::Again(first);
        Ok(self.go_on(false))
    }

    /// The first page, after the one behind it was found empty.
    fn again(self, first: u64) -> Result<Step, Doubt> {
        if self.answer.total.is_some() {
            return self.look(0, false);
        }
        // All of them left, or an empty page is wrong.
        if self.rows == 0 && first > 0 {
            return Ok(self.go_on(false));
        }
        if self.is_full() || self.answer.has_next == Some(true) {
            return self.uncounted();
        }
        let rows = self.rows;
        Ok(self.done(rows))
    }

    /// More than a page, without a count: narrower, since there is nothing to check a pass by.
    fn uncounted(mut self) -> Result<Step, Doubt> {
        if self.width() <= 1 {
            return Err(Doubt::Uncounted { second: self.here.from });
        }
        self.here.until = self.here.from + self.width() / 2;
        self.here.narrowed = true;
        Ok(self.go_on(false))
    }

    /// More than the first page: a pass over what is not too much, or a narrower window.
    fn crowded(mut self, total: u64, resting: bool) -> Result<Step, Doubt> {
        let size = self.rows;
        let is_narrowest = self.width() <= 1;
        let fits = self.way.most_pages > 1 && total <= size * u64::from(self.way.most_pages);
        if !fits && !is_narrowest {
            self.narrow(total);
            return Ok(self.go_on(false));
        }
        if resting {
            return Err(Doubt::Unsteady { second: self.here.from });
        }
        if total > MOST_IN_A_SECOND {
            return Err(Doubt::TooMany { second: self.here.from, total });
        }
        let pages = u32::try_from(total.div_ceil(size)).unwrap_or(u32::MAX);
        // Where only the total says which page is the last, the one after it is asked for too.
        let beyond = u32::from(self.answer.has_next.is_none());
        let page = self.way.first_page + pages - 1 + beyond;
        self.here.at = At::Pass(Pass { page, size, total, now: total, seen: Seen::default() });
        Ok(self.go_on(false))
    }

    /// By what is known of the density; if that did not help the last time, at least by half.
    fn narrow(&mut self, total: u64) {
        let width = self.width();
        let most = if self.here.narrowed { width / 2 } else { width - 1 };
        let aim = self.way.aim(self.here.size).min(total);
        let width = scaled(width, aim, total).clamp(1, most.max(1));
        self.here.until = self.here.from + width;
        self.here.narrowed = true;
    }

    fn pass(mut self, mut pass: Pass) -> Result<Step, Doubt> {
        let (rows, has_next) = (self.rows, self.answer.has_next);
        let before = u64::from(pass.page - self.way.first_page) * pass.size;
        let Some(total) = self.answer.total else { return Ok(self.failed()) };
        if rows == 0 && has_next == Some(true) {
            return Err(Doubt::Disagrees { rows, total: Some(total), has_next });
        }
        let expected = total.saturating_sub(before).min(pass.size);
        let follows = total > before + pass.size;
        if total > pass.now || rows != expected || has_next.is_some_and(|told| told != follows) {
            return Ok(self.failed());
        }
        pass.seen.add(&self.answer.ids, &format!("{}/{}", self.here.until, self.here.tries));
        pass.now = total;
        if pass.page > self.way.first_page {
            pass.page -= 1;
            self.here.at = At::Pass(pass);
            return Ok(self.go_on(true));
        }
        // Those that left unseen are missed here as well, and cost another try: nothing tells them from those that
        // were skipped.
        if total == rows || pass.seen.len() >= pass.total {
            return Ok(self.done(total));
        }
        Ok(self.failed())
    }

    /// What answers said does not fit together: again, and narrower.
    fn failed(mut self) -> Step {
        self.here.caution = (self.here.caution + 1).min(10);
        if self.width() > 1 {
            self.here.until = self.here.from + self.width() / 2;
            self.here.narrowed = true;
        } else {
            self.here.tries += 1;
            if self.here.tries >= TRIES {
                self.here.tries = 0;
                self.here.at = At::Rest(self.now);
            }
        }
        self.go_on(true)
    }

    /// The sub-window is read, and had so many rows.
    fn done(mut self, rows: u64) -> Step {
        if self.here.until >= self.window.end {
            let then = if self.rows == 0 { Then::PerhapsEnd } else { Then::End };
            return Step { emit: true, then };
        }
        let width = self.width().max(1);
        let aim = (self.way.aim(self.here.size) >> self.here.caution).max(1);
        let widest = width.saturating_mul(WIDENING);
        let next = match rows {
            // However few rows fit a page: after a crowd there may be nothing for weeks.
            0 if self.here.caution == 0 => widest,
            rows => scaled(width, aim, rows.max(1)).clamp(1, widest),
        };
        self.here.from = self.here.until;
        self.here.until = self.here.from.saturating_add(next).min(self.window.end);
        self.here.caution = self.here.caution.saturating_sub(1);
        self.here.narrowed = false;
        self.here.tries = 0;
        self.go_on(true)
    }

    fn go_on(&self, emit: bool) -> Step {
        let cursor = serde_json::to_string(&self.here).expect("a cursor is plain data");
        Step { emit, then: Then::More(cursor) }
    }
}

/// `width` × `part` ÷ `of`.
fn scaled(width: i64, part: u64, of: u64) -> i64 {
    i64::try_from(i128::from(width) * i128::from(part) / i128::from(of.max(1))).unwrap_or(i64::MAX)
}
