//! Trying dead letters again: the record as it is at the source now, never the payload of then.

use super::batch::Batch;
use super::commit::SWEEP;
use super::deliver::{HOUR, WAITS_FOR};
use super::{Run, Stop};
use crate::dead::{Entry, Letter, WAITS};
use crate::problem::Problem;
use crate::report::{Report, Trigger};
use crate::source::{Ask, NO_SINGLE_RECORDS, Page, Rows, Then};
use crate::target::Outcome;
use ferry_mapping::Value;
use ferry_platforms::Class;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

/// What became of one dead letter that was tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetryResult {
    /// The record's id.
    pub id: String,
    /// `delivered`, `already_there`, `failed`, `waiting` (for a partner record) or `unknown` (no such dead letter).
    pub outcome: &'static str,
    /// Why it failed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
}

/// Where records come from their letters.
const LETTERS_AT_ONCE: usize = 50;
/// By itself a run tries no more than this, so that a heap of dead letters does not hold up what is new.
const PER_RUN: usize = 200;
/// At a person's request no more than this: what a letter leaves behind is named in the state document until a later
/// run deletes it, and that deletes no more either ([`SWEEP`]).
const AT_REQUEST: usize = SWEEP;
/// Letters that are too old go in steps of this size, a step with each run.
const FORGOTTEN_AT_ONCE: usize = SWEEP / 2;

impl Run<'_> {
    /// Once a day: parked letters that nobody has asked for in so many days go, a step with each run until none is left.
    pub(crate) fn forget_old_letters(&mut self) -> Result<(), Stop> {
        let now = self.now();
        let Some(days) = self.flow.settings.dead_retention_days else { return Ok(()) };
        if self.work.state.dead.parked == 0 || now < self.work.state.letters_looked_at + DAY {
            return Ok(());
        }
        let keys = self.keys.clone();
        let index = self.index()?;
        let old = |entry: &&Entry| entry.due.is_none() && entry.first_failed + i64::from(days) * DAY < now;
        let old = index.entries().filter(old).take(FORGOTTEN_AT_ONCE);
        let ids: Vec<String> = old.map(|entry| entry.id.clone()).collect();
        for id in &ids {
            index.remove(id, &keys);
        }
        if ids.len() < FORGOTTEN_AT_ONCE {
            self.work.state.letters_looked_at = now;
        }
        if !ids.is_empty() {
            self.notes.push(Problem::new(
                "dead_forgotten",
                format!("{} dead letters that were parked more than {days} days ago were deleted (dead_retention_days)", ids.len()),
                format!("已删除 {} 条搁置超过 {days} 天的死信（dead_retention_days）", ids.len()),
            ));
        }
        Ok(())
    }

    pub(crate) fn retry_what_is_due(&mut self) -> Result<(), Stop> {
        let now = self.now();
        let pages = &self.work.state.dead.pages;
        if !pages.iter().any(|page| page.next_due.is_some_and(|due| due <= now)) {
            return Ok(());
        }
        let mut due = self.index()?.due(now);
        due.truncate(PER_RUN);
        match self.retry_within(&due, self.limits.budget / 2) {
            // Dead letters never hold up what is new: if they alone cannot be read, they stay due.
            Err(Stop::Failed(failure)) if matches!(failure.class, Class::Row | Class::Fatal) => {
                self.event("error", "retry_failed", Some(&failure.problem));
                self.notes.push(failure.problem);
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    /// At a person's request: these, or all, parked ones too, as far as the budget goes and at most 1,000 a call. All begin
    /// with those that have been left alone for the longest, so that who asks again gets to the others.
    pub fn retry_dead(mut self, ids: Option<&[String]>) -> (Vec<RetryResult>, Report) {
        self.trigger = Trigger::Operator;
        let swept = self.sweep();
        let mut chosen: Result<Vec<String>, Stop> = match (swept.and_then(|()| self.index()), ids) {
            (Ok(_), Some(ids)) => Ok(ids.to_vec()),
            (Ok(index), None) => Ok(index.longest_left_alone().map(|entry| entry.id.clone()).collect()),
            (Err(stop), _) => Err(stop),
        };
        let mut results = Vec::new();
        let mut done = Ok(());
        if let Ok(chosen) = &mut chosen
            && chosen.len() > AT_REQUEST
        {
            chosen.truncate(AT_REQUEST);
            done = Err(Stop::Budget);
        }
        match chosen {
            Ok(chosen) => {
                for ids in chosen.chunks(self.ids_per_call()) {
                    if !results.is_empty() && !self.within_limits() {
                        done = Err(Stop::Budget);
                        break;
                    }
                    match self.retry(ids).and_then(|some| self.commit().map(|()| some)) {
                        Ok(some) => results.extend(some),
                        Err(stop) => {
                            done = Err(stop);
                            break;
                        }
                    }
                }
            }
            Err(stop) => done = Err(stop),
        }
        (results, self.finish(done))
    }

    fn retry(&mut self, ids: &[String]) -> Result<Vec<RetryResult>, Stop> {
        self.retry_within(ids, Duration::MAX)
    }

    /// Tries those again that can be asked for within this time since the run began.
    fn retry_within(&mut self, ids: &[String], time: Duration) -> Result<Vec<RetryResult>, Stop> {
        let mut results = Vec::new();
        let per_call = self.ids_per_call();
        for ids in ids.chunks(per_call) {
            if !results.is_empty() && self.elapsed() >= time {
                break;
            }
            let (known, unknown): (Vec<String>, Vec<String>) = {
                let index = self.index()?;
                ids.iter().cloned().partition(|id| index.entry(id).is_some())
            };
            results.extend(unknown.into_iter().map(|id| RetryResult { id, outcome: "unknown", error: None }));
            if known.is_empty() {
                continue;
            }
            let asked = self.at_source(&known);
            let mut missing: HashSet<String> = known.into_iter().collect();
            for some in asked.chunks(per_call) {
                let page = self.as_they_are_now(some)?;
                results.extend(self.try_again(&page, &mut missing)?);
            }
            for id in missing {
                results.push(self.retried(id, Outcome::Dead(not_at_source()))?);
            }
        }
        Ok(results)
    }

    fn ids_per_call(&self) -> usize {
        match self.source.ids_per_call() {
            0 => LETTERS_AT_ONCE,
            most => most,
        }
    }

    /// The records with these ids: from the source, or else from their letters. These hold the newest of each that
    /// has been seen, since a delivery of a later one would have removed the letter.
    fn as_they_are_now(&mut self, ids: &[String]) -> Result<Page, Stop> {
        if self.source.ids_per_call() > 0 {
            match self.fetch(&Ask::Ids(ids.to_vec())) {
                Err(Stop::Failed(failure)) if &*failure.problem.code == NO_SINGLE_RECORDS => {
                    self.event("info", NO_SINGLE_RECORDS, Some(&failure.problem));
                }
                other => return other,
            }
        }
        let entries: Vec<Entry> = {
            let index = self.index()?;
            ids.iter().filter_map(|id| index.entry(id).cloned()).collect()
        };
        let mut records = Vec::new();
        for entry in entries {
            let (store, seal) = (self.host.store, &self.flow.settings.seal);
            let letter = crate::dead::letter(store, &self.keys, seal, &entry)?;
            records.extend(letter.map(|letter| Value::Object(letter.record)));
        }
        Ok(Page { rows: Rows::Records(records), then: Then::End, source_now: None })
    }

    /// The ids to ask the source for. A flattened record's is its own without the row's number; but an id that
    /// ends like one may as well be that of a record that could not be flattened.
    fn at_source(&self, ids: &[String]) -> Vec<String> {
        if !self.flow.shaping.flattens() {
            return ids.to_vec();
        }
        let shaping = &self.flow.shaping;
        let mut all = BTreeSet::new();
        for id in ids {
            all.insert(id.as_str());
            all.extend(shaping.id_at_source(id));
        }
        all.into_iter().map(str::to_owned).collect()
    }

    /// Tries the records of a page again that have letters among `missing`, and takes these out.
    fn try_again(&mut self, page: &Page, missing: &mut HashSet<String>) -> Result<Vec<RetryResult>, Stop> {
        let batch = Batch::new(page, &self.flow.shaping, &self.context());
        let ids: Vec<(String, String)> = (0..batch.len())
            .map(|index| (self.id(&batch, index), self.id_at_source(page, batch.row(index))))
            .collect();
        let wanted = |(id, whole): &(String, String)| missing.contains(id) || missing.contains(whole);
        let which: Vec<usize> = (0..batch.len()).filter(|index| wanted(&ids[*index])).collect();
        let outcomes = self.write(&batch, &which)?;
        let mut results = Vec::new();
        // Records that could not be flattened then, and the first of their rows that fails now.
        let mut flattened: BTreeMap<&str, Option<Problem>> = BTreeMap::new();
        for (index, outcome) in which.into_iter().zip(outcomes) {
            let (id, whole) = &ids[index];
            if id != whole && missing.contains(whole) {
                let failed = flattened.entry(whole).or_default();
                if let (None, Outcome::Dead(problem) | Outcome::Waiting(problem)) = (&failed, &outcome) {
                    *failed = Some(problem.clone());
                }
            }
            if missing.remove(id) {
                results.push(self.retried(id.clone(), outcome)?);
            } else if let Outcome::Dead(problem) | Outcome::Waiting(problem) = outcome {
                self.bury(&batch, index, problem)?;
            }
        }
        for (whole, failed) in flattened {
            missing.remove(whole);
            results.push(self.flattened_at_last(whole, failed)?);
        }
        // A record that cannot be flattened now answers for the letters of its rows too.
        for (index, (id, whole)) in ids.iter().enumerate().filter(|(_, (id, whole))| id == whole) {
            let Some(error) = batch.error(index).map(Problem::from) else { continue };
            let of_row = |letter: &&String| self.flow.shaping.id_at_source(letter) == Some(whole.as_str());
            let of_rows: Vec<String> = missing.iter().filter(of_row).cloned().collect();
            for letter in of_rows.into_iter().filter(|letter| letter != id) {
                missing.remove(&letter);
                results.push(self.retried(letter, Outcome::Dead(error.clone()))?);
            }
        }
        Ok(results)
    }

    /// The letter of a record as a whole is done with: its rows were carried, or have letters of their own.
    fn flattened_at_last(&mut self, id: &str, failed: Option<Problem>) -> Result<RetryResult, Stop> {
        self.work.retried.tried += 1;
        let keys = self.keys.clone();
        self.index()?.remove(id, &keys);
        match failed {
            None => self.work.retried.delivered += 1,
            Some(_) => self.work.retried.failed += 1,
        }
        let outcome = if failed.is_none() { "delivered" } else { "failed" };
        Ok(RetryResult { id: id.to_owned(), outcome, error: failed })
    }

    fn retried(&mut self, id: String, outcome: Outcome) -> Result<RetryResult, Stop> {
        self.work.retried.tried += 1;
        let (outcome, error) = match outcome {
            Outcome::Written => ("delivered", None),
            Outcome::AlreadyThere => ("already_there", None),
            Outcome::Dead(problem) => ("failed", Some(problem)),
            Outcome::Waiting(problem) => ("waiting", Some(problem)),
        };
        match &error {
            None => {
                self.work.retried.delivered += 1;
                let keys = self.keys.clone();
                self.index()?.remove(&id, &keys);
            }
            Some(problem) => self.failed_again(&id, problem.clone())?,
        }
        Ok(RetryResult { id, outcome, error })
    }

    /// The next delay, or none left: parked.
    fn failed_again(&mut self, id: &str, error: Problem) -> Result<(), Stop> {
        let now = self.now();
        let Some(entry) = self.index()?.entry(id).cloned() else { return Ok(()) };
        let old = crate::dead::letter(self.host.store, &self.keys, &self.flow.settings.seal, &entry)?;
        // One that waited for its partner, and now is refused, begins anew.
        let refused_now = entry.waits_for_partner() && &*error.code != WAITS;
        if refused_now {
            self.work.buried.add(id, &error);
        }
        let attempts = if refused_now { 0 } else { entry.attempts };
        let delays = &self.flow.file.delivery.retries;
        let due = match &*error.code {
            NOT_AT_SOURCE => None,
            WAITS => Some(now + HOUR).filter(|due| *due <= entry.first_failed + WAITS_FOR),
            _ => delays.get(attempts as usize).map(|delay| now + super::seconds(*delay)),
        };
        match due {
            Some(_) => self.work.retried.failed += 1,
            None => self.work.retried.parked += 1,
        }
        let letter = Letter {
            id: id.to_owned(),
            number: old.as_ref().map(|old| old.number.clone()).unwrap_or_default(),
            record: old.map(|old| old.record).unwrap_or_default(),
            error,
            attempts: attempts + 1,
            first_failed: entry.first_failed,
            last_failed: now,
            due,
        };
        let (keys, ticket) = (self.keys.clone(), self.ticket());
        self.index()?.put(letter, &keys, ticket);
        Ok(())
    }
}

const DAY: i64 = 86_400;
const NOT_AT_SOURCE: &str = "not_at_source";

fn not_at_source() -> Problem {
    Problem::new(
        NOT_AT_SOURCE,
        "the source no longer returns this record under the flow's filter, or its condition leaves the record out",
        "源系统在该流程的过滤条件下已不再返回此记录，或流程的 condition 已将其排除",
    )
    .hint(
        "it was deleted or no longer meets the filter or condition: delete this dead letter, or retry it once the record is back",
        "该记录已被删除或不再满足条件：可删除此死信，或待记录恢复后重试",
    )
}
