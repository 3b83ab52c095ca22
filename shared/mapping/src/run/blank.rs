//! Documents are copies of a blank form, filled in.
//!
//! Making an object field by field costs more than anything else in a mapping: every key is allocated, and
//! hashed with a hash that withstands hostile keys. A copy of an object takes the hashes over. So a mapping
//! keeps a blank form of its document, with every key and every constant in place, and the fields of the
//! record are written into a copy of it. What is alike in all rows of a list (a warehouse of the head, the
//! bill's date) is worked out for the first two rows and copied into the others.

use super::{LIST_TOO_LONG, LONGEST_LIST, RowError, length_of};
use crate::compile::{Entry, List, Mapping, Node};
use crate::flow::Parser;
use crate::language::reference::list_bit;
use crate::language::{Fault, Program, Scope, object_of};
use crate::{Map, Value};
use std::borrow::Cow;

/// The form: the fields in their order; constants have their value, all else is null.
pub(crate) fn blank(entries: &[Entry]) -> Map<String, Value> {
    entries.iter().map(|entry| (entry.name.clone(), place_of(&entry.node))).collect()
}

fn place_of(node: &Node) -> Value {
    match node {
        Node::Value { program: Program::Constant(value), .. } => value.clone(),
        // The object around the value is part of the form, too.
        Node::Value { parser: Some(Parser::Object(key)), .. } => object_of(key, Value::Null),
        Node::Value { parser: Some(Parser::TwoStageObject(outer, inner)), .. } => {
            object_of(outer, object_of(inner, Value::Null))
        }
        Node::Value { .. } | Node::Array { .. } => Value::Null,
        Node::Object(children) => Value::Object(children.blank.clone()),
    }
}

/// Which fields of a form are filled in.
#[derive(Clone, Copy)]
pub(super) enum Fields {
    All,
    /// Those that do not read the current row of the list at this depth.
    Alike(usize),
    /// Those that do.
    Differing(usize),
}

impl Fields {
    fn include(self, entry: &Entry) -> bool {
        match self {
            Fields::All => true,
            Fields::Alike(depth) => entry.reads & list_bit(depth) == 0,
            Fields::Differing(depth) => entry.reads & list_bit(depth) != 0,
        }
    }
}

impl Mapping {
    /// Fills in a copy of the form. Nothing has been written before to the fields that it writes.
    pub(super) fn fill<'r>(
        &'r self,
        form: &mut Map<String, Value>,
        scope: &mut Scope<'r>,
        fields: Fields,
    ) -> Result<(), Box<RowError>> {
        for (entry, place) in self.entries.iter().zip(form.values_mut()) {
            entry.fill(place, scope, fields)?;
        }
        Ok(())
    }
}

impl Entry {
    fn fill<'r>(
        &'r self,
        place: &mut Value,
        scope: &mut Scope<'r>,
        fields: Fields,
    ) -> Result<(), Box<RowError>> {
        match (&self.node, place) {
            (Node::Object(children), Value::Object(form)) => children.fill(form, scope, fields),
            (Node::Value { program: Program::Constant(_), .. }, _) if !self.required => Ok(()),
            _ if !fields.include(self) => Ok(()),
            (Node::Value { parser: Some(Parser::Object(_)), .. }, place) => {
                let value = self.content(scope)?;
                write(value, place, 1);
                Ok(())
            }
            (Node::Value { parser: Some(Parser::TwoStageObject(..)), .. }, place) => {
                let value = self.content(scope)?;
                write(value, place, 2);
                Ok(())
            }
            (_, place) => {
                *place = self.value(scope)?.into_owned();
                Ok(())
            }
        }
    }

    /// The rows of an array.
    pub(super) fn rows<'r>(
        &'r self,
        list: &'r List,
        children: &'r Mapping,
        scope: &mut Scope<'r>,
    ) -> Result<Vec<Value>, Box<RowError>> {
        let depth = scope.rows.len();
        let mut rows = Vec::new();
        let mut length = 0usize;
        let mut form = None;
        self.each_row(list, scope, &mut |scope, row| {
            let mut made = || -> Result<Value, Box<RowError>> {
                // The first row alone shows every error in the order of the fields; and most lists are short.
                if row == 0 {
                    return children.object_value(scope);
                }
                let form = match &form {
                    Some(form) => form,
                    None => {
                        let mut alike = children.blank.clone();
                        children.fill(&mut alike, scope, Fields::Alike(depth))?;
                        form.insert(alike)
                    }
                };
                let mut document = form.clone();
                children.fill(&mut document, scope, Fields::Differing(depth))?;
                Ok(Value::Object(document))
            };
            let value = made().map_err(|error| error.in_row(&self.path, row))?;
            length = length.saturating_add(length_of(&value));
            if length > LONGEST_LIST {
                return Err(self.error(*Fault::new(&LIST_TOO_LONG)));
            }
            rows.push(value);
            Ok(())
        })?;
        Ok(rows)
    }
}

/// Writes a value so many objects deep, or null in their place.
fn write(value: Cow<'_, Value>, place: &mut Value, depth: usize) {
    match place {
        Value::Object(around) if depth > 0 && !value.is_null() => {
            if let Some(inside) = around.values_mut().next() {
                write(value, inside, depth - 1);
            }
        }
        place => *place = value.into_owned(),
    }
}
