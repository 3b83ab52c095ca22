//! The flow file as a JSON Schema (2020-12), for editors: what `read` takes, key by key.
//!
//! Structure and descriptions are derived from the types; here is what the types do not know: how
//! leniently a scalar is read (`kinds`), the closed sets of names (`choices`), the shapes that `read` tells
//! apart by hand (`shapes`), and the keys that are read but kept nowhere (`extras`). What the reader knows
//! only to refuse it is not in the schema. A test holds the schema's keys against those that the reader asks
//! for ([`keys_read`]).

mod choices;
pub(super) mod extras;
pub(super) mod kinds;
mod shapes;

use super::{FlowFile, read};
use crate::Value;
use crate::problem::Problems;
use schemars::generate::SchemaSettings;

/// The schema of a whole flow file.
pub fn flow_file() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<FlowFile>().to_value()
}

/// The keys that the reader asks for, object by object: the JSON path of each object of this flow file,
/// and the keys that it may have. Objects whose keys are the author's own (`params`) are left out, and
/// so is what the reader gave up on. A text that is not JSON has no objects.
pub fn keys_read(text: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut problems = Problems::default();
    if let Ok(document) = serde_json::from_str(text) {
        read::flow(&document, &mut problems);
    }
    problems.keys_read
}
