//! A dry run: reads and maps, writes nothing, moves nothing.

use super::batch::Batch;
use super::{Run, Stop, Walk};
use crate::problem::Problem;
use crate::report::Report;
use crate::source::{Ask, Then};
use ferry_mapping::{Context, Lookups};

/// Documents shown.
const SAMPLE: usize = 5;

impl Run<'_> {
    /// Reads the window's pages within the limits and maps their rows. Needs no lease.
    pub fn dry_run(mut self) -> Report {
        let mut sample = Vec::new();
        let result = self.open_window().and_then(|_| self.read_only(&mut sample));
        if let Some((call, _)) = self.ahead.take() {
            self.host.http.cancel(call);
        }
        Report { dry_run: Some(sample), ..self.report(&result) }
    }

    fn read_only(&mut self, sample: &mut Vec<serde_json::Value>) -> Result<(), Stop> {
        let context = self.context();
        while let Some(mut scan) = self.work.scan(Walk::Window).clone() {
            self.may_begin_a_page()?;
            let page = self.fetch(&Ask::next(&scan, self.is_of_everything(Walk::Window)))?;
            self.begun += 1;
            let batch = Batch::new(&page, &self.flow.shaping, &context);
            let all: Vec<usize> = (0..batch.len()).collect();
            self.look_up(&batch, &all)?;
            let lookups = self.finder.as_ref().map(|finder| finder as &dyn Lookups);
            let context = Context { lookups, ..context };
            let counts = &mut self.work.counts;
            counts.pages += u64::from(!page.rows.is_empty());
            counts.records += batch.len() as u64 + batch.filtered;
            counts.filtered += batch.filtered;
            for index in 0..batch.len() {
                let document = match batch.error(index) {
                    Some(error) => Err(error.clone()),
                    None => self.flow.mapping.document(&batch.record(index), &context),
                };
                match document {
                    Ok(document) => {
                        counts.pending += 1;
                        if sample.len() < SAMPLE {
                            sample.push(document);
                        }
                    }
                    Err(error) => {
                        counts.dead += 1;
                        if self.notes.len() < SAMPLE {
                            self.notes.push(Problem::from(&error));
                        }
                    }
                }
            }
            let Then::More(cursor) = page.then else { break };
            scan.cursor = Some(cursor);
            scan.pages += 1;
            *self.work.scan(Walk::Window) = Some(scan);
        }
        Ok(())
    }
}
