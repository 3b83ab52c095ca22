//! Mapping and writing the rows of a page, and what becomes of each.

use super::batch::Batch;
use super::{Run, Stop};
use crate::dead::{Index, Letter, WAITS};
use crate::problem::{Failure, Problem};
use crate::shanghai;
use crate::source::Page;
use crate::target::Outcome;
use ferry_mapping::{Context, Lookups, Record, Value};
use std::time::Duration;

/// A record that waits for its partner is tried so often, in seconds …
pub(super) const HOUR: i64 = 3600;
/// … and for so long (`design.md` 4).
pub(super) const WAITS_FOR: i64 = 7 * 24 * HOUR;

impl Run<'_> {
    /// Every record of the page is left out by the condition, written, found, or put among the dead letters.
    pub(crate) fn deliver(&mut self, page: &Page) -> Result<(), Stop> {
        let batch = Batch::new(page, &self.flow.shaping, &self.context());
        let (wanted, skipped) = self.not_skipped(&batch);
        let outcomes = self.write(&batch, &wanted)?;
        let counts = &mut self.work.counts;
        counts.records += batch.filtered + skipped;
        counts.filtered += batch.filtered + skipped;
        self.count(&batch, wanted, outcomes)?;
        self.clear_flattened(page, &batch)
    }

    /// Counts what became of records, and keeps those that were not delivered.
    pub(crate) fn count(
        &mut self,
        batch: &Batch<'_>,
        which: Vec<usize>,
        outcomes: Vec<Outcome>,
    ) -> Result<(), Stop> {
        self.work.counts.records += outcomes.len() as u64;
        for (index, outcome) in which.into_iter().zip(outcomes) {
            let counts = &mut self.work.counts;
            let undelivered = match outcome {
                Outcome::Written => {
                    counts.written += 1;
                    None
                }
                Outcome::AlreadyThere => {
                    counts.already_there += 1;
                    None
                }
                Outcome::Dead(problem) => {
                    counts.dead += 1;
                    self.heed_refusal(&problem)?;
                    Some(problem)
                }
                Outcome::Waiting(problem) => {
                    counts.pending += 1;
                    Some(problem)
                }
            };
            match undelivered {
                Some(problem) => self.bury(batch, index, problem)?,
                None => {
                    self.work.state.refused = None;
                    // Most flows have none most of the time, and then no record is asked for its id.
                    if self.has_dead_letters() {
                        let id = self.id(batch, index);
                        self.clear(&id)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// When the target refuses record after record for the same reason, the reason is not in the records: they
    /// are not made dead letters one by one. An error of the mapping is another thing: it is known where it is.
    fn heed_refusal(&mut self, problem: &Problem) -> Result<(), Stop> {
        if !problem.expression.is_empty() {
            return Ok(());
        }
        let in_a_row = match self.work.state.refused.take() {
            Some((code, in_a_row)) if code == problem.code => in_a_row + 1,
            _ => 1,
        };
        self.work.state.refused = Some((problem.code.clone(), in_a_row));
        if in_a_row < STOP_AFTER || self.limits.accept_dead {
            return Ok(());
        }
        self.refused = Some(problem.code.clone());
        Err(Stop::Failed(Failure::fatal(refused_in_a_row(problem))))
    }

    /// A page of which nothing has changed since all of it was delivered.
    pub(crate) fn leave_alone(&mut self, page: &Page) {
        let batch = Batch::new(page, &self.flow.shaping, &self.context());
        let counts = &mut self.work.counts;
        counts.records += batch.len() as u64 + batch.filtered;
        counts.filtered += batch.filtered;
        counts.already_there += batch.len() as u64;
    }

    /// Looks up all that the mapping of these records needs, in as few calls as can be.
    pub(crate) fn look_up(&mut self, batch: &Batch<'_>, which: &[usize]) -> Result<(), Failure> {
        let context = self.context();
        let (target, Some(finder)) = (&self.target, &mut self.finder) else { return Ok(()) };
        finder.resolve(&mut |lookups| {
            let context = Context { lookups: Some(lookups), ..context };
            for &index in which.iter().filter(|index| batch.error(**index).is_none()) {
                // Errors are for the mapping that counts, once all is known.
                let _ = target.map(&batch.record(index), &context);
            }
        })
    }

    /// Gives what may be at work at the target the time to come to its end, or leaves the page to a later run.
    pub(crate) fn wait_out_doubt(&mut self) -> Result<(), Stop> {
        let Some(until) = self.work.state.in_doubt_until else { return Ok(()) };
        let wait = Duration::from_secs(u64::try_from(until - self.now()).unwrap_or(0));
        if !wait.is_zero() {
            let problem = in_doubt(until);
            self.event("warn", "in_doubt", Some(&problem));
            if self.elapsed() + wait > self.limits.budget {
                self.notes.push(problem);
                return Err(Stop::Budget);
            }
            self.host.clock.sleep(wait);
        }
        self.work.state.in_doubt_until = None;
        self.committed.state.in_doubt_until = None;
        Ok(())
    }

    /// Maps and writes some of the records; what became of each, in order.
    pub(crate) fn write(&mut self, batch: &Batch<'_>, which: &[usize]) -> Result<Vec<Outcome>, Stop> {
        self.look_up(batch, which)?;
        self.wait_out_doubt()?;
        let finder = self.finder.take();
        let context =
            Context { lookups: finder.as_ref().map(|finder| finder as &dyn Lookups), ..self.context() };
        let mut outcomes = Vec::with_capacity(which.len());
        let mut documents = Vec::with_capacity(which.len());
        for &index in which {
            let error = match batch.error(index) {
                Some(error) => Problem::from(error),
                None => match self.target.map(&batch.record(index), &context) {
                    Ok(document) => {
                        documents.push(document);
                        outcomes.push(None);
                        continue;
                    }
                    Err(error) => Problem::from(&error),
                },
            };
            outcomes.push(Some(match &*error.code {
                WAITS => Outcome::Waiting(error),
                _ => Outcome::Dead(error),
            }));
        }
        self.finder = finder;
        let mut written = self.target.write(documents).map_err(Stop::Rewind)?.into_iter();
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(|| written.next().expect("one outcome for each document")))
            .collect())
    }

    /// Puts a row among the dead letters. One that is there already keeps its attempts and its schedule: meeting
    /// it again in an overlapping window is no new attempt.
    pub(crate) fn bury(&mut self, batch: &Batch<'_>, row: usize, error: Problem) -> Result<(), Stop> {
        let now = self.now();
        let id = self.id(batch, row);
        let number = text(&batch.record(row), &self.flow.file.source.number);
        let waits = &*error.code == WAITS;
        let first_retry = match waits {
            true => Some(now + HOUR),
            false => self.flow.file.delivery.retries.first().map(|delay| now + super::seconds(*delay)),
        };
        let (keys, ticket) = (self.keys.clone(), self.ticket());
        let known = self.index()?.entry(&id).is_some_and(|old| !old.waits_for_partner());
        if !known && !waits {
            self.work.buried.add(&id, &error);
        }
        let index = self.index()?;
        let letter = match index.entry(&id) {
            // One that waited for its partner, and now is refused, begins anew.
            Some(old) if waits || !old.waits_for_partner() => Letter {
                attempts: old.attempts,
                first_failed: old.first_failed,
                due: old.due,
                id,
                number,
                error,
                record: batch.object(row),
                last_failed: now,
            },
            _ => Letter {
                attempts: 1,
                first_failed: now,
                due: first_retry,
                id,
                number,
                error,
                record: batch.object(row),
                last_failed: now,
            },
        };
        index.put(letter, &keys, ticket);
        Ok(())
    }

    /// A delivered record has no dead letter any more. Only where there are any: this reads their index.
    fn clear(&mut self, id: &str) -> Result<(), Stop> {
        let keys = self.keys.clone();
        self.index()?.remove(id, &keys);
        Ok(())
    }

    /// A record that could not be flattened once has a dead letter of its own. Now that it could be, each
    /// record made of its rows stands for itself.
    fn clear_flattened(&mut self, page: &Page, batch: &Batch<'_>) -> Result<(), Stop> {
        if !self.flow.shaping.flattens() || !self.has_dead_letters() {
            return Ok(());
        }
        let mut flattened = vec![true; page.rows.len()];
        for index in 0..batch.len() {
            let row = batch.row(index);
            flattened[row] &= self.id(batch, index) != self.id_at_source(page, row);
        }
        for row in (0..page.rows.len()).filter(|row| flattened[*row]) {
            let id = self.id_at_source(page, row);
            self.clear(&id)?;
        }
        Ok(())
    }

    fn has_dead_letters(&self) -> bool {
        let dead = &self.work.state.dead;
        self.index.is_some() || dead.waiting + dead.parked > 0
    }

    /// The index of the dead letters, read when it is first needed.
    pub(crate) fn index(&mut self) -> Result<&mut Index, Stop> {
        if self.index.is_none() {
            self.index = Some(Index::load(self.host.store, &self.keys, &self.work.state.dead)?);
        }
        Ok(self.index.as_mut().expect("just loaded"))
    }

    /// The record's id: that at the source or, where records are flattened, with the row's number. A record
    /// without one is named by its content, so that it is not lost either.
    pub(crate) fn id(&self, batch: &Batch<'_>, index: usize) -> String {
        let id = text(&batch.record(index), &self.flow.file.source.id);
        if id.is_empty() { format!("?{}", crate::dead::hash(&batch.content(index))) } else { id }
    }

    /// The id that a row of the page came with.
    pub(crate) fn id_at_source(&self, page: &Page, row: usize) -> String {
        text(&page.rows.record(row), &self.flow.file.source.id)
    }
}

fn text(record: &dyn Record, field: &str) -> String {
    match record.field(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// So many refusals for one reason, without a success between them, are not the records' fault.
pub const STOP_AFTER: u32 = 100;

fn refused_in_a_row(problem: &Problem) -> Problem {
    Problem::new(
        "refused_in_a_row",
        format!("the target refused {STOP_AFTER} records in a row for the same reason: {}", problem.message),
        format!("目标系统连续拒绝了 {STOP_AFTER} 条记录，原因相同：{}", problem.message_zh),
    )
    .hint(
        format!("the run stopped, and the records since its last commit are not made dead letters: mend the cause, and the next run goes on ({}). If the records are at fault after all: POST …/run with {{\"accept_dead\": true}}", problem.hint),
        format!("运行已停止，上次提交之后的记录不会变为死信：排除原因后，下次运行会继续（{}）。如确为记录本身的问题，可用 {{\"accept_dead\": true}} 调用 POST …/run", problem.hint_zh),
    )
}

fn in_doubt(until: i64) -> Problem {
    let until = shanghai::text(until);
    Problem::new(
        "in_doubt",
        format!("a request of before got no answer and may be at work at the target until {until}"),
        format!("之前的一次请求没有应答，目标系统可能仍在处理，最迟到 {until}"),
    )
    .hint(
        "nothing is sent before that time; then what is there is looked up first, and the rest is carried",
        "在此之前不会再发送；之后先查询目标系统中已有的单据，再继续处理其余记录",
    )
}
