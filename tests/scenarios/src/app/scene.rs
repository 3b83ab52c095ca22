//! An ERP, an empty table and a directory for one scenario; and the one MariaDB under all of them.

use super::compare::{self, Rows};
use super::flow::Flow;
use super::galaxy::Galaxy;
use super::secrets::{Secrets, each_file};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use xtask::app::{App, Host, Options, Trigger};
use xtask::mariadb::MariaDb;
use xtask::rundir::RunDir;
use xtask::simulator::credentials;
use xtask::stage::{CREATE_TABLE, Stage, TABLE, prepare};
use xtask::{cargo, packages};

/// The tokens of every scene's app. Marked, so that one can look for them.
pub const RUN_TOKEN: &str = "run-token/marked+0123456789=";
/// See [`RUN_TOKEN`].
pub const ADMIN_TOKEN: &str = "admin-token/marked+0123456789=";
/// See [`RUN_TOKEN`]. It stands in URLs as it is.
pub const TICK_TOKEN: &str = "tick-token-marked-0123456789";
/// Seals what lies in the store.
pub const STATE_KEY: &str = "state-key/marked+0123456789=";
/// Full of what must be quoted in a database's address.
pub const MYSQL_PASSWORD: &str = "p@ss/w:rd?marked#0123%40&=";

/// One scenario's world. When it ends it is searched for secrets.
pub struct Scene {
    /// The ERP.
    pub galaxy: Galaxy,
    host: Host,
    server: Server,
    database: String,
    variables: BTreeMap<String, String>,
    secrets: Secrets,
    heard: Arc<Mutex<Vec<u8>>>,
    // Last, so that nobody writes into it when it is removed.
    directory: RunDir,
}

enum Server {
    Shared(&'static Stage),
    Own(Box<Stage>),
}

impl Scene {
    /// An ERP without materials and an empty table, for the scenario of this name (letters and `_`).
    ///
    /// # Panics
    /// When something does not start.
    pub fn new(name: &str) -> Self {
        static SHARED: OnceLock<Stage> = OnceLock::new();
        let host = ready();
        let stage = SHARED.get_or_init(|| Stage::set(host, 0).expect("the stage is set"));
        Self::on(Server::Shared(stage), name)
    }

    /// The same with a database server of its own, which [`Scene::server`] may stop.
    ///
    /// # Panics
    /// When something does not start.
    pub fn with_own_server(name: &str) -> Self {
        Self::on(Server::Own(Box::new(Stage::set(ready(), 0).expect("the stage is set"))), name)
    }

    /// The same as [`Scene::new`] for a scenario that moves the app's clock or fires cron events, which only
    /// the local host can. `None` on Spin: the scenarios of the crate's front page.
    ///
    /// # Panics
    /// When something does not start.
    pub fn on_the_local_host(name: &str) -> Option<Self> {
        if *ready() == Host::Local {
            return Some(Self::new(name));
        }
        eprintln!("{name} needs the local host; see the front page of ferry-scenarios.");
        None
    }

    fn on(server: Server, name: &str) -> Self {
        let directory = RunDir::new().expect("a directory for the scene");
        let galaxy = Galaxy::start(directory.path());
        let stage = match &server {
            Server::Shared(stage) => stage,
            Server::Own(stage) => &**stage,
        };
        let mut variables = stage.variables().clone();
        let database = format!("scene_{name}");
        stage
            .database
            .execute(
                "",
                &format!(
                    "CREATE DATABASE {database} CHARACTER SET utf8mb4; USE {database}; {CREATE_TABLE}
                     CREATE USER {name}@'127.0.0.1' IDENTIFIED BY '{MYSQL_PASSWORD}';
                     GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO {name}@'127.0.0.1';"
                ),
            )
            .expect("a database for the scene");
        for (variable, value) in [
            ("run_token", RUN_TOKEN),
            ("admin_token", ADMIN_TOKEN),
            ("tick_token", TICK_TOKEN),
            ("state_key", STATE_KEY),
            ("galaxy_host", galaxy.address()),
            ("mysql_user", name),
            ("mysql_password", MYSQL_PASSWORD),
            ("mysql_database", &database),
        ] {
            variables.insert(variable.to_owned(), value.to_owned());
        }
        let mut secrets = Secrets::default();
        for name in
            ["run_token", "admin_token", "tick_token", "state_key", "mysql_password", "galaxy_app_secret"]
        {
            secrets.add(name, &variables[name]);
        }
        // The signature's key is made from the application id's second part.
        let key = credentials::APP_ID.split_once('_').map_or("", |(_, key)| key);
        secrets.add("galaxy_app_id", key);
        let host = ready().clone();
        let heard = Arc::default();
        Scene { galaxy, host, server, database, variables, secrets, heard, directory }
    }

    /// Starts the app with its HTTP components; its state is that of the scene's app before, if there was one.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn start(&self) -> Flow {
        self.start_with(Trigger::Http, &[])
    }

    /// The same with other triggers, and with changes of single variables of `spin.toml`.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn start_with(&self, trigger: Trigger, changes: &[(&str, &str)]) -> Flow {
        let directory = self.directory.join("state");
        self.share_compiled_code(&directory).expect("a link to the compiled code");
        let mut variables = self.variables.clone();
        for (name, value) in changes {
            variables.insert((*name).to_owned(), (*value).to_owned());
        }
        let app = App::start(&self.host, &Options { variables, directory, trigger }).expect("the app starts");
        Flow::new(app, self.heard.clone())
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

    /// Whether this is the local host, which counts what components do and moves their clock.
    pub fn is_local(&self) -> bool {
        self.host == Host::Local
    }

    fn mariadb(&self) -> &MariaDb {
        match &self.server {
            Server::Shared(stage) => &stage.database,
            Server::Own(stage) => &stage.database,
        }
    }

    /// The database server, if it is the scene's own.
    ///
    /// # Panics
    /// When it is shared.
    pub fn server(&mut self) -> &mut MariaDb {
        match &mut self.server {
            Server::Shared(_) => panic!("other scenes use this server too"),
            Server::Own(stage) => &mut stage.database,
        }
    }

    /// Runs statements in the scene's database, as root; the rows.
    ///
    /// # Panics
    /// With the server's message.
    pub fn sql(&self, statements: &str) -> Vec<Vec<String>> {
        self.mariadb().query(&self.database, statements).expect(statements)
    }

    /// How many rows have landed.
    ///
    /// # Panics
    /// When the database does not answer.
    pub fn landed(&self) -> u64 {
        let count = self.mariadb().number(&self.database, &format!("SELECT COUNT(*) FROM {TABLE};"));
        count.expect("a count")
    }

    /// The table.
    ///
    /// # Panics
    /// When a row is there twice.
    pub fn table(&self) -> Rows {
        let columns = compare::COLUMNS.join(", ");
        compare::rows_of_table(&self.sql(&format!("SELECT JSON_ARRAY(data_id, {columns}) FROM {TABLE};")))
    }

    /// Record by record and field by field, the table holds what the ERP holds, and nothing else.
    ///
    /// # Panics
    /// When it does not; with the differences.
    pub fn assert_in_step(&self) {
        let expected = compare::rows_of(&self.galaxy.carried());
        assert!(!expected.is_empty(), "a scenario about nothing");
        self.assert_holds(&expected);
    }

    /// The table holds exactly these rows.
    ///
    /// # Panics
    /// When it does not; with the differences.
    pub fn assert_holds(&self, expected: &Rows) {
        let differences = compare::differences(expected, &self.table());
        assert!(differences.is_empty(), "source and table differ:\n{differences}");
    }

    /// Whether a text is in a file that the app wrote: log or store.
    pub fn is_written_down(&self, text: &str) -> bool {
        let mut found = false;
        each_file(&self.directory.join("state"), &mut |_, bytes| {
            found |= memchr::memmem::find(bytes, text.as_bytes()).is_some();
        });
        found
    }

    /// Neither log nor store nor answer holds a secret.
    ///
    /// # Panics
    /// When one does.
    pub fn assert_no_secret(&self) {
        if let Some(found) = self.secrets.find_in_files(self.directory.path()) {
            panic!("a secret was written down: {found}");
        }
        let heard = self.heard.lock().unwrap_or_else(|poison| poison.into_inner());
        if let Some(name) = self.secrets.find(&heard) {
            panic!("an answer holds the {name}");
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_no_secret();
        }
    }
}

/// The host that the environment asks for, with all that it needs built and installed.
fn ready() -> &'static Host {
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
