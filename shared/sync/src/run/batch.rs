//! The rows of a page as they are mapped: as they came, or as the flow file shapes them.

use crate::source::Page;
use ferry_mapping::{Context, Map, Record, RowError, Shaping, TableRow, Value};

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
            match shaping.shape(Value::Object(object(page, row)), context) {
                Ok(shaped) => {
                    filtered += shaped.filtered as u64;
                    let made = shaped.records.into_iter();
                    items.extend(made.map(|made| Item { row, record: made.record, error: made.error }));
                }
                Err(error) => {
                    let record = Value::Object(object(page, row));
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
            None => Row::Cells(self.page.record(index)),
            Some(items) => Row::Made(&items[index].record),
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
            None => object(self.page, index),
            Some(items) => items[index].record.as_object().cloned().unwrap_or_default(),
        }
    }

    /// What names a record that has no id: its content.
    pub fn content(&self, index: usize) -> String {
        let json = match &self.shaped {
            None => serde_json::to_string(&self.page.rows[index]),
            Some(items) => serde_json::to_string(&items[index].record),
        };
        json.expect("cells are plain data")
    }
}

fn object(page: &Page, row: usize) -> Map<String, Value> {
    page.names.iter().cloned().zip(page.rows[row].iter().cloned()).collect()
}

/// A row of the page, or a record made of one.
pub(crate) enum Row<'b> {
    Cells(TableRow<'b>),
    Made(&'b Value),
}

impl Record for Row<'_> {
    fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Row::Cells(row) => row.field(name),
            Row::Made(record) => record.field(name),
        }
    }
}
