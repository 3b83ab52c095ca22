//! The key-value store, through `wasi:keyvalue`: the plain interface has neither counters nor transactions.
//!
//! `get_many` is not used: it leaves out missing keys on SQLite and fails on Redis (`spin.md` 1.5).

use crate::bindings::keyvalue::wasi::keyvalue::store::{Bucket, Error, open};
use crate::bindings::keyvalue::wasi::keyvalue::{atomics, batch};
use ferry_sync::host::{Store, StoreError};
use std::cell::OnceCell;

/// The store labelled `default`, opened when it is first needed.
#[derive(Default)]
pub struct KeyValue(OnceCell<Bucket>);

impl KeyValue {
    fn bucket(&self) -> Result<&Bucket, StoreError> {
        if self.0.get().is_none() {
            let bucket = open("default").map_err(failed)?;
            // Nobody else can have set it: an instance has one thread.
            let _ = self.0.set(bucket);
        }
        Ok(self.0.get().expect("just set"))
    }
}

fn failed(error: Error) -> StoreError {
    StoreError(match error {
        Error::NoSuchStore => "no store labelled 'default' is granted to this component".to_owned(),
        Error::AccessDenied => "access to the store 'default' is denied".to_owned(),
        Error::Other(text) => text,
    })
}

impl Store for KeyValue {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.bucket()?.get(key).map_err(failed)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.bucket()?.set(key, value).map_err(failed)
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        batch::set_many(self.bucket()?, entries).map_err(failed)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        batch::delete_many(self.bucket()?, keys).map_err(failed)
    }

    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        atomics::increment(self.bucket()?, key, by).map_err(failed)
    }
}
