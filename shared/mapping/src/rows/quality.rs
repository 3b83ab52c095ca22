//! `quality` at work: a record that does not meet a rule is an error that names field, rule and value.

use super::comparison::Operand;
use super::condition::Test;
use super::flatten::Flat;
use super::path::{Found, find};
use crate::Value;
use crate::flow::QualityRule;
use crate::language::{Fault, Message};
use crate::problem::Problems;
use crate::record::Context;
use crate::run::RowError;
use std::borrow::Cow;

/// A rule, compiled.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub test: Test,
    /// What the flow file says of it: English, Chinese.
    said: Option<(String, String)>,
}

static BROKEN: Message = Message {
    code: "quality",
    en: "{0} is {value}, which does not meet the rule `{1}`",
    zh: "{0} 的值为 {value}，不符合规则“{1}”",
};

static BROKEN_AND_SAID: Message = Message {
    code: "quality",
    en: "{2}: {0} is {value}, which does not meet the rule `{1}`",
    zh: "{3}：{0} 的值为 {value}，不符合规则“{1}”",
};

impl Rule {
    pub(super) fn compile(rule: &QualityRule, flat: Option<&Flat>, problems: &mut Problems) -> Option<Rule> {
        let test = Test::compile(&rule.condition, flat, problems)?;
        let said = rule.message.as_ref().map(|message| (message.en.clone(), message.zh.clone()));
        Some(Rule { test, said })
    }

    /// An error for the first value that does not meet the rule; on a list path every row's must.
    pub(super) fn check(&self, record: &Value, context: &Context<'_>) -> Result<(), RowError> {
        let operands = self.test.operands(context)?;
        let mut place = String::new();
        self.check_in(record, &self.test.field, &operands, &mut place)
    }

    /// `place` is where in the record `value` stands: `items[2].`.
    fn check_in(
        &self,
        value: &Value,
        path: &str,
        operands: &[Cow<'_, Operand>],
        place: &mut String,
    ) -> Result<(), RowError> {
        let value = match find(value, path) {
            Found::One(value) => value,
            Found::Rows { list, rows, rest } if !rows.is_empty() => {
                let before = place.len();
                for (index, row) in rows.iter().enumerate() {
                    place.push_str(&format!("{list}[{index}]."));
                    self.check_in(row, rest, operands, place)?;
                    place.truncate(before);
                }
                return Ok(());
            }
            Found::Nothing | Found::Rows { .. } => &Value::Null,
        };
        if self.test.holds(value, operands)? {
            return Ok(());
        }
        let field = format!("{place}{path}");
        let message = if self.said.is_some() { &BROKEN_AND_SAID } else { &BROKEN };
        let mut fault = Fault::about(message, value).with(field).with(&self.test.text);
        if let Some((en, zh)) = &self.said {
            fault = fault.with(en).with(zh);
        }
        Err(RowError::of(*fault, &self.test.path, &self.test.text))
    }
}
