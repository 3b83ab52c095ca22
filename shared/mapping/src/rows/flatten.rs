//! `beatFlat` at work, as [`BeatFlat`] describes it.
//!
//! The names are those of the incumbent's pages (github.com/qeasy-cloud/datahub,
//! `docs/developer/source-special-operations.md`, `docs/guide/source-platform-config.md`): fields of the record, no
//! object. Of the suffix the first of the two says twice that it begins with `-1`, the second that it begins with
//! `-0`; hence `beatFlatStart`.

use super::path::find_mut;
use crate::flow::BeatFlat;
use crate::language::{Fault, Message, text_of};
use crate::record::Record;
use crate::run::RowError;
use crate::{Map, Value};

/// The lists to flatten, outermost first.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    lists: Vec<String>,
    start: u32,
    /// The field of the source that holds the record's id.
    id: String,
}

/// A record made of a row; with the error that it is unless the condition leaves it out.
type Made = (Value, Option<RowError>);

static EMPTY_LIST: Message = Message {
    code: "empty_list",
    en: "the list `{0}` has no rows to make records of; where that is as it should be, let `condition` leave the \
         record out",
    zh: "列表“{0}”没有行，无法拍扁成记录；若属正常情况，请用 condition 将其排除",
};

static NOT_A_LIST: Message = Message {
    code: "not_a_list",
    en: "{value} is not a list, so `{0}` has no rows to make records of",
    zh: "{value} 不是列表，“{0}”没有可拍扁的行",
};

static NO_ID: Message = Message {
    code: "missing_id",
    en: "the record has no id in `{0}`, so the records made of its rows could not be told apart",
    zh: "记录的“{0}”中没有唯一键，拍扁后的各行将无法区分",
};

static CLASH: Message = Message {
    code: "name_clash",
    en: "flattened, a row's field becomes `{0}`, and the record has a field of that name already",
    zh: "拍扁后行字段成为“{0}”，而记录中已有同名字段",
};

/// JSON path of the construct, for the errors.
const PATH: &str = "source.beatFlat";

impl Flat {
    pub(super) fn new(spec: &BeatFlat, id: &str) -> Flat {
        Flat { lists: spec.lists.clone(), start: spec.start, id: id.to_owned() }
    }

    /// The name after flattening of a path into a flattened list: `details.code` → `details_code`,
    /// `details.batches.no` → `details_batches_no` where `details_batches` is flattened too.
    pub(super) fn name_of(&self, path: &str) -> Option<String> {
        // Outermost first: a list that is flattened later lies deeper, and its name is longer.
        let mut found = None;
        let mut dotted = String::new();
        for (depth, list) in self.lists.iter().enumerate() {
            match depth {
                0 => dotted.push_str(list),
                _ => {
                    dotted.push('.');
                    dotted.push_str(&list[self.lists[depth - 1].len() + 1..]);
                }
            }
            if let Some(rest) = path.strip_prefix(dotted.as_str()).and_then(|rest| rest.strip_prefix('.')) {
                found = Some(format!("{list}_{rest}"));
            }
        }
        found
    }

    /// Whether a field of a finished record came from a row.
    pub(super) fn owns(&self, field: &str) -> bool {
        field.strip_prefix(self.lists[0].as_str()).is_some_and(|rest| rest.starts_with('_'))
    }

    /// How many `-n` the id of a finished record ends in.
    pub(super) fn depth(&self) -> usize {
        self.lists.len()
    }

    pub(super) fn records(&self, record: Value) -> Result<Vec<Made>, RowError> {
        let mut made = vec![(record, None)];
        for list in &self.lists {
            let mut next = Vec::with_capacity(made.len());
            for (record, error) in made {
                match error {
                    None => self.flatten(record, list, &mut next)?,
                    Some(error) => next.push((record, Some(error))),
                }
            }
            made = next;
        }
        Ok(made)
    }

    fn flatten(&self, mut record: Value, list: &str, out: &mut Vec<Made>) -> Result<(), RowError> {
        let error = |fault: Box<Fault>| RowError::of(*fault, PATH, list);
        let id = match record.field(&self.id).map(text_of) {
            Some(Ok(id)) if !id.is_empty() => id.into_owned(),
            _ => return Err(error(Fault::new(&NO_ID).with(&self.id))),
        };
        let rows = match record.get_mut(list) {
            Some(Value::Array(rows)) if !rows.is_empty() => std::mem::take(rows),
            None | Some(Value::Null | Value::Array(_)) => {
                out.push((record, Some(error(Fault::new(&EMPTY_LIST).with(list)))));
                return Ok(());
            }
            Some(other) => return Err(error(Fault::about(&NOT_A_LIST, other).with(list))),
        };
        let Value::Object(head) = record else { unreachable!("it has a field") };
        for (row, number) in rows.into_iter().zip(i64::from(self.start)..) {
            let mut flat = joined(&head, list, row).map_err(error)?;
            if let Some(field) = find_mut(&mut flat, &self.id) {
                *field = Value::String(format!("{id}-{number}"));
            }
            out.push((flat, None));
        }
        Ok(())
    }
}

/// The head with the fields of a row in the place of the list.
fn joined(head: &Map<String, Value>, list: &str, row: Value) -> Result<Value, Box<Fault>> {
    let mut flat = Map::with_capacity(head.len() + row.as_object().map_or(1, Map::len));
    let mut row = Some(row);
    for (name, value) in head {
        if name != list {
            flat.insert(name.clone(), value.clone());
            continue;
        }
        match row.take() {
            Some(Value::Object(fields)) => {
                for (field, value) in fields {
                    let name = format!("{list}_{field}");
                    if head.contains_key(&name) {
                        return Err(Fault::new(&CLASH).with(name));
                    }
                    flat.insert(name, value);
                }
            }
            Some(scalar) => {
                flat.insert(name.clone(), scalar);
            }
            None => {}
        }
    }
    Ok(Value::Object(flat))
}
