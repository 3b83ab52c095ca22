//! A VRL program, run by Vector's `vrl`.

use super::Contender;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use vrl::compiler::state::RuntimeState;
use vrl::compiler::{Context, Program, TargetValue, TimeZone};
use vrl::value::{KeyString, Secrets, Value};

pub struct Vrl {
    program: Program,
    state: RuntimeState,
    zone: TimeZone,
}

impl Vrl {
    pub fn compile(program: &str) -> Result<Vrl, String> {
        let compiled = vrl::compiler::compile(program, &vrl::stdlib::all())
            .map_err(|problems| vrl::diagnostic::Formatter::new(program, problems).to_string())?;
        // Records and documents are both in Shanghai's time: reading and writing them as UTC spares VRL a zone.
        let zone = TimeZone::parse("UTC").ok_or("no UTC")?;
        Ok(Vrl { program: compiled.program, state: RuntimeState::default(), zone })
    }
}

impl Contender for Vrl {
    type Record = TargetValue;
    type Document = Value;

    fn read(&self, text: &str) -> Vec<TargetValue> {
        let records: Vec<Read> = serde_json::from_str(text).expect("the records are JSON");
        let target = |Read(value)| TargetValue {
            value,
            metadata: Value::Object(BTreeMap::new()),
            secrets: Secrets::default(),
        };
        records.into_iter().map(target).collect()
    }

    /// The programs change nothing in the record, so that it need not be copied.
    fn map(&mut self, record: &mut TargetValue) -> Result<Value, String> {
        self.state.clear();
        let mut context = Context::new(record, &mut self.state, &self.zone);
        self.program.resolve(&mut context).map_err(|error| error.to_string())
    }

    fn write(&self, documents: &[Value]) -> String {
        serde_json::to_string(documents).expect("documents are JSON")
    }
}

/// VRL's value, read without a detour: its own reader does not know how `serde_json` passes a number on
/// when it keeps the digits (feature `arbitrary_precision`).
struct Read(Value);

const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(Reader).map(Read)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Boolean(flag))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Value, E> {
        Ok(Value::Integer(integer))
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<Value, E> {
        i64::try_from(integer).map(Value::Integer).map_err(E::custom)
    }

    fn visit_f64<E>(self, float: f64) -> Result<Value, E> {
        Ok(Value::from_f64_or_zero(float))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Read(value)) = elements.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key == NUMBER {
                return number(&entries.next_value::<String>()?);
            }
            object.insert(KeyString::from(key), entries.next_value::<Read>()?.0);
        }
        Ok(Value::Object(object))
    }
}

fn number<E: Error>(digits: &str) -> Result<Value, E> {
    match digits.parse::<i64>() {
        Ok(integer) => Ok(Value::Integer(integer)),
        Err(_) => digits.parse::<f64>().map(Value::from_f64_or_zero).map_err(E::custom),
    }
}
