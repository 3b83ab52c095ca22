//! Jobs: taken in, gone through window by window after the normal ones, and finished.

use super::batch::Batch;
use super::{Run, Stop, is_due, seconds};
use crate::jobs::{self, Job, Kind, REMEMBERED};
use crate::problem::{Failure, Problem};
use crate::shanghai;
use crate::source::{Page, Walks};
use crate::state::Scan;
use ferry_mapping::{Context, Lookups, Template};

impl Run<'_> {
    /// Takes in what was posted since the last run.
    pub(crate) fn take_in_jobs(&mut self) -> Result<(), Stop> {
        for (number, job) in jobs::posted(self.host, &self.keys, self.work.state.inbox_seen)? {
            self.tell_job(&job, "job_asked");
            let state = &mut self.work.state;
            state.inbox_seen = number;
            state.trash.push(self.keys.inbox(number));
            state.jobs.push(job);
        }
        Ok(())
    }

    /// Asks for the flow file's `omissionRemedy` when its time has come.
    pub(crate) fn open_remedy(&mut self) -> Result<(), Stop> {
        let Some(remedy) = &self.flow.file.source.omission_remedy else { return Ok(()) };
        let now = self.started_ms.div_euclid(1000);
        if !is_due(&remedy.crontab, self.work.state.remedy_began, now)? {
            return Ok(());
        }
        let context = Context { current_time: now, ..self.context() };
        let begin = begin(remedy, &context).map_err(Failure::fatal)?;
        let end = self.work.state.watermark;
        let state = &mut self.work.state;
        state.remedy_began = now;
        // One that is not finished yet covers what this one would.
        if begin < end && !state.jobs.iter().any(|job| job.by_schedule && job.finished_at.is_none()) {
            let id = format!("remedy-{}", shanghai::text(now).replace(' ', "T"));
            let job = Job { by_schedule: true, ..Job::new(id, Kind::Backfill, begin, end, now) };
            state.jobs.push(job.clone());
            self.tell_job(&job, "job_asked");
        }
        Ok(())
    }

    /// Opens the next window of the first job that is not finished. `false`: there is none.
    pub(crate) fn open_job(&mut self) -> bool {
        let widest = match self.flow.source.walks() {
            Walks::Windows { widest } => widest.map(seconds),
            Walks::FullList => None,
        };
        let state = &mut self.work.state;
        let Some(job) = state.jobs.iter().find(|job| job.finished_at.is_none()) else { return false };
        if state.job_scan.is_none() {
            let end = widest.map_or(job.end, |widest| job.end.min(job.done_to + widest));
            state.job_scan = Some(Scan::new(job.done_to, end));
        }
        true
    }

    /// The open window of the job is gone through.
    pub(crate) fn settle_job(&mut self, scan: &Scan) {
        let now = self.now();
        let Some(job) = self.job() else { return };
        job.done_to = scan.end;
        if job.done_to >= job.end {
            job.finished_at = Some(now);
            let job = job.clone();
            self.tell_job(&job, "job_finished");
            let state = &mut self.work.state;
            let finished = state.jobs.iter().filter(|job| job.finished_at.is_some()).count();
            let mut forget = finished.saturating_sub(REMEMBERED);
            state.jobs.retain(|job| {
                let forgotten = forget > 0 && job.finished_at.is_some();
                forget -= usize::from(forgotten);
                !forgotten
            });
        }
    }

    fn job(&mut self) -> Option<&mut Job> {
        self.work.state.jobs.iter_mut().find(|job| job.finished_at.is_none())
    }

    /// Does with a page what the job says.
    pub(crate) fn deliver_for_job(&mut self, page: &Page) -> Result<(), Stop> {
        let before = self.work.counts;
        let kind = self.job().map_or(Kind::Backfill, |job| job.kind);
        match kind {
            Kind::Backfill => self.deliver(page)?,
            Kind::Reconcile => self.compare(page, false)?,
            Kind::ReconcileAndCarry => self.compare(page, true)?,
        }
        let counted = self.work.counts.since(&before);
        if let Some(job) = self.job() {
            job.counts = job.counts.plus(&counted);
            job.counts.pages += 1;
        }
        Ok(())
    }

    /// Lists the records of a page that the target lacks, and delivers them if `carry`.
    fn compare(&mut self, page: &Page, carry: bool) -> Result<(), Stop> {
        let batch = Batch::new(page, &self.flow.shaping, &self.context());
        let (wanted, skipped) = self.not_skipped(&batch);
        self.look_up(&batch, &wanted)?;
        self.wait_out_doubt()?;
        let finder = self.finder.take();
        let context =
            Context { lookups: finder.as_ref().map(|finder| finder as &dyn Lookups), ..self.context() };
        let (mut which, mut documents, mut unmapped) = (Vec::new(), Vec::new(), Vec::new());
        for index in wanted {
            match batch.error(index) {
                Some(_) => unmapped.push(index),
                None => match self.target.map(&batch.record(index), &context) {
                    Ok(document) => {
                        which.push(index);
                        documents.push(document);
                    }
                    Err(_) => unmapped.push(index),
                },
            }
        }
        self.finder = finder;
        let found = self.target.find(&documents).map_err(Stop::Rewind)?;
        let (there, missing): (Vec<_>, Vec<_>) = which.into_iter().zip(found).partition(|(_, found)| *found);
        let counts = &mut self.work.counts;
        counts.records += batch.filtered + skipped + there.len() as u64;
        counts.filtered += batch.filtered + skipped;
        counts.already_there += there.len() as u64;
        // What cannot be mapped cannot be there as it should be.
        let missing: Vec<usize> = missing.into_iter().map(|(index, _)| index).chain(unmapped).collect();
        let ids: Vec<String> = missing.iter().map(|index| self.id(&batch, *index)).collect();
        if let Some(job) = self.job() {
            ids.into_iter().for_each(|id| job.lacks(id));
        }
        if carry {
            let outcomes = self.write(&batch, &missing)?;
            self.count(&batch, missing, outcomes)?;
        } else {
            self.work.counts.records += missing.len() as u64;
            self.work.counts.pending += missing.len() as u64;
        }
        Ok(())
    }

    /// The records that are not on the skip list, and how many are.
    pub(crate) fn not_skipped(&self, batch: &Batch<'_>) -> (Vec<usize>, u64) {
        let all = 0..batch.len();
        let skip = &self.work.state.skip;
        if skip.is_empty() {
            return (all.collect(), 0);
        }
        let wanted: Vec<usize> = all.filter(|index| !skip.contains(&self.id(batch, *index))).collect();
        let skipped = batch.len() - wanted.len();
        (wanted, skipped as u64)
    }
}

/// Where the range of the remedy begins: the earliest time among the parameters that it takes over.
///
/// # Errors
/// One of them is no time: only the range can be taken over.
pub fn begin(remedy: &ferry_mapping::OmissionRemedy, context: &Context<'_>) -> Result<i64, Problem> {
    let mut earliest = None;
    for field in &remedy.take_over_request {
        let value = field.value.as_deref().unwrap_or_default();
        let rendered = Template::compile(value, "source.omissionRemedy")
            .ok()
            .and_then(|template| template.render(None, context, &str::to_owned).ok());
        let time = rendered.as_deref().and_then(shanghai::parse).ok_or_else(|| no_time(&field.field))?;
        earliest = Some(earliest.map_or(time, |earliest: i64| earliest.min(time)));
    }
    earliest.ok_or_else(|| no_time("-"))
}

fn no_time(field: &str) -> Problem {
    Problem::new(
        "not_run",
        format!("source.omissionRemedy: what {field} takes over is no time; the remedy reads a past range again, with the parameters as they are"),
        format!("source.omissionRemedy：{field} 接管的不是时间；补漏会按原有参数重新读取过去一段时间"),
    )
    .hint(
        "keep only the parameter in which the range begins, with a time like {{DAYS_AGO_2|datetime}}",
        "只保留范围起始参数，写成 {{DAYS_AGO_2|datetime}} 这样的时间",
    )
}
