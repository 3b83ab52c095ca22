//! `fermyon:spin/key-value@2.0.0` and `wasi:keyvalue/{store,batch,atomics}@0.2.0-draft2` over the process's [`Stores`](super::Stores).

use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Backend, Cas, Failure, Label};
use crate::bindings::fermyon::spin::key_value;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::guest::Guest;
use crate::stats::KeyValueCounts;

/// What a call gives the guest: `Err` outside is a trap, inside an error it sees.
type Answer<T, E> = Result<Result<T, E>>;

/// Both interfaces' error types, as far as this host uses them.
trait GuestError {
    fn access_denied() -> Self;
    fn other(text: String) -> Self;
}

impl GuestError for key_value::Error {
    fn access_denied() -> Self {
        Self::AccessDenied
    }
    fn other(text: String) -> Self {
        Self::Other(text)
    }
}

impl GuestError for store::Error {
    fn access_denied() -> Self {
        Self::AccessDenied
    }
    fn other(text: String) -> Self {
        Self::Other(text)
    }
}

fn answer<T, E: GuestError>(result: super::Result<T>) -> Answer<T, E> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Store(text)) => Ok(Err(E::other(text))),
        Err(Failure::Dead(reason)) => Err(wasmtime::Error::msg(reason)),
    }
}

impl Guest {
    fn open_store<E: GuestError>(&mut self, label: String) -> Answer<Resource<Label>, E> {
        self.count(|kv| kv.open += 1);
        if !self.component.key_value_stores.contains(&label) {
            return Ok(Err(E::access_denied()));
        }
        let label = Label(label);
        let opened = self.stores.of(&label).open();
        let label = self.table.push(label)?;
        answer(opened.map(|()| label))
    }

    /// Counts a call and makes it on the store that the resource stands for.
    fn on_store<T, E: GuestError>(
        &mut self,
        store: &Resource<Label>,
        count: impl FnOnce(&mut KeyValueCounts),
        call: impl FnOnce(&dyn Backend, &Label) -> super::Result<T>,
    ) -> Answer<T, E> {
        self.count(count);
        let store = self.table.get(store)?;
        answer(call(&**self.stores.of(store), store))
    }

    fn count(&self, change: impl FnOnce(&mut KeyValueCounts)) {
        self.component.stats.update(|counts| change(&mut counts.kv));
    }
}

impl key_value::Host for Guest {}

impl key_value::HostStore for Guest {
    async fn open(&mut self, label: String) -> Answer<Resource<Label>, key_value::Error> {
        self.open_store(label)
    }

    async fn get(
        &mut self,
        store: Resource<Label>,
        key: String,
    ) -> Answer<Option<Vec<u8>>, key_value::Error> {
        self.on_store(&store, |kv| kv.get += 1, |db, store| db.get(store, &key))
    }

    async fn set(
        &mut self,
        store: Resource<Label>,
        key: String,
        value: Vec<u8>,
    ) -> Answer<(), key_value::Error> {
        self.on_store(&store, |kv| kv.set += 1, |db, store| db.set(store, &key, &value))
    }

    async fn delete(&mut self, store: Resource<Label>, key: String) -> Answer<(), key_value::Error> {
        self.on_store(&store, |kv| kv.delete += 1, |db, store| db.delete(store, &key))
    }

    async fn exists(&mut self, store: Resource<Label>, key: String) -> Answer<bool, key_value::Error> {
        self.on_store(&store, |kv| kv.exists += 1, |db, store| db.exists(store, &key))
    }

    async fn get_keys(&mut self, store: Resource<Label>) -> Answer<Vec<String>, key_value::Error> {
        self.on_store(&store, |kv| kv.get_keys += 1, |db, store| db.keys(store))
    }

    async fn drop(&mut self, store: Resource<Label>) -> Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl store::Host for Guest {
    async fn open(&mut self, label: String) -> Answer<Resource<Label>, store::Error> {
        self.open_store(label)
    }
}

impl store::HostBucket for Guest {
    async fn get(&mut self, bucket: Resource<Label>, key: String) -> Answer<Option<Vec<u8>>, store::Error> {
        self.on_store(&bucket, |kv| kv.get += 1, |db, store| db.get(store, &key))
    }

    async fn set(
        &mut self,
        bucket: Resource<Label>,
        key: String,
        value: Vec<u8>,
    ) -> Answer<(), store::Error> {
        self.on_store(&bucket, |kv| kv.set += 1, |db, store| db.set(store, &key, &value))
    }

    async fn delete(&mut self, bucket: Resource<Label>, key: String) -> Answer<(), store::Error> {
        self.on_store(&bucket, |kv| kv.delete += 1, |db, store| db.delete(store, &key))
    }

    async fn exists(&mut self, bucket: Resource<Label>, key: String) -> Answer<bool, store::Error> {
        self.on_store(&bucket, |kv| kv.exists += 1, |db, store| db.exists(store, &key))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Label>,
        cursor: Option<String>,
    ) -> Answer<store::KeyResponse, store::Error> {
        let all = |db: &dyn Backend, store: &Label| match cursor {
            None => db.keys(store),
            Some(_) => Err(Failure::Store("list_keys: cursor not supported".to_owned())),
        };
        let keys = self.on_store(&bucket, |kv| kv.get_keys += 1, all)?;
        Ok(keys.map(|keys| store::KeyResponse { keys, cursor: None }))
    }

    async fn drop(&mut self, bucket: Resource<Label>) -> Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl batch::Host for Guest {
    async fn get_many(
        &mut self,
        bucket: Resource<Label>,
        keys: Vec<String>,
    ) -> Answer<Vec<(String, Option<Vec<u8>>)>, store::Error> {
        self.on_store(&bucket, |kv| kv.get_many += 1, |db, store| db.get_many(store, keys))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Label>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> Answer<(), store::Error> {
        self.on_store(&bucket, |kv| kv.set_many += 1, |db, store| db.set_many(store, &pairs))
    }

    async fn delete_many(&mut self, bucket: Resource<Label>, keys: Vec<String>) -> Answer<(), store::Error> {
        self.on_store(&bucket, |kv| kv.delete_many += 1, |db, store| db.delete_many(store, keys))
    }
}

impl atomics::Host for Guest {
    async fn increment(
        &mut self,
        bucket: Resource<Label>,
        key: String,
        delta: i64,
    ) -> Answer<i64, store::Error> {
        self.on_store(&bucket, |kv| kv.increment += 1, |db, store| db.increment(store, &key, delta))
    }

    async fn swap(&mut self, cas: Resource<Cas>, value: Vec<u8>) -> Answer<(), atomics::CasError> {
        self.count(|kv| kv.cas_swap += 1);
        let cas = self.table.delete(cas)?;
        match answer::<_, store::Error>(cas.swap.swap(&value))? {
            Ok(true) => Ok(Ok(())),
            Ok(false) => {
                // As in Spin, where the new handle is made from the bucket by its number.
                if self.table.get(&Resource::<Label>::new_borrow(cas.bucket)).is_err() {
                    return Ok(Err(atomics::CasError::StoreError(store::Error::NoSuchStore)));
                }
                // The guest gets a new handle that has seen the latest value.
                let again = self.begin(cas.store, cas.bucket, cas.key).and_then(|mut cas| {
                    cas.swap.current()?;
                    Ok(cas)
                });
                match answer::<_, store::Error>(again)? {
                    Ok(cas) => Ok(Err(atomics::CasError::CasFailed(self.table.push(cas)?))),
                    Err(error) => Ok(Err(atomics::CasError::StoreError(error))),
                }
            }
            Err(error) => Ok(Err(atomics::CasError::StoreError(error))),
        }
    }
}

impl Guest {
    fn begin(&self, store: Label, bucket: u32, key: String) -> super::Result<Cas> {
        let swap = self.stores.of(&store).clone().compare_and_swap(&store, &key)?;
        Ok(Cas { store, bucket, key, swap })
    }
}

impl atomics::HostCas for Guest {
    async fn new(&mut self, bucket: Resource<Label>, key: String) -> Answer<Resource<Cas>, store::Error> {
        let store = self.table.get(&bucket)?.clone();
        match answer(self.begin(store, bucket.rep(), key))? {
            Ok(cas) => Ok(Ok(self.table.push(cas)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn current(&mut self, cas: Resource<Cas>) -> Answer<Option<Vec<u8>>, store::Error> {
        self.count(|kv| kv.cas_current += 1);
        answer(self.table.get_mut(&cas)?.swap.current())
    }

    async fn drop(&mut self, cas: Resource<Cas>) -> Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}
