//! The database, the simulated systems and the app, wired to each other.

use crate::app::{App, Host, Options, Store, Trigger};
use crate::flows::{FLOWS, Flow};
use crate::mariadb::MariaDb;
use crate::packages::{self, Need};
use crate::rundir::RunDir;
use crate::simulator::{Company, Simulators};
use crate::{Result, cargo, say};
use anyhow::Context;
use std::collections::BTreeMap;
use std::io::Read;

/// The flow into MySQL, which the bench measures and most scenarios play.
pub const FLOW: &str = "galaxy-materials-to-mysql";

/// The database that it writes to.
pub const DATABASE: &str = "ferry";

/// The table that it writes to.
pub const TABLE: &str = "wk_wodtop_product";

/// How the target table is made. Run it in [`DATABASE`].
pub const CREATE_TABLE: &str = "CREATE TABLE wk_wodtop_product (
  data_id VARCHAR(64) NOT NULL PRIMARY KEY,
  number VARCHAR(80),
  name VARCHAR(255),
  product_line VARCHAR(80),
  specification_model VARCHAR(255),
  unit VARCHAR(40),
  modified_at DATETIME,
  approved_at DATETIME
) DEFAULT CHARACTER SET utf8mb4;";

/// A database with the empty target table, and the systems of a company. [`Stage::app`] starts the app
/// between them.
#[derive(Debug)]
pub struct Stage {
    /// The database.
    pub database: MariaDb,
    /// The systems.
    pub simulators: Simulators,
    /// The bearer token that may run and read.
    pub run_token: String,
    /// The bearer token that may do everything.
    pub admin_token: String,
    host: Host,
    variables: BTreeMap<String, String>,
    // Last, so that nobody writes into it when it is removed.
    directory: RunDir,
}

/// Installs MariaDB and the WebAssembly target if they are missing, and builds what [`Stage::set`]
/// needs for `host`.
///
/// # Errors
/// [`packages::Missing`], or a failed build.
pub fn prepare(host: &Host) -> Result<()> {
    prepare_components()?;
    for package in binaries(host) {
        say(match *package {
            HOST => "Building the local host, since there is no `spin` to use 正在编译本地运行环境",
            _ => "Building the simulators 正在编译模拟器",
        });
        cargo::build_binary(package)?;
    }
    Ok(())
}

/// As [`prepare`], without the native binaries.
///
/// # Errors
/// [`packages::Missing`], or a failed build.
pub fn prepare_components() -> Result<()> {
    packages::ensure(&[Need::MariaDb])?;
    packages::ensure_wasm_target()?;
    say("Building the components (minutes the first time, seconds later) 正在编译组件");
    cargo::build_components()?;
    Ok(())
}

const HOST: &str = "ferry-host";

/// The packages whose binaries a stage starts.
pub fn binaries(host: &Host) -> &'static [&'static str] {
    match host {
        Host::Local => &["ferry-simulators", HOST],
        Host::Spin { .. } => &["ferry-simulators"],
    }
}

impl Stage {
    /// Starts the database and the company's systems; the target table is empty.
    ///
    /// # Errors
    /// When one of them does not start.
    pub fn set(host: &Host, company: &Company) -> Result<Stage> {
        let directory = RunDir::new()?;
        let database = MariaDb::start()?;
        let password = secret()?;
        database.execute(
            "",
            &format!(
                "CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4; USE {DATABASE}; {CREATE_TABLE}
                 CREATE USER ferry@'127.0.0.1' IDENTIFIED BY '{password}';
                 GRANT SELECT, INSERT, UPDATE, DELETE ON {DATABASE}.* TO ferry@'127.0.0.1';"
            ),
        )?;
        let simulators = Simulators::start(company, directory.path())?;
        let (run_token, admin_token) = (secret()?, secret()?);
        let port = database.port().to_string();
        let variables = [
            ("run_token", run_token.as_str()),
            ("admin_token", &admin_token),
            ("tick_token", &secret()?),
            ("state_key", &secret()?),
            ("mysql_host", "127.0.0.1"),
            ("mysql_port", &port),
            ("mysql_user", "ferry"),
            ("mysql_password", &password),
            ("mysql_database", DATABASE),
        ];
        let mut variables: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        variables.extend(simulators.accounts().into_iter().map(|(name, value)| (name.to_owned(), value)));
        variables.extend(FLOWS.iter().filter_map(Flow::start));
        Ok(Stage { database, simulators, run_token, admin_token, host: host.clone(), variables, directory })
    }

    /// The variables that wire the app to this stage, by their names in `spin.toml`.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Starts an app whose state lies in the folder `state` of this stage: the same name carries on, a
    /// new one begins anew. `changes` override single variables.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn app(&self, state: &str, trigger: Trigger, changes: &[(&str, &str)]) -> Result<App> {
        let mut variables = self.variables.clone();
        for (name, value) in changes {
            variables.insert((*name).to_owned(), (*value).to_owned());
        }
        let options =
            Options { variables, directory: self.directory.join(state), trigger, store: Store::Sqlite };
        App::start(&self.host, &options)
    }

    /// How many rows the target table holds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn landed(&self) -> Result<u64> {
        self.database.number(DATABASE, &format!("SELECT COUNT(*) FROM {TABLE};"))
    }
}

/// 48 random hexadecimal digits.
fn secret() -> Result<String> {
    let mut bytes = [0; 24];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("drawing a random secret")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
