//! How each flow stands, worst first: the judgement is that of the alerts ([`ferry_watch::fleet`]), so that a page and a
//! message say the same.

use crate::Answer;
use crate::catalogue::{About, FlowEntry};
use crate::texts::Language;
use crate::visit::Visit;
use ferry_sync::problem::Problem;
use ferry_watch::fleet::{Standing, State, Watched, standing};
use ferry_watch::words::Words;
use serde_json::Value;

/// A flow and what it says of itself.
pub struct Fared<'f> {
    /// The flow.
    pub entry: &'f FlowEntry,
    /// What its file says.
    pub about: About,
    /// What it answered.
    pub answer: Answer,
    /// The judgement.
    pub standing: Standing,
}

impl Fared<'_> {
    /// The document; null without state.
    pub fn document(&self) -> &Value {
        if self.answer.status == 200 { &self.answer.body } else { &Value::Null }
    }

    /// At a glance.
    pub fn state(&self) -> State {
        self.standing.state
    }
}

/// All enabled flows, worst first.
pub fn all<'v>(v: &Visit<'v>) -> Vec<Fared<'v>> {
    let mut flows: Vec<Fared<'v>> = v.flows().map(|entry| one(v, entry)).collect();
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.state()));
    flows
}

/// One flow.
pub fn one<'v>(v: &Visit<'v>, entry: &'v FlowEntry) -> Fared<'v> {
    let answer = v.ask(entry.name, "GET", "", None);
    let said = if answer.status == 200 { Ok(answer.body.clone()) } else { Err(refusal(&answer)) };
    let standing = standing(&Watched::new(entry.file, said), v.now());
    Fared { entry, about: entry.about(v.language), answer, standing }
}

fn refusal(answer: &Answer) -> Problem {
    serde_json::from_value(answer.body["error"].clone()).unwrap_or_else(|_| {
        Problem::new(
            "no_answer",
            format!("the flow did not answer (HTTP {})", answer.status),
            format!("流程没有应答（HTTP {}）", answer.status),
        )
    })
}

/// Words of the alerts in the language of the page.
pub fn said(words: &Words, language: Language) -> &str {
    match language {
        Language::En => &words.en,
        Language::Zh => &words.zh,
    }
}
