//! The stage that Ferry is tried on, and the commands that play on it.
//!
//! `cargo xtask demo | test | bench | database | up | check | preview | doctor | schema | docs` is the binary; the
//! library is for everything else that needs a database, simulated systems and a running app: the scenario
//! tests and the bench.
//!
//! Begin with [`stage::Stage`]: it starts a [`mariadb::MariaDb`], [`simulator::Simulators`] and an
//! [`app::App`] that are wired to each other. Below it:
//!
//! - [`process`]: children that cannot outlive us, whatever kills us. Everything is started through it.
//! - [`redis`]: the key-value store of apps that shall not use SQLite.
//! - [`rundir`]: directories for data and logs that are removed even after a SIGKILL (by the next run).
//! - [`packages`]: what the machine must have, and how it gets there.
//! - [`cargo`]: builds the components and the native binaries.
//! - [`erp`]: asks the simulated ERP itself what should have arrived.
//! - [`flows`]: the table of flows: between which systems, what should have arrived and what did.
//! - [`flow`]: calls a flow until it has no more to do.
//! - [`progress`]: the bar that moves while rows land.
//!
//! And the commands: [`demo`], [`mod@test`] with its [`tally`], [`mapping_bench`], [`load_bench`],
//! [`up`].
//!
//! Beside the stage, without any of it: [`check`] and [`preview`] are for those who write flow files
//! ([`flow_file`] finds them, [`lang`] chooses the language of messages); [`schema`] and [`docs`] write the
//! files that are made from the language's own tables. [`doctor`] is for those who set Ferry up: it asks the real
//! systems.
//!
//! Errors are `anyhow`; one that says that the machine lacks something is a [`packages::Missing`], which
//! the binary turns into exit code 2.

pub mod app;
pub mod cargo;
pub mod check;
pub mod demo;
pub mod docs;
pub mod doctor;
pub mod erp;
pub mod flow;
pub mod flow_file;
pub mod flows;
pub mod lang;
pub mod load_bench;
pub mod mapping_bench;
pub mod mariadb;
pub mod packages;
pub mod preview;
pub mod process;
pub mod progress;
pub mod redis;
pub mod rundir;
pub mod schema;
mod server;
pub mod show;
pub mod simulator;
pub mod stage;
pub mod tally;
pub mod test;
pub mod up;

/// What everything here returns. The text of an error is English, followed by a Chinese line where a
/// person has to do something.
pub type Result<T> = anyhow::Result<T>;

/// The workspace's root: the folder of `spin.toml`.
pub fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// A line on stderr that says what happens now.
pub fn say(text: &str) {
    eprintln!("==> {text}");
}
