//! We are asked.

use crate::number;
use crate::server::NOW;
use ferry_mapping::{Context, Field, Mapping, Problem, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What we answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Ours {
    Null,
    Number(String),
    Text(String),
    /// The code of the row error.
    Error(String),
    /// The flow file is refused: the problem's code and message.
    Refused(String),
}

pub fn answer(expression: &str, record: &Value) -> Ours {
    match compiled(expression) {
        Ok(mapping) => run(expression, &mapping, record),
        // A constant that has no value is refused; what is wrong with it comes out where it is run.
        Err(problems) if problems[0].code == "bad_constant" => {
            let unfolded =
                compiled(&format!("IF(NOW() IS NULL, NULL, ({expression}))")).expect("it compiled before");
            match run(expression, &unfolded, record) {
                error @ Ours::Error(_) => error,
                other => panic!("{expression} was refused as a constant without value, and is {other}"),
            }
        }
        Err(problems) => Ours::Refused(problems[0].to_string()),
    }
}

fn compiled(expression: &str) -> Result<Mapping, Vec<Problem>> {
    let value = Some(format!("_function {expression}"));
    Mapping::compile(&[Field { field: "x".to_owned(), value, ..Field::default() }], "target.request")
}

fn run(expression: &str, mapping: &Mapping, record: &Value) -> Ours {
    let params = BTreeMap::new();
    let context = Context {
        params: &params,
        last_sync_time: NOW,
        current_time: NOW,
        page_size: 100,
        start_page: 1,
        start_row: 0,
        lookups: None,
    };
    match mapping.document(record, &context) {
        Ok(mut document) => match document["x"].take() {
            Value::Null => Ours::Null,
            // A value that passes unchanged is as the record has it; these are the same number.
            Value::Bool(flag) => Ours::Number(i32::from(flag).to_string()),
            Value::Number(number) if number.as_str().contains(['e', 'E']) => {
                Ours::Number(number::read(number.as_str()).expect("a number"))
            }
            Value::Number(number) => Ours::Number(number.to_string()),
            Value::String(text) => Ours::Text(text),
            other => panic!("{expression} on {record} gave {other}"),
        },
        Err(error) => Ours::Error(error.code.to_string()),
    }
}

impl fmt::Display for Ours {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ours::Null => to.write_str("NULL"),
            Ours::Number(number) => write!(to, "{number}"),
            Ours::Text(text) => write!(to, "{text:?}"),
            Ours::Error(code) => write!(to, "error {code}"),
            Ours::Refused(why) => write!(to, "refused: {why}"),
        }
    }
}
