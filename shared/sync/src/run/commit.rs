//! Making permanent what was done, and going back to where that was done last.

use super::{Progress, Run, Stop};
use crate::client::NO_TIME_LEFT;
use crate::lease::{Document, Held, Inherited, Status};
use crate::lookup::Finder;
use crate::problem::{Failure, Problem};
use crate::quota::is_over;
use crate::report::{Report, Trigger};
use ferry_platforms::Class;
use serde::de::IgnoredAny;
use std::time::Duration;

/// A durable write costs about 7 ms (`spin.md` 2): what is redone after a kill is idempotent, so not every page
/// is committed.
const INTERVAL: Duration = Duration::from_millis(250);
/// Keys deleted by one run.
pub(super) const SWEEP: usize = 1000;

/// What becomes of the versions of a flow file.
pub struct FileChange {
    /// How often the one in use was changed, with this time.
    pub changes: u64,
    /// Keys and values to be written.
    pub writes: Vec<(String, Vec<u8>)>,
    /// Keys that nobody needs any more.
    pub gone: Vec<String>,
    /// What is told about it.
    pub told: Problem,
}

impl Run<'_> {
    pub(crate) fn commit_is_due(&self) -> bool {
        self.index.as_ref().is_some_and(|index| index.is_changed())
            || self.host.clock.monotonic().saturating_sub(self.last_commit) >= INTERVAL
    }

    /// First the target, then the state: a kill in between means that rows come again, never that they are missed.
    pub(crate) fn commit(&mut self) -> Result<(), Stop> {
        self.target.flush().map_err(Stop::Rewind)?;
        self.write_state(Status::Held)?;
        self.committed = self.work.clone();
        self.last_commit = self.host.clock.monotonic();
        Ok(())
    }

    /// Writes dead letters, index and state document in one transaction.
    fn write_state(&mut self, status: Status) -> Result<(), Stop> {
        let Some(lease) = self.lease.as_ref().filter(|_| self.has_time_for(Duration::ZERO)) else {
            return Err(Stop::Failed(too_late()));
        };
        let ticket = lease.ticket();
        let used = self.used_keys();
        let mut state = self.work.state.clone();
        state.trash.extend(used);
        self.take_up(&mut state);
        let mut writes = if status == Status::Released { self.besides.clone() } else { Vec::new() };
        if let Some(index) = self.index.as_ref().filter(|index| index.is_changed()) {
            writes = index.writes(&self.keys, ticket, &self.flow.settings.seal, self.host.random);
            index.describe(&self.keys, ticket, &mut state);
        }
        writes.extend(self.finder.as_mut().map(Finder::writes).unwrap_or_default());
        let lease = self.lease.as_ref().expect("looked at above");
        let key = self.keys.state(ticket);
        self.check_store(&key, lease)?;
        let document = match status {
            Status::Released => lease.release(Inherited::State(&state)),
            _ => lease.commit(Inherited::State(&state)),
        };
        writes.push((key.clone(), serde_json::to_vec(&document).expect("the state is plain data")));
        self.host.store.set_many(&writes).map_err(|error| crate::dead::store_failure(&key, &error.0))?;
        if let Some(index) = &mut self.index {
            index.settle(ticket);
        }
        self.called.clear();
        self.work.state = state;
        Ok(())
    }

    /// What we put last must still be there: a store that was emptied or set back meanwhile knows nothing of our
    /// lease, so another run may be at work, and even have drawn our ticket. Then nothing more is written.
    fn check_store(&self, key: &str, lease: &Held) -> Result<(), Stop> {
        let failed = |error: &str| Stop::Failed(crate::dead::store_failure(key, error));
        let bytes = self.host.store.get(key).map_err(|error| failed(&error.0))?;
        let ours = bytes.is_some_and(|bytes| {
            serde_json::from_slice::<Document<IgnoredAny>>(&bytes)
                .is_ok_and(|found| found.status == Status::Held && found.until_ms == lease.until_ms())
        });
        if ours { Ok(()) } else { Err(Stop::Failed(store_set_back(key))) }
    }

    /// Keys of the quota and of tokens that were used since the last time.
    fn used_keys(&mut self) -> Vec<String> {
        let mut used = self.source.used_keys();
        used.extend(self.target.used_keys());
        used.extend(self.finder.as_mut().map(Finder::used_keys).unwrap_or_default());
        used
    }

    /// Back to the last commit. What may be at work at the target is given time to come to its end.
    pub(crate) fn rewind(&mut self) {
        let settles_after = self.flow.settles_after();
        if self.target.is_in_doubt() && !settles_after.is_zero() {
            let until = Some(self.now() + super::seconds(settles_after) + 1);
            self.committed.state.in_doubt_until = self.committed.state.in_doubt_until.max(until);
        }
        self.target.reset();
        self.work = self.committed.clone();
        self.walked_to = None;
        self.index = None;
        if let Some((call, _)) = self.ahead.take() {
            self.host.http.cancel(call);
        }
    }

    /// Deletes what the state of the runs before names as no longer needed.
    pub(crate) fn sweep(&mut self) -> Result<(), Stop> {
        let now = self.host.clock.wall_ms();
        let trash = std::mem::take(&mut self.work.state.trash);
        let (mut keys, mut kept): (Vec<String>, Vec<String>) =
            trash.into_iter().partition(|key| is_over(key, now));
        if keys.len() > SWEEP {
            kept.extend(keys.split_off(SWEEP));
        }
        self.work.state.trash = kept;
        if keys.is_empty() {
            return Ok(());
        }
        self.host
            .store
            .delete_many(&keys)
            .map_err(|error| Stop::Failed(crate::dead::store_failure(&keys[0], &error.0)))
    }

    /// Saves what can be saved, writes the report into the history and gives the lease back.
    pub(crate) fn finish(mut self, result: Result<(), Stop>) -> Report {
        if let Some((call, _)) = self.ahead.take() {
            self.host.http.cancel(call);
        }
        let mut result = match result {
            Err(Stop::Rewind(failure)) => {
                self.rewind();
                Err(if &*failure.problem.code == NO_TIME_LEFT { Stop::Budget } else { Stop::Failed(failure) })
            }
            // A source that asks for patience has not failed: the next run goes on.
            Err(Stop::Failed(failure))
                if failure.class == Class::RateLimit
                    && (self.work.counts.pages > 0 || self.work.retried.tried > 0) =>
            {
                self.notes.push(failure.problem);
                Err(Stop::Budget)
            }
            other => other,
        };
        // Pages that were written before the failure are settled all the same.
        if let Err(failure) = self.target.flush() {
            self.rewind();
            if result.is_ok() || result == Err(Stop::Budget) {
                result = Err(Stop::Failed(failure));
            }
        }
        let failed = !matches!(result, Ok(()) | Err(Stop::Budget));
        let failures = self.work.state.failures;
        self.work.state.failures = match failed {
            true => failures + 1,
            // What a person did says nothing of the flow's way.
            false if self.trigger == Trigger::Operator => failures,
            false => 0,
        };
        if !self.work.counts.adds_up() {
            self.notes.push(Problem::new(
                "report_does_not_add_up",
                format!("the counts of this run do not add up: {:?}", self.work.counts),
                format!("本次运行的计数不平：{:?}", self.work.counts),
            ));
        }
        let mut report = self.report(&result);
        self.tell_events(&report, failures);
        self.work.state.record(report.clone(), self.started_ms.div_euclid(1000));
        if let Err(Stop::Failed(failure)) = self.write_state(Status::Released) {
            let Progress { counts, retried, state, .. } = &self.committed;
            (report.counts, report.retried) = (*counts, *retried);
            report.watermark = Some(crate::shanghai::text(state.watermark));
            report.has_more = true;
            report.error.get_or_insert(failure.problem);
        }
        let level = if report.error.is_some() { "error" } else { "info" };
        let mut line = serde_json::to_value(&report).expect("a report is plain data");
        let fields =
            [("time", crate::shanghai::text(self.now())), ("level", level.into()), ("event", "run".into())];
        for (name, value) in fields {
            line[name] = value.into();
        }
        self.host.log.line(&line.to_string());
        report
    }

    /// An operator's decision: a new watermark. Drops an open window.
    pub fn set_watermark(mut self, watermark: i64) -> Report {
        let before = crate::shanghai::text(self.work.state.watermark);
        let after = crate::shanghai::text(watermark);
        self.trigger = Trigger::Operator;
        self.work.state.watermark = watermark;
        self.work.state.window = None;
        // Of a full list: what has not changed in the source is compared with the target once more.
        self.work.state.digests.clear();
        self.notes.push(Problem::new(
            "watermark_set",
            format!("an operator moved the watermark from {before} to {after}"),
            format!("运维人员将水位从 {before} 改为 {after}"),
        ));
        self.finish(Ok(()))
    }

    /// An operator's decision: this dead letter is not to be delivered. `None`: there is none with this id.
    pub fn delete_dead(mut self, id: &str) -> Option<Report> {
        self.trigger = Trigger::Operator;
        let keys = self.keys.clone();
        let removed = self.index().map(|index| index.remove(id, &keys));
        let result = removed.as_ref().map(|_| ()).map_err(Clone::clone);
        if removed == Ok(true) {
            self.notes.push(Problem::new(
                "dead_deleted",
                format!("an operator deleted the dead letter {id}"),
                format!("运维人员删除了死信 {id}"),
            ));
        }
        let report = self.finish(result);
        (removed != Ok(false)).then_some(report)
    }
}

impl Run<'_> {
    /// An operator's decision about the skip list. `None`: nothing was changed.
    pub fn change_skip_list(
        mut self,
        change: impl FnOnce(&mut std::collections::BTreeSet<String>) -> Option<Problem>,
    ) -> Option<Report> {
        self.trigger = Trigger::Operator;
        let before = self.work.state.skip.clone();
        let said = change(&mut self.work.state.skip);
        if said.is_none() {
            self.work.state.skip = before;
        }
        let changed = said.is_some();
        self.notes.extend(said);
        let report = self.finish(Ok(()));
        changed.then_some(report)
    }

    /// How often the version of the flow file in use was changed.
    pub fn file_changes(&self) -> u64 {
        self.work.state.file_changes
    }

    /// An operator's decision about which version of the flow file is in use: all of it in the commit that gives the
    /// lease back.
    pub fn change_file(mut self, change: FileChange) -> Report {
        self.trigger = Trigger::Operator;
        self.work.state.file_changes = change.changes;
        self.work.state.trash.extend(change.gone);
        self.besides = change.writes;
        self.notes.push(change.told);
        self.finish(Ok(()))
    }

    /// Gives the lease back; nothing was done. If that fails, the lease ends by itself.
    pub fn leave(mut self) {
        let _ = self.write_state(Status::Released);
    }

    /// An operator's decision: a job is not to be worked on any more. `None`: there is no such job.
    pub fn cancel_job(mut self, id: &str) -> Option<Report> {
        self.trigger = Trigger::Operator;
        // One that was posted and not taken in yet can be called off too.
        let taken_in = self.take_in_jobs();
        let now = self.now();
        let state = &mut self.work.state;
        let first = state.jobs.iter().position(|job| job.finished_at.is_none());
        let at = state.jobs.iter().position(|job| job.finished_at.is_none() && job.id == id);
        if let Some(at) = at {
            state.jobs[at].finished_at = Some(now);
            if first == Some(at) {
                state.job_scan = None;
            }
            self.notes.push(Problem::new(
                "job_cancelled",
                format!("an operator called off the job {id}"),
                format!("运维人员取消了任务 {id}"),
            ));
        }
        let report = self.finish(taken_in);
        at.map(|_| report)
    }
}

fn too_late() -> Failure {
    Failure::new(
        Class::Transport,
        Problem::new(
            "lease_over",
            "this run was held up for longer than its lease: its last pages are not counted",
            "本次运行被阻塞的时间超过了租约：最后几页不计入",
        )
        .hint(
            "nothing is lost, the next run carries them again; if it happens often, look at the host's load",
            "数据不会丢失，下次运行会重新处理；如经常发生，请检查主机负载",
        ),
    )
}

fn store_set_back(key: &str) -> Failure {
    Failure::new(
        Class::Fatal,
        Problem::new(
            "store_set_back",
            format!("{key} is no longer what this run left there: the key-value store was emptied or set back while it was at work"),
            format!("{key} 已不是本次运行写入的内容：运行期间键值存储被清空或回退"),
        )
        .hint(
            "this run has stopped; what it wrote to the target since its last commit comes again. Look at the flow's state: where there is none, restore the store. A Redis needs appendonly yes, appendfsync always and no eviction",
            "本次运行已停止；自上次提交以来写入目标的内容会再次处理。请检查流程状态：若状态不存在，请恢复存储。Redis 须设置 appendonly yes、appendfsync always，且不得淘汰键",
        ),
    )
}
