//! The variables of a MySQL account, and what can be wrong with them.

use std::fmt;

use http::uri::Authority;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Problem;

/// One database of one server, and who may write to it; checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    host: String,
    port: u16,
    user: String,
    password: String,
    database: String,
}

impl Account {
    /// Reads the variables `<name>_host`, `_port`, `_user`, `_password` (may be empty) and
    /// `_database`. `variable` gives the value of the variable so named, empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut read = |field: &str, en: &str, zh: &str, fits: fn(&str) -> bool| {
            let about = format!("{name}_{field}");
            let value = variable(&about);
            let (en_state, zh_state) = match value.as_str() {
                "" | "unset.invalid" => ("not set", "未设置"),
                value if fits(value) => ("", ""),
                _ => ("malformed", "格式不正确"),
            };
            if !en_state.is_empty() {
                problems.push(Problem::new(
                    &about,
                    format!("{en_state}. It is {en}"),
                    format!("{zh_state}。应为：{zh}"),
                ));
            }
            value
        };
        let host = read(
            "host",
            "the database server's host alone, without scheme and port, as db.example.com",
            "数据库主机名，不含协议和端口，例如 db.example.com",
            is_host,
        );
        let port = read(
            "port",
            "the database server's port, usually 3306",
            "数据库端口，通常为 3306",
            |text| text.parse::<u16>().is_ok_and(|port| port > 0),
        );
        let user =
            read("user", "the database user that Ferry writes as", "Ferry 写入所用的数据库用户", |_| true);
        let database = read(
            "database",
            "the database that holds the target table",
            "目标表所在的数据库名",
            |text| text.chars().count() <= 64 && !text.contains(['/', '\\', '\0']),
        );
        if !problems.is_empty() {
            return Err(problems);
        }
        let password = variable(&format!("{name}_password"));
        Ok(Account { host, port: port.parse().unwrap_or(3306), user, password, database })
    }

    /// `mysql://user:password@host:port/database`, percent-encoded. A secret: not for logs.
    pub fn address(&self) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let password = match self.password.as_str() {
            "" => String::new(),
            password => format!(":{}", encode(password)),
        };
        format!(
            "mysql://{}{password}@{}:{}/{}",
            encode(&self.user),
            self.host,
            self.port,
            encode(&self.database)
        )
    }

    /// host:port/database, as for a log line.
    pub fn place(&self) -> String {
        format!("{}:{}/{}", self.host, self.port, self.database)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("place", &self.place())
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A name or an address (IPv6 in brackets), no port, no path, no user.
fn is_host(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|host| host.host() == text)
}
