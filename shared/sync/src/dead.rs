//! Dead letters: rows that were not delivered, with payload, error, attempts and next retry (`design.md` 5, 7).
//!
//! Each has a key of its own, sealed. The index says which there are, in pages of at most 500, so that a run
//! reads none of it while there are none, and the state document knows from each page's earliest due time
//! whether any is to be tried.
//!
//! The lease's fence holds here too: the keys of letters and pages carry the ticket of the run that wrote them,
//! so a holder that wakes up late writes only keys that nobody reads. What a commit no longer refers to is
//! named in the state document and deleted by the *next* run, which alone can be sure that nobody needs it.

use crate::host::{Random, Store};
use crate::problem::{Failure, Problem};
use crate::seal::Seal;
use crate::state::{DeadPage, DeadSummary, Keys, State};
use ferry_mapping::{Map, Value};
use ferry_platforms::Class;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Letters on one page of the index: with ids of usual length a page stays far below a store's 1 MB.
pub const PER_PAGE: usize = 500;

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The record's id at the source.
    pub id: String,
    /// Its number, as people know it.
    pub number: String,
    /// Why it was not delivered, the last time.
    pub error: Problem,
    /// The record as the source gave it.
    pub record: Map<String, Value>,
    /// Attempts so far.
    pub attempts: u32,
    /// Unix seconds.
    pub first_failed: i64,
    /// Unix seconds.
    pub last_failed: i64,
    /// Unix seconds of the next attempt; `None`: parked, waits for a person.
    pub due: Option<i64>,
}

/// A line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The record's id at the source.
    pub id: String,
    /// The error's code.
    pub code: String,
    /// Attempts so far.
    pub attempts: u32,
    /// Unix seconds.
    pub first_failed: i64,
    /// Unix seconds of the next attempt; `None`: parked.
    pub due: Option<i64>,
    /// The ticket in the letter's key.
    pub ticket: u64,
}

/// The code of a letter whose record waits for a partner record (`on_miss: wait`).
pub const WAITS: &str = "lookup_waiting";

impl Entry {
    /// Whether it waits for a partner record.
    pub fn waits_for_partner(&self) -> bool {
        self.code == WAITS && self.due.is_some()
    }
}

/// The name of a letter's key: ids come from outside and may hold anything.
pub fn hash(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The index in memory, with what has changed since the last commit.
#[derive(Debug, Default)]
pub struct Index {
    pages: BTreeMap<u64, IndexPage>,
    page_of: HashMap<String, u64>,
    changed: BTreeSet<u64>,
    /// Letters to write with the next commit.
    letters: BTreeMap<String, Letter>,
    /// Keys that the next commit gives up.
    gone: Vec<String>,
}

#[derive(Debug)]
struct IndexPage {
    /// The ticket in the key under which it is in the store; `None`: not there yet.
    stored: Option<u64>,
    entries: Vec<Entry>,
}

impl Index {
    /// Reads the pages that the state document names.
    pub fn load(store: &dyn Store, keys: &Keys, summary: &DeadSummary) -> Result<Index, Failure> {
        let mut index = Index::default();
        for page in &summary.pages {
            let key = keys.dead_index(page.page, page.ticket);
            let bytes = store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
            let entries: Vec<Entry> = match bytes.map(|bytes| serde_json::from_slice(&bytes)) {
                Some(Ok(entries)) => entries,
                broken => return Err(damaged(&key, broken.is_some())),
            };
            for entry in &entries {
                index.page_of.insert(entry.id.clone(), page.page);
            }
            index.pages.insert(page.page, IndexPage { stored: Some(page.ticket), entries });
        }
        Ok(index)
    }

    /// The entry of an id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.pages.get(self.page_of.get(id)?)?.entries.iter().find(|entry| entry.id == id)
    }

    /// All entries, oldest page first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.pages.values().flat_map(|page| &page.entries)
    }

    /// All entries, those first that the oldest run wrote: at their last attempt, or when they were met again.
    pub fn longest_left_alone(&self) -> impl Iterator<Item = &Entry> {
        let mut entries: Vec<&Entry> = self.entries().collect();
        entries.sort_by_key(|entry| entry.ticket);
        entries.into_iter()
    }

    /// Ids whose time has come, earliest first.
    pub fn due(&self, now: i64) -> Vec<String> {
        let mut due: Vec<(i64, &str)> = self
            .entries()
            .filter_map(|entry| Some((entry.due.filter(|due| *due <= now)?, entry.id.as_str())))
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id.to_owned()).collect()
    }

    /// Adds or replaces a letter, for the run with this ticket.
    pub fn put(&mut self, letter: Letter, keys: &Keys, ticket: u64) {
        let entry = Entry {
            id: letter.id.clone(),
            code: letter.error.code.to_string(),
            attempts: letter.attempts,
            first_failed: letter.first_failed,
            due: letter.due,
            ticket,
        };
        let number = self.page_of.get(&letter.id).copied().unwrap_or_else(|| self.page_with_room());
        let page = self.pages.entry(number).or_insert(IndexPage { stored: None, entries: Vec::new() });
        match page.entries.iter_mut().find(|old| old.id == letter.id) {
            Some(old) => {
                if old.ticket != ticket {
                    self.gone.push(keys.dead(&hash(&letter.id), old.ticket));
                }
                *old = entry;
            }
            None => page.entries.push(entry),
        }
        self.page_of.insert(letter.id.clone(), number);
        self.changed.insert(number);
        self.letters.insert(letter.id.clone(), letter);
    }

    /// Removes a letter: delivered, or deleted by a person. `false` when there was none.
    pub fn remove(&mut self, id: &str, keys: &Keys) -> bool {
        let Some(number) = self.page_of.remove(id) else { return false };
        let page = self.pages.get_mut(&number).expect("page_of names pages that exist");
        let at =
            page.entries.iter().position(|entry| entry.id == id).expect("page_of names entries that exist");
        let entry = page.entries.remove(at);
        self.gone.push(keys.dead(&hash(id), entry.ticket));
        self.changed.insert(number);
        self.letters.remove(id);
        true
    }

    /// Whether a commit has something to write here.
    pub fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    fn page_with_room(&self) -> u64 {
        match self.pages.iter().find(|(_, page)| page.entries.len() < PER_PAGE) {
            Some((number, _)) => *number,
            None => self.pages.keys().next_back().map_or(0, |last| last + 1),
        }
    }

    /// What the next commit of the run with this ticket writes.
    pub fn writes(
        &self,
        keys: &Keys,
        ticket: u64,
        seal: &Seal,
        random: &dyn Random,
    ) -> Vec<(String, Vec<u8>)> {
        let letters = self.letters.iter().map(|(id, letter)| {
            let key = keys.dead(&hash(id), ticket);
            let json = serde_json::to_vec(letter).expect("a letter is plain data");
            let sealed = seal.close(&key, &json, random);
            (key, sealed)
        });
        let pages = self.changed.iter().map(|number| (number, &self.pages[number].entries));
        let pages = pages.filter(|(_, entries)| !entries.is_empty()).map(|(number, entries)| {
            (
                keys.dead_index(*number, ticket),
                serde_json::to_vec(entries).expect("an index page is plain data"),
            )
        });
        letters.chain(pages).collect()
    }

    /// What the state document is to say with that commit: the summary, and the keys that are needed no more.
    pub fn describe(&self, keys: &Keys, ticket: u64, state: &mut State) {
        state.trash.extend(self.gone.iter().cloned());
        for number in &self.changed {
            let page = &self.pages[number];
            let moved = page.stored.is_some_and(|stored| stored != ticket);
            if let Some(stored) = page.stored.filter(|_| moved || page.entries.is_empty()) {
                state.trash.push(keys.dead_index(*number, stored));
            }
        }
        // A key given up and written again in one run (a letter removed, then put back) stays.
        let again: BTreeSet<String> = self.letters.keys().map(|id| keys.dead(&hash(id), ticket)).collect();
        state.trash.retain(|key| !again.contains(key));
        state.dead = self.summary(ticket);
    }

    /// The commit stands.
    pub fn settle(&mut self, ticket: u64) {
        for number in std::mem::take(&mut self.changed) {
            if let Some(page) = self.pages.get_mut(&number) {
                page.stored = Some(ticket);
            }
        }
        self.pages.retain(|_, page| !page.entries.is_empty());
        self.letters.clear();
        self.gone.clear();
    }

    fn summary(&self, ticket: u64) -> DeadSummary {
        let parked = self.entries().filter(|entry| entry.due.is_none()).count() as u64;
        let pages: Vec<DeadPage> = self
            .pages
            .iter()
            .filter(|(_, page)| !page.entries.is_empty())
            .map(|(number, page)| DeadPage {
                page: *number,
                ticket: page.stored.filter(|_| !self.changed.contains(number)).unwrap_or(ticket),
                letters: page.entries.len() as u64,
                next_due: page.entries.iter().filter_map(|entry| entry.due).min(),
            })
            .collect();
        let pending = self.entries().filter(|entry| entry.waits_for_partner()).count() as u64;
        let waiting = pages.iter().map(|page| page.letters).sum::<u64>() - parked;
        DeadSummary { waiting, pending, parked, pages }
    }
}

fn damaged(key: &str, present: bool) -> Failure {
    let (en, zh) = if present { ("cannot be read", "无法读取") } else { ("is missing", "缺失") };
    Failure::fatal(
        Problem::new(
            "dead_index_damaged",
            format!("the page {key} of the dead letters' index {en}"),
            format!("死信索引页 {key} {zh}"),
        )
        .hint(
            "nothing was overwritten; restore the key-value store from its backup",
            "未覆盖任何数据；请从备份恢复键值存储",
        ),
    )
}

/// Reads one letter. `None`: there is none, or it was sealed with another key.
pub fn letter(store: &dyn Store, keys: &Keys, seal: &Seal, entry: &Entry) -> Result<Option<Letter>, Failure> {
    let key = keys.dead(&hash(&entry.id), entry.ticket);
    let sealed = store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
    Ok(sealed.and_then(|sealed| serde_json::from_slice(&seal.open(&key, &sealed)?).ok()))
}

/// A failure of the key-value store, which every run can survive: the next one carries on.
pub fn store_failure(key: &str, message: &str) -> Failure {
    Failure::new(
        Class::Transport,
        Problem::new(
            "store_failed",
            format!("the key-value store failed at {key}: {message}"),
            format!("键值存储在 {key} 处失败：{message}"),
        )
        .hint(
            "the next run carries on from the last commit; look at the store's disk and load",
            "下次运行从上次提交处继续；请检查存储的磁盘与负载",
        ),
    )
}
