//! The runtime configuration file: what differs from one place of running to another. Of what Spin knows this
//! host reads the key-value stores, and it refuses all else, as Spin refuses what it does not know (spin.md 2):
//!
//! ```toml
//! [key_value_store.default]
//! type = "redis"
//! url = "redis://127.0.0.1:6379/0"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The file's content.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// By label.
    #[serde(default)]
    pub key_value_store: BTreeMap<String, StoreConfig>,
}

/// Where a key-value store is kept.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StoreConfig {
    /// In the SQLite file of the state directory, as without a configuration.
    Spin {},
    /// In Redis.
    Redis {
        /// `redis://[:password@]host[:port][/database]`.
        url: String,
    },
}

/// Reads the file; without one, everything is as Spin has it by default.
///
/// # Errors
/// It cannot be read, or says something that this host does not know.
pub fn read(path: Option<&Path>) -> Result<RuntimeConfig> {
    let Some(path) = path else { return Ok(RuntimeConfig::default()) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to read runtime config file '{}'", path.display()))?;
    toml::from_str(&text).with_context(|| format!("failed to parse runtime config file '{}'", path.display()))
}
