//! What `_findCollection` finds in a preview: the records that a sample gives.

use ferry_mapping::{FlowFile, Found, Lookups, Map, OnMiss, Record, Value};
use std::borrow::Cow;

/// The records of each lookup, by its name. A miss does what the flow file says.
pub struct Given<'f> {
    flow: &'f FlowFile,
    records: Map<String, Value>,
}

impl<'f> Given<'f> {
    /// `records` holds a list of records for each lookup; nothing where none are given at all.
    pub fn of(flow: &'f FlowFile, records: Map<String, Value>) -> Option<Given<'f>> {
        (!records.is_empty()).then_some(Given { flow, records })
    }
}

impl Lookups for Given<'_> {
    fn find(&self, from: &str, keys: &[(&str, Cow<'_, Value>)]) -> Found<'_> {
        let fits =
            |record: &&Value| keys.iter().all(|(name, value)| record.field(name) == Some(value.as_ref()));
        match self.records.get(from).and_then(Value::as_array).and_then(|records| records.iter().find(fits)) {
            Some(record) => Found::Record(record),
            None => self.without_key(from),
        }
    }

    fn without_key(&self, from: &str) -> Found<'_> {
        match self.flow.lookups.get(from).map(|lookup| &lookup.on_miss) {
            Some(OnMiss::Wait) => Found::Waiting,
            Some(OnMiss::Empty) => Found::Empty,
            Some(OnMiss::Default(value)) => Found::Default(value),
            Some(OnMiss::Fail) | None => Found::Missed,
        }
    }
}
