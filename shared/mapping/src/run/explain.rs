//! Preview: a mapping explained field by field.

use super::RowError;
use crate::Value;
use crate::compile::{Entry, Mapping, Node};
use crate::language::Scope;
use crate::record::{Context, Record};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// How one value of the target document came about.
///
/// As JSON: `{"path", "label", "expression", "inputs": {name: value}, "result"}`, with `"error"` (a
/// [`RowError`]) in place of `"result"` where it failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Path in the target document: `FEntity[0].FQty`.
    pub path: String,
    /// The field's label, where it has one.
    pub label: Option<String>,
    /// The value string as the flow file has it.
    pub expression: String,
    /// What the references stood for, before any pipe; null also for what the record does not have.
    pub inputs: Vec<(String, Value)>,
    /// The finished value, or why there is none.
    pub result: Result<Value, RowError>,
}

impl Mapping {
    /// Explains every value of a record's document, in the order of the flow file; the fields inside
    /// objects and rows stand alone, with their own paths. Goes on after errors.
    pub fn explain(&self, record: &dyn Record, context: &Context<'_>) -> Vec<Explained> {
        let mut scope = Scope { record, context: *context, rows: Vec::new() };
        let mut out = Vec::new();
        self.explain_in(&mut scope, &mut out);
        out
    }

    fn explain_in<'r>(&'r self, scope: &mut Scope<'r>, out: &mut Vec<Explained>) {
        for entry in &self.entries {
            entry.explain(scope, out);
        }
    }
}

impl Entry {
    fn explain<'r>(&'r self, scope: &mut Scope<'r>, out: &mut Vec<Explained>) {
        let mut inputs = Vec::new();
        match &self.node {
            Node::Object(children) => {
                children.explain_in(scope, out);
                return;
            }
            Node::Array { list, children } => {
                let first = out.len();
                let walked = self.each_row(list, scope, &mut |scope, row| {
                    let from = out.len();
                    children.explain_in(scope, out);
                    for explained in &mut out[from..] {
                        explained.set_row(&self.path, row);
                    }
                    Ok(())
                });
                // Rows speak for themselves; an array without any, or that is none, is said once.
                if walked.is_ok() && out.len() > first {
                    return;
                }
            }
            Node::Value { program, .. } => {
                program.each_reference(&mut |reference| {
                    let inside = reference.is_deeper(scope.rows.len());
                    if !inside && inputs.iter().all(|(name, _)| *name != reference.name) {
                        let value = reference.raw(scope).into_owned();
                        inputs.push((reference.name.clone(), value));
                    }
                });
            }
        }
        let result = self.value(scope).map(|value| value.into_owned()).map_err(|error| *error);
        out.push(Explained {
            path: self.path.clone(),
            label: self.label.clone(),
            expression: self.expression.clone(),
            inputs,
            result,
        });
    }
}

impl Explained {
    fn set_row(&mut self, array: &str, row: usize) {
        if let Some(rest) = self.path.strip_prefix(array) {
            self.path = format!("{array}[{row}]{rest}");
        }
        if let Err(error) = &mut self.result {
            error.path = self.path.clone();
        }
    }
}

struct Inputs<'e>(&'e [(String, Value)]);

impl Serialize for Inputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path)?;
        if let Some(label) = &self.label {
            map.serialize_entry("label", label)?;
        }
        map.serialize_entry("expression", &self.expression)?;
        map.serialize_entry("inputs", &Inputs(&self.inputs))?;
        match &self.result {
            Ok(value) => map.serialize_entry("result", value)?,
            Err(error) => map.serialize_entry("error", error)?,
        }
        map.end()
    }
}
