//! Mapping and writing the rows of a page, and what becomes of each.

use super::{Run, Stop};
use crate::dead::{Index, Letter};
use crate::problem::Problem;
use crate::source::Page;
use crate::target::Outcome;
use ferry_mapping::{Map, Record, Value};

impl Run<'_> {
    /// Every row of the page is written, found, or put among the dead letters.
    pub(crate) fn deliver(&mut self, page: &Page) -> Result<(), Stop> {
        let outcomes = self.write(page)?;
        self.work.counts.records += outcomes.len() as u64;
        for (row, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Outcome::Written => self.work.counts.written += 1,
                Outcome::AlreadyThere => self.work.counts.already_there += 1,
                Outcome::Dead(problem) => {
                    self.work.counts.dead += 1;
                    self.bury(page, row, problem)?;
                    continue;
                }
            }
            self.clear(page, row)?;
        }
        Ok(())
    }

    /// Maps and writes the rows; what became of each, in order.
    pub(crate) fn write(&mut self, page: &Page) -> Result<Vec<Outcome>, Stop> {
        let context = self.context();
        let mut outcomes = Vec::with_capacity(page.rows.len());
        let mut documents = Vec::with_capacity(page.rows.len());
        for row in 0..page.rows.len() {
            match self.target.map(&page.record(row), &context) {
                Ok(document) => {
                    documents.push(document);
                    outcomes.push(None);
                }
                Err(error) => outcomes.push(Some(Outcome::Dead(Problem::from(&error)))),
            }
        }
        let mut written = self.target.write(documents).map_err(Stop::Rewind)?.into_iter();
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(|| written.next().expect("one outcome for each document")))
            .collect())
    }

    /// Puts a row among the dead letters. One that is there already keeps its attempts and its schedule: meeting
    /// it again in an overlapping window is no new attempt.
    pub(crate) fn bury(&mut self, page: &Page, row: usize, error: Problem) -> Result<(), Stop> {
        let now = self.now();
        let id = self.id(page, row);
        let number = self.text(page, row, &self.flow.file.source.number);
        let first_retry = self.flow.file.delivery.retries.first().map(|delay| now + super::seconds(*delay));
        let (keys, ticket) = (self.keys.clone(), self.ticket());
        let index = self.index()?;
        let letter = match index.entry(&id) {
            Some(old) => Letter {
                attempts: old.attempts,
                first_failed: old.first_failed,
                due: old.due,
                id,
                number,
                error,
                record: record(page, row),
                last_failed: now,
            },
            None => Letter {
                attempts: 1,
                first_failed: now,
                due: first_retry,
                id,
                number,
                error,
                record: record(page, row),
                last_failed: now,
            },
        };
        index.put(letter, &keys, ticket);
        Ok(())
    }

    /// A delivered row has no dead letter any more.
    fn clear(&mut self, page: &Page, row: usize) -> Result<(), Stop> {
        let dead = &self.work.state.dead;
        if self.index.is_none() && dead.waiting + dead.parked == 0 {
            return Ok(());
        }
        let id = self.id(page, row);
        let keys = self.keys.clone();
        self.index()?.remove(&id, &keys);
        Ok(())
    }

    /// The index of the dead letters, read when it is first needed.
    pub(crate) fn index(&mut self) -> Result<&mut Index, Stop> {
        if self.index.is_none() {
            self.index = Some(Index::load(self.host.store, &self.keys, &self.work.state.dead)?);
        }
        Ok(self.index.as_mut().expect("just loaded"))
    }

    /// The record's id at the source. A row without one is named by its content, so that it is not lost either.
    pub(crate) fn id(&self, page: &Page, row: usize) -> String {
        let id = self.text(page, row, &self.flow.file.source.id);
        if id.is_empty() {
            let cells = serde_json::to_string(&page.rows[row]).expect("cells are plain data");
            return format!("?{}", crate::dead::hash(&cells));
        }
        id
    }

    fn text(&self, page: &Page, row: usize, field: &str) -> String {
        match page.record(row).field(field) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}

/// The row as an object, for the dead letter.
fn record(page: &Page, row: usize) -> Map<String, Value> {
    page.names.iter().cloned().zip(page.rows[row].iter().cloned()).collect()
}
