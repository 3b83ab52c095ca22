//! Key-value, in one of Spin's stores: [`sqlite`], the default, or [`redis`], which the runtime configuration
//! chooses. Each copies Spin's, quirks included (spin.md 1.5, 2): an app must pass on both.
//!
//! | | SQLite | Redis |
//! |---|---|---|
//! | keys | per label | those of the URL's database, whatever label or app |
//! | a counter | eight bytes; anything else kills the store | decimal text; anything else is an error |
//! | `get_many` | leaves out what is not there | sends `KEYS k1 k2 …`, which Redis refuses |
//! | `set_many`, `delete_many` of nothing | do nothing | are errors |
//! | compare-and-swap | creation is unconditional | always reports failure, though it may have written |

mod host;
pub mod redis;
pub mod sqlite;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use self::redis::Redis;
use self::sqlite::Sqlite;
use crate::runtime_config::{RuntimeConfig, StoreConfig};

/// Reads beyond this many bytes fail.
const MAX_RESULT_BYTES: usize = 128 << 20;

/// An open store: its label.
#[derive(Debug, Clone)]
pub struct Label(String);

/// A compare-and-swap under way.
pub struct Cas {
    store: Label,
    /// The guest's handle of the store: a failed swap needs it open still.
    bucket: u32,
    key: String,
    swap: Box<dyn CompareAndSwap>,
}

/// Why a call on the store failed.
#[derive(Debug)]
pub enum Failure {
    /// The guest is told.
    Store(String),
    /// An `increment` met a value that is no counter. Spin's host panics there with its mutex held, so that
    /// every later call in the process traps; so does this one.
    Dead(String),
}

type Result<T, E = Failure> = std::result::Result<T, E>;

/// What a store can do. Calls block their worker thread, as in Spin they suspend the instance.
trait Backend: Send + Sync {
    /// Connects if need be.
    fn open(&self) -> Result<()>;
    fn get(&self, store: &Label, key: &str) -> Result<Option<Vec<u8>>>;
    fn set(&self, store: &Label, key: &str, value: &[u8]) -> Result<()>;
    fn delete(&self, store: &Label, key: &str) -> Result<()>;
    fn exists(&self, store: &Label, key: &str) -> Result<bool>;
    fn keys(&self, store: &Label) -> Result<Vec<String>>;
    fn get_many(&self, store: &Label, keys: Vec<String>) -> Result<Vec<(String, Option<Vec<u8>>)>>;
    fn set_many(&self, store: &Label, pairs: &[(String, Vec<u8>)]) -> Result<()>;
    fn delete_many(&self, store: &Label, keys: Vec<String>) -> Result<()>;
    fn increment(&self, store: &Label, key: &str, delta: i64) -> Result<i64>;
    fn compare_and_swap(self: Arc<Self>, store: &Label, key: &str) -> Result<Box<dyn CompareAndSwap>>;
}

/// One compare-and-swap of one key.
trait CompareAndSwap: Send {
    /// The key's value, which [`CompareAndSwap::swap`] compares with.
    fn current(&mut self) -> Result<Option<Vec<u8>>>;
    /// Whether it reports success.
    fn swap(&self, value: &[u8]) -> Result<bool>;
}

/// The stores of one process.
pub struct Stores {
    default: Arc<dyn Backend>,
    configured: BTreeMap<String, Arc<dyn Backend>>,
}

impl Stores {
    /// Those that the runtime configuration names, and SQLite in the file `path` for the others; the file is made at
    /// the first use.
    ///
    /// # Errors
    /// A URL that is none.
    pub fn new(path: PathBuf, config: &RuntimeConfig) -> anyhow::Result<Self> {
        let default: Arc<dyn Backend> = Arc::new(Sqlite::new(path));
        let mut configured = BTreeMap::new();
        for (label, store) in &config.key_value_store {
            let store: Arc<dyn Backend> =
                match store {
                    StoreConfig::Spin {} => default.clone(),
                    StoreConfig::Redis { url } => Arc::new(Redis::new(url).with_context(|| {
                        format!("could not configure key-value store with label '{label}'")
                    })?),
                };
            configured.insert(label.clone(), store);
        }
        Ok(Self { default, configured })
    }

    fn of(&self, store: &Label) -> &Arc<dyn Backend> {
        self.configured.get(&store.0).unwrap_or(&self.default)
    }
}

fn limit(bytes: usize) -> Result<()> {
    if bytes > MAX_RESULT_BYTES {
        return Err(Failure::Store(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
    }
    Ok(())
}
