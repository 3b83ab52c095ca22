//! The rows of a page as they are mapped: as they came, or as the flow file shapes them.

use crate::source::{Page, Row};
use ferry_mapping::{Context, Map, RowError, Shaping, Value};

/// What is mapped and written of a page.
pub(crate) struct Batch<'p> {
    page: &'p Page,
    /// `None`: the rows of the page, which no object is made of.
    shaped: Option<Vec<Item>>,
    /// Records that the flow's condition leaves out.
    pub filtered: u64,
}

/// A record made of a row.
struct Item {
    row: usize,
    record: Value,
    error: Option<RowError>,
}

impl<'p> Batch<'p> {
    pub fn new(page: &'p Page, shaping: &Shaping, context: &Context<'_>) -> Self {
        if shaping.is_identity() {
            return Batch { page, shaped: None, filtered: 0 };
        }
        let mut items = Vec::with_capacity(page.rows.len());
        let mut filtered = 0;
        for row in 0..page.rows.len() {
            match shaping.shape(Value::Object(page.rows.object(row)), context) {
                Ok(shaped) => {
                    filtered += shaped.filtered as u64;
                    let made = shaped.records.into_iter();
                    items.extend(made.map(|made| Item { row, record: made.record, error: made.error }));
                }
                Err(error) => {
                    let record = Value::Object(page.rows.object(row));
                    items.push(Item { row, record, error: Some(error) });
                }
            }
        }
        Batch { page, shaped: Some(items), filtered }
    }

    pub fn len(&self) -> usize {
        self.shaped.as_ref().map_or(self.page.rows.len(), Vec::len)
    }

    /// A record as the mapping sees it.
    pub fn record(&self, index: usize) -> Row<'_> {
        match &self.shaped {
            None => self.page.rows.record(index),
            Some(items) => Row::Object(&items[index].record),
        }
    }

    /// Why a record cannot be delivered, if that is known already.
    pub fn error(&self, index: usize) -> Option<&RowError> {
        self.shaped.as_ref()?[index].error.as_ref()
    }

    /// The row of the page that a record was made of.
    pub fn row(&self, index: usize) -> usize {
        self.shaped.as_ref().map_or(index, |items| items[index].row)
    }

    /// The record as an object, for the dead letter.
    pub fn object(&self, index: usize) -> Map<String, Value> {
        match &self.shaped {
            None => self.page.rows.object(index),
            Some(items) => items[index].record.as_object().cloned().unwrap_or_default(),
        }
    }

    /// What names a record that has no id: its content.
    pub fn content(&self, index: usize) -> String {
        match &self.shaped {
            None => self.page.rows.content(index),
            Some(items) => serde_json::to_string(&items[index].record).expect("records are plain data"),
        }
    }
}
