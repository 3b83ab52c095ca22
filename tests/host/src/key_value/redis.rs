//! Redis, with the commands, the connections and so the quirks of Spin's store (Spin 4.0.2,
//! `crates/key-value-redis/src/store.rs`): one connection for all calls of the process, which is made again in
//! the background when it breaks, and no prefix before the keys.

use std::sync::Arc;

use redis::aio::ConnectionManager;
use redis::{AsyncCommands as _, Client, RedisError, RedisResult};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use url::Url;

use super::{Backend, CompareAndSwap, Failure, Label, Result, limit};

/// One database of a server.
pub struct Redis {
    url: Url,
    connection: OnceCell<ConnectionManager>,
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        // Spin's text: the error's Debug form.
        Self::Store(format!("{error:?}"))
    }
}

/// Waits on the thread that the guest's call came on.
fn wait<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T> {
    Ok(tokio::task::block_in_place(|| Handle::current().block_on(answer))?)
}

async fn connect(url: &Url) -> RedisResult<ConnectionManager> {
    Client::open(url.clone())?.get_connection_manager().await
}

impl Redis {
    /// The database of `url`, as in `redis://:password@host:6379/0`. Nothing is connected yet.
    ///
    /// # Errors
    /// The URL is none.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        // Without the URL: it may hold a password.
        let url = redis::parse_redis_url(url).ok_or_else(|| anyhow::anyhow!("Invalid Redis URL"))?;
        Ok(Self { url, connection: OnceCell::new() })
    }

    /// One call on the shared connection.
    fn call<T, F: Future<Output = RedisResult<T>>>(
        &self,
        command: impl FnOnce(ConnectionManager) -> F,
    ) -> Result<T> {
        wait(async {
            let connection = self.connection.get_or_try_init(|| connect(&self.url)).await?;
            command(connection.clone()).await
        })
    }
}

impl Backend for Redis {
    fn open(&self) -> Result<()> {
        self.call(|mut connection| async move {
            // A connection that is broken begins to be made again; whether that succeeds, the next call tells.
            let _ = connection.ping::<()>().await;
            Ok(())
        })
    }

    fn get(&self, _: &Label, key: &str) -> Result<Option<Vec<u8>>> {
        let value: Option<Vec<u8>> = self.call(|mut connection| async move { connection.get(key).await })?;
        limit(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    fn set(&self, _: &Label, key: &str, value: &[u8]) -> Result<()> {
        self.call(|mut connection| async move { connection.set(key, value).await })
    }

    fn delete(&self, _: &Label, key: &str) -> Result<()> {
        self.call(|mut connection| async move { connection.del(key).await })
    }

    fn exists(&self, _: &Label, key: &str) -> Result<bool> {
        self.call(|mut connection| async move { connection.exists(key).await })
    }

    fn keys(&self, _: &Label) -> Result<Vec<String>> {
        let keys: Vec<String> = self.call(|mut connection| async move { connection.keys("*").await })?;
        limit(keys.iter().map(|key| key.len() + size_of::<String>()).sum())?;
        Ok(keys)
    }

    /// `KEYS` takes one pattern: Redis refuses this whenever there is not exactly one key (spin.md 1.5).
    fn get_many(&self, _: &Label, keys: Vec<String>) -> Result<Vec<(String, Option<Vec<u8>>)>> {
        let found: Vec<(String, Option<Vec<u8>>)> =
            self.call(|mut connection| async move { connection.keys(keys).await })?;
        limit(found.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum())?;
        Ok(found)
    }

    fn set_many(&self, _: &Label, pairs: &[(String, Vec<u8>)]) -> Result<()> {
        self.call(|mut connection| async move { connection.mset(pairs).await })
    }

    fn delete_many(&self, _: &Label, keys: Vec<String>) -> Result<()> {
        self.call(|mut connection| async move { connection.del(keys).await })
    }

    /// A counter is decimal text.
    fn increment(&self, _: &Label, key: &str, delta: i64) -> Result<i64> {
        self.call(|mut connection| async move { connection.incr(key, delta).await })
    }

    /// With a connection of its own, since what is watched belongs to the connection.
    fn compare_and_swap(self: Arc<Self>, _: &Label, key: &str) -> Result<Box<dyn CompareAndSwap>> {
        let connection = wait(connect(&self.url))?;
        Ok(Box::new(Watch { connection, key: key.to_owned() }))
    }
}

struct Watch {
    connection: ConnectionManager,
    key: String,
}

impl CompareAndSwap for Watch {
    fn current(&mut self) -> Result<Option<Vec<u8>>> {
        let value: Option<Vec<u8>> = wait(async {
            redis::cmd("WATCH").arg(&self.key).exec_async(&mut self.connection).await?;
            self.connection.get(&self.key).await
        })?;
        limit(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    /// Writes if the value is still the one seen, or if none was looked at. But it never says so: `UNWATCH` takes
    /// no key, so Redis refuses it, which Spin reports as a failed swap (spin.md 1.5).
    fn swap(&self, value: &[u8]) -> Result<bool> {
        let mut connection = self.connection.clone();
        let unwatched: Result<()> = wait(async {
            let mut transaction = redis::pipe();
            let set = transaction.atomic().set(&self.key, value);
            // Refused or not, Spin goes on; that the value had changed is no error, either.
            let _: RedisResult<()> = set.query_async(&mut connection).await;
            redis::cmd("UNWATCH").arg(&self.key).exec_async(&mut connection).await
        });
        Ok(unwatched.is_ok())
    }
}
