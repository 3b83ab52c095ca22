//! Reading a list whose order nobody knows, while it moves: in passes, page after page, until two in a row have seen
//! the same (`design.md` 7, *Pages*, 4).
//!
//! An order that is modified may change its place in the list, so that another one slips from a page that is still to
//! be read into one that was. What a pass missed, the next one sees; when two passes have seen the same orders in the
//! same state, none was missed. Odd passes deliver, even ones only look. What a pass saw is kept as a count and a sum
//! of hashes, which do not depend on the order of rows and stay small whatever their number.
//!
//! What comes into the list after the window's end, as it does all day, shifts pages too, but does not belong to what
//! is compared. So the passes over a busy list agree as well.
//!
//! [`Cursor::step`] is a function of the cursor and the answer alone. No single signal is believed to mean the last
//! page: a short page counts together with the total, and where there is no total, with the empty page after it.
//!
//! A list in another order at every call agrees with itself only where one page holds it; else it does not settle,
//! and says so.

use crate::client::Doing;
use crate::problem::{Failure, Problem};
use crate::source::Then;
use ferry_platforms::Class;
use ferry_platforms::okki::FIRST_PAGE;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// More passes than this over one window, and the list does not settle …
const MOST_PASSES: u32 = 8;
/// … for now: it is left alone for so long, in seconds.
const REST: i64 = 300;
/// More pages than this, where nothing is said of their number, are without end.
const MOST_PAGES: u64 = 10_000;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub id: String,
    /// As the row has it; may be empty.
    pub modified: String,
    /// Whether it is of the window.
    pub is_inside: bool,
}

/// Orders, each with its state, without regard to their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    count: u64,
    sum: u64,
}

impl Seen {
    fn add(&mut self, entry: &Entry) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash(&[&entry.id, &entry.modified]));
    }
}

/// Where in its passes a window is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// From 1.
    pass: u32,
    page: u32,
    /// Rows to a page; a server may clamp them to less than was asked for.
    size: u64,
    /// Rows of the pages of this pass, whether of the window or not.
    listed: u64,
    seen: Seen,
    /// What the pass before saw.
    before: Option<Seen>,
    /// The page before, in this pass.
    last: Option<u64>,
    /// When the last attempt was given up, Unix seconds, and why.
    rests: Option<(i64, Endless)>,
}

/// Why an attempt was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Endless {
    /// No two passes agreed.
    Passes,
    /// The pages of one did not come to an end.
    Pages,
}

/// Answers that cannot be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// A page without rows, before there were as many as there are said to be.
    EmptyTooEarly { page: u32, listed: u64, total: u64 },
    /// The rows of the page before.
    Repeated { page: u32 },
    /// Given up for now.
    Endless(Endless),
}

impl Cursor {
    /// The beginning, where there is none, or one that cannot be read, as that of another version.
    pub fn read(cursor: Option<&str>) -> Self {
        cursor.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| Cursor::new(1, None))
    }

    fn new(pass: u32, before: Option<Seen>) -> Self {
        let seen = Seen::default();
        Cursor { pass, page: FIRST_PAGE, size: 0, listed: 0, seen, before, last: None, rests: None }
    }

    /// The page to ask for.
    pub fn page(&self) -> u32 {
        self.page
    }

    /// Whether the rows of this page are to be delivered; else they are only compared.
    pub fn delivers(&self) -> bool {
        self.pass % 2 == 1
    }

    /// What comes after an answer. `asked` is the rows asked for, `now` in Unix seconds.
    ///
    /// # Errors
    /// The answer cannot be true: it is asked for again, now or in a later run.
    pub fn step(
        mut self,
        asked: u32,
        entries: &[Entry],
        total: Option<u64>,
        now: i64,
    ) -> Result<Then, Doubt> {
        if let Some((since, why)) = self.rests.take()
            && now < since + REST
        {
            return Err(Doubt::Endless(why));
        }
        let rows = entries.len() as u64;
        // 0 beside rows says nothing.
        let total = total.filter(|total| *total > 0 || rows == 0);
        let is_reached = |listed: u64| total.is_none_or(|total| listed >= total);
        if rows == 0 {
            return match total {
                Some(total) if total > self.listed => {
                    Err(Doubt::EmptyTooEarly { page: self.page, listed: self.listed, total })
                }
                _ => Ok(self.end_of_pass(now)),
            };
        }
        let digest = entries.iter().fold(0, |sum: u64, entry| {
            sum.wrapping_mul(31).wrapping_add(hash(&[&entry.id, &entry.modified]))
        });
        if self.last == Some(digest) {
            // Beyond the last page some servers give the last one.
            return match total {
                Some(_) if is_reached(self.listed) => Ok(self.end_of_pass(now)),
                _ => Err(Doubt::Repeated { page: self.page }),
            };
        }
        self.last = Some(digest);
        entries.iter().filter(|entry| entry.is_inside).for_each(|entry| self.seen.add(entry));
        self.listed += rows;
        if self.page == FIRST_PAGE {
            self.size = if is_reached(rows) { asked.into() } else { rows };
        }
        if total.is_some() && is_reached(self.listed) && rows < self.size {
            return Ok(self.end_of_pass(now));
        }
        self.page += 1;
        // The list may grow while it is read.
        let most = total.map_or(MOST_PAGES, |total| 2 * total.div_ceil(self.size.max(1)) + 10);
        if u64::from(self.page) > most {
            return Ok(rest(now, Endless::Pages));
        }
        Ok(more(&self))
    }

    fn end_of_pass(self, now: i64) -> Then {
        match self.before {
            Some(before) if before == self.seen => Then::End,
            None if self.listed == 0 => Then::PerhapsEnd,
            _ if self.pass >= MOST_PASSES => rest(now, Endless::Passes),
            _ => more(&Cursor::new(self.pass + 1, Some(self.seen))),
        }
    }
}

fn more(cursor: &Cursor) -> Then {
    Then::More(serde_json::to_string(cursor).expect("a cursor is plain data"))
}

/// Given up; after a while it is begun again.
fn rest(now: i64, why: Endless) -> Then {
    more(&Cursor { rests: Some((now, why)), ..Cursor::new(1, None) })
}

fn hash(parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    u64::from_be_bytes(std::array::from_fn(|at| digest[at]))
}

impl Doubt {
    /// As a failure of class `Transport`: it is asked again, in this run and the next.
    pub fn failure(&self, doing: Doing) -> Failure {
        let (code, en, zh) = match self {
            Doubt::EmptyTooEarly { page, listed, total } => (
                "pages_contradict",
                format!("page {page} is empty, although only {listed} of {total} rows have been listed"),
                format!("第 {page} 页为空，但共 {total} 行只列出了 {listed} 行"),
            ),
            Doubt::Repeated { page } => (
                "pages_contradict",
                format!("page {page} has the rows of the page before it"),
                format!("第 {page} 页与上一页的内容相同"),
            ),
            Doubt::Endless(Endless::Passes) => (
                "list_does_not_settle",
                format!("of {MOST_PASSES} readings of the list, no two in a row saw the same orders"),
                format!("列表读取了 {MOST_PASSES} 遍，没有连续两遍看到相同的订单"),
            ),
            Doubt::Endless(Endless::Pages) => (
                "pages_without_end",
                "the pages of the list do not come to an end".to_owned(),
                "列表的分页没有尽头".to_owned(),
            ),
        };
        let problem = Problem::new(code, format!("{}: {en}", doing.en), format!("{}：{zh}", doing.zh));
        Failure::new(
            Class::Transport,
            problem.hint(
                "nothing was skipped, and the watermark stays: the list is read again, after some minutes if it did not settle. If it lasts, set pageSize in the flow file to 500, and report it to OKKI",
                "没有数据被跳过，水位不动：会再次读取该列表（未稳定时隔几分钟再读）。若持续出现，请将流程文件的 pageSize 设为 500，并反馈给小满",
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(ids: &[u32]) -> Vec<Entry> {
        let entry = |id: &u32| Entry { id: id.to_string(), modified: "m".into(), is_inside: true };
        ids.iter().map(entry).collect()
    }

    fn cursor(then: &Then) -> Cursor {
        match then {
            Then::More(text) => Cursor::read(Some(text)),
            other => panic!("{other:?}"),
        }
    }

    /// Pages of a list of two rows a page, each with the total.
    fn walk(mut cursor: Cursor, pages: &[&[u32]], total: Option<u64>) -> Then {
        let mut then = Then::End;
        for page in pages {
            then = cursor.step(2, &entries(page), total, 0).unwrap();
            if let Then::More(text) = &then {
                cursor = Cursor::read(Some(text));
            } else {
                cursor = Cursor::read(None);
            }
        }
        then
    }

    #[test]
    fn two_passes_that_agree_are_the_end_whatever_the_order() {
        let then = walk(Cursor::read(None), &[&[1, 2], &[3]], Some(3));
        let second = cursor(&then);
        assert!(!second.delivers());
        assert_eq!(walk(second, &[&[3, 1], &[2]], Some(3)), Then::End);
    }

    #[test]
    fn what_a_pass_missed_makes_another_one_that_delivers() {
        let missed = walk(Cursor::read(None), &[&[1, 2], &[4]], Some(3));
        let then = walk(cursor(&missed), &[&[2, 3], &[4]], Some(3));
        let third = cursor(&then);
        assert!(third.delivers());
        assert_eq!(walk(third, &[&[2, 3], &[4]], Some(3)), Then::End);
    }

    #[test]
    fn without_a_total_only_an_empty_page_is_the_end_of_a_pass() {
        for total in [None, Some(0)] {
            let then = walk(Cursor::read(None), &[&[1]], total);
            assert_eq!((cursor(&then).pass, cursor(&then).page), (1, 2), "a short page alone is not");
            let then = walk(cursor(&then), &[&[]], total);
            assert_eq!(cursor(&then).pass, 2);
        }
        // A full page that reaches the total is not believed to be the last either.
        let then = walk(Cursor::read(None), &[&[1, 2]], Some(2));
        assert_eq!((cursor(&then).pass, cursor(&then).page), (1, 2));
    }

    #[test]
    fn an_empty_page_before_the_total_and_a_repeated_page_are_doubted() {
        let first = cursor(&walk(Cursor::read(None), &[&[1, 2]], Some(5)));
        let empty = first.clone().step(2, &[], Some(5), 0);
        assert_eq!(empty, Err(Doubt::EmptyTooEarly { page: 2, listed: 2, total: 5 }));
        let again = first.step(2, &entries(&[1, 2]), Some(5), 0);
        assert_eq!(again, Err(Doubt::Repeated { page: 2 }));
        assert_eq!(
            Cursor::read(None).step(2, &[], Some(1), 0).unwrap_err().failure(DOING).class,
            Class::Transport
        );
    }

    #[test]
    fn the_last_page_given_again_beyond_the_end_is_the_end() {
        let first = walk(Cursor::read(None), &[&[1, 2]], Some(2));
        assert_eq!(cursor(&walk(cursor(&first), &[&[1, 2]], Some(2))).pass, 2);
    }

    #[test]
    fn a_clamped_page_is_not_taken_for_the_last() {
        let then = Cursor::read(None).step(500, &entries(&[1, 2]), Some(3), 0).unwrap();
        assert_eq!((cursor(&then).page, cursor(&then).size), (2, 2));
    }

    #[test]
    fn a_list_that_never_settles_ends_in_an_error_and_begins_anew_after_a_rest() {
        let mut then = Then::More(String::new());
        for pass in 0..MOST_PASSES {
            then = cursor(&then).step(2, &entries(&[pass]), Some(1), 1000).unwrap();
        }
        let resting = cursor(&then);
        let early = resting.clone().step(2, &entries(&[1]), Some(1), 1000 + REST - 1);
        assert_eq!(early, Err(Doubt::Endless(Endless::Passes)));
        assert!(resting.delivers());
        let late = resting.step(2, &entries(&[1]), Some(1), 1000 + REST).unwrap();
        assert_eq!((cursor(&late).pass, cursor(&late).rests), (2, None));
    }

    #[test]
    fn pages_without_end_end_in_an_error() {
        for total in [None, Some(6)] {
            let mut here = Cursor::read(None);
            let mut page = 0;
            while here.rests.is_none() {
                page += 1;
                here = cursor(&here.step(2, &entries(&[2 * page, 2 * page + 1]), total, 0).unwrap());
            }
            assert_eq!(u64::from(page), total.map_or(MOST_PAGES, |_| 16));
            assert_eq!(here.step(2, &[], None, 1), Err(Doubt::Endless(Endless::Pages)));
        }
    }

    #[test]
    fn an_empty_list_is_perhaps_the_end_and_a_cursor_is_small() {
        assert_eq!(Cursor::read(None).step(2, &[], Some(0), 0), Ok(Then::PerhapsEnd));
        let mut here = Cursor::read(None);
        for page in 0..5000 {
            here = cursor(&here.step(2, &entries(&[2 * page, 2 * page + 1]), Some(20_000), 0).unwrap());
        }
        assert!(serde_json::to_string(&here).unwrap().len() < 250);
    }

    const DOING: Doing = Doing { en: "reading", zh: "读取" };
}
