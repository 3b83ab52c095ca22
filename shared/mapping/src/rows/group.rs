//! `groupCalculate` at work, as [`GroupCalculate`] and [`Accumulator`] describe it.

use super::path::is_empty;
use crate::decimal::Decimal;
use crate::flow::{Accumulator, GroupCalculate};
use crate::language::{Fault, Message, text_of};
use crate::record::Record;
use crate::run::RowError;
use crate::{Map, Value};
use std::collections::{HashMap, HashSet};

static NOT_A_NUMBER: Message = Message {
    code: "bad_cast",
    en: "{value} is not a number, which {0} needs",
    zh: "{value} 不是数字，{0} 需要数字",
};

static MIXED: Message = Message {
    code: "not_comparable",
    en: "{value} is not a number like the others, so there is no smallest or largest",
    zh: "{value} 与其他值不同，不是数字，无法比较大小",
};

static TOO_LONG: Message =
    Message { code: "overflow", en: "the sum has too many digits", zh: "合计的位数过多" };

/// Things in the order in which they came, found by key.
struct Ordered<T> {
    places: HashMap<String, usize>,
    all: Vec<T>,
}

impl<T> Ordered<T> {
    fn new() -> Self {
        Ordered { places: HashMap::new(), all: Vec::new() }
    }

    fn entry(&mut self, key: String, new: impl FnOnce() -> T) -> &mut T {
        let place = *self.places.entry(key).or_insert(self.all.len());
        if place == self.all.len() {
            self.all.push(new());
        }
        &mut self.all[place]
    }
}

/// The records of one row.
type Row<'r> = Vec<&'r Value>;

/// Gathers records into documents; `path` is the JSON path of the construct.
pub(super) fn gather(group: &GroupCalculate, path: &str, records: &[Value]) -> Result<Vec<Value>, RowError> {
    let mut documents: Ordered<Ordered<Row<'_>>> = Ordered::new();
    for record in records {
        let document = documents.entry(key(record, &group.header_group), Ordered::new);
        document.entry(key(record, &group.body_group), Vec::new).push(record);
    }
    let most = group.body_max_line.map_or(usize::MAX, |most| most as usize);
    let mut made = Vec::new();
    for document in &documents.all {
        for rows in document.all.chunks(most) {
            let mut head = fields(rows[0][0], &group.header_group);
            let rows = rows.iter().map(|row| calculated(group, path, row)).collect::<Result<_, _>>()?;
            head.insert(group.body_name.clone(), Value::Array(rows));
            made.push(Value::Object(head));
        }
    }
    Ok(made)
}

fn calculated(group: &GroupCalculate, path: &str, records: &[&Value]) -> Result<Value, RowError> {
    let mut row = fields(records[0], &group.body_group);
    for (name, accumulator) in &group.calculate {
        let values: Vec<&Value> = records.iter().map(|record| field(record, name)).collect();
        let value = accumulate(*accumulator, &values)
            .map_err(|fault| RowError::of(*fault, &format!("{path}.calculate.{name}"), name))?;
        row.insert(name.clone(), value);
    }
    Ok(Value::Object(row))
}

fn field<'r>(record: &'r Value, name: &str) -> &'r Value {
    record.field(name).unwrap_or(&Value::Null)
}

fn fields(record: &Value, names: &[String]) -> Map<String, Value> {
    names.iter().map(|name| (name.clone(), field(record, name).clone())).collect()
}

/// The same for equal values, and only for these.
fn key(record: &Value, names: &[String]) -> String {
    names.iter().map(|name| one_key(field(record, name)) + "\n").collect()
}

fn one_key(value: &Value) -> String {
    let number = match value {
        Value::Number(number) => Decimal::read(number.as_str()).ok(),
        _ => None,
    };
    match number.map(|number| number.to_string()) {
        Some(text) if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        Some(text) => text,
        None => value.to_string(),
    }
}

fn accumulate(accumulator: Accumulator, values: &[&Value]) -> Result<Value, Box<Fault>> {
    let there = || values.iter().copied().filter(|value| !is_empty(value));
    let one = |value: Option<&&Value>| value.map_or(Value::Null, |value| (*value).clone());
    Ok(match accumulator {
        Accumulator::First => one(values.first()),
        Accumulator::Last => one(values.last()),
        Accumulator::Push => Value::Array(values.iter().map(|value| (*value).clone()).collect()),
        Accumulator::AddToSet => {
            let mut seen = HashSet::new();
            Value::Array(there().filter(|value| seen.insert(one_key(value))).cloned().collect())
        }
        Accumulator::Sum => Value::Number(sum(there(), "$sum")?.number()),
        Accumulator::Avg => match i64::try_from(there().count()) {
            Ok(0) | Err(_) => Value::Null,
            Ok(count) => {
                let average = sum(there(), "$avg")?.over(Decimal::from(count));
                Value::Number(average.ok_or_else(|| Fault::new(&TOO_LONG))?.number())
            }
        },
        Accumulator::Min => extreme(there(), |candidate, best| candidate < best)?,
        Accumulator::Max => extreme(there(), |candidate, best| candidate > best)?,
    })
}

fn sum<'r>(values: impl Iterator<Item = &'r Value>, operator: &str) -> Result<Decimal, Box<Fault>> {
    values.into_iter().try_fold(Decimal::ZERO, |sum, value| {
        let number = number(value)?.ok_or_else(|| Fault::about(&NOT_A_NUMBER, value).with(operator))?;
        sum.plus(number).ok_or_else(|| Fault::new(&TOO_LONG))
    })
}

fn number(value: &Value) -> Result<Option<Decimal>, Box<Fault>> {
    let text = text_of(value)?;
    Ok(Decimal::read(&text).ok().filter(|_| !matches!(value, Value::Bool(_))))
}

/// Compared as numbers, or as texts.
#[derive(PartialEq, PartialOrd)]
enum Rank<'r> {
    Number(Decimal),
    Text(std::borrow::Cow<'r, str>),
}

fn extreme<'r>(
    values: impl Iterator<Item = &'r Value>,
    better: fn(&Rank<'r>, &Rank<'r>) -> bool,
) -> Result<Value, Box<Fault>> {
    let values: Vec<&Value> = values.collect();
    let numbers: Vec<Option<Decimal>> = values.iter().map(|value| number(value)).collect::<Result<_, _>>()?;
    let all_numbers = numbers.iter().all(Option::is_some);
    let mut best: Option<(Rank<'r>, &Value)> = None;
    for (value, number) in values.into_iter().zip(numbers) {
        let rank = match (number, value) {
            (Some(number), _) if all_numbers => Rank::Number(number),
            (_, Value::String(_)) => Rank::Text(text_of(value)?),
            // A number among texts: neither order would be right.
            _ => return Err(Fault::about(&MIXED, value)),
        };
        if best.as_ref().is_none_or(|(least, _)| better(&rank, least)) {
            best = Some((rank, value));
        }
    }
    Ok(best.map_or(Value::Null, |(_, value)| value.clone()))
}
