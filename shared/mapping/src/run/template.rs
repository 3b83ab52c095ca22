//! The value language for one string: filters and parameters of source requests.

use super::RowError;
use crate::language::{NoRecord, Place, Program, Scope};
use crate::problem::{Problem, Problems};
use crate::record::{Context, Record};
use std::collections::BTreeSet;

/// A compiled value string that is rendered to text.
#[derive(Clone, Debug)]
pub struct Template {
    program: Program,
    path: String,
    expression: String,
}

impl Template {
    /// Compiles a value string. `path` is its JSON path, for problems and errors.
    pub fn compile(text: &str, path: &str) -> Result<Template, Vec<Problem>> {
        let mut problems = Problems::default();
        let mut place = Place { path, lists: &[], all_lists: &BTreeSet::new(), problems: &mut problems };
        match Program::compile(text, &mut place) {
            Some(program) if problems.is_empty() => {
                Ok(Template { program, path: path.to_owned(), expression: text.to_owned() })
            }
            _ => Err(problems.into_vec()),
        }
    }

    /// Writes the text. `escape` is applied to every substituted value (and to the whole result of a
    /// `_function`), never to the literal text: a filter's quotes are the author's, a quote in a value is
    /// doubled. Null is empty.
    ///
    /// Without a record, names that are neither system values nor parameters are null.
    pub fn render(
        &self,
        record: Option<&dyn Record>,
        context: &Context<'_>,
        escape: &dyn Fn(&str) -> String,
    ) -> Result<String, RowError> {
        let record = record.unwrap_or(&NoRecord);
        let scope = Scope { record, context: *context, rows: Vec::new() };
        self.program
            .render(&scope, escape)
            .map_err(|fault| RowError::of(*fault, &self.path, &self.expression))
    }
}
