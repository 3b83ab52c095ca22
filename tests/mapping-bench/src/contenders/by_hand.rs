//! Rust written by hand over `serde_json`: [`crate::by_hand`].

use super::Contender;
use crate::by_hand::{Company, Refused};
use serde_json::Value;

/// A mapping in Rust.
pub type Function = fn(&Value, &Company) -> Result<Value, Refused>;

pub struct ByHand {
    pub function: Function,
    pub company: &'static Company,
}

impl Contender for ByHand {
    type Record = Value;
    type Document = Value;

    fn read(&self, text: &str) -> Vec<Value> {
        serde_json::from_str(text).expect("the records are JSON")
    }

    fn map(&mut self, record: &mut Value) -> Result<Value, String> {
        (self.function)(record, self.company)
            .map_err(|refused| format!("{} {}: {}", refused.field, refused.why, refused.value))
    }

    fn write(&self, documents: &[Value]) -> String {
        serde_json::to_string(documents).expect("documents are JSON")
    }
}
