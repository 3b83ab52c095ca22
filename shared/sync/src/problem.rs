//! What went wrong, for the person who reads it at night: in English and in Chinese, with what happens next.

use ferry_mapping::RowError;
use ferry_platforms::{Class, Error as PlatformError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An error as it appears in reports, dead letters and HTTP answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name in `snake_case`.
    pub code: Box<str>,
    /// What was being done, and what came back.
    pub message: Box<str>,
    /// The same in Chinese.
    pub message_zh: Box<str>,
    /// What to do, or what happens next.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub hint: Box<str>,
    /// The same in Chinese.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub hint_zh: Box<str>,
    /// Where in the target document it happened, for errors of the mapping: `FEntity[2].FQty`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub field: Box<str>,
    /// The value string of that field, as the flow file has it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub expression: Box<str>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(code: &str, message: impl Into<Box<str>>, message_zh: impl Into<Box<str>>) -> Self {
        Problem {
            code: code.into(),
            message: message.into(),
            message_zh: message_zh.into(),
            hint: "".into(),
            hint_zh: "".into(),
            field: "".into(),
            expression: "".into(),
        }
    }

    /// Adds what to do.
    pub fn hint(mut self, en: impl Into<Box<str>>, zh: impl Into<Box<str>>) -> Self {
        self.hint = en.into();
        self.hint_zh = zh.into();
        self
    }

    /// A vendor's answer, with what was being done.
    pub fn vendor(doing: &str, doing_zh: &str, error: &PlatformError) -> Self {
        let code = error.vendor_code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
        Problem::new(
            error.code,
            format!("{doing}:{code} {}", error.message),
            format!("{doing_zh}：{code} {}", error.message),
        )
        .hint(error.hint_en.as_str(), error.hint_zh.as_str())
    }
}

impl From<&RowError> for Problem {
    fn from(error: &RowError) -> Self {
        let (field, expression) = (error.path.as_str(), error.expression.as_str());
        Problem {
            field: field.into(),
            expression: expression.into(),
            ..Problem::new(
                error.code,
                format!("{field}: {} (expression: {expression})", error.en()),
                format!("{field}：{}（表达式：{expression}）", error.zh()),
            )
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

/// Why a piece of a run ended early: the problem, and its class, which decides what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it is.
    pub problem: Problem,
    /// What to do about it (`design.md` 7, "Retries").
    pub class: Class,
}

impl Failure {
    /// A failure of the given class.
    pub fn new(class: Class, problem: Problem) -> Self {
        Failure { problem, class }
    }

    /// One that ends the run.
    pub fn fatal(problem: Problem) -> Self {
        Failure::new(Class::Fatal, problem)
    }

    /// A vendor's answer, with what was being done.
    pub fn vendor(doing: &str, doing_zh: &str, error: &PlatformError) -> Self {
        Failure::new(error.class, Problem::vendor(doing, doing_zh, error))
    }
}
