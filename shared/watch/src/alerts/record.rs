//! What the alerts keep in the key-value store, under one key: what is open, what is still to be sent, what went out.
//! The console shows it. It is bounded, and holds no secret.

use crate::fleet::Code;
use crate::robots::{ChannelName, Item, Refusal};
use crate::settings::Settings;
use crate::words::Words;
use ferry_sync::host::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The key.
pub const KEY: &str = "alerts";
/// The version of the document that this code writes.
pub const VERSION: u32 = 1;
/// Messages kept, those that were refused among them.
pub const SENT: usize = 100;
/// News kept for channels that do not take them; the oldest go first.
pub const OUTBOX: usize = 100;
/// For so many seconds news are worth sending.
pub const WORTH: i64 = 86_400;

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// [`VERSION`].
    pub version: u32,
    /// When the last check ended, Unix seconds; 0: there was none.
    pub checked_at: i64,
    /// What is open.
    pub open: Vec<Open>,
    /// What went out, newest first.
    pub sent: VecDeque<Sent>,
    /// What some channel has not taken yet.
    pub outbox: Vec<News>,
    /// Channels that did not take their last message.
    pub trouble: BTreeMap<ChannelName, Trouble>,
    /// When which alert was told last, as far as that still keeps it quiet.
    pub told: Vec<Told>,
    /// The flows' sums of dead letters when they were told last.
    pub counted: BTreeMap<String, Counted>,
    /// Turns before this one have no keys any more.
    pub swept: i64,
}

/// An alert that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The flow.
    pub flow: String,
    /// What it is.
    pub code: Code,
    /// Since when, Unix seconds.
    pub since: i64,
    /// When a check first saw it, Unix seconds.
    pub seen: i64,
    /// When it was told last, Unix seconds; `None`: not yet.
    pub told_at: Option<i64>,
    /// What is the matter.
    pub what: Words,
    /// What to do.
    pub hint: Words,
}

/// News, and the channels that have not taken them yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What is new.
    pub item: Item,
    /// To whom it is owed.
    pub owed: BTreeSet<ChannelName>,
}

/// A message that went out, or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When, Unix seconds; of several attempts the last.
    pub at: i64,
    /// The channel.
    pub channel: ChannelName,
    /// In a few words.
    pub summary: Words,
    /// The alerts in it, at most [`NAMED`].
    pub alerts: Vec<Named>,
    /// Why it was not taken; nothing where it was.
    pub refusal: Option<Refusal>,
    /// How often it was tried in vain, one time after the other.
    pub times: u32,
}

/// An alert in a message that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The flow.
    pub flow: String,
    /// What it is.
    pub code: Code,
    /// What had changed.
    pub change: crate::robots::Change,
}

/// So many alerts of a message are named.
pub const NAMED: usize = 20;

/// A channel that does not take its messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// How often in a row.
    pub failures: u32,
    /// When it is tried again, Unix seconds.
    pub next_at: i64,
}

/// When an alert was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The flow.
    pub flow: String,
    /// What it is.
    pub code: Code,
    /// Unix seconds.
    pub at: i64,
}

/// Sums of dead letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Records that became dead letters.
    pub dead: u64,
    /// Dead letters that were given up after their last retry.
    pub parked: u64,
}

impl Record {
    /// The record as it is in the store. One that cannot be read counts as absent: then what is open is told once more.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn load(store: &dyn Store) -> Result<Self, StoreError> {
        let bytes = store.get(KEY)?;
        let record: Option<Record> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(record.filter(|record| record.version == VERSION).unwrap_or_default())
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn save(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        self.version = VERSION;
        store.set(KEY, &serde_json::to_vec(self).expect("a record is plain data"))
    }

    /// Puts news into the outbox for all channels that are set up, and throws away what is no longer worth sending.
    pub fn owe(&mut self, news: &[Item], settings: &Settings, now: i64) {
        let owed: BTreeSet<ChannelName> =
            settings.channels.iter().map(crate::robots::Channel::name).collect();
        self.outbox.extend(news.iter().map(|item| News { item: item.clone(), owed: owed.clone() }));
        for news in &mut self.outbox {
            news.owed.retain(|channel| owed.contains(channel));
        }
        self.outbox.retain(|news| !news.owed.is_empty() && news.item.at > now - WORTH);
        let excess = self.outbox.len().saturating_sub(OUTBOX);
        self.outbox.drain(..excess);
        self.trouble.retain(|channel, _| owed.contains(channel));
    }

    /// How many news each channel is owed, those alone that are owed any.
    pub fn owed(&self) -> BTreeMap<ChannelName, usize> {
        let mut owed = BTreeMap::new();
        for channel in self.outbox.iter().flat_map(|news| &news.owed) {
            *owed.entry(*channel).or_default() += 1;
        }
        owed
    }
}
