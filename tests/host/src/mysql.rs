//! MySQL through a real driver, with what Spin's host makes of it (spin.md 1.6; Spin 4.0.2,
//! `crates/factor-outbound-mysql/src/client.rs`).

mod host;
mod types;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Params, ServerError};
use url::Url;

use crate::bindings::fermyon::spin::rdbms_types::{Error, ParameterValue, RowSet};

/// Results beyond this many bytes fail.
const MAX_RESULT_BYTES: usize = 128 << 20;

/// One connection: opened by the guest, closed when it drops it; what it did not commit is then undone.
pub struct Connection(Conn);

impl Connection {
    /// Connects and logs in. The error has several lines, the first says what is wrong (spin.md 8).
    async fn open(address: &str) -> Result<Self, Error> {
        let open = async {
            let options = options(address)?;
            anyhow::Ok(Conn::new(options).await?)
        };
        match open.await {
            Ok(connection) => Ok(Self(connection)),
            Err(error) => Err(Error::ConnectionFailed(format!("{error:?}"))),
        }
    }

    async fn execute(&mut self, statement: &str, parameters: Vec<ParameterValue>) -> Result<(), Error> {
        check_preparable(statement)?;
        self.0.exec_drop(statement, positional(parameters)).await.map_err(query_failed)
    }

    async fn query(&mut self, statement: &str, parameters: Vec<ParameterValue>) -> Result<RowSet, Error> {
        check_preparable(statement)?;
        let mut result = self.0.exec_iter(statement, positional(parameters)).await.map_err(query_failed)?;
        let columns = types::columns(result.columns_ref());
        let mut rows = Vec::new();
        let mut bytes = 0;
        while let Some(row) = result.next().await.map_err(|error| Error::Other(error.to_string()))? {
            let row = types::row(row, &columns)?;
            bytes += row.iter().map(types::size).sum::<usize>();
            if bytes > MAX_RESULT_BYTES {
                return Err(Error::Other(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
            }
            rows.push(row);
        }
        Ok(RowSet { columns, rows })
    }
}

fn positional(parameters: Vec<ParameterValue>) -> Params {
    Params::Positional(parameters.into_iter().map(types::parameter).collect())
}

/// Spin's text: the Debug form of the driver's error.
fn query_failed(error: mysql_async::Error) -> Error {
    Error::QueryFailed(format!("{error:?}"))
}

/// Reads `mysql://user:password@host:port/database?…`.
fn options(address: &str) -> anyhow::Result<Opts> {
    let mut url = Url::parse(address)?;
    let is_ssl = |name: &str| ["ssl-mode", "sslmode"].contains(&name.to_lowercase().as_str());
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    anyhow::ensure!(
        pairs.iter().all(|(name, value)| !is_ssl(name) || value.eq_ignore_ascii_case("disabled")),
        "this local host speaks no TLS with MySQL; use ssl-mode=DISABLED here, or Spin"
    );
    // The driver refuses parameters that it does not know.
    url.set_query(None);
    url.query_pairs_mut().extend_pairs(pairs.iter().filter(|(name, _)| !is_ssl(name)));
    Ok(OptsBuilder::from_opts(Opts::from_url(url.as_str())?).into())
}

/// Spin sends every statement through the prepared-statement protocol. MySQL prepares none of these;
/// MariaDB does, so refuse them here as MySQL would (spin.md 1.6, 8; mysql-server `sql/sql_prepare.cc`).
fn check_preparable(statement: &str) -> Result<(), Error> {
    const REFUSED: &[&[&str]] = &[
        &["BEGIN"],
        &["START", "TRANSACTION"],
        &["SAVEPOINT"],
        &["RELEASE", "SAVEPOINT"],
        &["ROLLBACK", "TO"],
        &["ROLLBACK", "WORK", "TO"],
        &["LOCK", "TABLE"],
        &["LOCK", "TABLES"],
        &["UNLOCK", "TABLE"],
        &["UNLOCK", "TABLES"],
    ];
    let words = leading_words(statement, 3);
    let refused =
        |start: &&[&str]| words.len() >= start.len() && words.iter().zip(*start).all(|(a, b)| a == b);
    if REFUSED.iter().any(refused) {
        return Err(query_failed(mysql_async::Error::Server(ServerError {
            code: 1295,
            message: "This command is not supported in the prepared statement protocol yet".to_owned(),
            state: "HY000".to_owned(),
        })));
    }
    Ok(())
}

/// The first words of a statement in upper case, its leading blanks and comments left out.
fn leading_words(mut statement: &str, count: usize) -> Vec<String> {
    let mut words = Vec::new();
    while words.len() < count {
        statement = statement.trim_start();
        if let Some(comment) = statement.strip_prefix("/*") {
            statement = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else if statement.starts_with("--") || statement.starts_with('#') {
            statement = statement.split_once('\n').map_or("", |(_, rest)| rest);
        } else {
            let end = statement.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(statement.len());
            if end == 0 {
                break;
            }
            words.push(statement[..end].to_uppercase());
            statement = &statement[end..];
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mysql_does_not_prepare_is_refused_with_1295() {
        for refused in [
            "BEGIN",
            "begin;",
            " start\ttransaction read only",
            "/* why */ -- not\n# at all\nBEGIN",
            "SAVEPOINT a",
            "ROLLBACK TO a",
            "lock tables t write",
            "UNLOCK TABLES",
        ] {
            let Err(Error::QueryFailed(text)) = check_preparable(refused) else {
                panic!("{refused:?} was let through");
            };
            assert!(text.starts_with("Server(ServerError { code: 1295, message: \"This command"), "{text}");
            assert!(text.ends_with("state: \"HY000\" })"), "{text}");
        }
        for prepared in
            ["SET autocommit=0", "COMMIT", "ROLLBACK", "SELECT 'BEGIN'", "BEGINNING", "START SLAVE", ""]
        {
            assert!(check_preparable(prepared).is_ok(), "{prepared:?}");
        }
    }

    #[test]
    fn ssl_parameters_are_taken_out_and_tls_is_refused() {
        let opts = options("mysql://u:p%2F%3F@127.0.0.1:3307/db?SSL-Mode=DISABLED").unwrap();
        assert_eq!((opts.ip_or_hostname(), opts.tcp_port()), ("127.0.0.1", 3307));
        assert_eq!((opts.pass(), opts.db_name()), (Some("p/?"), Some("db")));
        let error = options("mysql://u:geheim@h/db?sslmode=REQUIRED").unwrap_err().to_string();
        assert!(error.contains("TLS") && !error.contains("geheim"), "{error}");
    }
}
