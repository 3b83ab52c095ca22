//! Four ways of doing the same mapping. Each has its own kind of record and document, and is given records
//! in that kind: what it takes to get them there is measured apart, from JSON text to JSON text.

pub mod by_hand;
pub mod jaq;
pub mod ours;
pub mod vrl;

use serde_json::Value;

/// One way of doing one mapping, compiled.
pub trait Contender {
    /// A record as the contender likes it best.
    type Record;
    /// A document as the contender makes it.
    type Document;

    /// Reads a JSON array of records.
    fn read(&self, text: &str) -> Vec<Self::Record>;

    /// Maps one record, or says why it cannot be mapped.
    fn map(&mut self, record: &mut Self::Record) -> Result<Self::Document, String>;

    /// Writes documents as a JSON array.
    fn write(&self, documents: &[Self::Document]) -> String;

    /// Maps records and writes the documents as a JSON array, which is what a target is sent.
    fn written(&mut self, records: &mut [Self::Record]) -> Result<Vec<u8>, String> {
        let documents: Result<Vec<_>, String> = records.iter_mut().map(|record| self.map(record)).collect();
        Ok(self.write(&documents?).into_bytes())
    }
}

/// The documents that a contender makes of records, as plain JSON: for the comparison, not for the clock.
pub fn documents<C: Contender>(contender: &mut C, records: &str) -> Vec<Result<Value, String>> {
    let mut records = contender.read(records);
    let each = records.iter_mut().map(|record| {
        let text = contender.map(record).map(|document| contender.write(&[document]))?;
        let mut one: Vec<Value> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        one.pop().ok_or_else(|| "no document".to_owned())
    });
    each.collect()
}
