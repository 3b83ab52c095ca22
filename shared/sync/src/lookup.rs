//! `_findCollection`: what a page's records look up in other systems, fetched in as few calls as the platform
//! allows (`design.md` 4).
//!
//! The mapping asks [`Finder`] and, where nothing is known yet, says so; [`Finder::resolve`] then fetches all
//! that was asked for, by lookup, and lets the mapping ask again, until nothing is unknown: a lookup whose key
//! comes from another lookup takes another turn. Found records are used again for the lookup's `ttl`, also by
//! the next runs, from one bounded document for each lookup. That a record was missing is forgotten with the
//! run: it may be there the next time.

pub mod galaxy;

use crate::dead::store_failure;
use crate::host::Host;
use crate::problem::Failure;
use crate::seal::Seal;
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{Found, Lookups, OnMiss, Value};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The lookups' part of a flow, compiled, and their accounts.
pub trait LookupPart {
    /// What fetches, for one invocation. Calls nothing yet.
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Fetch + 'h>;
}

/// Fetches records of other systems.
pub trait Fetch {
    /// The records of the lookup `name` that have one of these keys, in the platform's order: objects with the
    /// key fields and all fields that the mapping finds there. A key without a record has none.
    ///
    /// # Errors
    /// The platform's refusal, or no answer.
    fn fetch(&mut self, name: &str, keys: &[Key]) -> Result<Vec<Value>, Failure>;
    /// Calls made so far.
    fn calls(&self) -> u64;
    /// As [`crate::source::Source::called`].
    fn called(&mut self) -> Vec<Interface> {
        Vec::new()
    }
    /// As [`crate::source::Source::used_keys`].
    fn used_keys(&mut self) -> Vec<String>;
}

/// Fields and what they must be, all of them; texts and numbers as their text.
pub type Key = Vec<(String, String)>;

/// Records kept of one lookup, in memory and in the store.
const KEPT: usize = 2000;
/// The largest document in the store, in bytes of JSON: half of what the smallest host takes.
const LARGEST: usize = 512 * 1024;
/// Lookups in lookups, to this depth.
const TURNS: usize = 8;

/// What is known of the lookups, for one invocation.
pub struct Finder<'h> {
    host: Host<'h>,
    seal: &'h Seal,
    flow: &'h ferry_mapping::FlowFile,
    /// What the kept records depend on besides their key.
    version: String,
    fetch: Box<dyn Fetch + 'h>,
    known: BTreeMap<String, Shelf>,
    wanted: RefCell<BTreeMap<String, BTreeSet<Key>>>,
}

/// Of one lookup: a record for each key, or that there is none.
#[derive(Default)]
struct Shelf {
    records: BTreeMap<Key, Option<Kept>>,
    changed: bool,
}

/// A record, as long as it may be used.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    record: Value,
    /// Unix seconds.
    until: i64,
}

/// A lookup's document in the store.
#[derive(Serialize, Deserialize)]
struct Document {
    version: String,
    records: Vec<(Key, Kept)>,
}

impl<'h> Finder<'h> {
    /// A finder for a flow whose file has this digest.
    pub fn new(opening: &Opening<'h>, digest: &str, fetch: Box<dyn Fetch + 'h>) -> Self {
        let (host, seal, flow) = (opening.host, opening.seal, opening.file);
        let params = serde_json::to_string(&flow.params).expect("parameters are plain data");
        let version = format!("{digest}/{}", crate::dead::hash(&params));
        Finder { host, seal, flow, version, fetch, known: BTreeMap::new(), wanted: RefCell::default() }
    }

    /// Fetches what `ask`, which maps all records once, finds unknown, until it finds nothing so.
    ///
    /// # Errors
    /// A fetch failed, or the store.
    pub fn resolve(&mut self, ask: &mut dyn FnMut(&dyn Lookups)) -> Result<(), Failure> {
        self.forget_what_is_old();
        for _ in 0..TURNS {
            ask(self);
            let wanted = std::mem::take(&mut *self.wanted.borrow_mut());
            if wanted.is_empty() {
                return Ok(());
            }
            for (name, keys) in wanted {
                self.learn(&name, keys)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, name: &str, mut keys: BTreeSet<Key>) -> Result<(), Failure> {
        if !self.known.contains_key(name) {
            let shelf = self.kept(name)?;
            keys.retain(|key| !shelf.records.contains_key(key));
            self.known.insert(name.to_owned(), shelf);
        }
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<Key> = keys.into_iter().collect();
        let records = self.fetch.fetch(name, &keys)?;
        let ttl = self.flow.lookups.get(name).map_or(0, |lookup| crate::run::seconds(lookup.ttl));
        let until = self.now() + ttl;
        let shelf = self.known.get_mut(name).expect("put there above");
        if shelf.records.len() + keys.len() > KEPT {
            shelf.records.clear();
        }
        for key in keys {
            // The first in the platform's order; exactly the text, or the same but for letter case and blanks at
            // the end, as these systems compare.
            let exact = records.iter().find(|record| has(record, &key, |a, b| a == b));
            let record = exact.or_else(|| records.iter().find(|record| has(record, &key, alike))).cloned();
            shelf.changed |= record.is_some() && ttl > 0;
            shelf.records.insert(key, record.map(|record| Kept { record, until }));
        }
        Ok(())
    }

    fn forget_what_is_old(&mut self) {
        let now = self.now();
        for shelf in self.known.values_mut() {
            shelf.records.retain(|_, kept| kept.as_ref().is_none_or(|kept| kept.until > now));
        }
    }

    /// What earlier runs found, if it is still good.
    fn kept(&self, name: &str) -> Result<Shelf, Failure> {
        let key = self.store_key(name);
        let sealed = self.host.store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
        let document = sealed
            .and_then(|sealed| serde_json::from_slice::<Document>(&self.seal.open(&key, &sealed)?).ok())
            .filter(|document| document.version == self.version);
        let now = self.now();
        let records = document.into_iter().flat_map(|document| document.records);
        let records = records.filter(|(_, kept)| kept.until > now).map(|(key, kept)| (key, Some(kept)));
        Ok(Shelf { records: records.collect(), changed: false })
    }

    /// What the next commit writes, so that the next runs need not ask.
    pub fn writes(&mut self) -> Vec<(String, Vec<u8>)> {
        let names: Vec<String> =
            self.known.iter().filter(|(_, shelf)| shelf.changed).map(|(name, _)| name.clone()).collect();
        names
            .into_iter()
            .map(|name| {
                let shelf = self.known.get_mut(&name).expect("named above");
                shelf.changed = false;
                let mut records: Vec<(Key, Kept)> = shelf
                    .records
                    .iter()
                    .filter_map(|(key, kept)| Some((key.clone(), kept.clone()?)))
                    .collect();
                // The freshest, as many as there is room for.
                records.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.until));
                let json = loop {
                    let document = Document { version: self.version.clone(), records };
                    let json = serde_json::to_vec(&document).expect("records are plain data");
                    if json.len() <= LARGEST {
                        break json;
                    }
                    records = document.records;
                    records.truncate(records.len() / 2);
                };
                let key = self.store_key(&name);
                let sealed = self.seal.close(&key, &json, self.host.random);
                (key, sealed)
            })
            .collect()
    }

    fn store_key(&self, name: &str) -> String {
        format!("lookup/{}/{name}", self.flow.name)
    }

    fn now(&self) -> i64 {
        self.host.clock.wall_ms().div_euclid(1000)
    }

    /// Calls made so far.
    pub fn calls(&self) -> u64 {
        self.fetch.calls()
    }

    /// As [`crate::source::Source::called`].
    pub fn called(&mut self) -> Vec<Interface> {
        self.fetch.called()
    }

    /// As [`crate::source::Source::used_keys`].
    pub fn used_keys(&mut self) -> Vec<String> {
        self.fetch.used_keys()
    }

    fn missed(&self, from: &str) -> Found<'_> {
        match self.flow.lookups.get(from).map(|lookup| &lookup.on_miss) {
            Some(OnMiss::Wait) => Found::Waiting,
            Some(OnMiss::Default(value)) => Found::Default(value),
            Some(OnMiss::Empty) => Found::Empty,
            Some(OnMiss::Fail) | None => Found::Missed,
        }
    }
}

impl Lookups for Finder<'_> {
    fn find(&self, from: &str, keys: &[(&str, Cow<'_, Value>)]) -> Found<'_> {
        let mut key: Key = keys.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
        key.sort();
        match self.known.get(from).and_then(|shelf| shelf.records.get(&key)) {
            Some(Some(kept)) => Found::Record(&kept.record),
            Some(None) => self.missed(from),
            None => {
                self.wanted.borrow_mut().entry(from.to_owned()).or_default().insert(key);
                Found::Unknown
            }
        }
    }

    fn without_key(&self, from: &str) -> Found<'_> {
        self.missed(from)
    }
}

fn has(record: &Value, key: &Key, same: fn(&str, &str) -> bool) -> bool {
    key.iter().all(|(name, wanted)| record.get(name).is_some_and(|value| same(&text(value), wanted)))
}

fn alike(one: &str, other: &str) -> bool {
    one.trim_end().to_lowercase() == other.trim_end().to_lowercase()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
