//! What the target may hold, what it holds, and the table of both.

use super::place::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Documents by the key of the source's record.
type Versions = BTreeMap<String, Vec<Value>>;

/// Every version of every record that the target may hold at the end, the newest last.
pub(super) struct Ledger {
    versions: Versions,
    stale: Vec<String>,
}

impl Ledger {
    pub fn new(place: &Place) -> Self {
        let mut ledger = Ledger { versions: Versions::new(), stale: Vec::new() };
        ledger.note(place);
        ledger
    }

    /// The source has changed.
    pub fn note(&mut self, place: &Place) {
        for (key, version) in place.expected() {
            let versions = self.versions.entry(key).or_default();
            if versions.last() != Some(&version) {
                versions.push(version);
            }
        }
    }

    /// Nobody is at work: what has not arrived can only arrive as it is now.
    pub fn pin(&mut self, place: &Place) {
        self.note(place);
        let arrived: BTreeMap<String, Value> = place.arrivals().into_iter().collect();
        for (key, versions) in &mut self.versions {
            match arrived.get(key) {
                None => *versions = versions.split_off(versions.len() - 1),
                Some(there) if !versions.contains(there) => {
                    self.stale.push(format!("{key} was {there}, and may be one of {versions:?}"));
                }
                Some(there) if !place.updates() => *versions = vec![there.clone()],
                Some(_) => {}
            }
        }
    }

    /// All has been carried: counts what is wrong.
    pub fn settle(&mut self, place: &Place, outcome: &mut Outcome) {
        self.note(place);
        let mut arrived: BTreeMap<String, Value> = BTreeMap::new();
        for (key, there) in place.arrivals() {
            if !self.versions.contains_key(&key) {
                outcome.strange.push(key.clone());
            }
            if arrived.insert(key.clone(), there).is_some() {
                outcome.doubled.push(key);
            }
        }
        outcome.stale.append(&mut self.stale);
        for (key, versions) in &self.versions {
            let newest = versions.last().expect("a record has a version");
            let right = |there: &Value| match place.updates() {
                true => there == newest,
                false => versions.contains(there),
            };
            match arrived.get(key) {
                None => outcome.lost.push(key.clone()),
                Some(there) if !right(there) => {
                    outcome.stale.push(format!("{key} is {there}, and may be one of {versions:?}"));
                }
                Some(_) => outcome.right += 1,
            }
        }
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The flow.
    pub flow: &'static str,
    /// The seed that gives the same changes and delays again.
    pub seed: u64,
    /// Kills.
    pub kills: u32,
    /// Of these, how many cut a run off.
    pub met: u32,
    /// Of these, how many left a lease that was found held when the app was ready again.
    pub held: u32,
    /// Records that are at the target as they should be.
    pub right: u64,
    /// Keys of records that never arrived.
    pub lost: Vec<String>,
    /// Keys of documents that are there more than once.
    pub doubled: Vec<String>,
    /// Documents that differ from every version that they may be of.
    pub stale: Vec<String>,
    /// Keys of documents of no record.
    pub strange: Vec<String>,
    /// Dead letters, waiting and parked.
    pub dead: u64,
    /// Calls that both systems saw.
    pub calls: u64,
    /// The longest that the flow was refused after a start.
    pub longest: Duration,
}

impl Outcome {
    pub(super) fn new(flow: &'static str, seed: u64) -> Self {
        Outcome {
            flow,
            seed,
            kills: 0,
            met: 0,
            held: 0,
            right: 0,
            lost: Vec::new(),
            doubled: Vec::new(),
            stale: Vec::new(),
            strange: Vec::new(),
            dead: 0,
            calls: 0,
            longest: Duration::ZERO,
        }
    }

    /// What is wrong, in words; empty when nothing is.
    pub fn wrong(&self) -> String {
        let mut text = String::new();
        let lists = [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("stale", &self.stale),
            ("of no record", &self.strange),
        ];
        for (what, keys) in lists.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let some = keys.iter().take(5).map(String::as_str).collect::<Vec<_>>().join("\n  ");
            let _ = writeln!(text, "{}, seed {}: {} {what}:\n  {some}", self.flow, self.seed, keys.len());
        }
        if self.dead > 0 {
            let _ = writeln!(text, "{}, seed {}: {} dead letters", self.flow, self.seed, self.dead);
        }
        if self.right == 0 {
            let _ = writeln!(text, "{}: nothing was carried", self.flow);
        }
        text
    }

    /// Nothing lost, doubled, stale or dead.
    ///
    /// # Panics
    /// When something is.
    pub fn assert_clean(&self) {
        assert!(self.wrong().is_empty(), "{}", self.wrong());
    }
}

/// One line for each flow, and their sum.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| flow | kills | met a run | lease found held | right | lost | doubled | stale | dead letters | calls | longest wait |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut line = |name: &str, of: &[Outcome]| {
        let sum = |count: fn(&Outcome) -> u64| of.iter().map(count).sum::<u64>();
        let longest = of.iter().map(|outcome| outcome.longest).max().unwrap_or_default();
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} s |",
            sum(|outcome| outcome.kills.into()),
            sum(|outcome| outcome.met.into()),
            sum(|outcome| outcome.held.into()),
            sum(|outcome| outcome.right),
            sum(|outcome| outcome.lost.len() as u64),
            sum(|outcome| outcome.doubled.len() as u64),
            sum(|outcome| (outcome.stale.len() + outcome.strange.len()) as u64),
            sum(|outcome| outcome.dead),
            sum(|outcome| outcome.calls),
            longest.as_secs_f64(),
        );
    };
    for outcome in outcomes {
        line(outcome.flow, std::slice::from_ref(outcome));
    }
    line("all", outcomes);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_counts_what_is_wrong_and_the_words_name_it() {
        let mut outcome = Outcome { kills: 6, met: 5, held: 4, right: 40, ..Outcome::new("a-to-b", 7) };
        assert_eq!(outcome.wrong(), "");
        outcome.lost.push("17".to_owned());
        outcome.doubled.push("18".to_owned());
        assert!(outcome.wrong().contains("a-to-b, seed 7: 1 lost:\n  17"), "{}", outcome.wrong());
        let table = table(&[outcome]);
        assert!(table.contains("| a-to-b | 6 | 5 | 4 | 40 | 1 | 1 | 0 | 0 | 0 | 0.0 s |"), "{table}");
    }
}
