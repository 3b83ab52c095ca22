//! What is wrong, in words for people.

use serde::Serialize;

/// The same in two languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Text {
    /// Both at once.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Text {
        Text { en: en.into(), zh: zh.into() }
    }

    /// This, then that on a line of its own.
    pub fn line(self, more: Text) -> Text {
        Text { en: format!("{}\n{}", self.en, more.en), zh: format!("{}\n{}", self.zh, more.zh) }
    }

    /// This, then that.
    pub fn and(self, more: Text) -> Text {
        let joined = |first: String, space: &str, second: String| match (first.is_empty(), second.is_empty())
        {
            (false, false) => first + space + &second,
            _ => first + &second,
        };
        Text { en: joined(self.en, " ", more.en), zh: joined(self.zh, "", more.zh) }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is wrong; something was left untried, or had an effect that one should know of.
    Note,
    /// It works, or is not meant to; but look at it.
    Warning,
    /// It cannot work so.
    Problem,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, in snake_case: `ip_not_whitelisted`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was called: method and address without its query, and what it asks for.
    pub call: Option<String>,
    /// What came back: the system's own code and words.
    pub answer: Option<String>,
    /// What that means.
    pub means: Text,
    /// What to do.
    pub advice: Text,
}

impl Finding {
    /// Something that no call was needed for.
    pub fn new(severity: Severity, code: &'static str, means: Text, advice: Text) -> Finding {
        Finding { code, severity, call: None, answer: None, means, advice }
    }

    /// A problem.
    pub fn problem(code: &'static str, means: Text, advice: Text) -> Finding {
        Finding::new(Severity::Problem, code, means, advice)
    }

    /// The same, found by this call.
    pub fn at(self, call: &str) -> Finding {
        Finding { call: Some(call.to_owned()), ..self }
    }

    /// The same, with what came back.
    pub fn said(self, answer: impl Into<String>) -> Finding {
        Finding { answer: Some(answer.into()).filter(|text: &String| !text.is_empty()), ..self }
    }

    /// Every text in it, changed.
    pub fn map(self, change: impl Fn(&str) -> String) -> Finding {
        let text = |text: &Text| Text { en: change(&text.en), zh: change(&text.zh) };
        Finding {
            call: self.call.as_deref().map(&change),
            answer: self.answer.as_deref().map(&change),
            means: text(&self.means),
            advice: text(&self.advice),
            ..self
        }
    }
}
