//! Records before the mapping: which are carried, and in what shape (qeasy-metadata 3.8, 3.9).
//!
//! The order is `formatResponse`, `beatFlat`, `condition`, `groupCalculate`, `quality`. The incumbent says of
//! `condition` that it comes after the fetch and before the store, of `beatFlat` that it comes after the fetch,
//! and of `groupCalculate` that it takes flattened records; `formatResponse` names fields of list rows, so it comes
//! while there are lists. Rules of quality judge what is mapped, so they come last.
//!
//! One file a construct: [`format`], [`flatten`], [`condition`] (with [`comparison`], what each logic means),
//! [`group`], [`quality`]; [`path`] follows paths into lists.

mod comparison;
mod condition;
mod flatten;
mod format;
mod group;
mod path;
mod quality;

use crate::Value;
use crate::flow::{FlowFile, FormatRule, GroupCalculate};
use crate::language::Reference;
use crate::problem::{Problem, Problems};
use crate::record::Context;
use crate::run::RowError;
use condition::{AnyOf, Test};
use flatten::Flat;

/// What a flow file does to records before they are mapped, compiled.
///
/// ```
/// use ferry_mapping::{Context, Shaping, parse};
/// use serde_json::json;
///
/// let file = parse(r#"{
///   "name": "deliveries", "title": "销售出库",
///   "source": {
///     "platform": "jushuitan", "account": "jushuitan", "api": "orders.out.simple.query",
///     "effect": "QUERY", "method": "POST", "number": "io_id", "id": "io_id",
///     "beatFlat": ["items"], "condition": [[{"field": "items_qty", "logic": "gt", "value": "0"}]]
///   },
///   "target": {
///     "platform": "wise", "account": "wise", "api": "save", "effect": "EXECUTE", "method": "POST",
///     "idCheck": true, "request": [{"field": "FBillNo", "value": "{{io_id}}"}]
///   },
///   "delivery": {"expect_every": "5m"}
/// }"#).unwrap();
/// let shaping = Shaping::compile(&file).unwrap();
/// let context = Context {
///     params: &file.params, last_sync_time: 0, current_time: 0,
///     page_size: 100, start_page: 1, start_row: 0, lookups: None,
/// };
/// let record = json!({"io_id": 7, "items": [{"sku": "A", "qty": "0.00"}, {"sku": "B", "qty": 3}]});
/// let shaped = shaping.shape(record, &context).unwrap();
/// assert_eq!(shaped.filtered, 1);
/// assert_eq!(shaped.records[0].record, json!({"io_id": "7-2", "items_sku": "B", "items_qty": 3}));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shaping {
    formats: Vec<FormatRule>,
    flat: Option<Flat>,
    condition: AnyOf,
    group: Option<(&'static str, GroupCalculate)>,
    quality: Vec<quality::Rule>,
}

/// What became of one record of the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaped {
    /// The records to deliver, in the order of the rows they were made of.
    pub records: Vec<ShapedRecord>,
    /// How many more there were, which the condition left out.
    pub filtered: usize,
}

/// A record to deliver, or to put among the dead letters.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapedRecord {
    /// The record as the mapping sees it.
    pub record: Value,
    /// Why it cannot be delivered: a rule of quality that it does not meet (code `quality`), a list without
    /// rows (`empty_list`), a field that cannot be compared (`not_comparable`, `bad_time`, …).
    pub error: Option<RowError>,
}

impl Shaping {
    /// Compiles what a flow file says. All problems at once.
    pub fn compile(file: &FlowFile) -> Result<Shaping, Vec<Problem>> {
        let mut problems = Problems::default();
        let shaping = Shaping::compile_into(file, &mut problems);
        if problems.is_empty() { Ok(shaping) } else { Err(problems.into_vec()) }
    }

    /// The same, adding to problems found before.
    pub(crate) fn compile_into(file: &FlowFile, problems: &mut Problems) -> Shaping {
        let source = &file.source;
        let flat = source.beat_flat.as_ref().map(|spec| Flat::new(spec, &source.id));
        let group = file.group_calculate().map(|(path, group)| (path, group.clone()));
        // After groupCalculate the names are those of documents.
        let flat_at_the_end = flat.as_ref().filter(|_| group.is_none());
        Shaping {
            formats: source.format_response.clone(),
            condition: AnyOf::compile(&source.condition, flat.as_ref(), problems),
            quality: file
                .quality
                .iter()
                .filter_map(|rule| quality::Rule::compile(rule, flat_at_the_end, problems))
                .collect(),
            flat,
            group,
        }
    }

    /// Whether every record passes as it is, so that there is no need to make an object of it.
    pub fn is_identity(&self) -> bool {
        self.formats.is_empty()
            && self.flat.is_none()
            && self.condition.is_empty()
            && self.group.is_none()
            && self.quality.is_empty()
    }

    /// Whether records are gathered by [`Shaping::group`], which needs all of them at once.
    pub fn groups(&self) -> bool {
        self.group.is_some()
    }

    /// Whether a record may become several, whose ids end in the number of their row.
    pub fn flattens(&self) -> bool {
        self.flat.is_some()
    }

    /// The id at the source of a record that was made of a row: `OUT1` for `OUT1-2`. Nothing where records are
    /// not flattened, and for an id that does not end like one.
    pub fn id_at_source<'i>(&self, id: &'i str) -> Option<&'i str> {
        let mut rest = id;
        for _ in 0..self.flat.as_ref()?.depth() {
            let (before, number) = rest.rsplit_once('-')?;
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            rest = Some(before).filter(|before| is_number && !before.is_empty())?;
        }
        Some(rest)
    }

    /// The records made of one record of the source: formatted, flattened, those that the condition leaves out
    /// counted. Rules of quality are applied unless records are grouped, which comes before them.
    ///
    /// An error is one of the record as a whole: a value that cannot be formatted, a list that is none, rows
    /// without an id to number.
    pub fn shape(&self, mut record: Value, context: &Context<'_>) -> Result<Shaped, RowError> {
        format::apply(&self.formats, &mut record, context)?;
        let made = match &self.flat {
            Some(flat) => flat.records(record)?,
            None => vec![(record, None)],
        };
        let kept = if self.condition.is_empty() {
            made.iter().map(|_| Ok(Some(Vec::new()))).collect::<Vec<_>>()
        } else {
            let records: Vec<&Value> = made.iter().map(|(record, _)| record).collect();
            (0..records.len()).map(|at| self.condition.keeps(&records, at, context)).collect()
        };
        let mut shaped = Shaped { records: Vec::with_capacity(made.len()), filtered: 0 };
        for ((mut record, empty), kept) in made.into_iter().zip(kept) {
            let error = match kept {
                Ok(None) => {
                    shaped.filtered += 1;
                    continue;
                }
                Err(error) => Some(error),
                Ok(Some(lists)) => {
                    condition::drop_rows(&mut record, &lists);
                    let judge = || if self.groups() { None } else { self.check(&record, context).err() };
                    empty.or_else(judge)
                }
            };
            shaped.records.push(ShapedRecord { record, error });
        }
        Ok(shaped)
    }

    /// Gathers records (as [`Shaping::shape`] made them) into documents, which then have to meet the rules of
    /// quality. Without `groupCalculate` every record is a document.
    ///
    /// An error is one of all of them: a value that cannot be added up or compared.
    pub fn group(&self, records: &[Value], context: &Context<'_>) -> Result<Vec<ShapedRecord>, RowError> {
        let documents = match &self.group {
            Some((path, group)) => group::gather(group, path, records)?,
            None => records.to_vec(),
        };
        let judged = |record: Value| {
            let error = self.check(&record, context).err();
            ShapedRecord { record, error }
        };
        Ok(documents.into_iter().map(judged).collect())
    }

    fn check(&self, record: &Value, context: &Context<'_>) -> Result<(), RowError> {
        self.quality.iter().try_for_each(|rule| rule.check(record, context))
    }

    /// The conditions and rules, for checks that know the platform.
    fn tests(&self) -> impl Iterator<Item = &Test> {
        self.condition.tests().chain(self.quality.iter().map(|rule| &rule.test))
    }

    /// Every reference in a condition's value, with the JSON path of the condition.
    pub(crate) fn each_reference<'s>(&'s self, visit: &mut dyn FnMut(&str, &'s Reference)) {
        self.tests().for_each(|test| test.each_reference(visit));
    }

    /// The name after flattening of a path into a flattened list.
    pub(crate) fn flat_name(&self, path: &str) -> Option<String> {
        self.flat.as_ref()?.name_of(path)
    }
}
