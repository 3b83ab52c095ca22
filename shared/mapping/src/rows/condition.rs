//! Conditions at work: which records, and which rows of their lists, are carried.

use super::comparison::{self, Operand};
use super::flatten::Flat;
use super::path::{Found, find, find_mut};
use crate::Value;
use crate::flow::{Condition, Logic};
use crate::language::reference::no_record_here;
use crate::language::{Fault, Message, NoRecord, Place, Program, Reference, Scope, text_of};
use crate::problem::Problems;
use crate::record::Context;
use crate::run::RowError;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One condition, compiled.
#[derive(Clone, Debug)]
pub(super) struct Test {
    /// JSON path of the condition in the flow file.
    pub path: String,
    /// Path in the record as it is when the test is made.
    pub field: String,
    pub logic: Logic,
    /// The condition as people read it: `qty gt 0`.
    pub text: String,
    operands: Vec<Source>,
    strict: bool,
    /// The field is one of a flattened list: `strictMode` looks at the records made of the other rows.
    of_siblings: bool,
}

/// Where an operand comes from.
#[derive(Clone, Debug)]
enum Source {
    Ready(Operand),
    Computed(Program),
}

impl Source {
    fn operand(&self, context: &Context<'_>) -> Result<Cow<'_, Operand>, Box<Fault>> {
        match self {
            Source::Ready(operand) => Ok(Cow::Borrowed(operand)),
            Source::Computed(program) => {
                let scope = Scope { record: &NoRecord, context: *context, rows: Vec::new() };
                let value = program.value(&scope)?;
                Ok(Cow::Owned(Operand::read(&text_of(&value)?)?))
            }
        }
    }
}

static NESTED_LIST: Message = Message {
    code: "nested_list",
    en: "the path leads into a list inside the rows of a list, which a condition cannot filter",
    zh: "路径进入了行内的列表，条件无法过滤这样的列表",
};

impl Test {
    pub(super) fn compile(
        condition: &Condition,
        flat: Option<&Flat>,
        problems: &mut Problems,
    ) -> Option<Test> {
        let value_path = format!("{}.value", condition.path);
        let value = condition.value.as_deref().unwrap_or_default();
        let operands = match (&condition.value, condition.logic) {
            (None, _) => Vec::new(),
            (Some(range), Logic::Between) => between(range, &value_path, problems)?,
            (Some(value), _) => vec![operand(value, &value_path, problems)?],
        };
        if value.is_empty()
            && !matches!(condition.logic, Logic::Eq | Logic::Neq | Logic::Isnull | Logic::Notnull)
        {
            problems.add(
                "empty_text",
                &value_path,
                "there is nothing to compare with; use isnull or notnull to ask whether the field is empty",
                "没有可比较的值；要判断字段是否为空，请用 isnull 或 notnull",
            );
            return None;
        }
        let flat_name = flat.and_then(|flat| flat.name_of(&condition.field));
        let of_siblings =
            condition.strict && (flat_name.is_some() || flat.is_some_and(|it| it.owns(&condition.field)));
        let logic = condition.logic;
        let blank = if value.is_empty() { "" } else { " " };
        Some(Test {
            path: condition.path.clone(),
            text: format!("{} {}{blank}{value}", condition.field, logic.name()),
            field: flat_name.unwrap_or_else(|| condition.field.clone()),
            logic,
            operands,
            strict: condition.strict,
            of_siblings,
        })
    }

    /// What the field is compared with, in this run.
    pub(super) fn operands(&self, context: &Context<'_>) -> Result<Vec<Cow<'_, Operand>>, RowError> {
        let all = self.operands.iter().map(|source| source.operand(context));
        all.collect::<Result<_, _>>().map_err(|fault| self.error(*fault))
    }

    pub(super) fn holds(&self, value: &Value, operands: &[Cow<'_, Operand>]) -> Result<bool, RowError> {
        comparison::holds(self.logic, value, operands).map_err(|fault| self.error(*fault))
    }

    pub(super) fn each_reference<'t>(&'t self, visit: &mut dyn FnMut(&str, &'t Reference)) {
        for source in &self.operands {
            if let Source::Computed(program) = source {
                program.each_reference(&mut |reference| visit(&self.path, reference));
            }
        }
    }

    fn error(&self, fault: Fault) -> RowError {
        RowError::of(fault, &self.path, &self.text)
    }
}

/// The conditions of a source. Empty: every record is carried.
#[derive(Clone, Debug, Default)]
pub(super) struct AnyOf(Vec<Vec<Test>>);

/// A list of a record, and which of its rows are carried.
pub(super) struct Kept {
    list: String,
    rows: Vec<bool>,
}

/// For each list that a group of conditions filters, which of its rows stay.
type Rows<'t> = BTreeMap<&'t str, Vec<bool>>;

impl AnyOf {
    pub(super) fn compile(any: &[Vec<Condition>], flat: Option<&Flat>, problems: &mut Problems) -> AnyOf {
        let mut group = |all: &Vec<Condition>| {
            all.iter().filter_map(|condition| Test::compile(condition, flat, problems)).collect()
        };
        AnyOf(any.iter().map(&mut group).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn tests(&self) -> impl Iterator<Item = &Test> {
        self.0.iter().flatten()
    }

    /// Whether `records[at]` is carried, and which rows of its lists are; lists that are not named are whole.
    /// `records` are all that came of one record of the source.
    pub(super) fn keeps(
        &self,
        records: &[&Value],
        at: usize,
        context: &Context<'_>,
    ) -> Result<Option<Vec<Kept>>, RowError> {
        let mut passed: Vec<Rows<'_>> = Vec::new();
        for group in &self.0 {
            if let Some(rows) = of_group(group, records, at, context)? {
                passed.push(rows);
            }
        }
        let Some((first, others)) = passed.split_first() else { return Ok(None) };
        let mut lists = Vec::new();
        for (list, of_first) in first {
            // A group that says nothing of a list leaves it whole.
            let of_others: Option<Vec<&Vec<bool>>> = others.iter().map(|rows| rows.get(list)).collect();
            let Some(of_others) = of_others else { continue };
            let is_kept = |row: usize| of_first[row] || of_others.iter().any(|other| other[row]);
            lists.push(Kept { list: (*list).to_owned(), rows: (0..of_first.len()).map(is_kept).collect() });
        }
        Ok(Some(lists))
    }
}

/// Removes the rows that stay out.
pub(super) fn drop_rows(record: &mut Value, lists: &[Kept]) {
    for Kept { list, rows: kept } in lists {
        if let Some(Value::Array(rows)) = find_mut(record, list) {
            let mut kept = kept.iter();
            rows.retain(|_| kept.next().copied().unwrap_or(true));
        }
    }
}

/// `None`: the group does not hold.
fn of_group<'t>(
    group: &'t [Test],
    records: &[&Value],
    at: usize,
    context: &Context<'_>,
) -> Result<Option<Rows<'t>>, RowError> {
    let mut lists: Rows<'t> = BTreeMap::new();
    for test in group {
        let operands = test.operands(context)?;
        if test.of_siblings {
            for sibling in records {
                if !test.holds(one(test, find(sibling, &test.field))?, &operands)? {
                    return Ok(None);
                }
            }
            continue;
        }
        let (list, rows, rest) = match find(records[at], &test.field) {
            Found::Rows { list, rows, rest } if !rows.is_empty() => (list, rows, rest),
            found => match test.holds(one(test, found)?, &operands)? {
                true => continue,
                false => return Ok(None),
            },
        };
        let kept = lists.entry(list).or_insert_with(|| vec![true; rows.len()]);
        // A row that is dropped already is judged no more, unless it can take the record with it.
        for (row, kept) in rows.iter().zip(kept.iter_mut()).filter(|(_, kept)| **kept || test.strict) {
            let holds = test.holds(one(test, find(row, rest))?, &operands)?;
            if test.strict && !holds {
                return Ok(None);
            }
            *kept &= holds;
        }
        if !kept.contains(&true) {
            return Ok(None);
        }
    }
    Ok(Some(lists))
}

/// The value found; nothing, and a list without rows, are null.
fn one<'r>(test: &Test, found: Found<'r, '_>) -> Result<&'r Value, RowError> {
    match found {
        Found::One(value) => Ok(value),
        Found::Rows { rows: [_, ..], .. } => Err(test.error(*Fault::new(&NESTED_LIST))),
        Found::Nothing | Found::Rows { .. } => Ok(&Value::Null),
    }
}

/// `"a,b"`; each half may be a template.
fn between(range: &str, path: &str, problems: &mut Problems) -> Option<Vec<Source>> {
    let halves: Vec<&str> = range.split(',').map(str::trim).collect();
    let [from, to] = halves.as_slice() else {
        return bad_range(path, problems);
    };
    if from.is_empty() || to.is_empty() {
        return bad_range(path, problems);
    }
    // `timestamp:a,b` is one prefix for both.
    let prefixed;
    let to = match from.strip_prefix("timestamp:") {
        Some(_) if !to.starts_with("timestamp:") => {
            prefixed = format!("timestamp:{to}");
            prefixed.as_str()
        }
        _ => to,
    };
    Some(vec![operand(from, path, problems)?, operand(to, path, problems)?])
}

fn bad_range<T>(path: &str, problems: &mut Problems) -> Option<T> {
    problems.add(
        "bad_between",
        path,
        "between needs two values with a comma between them: \"100,500\"",
        "between 需要两个用逗号分隔的值：\"100,500\"",
    );
    None
}

fn operand(text: &str, path: &str, problems: &mut Problems) -> Option<Source> {
    let nowhere = BTreeSet::new();
    let mut place = Place { path, lists: &[], all_lists: &nowhere, problems };
    let program = Program::compile(text, &mut place)?;
    if text.contains("_findCollection") {
        place.problem(
            "wrong_place",
            "a condition looks nothing up; map the looked-up value and let `is_required` or its type judge it",
            "条件中不能联查；请在映射中联查该值，并用 is_required 或类型来判断",
        );
        return None;
    }
    let Program::Constant(constant) = program else {
        let mut foreign = None;
        program.each_reference(&mut |reference| foreign = foreign.or(reference.record_name()));
        if let Some(name) = foreign {
            let (en, zh) = no_record_here(name);
            problems.add("unknown_reference", path, en, zh);
            return None;
        }
        return Some(Source::Computed(program));
    };
    let read = text_of(&constant).and_then(|text| Operand::read(&text));
    match read {
        Ok(operand) => Some(Source::Ready(operand)),
        Err(fault) => {
            let error = RowError::of(*fault, path, text);
            problems.add(error.code, path, error.en(), error.zh());
            None
        }
    }
}
