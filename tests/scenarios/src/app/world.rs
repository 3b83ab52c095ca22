//! What every scenario's app has, whatever its flow: a host, a directory, variables, and secrets that must not be
//! seen.

use super::flow::Flow;
use super::secrets::{Secrets, each_file};
use super::systems::Systems;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use xtask::app::{App, Host, Options, Store, Trigger};
use xtask::packages::Need;
use xtask::redis::Redis;
use xtask::rundir::RunDir;
use xtask::simulator::{System, credentials};
use xtask::stage::prepare;
use xtask::{cargo, packages};

/// The tokens of every scene's app. Marked, so that one can look for them.
pub const RUN_TOKEN: &str = "run-token/marked+0123456789=";
/// See [`RUN_TOKEN`].
pub const ADMIN_TOKEN: &str = "admin-token/marked+0123456789=";
/// See [`RUN_TOKEN`]. It stands in URLs as it is.
pub const TICK_TOKEN: &str = "tick-token-marked-0123456789";
/// Seals what lies in the store.
pub const STATE_KEY: &str = "state-key/marked+0123456789=";

/// The app's world. When it ends it is searched for secrets.
pub struct World {
    /// The app's variables.
    pub variables: BTreeMap<String, String>,
    host: Host,
    secrets: Secrets,
    heard: Arc<Mutex<Vec<u8>>>,
    /// Whose tokens and signatures must not be seen either.
    systems: Option<Systems>,
    /// A server of the world's own, so that worlds do not see each other's state.
    redis: Option<Redis>,
    // Last, so that nobody writes into it when it is removed.
    directory: RunDir,
}

/// The folders of the world's directory that its apps write in, by themselves or through their store.
const WRITTEN: [&str; 3] = [APP, REPLICA, REDIS];
const APP: &str = "state";
const REPLICA: &str = "replica";
const REDIS: &str = "redis";

impl World {
    /// One with these variables besides the tokens. Those of `secret` must not be seen.
    ///
    /// # Panics
    /// When a variable that shall be secret is not set, or there is no directory.
    pub fn new(directory: RunDir, mut variables: BTreeMap<String, String>, secret: &[&str]) -> Self {
        let tokens = [
            ("run_token", RUN_TOKEN),
            ("admin_token", ADMIN_TOKEN),
            ("tick_token", TICK_TOKEN),
            ("state_key", STATE_KEY),
        ];
        variables.extend(tokens.map(|(name, value)| (name.to_owned(), value.to_owned())));
        // A simulator whose answer is lost is done by then.
        variables.insert("target_timeout_seconds".to_owned(), "3".to_owned());
        let mut secrets = Secrets::default();
        let accounts = System::ALL.iter().flat_map(|system| system.secrets());
        let accounts = accounts.filter(|name| variables.contains_key(**name));
        for name in tokens.iter().map(|(name, _)| name).chain(secret).chain(accounts) {
            secrets.add(name, &variables[*name]);
        }
        // 旺店通's is two in one.
        for part in variables.get("wangdiantong_app_secret").iter().flat_map(|secret| secret.split(':')) {
            secrets.add("wangdiantong_app_secret", part);
        }
        // The signature's key is made from the application id's second part.
        let key = credentials::APP_ID.split_once('_').map_or("", |(_, key)| key);
        secrets.add("galaxy_app_id", key);
        let host = ready().clone();
        let (heard, systems) = (Arc::default(), None);
        let mut world = World { variables, host, secrets, heard, systems, redis: None, directory };
        if Store::redis_from_environment().expect("a store") {
            world.keep_state_in_redis();
        }
        world
    }

    /// Apps that are started from now on keep their state in Redis, whatever the environment says.
    ///
    /// # Panics
    /// When it cannot be installed or started.
    pub fn keep_state_in_redis(&mut self) {
        if self.redis.is_none() {
            packages::ensure(&[Need::Redis]).expect("redis-server");
            self.redis = Some(Redis::start(&self.directory.join(REDIS)).expect("Redis starts"));
        }
    }

    /// The store's server.
    ///
    /// # Panics
    /// When the world's apps use SQLite.
    pub fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().expect("the state is kept in Redis")
    }

    /// Starts the app for this flow; its state is that of the world's app before, if there was one. `changes` are
    /// of single variables of `spin.toml`.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn start(&self, flow: &'static str, trigger: Trigger, changes: &[(&str, &str)]) -> Flow {
        self.start_in(APP, flow, trigger, changes)
    }

    /// Starts another app with its HTTP components beside the world's own: they share the state, if that is in Redis,
    /// and nothing else.
    ///
    /// # Panics
    /// When it does not get ready, or the state is not in Redis.
    pub fn start_replica(&self, flow: &'static str, changes: &[(&str, &str)]) -> Flow {
        assert!(self.redis.is_some(), "a replica shares its state");
        self.start_in(REPLICA, flow, Trigger::Http, changes)
    }

    fn start_in(&self, folder: &str, flow: &'static str, trigger: Trigger, changes: &[(&str, &str)]) -> Flow {
        let directory = self.directory.join(folder);
        self.share_compiled_code(&directory).expect("a link to the compiled code");
        let mut variables = self.variables.clone();
        for (name, value) in changes {
            variables.insert((*name).to_owned(), (*value).to_owned());
        }
        let store = match &self.redis {
            None => Store::Sqlite,
            Some(redis) => Store::Redis(redis.url()),
        };
        let options = Options { variables, directory, trigger, store };
        let app = App::start(&self.host, &options).expect("the app starts");
        Flow::new(app, flow, self.heard.clone())
    }

    /// The local host compiles a component once for each state directory; scenes share what it made.
    fn share_compiled_code(&self, state: &Path) -> std::io::Result<()> {
        let link = state.join("cache");
        if self.host != Host::Local || std::fs::symlink_metadata(&link).is_ok() {
            return Ok(());
        }
        let shared = cargo::target_directory().join("scenarios-cache");
        std::fs::create_dir_all(&shared)?;
        std::fs::create_dir_all(state)?;
        std::os::unix::fs::symlink(shared, link)
    }

    /// One more secret that must not be seen.
    pub fn add_secret(&mut self, name: &str, value: &str) {
        self.secrets.add(name, value);
    }

    /// What passes between the app and these systems must not be seen either: tokens, session ids, signatures.
    pub fn watch(&mut self, systems: &Systems) {
        self.systems = Some(systems.clone());
    }

    /// Where logs, store and the systems' own logs are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Whether this is the local host, which counts what components do and moves their clock.
    pub fn is_local(&self) -> bool {
        self.host == Host::Local
    }

    /// Whether a text is in a file that the app wrote: log or store.
    pub fn is_written_down(&self, text: &str) -> bool {
        let mut found = false;
        for folder in WRITTEN.map(|name| self.directory.join(name)).iter().filter(|folder| folder.exists()) {
            each_file(folder, &mut |_, bytes| {
                found |= memchr::memmem::find(bytes, text.as_bytes()).is_some();
            });
        }
        found
    }

    /// Neither log nor store nor answer holds a secret.
    ///
    /// # Panics
    /// When one does.
    pub fn assert_no_secret(&self) {
        let mut secrets = self.secrets.clone();
        for (system, value) in self.systems.iter().flat_map(Systems::passed) {
            secrets.add(&format!("token or signature of {system}"), &value);
        }
        if let Some(found) = secrets.find_in_files(self.directory.path()) {
            panic!("a secret was written down: {found}");
        }
        let heard = self.heard.lock().unwrap_or_else(|poison| poison.into_inner());
        if let Some(name) = secrets.find(&heard) {
            panic!("an answer holds the {name}");
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_no_secret();
        }
    }
}

/// The host that the environment asks for, with all that it needs built and installed.
///
/// # Panics
/// When the machine lacks something, or a build fails.
pub fn ready() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let host = Host::from_environment().expect("a host");
        prepare(&host).unwrap_or_else(|error| match error.downcast_ref::<packages::Missing>() {
            Some(missing) => panic!("this machine lacks something: {missing}"),
            None => panic!("{error:#}"),
        });
        host
    })
}
