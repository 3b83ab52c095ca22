//! SQLite: file, table and statements as in Spin's default store (spin.md 1.5, 2; Spin 4.0.2,
//! `crates/key-value-spin/src/store.rs`), so that the HTTP and the cron process share one store and a
//! commit is durable.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, named_params, params};

use super::{Backend, CompareAndSwap, Failure, Label, Result, limit};

const SELECT: &str = "SELECT value FROM spin_key_value WHERE store=$1 AND key=$2";
const UPSERT: &str = "INSERT INTO spin_key_value (store, key, value) VALUES ($1, $2, $3)
                      ON CONFLICT(store, key) DO UPDATE SET value=$3";

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        // Spin's text: the error's Debug form.
        Self::Store(format!("{error:?}"))
    }
}

/// The file, as one process has it open. Calls take turns.
pub struct Sqlite {
    path: PathBuf,
    state: Mutex<State>,
}

enum State {
    Closed,
    Open(Connection),
    Dead(String),
}

impl Sqlite {
    /// The store in `path`; the file is made at the first use.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::new(State::Closed) }
    }

    fn with<T>(&self, call: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        tokio::task::block_in_place(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if let State::Closed = *state {
                *state = State::Open(self.connect()?);
            }
            let result = match &mut *state {
                State::Open(connection) => call(connection),
                State::Dead(reason) => Err(Failure::Dead(reason.clone())),
                State::Closed => unreachable!("opened above"),
            };
            if let Err(Failure::Dead(reason)) = &result {
                *state = State::Dead(reason.clone());
            }
            result
        })
    }

    /// SQLite's defaults are Spin's settings: journal mode DELETE, synchronous FULL; rusqlite waits 5 s for a lock.
    fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.execute(
            "CREATE TABLE IF NOT EXISTS spin_key_value (
                           store TEXT NOT NULL,
                           key   TEXT NOT NULL,
                           value BLOB NOT NULL,

                           PRIMARY KEY (store, key)
                        )",
            [],
        )?;
        rusqlite::vtab::array::load_module(&connection)?;
        Ok(connection)
    }
}

impl Backend for Sqlite {
    fn open(&self) -> Result<()> {
        self.with(|_| Ok(()))
    }

    fn get(&self, store: &Label, key: &str) -> Result<Option<Vec<u8>>> {
        let value: Option<Vec<u8>> = self.with(|db| {
            let mut statement = db.prepare_cached(SELECT)?;
            Ok(statement.query_row([&store.0, key], |row| row.get(0)).optional()?)
        })?;
        limit(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    fn set(&self, store: &Label, key: &str, value: &[u8]) -> Result<()> {
        self.with(|db| {
            db.prepare_cached(UPSERT)?.execute(params![store.0, key, value])?;
            Ok(())
        })
    }

    fn delete(&self, store: &Label, key: &str) -> Result<()> {
        self.with(|db| {
            db.prepare_cached("DELETE FROM spin_key_value WHERE store=$1 AND key=$2")?
                .execute([&store.0, key])?;
            Ok(())
        })
    }

    fn exists(&self, store: &Label, key: &str) -> Result<bool> {
        Ok(self.get(store, key)?.is_some())
    }

    fn keys(&self, store: &Label) -> Result<Vec<String>> {
        let keys = self.with(|db| {
            let mut statement = db.prepare_cached("SELECT key FROM spin_key_value WHERE store=$1")?;
            let keys = statement.query_map([&store.0], |row| row.get(0))?;
            Ok(keys.collect::<rusqlite::Result<Vec<String>>>()?)
        })?;
        limit(keys.iter().map(|key| key.len() + size_of::<String>()).sum())?;
        Ok(keys)
    }

    /// Keys that are not there are left out, though the interface promises a `none` for each (spin.md 1.5).
    fn get_many(&self, store: &Label, keys: Vec<String>) -> Result<Vec<(String, Option<Vec<u8>>)>> {
        let found = self.with(|db| {
            let mut statement = db.prepare_cached(
                "SELECT key, value FROM spin_key_value WHERE store=:name AND key IN rarray(:keys)",
            )?;
            let parameters = named_params! {":name": store.0, ":keys": list(keys)};
            let found = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(found.collect::<rusqlite::Result<Vec<(String, Option<Vec<u8>>)>>>()?)
        })?;
        limit(found.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum())?;
        Ok(found)
    }

    fn set_many(&self, store: &Label, pairs: &[(String, Vec<u8>)]) -> Result<()> {
        self.with(|db| {
            let transaction = db.transaction()?;
            for (key, value) in pairs {
                transaction.prepare_cached(UPSERT)?.execute(params![store.0, key, value])?;
            }
            Ok(transaction.commit()?)
        })
    }

    fn delete_many(&self, store: &Label, keys: Vec<String>) -> Result<()> {
        self.with(|db| {
            db.prepare_cached("DELETE FROM spin_key_value WHERE store=:name AND key IN rarray(:keys)")?
                .execute(named_params! {":name": store.0, ":keys": list(keys)})?;
            Ok(())
        })
    }

    /// A counter is eight bytes, the least significant first.
    fn increment(&self, store: &Label, key: &str, delta: i64) -> Result<i64> {
        self.with(|db| {
            let transaction = db.transaction()?;
            let value: Option<Vec<u8>> = transaction
                .prepare_cached(SELECT)?
                .query_row([&store.0, key], |row| row.get(0))
                .optional()?;
            let old = match value {
                None => 0,
                Some(value) => i64::from_le_bytes(value.try_into().map_err(|value: Vec<u8>| {
                    Failure::Dead(format!(
                        "key-value: increment of {key:?}, whose value has {} bytes and not 8; as in Spin every \
                         key-value call of this process fails from now on, until it is started again",
                        value.len()
                    ))
                })?),
            };
            let new = old.wrapping_add(delta);
            transaction.prepare_cached(UPSERT)?.execute(params![store.0, key, new.to_le_bytes()])?;
            transaction.commit()?;
            Ok(new)
        })
    }

    fn compare_and_swap(self: Arc<Self>, store: &Label, key: &str) -> Result<Box<dyn CompareAndSwap>> {
        Ok(Box::new(Swap { database: self, store: store.clone(), key: key.to_owned(), seen: None }))
    }
}

struct Swap {
    database: Arc<Sqlite>,
    store: Label,
    key: String,
    /// What `current` last saw.
    seen: Option<Vec<u8>>,
}

impl CompareAndSwap for Swap {
    fn current(&mut self) -> Result<Option<Vec<u8>>> {
        self.seen = self.database.get(&self.store, &self.key)?;
        Ok(self.seen.clone())
    }

    /// Whether the value was still the one seen. Where none has been seen (absent, or never asked for) the value is
    /// written unconditionally: creation is not atomic (spin.md 1.5).
    fn swap(&self, value: &[u8]) -> Result<bool> {
        let changed = self.database.with(|db| match &self.seen {
            Some(seen) => Ok(db
                .prepare_cached(
                    "UPDATE spin_key_value SET value=:new_value WHERE store=:name and key=:key and value=:old_value",
                )?
                .execute(named_params! {
                    ":name": self.store.0,
                    ":key": self.key,
                    ":old_value": seen,
                    ":new_value": value,
                })?),
            None => Ok(db.prepare_cached(UPSERT)?.execute(params![self.store.0, self.key, value])?),
        })?;
        Ok(changed == 1)
    }
}

fn list(keys: Vec<String>) -> Rc<Vec<Value>> {
    Rc::new(keys.into_iter().map(Value::from).collect())
}
