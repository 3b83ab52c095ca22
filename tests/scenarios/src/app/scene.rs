//! An ERP, an empty table and a directory for one scenario; and the one MariaDB under all of them.

use super::compare::{self, Rows};
use super::flow::Flow;
use super::galaxy::Galaxy;
use super::world::{World, ready};
use std::sync::OnceLock;
use xtask::app::{Host, Trigger};
use xtask::mariadb::MariaDb;
use xtask::redis::Redis;
use xtask::rundir::RunDir;
use xtask::simulator::{Company, System};
use xtask::stage::{CREATE_TABLE, FLOW, Stage, TABLE};

pub use super::world::{ADMIN_TOKEN, RUN_TOKEN, STATE_KEY, TICK_TOKEN};

/// Full of what must be quoted in a database's address.
pub const MYSQL_PASSWORD: &str = "p@ss/w:rd?marked#0123%40&=";

/// One scenario's world. When it ends it is searched for secrets.
pub struct Scene {
    /// The ERP.
    pub galaxy: Galaxy,
    server: Server,
    database: String,
    // Last, so that nobody writes into its directory when that is removed.
    world: World,
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
        let stage = SHARED.get_or_init(|| Stage::set(host, &erp()).expect("the stage is set"));
        Self::on(Server::Shared(stage), name)
    }

    /// The same with a database server of its own, which [`Scene::server`] may stop.
    ///
    /// # Panics
    /// When something does not start.
    pub fn with_own_server(name: &str) -> Self {
        Self::on(Server::Own(Box::new(Stage::set(ready(), &erp()).expect("the stage is set"))), name)
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
        variables.extend(galaxy.account());
        for (variable, value) in
            [("mysql_user", name), ("mysql_password", MYSQL_PASSWORD), ("mysql_database", &database)]
        {
            variables.insert(variable.to_owned(), value.to_owned());
        }
        let mut world = World::new(directory, variables, &["mysql_password"]);
        world.watch(galaxy.systems());
        Scene { galaxy, server, database, world }
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
        self.world.start(FLOW, trigger, changes)
    }

    /// Starts another app beside the one of [`Scene::start`]; both share the state, which is in Redis.
    ///
    /// # Panics
    /// When it does not get ready, or [`Scene::keep_state_in_redis`] has not been called.
    pub fn start_replica(&self, changes: &[(&str, &str)]) -> Flow {
        self.world.start_replica(FLOW, changes)
    }

    /// Apps that are started from now on keep their state in Redis, whatever the environment says.
    ///
    /// # Panics
    /// When it cannot be installed or started.
    pub fn keep_state_in_redis(&mut self) {
        self.world.keep_state_in_redis();
    }

    /// The store's server.
    ///
    /// # Panics
    /// When the scene's apps use SQLite.
    pub fn redis(&mut self) -> &mut Redis {
        self.world.redis()
    }

    /// One more secret that must not be seen.
    pub fn add_secret(&mut self, name: &str, value: &str) {
        self.world.add_secret(name, value);
    }

    /// Whether this is the local host, which counts what components do and moves their clock.
    pub fn is_local(&self) -> bool {
        self.world.is_local()
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

    /// The port of the scene's database server.
    pub fn database_port(&self) -> u16 {
        self.mariadb().port()
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
        self.world.is_written_down(text)
    }

    /// Where logs and store are.
    pub fn directory(&self) -> &std::path::Path {
        self.world.directory()
    }

    /// Neither log nor store nor answer holds a secret.
    ///
    /// # Panics
    /// When one does.
    pub fn assert_no_secret(&self) {
        self.world.assert_no_secret();
    }
}

/// A Galaxy with nothing in it.
fn erp() -> Company {
    Company::of(&[System::Galaxy])
}
