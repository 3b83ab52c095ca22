//! What became of a page of documents that a target was given.

use ferry_mapping::Context;
use ferry_platforms::Class;
use ferry_sync::flow::Flow;
use ferry_sync::problem::Failure;
use ferry_sync::tally::Interface;
use ferry_sync::target::{Document, Outcome, Target};
use serde_json::Value;

#[derive(Debug)]
pub struct Written {
    pub result: Result<Vec<Outcome>, Failure>,
    /// Calls that ask what is there.
    pub looks: u64,
    /// Calls that write.
    pub writes: u64,
    pub in_doubt: bool,
    /// All calls by interface.
    pub called: Vec<Value>,
}

impl Written {
    /// Has the target write them, and counts what that takes.
    pub fn by(target: &mut dyn Target, documents: Vec<Document>) -> Written {
        let looks = target.lookups();
        let result = target.write(documents);
        Written {
            result,
            looks: target.lookups() - looks,
            writes: target.calls(),
            in_doubt: target.is_in_doubt(),
            called: target.called().iter().map(Interface::shown).collect(),
        }
    }

    pub fn outcomes(&self) -> &[Outcome] {
        self.result.as_ref().unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    pub fn count(&self, outcome: &Outcome) -> usize {
        self.outcomes().iter().filter(|each| *each == outcome).count()
    }

    /// The codes of the dead, with their places.
    pub fn dead(&self) -> Vec<(usize, String)> {
        let code = |(at, outcome): (usize, &Outcome)| match outcome {
            Outcome::Dead(problem) => Some((at, problem.code.to_string())),
            _ => None,
        };
        self.outcomes().iter().enumerate().filter_map(code).collect()
    }

    pub fn failed(&self) -> (Class, bool) {
        (self.result.as_ref().expect_err("a failure").class, self.in_doubt)
    }
}

/// What a mapping may ask for, at no time in particular.
pub fn context(flow: &Flow) -> Context<'_> {
    Context {
        params: &flow.file.params,
        last_sync_time: 0,
        current_time: 0,
        page_size: 0,
        start_page: 0,
        start_row: 0,
        lookups: None,
    }
}
