//! A MariaDB of our own: fresh data directory, free port, loopback only.
//!
//! It never meets a server that already runs: no option files are read, the socket lies in the data
//! directory, and the port is one that nobody listens on. `root` has no password, which is acceptable
//! because only this machine reaches it and only for as long as we run.
//!
//! We speak to it through the client program `mariadb`, which comes with the server's packages: what it answers is
//! what a person at its prompt would see.

use crate::process;
use crate::rundir::RunDir;
use crate::server::{Server, three_times};
use crate::{Result, packages};
use anyhow::{Context, anyhow, bail};
use std::io::Write;

use std::path::Path;
use std::process::{Command, Stdio};

/// A running server. Dropping it kills the server and removes its data.
#[derive(Debug)]
pub struct MariaDb {
    // Before the directory, so that nobody writes into it when it is removed.
    server: Server,
    directory: RunDir,
}

/// A server that starts removes the temporary tables that it finds, another server's in the same directory too.
const TEMPORARY: &str = "tmp";

impl MariaDb {
    /// Makes a data directory and starts a server on it: about two seconds. The packages must be there
    /// ([`packages::ensure`]).
    ///
    /// # Errors
    /// When the data directory cannot be made or the server does not come up; with its last words.
    pub fn start() -> Result<MariaDb> {
        let directory = RunDir::new()?;
        let data = directory.join("data");
        let temporary = directory.join(TEMPORARY);
        std::fs::create_dir(&temporary).with_context(|| format!("creating {temporary:?}"))?;
        let mut install = process::command(program("mariadb-install-db")?);
        install
            .args(["--no-defaults", "--auth-root-authentication-method=normal"])
            // --force: a machine whose own name does not resolve is no obstacle; we use 127.0.0.1.
            .args(["--skip-test-db", "--skip-name-resolve", "--force"])
            .arg(option("--datadir=", &data))
            .env("TMPDIR", temporary)
            .args(as_whom());
        process::output("mariadb-install-db", install).context("making MariaDB's data directory")?;

        let mut server = MariaDb { server: Server::new("MariaDB"), directory };
        three_times(|| {
            server.server.take_a_free_port()?;
            server.start_again()
        })?;
        server.execute("mysql", "DELETE FROM global_priv WHERE User=''; FLUSH PRIVILEGES;")?;
        Ok(server)
    }

    /// Starts the server on its data directory and port again, after [`MariaDb::stop`] or
    /// [`MariaDb::kill`].
    ///
    /// # Errors
    /// When it does not come up within a minute.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = process::command(program("mariadbd")?);
        command
            .arg("--no-defaults")
            .arg(option("--datadir=", &self.directory.join("data")))
            .env("TMPDIR", self.directory.join(TEMPORARY))
            .arg(format!("--port={}", self.port()))
            // Relative to the data directory: a socket's full path may have 107 bytes at most.
            .args(["--socket=mariadb.sock", "--pid-file=mariadb.pid"])
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve"])
            .args(["--character-set-server=utf8mb4", "--local-infile=1"])
            .args(as_whom())
            .stdin(Stdio::null());
        let log = self.directory.join("mariadb.log");
        self.server.launch(command, &log)?;
        self.server.wait_for(|| self.execute("mysql", "SELECT 1;"))
    }

    /// Ends the server in order. The data stays.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// SIGKILL to the server, as in a power cut. The data stays.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// `mysql://root@127.0.0.1:PORT/DATABASE`.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port())
    }

    /// Where the server's directory is; it may write files there, `SELECT … INTO OUTFILE` among them.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The command line of the client as root, which a person can type as well.
    pub fn client_words(&self) -> Vec<String> {
        let port = self.port();
        format!(
            "mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port={port} --user=root \
             --default-character-set=utf8mb4"
        )
        .split(' ')
        .map(str::to_owned)
        .collect()
    }

    /// Runs statements (each ending in `;`) in `database`, throwing the rows away.
    ///
    /// # Errors
    /// With the server's own message.
    pub fn execute(&self, database: &str, sql: &str) -> Result<()> {
        self.query(database, sql).map(drop)
    }

    /// The rows of statements run in `database`, each cell as text; NULL is the text `NULL`.
    ///
    /// # Errors
    /// With the server's own message.
    pub fn query(&self, database: &str, sql: &str) -> Result<Vec<Vec<String>>> {
        let words = self.client_words();
        let mut client = Command::new(program(&words[0])?);
        client
            .args(&words[1..])
            .args(["--batch", "--skip-column-names", "--local-infile=1", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = client.spawn().context("starting the client mariadb")?;
        let mut stdin = child.stdin.take().context("the client's stdin is not piped")?;
        // The client reads all of its input first; a statement is far smaller than a pipe holds.
        let written = stdin.write_all(sql.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().context("waiting for the client mariadb")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        written.context("handing the statement to the client mariadb")?;
        Ok(String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| line.split('\t').map(unescape).collect())
            .collect())
    }

    /// The only cell of a query's only row, as a number.
    ///
    /// # Errors
    /// With the server's own message, or what came instead of a number.
    pub fn number(&self, database: &str, sql: &str) -> Result<u64> {
        let rows = self.query(database, sql)?;
        let cell = rows.first().and_then(|row| row.first());
        cell.and_then(|text| text.parse().ok())
            .ok_or_else(|| anyhow!("{sql} answered {cell:?} where a number was expected"))
    }

    /// An error if the server has ended, with its last words.
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_alive(&self) -> Result<()> {
        self.server.check_alive()
    }
}

/// The client's `--batch` output has tab, newline, backslash and NUL escaped.
fn unescape(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('t') => text.push('\t'),
                Some('n') => text.push('\n'),
                Some('0') => text.push('\0'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            (character, _) => text.push(character),
        }
    }
    text
}

/// MariaDB refuses to run as root unless told so; told anything else, it would have to own the files.
fn as_whom() -> &'static [&'static str] {
    if rustix::process::geteuid().is_root() { &["--user=root"] } else { &[] }
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut word = std::ffi::OsString::from(name);
    word.push(path);
    word
}

fn program(name: &str) -> Result<std::path::PathBuf> {
    packages::find(name).ok_or_else(|| {
        anyhow!(
            "{name} is not installed; `cargo xtask demo` or `cargo xtask test` installs it.\n\
             未安装 {name}；运行 cargo xtask demo 或 cargo xtask test 会自动安装。"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_client() {
        assert_eq!(unescape(r"a\tb\nc\\n\0"), "a\tb\nc\\n\0");
    }

    #[test]
    fn a_server_starts_keeps_its_data_over_a_crash_and_leaves_nothing() {
        let mut server = MariaDb::start().unwrap();
        let directory = server.directory().to_owned();
        server
            .execute(
                "",
                "CREATE DATABASE d; CREATE TABLE d.t (x VARCHAR(40)) DEFAULT CHARSET utf8mb4; \
                 INSERT INTO d.t VALUES ('制表\t符'), (NULL);",
            )
            .unwrap();
        server.kill();
        assert!(server.number("d", "SELECT COUNT(*) FROM t;").is_err());
        server.start_again().unwrap();
        assert_eq!(server.number("d", "SELECT COUNT(*) FROM t;").unwrap(), 2);
        let rows = server.query("d", "SELECT x FROM t;").unwrap();
        assert_eq!(rows, [["制表\t符"], ["NULL"]]);
        let error = server.query("d", "SELECT * FROM missing;").unwrap_err();
        assert!(error.to_string().contains("1146"), "{error}");
        server.stop();
        drop(server);
        assert!(!directory.exists());
    }
}
