//! One run of a flow: the way of a record (`design.md` 1), in code.
//!
//! `carry` is the order of things: dead letters that are due, the window from the watermark to now, and
//! the jobs and the scheduled full scan. Each walks page by page through `walk`. What has been done since the last
//! commit counts for nothing until the target has made it durable and the state document says so; a failure in
//! between takes the run back to its last commit, and a kill leaves the next run there.

mod batch;
mod commit;
mod deliver;
mod dry;
mod fetch;
mod full_list;
mod history;
pub mod job;
mod retry;

pub use commit::FileChange;
pub use full_list::MOST_DIGESTS;
use history::Buried;
pub use retry::RetryResult;

use crate::dead::Index;
use crate::flow::Flow;
use crate::host::{CallId, Host};
use crate::lease::{Clocks, Held};
use crate::lookup::Finder;
use crate::problem::{Failure, Problem};
use crate::report::{Calls, Counts, Report, Retried, Trigger, WindowText};
use crate::shanghai;
use crate::source::{Ask, Source, Then, Walks};
use crate::state::{Keys, Scan, State};
use crate::tally::Interface;
use crate::target::Target;
use ferry_mapping::{Context, Crontab};
use ferry_platforms::Class;
use std::time::Duration;

/// What a caller may ask of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Begin no page after so many.
    pub max_pages: Option<u64>,
    /// Begin no page after this time.
    pub budget: Duration,
    /// Go on although the target refuses record after record for one and the same reason.
    pub accept_dead: bool,
}

/// The pages that a walk has seen in this run.
#[derive(Debug, Default)]
struct Before {
    pages: usize,
    last: Option<usize>,
    largest: usize,
}

impl Before {
    fn saw(&mut self, rows: usize) {
        self.pages += 1;
        self.last = Some(rows);
        self.largest = self.largest.max(rows);
    }
}

/// Why a piece of a run ended early.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    /// Time or pages are spent; there is more to do.
    Budget,
    /// What was written since the last commit does not count: back to it, and again where that may help.
    Rewind(Failure),
    /// The run ends here; what was done so far counts.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(failure)
    }
}

impl Stop {
    /// For what fails between the first write of a page and its last: the page is half done.
    pub(crate) fn half_done(self) -> Self {
        match self {
            Stop::Failed(failure) => Stop::Rewind(failure),
            other => other,
        }
    }
}

/// Which rows are walked over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    Window,
    Job,
    Everything,
}

/// What a commit makes permanent, and a rewind takes back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    pub state: State,
    pub counts: Counts,
    pub retried: Retried,
    /// Records that had no dead letter before this run.
    pub buried: Buried,
}

impl Progress {
    pub fn scan(&mut self, walk: Walk) -> &mut Option<Scan> {
        match walk {
            Walk::Window => &mut self.state.window,
            Walk::Job => &mut self.state.job_scan,
            Walk::Everything => &mut self.state.full_scan,
        }
    }
}

/// One run, holding the lease.
pub struct Run<'h> {
    pub(crate) host: Host<'h>,
    pub(crate) flow: &'h Flow,
    pub(crate) keys: Keys,
    pub(crate) source: Box<dyn Source + 'h>,
    pub(crate) target: Box<dyn Target + 'h>,
    /// What the mapping looks up, where it does.
    pub(crate) finder: Option<Finder<'h>>,
    /// `None` in a dry run, which writes nothing.
    pub(crate) lease: Option<Held>,
    /// The monotonic time from which the budget counts.
    pub(crate) began: Duration,
    pub(crate) limits: Limits,
    pub(crate) trigger: Trigger,
    pub(crate) run_id: String,
    /// Unix ms.
    pub(crate) started_ms: i64,
    /// The watermark before this run, for the mapping's `LAST_SYNC_TIME`.
    pub(crate) last_sync: i64,
    pub(crate) committed: Progress,
    pub(crate) work: Progress,
    /// The dead letters' index, once it was needed.
    pub(crate) index: Option<Index>,
    /// Pages asked for, those without rows too.
    pub(crate) begun: u64,
    /// The page that is under way while the one before it is written.
    pub(crate) ahead: Option<(CallId, Ask)>,
    pub(crate) last_commit: Duration,
    pub(crate) window: Option<WindowText>,
    /// The end of the window that this run has been through, Unix seconds.
    pub(crate) walked_to: Option<i64>,
    /// Of a full list: this run has been at its end, all else is done, and it began at the front once more.
    pub(crate) looks_again: bool,
    pub(crate) full_scan: bool,
    pub(crate) notes: Vec<Problem>,
    /// For what the target refused records until the run was stopped for it.
    pub(crate) refused: Option<Box<str>>,
    /// Calls that no commit has taken up yet.
    pub(crate) called: Vec<Interface>,
    /// Keys and values that the last commit is to write besides.
    pub(crate) besides: Vec<(String, Vec<u8>)>,
}

/// Seconds: the limits of these vendors are counted by the minute.
const RETRY_AFTER: u32 = 60;
/// A target that lost its transaction is tried so many times in all.
const TRIES: u32 = 3;

impl<'h> Run<'h> {
    /// A run that holds `lease` (a dry run needs none), from `state`.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        host: Host<'h>,
        flow: &'h Flow,
        source: Box<dyn Source + 'h>,
        target: Box<dyn Target + 'h>,
        finder: Option<Finder<'h>>,
        lease: Option<Held>,
        limits: Limits,
        trigger: Trigger,
        state: State,
    ) -> Self {
        let last_sync = state.watermark;
        let work = Progress {
            state,
            counts: Counts::default(),
            retried: Retried::default(),
            buried: Buried::default(),
        };
        let mut salt = [0; 3];
        host.random.fill(&mut salt);
        let ticket = lease.as_ref().map_or(0, Held::ticket);
        let run_id = format!("{ticket}-{:02x}{:02x}{:02x}", salt[0], salt[1], salt[2]);
        Run {
            host,
            flow,
            keys: Keys(flow.file.name.clone()),
            source,
            target,
            finder,
            began: host.clock.monotonic(),
            lease,
            limits,
            trigger,
            run_id,
            started_ms: host.clock.wall_ms(),
            last_sync,
            committed: work.clone(),
            work,
            index: None,
            begun: 0,
            ahead: None,
            last_commit: host.clock.monotonic(),
            window: None,
            walked_to: None,
            looks_again: false,
            full_scan: false,
            notes: Vec::new(),
            refused: None,
            called: Vec::new(),
            besides: Vec::new(),
        }
    }

    /// Carries what there is to carry within the limits, writes the history, and gives the lease back.
    pub fn run(mut self) -> Report {
        let result = self.carry_and_survive();
        self.finish(result)
    }

    fn carry_and_survive(&mut self) -> Result<(), Stop> {
        let mut survived: Option<(Failure, u64)> = None;
        let mut more_tries = 1..TRIES;
        loop {
            match self.carry() {
                Err(Stop::Rewind(failure))
                    if more_tries.next().is_some() && self.is_worth_another_try(&failure) =>
                {
                    self.event("warn", "rewind", Some(&failure.problem));
                    self.rewind();
                    survived = Some((failure, self.work.counts.pages));
                    self.host.clock.sleep(Duration::from_millis(500));
                }
                other => return self.unless_in_vain(other, survived),
            }
        }
    }

    /// A try for which no time or page was left has not survived the failure before it: that is what to tell, or a
    /// target that is down would look like a budget that is spent.
    fn unless_in_vain(&self, result: Result<(), Stop>, survived: Option<(Failure, u64)>) -> Result<(), Stop> {
        match (result, survived) {
            (Err(Stop::Budget), Some((failure, pages))) if self.work.counts.pages == pages => {
                Err(Stop::Rewind(failure))
            }
            (result, _) => result,
        }
    }

    fn is_worth_another_try(&self, failure: &Failure) -> bool {
        matches!(failure.class, Class::Transport | Class::RateLimit) && self.elapsed() < self.limits.budget
    }

    /// The order of things.
    fn carry(&mut self) -> Result<(), Stop> {
        self.sweep()?;
        self.take_in_jobs()?;
        self.forget_old_letters()?;
        self.retry_what_is_due()?;
        while self.open_window()? {
            self.walk(Walk::Window)?;
        }
        self.open_remedy()?;
        while self.open_job() {
            self.walk(Walk::Job)?;
        }
        self.open_full_scan()?;
        self.walk(Walk::Everything)?;
        self.look_again()
    }

    /// Reads, maps and writes page after page until the walk is at its end.
    fn walk(&mut self, walk: Walk) -> Result<(), Stop> {
        let mut before = Before::default();
        while let Some(scan) = self.work.scan(walk).clone() {
            self.may_begin_a_page()?;
            let everything = self.is_of_everything(walk);
            let ask = Ask::next(&scan, everything);
            let mut page = self.fetch(&ask)?;
            if page.then == Then::PerhapsEnd && !self.is_surely_the_end(&scan, &before) {
                page = self.fetch(&ask)?;
            }
            self.begun += 1;
            before.saw(page.rows.len());
            if scan.cursor.is_none() {
                self.heed_the_sources_clock(walk, page.source_now);
            }
            let scan = Scan {
                records: scan.records + page.rows.len() as u64,
                pages: scan.pages + 1,
                ..self.work.scan(walk).clone().unwrap_or(scan)
            };
            let next = match &page.then {
                Then::More(cursor) => Some(Scan { cursor: Some(cursor.clone()), ..scan.clone() }),
                Then::End | Then::PerhapsEnd => None,
            };
            if let Some(next) = &next {
                self.fetch_ahead(Ask::next(next, everything));
            }
            if page.rows.is_empty() {
                if walk == Walk::Window {
                    self.forget_page(&scan);
                }
            } else {
                match walk {
                    Walk::Job => self.deliver_for_job(&page).map_err(Stop::half_done)?,
                    Walk::Window | Walk::Everything => self.deliver_changed(&page, &scan)?,
                }
                self.work.counts.pages += 1;
            }
            match next {
                Some(next) => *self.work.scan(walk) = Some(next),
                None => {
                    *self.work.scan(walk) = Some(scan);
                    self.settle(walk);
                    break;
                }
            }
            if self.commit_is_due() {
                self.commit()?;
            }
        }
        Ok(())
    }

    /// Whether a walk asks for everything, not for a window.
    fn is_of_everything(&self, walk: Walk) -> bool {
        walk == Walk::Everything || self.is_full_list()
    }

    /// An empty page is not believed on its own word: the page before it was short, or the window reaches back no
    /// further than the look-back of the next one, which reads all of it again.
    fn is_surely_the_end(&self, scan: &Scan, before: &Before) -> bool {
        match before.last {
            // What is full, the server decides: it may clamp pages to less than was asked for.
            Some(last) if before.pages > 1 => last < before.largest,
            Some(last) => last < self.flow.file.source.pagination.page_size as usize,
            None => {
                let looked_back = seconds(self.flow.file.delivery.look_back);
                scan.cursor.is_none() && scan.begin > 0 && scan.end - scan.begin <= 2 * looked_back
            }
        }
    }

    /// Opens the window from the watermark (less the look-back) to now (less the safety lag), unless one is open.
    /// `false`: this run has been through the window that ends now.
    fn open_window(&mut self) -> Result<bool, Stop> {
        let delivery = &self.flow.file.delivery;
        let is_full_list = self.is_full_list();
        let state = &mut self.work.state;
        let now = self.started_ms.div_euclid(1000);
        let end = now - seconds(delivery.safety_lag);
        if state.window.is_none() {
            if self.walked_to.is_some_and(|walked| walked >= end || is_full_list) {
                return Ok(false);
            }
            let widest = match self.flow.source.walks() {
                Walks::Windows { widest } => widest.map(seconds),
                Walks::FullList => {
                    self.open_list(end);
                    return Ok(true);
                }
            };
            if state.watermark > now + CLOCK_TOLERANCE {
                return Err(Stop::Failed(watermark_in_future(state.watermark, now)));
            }
            let begin = (state.watermark - seconds(delivery.look_back)).max(0);
            let end = end.max(state.watermark);
            state.window = Some(Scan::new(begin, widest.map_or(end, |widest| end.min(begin + widest))));
        }
        self.window = state.window.as_ref().map(window_text);
        Ok(true)
    }

    /// Opens the full scan when its time has come.
    fn open_full_scan(&mut self) -> Result<(), Stop> {
        let now = self.started_ms.div_euclid(1000);
        let state = &mut self.work.state;
        if let (None, Some(scan)) = (&state.full_scan, &self.flow.file.source.full_scan)
            && is_due(&scan.crontab, state.full_scan_began, now).map_err(Stop::Failed)?
        {
            state.full_scan = Some(Scan::new(0, now));
            state.full_scan_began = now;
        }
        self.full_scan |= state.full_scan.is_some();
        Ok(())
    }

    /// The walk is at its end: all of it is delivered or among the dead letters.
    fn settle(&mut self, walk: Walk) {
        let scan = self.work.scan(walk).take();
        if let (Some(scan), Walk::Job) = (&scan, walk) {
            self.settle_job(scan);
        }
        if let (Some(scan), Walk::Window) = (scan, walk) {
            self.forget_pages_after(&scan);
            self.walked_to = Some(scan.end);
            self.work.state.watermark = self.work.state.watermark.max(scan.settles);
        }
    }

    /// A record may yet be stamped with any time after the source's own now: the watermark stays behind that.
    fn heed_the_sources_clock(&mut self, walk: Walk, source_now: Option<i64>) {
        let Some(source_now) = source_now else { return };
        let lag = seconds(self.flow.file.delivery.safety_lag);
        if let Some(scan) = self.work.scan(walk) {
            scan.settles = scan.settles.min(source_now - lag);
        }
        let skew = source_now - self.host.clock.wall_ms().div_euclid(1000);
        if skew.abs() > CLOCK_TOLERANCE && !self.notes.iter().any(|note| &*note.code == "clock_skew") {
            self.notes.push(
                Problem::new(
                    "clock_skew",
                    format!("the source's clock differs from ours by {skew} s"),
                    format!("源系统时钟与本机相差 {skew} 秒"),
                )
                .hint(
                    "nothing is lost by it, but signatures may be refused: set both clocks by NTP",
                    "不会因此丢失数据，但签名可能被拒绝：请用 NTP 校准两边时钟",
                ),
            );
        }
    }

    /// For the mapping: `LAST_SYNC_TIME` is the last watermark, `CURRENT_TIME` this run's start.
    pub(crate) fn context(&self) -> Context<'h> {
        Context {
            params: &self.flow.file.params,
            last_sync_time: self.last_sync,
            current_time: self.started_ms.div_euclid(1000),
            page_size: self.flow.file.source.pagination.page_size,
            start_page: 0,
            start_row: 0,
            lookups: None,
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.host.clock.wall_ms().div_euclid(1000)
    }

    /// Whether something that takes at most so long still ends within the lease.
    pub(crate) fn has_time_for(&self, time: Duration) -> bool {
        let Some(lease) = &self.lease else { return true };
        lease.remaining(clocks(self.host)) > time
    }

    pub(crate) fn ticket(&self) -> u64 {
        self.lease.as_ref().map_or(0, Held::ticket)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.host.clock.monotonic().saturating_sub(self.began)
    }

    fn within_limits(&self) -> bool {
        self.limits.max_pages.is_none_or(|most| self.work.counts.pages < most)
            && self.elapsed() < self.limits.budget
    }

    /// A run begins at least one page, whatever its budget.
    fn may_begin_a_page(&self) -> Result<(), Stop> {
        let first = self.begun == 0 && self.limits.max_pages != Some(0);
        if first || self.within_limits() { Ok(()) } else { Err(Stop::Budget) }
    }

    fn report(&self, result: &Result<(), Stop>) -> Report {
        Report {
            flow: self.flow.file.name.clone(),
            run_id: self.run_id.clone(),
            trigger: self.trigger,
            flow_file: self.flow.digest.clone(),
            version: self.flow.version,
            started_at: shanghai::text(self.started_ms.div_euclid(1000)),
            window: self.window.clone(),
            counts: self.work.counts,
            retried: self.work.retried,
            calls: Calls {
                source: self.source.calls(),
                lookup: self.target.lookups() + self.finder.as_ref().map_or(0, Finder::calls),
                target: self.target.calls(),
            },
            watermark: Some(shanghai::text(self.work.state.watermark)),
            has_more: match result {
                Err(Stop::Budget) => !self.looks_again,
                result => result.is_err(),
            },
            full_scan: self.full_scan,
            duration_ms: u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX),
            notes: self.notes.clone(),
            dry_run: None,
            retry_after: match result {
                Err(Stop::Failed(failure)) if failure.class == Class::RateLimit => Some(RETRY_AFTER),
                _ => None,
            },
            error: match result {
                Err(Stop::Rewind(failure) | Stop::Failed(failure)) => Some(failure.problem.clone()),
                _ => None,
            },
        }
    }

    /// A log line about this run.
    pub(crate) fn event(&self, level: &str, event: &str, problem: Option<&Problem>) {
        let line = serde_json::json!({
            "time": shanghai::text(self.now()),
            "level": level,
            "flow": self.flow.file.name,
            "run_id": self.run_id,
            "event": event,
            "problem": problem,
        });
        self.host.log.line(&line.to_string());
    }
}

/// Both clocks, the monotonic one first (see [`Clocks`]).
pub(crate) fn clocks(host: Host<'_>) -> Clocks {
    let monotonic = host.clock.monotonic();
    Clocks { monotonic, wall_ms: host.clock.wall_ms() }
}

/// Clocks that differ by less are taken for the same, in seconds.
pub(crate) const CLOCK_TOLERANCE: i64 = 60;

pub(crate) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX / 4)
}

pub(crate) fn window_text(scan: &Scan) -> WindowText {
    WindowText { begin: shanghai::text(scan.begin), end: shanghai::text(scan.end) }
}

fn watermark_in_future(watermark: i64, now: i64) -> Failure {
    let (watermark, now) = (shanghai::text(watermark), shanghai::text(now));
    Failure::fatal(
        Problem::new(
            "watermark_in_future",
            format!("the watermark {watermark} lies after now, {now}"),
            format!("水位 {watermark} 晚于当前时间 {now}"),
        )
        .hint(
            "nothing was read; set this machine's clock, or PUT an earlier watermark",
            "未读取任何数据；请校准本机时钟，或用 PUT 设置更早的水位",
        ),
    )
}

/// Whether a five-field crontab (Shanghai time) has come up since `began`.
fn is_due(crontab: &str, began: i64, now: i64) -> Result<bool, Failure> {
    let crontab = Crontab::parse(crontab).map_err(|error| {
        Failure::fatal(Problem::new(
            "crontab_invalid",
            format!("the crontab {crontab:?} of the full scan: {error}"),
            format!("全量扫描的 crontab {crontab:?} 无效：{error}"),
        ))
    })?;
    Ok(crontab.latest(now, shanghai::OFFSET.into()).is_some_and(|latest| latest > began))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scan_is_due_once_its_hour_has_passed_in_shanghai() {
        let at = |text| shanghai::parse(text).unwrap();
        let due = |began, now| is_due("17 3 * * *", at(began), at(now)).unwrap();
        assert!(!due("2026-11-20 03:17:00", "2026-11-21 03:16:59"));
        assert!(due("2026-11-20 03:17:00", "2026-11-21 03:17:00"));
        assert!(due("2026-11-20 03:16:00", "2026-11-20 03:18:00"));
        assert!(due("2026-11-01 00:00:00", "2026-11-20 00:00:00"), "missed ones count once");
        assert!(is_due("every day", 0, 1).is_err());
    }
}
