//! A document written as JSON text, without the document.
//!
//! Targets take text in the end. Written straight away it needs none of the allocations that an object is
//! made of (one per key, two per object), and those are most of what a mapping costs. Keys and constants are
//! text since the flow file was compiled; what is alike in all rows of a list is copied from the first row.

use super::{LIST_TOO_LONG, LONGEST_LIST, RowError};
use crate::Value;
use crate::compile::{Entry, List, Mapping, Node};
use crate::flow::Parser;
use crate::language::{Fault, Program, Scope};
use crate::record::{Context, Record};
use std::borrow::Cow;
use std::ops::Range;

/// What of a field is known when the flow file is compiled, as text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    /// `"FMaterialId":`
    key: Vec<u8>,
    /// `{"FNumber":`, for a value that is not null.
    open: Vec<u8>,
    /// `}`
    close: &'static [u8],
    /// The whole value, where it is a constant.
    constant: Option<Vec<u8>>,
}

impl Text {
    /// The text of a field.
    pub(crate) fn of(name: &str, node: &Node, required: bool) -> Text {
        let mut key = Vec::new();
        write(&Value::from(name), &mut key);
        key.push(b':');
        let mut open = Vec::new();
        let close: &[u8] = match node {
            Node::Value { parser: Some(Parser::Object(around)), .. } => {
                object(around, &mut open);
                b"}"
            }
            Node::Value { parser: Some(Parser::TwoStageObject(outer, inner)), .. } => {
                object(outer, &mut open);
                object(inner, &mut open);
                b"}}"
            }
            _ => b"",
        };
        let constant = match node {
            Node::Value { program: Program::Constant(value), .. } if !required => {
                let mut text = Vec::new();
                write(value, &mut text);
                Some(text)
            }
            _ => None,
        };
        Text { key, open, close, constant }
    }
}

fn object(key: &str, out: &mut Vec<u8>) {
    out.push(b'{');
    write(&Value::from(key), out);
    out.push(b':');
}

fn write(value: &Value, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("a value is JSON, and memory takes it");
}

impl Mapping {
    /// The whole target document of a record as JSON text (UTF-8), appended to `out`: what
    /// [`Mapping::document`] makes, several times as fast. After an error `out` is as it was before.
    pub fn json(
        &self,
        record: &dyn Record,
        context: &Context<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), RowError> {
        let before = out.len();
        let mut scope = Scope { record, context: *context, rows: Vec::new() };
        self.write_object(&mut scope, out).map_err(|error| {
            out.truncate(before);
            *error
        })
    }

    fn write_object<'r>(&'r self, scope: &mut Scope<'r>, out: &mut Vec<u8>) -> Result<(), Box<RowError>> {
        out.push(b'{');
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            entry.write(scope, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}

impl Entry {
    /// Writes key and value.
    fn write<'r>(&'r self, scope: &mut Scope<'r>, out: &mut Vec<u8>) -> Result<(), Box<RowError>> {
        out.extend_from_slice(&self.text.key);
        if let Some(constant) = &self.text.constant {
            out.extend_from_slice(constant);
            return Ok(());
        }
        match &self.node {
            Node::Value { .. } => {
                let value = self.content(scope)?;
                if value.is_null() {
                    out.extend_from_slice(b"null");
                } else {
                    out.extend_from_slice(&self.text.open);
                    write(&value, out);
                    out.extend_from_slice(self.text.close);
                }
            }
            Node::Object(children) => children.write_object(scope, out)?,
            Node::Array { list, children } => self.write_rows(list, children, scope, out)?,
        }
        Ok(())
    }

    fn write_rows<'r>(
        &'r self,
        list: &'r List,
        children: &'r Mapping,
        scope: &mut Scope<'r>,
        out: &mut Vec<u8>,
    ) -> Result<(), Box<RowError>> {
        let depth = scope.rows.len();
        // Where the fields of the first row stand.
        let mut first: Vec<Range<usize>> = Vec::new();
        out.push(b'[');
        let start = out.len();
        self.each_row(list, scope, &mut |scope, row| {
            out.extend_from_slice(if row > 0 { b",{" } else { b"{" });
            for (index, entry) in children.entries.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                if row > 0 && !entry.reads_row(depth) {
                    out.extend_from_within(first[index].clone());
                    continue;
                }
                let from = out.len();
                entry.write(scope, out).map_err(|error| error.in_row(&self.path, row))?;
                if row == 0 {
                    first.push(from..out.len());
                }
            }
            out.push(b'}');
            if out.len() - start > LONGEST_LIST {
                return Err(self.error(*Fault::new(&LIST_TOO_LONG)));
            }
            Ok(())
        })?;
        if out.ends_with(b"[") {
            self.present(Cow::Owned(Value::Array(Vec::new())))?;
        }
        out.push(b']');
        Ok(())
    }
}
