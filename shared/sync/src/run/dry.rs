//! A dry run: reads and maps, writes nothing, moves nothing.

use super::batch::Batch;
use super::{Run, Stop, Walk};
use crate::problem::Problem;
use crate::report::Report;
use crate::source::Ask;

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
            let page = self.fetch(&Ask::next(&scan, false))?;
            let Some(cursor) = page.cursor.clone() else { break };
            scan.cursor = Some(cursor);
            let batch = Batch::new(&page, &self.flow.shaping, &context);
            let counts = &mut self.work.counts;
            counts.pages += 1;
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
            *self.work.scan(Walk::Window) = Some(scan);
        }
        Ok(())
    }
}
